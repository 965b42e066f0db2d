"""Building an element from its children.

``x`` has shape (…, units, children) with NaN for gaps; ``weights`` (…, children, parents) holds each
child's weight in the column of its parent and 0 elsewhere. Weights are rescaled over what is present.
Source of the methods: OECD/JRC Handbook (2008), step 6.
"""

from collections.abc import Callable

import numpy as np

from indicators.composite.methods.array_types import Bools, Floats, Ints
from indicators.composite.methods.ranks import ranks

SMALL_PRODUCT = 2**18  # multiplications that one thread does at once
Change = Callable[[Floats], Floats]


def weight_matrix(weights: Floats, parents: Ints, n_parents: int) -> Floats:
    """The (…, children, parents) matrix of ``weights`` (…, children); ``parents`` are positions."""
    matrix = np.zeros((*weights.shape, n_parents))
    matrix[..., np.arange(weights.shape[-1]), parents] = weights
    return matrix


def arithmetic(x: Floats, weights: Floats) -> Floats:
    """``Σ w·x / Σ w`` over the children present, (…, units, parents); NaN where none is."""
    with np.errstate(divide="ignore", invalid="ignore"):
        gaps = np.isnan(x)
        if not gaps.any():
            return _product(x, weights / weights.sum(axis=-2, keepdims=True))
        filled = np.array(x)
        np.copyto(filled, 0.0, where=gaps)
        total = _product(filled, weights)
        total /= _product((~gaps).astype(np.float64), weights)
        return total


def _product(x: Floats, weights: Floats) -> Floats:
    """``x @ weights`` in portions of rows so small that no threads are started: they cost more than they save."""
    step = max(1, SMALL_PRODUCT // (weights.shape[-2] * weights.shape[-1]))
    if x.ndim != 2 or weights.ndim != 2 or len(x) <= step:
        return np.asarray(x @ weights)
    found = np.empty((len(x), weights.shape[-1]))
    for start in range(0, len(x), step):
        np.matmul(x[start : start + step], weights, out=found[start : start + step])
    return found


def geometric(x: Floats, weights: Floats) -> Floats:
    """``exp(Σ w·ln x / Σ w)``; 0 where a child is 0, undefined (NaN) where a child is negative."""
    return _through(x, weights, np.log, np.exp)


def harmonic(x: Floats, weights: Floats) -> Floats:
    """``Σ w / Σ (w / x)``; 0 where a child is 0, undefined (NaN) where a child is negative."""
    return _through(x, weights, np.reciprocal, np.reciprocal)


def generalised_mean(x: Floats, weights: Floats, power: float) -> Floats:
    """``(Σ w·x^p / Σ w)^(1/p)``; p = 1 arithmetic, p = 0 the limit, geometric; gaps are skipped.

    Undefined (NaN) where a child is negative, except for p = 1; for p < 0 it is 0 where a child is 0.
    """
    if power == 1:
        return arithmetic(x, weights)
    if power == 0:
        return geometric(x, weights)
    with np.errstate(all="ignore"):
        size = np.fmax.reduce(x, axis=-1, keepdims=True) if power > 0 else _smallest_positive(x)
        size = np.where(size > 0, size, 1.0)
        if power > 0:
            held = np.where(x < 0, np.nan, x) / size
            mean = arithmetic(held**power, weights) ** (1 / power) * size
            return np.where(_touches(x < 0, weights), np.nan, mean)
        return _through(x / size, weights, lambda v: v**power, lambda v: v ** (1 / power)) * size


def _smallest_positive(x: Floats) -> Floats:
    return np.asarray(np.fmin.reduce(np.where(x > 0, x, np.nan), axis=-1, keepdims=True))


def _through(x: Floats, weights: Floats, forth: Change, back: Change) -> Floats:
    """The mean taken after ``forth`` and brought ``back``, where all children are positive."""
    with np.errstate(all="ignore"):
        low = np.fmin.reduce(x, axis=None)
        if not low <= 0:
            return np.asarray(back(arithmetic(forth(x), weights)))
        mean = np.asarray(back(arithmetic(forth(np.where(x <= 0, 1.0, x)), weights)))
    mean = np.where(_touches(x == 0, weights), 0.0, mean)
    return np.where(_touches(x < 0, weights), np.nan, mean)


def _touches(cells: Bools, weights: Floats) -> Bools:
    """Whether any child of each parent is marked, (…, units, parents)."""
    return np.asarray(cells.astype(np.float64) @ (weights > 0).astype(np.float64) > 0)


def copeland(x: Floats, weights: Floats) -> Floats:
    """Wins minus losses of each unit against all others, (…, units, parents).

    Values equal to 12 significant digits are a tie, so that the order of addition below decides nothing.

    A unit wins a pair when the weights of the children on which it is ahead exceed those on which it is
    behind; children that either lacks are left out. NaN for a unit without children.
    Source: Copeland (1951); the outranking comparison is that of the OECD/JRC Handbook (2008).
    """
    draws = np.broadcast_shapes(x.shape[:-2], weights.shape[:-2])
    x = np.broadcast_to(x, (*draws, *x.shape[-2:]))
    matrices = np.broadcast_to(weights, (*draws, *weights.shape[-2:]))
    result = np.empty((*x.shape[:-1], weights.shape[-1]))
    for draw in np.ndindex(draws):
        for parent in range(weights.shape[-1]):
            members = matrices[draw][:, parent] > 0
            result[draw][:, parent] = _copeland(x[draw][:, members], matrices[draw][members, parent])
    return result


def _copeland(x: Floats, weights: Floats) -> Floats:
    n = len(x)
    positions = ranks(x.T).T
    score = np.empty(n)
    tie = 1e-12 * weights.sum()
    block = max(1, 2_000_000 // max(1, n * x.shape[1]))
    for start in range(0, n, block):
        ahead = np.nan_to_num(np.sign(positions - positions[start : start + block, None, :])) @ weights
        score[start : start + block] = (ahead > tie).sum(axis=1) - (ahead < -tie).sum(axis=1)
    return np.where(np.isnan(x).all(axis=1), np.nan, score)
