"""Awkward tables and recipes: the right result, or an error that names the element and what to do; never silence."""

import math
import random

import numpy as np
import pandas as pd
import pytest

from indicators.composite import PanelError, RecipeError, follow, parse_recipe, read_panel
from indicators.composite.methods import aggregate as mean
from indicators.composite.methods import normalise, treat, weights
from indicators.composite.pipeline import CompositeResult

MEAN = {"aggregate": {"method": "arithmetic"}}
GOALS = {"normalise": {"method": "goalposts"}}
META = pd.DataFrame(
    {
        "Level": [1, 1, 1, 2],
        "iCode": ["A", "B", "C", "T"],
        "Direction": [1, -1, 1, 1],
        "Weight": [1, 2, 1, ""],
        "Parent": ["T", "T", "T", ""],
        "Type": ["Indicator"] * 3 + ["Aggregate"],
        "GoalLower": [0, 0, 0, ""],
        "GoalUpper": [10, 10, 10, ""],
    }
)
DATA = pd.DataFrame({"uCode": list("abcd"), "A": [1, 4, 2, 9], "B": [3, 1, 7, 5], "C": [2, 8, 6, 6]})


def run(*steps: dict, data: pd.DataFrame = DATA, meta: pd.DataFrame = META) -> CompositeResult:
    return follow(read_panel(data, meta), parse_recipe({"steps": list(steps)}))


def refused(*steps: dict, **tables: pd.DataFrame) -> str:
    with pytest.raises((PanelError, RecipeError)) as caught:
        run(*steps, **tables)
    assert all(message["ja"] and message["en"] for message in caught.value.messages)
    return str(caught.value)


def warnings(result: CompositeResult) -> str:
    return "\n".join(warning["en"] for warning in result.report.warnings)


# years and codes


def test_dates_as_years_are_not_taken_for_one_another():
    """Years of eight digits were once written with six, so that two days of one month were a repetition."""
    data = pd.concat([DATA.assign(Time=20240401), DATA.assign(Time=20240402)], ignore_index=True)
    result = run(GOALS, MEAN, data=data)
    assert result.panel.row_name(0) == "a (20240401)" and len(result.panel.units) == 8
    twice = pd.concat([data, data.iloc[[5]]], ignore_index=True)
    assert "b (20240402)" in refused(GOALS, MEAN, data=twice) and "a (" not in refused(GOALS, MEAN, data=twice)


def test_a_year_that_is_no_number_is_named_once():
    data = DATA.assign(Time=["2024", "2024年度", "", "2024"])
    with pytest.raises(PanelError) as caught:
        run(GOALS, data=data)
    assert [message["en"] for message in caught.value.messages] == [
        "Row 3, Time: '2024年度' is not a number. Please write the year in digits, such as 2026.",
        "Time is empty in row 4. Please write the year as a number.",
    ]


@pytest.mark.parametrize("written", [13, "13"])
def test_codes_that_look_like_numbers(written):
    data = DATA.assign(uCode=[13, 14, 15, 16], Region=[1, 1, 2, 2], A=[1, None, 2, 9])
    reference = {"normalise": {"method": "distance_to_max"}}
    group = {"impute": {"method": "group_mean", "group": "Region"}}
    assert run({"screen": {"force_out": [written]}}, data=data).panel.units == ("14", "15", "16")
    result = run(
        group,
        {"normalise": {"method": "distance_to_reference", "reference": written}},
        data=DATA.assign(uCode=[15, 13, 14, 16], Region=[1, 1, 2, 2]),
    )
    assert result.scores()[0].tolist() == [1, 1, 1]
    assert run({"impute": {"method": "group_mean", "group": 7}}, reference, data=data.rename(columns={"Region": 7}))


# numbers


@pytest.mark.parametrize("text", ["1e400", "1e999999999", "-1e999999999", ".inf", "nan"])
def test_numbers_no_float_can_hold_are_refused_in_a_recipe(text):
    assert "max_skew" in refused({"treat": {"max_skew": text}})
    assert "cannot be read as a number" in refused({"screen": {"min_available": text}})


@pytest.mark.parametrize("text", ["1e400", "inf", "nan", "1_000", "2/0", "1e999999999", "9" * 400 + "/1"])
def test_numbers_no_float_can_hold_are_refused_in_the_metadata(text):
    meta = META.assign(GoalUpper=[10, text, 10, ""])
    assert "iMeta 3 行目の GoalUpper" in refused(GOALS, meta=meta)


def test_values_too_large_to_be_squared_are_named():
    """They once came out as gaps, beside warnings of the number library."""
    assert "Row 3, column A: '1e+308' is too large" in refused(GOALS, MEAN, data=DATA.assign(A=[1, 1e308, 2, -1]))


def test_values_whose_squares_vanish_have_no_deviation():
    tiny = np.array([[1e-200], [2e-200], [4e-200]])
    assert np.isnan(normalise.z_score(tiny, np.array([1]))).all()
    assert normalise.min_max(tiny, np.array([1]))[:, 0] == pytest.approx([0, 100 / 3, 100])


@pytest.mark.parametrize(("written", "kept"), [("2 / 3", "2/3"), ("none", "0"), (0.1, "1/10"), ("0.80", "4/5")])
def test_shares_as_they_are_written(written, kept):
    step = parse_recipe({"steps": [{"aggregate": {"method": "arithmetic", "min_available": written}}]}).steps[0]
    assert str(step.min_available) == kept


def test_a_level_can_ask_for_nothing_where_the_others_ask_for_all():
    data = DATA.assign(A=[1, None, 2, 9])
    strict = {"method": "arithmetic", "min_available": 1}
    assert np.isnan(run(GOALS, {"aggregate": strict}, data=data).levels[1]).sum() == 1
    free = {"aggregate": strict | {"by_level": {2: {"min_available": "none"}}}}
    assert not np.isnan(run(GOALS, free, data=data).levels[1]).any()


# what is written and what is used


def test_a_power_that_a_level_does_not_use_is_reported():
    step = {"aggregate": {"method": "arithmetic", "by_level": {2: {"power": 3}}}}
    assert "by_level.2.power has no effect" in warnings(run(GOALS, step))
    used = {"aggregate": {"method": "arithmetic", "by_level": {2: {"method": "generalised_mean", "power": 3}}}}
    assert "no effect" not in warnings(run(GOALS, used))


@pytest.mark.parametrize("settings", ["min_max", ["min_max"]])
def test_settings_that_are_no_mapping(settings):
    assert "settings of step 1 (normalise) as {key: value}" in refused({"normalise": settings})


def test_columns_of_the_metadata_that_mean_nothing_are_reported():
    result = run({"normalise": {"method": "min_max"}}, meta=META.rename(columns={"GoalUpper": "GoalUper"}))
    assert "The column GoalUper of iMeta is not used (nearest: GoalUpper)." in warnings(result)
    result = run({"normalise": {"method": "min_max"}}, meta=META.assign(Remarks="", Unit="percent"))
    assert "The column Remarks of iMeta is not used." in warnings(result) and "Unit" not in warnings(result)
    twice = META.rename(columns={"GoalUpper": "GoalLower"})
    assert "iMeta has the column GoalLower more than once" in refused(GOALS, meta=twice)


def test_a_table_without_codes_is_asked_for_commas():
    text = refused(GOALS, data=DATA.rename(columns={"uCode": "uCode;A"}))
    assert "name it uCode and separate columns by commas" in text and "take it out of iMeta" not in text


# winsorising, weights, copeland


def test_winsorising_never_leaves_a_single_value():
    """Where most units have nothing, moving the few that have something would wipe the indicator out."""
    sparse = [100.0, 90.0] + [0.0] * 28
    found = treat.treat(np.array(sparse), winsorise_max=5)
    assert found.values.tolist() == [90.0, 90.0] + [0.0] * 28 and not found.passes
    logged = treat.treat(np.array(sparse), winsorise_max=5, then="log")
    assert logged.done == "log" and logged.values[2] == pytest.approx(math.log(1.0))
    data = pd.DataFrame({"uCode": [f"u{i:02}" for i in range(30)], "A": sparse, "B": range(30), "C": range(30)})
    result = run({"treat": {}}, {"normalise": {"method": "min_max"}}, MEAN, data=data)
    assert result.levels[0][:3, 0].tolist() == [100, 100, 0]
    assert "A does not pass even after treatment" in warnings(result)


def test_two_values_treated_by_box_cox_stay_two_values():
    """In units as large as yen the transform once lost all digits and left a constant column."""
    sparse = np.array([5e11, 4e11] + [1e5 * i for i in range(28)])
    changed, power = treat.box_cox(sparse)
    assert power < 0 and len(set(changed.tolist())) == 30
    assert (np.argsort(changed) == np.argsort(sparse)).all()


def test_principal_components_give_nobody_a_weight_of_nothing():
    square = np.array([[1.0, 1, 1], [1, -1, 2], [-1, 1, 3], [-1, -1, 4]])
    with pytest.raises(ValueError, match="not unique"):
        weights.pca_weights(square[:, :2])
    apart = np.column_stack([[1.0, 2, 3, 4], [1.0, 2, 3, 4.5], [1.0, -1, -1, 1]])
    apart[:, 1] -= 0.0
    shares = weights.pca_weights(apart)
    assert (shares > 0).all() and shares.sum() == pytest.approx(1)
    data = pd.DataFrame({"uCode": list("abcd"), "A": [1, 2, 3, 4], "B": [4, 3, 2, 1], "C": [1, -1, -1, 1]})
    step = {"aggregate": {"method": "arithmetic", "weights": "pca"}}
    assert "The data give no pca weights below T" in refused({"normalise": {"method": "min_max"}}, step, data=data)


def test_copeland_ties_what_differs_in_the_last_digits_only():
    """0.1 + 0.2 is not 0.3 in floating point, and which of two equal sums is larger depends on their order."""
    x = np.array([[0.1 + 0.2], [0.3], [0.1], [np.nan]])
    assert mean.copeland(x, np.array([[1.0]]))[:, 0].tolist()[:3] == [1, 1, -2]


def test_copeland_by_plain_counting():
    rng = random.Random(3)
    for _ in range(50):
        rows = [[rng.choice([None, 0.0, 1.0, 2.0]) for _ in range(3)] for _ in range(6)]
        w = [rng.choice([1.0, 2.0, 0.5]) for _ in range(3)]
        found = mean.copeland(np.array(rows, dtype=float), np.array(w)[:, None])[:, 0]
        for own, score in zip(rows, found, strict=True):
            if own == [None] * 3:
                assert math.isnan(score)
                continue
            expected = 0
            for other in rows:
                pairs = [(k, a, b) for k, a, b in zip(w, own, other, strict=True) if a is not None and b is not None]
                lead = sum(k * ((a > b) - (a < b)) for k, a, b in pairs)
                expected += (lead > 0) - (lead < 0)
            assert score == expected
