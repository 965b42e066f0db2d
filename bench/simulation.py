"""Simulations with a truth that is not the method's own: coverage of intervals, and bands where all are alike.

``python -m bench.simulation`` prints both by size class and keeps them in simulation.json.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from indicators.composite import parse_recipe, read_panel
from indicators.composite.uncertainty.draws import MethodChoice, compile_model, scores
from indicators.composite.uncertainty.sampling import draw_data
from indicators.scoring.goalposts_and_bands import Goal, band_of_score, exact_band, printed_band, score
from indicators.values.wilson_interval import wilson

HERE = Path(__file__).parent
RESULTS = HERE / "simulation.json"
STATED = 0.8
CASES, DRAWS = 3_000, 1_000  # for each size class: 12,000 cases in all
SINGLE, EXTREME = ("1", "2", "3", "4", "5"), ("1", "5")
RARE = 0.01  # a size class of which fewer have a single band says nothing about those who have one

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Hiring:
    """Cohorts of people hired together.

    ``within_cohort`` is the correlation of two people of a cohort, ``between_indicators`` that of the shocks
    which a cohort gives to two indicators.
    """

    cohort: int
    within_cohort: float
    between_indicators: float

    def counts(self, sizes: Array, chances: Array, rng: np.random.Generator) -> Array:
        """How many of ``sizes`` (institutions) count for each indicator of ``chances`` (institutions, indicators)."""
        first = np.arange(0, int(sizes.max()), self.cohort)
        people = np.clip(sizes[:, None] - first, 0, self.cohort)
        shape = (len(sizes), len(first), chances.shape[1])
        common, own = rng.standard_normal((*shape[:2], 1)), rng.standard_normal(shape)
        shock = np.sqrt(self.between_indicators) * common + np.sqrt(1 - self.between_indicators) * own
        # Log-normal with mean 1, so that the chance of an institution stays what it is.
        square = np.log1p(self.within_cohort * (1 - chances) / chances)[:, None, :]
        rates = np.minimum(chances[:, None, :] * np.exp(np.sqrt(square) * shock - square / 2), 1.0)
        counted: Array = rng.binomial(people[:, :, None], rates).sum(axis=1)
        return counted


@cache
def parameters() -> Mapping[str, Any]:
    """The assumptions, from simulation.yaml."""
    found: dict[str, Any] = yaml.safe_load((HERE / "simulation.yaml").read_text(encoding="utf-8"))
    return found


def coverage(scenario: str, *, cases: int = CASES, draws: int = DRAWS, seed: int = 1) -> dict[str, float]:
    """By size class the share of ``cases`` whose true score lies in the stated 80 % interval of the draws."""
    given, rng = parameters(), np.random.default_rng(seed)
    hiring = Hiring(**given["scenarios"][scenario])
    return {
        name: float(_is_covered(hiring, rng.integers(low, high + 1, cases), draws, rng).mean())
        for name, (low, high) in given["sizes"].items()
    }


def _is_covered(hiring: Hiring, sizes: Array, draws: int, rng: np.random.Generator) -> Array:
    given = parameters()
    chances = rng.uniform(*given["chance"], (len(sizes), given["indicators"]))
    names = [f"I{number}" for number in range(given["indicators"])]
    data = pd.DataFrame(hiring.counts(sizes, chances, rng), columns=names).assign(
        uCode=[f"u{number:05}" for number in range(len(sizes))], N=sizes
    )
    model, _ = compile_model(read_panel(data, _meta(names, given["target"])), _recipe())
    x = draw_data(model, draws, *rng.spawn(2))
    weights = [np.broadcast_to(own, (draws, len(own))) for own in model.weights]
    drawn, _ = scores(model, x, weights, MethodChoice())
    low, high = np.quantile(drawn, [(1 - STATED) / 2, (1 + STATED) / 2], axis=0)
    truth = np.clip(chances / given["target"], 0, 1).mean(axis=1)
    return np.asarray((low <= truth) & (truth <= high))


def _meta(names: list[str], target: float) -> pd.DataFrame:
    rows = [(1, name, 1, 1, "T", "Indicator", "N", 0, target, "true") for name in names]
    rows.append((2, "T", 1, None, "", "Aggregate", "", None, None, ""))
    rows.append((None, "N", None, None, "", "Denominator", "", None, None, ""))
    names = ["Level", "iCode", "Direction", "Weight", "Parent", "Type", "Denominator", "GoalLower", "GoalUpper"]
    names.append("Counts")
    return pd.DataFrame(rows, columns=names)


def _recipe() -> Any:
    steps = [{"denominate": {}}, {"normalise": {"method": "goalposts"}}, {"aggregate": {"method": "arithmetic"}}]
    return parse_recipe({"steps": steps})


@dataclass(frozen=True)
class Bands:
    """Shares of the institutions of a size class: printed with a single band, and with an extreme one.

    ``extreme_of_single`` is the second among the first, None where fewer than RARE have a single band: the few
    that do are those far out, so that the share would be 100 % of next to nobody.
    """

    single: float
    extreme: float

    @property
    def extreme_of_single(self) -> float | None:
        """The share with an extreme band among those with a single one; None where hardly any has one."""
        return self.extreme / self.single if self.single >= RARE else None


def bands_where_all_are_alike(
    scenario: str, *, with_interval: bool = True, cases: int = CASES, seed: int = 2
) -> dict[str, Bands]:
    """By size class how often a single band and how often an extreme one is printed though all have one chance.

    ``with_interval``: as printed, where the reference interval decides between one band, two and none; False
    takes the band of the count alone, to show what that rule is for.
    """
    given, rng = parameters(), np.random.default_rng(seed)
    hiring = Hiring(**given["scenarios"][scenario])
    goal = Goal(Fraction(0), 100 * Fraction(given["null"]["target"]), "score")
    found = {}
    for name, (low, high) in given["sizes"].items():
        sizes = rng.integers(low, high + 1, cases)
        chance = float(Fraction(given["null"]["chance"]))
        counts = hiring.counts(sizes, np.full((cases, 1), chance), rng)[:, 0]
        bands = exact_band(counts, sizes, goal)
        ends = (
            [band_of_score(score(100 * end, goal)) for end in wilson(counts, sizes)] if with_interval else [bands] * 2
        )
        printed = np.asarray(printed_band(bands, *ends)).astype(str)
        found[name] = Bands(float(np.isin(printed, SINGLE).mean()), float(np.isin(printed, EXTREME).mean()))
    return found


def main() -> int:
    """Prints and keeps both simulations; 1 when a limit of the scenario ``stated`` does not hold."""
    scenarios = parameters()["scenarios"]
    covered = {scenario: coverage(scenario) for scenario in scenarios}
    bands = {scenario: bands_where_all_are_alike(scenario) for scenario in scenarios}
    bands["stated, by the counts alone"] = bands_where_all_are_alike("stated", with_interval=False)
    for scenario, shares in covered.items():
        print(f"coverage, {scenario}: " + ", ".join(f"{name} {100 * share:.1f} %" for name, share in shares.items()))
    for scenario, classes in bands.items():
        words = [f"{name} {100 * own.extreme:.1f} % of all" for name, own in classes.items()]
        print(f"extreme bands, {scenario}: " + ", ".join(words))
    found = {
        "cases": CASES * len(parameters()["sizes"]),
        "stated_interval": STATED,
        "coverage": covered,
        "bands_where_all_are_alike": {
            scenario: {
                name: {"single": own.single, "extreme": own.extreme, "extreme_of_single": own.extreme_of_single}
                for name, own in classes.items()
            }
            for scenario, classes in bands.items()
        },
    }
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0 if holds(covered["stated"], bands["stated"]) else 1


def holds(covered: Mapping[str, float], bands: Mapping[str, Bands]) -> bool:
    """Whether the limits of simulation.yaml hold in every size class: of all, and of those with a single band."""
    limits = parameters()["limits"]
    low, high = limits["coverage"]
    is_covered = all(low <= share <= high for share in covered.values())
    of_all = [own.extreme for own in bands.values()]
    of_single = [own.extreme_of_single for own in bands.values() if own.extreme_of_single is not None]
    return is_covered and all(
        max(shares, default=0) - min(shares, default=0) <= limits["null_difference"] for shares in (of_all, of_single)
    )


if __name__ == "__main__":
    sys.exit(main())
