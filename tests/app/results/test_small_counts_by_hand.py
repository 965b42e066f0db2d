"""What of single rows with small counts may be seen, by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from app.access import LOCAL, Actor
from app.results.cell_suppression import count_suppressed, suppress_small_counts
from app.results.linked_counts import Counts, Links
from indicators.comparison.small_counts import FEW

KEYS = {"institution": "X", "year": 2026, "level": "institution", "definition": "-", "counting": "-", "status": "ok"}


DERIVED = Links(derived={"d": ("a",)})


def row(indicator: str, numerator: Any, denominator: Any = None, **changed: Any) -> dict[str, Any]:
    counts = {"numerator": numerator, "denominator": denominator, "value": 1.5}
    return {**KEYS, "indicator": indicator, **counts, **changed}


def seen(
    *rows: dict[str, Any], links: Links | None = None, page: str | None = None, actor: Actor = LOCAL
) -> pd.DataFrame:
    return suppress_small_counts(pd.DataFrame(list(rows)), actor, page, links)


def counts(frame: pd.DataFrame) -> list[tuple[str | None, str | None]]:
    texts = [[None if pd.isna(text) else text for text in frame[name]] for name in ("numerator", "denominator")]
    return list(zip(*texts, strict=True))


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (0, 100, ("0", "100")),
        (1, 100, (FEW, "100")),
        (4, 100, (FEW, "100")),
        (5, 100, ("5", "100")),
        (95, 100, ("95", "100")),
        (96, 100, (None, "100")),
        (99, 100, (None, "100")),
        (100, 100, ("100", "100")),
        (3, 10, (FEW, "10")),
        (3, 9, (None, "9")),
        (6, 9, (None, "9")),
        (8, 10, (None, "10")),
        (0, 4, (None, FEW)),
        (4, 4, (None, FEW)),
        (0, 0, ("0", "0")),
        (5, 5, ("5", "5")),
        (None, 3, (None, FEW)),
        (None, 30, (None, "30")),
        (3, None, (FEW, None)),
    ],
)
def test_a_share_by_its_part_whole_and_rest(part: Any, whole: Any, shown: tuple[str | None, str | None]) -> None:
    found = seen(row("a", part, whole))
    assert counts(found) == [shown]
    is_hidden = shown != (None if part is None else str(part), None if whole is None else str(whole))
    assert found["hidden"].tolist() == [is_hidden]
    assert found["value"].isna().tolist() == [is_hidden]


def test_what_names_the_row_stays_and_every_figure_goes() -> None:
    found = seen(row("a", 3, 100, source="s", lower=1.0, new_figure="x"))
    assert found.loc[0, ["institution", "indicator", "status", "source"]].tolist() == ["X", "a", "ok", "s"]
    assert found.loc[0, ["value", "lower", "new_figure"]].isna().all()


def test_ones_own_page_shows_ones_own_counts_only() -> None:
    found = seen(row("a", 3, 100), row("a", 3, 100, institution="Y"), page="X")
    assert counts(found) == [("3", "100"), (FEW, "100")]
    assert found["hidden"].tolist() == [False, True] and found["value"].tolist()[0] == 1.5
    nobody = seen(row("a", 3, 100), page="X", actor=Actor("nobody", None))
    assert counts(nobody) == [(FEW, "100")]


def test_rows_keep_their_order_and_index() -> None:
    frame = pd.DataFrame([row("a", 3, 100, institution="Y"), row("a", 7, 100), row("b", 2, 100, institution="Y")])
    found = suppress_small_counts(frame.set_index(pd.Index([7, 3, 5])), LOCAL, "X", None)
    assert found.index.tolist() == [7, 3, 5] and counts(found) == [(FEW, "100"), ("7", "100"), (FEW, "100")]


def test_a_hidden_count_is_hidden_in_every_row_that_has_it() -> None:
    same = Links(counts={(name, "-"): Counts(frozenset("p"), frozenset("w"), is_part=False) for name in "ab"})
    found = seen(row("a", 3, 100), row("b", 3, 100), row("a", 30, 100, year=2025), links=same)
    assert counts(found) == [(FEW, "100"), (FEW, "100"), ("30", "100")]
    assert found["hidden"].tolist() == [True, True, False]


def test_a_count_without_a_whole_hides_no_other() -> None:
    numbers = Links(counts={(name, "-"): Counts(frozenset(name), None, is_part=False) for name in "abc"})
    for small in range(3):
        counted = [3 if place == small else 30 + place for place in range(3)]
        found = seen(*(row(name, count) for name, count in zip("abc", counted, strict=True)), links=numbers)
        assert found["hidden"].tolist() == [place == small for place in range(3)]


def test_a_small_whole_hides_its_own_row_alone() -> None:
    found = seen(row("a", 30, 100), row("b", 2, 4), row("c", 40, 200))
    assert found["hidden"].tolist() == [False, True, False]
    assert counts(found) == [("30", "100"), (None, FEW), ("40", "200")]


def test_the_rest_of_a_rate_is_no_count() -> None:
    rate = Links(counts={("a", "-"): Counts(frozenset("p"), frozenset("w"), is_part=False)})
    assert counts(seen(row("a", 97, 100), row("a", 3, 9, year=2025), links=rate)) == [("97", "100"), (FEW, "9")]


def test_what_is_computed_from_a_hidden_row_is_hidden_with_it() -> None:
    links = Links(derived={"gap": ("a", "b"), "other": ("b",)})
    rows = [row("a", 3, 100), row("b", 30, 100), row("gap", 27, 100), row("other", 30, 100)]
    found = seen(*rows, row("gap", 2, 100, year=2025), links=links)
    assert found["hidden"].tolist() == [True, False, True, False, False]
    assert counts(found)[2:] == [(None, None), ("30", "100"), ("2", "100")]


def test_checklist_items_are_no_secret() -> None:
    found = seen(row("items", 2, 40), row("a", 2, 40), links=Links(open_items=frozenset({"items"})))
    assert counts(found) == [("2", "40"), (FEW, "40")]


def test_units_are_hidden_from_others_and_not_from_their_own() -> None:
    unit = row("a", 30, 100, level="unit")
    assert seen(unit)["hidden"].tolist() == [True] and seen(unit, page="X")["hidden"].tolist() == [False]
    assert counts(seen(unit, page="X")) == [("30", "100")]


def test_counts_written_as_fractions_are_judged_by_their_value() -> None:
    found = seen(row("a", "7/2", "100"), row("b", "21/2", "100"), row("c", "13/3", "9/1"))
    assert counts(found) == [(FEW, "100"), ("21/2", "100"), (None, "9/1")]


def test_a_frame_without_rows_or_without_some_keys_is_seen_as_it_is() -> None:
    empty = suppress_small_counts(pd.DataFrame([row("a", 3, 9)]).iloc[:0], LOCAL, None)
    assert empty.empty and "hidden" in empty
    short = pd.DataFrame([{"institution": "X", "numerator": 3, "denominator": 100, "value": 1.0}])
    assert counts(suppress_small_counts(short, LOCAL, None)) == [(FEW, "100")]


def test_whether_anybody_was_there_to_divide_by_is_not_told_of_a_hidden_row() -> None:
    found = [seen(row("a", 3, 9), row("d", 0, 0, status=s), links=DERIVED) for s in ("ok", "zero_denominator")]
    assert found[0]["hidden"].all()
    pd.testing.assert_frame_equal(*found)
    shown = seen(row("a", 30, 90), row("d", 0, 0, status="zero_denominator"), links=DERIVED)
    assert list(shown["status"]) == ["ok", "zero_denominator"]


def test_a_mark_of_the_definition_goes_where_the_other_reading_is_hidden() -> None:
    marked = [row("a", 30, 90, flags="depends", small=False), row("a", 3, 90, definition="wide", flags="depends")]
    other = row("a", 30, 90, institution="Y", flags="depends")
    found = seen(*marked, other)
    assert list(found["hidden"]) == [False, True, False]
    assert list(found["flags"].fillna("-")) == ["", "-", "depends"]
    assert list(seen(*marked, page="X")["flags"]) == ["depends", "depends"]


@pytest.mark.parametrize("part", [3, 97])
def test_of_a_small_count_over_several_years_neither_sign_nor_whole_is_told(part: int) -> None:
    windows = [{"window_from": 2024, "window_to": 2026}, {"window_from": 2026, "window_to": 2026}]
    found = seen(*(row("a", part, 100, institution=name, **years) for name, years in zip("XY", windows, strict=True)))
    assert counts(found) == [(None, None), (FEW if part == 3 else None, "100")]
    assert counts(seen(row("a", 30, 100, **windows[0]))) == [("30", "100")]


def test_a_row_is_needed_where_a_count_or_what_it_leaves_of_the_whole_is_small() -> None:
    frame = pd.DataFrame([row("a", *pair, year=year) for year, pair in enumerate([(3, 100), (97, 100), (30, 60)])])
    share = Links(counts={("a", "-"): Counts(frozenset("p"), frozenset("w"), is_part=True)})
    found = count_suppressed(frame, pd.Series([True, True, True]), share)
    assert (found.rows, found.hidden, found.beyond_need) == (3, 3, 1)


def test_how_small_a_hidden_whole_is_is_not_told() -> None:
    found = seen(row("a", 3, 9, small=True, interval_method="too_few"))
    assert found[["small", "interval_method", "value"]].isna().all(axis=None)
