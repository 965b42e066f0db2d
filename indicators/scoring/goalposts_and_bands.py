"""Scores between fixed goalposts, bands, and pillars with coverage. Nobody's score moves because others join."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np

from indicators.catalogue.declarations import Indicator, Level
from indicators.catalogue.load_catalogue import Catalogue
from indicators.scoring.benchmark import times
from indicators.values.dictionary_encoding import DictionaryColumn

Array = np.ndarray[Any, Any]
BAND_EDGES: tuple[tuple[int, int], ...] = ((5, 100), (4, 75), (3, 50), (2, 25))
NEEDED_COVERAGE = Fraction(2, 3)
WIDEST = 63  # as many elements fit as bits into a whole number
LEAVE_BOTH = ("a", "zero_denominator")  # neither present nor applicable


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
    benchmark = catalogue.benchmark(indicator.id, post.target.benchmark or "")
    entries = benchmark.in_force(on)
    lines = [entry.line(benchmark.comparison) for entry in entries]
    known = [line for line in lines if line is not None]
    return Goal(post.floor, known[-1], post.kind) if known else None


def score(value: Array, goal: Goal) -> Array:
    """100 · clip((x − floor)/(target − floor), 0, 1); NaN stays NaN."""
    span = float(goal.target - goal.floor)
    return 100.0 * np.clip((value - float(goal.floor)) / span, 0.0, 1.0)


def band_of_score(points: Array) -> Array:
    """Band 1 to 5 of scores already computed (used on interval ends); 0 where the score is NaN."""
    bands = np.ones(points.shape, dtype=np.int64)
    for band, edge in reversed(BAND_EDGES):
        bands = np.where(points >= edge, band, bands)
    return np.where(np.isnan(points), 0, bands)


def exact_band(part: Array, whole: Array, goal: Goal, per: int = 100) -> Array:
    """Band 1 to 5 decided on integers: score ≥ edge ⇔ (per·F/N − floor)·100 ≥ edge·(target − floor).

    ``whole`` is positive wherever the band is used.
    """
    span, floor = goal.target - goal.floor, goal.floor
    sign = 1 if span > 0 else -1
    own = times(part, per * 100 * sign * floor.denominator * span.denominator)
    own = own - times(whole, floor.numerator * 100 * sign * span.denominator)
    bands = np.ones(part.shape, dtype=np.int64)
    for band, edge in reversed(BAND_EDGES):
        bands = np.where(own >= times(whole, edge * span.numerator * sign * floor.denominator), band, bands)
    return bands


def printed_band(band: Array, lowest: Array, highest: Array) -> Array:
    """A band as printed: one, or two where the reference interval covers two, None where it covers more.

    ``lowest`` and ``highest`` are the bands of the interval's ends, 0 where there is no interval.
    """
    return np.array(PRINTED, dtype=object)[printed_position(band, lowest, highest)]


def printed_position(band: Array, lowest: Array, highest: Array) -> Array:
    """The position in ``PRINTED`` of what ``printed_band`` gives; 0 is None."""
    has_interval = (lowest > 0) & (highest > 0)
    low, high = np.where(has_interval, lowest, band), np.where(has_interval, highest, band)
    return low * BANDS + high


BANDS = 6  # 1 to 5, and 0 for none


def _band_text(low: int, high: int) -> str | None:
    """The printed form of a lowest and a highest band."""
    if low == 0 or high - low not in (0, 1):
        return None
    return str(low) if low == high else f"{low}–{high}"


PRINTED = [_band_text(low, high) for low in range(BANDS) for high in range(BANDS)]


@dataclass(frozen=True)
class Elements:
    """The indicators of a pillar at many entities: arrays of one row an indicator and one column an entity.

    ``score`` is NaN where there is none; ``kind`` is ``score``, ``direction``, ``reference`` or None, as text or
    as DictionaryColumn; ``applies``
    is False where the weight does not count at all (not applicable, or too small to score), ``exists`` where
    the indicator is not measured at the entity. ``weight`` has one whole number an indicator.
    """

    ids: Sequence[str]
    weight: Array
    score: Array
    kind: Array | DictionaryColumn
    applies: Array
    exists: Array

    def of_kind(self, kind: str) -> Array:
        """Which elements are measured and of this kind."""
        own: Array = (
            self.kind.codes == self.kind.texts.index(kind)
            if isinstance(self.kind, DictionaryColumn)
            else self.kind == kind
        )
        return own & self.exists


@dataclass(frozen=True)
class PillarScores:
    """A pillar at many entities: score with kind, coverage as weights, what was dropped, bounds, and why no score."""

    score: Array
    kind: Array
    present: Array
    applicable: Array
    dropped: Array
    lower: Array
    upper: Array
    reason: Array


@dataclass(frozen=True)
class PillarWords:
    """As ``PillarScores``; for many entities, at which few different texts stand."""

    score: Array
    kind: DictionaryColumn
    present: Array
    applicable: Array
    dropped: DictionaryColumn
    lower: Array
    upper: Array
    reason: DictionaryColumn

    def decode(self) -> PillarScores:
        """The same with texts as arrays of objects."""
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        return PillarScores(
            **{name: one.decode() if isinstance(one, DictionaryColumn) else one for name, one in given.items()}
        )


def pillar_scores(elements: Elements) -> PillarScores:
    """Weighted arithmetic mean of the elements of one kind that are present.

    ``score`` elements decide; where an entity has only ``direction`` elements the mean is theirs. Needs two
    thirds of the applicable weight. Below full coverage the bounds take what is missing as 0 and as 100.
    """
    return pillars_in_words(elements).decode()


def pillars_in_words(elements: Elements) -> PillarWords:
    """As ``pillar_scores``, with kind, dropped and reason as DictionaryColumn."""
    is_score, is_direction = elements.of_kind("score"), elements.of_kind("direction")
    has_score, has_direction = is_score.any(axis=0), is_direction.any(axis=0)
    own = np.where(has_score, is_score, is_direction)
    applies = own & elements.applies
    here = applies & ~np.isnan(elements.score)
    present, applicable = elements.weight @ here, elements.weight @ applies
    is_covered = present * NEEDED_COVERAGE.denominator >= applicable * NEEDED_COVERAGE.numerator
    is_scored = (applicable > 0) & is_covered
    total = elements.weight @ np.where(here, elements.score, 0.0)
    is_bounded = is_scored & (present < applicable)
    return PillarWords(
        score=_divide_where(total, present, is_scored),
        kind=DictionaryColumn(np.where(has_score, 2, has_direction), (None, "direction", "score")),
        present=present,
        applicable=applicable,
        dropped=_names(elements.ids, own & ~here),
        lower=_divide_where(total, applicable, is_bounded),
        upper=_divide_where(total + 100.0 * (applicable - present), applicable, is_bounded),
        reason=_lack(is_scored, np.asarray(own.any(axis=0)), applicable),
    )


LACKS = ("no_goalpost", "status", "coverage", None)


def _lack(is_scored: Array, has_elements: Array, applicable: Array) -> DictionaryColumn:
    """Why a pillar has no score: no element is scored, none applies, or too few are there."""
    lack = np.where(has_elements, np.where(applicable > 0, 2, 1), 0)
    return DictionaryColumn(np.where(is_scored, LACKS.index(None), lack), LACKS)


def _divide_where(top: Array, bottom: Array, keep: Array) -> Array:
    quotient = np.full(len(top), np.nan)
    np.divide(top, bottom, out=quotient, where=keep)
    return quotient


def _names(ids: Sequence[str], chosen: Array) -> DictionaryColumn:
    """For each entity the ids of the chosen elements, joined by blanks."""
    powers = np.array([1 << position for position in range(len(ids))], dtype=np.int64 if len(ids) < WIDEST else object)
    patterns, which = np.unique(powers @ chosen, return_inverse=True)
    texts = [
        " ".join(name for position, name in enumerate(ids) if pattern >> position & 1) for pattern in patterns.tolist()
    ]
    return DictionaryColumn(which, texts)
