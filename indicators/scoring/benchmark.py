"""The gap to a benchmark: in points and in whole people, exact on the counts; and the verdict with its margin."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
SAFE = 2**62  # products below it may still be added in 64 bits
FRAGILE_AT_LEAST = 2


def times(counts: Array, factor: int) -> Array:
    """Counts · factor; in Python's integers where 64 bits might not hold the product."""
    largest = int(np.abs(counts).max(initial=1))
    is_safe = largest * abs(factor) < SAFE
    return counts * factor if is_safe else counts.astype(object) * factor


def _people(counts: Array) -> Array:
    """Counts of people, none negative."""
    people: Array = np.maximum(counts, 0).astype(np.int64)
    return people


def replacement(part: Array, whole: Array, line: Fraction) -> Array:
    """max(0, ⌈b·N⌉ − F): how many of the present N would have to change for the share to reach b.

    ``line`` is b as a share. Integers throughout.
    """
    return _people(-(times(whole, -line.numerator) // line.denominator) - part)


def addition(part: Array, whole: Array, line: Fraction) -> Array | None:
    """max(0, ⌈(b·N − F)/(1 − b)⌉): how many more, all counting, reach b; None where b = 1 can never be reached."""
    if line >= 1:
        return None
    lacking = times(whole, line.numerator) - times(part, line.denominator)
    return _people(-(-lacking // (line.denominator - line.numerator)))


def reduction(part: Array, whole: Array, line: Fraction) -> Array:
    """max(0, F − ⌊b·N⌋): lower is better, how many would have to leave the part."""
    return _people(part - times(whole, line.numerator) // line.denominator)


def dilution(part: Array, whole: Array, line: Fraction) -> Array | None:
    """max(0, ⌈F/b⌉ − N): lower is better, how many more outside the part; None where b = 0."""
    if line <= 0:
        return None
    return _people(-(times(part, -line.denominator) // line.numerator) - whole)


def gap_in_people(part: Array, whole: Array, line: Fraction, *, lower_is_better: bool) -> tuple[Array, Array | None]:
    """(replace, add) for a line b given as a share in 0..1.

    ``part`` and ``whole`` are counts. Raises ValueError for a line outside 0..1.
    """
    if not 0 <= line <= 1:
        raise ValueError(f"a share lies between 0 and 1, not at {line}")
    if lower_is_better:
        return reduction(part, whole, line), dilution(part, whole, line)
    return replacement(part, whole, line), addition(part, whole, line)


@dataclass(frozen=True)
class Verdict:
    """Met or not, with the margin in people: to spare where positive, lacking where negative."""

    met: Array
    margin: Array


def verdict(part: Array, whole: Array, line: Fraction, *, lower_is_better: bool) -> Verdict:
    """The exact verdict on counts; the margin is how many may go (or are lacking) before it turns."""
    if lower_is_better:
        spare = times(whole, line.numerator) // line.denominator - part
    else:
        spare = part + times(whole, -line.numerator) // line.denominator
    spare = spare.astype(np.int64)
    return Verdict(spare >= 0, spare)


def is_fragile(margin: Array, met: Array, hires: Array) -> Array:
    """Met with a margin no larger than last year's foreign hires, at least two."""
    return met & (margin <= np.maximum(hires, FRAGILE_AT_LEAST))
