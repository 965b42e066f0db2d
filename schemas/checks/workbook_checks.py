"""Checks of the workbook itself and of how cells were filled: hidden sheets, gaps, ditto marks, names of people."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.checks.check_context import CheckContext, cell_ref_of
from schemas.checks.registration import function_check
from schemas.dictionary.match_key import match_key
from schemas.form.guide import load_guide
from schemas.form.sheet_names import RESULT_SHEET
from schemas.reading.answer import Answer, SheetCopy
from schemas.reading.choice_labels import list_labels
from schemas.reading.normalise import is_ditto
from schemas.rules.finding import Finding
from schemas.rules.rule import Rule
from schemas.xlsx.cell_address import cell_address, split_address
from schemas.xlsx.read_workbook import Worksheet

NAME_HEADINGS = frozenset(
    match_key(word)
    for word in ("氏名", "名前", "姓", "名", "姓名", "フリガナ", "ふりがな", "氏名（カナ）", "name", "full name",
                 "first name", "last name", "family name", "given name")
)  # fmt: skip
OTHERS = {"profile.language_standard": "own_standard", "publication_basis.database": "other"}
HEADING_ROWS = 10


@function_check("reading")
def ditto_marks(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Texts that stand for the cell above."""
    for answer in context.submission.answers:
        if isinstance(answer.value, str) and answer.applies and is_ditto(answer.value):
            yield rule.finding({"cell": answer.address, "value": answer.typed}, **cell_ref_of(answer))


@function_check("reading")
def other_without_detail(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """The choice "other" without a note that says what."""
    noted = {match_key(str(a.value)) for a in context.submission.answers if a.field.id == "notes.cell" and a.value}
    for field, other in OTHERS.items():
        answer = context.submission.by_key.get((field, ""))
        if answer is not None and answer.value == other and match_key(answer.address) not in noted:
            params = {"cell": answer.address, "label": answer.heading}
            yield rule.finding(params, **{**cell_ref_of(answer), "blocks": ()})


def _list_rows(context: CheckContext) -> dict[str, dict[int, Answer]]:
    """Rows of each open list that hold an answer: one answer of each by its row in the sheet."""
    rows: dict[str, dict[int, Answer]] = {}
    for answer in context.submission.answers:
        if answer.is_listed and answer.cell and not answer.is_blank:
            block = context.dictionary.block_of[answer.field.id][1]
            rows.setdefault(block.id, {}).setdefault(split_address(answer.cell)[0], answer)
    return rows


@function_check("reading")
def blank_rows_in_lists(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Blank rows between the rows of a list."""
    for block, rows in _list_rows(context).items():
        numbers = sorted(rows)
        first = rows[numbers[0]]
        column = split_address(first.cell)[1]
        sheet = context.book.sheets.get(first.sheet) if context.book else None
        between = [number for number in range(numbers[0], numbers[-1]) if number not in rows]
        gaps = [number for number in between if sheet is None or sheet.values(number, [column]) == [None]]
        if gaps:
            cells = tuple(cell_address(number, column) for number in gaps)
            cell_ref = {"field": f"list.{block}", "sheet": first.sheet, "cells": cells}
            yield rule.finding({"row": gaps[0], "sheet_name": first.sheet}, count=len(gaps), **cell_ref)


@function_check("package")
def another_version(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """A form of this edition issued with another version of the questions."""
    issued = context.submission.dictionary_hash
    if issued and issued != context.dictionary.hash and not _is_older(context):
        yield rule.finding({}, field="meta.dictionary", value=issued)


@function_check("package")
def added_questions(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Optional questions that a form issued with other questions does not have."""
    added = list(context.submission.added)
    if added:
        params = {"number": len(added), "labels": list_labels(added)}
        yield rule.finding(params, field="meta.added", value=str(len(added)))


@function_check("package")
def older_edition(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """A form of an edition before the present one."""
    if _is_older(context):
        params = {"edition": context.submission.meta["version"], "present": load_guide().form_version}
        yield rule.finding(params, field="meta.version", value=params["edition"])


def _is_older(context: CheckContext) -> bool:
    given = context.submission.meta.get("version", "")
    return bool(given) and _edition(given) < _edition(load_guide().form_version)


def _edition(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


@function_check("package")
def links_to_other_workbooks(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Links to other workbooks, which are not followed."""
    if context.book is not None and context.book.external_links:
        yield rule.finding({}, field="book.links")


@function_check("package")
def dates_from_1904(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Dates that are counted from 1904."""
    if context.book is not None and context.book.date_1904:
        yield rule.finding({}, field="book.dates")


@function_check("package")
def copies_differ(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Form sheets beside a copy with other answers: which of them is meant cannot be known."""
    for copy in context.submission.copies:
        if copy.differing and not copy.is_emptied:
            yield _copy_finding(rule, context, copy)


@function_check("package")
def copies_agree(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Form sheets beside a copy with the same answers."""
    for copy in context.submission.copies:
        if not copy.differing:
            yield _copy_finding(rule, context, copy)


@function_check("package")
def answers_on_copy(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Form sheets that are empty although a copy of them holds answers."""
    for copy in context.submission.copies:
        if copy.is_emptied:
            yield _copy_finding(rule, context, copy)


def _copy_finding(rule: Rule, context: CheckContext, copy: SheetCopy) -> Finding:
    params = {"sheet_name": copy.sheet, "other": copy.other, "count": copy.differing, "answers": copy.filled_there}
    own = [a for a in context.submission.answers if a.sheet == copy.sheet] if rule.severity == "error" else []
    cell_ref = {"field": f"copy.{copy.sheet}", "row_key": copy.other, "sheet": copy.sheet, "value": copy.other}
    return rule.finding(params, blocks=tuple((a.field.id, a.row_key) for a in own), **cell_ref)


@function_check("package")
def hidden_form_sheets(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Sheets of the form that were hidden."""
    if context.book is None:
        return
    names = {sheet.name for sheet in context.dictionary.sheets} | context.answers_by_sheet.keys()
    for name, sheet in context.book.sheets.items():
        if sheet.hidden and name in names:
            yield rule.finding({"sheet_name": name}, field=f"hidden.{name}", sheet=name, value=name)


@function_check("package")
def name_columns(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Sheets of the university's own with a column that seems to hold names of people."""
    if context.book is None:
        return
    known = {sheet.name for sheet in context.dictionary.sheets} | {load_guide().sheet, RESULT_SHEET}
    for name, sheet in context.book.sheets.items():
        heading = None if name in known or name.startswith("_") else _name_heading(sheet)
        if heading is not None:
            cell, text = heading
            params = {"sheet_name": name, "value": text}
            yield rule.finding(params, field=f"own.{name}", sheet=name, cells=(cell,), value=text)


def _name_heading(sheet: Worksheet) -> tuple[str, str] | None:
    for number, row in enumerate(sheet.rows[:HEADING_ROWS], 1):
        for column, value in enumerate(row, 1):
            if isinstance(value, str) and value and match_key(value) in NAME_HEADINGS:
                return cell_address(number, column), value
    return None
