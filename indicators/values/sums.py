"""Sums over prepared tables for each submission and level, with the status that goes with each.

Every row already has the integer entity to which it belongs (preparation says which), so that nothing is grouped:
plain arrays, one element an entity.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from typing import Any

import numpy as np
import pandas as pd

from indicators.catalogue.declarations import Indicator
from indicators.catalogue.load_catalogue import Catalogue
from indicators.catalogue.measure_kinds import Term
from indicators.values.dictionary_encoding import chosen_positions, positions
from indicators.values.tables import NC, NO_SOURCE, RANK, A, C, Tables

Array = np.ndarray[Any, Any]
BAND_DENOMINATOR = 20  # no band below this many people or papers
BAND_ITEMS = 10  # nor below this many applicable checklist items


@dataclass(frozen=True)
class Sums:
    """Sums for every entity: total, and the largest and smallest status rank among the summands."""

    total: Array
    worst: Array
    best: Array
    seen: Array

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.total + other.total,
            np.maximum(self.worst, other.worst),
            np.minimum(self.best, other.best),
            self.seen & other.seen,
        )

    @cached_property
    def rank(self) -> Array:
        """Status rank: all ``a`` is ``a``; else the worst code; ``a`` beside numbers counts as nothing."""
        return np.where(self.worst >= C, self.worst, (self.best == A) * RANK(A))


TermKey = tuple[str, str, str, str]  # table, way, column or columns, rows


class EntitySums:
    """The sums that the terms of ``indicators`` need; those over the same rows are taken in one pass."""

    def __init__(self, tables: Tables, catalogue: Catalogue, indicators: Iterable[Indicator]) -> None:
        self._tables = tables
        self._catalogue = catalogue
        self._found: dict[TermKey, Sums] = {}
        self._answered: dict[str, set[str]] = {}
        for f in catalogue.dictionary.fields.values():
            self._answered.setdefault(f.table, set()).add(f.column)
        wanted: dict[tuple[str, str], tuple[Term, dict[str, Sequence[Any]], set[str]]] = {}
        for indicator in indicators:
            for term in indicator.measure.terms:
                where = self._rows(term, indicator)
                if term.way == "distinct":
                    self._found[self._key(term, where)[0]] = self._distinct(term, where)
                else:
                    columns = wanted.setdefault((term.table, repr(where)), (term, where, set()))[2]
                    columns.update(summed_columns(term))
        for (table, rows), (term, where, columns) in wanted.items():
            for column, sums in self._sums(term, where, columns).items():
                self._found[table, "sum", column, rows] = sums

    def __getitem__(self, key: tuple[Term, Indicator]) -> Sums:
        term, indicator = key
        found = []
        for part in term.parts:
            times = self.scale(term) // self.scale(part)
            names = self._key(part, self._rows(part, indicator))
            found += [self._apply_condition(part, self._found[name], times) for name in names]
        return reduce(Sums.__add__, found)

    def _apply_condition(self, part: Term, own: Sums, times: int) -> Sums:
        """Sums multiplied by ``times``, with the code ``a`` where the question does not apply to the institution."""
        refused = [self._tables.refused[name] for name in part.fields if name in self._tables.refused]
        if not refused and times == 1:
            return own
        is_refused = np.zeros(len(own.total), dtype=bool)
        if refused:
            is_refused[: self._tables.submissions] = np.logical_or.reduce(refused)
        return Sums(
            np.where(is_refused, 0, own.total * times),
            np.where(is_refused, A, own.worst),
            np.where(is_refused, A, own.best),
            own.seen | is_refused,
        )

    def scale(self, term: Term) -> int:
        """What the integers of a term are multiplied by; counts of rows are not."""
        return max(self._tables.scale.get(part.table, 1) if part.way == "sum" else 1 for part in term.parts)

    def _key(self, term: Term, where: Mapping[str, Sequence[Any]]) -> list[TermKey]:
        if term.way == "distinct":
            return [(term.table, "distinct", " ".join(term.columns), repr(where))]
        return [(term.table, "sum", column, repr(where)) for column in summed_columns(term)]

    def rows(self, term: Term, indicator: Indicator) -> pd.DataFrame:
        """The rows that a term sums, with what is not known set aside (see ``chosen_rows``)."""
        frame = self._tables.frames.get(term.table)
        if frame is None or not {f"{column}__rank" for column in summed_columns(term)} <= set(frame):
            return pd.DataFrame({"entity": np.zeros(0, dtype=np.int64)})
        kept, lost = chosen_rows(frame, self._rows(term, indicator))
        own, lost = frame[kept], lost[kept]
        numbers = {name: set_aside(own, name, lost) for name in summed_columns(term)}
        return own.assign(**{name: total for name, (total, _) in numbers.items()})

    def _rows(self, term: Term, indicator: Indicator) -> dict[str, Sequence[Any]]:
        """The rows of a term: of its codes, of the indicator's years, counted in the indicator's way."""
        where: dict[str, Sequence[Any]] = dict(self._catalogue.rows_where(term))
        frame = self._tables.frames.get(term.table)
        if indicator.window is not None:
            where["offset"] = list(range(indicator.window[0], indicator.window[1] + 1))
        if frame is not None and "counting" in frame and indicator.counting != "-":
            where["counting"] = [indicator.counting]
        return where

    def _sums(self, term: Term, where: Mapping[str, Sequence[Any]], columns: Iterable[str]) -> dict[str, Sums]:
        frame = self._tables.frames.get(term.table)
        count = len(self._tables.entities)
        found: dict[str, Sums] = {}
        is_readable = frame is not None and set(where) <= set(frame)
        if frame is not None and is_readable and (asked := [c for c in columns if f"{c}__rank" in frame]):
            kept, lost = chosen_rows(frame, where)
            rows = chosen_positions(kept)
            entity = frame["entity"].to_numpy(np.int64)[rows]
            seen = np.bincount(entity, minlength=count) > 0
            for c in asked:
                numbers, rank = set_aside(frame, c, lost)
                found[c] = sums_by_entity(entity, numbers[rows], rank[rows], seen)
        none = no_sums(count)
        return {c: self._of_list(term, found.get(c, none), c in found) for c in columns}

    def _distinct(self, term: Term, where: Mapping[str, Sequence[Any]]) -> Sums:
        """How many different answers there are in some columns of the rows.

        A blank in the first column is not known; in a further one it is none.
        """
        frame = self._tables.frames.get(term.table)
        count = len(self._tables.entities)
        first, *others = [column for column in term.columns if frame is not None and column in frame] or [""]
        ranks = [f"{first}__unclear", *(f"{column}__blocked" for column in others)]
        if frame is None or first != term.columns[0] or not set(where) <= set(frame):
            return self._of_list(term, no_sums(count), is_readable=False)
        kept, lost = chosen_rows(frame, where)
        rank = np.maximum(lost, frame[ranks].max(axis=1).to_numpy())
        entity = frame["entity"].to_numpy(np.int64)
        seen = np.bincount(entity[kept], minlength=count) > 0
        found = sums_by_entity(entity[kept], np.zeros(int(kept.sum()), dtype=np.int64), rank[kept], seen)
        clear = frame[kept & (rank == 0)]
        answers = pd.concat(
            [clear[["entity", name]].set_axis(["entity", "answer"], axis=1) for name in [first, *others]]
        )
        different = answers.dropna().drop_duplicates()["entity"].to_numpy(np.int64)
        return self._of_list(term, replace(found, total=np.bincount(different, minlength=count)), is_readable=True)

    def _of_list(self, term: Term, own: Sums, is_readable: bool) -> Sums:
        """An open list without a row that counts is 0 where it was asked, else what keeps it from being known."""
        has_rows = self._tables.has_rows(term.table)
        empty = self._tables.empty.get(term.table)
        if empty is None:
            return self._of_answers(term, own, has_rows) if is_readable else own
        is_asked = np.arange(len(own.total)) < self._tables.submissions  # lists are asked for the institution
        rank = np.pad(empty, (0, len(own.total) - len(empty)), constant_values=NO_SOURCE)
        is_left_out = is_asked & (rank == NC)
        is_free = is_asked & ~own.seen
        status = np.where(is_left_out, RANK(NC), np.where(has_rows, RANK(0 if is_readable else NO_SOURCE), rank))
        is_set = is_left_out | is_free
        return Sums(
            np.where(is_set, 0, own.total),
            np.where(is_set, status, own.worst),
            np.where(is_set, status, own.best),
            own.seen | is_asked,
        )

    def _of_answers(self, term: Term, own: Sums, has_rows: Array) -> Sums:
        """Where conditions are about what was answered, a grid in which no row meets them sums to 0."""
        if not self._answered.get(term.table, set()) & set(term.where):
            return own
        is_free = has_rows & ~own.seen
        return Sums(own.total, np.where(is_free, 0, own.worst), np.where(is_free, 0, own.best), own.seen | is_free)


def no_sums(count: int) -> Sums:
    """The sums of ``count`` entities without any row: there is no source."""
    nothing = np.full(count, NO_SOURCE, dtype=RANK)
    return Sums(np.zeros(count, dtype=np.int64), nothing, nothing, np.zeros(count, dtype=bool))


def sums_by_entity(entity: Array, numbers: Array, rank: Array, seen: Array) -> Sums:
    """Sums over all entities of rows with their ``entity``, numbers and status ranks; exact in integers.

    ``seen``: whether each entity has any row; one without has no source.
    """
    none = no_sums(len(seen))
    total, worst, best = none.total, np.zeros(len(seen), dtype=RANK), none.best.copy()
    np.add.at(total, entity, numbers)
    np.maximum.at(worst, entity, rank)
    np.minimum.at(best, entity, rank)
    return Sums(total, np.where(seen, worst, RANK(NO_SOURCE)), best, seen)


def chosen_rows(frame: pd.DataFrame, where: Mapping[str, Sequence[Any]]) -> tuple[Array, Array]:
    """(whether each row meets ``where``, status rank of an answer of ``where`` that is not known).

    A row of which the answer is not known stays in: what it would add is not known either (``set_aside``).
    """
    kept, lost = np.ones(len(frame), dtype=bool), np.zeros(len(frame), dtype=RANK)
    for column, codes in where.items():
        is_in = positions(frame[column], list(codes)) >= 0
        if f"{column}__unclear" in frame:
            unclear = frame[f"{column}__unclear"].to_numpy()
            is_in, lost = is_in | (unclear > 0), np.maximum(lost, unclear)
        kept &= is_in
    return kept, lost


def set_aside(rows: pd.DataFrame, column: str, lost: Array) -> tuple[Array, Array]:
    """(numbers, status ranks) of a column: 0 with the rank ``lost`` where it is above 0."""
    numbers, rank = rows[column].to_numpy(np.int64), rows[f"{column}__rank"].to_numpy()
    if not lost.any():
        return numbers, rank
    return np.where(lost > 0, 0, numbers), np.maximum(lost, rank)


def summed_columns(term: Term) -> list[str]:
    """The integer columns of the prepared table that a term sums."""
    return [f"{column}__given" for column in term.columns] if term.way == "count" else term.columns
