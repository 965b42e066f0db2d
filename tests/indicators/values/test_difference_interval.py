"""Differences of two shares: published examples, and where a value is placed."""

import numpy as np
import pytest

from indicators.values.difference_interval import difference_interval, side_of
from indicators.values.wilson_interval import wilson


def estimate(part: int, whole: int) -> tuple[float, float, float]:
    low, high = wilson(np.array([part]), np.array([whole]))
    return part / whole, float(low[0]), float(high[0])


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [  # Newcombe (1998), table II, method 10
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((5, 56), (0, 29), (-0.0381, 0.1926)),
        ((10, 10), (0, 20), (0.6791, 1.0)),
    ],
)
def test_the_intervals_are_those_of_the_published_examples(first, second, expected) -> None:
    low, high = difference_interval(estimate(*first), estimate(*second))
    assert (float(low), float(high)) == pytest.approx(expected, abs=5e-5)


def test_the_chance_of_both_sides_counts() -> None:
    own = estimate(12, 40)
    exact, observed = (0.15, 0.15, 0.15), estimate(6, 40)
    assert side_of(*map(np.atleast_1d, difference_interval(own, exact))).tolist() == ["above"]
    assert side_of(*map(np.atleast_1d, difference_interval(own, observed))).tolist() == ["indistinguishable"]


def test_without_an_interval_nothing_is_placed() -> None:
    assert side_of(np.array([np.nan, 1.0]), np.array([np.nan, 2.0])).tolist() == [None, "above"]


def test_an_interval_that_touches_zero_or_lacks_an_end_places_nothing() -> None:
    low, high = np.array([0.0, -1.0, np.nan, -2.0]), np.array([1.0, 0.0, 1.0, np.nan])
    assert side_of(low, high).tolist() == ["indistinguishable", "indistinguishable", None, None]


def test_an_interval_is_placed_however_near_to_zero_it_lies() -> None:
    assert side_of(np.array([0.001, -0.2]), np.array([0.2, -0.001])).tolist() == ["above", "below"]
