"""How wide the columns of a sheet are, where answers and help stand, and how high a row of text must be."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

from schemas.dictionary.field import NUMERIC, Field
from schemas.form.headings import column_heading
from schemas.form.layout import ANSWER_COLUMN, LABEL_COLUMN, Column, PlacedBlock

NARROWEST = 12
NARROW_CHOICE = 7  # a year or a level beside the long texts of a wide sheet
LABEL_WIDTH = 39
CODE_WIDTH = 6
ZONE_WIDTH = 20
SWITCH_WIDTH = 14
WIDE_ANSWER = 44  # at least so wide is the merged cell for a text
WIDE_HELP = 62
UNIT_COLUMN = ANSWER_COLUMN + 1
FORM_ANSWER = (16, 14, 16)  # columns of the answer on sheets without a grid
MARGIN = 0.93  # share of a cell's width that text can use
# The smallest letters of a form are set in 9 points; on paper none is smaller than 8.
LEAST_SCALE = 0.89
WIDEST = 1273.0  # points that a landscape page of A3 holds at that scale

# Widths are in digits of the workbook's default font. A full-width character of 10 points takes about two of
# them in every font that Japanese offices use, a Latin letter about one; a line takes about 1.65 times its size.
HEAD_LINES = 6
HEAD_SIZE, BOLD = 9, 1.1  # the headings of tables; bold letters are wider
WORD = re.compile(r"[!-~\u00a1-\u2e7f]+ *|.")
PIXEL = 0.75  # points
# A digit of the default font is 7 pixels wide, and 9.5 where a program that lacks the font takes the widest other.
DIGIT, WIDEST_DIGIT = 7, 9.5
FULL_WIDTH, HALF_WIDTH, LINE = 1.95, 1.03, 1.62


@dataclass(frozen=True)
class PagePlan:
    """Widths of columns A, B, ... and the columns (1-based) where wide answers end and help stands.

    ``cut`` is the last column of the first page where a sheet is printed on two pages side by side.
    """

    widths: tuple[int, ...]
    text_to: int
    help_from: int
    help_to: int
    cut: int = 0

    @property
    def last(self) -> int:
        """The last column of the page."""
        return len(self.widths)

    def width(self, first: int, last: int) -> int:
        """Width of the columns ``first`` to ``last`` together."""
        return sum(self.widths[first - 1 : last])

    @property
    def text_end(self) -> int:
        """The last column that a sentence over the width of the page may take."""
        return self.cut or self.last

    def points(self, digit: float = WIDEST_DIGIT) -> float:
        """Width of the widest page in points, with the label columns repeated on the second one."""
        return max(points(part, digit) for part in parts(self.widths, self.cut))


def points(widths: Sequence[float], digit: float = WIDEST_DIGIT) -> float:
    """Width of columns in points, each some digits and 5 pixels wide; the widest, unless ``digit`` says otherwise."""
    return sum((digit * width + 5) * PIXEL for width in widths)


def parts(widths: tuple[int, ...], cut: int) -> tuple[tuple[int, ...], ...]:
    """The columns of each page side by side; one page without a ``cut``."""
    return (widths[:cut], widths[:LABEL_COLUMN] + widths[cut:]) if cut else (widths,)


def best_cut(widths: tuple[int, ...]) -> int:
    """The column after which a sheet too wide for a page is cut; 0 for a sheet that is not."""
    if points(widths) <= WIDEST:
        return 0
    return min(range(LABEL_COLUMN + 1, len(widths)), key=lambda cut: max(points(part) for part in parts(widths, cut)))


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
        return PagePlan(_in_order(widths), last, last, last, best_cut(_in_order(widths)))
    if len(forms) == len(placed):
        widths |= {ANSWER_COLUMN + index: width for index, width in enumerate(FORM_ANSWER)}
    text_to = _reach(widths, ANSWER_COLUMN, WIDE_ANSWER)
    help_from = max(text_to, UNIT_COLUMN) + 1
    help_to = _reach(widths, help_from, WIDE_HELP)
    listed = _in_order(widths)
    cut = best_cut(listed)
    return PagePlan(listed, text_to, help_from, min(help_to, cut or help_to), cut)


def _in_order(widths: dict[int, int]) -> tuple[int, ...]:
    return tuple(widths[at] for at in range(1, max(widths) + 1))


def _first_width(placed: list[PlacedBlock]) -> int:
    return ZONE_WIDTH if any("unit" in rows for block in placed for rows in block.rows[:1]) else CODE_WIDTH


def _widen(widths: dict[int, int], placed: PlacedBlock) -> None:
    for index, column in enumerate(placed.columns):
        at = placed.first_column + index
        least = _least(column) if at > LABEL_COLUMN else 0
        widths[at] = max(widths.get(at, 0), column.field.width, least)
    if placed.block.blank_is_zero:
        gap = placed.first_column + len(placed.columns)
        widths |= {gap: 2, gap + 1: SWITCH_WIDTH}


def _least(column: Column) -> int:
    """The narrowest column for a field: its largest number with separators and sign, and a heading not too high."""
    f = column.field
    if f.type not in NUMERIC or f.unit in ("items", "years"):
        return NARROW_CHOICE
    heading = column_heading(f, column.across)
    least = max(NARROWEST, len(f"{int(f.limit):,}") + 1)
    return next(width for width in count(least) if lines(heading, width, HEAD_SIZE * BOLD) <= HEAD_LINES)


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


@lru_cache(maxsize=8_192)
def lines(text: str, width: float, size: float = 10) -> int:
    """How many lines ``text`` takes in a cell of ``width``, set in ``size`` points."""
    room = width * MARGIN * 10 / size
    return sum(_count_wrapped(line, room) for line in text.split("\n"))


def _count_wrapped(line: str, room: float) -> int:
    """Lines that one paragraph takes: Latin words stay whole where they fit, full-width characters do not."""
    number, used = 1, 0.0
    for word in WORD.findall(line):
        extent = _extent(word)
        if used and used + _extent(word.rstrip()) > room:
            number, used = number + 1, 0.0
        if extent > room:
            number += math.ceil(extent / room) - 1
            extent %= room
        used += extent
    return number


@lru_cache(maxsize=16_384)
def _extent(line: str) -> float:
    return sum(FULL_WIDTH if unicodedata.east_asian_width(c) in "WFA" else HALF_WIDTH for c in line)


def height(texts: Iterable[tuple[str, float, float]], least: float = 20) -> float:
    """Height of a row in points, in whole pixels, that shows every (text, width, size) in full."""
    points = max([least, *(lines(text, width, size) * size * LINE + 4 for text, width, size in texts)])
    return math.ceil(points / PIXEL) * PIXEL


def answer_size(f: Field) -> float:
    """Size in points of an answer: texts and the long bilingual choices are set smaller."""
    return 9 if f.type in ("level", "choice", "text") else 10


def is_wide(f: Field) -> bool:
    """Whether a form gives the answer the width of a text."""
    return f.type in ("text", "long_text", "choice")
