"""The pictures, shapes and text boxes of a sheet: which cells each of them covers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from schemas.xlsx.archive_parts import Parts, parse
from schemas.xlsx.cell_address import Area

MAX_REACH = 10_000  # rows or columns that one picture is thought to cover
EMU_PER_POINT = 12_700
EMU_PER_DIGIT = 66_675  # seven pixels, the width of a digit in the default font
DEFAULT_WIDTH, DEFAULT_HEIGHT = 9.14, 15.0  # digits and points
ANCHORS = frozenset({"twoCellAnchor", "oneCellAnchor"})

Span = tuple[int, int, float]  # first column, last column, width of each


class _Anchors:
    """The anchors of a drawing part: the corners of each, and the size of those that have one corner only."""

    def __init__(self) -> None:
        self.found: list[dict[str, float]] = []
        self._path: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Opens an element; an anchor begins an entry of its own."""
        self._path.append(name)
        if len(self._path) == 2 and name in ANCHORS:
            self.found.append({})
        elif self.found and len(self._path) == 3 and name == "ext":
            self.found[-1] |= {key: float(_whole(attributes.get(key, ""))) for key in ("cx", "cy")}

    def end(self, _: str) -> None:
        """Closes an element."""
        self._path.pop()

    def text(self, text: str) -> None:
        """Takes the row or column of a corner."""
        if self.found and len(self._path) == 4 and text.strip():
            self.found[-1]["/".join(self._path[2:])] = _whole(text.strip())


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 13 else 0


def drawn_areas(package: Parts, part: str, heights: Mapping[int, float], widths: Sequence[Span]) -> Iterator[Area]:
    """The areas that pictures, shapes and text boxes of a drawing part cover.

    ``heights`` of rows in points and ``widths`` of spans of columns in digits say how far one of known size reaches.
    """
    anchors = _Anchors()
    parse(package.pieces(part), anchors.start, anchors.end, anchors.text)
    for anchor in anchors.found:
        if {"from/row", "from/col"} <= anchor.keys():
            row, column = int(anchor["from/row"]) + 1, int(anchor["from/col"]) + 1
            if {"to/row", "to/col"} <= anchor.keys():
                yield row, column, int(anchor["to/row"]) + 1, int(anchor["to/col"]) + 1
            else:
                yield row, column, _row_reached(heights, row, anchor), _column_reached(widths, column, anchor)


def _row_reached(heights: Mapping[int, float], row: int, anchor: Mapping[str, float]) -> int:
    """The row in which a picture of known height ends."""
    left, last = anchor.get("cy", 0.0) / EMU_PER_POINT, row + MAX_REACH
    while row < last and (left := left - heights.get(row, DEFAULT_HEIGHT)) > 0:
        row += 1
    return row


def _column_reached(widths: Sequence[Span], column: int, anchor: Mapping[str, float]) -> int:
    """The column in which a picture of known width ends."""
    left, last = anchor.get("cx", 0.0) / EMU_PER_DIGIT, column + MAX_REACH
    while column < last and (left := left - _width(widths, column)) > 0:
        column += 1
    return column


def _width(widths: Sequence[Span], column: int) -> float:
    return next((width for first, last, width in widths if first <= column <= last), DEFAULT_WIDTH)
