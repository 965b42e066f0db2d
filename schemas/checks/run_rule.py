"""Judges a case by one rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from inspect import isfunction, signature
from types import ModuleType
from typing import Any

from schemas.checks import (
    checklist_checks,
    partner_checks,
    profile_checks,
    publication_list_checks,
    publication_year_checks,
    sheet_feature_checks,
    workbook_checks,
)
from schemas.checks.check_context import Case
from schemas.checks.row_checks import distinct, in_order, in_round, never, row_share
from schemas.checks.table_checks import (
    part_of,
    same_columns,
    share,
    sum_equals,
    total_within,
    totals_equal,
    units_within_whole,
)
from schemas.checks.year_checks import changed, factor, moved, rise_within, shifted, shrinking_whole, swapped, unchanged
from schemas.rules import check_kinds as kinds
from schemas.rules.finding import Finding
from schemas.rules.rule import Rule

Function = Callable[[Rule, Case], Iterator[Finding]]


def _functions_of(*modules: ModuleType) -> dict[str, Function]:
    """The checks of modules by name: their own public functions from a rule and a case to findings."""
    return {
        name: function
        for module in modules
        for name, function in vars(module).items()
        if isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
        if [*signature(function).parameters] == ["rule", "case"]
    }


# A check that no kind of declaration covers is a function in one of these modules; rules.yaml names it.
FUNCTIONS: Mapping[str, Function] = _functions_of(
    profile_checks,
    checklist_checks,
    publication_year_checks,
    workbook_checks,
    sheet_feature_checks,
    publication_list_checks,
    partner_checks,
)
KINDS: Mapping[type, Callable[[Rule, Any, Case], Iterator[Finding]]] = {
    kinds.PartOf: part_of,
    kinds.SumEquals: sum_equals,
    kinds.Never: never,
    kinds.InOrder: in_order,
    kinds.InRound: in_round,
    kinds.Distinct: distinct,
    kinds.RowShare: row_share,
    kinds.TotalsEqual: totals_equal,
    kinds.TotalWithin: total_within,
    kinds.Share: share,
    kinds.UnitsWithinWhole: units_within_whole,
    kinds.SameColumns: same_columns,
    kinds.Moved: moved,
    kinds.Unchanged: unchanged,
    kinds.Factor: factor,
    kinds.RiseWithin: rise_within,
    kinds.Swapped: swapped,
    kinds.Shifted: shifted,
    kinds.ShrinkingWhole: shrinking_whole,
    kinds.Changed: changed,
}


def judge(rule: Rule, case: Case) -> Iterator[Finding]:
    """The findings of one rule on one case; rules judged while reading give none here."""
    spec = rule.check
    if isinstance(spec, kinds.ByFunction):
        yield from FUNCTIONS[spec.name](rule, case)
    elif not isinstance(spec, kinds.ByReading | kinds.ByValue):
        yield from KINDS[type(spec)](rule, spec, case)
