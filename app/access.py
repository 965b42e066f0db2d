"""Who may see and do what: one policy, asked by every view, command and download.

Secrecy follows METHODS 11: outside an institution's own page counts 1-4 are shown as "<5", and whatever
would give them back is hidden: the figures of the row, and counts of other rows they could be derived from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as default
from fractions import Fraction
from itertools import groupby
from typing import Any, Literal, get_args

import pandas as pd

from indicators.catalogue import Catalogue
from indicators.indicator import Share
from schemas.declaration import Text

Action = Literal[
    "view_own",
    "upload",
    "download_workbook",
    "download_scorecard",
    "view_comparison",
    "view_ministry",
    "view_handbook",
    "issue_form",
]
ACTIONS: frozenset[str] = frozenset(get_args(Action))
FEW = "<5"
SMALLEST_SHOWN = 5
# Below twice that, a blank beside a known whole would be unique if "<5" were told apart from it.
TELLABLE = 2 * SMALLEST_SHOWN
COUNTS = ("numerator", "denominator")
# What a row of a hidden count may still say; every other column is blanked, so a new figure starts hidden.
HARMLESS = frozenset(
    {
        *("submission", "institution", "year", "form", "level", "unit", "indicator", "element", "definition"),
        *("counting", "indicator_version", "window_from", "window_to", "interval_method", "status", "small"),
        *("flags", "kind", "benchmark", "benchmark_level", "benchmark_value", "entry", "comparable", "of"),
        *("source", "seen", "name_ja", "name_en", "founder", "prefecture", "ror", "hidden"),
    }
)


@dataclass(frozen=True)
class Actor:
    """Who asks: a role and, for people of one institution, its code."""

    role: str
    institution: str | None


LOCAL = Actor("local", None)
POLICY: Mapping[str, frozenset[str]] = {"local": ACTIONS}

FORBIDDEN = Text(
    ja="現在の権限では、この操作はできません。必要な場合は運用担当者にご連絡ください。",
    en="Your role does not allow this. If you need it, ask the operator.",
)


class Forbidden(PermissionError):
    """The actor may not do this; ``text`` says so in both languages."""

    def __init__(self, text: Text = FORBIDDEN) -> None:
        super().__init__(text.en)
        self.text = text


def may(actor: Actor, action: Action, institution: str | None = None) -> bool:
    """Whether ``actor`` may do ``action``, for ``institution`` where it concerns one. Unknown roles: nothing."""
    is_own = actor.institution is None or institution in (None, actor.institution)
    return is_own and action in POLICY.get(actor.role, frozenset())


def demand(actor: Actor, action: Action, institution: str | None = None) -> None:
    """Raises Forbidden unless ``may(actor, action, institution)``."""
    if not may(actor, action, institution):
        raise Forbidden()


def sees_small_counts(actor: Actor, institution: str, page_institution: str | None) -> bool:
    """Whether counts 1-4 of ``institution`` may be drawn: only on its own page, for those who may view it."""
    return page_institution == institution and may(actor, "view_own", institution)


@dataclass(frozen=True)
class Links:
    """How counts of one indicator give away those of another.

    ``parts``: an indicator and those that count separate parts of the same people. ``derived``: an indicator
    and those it is computed from. ``open_items``: indicators that count checklist items, which are no secret.
    """

    parts: Mapping[str, tuple[str, ...]] = default(default_factory=dict)
    derived: Mapping[str, tuple[str, ...]] = default(default_factory=dict)
    open_items: frozenset[str] = frozenset()


def links_of(catalogue: Catalogue) -> Links:
    """The links that follow from the measures of ``catalogue``."""
    indicators = catalogue.indicators.values()
    shares = {i.id: i.measure.share for i in indicators if i.measure.share is not None}
    parts = {
        name: tuple(other for other, part in shares.items() if _is_part(part, whole)) for name, whole in shares.items()
    }
    return Links(
        parts={name: found for name, found in parts.items() if found},
        derived={i.id: (i.measure.difference.of,) for i in indicators if i.measure.difference is not None},
        open_items=frozenset(i.id for i in indicators if i.measure.weighted_level or i.measure.levels_reached),
    )


def _is_part(part: Share, whole: Share) -> bool:
    same = part.part.fields == whole.part.fields and part.whole.fields == whole.whole.fields
    return same and bool(part.part.where) and not whole.part.where and not whole.whole.where


def hidden(frame: pd.DataFrame, actor: Actor, page_institution: str | None, links: Links | None = None) -> pd.DataFrame:
    """``frame`` as ``actor`` may see it on the page of ``page_institution`` (None: no institution's page).

    Needs the columns institution, numerator and denominator. In the result numerator and denominator are text
    ("<5" for a count 1-4, missing where even that would tell), a column ``hidden`` marks the rows concerned,
    and their other figures are missing. With ``links`` (``links_of``) rows that would allow a hidden count
    to be recomputed are hidden as well; for that give all rows of an institution's year and select later.
    """
    links = links or Links()
    rows = [
        _Row.of(row, links)
        for row in frame[[c for c in _KEYS if c in frame]].to_dict("records")  # one plain dict a row
    ]
    outside = [row for row in rows if not sees_small_counts(actor, str(row.key["institution"]), page_institution)]
    for row in outside:
        row.hide_small()
    for _, group in groupby(sorted(outside, key=_group_key), key=_group_key):
        _hide_derived(list(group), links)
    is_hidden = pd.Series([row.is_hidden for row in rows], index=frame.index, dtype=bool)
    figures = {name: frame[name].mask(is_hidden) for name in frame.columns if name not in HARMLESS | set(COUNTS)}
    counts = {name: _column([row.shown(name) for row in rows], frame.index) for name in COUNTS}
    return frame.assign(**figures, **counts, hidden=is_hidden)


_KEYS = ("institution", "year", "level", "unit", "indicator", "definition", "counting", *COUNTS)


def _column(texts: list[str | None], index: pd.Index) -> pd.Series:
    return pd.Series(texts, index=index, dtype="str")


class _Row:
    """A row while it is decided what of it may be seen."""

    def __init__(self, key: dict[str, Any], counts: dict[str, Fraction | None], is_open: bool) -> None:
        self.key = key
        self.counts = counts
        self.is_open = is_open
        self.texts: dict[str, str | None] = {name: _text(value) for name, value in counts.items()}
        # What the reader can tell of a hidden count: at least, at most.
        self.told: dict[str, tuple[Fraction, Fraction]] = {}
        self.is_hidden = False

    @staticmethod
    def of(record: Mapping[Any, Any], links: Links) -> _Row:
        counts = {name: _number(record[name]) for name in COUNTS}
        key = {str(name): value for name, value in record.items() if name not in COUNTS}
        return _Row(key, counts, str(key.get("indicator")) in links.open_items)

    def hide_small(self) -> None:
        """Hides the counts of this row if one of them, or what one leaves of the other, is 1-4."""
        part, whole = (self.counts[name] for name in COUNTS)
        rest = None if part is None or whole is None else whole - part
        if self.is_open or not any(_is_few(count) for count in (part, whole, rest)):
            return
        self.is_hidden = True
        if _is_few(whole):
            self.blank("denominator", Fraction(1), Fraction(SMALLEST_SHOWN - 1), FEW)
        few = Fraction(SMALLEST_SHOWN - 1)
        if part is None:
            return
        if _is_few(whole):
            self.blank("numerator", Fraction(0), max(few, part))
        elif whole is not None and whole < TELLABLE:
            self.blank("numerator", Fraction(1), max(whole - 1, part))
        elif _is_few(part):
            self.blank("numerator", Fraction(1), few, FEW)
        elif whole is not None:
            self.blank("numerator", whole - few, whole - 1)

    def blank(self, count: str, least: Fraction, most: Fraction, text: str | None = None) -> None:
        """Hides one count; ``text`` is shown in its place."""
        self.is_hidden = True
        self.texts[count] = text
        self.told[count] = (least, most)

    def withhold(self, count: str) -> None:
        """Hides a count that is not small itself but would give another away."""
        self.blank(count, Fraction(0), max(value for value in self.counts.values() if value is not None))

    def shown(self, count: str) -> str | None:
        """The text of a count."""
        return self.texts[count]


def _number(value: Any) -> Fraction | None:
    if value is None or pd.isna(value):
        return None
    return Fraction(value) if isinstance(value, Fraction) else Fraction(str(value))


def _text(value: Fraction | None) -> str | None:
    return None if value is None else str(value)


def _is_few(value: Fraction | None) -> bool:
    return value is not None and 0 < value < SMALLEST_SHOWN


def _group_key(row: _Row) -> tuple[str, ...]:
    return tuple(str(row.key.get(name)) for name in ("institution", "year", "definition", "counting"))


def _hide_derived(rows: list[_Row], links: Links) -> None:
    """Hides what else must go among the rows of one institution's year, until nothing more does."""
    equations = [(equation, name) for equation in _equations(rows, links) for name in COUNTS]
    while any(_protect(equation, name) for equation, name in equations):
        pass
    gone = {row.key.get("indicator") for row in rows if row.is_hidden}
    for row in rows:
        if gone & set(links.derived.get(str(row.key.get("indicator")), ())):
            for count in COUNTS:
                row.blank(count, Fraction(0), Fraction(0))


@dataclass(frozen=True)
class _Equation:
    """``whole`` is the sum of ``parts`` and of others, of whom there may be none if ``may_be_all``."""

    whole: _Row
    parts: list[_Row]
    may_be_all: bool


def _equations(rows: list[_Row], links: Links) -> Iterator[_Equation]:
    """Wholes with their parts: by indicator at one place, and the centre within its institution."""
    place = {(r.key.get("indicator"), r.key.get("level"), r.key.get("unit")): r for r in rows if not r.is_open}
    centres = [key for key in place if key[1] == "centre"]
    for (indicator, level, unit), whole in place.items():
        parts = [place.get((part, level, unit)) for part in links.parts.get(str(indicator), ())]
        if any(parts):
            yield _Equation(whole, [part for part in parts if part is not None], True)
        if level == "institution":
            yield from (_Equation(whole, [place[key]], False) for key in centres if key[0] == indicator)


def _protect(equation: _Equation, count: str) -> bool:
    """Hides one more row where the whole minus the shown parts would tell a hidden count; whether it did."""
    whole, counted = equation.whole, [part for part in equation.parts if part.counts[count] is not None]
    total = whole.counts[count]
    if total is None or count in whole.told or not counted:
        return False
    unseen = [part.told[count] for part in counted if count in part.told]
    shown = [part for part in counted if count not in part.told]
    left = total - sum((_of(part, count) for part in shown), Fraction(0))
    is_safe = not _tells(left, unseen, equation.may_be_all) if unseen else not _is_few(left)
    if is_safe:
        return False
    filled = [part for part in shown if _of(part, count) > 0]
    (min(filled, key=lambda part: _of(part, count)) if filled else whole).withhold(count)
    return True


def _of(row: _Row, count: str) -> Fraction:
    return row.counts[count] or Fraction(0)


def _tells(left: Fraction, told: list[tuple[Fraction, Fraction]], may_be_all: bool) -> bool:
    """Whether hidden counts with these bounds, together at most ``left``, leave only one value for any.

    With ``may_be_all`` the reader may also know that they make up all of ``left``, unless that cannot be.
    """
    least, most = sum(low for low, _ in told), sum(high for _, high in told)
    is_all = may_be_all and least <= left <= most
    return any(
        min(high, left - (least - low)) - (max(low, left - (most - high)) if is_all else low) < 1 for low, high in told
    )
