"""Ranks: 1 is best, ties share the best rank."""

import numpy as np
from numpy.typing import NDArray

from indicators.composite.methods.array_types import Floats

DIGITS = 12


def ranks(scores: Floats) -> Floats:
    """Ranks along the last axis; scores equal to 12 significant digits are tied; NaN keeps its place.

    ``scores`` has shape (…, units); higher is better.
    """
    order = np.argsort(-scores, axis=-1)
    ordered = np.take_along_axis(scores, order, axis=-1)
    new = np.ones(ordered.shape, dtype=bool)
    before, after = ordered[..., :-1], ordered[..., 1:]
    different = before != after
    # Rounding keeps the order, so only neighbours this close can become ties by it.
    close = different & (np.abs(before - after) <= 1e-10 * np.abs(before))
    if close.any():
        different[close] = _round_digits(before[close]) != _round_digits(after[close])
    new[..., 1:] = different
    positions = np.broadcast_to(np.arange(ordered.shape[-1]), ordered.shape)
    first: NDArray[np.int64] = np.maximum.accumulate(np.where(new, positions, 0), axis=-1)
    ranked = first + 1.0
    if np.isnan(ordered[..., -1:]).any():
        ranked[np.isnan(ordered)] = np.nan
    result = np.empty(scores.shape)
    np.put_along_axis(result, order, ranked, axis=-1)
    return result


def _round_digits(values: Floats) -> Floats:
    return np.array([float(f"{value:.{DIGITS - 1}e}") for value in values.tolist()])
