"""Web of Science exports: plain text and tab-delimited say the same."""

from pathlib import Path

import pytest

from schemas.bibliography.read_problems import ProblemLog
from schemas.bibliography.wos import read_wos
from tests.support.publication_samples import SCOPUS_HEADINGS, SCOPUS_ROWS, wos_plain, wos_tab


def read(path: Path, text: str, encoding: str = "utf-8-sig") -> tuple[list, ProblemLog]:
    path.write_bytes(text.encode(encoding))
    problems = ProblemLog()
    return list(read_wos(path, problems)), problems


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "savedrecs.txt"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("make", [wos_tab, wos_plain])
def test_what_records_say(path: Path, make, encoding: str) -> None:
    records, problems = read(path, make(), encoding)
    assert not problems.counts
    first, second, third = records
    assert first.countries == ("JP", "US") and first.is_international and first.type == "article"
    assert [author.countries for author in first.authors] == [("JP",), ("JP", "US")]
    assert [address.country for address in first.corresponding] == ["US"]
    assert first.n_institutions == 2 and first.field_group == "physics" and first.doi == "10.5555/w.1"
    assert second.countries == ("CN", "GB", "RU", "VN") and second.authors is None and second.year == 2024
    assert [address.country for address in second.corresponding] == ["CN", "RU"]
    assert third.countries == () and third.is_international is None


def test_a_record_cut_off_is_named(path: Path) -> None:
    text = wos_plain()
    records, problems = read(path, text[: text.rindex("ER")])
    assert len(records) == 2 and [one.kind for one in problems.listed] == ["cut_off"]


def test_a_record_without_its_end_costs_itself_only(path: Path) -> None:
    records, problems = read(path, wos_plain().replace("ER\n\n", "", 1))
    assert [record.record_id[-1] for record in records] == ["2", "3"]
    assert [(one.line, one.kind) for one in problems.listed] == [(3, "cut_off")]


def test_a_row_of_another_file_is_named(path: Path) -> None:
    records, problems = read(path, wos_tab() + "2-s2.0-1,Some title,2020\r\n")
    assert len(records) == 3 and [(one.line, one.kind) for one in problems.listed] == [(5, "cells_do_not_fit")]


@pytest.mark.parametrize("text", [SCOPUS_HEADINGS + "\n", '{"id": "W1"}\n', "words\n"])
def test_another_database_is_named(path: Path, text: str) -> None:
    records, problems = read(path, text)
    assert not records and problems.has_unreadable_file


@pytest.mark.parametrize("make", [wos_plain, wos_tab])
def test_the_line_is_named_where_another_database_begins(path: Path, make) -> None:
    records, problems = read(path, "\n".join([make(), SCOPUS_HEADINGS, *SCOPUS_ROWS]))
    within = [one for one in problems.listed if one.kind == "other_vendor_within"]
    assert len(records) == 3 and [one.params for one in within] == [{"vendor": "Scopus"}]
    assert within[0] == problems.listed[0]


@pytest.mark.parametrize("where", ["headings", "rows", "both"])
def test_a_tab_behind_the_last_cell_is_no_cell(path: Path, where: str) -> None:
    first, *rest = wos_tab().split("\r\n")
    head = first + ("\t" if where != "rows" else "")
    rows = [row + ("\t" if where != "headings" and row else "") for row in rest]
    records, problems = read(path, "\r\n".join([head, *rows]))
    assert len(records) == 3 and not problems.counts


def test_quotation_marks_are_plain_characters(path: Path) -> None:
    records, problems = read(path, wos_tab().replace("First made-up", 'A 3" made-up'))
    assert len(records) == 3 and not problems.counts


@pytest.mark.parametrize(("tag", "kept"), [("AU", 2), ("AB", 3)])
def test_a_record_with_a_line_of_another_encoding(path: Path, tag: str, kept: int) -> None:
    """A record without one of its authors or addresses would be counted wrongly; an abstract is not counted."""
    text = wos_plain().replace("PT J\n", f"PT J\n{tag} 佐藤\n", 1)
    path.write_bytes(text.encode("cp932"))
    problems = ProblemLog()
    assert len(list(read_wos(path, problems))) == kept
    assert [(one.line, one.kind) for one in problems.listed] == ([(4, "wrong_encoding")] if kept == 2 else [])
