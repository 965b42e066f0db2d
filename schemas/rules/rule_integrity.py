"""Words of rules that mean nothing: mechanisms, functions, tables, columns and indicators that do not exist."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas.dictionary.declaration import Document, Fault, Text, read_document
from schemas.dictionary.dictionary import DataDictionary
from schemas.rules.check_kinds import ByFunction, ByReading, ByValue, CheckSpec, columns_of
from schemas.rules.rule import RULES_FILE, Mechanism, Rule

ON_READING: tuple[Mechanism, ...] = ("reading", "package", "forms")  # of rules that name no check


@dataclass(frozen=True)
class RuleNames:
    """What rules may name: the questions, the registered functions, the indicators, and what judges each check."""

    dictionary: DataDictionary
    functions: Collection[str]
    mechanism_of: Callable[[CheckSpec], Mechanism | None]
    indicators: Collection[str] = ()


def rule_faults(rules: Mapping[str, Rule], declared: RuleNames, path: Path = RULES_FILE) -> list[Fault]:
    """A fault for each unknown word of ``rules``, which were read from ``path``, with the nearest known one.

    Also one for each rule whose ``mechanism`` is not the one that judges its check.
    """
    document = read_document(path)
    positions = {entry["id"]: index for index, entry in enumerate(document.data)}
    found: list[Fault] = []
    for rule in rules.values():
        words = [
            document.undeclared_fault((positions[rule.id], "check"), *pair)
            for pair in _unknown_words(rule.check, declared)
        ]
        found.extend(words or _mechanism_faults(document, positions[rule.id], rule, declared))
    return found


def _mechanism_faults(document: Document, position: int, rule: Rule, declared: RuleNames) -> Iterator[Fault]:
    own = declared.mechanism_of(rule.check)
    allowed = ON_READING if isinstance(rule.check, ByReading) else (own,)
    if rule.mechanism not in allowed:
        named = " / ".join(str(mechanism) for mechanism in allowed)
        what = Text(
            ja=f"規則 {rule.id} の確認の仕組みは「{rule.mechanism}」ではありません。",
            en=f"Rule {rule.id} is not judged by '{rule.mechanism}'.",
        )
        remedy = Text(ja=f"mechanism を「{named}」に直してください。", en=f"Write mechanism: {named}.")
        yield document.fault((position, "mechanism"), what, remedy)


def _unknown_words(spec: CheckSpec, declared: RuleNames) -> Iterator[tuple[str, Collection[str]]]:
    return ((word, known) for word, known in _words(spec, declared) if word not in known)


def _words(spec: CheckSpec, declared: RuleNames) -> Iterator[tuple[str, Collection[str]]]:
    """The words of a check, each with those it may be."""
    if isinstance(spec, ByFunction):
        yield spec.name, declared.functions
    if isinstance(spec, ByValue):
        yield from ((name, declared.indicators) for name in spec.indicators)
    dictionary = declared.dictionary
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
    blocks = [block for field, (_, block) in dictionary.block_of.items() if field.split(".")[0] == table]
    across = ["scope" for block in blocks if any(f.across for f in block.fields)]
    return [*(rows.key for block in blocks for rows in block.rows), *across]
