"""Sums over clean tables for each submission and level, with the status that goes with each.

Grouped sums are Narwhals expressions, so that pandas, DuckDB, polars and Spark frames give the same; what is
done with the few sums is plain arrays, one element a place (preparation says which).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from narwhals.typing import IntoFrame

from indicators.catalogue import Catalogue
from indicators.indicator import LEVELS, Indicator, Term

Array = np.ndarray[Any, Any]
KEYS = ["submission", "level", "unit"]
# What keeps a sum from being a number, from least to most; the largest one in a sum is its status.
STATUS_RANK = {"ok": 0, "a": 1, "c": 2, "x": 3, "nc": 4, "m": 5, "no_source": 6}
ZERO_DENOMINATOR = len(STATUS_RANK)  # not a rank: nothing is missing
STATUSES = np.array([*STATUS_RANK, "zero_denominator"], dtype=object)
A, C, NO_SOURCE = (STATUS_RANK[code] for code in ("a", "c", "no_source"))
LOWER_BOUND = (STATUS_RANK["m"], STATUS_RANK["nc"])  # the rest is known, so the sum is at least that
FRACTION_SCALE = 1000  # fractional papers carry at most three places


@dataclass(frozen=True)
class Tables:
    """Clean tables of many submissions, ready for measures.

    Every frame has the integer ``place`` of each row; each numeric column ``x`` is an integer (0 where there is
    none), with ``x__rank`` for its status. ``scale`` says by what the integers of a table were multiplied.
    ``places`` has one row a place: submission, level, unit, institution, year, number, exists.
    """

    frames: Mapping[str, pd.DataFrame]
    scale: Mapping[str, int]
    places: pd.DataFrame

    @cached_property
    def submissions(self) -> int:
        """How many submissions there are; their centres are as many places further on."""
        return int((self.places["level"] == "institution").sum())

    @cached_property
    def level(self) -> Array:
        """Level of each place, as its position in LEVELS."""
        level: Array = self.places["level"].map(LEVELS.index).to_numpy(np.int64)
        return level

    @cached_property
    def year(self) -> Array:
        """Round of each place."""
        year: Array = self.places["year"].to_numpy(np.int64)
        return year

    @cached_property
    def has_centre(self) -> Array:
        """Whether each submission has a centre."""
        return self.places["exists"].to_numpy(bool)[self.submissions : 2 * self.submissions]

    def has_rows(self, table: str) -> Array:
        """Whether a table has any row for each place."""
        frame = self.frames.get(table)
        rows = np.zeros(0, dtype=np.int64) if frame is None else frame["place"].to_numpy(np.int64)
        return np.bincount(rows, minlength=len(self.places)) > 0


# sums


def term_sums(
    frame: IntoFrame, columns: Sequence[str], where: Mapping[str, Sequence[Any]], by: Sequence[str] = tuple(KEYS)
) -> pd.DataFrame:
    """Sums of ``columns`` over the rows of ``where``, for each group of ``by``.

    ``frame`` is of any library Narwhals knows, with an integer ``x`` and ``x__rank`` for each column. Returns
    ``by`` and for each column ``x__sum``, ``x__worst`` and ``x__best`` (largest and smallest status rank); the
    order of the groups is not defined.
    """
    rows = nw.from_native(frame)
    for column, codes in where.items():
        rows = rows.filter(nw.col(column).is_in(list(codes)))
    whole = nw.Int64()
    aggregates = [
        aggregate
        for column in columns
        for aggregate in (
            nw.col(column).sum().alias(f"{column}__sum"),
            nw.col(f"{column}__rank").max().alias(f"{column}__worst"),
            nw.col(f"{column}__rank").min().alias(f"{column}__best"),
        )
    ]
    grouped = rows.group_by(list(by)).agg(*aggregates)
    collected = grouped.collect() if isinstance(grouped, nw.LazyFrame) else grouped
    numbers = [nw.col(name).cast(whole) for name in collected.columns if name not in by]
    found: pd.DataFrame = collected.with_columns(*numbers).to_pandas()
    return found


@dataclass(frozen=True)
class Sums:
    """Sums for every place: total, and the largest and smallest status rank among the summands."""

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
        return np.where(self.worst >= C, self.worst, np.where(self.best == A, A, 0))


SumKey = tuple[str, str, str]  # table, column, rows


class PlaceSums:
    """The sums that the terms of a catalogue need; those over the same rows are taken in one pass."""

    def __init__(self, tables: Tables, catalogue: Catalogue) -> None:
        self._tables = tables
        self._catalogue = catalogue
        wanted: dict[tuple[str, str], tuple[dict[str, Sequence[Any]], set[str]]] = {}
        for indicator in catalogue.indicators.values():
            for term in terms_of(indicator):
                where = self._rows(term, indicator)
                columns = wanted.setdefault((table_of(term), repr(where)), (where, set()))[1]
                columns.update(name.split(".")[1] for name in term.fields)
        self._found: dict[SumKey, Sums] = {}
        for (table, rows), (where, columns) in wanted.items():
            self._found.update({(table, c, rows): s for c, s in self._sums(table, where, columns).items()})

    def __getitem__(self, key: tuple[Term, Indicator]) -> Sums:
        term, indicator = key
        rows = repr(self._rows(term, indicator))
        parts = [self._found[table_of(term), name.split(".")[1], rows] for name in term.fields]
        return reduce(Sums.__add__, parts)

    def _rows(self, term: Term, indicator: Indicator) -> dict[str, Sequence[Any]]:
        """The rows of a term: of its codes, of the indicator's years, counted in the indicator's way."""
        where: dict[str, Sequence[Any]] = dict(self._catalogue.rows_where(term.where))
        frame = self._tables.frames.get(table_of(term))
        if indicator.window is not None:
            where["offset"] = list(range(indicator.window[0], indicator.window[1] + 1))
        if frame is not None and "counting" in frame and indicator.counting != "-":
            where["counting"] = [indicator.counting]
        return where

    def _sums(self, table: str, where: Mapping[str, Sequence[Any]], columns: Iterable[str]) -> dict[str, Sums]:
        frame = self._tables.frames.get(table)
        found = pd.DataFrame({"place": []})
        if frame is not None and (asked := [c for c in sorted(columns) if f"{c}__rank" in frame]):
            found = term_sums(frame, asked, where, ["place"])
        place = found["place"].to_numpy(np.int64)
        return {column: _spread(found, place, column, len(self._tables.places)) for column in columns}


def _spread(found: pd.DataFrame, place: Array, column: str, count: int) -> Sums:
    """Sums of some places as arrays over all; a place without any has no source."""
    total = np.zeros(count, dtype=np.int64)
    worst, best = np.full(count, NO_SOURCE), np.full(count, NO_SOURCE)
    seen = np.zeros(count, dtype=bool)
    if f"{column}__sum" in found:
        total[place] = found[f"{column}__sum"].to_numpy(np.int64)
        worst[place] = found[f"{column}__worst"].to_numpy(np.int64)
        best[place] = found[f"{column}__best"].to_numpy(np.int64)
        seen[place] = True
    return Sums(total, worst, best, seen)


def terms_of(indicator: Indicator) -> list[Term]:
    """The terms of an indicator's own measure (none for checklist measures and differences)."""
    pair = indicator.measure.share or indicator.measure.rate
    if pair is not None:
        return [pair.part, pair.whole]
    return [indicator.measure.number] if indicator.measure.number is not None else []


def table_of(term: Term) -> str:
    """Name of the table that a term sums over."""
    return term.fields[0].split(".")[0]
