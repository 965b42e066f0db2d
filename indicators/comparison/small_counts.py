"""What may be told of counts over institutions, so that none of 1 to 4 can be worked out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Bounds = tuple[int, int]

SMALLEST_SHOWN = 5
FEW = "<5"  # the sign of a hidden count
FEWEST_CANDIDATES = 3  # values that a hidden count may have at least
TELLABLE = 2 * SMALLEST_SHOWN  # below, a blank beside a known whole would be unique if "<5" were told from it


def bounds(count: int) -> Bounds:
    """What may be told of a count: itself, or 1 to 4."""
    return (1, SMALLEST_SHOWN - 1) if is_few(count) else (count, count)


def bounds_of_part(count: int, whole: int) -> Bounds:
    """What may be told of a count out of a whole: itself, unless it or the rest is 1 to 4."""
    if is_few(whole):
        return 0, SMALLEST_SHOWN - 1
    if not is_few(count) and not is_few(whole - count):
        return count, count
    if whole < TELLABLE:
        return 1, whole - 1
    return bounds(count) if is_few(count) else (whole - SMALLEST_SHOWN + 1, whole - 1)


def protect_counts(counts: Sequence[int], total: Bounds) -> list[Bounds]:
    """What may be told of counts that add up to a total of which ``total`` is told.

    Beside an exact total, counts 1 to 4 are hidden, with them the smallest others, then the next, until the sums
    alone leave each hidden count three possible values; beside another total all counts are. Others go with the few
    from the start, and equal ones together: otherwise who knows this rule could tell the few by nobody else having had
    to be hidden. Zeros stay, except where only hiding all of them helps, or the total is 1 to 4 or may be zero itself.
    """
    low, high = total
    limits = sorted({max(count, SMALLEST_SHOWN - 1) for count in counts if count})  # 1 to 4 are hidden as one
    if low == high and (not limits or limits[0] >= SMALLEST_SHOWN):
        return [(count, count) for count in counts]
    if low < high:
        limits = limits[-1:] if low and high >= SMALLEST_SHOWN else []
    for limit in limits[1:] or limits:
        hidden = sum(0 < count <= limit for count in counts)
        most = high - sum(count for count in counts if count > limit) - hidden + 1
        least = 1 if hidden > 1 else max(low - high + most, 1)
        if most - least >= FEWEST_CANDIDATES - 1:
            return [(1, most) if 0 < count <= limit else (count, count) for count in counts]
    return [(0, high)] * len(counts)


def is_few(counts: Any) -> Any:
    """Whether a count, or each of many, is 1 to 4."""
    return (counts > 0) & (counts < SMALLEST_SHOWN)
