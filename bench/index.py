"""An invented index of three levels: material for the composite and robustness benchmarks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from indicators.composite import parse_recipe, read_panel
from indicators.composite.panel import Panel
from indicators.composite.recipe.recipe import Recipe

PILLARS = 8
MISSING = 0.03

Array = np.ndarray[Any, Any]


def index_panel(units: int, indicators: int, years: int = 1, *, missing: float = MISSING, seed: int = 1) -> Panel:
    """``units`` × ``years`` rows of ``indicators`` in 8 pillars under one top, all higher-is-better."""
    rng = np.random.default_rng(seed)
    codes = [f"I{number}" for number in range(indicators)]
    values = rng.lognormal(size=(units * years, indicators))
    values[rng.random(values.shape) < missing] = np.nan
    data = pd.DataFrame(values, columns=codes)
    data.insert(0, "uCode", np.tile([f"u{number:05}" for number in range(units)], years))
    if years > 1:
        data.insert(1, "Time", np.repeat(2020 + np.arange(years), units))
    return read_panel(data, _meta(codes, rng))


def _meta(codes: list[str], rng: np.random.Generator) -> pd.DataFrame:
    rows: list[tuple[object, ...]] = [
        (1, code, 1, float(rng.uniform(0.5, 2)), f"P{place % PILLARS}", "Indicator") for place, code in enumerate(codes)
    ]
    rows += [(2, f"P{number}", 1, float(rng.uniform(0.5, 2)), "T", "Aggregate") for number in range(PILLARS)]
    rows.append((3, "T", 1, None, "", "Aggregate"))
    return pd.DataFrame(rows, columns=["Level", "iCode", "Direction", "Weight", "Parent", "Type"])


def plain_recipe() -> Recipe:
    """Min-max within each year, then weighted arithmetic means."""
    return parse_recipe({"steps": [{"normalise": {"method": "min_max"}}, {"aggregate": {"method": "arithmetic"}}]})


def weight_matrices(panel: Panel) -> list[Array]:
    """For each level below the top the (children, parents) matrix of the weights in the metadata."""
    framework = panel.framework
    found = []
    for level in range(1, len(framework.levels)):
        parents = framework.parents(level)
        matrix = np.zeros((len(parents), len(framework.codes(level + 1))))
        matrix[np.arange(len(parents)), parents] = [element.weight for element in framework.levels[level - 1]]
        found.append(matrix)
    return found
