"""Bytes of an uploaded .xlsx file to its sheets, names, tables and cells; pure functions, run by the worker.

The values come from calamine, which is fast but turns cell errors and formulas without a stored value into
blanks, knows no defined names, and ends the whole process on a single far cell. So the parts are judged first
(`schemas.guard`), and what calamine does not tell is read here with expat.
"""

import posixpath
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum, load_workbook

from schemas.guard import (
    MAX_CELLS,
    MAX_DEPTH,
    MAX_UNPACKED_MIB,
    MIB,
    Handlers,
    Package,
    PartScan,
    Refusal,
    column_number,
    guard,
    local_name,
    open_package,
    parse_flat,
    parse_part,
)

__all__ = [
    "FormulaCell",
    "NamedTable",
    "Refusal",
    "Sheet",
    "Workbook",
    "cell_address",
    "guard",
    "read_workbook",
    "split_address",
]

MAX_SHEETS = 100
MAX_STYLES_MIB = 64
# Grid cells below this are always parsed for formulas and cell errors; above, only when the bytes hold any.
_SMALL_SHEET = 200_000
# More cell elements than this are not parsed one by one: it would take longer than a refusal may take.
_MAX_PARSED = 2_000_000
# Measured with calamine 0.9: bytes for each place of the dense grid, each listed place, each filled cell,
# each formula kept, each shared text. A text is held twice, once by calamine and once as a str.
_PER_PLACE, _PER_LISTED, _PER_FILLED, _PER_FORMULA, _PER_STRING = 33, 13, 64, 450, 24
_MEMORY_MIB = 460
_MAX_FORMULA_TEXT = 255

Kind = Literal["formula", "uncached", "error"]
CELL_ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!")

_ADDRESS = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})")
_ONE_CELL = re.compile(rf"(?:'((?:[^']|'')+)'|([^'!\[\]:]+))!{_ADDRESS.pattern}")
_LITERALS = re.compile(r'"[^"]*"|\'[^\']*\'|\[[^\[\]]*\]')
_PLAIN_VALUE = re.compile(rb"<v>(0|[1-9][0-9]*|-[^<]*|[0-9]+[.Ee][^<]*)</v>")
_MAX_VALUE = 64 * 1024
_column_number = lru_cache(maxsize=1024)(column_number)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class FormulaCell:
    """A cell that is a formula or holds a cell error.

    `kind` is "formula" (has a stored value), "uncached" (has none, so the value read is blank) or "error";
    `text` is the formula as stored without "=" (at most 255 characters; '' for the later cells of a shared
    formula), or the error such as "#N/A".
    """

    sheet: str
    cell: str
    kind: Kind
    text: str


@dataclass(frozen=True)
class NamedTable:
    """A table of the workbook: `first_row`, `last_row` (1-based) bound its body without head and totals."""

    name: str
    sheet: str
    columns: tuple[str, ...]
    first_row: int
    last_row: int
    first_column: int


@dataclass(frozen=True)
class Sheet:
    """A worksheet: `rows[0][0]` is A1; blank places hold ''. Rows are to be read, never changed."""

    name: str
    hidden: bool
    rows: list[list[object]]

    def value(self, cell: str) -> object:
        """Return the value at an address like "D7", None when blank or outside; ValueError for no cell."""
        row, column = split_address(cell)
        if row > len(self.rows) or column > len(self.rows[row - 1]):
            return None
        found = self.rows[row - 1][column - 1]
        return None if isinstance(found, str) and not found else found


@dataclass(frozen=True)
class Workbook:
    """What a workbook holds; `names` and `tables` by name as written, `sheets` in workbook order."""

    sheets: Mapping[str, Sheet]
    names: Mapping[str, tuple[str, str]]
    tables: Mapping[str, NamedTable]
    formulas: Mapping[tuple[str, str], FormulaCell]
    date_1904: bool
    external_links: bool


def cell_address(row: int, column: int) -> str:
    """Return the address of a cell from its 1-based row and column: (7, 4) is "D7". ValueError below 1."""
    if row < 1 or column < 1:
        raise ValueError(f"no cell at row {row}, column {column}")
    letters = ""
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(65 + letter) + letters
    return f"{letters}{row}"


def split_address(cell: str) -> tuple[int, int]:
    """Return the 1-based (row, column) of an address such as "D7" or "$D$7"; ValueError when it is none."""
    if (found := _ADDRESS.fullmatch(cell)) is None:
        raise ValueError(f"not a cell address: {cell!r}")
    return int(found[2]), column_number(found[1])


def read_workbook(data: bytes) -> Workbook:
    """Return the content of an .xlsx file; raises Refusal, and nothing else, for bytes that are not read.

    Side effect: a private temporary file while calamine reads, removed before the function returns.
    """
    package = open_package(data)
    structure = _Structure(package)
    formulas: dict[tuple[str, str], FormulaCell] = {}
    loads = [_judge_sheet(package, name, part, formulas) for name, part in structure.parts.items()]
    _refuse_too_much(package, loads)
    tables = {table.name: table for sheet in structure.parts for table in structure.tables_of(sheet)}
    return Workbook(
        sheets=_read_sheets(data, structure),
        names=structure.names,
        tables=tables,
        formulas=formulas,
        date_1904=structure.date_1904,
        external_links=any(name.startswith("xl/externallinks/") for name in package.members),
    )


class _Structure:
    """The workbook part and its relations: sheets with their parts, names, date system."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._ids: list[tuple[str, str]] = []
        self._open_name: tuple[str, bool] | None = None
        self._text: list[str] = []
        self.date_1904 = False
        self.names: dict[str, tuple[str, str]] = {}
        handlers = Handlers(self._start, self._end, self._text.append)
        parse_part(package, "xl/workbook.xml", handlers)
        if len(self._ids) > MAX_SHEETS:
            raise Refusal("FMT-51", {"count": len(self._ids), "limit": MAX_SHEETS})
        self.parts = self._sheet_parts()
        self.names = {name: place for name, place in self.names.items() if place[0] in self.parts}

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local_name(tag)
        if name == "sheet":
            own = [value for key, value in attributes.items() if ":" in key and local_name(key) == "id"]
            self._ids.append((attributes.get("name", ""), own[0] if own else ""))
        elif name == "workbookPr":
            self.date_1904 = attributes.get("date1904", "").lower() in ("1", "true", "on")
        elif name == "definedName":
            self._open_name = (attributes.get("name", ""), "localSheetId" not in attributes)
        self._text.clear()

    def _end(self, tag: str) -> None:
        if self._open_name is None or local_name(tag) != "definedName":
            return
        (name, is_global), text = self._open_name, "".join(self._text)
        self._open_name = None
        if is_link_to_program(text):
            raise Refusal("FMT-46")
        if is_global and (found := _ONE_CELL.fullmatch(text.strip())) is not None:
            sheet = found[1].replace("''", "'") if found[1] else found[2]
            self.names[name] = (sheet, found[3] + found[4])

    def _sheet_parts(self) -> dict[str, str]:
        targets = _relations(self._package, "xl/workbook.xml")
        parts: dict[str, str] = {}
        for name, identity in self._ids:
            kind, part = targets.get(identity, ("", ""))
            if kind != "worksheet":
                continue
            scan = self._package.scans.get(part.lower())
            if name in parts or scan is None or scan.root != "worksheet" or not part.startswith("xl/"):
                raise Refusal("FMT-52")
            parts[name] = part
        return parts

    def tables_of(self, sheet: str) -> list[NamedTable]:
        """Return the tables that stand on one sheet."""
        relations = _relations(self._package, self.parts[sheet])
        return [_table(self._package, part, sheet) for kind, part in relations.values() if kind == "table"]


def _relations(package: Package, part: str) -> dict[str, tuple[str, str]]:
    """Return the relations of a part by id: (kind, name of the target part); empty when it has none."""
    folder, _, base = part.rpartition("/")
    found: dict[str, tuple[str, str]] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if local_name(tag) == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            is_whole = target.startswith(("/", "xl/"))
            path = target.lstrip("/") if is_whole else posixpath.normpath(posixpath.join(folder, target))
            if (identity := attributes.get("Id", "")) in found:
                raise Refusal("FMT-52")
            found[identity] = (attributes.get("Type", "").rpartition("/")[2], path)

    name = f"{folder}/_rels/{base}.rels"
    if name.lower() in package.members:
        parse_part(package, name, Handlers(start))
    return found


def _table(package: Package, part: str, sheet: str) -> NamedTable:
    root: dict[str, str] = {}
    columns: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if local_name(tag) == "table" and not root:
            root.update(attributes)
        elif local_name(tag) == "tableColumn":
            columns.append(_ESCAPED.sub(lambda code: chr(int(code[1], 16)), attributes.get("name", "")))

    parse_part(package, part, Handlers(start))
    first, _, last = root.get("ref", "").partition(":")
    try:
        (top, left), (bottom, _) = split_address(first), split_address(last or first)
        head, totals = int(root.get("headerRowCount", "1")), int(root.get("totalsRowCount", "0"))
    except ValueError:
        raise Refusal("FMT-52") from None
    name = root.get("displayName") or root.get("name", "")
    return NamedTable(name, sheet, tuple(columns), top + head, bottom - totals, left)


def is_link_to_program(formula: str) -> bool:
    """Return whether a formula calls another program (DDE): a bar outside texts, sheet names and brackets."""
    return "|" in _LITERALS.sub("", formula)


@dataclass
class _Load:
    """What a sheet will take in memory; upper limits, exact where `_CellPass` has counted."""

    part: str
    rows: int
    columns: int
    filled: int
    text: int
    formulas: int

    def listed(self) -> int:
        places = min(self.rows, self.filled) * self.columns
        return _PER_LISTED * places + _PER_FILLED * self.filled + 2 * self.text + _PER_FORMULA * self.formulas

    def grid(self) -> int:
        return _PER_PLACE * self.rows * self.columns


def _judge_sheet(package: Package, name: str, part: str, formulas: dict[tuple[str, str], FormulaCell]) -> _Load:
    """Weigh one sheet from its bytes; parse it when the bytes are not enough or hold formulas or errors."""
    scan = package.scans[part.lower()]
    load = _coarse_load(part, scan)
    is_heavy = load.rows * load.columns > MAX_CELLS or load.grid() + load.listed() > _MEMORY_MIB * MIB
    has_special = scan.cells < _SMALL_SHEET or scan.formulas > 0 or scan.has_errors
    if not (scan.is_odd or is_heavy or has_special):
        return load
    if scan.cells > _MAX_PARSED and (scan.is_odd or is_heavy):
        raise Refusal("FMT-55")
    if _PER_FORMULA * (scan.formulas + len(formulas)) > _MEMORY_MIB * MIB:
        raise Refusal("FMT-55")
    return _CellPass(name, part, formulas).run(package)


def _coarse_load(part: str, scan: PartScan) -> _Load:
    if not scan.cells:
        return _Load(part, 0, 0, 0, 0, 0)
    # 24 bytes are the least a cell takes in the file with its end tag; what is left may be text.
    text = max(0, scan.size - 24 * scan.cells)
    return _Load(part, scan.row, scan.column, scan.filled, text, scan.formulas)


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
        self.load = _Load(part, 0, 0, 0, 0, 0)

    def run(self, package: Package) -> _Load:
        """Return the exact load; raises Refusal at the first cell that makes the sheet too large."""
        parse_flat(package, self.load.part, Handlers(self._start, self._end, self._text), MAX_UNPACKED_MIB)
        return self.load

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
            if (found := _ADDRESS.fullmatch(reference.upper())) is None:
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

    def _keep(self, cell: str, kind: Kind, value: str) -> None:
        formula = "".join(self._formula)
        if is_link_to_program(formula):
            raise Refusal("FMT-46")
        if kind == "error" and value not in CELL_ERRORS:
            raise Refusal("FMT-57", {"sheet": self._sheet, "cell": cell, "text": value[:40]})
        self.load.formulas += 1
        if _PER_FORMULA * len(self._formulas) > _MEMORY_MIB * MIB:
            raise Refusal("FMT-55")
        text = value if kind == "error" else formula[:_MAX_FORMULA_TEXT]
        self._formulas[self._sheet, cell] = FormulaCell(self._sheet, cell, kind, text)


def _refuse_too_much(package: Package, loads: list[_Load]) -> None:
    """Refuse before reading what would not fit in memory: grids, cells, texts as often as they are used."""
    if package.scans.get("xl/styles.xml", PartScan()).size > MAX_STYLES_MIB * MIB:
        raise Refusal("FMT-55")
    if sum(load.rows * load.columns for load in loads) > MAX_CELLS:
        raise Refusal("FMT-55")
    strings = package.scans.get("xl/sharedstrings.xml", PartScan())
    total = strings.size + _PER_STRING * len(strings.strings) + sum(load.listed() for load in loads)
    left = _MEMORY_MIB * MIB - total - max((load.grid() for load in loads), default=0)
    if left < 0 or 2 * _shared_text(package, strings, loads, left // 2) > left:
        raise Refusal("FMT-55")


def _shared_text(package: Package, strings: PartScan, loads: list[_Load], enough: int) -> int:
    """Return an upper limit of the bytes of shared texts, each counted as often as cells use it."""
    filled = sum(load.filled for load in loads)
    if not strings.size or not filled:
        return 0
    lengths = _parsed_lengths(package) if strings.is_odd else _scanned_lengths(strings)
    longest = max(lengths, default=0)
    if longest * filled <= enough:
        return longest * filled
    # Only the long texts are looked up: all others together stay under half of what is allowed.
    short = enough // (2 * filled)
    long = {b"%d" % index: length for index, length in enumerate(lengths) if length > short}
    return short * filled + sum(_long_text(package, load, long, longest) for load in loads)


def _scanned_lengths(strings: PartScan) -> list[int]:
    return [after - before for before, after in pairwise([*strings.strings, strings.size])]


def _parsed_lengths(package: Package) -> list[int]:
    lengths: list[int] = []

    def start(tag: str, _: dict[str, str]) -> None:
        if local_name(tag) == "si":
            lengths.append(0)

    def text(characters: str) -> None:
        if lengths:
            lengths[-1] += 3 * len(characters)

    parse_part(package, "xl/sharedStrings.xml", Handlers(start, text=text), MAX_UNPACKED_MIB)
    return lengths


def _long_text(package: Package, load: _Load, long: dict[bytes, int], longest: int) -> int:
    """Sum the lengths of the long texts a sheet points to; one spelt in another way counts as the longest."""
    total, plain, carry = 0, 0, b""
    for piece in package.chunks(load.part):
        block = carry + piece
        cut = block.rfind(b"<v")
        carry = block[cut:] if cut >= 0 and len(block) - cut < _MAX_VALUE else b""
        values = _PLAIN_VALUE.findall(block[: len(block) - len(carry)])
        plain += len(values)
        total += sum(filter(None, map(long.get, values)))
    values = _PLAIN_VALUE.findall(carry)
    total += sum(filter(None, map(long.get, values)))
    return total + longest * max(0, load.filled - plain - len(values))


def _read_sheets(data: bytes, structure: _Structure) -> dict[str, Sheet]:
    with tempfile.TemporaryDirectory() as folder:
        # calamine judges by the ending of the path; from an open file it would guess other formats.
        path = Path(folder, "workbook.xlsx")
        path.write_bytes(data)
        try:
            with load_workbook(str(path)) as book:
                return _sheets(book, structure)
        except (CalamineError, ValueError, OverflowError):
            raise Refusal("FMT-52") from None
        except BaseException as failure:
            # A panic of the reader's own code reaches Python outside the Exception family, by this name only.
            if type(failure).__name__ != "PanicException":
                raise
            raise Refusal("FMT-52") from None


def _sheets(book: CalamineWorkbook, structure: _Structure) -> dict[str, Sheet]:
    sheets: dict[str, Sheet] = {}
    for index, about in enumerate(book.sheets_metadata):
        if about.typ is not SheetTypeEnum.WorkSheet:
            continue
        if about.name not in structure.parts:
            raise Refusal("FMT-52")
        rows = _rows(book, index)
        sheets[about.name] = Sheet(about.name, about.visible is not SheetVisibleEnum.Visible, rows)
    if not sheets:
        raise Refusal("FMT-52")
    return sheets


def _rows(book: CalamineWorkbook, index: int) -> list[list[Any]]:
    """Return the rows from A1 on; blank rows share one list, so that a far cell costs little."""
    rows: list[list[Any]] = []
    # Not to_python(), which builds the dense grid twice; but iter_rows() starts at the first used column.
    sheet = book.get_sheet_by_index(index)
    before: list[Any] = [""] * sheet.start[1] if sheet.start else []
    blank: list[Any] = before + [""] * sheet.width
    for row in sheet.iter_rows():
        rows.append(blank if row.count("") == len(row) else before + row if before else row)
    return rows
