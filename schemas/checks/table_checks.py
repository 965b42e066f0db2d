"""Checks of clean tables: parts and wholes, and sums.

Each kind of check is one function from its declaration to findings. Row checks run in pandera, lazily, with
the rule's id as name; findings are made from ``check_output`` by index, never from its failure cases
(which lose rows with nulls and repeat a row once a column).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa

from schemas.checks.check_context import Case, number
from schemas.dictionary.dictionary import WHOLE
from schemas.reading.clean_tables import EXACT
from schemas.rules.check_kinds import (
    PartOf,
    SameColumns,
    Share,
    SumEquals,
    Total,
    TotalsEqual,
    TotalWithin,
    UnitsWithinWhole,
)
from schemas.rules.finding import Finding
from schemas.rules.rule import Rule

PLACES = 3  # decimals of a fractional count


def failing_rows(frame: pd.DataFrame, name: str, holds: Callable[[pd.DataFrame], pd.Series]) -> list[str]:
    """Row keys for which ``holds`` is False, by a lazy pandera check called ``name``."""
    check = pa.Check(holds, name=name, error=name, n_failure_cases=1)
    try:
        pa.DataFrameSchema(checks=[check]).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        rows: list[str] = []
        for error in errors.schema_errors:
            if error.reason_code is not pa.errors.SchemaErrorReason.DATAFRAME_CHECK:
                raise AssertionError(f"check {name} itself failed: {error}") from errors
            output = error.check_output
            rows.extend(str(key) for key in output.index[~output.astype(bool)])
        return rows
    return []


def part_of(rule: Rule, spec: PartOf, case: Case) -> Iterator[Finding]:
    """Rows in which a part exceeds its whole; silent where either has no number."""
    frame = case.tables.get(spec.table)
    if frame is None:
        return
    for part, whole in spec.pairs:
        if part not in frame or whole not in frame:
            continue

        def holds(rows: pd.DataFrame, part: str = part, whole: str = whole) -> pd.Series:
            return (rows[part] <= rows[whole]).fillna(True).astype(bool)

        for key in failing_rows(frame, rule.id, holds):
            row = frame.loc[key]
            params = {
                "cell": case.address(spec.table, part, key),
                "label": case.heading(spec.table, part, key),
                "part": number(row[part]),
                "whole": number(row[whole]),
                "whole_cell": case.address(spec.table, whole, key),
                "whole_label": case.heading(spec.table, whole, key),
            }
            yield rule.finding(params, value=number(row[part]), **case.place(spec.table, [part, whole], key))


def rounding(numbers: Sequence[float]) -> float:
    """By how much an equation of ``numbers`` may be off because they were rounded.

    A number with d decimals stands for any within half a unit of its last place; the equation holds where the
    intervals of both sides meet (interval arithmetic, as in the validation rules of European bank reporting). All
    numbers count with the decimals of the most precise; whole numbers are exact.
    """
    decimals = max((_decimals(value) for value in numbers), default=0)
    return len(numbers) * 0.5 * 10.0**-decimals if decimals else 0.0


def _decimals(value: float) -> int:
    return next((d for d in range(PLACES) if abs(round(value, d) - value) < EXACT), PLACES)


def sum_equals(rule: Rule, spec: SumEquals, case: Case) -> Iterator[Finding]:
    """Rows in which the parts do not add up to the whole, rounding apart; silent unless all are numbers."""
    frame = case.tables.get(spec.table)
    if frame is None or not set(spec.parts) | {spec.whole} <= set(frame.columns):
        return

    def holds(rows: pd.DataFrame) -> pd.Series:
        numbers = rows[[*spec.parts, spec.whole]].to_numpy(dtype=float, na_value=np.nan)
        return pd.Series([_adds_up(row.tolist()) for row in numbers], index=rows.index, dtype=bool)

    for key in failing_rows(frame, rule.id, holds):
        row = frame.loc[key]
        params = {
            "cell": case.address(spec.table, spec.parts[0], key),
            "sum": number(sum(row[part] for part in spec.parts)),
            "whole": number(row[spec.whole]),
            "whole_cell": case.address(spec.table, spec.whole, key),
        }
        yield rule.finding(params, value=params["sum"], **case.place(spec.table, [*spec.parts, spec.whole], key))


def _adds_up(numbers: list[float]) -> bool:
    *parts, whole = numbers
    return any(np.isnan(numbers)) or abs(sum(parts) - whole) <= rounding(numbers) + EXACT


def units_within_whole(rule: Rule, spec: UnitsWithinWhole, case: Case) -> Iterator[Finding]:
    """Rows of a unit that exceed the same row of the whole institution."""
    frame = case.tables.get(spec.table)
    if frame is None or "unit" not in frame:
        return
    whole_rows = frame[frame["unit"] == WHOLE].set_index("position")
    units = frame[frame["unit"] != WHOLE]
    whole_keys = dict(zip(frame.loc[frame["unit"] == WHOLE, "position"], whole_row_keys(frame), strict=True))
    for column in (c for c in spec.columns if c in frame):
        limit = units["position"].map(whole_rows[column]).astype("Float64")

        def holds(rows: pd.DataFrame, column: str = column, limit: pd.Series = limit) -> pd.Series:
            return (rows[column] <= limit).fillna(True).astype(bool)

        for key in failing_rows(units, rule.id, holds) if not units.empty else []:
            whole_key = whole_keys[units.loc[key, "position"]]
            params = {
                "cell": case.address(spec.table, column, key),
                "label": case.heading(spec.table, column, key),
                "part": number(units.loc[key, column]),
                "whole": number(frame.loc[whole_key, column]),
                "whole_cell": case.address(spec.table, column, whole_key),
            }
            place = case.place(spec.table, [column], key)
            other = case.place(spec.table, [column], whole_key)
            place |= {"cells": place["cells"] + other["cells"], "blocks": place["blocks"] + other["blocks"]}
            yield rule.finding(params, value=params["part"], **place)


def whole_row_keys(frame: pd.DataFrame) -> list[str]:
    """Row keys of the rows of the whole institution."""
    return [str(key) for key in frame.index[frame["unit"] == WHOLE]]


def total_of(spec: Total, tables: Mapping[str, pd.DataFrame]) -> tuple[float | None, list[tuple[str, str]]]:
    """The sum and the (column, row key) it is made of; None unless every cell holds a number."""
    frame = tables.get(spec.table)
    if frame is None or frame.empty or not set(spec.columns) <= set(frame.columns):
        return None, []
    for key, among in spec.where.items():
        frame = frame[frame[key].isin(among)]
    cells = [(column, str(key)) for key in frame.index for column in spec.columns]
    values = frame[spec.columns]
    if frame.empty or bool(values.isna().any().any()):
        return None, cells
    return float(values.to_numpy(dtype=float).sum()), cells


def _off_by_rounding(case: Case, total: Total, cells: list[tuple[str, str]]) -> float:
    """By how much a sum may be off: half a thousand yen for each amount of money, else by its decimals."""
    if all(case.dictionary.fields[f"{total.table}.{column}"].unit == "thousand_yen" for column in total.columns):
        return 0.5 * len(cells)
    rows = case.tables[total.table].loc[list(dict.fromkeys(key for _, key in cells)), total.columns]
    return rounding(rows.to_numpy(dtype=float).ravel().tolist())


def _totals(
    rule: Rule, left: Total, right: Total, case: Case, fails: Callable[[float, float, float], bool]
) -> Iterator[Finding]:
    """``fails`` judges both sums and how far rounding may have set them apart."""
    a, cells = total_of(left, case.tables)
    b, others = total_of(right, case.tables)
    if a is None or b is None:
        return
    apart = _off_by_rounding(case, left, cells) + _off_by_rounding(case, right, others)
    if not fails(a, b, apart):
        return
    params = {"left": number(a), "right": number(b)}
    yield rule.finding(params, value=number(a), **places(case, left.table, cells, right.table, others))


def places(
    case: Case, table: str, cells: list[tuple[str, str]], other: str, others: list[tuple[str, str]]
) -> dict[str, Any]:
    """Cells of both totals, shown at the first; only the first, which divides or repeats the other, is blocked."""
    first = [a for column, key in cells if (a := case.answer(table, column, key))]
    second = [a for column, key in others if (a := case.answer(other, column, key))]
    same = [a for a in second if first and a.sheet == first[0].sheet and a not in first]
    return {
        "field": f"{table}.{cells[0][0]}",
        "row_key": "",
        "sheet": first[0].sheet if first else None,
        "cells": tuple(a.cell for a in [*first, *same]),
        "blocks": tuple((a.field.id, a.row_key) for a in first),
    }


def totals_equal(rule: Rule, spec: TotalsEqual, case: Case) -> Iterator[Finding]:
    """Two sums that should be equal and are not."""
    yield from _totals(rule, spec.left, spec.right, case, lambda a, b, apart: abs(a - b) > apart + EXACT)


def total_within(rule: Rule, spec: TotalWithin, case: Case) -> Iterator[Finding]:
    """A sum that exceeds the one it is part of, or the given percentage of it."""
    yield from _totals(rule, spec.left, spec.right, case, lambda a, b, apart: (a - apart) * 100 > b * spec.percent)


def share(rule: Rule, spec: Share, case: Case) -> Iterator[Finding]:
    """A sum that is too large a share of another, or nothing of it although there could be some."""
    part, cells = total_of(spec.part, case.tables)
    whole, others = total_of(spec.whole, case.tables)
    if part is None or whole is None or not _is_unlikely(spec, part, whole):
        return
    params = {"part": number(part), "whole": number(whole), "percent": f"{part / whole * 100:.0f}"}
    place = places(case, spec.part.table, cells, spec.whole.table, others)
    yield rule.finding(params, value=number(part), **{**place, "blocks": ()})


def _is_unlikely(spec: Share, part: float, whole: float) -> bool:
    if whole < max(spec.minimum, 1):
        return False
    return (spec.is_zero and part == 0) or (spec.above is not None and part * 100 > spec.above * whole)


def same_columns(rule: Rule, spec: SameColumns, case: Case) -> Iterator[Finding]:
    """A column that repeats another one row by row."""
    now, cells = total_of(spec.total, case.tables)
    if now is None or now < spec.minimum:
        return
    frame = case.tables[spec.total.table]
    rows, column = [key for _, key in cells], spec.total.columns[0]
    if spec.other not in frame or frame.loc[rows, spec.other].isna().any():
        return
    if frame.loc[rows, column].tolist() != frame.loc[rows, spec.other].tolist():
        return
    place = places(case, spec.total.table, cells, spec.total.table, [(spec.other, key) for key in rows])
    labels = {
        "label": case.heading(spec.total.table, column, rows[0]),
        "other": case.heading(spec.total.table, spec.other, rows[0]),
    }
    yield rule.finding(labels, value=number(now), **{**place, "blocks": ()})
