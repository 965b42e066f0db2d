"""Bytes of an uploaded .xlsx file to its sheets, names, tables and cells; pure functions, run by the worker.

The values come from calamine, which is fast but turns cell errors and formulas without a stored value into
blanks, knows no defined names, and ends the whole process on a single far cell. So the parts are judged first
(`schemas.xlsx.package_guard`), and what calamine does not tell is read here with expat.
"""

import posixpath
import re
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum, load_workbook

from schemas.xlsx.archive_parts import relation, relations_part, sheet_relation
from schemas.xlsx.cell_address import ADDRESS, split_address
from schemas.xlsx.long_sheet import Condensed, LongRows, condense
from schemas.xlsx.package_guard import CheckedPackage, open_package, parse_part, with_parts
from schemas.xlsx.package_xml import Handlers
from schemas.xlsx.refusal import Refusal, local_name
from schemas.xlsx.sheet_limits import CELL_ERRORS, FormulaCell, is_link_to_program, judge_sheet, refuse_too_much

MAX_SHEETS = 100

Places = np.ndarray[Any, np.dtype[np.intp]]
_ONE_CELL = re.compile(rf"(?:'((?:[^']|'')+)'|([^'!\[\]:]+))!{ADDRESS.pattern}")
# A cell of the type for errors up to its value, and the value; what shows in it is kept beside, as the formulas are.
_ERROR_CELL = re.compile(
    rb"""(<(?:\w+:)?c\s(?:[^<>]*\s)?t=["']e["'][^<>]*(?<!/)>(?:(?!</?(?:\w+:)?c[\s>/]).)*?<(?:\w+:)?v(?:\s[^<>]*)?>)[^<]*""",
    re.DOTALL,
)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


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
class Worksheet:
    """A worksheet: `rows[0][0]` is A1; blank places hold ''. Rows are to be read, never changed."""

    name: str
    hidden: bool
    rows: Sequence[list[object]]

    def value(self, cell: str) -> object:
        """Return the value at an address like "D7", None when blank or outside; ValueError for no cell."""
        row, column = split_address(cell)
        return self.values(row, [column])[0]

    def values(self, row: int, columns: Iterable[int]) -> list[object]:
        """Return the values of one row (1-based) in some columns, None where one is blank or outside."""
        cells = self.rows[row - 1] if row <= len(self.rows) else []
        found = [cells[column - 1] if column <= len(cells) else None for column in columns]
        return [None if isinstance(value, str) and not value else value for value in found]

    def column(self, first: int, column: int) -> tuple[list[object], Places]:
        """Return the different cells of a column (1-based, from row ``first`` down), and which of them each row has.

        They come in the order of their first rows; equal values of different types are different cells.
        """
        if isinstance(self.rows, LongRows):
            return self.rows[first - 1 :].column(column - 1)
        cells = [row[column - 1] if column <= len(row) else None for row in self.rows[first - 1 :]]
        # Python takes 1, 1.0 and True for the same, also a day and its midnight.
        keys = [(type(cell), cell) for cell in cells]
        number = {key: n for n, key in enumerate(dict.fromkeys(keys))}
        at = np.fromiter(map(number.__getitem__, keys), dtype=np.intp, count=len(cells))
        return [cell for _, cell in number], at


@dataclass(frozen=True)
class Workbook:
    """What a workbook holds; `names` and `tables` by name as written, `sheets` in workbook order.

    `package` is what it was read from; None for a workbook that was made up.
    """

    sheets: Mapping[str, Worksheet]
    names: Mapping[str, tuple[str, str]]
    tables: Mapping[str, NamedTable]
    formulas: Mapping[tuple[str, str], FormulaCell]
    date_1904: bool
    external_links: bool
    package: CheckedPackage | None = field(default=None, compare=False, repr=False)


def read_workbook(
    data: bytes,
    *,
    judge: Callable[[Collection[str], Collection[str]], None] | None = None,
    package: CheckedPackage | None = None,
) -> Workbook:
    """Return the content of an .xlsx file; raises Refusal, and nothing else, for bytes that are not read.

    ``package`` is that of ``data`` where the guard has judged it already. ``judge`` is given the names of sheets and
    the defined names before any sheet is read, and may raise Refusal.
    Side effect: a private temporary file while calamine reads, removed before the function returns.
    """
    package = package or open_package(data)
    structure = _WorkbookStructure(package)
    if judge is not None:
        judge(structure.parts, structure.names)
    formulas: dict[tuple[str, str], FormulaCell] = {}
    loads = [judge_sheet(package, name, part, formulas) for name, part in structure.parts.items()]
    refuse_too_much(package, loads)
    tables = {table.name: table for sheet in structure.parts for table in structure.tables_of(sheet)}
    return Workbook(
        sheets=_read_sheets(package, structure, _sheets_with_new_errors(formulas)),
        names=structure.names,
        tables=tables,
        formulas=formulas,
        date_1904=structure.date_1904,
        external_links=any(name.startswith("xl/externallinks/") for name in package.members),
        package=package,
    )


class _WorkbookStructure:
    """The workbook part and its relations: sheets with their parts, names, date system."""

    def __init__(self, package: CheckedPackage) -> None:
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
        self.names = {name: position for name, position in self.names.items() if position[0] in self.parts}

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local_name(tag)
        if name == "sheet":
            self._ids.append((attributes.get("name", ""), sheet_relation(attributes)))
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


def _relations(package: CheckedPackage, part: str) -> dict[str, tuple[str, str]]:
    """Return the relations of a part by id: (kind, name of the target part); empty when it has none."""
    found: dict[str, tuple[str, str]] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if (one := relation(posixpath.dirname(part), local_name(tag), attributes)) is not None:
            if one[0] in found:
                raise Refusal("FMT-52")
            found[one[0]] = one[1]

    name = relations_part(part)
    if name.lower() in package.members:
        parse_part(package, name, Handlers(start))
    return found


def _table(package: CheckedPackage, part: str, sheet: str) -> NamedTable:
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


def _sheets_with_new_errors(formulas: Mapping[tuple[str, str], FormulaCell]) -> set[str]:
    """The sheets with a cell error that calamine does not know and would refuse the whole workbook for."""
    return {one.sheet for one in formulas.values() if one.kind == "error" and one.text not in CELL_ERRORS}


def _read_sheets(
    package: CheckedPackage, structure: _WorkbookStructure, new_errors: Collection[str]
) -> dict[str, Worksheet]:
    small = {name: found for name, part in structure.parts.items() if (found := condense(package, part)) is not None}
    replaced = {structure.parts[name].lower(): found.part for name, found in small.items()}
    for name in new_errors:
        part = structure.parts[name]
        content = replaced.get(part.lower()) or b"".join(package.chunks(part))
        replaced[part.lower()] = _ERROR_CELL.sub(rb"\g<1>#VALUE!", content)
    with tempfile.TemporaryDirectory() as folder:
        # calamine judges by the ending of the path; from an open file it would guess other formats.
        path = Path(folder, "workbook.xlsx")
        path.write_bytes(with_parts(package, replaced) if replaced else package.data)
        try:
            with load_workbook(str(path)) as book:
                return _sheets(book, structure, small)
        except (CalamineError, ValueError, OverflowError):
            raise Refusal("FMT-52") from None
        except BaseException as failure:
            # A panic of the reader's own code reaches Python outside the Exception family, by this name only.
            if type(failure).__name__ != "PanicException":
                raise
            raise Refusal("FMT-52") from None


def _sheets(
    book: CalamineWorkbook, structure: _WorkbookStructure, small: Mapping[str, Condensed]
) -> dict[str, Worksheet]:
    sheets: dict[str, Worksheet] = {}
    for index, about in enumerate(book.sheets_metadata):
        if about.typ is not SheetTypeEnum.WorkSheet:
            continue
        if about.name not in structure.parts:
            raise Refusal("FMT-52")
        rows: Sequence[list[Any]] = _rows(book, index)
        if about.name in small:
            rows = small[about.name].rows(rows)
        sheets[about.name] = Worksheet(about.name, about.visible is not SheetVisibleEnum.Visible, rows)
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
