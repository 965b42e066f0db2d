"""Trends: slopes, breaks, intervals that allow for staff who stay, and years of arrival."""

import math
from collections.abc import Callable
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.change.trend import LONGEST_WAIT, RUNS, SEED, Trend, arrival, trend
from indicators.errors import InvalidInput

WHOLE = 1_000


def counted(values: list[float], *, whole: int = WHOLE, **more: object) -> Trend:
    """The trend of percentages of ``whole`` people in the years to 2025."""
    years = list(range(2026 - len(values), 2026))
    counts = [(round(whole * value / 100), whole) for value in values]
    return trend(years, [100 * part / whole for part, _ in counts], counts=counts, **more)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: trend([2020, 2020], [1, 2]), "twice"),
        (lambda: trend([2020.5], [1]), "whole number"),
        (lambda: trend([2020, 2021], [1, math.inf]), "no number"),
        (lambda: trend([2020, 2021], [1, "2"]), "no number"),
        (lambda: trend([2020], [None]), "No year"),
        (lambda: trend([2020, 2021], [1]), "differ in number"),
        (lambda: trend([2020], [1], counts=[(3, 2)]), "the part no larger"),
        (lambda: arrival(trend([2020], [1]), math.nan), "target"),
    ],
)
def test_what_gives_no_right_result_is_refused(call: Callable[[], object], words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        call()
    assert words in refused.value.message.en


def test_slope_from_three_points_and_interval_from_five() -> None:
    values = [10.0, 11, 12, 13, 14]
    assert counted(values[:2]).slope is None
    assert counted(values[:3]).slope == pytest.approx(1.0)
    assert counted(values[:4]).interval is None
    low, high = counted(values).interval
    assert low < 1 < high
    assert [counted(values[:length]).value for length in (2, 4, 5)] == [11, 13, 14]


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


# intervals


def test_no_interval_but_a_reason_where_there_can_be_none() -> None:
    years, rise = list(range(2020, 2026)), [(10 * year, 100) for year in range(1, 7)]
    values = [float(part) for part, _ in rise]
    cases = {
        "from 5 comparable years": trend(years[:4], values[:4], counts=rise[:4]),
        "Years that can be compared: 1": trend(years[:1], values[:1], counts=rise[:1]),
        "no share of people or papers": trend(years, values),
        "A year in between": trend(years, [*values[:2], None, *values[3:]], counts=[*rise[:2], None, *rise[3:]]),
        "counts 5 or fewer": trend(years, values, counts=[(1, 5), *rise[1:]]),
        "the same in every year": trend(years, [10.0] * 6, counts=[(10, 100)] * 6),
    }
    cases["from 5 comparable"] = trend(years, values, ["", "", "b", "", "", ""], counts=rise)
    for words, found in cases.items():
        assert found.interval is None and words in found.why_none.en, words
        assert arrival(found, 95).year is None


def test_people_who_stay_make_an_interval_of_their_own() -> None:
    values = [10.0, 11, 10, 12, 11, 12, 13, 12]
    estimated, independent, staying = (counted(values, persistence=kept) for kept in (None, 0.0, 0.9))
    widths = [found.interval[1] - found.interval[0] for found in (independent, staying, estimated)]
    assert len(set(widths)) == 3 and all(width > 0 for width in widths)


def test_values_that_share_most_of_their_papers_are_alike() -> None:
    values = [10.0, 10.5, 11, 11.5, 12]
    apart, sharing = counted(values, persistence=0.0), counted(values, window=5)
    assert sharing.interval != apart.interval


def test_persistence_is_estimated_from_the_differences_of_neighbouring_years() -> None:
    values, whole = [10.0, 11, 10, 12, 11, 12, 13, 12], 400
    share = (sum(whole * value / 100 for value in values) + 1) / (whole * len(values) + 2)
    squares = [((b - a) / 100) ** 2 for a, b in pairwise(values)]
    by_hand = 1 - sum(squares) / len(squares) / (2 * share * (1 - share) / whole)
    assert 0.1 < by_hand < 0.9
    estimated = counted(values, whole=whole)
    assert estimated.interval == pytest.approx(counted(values, whole=whole, persistence=by_hand).interval, abs=1e-9)
    assert estimated.interval != counted(values, whole=whole, persistence=by_hand + 0.05).interval


def scatter_by_hand(shares: list[float], whole: int, likeness: list[float]) -> np.ndarray:
    """Slopes and levels of years that scatter about ``shares``; ``likeness`` of years 0, 1, 2 … years apart."""
    count = len(shares)
    spread = [math.sqrt(share * (1 - share) / whole) for share in shares]
    alike = [[likeness[abs(i - j)] for j in range(count)] for i in range(count)]
    paths = np.random.default_rng(SEED).standard_normal((RUNS, count)) @ np.linalg.cholesky(alike).T * spread
    pairs = [(paths[:, j] - paths[:, i]) / (j - i) for i in range(count) for j in range(i + 1, count)]
    slope = np.median(pairs, axis=0)
    return 100 * np.stack([slope, np.median(paths, axis=1) + slope * (count - 1) / 2])


@pytest.mark.parametrize(
    ("values", "shares"),
    [
        ([0.0, 10, 20, 30, 40, 50], [1 / 42, 0.1, 0.2, 0.3, 0.4, 0.5]),
        ([100.0, 90, 80, 70, 60, 50], [41 / 42, 0.9, 0.8, 0.7, 0.6, 0.5]),
    ],
)
def test_years_scatter_along_the_line_and_never_without_any_chance(values: list[float], shares: list[float]) -> None:
    independent = scatter_by_hand(shares, 40, [1, 0, 0, 0, 0, 0])
    assert counted(values, whole=40, persistence=0.0).scatter == pytest.approx(independent, abs=1e-6)
    of_two_years = scatter_by_hand(shares, 40, [1, 0.5, 0, 0, 0, 0])
    assert counted(values, whole=40, window=2).scatter == pytest.approx(of_two_years, abs=1e-6)


# arrival


def test_the_level_is_where_the_line_stands_in_the_last_year() -> None:
    found = trend(range(2020, 2026), [10, 12, 14, 16, 18, 90])
    assert found.level == pytest.approx(20) and found.value == 90
    falling = trend(range(2020, 2026), [90, 18, 16, 14, 12, 10])
    assert falling.level == pytest.approx(10)


def test_a_steady_rise_arrives() -> None:
    found = arrival(counted([10, 14, 18, 22, 26, 30]), 50)
    assert found.year == 2030 and found.earliest <= 2030 <= found.latest
    falling = arrival(counted([50, 46, 42, 38, 34, 30]), 10, lower_is_better=True)
    assert falling.year == 2030


def test_a_line_that_stands_beyond_the_target_arrives_next_year_not_this() -> None:
    """The last value may lie below the target where the line of all years does not."""
    found = counted([10, 14, 18, 22, 26, 25], whole=100_000)
    assert found.value < 27 < found.level
    when = arrival(found, 27)
    assert (when.year, when.earliest, when.latest) == (2026, 2026, 2026)


def test_a_line_turns_about_the_middle_of_its_years() -> None:
    """What chance does to the level there is apart from what it does to the slope; so the earliest year is pinned."""
    even = counted([40, 44, 48, 52, 56, 60])  # about one half, where all years scatter alike
    slope, level = even.scatter
    at_middle = level - (even.years[-1] - even.years[0]) / 2 * slope
    assert abs(np.corrcoef(slope, at_middle)[0, 1]) < 0.05
    when = arrival(counted([10, 14, 18, 22, 26, 30]), 50)
    assert (when.year, when.earliest, when.latest) == (2030, 2029, 2032)


@pytest.mark.parametrize(
    ("values", "whole", "target", "persistence", "years"),
    [
        ([10, 14, 18, 22, 26, 30], 200, 50, None, (2030, 2029, 2035)),
        ([50, 46, 42, 38, 34, 30], 200, 10, None, (2030, 2028, 2040)),
        ([10, 12, 14, 16, 18, 20], 150, 22, 0.9, (2026, 2026, 2040)),
    ],
)
def test_few_people_make_a_wide_range_of_years_and_wider_where_they_scatter_more(
    values: list[float], whole: int, target: float, persistence: float | None, years: tuple[int, int, int]
) -> None:
    when = arrival(counted(values, whole=whole, persistence=persistence), target, lower_is_better=values[0] > values[1])
    assert (when.year, when.earliest, when.latest) == years


def test_half_a_point_is_still_to_go() -> None:
    assert arrival(counted([10, 14, 18, 22, 26, 30]), 30.5).year == 2026


def test_a_slow_line_that_stands_beyond_the_target_has_no_way_left() -> None:
    found = counted([10, 10.2, 10.4, 10.6, 10.8, 10.7], whole=10_000_000, persistence=0.9)
    assert found.value < 10.75 < found.level and 0 < found.slope < 0.5
    assert arrival(found, 10.75).year == 2026


def test_years_that_are_one_year_are_said_once() -> None:
    found = arrival(counted([30, 40, 50, 60, 70, 78]), 80)
    assert (found.year, found.earliest, found.latest) == (2026, 2026, 2026)
    assert "2026～" not in found.text.ja and "2026年度に到達します" in found.text.ja


def test_a_line_that_goes_the_other_way_never_arrives_however_slow_it_is() -> None:
    found = counted([10.7, 10.6, 10.5, 10.4, 10.3, 10.2], whole=10_000_000, persistence=0.9)
    assert found.is_certain and arrival(found, 50).year is None
    assert "will not be reached" in arrival(found, 50).text.en


def test_the_longest_wait_is_still_told() -> None:
    parts = [100, 101, 102, 103, 104, 105]
    years = list(range(2021, 2027))
    found = trend(years, [part / 10 for part in parts], counts=[(100 * part, 100_000) for part in parts])
    slow = Trend(found.years, 10.5, 0.5, 10.5, (0.4, 0.6), scatter=found.scatter)
    assert arrival(slow, 10.5 + LONGEST_WAIT / 2).year == 2026 + LONGEST_WAIT
    assert arrival(slow, 10.6 + LONGEST_WAIT / 2).year is None


def test_a_slope_that_is_barely_certain_leaves_the_latest_year_open() -> None:
    """Of slopes beyond the limit chance made many steep, and the flattest behind such a one may be none at all."""
    found = trend(range(2018, 2026), [10, 12, 14, 15, 18, 20, 22, 25], counts=[(v, 100) for v in
                  (10, 12, 14, 15, 18, 20, 22, 25)])  # fmt: skip
    when = arrival(found, 90)
    assert found.is_certain and when.year is not None and when.latest is None
    assert when.earliest is not None and when.earliest < when.year
    assert "latest year open" in when.text.en and "示せません" in when.text.ja


@settings(deadline=None)
@given(st.integers(0, 20), st.integers(2, 4), st.integers(1, 10), st.booleans())
def test_a_line_that_arrives_at_the_end_of_a_year_is_not_a_year_late(
    start: int, step: int, ahead: int, falls: bool
) -> None:
    """Percentages have no exact place in floating point: three years once came out as a little more, and as four."""
    whole, years = 100_000, list(range(2022, 2027))
    parts = [(60 - start - step * year if falls else start + step * year) * whole // 100 for year in range(5)]
    values = [100 * part / whole for part in parts]
    target = values[-1] + (-1 if falls else 1) * step * ahead
    when = arrival(
        trend(years, values, counts=[(part, whole) for part in parts], persistence=0.9), target, lower_is_better=falls
    )
    assert when.year == 2026 + ahead


def test_a_pace_that_takes_centuries_does_not_arrive() -> None:
    values = [10 + year / 1000 for year in range(7)]
    crawling = counted(values, whole=1_000_000_000, persistence=0.9)
    assert crawling.is_certain
    when = arrival(crawling, 60.0)
    assert when.year is None and when.text.ja == "この速さでは到達しません。"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([60, 50, 40, 30, 20, 10], "will not be reached"),
        ([10, 14, 9, 13, 10, 12], "Chance alone"),
        ([10, 12, 14, 16], "No year of arrival"),
        ([10, 12], "Years that can be compared: 2"),
        ([10, 20, 71], "has been reached"),
        ([10, 20, 70], "has been reached"),
    ],
)
def test_otherwise_no_year_is_given(values: list[float], words: str) -> None:
    found = arrival(counted(values), 70)
    assert found.year is None and words in found.text.en


def test_intervals_are_those_of_ninety_five_percent() -> None:
    found = counted([10.0, 12, 14, 16, 18, 20], whole=200, persistence=0.5)
    # The slope scatters by 0.75 points a year here: 1.96 times that at 95 %, 1.64 at 90 %, 2.58 at 99 %.
    assert found.interval == pytest.approx((0.53, 3.47), abs=0.01)
    when = arrival(found, 50)
    assert (when.year, when.earliest) == (2040, 2033)  # 2034 at 5 %, 2032 at 1 %
