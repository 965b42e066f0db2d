"""The interval of a difference of two shares, in which the chance of both sides counts."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
SIDES = (None, "above", "below", "indistinguishable")
Estimate = tuple[Any, Any, Any]  # value, lower end, upper end


def difference_interval(first: Estimate, second: Estimate) -> tuple[Array, Array]:
    """95 % interval of first - second for independent estimates, each given with the ends of its own 95 % interval.

    With Wilson intervals of two shares this is the hybrid score interval. NaN where an end is NaN. Arrays broadcast.

    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions: comparison of
    eleven methods. Statistics in Medicine 17, 873-890 (method 10). Zou, G. Y. and Donner, A. (2008). Construction of
    confidence limits about effect measures: a general approach. Statistics in Medicine 27, 1693-1702 (any estimates).
    """
    (one, one_low, one_high), (two, two_low, two_high) = (
        tuple(np.asarray(part, dtype=float) for part in estimate) for estimate in (first, second)
    )
    low = one - two - np.sqrt((one - one_low) ** 2 + (two_high - two) ** 2)
    high = one - two + np.sqrt((one_high - one) ** 2 + (two - two_low) ** 2)
    return low, high


def side_of(low: Array, high: Array) -> Array:
    """``above`` or ``below`` where the interval of a difference excludes zero, else ``indistinguishable``.

    None where there is no interval (NaN).
    """
    return np.array(SIDES, dtype=object)[side_positions(low, high)]


def side_positions(low: Array, high: Array) -> Array:
    """As ``side_of``, as positions in SIDES."""
    is_known = ~(np.isnan(low) | np.isnan(high))
    above, below, neither = (SIDES.index(side) for side in ("above", "below", "indistinguishable"))
    return np.where(is_known, np.where(low > 0, above, np.where(high < 0, below, neither)), SIDES.index(None))
