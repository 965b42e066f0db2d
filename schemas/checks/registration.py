"""Where checks register themselves: conditions of one table for its pandera schema, and functions for the rest.

A check is registered by a decorator at its definition and found by the name or kind that ``rules.yaml`` gives:

- ``table_kind`` and ``table_check``: conditions that every row of one clean table must meet. They become named checks
  of the table's schema (`schemas.checks.table_schema`), which runs once a table.
- ``function_kind`` and ``function_check``: functions from a rule and its context to findings, for rules that need
  another table, another round, another form or the file itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from schemas.checks.check_context import CheckContext
from schemas.dictionary.dictionary import DataDictionary
from schemas.rules.check_kinds import ByFunction, ByReading, ByValue, CheckSpec, columns_of
from schemas.rules.finding import Finding
from schemas.rules.rule import Mechanism, Rule


@dataclass(frozen=True)
class AskedRound:
    """What a condition may know beside its table: the questions asked, and the year of the round."""

    dictionary: DataDictionary
    year: int


Bools = np.ndarray[Any, np.dtype[np.bool_]]
Holds = Callable[[pd.DataFrame, AskedRound], pd.Series | Bools]
RowFindings = Callable[[Rule, CheckContext, Sequence[str]], Iterator[Finding]]
Function = Callable[[Rule, CheckContext], Iterator[Finding]]
Spec = TypeVar("Spec")


@dataclass(frozen=True)
class TableCheck:
    """A condition of every row of ``table``; it is silent where one of ``columns`` is missing.

    ``holds`` gives one bool a row. ``findings`` says what is wrong with the rows that fail, named by their keys.
    """

    table: str
    columns: tuple[str, ...]
    holds: Holds
    findings: RowFindings


@dataclass(frozen=True)
class FunctionCheck:
    """A check outside the schemas: which kind of function it is, and the function."""

    mechanism: Mechanism
    function: Function


TABLE_KINDS: dict[type, Callable[[Any], Iterator[TableCheck]]] = {}
FUNCTION_KINDS: dict[type, tuple[Mechanism, Callable[[Rule, Any, CheckContext], Iterator[Finding]]]] = {}
NAMED: dict[str, TableCheck | FunctionCheck] = {}


def table_kind(
    kind: type[Spec],
) -> Callable[[Callable[[Spec], Iterator[TableCheck]]], Callable[[Spec], Iterator[TableCheck]]]:
    """Registers a builder of conditions for a declared kind of check over one table."""

    def register(build: Callable[[Spec], Iterator[TableCheck]]) -> Callable[[Spec], Iterator[TableCheck]]:
        TABLE_KINDS[kind] = build
        return build

    return register


def function_kind(
    kind: type[Spec], mechanism: Mechanism
) -> Callable[
    [Callable[[Rule, Spec, CheckContext], Iterator[Finding]]], Callable[[Rule, Spec, CheckContext], Iterator[Finding]]
]:
    """Registers a function for a declared kind of check that looks beyond one table."""

    def register(
        function: Callable[[Rule, Spec, CheckContext], Iterator[Finding]],
    ) -> Callable[[Rule, Spec, CheckContext], Iterator[Finding]]:
        FUNCTION_KINDS[kind] = mechanism, function
        return function

    return register


def table_check(table: str, *columns: str, holds: Holds) -> Callable[[RowFindings], RowFindings]:
    """Registers the findings of a condition of one table under the function's name, which ``rules.yaml`` gives."""

    def register(findings: RowFindings) -> RowFindings:
        _add(findings, TableCheck(table, columns, holds, findings))
        return findings

    return register


def function_check(mechanism: Mechanism) -> Callable[[Function], Function]:
    """Registers a function under its own name, which ``rules.yaml`` gives; ``mechanism`` says what it needs."""

    def register(function: Function) -> Function:
        _add(function, FunctionCheck(mechanism, function))
        return function

    return register


def _add(function: Callable[..., Any], check: TableCheck | FunctionCheck) -> None:
    name = function.__name__
    if name in NAMED:
        raise ValueError(f"two checks are called {name}")
    NAMED[name] = check


def table_checks_of(spec: CheckSpec) -> list[TableCheck]:
    """The conditions of one table that a check consists of; none for a check outside the schemas."""
    if isinstance(spec, ByFunction):
        named = NAMED.get(spec.name)
        return [named] if isinstance(named, TableCheck) else []
    if type(spec) in TABLE_KINDS and len({table for table, _ in columns_of(spec)}) == 1:
        return list(TABLE_KINDS[type(spec)](spec))
    return []


def function_of(spec: CheckSpec) -> Function | None:
    """The function of a check outside the schemas; None for one of a schema, and for rules judged elsewhere."""
    if isinstance(spec, ByFunction):
        named = NAMED[spec.name]
        return named.function if isinstance(named, FunctionCheck) else None
    if table_checks_of(spec) or type(spec) not in FUNCTION_KINDS:
        return None
    _, function = FUNCTION_KINDS[type(spec)]
    return lambda rule, context: function(rule, spec, context)


def judging_of(spec: CheckSpec) -> tuple[list[TableCheck], Function | None]:
    """Both of the above, found once for each declared check: every form asks for those of every rule."""
    known = _JUDGING.get(id(spec))
    if known is None:
        known = _JUDGING[id(spec)] = spec, table_checks_of(spec), function_of(spec)
    _, conditions, function = known
    return conditions, function


_JUDGING: dict[int, tuple[CheckSpec, list[TableCheck], Function | None]] = {}  # each keeps its check, and so its id


def mechanism_of(spec: CheckSpec) -> Mechanism | None:
    """Which mechanism judges a check; None for a function that is not registered, and for rules judged on reading."""
    if isinstance(spec, ByValue):
        return "values"
    if isinstance(spec, ByReading):
        return None
    if table_checks_of(spec):
        return "schema"
    if isinstance(spec, ByFunction):
        named = NAMED.get(spec.name)
        return named.mechanism if isinstance(named, FunctionCheck) else None
    return FUNCTION_KINDS[type(spec)][0]
