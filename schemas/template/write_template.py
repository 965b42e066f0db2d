"""Writes a form as an Excel workbook: drop-downs, input messages, live status, no macros, no brittle formulas.

The same input gives the same bytes each time. Every fixed answer cell carries a defined name; open lists are
Excel tables. Only SUMPRODUCT is used, so that every spreadsheet program calculates the same.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from functools import lru_cache

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from schemas.dictionary.dictionary import DataDictionary
from schemas.form.issue import Issue, meta_values
from schemas.form.sheet_names import META_SHEET
from schemas.template.guide_sheet import write_guide
from schemas.template.routing_sheet import write_routing_sheets
from schemas.template.sheet_writer import SheetWriter
from schemas.template.workbook_builder import Draft

_ANY_SHEET = Worksheet()


@lru_cache(maxsize=4096)
def _expand_formula(formula: str, every_function: bool) -> str:
    return str(_ANY_SHEET._prepare_formula(formula, every_function))


class _FormSheet(Worksheet):  # type: ignore[misc]  # XlsxWriter says no types
    """A sheet that prepares a formula once: XlsxWriter looks for 150 functions in it, a quarter of a form's time."""

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return _expand_formula(formula, expand_future_functions)


def write_template(dictionary: DataDictionary, issue: Issue) -> bytes:
    """The workbook of ``issue`` as .xlsx bytes; equal input gives equal bytes."""
    buffer = io.BytesIO()
    settings = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(buffer, settings)
    book.worksheet_class = _FormSheet
    draft = Draft(book, dictionary, issue)
    guide = book.add_worksheet(draft.guide.sheet)
    for sheet in dictionary.form_sheets(issue.form):
        SheetWriter(draft, sheet).write()
    write_routing_sheets(draft)
    # Hidden sheets come last: the first sheet of a workbook cannot be hidden.
    write_guide(draft, guide)
    draft.write_lists()
    _write_meta(draft)
    _stamp(draft)
    guide.activate()
    book.close()
    return buffer.getvalue()


def _write_meta(draft: Draft) -> None:
    ws = draft.book.add_worksheet(META_SHEET)
    for row, (key, value) in enumerate(meta_values(draft.dictionary.hash, draft.issue).items()):
        ws.write_string(row, 0, key)
        ws.write_string(row, 1, value)
        draft.name(f"meta_{key}", META_SHEET, row, 1)
    ws.protect("")
    ws.hide()


def _stamp(draft: Draft) -> None:
    """The version in the two places that a reader of cells does not see; the third is on the guide sheet."""
    version = draft.issue.version
    # A fixed date, for the same input must give the same bytes.
    created = datetime(draft.issue.year, 4, 1, tzinfo=UTC)
    draft.book.set_properties({"title": draft.guide.title.ja, "category": version, "created": created})
    draft.book.set_custom_property("template_version", version)
