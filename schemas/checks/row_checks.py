"""Checks of one row at a time: combinations that cannot stand together, order in time, rows given twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from schemas.checks.check_context import CheckContext, floats_of, is_missing, number
from schemas.checks.registration import AskedRound, Bools, Holds, TableCheck, table_check, table_kind
from schemas.dictionary.dictionary import DataDictionary
from schemas.dictionary.field import Field
from schemas.dictionary.format_number import format_number
from schemas.register.register_changes import first_day
from schemas.rules.check_kinds import Distinct, InOrder, InRound, Never, RowShare
from schemas.rules.finding import Finding
from schemas.rules.rule import Rule

FISCAL_YEAR_ENDS = (3, 31)
PROGRAMMES = "joint_programmes"

Floats = np.ndarray[Any, np.dtype[np.float64]]


def cell_text(value: Any, labels: dict[str, Any] | None = None) -> Any:
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
    rule: Rule,
    context: CheckContext,
    table: str,
    keys: Sequence[str],
    columns: list[str],
    extra: dict[str, Any] | None = None,
) -> Iterator[Finding]:
    """One finding for each row: shown at the first column, the others named too."""
    frame = context.table(table)
    fields = {column: context.dictionary.fields.get(f"{table}.{column}") for column in columns}
    asked = [column for column in columns if fields[column] is not None]
    for key in keys:
        row = frame.loc[key]
        values = [_shown_value(context, f, row.get(column)) for column, f in fields.items()]
        params = {
            "cell": context.address(table, asked[0], key),
            "label": context.heading(table, asked[0], key),
            "value": values[columns.index(asked[0])],
            "other": values[-1],
            "other_label": context.heading(table, asked[-1], key),
            "other_cell": context.address(table, asked[-1], key),
            **(extra or {}),
        }
        cell_ref = context.cell_ref(table, asked, key)
        blocks = {} if rule.severity == "error" else {"blocks": ()}
        yield rule.finding(params, value=_text(row.get(asked[0])), **{**cell_ref, **blocks})


def _shown_value(context: CheckContext, field: Field | None, value: Any) -> Any:
    """A value as its question writes it: a choice by its label, a year without separators."""
    if field is not None and field.type == "year" and is_number(value) and not pd.isna(value):
        return str(int(value))
    return cell_text(
        value, context.dictionary.labels(field.code_list) if field is not None and field.code_list else None
    )


def _text(value: Any) -> str:
    text = cell_text(value)
    return "" if text == "－" else str(text)


def _is_blank(frame: pd.DataFrame, column: str) -> Bools:
    blank = frame[column].isna().to_numpy(dtype=bool)
    coded = f"{column}__code"
    if coded in frame and blank.any():
        blank = blank & np.array([code == "" for code in frame[coded].tolist()], dtype=bool)
    return blank


def _row_check(table: str, columns: Sequence[str], holds: Holds) -> TableCheck:
    """A condition of which every failing row is a finding at those of its columns that are questions."""

    def findings(rule: Rule, context: CheckContext, keys: Sequence[str]) -> Iterator[Finding]:
        asked = [c for c in columns if f"{table}.{c}" in context.dictionary.fields]
        yield from row_findings(rule, context, table, keys, asked, {"round": context.submission.year})

    return TableCheck(table, tuple(columns), holds, findings)


@table_kind(Never)
def excluded_conditions(spec: Never) -> Iterator[TableCheck]:
    """No row meets all conditions of the declaration."""
    yield _row_check(spec.table, spec.columns, lambda rows, _: ~_meets(spec, rows))


def _meets(spec: Never, rows: pd.DataFrame) -> Bools:
    met = np.ones(len(rows), dtype=bool)
    for column, among in spec.where.items():
        met &= np.array([str(value) in among for value in rows[column].tolist()], dtype=bool)
    for columns, is_asked in ((spec.filled, False), (spec.blank, True)):
        for column in columns if met.any() else ():
            met &= _is_blank(rows, column) == is_asked
    if spec.any_blank and met.any():
        met &= np.any([_is_blank(rows, column) for column in spec.any_blank], axis=0)
    for held in _bounds(spec, rows) if met.any() else ():
        met &= held
    return met


def _bounds(spec: Never, rows: pd.DataFrame) -> Iterator[Bools]:
    """For each limit of the declaration, which rows lie on the side that it names."""
    yield from (floats_of(rows[column]) > 0 for column in spec.positive)
    yield from (floats_of(rows[column]) == 0 for column in spec.zero)
    yield from (floats_of(rows[column]) > limit for column, limit in spec.above.items())
    yield from (floats_of(rows[column]) < limit for column, limit in spec.below.items())


@table_kind(InOrder)
def dates_in_order(spec: InOrder) -> Iterator[TableCheck]:
    """In each row the first date or year of a pair does not come after the second."""
    for first, last in spec.pairs:

        def holds(rows: pd.DataFrame, _: AskedRound, first: str = first, last: str = last) -> pd.Series:
            pairs = zip(map(as_day, rows[first]), map(as_day, rows[last]), strict=True)
            return pd.Series([a is None or b is None or a <= b for a, b in pairs], index=rows.index, dtype=bool)

        yield _row_check(spec.table, [first, last], holds)


def as_day(value: Any) -> tuple[int, int, int] | None:
    """A date or a year as something that can be ordered; None for neither."""
    if isinstance(value, datetime | date):
        return value.year, value.month, value.day
    return None if value is None or pd.isna(value) or not is_number(value) else (int(value), 0, 0)


@table_kind(InRound)
def dates_in_round(spec: InRound) -> Iterator[TableCheck]:
    """A date or year lies neither before nor after what the round can ask for."""

    def holds(rows: pd.DataFrame, asked: AskedRound) -> pd.Series:
        days = map(as_day, rows[spec.column])
        return pd.Series([_is_inside(spec, day, asked.year) for day in days], index=rows.index, dtype=bool)

    yield _row_check(spec.table, [spec.column], holds)


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


def _began_with_programme(rows: pd.DataFrame, asked: AskedRound) -> pd.Series:
    since = _programme_starts(asked.dictionary)
    pairs = zip(rows["programme"], rows["start"], strict=True)
    return pd.Series([not _is_before(start, since.get(str(code))) for code, start in pairs], index=rows.index)


def _programme_starts(dictionary: DataDictionary) -> dict[str, str]:
    """The first month or year of each programme of which it is known."""
    items = dictionary.code_lists[PROGRAMMES].items
    return {item.code: item.since for item in items if item.since}


def _is_before(start: Any, since: str | None) -> bool:
    day, first = as_day(start), first_day(since) if since else None
    return first is not None and day is not None and day < (first.year, first.month, first.day)


@table_check("projects", "programme", "start", holds=_began_with_programme)
def project_before_programme(rule: Rule, context: CheckContext, keys: Sequence[str]) -> Iterator[Finding]:
    """Projects that began before their programme was there."""
    since = _programme_starts(context.dictionary)
    programmes = context.table("projects")["programme"]
    for key in keys:
        first = {"since": since[str(programmes[key])]}
        yield from row_findings(rule, context, "projects", [key], ["programme", "start"], first)


@table_kind(Distinct)
def distinct_rows(spec: Distinct) -> Iterator[TableCheck]:
    """No row repeats an earlier one in all of the columns; rows with a blank among them are left out."""

    def holds(rows: pd.DataFrame, _: AskedRound) -> Bools:
        keys = list(zip(*(rows[column].tolist() for column in spec.columns), strict=True))
        if len(set(keys)) == len(keys):
            return np.ones(len(keys), dtype=bool)
        first = {key: at for at, key in reversed([*enumerate(keys)])}
        held = [first[key] == at or any(map(is_missing, key)) for at, key in enumerate(keys)]
        return np.array(held, dtype=bool)

    def findings(rule: Rule, context: CheckContext, keys: Sequence[str]) -> Iterator[Finding]:
        frame = context.table(spec.table)
        full = frame[frame[spec.columns].notna().all(axis=1)]
        groups = full.groupby(spec.columns, sort=False).ngroup()
        first = {group: str(key) for key, group in zip(reversed(full.index), reversed(groups.tolist()), strict=True)}
        for key in keys:
            earlier = context.address(spec.table, spec.columns[0], first[groups.loc[key]])
            yield from row_findings(rule, context, spec.table, [key], spec.columns, {"earlier": earlier})

    yield TableCheck(spec.table, tuple(spec.columns), holds, findings)


@table_kind(RowShare)
def likely_row_shares(spec: RowShare) -> Iterator[TableCheck]:
    """In each row the part is no unlikely share of its whole."""
    columns = [spec.part, spec.whole]

    def holds(rows: pd.DataFrame, _: AskedRound) -> Bools:
        part, whole = floats_of(rows[spec.part]), floats_of(rows[spec.whole])
        return ~((whole >= spec.minimum) & _is_odd_part(spec, part, whole))

    def findings(rule: Rule, context: CheckContext, keys: Sequence[str]) -> Iterator[Finding]:
        for key in keys:
            part, whole = context.table(spec.table).loc[[key], columns].to_numpy(dtype=float)[0]
            extra = {"percent": format_number(part / whole * 100, 0)}
            yield from row_findings(rule, context, spec.table, [key], columns, extra)

    yield TableCheck(spec.table, tuple(columns), holds, findings)


def _is_odd_part(spec: RowShare, part: Floats, whole: Floats) -> Bools:
    odd: Bools
    if spec.is_zero:
        odd = part == 0
    elif spec.below is not None:
        odd = (part > 0) & (part * 100 < spec.below * whole)
    else:
        odd = part * 100 > (spec.above or 100) * whole
    return odd
