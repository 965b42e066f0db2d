"""Bringing indicators to one scale on which more is better.

Every function takes ``x`` of shape (…, units, indicators) with NaN for gaps and ``direction`` (+1 or −1
for each indicator), works along the units and keeps gaps. A column on which a method is not defined
(no spread, a target that is not better than the worst value, …) comes back as NaN.
Source of the methods: OECD/JRC Handbook (2008), step 5.
"""

import numpy as np
from numpy.typing import NDArray

from indicators.composite.methods.array_types import Floats, Ints

Direction = Ints | Floats
PORTIONS = 10


def worst_and_best(x: Floats, direction: Direction) -> tuple[Floats, Floats]:
    """The worst and the best value present in each column, shapes (…, 1, indicators)."""
    low, high = _extreme(np.fmin, x), _extreme(np.fmax, x)
    upward = np.asarray(direction) > 0
    if upward.all():
        return low, high
    return np.where(upward, low, high), np.where(upward, high, low)


def _extreme(pick: np.ufunc, x: Floats) -> Floats:
    """The smallest (``np.fmin``) or largest (``np.fmax``) value present in each column, (…, 1, indicators)."""
    size = x.shape[-2] // PORTIONS
    if x.ndim != 2 or size < 2:
        return np.asarray(pick.reduce(x, axis=-2, keepdims=True))
    # Portion beside portion first: numpy folds few long rows faster than many short ones.
    folded = pick.reduce(x[: size * PORTIONS].reshape(PORTIONS, size, x.shape[-1]), axis=0)
    return np.asarray(pick.reduce(np.concatenate([folded, x[size * PORTIONS :]]), axis=0, keepdims=True))


def _along(x: Floats, start: Floats, end: Floats, direction: Direction) -> Floats:
    """Share of the way from ``start`` to ``end``; NaN unless ``end`` is better than ``start``."""
    way = end - start
    share: Floats = np.asarray(x - start, dtype=np.float64)
    np.divide(share, np.where(way * direction > 0, way, np.nan), out=share)
    if not (np.asarray(direction) > 0).all():
        # The worst value of a lower-is-better column would otherwise come out as −0.
        np.add(share, 0.0, out=share)
    return share


def min_max(x: Floats, direction: Direction, lower: float = 0.0, upper: float = 100.0) -> Floats:
    """``lower + (x − worst) / (best − worst) · (upper − lower)``."""
    share = _along(x, *worst_and_best(x, direction), direction)
    if upper - lower != 1.0:
        np.multiply(share, upper - lower, out=share)
    if lower != 0.0:
        np.add(share, lower, out=share)
    return share


def z_score(x: Floats, direction: Direction) -> Floats:
    """``(x − mean) / sd`` with the sample standard deviation (n − 1), turned over for direction −1."""
    count = (~np.isnan(x)).sum(axis=-2, keepdims=True)
    low, high = np.fmin.reduce(x, axis=-2, keepdims=True), np.fmax.reduce(x, axis=-2, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        centred = x - np.nansum(x, axis=-2, keepdims=True) / count
        deviation = np.sqrt(np.nansum(centred**2, axis=-2, keepdims=True) / (count - 1))
    # The squares of the smallest floats vanish, so that values may differ and yet have no deviation.
    return np.asarray(centred / (np.where((low == high) | (deviation == 0), np.nan, deviation) * direction))


def rank_from_bottom(x: Floats, direction: Direction) -> Floats:
    """1 for the worst value; ties share the lowest rank; gaps are not counted."""
    signed = np.swapaxes(x * direction, -1, -2)
    order = np.argsort(signed, axis=-1)
    ordered = np.take_along_axis(signed, order, axis=-1)
    positions = np.broadcast_to(np.arange(ordered.shape[-1]), ordered.shape)
    new = np.ones(ordered.shape, dtype=bool)
    new[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    first: NDArray[np.int64] = np.maximum.accumulate(np.where(new, positions, 0), axis=-1)
    ranks = np.empty(signed.shape)
    np.put_along_axis(ranks, order, np.where(np.isnan(ordered), np.nan, first + 1.0), axis=-1)
    return np.swapaxes(ranks, -1, -2)


def borda(x: Floats, direction: Direction) -> Floats:
    """Number of units that are strictly worse: ``rank_from_bottom − 1``."""
    return rank_from_bottom(x, direction) - 1


def percentile_rank(x: Floats, direction: Direction) -> Floats:
    """``borda / (n − 1)``, n values present, as PERCENTRANK.INC of a spreadsheet; undefined for n = 1."""
    count = (~np.isnan(x)).sum(axis=-2, keepdims=True)
    return borda(x, direction) / np.where(count > 1, count - 1, np.nan)


def distance_to_max(x: Floats, direction: Direction) -> Floats:
    """``1 − (best − x) / (best − worst)``, 0–1."""
    return min_max(x, direction, 0.0, 1.0)


def distance_to_reference(x: Floats, direction: Direction, reference: Floats, cap: bool = False) -> Floats:
    """``1 − (ref − x) / (ref − worst)``, 1 at the reference's own values; ``cap`` cuts at 1."""
    share = _along(x, worst_and_best(x, direction)[0], reference, direction)
    return np.minimum(share, 1.0) if cap else share


def distance_to_target(x: Floats, direction: Direction, target: Floats, cap: bool = False) -> Floats:
    """``(x − min) / (target − min)``; lower-is-better ``(max − x) / (max − target)``; ``cap`` cuts at 1."""
    return distance_to_reference(x, direction, target, cap)


def scale_between(x: Floats, direction: Direction, goal_lower: Floats, goal_upper: Floats) -> Floats:
    """``(x − lower) / (upper − lower)``; lower-is-better ``(upper − x) / (upper − lower)``; not clipped."""
    upward = np.asarray(direction) > 0
    start, end = np.where(upward, goal_lower, goal_upper), np.where(upward, goal_upper, goal_lower)
    return _along(x, start, end, direction)


def goalposts(x: Floats, direction: Direction, goal_lower: Floats, goal_upper: Floats) -> Floats:
    """``scale_between`` clipped to 0–1: a unit's score does not depend on the other units."""
    return np.clip(scale_between(x, direction, goal_lower, goal_upper), 0.0, 1.0)


def fraction_of_max(x: Floats, direction: Direction) -> Floats:
    """``x / max`` for higher-is-better with a positive maximum; undefined for lower-is-better."""
    best = np.fmax.reduce(x, axis=-2, keepdims=True)
    return x / np.where((best > 0) & (np.asarray(direction) > 0), best, np.nan)
