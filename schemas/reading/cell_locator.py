"""Finds answer cells: by defined name, checked against the headings around the cell; by those where it is lost.

A name is a promise that some programs break: they drop it, or leave it behind when rows are inserted. So a
name counts where the headings agree, the headings count where they are unmistakable, and a cell for which
neither holds is reported as not found. No value is ever taken from a place that another question claims.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.dictionary.dictionary import DataDictionary
from schemas.dictionary.field import Form
from schemas.dictionary.match_key import match_key
from schemas.form.column_widths import UNIT_COLUMN, is_wide, plan_page
from schemas.form.headings import column_heading, row_heading, two_lines
from schemas.form.layout import ANSWER_COLUMN, Layout, PlacedBlock
from schemas.form.options import option_text
from schemas.xlsx.cell_address import cell_address, split_address
from schemas.xlsx.read_workbook import Workbook, Worksheet

Key = tuple[str, str]  # (field id, row key)
CellRef = tuple[str, str]  # (sheet name, cell address)
HEADING_CELLS = 4  # so many cells from the left may hold a title, a label or a block's heading


def find_sheets(book: Workbook, dictionary: DataDictionary, form: Form) -> dict[str, Worksheet]:
    """Sheet id -> sheet: the one with the title in its first rows, best under its own name; else by name."""
    found: dict[str, Worksheet] = {}
    for sheet in dictionary.form_sheets(form):
        title = match_key(option_text(sheet.title))
        titled = [other for other in book.sheets.values() if has_title(other, title)]
        own = book.sheets.get(sheet.name)
        if own is not None and (own in titled or not titled):
            found[sheet.id] = own
        elif titled:
            found[sheet.id] = titled[0]
    return found


def has_title(sheet: Worksheet, title: str) -> bool:
    """Whether a cell at the head of a sheet starts with a title, given as ``match_key``."""
    heads = (match_key(cell) for row in sheet.rows[:4] for cell in row[:HEADING_CELLS] if isinstance(cell, str))
    return any(head.startswith(title) for head in heads)


def text_key(cell: object) -> str:
    """Matching key of a cell that may be a heading; years stand as numbers in some files."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return match_key(cell) if isinstance(cell, str) else ""


@dataclass(frozen=True)
class Located:
    """Where the answers stand, and those (field, row key) that were found by their headings alone."""

    cell_refs: Mapping[Key, CellRef]
    moved: Sequence[Key]


def locate(book: Workbook, dictionary: DataDictionary, layout: Layout, sheets: Mapping[str, Worksheet]) -> Located:
    """The cell of every fixed answer; answers that cannot be found with certainty are left out."""
    named = {key: book.names[slot.name] for key, slot in layout.slots.items() if slot.name in book.names}
    signed: dict[Key, CellRef] = {}
    for placed in layout.blocks:
        if placed.block.kind in ("form", "grid") and placed.sheet.id in sheets:
            signed |= _cells_by_stamp(dictionary, layout, placed, sheets[placed.sheet.id], named)
    claimed = set(signed.values())
    cell_refs: dict[Key, CellRef] = {}
    moved: list[Key] = []
    for key in layout.slots:
        if key in signed:
            cell_refs[key] = signed[key]
            if named.get(key) != signed[key]:
                moved.append(key)
        elif key in named and named[key] not in claimed and named[key][0] in book.sheets:
            cell_refs[key] = named[key]
    return Located(cell_refs, moved)


def _cells_by_stamp(
    dictionary: DataDictionary, layout: Layout, placed: PlacedBlock, sheet: Worksheet, named: Mapping[Key, CellRef]
) -> dict[Key, CellRef]:
    if placed.block.kind == "form":
        return _form_cells(dictionary, layout, placed, sheet, named)
    return _grid_cells(dictionary, layout, placed, sheet)


# forms ---------------------------------------------------------------------------------------------------------


def _form_cells(
    dictionary: DataDictionary, layout: Layout, placed: PlacedBlock, sheet: Worksheet, named: Mapping[Key, CellRef]
) -> dict[Key, CellRef]:
    """Answers of a form: the named cell in the row of the label; without it the cell at the usual distance.

    The distance is trusted only while the help texts to the right still stand at theirs. Where they all stand further
    right, a column was inserted: before the answers if the usual cells are blank and those so much further are not,
    behind them if it is the other way round.
    """
    labels = _labels(sheet, [two_lines(f.label) for f in placed.block.fields])
    shift = _shift_of_help(dictionary, layout, placed, sheet, labels)
    usual = {index: cell_address(row, column + ANSWER_COLUMN - 1) for index, (row, column) in labels.items()}
    beside = {
        index: cell_address(row, column + ANSWER_COLUMN - 1 + shift) if shift else ""
        for index, (row, column) in labels.items()
    }
    is_filled = {index: bool(cell) and sheet.value(cell) is not None for index, cell in beside.items()}
    is_usual_filled = any(sheet.value(cell) is not None for cell in usual.values())
    has_moved = any(is_filled.values()) and not is_usual_filled
    is_certain = shift == 0 or (bool(shift) and any(is_filled.values()) != is_usual_filled)
    found: dict[Key, CellRef] = {}
    for index, (row, column) in labels.items():
        key = (placed.block.fields[index].id, "")
        at = named.get(key)
        if at is None or at[0] != sheet.name or not _is_right_of(at[1], row, column):
            at = (sheet.name, usual[index]) if is_certain else None
        is_left_behind = at == (sheet.name, usual[index]) and sheet.value(usual[index]) is None
        if is_left_behind and (has_moved or is_filled[index]):
            at = (sheet.name, beside[index])
        if at is not None:
            found[key] = at
    return found


def _is_right_of(cell: str, row: int, column: int) -> bool:
    at = split_address(cell)
    return at[0] == row and at[1] >= column + ANSWER_COLUMN - 1


def _labels(sheet: Worksheet, labels: Sequence[str]) -> dict[int, tuple[int, int]]:
    """Index of a label -> (row, column) where it stands; one that stands twice is left out."""
    wanted = {match_key(text): index for index, text in enumerate(labels)}
    seen: dict[int, list[tuple[int, int]]] = {}
    for number, cells in enumerate(sheet.rows, 1):
        for column, cell in enumerate(cells[:HEADING_CELLS], 1):
            index = wanted.get(match_key(cell)) if isinstance(cell, str) and cell else None
            if index is not None:
                seen.setdefault(index, []).append((number, column))
    return {index: at[0] for index, at in seen.items() if len(at) == 1}


def _shift_of_help(
    dictionary: DataDictionary,
    layout: Layout,
    placed: PlacedBlock,
    sheet: Worksheet,
    labels: Mapping[int, tuple[int, int]],
) -> int | None:
    """By how many columns the help texts stand further right of their labels than usual; None where they differ.

    0 where no help text is found; None too where they stand nearer.
    """
    plan = plan_page(layout.on(placed.sheet.id))
    shifts: set[int] = set()
    for index, (row, column) in labels.items():
        f = placed.block.fields[index]
        if f.help is None:
            continue
        usual = (plan.help_from if is_wide(f) else UNIT_COLUMN + 1) - 1
        help_key, cells = match_key(two_lines(f.help)), sheet.rows[row - 1]
        at = next((n for n, cell in enumerate(cells, 1) if isinstance(cell, str) and match_key(cell) == help_key), None)
        if at is not None:
            shifts.add(at - column - usual)
    shift = max(shifts, default=0)
    return shift if len(shifts) <= 1 and shift >= 0 else None


# grids ---------------------------------------------------------------------------------------------------------


def _grid_cells(
    dictionary: DataDictionary, layout: Layout, placed: PlacedBlock, sheet: Worksheet
) -> dict[Key, CellRef]:
    """Answers of a grid, where the heading of the column and the headings of the row cross."""
    headings = [column_heading(column.field, column.across) for column in placed.columns]
    header, columns = header_row(sheet, headings)
    if header is None:
        return {}
    wanted = {
        r: {match_key(text) for text in row_heading(dictionary, placed.block, keys)}
        for r, keys in enumerate(placed.rows)
    }
    rows: dict[int, list[int]] = {}
    left = min(columns.values()) - 1
    for number, cells in enumerate(sheet.rows[header:], header + 1):
        texts = {text_key(cell) for cell in cells[:left]}
        for r, keys in wanted.items():
            if keys <= texts:
                rows.setdefault(r, []).append(number)
    found: dict[Key, CellRef] = {}
    for r, numbers in rows.items():
        for c, column in columns.items():
            key = (placed.columns[c].field.id, placed.row_key(r, c))
            if len(numbers) == 1 and key in layout.slots:
                found[key] = (sheet.name, cell_address(numbers[0], column))
    return found


def header_row(sheet: Worksheet, headings: Sequence[str]) -> tuple[int | None, dict[int, int]]:
    """The row that holds most of the column headings, and column number by index of heading.

    None where fewer than half of them stand in one row, or where two rows hold as many: a copy of the table
    cannot be told from the table. A heading that stands twice in the row is left out.
    """
    wanted = [match_key(text) for text in headings]
    best: list[tuple[int, dict[int, int]]] = []
    for number, cells in enumerate(sheet.rows, 1):
        keys = [text_key(cell) for cell in cells]
        times = Counter(keys)
        columns = {c: keys.index(text) + 1 for c, text in enumerate(wanted) if times[text] == 1}
        if columns and (not best or len(columns) >= len(best[0][1])):
            best = [*(best if best and len(columns) == len(best[0][1]) else []), (number, columns)]
    if len(best) != 1 or len(best[0][1]) * 2 < len(wanted):
        return None, {}
    return best[0]
