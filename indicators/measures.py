"""The declared kinds of measure, from sums to exact ratios. Integers in, integers out; nothing is rounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from indicators.catalogue import Catalogue
from indicators.frames import positions
from indicators.indicator import Difference, Indicator, LevelsReached, WeightedLevel
from indicators.sums import NO_SOURCE, ZERO_DENOMINATOR, A, PlaceSums, Sums, Tables, table_of

Array = np.ndarray[Any, Any]
FULL_LEVEL = 3
MET_LEVEL = 2
NOT_ASKED = -1


# the checklist as a matrix


@dataclass(frozen=True)
class ChecklistMatrix:
    """Counted level and status rank (``NOT_ASKED`` where there is no answer) of every place and item."""

    level: Array
    rank: Array


def checklist_matrix(tables: Tables, items: Sequence[str]) -> ChecklistMatrix:
    """The checklist with one row a place (units have none) and one column an item of ``items``."""
    shape = (2 * tables.submissions, len(items))
    level, rank = np.zeros(shape, dtype=np.int64), np.full(shape, NOT_ASKED)
    frame = tables.frames.get("checklist")
    if frame is not None:
        column = positions(frame["item"], items)
        known = column >= 0
        place = frame["place"].to_numpy(np.int64)[known], column[known]
        level[place] = frame["counted"].to_numpy(np.int64)[known]
        rank[place] = frame["counted__rank"].to_numpy(np.int64)[known]
    return ChecklistMatrix(level, rank)


# ratios


@dataclass(frozen=True)
class Ratio:
    """Numerator and denominator of an indicator for every place, and what keeps it from being a number.

    ``scale`` is what the integers were multiplied by; ``items`` and ``items_met`` count applicable checklist
    items and those at level 2 or more; ``whole_rank`` is the status rank of the denominator by itself.
    """

    numerator: Array
    denominator: Array
    rank: Array
    seen: Array
    scale: int = 1
    items: Array | None = None
    items_met: Array | None = None
    whole_rank: Array | None = None

    @cached_property
    def is_whole_known(self) -> Array:
        """Whether the denominator is complete, so that a known part of the numerator is a lower bound."""
        return np.zeros(len(self.rank), dtype=bool) if self.whole_rank is None else self.whole_rank == 0

    @cached_property
    def code(self) -> Array:
        """Position in ``STATUSES``."""
        return np.where((self.rank == 0) & (self.denominator <= 0), ZERO_DENOMINATOR, self.rank)


def ratio(part: Sums, whole: Sums, scales: tuple[int, int] = (1, 1)) -> Ratio:
    """Part over whole for each place; the status is the worse of the two sums'.

    ``scales``: what the integers of part and whole were multiplied by; both come out at the larger one.
    """
    scale = max(scales)
    return Ratio(
        part.total * (scale // scales[0]),
        whole.total * (scale // scales[1]),
        np.maximum(part.rank, whole.rank),
        part.seen & whole.seen,
        scale,
        whole_rank=whole.rank,
    )


def weighted_level(spec: WeightedLevel, matrix: ChecklistMatrix, catalogue: Catalogue, count: int) -> Ratio:
    """Attained over attainable points of the items of some groups, on counted levels.

    Items that do not apply leave both; an item not known makes the score not known.
    """
    items = catalogue.dictionary.checklist.items
    chosen = np.array([item.group in spec.groups for item in items])
    weight = np.array([item.weight for item in items], dtype=np.int64)[chosen]
    level, rank = matrix.level[:, chosen], matrix.rank[:, chosen]
    applies = (rank != NOT_ASKED) & (rank != A)
    sums = Sums(level @ weight, rank.max(axis=1), _smallest(rank), (rank != NOT_ASKED).any(axis=1))
    found = Ratio(
        numerator=sums.total,
        denominator=FULL_LEVEL * (applies @ weight),
        rank=sums.rank,
        seen=sums.seen,
        items=applies.sum(axis=1),
        items_met=((level >= MET_LEVEL) & applies).sum(axis=1),
        whole_rank=np.zeros(len(level), dtype=np.int64),
    )
    return _over_all_places(found, count)


def levels_reached(spec: LevelsReached, matrix: ChecklistMatrix, count: int) -> Ratio:
    """Of the items the centre has at the threshold, how many the institution has brought to the centre's level.

    Only items asked for both scopes; at institution level. An item whose level at the centre is known to be
    lower does not matter, known or not for the institution.
    """
    half = len(matrix.level) // 2
    whole, centre = matrix.level[:half], matrix.level[half:]
    rank_whole, rank_centre = matrix.rank[:half], matrix.rank[half:]
    both = (rank_whole != NOT_ASKED) & (rank_centre != NOT_ASKED)
    is_lower = (rank_centre == 0) & (centre < spec.threshold)
    rank = np.where(both, np.where(is_lower, 0, np.maximum(rank_whole, rank_centre)), NOT_ASKED)
    asked = (rank == 0) & ~is_lower
    sums = Sums((asked & (whole >= centre)).sum(axis=1), rank.max(axis=1), _smallest(rank), both.any(axis=1))
    return _over_all_places(Ratio(sums.total, asked.sum(axis=1), sums.rank, sums.seen), count)


def _smallest(rank: Array) -> Array:
    """Smallest rank among the items asked."""
    smallest: Array = np.where(rank == NOT_ASKED, NO_SOURCE, rank).min(axis=1)
    return smallest


def _over_all_places(found: Ratio, count: int) -> Ratio:
    """A ratio of the first places as one of all; the others have none."""

    def longer(values: Array | None, fill: int = 0) -> Array | None:
        return None if values is None else np.pad(values, (0, count - len(values)), constant_values=fill)

    return Ratio(
        np.pad(found.numerator, (0, count - len(found.numerator))),
        np.pad(found.denominator, (0, count - len(found.denominator))),
        np.pad(found.rank, (0, count - len(found.rank)), constant_values=NO_SOURCE),
        np.pad(found.seen, (0, count - len(found.seen))),
        items=longer(found.items),
        items_met=longer(found.items_met),
        whole_rank=longer(found.whole_rank),
    )


def difference(spec: Difference, of: Ratio, submissions: int) -> Ratio:
    """One indicator at two levels: a/b - c/d as an exact fraction in lowest terms, at institution level.

    ``rest`` is the institution minus the centre, numerator and denominator each.
    """
    institution, centre = slice(0, submissions), slice(submissions, 2 * submissions)
    first = centre if spec.first == "centre" else institution
    a, b = of.numerator[first], of.denominator[first]
    c, d = of.numerator[institution], of.denominator[institution]
    if spec.second == "rest":
        c, d = c - of.numerator[centre], d - of.denominator[centre]
    rank = np.maximum(of.rank[first], of.rank[institution])
    is_number = (rank == 0) & (b > 0) & (d > 0)
    (a, b), (c, d) = _lowest(a, np.where(is_number, b, 1)), _lowest(c, np.where(is_number, d, 1))
    top, bottom = _lowest(a * d - c * b, b * d)
    seen = of.seen[first] & of.seen[institution]
    found = Ratio(np.where(is_number, top, 0), np.where(is_number, bottom, 0), rank, seen)
    return _over_all_places(found, len(of.rank))


def _lowest(top: Array, bottom: Array) -> tuple[Array, Array]:
    common = np.maximum(np.gcd(top, bottom), 1)
    return top // common, bottom // common


def measure_all(tables: Tables, catalogue: Catalogue) -> dict[str, Ratio]:
    """The exact ratio of every indicator, in catalogue order; those that refer to others are measured last."""
    sums = PlaceSums(tables, catalogue)
    matrix = checklist_matrix(tables, [item.code for item in catalogue.dictionary.checklist.items])
    measured: dict[str, Ratio] = {}
    for indicator in sorted(catalogue.indicators.values(), key=lambda i: i.measure.difference is not None):
        measured[indicator.id] = measure(indicator, tables, catalogue, sums, matrix, measured)
    return {name: measured[name] for name in catalogue.indicators}


def measure(
    indicator: Indicator,
    tables: Tables,
    catalogue: Catalogue,
    sums: PlaceSums,
    matrix: ChecklistMatrix,
    others: Mapping[str, Ratio],
) -> Ratio:
    """The exact ratio of one indicator for every place. ``others``: ratios that differences refer to."""
    spec = indicator.measure
    pair = spec.share or spec.rate
    if pair is not None:
        scales = tables.scale.get(table_of(pair.part), 1), tables.scale.get(table_of(pair.whole), 1)
        return ratio(sums[pair.part, indicator], sums[pair.whole, indicator], scales)
    if spec.number is not None:
        own, scale = sums[spec.number, indicator], tables.scale.get(table_of(spec.number), 1)
        one = np.full(len(own.total), scale)
        return Ratio(own.total, one, own.rank, own.seen, scale, whole_rank=np.zeros_like(one))
    if spec.weighted_level is not None:
        return weighted_level(spec.weighted_level, matrix, catalogue, len(tables.places))
    if spec.levels_reached is not None:
        return levels_reached(spec.levels_reached, matrix, len(tables.places))
    if spec.difference is not None:
        return difference(spec.difference, others[spec.difference.of], tables.submissions)
    raise ValueError(f"{indicator.id}: no measure")
