"""Sheets that stand twice in a workbook: a form sheet and a copy of it, of which only one can be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from schemas.dictionary.dictionary import DataDictionary
from schemas.dictionary.match_key import match_key
from schemas.form.headings import column_heading, two_lines
from schemas.form.layout import Layout, PlacedBlock
from schemas.form.options import option_text
from schemas.form.sheet_names import is_routing_sheet
from schemas.reading.answer import Answer, SheetCopy
from schemas.reading.cell_locator import has_title, header_row, text_key
from schemas.xlsx.cell_address import cell_address
from schemas.xlsx.read_workbook import Workbook, Worksheet


def find_copies(
    book: Workbook,
    dictionary: DataDictionary,
    layout: Layout,
    sheets: Mapping[str, Worksheet],
    answers: Iterable[Answer],
) -> list[SheetCopy]:
    """Every other sheet with the title or the shape of a form sheet that was read, in workbook order."""
    read = {sheet.name for sheet in sheets.values()}
    own = {sheet.name for sheet in dictionary.sheets}
    others = [s for s in book.sheets.values() if s.name not in read | own and not _is_machinery(s.name) and s.rows]
    cells: dict[str, list[str]] = {}
    for answer in answers if others else ():
        if answer.cell and answer.field.required != "register":
            cells.setdefault(answer.sheet, []).append(answer.cell)
    titles = {sheet.id: match_key(option_text(sheet.title)) for sheet in dictionary.sheets}
    return [
        _compare_sheets(book, sheet, other, cells.get(sheet.name, []))
        for id_, sheet in sheets.items()
        for other in others
        if has_title(other, titles[id_]) or _has_shape(layout, id_, other)
    ]


def _is_machinery(name: str) -> bool:
    """Whether a sheet of this name repeats questions on purpose, or is hidden from people."""
    return name.startswith("_") or is_routing_sheet(name)


def _has_shape(layout: Layout, id_: str, sheet: Worksheet) -> bool:
    """Whether the headings of more than half of a form sheet's tables stand on another sheet."""
    placed = [block for block in layout.blocks if block.sheet.id == id_]
    found = [block for block in placed if _has_headings(block, sheet)]
    return len(found) * 2 > len(placed)


def _has_headings(placed: PlacedBlock, sheet: Worksheet) -> bool:
    if placed.block.kind == "form":
        labels = {match_key(two_lines(f.label)) for f in placed.block.fields}
        there = {text_key(cell) for row in sheet.rows for cell in row}
        return len(labels & there) * 2 > len(labels)
    is_grid = placed.block.kind == "grid"
    headings = [column_heading(c.field, c.across) if is_grid else option_text(c.field.label) for c in placed.columns]
    return header_row(sheet, headings)[0] is not None


def _compare_sheets(book: Workbook, sheet: Worksheet, other: Worksheet, cells: Sequence[str]) -> SheetCopy:
    formulas = {cell for name, cell in book.formulas if name in (sheet.name, other.name)}
    filled = sum(sheet.value(cell) is not None for cell in cells)
    there = sum(other.value(cell) is not None for cell in cells)
    differing = sum(cell not in formulas for cell in _differing_cells(sheet, other))
    return SheetCopy(sheet.name, other.name, differing, filled, there)


def _differing_cells(one: Worksheet, other: Worksheet) -> Iterator[str]:
    """Addresses of the cells whose values differ."""
    for number in range(max(len(one.rows), len(other.rows))):
        rows = [sheet.rows[number] if number < len(sheet.rows) else [] for sheet in (one, other)]
        if rows[0] == rows[1]:
            continue
        for column in range(max(map(len, rows))):
            values = [row[column] if column < len(row) else "" for row in rows]
            if values[0] != values[1]:
                yield cell_address(number + 1, column + 1)
