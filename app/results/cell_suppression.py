"""Small counts are kept secret outside an institution's own page, and whatever would give them back.

Counts 1-4 are shown as "<5". A hidden count is hidden in every row that has it, with all figures of those rows;
so is what is computed from them, and every count from which a small one could be worked out by subtraction:
parts of a whole, the centre within its institution, one definition within a wider one.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from app.access import Actor, sees_small_counts
from app.results.count_system import CountColumn, count_systems
from app.results.integer_intervals import Printed, protect
from app.results.linked_counts import Links
from indicators.comparison.small_counts import FEW, TELLABLE, is_few

Array = np.ndarray[Any, Any]
KEYS = ("institution", "year", "level", "indicator", "definition", "counting")
COUNTS = ("numerator", "denominator")
READING = ("institution", "year", "level", "unit", "indicator", "counting")  # what readings of an indicator share
NOBODY_TO_DIVIDE_BY = "zero_denominator"
# Who is among whom position by position would double the time and hide 15 rows in 17,758 more; the exact attacker of
# the tests, who knows it, recovers nothing without.
COSTLY = "sum researchers."
NOTHING = np.array(None, dtype=object)
# What a row of a hidden count may still say; every other column is blanked, so a new figure starts hidden.
HARMLESS = frozenset(
    {
        *("submission", "institution", "year", "form", "level", "unit", "indicator", "element", "definition"),
        *("counting", "indicator_version", "window_from", "window_to", "status"),
        *("kind", "benchmark", "benchmark_level", "benchmark_value", "entry", "comparable", "of"),
        *("source", "seen", "name_ja", "name_en", "founder", "prefecture", "ror", "hidden"),
    }
)


def suppress_small_counts(
    frame: pd.DataFrame, actor: Actor, page_institution: str | None, links: Links | None = None
) -> pd.DataFrame:
    """``frame`` as ``actor`` may see it on the page of ``page_institution`` (None: no institution's page).

    Needs the columns institution, numerator and denominator. In the result numerator and denominator are text
    ("<5" for a count 1-4, missing where even that would tell), a column ``hidden`` marks the rows concerned,
    and their other figures are missing. With ``links`` (``links_of``) rows are hidden until every count 1-4, and every
    difference of 1-4 between counts of the same people, has at least three possible values by all that is left;
    for that give all rows of an institution's year and select later. Rows of units are hidden from others altogether.
    """
    own = {c for c in frame["institution"].unique() if sees_small_counts(actor, str(c), page_institution)}
    is_outside = ~frame["institution"].isin(own).to_numpy(bool)
    rows = _Rows(frame[is_outside], links or Links())
    is_hidden = np.zeros(len(frame), dtype=bool)
    is_hidden[is_outside] = rows.is_hidden
    counts = {}
    for position, name in enumerate(COUNTS):
        texts = pd.Series(_texts(frame[name]), index=frame.index, dtype="str")
        texts[is_outside] = rows.count_texts(position)
        counts[name] = texts
    return frame.assign(**blank_figures(frame, is_hidden), **counts, hidden=is_hidden)


def blank_figures(frame: pd.DataFrame, is_hidden: Array) -> dict[str, pd.Series]:
    """The columns of ``frame`` that change where rows are hidden, the counts apart.

    Of a hidden row the figures are missing, and whether there was anybody to divide by is not told. The mark that a
    judgement depends on the definition says something of the other reading, so it goes where that one is hidden.
    """
    blank = {name: frame[name].mask(is_hidden) for name in frame.columns if name not in HARMLESS | set(COUNTS)}
    if "status" in frame:
        blank["status"] = frame["status"].mask(is_hidden & (frame["status"] == NOBODY_TO_DIVIDE_BY), "ok")
    if "flags" in frame:
        readings = [name for name in READING if name in frame]
        hidden = set(frame.loc[is_hidden, readings].itertuples(index=False, name=None))
        marked = np.flatnonzero(frame["flags"].fillna("").ne("").to_numpy(bool) & ~is_hidden)
        beside = [one in hidden for one in frame[readings].iloc[marked].itertuples(index=False, name=None)]
        blank["flags"] = blank["flags"].mask(np.isin(np.arange(len(frame)), marked[beside]), "")
    return blank


@dataclass(frozen=True)
class SuppressedRows:
    """Of ``rows`` with a count ``hidden`` are hidden, ``beyond_need`` of them only so that others stay hidden."""

    rows: int
    hidden: int
    beyond_need: int


def count_suppressed(frame: pd.DataFrame, is_hidden: pd.Series, links: Links) -> SuppressedRows:
    """How many rows of ``frame`` (true counts) are hidden, and of these the ones without a count or rest of 1-4.

    What is computed from other indicators has no counts of its own and is left out.
    """
    part, whole = (_numbers(frame[name]) for name in COUNTS)
    keys = ["indicator", "definition", "counting"]
    which = frame.groupby(keys, sort=False, observed=True).ngroup().to_numpy()
    different = list(frame[keys].drop_duplicates().itertuples(index=False, name=None))
    own = [None if key[0] in links.derived else links.of(*key) for key in different]
    is_part = np.array([one is not None and one.is_part for one in own], dtype=bool)[which]
    is_counted = np.array([one is not None and one.numerator is not None for one in own], dtype=bool)
    has_count = is_counted[which] & ~np.isnan(part)
    is_needed = is_few(part) | is_few(whole) | (is_part & is_few(whole - part))
    hidden = is_hidden.to_numpy(bool) & has_count
    return SuppressedRows(int(has_count.sum()), int(hidden.sum()), int((hidden & ~is_needed).sum()))


def _texts(column: pd.Series) -> Array:
    """Counts as texts, None for none."""
    texts = column.astype(object).to_numpy(object)
    found: Array = np.where(
        column.isna().to_numpy(bool), NOTHING, np.array([str(text) for text in texts], dtype=object)
    )
    return found


def _numbers(column: pd.Series) -> Array:
    """Counts as floats; ``p/q`` by its value, NaN for none."""
    plain = pd.to_numeric(column, errors="coerce").to_numpy(float, copy=True)
    odd = np.flatnonzero(np.isnan(plain) & column.notna().to_numpy(bool))
    plain[odd] = [float(Fraction(str(value))) for value in column.iloc[odd]]
    return plain


def _is_of_several_years(frame: pd.DataFrame) -> Array:
    """The rows whose counts are sums of several calendar years; none where the table says nothing of years."""
    if not {"window_from", "window_to"} <= set(frame.columns):
        return np.zeros(len(frame), dtype=bool)
    found: Array = (frame["window_to"] > frame["window_from"]).fillna(False).to_numpy(dtype=bool)
    return found


class _Rows:
    """Rows of others, and what of them may be seen; arrays of counts have a line an institution's year."""

    def __init__(self, frame: pd.DataFrame, links: Links) -> None:
        self._frame = frame
        self._is_window = _is_of_several_years(frame)
        self._within = [pair for pair in links.within if not any(atom[0].startswith(COSTLY) for atom in pair[0])]
        names = [
            frame[c].astype(str).to_numpy(object) if c in frame else np.full(len(frame), "-", object) for c in KEYS
        ]
        institution, year, level, indicator, definition, counting = names
        self._indicator, self._is_unit = indicator, level == "unit"
        self._group = pd.factorize(pd.Series(list(zip(institution, year, strict=True)), dtype=object))[0]
        self._columns: dict[CountColumn, int] = {}
        keys = list(zip(level, indicator, definition, counting, strict=True))
        known = {key: self._columns_of(key, links) for key in dict.fromkeys(keys)}
        self._at = np.array([known[key] for key in keys], dtype=np.int64).reshape(-1, 3)  # numerator, denominator, rest
        self._count = [_numbers(frame[name]) for name in COUNTS]
        shape = (int(self._group.max(initial=-1)) + 1, len(self._columns) + 1)  # the last one for rows without counts
        self._value = np.full(shape, np.nan)
        self._is_gone = np.zeros(shape, dtype=bool)
        self._is_blank = np.zeros(shape, dtype=bool)
        self._suppress_primary()
        self._suppress_complementary()
        self.is_hidden = self._is_row_gone()
        self._hide_derived(links)

    def _columns_of(self, key: tuple[str, ...], links: Links) -> tuple[int, int, bool]:
        """Which columns hold numerator and denominator of a row, -1 for none; whether one is part of the other."""
        level, indicator, definition, counting = key
        if level == "unit" or indicator in links.open_items or indicator in links.derived:
            return -1, -1, False
        own = links.of(indicator, definition, counting)
        at = [
            -1 if atoms is None else self._columns.setdefault(CountColumn(level, atoms), len(self._columns))
            for atoms in (own.numerator, own.denominator)
        ]
        return at[0], at[1], own.is_part and min(at) >= 0

    def _is_row_gone(self) -> Array:
        found: Array = self._is_unit | self._is_gone[self._group[:, None], self._at[:, :2]].any(axis=1)
        return found

    def _suppress_primary(self) -> None:
        """Hides the counts of rows in which one, or what one leaves of the other, is 1-4."""
        part, whole = (np.where(self._at[:, i] >= 0, self._count[i], np.nan) for i in (0, 1))
        is_part = self._at[:, 2].astype(bool)
        rest = np.where(is_part, whole - part, np.nan)
        for position, values in enumerate((part, whole)):
            known = ~np.isnan(values)
            self._value[self._group[known], self._at[known, position]] = values[known]
        few_whole, few_part, few_rest = is_few(whole), is_few(part), is_few(rest)
        would_tell = is_part & (few_whole | ((few_part | few_rest) & (whole < TELLABLE)))
        blank = ~np.isnan(part) & (would_tell | (few_rest & ~few_part))
        # Sums of several years overlap from round to round, so that one tells of another: of a row with a small count
        # nothing is printed, neither the sign nor the whole.
        is_small_window = self._is_window & (few_whole | few_part | few_rest)
        self._hide(1, is_small_window, is_blank=True)
        self._hide(0, is_small_window & ~np.isnan(part), is_blank=True)
        self._hide(1, few_whole)
        self._hide(0, blank, is_blank=True)
        self._hide(0, few_part & ~blank)

    def _hide(self, position: int, rows: Array, *, is_blank: bool = False) -> None:
        """Hides the counts at ``position`` of some rows."""
        at = (self._group[rows], self._at[rows, position])
        self._is_gone[at] = True
        self._is_blank[at] |= is_blank

    def _suppress_complementary(self) -> None:
        """Hides what else must go until every count 1-4 has three or more possible values."""
        rows = np.zeros(self._value.shape)
        is_open = ~self._is_row_gone()
        for position in (0, 1):
            np.add.at(rows, (self._group[is_open], self._at[is_open, position]), 1)
        rests = {(int(part), int(whole)) for part, whole, is_part in self._at.tolist() if is_part}
        for system in count_systems(list(self._columns), rests, self._within):
            own = (slice(None), system.columns)
            printed = Printed(self._value[own], self._is_gone[own], self._is_blank[own], rows[own])
            protect(system, printed, is_few)
            self._is_gone[own], self._is_blank[own] = printed.is_hidden, printed.is_blank

    def _hide_derived(self, links: Links) -> None:
        """What is computed from an indicator of which a row is hidden is hidden with it."""
        gone = set(zip(self._group[self.is_hidden].tolist(), self._indicator[self.is_hidden], strict=True))
        self._is_derived = np.zeros(len(self.is_hidden), dtype=bool)
        for name, bases in links.derived.items():
            for row in np.flatnonzero(self._indicator == name):
                self._is_derived[row] = any((int(self._group[row]), base) in gone for base in bases)
        self.is_hidden = self.is_hidden | self._is_derived

    def count_texts(self, position: int) -> Array:
        """The texts of the counts at a place."""
        texts, at = _texts(self._frame[COUNTS[position]]), (self._group, self._at[:, position])
        words = np.where(self._is_blank[at], NOTHING, np.array(FEW, dtype=object))
        is_gone = self._is_gone[at] & pd.notna(texts)
        found: Array = np.where(self._is_derived, NOTHING, np.where(is_gone, words, texts))
        return found
