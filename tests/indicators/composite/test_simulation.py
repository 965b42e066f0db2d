"""The simulations of bench/, small, with fixed seeds and wide limits: intervals cover, and bands are fair to size."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest

from bench.simulation import (
    RESULTS,
    STATED,
    Bands,
    Hiring,
    bands_where_all_are_alike,
    coverage,
    holds,
    parameters,
)

ALIKE = "bands_where_all_are_alike"
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
    printed = bands_where_all_are_alike("stated", cases=600, seed=4)
    extreme = [own.extreme for own in printed.values()]
    assert max(extreme) - min(extreme) <= 0.05
    assert printed["small"].extreme_of_single is None  # hardly anybody has a single band
    assert printed["very_large"].single > 0.7 and printed["very_large"].extreme_of_single == pytest.approx(0, abs=0.02)
    alone = bands_where_all_are_alike("stated", with_interval=False, cases=600, seed=4)
    assert alone["small"].single == 1
    assert alone["small"].extreme - alone["very_large"].extreme > 0.05  # what the interval is for


def test_the_one_chance_is_the_middle_of_a_band() -> None:
    null = parameters()["null"]
    points = 100 * Fraction(null["chance"]) / Fraction(null["target"])
    assert points == Fraction(50 + 75, 2)


def test_the_results_kept_are_those_of_the_file_of_parameters() -> None:
    kept = json.loads(RESULTS.read_text(encoding="utf-8"))
    assert kept["cases"] >= 5_000
    assert kept["stated_interval"] == STATED
    assert list(kept["coverage"]["stated"]) == SIZES
    bands = {name: Bands(own["single"], own["extreme"]) for name, own in kept[ALIKE]["stated"].items()}
    assert holds(kept["coverage"]["stated"], bands)
    assert max(kept["coverage"]["harsh"].values()) < parameters()["limits"]["coverage"][0]


def test_limits_are_those_of_the_file() -> None:
    fine, flat = dict.fromkeys(SIZES, 0.8), dict.fromkeys(SIZES, Bands(0.5, 0.01))
    assert holds(fine, flat)
    assert not holds({**fine, "small": 0.74}, flat)
    assert not holds({**fine, "large": 0.86}, flat)
    assert not holds(fine, {**flat, "small": Bands(0.9, 0.07)})
    assert not holds(fine, {**flat, "small": Bands(0.1, 0.01)})  # a tenth of those with a single band
    assert holds(fine, {**flat, "small": Bands(0.004, 0.004)})  # too few to say anything
