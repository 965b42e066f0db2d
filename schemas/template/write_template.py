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
from schemas.template.workbook_builder import WorkbookBuilder

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
    builder = WorkbookBuilder(book, dictionary, issue)
    guide = book.add_worksheet(builder.guide.sheet)
    for sheet in dictionary.form_sheets(issue.form):
        SheetWriter(builder, sheet).write()
    write_routing_sheets(builder)
    # Hidden sheets come last: the first sheet of a workbook cannot be hidden.
    write_guide(builder, guide)
    builder.write_lists()
    _write_meta(builder)
    _stamp(builder)
    guide.activate()
    book.close()
    return buffer.getvalue()


def _write_meta(builder: WorkbookBuilder) -> None:
    ws = builder.book.add_worksheet(META_SHEET)
    for row, (key, value) in enumerate(meta_values(builder.dictionary.hash, builder.issue).items()):
        ws.write_string(row, 0, key)
        ws.write_string(row, 1, value)
        builder.name(f"meta_{key}", META_SHEET, row, 1)
    ws.protect("")
    ws.hide()


def _stamp(builder: WorkbookBuilder) -> None:
    """The version in the two places that a reader of cells does not see; the third is on the guide sheet."""
    version = builder.issue.version
    # A fixed date, for the same input must give the same bytes.
    created = datetime(builder.issue.year, 4, 1, tzinfo=UTC)
    builder.book.set_properties({"title": builder.guide.title.ja, "category": version, "created": created})
    builder.book.set_custom_property("template_version", version)
