"""Weighs a sheet before it is read: what it would take in memory, and what its formulas and cell errors are.

The bytes of a part tell most of it (`schemas.xlsx.cell_scan`); where they do not, the part is parsed cell by cell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from schemas.xlsx.cell_address import ADDRESS, LAST_COLUMN, cell_address, column_number
from schemas.xlsx.cell_scan import PartScan, plain_values, without_plain_cells
from schemas.xlsx.package_guard import CheckedPackage, parse_flat, parse_part
from schemas.xlsx.package_xml import Handlers, parse_pieces
from schemas.xlsx.refusal import MAX_CELLS, MAX_DEPTH, MAX_UNPACKED_MIB, MIB, Refusal, local_name

MAX_STYLES_MIB = 64
# Grid cells below this are always parsed for formulas and cell errors; above, only when the bytes hold any.
SMALL_SHEET = 200_000
# More cell elements than this are not parsed one by one: it would take longer than a refusal may take.
_MAX_PARSED = 2_000_000
# Measured with calamine 0.9: bytes for each place of the dense grid, each listed place, each filled cell,
# each formula kept, each shared text. A text is held twice, once by calamine and once as a str.
_PER_PLACE, _PER_LISTED, _PER_FILLED, _PER_FORMULA, _PER_STRING = 33, 13, 64, 450, 24
_MEMORY_MIB = 460
_MAX_FORMULA_TEXT = 255
_MAX_AT_ONCE = 16 * MIB  # of a part that is looked at as a whole

Lengths = np.ndarray[Any, np.dtype[np.int64]]
Kind = Literal["formula", "uncached", "error"]
CELL_ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!")

_LITERALS = re.compile(r'"[^"]*"|\'[^\']*\'|\[[^\[\]]*\]')
_column_number = lru_cache(maxsize=1024)(column_number)


@dataclass(frozen=True, slots=True)
class FormulaCell:
    """A cell that is a formula or holds a cell error.

    `kind` is "formula" (has a stored value), "uncached" (has none, so the value read is blank) or "error";
    `text` is the formula as stored without "=" (at most 255 characters; '' for the later cells of a shared
    formula), or the error such as "#N/A" or one that only newer programs know, such as "#SPILL!".
    """

    sheet: str
    cell: str
    kind: Kind
    text: str


def is_link_to_program(formula: str) -> bool:
    """Return whether a formula calls another program (DDE): a bar outside texts, sheet names and brackets."""
    return "|" in _LITERALS.sub("", formula)


@dataclass
class SheetLoad:
    """What a sheet will take in memory; upper limits, exact where `_CellPass` has counted."""

    part: str
    rows: int
    columns: int
    filled: int
    text: int
    formulas: int

    def listed(self) -> int:
        """Bytes of the cells as Python objects."""
        positions = min(self.rows, self.filled) * self.columns
        return _PER_LISTED * positions + _PER_FILLED * self.filled + 2 * self.text + _PER_FORMULA * self.formulas

    def grid(self) -> int:
        """Bytes of the dense grid that calamine holds while it reads."""
        return _PER_PLACE * self.rows * self.columns


def judge_sheet(
    package: CheckedPackage, name: str, part: str, formulas: dict[tuple[str, str], FormulaCell]
) -> SheetLoad:
    """Weigh one sheet from its bytes; parse it when the bytes are not enough or hold formulas or errors."""
    scan = package.scans[part.lower()]
    load = _coarse_load(part, scan)
    is_heavy = load.rows * load.columns > MAX_CELLS or load.grid() + load.listed() > _MEMORY_MIB * MIB
    has_special = scan.cells < SMALL_SHEET or scan.formulas > 0 or scan.has_errors
    if not (scan.is_odd or is_heavy or has_special):
        return load
    if scan.cells > _MAX_PARSED and (scan.is_odd or is_heavy):
        raise Refusal("FMT-55")
    if _PER_FORMULA * (scan.formulas + len(formulas)) > _MEMORY_MIB * MIB:
        raise Refusal("FMT-55")
    if not scan.is_odd and scan.cells < SMALL_SHEET and scan.size <= _MAX_AT_ONCE:
        quick = _CellPass(name, part, formulas)
        if quick.run_beside_plain_cells(b"".join(package.chunks(part))):
            return quick.load
    return _CellPass(name, part, formulas).run(package)


def _coarse_load(part: str, scan: PartScan) -> SheetLoad:
    if not scan.cells:
        return SheetLoad(part, 0, 0, 0, 0, 0)
    # 24 bytes are the least a cell takes in the file with its end tag; what is left may be text.
    text = max(0, scan.size - 24 * scan.cells)
    return SheetLoad(part, scan.row, scan.column, scan.filled, text, scan.formulas)


class _CellPass:
    """One walk over a sheet part: positions of filled cells, amount of text, formulas, cell errors."""

    def __init__(self, sheet: str, part: str, formulas: dict[tuple[str, str], FormulaCell]) -> None:
        self._sheet, self._formulas = sheet, formulas
        self._row = self._column = self._cells = self._depth = 0
        self._type = ""
        self._has_content = self._has_formula = False
        self._inside = ""
        self._formula: list[str] = []
        self._value: list[str] = []
        self._filled: set[int] = set()
        self.load = SheetLoad(part, 0, 0, 0, 0, 0)

    def run(self, package: CheckedPackage) -> SheetLoad:
        """Return the exact load; raises Refusal at the first cell that makes the sheet too large."""
        parse_flat(package, self.load.part, Handlers(self._start, self._end, self._text), MAX_UNPACKED_MIB)
        return self.load

    def run_beside_plain_cells(self, part: bytes) -> bool:
        """Whether the sheet is well; its plain cells are counted by their spelling and only the others parsed.

        What is wrong with a sheet that is not well, ``run`` says.
        """
        load = self.load
        if plain := plain_values(part):
            columns, rows, values = zip(*plain, strict=True)
            number_of = {letters: _column_number(letters.decode()) for letters in set(columns)}
            places = [number_of[letters] for letters in columns], [*map(int, rows)]
            load.columns, load.rows = map(max, places)
            load.filled, load.text = len(plain), 3 * sum(map(len, values))
            self._filled.update(row * (LAST_COLUMN + 1) + column for column, row in zip(*places, strict=True))
        if len(self._filled) < load.filled or load.rows * load.columns > MAX_CELLS:
            return False
        try:
            parse_pieces([without_plain_cells(part)], Handlers(self._start, self._end, self._text))
        except Refusal:
            return False
        return True

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Refusal("FMT-52")
        name = local_name(tag) if ":" in tag else tag
        if name == "c":
            self._open_cell(attributes)
        elif name in ("v", "f", "is"):
            self._has_content = True
            self._has_formula = self._has_formula or name == "f"
            self._inside = name
        elif name == "row":
            self._row, self._column = self._number(attributes.get("r"), self._row + 1), 0

    def _number(self, text: str | None, default: int) -> int:
        if text is None:
            return default
        if not text.isdecimal() or len(text) > 7:
            raise Refusal("FMT-52")
        return int(text)

    def _open_cell(self, attributes: dict[str, str]) -> None:
        self._cells += 1
        if self._cells > _MAX_PARSED:
            raise Refusal("FMT-55")
        self._column += 1
        if (reference := attributes.get("r")) is not None:
            if (found := ADDRESS.fullmatch(reference.upper())) is None:
                raise Refusal("FMT-52")
            self._row, self._column = int(found[2]), _column_number(found[1])
        self._type = attributes.get("t", "")
        self._has_content = self._has_formula = False
        self._formula.clear()
        self._value.clear()

    def _text(self, text: str) -> None:
        if self._inside == "f":
            self._formula.append(text)
        elif self._inside:
            self._value.append(text)

    def _end(self, tag: str) -> None:
        self._depth -= 1
        name = local_name(tag) if ":" in tag else tag
        if name == "c":
            if self._has_content:
                self._close_cell()
        elif name == self._inside:
            self._inside = ""

    def _close_cell(self) -> None:
        load, row, column = self.load, max(self._row, 1), self._column
        load.filled += 1
        if load.filled <= SMALL_SHEET:
            self._refuse_second(row, column)
        if row > load.rows or column > load.columns:
            load.rows, load.columns = max(load.rows, row), max(load.columns, column)
            if load.rows * load.columns > MAX_CELLS:
                cell = cell_address(row, column)
                raise Refusal("FMT-50", {"sheet": self._sheet, "cell": cell, "limit": MAX_CELLS})
        if self._type == "s" and not self._has_formula:
            return
        value = "".join(self._value)
        load.text += 3 * len(value)
        if self._type == "e" and value.strip():
            self._keep(cell_address(row, column), "error", value.strip())
        elif self._has_formula:
            kind: Kind = "formula" if value or self._type == "str" else "uncached"
            self._keep(cell_address(row, column), kind, value)

    def _refuse_second(self, row: int, column: int) -> None:
        """Raises Refusal where a cell before had the same address: programs differ in which of the two they show."""
        position = row * (LAST_COLUMN + 1) + column
        if position in self._filled:
            raise Refusal("FMT-67", {"sheet": self._sheet, "cell": cell_address(row, column)})
        self._filled.add(position)

    def _keep(self, cell: str, kind: Kind, value: str) -> None:
        formula = "".join(self._formula)
        if is_link_to_program(formula):
            raise Refusal("FMT-46")
        self.load.formulas += 1
        if _PER_FORMULA * len(self._formulas) > _MEMORY_MIB * MIB:
            raise Refusal("FMT-55")
        text = (value if kind == "error" else formula)[:_MAX_FORMULA_TEXT]
        self._formulas[self._sheet, cell] = FormulaCell(self._sheet, cell, kind, text)


def refuse_too_much(package: CheckedPackage, loads: list[SheetLoad]) -> None:
    """Refuse before reading what would not fit in memory: grids, cells, texts as often as they are used."""
    if package.scans.get("xl/styles.xml", PartScan()).size > MAX_STYLES_MIB * MIB:
        raise Refusal("FMT-55")
    if sum(load.rows * load.columns for load in loads) > MAX_CELLS:
        raise Refusal("FMT-55")
    strings = package.scans.get("xl/sharedstrings.xml", PartScan())
    total = strings.size + _PER_STRING * len(strings.strings) + sum(load.listed() for load in loads)
    left = _MEMORY_MIB * MIB - total - max((load.grid() for load in loads), default=0)
    if left < 0 or 2 * _shared_text(package, strings, loads) > left:
        raise Refusal("FMT-55")


def _shared_text(package: CheckedPackage, strings: PartScan, loads: list[SheetLoad]) -> int:
    """Return an upper limit of the bytes of shared texts, each counted as often as cells use it.

    A value spelt in another way than programs do counts as the longest text.
    """
    if not strings.size:
        return 0
    lengths = _parsed_lengths(package) if strings.is_odd else _scanned_lengths(strings)
    if not len(lengths):
        return 0
    used = int(package.uses[: len(lengths)].astype(np.int64) @ lengths[: len(package.uses)])
    return used + int(lengths.max()) * sum(_odd_values(package.scans[load.part.lower()], load) for load in loads)


def _odd_values(scan: PartScan, load: SheetLoad) -> int:
    return load.filled if scan.is_odd else max(scan.odd_values, load.filled - scan.values)


def _scanned_lengths(strings: PartScan) -> Lengths:
    positions = np.append(np.frombuffer(strings.strings, dtype=np.int64), strings.size)
    lengths: Lengths = positions[1:] - positions[:-1]
    return lengths


def _parsed_lengths(package: CheckedPackage) -> Lengths:
    lengths: list[int] = []

    def start(tag: str, _: dict[str, str]) -> None:
        if local_name(tag) == "si":
            lengths.append(0)

    def text(characters: str) -> None:
        if lengths:
            lengths[-1] += 3 * len(characters)

    parse_part(package, "xl/sharedStrings.xml", Handlers(start, text=text), MAX_UNPACKED_MIB)
    return np.array(lengths, dtype=np.int64)
