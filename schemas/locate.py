"""Finds answer cells: by defined name, and by the headings around them when the name is lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from schemas.dictionary import DataDictionary
from schemas.intake import Sheet, Workbook, cell_address
from schemas.layout import Layout, PlacedBlock
from schemas.normalise import match_key
from schemas.options import shown

Place = tuple[str, str]  # (sheet name, cell address)


def find_sheets(book: Workbook, dictionary: DataDictionary, form: str) -> dict[str, Sheet]:
    """Sheet id -> sheet: by its name, else by the title in its first rows (a renamed sheet)."""
    found: dict[str, Sheet] = {}
    for sheet in dictionary.form_sheets(form):  # type: ignore[arg-type]
        if sheet.name in book.sheets:
            found[sheet.id] = book.sheets[sheet.name]
            continue
        title = match_key(shown(sheet.title))
        for other in book.sheets.values():
            heads = (match_key(str(cell)) for row in other.rows[:4] for cell in row[:3] if isinstance(cell, str))
            if any(head.startswith(title) for head in heads):
                found[sheet.id] = other
    return found


@dataclass(frozen=True)
class Grid:
    """A sheet's texts indexed by their matching key, for finding headings."""

    sheet: Sheet

    def rows(self) -> Iterator[tuple[int, Sequence[object]]]:
        """Row number (1-based) and its cells."""
        yield from enumerate(self.sheet.rows, 1)


def _key(cell: object) -> str:
    return match_key(cell) if isinstance(cell, str) else str(int(cell)) if isinstance(cell, float) else ""


def signature_cells(
    sheet: Sheet,
    placed: PlacedBlock,
    headings: Mapping[tuple[int, int], tuple[str, str]],
    columns: Sequence[str],
) -> dict[tuple[int, int], str]:
    """(row index, column index) -> cell address, found by row and column headings.

    ``headings`` gives for each row index the texts expected left of the answers, ``columns`` the texts
    expected above them. Rows and columns may have moved; what cannot be found is left out.
    """
    wanted = [match_key(text) for text in columns]
    header, positions = _header_row(sheet, wanted, placed.block.kind)
    if header is None:
        return {}
    found: dict[tuple[int, int], str] = {}
    row_keys = {r: tuple(match_key(text) for text in texts if text) for (r, _), texts in headings.items()}
    for number, cells in enumerate(sheet.rows, 1):
        if number <= header:
            continue
        keys = {_key(cell) for cell in cells[: max(positions.values(), default=1)]}
        for r, texts in row_keys.items():
            if (r, 0) not in found and all(text in keys for text in texts):
                found |= {
                    (r, c): cell_address(number, column) for c, column in positions.items() if (r, c) not in found
                }
    return found


def _header_row(sheet: Sheet, wanted: list[str], kind: str) -> tuple[int | None, dict[int, int]]:
    if kind == "form":
        return 0, {}
    best: tuple[int | None, dict[int, int]] = (None, {})
    for number, cells in enumerate(sheet.rows, 1):
        keys = [_key(cell) for cell in cells]
        positions = {c: keys.index(text) + 1 for c, text in enumerate(wanted) if text in keys}
        if len(positions) > len(best[1]):
            best = (number, positions)
    return best if len(best[1]) * 2 >= len(wanted) else (None, {})


def form_cells(sheet: Sheet, labels: Sequence[str]) -> dict[int, str]:
    """Index of a label -> address of the answer, the first cell after the label that is not its own text.

    The label stands in one of the first columns; the answer stands in the column after the label's merged
    area, which is the third from the label's.
    """
    wanted = {match_key(text): index for index, text in enumerate(labels)}
    found: dict[int, str] = {}
    for number, cells in enumerate(sheet.rows, 1):
        for column, cell in enumerate(cells[:4], 1):
            index = wanted.get(_key(cell)) if isinstance(cell, str) else None
            if index is not None and index not in found:
                found[index] = cell_address(number, column + 2)
    return found


def locate(
    book: Workbook,
    dictionary: DataDictionary,
    layout: Layout,
    form: str,
    texts: Mapping[str, tuple[list[str], list[tuple[str, str]]]],
) -> tuple[dict[tuple[str, str], Place], list[tuple[str, str]]]:
    """Cell of every fixed answer, and the keys of those found by signature because their name was lost.

    ``texts`` gives per block id the column headings and row headings the writer prints.
    """
    sheets = find_sheets(book, dictionary, form)
    places: dict[tuple[str, str], Place] = {}
    moved: list[tuple[str, str]] = []
    for key, slot in layout.slots.items():
        named = book.names.get(slot.name)
        if named is not None and named[0] in book.sheets:
            places[key] = named
    lost = [key for key in layout.slots if key not in places]
    for block_id in {layout.slots[key].block.id for key in lost}:
        placed = next(p for p in layout.blocks if p.block.id == block_id)
        sheet = sheets.get(placed.sheet.id)
        if sheet is None:
            continue
        for key, cell in _by_signature(sheet, placed, texts[block_id], layout).items():
            if key not in places:
                places[key] = (sheet.name, cell)
                moved.append(key)
    return places, moved


def _by_signature(
    sheet: Sheet, placed: PlacedBlock, texts: tuple[list[str], list[tuple[str, str]]], layout: Layout
) -> dict[tuple[str, str], str]:
    columns, rows = texts
    if placed.block.kind == "form":
        return {
            (placed.block.fields[index].id, ""): cell
            for index, cell in form_cells(sheet, [first for first, _ in rows]).items()
        }
    found = signature_cells(sheet, placed, {(r, 0): text for r, text in enumerate(rows)}, columns)
    cells: dict[tuple[str, str], str] = {}
    for (r, c), cell in found.items():
        column = placed.columns[c]
        parts = [*placed.rows[r].values(), *([column.across] if column.across else [])]
        key = (column.field.id, "/".join(parts))
        if key in layout.slots:
            cells[key] = cell
    return cells
