"""Whom to help first, movers and a composite, by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from app.results.nation.composite_trial import EQUAL, try_composite
from app.results.nation.help_first import CONDITIONS, HelpRule, moves, points_of
from app.results.nation.movers import taken_up_before

CODES = ["A", "B", "C", "D", "E"]
SCORED = [SimpleNamespace(id="share"), SimpleNamespace(id="other")]


def panel(
    values: list[float], indicator: str = "share", half: float = 1.0, hidden: tuple[str, ...] = ()
) -> pd.DataFrame:
    rows = {"institution": CODES, "indicator": indicator, "value": values}
    frame = pd.DataFrame(rows)
    frame["lower"], frame["upper"] = frame["value"] - half, frame["value"] + half
    return frame.assign(hidden=frame["institution"].isin(hidden))


def rule(**weights: float) -> HelpRule:
    return HelpRule({**dict.fromkeys(CONDITIONS, 0.0), **weights})


def points(now: pd.DataFrame, before: pd.DataFrame, chosen: HelpRule, asked: tuple[str, ...] = ()) -> dict[str, float]:
    found = points_of(now, before, SCORED, {"share": 20.0}, {"B": 2}, asked, chosen)
    return found["points"].round(6).to_dict()


def test_each_condition_counts_by_the_part_to_which_it_is_met() -> None:
    before, now = panel([30, 30, 30, 30, 30]), panel([10, 19, 20, 31, 40])
    assert points(now, before, rule(below_line=2)) == {"A": 2, "B": 2, "C": 0, "D": 0, "E": 0}
    assert points(now, before, rule(lowest_quarter=1)) == {"A": 1, "B": 0, "C": 0, "D": 0, "E": 0}
    assert points(now, before, rule(fell=1)) == {"A": 1, "B": 1, "C": 1, "D": 0, "E": 0}
    assert points(now, before, rule(asks=3)) == {"B": 2, "A": 0, "C": 0, "D": 0, "E": 0}
    found = points(now, before, rule(not_in=3), asked=("Z", "A"))
    assert found["Z"] == 3 and sum(found.values()) == 3


def test_what_may_not_be_shown_counts_for_nothing() -> None:
    before, now = panel([30] * 5), panel([10, 19, 20, 31, 40], hidden=("A",))
    assert points(now, before, rule(below_line=1, fell=1, lowest_quarter=1))["A"] == 0


def test_a_change_is_told_only_where_its_interval_excludes_zero() -> None:
    found = moves(panel([10, 10, 10, 10, 10]), panel([10, 11, 12, 8, 5])).set_index("institution")
    # Half-widths of 1 give a half-width of √2 for the difference.
    assert found["side"].to_dict() == {
        "A": "indistinguishable",
        "B": "indistinguishable",
        "C": "above",
        "D": "below",
        "E": "below",
    }
    assert found.loc["C", ["low", "high"]].astype(float).round(6).tolist() == [
        round(2 - 2**0.5, 6),
        round(2 + 2**0.5, 6),
    ]


def test_items_taken_up_by_movers_stand_beside_those_of_others_and_few_are_left_out() -> None:
    codes = [f"M{n}" for n in range(5)] + [f"O{n}" for n in range(5)]
    rows = []
    for place, code in enumerate(codes):
        for item in ("A1", "B1"):
            took = item == "A1" and place in (0, 1, 2, 5)
            rows += [
                {"institution": code, "year": 2024, "item": item, "institution_counted": 1},
                {"institution": code, "year": 2025, "item": item, "institution_counted": 2 if took else 1},
                {"institution": code, "year": 2026, "item": item, "institution_counted": 3},
            ]
    details = pd.DataFrame(rows).astype({"institution_counted": "Int64"})
    found = taken_up_before(details, 2024, 2026, codes[:5]).set_index("item")
    assert found.loc["A1"].tolist() == [3, 5, 1, 5] and found.loc["B1"].tolist() == [0, 5, 0, 5]
    assert taken_up_before(details, 2024, 2026, codes[:4]).empty


@pytest.mark.parametrize("few", [3, 4])
def test_a_composite_of_few_has_no_ranks(few: int) -> None:
    scores = pd.DataFrame(np.arange(2.0 * few).reshape(few, 2), index=CODES[:few], columns=["a", "b"])
    assert try_composite(scores, {"a": 1, "b": 1}, 0.25) is None


def test_a_composite_says_what_its_ranks_depend_on() -> None:
    table = {"a": [90.0, 10, 50, 40, 30, np.nan], "b": [10.0, 90, 55, 40, 20, 10]}
    trial = try_composite(pd.DataFrame(table, index=[*CODES, "F"]), {"a": 3, "b": 1}, 0.0)
    assert trial is not None and trial.left_out == 1 and trial.is_exact
    own = trial.table.loc[CODES]
    assert own["value"].tolist() == [70, 30, 51.25, 40, 27.5]
    assert own["rank"].tolist() == own["best"].tolist() == own["worst"].tolist() == [1, 4, 2, 3, 5]
    choices = trial.choices.set_index("choice")
    # Equal weights: 50, 50, 52.5, 40, 25 rank 2, 2, 1, 4, 5.
    assert choices.loc[EQUAL, "shift"] == pytest.approx((1 + 2 + 1 + 1 + 0) / 5)
    wide = try_composite(pd.DataFrame(table, index=[*CODES, "F"]), {"a": 3, "b": 1}, 1.0)
    # The weight of b reaches a half: 50, 50, 52.5, 40, 25.
    assert wide is not None and wide.table.loc[["A", "C"], ["best", "worst"]].to_numpy().tolist() == [[1, 2], [1, 2]]
