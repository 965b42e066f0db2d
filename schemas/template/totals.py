"""Sums of the numbers of a table, calculated live and without macros: below a grid, above a list."""

from __future__ import annotations

from collections.abc import MutableMapping
from decimal import Decimal
from typing import Any

from xlsxwriter.utility import xl_range

from schemas.dictionary.field import NUMERIC
from schemas.form.column_widths import HEAD_SIZE
from schemas.form.headings import row_heading, two_lines
from schemas.form.issue import Given
from schemas.form.layout import LABEL_COLUMN, PlacedBlock
from schemas.template.workbook_builder import HEAD, LINE, WorkbookBuilder

HEIGHT = 33.0


def write_totals(builder: WorkbookBuilder, ws: Any, placed: PlacedBlock, heights: MutableMapping[int, float]) -> None:
    """Writes the rows of totals of a block that declares them, and enters their heights (rows are 0-based)."""
    for row, first, last in placed.totals:
        ws.set_row(row - 1, HEIGHT)
        heights[row - 1] = HEIGHT
        _head(builder, ws, placed, row, first)
        for c, column in enumerate(placed.columns):
            if column.field.type in NUMERIC:
                at = placed.first_column - 1 + c
                formula = f"=SUMPRODUCT({xl_range(first - 1, at, last - 1, at)})"
                number_format = "#,##0" if column.field.type == "count" else "General"
                look = _look(builder, num_format=number_format, align="right")
                ws.write_formula(row - 1, at, formula, look, _sum(builder, placed, c, first, last))


def _look(builder: WorkbookBuilder, **properties: Any) -> Any:
    return builder.look(bold=True, bg_color=HEAD, border=1, border_color=LINE, **properties)


def _head(builder: WorkbookBuilder, ws: Any, placed: PlacedBlock, row: int, first: int) -> None:
    """The words beside the sums: the zone they belong to, and that they are calculated."""
    look = _look(builder, text_wrap=True, font_size=HEAD_SIZE)
    if placed.block.kind != "grid":
        ws.write_string(row - 1, placed.first_column - 1, two_lines(builder.guide.total), look)
        return
    keys = placed.rows[first - placed.first]
    zone = row_heading(builder.dictionary, placed.block, keys)[0] if "unit" in keys else ""
    ws.write_string(row - 1, 0, zone, look)
    ws.write_string(row - 1, LABEL_COLUMN - 1, two_lines(builder.guide.total), look)


def _sum(builder: WorkbookBuilder, placed: PlacedBlock, column: int, first: int, last: int) -> float:
    """The sum as issued: codes and blanks count as nothing."""
    rows = range(first - placed.first, last - placed.first + 1)
    values = [_given_value(builder, placed, row, column) for row in rows]
    return float(sum(value for value in values if isinstance(value, int | Decimal) and not isinstance(value, bool)))


def _given_value(builder: WorkbookBuilder, placed: PlacedBlock, row: int, column: int) -> Given:
    f = placed.columns[column].field
    if placed.block.kind == "grid":
        return builder.values.get((f.id, placed.row_key(row, column)))
    given = builder.issue.lists.get(placed.block.id, [])
    return given[row].get(f.column) if row < len(given) else None
