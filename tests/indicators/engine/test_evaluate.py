"""From clean tables to values, gaps and scores: statuses, levels, bounds, and what must never matter."""

import sys
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.evaluation import peers_by_year, plain_sums
from bench.panel import panel
from indicators.catalogue.declarations import Benchmark, Example, Indicator
from indicators.catalogue.load_catalogue import Catalogue, load_catalogue
from indicators.engine.evaluate import Scoreboard, evaluate, exact_text
from indicators.engine.worked_examples import YEAR, example_tables
from indicators.values.prepared_tables import stack
from schemas.dictionary.dictionary import WHOLE

CATALOGUE = load_catalogue()
REASONS = {"no_goalpost", "context", "small_denominator", "coverage", "unknown_share", "status"}
Given = dict[str, list[dict[str, Any]]]


CALL_OF_2017 = {"kind": "wpi_centre", "call_year": 2017, "call_type": "regular", "status": "in_grant"}


def tables_of(given: Given) -> dict[str, pd.DataFrame]:
    """The tables of an example whose centre is one of the call of FY2017."""
    tables = example_tables(Example(given=given, expect=0), CATALOGUE.dictionary)
    units = pd.DataFrame({"unit": ["C1"], "is_centre": [True]}, index=pd.Index(["1"], name="row_key"))
    return {**tables, "units": tables.get("units", units).assign(**CALL_OF_2017)}


def rounds_of(*names: str, year: int = YEAR) -> pd.DataFrame:
    return pd.DataFrame({"submission": names, "institution": names, "year": year})


def board_of(
    given: Given, blocked: list[tuple[str, str]] | None = None, catalogue: Catalogue = CATALOGUE
) -> Scoreboard:
    """The scoreboard of one submission ``s``; ``blocked`` lists (field, row number)."""
    shut = [("s", field, row) for field, row in blocked or []]
    return evaluate(stack({"s": tables_of(given)}), catalogue, rounds_of("s"), blocked=shut).decode()


def one(frame: pd.DataFrame, name: str, level: str = "institution") -> pd.Series:
    key = "indicator" if "indicator" in frame else "element"
    found = frame[(frame[key] == name) & (frame["level"] == level)]
    assert len(found) == 1, f"{name} {level}: {len(found)} rows"
    return found.iloc[0]


def people(total: object, foreign: object, **more: object) -> dict[str, object]:
    return {"total": total, "foreign": foreign, **more}


# statuses


@pytest.mark.parametrize("code", ["a", "m", "x", "nc", "c"])
def test_one_code_in_all_rows_is_the_status(code: str) -> None:
    board = board_of({"researchers": [people(code, code), people(code, code, position="other")]})
    value, scored = one(board.values, "foreign_researcher_share"), one(board.scores, "foreign_researcher_share")
    assert value["status"] == code
    assert np.isnan(value["value"])
    assert np.isnan(scored["score"])
    assert scored["reason"] == "status"
    assert board.gaps[board.gaps["indicator"] == "foreign_researcher_share"].empty


@pytest.mark.parametrize(("code", "status"), [("a", "ok"), ("m", "m"), ("x", "x"), ("nc", "nc"), ("c", "c")])
def test_one_code_beside_numbers(code: str, status: str) -> None:
    board = board_of({"researchers": [people(100, 30), people(code, code, position="other")]})
    assert one(board.values, "foreign_researcher_share")["status"] == status


def test_a_blank_has_no_source() -> None:
    board = board_of({"researchers": [people(100, None)]})
    assert one(board.values, "foreign_researcher_share")["status"] == "no_source"


def test_a_code_nobody_knows_has_no_source() -> None:
    tables = tables_of({"researchers": [people(100, "m")]})
    tables["researchers"]["foreign__code"] = "zz"
    board = evaluate(stack({"s": tables}), CATALOGUE, rounds_of("s"))
    assert one(board.values, "foreign_researcher_share")["status"] == "no_source"


def test_an_error_blocks_the_values_that_use_the_cell_and_no_others() -> None:
    given = {
        "researchers": [people(100, 30, pi=20, foreign_pi=5), people(50, 10, pi=9, foreign_pi=1, position="other")]
    }
    board = board_of(given, [("researchers.foreign_pi", "1")])
    assert one(board.values, "foreign_pi_share")["status"] == "no_source"
    assert one(board.values, "foreign_researcher_share")["value"] == pytest.approx(100 * 40 / 150)
    assert one(board.values, "foreign_professor_share")["value"] == 30
    board = board_of(given, [("researchers.foreign", "1")])
    assert one(board.values, "foreign_researcher_share")["status"] == "no_source"
    assert one(board.values, "foreign_professor_share")["value"] == 30
    assert one(board.values, "foreign_pi_share")["value"] == pytest.approx(100 * 6 / 29)


def test_an_error_in_the_evidence_blocks_only_a_level_that_rests_on_it() -> None:
    checklist = [{"item": "A1", "declared": 2, "evidence": True}, {"item": "B1", "declared": 1}]
    for item, status in [("A1", "no_source"), ("B1", "ok")]:
        board = board_of({"checklist": checklist}, [("checklist_details.evidence", item)])
        assert one(board.values, "english_admin_score")["status"] == status


def test_a_missing_sheet_has_no_source_and_lowers_the_coverage() -> None:
    board = board_of({"publications": [{"papers": 10, "international": 2}]})
    assert one(board.values, "foreign_researcher_share")["status"] == "no_source"
    assert one(board.values, "english_admin_score")["status"] == "no_source"
    pillar = one(board.scores, "english_administration")
    assert (pillar["coverage_present"], pillar["coverage_applicable"]) == (0, 3)
    assert pillar["dropped"] == "english_admin_score research_environment_score"
    assert pillar["reason"] == "coverage"


def test_a_missing_column_has_no_source() -> None:
    board = board_of({"researchers": [people(100, 30)]})
    assert one(board.values, "female_researcher_share")["status"] == "no_source"


def test_papers_counted_in_fractions_only_are_not_known_in_full() -> None:
    rows = [{"year": -1, "counting": "fractional", "papers": 10.5, "international": 2.25}]
    assert one(board_of({"publications": rows}).values, "intl_coauthored_share_full")["status"] == "m"


def test_zero_over_zero_leaves_both_sides_of_the_coverage() -> None:
    checklist = [{"item": "A1", "declared": 1}, {"item": "D1", "declared": "a"}]
    board = board_of({"checklist": checklist})
    pillar = one(board.scores, "english_administration")
    assert (pillar["coverage_present"], pillar["coverage_applicable"]) == (2, 2)
    assert pillar["dropped"] == "research_environment_score"
    assert np.isnan(pillar["lower"])
    board = board_of({"researchers": [people(0, 0)]})
    assert one(board.values, "foreign_researcher_share")["status"] == "zero_denominator"
    pillar = one(board.scores, "researchers")
    assert (pillar["coverage_applicable"], pillar["reason"]) == (0, "status")


@pytest.mark.parametrize("whole", range(9))
def test_five_or_fewer_have_no_interval_and_the_reason_stands_in_its_place(whole: int) -> None:
    value = one(board_of({"researchers": [people(whole, min(1, whole))]}).values, "foreign_researcher_share")
    expected = "wilson" if whole > 5 else "too_few" if whole else ""
    assert value["interval_method"] == expected
    assert np.isnan(value["lower"]) == np.isnan(value["upper"]) == (whole <= 5)


def test_money_has_no_interval() -> None:
    rows = [{"programme": "aspire", "role": "member", "amount": 300}, {"programme": "other", "amount": 700}]
    value = one(evaluate_full({"projects": rows}).values, "project_money_aspire_share")
    assert (value["value"], value["interval_method"]) == (30.0, "")
    assert np.isnan(value["lower"]) and np.isnan(value["upper"])


def test_the_centre_beside_the_rest_has_an_interval_where_both_are_large_enough() -> None:
    def gap(centre: int) -> pd.Series:
        rows = [people(200, 20), people(centre, centre // 3, unit="C1")]
        return one(board_of({"researchers": rows}).values, "zone_gap_researchers")

    large, small = gap(30), gap(5)
    assert large["interval_method"] == "newcombe" and large["lower"] < large["value"] < large["upper"]
    assert small["interval_method"] == "too_few" and np.isnan(small["lower"])


def evaluate_full(given: Given) -> Scoreboard:
    """The scoreboard of one submission of the full form."""
    return evaluate(stack({"s": tables_of(given)}), CATALOGUE, rounds_of("s").assign(form="full"))


def test_what_is_known_is_a_lower_bound_where_the_whole_is_known() -> None:
    rows = [people(60, 12), people(40, "m", position="other")]
    value = one(board_of({"researchers": rows}).values, "foreign_researcher_share")
    assert (value["status"], value["lower"], value["interval_method"]) == ("m", 12.0, "known_part")
    assert np.isnan([value["value"], value["upper"]]).all()
    for rows in (
        [people(60, 12), people("m", 3, position="other")],
        [people(60, 12), people(40, "x", position="other")],
    ):
        value = one(board_of({"researchers": rows}).values, "foreign_researcher_share")
        assert np.isnan(value["lower"])
        assert value["interval_method"] == ""
    items = [{"item": "A1", "declared": 3, "evidence": True}, {"item": "B1", "declared": "m"}]
    value = one(board_of({"checklist": items}).values, "english_admin_score")
    assert (value["status"], value["lower"]) == ("m", 50.0)


# levels


def test_without_a_centre_only_the_institution_is_there() -> None:
    board = board_of({"researchers": [people(100, 30)], "checklist": [{"item": "A1", "declared": 1}]})
    assert set(board.values["level"]) == {"institution"}
    for name in ("rollout_rate", "zone_gap_researchers", "zone_gap_admin"):
        assert one(board.values, name)["status"] == "a"


def test_levels_are_never_summed() -> None:
    rows = [people(100, 14), people(20, 10, unit="C1"), people(30, 3, unit="medicine")]
    values = board_of({"researchers": rows}).values
    shares = values[values["indicator"] == "foreign_researcher_share"]
    assert list(zip(shares["level"], shares["unit"], shares["value"], strict=True)) == [
        ("institution", "00", 14.0),
        ("centre", "C1", 50.0),
        ("unit", "medicine", 10.0),
    ]
    assert one(board_of({"researchers": rows}).scores, "foreign_researcher_share", "unit")["reason"] == "no_goalpost"
    assert set(values[values["indicator"] == "zone_gap_researchers"]["level"]) == {"institution", "centre"}


def test_a_centre_without_a_sheet_has_no_source_there() -> None:
    board = board_of({"researchers": [people(100, 14), people(20, 10, unit="C1")]})
    assert one(board.values, "english_admin_score", "centre")["status"] == "no_source"
    assert one(board.values, "zone_gap_admin")["status"] == "no_source"


def test_items_the_centre_has_not_reached_do_not_matter_for_the_rollout() -> None:
    def both(item: str, centre: object, whole: object) -> list[dict[str, Any]]:
        rows = [("centre", centre), ("institution", whole)]
        return [{"item": item, "scope": scope, "declared": level, "evidence": True} for scope, level in rows]

    known = [row for item, whole in [("A1", 2), ("A2", 3), ("B1", 1)] for row in both(item, 2, whole)]
    board = board_of({"checklist": [*known, *both("B2", 1, "m"), *both("B3", "a", 2)]})
    value = one(board.values, "rollout_rate")
    assert (value["status"], value["numerator"], value["denominator"]) == ("ok", 2, 3)
    assert np.isnan(value["value"])  # fewer than ten items
    assert one(board_of({"checklist": [*known, *both("B2", 2, "m")]}).values, "rollout_rate")["status"] == "m"


# scores


def test_the_requirement_is_a_score_for_the_centre_and_a_direction_for_the_institution() -> None:
    rows = [people(1000, 150), people(100, 24, unit="C1")]
    board = board_of({"researchers": rows})
    centre = one(board.scores, "foreign_researcher_share", "centre")
    whole = one(board.scores, "foreign_researcher_share")
    assert (centre["score"], centre["kind"], centre["band"]) == (pytest.approx(80), "score", None)
    assert (whole["score"], whole["kind"], whole["band"]) == (50.0, "direction", None)
    assert one(board.scores, "researchers")["kind"] == "direction"
    assert one(board.scores, "researchers", "centre")["kind"] == "score"


def test_no_band_below_twenty_people_and_no_score_below_twenty_pis() -> None:
    rows = [people(100, 30), people(19, 19, pi=19, foreign_pi=19, unit="C1")]
    board = board_of({"researchers": rows})
    share = one(board.scores, "foreign_researcher_share", "centre")
    assert (share["score"], share["band"]) == (100.0, None)
    pis = one(board.scores, "foreign_pi_share", "centre")
    assert np.isnan(pis["score"])
    assert pis["reason"] == "small_denominator"
    assert one(board.values, "foreign_pi_share", "centre")["value"] == 100.0
    pillar = one(board.scores, "researchers", "centre")
    assert (pillar["score"], pillar["dropped"], pillar["coverage_applicable"]) == (100.0, "", 2)
    rows = [people(100, 30), people(20, 20, pi=20, foreign_pi=20, unit="C1")]
    board = board_of({"researchers": rows})
    assert one(board.scores, "foreign_researcher_share", "centre")["band"] == "5"
    pis = one(board.scores, "foreign_pi_share", "centre")
    assert pis["kind"] == "direction" and pd.isna(pis["band"]), "the call of FY2017 has no confirmed line for PIs"


@pytest.mark.parametrize(("items", "band"), [(9, None), (10, "2")])
def test_levels_have_a_band_from_ten_items_on(items: int, band: str | None) -> None:
    codes = [i.code for i in CATALOGUE.dictionary.checklist.items if i.group in "abcf" and len(i.scopes) == 2][:items]
    board = board_of({"checklist": [{"item": code, "declared": 1} for code in codes]})
    assert one(board.scores, "english_admin_score")["band"] == band
    assert one(board.values, "english_admin_score")["small"] == (band is None)


def test_every_missing_score_has_a_reason_and_no_other_has() -> None:
    tables, rounds = panel(20, 2, CATALOGUE.dictionary)
    scores = evaluate(tables, CATALOGUE, rounds, lineage=False).scores
    is_null = scores["score"].isna()
    assert is_null.any()
    assert not is_null.all()
    assert set(scores["reason"][is_null]) <= REASONS
    assert scores["reason"][~is_null].isna().all()
    points = scores["score"][~is_null]
    assert ((points >= 0) & (points <= 100)).all()


# gaps


def test_gap_and_verdict_of_a_centre_and_direction_of_the_institution() -> None:
    rows = [people(100, 14, foreign_hired=9), people(20, 8, unit="C1", foreign_hired=1)]
    gaps = board_of({"researchers": rows}).gaps
    own = gaps[(gaps["indicator"] == "foreign_researcher_share") & (gaps["benchmark"] == "wpi_requirement")]
    assert list(own["entry"]) == ["2017-04-01"] * 2
    whole, centre = one(own, "foreign_researcher_share"), one(own, "foreign_researcher_share", "centre")
    assert (whole["gap_points"], whole["replace"], whole["add"]) == (pytest.approx(-16), 16, 23)
    assert pd.isna(whole["verdict"])
    assert pd.isna(whole["margin"])
    assert (centre["gap_points"], centre["replace"], centre["verdict"], centre["margin"]) == (10, 0, "met", 2)
    assert centre["fragile"]
    assert centre["benchmark_value"] == "30"


def test_a_country_is_context_without_a_gap() -> None:
    gaps = board_of({"publications": [{"papers": 100, "international": 40}]}).gaps
    japan = gaps[gaps["benchmark"] == "country_jp"].iloc[0]
    assert not japan["comparable"]
    assert japan["benchmark_value"] == "35.9"
    assert np.isnan(japan["gap_points"])
    assert japan[["of", "replace", "add", "verdict", "margin"]].isna().all()


def test_a_requirement_in_words_counts_items() -> None:
    items = [{"item": code, "scope": "centre", "declared": 2, "evidence": True} for code in ("A1", "A2", "B1")]
    board = board_of({"checklist": [*items, {"item": "B2", "scope": "centre", "declared": 1}]})
    gap = one(board.gaps, "english_admin_score", "centre")
    assert (gap["of"], gap["replace"], gap["verdict"], gap["margin"]) == ("items", 1, "not_met", -1)
    assert pd.isna(gap["add"])
    assert pd.isna(gap["benchmark_value"])
    gap = one(board_of({"checklist": items}).gaps, "english_admin_score", "centre")
    assert (gap["replace"], gap["verdict"], gap["margin"]) == (0, "met", 0)


def declared(measure: dict[str, Any], line: dict[str, Any], **more: Any) -> Catalogue:
    """The catalogue with one more indicator ``extra`` and a requirement for institutions."""
    label = {"ja": "例", "en": "Example"}
    indicator = Indicator.model_validate(
        {
            "id": "extra", "version": 1, "label": label, "definition": label, "pitfalls": label,
            "levels": ["institution"], "unit": "percent", "better": "higher", "population": "x", "of": "people",
            "source": "own_design", "scored": False, "examples": [], "pillar": "researchers", "measure": measure,
            **more,
        }
    )  # fmt: skip
    entry = {"from": "2020-04-01", "last_confirmed": "2020-04-01", "source": "own_design", "seen": "primary"}
    requirement = Benchmark.model_validate(
        {
            "id": "line", "kind": "requirement", "level": "institution", "label": label, "population": label,
            "population_key": "x", "definition": "-", "counting": indicator.counting, "comparison": ">=",
            "unit": "percent", "authority": "ours", "entries": [{**entry, "why": label, **line}],
        }
    )  # fmt: skip
    return replace(
        CATALOGUE,
        indicators={**CATALOGUE.indicators, "extra": indicator},
        benchmarks={**CATALOGUE.benchmarks, "extra": [requirement]},
    )


def gap_to(catalogue: Catalogue, given: Given) -> pd.Series:
    return one(board_of(given, catalogue=catalogue).gaps, "extra")


FOREIGN, TOTAL = {"sum": "researchers.foreign"}, {"sum": "researchers.total"}


def test_a_rate_has_no_people_to_add_and_uses_its_own_base() -> None:
    catalogue = declared({"rate": {"part": FOREIGN, "whole": TOTAL, "per": 1000}}, {"value": "150"}, unit="per_100")
    gap = gap_to(catalogue, {"researchers": [people(100, 14)]})
    assert (gap["gap_points"], gap["replace"], gap["verdict"], gap["margin"]) == (-10, 1, "not_met", -1)
    assert pd.isna(gap["add"])
    beyond = declared({"rate": {"part": FOREIGN, "whole": TOTAL}}, {"value": "250"}, unit="per_100")
    assert gap_to(beyond, {"researchers": [people(100, 14)]})["replace"] == 236


def test_a_number_can_only_grow_and_is_never_small() -> None:
    catalogue = declared({"number": TOTAL}, {"value": "70"}, unit="number")
    given = {"researchers": [people(64, 1), people(3, 1, position="other")]}
    gap = gap_to(catalogue, given)
    assert (gap["gap_points"], gap["add"], gap["verdict"], gap["margin"]) == (-3, 3, "not_met", -3)
    assert pd.isna(gap["replace"])
    value = one(board_of(given, catalogue=catalogue).values, "extra")
    assert (value["value"], value["denominator"], value["small"]) == (67, 1, False)


def test_of_a_range_the_end_to_be_reached_is_the_line() -> None:
    catalogue = declared({"share": {"part": FOREIGN, "whole": TOTAL}}, {"low": "10", "high": "20"})
    gap = gap_to(catalogue, {"researchers": [people(100, 14)]})
    assert (gap["benchmark_value"], gap["gap_points"], gap["verdict"], gap["margin"]) == ("10", 4, "met", 4)


PAPERS = {"share": {"part": {"sum": "publications.international"}, "whole": {"sum": "publications.papers"}}}


def test_fractional_papers_give_points_but_no_count() -> None:
    catalogue = declared(PAPERS, {"value": "60"}, of="papers", counting="fractional")
    rows = [{"counting": "fractional", "papers": 100.5, "international": 40.25}]
    gap = gap_to(catalogue, {"publications": rows})
    assert gap["gap_points"] == pytest.approx(100 * 40.25 / 100.5 - 60)
    assert gap[["replace", "add", "verdict", "margin"]].isna().all()
    whole = gap_to(catalogue, {"publications": [{"counting": "fractional", "papers": 100, "international": 40}]})
    assert (whole["replace"], whole["add"], whole["verdict"]) == (20, 50, "not_met")


def test_a_million_papers_in_thousandths_do_not_overflow() -> None:
    catalogue = declared(PAPERS, {"value": "60.123456789"}, of="papers", counting="full")
    rows = [
        {"papers": 999_999, "international": 1},
        {"papers": 0.999, "international": 0.001},
        {"papers": 0.001, "international": 0},
    ]
    board = board_of({"publications": rows}, catalogue=catalogue)
    value = one(board.values, "extra")
    assert exact_text(int(value["denominator"]), int(value["scale"])) == 1_000_000
    assert exact_text(int(value["numerator"]), int(value["scale"])) == "1001/1000"
    assert value["value"] == pytest.approx(1.001e-4)
    gap = gap_to(catalogue, {"publications": [{"papers": 1_000_000, "international": 0}]})
    line = Fraction("0.60123456789")
    assert (gap["replace"], gap["add"]) == (-(-line * 10**6 // 1), -(-(line * 10**6) / (1 - line) // 1))


# what must never matter

TABLES, ROUNDS = panel(6, 2, CATALOGUE.dictionary, seed=5)
BOARD = evaluate(TABLES, CATALOGUE, ROUNDS)
FRAMES = ("values", "gaps", "scores", "value_cells")


def sorted_rows(frame: pd.DataFrame) -> pd.DataFrame:
    rows = frame.astype(str)
    return rows.sort_values(list(rows.columns)).reset_index(drop=True)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_order_of_rows_never_matters(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shuffled = {name: frame.iloc[rng.permutation(len(frame))] for name, frame in TABLES.items()}
    board = evaluate(shuffled, CATALOGUE, ROUNDS)
    for name in FRAMES:
        pd.testing.assert_frame_equal(sorted_rows(getattr(board, name)), sorted_rows(getattr(BOARD, name)))


@settings(max_examples=8, deadline=None)
@given(st.sets(st.sampled_from(list(ROUNDS["submission"])), min_size=1))
def test_others_joining_or_leaving_never_change_a_row(chosen: set[str]) -> None:
    kept = {name: frame[frame["submission"].isin(chosen)] for name, frame in TABLES.items()}
    board = evaluate(kept, CATALOGUE, ROUNDS[ROUNDS["submission"].isin(chosen)])
    for name in FRAMES:
        own = getattr(BOARD, name)
        own = own[own["submission"].isin(chosen)]
        pd.testing.assert_frame_equal(sorted_rows(getattr(board, name)), sorted_rows(own))


def test_another_institutions_fractions_change_no_figure() -> None:
    own = tables_of({"publications": [{"papers": 200, "international": 70}]})
    other = tables_of({"publications": [{"papers": 10.5, "international": 1.125}]})
    alone = evaluate(stack({"s": own}), CATALOGUE, rounds_of("s"))
    both = evaluate(stack({"s": own, "t": other}), CATALOGUE, rounds_of("s", "t"))
    before, after = (
        one(board.values[board.values["submission"] == "s"], "intl_coauthored_share_full") for board in (alone, both)
    )
    same = [name for name in before.index if name not in ("numerator", "denominator", "scale")]
    pd.testing.assert_series_equal(before[same], after[same], check_names=False)
    for name in ("numerator", "denominator"):
        assert exact_text(int(before[name]), int(before["scale"])) == exact_text(int(after[name]), int(after["scale"]))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=2, max_size=6))
def test_more_foreign_researchers_never_lower_a_score_or_a_pillar(pairs: list[tuple[int, int]]) -> None:
    rows = [sorted(pair) for pair in pairs]
    tables = {f"s{n}": tables_of({"researchers": [people(whole, part)]}) for n, (part, whole) in enumerate(rows)}
    more = {
        f"t{n}": tables_of({"researchers": [people(whole, min(whole, part + 1))]})
        for n, (part, whole) in enumerate(rows)
    }
    board = evaluate(stack({**tables, **more}), CATALOGUE, rounds_of(*tables, *more), lineage=False)
    for name in ("foreign_researcher_share", "researchers"):
        own = board.scores[(board.scores["element"] == name)].set_index("submission")["score"]
        for n in range(len(rows)):
            low, high = own[f"s{n}"], own[f"t{n}"]
            assert np.isnan(low) == np.isnan(high)
            assert np.isnan(low) or low <= high


def test_what_the_benchmark_compares_with_sums_the_same() -> None:
    sums = plain_sums(TABLES)["researchers"]["total"]
    own = BOARD.values[(BOARD.values["indicator"] == "foreign_researcher_share") & (BOARD.values["status"] == "ok")]
    units = np.where(own["level"] == "centre", "C1", WHOLE)
    keys = zip(own["submission"], units, strict=True)
    assert own["denominator"].tolist() == [sums[key] for key in keys]
    assert set(own["level"]) == {"institution", "centre"}


def test_the_benchmark_finds_peers_in_every_round() -> None:
    found = peers_by_year(TABLES, ROUNDS)
    assert set(found) == set(ROUNDS["year"])
    assert all(len(peers.table) and peers.table["stays"].isna().all() for peers in found.values())


# shape


def test_values_stand_in_the_order_of_submission_catalogue_and_level() -> None:
    order, levels = list(CATALOGUE.indicators), ["institution", "centre", "unit"]
    keys = [
        (list(ROUNDS["submission"]).index(row["submission"]), order.index(row["indicator"]), levels.index(row["level"]))
        for row in BOARD.values.to_dict("records")
    ]
    assert keys == sorted(keys)


def test_nothing_to_evaluate_gives_empty_tables() -> None:
    board = evaluate({}, CATALOGUE, rounds_of())
    assert [len(getattr(board, name)) for name in FRAMES] == [0, 0, 0, 0]
    assert list(board.scores.columns) == list(BOARD.scores.columns)


def test_a_table_of_an_unknown_submission_is_refused() -> None:
    with pytest.raises(ValueError, match="researchers: t is not among the rounds"):
        evaluate(stack({"t": tables_of({"researchers": [people(1, 0)]})}), CATALOGUE, rounds_of("s"))


def calls(submissions: int) -> int:
    """How many Python functions one evaluation calls."""
    tables, rounds = panel(submissions, 1, CATALOGUE.dictionary)
    count = 0

    def counted(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(counted)
    try:
        evaluate(tables, CATALOGUE, rounds, lineage=False)
    finally:
        sys.setprofile(None)
    return count


def test_no_work_is_done_submission_by_submission() -> None:
    calls(20)  # fills the caches of the libraries
    assert calls(400) < 1.2 * calls(20)
