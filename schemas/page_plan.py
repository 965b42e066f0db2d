"""How wide the columns of a sheet are, where answers and help stand, and how high a row of text must be."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.field import Field
from schemas.layout import ANSWER_COLUMN, LABEL_COLUMN, PlacedBlock

NARROWEST = 14
LABEL_WIDTH = 42
CODE_WIDTH = 7
ZONE_WIDTH = 20
WIDE_ANSWER = 44  # at least so wide is the merged cell for a text
WIDE_HELP = 88
UNIT_COLUMN = ANSWER_COLUMN + 1
FORM_ANSWER = (16, 14, 16)  # columns of the answer on sheets without a grid
MARGIN = 0.93  # share of a cell's width that text can use

# Widths are in digits of the workbook's default font. A full-width character of 10 points takes about two of
# them in every font that Japanese offices use, a Latin letter about one; a line takes about 1.65 times its size.
FULL_WIDTH, HALF_WIDTH, LINE = 1.95, 1.03, 1.62


@dataclass(frozen=True)
class PagePlan:
    """Widths of columns A, B, ... and the columns (1-based) where wide answers end and help stands."""

    widths: tuple[int, ...]
    text_to: int
    help_from: int
    help_to: int

    @property
    def last(self) -> int:
        """The last column of the page."""
        return len(self.widths)

    def width(self, first: int, last: int) -> int:
        """Width of the columns ``first`` to ``last`` together."""
        return sum(self.widths[first - 1 : last])


def plan_page(placed: list[PlacedBlock]) -> PagePlan:
    """The columns of a sheet from its blocks: forms beside grids share the columns of the grids."""
    widths = {1: _first_width(placed), LABEL_COLUMN: LABEL_WIDTH}
    if all(block.block.kind in ("list", "records") for block in placed):
        widths = {1: CODE_WIDTH}
    for block in placed:
        if block.block.kind != "form":
            _widen(widths, block)
    forms = [block for block in placed if block.block.kind == "form"]
    if not forms:
        last = max(widths)
        return PagePlan(tuple(widths[at] for at in range(1, last + 1)), last, last, last)
    if len(forms) == len(placed):
        widths |= {ANSWER_COLUMN + index: width for index, width in enumerate(FORM_ANSWER)}
    text_to = _reach(widths, ANSWER_COLUMN, WIDE_ANSWER)
    help_from = max(text_to, UNIT_COLUMN) + 1
    help_to = _reach(widths, help_from, WIDE_HELP)
    last = max(widths)
    return PagePlan(tuple(widths[at] for at in range(1, last + 1)), text_to, help_from, help_to)


def _first_width(placed: list[PlacedBlock]) -> int:
    return ZONE_WIDTH if any("unit" in rows for block in placed for rows in block.rows[:1]) else CODE_WIDTH


def _widen(widths: dict[int, int], placed: PlacedBlock) -> None:
    for index, column in enumerate(placed.columns):
        at = placed.first_column + index
        least = NARROWEST if at > LABEL_COLUMN else 0
        widths[at] = max(widths.get(at, 0), column.field.width, least)
    if placed.block.blank_is_zero:
        gap = placed.first_column + len(placed.columns)
        widths |= {gap: 2, gap + 1: ZONE_WIDTH}


def _reach(widths: dict[int, int], first: int, wanted: int) -> int:
    """The column up to which the columns from ``first`` on are ``wanted`` wide; one is added if need be."""
    at, reached = first, 0
    while True:
        if at not in widths:
            widths[at] = max(wanted - reached, NARROWEST)
        reached += widths[at]
        if reached >= wanted:
            return at
        at += 1


def lines(text: str, width: float, size: float = 10) -> int:
    """How many lines ``text`` takes in a cell of ``width``, set in ``size`` points."""
    room = width * MARGIN * 10 / size
    return sum(max(1, math.ceil(_extent(line) / room)) for line in text.split("\n"))


def _extent(line: str) -> float:
    return sum(FULL_WIDTH if unicodedata.east_asian_width(c) in "WFA" else HALF_WIDTH for c in line)


def height(texts: Iterable[tuple[str, float, float]], least: float = 20) -> float:
    """Height of a row in points that shows every (text, width, size) in full."""
    return max([least, *(lines(text, width, size) * size * LINE + 4 for text, width, size in texts)])


def is_wide(f: Field) -> bool:
    """Whether a form gives the answer the width of a text."""
    return f.type in ("text", "long_text", "choice")
