"""What the sheets of a form hold beside values: merged cells, pictures, hidden rows, struck and raised texts, comments.

calamine shows none of these. The file has passed the guard already; here a few of its parts are read once more, each
within the limits that the guard sets for structure. Of long lists only what stands around the cells is looked at, so
that they cost little. A part beyond the limits is judged by no rule; the values stay as read.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from zipfile import BadZipFile, ZipFile

from schemas.xlsx.archive_parts import MAX_PART, Archive, Parts, Unreadable, is_on, parse, relations, sheet_parts
from schemas.xlsx.cell_address import Area, cell_address, split_address
from schemas.xlsx.cell_scan import plain_cells_of_looks, without_plain_cells
from schemas.xlsx.drawings import DEFAULT_HEIGHT, DEFAULT_WIDTH, Span, drawn_areas
from schemas.xlsx.number_formats import PERCENT_FORMATS, effect_of_format

MAX_LISTED = 20_000  # merged areas, pictures, spans of columns or comments of one sheet; no form has so many
SHEET_DATA, SHEET_DATA_ENDS = b"<sheetData", b"</sheetData>"
PIECES = ("struck", "raised")  # what a piece of a text may be
WITHOUT_FEATURES = (b"dataValidations", b"conditionalFormatting")  # of a sheet; that they are well-formed was seen


@dataclass
class SheetParts:
    """What stands on one sheet beside its values; cells as addresses, rows and columns 1-based.

    ``hidden_columns`` are spans (first, last). ``struck`` are cells with strike-through in their format or in a
    piece of their text, ``raised`` cells with a piece of text above or below the line, as the marks of notes are.
    ``formats`` are the number formats that scale, hide or reword what stands in a cell. ``widths`` (spans and digits)
    and ``heights`` (points) say how far a picture reaches.
    """

    merged: list[Area] = field(default_factory=list)
    drawn: list[Area] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    struck: set[str] = field(default_factory=set)
    raised: set[str] = field(default_factory=set)
    commented: list[str] = field(default_factory=list)
    widths: list[Span] = field(default_factory=list)
    heights: dict[int, float] = field(default_factory=dict)
    formats: dict[str, str] = field(default_factory=dict)

    def is_hidden(self, row: int, column: int) -> bool:
        """Whether the row or the column of a cell is hidden."""
        return row in self.hidden_rows or any(first <= column <= last for first, last in self.hidden_columns)


def read_form_parts(data: bytes | Parts, sheets: Mapping[str, bool]) -> dict[str, SheetParts]:
    """The parts of the named sheets; a name's value says whether its cells are looked at too.

    ``data`` must be a workbook that ``read_workbook`` accepted, or its parts. Sheets that are not there are left
    out; of a sheet that is larger than structure may be only what stands around its cells is looked at.
    """
    if not isinstance(data, bytes):
        return _parts_of(data, sheets)
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            return _parts_of(Archive(archive), sheets)
    except (BadZipFile, NotImplementedError):
        return {}  # written in a way that zipfile does not take, though calamine does


def _parts_of(package: Parts, sheets: Mapping[str, bool]) -> dict[str, SheetParts]:
    parts = sheet_parts(package)
    marks = _Marks(package) if any(sheets.values()) else None
    return {
        name: _read(package, parts[name], marks if whole and package.size(parts[name]) <= MAX_PART else None)
        for name, whole in sheets.items()
        if name in parts
    }


# strike-through, superscripts ----------------------------------------------------------------------------------


class _Marks:
    """Which cell formats (numbers as in ``s``) are struck through, and which shared texts (as in ``v``) or raised."""

    def __init__(self, package: Parts) -> None:
        self.formats: set[str] = set()
        self.texts: dict[str, set[str]] = {kind: set() for kind in PIECES}
        self._inside: list[str] = []
        self._fonts: list[bool] = []
        self.misleading: dict[str, str] = {}
        self._codes = dict(PERCENT_FORMATS)
        self._formats, self._texts = 0, -1
        parse(package.pieces("xl/styles.xml"), self._style, self._style_ends)
        if any(_mentions(package.pieces("xl/sharedStrings.xml"), word) for word in (b"strike", b"vertAlign")):
            parse(package.pieces("xl/sharedStrings.xml"), self._text)

    def _style(self, name: str, attributes: dict[str, str]) -> None:
        parents = self._inside[1:]
        self._inside.append(name)
        if parents == ["fonts"] and name == "font":
            self._fonts.append(False)
        elif parents == ["fonts", "font"] and name == "strike":
            self._fonts[-1] = is_on(attributes, "val", "1")
        elif parents == ["numFmts"] and name == "numFmt":
            self._codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif parents == ["cellXfs"] and name == "xf":
            code = self._codes.get(attributes.get("numFmtId", "0"), "")
            if effect_of_format(code):
                self.misleading[str(self._formats)] = code
            number = attributes.get("fontId", "0")
            if number.isdecimal() and int(number) < len(self._fonts) and self._fonts[int(number)]:
                self.formats.add(str(self._formats))
            self._formats += 1

    def _style_ends(self, _: str) -> None:
        self._inside.pop()

    def _text(self, name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            self._texts += 1
        elif kind := _kind_of_piece(name, attributes):
            self.texts[kind].add(str(self._texts))

    def of_text(self, number: str) -> list[str]:
        """What a shared text is: ``struck``, ``raised``, both or neither."""
        return [kind for kind in PIECES if number in self.texts[kind]]


def _kind_of_piece(name: str, attributes: Mapping[str, str]) -> str:
    """Which of PIECES an element of a text's properties says of its piece; "" for any other."""
    if name == "strike" and is_on(attributes, "val", "1"):
        return "struck"
    return "raised" if name == "vertAlign" and attributes.get("val") in ("superscript", "subscript") else ""


def _mentions(pieces: Iterator[bytes], word: bytes) -> bool:
    tail = b""
    for piece in pieces:
        if word in piece or word in tail + piece[: len(word)]:
            return True
        tail = piece[-len(word) :]
    return False


# one sheet -----------------------------------------------------------------------------------------------------


def around_cells(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """What stands before and after the content of ``<sheetData>``; everything where there is none."""
    carry, where = b"", "before"
    for piece in pieces:
        text = carry + piece
        if where == "before" and (at := text.find(SHEET_DATA)) >= 0 and (end := text.find(b">", at)) >= 0:
            yield text[: end + 1]
            where = "after" if text[end - 1 : end] == b"/" else "inside"
            text = text[end + 1 :]
        if where == "inside" and (at := text.find(SHEET_DATA_ENDS)) >= 0:
            where, text = "after", text[at:]
        if where == "after":
            yield text
            text = b""
        carry = text[-len(SHEET_DATA_ENDS) :] if where == "inside" else text
        if len(carry) > MAX_PART:
            raise Unreadable
    if where == "before":
        yield carry


def _read(package: Parts, part: str, marks: _Marks | None) -> SheetParts:
    """The parts of one sheet; its cells are looked at where ``marks`` is given."""
    walk = _SheetWalk(marks)
    pieces = package.pieces(part) if marks is not None else around_cells(package.pieces(part))
    has_texts = marks is not None and any(marks.texts.values())
    if not has_texts:
        pieces = walk.pass_plain_cells(pieces)
    is_read = parse(pieces, walk.start, walk.end if has_texts else None, walk.text if has_texts else None)
    if not is_read or max(len(walk.found.merged), len(walk.found.widths)) > MAX_LISTED:
        return SheetParts()
    for kind, target in relations(package, part).values():
        if kind == "drawing":
            walk.found.drawn.extend(
                islice(drawn_areas(package, target, walk.found.heights, walk.found.widths), MAX_LISTED)
            )
        elif kind == "comments":
            walk.found.commented.extend(_commented_cells(package, target)[:MAX_LISTED])
    return walk.found


class _SheetWalk:
    """One walk over a sheet: rows, columns, merged areas, and cells that are struck through or raised."""

    def __init__(self, marks: _Marks | None) -> None:
        self.found = SheetParts()
        self._marks = marks
        self._row = 0
        self._cell, self._is_shared, self._is_value = "", False, False
        self._value: list[str] = []

    def pass_plain_cells(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The part without the cells of which nothing but their look could be noted, which is noted here."""
        if self._marks is None:
            return pieces
        looks, part = {*self._marks.formats, *self._marks.misleading}, b"".join(pieces)
        if "0" in looks or b"<!" in part:  # 0 is the look of cells that name none
            return iter([part])
        for cell, look in plain_cells_of_looks(part, looks):
            self._note_look(self._marks, cell, look)
        rest = without_plain_cells(part)
        for tag in WITHOUT_FEATURES:
            rest = _without_elements(rest, tag)
        return iter([rest])

    def _note_look(self, marks: _Marks, cell: str, look: str) -> None:
        if look in marks.formats:
            self.found.struck.add(cell)
        if look in marks.misleading:
            self.found.formats[cell] = marks.misleading[look]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Notes what one element tells."""
        if name == "c":
            self._cell, self._is_shared = attributes.get("r", ""), attributes.get("t") == "s"
            if self._marks is not None:
                self._note_look(self._marks, self._cell, attributes.get("s", "0"))
        elif name == "row":
            self._rows(attributes)
        elif name == "col":
            self._columns(attributes)
        elif name == "mergeCell" and (area := _area(attributes.get("ref", ""))) is not None:
            self.found.merged.append(area)
        elif kind := _kind_of_piece(name, attributes):
            getattr(self.found, kind).add(self._cell)
        self._is_value = self._is_shared and name == "v"

    def text(self, text: str) -> None:
        """Takes the number of a shared text."""
        if self._is_value:
            self._value.append(text)

    def end(self, _: str) -> None:
        """Looks up the shared text of a cell."""
        if self._is_value and self._marks is not None:
            for kind in self._marks.of_text("".join(self._value).strip()):
                getattr(self.found, kind).add(self._cell)
        self._is_value = False
        self._value.clear()

    def _columns(self, attributes: Mapping[str, str]) -> None:
        first, last = (attributes.get(key, "") for key in ("min", "max"))
        if first.isdecimal() and last.isdecimal():
            span = int(first), int(last)
            self.found.widths.append((*span, _number(attributes.get("width"), DEFAULT_WIDTH)))
            if is_on(attributes, "hidden", "0"):
                self.found.hidden_columns.append(span)

    def _rows(self, attributes: Mapping[str, str]) -> None:
        number = attributes.get("r", "")
        self._row = int(number) if number.isdecimal() else self._row + 1
        self.found.heights[self._row] = _number(attributes.get("ht"), DEFAULT_HEIGHT)
        if is_on(attributes, "hidden", "0"):
            self.found.hidden_rows.add(self._row)


def _without_elements(part: bytes, tag: bytes) -> bytes:
    opening, closing, at, kept = b"<" + tag + b" ", b"</" + tag + b">", 0, []
    while (start := part.find(opening, at)) >= 0 and (end := part.find(closing, start)) >= 0:
        kept.append(part[at:start])
        at = end + len(closing)
    return b"".join([*kept, part[at:]])


def _number(text: str | None, default: float) -> float:
    try:
        number = float(text) if text is not None else default
    except ValueError:
        return default
    return number if 0 <= number < 10_000 else default


def _area(text: str) -> Area | None:
    first, _, last = text.partition(":")
    try:
        return (*split_address(first), *split_address(last or first))
    except ValueError:
        return None


def _commented_cells(package: Parts, part: str) -> list[str]:
    """The cells of a sheet that have a comment."""
    found: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "comment" and (area := _area(attributes.get("ref", ""))) is not None:
            found.append(cell_address(area[0], area[1]))

    parse(package.pieces(part), start)
    return found
