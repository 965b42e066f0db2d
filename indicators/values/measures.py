"""The declared kinds of measure, from sums to exact ratios. Integers in, integers out; nothing is rounded."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from indicators.catalogue.declarations import Indicator
from indicators.catalogue.load_catalogue import Catalogue
from indicators.catalogue.measure_kinds import Concentration, Difference, EffectiveNumber, LevelsReached, WeightedLevel
from indicators.values.dictionary_encoding import SHORT, chosen_positions, positions
from indicators.values.diversity import Parts, concentration, effective_number
from indicators.values.sums import EntitySums, Sums
from indicators.values.tables import NO_SOURCE, RANK, ZERO_DENOMINATOR, A, Tables

Array = np.ndarray[Any, Any]
FULL_LEVEL = 3
MET_LEVEL = 2
NOT_ASKED = -1


# the checklist as a matrix


@dataclass(frozen=True)
class ChecklistMatrix:
    """Counted level and status rank (``NOT_ASKED`` where there is no answer) of every entity and item."""

    level: Array
    rank: Array


def checklist_matrix(tables: Tables, items: Sequence[str]) -> ChecklistMatrix:
    """The checklist with one row an entity (units have none) and one column an item of ``items``."""
    count = 2 * tables.submissions
    level, rank = np.zeros(len(items) * count, dtype=RANK), np.full(len(items) * count, NOT_ASKED, dtype=RANK)
    frame = tables.frames.get("checklist")
    if frame is not None:
        column = positions(frame["item"], items)
        known = chosen_positions(column >= 0)
        cell = (column * count + frame["entity"].to_numpy(np.int64))[known]
        level[cell] = frame["counted"].to_numpy()[known]
        rank[cell] = frame["counted__rank"].to_numpy()[known]
    # One item after the other in memory: items are chosen, and sums go over them.
    return ChecklistMatrix(level.reshape(len(items), count).T, rank.reshape(len(items), count).T)


# ratios


@dataclass(frozen=True)
class Ratio:
    """Numerator and denominator of an indicator for every entity, and what keeps it from being a number.

    ``scale`` is what the integers were multiplied by; ``items`` and ``items_met`` count applicable checklist
    items and those at level 2 or more; ``whole_rank`` is the status rank of the denominator by itself. Where the
    number is no ratio of the two, ``value`` is the number in the unit. ``sides`` are part and whole of the first share
    and of the second where it is a difference of two groups that have nobody in common.
    """

    numerator: Array
    denominator: Array
    rank: Array
    seen: Array
    scale: int = 1
    items: Array | None = None
    items_met: Array | None = None
    whole_rank: Array | None = None
    value: Array | None = None
    sides: tuple[Array, ...] | None = None

    @cached_property
    def code(self) -> Array:
        """Position in ``STATUSES``."""
        return np.where((self.rank == 0) & (self.denominator <= 0), ZERO_DENOMINATOR, self.rank)

    @cached_property
    def is_whole_known(self) -> Array:
        """Whether the denominator is complete, so that a known part of the numerator is a lower bound."""
        return np.zeros(len(self.rank), dtype=bool) if self.whole_rank is None else self.whole_rank == 0


def ratio(part: Sums, whole: Sums, scales: tuple[int, int] = (1, 1)) -> Ratio:
    """Part over whole for each entity; the status is the worse of the two sums'.

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
    weight = np.array([item.weight for item in items])[chosen]
    level, rank = matrix.level.T[chosen], matrix.rank.T[chosen]
    is_asked = rank != NOT_ASKED
    applies = is_asked & (rank != A)
    sums = Sums(_weighted(weight, level), rank.max(axis=0), _smallest(rank), is_asked.any(axis=0))
    found = Ratio(
        numerator=sums.total,
        denominator=FULL_LEVEL * _weighted(weight, applies),
        rank=sums.rank,
        seen=sums.seen,
        items=applies.sum(axis=0, dtype=SHORT),
        items_met=((level >= MET_LEVEL) & applies).sum(axis=0, dtype=SHORT),
        whole_rank=np.zeros(len(matrix.level), dtype=RANK),
    )
    return _over_all_entities(found, count)


def _weighted(weight: Array, numbers: Array) -> Array:
    """Weighted sums of small whole numbers over the first axis; exact, since floats hold such sums."""
    found: Array = (weight.astype(float) @ numbers.astype(float)).astype(np.int64)
    return found


def levels_reached(spec: LevelsReached, matrix: ChecklistMatrix, count: int) -> Ratio:
    """Of the items the centre has at the threshold, how many the institution has brought to the centre's level.

    Only items asked for both scopes; of the institution and, the same number, of that centre. An item whose level at
    the centre is known to be lower does not matter, known or not for the institution.
    """
    half = len(matrix.level) // 2
    whole, centre = matrix.level[:half].T, matrix.level[half:].T
    rank_whole, rank_centre = matrix.rank[:half].T, matrix.rank[half:].T
    both = (rank_whole != NOT_ASKED) & (rank_centre != NOT_ASKED)
    is_lower = (rank_centre == 0) & (centre < spec.threshold)
    rank = np.where(both, np.where(is_lower, 0, np.maximum(rank_whole, rank_centre)), NOT_ASKED)
    asked = (rank == 0) & ~is_lower
    sums = Sums((asked & (whole >= centre)).sum(axis=0), rank.max(axis=0), _smallest(rank), both.any(axis=0))
    return _over_all_entities(_of_both(Ratio(sums.total, asked.sum(axis=0), sums.rank, sums.seen)), count)


def _smallest(rank: Array) -> Array:
    """Smallest rank among the items asked; one row an item."""
    smallest: Array = np.where(rank == NOT_ASKED, NO_SOURCE, rank).min(axis=0)
    return smallest


def _of_both(found: Ratio) -> Ratio:
    """What compares institutions with their centres, as of the institutions and then of the centres."""
    numerator, denominator, rank, seen = (
        np.tile(one, 2) for one in (found.numerator, found.denominator, found.rank, found.seen)
    )
    sides = None if found.sides is None else tuple(np.tile(side, 2) for side in found.sides)
    return Ratio(numerator, denominator, rank, seen, sides=sides)


def _over_all_entities(found: Ratio, count: int) -> Ratio:
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
        sides=None if found.sides is None else tuple(np.pad(s, (0, count - len(s))) for s in found.sides),
    )


def difference(spec: Difference, of: Ratio, submissions: int, minus: Ratio | None = None) -> Ratio:
    """a/b - c/d as an exact fraction in lowest terms, at institution level: one indicator at two levels, or two.

    What begins with the centre is of that centre too. ``rest`` is the institution minus the centre, numerator and
    denominator each; ``minus`` is the other indicator.
    """
    institution, centre = slice(0, submissions), slice(submissions, 2 * submissions)
    first = centre if spec.first == "centre" else institution
    other = of if minus is None else minus
    a, b = of.numerator[first], of.denominator[first]
    c, d = other.numerator[institution], other.denominator[institution]
    if spec.second == "rest":
        c, d = c - of.numerator[centre], d - of.denominator[centre]
    sides = (a, b, c, d) if spec.second == "rest" else None
    rank = np.maximum(of.rank[first], other.rank[institution])
    is_number = (rank == 0) & (b > 0) & (d > 0)
    (a, b), (c, d) = _lowest(a, np.where(is_number, b, 1)), _lowest(c, np.where(is_number, d, 1))
    top, bottom = _lowest(a * d - c * b, b * d)
    seen = of.seen[first] & other.seen[institution]
    found = Ratio(np.where(is_number, top, 0), np.where(is_number, bottom, 0), rank, seen, sides=sides)
    return _over_all_entities(_of_both(found) if spec.first == "centre" else found, len(of.rank))


def _lowest(top: Array, bottom: Array) -> tuple[Array, Array]:
    common = np.maximum(np.gcd(top, bottom), 1)
    return top // common, bottom // common


# what is divided into kinds


def diversity_ratio(indicator: Indicator, sums: EntitySums) -> Ratio:
    """An effective number or a concentration for every entity.

    The denominator is what is divided (persons, money), the numerator the number of kinds that occur.
    """
    spec = indicator.measure.mixed
    if spec is None:
        raise ValueError(f"{indicator.id}: nothing is divided")
    whole = sums[spec.term, indicator]
    rows = sums.rows(spec.term, indicator)
    parts = _parts(rows, spec, len(whole.total))
    value = effective_number(parts, spec.order) if isinstance(spec, EffectiveNumber) else 100 * concentration(parts)
    rank = np.maximum(whole.rank, _unclear(rows, spec.by, len(whole.total)))
    known = rank == 0
    return Ratio(np.where(known, parts.kinds, 0), whole.total, rank, whole.seen, value=value)


def _unclear(rows: pd.DataFrame, by: str, count: int) -> Array:
    """The worst status rank among the kinds of the rows of each entity."""
    rank = np.zeros(count, dtype=RANK)
    if f"{by}__unclear" in rows:
        np.maximum.at(rank, rows["entity"].to_numpy(np.int64), rows[f"{by}__unclear"].to_numpy())
    return rank


def _parts(rows: pd.DataFrame, spec: EffectiveNumber | Concentration, count: int) -> Parts:
    column, by = spec.of.split(".")[1], spec.by
    if by not in rows:
        return Parts(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), count)
    grouped = rows.groupby(["entity", by])[column].sum()
    return Parts(grouped.index.get_level_values(0).to_numpy(np.int64), grouped.to_numpy(np.int64), count)


# all of them


def measure_all(tables: Tables, catalogue: Catalogue, keys: Collection[str] | None = None) -> dict[str, Ratio]:
    """The exact ratio of every indicator by each definition, by key in catalogue order.

    ``keys``: only these and what they refer to; all where it is left out. Those that refer to others are
    measured last.
    """
    chosen = catalogue.measured.keys() if keys is None else _with_referred(keys, catalogue)
    wanted = {key: one for key, one in catalogue.measured.items() if key in chosen}
    sums = EntitySums(tables, catalogue, wanted.values())
    matrix = checklist_matrix(tables, [item.code for item in catalogue.dictionary.checklist.items])
    measured: dict[str, Ratio] = {}
    for key, indicator in sorted(wanted.items(), key=lambda pair: pair[1].measure.difference is not None):
        measured[key] = measure(indicator, tables, catalogue, sums, matrix, measured)
    return {key: measured[key] for key in wanted}


def _with_referred(keys: Iterable[str], catalogue: Catalogue) -> set[str]:
    """The keys and those of the indicators of which they are differences."""
    found = set(keys)
    for key in keys:
        difference = catalogue.measured[key].measure.difference
        found |= set(difference.names) if difference is not None else set()
    return found


def not_measured(count: int) -> Ratio:
    """The ratio of what nobody was asked, for every entity."""
    nothing = np.zeros(count, dtype=np.int64)
    return Ratio(nothing, nothing, np.full(count, NO_SOURCE, dtype=RANK), np.zeros(count, dtype=bool))


def measure(
    indicator: Indicator,
    tables: Tables,
    catalogue: Catalogue,
    sums: EntitySums,
    matrix: ChecklistMatrix,
    others: Mapping[str, Ratio],
) -> Ratio:
    """The exact ratio of one indicator for every entity. ``others``: ratios that differences refer to."""
    spec = indicator.measure
    if spec.pair is not None:
        part, whole = spec.pair.part, spec.pair.whole
        return ratio(sums[part, indicator], sums[whole, indicator], (sums.scale(part), sums.scale(whole)))
    if spec.plain is not None:
        own, scale = sums[spec.plain, indicator], sums.scale(spec.plain)
        one = np.full(len(own.total), scale)
        return Ratio(own.total, one, own.rank, own.seen, scale, whole_rank=np.zeros_like(own.rank))
    if spec.mixed is not None:
        return diversity_ratio(indicator, sums)
    if spec.weighted_level is not None:
        return weighted_level(spec.weighted_level, matrix, catalogue, len(tables.entities))
    if spec.levels_reached is not None:
        return levels_reached(spec.levels_reached, matrix, len(tables.entities))
    if spec.difference is not None:
        minus = others[spec.difference.minus] if spec.difference.minus is not None else None
        return difference(spec.difference, others[spec.difference.of], tables.submissions, minus)
    raise ValueError(f"{indicator.id}: no measure")
