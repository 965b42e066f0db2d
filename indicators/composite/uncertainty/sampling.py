"""Drawing the uncertain inputs of a model and computing blocks of draws.

Every stream of random numbers is read draw by draw, so that results do not depend on the size of blocks.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from indicators.composite.methods.array_types import Bools, Floats
from indicators.composite.methods.ranks import ranks
from indicators.composite.uncertainty.draws import MethodChoice, Model, scaled_data, top_scores

Counts = NDArray[np.int32]

CONCENTRATION = 50.0
# Small blocks stay in the processor's cache.
BLOCK_CELLS = 2**16


def blocks(runs: int, cells: int, most: int = BLOCK_CELLS) -> Iterator[tuple[int, int]]:
    """Start and number of draws of each block, for tables of so many cells; ``most`` draws at a time."""
    size = min(most, max(1, BLOCK_CELLS // max(1, cells)))
    return ((start, min(size, runs - start)) for start in range(0, runs, size))


def draw_data(model: Model, size: int, gaps: np.random.Generator, shares: np.random.Generator) -> Floats:
    """``size`` tables (size, rows, indicators); the table itself, once, when no cell is uncertain.

    Missing cells and shares of people have a stream each: ``gaps`` and ``shares``.
    """
    if not model.varies_data:
        return model.base[None]
    x = np.repeat(model.base[None], size, axis=0)
    flat = x.reshape(size, -1)
    cells = np.flatnonzero(model.uncertain)
    if len(cells):
        low, high = model.low.ravel()[cells], model.high.ravel()[cells]
        flat[:, cells] = low + gaps.random((size, len(cells))) * (high - low)
    cells = np.flatnonzero(model.shares)
    if len(cells):
        alpha, beta = model.alpha.ravel()[cells], model.beta.ravel()[cells]
        flat[:, cells] = shares.beta(alpha, beta, size=(size, len(cells))) * model.scale.ravel()[cells]
    return x


def draw_weights(model: Model, size: int, source: np.random.Generator, *, uniform: bool = False) -> list[Floats]:
    """For each level below the top ``size`` sets of weights: Dirichlet(50·w) per group, or uniform.

    Gamma variates are left unscaled: means and comparisons rescale weights within each group anyway.
    """
    shape = np.concatenate(model.weights)
    shape = np.ones_like(shape) if uniform else CONCENTRATION * shape
    drawn = np.maximum(source.standard_gamma(shape, size=(size, len(shape))), np.finfo(np.float64).tiny)
    return np.split(drawn, np.cumsum([len(own) for own in model.weights])[:-1], axis=1)


def choice_at(model: Model, normalisation: float, aggregation: float, treatment: float) -> MethodChoice:
    """The methods to which three numbers in [0, 1) point."""
    return MethodChoice(
        int(normalisation * max(1, len(model.normalisations))),
        int(aggregation * len(model.aggregations)),
        treatment < 0.5 or not model.varies["treatment"],
    )


def draw_choices(model: Model, runs: int, source: np.random.Generator) -> list[MethodChoice]:
    """The methods of each run, listed alternatives with equal chance."""
    drawn = source.random((runs, 3))
    return [choice_at(model, *row) for row in drawn.tolist()]


def by_choice(choices: Sequence[MethodChoice]) -> Iterator[tuple[MethodChoice, NDArray[np.int64]]]:
    """Each choice that occurs, with the positions at which it does."""
    for choice in dict.fromkeys(choices):
        yield choice, np.array([i for i, other in enumerate(choices) if other == choice], dtype=np.int64)


def evaluate(
    model: Model,
    x: Floats,
    weights: Sequence[Floats],
    choice: MethodChoice,
    members: NDArray[np.int64],
    held: dict[MethodChoice, tuple[Floats, Bools]],
) -> tuple[Floats, Bools]:
    """Scores and failed draws of the marked members of a block; certain data are normalised once only."""
    if model.varies_data:
        y, failed = scaled_data(model, x if len(members) == len(x) else x[members], choice)
    else:
        if choice not in held:
            held[choice] = scaled_data(model, x, choice)
        y, failed = held[choice]
    scores, failed = top_scores(model, y, weights, choice, failed)
    return scores, failed


def year_ranks(model: Model, scores: Floats) -> Counts:
    """Ranks within each year (draws, rows); 0 for units without a score."""
    found = np.empty(scores.shape, dtype=np.int32)
    for rows in model.years:
        found[..., rows] = np.nan_to_num(ranks(scores[..., rows]), nan=0.0)
    return found
