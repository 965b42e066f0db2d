"""Carries a filled form into another edition: an older version of the dictionary, another round, another form.

What the new form cannot hold is listed with its cell and the reason; nothing is dropped in silence.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import yaml

from schemas.dictionary.dictionary import DataDictionary
from schemas.dictionary.field import Field, Form
from schemas.form.issue import Given, Issue
from schemas.form.layout import Layout, PlacedBlock, lay_out
from schemas.migration.not_migrated import NotCarried, not_carried, unread_answers
from schemas.migration.prefill import given_of
from schemas.reading.answer import Answer, Submission
from schemas.reading.cell_locator import find_sheets
from schemas.reading.cell_text import typed_text
from schemas.reading.list_rows import list_columns, listed_rows
from schemas.reading.read_submission import NOT_FOUND, read_submission, read_value
from schemas.register import Institution
from schemas.template.write_template import write_template
from schemas.xlsx.cell_address import cell_address
from schemas.xlsx.read_workbook import Workbook, Worksheet

RENAMED_FILE = Path(__file__).parent / "renamed.yaml"


@dataclass(frozen=True)
class Migrated:
    """The new workbook, how many answers it took over, and what it could not take over."""

    data: bytes
    issue: Issue
    carried: int
    not_carried: tuple[NotCarried, ...]


@cache
def renamed_fields() -> dict[str, str]:
    """Old field id -> present field id, as declared in renamed.yaml."""
    listed = yaml.safe_load(RENAMED_FILE.read_text(encoding="utf-8")) or []
    return {entry["old"]: entry["new"] for entry in listed}


def migrate(
    book: Workbook,
    dictionary: DataDictionary,
    institution: Institution,
    *,
    form: Form | None = None,
    year: int | None = None,
    names: Mapping[str, str] | None = None,
) -> Migrated:
    """The answers of ``book`` in the present edition of ``form`` (its own by default) for ``year`` (its own).

    ``names`` maps old field ids to present ones (default: renamed.yaml). Answers that could not be read are
    carried as they were typed. Raises Refusal when the workbook is none of our forms.
    """
    book = with_present_names(book, renamed_fields() if names is None else names)
    submission = read_submission(book, dictionary)
    old = lay_out(dictionary, submission.form, submission.year)
    new = lay_out(dictionary, form or submission.form, year or submission.year)
    answers: dict[tuple[str, str], Given] = {}
    lost: list[NotCarried] = []
    for answer in submission.answers:
        if answer.field.required == "register" or answer.is_listed:
            continue
        if answer.problem == NOT_FOUND:
            lost.append(not_carried(answer, "not_found"))
        elif (value := _carried_value(book, dictionary, answer)) is not None:
            if (answer.field.id, answer.row_key) in new.slots:
                answers[answer.field.id, answer.row_key] = value
            else:
                lost.append(not_carried(answer, "not_asked"))
    sheets = find_sheets(book, dictionary, submission.form)
    lists = _lists(book, dictionary, submission, old, sheets)
    kept = dict(_kept_rows(lists, new, lost))
    lost.extend(unread_answers(book, submission, old, sheets))
    issue = Issue(form or submission.form, year or submission.year, institution, answers, kept, submission.is_demo)
    rows = sum(len(listed) for listed in kept.values())
    return Migrated(write_template(dictionary, issue), issue, len(answers) + rows, tuple(lost))


def with_present_names(book: Workbook, names: Mapping[str, str]) -> Workbook:
    """The workbook with its defined names of renamed fields under their present names."""
    prefixes = {old.replace(".", "_"): new.replace(".", "_") for old, new in names.items()}

    def present(name: str) -> str:
        for old, new in prefixes.items():
            if name == old or name.startswith(f"{old}_"):
                return new + name[len(old) :]
        return name

    return replace(book, names={present(name): cell_ref for name, cell_ref in book.names.items()})


def _carried_value(book: Workbook, dictionary: DataDictionary, answer: Answer) -> Given:
    """The answer as it is to be written: what was read, else what was typed.

    What a switch rules out is read once more: it may be wanted again when the switch is changed.
    """
    if answer.problem:
        return _as_typed(answer.raw)
    if answer.applies and answer.code != "nc":
        return given_of(answer)
    reading = read_value(dictionary, answer.field, answer.keys, answer.raw, date_1904=book.date_1904)
    return _as_typed(answer.raw) if reading.problem else reading.code or reading.value


@dataclass(frozen=True)
class _Listed:
    """One row of a list: its values by column, and where each stood."""

    values: Mapping[str, Given]
    cell_refs: Mapping[str, tuple[str, str, Field]]


def _lists(
    book: Workbook, dictionary: DataDictionary, submission: Submission, old: Layout, sheets: Mapping[str, Worksheet]
) -> dict[str, list[_Listed]]:
    """The rows of every list and long list by block, as read from the cells of the old workbook."""
    found: dict[str, list[_Listed]] = {}
    for placed in old.blocks:
        if placed.block.kind in ("list", "records") and placed.sheet.id in sheets:
            sheet = sheets[placed.sheet.id].name
            found[placed.block.id] = list(_list_rows(book, dictionary, placed, sheet, submission))
    return found


def _list_rows(
    book: Workbook, dictionary: DataDictionary, placed: PlacedBlock, sheet: str, submission: Submission
) -> Iterator[_Listed]:
    """Rows of one list. Cells are taken as typed where reading made nothing of them."""
    if placed.block.kind == "records":
        listed = submission.records[placed.block.id]
        by_column = {f.column: f for f in placed.block.fields}
        first, columns = list_columns(book, placed, book.sheets[sheet])
        for number in listed.frame.index:
            cells = {c: cell_address(int(number), columns[f.id]) for c, f in by_column.items() if f.id in columns}
            raw = {column: book.sheets[sheet].value(cell) for column, cell in cells.items()}
            stood = {column: (sheet, cell, by_column[column]) for column, cell in cells.items()}
            yield _Listed({column: _as_typed(value) for column, value in raw.items() if value not in (None, "")}, stood)
        return
    first, columns = list_columns(book, placed, book.sheets[sheet])
    by_cell = {(a.sheet, a.cell): a for a in submission.answers if a.is_listed}
    for number in listed_rows(placed, book.sheets[sheet], first, columns):
        values: dict[str, Given] = {}
        cell_refs: dict[str, tuple[str, str, Field]] = {}
        for f in placed.block.fields:
            if f.id not in columns:
                continue
            cell = cell_address(number, columns[f.id])
            answer = by_cell.get((sheet, cell))
            typed = _as_typed(book.sheets[sheet].value(cell))
            value = _carried_value(book, dictionary, answer) if answer else typed
            if value is not None and value != "":
                values[f.column], cell_refs[f.column] = value, (sheet, cell, f)
        if values:
            yield _Listed(values, cell_refs)


def _as_typed(raw: object) -> Given:
    """A cell's content as it can be written again: numbers stay numbers, days become texts.

    In a cell that asks for a number a day would be written as one.
    """
    if isinstance(raw, float) and math.isfinite(raw):
        return int(raw) if raw.is_integer() else Decimal(f"{raw:.15g}")
    return raw if raw is None or isinstance(raw, bool | int | str) else typed_text(raw)


def _kept_rows(
    lists: Mapping[str, list[_Listed]], new: Layout, lost: list[NotCarried]
) -> Iterator[tuple[str, list[dict[str, Given]]]]:
    """The rows that the new form has room and columns for; the others go to ``lost``."""
    blocks = {placed.block.id: placed.block for placed in new.blocks}
    for name, rows in lists.items():
        block = blocks.get(name)
        columns = {f.column for f in block.fields} if block else set()
        room = block.size if block else 0
        for n, row in enumerate(rows):
            for column, value in row.values.items():
                if column not in columns or n >= room:
                    reason = "full" if block and column in columns else "not_asked"
                    sheet, cell, f = row.cell_refs[column]
                    lost.append(NotCarried(sheet, cell, str(value), f.id, reason))
        kept = [{column: value for column, value in row.values.items() if column in columns} for row in rows[:room]]
        if any(kept):
            yield name, kept
