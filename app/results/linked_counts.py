"""What the counts of indicators have to do with each other: which people of one are among those of another.

A count is a set of atoms: a question and a class of rows that no condition of the catalogue tells apart. One
count is part of another where its atoms are; that is what a reader can subtract by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from itertools import product
from typing import Any

from indicators.catalogue.declarations import Indicator
from indicators.catalogue.load_catalogue import Catalogue
from indicators.catalogue.measure_kinds import Term

Atoms = frozenset[Any]
Key = tuple[str, str]  # indicator and definition
Where = Mapping[str, Sequence[Any]]
# Two questions about the same people (rule R.RES.008): foreign nationals among the faculty of the institution.
FACULTY = ("professor", "associate", "assistant")
SAME_PEOPLE = {"faculty_classes.foreign": ("researchers.foreign", {"position": list(FACULTY)})}
OTHER = "other codes"


@dataclass(frozen=True)
class Counts:
    """Numerator and denominator of an indicator; None where one is no count of things.

    ``is_part``: whether the numerator counts some of the denominator, so that their difference is a count too.
    """

    numerator: Atoms | None
    denominator: Atoms | None
    is_part: bool = True


@dataclass(frozen=True)
class Links:
    """How counts of one indicator give away those of another.

    ``counts``: by indicator and definition. ``derived``: an indicator and those it is computed from.
    ``open_items``: indicators that count checklist items, which are no secret.
    """

    counts: Mapping[Key, Counts] = default(default_factory=dict)
    derived: Mapping[str, tuple[str, ...]] = default(default_factory=dict)
    open_items: frozenset[str] = frozenset()

    def of(self, indicator: str, definition: str, counting: str) -> Counts:
        """The counts of an indicator; those of an unknown one are related to no others."""
        own = (indicator, definition, counting)
        unknown = Counts(frozenset({("numerator", *own)}), frozenset({("denominator", *own)}))
        return self.counts.get((indicator, definition), unknown)


def links_of(catalogue: Catalogue) -> Links:
    """The links that follow from the measures of ``catalogue``."""
    every = catalogue.measured.values()
    atoms = _Atoms(catalogue)
    return Links(
        counts={(i.id, i.definition_key): _counts(i, atoms) for i in every},
        derived={i.id: tuple(i.measure.difference.names) for i in every if i.measure.difference is not None},
        open_items=frozenset(i.id for i in every if i.measure.weighted_level or i.measure.levels_reached),
    )


def _counts(indicator: Indicator, atoms: _Atoms) -> Counts:
    spec = indicator.measure
    if spec.share is not None:
        part, whole = atoms.of(spec.share.part, indicator), atoms.of(spec.share.whole, indicator)
        return Counts(part, whole)
    if spec.rate is not None:
        return Counts(atoms.of(spec.rate.part, indicator), atoms.of(spec.rate.whole, indicator), False)
    if spec.number is not None:
        return Counts(atoms.of(spec.number, indicator), None, False)
    if spec.mixed is not None:
        kinds = frozenset({("kinds", indicator.id)})
        return Counts(kinds, atoms.of(spec.mixed.term, indicator), False)
    return Counts(None, None, False)


class _Atoms:
    """The atoms of terms: each table's rows divided by every condition that some term has on it."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        conditions: dict[str, list[Where]] = {}
        for indicator in catalogue.measured.values():
            for term in indicator.measure.terms:
                conditions.setdefault(term.table, []).append(self._where(term, indicator))
        for table, where in SAME_PEOPLE.values():
            conditions.setdefault(table.split(".")[0], []).append(where)
        self._classes = {table: list(_classes(found)) for table, found in conditions.items()}

    def of(self, term: Term, indicator: Indicator) -> Atoms:
        """The atoms of a term and of those added to it."""
        return frozenset(atom for part in term.parts for atom in self._of(part, self._where(part, indicator)))

    def _of(self, term: Term, where: Where) -> Iterator[Any]:
        if term.way == "distinct":
            yield (f"distinct {' '.join(term.fields)}", repr(sorted(where.items())))
            return
        for name in term.fields:
            same, narrowed = SAME_PEOPLE.get(name, (name, where))
            for one in self._classes[same.split(".")[0]]:
                if all(one.get(column, OTHER) in codes for column, codes in narrowed.items()):
                    yield (f"{term.way} {same}", tuple(sorted(one.items(), key=str)))

    def _where(self, term: Term, indicator: Indicator) -> Where:
        """The conditions of a term, those of the indicator's years and way of counting among them."""
        where: dict[str, Sequence[Any]] = dict(self._catalogue.rows_where(term))
        if indicator.window is not None:
            where["offset"] = list(range(indicator.window[0], indicator.window[1] + 1))
        if indicator.counting != "-":
            where["counting"] = [indicator.counting]
        return where


def _classes(conditions: Sequence[Where]) -> Iterator[dict[str, Any]]:
    """One row for each class of rows that the conditions tell apart: a code of each column they are on."""
    columns = sorted({column for where in conditions for column in where})
    kept = []
    for column in columns:
        lists = [list(where[column]) for where in conditions if column in where]
        alike = {tuple(code in codes for codes in lists): code for codes in lists for code in codes}
        kept.append([*alike.values(), OTHER])
    yield from (dict(zip(columns, codes, strict=True)) for codes in product(*kept))
