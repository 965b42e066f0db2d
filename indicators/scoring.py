"""Scores between fixed goalposts, bands, and pillars with coverage. Nobody's score moves because others join."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np

from indicators.catalogue import Catalogue
from indicators.indicator import Indicator, Level

Array = np.ndarray[Any, Any]
BAND_EDGES: tuple[tuple[int, int], ...] = ((5, 100), (4, 75), (3, 50), (2, 25))
BAND_DENOMINATOR = 20  # no band below this many people or papers
BAND_ITEMS = 10  # nor below this many applicable checklist items
NEEDED_COVERAGE = Fraction(2, 3)
LEAVE_BOTH = frozenset({"a", "zero_denominator"})


@dataclass(frozen=True)
class Goal:
    """Goalposts resolved for a date: exact floor and target, and the kind of score they give."""

    floor: Fraction
    target: Fraction
    kind: str


def goal_for(indicator: Indicator, level: Level, catalogue: Catalogue, on: date) -> Goal | None:
    """The goalposts of an indicator at a level on a date; None where it has none in force."""
    post = indicator.goalposts.get(level)
    if post is None:
        return None
    if post.target.scale_end is not None:
        return Goal(post.floor, post.target.scale_end, post.kind)
    entries = catalogue.benchmark(indicator.id, post.target.benchmark or "").in_force(on)
    values = [entry.value for entry in entries if entry.value is not None]
    return Goal(post.floor, values[-1], post.kind) if values else None


def score(value: Array, goal: Goal) -> Array:
    """100 · clip((x − floor)/(target − floor), 0, 1); NaN stays NaN (METHODS 5)."""
    span = float(goal.target - goal.floor)
    return 100.0 * np.clip((value - float(goal.floor)) / span, 0.0, 1.0)


def band_of_score(points: Array) -> Array:
    """Band 1 to 5 of scores already computed (used on interval ends); 0 where the score is NaN."""
    bands = np.ones(points.shape, dtype=np.int64)
    for band, edge in reversed(BAND_EDGES):
        bands = np.where(points >= edge, band, bands)
    return np.where(np.isnan(points), 0, bands)


def exact_band(part: Array, whole: Array, goal: Goal, per: int = 100) -> Array:
    """Band 1 to 5 decided on integers: score ≥ edge ⇔ (per·F/N − floor)·100 ≥ edge·(target − floor)."""
    span, floor = goal.target - goal.floor, goal.floor
    sign = 1 if span > 0 else -1
    left = (per * part * floor.denominator - floor.numerator * whole) * 100 * span.denominator * sign
    bands = np.ones(part.shape, dtype=np.int64)
    for band, edge in reversed(BAND_EDGES):
        right = edge * span.numerator * sign * whole * floor.denominator
        bands = np.where(left >= right, band, bands)
    return bands


def printed_band(band: Array, lowest: Array, highest: Array) -> list[str | None]:
    """A band as printed: one, or two where the reference interval covers two, none where it covers more."""
    printed: list[str | None] = []
    for own, low, high in zip(band.tolist(), lowest.tolist(), highest.tolist(), strict=True):
        if low == 0 or high == 0 or low == high:
            printed.append(str(own))
        else:
            printed.append(f"{low}–{high}" if high - low == 1 else None)
    return printed


@dataclass(frozen=True)
class Element:
    """An indicator's part in a pillar: its score and kind, its weight, and why it is missing, if it is."""

    id: str
    weight: int
    score: float | None
    kind: str | None
    status: str
    is_small: bool = False

    @property
    def applies(self) -> bool:
        """Whether its weight counts at all: not where it does not apply or is too small to score."""
        return self.status not in LEAVE_BOTH and not self.is_small


@dataclass(frozen=True)
class PillarScore:
    """A pillar at one level: score with kind, coverage as weights, what was dropped, and bounds."""

    score: float | None
    kind: str | None
    present: int
    applicable: int
    dropped: tuple[str, ...]
    bounds: tuple[float, float] | None
    reason: str | None


def pillar_score(elements: Sequence[Element]) -> PillarScore:
    """Weighted arithmetic mean of the elements of one kind that are present (METHODS 5).

    ``score`` elements decide; where a level has only ``direction`` elements the mean is theirs. Needs two
    thirds of the applicable weight. Below full coverage the bounds take what is missing as 0 and as 100.
    """
    kinds = {element.kind for element in elements}
    kind = "score" if "score" in kinds else "direction" if "direction" in kinds else None
    own = [element for element in elements if element.kind == kind]
    if kind is None:
        return PillarScore(None, None, 0, 0, (), None, "no_goalpost")
    applicable = [element for element in own if element.applies]
    present = [element for element in applicable if element.score is not None]
    dropped = tuple(element.id for element in own if element not in present)
    have, want = sum(e.weight for e in present), sum(e.weight for e in applicable)
    if not want or have * NEEDED_COVERAGE.denominator < want * NEEDED_COVERAGE.numerator:
        return PillarScore(None, kind, have, want, dropped, None, "coverage")
    total = sum(e.weight * (e.score or 0.0) for e in present)
    bounds = None if have == want else (total / want, (total + 100.0 * (want - have)) / want)
    return PillarScore(total / have, kind, have, want, dropped, bounds, None)
