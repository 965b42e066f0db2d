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
from schemas.rules.check_kinds import PartOf
from schemas.rules.rule import load_rules

Atoms = frozenset[Any]
Key = tuple[str, str]  # indicator and definition
Where = Mapping[str, Sequence[Any]]
# What everybody knows to add up, since a form in which it does not is sent back. Two questions about the same people:
# foreign nationals among the faculty (R.RES.008), by nationality (R.RES.009), and the classes of the faculty, each of
# which is some of every position (R.RES.007). Questions that are the sum of others, where a condition holds: the
# faculty of its classes, papers of those with partners abroad, at home and with none (R.PUB.101, R.PUB.102).
FACULTY: Where = {"position": ["professor", "associate", "assistant"]}
FULL: Where = {"counting": ["full"]}  # parts that were counted as fractions are rounded
FACULTY_CLASSES = ("foreign_degree", "abroad_3y", "abroad_1y", "other")
# Papers of few authors without partners abroad, which no question asks for; they are among all such papers (R.PUB.128).
PAPERS = "publications"
FEW_AT_HOME = f"{PAPERS}.few_authors_at_home"
AT_HOME = ("publications.domestic", "publications.single")
SAME_PEOPLE: Mapping[str, tuple[str, Where]] = {
    "faculty_classes.foreign": ("researchers.foreign", FACULTY),
    "nationalities.persons": ("researchers.foreign", {}),
    **{f"faculty_classes.{name}": (f"researchers.{name}", FACULTY) for name in FACULTY_CLASSES},
}
PARTS: Mapping[str, tuple[Where, tuple[str, ...]]] = {
    "researchers.total": (FACULTY, tuple(f"researchers.{name}" for name in ("foreign", *FACULTY_CLASSES))),
    "publications.papers": (FULL, tuple(f"publications.{name}" for name in ("international", "domestic", "single"))),
    "publications.top10_papers": (
        FULL,
        tuple(f"publications.top10_{name}" for name in ("international", "domestic", "single")),
    ),
    "publications.up_to_100_authors": (FULL, ("publications.up_to_100_authors_international", FEW_AT_HOME)),
}
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
    ``open_items``: indicators that count checklist items, which are no secret. ``within``: (part, whole) atoms of one
    class of rows that the form itself does not let be more than others.
    """

    counts: Mapping[Key, Counts] = default(default_factory=dict)
    derived: Mapping[str, tuple[str, ...]] = default(default_factory=dict)
    open_items: frozenset[str] = frozenset()
    within: tuple[tuple[Atoms, Atoms], ...] = ()

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
        within=tuple(dict.fromkeys(atoms.within())),
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
        for name, where in [*SAME_PEOPLE.values(), *((name, where) for name, (where, _) in PARTS.items())]:
            conditions.setdefault(name.split(".")[0], []).append(where)
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
                if _is_in(one, narrowed):
                    known, parts = PARTS.get(same, (where, (same,)))
                    for part in parts if term.way == "sum" and _is_in(one, known) else (same,):
                        yield (f"{term.way} {part}", tuple(sorted(one.items(), key=str)))

    def within(self) -> Iterator[tuple[Atoms, Atoms]]:
        """What a form is sent back for where a part is more than its whole, for each class of rows of its table."""
        pairs = [
            ((f"{rule.check.table}.{part}",), (f"{rule.check.table}.{whole}",))
            for rule in load_rules().values()
            if rule.severity == "error" and rule.status == "active" and isinstance(rule.check, PartOf)
            for part, whole in rule.check.pairs
        ]
        for parts, wholes in [*pairs, ((FEW_AT_HOME,), AT_HOME)]:
            for one in self._classes.get(parts[0].split(".")[0], ()):
                part, whole = (frozenset(a for name in names for a in _summed(name, one)) for names in (parts, wholes))
                if not part <= whole:
                    yield part, whole

    def _where(self, term: Term, indicator: Indicator) -> Where:
        """The conditions of a term, those of the indicator's years and way of counting among them."""
        where: dict[str, Sequence[Any]] = dict(self._catalogue.rows_where(term))
        if indicator.window is not None:
            where["offset"] = list(range(indicator.window[0], indicator.window[1] + 1))
        if indicator.counting != "-":
            where["counting"] = [indicator.counting]
        return where


def _summed(name: str, one: Mapping[str, Any]) -> Iterator[Any]:
    """The atoms of a question in one class of rows."""
    known, parts = PARTS.get(name, ({}, (name,)))
    for part in parts if _is_in(one, known) else (name,):
        yield (f"sum {part}", tuple(sorted(one.items(), key=str)))


def _is_in(one: Mapping[str, Any], where: Where) -> bool:
    """Whether a class of rows is among those of a condition."""
    return all(one.get(column, OTHER) in codes for column, codes in where.items())


def _classes(conditions: Sequence[Where]) -> Iterator[dict[str, Any]]:
    """One row for each class of rows that the conditions tell apart: a code of each column they are on."""
    columns = sorted({column for where in conditions for column in where})
    kept = []
    for column in columns:
        lists = [list(where[column]) for where in conditions if column in where]
        alike = {tuple(code in codes for codes in lists): code for codes in lists for code in codes}
        kept.append([*alike.values(), OTHER])
    yield from (dict(zip(columns, codes, strict=True)) for codes in product(*kept))
