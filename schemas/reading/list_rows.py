"""Finds the rows of an open list, those pasted below the end of its table too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from schemas.dictionary.match_key import match_key
from schemas.form.layout import PlacedBlock
from schemas.form.options import option_text
from schemas.reading.cell_locator import HEADING_CELLS, header_row, text_key
from schemas.xlsx.read_workbook import Workbook, Worksheet

BLANK_ROWS_END_LIST = 30
TOTALS = frozenset(map(match_key, ("合計", "総計", "小計", "計", "total", "subtotal", "grand total")))


def list_columns(book: Workbook, placed: PlacedBlock, sheet: Worksheet) -> tuple[int, dict[str, int]]:
    """First body row of a list, and its columns by field id.

    They come from the Excel table where its headings still stand, else from the headings alone; no columns where
    these are lost.
    """
    headings = [option_text(column.field.label) for column in placed.columns]
    table = book.tables.get(placed.table_name)
    if table is not None and table.sheet == sheet.name and 2 <= table.first_row <= len(sheet.rows) + 1:
        keys = [text_key(cell) for cell in sheet.rows[table.first_row - 2]]
        wanted = [match_key(text) for text in headings]
        if all(keys.count(text) == 1 for text in wanted):
            columns = {c.field.id: keys.index(text) + 1 for c, text in zip(placed.columns, wanted, strict=True)}
            return table.first_row, columns
    header, found = header_row(sheet, headings)
    return (header or 0) + 1, {placed.columns[c].field.id: at for c, at in found.items()}


def list_end(placed: PlacedBlock, sheet: Worksheet, first: int, columns: Mapping[str, int]) -> int:
    """Last row that may belong to the list: before the next block's heading, or after which nothing follows."""
    last, number = first + placed.block.size - 1, first
    while number <= len(sheet.rows) and number - last <= BLANK_ROWS_END_LIST:
        heads = sheet.rows[number - 1][:HEADING_CELLS]
        if any(isinstance(cell, str) and cell.startswith("■") for cell in heads):
            return number - 1
        if not is_blank(sheet.values(number, columns.values())):
            last = max(last, number)
        number += 1
    return max(min(last, len(sheet.rows)), first + placed.block.filled_rows - 1)


def listed_rows(placed: PlacedBlock, sheet: Worksheet, first: int, columns: Mapping[str, int]) -> Iterator[int]:
    """Numbers of the rows to read: those with an answer, and those that are asked of everybody.

    A row that somebody added up is none: its figures would be counted twice.
    """
    if not columns:
        return
    for number in range(first, list_end(placed, sheet, first, columns) + 1):
        is_asked = number - first < placed.block.filled_rows
        values = sheet.values(number, columns.values())
        if is_asked or not (is_blank(values) or is_total(values)):
            yield number


def is_total(values: list[object]) -> bool:
    """Whether a row begins with a word for a total."""
    return next((text_key(value) in TOTALS for value in values if value is not None), False)


def is_blank(values: list[object]) -> bool:
    """Whether a row holds nothing at all."""
    return all(value is None or (isinstance(value, str) and not value.strip()) for value in values)
