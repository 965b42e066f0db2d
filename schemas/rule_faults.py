"""Words of rules that mean nothing: tables, columns and functions that do not exist."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from schemas.declaration import Fault, Text, nearest, read_document
from schemas.dictionary import DataDictionary
from schemas.rule import (
    RULES_FILE,
    ByFunction,
    ByReading,
    CheckSpec,
    Moved,
    PartOf,
    Rule,
    SumEquals,
    Total,
    TotalsEqual,
    TotalWithin,
    Unchanged,
    UnitsWithinWhole,
)


def faults_of_rules(
    rules: Mapping[str, Rule], dictionary: DataDictionary, functions: Collection[str], path: Path = RULES_FILE
) -> list[Fault]:
    """A fault for each unknown word of ``rules``, which were read from ``path``, with the nearest known one."""
    document = read_document(path)
    lines = {entry["id"]: document.line((index, "check")) for index, entry in enumerate(document.data)}
    return [
        _unknown(path.name, lines[rule.id], word, known)
        for rule in rules.values()
        for word, known in _words(rule.check, dictionary, functions)
        if word not in known
    ]


def _words(
    spec: CheckSpec, dictionary: DataDictionary, functions: Collection[str]
) -> Iterator[tuple[str, Collection[str]]]:
    """The words of a check, each with those it may be."""
    if isinstance(spec, ByFunction):
        yield spec.name, functions
    elif not isinstance(spec, ByReading):
        for table, columns in _columns(spec):
            known = [f.column for f in dictionary.fields.values() if f.table == table]
            tables = {f.table for f in dictionary.fields.values()}
            yield table, tables
            if table in tables:
                yield from ((column, known) for column in columns)


def _columns(spec: CheckSpec) -> Iterator[tuple[str, list[str]]]:
    match spec:
        case PartOf():
            yield spec.table, [column for pair in spec.pairs for column in pair]
        case SumEquals():
            yield spec.table, [*spec.parts, spec.whole]
        case UnitsWithinWhole():
            yield spec.table, spec.columns
        case TotalsEqual() | TotalWithin():
            yield from (_of(spec.left), _of(spec.right))
        case Moved() | Unchanged():
            yield _of(spec.total)
        case _:
            return


def _of(total: Total) -> tuple[str, list[str]]:
    return total.table, total.columns


def _unknown(file: str, line: int, word: str, known: Collection[str]) -> Fault:
    near = nearest(word, known)
    what = Text(ja=f"「{word}」は定義されていません。", en=f"'{word}' is not declared.")
    remedy = Text(
        ja=f"「{near}」ではありませんか。" if near else "定義を追加するか、綴りを直してください。",
        en=f"Did you mean '{near}'?" if near else "Declare it or mend its spelling.",
    )
    return Fault(file, line, what, remedy)
