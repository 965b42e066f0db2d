"""The simulations of bench/, small, with fixed seeds and wide limits: intervals cover, and bands are fair to size."""

from __future__ import annotations

import numpy as np
import pytest

from bench.simulation import Hiring, coverage, extreme_bands, holds, parameters

SIZES = list(parameters()["sizes"])


def test_hiring_keeps_the_chance_and_spreads_more_than_independent_posts() -> None:
    rng = np.random.default_rng(0)
    sizes, chances = np.full(4_000, 120), np.full((4_000, 2), 0.2)
    counts = Hiring(cohort=4, within_cohort=0.1, between_indicators=0.5).counts(sizes, chances, rng)
    assert counts.mean() == pytest.approx(24, rel=0.02)
    design_effect = counts.var(axis=0) / (120 * 0.2 * 0.8)
    assert design_effect == pytest.approx([1.3, 1.3], abs=0.12)  # 1 + (4 - 1) * 0.1
    assert np.corrcoef(counts.T)[0, 1] == pytest.approx(0.5 * 0.1 * 4 / 1.3, abs=0.07)


def test_hiring_without_cohorts_is_binomial() -> None:
    rng = np.random.default_rng(1)
    counts = Hiring(cohort=1, within_cohort=0, between_indicators=0).counts(
        np.full(4_000, 90), np.full((4_000, 1), 0.1), rng
    )
    assert counts.mean() == pytest.approx(9, rel=0.03)
    assert counts.var() == pytest.approx(8.1, rel=0.08)


def test_stated_intervals_cover_about_as_often_as_they_say() -> None:
    covered = coverage("stated", cases=400, draws=200, seed=3)
    assert list(covered) == SIZES
    assert all(0.70 <= share <= 0.88 for share in covered.values()), covered


def test_cohorts_that_move_together_much_more_than_assumed_are_noticed() -> None:
    stated, harsh = (coverage(name, cases=400, draws=200, seed=3) for name in ("stated", "harsh"))
    assert np.mean([*harsh.values()]) < np.mean([*stated.values()]) - 0.08


def test_size_alone_puts_nobody_into_an_extreme_band() -> None:
    printed = extreme_bands("stated", cases=600, seed=4)
    assert max(printed.values()) - min(printed.values()) <= 0.05
    alone = extreme_bands("stated", with_interval=False, cases=600, seed=4)
    assert alone["small"] - alone["very_large"] > 0.05  # what the interval is for


def test_limits_are_those_of_the_file() -> None:
    fine, flat = dict.fromkeys(SIZES, 0.8), dict.fromkeys(SIZES, 0.01)
    assert holds(fine, flat)
    assert not holds({**fine, "small": 0.74}, flat)
    assert not holds({**fine, "large": 0.86}, flat)
    assert not holds(fine, {**flat, "small": 0.07})
