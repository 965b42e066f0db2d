"""Frames to rows of a table and back; nothing is dropped, guessed or rounded on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import pandas as pd
import pandera.pandas as pa
from sqlalchemy import Boolean, Column, Float, Integer, Table, Text

from app.storage.column_types import Exact, JsonText, UtcTime, exact_text, storable

CONTEXT = ("submission", "institution", "year")
FINDING_KEYS = (
    *("id", "rule", "severity", "scope", "sheet", "cell", "cells", "count", "field", "row_key", "value"),
    *("message", "remedy", "group", "params"),
)
DTYPES: dict[type[Any], tuple[str, str]] = {  # column type: dtype when a cell may be empty, and when not
    Integer: ("Int64", "int64"),
    Float: ("float64", "float64"),
    Boolean: ("boolean", "bool"),
    UtcTime: ("datetime64[us, UTC]", "datetime64[us, UTC]"),
    JsonText: ("object", "object"),
    Exact: ("str", "str"),
    Text: ("str", "str"),
}


def rows_of(table: Table, frame: pd.DataFrame, context: Mapping[str, object]) -> list[dict[str, object]]:
    """Rows of ``table`` from ``frame``; submission, institution and year come from ``context``.

    Columns that the table does not have are working columns of the engine and are left out; a list may be
    given as words in one text. Raises ValueError for a missing column, another institution or year than that
    of ``context``, or a cell that its column cannot hold exactly.
    """
    if frame.empty:
        return []
    _check_columns(table, frame, context)
    columns = [column for column in table.columns if column.name in frame and column.name not in CONTEXT]
    cells = {column.name: _cells(column, frame[column.name]) for column in columns}
    own = {name: value for name, value in context.items() if name in table.columns}
    return [own | dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]


def finding_rows(findings: Sequence[Mapping[str, Any]]) -> list[dict[str, object]]:
    """Rows of ``findings``, in their order. Raises ValueError for a key that is not of a finding."""
    unknown = {key for finding in findings for key in finding} - set(FINDING_KEYS)
    if unknown:
        raise ValueError(f"findings: unknown keys {sorted(unknown)}")
    rows = []
    for position, finding in enumerate(findings):
        row: dict[str, object] = {key: finding.get(key) for key in FINDING_KEYS if key != "cell"}
        value = storable(str(finding["value"]))
        rows.append(row | {"position": position, "cells": list(finding["cells"]), "value": value})
    return rows


def finding_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """A finding in the shape of "JSON of validate", as it was kept."""
    finding = {key: row[key] for key in FINDING_KEYS if key in row}
    finding["cell"] = row["cells"][0] if row["cells"] else None
    if row["params"] is None:
        del finding["params"]
    return finding


def frame_of(columns: Iterable[Column[Any]], rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
    """A frame of ``rows`` whose dtypes do not depend on what happens to be in it, so an empty one fits too.

    Raises pandera's SchemaError where a row is not what its columns say.
    """
    columns = list(columns)
    names = [column.name for column in columns]
    frame = pd.DataFrame.from_records([tuple(row) for row in rows], columns=names)
    shape = tuple((column.name, _dtype(column), bool(column.nullable)) for column in columns)
    frame = frame.astype({name: dtype for name, dtype, _ in shape})
    full = [name for name, dtype, is_nullable in shape if not is_nullable and dtype != "object"]
    # Every column has its dtype by now: the whole schema is asked only where a gap has to be explained.
    return _schema_of(shape).validate(frame) if frame[full].isna().to_numpy().any() else frame


@lru_cache(maxsize=256)
def _schema_of(shape: tuple[tuple[str, str, bool], ...]) -> pa.DataFrameSchema:
    """The schema of columns of the store: dtype of each, and no gap where the database admits none."""
    columns = {name: pa.Column(dtype, nullable=is_nullable or dtype == "object") for name, dtype, is_nullable in shape}
    return pa.DataFrameSchema(columns, strict=True)


def _check_columns(table: Table, frame: pd.DataFrame, context: Mapping[str, object]) -> None:
    missing = [c.name for c in table.columns if c.name not in frame and c.name not in context]
    if missing:
        raise ValueError(f"{table.name}: missing columns {missing}")
    for name in ("institution", "year"):
        if name in frame and not (frame[name] == context[name]).all():
            raise ValueError(f"{table.name}: a row has another {name} than its submission")


def _cells(column: Column[Any], values: pd.Series) -> list[object]:
    convert = _converter(column)
    empty = () if isinstance(column.type, JsonText) else None
    cells: list[object] = []
    as_objects = values.to_numpy(dtype=object)
    for value, is_missing in zip(as_objects, pd.isna(as_objects), strict=True):
        try:
            cells.append(empty if is_missing else convert(value))
        except (TypeError, ValueError):
            # The value itself stays out of the message: it may be an answer, and messages reach logs.
            cell_name = f"{column.table.name}.{column.name}, row {len(cells)}"
            raise ValueError(f"{cell_name}: this column cannot hold a {type(value).__name__} like that") from None
    return cells


def _converter(column: Column[Any]) -> Callable[[Any], object]:
    if isinstance(column.type, Exact):
        return exact_text
    if isinstance(column.type, Boolean):
        return _yes_no
    if isinstance(column.type, Integer):
        return _whole
    if isinstance(column.type, Float):
        return float
    if isinstance(column.type, JsonText):
        return _words
    return _text if isinstance(column.type, Text) else _as_is


def _yes_no(value: Any) -> bool:
    if value not in (True, False):
        raise ValueError("neither true nor false")
    return bool(value)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or int(value) != value:
        raise ValueError("not a whole number")
    return int(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    # A whole number that passed through a column with gaps comes back as 12.0; it was 12.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else storable(str(value))


def _words(value: Any) -> list[object]:
    return list(value.split() if isinstance(value, str) else value)


def _as_is(value: Any) -> object:
    return value


def _dtype(column: Column[Any]) -> str:
    may_be_empty, full = next(DTYPES[kind] for kind in DTYPES if isinstance(column.type, kind))
    return may_be_empty if column.nullable else full
