"""What can be wrong with a measure: its kind, terms, fields, rows, and the indicators that a difference compares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from indicators.catalogue.declarations import Indicator
from indicators.catalogue.measure_kinds import Concentration, Difference, EffectiveNumber, Measure, RowChoice, Term
from indicators.catalogue.references import KnownNames, Path, sentences
from schemas.dictionary.declaration import Document, Fault
from schemas.dictionary.dictionary import DataDictionary
from schemas.dictionary.field import NUMERIC

TOP_LEVEL = 3  # of the checklist


def measure_faults(
    document: Document, at: Path, indicator: Indicator, measure: Measure, known: KnownNames
) -> Iterator[Fault]:
    """Every fault of one measure, which stands at ``at`` in the file."""
    if not measure.kind:
        yield document.fault(at, *sentences.fault("measure_of_many_kinds"))
        return
    for path, first in _terms(at, measure):
        for term in first.parts:
            yield from _term_faults(document, path, term, known.dictionary)
    if measure.mixed is not None:
        yield from _mixed_faults(document, (*at, measure.kind), measure.mixed, known.dictionary)
    if measure.weighted_level is not None:
        groups = [group.code for group in known.dictionary.checklist.groups]
        for group in measure.weighted_level.groups:
            if group not in groups:
                yield document.undeclared_fault((*at, "weighted_level", "groups"), group, groups)
    if measure.levels_reached is not None and not 1 <= measure.levels_reached.threshold <= TOP_LEVEL:
        path = (*at, "levels_reached", "threshold")
        yield document.fault(path, *sentences.fault("bad_threshold", top=TOP_LEVEL))
    if measure.difference is not None:
        yield from _difference_faults(document, (*at, "difference"), indicator, measure.difference, known)


def _terms(at: Path, measure: Measure) -> list[tuple[Path, Term]]:
    if measure.pair is not None:
        pair = measure.pair
        return [((*at, measure.kind, "part"), pair.part), ((*at, measure.kind, "whole"), pair.whole)]
    return [((*at, measure.kind), measure.plain)] if measure.plain is not None else []


def _term_faults(document: Document, path: Path, term: Term, dictionary: DataDictionary) -> Iterator[Fault]:
    if not term.way:
        yield document.fault(path, *sentences.fault("term_of_many_ways"))
        return
    is_sum = term.way == "sum"
    wanted = [name for name, f in dictionary.fields.items() if (f.type in NUMERIC) == is_sum]
    for name in term.fields:
        if name not in wanted:
            yield document.undeclared_fault((*path, term.way), name, wanted)
            return
    if len({name.split(".")[0] for name in term.fields}) > 1:
        yield document.fault((*path, term.way), *sentences.fault("sum_over_tables"))
    lists = dictionary.code_list_names[term.table]
    for column, choice in term.where.items():
        yield from _where_faults(document, (*path, "where", column), column, choice, lists, dictionary, term)


def _where_faults(
    document: Document,
    path: Path,
    column: str,
    choice: list[str] | RowChoice,
    lists: Mapping[str, str],
    dictionary: DataDictionary,
    term: Term,
) -> Iterator[Fault]:
    if isinstance(choice, RowChoice) and choice.blank:
        columns = [f.column for f in dictionary.fields.values() if f.table == term.table]
        if column not in columns:
            yield document.undeclared_fault(path, column, columns)
        return
    if column not in lists:
        yield document.undeclared_fault(path, column, lists)
        return
    code_list = dictionary.code_lists[lists[column]]
    groups = sorted({item.group for item in code_list.items if item.group})
    for code in choice.not_ if isinstance(choice, RowChoice) else choice:
        if code not in code_list.codes():
            yield document.undeclared_fault(path, code, code_list.codes())
    if isinstance(choice, RowChoice) and choice.group is not None and choice.group not in groups:
        yield document.undeclared_fault(path, choice.group, groups)


def _mixed_faults(
    document: Document, path: Path, mixed: EffectiveNumber | Concentration, dictionary: DataDictionary
) -> Iterator[Fault]:
    numeric = [name for name, f in dictionary.fields.items() if f.type in NUMERIC]
    if mixed.of not in numeric:
        yield document.undeclared_fault((*path, "of"), mixed.of, numeric)
        return
    lists = dictionary.code_list_names[mixed.term.table]
    if mixed.by not in lists:
        yield document.undeclared_fault((*path, "by"), mixed.by, lists)
    yield from _term_faults(document, path, mixed.term, dictionary)


def _difference_faults(
    document: Document, at: Path, indicator: Indicator, difference: Difference, known: KnownNames
) -> Iterator[Fault]:
    is_of_levels = difference.first is not None and difference.second is not None
    if is_of_levels == (difference.minus is not None) or (difference.first is None) != (difference.second is None):
        yield document.fault(at, *sentences.fault("difference_of_two_ways"))
        return
    for key, name in zip(("of", "minus"), difference.names, strict=False):
        yield from _compared_faults(document, (*at, key), name, indicator, difference, known)


def _compared_faults(
    document: Document, path: Path, name: str, indicator: Indicator, difference: Difference, known: KnownNames
) -> Iterator[Fault]:
    base = known.indicators.get(name)
    if base is None:
        if not known.has_lost("definitions", name):
            yield document.undeclared_fault(path, name, [other for other in known.indicators if other != indicator.id])
    elif base.measure.difference is not None:
        is_circle = indicator.id in _chain(base, known)
        what = sentences("differences_in_circle" if is_circle else "base_is_difference", id=base.id)
        yield document.fault(path, what, sentences("base_is_difference_remedy"))
    elif base.measure.mixed is not None:
        yield document.fault(path, *sentences.fault("base_no_ratio", id=base.id))
    elif not {difference.first or "institution", "institution"} <= set(base.levels):
        yield document.fault(path, *sentences.fault("base_not_at_both_levels", id=base.id))


def _chain(start: Indicator, known: KnownNames) -> list[str]:
    """The ids that ``start`` refers to, itself first, until one refers to none or comes twice."""
    chain = [start.id]
    following: Indicator | None = start
    while following is not None and following.measure.difference is not None:
        name = following.measure.difference.of
        if name in chain:
            break
        chain.append(name)
        following = known.indicators.get(name)
    return chain
