"""What can be wrong with a measure: its kind, terms, fields, rows, and the indicators that a difference compares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from indicators.catalogue.declarations import Indicator
from indicators.catalogue.measure_kinds import Concentration, Difference, EffectiveNumber, Measure, RowChoice, Term
from indicators.catalogue.references import KnownNames, Path
from schemas.dictionary.declaration import Document, Fault, Text
from schemas.dictionary.dictionary import DataDictionary
from schemas.dictionary.field import NUMERIC

TOP_LEVEL = 3  # of the checklist


def measure_faults(
    document: Document, at: Path, indicator: Indicator, measure: Measure, known: KnownNames
) -> Iterator[Fault]:
    """Every fault of one measure, which stands at ``at`` in the file."""
    if not measure.kind:
        what = Text(ja="measure に書けるのは一種類だけです。", en="A measure is of exactly one kind.")
        yield document.fault(at, what, Text(ja="一種類だけを残してください。", en="Leave one kind."))
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
        what = Text(ja=f"threshold は1～{TOP_LEVEL}の段階です。", en=f"A threshold is a level from 1 to {TOP_LEVEL}.")
        yield document.fault(path, what, Text(ja="段階を直してください。", en="Mend the level."))
    if measure.difference is not None:
        yield from _difference_faults(document, (*at, "difference"), indicator, measure.difference, known)


def _terms(at: Path, measure: Measure) -> list[tuple[Path, Term]]:
    if measure.pair is not None:
        pair = measure.pair
        return [((*at, measure.kind, "part"), pair.part), ((*at, measure.kind, "whole"), pair.whole)]
    return [((*at, measure.kind), measure.plain)] if measure.plain is not None else []


def _term_faults(document: Document, path: Path, term: Term, dictionary: DataDictionary) -> Iterator[Fault]:
    if not term.way:
        what = Text(
            ja="sum、count、distinct のどれか一つが必要です。", en="A term takes one of sum, count and distinct."
        )
        yield document.fault(path, what, Text(ja="一つだけを書いてください。", en="Give one of them."))
        return
    is_sum = term.way == "sum"
    wanted = [name for name, f in dictionary.fields.items() if (f.type in NUMERIC) == is_sum]
    for name in term.fields:
        if name not in wanted:
            yield document.undeclared_fault((*path, term.way), name, wanted)
            return
    if len({name.split(".")[0] for name in term.fields}) > 1:
        what = Text(ja="sum に書けるのは一つの表の項目だけです。", en="A sum takes fields of one table only.")
        yield document.fault((*path, term.way), what, Text(ja="項目を直してください。", en="Mend the fields."))
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
        what = Text(
            ja="difference は first と second、又は minus のどちらかです。",
            en="A difference takes first and second, or minus.",
        )
        yield document.fault(at, what, Text(ja="一方だけを書いてください。", en="Give one of them."))
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
        circle = Text(ja="差の参照が一巡しています。", en="The differences refer to each other in a circle.")
        nested = Text(ja=f"「{base.id}」自体が差です。", en=f"'{base.id}' is a difference itself.")
        remedy = Text(ja="差でない指標を指定してください。", en="Name an indicator that is not a difference.")
        yield document.fault(path, circle if is_circle else nested, remedy)
    elif base.measure.mixed is not None:
        what = Text(ja=f"「{base.id}」は比ではありません。", en=f"'{base.id}' is no ratio.")
        yield document.fault(path, what, Text(ja="別の指標にしてください。", en="Choose another indicator."))
    elif not {difference.first or "institution", "institution"} <= set(base.levels):
        what = Text(
            ja=f"「{base.id}」は両方のレベルでは測りません。", en=f"'{base.id}' is not measured at both levels."
        )
        yield document.fault(path, what, Text(ja="別の指標にしてください。", en="Choose another indicator."))


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
