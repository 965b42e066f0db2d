"""Every number of the samples and of six demo institutions is the one that was written down on purpose."""

from pathlib import Path

import pytest

from tests.golden.golden_table import (
    REFRESH,
    TABLE,
    Change,
    changes,
    golden_table,
    main,
    read_table,
    summary,
    written,
)

LISTED = 30
MAKEFILE = Path(__file__).parents[2] / "Makefile"


def test_every_number_is_the_one_written_down() -> None:
    fresh = golden_table()
    found = changes(read_table(), fresh)
    listed = "\n".join(map(str, found[:LISTED]))
    assert not found, f"{summary(found)}; if on purpose, run: {REFRESH}\n{listed}"
    assert TABLE.read_text(encoding="utf-8") == written(fresh), f"only the order of lines differs; run: {REFRESH}"


def test_the_table_is_sorted_small_and_covers_every_kind() -> None:
    lines = read_table()
    assert lines == sorted(lines)
    assert TABLE.stat().st_size < 2 * 1024**2
    assert {len(line.split("\t")) for line in lines} == {10}
    assert {line.split("\t")[1] for line in lines} == {"value", "gap", "score", "pillar", "findings"}


def test_an_edited_an_added_and_a_removed_line_are_noticed() -> None:
    lines = read_table()
    key, _, value = lines[1].rpartition("\t")
    edited = [lines[0], f"{key}\t{value}1", *lines[2:-1], "new\t1"]
    last, _, lost = lines[-1].rpartition("\t")
    noticed = changes(lines, edited)
    assert set(noticed) == {Change(key, value, f"{value}1"), Change("new", None, "1"), Change(last, lost, None)}
    assert changes(lines, lines) == []


def test_refreshing_says_what_changed_and_then_that_nothing_did(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "numbers.txt"
    path.write_text("a\t1\nb\t2\n", encoding="utf-8")
    for said in (
        "changed\ta\t1 -> 3\nremoved\tb\t2 -> -\nadded\tc\t- -> 4\n1 lines added, 1 removed, 1 changed\n",
        "nothing changed in 2 lines\n",
    ):
        assert main(path, lambda: ["a\t3", "c\t4"]) == 0
        assert capsys.readouterr().out == said
    assert path.read_bytes() == b"a\t3\nc\t4\n"


def test_the_command_in_the_message_exists() -> None:
    makefile = MAKEFILE.read_text(encoding="utf-8")
    assert REFRESH == "make golden"
    assert "\ngolden:" in makefile and "tests.golden.golden_table" in makefile
