"""The committed pages of the handbook are those that the program writes today."""

import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.demo.generated_handbook import INSTITUTIONS, REFRESH, demo_effects, stale
from app.documents.handbook.chapter import ChapterTable
from app.documents.handbook.markdown_pages import (
    EFFECTS_FILE,
    FOLDER,
    LANGUAGES,
    kept_effects,
    markup,
    pages,
    table_text,
)
from app.edition import ROUND, catalogue
from app.results.answer_influence import EFFECT_COLUMNS
from indicators.plausibility.plausibility_rules import all_rules

CELL_ENDS = re.compile(r"(?<!\\)(?:\\\\)*\|")


@cache
def fresh() -> dict[str, bytes]:
    return pages(catalogue(), all_rules(), ROUND, demo_effects(catalogue()))


def test_the_committed_pages_are_fresh() -> None:
    assert stale(FOLDER, fresh()) == [], f"run: {REFRESH}"


def test_the_command_in_the_message_exists() -> None:
    makefile = (FOLDER.parents[1] / "Makefile").read_text(encoding="utf-8")
    assert "\ndocs:" in makefile and "app.demo.generated_handbook" in makefile
    assert REFRESH == "make docs"


def test_a_change_a_missing_and_a_left_over_page_are_noticed(tmp_path: Path) -> None:
    names = sorted(fresh())
    for name in names[1:]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(fresh()[name])
    (tmp_path / names[1]).write_bytes(b"older")
    (tmp_path / "older.md").write_bytes(b"")
    assert stale(tmp_path, fresh()) == sorted([names[0], names[1], "older.md"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_leads_to_a_page(language: str) -> None:
    for name in (name for name in fresh() if name.startswith(language)):
        text = fresh()[name].decode()
        for target in re.findall(r"\]\(([^)]+\.md)\)", text):
            path = (Path(name).parent / target).as_posix()
            parts: list[str] = []
            for part in path.split("/"):
                parts = parts[:-1] if part == ".." else [*parts, part]
            assert "/".join(parts) in fresh(), (name, target)


def test_every_table_of_every_page_is_rectangular() -> None:
    for name, data in fresh().items():
        lines = data.decode().split("\n") if name.endswith(".md") else []
        widths = [len(CELL_ENDS.findall(line)) if line.startswith("| ") else 0 for line in lines]
        for before, now in pairwise(widths):
            assert not before or not now or before == now, name


def test_the_effects_kept_are_those_of_the_demo(tmp_path: Path) -> None:
    kept = kept_effects()
    assert kept is not None and list(kept.columns) == EFFECT_COLUMNS
    assert kept["institutions"].max() == INSTITUTIONS
    (tmp_path / EFFECTS_FILE).write_bytes(fresh()[EFFECTS_FILE])
    again = kept_effects(tmp_path)
    assert again is not None
    pd.testing.assert_frame_equal(again, kept)
    assert kept_effects(tmp_path / "nowhere") is None


@given(st.lists(st.tuples(st.text(), st.text(), st.text()), min_size=1, max_size=4))
def test_no_text_breaks_out_of_its_cell(rows: list[tuple[str, ...]]) -> None:
    lines = table_text(ChapterTable("", ("a", "b", "c"), tuple(rows))).split("\n")
    assert len(lines) == len(rows) + 2
    assert {len(CELL_ENDS.findall(line)) for line in lines} == {4}


@given(st.text(alphabet="a_*`<[$|\\~ ", max_size=20))
def test_marks_are_only_escaped_never_lost(text: str) -> None:
    assert re.sub(r"\\(.)", r"\1", markup(text)) == " ".join(text.split())


def test_addresses_stay_links() -> None:
    assert markup("所在：https://example.org/a_b、次") == "所在：<https://example.org/a_b>、次"
