"""Between which ranks each unit may lie, for all units at once."""

import numpy as np

from indicators.composite.methods.array_types import Floats

STATED = 0.95
RUNS = 500


def simultaneous_rank_sets(
    score: Floats, error: Floats, *, stated: float = STATED, runs: int = RUNS, seed: int = 0
) -> tuple[Floats, Floats]:
    """First and last rank (1 is best) of each unit; with the chance ``stated`` all true ranks lie within at once.

    ``score`` and its standard ``error`` have one element a unit, higher is better; NaN gives NaN. A unit ranks surely
    behind those whose difference to it is surely above zero, and surely ahead of those below. The critical value is
    that of the largest of all differences, each over its standard error, by parametric bootstrap.

    Mogstad, M., Romano, J. P., Shaikh, A. M. and Wilhelm, D. (2024). Inference for ranks with applications to mobility
    across neighbourhoods and academic achievement across countries. Review of Economic Studies 91, 476-518 (one step).
    """
    low, high = np.full(len(score), np.nan), np.full(len(score), np.nan)
    known = np.flatnonzero(~(np.isnan(score) | np.isnan(error)))
    if not len(known):
        return low, high
    x, spread = score[known], error[known]
    both = np.sqrt(spread[:, None] ** 2 + spread[None, :] ** 2)
    scale = np.divide(1.0, both, out=np.zeros_like(both), where=both > 0)
    np.fill_diagonal(scale, 0.0)
    noise = np.random.default_rng(seed).standard_normal((runs, len(x))) * spread
    largest = [float((np.abs(one[:, None] - one[None, :]) * scale).max(initial=0.0)) for one in noise]
    surely = float(np.quantile(largest, stated)) * both
    difference = x[:, None] - x[None, :]
    ahead, behind = (difference > surely).sum(axis=1), (-difference > surely).sum(axis=1)
    low[known], high[known] = 1.0 + behind, len(x) - ahead
    return low, high
