"""What a check may look at, and how its findings name an answer and its cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from schemas.dictionary.declaration import Text
from schemas.dictionary.dictionary import DataDictionary
from schemas.dictionary.format_number import format_number
from schemas.form.computed_papers import PapersToCompare
from schemas.reading.answer import Answer, Submission
from schemas.reading.clean_tables import Tables
from schemas.reading.records import Records
from schemas.register import Register
from schemas.xlsx.cell_address import split_address
from schemas.xlsx.read_workbook import Workbook
from schemas.xlsx.sheet_features import SheetParts


@dataclass(frozen=True)
class CheckContext:
    """Everything a check may look at: the answers and tables of one submission, and its predecessor's.

    ``book`` is the workbook the answers were read from, ``parts`` what its sheets hold beside values, by sheet;
    without them rules about the file itself are silent. ``compared_papers`` are papers computed from public data, by
    counting. ``failures`` fills with the failing rows of each table by rule
    and condition (`schemas.checks.table_schema`), so that every table is validated once.
    """

    submission: Submission
    tables: Tables
    previous: Tables
    dictionary: DataDictionary
    register: Register
    expected_institution: str = ""
    book: Workbook | None = None
    parts: Mapping[str, SheetParts] = field(default_factory=dict)
    compared_papers: Mapping[str, PapersToCompare] = field(default_factory=dict)
    failures: dict[str, dict[tuple[str, str], list[Any]]] = field(default_factory=dict, compare=False)

    @cached_property
    def answers_by_sheet(self) -> dict[str, list[Answer]]:
        """The answers that have a cell, by sheet; those that the register gives are left out."""
        found: dict[str, list[Answer]] = {}
        for answer in self.submission.answers:
            if answer.cell and answer.field.required != "register":
                found.setdefault(answer.sheet, []).append(answer)
        return found

    @cached_property
    def details(self) -> dict[str, dict[str, Any]]:
        """The details of every item of the checklist that has some, by item and column."""
        frame = self.tables.get("checklist_details", pd.DataFrame())
        rows = frame.to_dict("index").items()
        return {str(item): {str(name): value for name, value in row.items()} for item, row in rows}

    @cached_property
    def levels(self) -> list[tuple[str, str, str, int]]:
        """(row key, item, scope, declared level) of every item with a level."""
        frame = self.tables.get("checklist")
        if frame is None or frame.empty:
            return []
        given = frame[frame["declared"].notna()]
        columns = (given[name].tolist() for name in ("item", "scope", "declared"))
        rows = zip(given.index.tolist(), *columns, strict=True)
        return [(str(key), str(item), str(scope), int(level)) for key, item, scope, level in rows]

    def table(self, name: str) -> pd.DataFrame:
        """A clean table of the submission, or the rows of a long list, which may be empty."""
        if name in self.tables:
            return self.tables[name]
        records = self.records(name)
        return pd.DataFrame() if records is None else records.frame

    def records(self, name: str) -> Records | None:
        """A long list that holds rows; None where there is none, or where a switch rules it out."""
        records = self.submission.records.get(name)
        is_out = self.submission.value(f"profile.has_{name}") == "no"
        return None if records is None or records.frame.empty or is_out else records

    def answers(self, table: str, column: str, keys: Sequence[str]) -> list[Answer]:
        """The answers behind cells of one column of a clean table."""
        return [answer for key in keys if (answer := self.answer(table, column, key)) is not None]

    def answer(self, table: str, column: str, row_key: str) -> Answer | None:
        """The answer behind a cell of a clean table."""
        return self.submission.by_key.get((f"{table}.{column}", row_key))

    def is_unread(self, answer: Answer) -> bool:
        """Whether an answer is no blank though it has no value: it could not be read, or a merged cell hides it.

        Of a merged area only the first cell can hold a value.
        """
        if answer.problem or not answer.cell or answer.sheet not in self.parts:
            return bool(answer.problem)
        row, column = split_address(answer.cell)
        return any(
            top <= row <= bottom and left <= column <= right and (row, column) != (top, left)
            for top, left, bottom, right in self.parts[answer.sheet].merged
        )

    def cell_ref(self, table: str, columns: Sequence[str], row_key: str) -> dict[str, Any]:
        """Sheet, cells and blocked answers of some columns of a row, first column first."""
        answers = [a for column in columns if (a := self.answer(table, column, row_key))]
        return {
            "field": f"{table}.{columns[0]}",
            "row_key": row_key,
            "sheet": answers[0].sheet if answers else None,
            "cells": tuple(a.cell for a in answers),
            "blocks": tuple((a.field.id, a.row_key) for a in answers),
        }

    def blocks(self, table: str) -> tuple[tuple[str, str], ...]:
        """(field, row key) of every answer of a table, for a finding that blocks them all."""
        return tuple((a.field.id, a.row_key) for a in self.submission.answers if a.field.table == table)

    def address(self, table: str, column: str, row_key: str) -> str:
        """``sheet!cell`` of a cell of a clean table."""
        answer = self.answer(table, column, row_key)
        return answer.address if answer else f"{table}.{column}"

    def heading(self, table: str, column: str, row_key: str) -> Text:
        """How a sentence calls a cell of a clean table."""
        answer = self.answer(table, column, row_key)
        if answer:
            return answer.heading
        return self.dictionary.fields[f"{table}.{column}"].label


def cell_ref_of(answer: Answer) -> dict[str, Any]:
    """Sheet, cell, value and blocked answer of one answer, as a finding wants them."""
    return {
        "field": answer.field.id,
        "row_key": answer.row_key,
        "sheet": answer.sheet or None,
        "cells": (answer.cell,) if answer.cell else (),
        "value": answer.typed,
        "blocks": ((answer.field.id, answer.row_key),),
    }


def is_missing(value: object) -> bool:
    """Whether a cell of a table holds no value; for single values, of which pandas asks each at length."""
    return value is None or value is pd.NA or value != value


def all_but(rows: pd.DataFrame, keys: Iterable[Any]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """True for every row but those of ``keys``."""
    found: np.ndarray[Any, np.dtype[np.bool_]] = ~rows.index.isin([*keys])
    return found


def floats_of(values: pd.Series) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The numbers of a column as floats, NaN where they are missing or none: no question has a limit beyond them."""
    if values.dtype == object or isinstance(values.dtype, pd.StringDtype):
        values = pd.to_numeric(values, errors="coerce").astype("Float64")
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def number(value: Any) -> str:
    """A number as people write it: separators, decimals only where there are any."""
    if value is None or pd.isna(value):
        return "－"
    exact = float(value)
    return format_number(exact, 0) if exact.is_integer() else format_number(exact, 3).rstrip("0").rstrip(".")
