"""Checks of what stands on a sheet beside its values, or around its answer cells.

Merged cells, pictures, hidden rows, struck and raised texts, comments, stray numbers, headings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from schemas.checks.check_context import CheckContext, cell_ref_of, number
from schemas.checks.registration import function_check
from schemas.dictionary.declaration import Text
from schemas.dictionary.match_key import match_key
from schemas.form.headings import column_heading, two_lines
from schemas.form.layout import lay_out
from schemas.reading.answer import Answer
from schemas.reading.cell_locator import text_key
from schemas.reading.list_rows import list_columns
from schemas.reading.normalise import is_unit_of
from schemas.rules.finding import LISTED, Finding
from schemas.rules.rule import Rule
from schemas.xlsx.cell_address import Area, cell_address, split_address
from schemas.xlsx.number_formats import Effect, effect_of_format, words_of_format
from schemas.xlsx.read_workbook import Worksheet

WORDS = ("text", "long_text", "choice", "yes_no")


class _SheetCells:
    """The answer cells of one sheet, found by area."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self._answers = answers
        self._places = np.array([split_address(a.cell) for a in answers]).reshape(-1, 2)

    def within(self, area: Area) -> list[Answer]:
        """The answers whose cells lie in an area."""
        top, left, bottom, right = area
        rows, columns = self._places[:, 0], self._places[:, 1]
        inside = (rows >= top) & (rows <= bottom) & (columns >= left) & (columns <= right)
        return [self._answers[int(n)] for n in np.flatnonzero(inside)]


def _is_filled(answer: Answer) -> bool:
    return bool(answer.typed.strip())


def _long_lists(context: CheckContext) -> Iterator[tuple[str, Area, dict[int, str]]]:
    """Sheet, area of the rows read, and column number -> column, of every long list that holds rows."""
    book, submission = context.book, context.submission
    if book is None or not any(not records.frame.empty for records in submission.records.values()):
        return
    layout = lay_out(context.dictionary, submission.form, submission.year)
    for placed in layout.blocks:
        records = submission.records.get(placed.block.id)
        sheet = book.sheets.get(records.sheet) if records is not None else None
        if records is None or sheet is None or records.frame.empty:
            continue
        _, positions = list_columns(book, placed, sheet)
        columns = {at: field.split(".")[1] for field, at in positions.items()}
        if columns:
            rows = records.frame.index
            yield records.sheet, (int(rows[0]), min(columns), int(rows[-1]), max(columns)), columns


def _area_name(area: Area) -> str:
    first, last = cell_address(area[0], area[1]), cell_address(area[2], area[3])
    return first if first == last else f"{first}:{last}"


def _overlap(one: Area, other: Area) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


@function_check("package")
def merged_answers(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Answer cells that were merged with each other, so that only the first can hold a value."""
    for sheet, answers in context.answers_by_sheet.items():
        merged = context.parts[sheet].merged if sheet in context.parts else []
        cells = _SheetCells(answers if merged else [])
        for area in merged:
            covered = cells.within(area)
            if len(covered) > 1:
                cell_ref = {**cell_ref_of(covered[0]), "cells": tuple(a.cell for a in covered[:LISTED])}
                cell_ref["blocks"] = tuple((a.field.id, a.row_key) for a in covered)
                yield rule.finding({"sheet_name": sheet, "range": _area_name(area)}, **cell_ref)
    for sheet, rows, _ in _long_lists(context):
        for area in context.parts[sheet].merged if sheet in context.parts else []:
            if _overlap(area, rows):
                cell_ref = {"field": f"merged.{sheet}", "row_key": _area_name(area), "sheet": sheet}
                cells_of = (cell_address(area[0], area[1]),)
                params = {"sheet_name": sheet, "range": _area_name(area)}
                yield rule.finding(params, cells=cells_of, blocks=context.blocks("publications"), **cell_ref)


@function_check("package")
def drawn_over(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Pictures, shapes and text boxes that cover answer cells."""
    lists = {sheet: rows for sheet, rows, _ in _long_lists(context)}
    answers = context.answers_by_sheet
    for sheet, parts in context.parts.items():
        cells = _SheetCells(answers.get(sheet, []) if parts.drawn else [])
        over = [area for area in parts.drawn if cells.within(area) or (sheet in lists and _overlap(area, lists[sheet]))]
        if over:
            covered = [a.cell for area in over for a in cells.within(area)] or [_area_name(over[0]).split(":")[0]]
            params = {"sheet_name": sheet, "count": len(over), "range": _area_name(over[0])}
            cell_ref: dict[str, Any] = {"field": f"drawn.{sheet}", "sheet": sheet, "count": len(over)}
            yield rule.finding(params, cells=tuple(dict.fromkeys(covered))[:LISTED], **cell_ref)


@function_check("package")
def hidden_values(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Hidden rows and columns that hold answers."""
    for sheet, answers in context.answers_by_sheet.items():
        parts = context.parts.get(sheet)
        if parts is None or not (parts.hidden_rows or parts.hidden_columns):
            continue
        hidden = [a.cell for a in answers if _is_filled(a) and parts.is_hidden(*split_address(a.cell))]
        if hidden:
            yield _hidden_finding(rule, sheet, hidden)
    for sheet, rows, columns in _long_lists(context):
        spans = context.parts[sheet].hidden_columns if sheet in context.parts else []
        shut = [number for number in columns if any(first <= number <= last for first, last in spans)]
        if shut:
            yield _hidden_finding(rule, sheet, [cell_address(rows[0], number) for number in shut])


def _hidden_finding(rule: Rule, sheet: str, cells: Sequence[str]) -> Finding:
    params = {"sheet_name": sheet, "count": len(cells), "cell": f"{sheet}!{cells[0]}"}
    cell_ref = {"field": f"hidden_cells.{sheet}", "sheet": sheet, "cells": tuple(cells[:LISTED])}
    return rule.finding(params, count=len(cells), **cell_ref)


@function_check("package")
def struck_through(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Answers with strike-through, which reading cannot tell from those that hold."""
    for answer in _answers_in(context, "struck"):
        if _is_filled(answer):
            yield rule.finding(_params(answer), **{**cell_ref_of(answer), "blocks": ()})


@function_check("package")
def raised_digits(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Numbers with a piece above or below the line, as the marks of notes are: reading takes it for a digit."""
    for answer in _answers_in(context, "raised"):
        if answer.value is not None and answer.field.type not in WORDS:
            yield rule.finding(_params(answer), **cell_ref_of(answer))


def _answers_in(context: CheckContext, kind: str) -> Iterator[Answer]:
    """The answers that count whose cells are struck or raised."""
    cells = {sheet: getattr(parts, kind) for sheet, parts in context.parts.items()}
    return (a for a in context.submission.answers if a.applies and a.cell in cells.get(a.sheet, ()))


def _params(answer: Answer) -> dict[str, Any]:
    return {"cell": answer.address, "label": answer.heading, "value": answer.typed}


@function_check("package")
def commented_cells(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Comments at answer cells, which are not read."""
    for sheet, answers in context.answers_by_sheet.items():
        ours = {a.cell for a in answers}
        cells = tuple(cell for cell in context.parts[sheet].commented if cell in ours) if sheet in context.parts else ()
        if cells:
            params = {"cell": f"{sheet}!{cells[0]}", "count": len(cells)}
            cell_ref = {"field": f"comments.{sheet}", "sheet": sheet, "cells": cells[:LISTED]}
            yield rule.finding(params, count=len(cells), **cell_ref)


@function_check("package")
def numbers_elsewhere(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Numbers between the answer cells of a sheet that no question asks for."""
    if context.book is None:
        return
    unsure = {context.dictionary.block_of[a.field.id][0].name for a in context.submission.answers if not a.cell}
    for name, answers in context.answers_by_sheet.items():
        if name in context.book.sheets and context.dictionary.block_of[answers[0].field.id][0].name not in unsure:
            cells = _strays(context, context.book.sheets[name], answers)
            if cells:
                cell_ref = {"field": f"elsewhere.{name}", "sheet": name, "cells": tuple(cells[:LISTED])}
                yield rule.finding({"cell": f"{name}!{cells[0]}", "count": len(cells)}, count=len(cells), **cell_ref)


def _strays(context: CheckContext, sheet: Worksheet, answers: Sequence[Answer]) -> list[str]:
    """Cells with a number in the columns of the answers; headings of years and results of formulas are none."""
    positions = {split_address(a.cell) for a in context.submission.answers if a.cell and a.sheet == sheet.name}
    columns = range(min(column for _, column in positions), max(column for _, column in positions) + 1)
    years = {float(a.keys["year"]) for a in answers if a.keys.get("year", "").isdecimal()}
    formulas = context.book.formulas if context.book is not None else {}
    return [
        cell
        for number, row in enumerate(sheet.rows, 1)
        for column, value in enumerate(row, 1)
        if type(value) in (int, float)
        and column in columns
        and (number, column) not in positions
        and value not in years
        if (sheet.name, cell := cell_address(number, column)) not in formulas
    ]


@function_check("package")
def headings_changed(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Headings of columns, and labels of single questions, that no longer stand at the cells of their answers.

    Silent where most headings of a table are gone: then its cells could not be relied on, which reading says. Silent
    too for a form issued with other questions, whose headings may differ rightly.
    """
    if context.submission.dictionary_hash not in ("", context.dictionary.hash):
        return
    blocks: dict[tuple[str, str], list[tuple[Answer, bool]]] = {}
    for answer in _first_of_each_heading(context):
        block = context.dictionary.block_of[answer.field.id][1]
        rows = context.book.sheets[answer.sheet].rows if context.book and answer.sheet in context.book.sheets else []
        if rows:
            stands = _stands(answer, block.kind == "form", rows)
            blocks.setdefault((answer.sheet, block.id), []).append((answer, stands))
    for told in blocks.values():
        changed = [answer for answer, stands in told if not stands]
        for answer in changed if len(changed) * 2 <= len(told) else []:
            params = {"cell": answer.address, "label": answer.field.label}
            yield rule.finding(params, **{**cell_ref_of(answer), "row_key": _across(answer), "value": "", "blocks": ()})


def _across(answer: Answer) -> str:
    return answer.keys.get("scope", "") if answer.field.across else ""


def _first_of_each_heading(context: CheckContext) -> Iterator[Answer]:
    seen: set[tuple[str, str]] = set()
    for answer in context.submission.answers:
        key = answer.field.id, _across(answer)
        if answer.cell and not answer.is_listed and key not in seen:
            seen.add(key)
            yield answer


def _stands(answer: Answer, is_form: bool, rows: Sequence[Sequence[object]]) -> bool:
    row, column = split_address(answer.cell)
    if is_form:
        around, wanted = rows[row - 1][: column - 1] if row <= len(rows) else [], two_lines(answer.field.label)
    else:
        around = [cells[column - 1] for cells in rows[: row - 1] if column <= len(cells)]
        wanted = column_heading(answer.field, _across(answer))
    return match_key(wanted) in {text_key(cell) for cell in around}


EFFECTS = {
    "scales": Text(ja="値の千分の一や百倍などが表示されます", en="shows a fraction or a multiple of the value"),
    "hides": Text(ja="値が表示されません", en="hides the value"),
    "words": Text(ja="値にない文字が付け加えられます", en="adds words that the value does not hold"),
}


@function_check("package")
def misleading_formats(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Answers whose number format scales or hides the number, or adds words to it: one finding a format and sheet."""
    for sheet, answers in context.answers_by_sheet.items():
        formats = context.parts[sheet].formats if sheet in context.parts else {}
        found: dict[tuple[str, Effect], list[Answer]] = {}
        for answer in answers:
            is_number = isinstance(answer.raw, int | float) and not isinstance(answer.raw, bool)
            if answer.cell in formats and is_number and answer.applies:
                effect = effect_of_format(formats[answer.cell], float(str(answer.raw)))
                if effect is not None and not (effect == "words" and _is_own_unit(answer, formats[answer.cell])):
                    found.setdefault((formats[answer.cell], effect), []).append(answer)
        for (code, effect), own in found.items():
            params = {"cell": own[0].address, "count": len(own), "format": code, "kind": EFFECTS[effect]}
            cell_ref = {**cell_ref_of(own[0]), "cells": tuple(a.cell for a in own[:LISTED]), "blocks": ()}
            yield rule.finding({**params, "value": number(own[0].raw)}, count=len(own), **cell_ref)


def _is_own_unit(answer: Answer, code: str) -> bool:
    """Whether the words of a format are the unit in which a question is asked: they change nothing."""
    return is_unit_of(answer.field, words_of_format(code, float(str(answer.raw))))
