"""What may be told of counts over institutions, so that none of 1 to 4 can be worked out."""

from __future__ import annotations

from collections.abc import Sequence

Bounds = tuple[int, int]

SMALLEST_SHOWN = 5
FEW = "<5"  # the sign of a hidden count
FEWEST_CANDIDATES = 3  # values that a hidden count may have at least
TELLABLE = 2 * SMALLEST_SHOWN  # below, a blank beside a known whole would be unique if "<5" were told from it


def bounds(count: int) -> Bounds:
    """What may be told of a count: itself, or 1 to 4."""
    return (1, SMALLEST_SHOWN - 1) if _is_few(count) else (count, count)


def bounds_of_part(count: int, whole: int) -> Bounds:
    """What may be told of a count out of a whole: itself, unless it or the rest is 1 to 4."""
    if _is_few(whole):
        return 0, SMALLEST_SHOWN - 1
    if not _is_few(count) and not _is_few(whole - count):
        return count, count
    if whole < TELLABLE:
        return 1, whole - 1
    return bounds(count) if _is_few(count) else (whole - SMALLEST_SHOWN + 1, whole - 1)


def protect_counts(counts: Sequence[int], total: Bounds) -> list[Bounds]:
    """What may be told of counts that add up to a total of which ``total`` is told.

    Counts 1 to 4 are hidden, then the smallest others, until each hidden count, and the total unless it is
    told exactly, has at least three possible values. Zeros stay, except where only hiding all of them helps or
    the total may be zero itself.
    """
    low, high = total
    if low == 0 < high:
        return [(0, high)] * len(counts)
    hidden = {position for position, count in enumerate(counts) if _is_few(count)}
    while not _is_safe(counts, hidden, total):
        shown = [position for position, count in enumerate(counts) if count and position not in hidden]
        if not shown:
            return [(0, high)] * len(counts)
        hidden.add(min(shown, key=lambda position: (counts[position], position)))
    most = high - _sum_shown(counts, hidden) - len(hidden) + 1
    return [(1, most) if position in hidden else (count, count) for position, count in enumerate(counts)]


def _is_safe(counts: Sequence[int], hidden: set[int], total: Bounds) -> bool:
    low, high = total
    if not hidden:
        return low == high
    most = high - _sum_shown(counts, hidden)
    least = max(low - _sum_shown(counts, hidden), len(hidden))
    room = most - (len(hidden) if len(hidden) > 1 else least)
    return room >= FEWEST_CANDIDATES - 1


def _sum_shown(counts: Sequence[int], hidden: set[int]) -> int:
    return sum(count for position, count in enumerate(counts) if position not in hidden)


def _is_few(count: int) -> bool:
    return 0 < count < SMALLEST_SHOWN
