"""Change: accounts that add up, causes recovered alone, trends, breaks, and years of arrival."""

import math
from collections.abc import Callable
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.change.score_decomposition import (
    CAUSES,
    account,
    account_of_change,
    counts_between,
    shared,
)
from indicators.change.trend import arrival, trend
from indicators.errors import InputRefused
from indicators.scoring.goalposts_and_bands import Elements, pillar_scores

WHOLE = 200
FIXED = {"performance": False, "revision": False, "definitions": 0, "benchmarks": (30.0, 50.0), "weights": (2, 1)}
OLD, REVISED, NEW = np.array([30, 12]), np.array([33, 12]), np.array([39, 20])


def pillar(
    *, performance: bool, revision: bool, definitions: int, benchmarks: tuple[float, ...], weights: tuple[int, ...]
) -> float:
    """A pillar of two shares, from counts to a weighted mean."""
    counts = counts_between(OLD, REVISED, NEW, moved=performance, mended=revision) + definitions
    points = 100 * np.clip(100 * counts / WHOLE / np.array(benchmarks), 0, 1)
    kinds, yes = np.full((2, 1), "score", dtype=object), np.ones((2, 1), dtype=bool)
    found = pillar_scores(Elements(("a", "b"), np.array(weights), points[:, None], kinds, yes, yes))
    return float(found.score[0])


CHANGED = {"performance": True, "revision": True, "definitions": 4, "benchmarks": (28.0, 40.0), "weights": (1, 1)}


def test_the_account_of_a_pillar_adds_up() -> None:
    found = account_of_change(pillar, FIXED, CHANGED)
    assert found.comparable
    assert set(found.parts) == set(CAUSES)
    assert sum(found.parts.values()) == pytest.approx(found.this - found.last, abs=1e-9)
    assert all(abs(part) > 0.01 for part in found.parts.values())


@pytest.mark.parametrize("cause", CAUSES)
def test_a_single_planted_cause_is_recovered_alone(cause: str) -> None:
    found = account_of_change(pillar, FIXED, {**FIXED, cause: CHANGED[cause]})
    assert found.parts.pop(cause) == pytest.approx(found.this - found.last, abs=1e-12)
    assert abs(found.this - found.last) > 0.1
    assert set(found.parts.values()) == {0.0}


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-1e3, 1e3), min_size=32, max_size=32))
def test_any_worths_are_split_exactly(numbers: list[float]) -> None:
    order = {cause: 1 << place for place, cause in enumerate(CAUSES)}

    def worth(changed: frozenset[str]) -> float:
        return numbers[sum(order[cause] for cause in changed)]

    found = account(worth, CAUSES)
    assert math.fsum(found.parts.values()) == pytest.approx(numbers[31] - numbers[0], abs=1e-9)


def test_equal_partners_share_equally() -> None:
    found = account(lambda changed: 12.0 if len(changed) == 3 else 0.0, ("x", "y", "z"))
    assert found.parts == pytest.approx({"x": 4, "y": 4, "z": 4})


def test_one_edition_alone_is_not_comparable() -> None:
    found = account(lambda changed: None if not changed else 50.0, ("x", "y"))
    assert not found.comparable and found.parts == {} and found.this == 50.0
    assert "比較" in found.reason.ja
    between = account(lambda changed: None if changed == {"x"} else 50.0, ("x", "y"))
    assert not between.comparable
    assert shared(["a", "b"], ["b", "c"]) == (("b",), ("a", "c"))


def test_counts_between_gives_the_three_tables_themselves() -> None:
    for moved, mended, expected in [(0, 0, OLD), (0, 1, REVISED), (1, 1, NEW), (1, 0, OLD + NEW - REVISED)]:
        assert (counts_between(OLD, REVISED, NEW, moved=bool(moved), mended=bool(mended)) == expected).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: account(lambda _: math.inf, ("x",)), "infinite"),
        (lambda: account(lambda _: 1.0, ("x", "x")), "repeated"),
        (lambda: account(lambda _: 1.0, ()), "empty"),
        (lambda: account_of_change(pillar, FIXED, {"performance": 1}), "missing"),
        (lambda: counts_between([1], [50], [20], moved=True, mended=False), "revised"),
        (lambda: counts_between([1.5], [1], [1], moved=True, mended=True), "whole numbers"),
        (lambda: counts_between([1], [1, 2], [1], moved=True, mended=True), "one size"),
        (lambda: trend([2020, 2020], [1, 2]), "twice"),
        (lambda: trend([2020.5], [1]), "whole number"),
        (lambda: trend([2020, 2021], [1, math.inf]), "no number"),
        (lambda: trend([2020, 2021], [1, "2"]), "no number"),
        (lambda: trend([2020], [None]), "No year"),
        (lambda: trend([2020, 2021], [1]), "differ in number"),
        (lambda: arrival(trend([2020], [1]), math.nan), "target"),
    ],
)
def test_what_gives_no_right_result_is_refused(call: Callable[[], object], words: str) -> None:
    with pytest.raises(InputRefused, match=words) as refused:
        call()
    assert "ください" in refused.value.message.ja


# trends


def test_slope_from_three_points_and_interval_from_five() -> None:
    years = list(range(2020, 2026))
    values = [5.0, 6.1, 6.9, 8.0, 9.2, 10.0]
    assert trend(years[:2], values[:2]).slope is None
    three = trend(years[:3], values[:3])
    assert three.slope == pytest.approx(0.95) and three.interval is None
    assert trend(years[:4], values[:4]).interval is None
    five = trend(years[:5], values[:5])
    assert five.interval is not None and five.interval[0] <= five.slope <= five.interval[1] and five.is_certain


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 100), min_size=3, max_size=10), st.randoms(use_true_random=False))
def test_the_slope_is_the_median_of_pairwise_slopes_in_any_order(values: list[float], rng: Random) -> None:
    years = list(range(2010, 2010 + len(values)))
    pairs = [
        (values[j] - values[i]) / (years[j] - years[i]) for i in range(len(values)) for j in range(i + 1, len(values))
    ]
    order = rng.sample(range(len(values)), len(values))
    found = trend([years[i] for i in order], [values[i] for i in order])
    assert found.slope == pytest.approx(np.median(pairs), abs=1e-9)
    assert found.years == tuple(years) and found.value == values[-1]


def test_one_wild_year_does_not_turn_the_slope() -> None:
    assert trend(range(2018, 2025), [1, 2, 3, 90, 5, 6, 7]).slope == pytest.approx(1.0)


def test_the_interval_covers_the_true_slope_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    years = np.arange(2015, 2025)
    hits = 0
    for _ in range(400):
        found = trend(years.tolist(), (0.5 * years + rng.standard_t(3, years.size)).tolist())
        hits += found.interval[0] <= 0.5 <= found.interval[1]
    assert 0.91 <= hits / 400 <= 0.99


@pytest.mark.parametrize(
    ("flags", "first"),
    [
        (["", "", "b", "", "", ""], 2022),
        (["", "", "b", "", "b e", ""], 2024),
        (["", "", "de", "", "", ""], 2023),
        (["", "", "", "de", "de", "de"], 2023),
        (["e", "p", "", "r", "d", ""], 2020),
    ],
)
def test_a_series_is_cut_at_breaks_and_other_definitions(flags: list[str], first: int) -> None:
    assert trend(range(2020, 2026), [1, 2, 3, 4, 5, 6], flags).years[0] == first


def test_a_break_in_a_year_without_value_still_cuts() -> None:
    assert trend(range(2020, 2024), [1, None, 3, math.nan], ["", "b", "", ""]).years == (2022,)


# arrival


def test_a_steady_rise_arrives() -> None:
    found = arrival(trend(range(2020, 2026), [10, 12, 14, 16, 18, 20]), 30)
    assert (found.year, found.earliest, found.latest) == (2030, 2030, 2030)
    falling = arrival(trend(range(2020, 2026), [30, 28, 26, 24, 22, 20]), 10, lower_is_better=True)
    assert falling.year == 2030


@given(st.integers(0, 300), st.integers(1, 30), st.integers(1, 60), st.booleans())
def test_a_line_that_arrives_at_the_end_of_a_year_is_not_a_year_late(start, step, ahead, falls) -> None:
    """Tenths have no exact place in floating point: three years once came out as a little more, and as four."""
    sign = -1 if falls else 1
    values = [sign * (start + step * year) / 10 for year in range(5)]
    target = sign * (start + step * (4 + ahead)) / 10
    when = arrival(trend(list(range(2022, 2027)), values), target, lower_is_better=falls)
    assert (when.year, when.earliest, when.latest) == (2026 + ahead,) * 3


def test_a_pace_that_takes_centuries_does_not_arrive() -> None:
    crawling = trend(list(range(2020, 2027)), [10 + year / 1000 for year in range(7)])
    assert crawling.is_certain
    when = arrival(crawling, 60.0)
    assert when.year is None and when.text.ja == "この速さでは到達しません。"
    assert arrival(trend([1, 2, 3, 4, 5], [0, 5e-324, 1e-323, 1.5e-323, 2e-323]), 1.0).year is None


def test_the_years_bracket_the_expected_one() -> None:
    found = arrival(trend(range(2018, 2026), [5, 6.5, 6.8, 8.4, 9, 10.6, 11, 12.7]), 20)
    assert found.earliest <= found.year <= found.latest
    assert found.earliest < found.latest


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([20, 18, 16, 14, 12, 10], "will not be reached"),
        ([10, 14, 9, 13, 10, 12], "change is"),
        ([10, 12, 14, 16], "change is"),
        ([10, 12], "Years that can be compared: 2"),
        ([10, 20, 31], "has been reached"),
    ],
)
def test_otherwise_no_year_is_given(values: list[float], words: str) -> None:
    found = arrival(trend(range(2020, 2020 + len(values)), values), 30)
    assert found.year is None and words in found.text.en


def test_falling_behind_is_said_in_the_words_of_the_methods() -> None:
    found = arrival(trend(range(2020, 2026), [20, 18, 16, 14, 12, 10]), 30)
    assert found.text.ja == "この速さでは到達しません。"
