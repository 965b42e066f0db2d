"""A centre is judged by the requirements of its own call, while its grant runs, and by none that was not confirmed."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from indicators.catalogue.load_catalogue import load_catalogue
from indicators.engine.evaluate import Scoreboard, evaluate
from indicators.values.prepared_tables import stack
from schemas.register.centres import load_centres

CATALOGUE = load_catalogue()
REQUIRED = ("foreign_researcher_share", "foreign_pi_share", "pi_number", "researcher_number", "english_admin_score")
ITEMS = [item.code for item in CATALOGUE.dictionary.checklist.items if len(item.scopes) == 2][:12]


def board_of(year: int = 2026, form: str = "centre", foreign: str = "", **unit: Any) -> Scoreboard:
    """A centre of 100 researchers, 25 of them foreign, with 12 PIs, and its checklist at level 2.

    ``foreign``: the code that stands in the place of the foreign researchers.
    """
    index = pd.Index(["1"], name="row_key")
    units = pd.DataFrame([{"unit": "K1", "is_centre": True, **unit}], index=index)
    counts = {"total": 100, "foreign": 25, "pi": 12, "foreign_pi": 1}
    codes = {f"{name}__code": "" for name in counts} | {"foreign__code": foreign}
    people = pd.DataFrame([{"unit": "K1", "position": "professor", **counts, **codes}], index=index)
    rows = [{"item": i, "scope": "centre", "declared": 2, "declared__code": "", "counted": 2} for i in ITEMS]
    checklist = pd.DataFrame(rows, index=pd.Index([f"{i}/centre" for i in ITEMS], name="row_key"))
    tables = {"units": units, "researchers": people, "checklist": checklist.assign(applicable=True)}
    rounds = pd.DataFrame([{"submission": "s", "institution": "i", "year": year, "form": form}])
    return evaluate(stack({"s": tables}), CATALOGUE, rounds)


def lines(board: Scoreboard) -> dict[str, tuple[Any, Any, Any]]:
    """Entry, standing and verdict of the requirements by indicator."""
    rows = board.gaps[(board.gaps["kind"] == "requirement") & (board.gaps["level"] == "centre")]
    columns = rows[["indicator", "entry", "standing", "verdict"]].itertuples(index=False, name=None)
    return {
        name: (entry, standing, None if pd.isna(verdict) else verdict) for name, entry, standing, verdict in columns
    }


def test_a_centre_of_fy2012_is_at_the_lines_of_the_primary_source_while_its_grant_runs() -> None:
    own = {"kind": "wpi_centre", "call_year": 2012, "call_type": "focus", "status": "in_grant"}
    found = lines(board_of(2021, **own))
    assert found["foreign_researcher_share"] == ("2012-04-01", "judged", "not_met")
    assert found["pi_number"] == ("2012-04-01", "judged", "met")
    assert found["researcher_number"] == ("2012-04-01", "judged", "not_met")
    assert found["english_admin_score"] == ("2012-04-01", "judged", "met")
    assert found["foreign_pi_share"][1:] == ("no_figure", None), "only FY2007 has a line for PIs"
    gaps = board_of(2021, **own).gaps.query("kind == 'requirement' and standing == 'judged'")
    assert set(gaps["source"]) == {"mext_wpi_fy2012"} and set(gaps["seen"]) == {"primary"}
    without = board_of(2021, **own).gaps.query("standing == 'no_figure'")
    assert [CATALOGUE.sources[source].seen for source in without["source"]] == list(without["seen"]) == ["primary"]


@pytest.mark.parametrize("status", ["in_grant", "after_grant"])
def test_a_requirement_whose_value_is_not_known_stays_open_and_is_not_left_out(status: str) -> None:
    """It had no row at all, so that the rest was said to be all there is: "meets 2 of 2"."""
    board = board_of(foreign="m", kind="wpi_centre", call_year=2012, call_type="focus", status=status)
    rows = board.gaps[board.gaps["indicator"] == "foreign_researcher_share"]
    told = rows[["kind", "benchmark_value", "standing"]].to_dict("records")
    assert told == ([{"kind": "requirement", "benchmark_value": "30", "standing": "judged"}] * (status == "in_grant"))
    assert rows[["gap_points", "replace", "add", "margin", "verdict"]].isna().all(axis=None)


def test_the_size_is_that_of_the_own_call() -> None:
    now = board_of(2026, kind="wpi_centre", call_year=2017, status="in_grant").gaps.set_index("indicator")
    assert now.loc["researcher_number", ["benchmark_value", "verdict"]].tolist() == ["70", "met"]
    call = load_centres().call_of(2012)
    assert call is not None and call.type == "focus", "the type of a year with one call is known"


@pytest.mark.parametrize("status", ["after_grant", "academy"])
def test_after_the_grant_the_line_is_a_direction(status: str) -> None:
    board = board_of(kind="wpi_centre", call_year=2007, call_type="regular", status=status)
    found = lines(board)
    assert found["foreign_researcher_share"] == ("2007-04-01", "after_grant", None)
    share = board.gaps[board.gaps["indicator"] == "foreign_researcher_share"].iloc[0]
    assert share["gap_points"] == pytest.approx(-5) and share["replace"] == 5
    scored = board.scores.query("element == 'foreign_researcher_share'").iloc[0]
    assert scored["kind"] == "direction" and pd.isna(scored["band"])


@pytest.mark.parametrize("call", [(2018, "regular"), (2021, "regular"), (2022, "regular"), (2023, "core")])
def test_a_call_without_a_confirmed_figure_gives_no_verdict_and_says_so(call: tuple[int, str]) -> None:
    board = board_of(kind="wpi_centre", call_year=call[0], call_type=call[1], status="in_grant")
    found = lines(board)
    assert set(found) == set(REQUIRED)
    assert {(standing, verdict) for _, standing, verdict in found.values()} == {("no_figure", None)}
    rows = board.gaps[board.gaps["standing"] == "no_figure"]
    assert rows[["benchmark_value", "gap_points", "replace", "margin"]].isna().all(axis=None)
    assert not rows["comparable"].any() and set(rows["source"]) <= set(CATALOGUE.sources)


@pytest.mark.parametrize(
    ("unit", "standing"),
    [
        ({}, "call_unknown"),
        ({"kind": "wpi_centre", "status": "in_grant"}, "call_unknown"),
        ({"kind": "wpi_centre", "call_year": 2023, "status": "in_grant"}, "call_unknown"),
        ({"kind": "wpi_centre", "call_year": 2015, "call_type": "regular", "status": "in_grant"}, "call_unknown"),
        ({"kind": "wpi_centre", "call_year": 2017, "call_type": "regular"}, "status_unknown"),
        ({"kind": "research_centre"}, "not_wpi"),
        ({"kind": "most_international", "call_year": 2017}, "not_wpi"),
    ],
)
def test_what_is_not_known_is_not_judged(unit: dict[str, Any], standing: str) -> None:
    found = lines(board_of(**unit))
    assert found["foreign_researcher_share"][1:] == (standing, None)


def test_a_head_count_of_one_of_several_hosts_is_not_judged_and_a_share_is() -> None:
    own = {"kind": "wpi_centre", "call_year": 2017, "call_type": "regular", "status": "in_grant", "hosts": "A1;B2"}
    found = lines(board_of(**own))
    assert found["researcher_number"][1:] == found["pi_number"][1:] == ("one_of_hosts", None)
    assert found["foreign_researcher_share"][1:] == ("judged", "not_met")
