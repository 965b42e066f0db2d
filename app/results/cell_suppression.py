"""Small counts are kept secret outside an institution's own page, and whatever would give them back (METHODS 11).

Counts 1-4 are shown as "<5". A hidden count is hidden in every row that has it, with all figures of those rows;
so is what is computed from them, and every count from which a small one could be worked out by subtraction:
parts of a whole, the centre within its institution, one definition within a wider one.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from app.access import Actor, sees_small_counts
from app.results.linked_counts import Links
from app.results.suppression_equations import Column, Equation, equations_of

Array = np.ndarray[Any, Any]
FEW = "<5"
SMALLEST_SHOWN = 5
# Below twice that, a blank beside a known whole would be unique if "<5" were told apart from it.
TELLABLE = 2 * SMALLEST_SHOWN
KEYS = ("institution", "year", "level", "unit", "indicator", "definition", "counting")
COUNTS = ("numerator", "denominator")
NOTHING = np.array(None, dtype=object)
UNBOUNDED = 1e12
# What a row of a hidden count may still say; every other column is blanked, so a new figure starts hidden.
HARMLESS = frozenset(
    {
        *("submission", "institution", "year", "form", "level", "unit", "indicator", "element", "definition"),
        *("counting", "indicator_version", "window_from", "window_to", "interval_method", "status", "small"),
        *("kind", "benchmark", "benchmark_level", "benchmark_value", "entry", "comparable", "of"),
        *("source", "seen", "name_ja", "name_en", "founder", "prefecture", "ror", "hidden"),
    }
)


def hidden(frame: pd.DataFrame, actor: Actor, page_institution: str | None, links: Links | None = None) -> pd.DataFrame:
    """``frame`` as ``actor`` may see it on the page of ``page_institution`` (None: no institution's page).

    Needs the columns institution, numerator and denominator. In the result numerator and denominator are text
    ("<5" for a count 1-4, missing where even that would tell), a column ``hidden`` marks the rows concerned,
    and their other figures are missing. With ``links`` (``links_of``) rows that would allow a hidden count
    to be recomputed are hidden as well; for that give all rows of an institution's year and select later.
    """
    own = {c for c in frame["institution"].unique() if sees_small_counts(actor, str(c), page_institution)}
    is_outside = ~frame["institution"].isin(own).to_numpy(bool)
    rows = _Rows(frame[is_outside], links or Links())
    is_hidden = np.zeros(len(frame), dtype=bool)
    is_hidden[is_outside] = rows.is_hidden
    counts = {}
    for place, name in enumerate(COUNTS):
        texts = pd.Series(_texts(frame[name]), index=frame.index, dtype="str")
        texts[is_outside] = rows.shown(place)
        counts[name] = texts
    figures = {name: frame[name].mask(is_hidden) for name in frame.columns if name not in HARMLESS | set(COUNTS)}
    return frame.assign(**figures, **counts, hidden=is_hidden)


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


def _is_few(values: Array) -> Array:
    few: Array = (values > 0) & (values < SMALLEST_SHOWN)
    return few


class _Rows:
    """Rows of others, and what of them may be seen; arrays of counts have a line an institution's year."""

    def __init__(self, frame: pd.DataFrame, links: Links) -> None:
        self._frame = frame
        names = [
            frame[c].astype(str).to_numpy(object) if c in frame else np.full(len(frame), "-", object) for c in KEYS
        ]
        institution, year, level, unit, indicator, definition, counting = names
        self._indicator = indicator
        self._group = pd.factorize(pd.Series(list(zip(institution, year, strict=True)), dtype=object))[0]
        self._columns: dict[Column, int] = {}
        keys = list(zip(level, unit, indicator, definition, counting, strict=True))
        known = {key: self._places(key, links) for key in dict.fromkeys(keys)}
        self._at = np.array([known[key] for key in keys], dtype=np.int64).reshape(-1, 3)  # numerator, denominator, rest
        self._count = [_numbers(frame[name]) for name in COUNTS]
        shape = (int(self._group.max(initial=-1)) + 1, len(self._columns) + 1)
        self._value = np.full(shape, np.nan)
        self._gone = np.zeros(shape, dtype=bool)
        self._is_blank = np.zeros(shape, dtype=bool)
        self._least, self._most = np.zeros(shape), np.full(shape, UNBOUNDED)
        self._hide_small()
        self._protect()
        self._hide_derived(links)

    def _places(self, key: tuple[str, ...], links: Links) -> tuple[int, int, int]:
        """Which columns hold numerator, denominator and rest of a row; -1 for none."""
        level, unit, indicator, definition, counting = key
        if indicator in links.open_items or indicator in links.derived:
            return -1, -1, -1
        own = links.of(indicator, definition, counting)
        rest = own.rest or frozenset({("rest", own.numerator, own.denominator)})
        place = (level, unit if level == "unit" else "")
        found = [own.numerator, own.denominator, rest if own.is_part else None]
        at = [-1 if one is None else self._columns.setdefault(Column(place, one), len(self._columns)) for one in found]
        return at[0], at[1], at[2]

    def _hide_small(self) -> None:
        """Hides the counts of rows in which one, or what one leaves of the other, is 1-4."""
        part, whole = (np.where(self._at[:, i] >= 0, self._count[i], np.nan) for i in (0, 1))
        rest = np.where(self._at[:, 2] >= 0, whole - part, np.nan)
        for place, values in enumerate((part, whole, rest)):
            self._value[self._group, self._at[:, place]] = values
        few_whole, few_part, few_rest = _is_few(whole), _is_few(part), _is_few(rest)
        is_part = self._at[:, 2] >= 0
        self._hide(1, few_whole, 1, SMALLEST_SHOWN - 1)
        told = np.zeros(len(part), dtype=bool)
        most = np.maximum(SMALLEST_SHOWN - 1, part)
        blank: list[tuple[Array, Any, Any]] = [
            (few_whole & is_part, 0, most),
            ((few_part | few_rest) & is_part & (whole < TELLABLE), 1, np.maximum(whole - 1, part)),
            (few_rest & ~few_part, whole - (SMALLEST_SHOWN - 1), whole - 1),
        ]
        for rows, low, high in blank:
            new = rows & ~told & ~np.isnan(part)
            self._hide(0, new, low, high, is_blank=True)
            told |= new
        self._hide(0, few_part & ~told, 1, SMALLEST_SHOWN - 1)
        self._hide(2, few_rest, 1, SMALLEST_SHOWN - 1)

    def _hide(self, place: int, rows: Array, low: Any, high: Any, *, is_blank: bool = False) -> None:
        """Hides the counts at ``place`` of some rows, of which the reader can tell that they are low to high."""
        at = (self._group[rows], self._at[rows, place])
        self._gone[at] = True
        self._is_blank[at] |= is_blank
        for edge, values, take in ((self._least, low, np.maximum), (self._most, high, np.minimum)):
            take.at(edge, at, np.broadcast_to(np.asarray(values, dtype=float), rows.shape)[rows])

    def _protect(self) -> None:
        """Hides what else must go until no sum or difference of what is shown tells a small count."""
        rests = np.unique(self._at[self._at[:, 2] >= 0], axis=0)
        among: dict[int, set[int]] = {}
        for part, whole, rest in rests.tolist():
            among.setdefault(part, set()).add(whole)
            among.setdefault(rest, set()).add(whole)
        columns = list(self._columns)
        equations = list(equations_of(columns, among))
        limits = [
            (part, whole)
            for part, one in enumerate(columns)
            for whole, other in enumerate(columns)
            if one.is_part_of(other)
        ]
        limits += [(part, whole) for part, wholes in among.items() for whole in sorted(wholes)]
        self._value[:, -1] = np.nan
        self._follow(rests)
        changed = True
        while changed:
            withheld = [self._withhold(equation) for equation in equations]
            changed = any(withheld) | self._follow(rests) | self._unpin(np.array(limits, dtype=np.int64).reshape(-1, 2))

    def _follow(self, rests: Array) -> bool:
        """A rest can be told only from both counts, and hiding it takes the numerator along; whether more went."""
        before = int(self._gone.sum())
        for part, whole, rest in rests.tolist():
            new = self._gone[:, rest] & ~self._gone[:, part] & ~self._gone[:, whole]
            self._gone[new, part] = self._is_blank[new, part] = True
            lost = (self._gone[:, part] | self._gone[:, whole]) & ~self._gone[:, rest] & ~np.isnan(self._value[:, rest])
            self._gone[lost, rest] = self._is_blank[lost, rest] = True
        return int(self._gone.sum()) > before

    def _withhold(self, equation: Equation) -> bool:
        """Hides one more count wherever the whole minus the shown parts would tell a small one; whether any did."""
        parts = np.array(equation.parts)
        total, values = self._value[:, equation.whole], self._value[:, parts]
        is_known = ~np.isnan(values)
        unseen, shown = is_known & self._gone[:, parts], is_known & ~self._gone[:, parts]
        left = total - np.where(shown, values, 0).sum(axis=1)
        bounds = [np.where(unseen, edge[:, parts], 0) for edge in (self._least, self._most)]
        tells = _tells(
            left, bounds[0], bounds[1], unseen, equation.may_be_all, self._others(equation, unseen, bounds[1])
        )
        is_open = ~np.isnan(total) & ~self._gone[:, equation.whole] & is_known.any(axis=1)
        bad = np.flatnonzero(is_open & np.where(unseen.any(axis=1), tells, _is_few(left)))
        if not len(bad):
            return False
        filled = np.where(shown & (values > 0), values, np.inf)[bad]
        smallest = parts[filled.argmin(axis=1)]
        at = np.where(np.isinf(filled.min(axis=1)), equation.whole, smallest)
        self._gone[bad, at] = self._is_blank[bad, at] = True
        self._most[bad, at] = np.where(at == equation.whole, UNBOUNDED, total[bad])
        return True

    def _unpin(self, limits: Array) -> bool:
        """Hides what pins a hidden count between a part and a whole of the same size; whether there was any."""
        least, most = (np.where(self._gone, edge, self._value) for edge in (self._least, self._most))
        for _ in range(3):  # a whole of a whole of a whole bounds as well
            for part, whole in limits.tolist():
                least[:, whole] = np.fmax(least[:, whole], least[:, part])
                most[:, part] = np.fmin(most[:, part], most[:, whole])
        is_pinned = self._gone & ~np.isnan(self._value) & (most - least < 1)
        before = int(self._gone.sum())
        for part, whole in limits.tolist():
            for own, other in ((part, whole), (whole, part)):
                new = is_pinned[:, own] & ~self._gone[:, other] & (self._value[:, other] == self._value[:, own])
                self._gone[new, other] = self._is_blank[new, other] = True
        return int(self._gone.sum()) > before

    def _others(self, equation: Equation, unseen: Array, most: Array) -> Array:
        """At most how many others there are besides the parts, by the counts of which they all count some.

        Lowers ``most`` of the parts by the same knowledge.
        """
        at = np.array(equation.among)
        seen = np.where((at < 0) | self._gone[:, at], np.nan, self._value[:, at])
        most[:] = np.where(unseen & ~np.isnan(seen[:, 1:]), np.minimum(most, seen[:, 1:]), most)
        left = seen[:, 0] - np.nansum(seen[:, 1:], axis=1)
        return np.where(np.isnan(left) | (at[1:] < 0).any(), UNBOUNDED, left)

    def _hide_derived(self, links: Links) -> None:
        """What is computed from an indicator of which a row is hidden is hidden with it."""
        self.is_hidden = self._gone[self._group, self._at[:, 0]] | self._gone[self._group, self._at[:, 1]]
        gone = set(zip(self._group[self.is_hidden].tolist(), self._indicator[self.is_hidden], strict=True))
        self._is_derived = np.zeros(len(self.is_hidden), dtype=bool)
        for name, bases in links.derived.items():
            for row in np.flatnonzero(self._indicator == name):
                self._is_derived[row] = any((int(self._group[row]), base) in gone for base in bases)
        self.is_hidden = self.is_hidden | self._is_derived

    def shown(self, place: int) -> Array:
        """The texts of the counts at a place."""
        texts, at = _texts(self._frame[COUNTS[place]]), (self._group, self._at[:, place])
        words = np.where(self._is_blank[at], NOTHING, np.array(FEW, dtype=object))
        is_gone = self._gone[at] & pd.notna(texts)
        found: Array = np.where(self._is_derived, NOTHING, np.where(is_gone, words, texts))
        return found


def _tells(left: Array, low: Array, high: Array, unseen: Array, may_be_all: bool, others: Array) -> Array:
    """Whether hidden counts with these bounds, together at most ``left``, leave only one value for any.

    There are at most ``others`` besides them; with ``may_be_all`` the reader may also know that there are none,
    unless that cannot be.
    """
    least, most = low.sum(axis=1), high.sum(axis=1)
    others = np.where(may_be_all & (least <= left) & (left <= most), 0, others)
    upper = np.minimum(high, (left - least)[:, None] + low)
    lower = np.maximum(low, (left - others - most)[:, None] + high)
    only: Array = (unseen & (upper - lower < 1)).any(axis=1)
    return only
