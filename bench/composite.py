"""A composite of three levels beside a bare numpy version, and beside two libraries that do a flat one."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from scipy.stats import rankdata

from bench.index import Array, index_panel, plain_recipe, weight_matrices
from bench.row import Comparison, fastest
from indicators.composite import follow
from indicators.composite.methods.ranks import ranks

INDICATORS = 40
REPEATS = 20


def composite(units: int, years: int = 1, *, target: float) -> Comparison:
    """Min-max, weighted means and ranks of 40 indicators in three levels with 3 % gaps."""
    panel, recipe = index_panel(units, INDICATORS, years), plain_recipe()
    matrices, slices = weight_matrices(panel), panel.year_slices()

    def ours() -> None:
        follow(panel, recipe).ranks()

    rank = fastest([plain_ranks, ranks_by_scipy], panel.values[slices[0]])

    def reference() -> None:
        ranks_by_year(panel.values, matrices, slices, rank)

    what = f"min-max, weighted mean and ranks of {units} units x {years} years x {INDICATORS} indicators, three levels"
    return Comparison(what, ours, "bare numpy, the same three levels", reference, target, clock=time.process_time)


def ranks_by_year(
    values: Array, matrices: list[Array], slices: list[slice], rank: Callable[[Array], Array] | None = None
) -> Array:
    """Ranks of every element, as anybody would write it in numpy who knows the table to be clean."""
    parts = []
    rank = plain_ranks if rank is None else rank
    for rows in slices:
        parts.append(rank(np.hstack(plain_levels(values[rows], matrices))))
    return np.vstack(parts)


def scores_alone(units: int) -> Comparison:
    """Min-max and weighted means of 40 indicators in three levels with 3 % gaps, level by level, without ranks."""
    panel, recipe = index_panel(units, INDICATORS), plain_recipe()
    matrices = weight_matrices(panel)

    def ours() -> None:
        for _ in range(REPEATS):
            follow(panel, recipe)

    def reference() -> None:
        for _ in range(REPEATS):
            plain_levels(panel.values, matrices)

    what = f"{REPEATS} x min-max and weighted means of {units} units x {INDICATORS} indicators, three levels"
    return Comparison(what, ours, "bare numpy, the same three levels", reference, target=2.0, clock=time.process_time)


def plain_levels(x: Array, matrices: list[Array]) -> list[Array]:
    """The indicators on min-max and every level above, as anybody would write it who knows the table to be clean."""
    low = np.nanmin(x, axis=0)
    levels = [(x - low) / (np.nanmax(x, axis=0) - low) * 100]
    for matrix in matrices:
        present = ~np.isnan(levels[-1])
        levels.append(np.where(present, levels[-1], 0) @ matrix / (present @ matrix))
    return levels


def ranks_by_scipy(scores: Array) -> Array:
    """As ``plain_ranks``, by scipy."""
    return np.asarray(rankdata(-scores, method="min", axis=0, nan_policy="omit"))


def plain_ranks(scores: Array) -> Array:
    """1 is best, ties share the best rank, gaps stay gaps."""
    ranks = np.empty_like(scores)
    for column in range(scores.shape[1]):
        own = -scores[:, column]
        ordered = np.sort(own)
        ranks[:, column] = np.searchsorted(ordered, own) + 1.0
    return np.where(np.isnan(scores), np.nan, ranks)


def beside_scikit_criteria(units: int) -> Comparison:
    """Three levels with gaps here, a flat weighted sum without gaps there."""
    from skcriteria import mkdm
    from skcriteria.agg.simple import WeightedSumModel
    from skcriteria.preprocessing.scalers import MinMaxScaler

    matrix = index_panel(units, INDICATORS, missing=0.0).values
    weights = np.full(INDICATORS, 1 / INDICATORS)
    steps = MinMaxScaler("matrix"), WeightedSumModel()

    def flat() -> None:
        table = mkdm(matrix, [max] * INDICATORS, weights=weights)
        steps[1].evaluate(steps[0].transform(table))

    return _beside(units, "scikit-criteria, a flat weighted sum without gaps", flat)


def beside_pymcdm(units: int) -> Comparison:
    """Three levels with gaps here, a flat weighted sum without gaps there."""
    from pymcdm.helpers import rankdata
    from pymcdm.methods import WSM
    from pymcdm.normalizations import minmax_normalization

    matrix = index_panel(units, INDICATORS, missing=0.0).values
    weights, types = np.full(INDICATORS, 1 / INDICATORS), np.ones(INDICATORS)
    method = WSM(normalization_function=minmax_normalization)

    def flat() -> None:
        rankdata(method(matrix, weights, types), reverse=True)

    return _beside(units, "pymcdm, a flat weighted sum without gaps", flat)


def _beside(units: int, name: str, flat: Callable[[], None]) -> Comparison:
    panel, recipe = index_panel(units, INDICATORS), plain_recipe()

    def ours() -> None:
        ranks(follow(panel, recipe).levels[-1].T)

    what = f"scores in three levels with 3 % gaps, ranks of the top, {units} units x {INDICATORS} indicators"
    return Comparison(what, ours, name, flat, target=1.0, clock=time.process_time)
