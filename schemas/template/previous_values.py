"""Last time's numbers of a grid, grey, to the right of the page: seen on the screen, not printed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from schemas.form.headings import column_heading
from schemas.form.issue import Given
from schemas.form.layout import PlacedBlock
from schemas.template.workbook_builder import INK_PALE, LINE, WorkbookBuilder

WIDTH = 12


def write_last_time(builder: WorkbookBuilder, ws: Any, placed: PlacedBlock, at: int) -> None:
    """Writes the columns of last time's numbers that the issue has, from column ``at`` (0-based) on."""
    look = {"text_wrap": True, "font_size": 8, "font_color": INK_PALE, "align": "center"}
    head = builder.look(**look, bottom=1, bottom_color=LINE)
    for c, column in enumerate(placed.columns):
        values = [builder.issue.previous.get((column.field.id, placed.row_key(r, c))) for r in range(len(placed.rows))]
        if all(value is None for value in values):
            continue
        heading = column_heading(column.field, column.across).split("\n")[0]
        words = f"{builder.guide.last_time.ja}：{heading}\n{builder.guide.last_time.en}"
        ws.write_string(placed.header - 1, at, words, head)
        ws.set_column(at, at, WIDTH)
        for r, value in enumerate(values):
            _write(builder, ws, placed.first + r - 1, at, value)
        at += 1


def _write(builder: WorkbookBuilder, ws: Any, row: int, at: int, value: Given) -> None:
    number_format = "#,##0" if isinstance(value, int) else "General"
    pale = builder.look(font_size=9, font_color=INK_PALE, num_format=number_format, align="right")
    if isinstance(value, int | Decimal):
        ws.write_number(row, at, float(value), pale)
    elif value is not None:
        ws.write_string(row, at, str(value), pale)
