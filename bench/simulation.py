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
from indicators.composite.draws import Choice, compile_model, scores
from indicators.composite.sampling import draw_data
from indicators.interval import wilson
from indicators.scoring import Goal, band_of_score, exact_band, printed_band, score

HERE = Path(__file__).parent
RESULTS = HERE / "simulation.json"
STATED = 0.8
CASES, DRAWS = 3_000, 1_000  # for each size class: 12,000 cases in all
EXTREME = ("1", "5")

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
    drawn, _ = scores(model, x, weights, Choice())
    low, high = np.quantile(drawn, [(1 - STATED) / 2, (1 + STATED) / 2], axis=0)
    truth = np.clip(chances / given["target"], 0, 1).mean(axis=1)
    return np.asarray((low <= truth) & (truth <= high))


def _meta(names: list[str], target: float) -> pd.DataFrame:
    rows = [(1, name, 1, 1, "T", "Indicator", "N", 0, target) for name in names]
    rows.append((2, "T", 1, None, "", "Aggregate", "", None, None))
    rows.append((None, "N", None, None, "", "Denominator", "", None, None))
    names = ["Level", "iCode", "Direction", "Weight", "Parent", "Type", "Denominator", "GoalLower", "GoalUpper"]
    return pd.DataFrame(rows, columns=names)


def _recipe() -> Any:
    steps = [{"denominate": {}}, {"normalise": {"method": "goalposts"}}, {"aggregate": {"method": "arithmetic"}}]
    return parse_recipe({"steps": steps})


def extreme_bands(scenario: str, *, with_interval: bool = True, cases: int = CASES, seed: int = 2) -> dict[str, float]:
    """By size class the share of institutions in one extreme band (1 or 5) though all have one chance.

    ``with_interval``: as printed, where the reference interval decides between one band, two and none; False
    takes the band of the count alone, to show what that rule is for.
    """
    given, rng = parameters(), np.random.default_rng(seed)
    hiring = Hiring(**given["scenarios"][scenario])
    goal = Goal(Fraction(0), 100 * Fraction(given["null"]["target"]), "score")
    found = {}
    for name, (low, high) in given["sizes"].items():
        sizes = rng.integers(low, high + 1, cases)
        counts = hiring.counts(sizes, np.full((cases, 1), given["null"]["chance"]), rng)[:, 0]
        bands = exact_band(counts, sizes, goal)
        ends = (
            [band_of_score(score(100 * end, goal)) for end in wilson(counts, sizes)] if with_interval else [bands] * 2
        )
        printed = printed_band(bands, *ends)
        found[name] = float(np.isin(printed.astype(str), EXTREME).mean())
    return found


def main() -> int:
    """Prints and keeps both simulations; 1 when a limit of the scenario ``stated`` does not hold."""
    found = {
        "cases": CASES * len(parameters()["sizes"]),
        "stated_interval": STATED,
        "coverage": {scenario: coverage(scenario) for scenario in parameters()["scenarios"]},
        "extreme_bands": {scenario: extreme_bands(scenario) for scenario in parameters()["scenarios"]},
        "extreme_bands_of_counts_alone": {"stated": extreme_bands("stated", with_interval=False)},
    }
    for what in ("coverage", "extreme_bands", "extreme_bands_of_counts_alone"):
        for scenario, shares in found[what].items():
            print(f"{what}, {scenario}: " + ", ".join(f"{name} {100 * share:.1f} %" for name, share in shares.items()))
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0 if holds(found["coverage"]["stated"], found["extreme_bands"]["stated"]) else 1


def holds(covered: Mapping[str, float], extreme: Mapping[str, float]) -> bool:
    """Whether both limits of simulation.yaml hold in every size class."""
    limits = parameters()["limits"]
    low, high = limits["coverage"]
    is_covered = all(low <= share <= high for share in covered.values())
    return is_covered and max(extreme.values()) - min(extreme.values()) <= limits["null_difference"]


if __name__ == "__main__":
    sys.exit(main())
