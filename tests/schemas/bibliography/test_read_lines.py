"""Lines of files packed and encoded as vendors ship them."""

import gzip
from pathlib import Path

import pytest

from schemas.bibliography.read_lines import read_lines
from schemas.bibliography.read_problems import ProblemLog


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_every_encoding_reads_the_same(tmp_path: Path, encoding: str, pack) -> None:
    path = tmp_path / "export.txt"
    path.write_bytes(pack("PT J\r\nTI Über 東京\r\n".encode(encoding)))
    problems = ProblemLog()
    assert list(read_lines(path, problems)) == [(1, "PT J"), (2, "TI Über 東京")]
    assert not problems.counts


def test_a_long_line_is_passed_over_and_named(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("first\n" + "x" * 5_000 + "\nlast\n", "utf-8")
    problems = ProblemLog()
    assert list(read_lines(path, problems, longest=1_000)) == [(1, "first"), (3, "last")]
    assert [(one.line, one.kind) for one in problems.listed] == [(2, "line_too_long")]


def test_a_line_of_just_the_limit_is_read(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("x" * 1_000 + "\nlast", "utf-8")
    problems = ProblemLog()
    assert len(list(read_lines(path, problems, longest=1_000))) == 2
    assert not problems.counts


def test_lines_of_another_encoding_are_named_and_the_others_kept(tmp_path: Path) -> None:
    path = tmp_path / "sjis.csv"
    path.write_bytes("good\n東京大学\nalso good\n".encode("cp932"))
    problems = ProblemLog()
    assert [line for _, line in read_lines(path, problems)] == ["good", "also good"]
    assert [(one.line, one.kind) for one in problems.listed] == [(2, "wrong_encoding")]


def test_an_archive_cut_off_keeps_what_stands_before(tmp_path: Path) -> None:
    path = tmp_path / "works.gz"
    text = "".join(f"line {n} {n * n}\n" for n in range(50_000))
    path.write_bytes(gzip.compress(text.encode())[:-2_000])
    problems = ProblemLog()
    lines = [line for _, line in read_lines(path, problems)]
    assert lines and text.startswith("\n".join(lines))
    assert [one.kind for one in problems.listed] == ["archive_cut_off"]


def test_a_file_that_only_begins_like_an_archive_is_named(tmp_path: Path) -> None:
    path = tmp_path / "works.gz"
    path.write_bytes(b"\x1f\x8bno archive")
    problems = ProblemLog()
    assert list(read_lines(path, problems)) == []
    assert [(one.line, one.kind) for one in problems.listed] == [(1, "archive_cut_off")]
