"""Checks of what stands on a sheet beside its values, or around its answer cells: merged cells, pictures, hidden
rows, strike-through, comments, stray numbers, headings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from schemas.checks.check_context import Case, at
from schemas.dictionary.match_key import match_key
from schemas.form.headings import column_heading, two_lines
from schemas.form.layout import lay_out
from schemas.reading.answer import Answer
from schemas.reading.cell_locator import text_key
from schemas.reading.list_rows import list_place
from schemas.rules.finding import LISTED, Finding
from schemas.rules.rule import Rule
from schemas.xlsx.cell_address import Area, cell_address, split_address
from schemas.xlsx.read_workbook import Sheet


class _Cells:
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


def _answers_by_sheet(case: Case) -> dict[str, list[Answer]]:
    found: dict[str, list[Answer]] = {}
    for answer in case.submission.answers:
        if answer.cell and answer.field.required != "register":
            found.setdefault(answer.sheet, []).append(answer)
    return found


def _is_filled(answer: Answer) -> bool:
    return answer.raw is not None and bool(str(answer.raw).strip())


def _long_lists(case: Case) -> Iterator[tuple[str, Area, dict[int, str]]]:
    """Sheet, area of the rows read, and column number -> column, of every long list that holds rows."""
    book, submission = case.book, case.submission
    if book is None or not any(not records.frame.empty for records in submission.records.values()):
        return
    layout = lay_out(case.dictionary, submission.form, submission.year)
    for placed in layout.blocks:
        records = submission.records.get(placed.block.id)
        sheet = book.sheets.get(records.sheet) if records is not None else None
        if records is None or sheet is None or records.frame.empty:
            continue
        _, places = list_place(book, placed, sheet)
        columns = {at: field.split(".")[1] for field, at in places.items()}
        if columns:
            rows = records.frame.index
            yield records.sheet, (int(rows[0]), min(columns), int(rows[-1]), max(columns)), columns


def _area_name(area: Area) -> str:
    first, last = cell_address(area[0], area[1]), cell_address(area[2], area[3])
    return first if first == last else f"{first}:{last}"


def _overlap(one: Area, other: Area) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def merged_answers(rule: Rule, case: Case) -> Iterator[Finding]:
    """Answer cells that were merged with each other, so that only the first can hold a value."""
    for sheet, answers in _answers_by_sheet(case).items():
        cells = _Cells(answers)
        for area in case.parts[sheet].merged if sheet in case.parts else []:
            covered = cells.within(area)
            if len(covered) > 1:
                place = {**at(covered[0]), "cells": tuple(a.cell for a in covered[:LISTED])}
                place["blocks"] = tuple((a.field.id, a.row_key) for a in covered)
                yield rule.finding({"sheet_name": sheet, "range": _area_name(area)}, **place)
    for sheet, rows, _ in _long_lists(case):
        for area in case.parts[sheet].merged if sheet in case.parts else []:
            if _overlap(area, rows):
                place = {"field": f"merged.{sheet}", "row_key": _area_name(area), "sheet": sheet}
                cells_of = (cell_address(area[0], area[1]),)
                params = {"sheet_name": sheet, "range": _area_name(area)}
                yield rule.finding(params, cells=cells_of, blocks=case.blocks("publications"), **place)


def drawn_over(rule: Rule, case: Case) -> Iterator[Finding]:
    """Pictures, shapes and text boxes that cover answer cells."""
    lists = {sheet: rows for sheet, rows, _ in _long_lists(case)}
    answers = _answers_by_sheet(case)
    for sheet, parts in case.parts.items():
        cells = _Cells(answers.get(sheet, []))
        over = [area for area in parts.drawn if cells.within(area) or (sheet in lists and _overlap(area, lists[sheet]))]
        if over:
            covered = [a.cell for area in over for a in cells.within(area)] or [_area_name(over[0]).split(":")[0]]
            params = {"sheet_name": sheet, "count": len(over), "range": _area_name(over[0])}
            place: dict[str, Any] = {"field": f"drawn.{sheet}", "sheet": sheet, "count": len(over)}
            yield rule.finding(params, cells=tuple(dict.fromkeys(covered))[:LISTED], **place)


def hidden_values(rule: Rule, case: Case) -> Iterator[Finding]:
    """Hidden rows and columns that hold answers."""
    for sheet, answers in _answers_by_sheet(case).items():
        parts = case.parts.get(sheet)
        if parts is None or not (parts.hidden_rows or parts.hidden_columns):
            continue
        hidden = [a.cell for a in answers if _is_filled(a) and parts.is_hidden(*split_address(a.cell))]
        if hidden:
            yield _hidden(rule, sheet, hidden)
    for sheet, rows, columns in _long_lists(case):
        spans = case.parts[sheet].hidden_columns if sheet in case.parts else []
        shut = [number for number in columns if any(first <= number <= last for first, last in spans)]
        if shut:
            yield _hidden(rule, sheet, [cell_address(rows[0], number) for number in shut])


def _hidden(rule: Rule, sheet: str, cells: Sequence[str]) -> Finding:
    params = {"sheet_name": sheet, "count": len(cells), "cell": f"{sheet}!{cells[0]}"}
    place = {"field": f"hidden_cells.{sheet}", "sheet": sheet, "cells": tuple(cells[:LISTED])}
    return rule.finding(params, count=len(cells), **place)


def struck_through(rule: Rule, case: Case) -> Iterator[Finding]:
    """Answers with strike-through, which reading cannot tell from those that hold."""
    for answer in case.submission.answers:
        parts = case.parts.get(answer.sheet)
        if parts is not None and answer.cell in parts.struck and answer.applies and _is_filled(answer):
            params = {"cell": answer.address, "label": answer.heading, "value": str(answer.raw)[:80]}
            yield rule.finding(params, **{**at(answer), "blocks": ()})


def commented_cells(rule: Rule, case: Case) -> Iterator[Finding]:
    """Comments at answer cells, which are not read."""
    for sheet, answers in _answers_by_sheet(case).items():
        ours = {a.cell for a in answers}
        cells = tuple(cell for cell in case.parts[sheet].commented if cell in ours) if sheet in case.parts else ()
        if cells:
            params = {"cell": f"{sheet}!{cells[0]}", "count": len(cells)}
            place = {"field": f"comments.{sheet}", "sheet": sheet, "cells": cells[:LISTED]}
            yield rule.finding(params, count=len(cells), **place)


def numbers_elsewhere(rule: Rule, case: Case) -> Iterator[Finding]:
    """Numbers between the answer cells of a sheet that no question asks for."""
    if case.book is None:
        return
    unsure = {case.dictionary.places[a.field.id][0].name for a in case.submission.answers if not a.cell}
    for name, answers in _answers_by_sheet(case).items():
        if name in case.book.sheets and case.dictionary.places[answers[0].field.id][0].name not in unsure:
            cells = _strays(case, case.book.sheets[name], answers)
            if cells:
                place = {"field": f"elsewhere.{name}", "sheet": name, "cells": tuple(cells[:LISTED])}
                yield rule.finding({"cell": f"{name}!{cells[0]}", "count": len(cells)}, count=len(cells), **place)


def _strays(case: Case, sheet: Sheet, answers: Sequence[Answer]) -> list[str]:
    """Cells with a number in the columns of the answers; headings of years and results of formulas are none."""
    places = {split_address(a.cell) for a in case.submission.answers if a.cell and a.sheet == sheet.name}
    columns = range(min(column for _, column in places), max(column for _, column in places) + 1)
    years = {float(a.keys["year"]) for a in answers if a.keys.get("year", "").isdecimal()}
    formulas = case.book.formulas if case.book is not None else {}
    return [
        cell
        for number, row in enumerate(sheet.rows, 1)
        for column, value in enumerate(row, 1)
        if type(value) in (int, float) and column in columns and (number, column) not in places and value not in years
        if (sheet.name, cell := cell_address(number, column)) not in formulas
    ]


def headings_changed(rule: Rule, case: Case) -> Iterator[Finding]:
    """Headings of columns, and labels of single questions, that no longer stand at the cells of their answers.

    Silent where most headings of a table are gone: then its cells could not be relied on, which reading says. Silent
    too for a form issued with other questions, whose headings may differ rightly.
    """
    if case.submission.dictionary_hash not in ("", case.dictionary.hash):
        return
    blocks: dict[tuple[str, str], list[tuple[Answer, bool]]] = {}
    for answer in _first_of_each_heading(case):
        block = case.dictionary.places[answer.field.id][1]
        rows = case.book.sheets[answer.sheet].rows if case.book and answer.sheet in case.book.sheets else []
        if rows:
            stands = _stands(answer, block.kind == "form", rows)
            blocks.setdefault((answer.sheet, block.id), []).append((answer, stands))
    for told in blocks.values():
        changed = [answer for answer, stands in told if not stands]
        for answer in changed if len(changed) * 2 <= len(told) else []:
            params = {"cell": answer.address, "label": answer.field.label}
            yield rule.finding(params, **{**at(answer), "row_key": _across(answer), "value": "", "blocks": ()})


def _across(answer: Answer) -> str:
    return answer.keys.get("scope", "") if answer.field.across else ""


def _first_of_each_heading(case: Case) -> Iterator[Answer]:
    seen: set[tuple[str, str]] = set()
    for answer in case.submission.answers:
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
