"""Checks of one row at a time: combinations that cannot stand together, order in time, rows given twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd

from schemas.checks.check_context import Case, number
from schemas.checks.table_checks import failing_rows
from schemas.rules.check_kinds import Distinct, InOrder, InRound, Never, RowShare
from schemas.rules.finding import Finding
from schemas.rules.rule import Rule

FISCAL_YEAR_ENDS = (3, 31)


def shown(value: Any, labels: dict[str, Any] | None = None) -> Any:
    """How a sentence writes the value of a cell."""
    if value is None or pd.isna(value):
        return "－"
    if labels and str(value) in labels:
        return labels[str(value)]
    return value.isoformat()[:10] if isinstance(value, date) else number(value) if is_number(value) else str(value)


def is_number(value: Any) -> bool:
    """Whether a cell holds a number."""
    return isinstance(value, int | float) or hasattr(value, "dtype")


def row_findings(
    rule: Rule, case: Case, table: str, keys: Sequence[str], columns: list[str], extra: dict[str, Any] | None = None
) -> Iterator[Finding]:
    """One finding for each row: shown at the first column, the others named too."""
    frame = case.tables[table]
    fields = {column: case.dictionary.fields.get(f"{table}.{column}") for column in columns}
    asked = [column for column in columns if fields[column] is not None]
    for key in keys:
        row = frame.loc[key]
        said = [
            shown(row.get(column), case.dictionary.labels(f.code_list) if f is not None and f.code_list else None)
            for column, f in fields.items()
        ]
        params = {
            "cell": case.address(table, asked[0], key),
            "label": case.heading(table, asked[0], key),
            "value": said[columns.index(asked[0])],
            "other": said[-1],
            "other_label": case.heading(table, asked[-1], key),
            "other_cell": case.address(table, asked[-1], key),
            **(extra or {}),
        }
        place = case.place(table, asked, key)
        severe = rule.severity == "error"
        yield rule.finding(params, value=_text(row.get(asked[0])), **{**place, **({} if severe else {"blocks": ()})})


def _text(value: Any) -> str:
    told = shown(value)
    return "" if told == "－" else str(told)


def _is_blank(frame: pd.DataFrame, column: str) -> pd.Series:
    blank = frame[column].isna()
    coded = f"{column}__code"
    return blank & (frame[coded] == "") if coded in frame else blank


def never(rule: Rule, spec: Never, case: Case) -> Iterator[Finding]:
    """Rows that meet all conditions of the declaration."""
    frame = case.tables.get(spec.table)
    if frame is None or frame.empty or not set(spec.columns) <= set(frame.columns):
        return
    keys = failing_rows(frame, rule.id, lambda rows: ~_meets(spec, rows))
    columns = [column for column in spec.columns if f"{spec.table}.{column}" in case.dictionary.fields]
    yield from row_findings(rule, case, spec.table, keys, columns)


def _meets(spec: Never, rows: pd.DataFrame) -> pd.Series:
    met = pd.Series(True, index=rows.index)
    for column, among in spec.where.items():
        met &= rows[column].astype(object).map(lambda value, among=among: str(value) in among).astype(bool)
    for column in spec.filled:
        met &= ~_is_blank(rows, column)
    for column in spec.blank:
        met &= _is_blank(rows, column)
    if spec.any_blank:
        met &= pd.concat([_is_blank(rows, column) for column in spec.any_blank], axis=1).any(axis=1)
    for column, holds in _bounds(spec):
        met &= holds(pd.to_numeric(rows[column], errors="coerce").astype("Float64")).fillna(False).astype(bool)
    return met.astype(bool)


def _bounds(spec: Never) -> Iterator[tuple[str, Callable[[pd.Series], pd.Series]]]:
    yield from ((column, lambda values: values > 0) for column in spec.positive)
    yield from ((column, lambda values: values == 0) for column in spec.zero)
    yield from ((column, lambda values, n=n: values > n) for column, n in spec.above.items())
    yield from ((column, lambda values, n=n: values < n) for column, n in spec.below.items())


def in_order(rule: Rule, spec: InOrder, case: Case) -> Iterator[Finding]:
    """Rows whose first date or year comes after the second."""
    frame = case.tables.get(spec.table)
    if frame is None or frame.empty:
        return
    for first, last in spec.pairs:
        if not {first, last} <= set(frame.columns):
            continue

        def holds(rows: pd.DataFrame, first: str = first, last: str = last) -> pd.Series:
            pairs = zip(map(as_day, rows[first]), map(as_day, rows[last]), strict=True)
            return pd.Series([a is None or b is None or a <= b for a, b in pairs], index=rows.index)

        keys = failing_rows(frame, rule.id, holds)
        yield from row_findings(rule, case, spec.table, keys, [first, last])


def as_day(value: Any) -> tuple[int, int, int] | None:
    """A date or a year as something that can be ordered; None for neither."""
    if isinstance(value, datetime | date):
        return value.year, value.month, value.day
    return None if value is None or pd.isna(value) or not is_number(value) else (int(value), 0, 0)


def in_round(rule: Rule, spec: InRound, case: Case) -> Iterator[Finding]:
    """Rows whose date or year lies before or after what the round can ask for."""
    frame = case.tables.get(spec.table)
    if frame is None or frame.empty or spec.column not in frame:
        return
    year = case.submission.year

    def holds(rows: pd.DataFrame) -> pd.Series:
        return pd.Series([_is_inside(spec, as_day(value), year) for value in rows[spec.column]], index=rows.index)

    keys = failing_rows(frame, rule.id, holds)
    yield from row_findings(rule, case, spec.table, keys, [spec.column], {"round": year})


def _is_inside(spec: InRound, day: tuple[int, int, int] | None, year: int) -> bool:
    if day is None:
        return True
    is_year = day[1] == 0
    early = spec.earliest is not None and (
        day[0] < year + spec.earliest if is_year else day <= (year + spec.earliest, *FISCAL_YEAR_ENDS)
    )
    late = spec.latest is not None and (
        day[0] > year + spec.latest if is_year else day > (year + spec.latest, *FISCAL_YEAR_ENDS)
    )
    return not (early or late)


def distinct(rule: Rule, spec: Distinct, case: Case) -> Iterator[Finding]:
    """Rows that repeat an earlier one."""
    frame = case.tables.get(spec.table)
    if frame is None or frame.empty or not set(spec.columns) <= set(frame.columns):
        return
    full = frame[frame[spec.columns].notna().all(axis=1)]
    keys = [str(key) for key in full.index[full.duplicated(spec.columns)]]
    if not keys:
        return
    groups = full.groupby(spec.columns, sort=False).ngroup()
    first = {group: str(key) for key, group in zip(reversed(full.index), reversed(groups.tolist()), strict=True)}
    for key in keys:
        earlier = case.address(spec.table, spec.columns[0], first[groups.loc[key]])
        yield from row_findings(rule, case, spec.table, [key], spec.columns, {"earlier": earlier})


def row_share(rule: Rule, spec: RowShare, case: Case) -> Iterator[Finding]:
    """Rows in which a part is too large a share of its whole, or nothing of it."""
    frame = case.tables.get(spec.table)
    if frame is None or frame.empty or not {spec.part, spec.whole} <= set(frame.columns):
        return

    def holds(rows: pd.DataFrame) -> pd.Series:
        part, whole = rows[spec.part].astype("Float64"), rows[spec.whole].astype("Float64")
        return ~((whole >= spec.minimum) & _is_odd_part(spec, part, whole)).fillna(False).astype(bool)

    keys = failing_rows(frame, rule.id, holds)
    for key in keys:
        part, whole = frame.loc[[key], [spec.part, spec.whole]].to_numpy(dtype=float)[0]
        extra = {"percent": f"{part / whole * 100:.0f}"}
        yield from row_findings(rule, case, spec.table, [key], [spec.part, spec.whole], extra)


def _is_odd_part(spec: RowShare, part: pd.Series, whole: pd.Series) -> pd.Series:
    if spec.is_zero:
        return part == 0
    if spec.below is not None:
        return (part > 0) & (part * 100 < spec.below * whole)
    return part * 100 > (spec.above or 100) * whole
