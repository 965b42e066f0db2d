"""Judges a case by one rule."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.case import Case as Case
from schemas.case import at as at
from schemas.finding import Finding
from schemas.rule import (
    ByFunction,
    Moved,
    PartOf,
    Rule,
    SumEquals,
    TotalsEqual,
    TotalWithin,
    Unchanged,
    UnitsWithinWhole,
)
from schemas.special_checks import FUNCTIONS
from schemas.table_checks import (
    moved,
    part_of,
    sum_equals,
    total_within,
    totals_equal,
    unchanged,
    units_within_whole,
)


def judge(rule: Rule, case: Case) -> Iterator[Finding]:
    """The findings of one rule on one case."""
    spec = rule.check
    match spec:
        case PartOf():
            yield from part_of(rule, spec, case)
        case SumEquals():
            yield from sum_equals(rule, spec, case)
        case UnitsWithinWhole():
            yield from units_within_whole(rule, spec, case)
        case TotalsEqual():
            yield from totals_equal(rule, spec, case)
        case TotalWithin():
            yield from total_within(rule, spec, case)
        case Moved():
            yield from moved(rule, spec, case)
        case Unchanged():
            yield from unchanged(rule, spec, case)
        case ByFunction():
            yield from FUNCTIONS[spec.name](rule, case)
