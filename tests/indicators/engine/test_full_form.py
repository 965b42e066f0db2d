"""What only the full form asks: lists that are empty, left out or incomplete, who is asked what, two definitions."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

from indicators.catalogue.declarations import Example
from indicators.catalogue.load_catalogue import Catalogue, load_catalogue
from indicators.engine.evaluate import Scoreboard, evaluate
from indicators.engine.worked_examples import YEAR, example_tables
from indicators.values.applicability import fields_asked, fields_needed
from indicators.values.prepared_tables import stack
from indicators.values.values import DEPENDS

CATALOGUE = load_catalogue()
Given = dict[str, list[dict[str, Any]]]
R: Given = {"researchers": [{"total": 200, "foreign": 20}]}


def board_of(
    given: Given, form: str = "full", blocked: list[tuple[str, str]] | None = None, catalogue: Catalogue = CATALOGUE
) -> Scoreboard:
    tables = example_tables(Example(given=given, expect=0), catalogue.dictionary)
    if "units" in tables:  # a centre of the call of FY2017
        tables["units"] = tables["units"].assign(kind="wpi_centre", call_year=2017, status="in_grant")
    rounds = pd.DataFrame({"submission": ["s"], "institution": ["i"], "year": [YEAR], "form": [form]})
    shut = [("s", field, row) for field, row in blocked or []]
    return evaluate(stack({"s": tables}), catalogue, rounds, blocked=shut).decode()


def rows_of(board: Scoreboard, name: str) -> pd.DataFrame:
    return board.values[board.values["indicator"] == name]


def status_of(board: Scoreboard, name: str) -> str:
    [status] = rows_of(board, name)["status"]
    return str(status)


def stay(**more: object) -> dict[str, object]:
    return {"mode": "fellowship", "stage": "postdoc", "country": "US", "length": "medium", "persons": 2, **more}


# which form asks what


def test_an_indicator_has_rows_only_where_its_questions_were_asked() -> None:
    for form in ("core", "full"):
        put = fields_asked(CATALOGUE.dictionary, form)["institution"]
        asked = {name for name, one in CATALOGUE.indicators.items() if fields_needed(one, CATALOGUE) <= put}
        own = {name for name in asked if "institution" in CATALOGUE.indicators[name].levels}
        found = board_of(R, form).values
        by_fractions = {name for name in own if CATALOGUE.indicators[name].counting == "fractional"}
        assert "intl_coauthored_share_frac" in by_fractions
        assert set(found["indicator"]) == own - by_fractions
    core, full = (set(board_of(R, form).values["indicator"]) for form in ("core", "full"))
    assert core < full
    assert not core & {"outbound_long_rate", "foreign_secure_post_share", "doctoral_supported_share"}


def test_fractional_counting_has_a_row_only_where_papers_were_counted_so() -> None:
    for counting, kinds in (("full", {"full"}), ("fractional", {"full", "fractional"})):
        found = board_of({"publications": [{"counting": counting, "papers": 80, "international": 20}]}).values
        papers = found[found["counting"] != "-"]
        assert set(papers["counting"]) == kinds
        shown = {"full": "intl_coauthored_share_full", "fractional": "intl_coauthored_share_frac"}[counting]
        assert papers.loc[papers["indicator"] == shown, "value"].tolist() == [25]


def test_each_indicator_of_papers_has_its_twin_by_fractional_counting() -> None:
    """The two count the same papers over the same years, and neither stands in for the other."""
    twins = [one for one in CATALOGUE.indicators.values() if one.counting == "fractional"]
    for one in twins:
        stem = one.id.removesuffix("_frac")
        full = CATALOGUE.indicators[stem if stem in CATALOGUE.indicators else f"{stem}_full"]
        assert (full.counting, full.measure, full.window) == ("full", one.measure, one.window)
    assert len(twins) == sum(one.counting == "full" for one in CATALOGUE.indicators.values())


def test_the_programmes_divide_projects_and_money_without_remainder() -> None:
    codes = CATALOGUE.dictionary.code_lists["joint_programmes"].codes()
    rows: list[dict[str, Any]] = [
        {"programme": code, "role": "member", "amount": 100 + place, "partner_1": "US"}
        for place, code in enumerate(codes)
    ]
    values = board_of({"projects": rows}).values.set_index("indicator")["value"]
    assert [values[f"projects_{code}"] for code in codes] == [1] * len(codes)
    assert sum(values[f"project_money_{code}_share"] for code in codes) == pytest.approx(100)
    assert values["project_amount_total"] == values["project_amount_mean"] * len(codes)


def test_the_modes_of_long_stays_are_told_apart_without_remainder() -> None:
    modes = {"outbound": "transfer fellowship grant home_paid", "inbound": "employed fellowship invited"}
    for table, names in modes.items():
        codes = CATALOGUE.dictionary.code_lists["mobility_modes" if table == "outbound" else "inbound_modes"].codes()
        rows = [stay(mode=code) for code in codes if code != "student_research"]
        values = board_of({table: rows}).values.set_index("indicator")["value"]
        assert sum(values[f"{table}_{name}_share"] for name in names.split()) == pytest.approx(100)


def test_every_field_and_every_position_has_its_share() -> None:
    for code in CATALOGUE.dictionary.code_lists["field_groups"].codes():
        row = {"field_group": code, "papers": 40, "international": 10}
        board = board_of({"publication_basis": [{"skip": "no"}], "field_publications": [row]})
        assert rows_of(board, f"intl_coauthored_share_{code}")["value"].tolist() == [25]
    positions = [
        {"position": "specially_appointed", "total": 40, "foreign": 4},
        {"position": "postdoc", "total": 60, "foreign": 30},
    ]
    board = board_of({"researchers": positions})
    assert rows_of(board, "foreign_specially_appointed_share")["value"].tolist() == [10]
    assert rows_of(board, "foreign_share_without_postdocs")["value"].tolist() == [10]
    assert rows_of(board, "foreign_researcher_share")["value"].tolist() == [34]


def test_without_a_form_it_is_the_core_one() -> None:
    tables = stack({"s": example_tables(Example(given=R, expect=0), CATALOGUE.dictionary)})
    rounds = pd.DataFrame({"submission": ["s"], "institution": ["i"], "year": [YEAR]})
    found = evaluate(tables, CATALOGUE, rounds).decode().values
    pd.testing.assert_frame_equal(found, board_of(R, "core").values)


def test_a_form_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no such form: fuller"):
        board_of(R, "fuller")


def test_the_form_of_a_centre_gives_values_of_the_centre_alone() -> None:
    given: Given = {
        "researchers": [{"unit": "C1", "total": 80, "foreign": 40}],
        "staff": [
            {"administrative": 10, "bilingual_permanent": 4, "bilingual_fixed_term": 3, "bilingual_part_time": 1}
        ],
    }
    board = board_of(given, "centre")
    assert set(board.values["level"]) == {"centre"}
    assert rows_of(board, "foreign_researcher_share")["value"].tolist() == [50]
    assert rows_of(board, "bilingual_staff_per_100")["value"].tolist() == [20]
    assert rows_of(board, "bilingual_staff_share")["value"].tolist() == [80]
    assert rows_of(board, "foreign_faculty_share").empty


def test_what_the_form_of_a_centre_asks_is_measured_for_the_centre() -> None:
    """Whatever compares the centre with the institution needs both and stays with the institution."""
    put = fields_asked(CATALOGUE.dictionary, "centre")["centre"]
    for one in CATALOGUE.indicators.values():
        if fields_needed(one, CATALOGUE) <= put and not one.measure.needs_centre:
            assert "centre" in one.levels, one.id


def test_papers_of_a_centre_are_a_direction_beside_the_target_of_the_programme() -> None:
    given: Given = {
        "researchers": [{"unit": "C1", "total": 80, "foreign": 40}],
        "publications": [{"unit": "C1", "papers": 100, "international": 70}],
    }
    board = board_of(given, "centre")
    [row] = rows_of(board, "intl_coauthored_share_full").to_dict("records")
    assert (row["level"], row["value"]) == ("centre", 70)
    gaps = board.gaps[board.gaps["indicator"] == "intl_coauthored_share_full"].set_index("benchmark")
    assert gaps.loc[["kavli_ipmu_ten_years", "kavli_ipmu_2016"], "gap_points"].tolist() == [10, -8]
    assert not gaps.loc["country_jp", "comparable"]
    assert gaps.loc["wpi_programme_target", "gap_points"] == 20 and pd.isna(gaps.loc["wpi_programme_target", "verdict"])
    score = board.scores.set_index("element").loc["intl_coauthored_share_full"]
    assert (score["score"], score["kind"]) == (100, "direction") and pd.isna(score["band"])


# lists


def test_an_empty_list_is_a_zero_and_one_left_out_was_not_collected() -> None:
    assert rows_of(board_of({**R, "outbound": []}), "outbound_long_rate")["value"].tolist() == [0]
    left_out = board_of({**R, "outbound_basis": [{"skip": "yes"}]})
    for name in ("outbound_long_rate", "outbound_country_number", "outbound_transfer_share"):
        assert status_of(left_out, name) == "nc"
    given: Given = {**R, "outbound_basis": [{"skip": "yes"}], "outbound": [stay()]}
    assert status_of(board_of(given), "outbound_long_rate") == "nc"


def test_a_sheet_that_was_not_read_has_no_source_and_an_unclear_switch_neither() -> None:
    assert status_of(board_of(R), "outbound_long_rate") == "no_source"
    board = board_of({**R, "outbound": []}, blocked=[("outbound_basis.skip", "0")])
    assert status_of(board, "outbound_long_rate") == "no_source"


def test_rows_that_do_not_count_sum_to_zero() -> None:
    board = board_of({**R, "outbound": [stay(length="short")]})
    assert rows_of(board, "outbound_long_rate")["value"].tolist() == [0]
    assert status_of(board, "outbound_transfer_share") == "zero_denominator"


def test_a_row_whose_class_is_not_known_leaves_the_rest_as_a_lower_bound() -> None:
    board = board_of({**R, "outbound": [stay(), stay(length=None, persons=9), stay(length="short", mode=None)]})
    [row] = rows_of(board, "outbound_long_rate").to_dict("records")
    assert (row["status"], row["lower"]) == ("m", 1.0)
    # What is certainly short does not count, whatever its mode.
    board = board_of({**R, "outbound": [stay(), stay(length="short", mode=None)]})
    assert rows_of(board, "outbound_transfer_share")["value"].tolist() == [0]


def test_an_error_in_a_class_blocks_what_it_decides_and_nothing_else() -> None:
    rows = [stay(), stay(length="long")]
    board = board_of({**R, "outbound": rows}, blocked=[("outbound.mode", "1")])
    assert status_of(board, "outbound_transfer_share") == "no_source"
    assert rows_of(board, "outbound_long_rate")["value"].tolist() == [2]
    board = board_of({**R, "outbound": rows}, blocked=[("outbound.country", "1")])
    for name in ("outbound_country_number", "outbound_country_effective_number"):
        assert status_of(board, name) == "no_source"
    assert status_of(board, "outbound_transfer_share") == "ok"


def test_what_does_not_apply_to_the_institution_is_a() -> None:
    board = board_of({**R, "profile": [{"has_doctoral": "no"}]})
    for name in ("doctoral_supported_share", "doctoral_completion_rate", "ra_hourly_pay"):
        assert status_of(board, name) == "a"
    board = board_of({**R, "profile": [{"has_doctoral": "yes"}]})
    assert status_of(board, "doctoral_supported_share") == "no_source"


def test_effective_numbers_of_fewer_than_ten_are_not_shown() -> None:
    for persons, shown in ((4, False), (5, True)):
        rows = [{"country": country, "persons": persons} for country in ("US", "DE")]
        [row] = rows_of(board_of({"nationalities": rows}), "nationality_effective_number").to_dict("records")
        assert (row["status"], row["denominator"], row["numerator"]) == ("ok", 2 * persons, 2)
        assert (not np.isnan(row["value"])) == shown
        assert row["small"] == (not shown)


def test_the_cells_of_a_list_are_those_of_the_rows_that_count() -> None:
    board = board_of({**R, "outbound": [stay(), stay(length="short"), stay(mode="transfer")]})
    cells = board.value_cells[board.value_cells["indicator"] == "outbound_transfer_share"]
    found = set(zip(cells["field"], cells["row_key"], strict=True))
    whole = {(column, row) for column in ("outbound.persons", "outbound.length") for row in ("0", "2")}
    assert found == whole | {("outbound.mode", "2")}
    cells = board.value_cells[board.value_cells["indicator"] == "outbound_country_effective_number"]
    assert set(cells["field"]) == {"outbound.persons", "outbound.length", "outbound.country"}


def test_pay_is_exactly_above_or_below_the_guideline() -> None:
    for pay, verdict in ((1999, "not_met"), (2000, "met")):
        gaps = board_of({"doctoral": [{"ra_hourly_pay": pay}]}).gaps
        [row] = gaps[gaps["indicator"] == "ra_hourly_pay"].to_dict("records")
        assert (row["verdict"], row["gap_points"], row["of"]) == (verdict, pay - 2000, None)
        assert pd.isna(row["margin"])
        assert pd.isna(row["add"])


def test_size_of_a_centre_is_judged_by_its_own_call() -> None:
    gaps = board_of({"researchers": [{"total": 900}, {"unit": "C1", "total": 64}]}).gaps
    [row] = gaps[gaps["indicator"] == "researcher_number"].to_dict("records")
    assert (row["entry"], row["verdict"], row["margin"], row["add"]) == ("2017-04-01", "not_met", -6, 6)


# two definitions

CLASSES = ("foreign", "foreign_degree", "abroad_3y", "abroad_1y", "other")


def faculty(*numbers: int) -> Given:
    return {"faculty_classes": [dict(zip(CLASSES, numbers, strict=True))]}


def test_the_headline_stands_before_its_variant_and_only_it_is_scored() -> None:
    board = board_of(faculty(10, 20, 10, 10, 50), "core")
    rows = rows_of(board, "foreign_faculty_share")
    assert list(zip(rows["definition"], rows["value"], strict=True)) == [("nationality", 10), ("foreign_degree", 30)]
    assert len(board.scores[board.scores["element"] == "foreign_faculty_share"]) == 1
    wide = rows_of(board, "foreign_faculty_wide_share")
    assert list(zip(wide["definition"], wide["value"], strict=True)) == [("sgu", 50)]


@pytest.mark.parametrize(
    ("foreign", "degree", "depends"),
    [(10, 20, False), (2, 1, False), (2, 20, True), (58, 0, False)],
    ids=["both above", "both below", "either side of the line", "the same people"],
)
def test_the_mark_says_where_the_definition_decides_the_side_of_a_line(
    foreign: int, degree: int, depends: bool
) -> None:
    rows = rows_of(board_of(faculty(foreign, degree, 0, 0, 100 - foreign - degree), "core"), "foreign_faculty_share")
    assert [DEPENDS in flags.split() for flags in rows["flags"]] == [depends, depends]


def test_the_mark_compares_bands_too() -> None:
    given = faculty(100, 300, 0, 0, 600)
    plain = CATALOGUE.indicators["foreign_faculty_share"]
    post = CATALOGUE.indicators["english_admin_score"].goalposts["institution"]
    scored = plain.model_copy(update={"goalposts": {"institution": post}, "scored": True, "weight": 1})
    catalogue = replace(
        CATALOGUE,
        indicators={**CATALOGUE.indicators, plain.id: scored},
        benchmarks={name: rows for name, rows in CATALOGUE.benchmarks.items() if name != plain.id},
    )
    assert DEPENDS in rows_of(board_of(given, "core", catalogue=catalogue), plain.id)["flags"].iloc[0]
    same = faculty(100, 50, 0, 0, 850)
    assert set(rows_of(board_of(same, "core", catalogue=catalogue), plain.id)["flags"]) == {""}


def test_no_mark_where_one_of_them_is_not_known() -> None:
    given: Given = {"faculty_classes": [{**dict.fromkeys(CLASSES, 10), "foreign": 1, "foreign_degree": "m"}]}
    rows = rows_of(board_of(given, "core"), "foreign_faculty_share")
    assert set(rows["flags"]) == {""}


# benchmarks


def test_a_benchmark_last_confirmed_more_than_five_years_ago_is_stale() -> None:
    [benchmark] = [b for b in CATALOGUE.benchmarks["foreign_pi_share"] if b.kind == "requirement"]
    [entry] = benchmark.entries
    assert entry.last_confirmed == date(2007, 4, 1)
    assert [entry.is_stale(day) for day in (date(2012, 4, 1), date(2012, 4, 2))] == [False, True]
    stale = {(b.indicator, b.id, e.id) for b, e in CATALOGUE.stale(date(2026, 5, 1))}
    assert ("foreign_pi_share", "wpi_requirement", "2007-04-01") in stale
    assert not any(name == "ra_hourly_pay" for name, _, _ in stale)


def test_the_doctoral_target_is_never_drawn_in_two_forms_at_once() -> None:
    for name, rows in CATALOGUE.benchmarks.items():
        if name.startswith("doctoral_supported"):
            assert len(rows) == 1
            assert rows[0].level == "country", "context, without a gap"


def test_all_values_of_shares_are_the_exact_ratio() -> None:
    board = board_of({**R, "outbound": [stay(), stay(mode="transfer", persons=1)]})
    [row] = rows_of(board, "outbound_transfer_share").to_dict("records")
    assert Fraction(row["numerator"], row["denominator"]) == Fraction(1, 3)
    assert row["value"] == pytest.approx(100 / 3)
