"""Judges a case by one rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from schemas import check_kinds as kinds
from schemas.case import Case as Case
from schemas.case import at as at
from schemas.file_checks import FILE_FUNCTIONS
from schemas.finding import Finding
from schemas.level_checks import LEVEL_FUNCTIONS
from schemas.list_checks import LIST_FUNCTIONS
from schemas.partner_checks import PARTNER_FUNCTIONS
from schemas.row_checks import distinct, in_order, in_round, never, row_share
from schemas.rule import ByFunction, ByReading, Rule
from schemas.sheet_checks import SHEET_FUNCTIONS
from schemas.special_checks import FUNCTIONS as SPECIAL_FUNCTIONS
from schemas.table_checks import (
    part_of,
    same_columns,
    share,
    sum_equals,
    total_within,
    totals_equal,
    units_within_whole,
)
from schemas.year_checks import changed, factor, moved, rise_within, shifted, shrinking_whole, swapped, unchanged
from schemas.year_functions import YEAR_FUNCTIONS

Function = Callable[[Rule, Case], Iterator[Finding]]
FUNCTIONS: Mapping[str, Function] = {
    **SPECIAL_FUNCTIONS,
    **LEVEL_FUNCTIONS,
    **YEAR_FUNCTIONS,
    **FILE_FUNCTIONS,
    **SHEET_FUNCTIONS,
    **LIST_FUNCTIONS,
    **PARTNER_FUNCTIONS,
}
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
    if isinstance(spec, ByFunction):
        yield from FUNCTIONS[spec.name](rule, case)
    elif not isinstance(spec, ByReading | kinds.ByValue):
        yield from KINDS[type(spec)](rule, spec, case)
