"""Words of rules that mean nothing: tables, columns and functions that do not exist."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from schemas.dictionary.declaration import Fault, read_document, undeclared
from schemas.dictionary.dictionary import DataDictionary
from schemas.rules.check_kinds import ByFunction, CheckSpec, columns_of
from schemas.rules.rule import RULES_FILE, Rule


def faults_of_rules(
    rules: Mapping[str, Rule], dictionary: DataDictionary, functions: Collection[str], path: Path = RULES_FILE
) -> list[Fault]:
    """A fault for each unknown word of ``rules``, which were read from ``path``, with the nearest known one."""
    document = read_document(path)
    lines = {entry["id"]: document.line((index, "check")) for index, entry in enumerate(document.data)}
    return [
        Fault(path.name, lines[rule.id], *undeclared(word, known))
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
        return
    tables = {f.table for f in dictionary.fields.values()}
    for table, columns in columns_of(spec):
        yield table, tables
        if table in tables:
            named = [f for f in dictionary.fields.values() if f.table == table]
            codes = [f"{f.column}__code" for f in named if f.codes]
            known = [*(f.column for f in named), *codes, *_keys(dictionary, table)]
            yield from ((column, known) for column in columns)


def _keys(dictionary: DataDictionary, table: str) -> list[str]:
    """The key columns of a table."""
    blocks = [block for field, (_, block) in dictionary.places.items() if field.split(".")[0] == table]
    across = ["scope" for block in blocks if any(f.across for f in block.fields)]
    return [*(rows.key for block in blocks for rows in block.rows), *across]
