"""Where each question stands in the workbook: the one plan that the writer follows and the tests check."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from schemas.dictionary.dictionary import DataDictionary, Slot
from schemas.dictionary.field import Block, Field, Form, Sheet

FIRST_BLOCK_ROW = 7  # 1-based; title, introduction, dates and status stand above
LABEL_COLUMN = 2
ANSWER_COLUMN = 3
RECORD_ROWS = 30  # rows of a long list as issued; its table grows


@dataclass(frozen=True)
class Column:
    """A column of a grid or list: a field, and the key it is asked for when it is asked across several."""

    field: Field
    across: str = ""


@dataclass(frozen=True)
class PlacedBlock:
    """A block with its rows on the sheet.

    ``top`` is the row of its heading, ``header`` the row of column headings (forms have none), ``first`` the first
    answer row, ``rows`` the keys of its fixed rows.
    """

    sheet: Sheet
    block: Block
    top: int
    header: int
    first: int
    rows: tuple[dict[str, str], ...]
    columns: tuple[Column, ...]

    @property
    def last(self) -> int:
        """The last answer row."""
        return self.first + len(self.rows) - 1

    @property
    def totals(self) -> tuple[tuple[int, int, int], ...]:
        """Rows of totals as (row, first and last row summed): below a grid one for each zone, above a list one."""
        if not self.block.totals:
            return ()
        if self.block.kind != "grid":
            return ((self.header - 1, self.first, self.last),)
        zones = [keys.get("unit", "") for keys in self.rows]
        starts = [n for n, zone in enumerate(zones) if n == 0 or zone != zones[n - 1]]
        ends = [*starts[1:], len(zones)]
        pairs = zip(starts, ends, strict=True)
        return tuple((self.last + 1 + n, self.first + a, self.first + b - 1) for n, (a, b) in enumerate(pairs))

    @property
    def bottom(self) -> int:
        """The last row of the block, totals included."""
        return max([self.last, *(row for row, _, _ in self.totals)])

    @property
    def first_column(self) -> int:
        """Column of the first answer (1-based)."""
        return LABEL_COLUMN if self.block.kind in ("list", "records") else ANSWER_COLUMN

    @property
    def table_name(self) -> str:
        """Name of the Excel table of a list."""
        return f"t_{self.block.id}"

    def row_key(self, row: int, column: int) -> str:
        """Row key of the answer in the ``row``-th row and ``column``-th column of a grid."""
        across = self.columns[column].across
        return "/".join([*self.rows[row].values(), *([across] if across else [])])

    def cell(self, row: int, column: int) -> tuple[int, int]:
        """(row, column) of the ``row``-th answer row and ``column``-th column, both 1-based in the sheet."""
        if self.block.kind == "form":
            return self.first + row, ANSWER_COLUMN
        return self.first + row, self.first_column + column


@dataclass(frozen=True)
class Layout:
    """All blocks of a form and the cell of every fixed answer."""

    blocks: tuple[PlacedBlock, ...]
    slots: dict[tuple[str, str], Slot]
    cells: dict[tuple[str, str], tuple[str, int, int]]

    def on(self, sheet_id: str) -> list[PlacedBlock]:
        """The blocks of one sheet, top to bottom."""
        return [placed for placed in self.blocks if placed.sheet.id == sheet_id]


def columns_of(block: Block) -> tuple[Column, ...]:
    """The columns of a grid or list in order."""
    return tuple(Column(f, across) for f in block.fields for across in (f.across or [""]))


@lru_cache(maxsize=32)
def lay_out(dictionary: DataDictionary, form: Form, year: int) -> Layout:
    """The layout of ``form`` for the round ``year``."""
    placed: list[PlacedBlock] = []
    cells: dict[tuple[str, str], tuple[str, int, int]] = {}
    slots = {(slot.field.id, slot.row_key): slot for slot in dictionary.slots(form, year)}
    for sheet in dictionary.form_sheets(form):
        row = FIRST_BLOCK_ROW
        for block in sheet.blocks:
            here = _place(dictionary, sheet, block, row, year)
            placed.append(here)
            _cells_of(here, slots, cells)
            row = here.bottom + 2
    return Layout(tuple(placed), slots, cells)


def _place(dictionary: DataDictionary, sheet: Sheet, block: Block, top: int, year: int) -> PlacedBlock:
    help_rows = 1 if block.help else 0
    header = top + 1 + help_rows + (1 if block.totals and block.kind != "grid" else 0)
    if block.kind == "form":
        rows: tuple[dict[str, str], ...] = tuple({} for _ in block.fields)
        return PlacedBlock(sheet, block, top, header, header, rows, columns_of(block))
    if block.kind == "list":
        rows = tuple({"row": str(n)} for n in range(1, block.size + 1))
    elif block.kind == "records":
        rows = tuple({"row": str(n)} for n in range(1, RECORD_ROWS + 1))
    else:
        rows = tuple(dictionary.row_keys(block, year))
    return PlacedBlock(sheet, block, top, header, header + 1, rows, columns_of(block))


def _cells_of(
    placed: PlacedBlock,
    slots: dict[tuple[str, str], Slot],
    cells: dict[tuple[str, str], tuple[str, int, int]],
) -> None:
    if placed.block.kind in ("list", "records"):
        return
    if placed.block.kind == "form":
        for index, f in enumerate(placed.block.fields):
            cells[f.id, ""] = (placed.sheet.name, *placed.cell(index, 0))
        return
    for r in range(len(placed.rows)):
        for c, column in enumerate(placed.columns):
            key = (column.field.id, placed.row_key(r, c))
            if key in slots:
                cells[key] = (placed.sheet.name, *placed.cell(r, c))
