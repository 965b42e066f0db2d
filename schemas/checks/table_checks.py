"""Checks of parts and wholes, of sums and of totals, within one clean table and between two."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from schemas.checks.check_context import CheckContext, all_but, cell_ref_of, floats_of, is_missing, number
from schemas.checks.registration import AskedRound, Bools, TableCheck, function_check, function_kind, table_kind
from schemas.dictionary.dictionary import WHOLE, DataDictionary
from schemas.dictionary.format_number import format_number
from schemas.reading.answer import Answer
from schemas.reading.choice_labels import list_labels
from schemas.reading.clean_tables import EXACT
from schemas.rules.check_kinds import (
    CheckSpec,
    KindLimit,
    PartOf,
    Proportion,
    RatioCheck,
    SameColumns,
    ShareCheck,
    SumEquals,
    Total,
    TotalsEqual,
    TotalWithin,
    UnitsWithinWhole,
)
from schemas.rules.finding import Finding
from schemas.rules.rule import Rule, load_rules

PLACES = 3  # decimals of a fractional count
CODES_OF_NO_NUMBER = ("a", "m")  # does not apply, not known

Cells = list[tuple[str, str]]  # (column, row key)
Fails = Callable[[float, float, float], bool]  # judges two sums and how far rounding may have set them apart


@table_kind(PartOf)
def parts_within_wholes(spec: PartOf) -> Iterator[TableCheck]:
    """In each row no part exceeds its whole; silent where either has no number."""
    for part, whole in spec.pairs:
        yield _part_within_whole(spec.table, part, whole)


def _part_within_whole(table: str, part: str, whole: str) -> TableCheck:
    def holds(rows: pd.DataFrame, _: AskedRound) -> Bools:
        held: Bools = ~(floats_of(rows[part]) > floats_of(rows[whole]))
        return held

    def findings(rule: Rule, context: CheckContext, keys: Sequence[str]) -> Iterator[Finding]:
        for key in keys:
            row = context.table(table).loc[key]
            params = {
                "cell": context.address(table, part, key),
                "label": context.heading(table, part, key),
                "part": number(row[part]),
                "whole": number(row[whole]),
                "whole_cell": context.address(table, whole, key),
                "whole_label": context.heading(table, whole, key),
            }
            yield rule.finding(params, value=number(row[part]), **context.cell_ref(table, [part, whole], key))

    return TableCheck(table, (part, whole), holds, findings)


def rounding_tolerance(numbers: Sequence[float]) -> float:
    """By how much an equation of ``numbers`` may be off because they were rounded.

    A number with d decimals stands for any within half a unit of its last place; the equation holds where the
    intervals of both sides meet (interval arithmetic, as in the validation rules of European bank reporting). All
    numbers count with the decimals of the most precise; whole numbers are exact.
    """
    decimals = max((_decimals(value) for value in numbers), default=0)
    return len(numbers) * 0.5 * 10.0**-decimals if decimals else 0.0


def _decimals(value: float) -> int:
    return next((d for d in range(PLACES) if abs(round(value, d) - value) < EXACT), PLACES)


@table_kind(SumEquals)
def parts_add_up(spec: SumEquals) -> Iterator[TableCheck]:
    """In each row the parts add up to the whole, rounding apart; silent unless all are numbers."""
    columns = [*spec.parts, spec.whole]

    def holds(rows: pd.DataFrame, _: AskedRound) -> Bools:
        numbers = zip(*(floats_of(rows[column]).tolist() for column in columns), strict=True)
        return np.array([_adds_up([*row]) for row in numbers], dtype=bool)

    def findings(rule: Rule, context: CheckContext, keys: Sequence[str]) -> Iterator[Finding]:
        for key in keys:
            row = context.table(spec.table).loc[key]
            params = {
                "cell": context.address(spec.table, spec.parts[0], key),
                "sum": number(sum(row[part] for part in spec.parts)),
                "whole": number(row[spec.whole]),
                "whole_cell": context.address(spec.table, spec.whole, key),
            }
            yield rule.finding(params, value=params["sum"], **context.cell_ref(spec.table, columns, key))

    yield TableCheck(spec.table, tuple(columns), holds, findings)


def _adds_up(numbers: list[float]) -> bool:
    *parts, whole = numbers
    return any(map(math.isnan, numbers)) or abs(sum(parts) - whole) <= rounding_tolerance(numbers) + EXACT


@table_kind(UnitsWithinWhole)
def units_within_whole(spec: UnitsWithinWhole) -> Iterator[TableCheck]:
    """No row of a unit exceeds the same row of the whole institution."""
    for column in spec.columns:
        yield _unit_within_whole(spec.table, column)


def _unit_within_whole(table: str, column: str) -> TableCheck:
    def holds(rows: pd.DataFrame, _: AskedRound) -> Bools:
        cells = zip(rows["unit"].tolist(), rows["position"].tolist(), floats_of(rows[column]).tolist(), strict=True)
        listed = [*cells]
        limits = {position: value for unit, position, value in listed if unit == WHOLE}
        held = [unit == WHOLE or not value > limits.get(position, math.inf) for unit, position, value in listed]
        return np.array(held, dtype=bool)

    def findings(rule: Rule, context: CheckContext, keys: Sequence[str]) -> Iterator[Finding]:
        frame = context.table(table)
        is_whole = frame["unit"] == WHOLE
        whole_keys = dict(zip(frame.loc[is_whole, "position"], frame.index[is_whole], strict=True))
        for key in keys:
            whole_key = str(whole_keys[frame.loc[key, "position"]])
            params = {
                "cell": context.address(table, column, key),
                "label": context.heading(table, column, key),
                "part": number(frame.loc[key, column]),
                "whole": number(frame.loc[whole_key, column]),
                "whole_cell": context.address(table, column, whole_key),
            }
            cell_ref, whole = context.cell_ref(table, [column], key), context.cell_ref(table, [column], whole_key)
            cell_ref |= {name: cell_ref[name] + whole[name] for name in ("cells", "blocks")}
            yield rule.finding(params, value=params["part"], **cell_ref)

    return TableCheck(table, ("unit", "position", column), holds, findings)


def total_of(spec: Total, tables: Mapping[str, pd.DataFrame]) -> tuple[float | None, Cells]:
    """The sum and the cells it is made of; None unless every cell holds a number."""
    frame = tables.get(spec.table)
    if frame is None or frame.empty or not set(spec.columns) <= set(frame.columns):
        return None, []
    # Forms are so small that plain lists cost less than frames of chosen rows.
    rows = list(range(len(frame)))
    for key, among in spec.where.items():
        given = frame[key].tolist()
        rows = [row for row in rows if given[row] in among]
    keys = frame.index.tolist()
    columns = [frame[column].tolist() for column in spec.columns]
    cells = [(column, str(keys[row])) for row in rows for column in spec.columns]
    values = [column[row] for row in rows for column in columns]
    if not values or any(map(is_missing, values)):
        return None, cells
    return float(np.array(values, dtype=float).sum()), cells


def _off_by_rounding(frame: pd.DataFrame, total: Total, cells: Cells, dictionary: DataDictionary) -> float:
    """By how much a sum may be off: half a thousand yen for each amount of money, else by its decimals."""
    if all(dictionary.fields[f"{total.table}.{column}"].unit == "thousand_yen" for column in total.columns):
        return 0.5 * len(cells)
    rows = frame.loc[list(dict.fromkeys(key for _, key in cells)), total.columns]
    return rounding_tolerance(rows.to_numpy(dtype=float).ravel().tolist())


def _are_apart(
    left: Total, right: Total, tables: Mapping[str, pd.DataFrame], dictionary: DataDictionary, fails: Fails
) -> bool:
    """Whether both sums are known and ``fails`` says that they do not fit each other."""
    (a, cells), (b, others) = total_of(left, tables), total_of(right, tables)
    if a is None or b is None or not fails(a, b, 0.0):
        return False
    apart = _off_by_rounding(tables[left.table], left, cells, dictionary)
    return fails(a, b, apart + _off_by_rounding(tables[right.table], right, others, dictionary))


def _totals_finding(rule: Rule, left: Total, right: Total, context: CheckContext) -> Finding:
    (a, cells), (b, others) = total_of(left, context.tables), total_of(right, context.tables)
    params = {"left": number(a), "right": number(b)}
    return rule.finding(params, value=number(a), **cells_of_totals(context, left.table, cells, right.table, others))


def cells_of_totals(context: CheckContext, table: str, cells: Cells, other: str, others: Cells) -> dict[str, Any]:
    """The cells of both totals; only those of the first, which divides or repeats the other, are blocked."""
    first = [a for column, key in cells if (a := context.answer(table, column, key))]
    second = [a for column, key in others if (a := context.answer(other, column, key))]
    same = [a for a in second if first and a.sheet == first[0].sheet and a not in first]
    return {
        "field": f"{table}.{cells[0][0]}",
        "row_key": "",
        "sheet": first[0].sheet if first else None,
        "cells": tuple(a.cell for a in [*first, *same]),
        "blocks": tuple((a.field.id, a.row_key) for a in first),
    }


def _not_equal(a: float, b: float, apart: float) -> bool:
    return abs(a - b) > apart + EXACT


def _beyond_percent(percent: int) -> Fails:
    return lambda a, b, apart: (a - apart) * 100 > b * percent


def _totals_in_one_table(left: Total, right: Total, fails: Fails) -> TableCheck:
    def holds(rows: pd.DataFrame, asked: AskedRound) -> Bools:
        is_bad = _are_apart(left, right, {left.table: rows}, asked.dictionary, fails)
        return all_but(rows, [key for _, key in total_of(left, {left.table: rows})[1] if is_bad])

    def findings(rule: Rule, context: CheckContext, _: Sequence[str]) -> Iterator[Finding]:
        yield _totals_finding(rule, left, right, context)

    columns = (*left.columns, *left.where, *right.columns, *right.where)
    return TableCheck(left.table, columns, holds, findings)


@table_kind(TotalsEqual)
def equal_totals(spec: TotalsEqual) -> Iterator[TableCheck]:
    """Two sums over one table are equal; the rows of the first fail."""
    yield _totals_in_one_table(spec.left, spec.right, _not_equal)


@function_kind(TotalsEqual, "tables")
def find_unequal_totals(rule: Rule, spec: TotalsEqual, context: CheckContext) -> Iterator[Finding]:
    """Two sums over two tables that should be equal and are not."""
    if _are_apart(spec.left, spec.right, context.tables, context.dictionary, _not_equal):
        yield _totals_finding(rule, spec.left, spec.right, context)


@table_kind(TotalWithin)
def totals_within(spec: TotalWithin) -> Iterator[TableCheck]:
    """A sum does not exceed another over the same table, or the given percentage of it; its rows fail."""
    yield _totals_in_one_table(spec.left, spec.right, _beyond_percent(spec.percent))


@function_kind(TotalWithin, "tables")
def find_exceeding_totals(rule: Rule, spec: TotalWithin, context: CheckContext) -> Iterator[Finding]:
    """A sum that exceeds the one in another table that it is part of, or the given percentage of it."""
    if _are_apart(spec.left, spec.right, context.tables, context.dictionary, _beyond_percent(spec.percent)):
        yield _totals_finding(rule, spec.left, spec.right, context)


@function_check("tables")
def parts_of_coded_whole(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Totals said not to apply, or not to be known, of which parts are above 0: by every rule of part and whole."""
    labels = context.dictionary.labels("answer_codes")
    for whole in context.submission.answers:
        if whole.code not in CODES_OF_NO_NUMBER or not whole.applies:
            continue
        found = dict.fromkeys(cell for spec in _part_rules() for cell in _cells_within(spec, whole, context))
        answers = [a for column, key in found if (a := context.submission.by_key.get((column, key)))]
        parts = [a for a in answers if a.applies and isinstance(a.value, int | Decimal) and a.value > 0]
        if parts:
            params = {
                "cell": whole.address,
                "label": whole.heading,
                "code": labels[whole.code],
                "parts": list_labels([part.heading for part in parts]),
                "part_cell": parts[0].address,
                "part": number(parts[0].value),
            }
            cells = tuple(one.cell for one in (whole, *parts) if one.cell and one.sheet == whole.sheet)
            yield rule.finding(params, **{**cell_ref_of(whole), "cells": cells, "blocks": ()})


@cache
def _part_rules() -> tuple[CheckSpec, ...]:
    """The checks that a part cannot be more than its whole; those that only ask compare what need not be a part."""
    return tuple(rule.check for rule in load_rules().values() if rule.severity == "error" and rule.status == "active")


def _cells_within(spec: CheckSpec, whole: Answer, context: CheckContext) -> Iterator[tuple[str, str]]:
    """Field and row key of each answer that ``spec`` says is a part of ``whole``."""
    table, column = whole.field.table, whole.field.column
    match spec:
        case PartOf() if spec.table == table:
            yield from ((f"{table}.{part}", whole.row_key) for part, of in spec.pairs if of == column)
        case SumEquals() if (spec.table, spec.whole) == (table, column):
            yield from ((f"{table}.{part}", whole.row_key) for part in spec.parts)
        case UnitsWithinWhole() if spec.table == table and column in spec.columns and whole.keys["unit"] == WHOLE:
            same = [a for a in context.submission.answers if a.field.id == whole.field.id and a is not whole]
            yield from ((a.field.id, a.row_key) for a in same if a.keys["position"] == whole.keys["position"])
        case TotalsEqual() | TotalWithin() if spec.right.table == table and column in spec.right.columns:
            totals = [context.answer(table, *cell) for cell in total_of(spec.right, context.tables)[1]]
            if totals[:1] == [whole] and all(one and one.code in CODES_OF_NO_NUMBER for one in totals):
                yield from ((f"{spec.left.table}.{name}", key) for name, key in total_of(spec.left, context.tables)[1])


@table_kind(ShareCheck)
def likely_shares(spec: ShareCheck) -> Iterator[TableCheck]:
    """A sum is no unlikely share of another over the same table; its rows fail."""
    columns = (*spec.part.columns, *spec.part.where, *spec.whole.columns, *spec.whole.where)

    def holds(rows: pd.DataFrame, _: AskedRound) -> Bools:
        (part, cells), (whole, _others) = (
            total_of(total, {spec.part.table: rows}) for total in (spec.part, spec.whole)
        )
        is_bad = part is not None and whole is not None and _is_unlikely(spec, part, whole)
        return all_but(rows, [key for _, key in cells if is_bad])

    def findings(rule: Rule, context: CheckContext, _: Sequence[str]) -> Iterator[Finding]:
        (part, cells), (whole, others) = (total_of(total, context.tables) for total in (spec.part, spec.whole))
        if part is None or whole is None:
            return
        params = {"part": number(part), "whole": number(whole), "percent": format_number(part / whole * 100, 0)}
        cell_ref = cells_of_totals(context, spec.part.table, cells, spec.whole.table, others)
        yield rule.finding(params, value=number(part), **{**cell_ref, "blocks": ()})

    yield TableCheck(spec.part.table, columns, holds, findings)


def _is_unlikely(spec: ShareCheck, part: float, whole: float) -> bool:
    if whole < max(spec.minimum, 1):
        return False
    return (spec.is_zero and part == 0) or (spec.above is not None and part * 100 > spec.above * whole)


@table_kind(SameColumns)
def different_columns(spec: SameColumns) -> Iterator[TableCheck]:
    """A column does not repeat another one row by row; its rows fail."""
    table, column = spec.total.table, spec.total.columns[0]

    def holds(rows: pd.DataFrame, _: AskedRound) -> Bools:
        now, cells = total_of(spec.total, {table: rows})
        if now is None or now < spec.minimum:
            return all_but(rows, [])
        counted = rows.loc[[key for _, key in cells]]
        is_bad = not counted[spec.other].isna().any()
        is_bad = is_bad and counted[column].tolist() == counted[spec.other].tolist()
        return all_but(rows, [key for _, key in cells if is_bad])

    def findings(rule: Rule, context: CheckContext, keys: Sequence[str]) -> Iterator[Finding]:
        now, cells = total_of(spec.total, context.tables)
        cell_ref = cells_of_totals(context, table, cells, table, [(spec.other, key) for key in keys])
        labels = {
            "label": context.heading(table, column, keys[0]),
            "other": context.heading(table, spec.other, keys[0]),
        }
        yield rule.finding(labels, value=number(now), **{**cell_ref, "blocks": ()})

    yield TableCheck(table, (column, *spec.total.where, spec.other), holds, findings)


@function_kind(RatioCheck, "tables")
def unlikely_ratio(rule: Rule, spec: RatioCheck, context: CheckContext) -> Iterator[Finding]:
    """A sum out of all proportion to another, such as income to researchers; needs no earlier round."""
    part, cells = total_of(spec.part, context.tables)
    whole, _ = total_of(spec.whole, context.tables)
    if not part or not whole or whole < spec.minimum:
        return
    each, limits = part / whole, _limits_of_kind(spec, context, whole)
    beyond = _limit_passed(each, limits)
    also = [_each_beyond(proportion, context) for proportion in spec.also]
    if beyond is not None and None not in also:
        column, key = cells[0]
        cell_ref = context.cell_ref(spec.part.table, [column], key)
        params = {
            "cell": context.address(spec.part.table, column, key),
            "part": number(part),
            "whole": number(whole),
            "each": _each_text(each),
            "limit": number(beyond),
            "beside": _each_text(also[0]) if also else "",
        }
        yield rule.finding(params, value=number(part), **{**cell_ref, "blocks": ()})


def _limits_of_kind(spec: RatioCheck, context: CheckContext, whole: float) -> RatioCheck | KindLimit:
    """What bounds the ratio for the kind and size of an institution, by its profile and the register."""
    known = context.register.institutions.get(context.submission.institution)
    registered = {"founder": known.founder} if known else {}

    def is_of(kind: KindLimit) -> bool:
        given = {column: context.submission.value(f"profile.{column}") for column in kind.where}
        return all((given[column] or registered.get(column)) in among for column, among in kind.where.items())

    return next((kind for kind in spec.kinds if whole >= kind.minimum and is_of(kind)), spec)


def _limit_passed(each: float, limits: RatioCheck | KindLimit | Proportion) -> float | None:
    if limits.high is not None and each > limits.high:
        return limits.high
    return limits.low if limits.low is not None and each < limits.low else None


def _each_beyond(proportion: Proportion, context: CheckContext) -> float | None:
    """The proportion where it is known and beyond its limits, else None."""
    part, _ = total_of(proportion.part, context.tables)
    whole, _ = total_of(proportion.whole, context.tables)
    if part is None or not whole:
        return None
    return part / whole if _limit_passed(part / whole, proportion) is not None else None


def _each_text(each: float | None) -> str:
    return number(round(each, 2) if each is not None and each < 10 else each and round(each))
