"""Funnels: what is left out, what widens the limits, and flags that are planted."""

import numpy as np
import pytest

from indicators.comparison.funnel import funnel


@pytest.mark.parametrize(
    ("part", "whole"),
    [([], []), ([1, 2, 3], [10, 20, 30]), ([1] * 9, [5] * 9), ([1, 2, 3, 4, 0], [10, 20, 30, 40, 0])],
)
def test_too_few_institutions_or_people_give_no_funnel(part: list[int], whole: list[int]) -> None:
    assert funnel(np.array(part), np.array(whole)) is None


def test_a_group_that_is_all_the_same_has_no_funnel() -> None:
    for share in (0, 10, 40):
        assert funnel(np.full(30, share), np.full(30, 40)) is None


def test_institutions_that_count_too_few_are_left_out_and_chance_is_told_of_the_others() -> None:
    whole = np.r_[np.full(20, 100), 3, 0]
    found = funnel(np.r_[np.arange(5, 25), 3, 0], whole)
    assert (found.looked_at, found.by_chance) == (20, pytest.approx(1.0))
    assert np.isnan(found.lower[20:]).all() and not found.outside[20:].any()
    assert (found.lower[:20] < found.centre).all() and (found.centre < found.upper[:20]).all()


def test_ordinary_differences_widen_the_limits_and_what_is_planted_stands_out() -> None:
    rng = np.random.default_rng(3)
    whole = rng.integers(200, 2_000, 300)
    part = rng.binomial(whole, rng.beta(12, 88, 300))
    part[:4] = whole[:4] * 6 // 10
    found = funnel(part, whole)
    assert found.stands_out[:4].all() and found.stands_out[4:].sum() <= 2
    assert (found.outside[:4] == 1).all() and np.mean(found.outside[4:] != 0) < 0.09
    assert found.scatter > 0
