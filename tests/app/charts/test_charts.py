"""Charts draw what the rows say, carry their sentence as text alternative, and become SVG."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import altair as alt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.charts import captions, indicator_charts
from app.charts.chart_elements import WIDTH, chart_svg, label_places
from app.charts.chart_rows import CHART_COLUMNS, chart_rows, checklist_items, count_text, line_shown, value_text
from app.charts.theme import GROUND, OTHERS, OWN
from app.demo.filled_forms import demo_institutions
from app.edition import catalogue
from app.submission.result import Result
from indicators.scoring.requirement_gaps import RequirementGaps
from schemas.dictionary.format_number import format_number
from schemas.register.institution import Institution

LANGUAGES = ("ja", "en")
INDICATOR = catalogue().indicators["foreign_researcher_share"]
BENCHMARKS = catalogue().benchmarks[INDICATOR.id]


@pytest.fixture(scope="module")
def processed(judged_form: Callable[[Institution, int], tuple[bytes, Result]]) -> Result:
    """A demo university with a centre."""
    return judged_form(demo_institutions()[0], 2026)[1]


@pytest.fixture(scope="module")
def rows(processed: Result) -> pd.DataFrame:
    return chart_rows(processed.header["score"]["scoreboards"][0], catalogue())


def hand_made(**changes: Any) -> pd.DataFrame:
    """The share at institution and centre: 12 of 100 (direction) and 9 of 30 (requirement met exactly)."""
    base = {
        "indicator": INDICATOR.id, "label_ja": "外国人研究者比率", "label_en": "Foreign share", "position": "",
        "position_rank": 0, "position_ja": "研究者全体", "position_en": "All researchers", "pillar": "researchers",
        "unit": "percent", "status": "ok", "small": False, "year": 2026, "line": 30.0, "line_kind": "requirement",
        "line_ja": "要件", "line_en": "requirement", "band": None, "score": None,
    }  # fmt: skip
    whole = {"level": "institution", "value": 12.0, "lower": 7.0, "upper": 20.0, "numerator": 12, "denominator": 100}
    centre = {"level": "centre", "value": 30.0, "lower": 16.7, "upper": 47.9, "numerator": 9, "denominator": 30}
    judged = {"replace": 0, "gap_points": 0.0, "verdict": "met", "margin": 0, "score_kind": "score"}
    open_ = {"replace": 18, "gap_points": -18.0, "verdict": None, "margin": None, "score_kind": "direction"}
    return pd.DataFrame([{**base, **whole, **open_}, {**base, **centre, **judged}], columns=CHART_COLUMNS).assign(
        **changes
    )


def data_of(chart: alt.LayerChart) -> list[list[dict[str, Any]]]:
    """Every inlined data set of a chart."""
    return list(chart.to_dict()["datasets"].values())


def drawn(chart: alt.LayerChart, column: str) -> list[Any]:
    return [row[column] for rows in data_of(chart) for row in rows if column in row]


def values_of(*pairs: tuple[str, float | None], hidden: tuple[str, ...] = ()) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"institution": code, "value": value, "year": 2026, "level": "institution", "hidden": code in hidden}
            for code, value in pairs
        ]
    )


def every_chart(rows: pd.DataFrame, processed: Result, language: str) -> dict[str, alt.LayerChart]:
    own = rows[rows["indicator"] == INDICATOR.id]
    trend = pd.DataFrame(
        [
            {"level": "institution", "year": 2025, "value": 9.0, "interval": (8.1, 9.9)},
            {"level": "institution", "year": 2026, "value": 9.5, "interval": None},
        ]
    )
    items = checklist_items(processed.frames["answers"], catalogue().dictionary)
    return {
        "overview": indicator_charts.gap_overview(rows, language),
        "position": indicator_charts.position_breakdown(rows, language),
        "observed": indicator_charts.observed_dots(INDICATOR, BENCHMARKS, own, language),
        "among": indicator_charts.among_institutions(values_of(("A", 3.0), ("B", 4.0)), "A", INDICATOR, language),
        "trend": indicator_charts.trend(trend, INDICATOR, language),
        "map": indicator_charts.checklist_map(items, language, 2026),
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chart_becomes_svg_and_carries_its_sentence(rows: pd.DataFrame, processed: Result, language: str) -> None:
    for name, chart in every_chart(rows, processed, language).items():
        spec = chart.to_dict()
        svg = chart_svg(chart)
        assert svg.startswith("<svg"), name
        assert spec["description"] and "{" not in spec["description"], name
        assert "Noto Sans CJK JP" in svg and svg == chart_svg(chart), name
        assert spec["title"]["subtitle"], name


@pytest.mark.parametrize("language", LANGUAGES)
def test_field_names_are_plain_ascii(rows: pd.DataFrame, processed: Result, language: str) -> None:
    for name, chart in every_chart(rows, processed, language).items():
        fields = re.findall(r"'field': '([^']*)'", str(chart.to_dict()))
        assert fields and all(re.fullmatch(r"[a-z_]+", field) for field in fields), name


def test_overview_fills_what_is_judged_and_outlines_what_is_direction() -> None:
    drawn = data_of(indicator_charts.gap_overview(hand_made(), "ja"))
    filled = {row["value"]: row["fill"] for rows in drawn for row in rows if "fill" in row}
    assert filled == {12.0: GROUND, 30.0: OWN}


def test_overview_leaves_out_distances_and_keeps_the_unit_axis(rows: pd.DataFrame) -> None:
    names = set(drawn(indicator_charts.gap_overview(rows, "ja"), "name"))
    assert catalogue().indicators["zone_gap_researchers"].label.ja not in names
    assert INDICATOR.label.ja in names


@pytest.mark.parametrize(
    ("ends", "line", "expected"),
    [
        ((18.0, 19.8, 22.0), 30.0, (True, 30.0)),
        ((3.0, 4.7, 7.0), 10.0, (False, 10.0)),
        ((38.0, 45.0, 53.0), 30.0, (False, 53.0)),
        ((60.0, 64.6, 68.0), None, (False, 68.0)),
        ((85.0, 89.2, 95.0), None, (True, 95.0)),
    ],
)
def test_a_value_is_written_where_it_touches_no_line(ends: Any, line: float | None, expected: Any) -> None:
    low, value, high = ends
    row = {"value": value, "lower": low, "upper": high, "line": line, "unit": "percent"}
    found = label_places(pd.DataFrame([row]), WIDTH, "ja")
    assert (found["is_left"], found["beyond"]) == ([expected[0]], [expected[1]])


def test_position_breakdown_draws_the_line_over_all_researchers_only(rows: pd.DataFrame) -> None:
    lines = [row for data in data_of(indicator_charts.position_breakdown(rows, "ja")) for row in data if "line" in row]
    assert [(row["name"], row["line"]) for row in lines] == [("研究者全体", 30.0)]


def test_position_breakdown_runs_from_all_to_postdocs(rows: pd.DataFrame) -> None:
    names = list(dict.fromkeys(drawn(indicator_charts.position_breakdown(rows, "en"), "name")))
    assert names[0] == "All researchers" and names[1] == "Professor" and len(names) == 6


def test_observed_dots_show_each_example_once_with_year_and_kind() -> None:
    chart = indicator_charts.observed_dots(INDICATOR, BENCHMARKS, hand_made(), "ja")
    kinds = dict(zip(drawn(chart, "name"), drawn(chart, "kind"), strict=True))
    assert kinds["貴大学・全学（2026年度）"] == "own"
    assert kinds["MANA（2009年）"] == "one"
    assert kinds["2007年度採択5拠点の平均（2014年）"] == "mean"
    assert kinds["NanoLSI（2023年）"] == "other"
    assert "例であり、分布ではありません" in str(chart.to_dict()["title"]["subtitle"])


def test_hidden_institutions_are_not_drawn() -> None:
    values = values_of(("A", 3.0), ("B", 44.25), ("C", None), ("D", 7.0), hidden=("B",))
    chart = indicator_charts.among_institutions(values, "A", INDICATOR, "ja")
    assert sorted(set(drawn(chart, "value"))) == [3.0, 7.0]
    assert "44.25" not in str(chart.to_dict())
    assert "2機関は描いていません" in chart.to_dict()["description"]
    assert "institution" not in drawn(chart, "value") and "D" not in str(data_of(chart))


def test_own_institution_is_the_blue_diamond_and_others_are_grey() -> None:
    layers = indicator_charts.among_institutions(values_of(("A", 3.0), ("B", 4.0)), "A", INDICATOR, "en").to_dict()[
        "layer"
    ]
    marks = [layer["mark"] for layer in layers]
    assert marks[0]["color"] == OTHERS
    assert marks[1]["shape"] == "diamond" and marks[1]["color"] == OWN


def test_map_prints_a_number_or_a_sign_in_every_cell(processed: Result) -> None:
    items = checklist_items(processed.frames["answers"], catalogue().dictionary)
    chart = indicator_charts.checklist_map(items, "ja", 2026)
    cells = data_of(chart)[0]
    assert len(cells) == 90 and len({cell["name"] for cell in cells}) == 45
    unasked = [cell["name"][:2] for cell in cells if cell["shown"] == "・"]
    assert unasked == ["A3", "A5", "G1", "G4", "G5"]
    assert {cell["shown"] for cell in cells} <= {"0", "1", "2", "3", "－", "・"}


def test_levels_without_evidence_count_at_most_one(processed: Result) -> None:
    answers = processed.frames["answers"]
    bare = answers[answers["field"] != "checklist_details.evidence"]
    items = checklist_items(bare, catalogue().dictionary)
    assert items["declared"].max() == 3 and items["level"].max() == 1


def test_map_of_a_university_without_centre_has_one_column(processed: Result) -> None:
    items = checklist_items(processed.frames["answers"], catalogue().dictionary)
    alone = items[items["scope"] == "institution"]
    chart = indicator_charts.checklist_map(alone, "en", 2026)
    assert set(drawn(chart, "scope")) == {"Institution"}
    assert "centre" not in captions.sentence_for_checklist_map(alone, "en")
    of_centre = items.assign(level=items["level"].where(items["scope"] == "centre"))
    assert "全学" not in captions.sentence_for_checklist_map(of_centre, "ja"), "nothing was asked of it"


@pytest.mark.parametrize("language", LANGUAGES)
def test_charts_without_any_value_still_draw_and_say_what_to_do(language: str) -> None:
    empty = hand_made(value=None, lower=None, upper=None)
    for chart in (indicator_charts.gap_overview(empty, language), indicator_charts.position_breakdown(empty, language)):
        assert chart.to_dict()["description"] == captions.say("sentence.nothing", language)
        assert chart_svg(chart).startswith("<svg")


# sentences: the numbers of the rows, and no verdict where there is none


def test_overview_sentence_counts_verdicts_at_the_centre_only() -> None:
    text = captions.sentence_for_gap_overview(hand_made(), "ja")
    assert "比較拠点は、数値の要件1件のうち1件に到達" in text
    assert "外国人研究者比率（全学）で、12.0％に対し30％、差は18.0ポイント" in text


def test_points_are_not_set_beside_people_and_people_are_no_points() -> None:
    """98 of 200 researchers were once called 102 points, and further off than any share."""
    people = {
        "label_ja": "拠点の研究者数", "label_en": "Researchers at the centre", "unit": "number", "value": 98.0,
        "line": 200.0, "gap_points": -102.0, "verdict": None, "level": "centre",
    }  # fmt: skip
    both = pd.concat([hand_made(), hand_made().iloc[[1]].assign(**people)], ignore_index=True)
    assert "外国人研究者比率（全学）で、12.0％に対し30％、差は18.0ポイント" in captions.sentence_for_gap_overview(
        both, "ja"
    )
    alone = captions.sentence_for_gap_overview(both.iloc[[2]], "en")
    assert "Researchers at the centre (Centre): 98 against 200, 102 apart." in alone


def test_overview_sentence_without_requirement_gives_the_value() -> None:
    rows = hand_made(line=None, line_kind="", verdict=None, gap_points=None)
    assert "12.0％" in captions.sentence_for_gap_overview(rows, "ja")


def test_overview_sentence_does_not_call_lines_that_are_reached_none() -> None:
    text = captions.sentence_for_gap_overview(hand_made(value=31.0, verdict=None, gap_points=1.0), "ja")
    assert "いずれもその水準に達しています" in text and "ありません" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_overview_and_its_sentence_count_the_requirements_that_stay_open(language: str) -> None:
    counted = RequirementGaps((), (), 2, 2, ({"id": "missing"},))
    text = captions.sentence_for_gap_overview(hand_made(), language, counted)
    assert {"ja": "判定できない要件が1件あります", "en": "1 requirement cannot be judged"}[language] in text
    chart = indicator_charts.gap_overview(hand_made(), language, counted=counted)
    assert chart.to_dict()["description"] == text, "the page said 2 of 3 and its picture 0 of 1"


def test_a_distance_is_that_of_the_two_numbers_beside_it() -> None:
    """8.75 is written 8.8, and from there to 30 it is 21.2 points, not 21.3."""
    text = captions.sentence_for_gap_overview(hand_made(value=8.75, verdict=None, gap_points=-21.25), "en")
    assert "8.8 % against 30 %, 21.2 points apart" in text


def by_position(*shares: float) -> pd.DataFrame:
    """The share of all researchers, 12 %, and those of positions A, B and so on."""
    whole = hand_made().iloc[[0]]
    parts = [
        whole.assign(indicator="", position=p, position_en=p, value=v) for p, v in zip("ABCD", shares, strict=False)
    ]
    return pd.concat([whole, *parts], ignore_index=True)


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ((1.0, 3.0, 2.0), "highest among B (3.0 %) and lowest among A (1.0 %)"),
        ((0.0, 3.0, 0.0, 3.01), "highest among B, D (3.0 %) and lowest among A, C (0.0 %)"),
        ((0.0, 0.0, 0.0), "is 12.0 %, and 0.0 % in every position that has a value."),
    ],
)
def test_positions_that_share_a_value_are_all_named_and_none_is_both(shares: tuple[float, ...], said: str) -> None:
    assert said in captions.sentence_for_position_breakdown(by_position(*shares), "en")


def test_among_sentence_tells_the_spread_and_never_how_many_stand_above() -> None:
    values = values_of(("A", 5.0), ("B", 4.0), ("C", 6.0), ("D", 9.0), ("E", 8.0))
    text = captions.sentence_for_among_institutions(values, "A", INDICATOR, "en")
    assert text == (
        "Your value is 5.0 %. The 5 universities whose value can be shown range from 4.0 % to 9.0 %; "
        "the middle half lies between 5.0 % and 8.0 %."
    )


def test_among_sentence_gives_no_spread_of_fewer_than_five() -> None:
    few = values_of(("A", 5.0), ("B", 4.0), ("C", 6.0), ("D", 9.0))
    text = captions.sentence_for_among_institutions(few, "A", INDICATOR, "ja")
    assert text == "貴大学の値は5.0％です。値を表示できる大学が5機関に満たないため、広がりは示していません。"


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [(9.0, 9.5, "up 0.5 points"), (9.5, 9.0, "down 0.5 points"), (9.0, 9.0, "unchanged"), (None, 9.0, "no value of")],
)
def test_trend_sentence(before: float | None, now: float, expected: str) -> None:
    pairs = [(2025, before), (2026, now)]
    values = pd.DataFrame([{"level": "institution", "year": year, "value": value} for year, value in pairs])
    assert expected in captions.sentence_for_trend(values, INDICATOR, "en")


def test_trend_does_not_call_an_earlier_change_this_years() -> None:
    years = {2024: 9.0, 2025: 9.5, 2026: None}
    values = pd.DataFrame([{"level": "institution", "year": year, "value": value} for year, value in years.items()])
    said = captions.sentence_for_trend(values, INDICATOR, "ja")
    assert said == "全学は2026年度の値がありません。最後の値は2025年度の9.5％です。"


def test_trend_does_not_compare_across_a_gap_of_years() -> None:
    values = pd.DataFrame([{"level": "centre", "year": y, "value": v} for y, v in ((2023, 9.0), (2026, 12.0))])
    assert "比較していません" in captions.sentence_for_trend(values, INDICATOR, "ja")


# numbers as people read them


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.25, "0.3"),
        (0.35, "0.4"),
        (2.5, "2.5"),
        (-0.04, "0.0"),
        (-20.24, "−20.2"),
        (12345.67, "12,345.7"),
        (100, "100.0"),
    ],
)
def test_rounding_is_half_up(value: float, expected: str) -> None:
    assert format_number(value) == expected


@given(st.fractions(min_value=-1000, max_value=1000, max_denominator=5000))
def test_a_rounded_number_is_never_further_than_half_a_step(value: Fraction) -> None:
    text = format_number(value).replace(",", "").replace("−", "-")
    assert abs(Fraction(text) - value) <= Fraction(1, 20)


def test_counts_and_units() -> None:
    assert count_text(3997) == "3,997" and count_text("15/2") == "7.5" and count_text("8/4") == "2"
    assert value_text(None, "percent", "ja") == "データなし" and value_text(9.75, "percent", "en") == "9.8 %"
    assert line_shown(Fraction(30), "percent", "ja") == "30％"
    assert line_shown(Fraction("50.3"), "percent", "ja") == "50.3％"
