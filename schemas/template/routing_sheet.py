"""Writes one sheet for each office that answers questions: to be printed and sent round on its own.

Each question stands there once with the address of its cell in the form and a box to write into. The sheets repeat,
they are not read: answers are copied to the form's own cells. The office of a block is the one its declaration names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from schemas.dictionary.codelist import ChecklistItem
from schemas.dictionary.declaration import Text
from schemas.dictionary.field import Field
from schemas.form.column_widths import BOLD, DIGIT, height, points
from schemas.form.headings import column_heading, row_heading, scope_label, two_lines
from schemas.form.layout import Column, PlacedBlock
from schemas.form.options import option_text
from schemas.form.sheet_names import EXPLANATION_SHEET, ROUTING_PREFIX
from schemas.template.page_setup import A3, A4, Paper, set_up_page
from schemas.template.workbook_builder import BLUE, HEAD, INK_PALE, LINE, LINK, OFF, SIDE, WorkbookBuilder
from schemas.xlsx.cell_address import cell_address

COLUMNS = 16  # the page is a raster of equal columns, which every kind of question divides as it needs
WIDTHS = {A4: 6.6, A3: 10.4}  # of a column, in digits
LABEL = 3  # columns of a row's label
BOXES = COLUMNS - LABEL
BOX_HEIGHT = 33.0  # room to write a number by hand under the address
LIST_ROWS = 8  # rows of an open list on paper
SIZE = 9.0
MUCH = 0.6  # of a page


def write_routing_sheets(builder: WorkbookBuilder) -> None:
    """Writes a sheet for each office that has questions in this form, in the order of the list of offices."""
    for item in builder.dictionary.code_lists["offices"].items:
        blocks = [placed for placed in builder.layout.blocks if placed.block.office == item.code and _asks(placed)]
        if blocks:
            _RoutingSheet(builder, item.label).write(blocks)


def _asks(placed: PlacedBlock) -> bool:
    """Whether somebody has to answer: the register's own cells and the list of explanations are filled in for them."""
    is_asked = any(f.required != "register" for f in placed.block.fields)
    return is_asked and placed.sheet.name != EXPLANATION_SHEET


class _RoutingSheet:
    """One sheet under construction; ``row`` (0-based) is the next free one, ``heights`` those of the rows written."""

    def __init__(self, builder: WorkbookBuilder, office: Text) -> None:
        self.builder, self.office = builder, office
        self.words = builder.guide.routing
        self.ws = builder.book.add_worksheet(f"{ROUTING_PREFIX}{office.ja}")
        self.row = 0
        self.heights: list[float] = []
        self.starts: list[int] = []
        frame = {"text_wrap": True, "border": 1, "border_color": LINE, "font_size": SIZE, "valign": "top"}
        self.head = builder.look(**{**frame, "valign": "vcenter"}, bold=True, bg_color=HEAD, align="center")
        self.side = builder.look(**frame, bg_color=SIDE)
        self.body = builder.look(**frame)
        self.box = builder.look(**frame, font_color=LINK)
        self.off = builder.look(**frame, bg_color=OFF)

    def write(self, blocks: Sequence[PlacedBlock]) -> None:
        """Writes the whole sheet and sets it up for print."""
        # The wordings of all levels need the larger paper.
        is_large = any(column.field.type == "level" for placed in blocks for column in placed.columns)
        self.paper = A3 if is_large else A4
        self.width = WIDTHS[self.paper]
        self.ws.set_column(0, COLUMNS - 1, self.width)
        set_up_page(self.builder, self.ws)
        self.ws.set_paper(self.paper)
        self._opening()
        for placed in blocks:
            self.starts.append(self.row)
            self._block_head(placed)
            self._questions(placed)
            self._line([], 12)
        self.ws.set_landscape()
        self.ws.fit_to_pages(1, 0)
        self.ws.print_area(0, 0, self.row - 1, COLUMNS - 1)
        self.ws.set_h_pagebreaks(self._breaks())
        self.ws.protect("", {"format_cells": True, "format_rows": True, "format_columns": True})

    def _line(self, cells: Sequence[tuple[int, str, Any]], least: float = 20, link: str = "") -> None:
        """A row of (columns taken, text, look) from the left, as high as its texts need; boxes lead to ``link``."""
        at, size = 0, SIZE
        for span, text, look in cells:
            if span > 1:
                self.ws.merge_range(self.row, at, self.row, at + span - 1, text, look)
            if look is self.box and text:
                target = f"internal:'{link}'!{text.split()[0]}"
                self.ws.write_url(self.row, at, target, look, text)
            elif span == 1:
                self.ws.write_string(self.row, at, text, look)
            at += span
        texts = [(text, span * self.width, size * (BOLD if look is self.head else 1)) for span, text, look in cells]
        needed = height(texts, least)
        self.ws.set_row(self.row, needed)
        self.heights.append(needed)
        self.row += 1

    def _opening(self) -> None:
        builder, words = self.builder, self.words
        title, intro = words.title.format(office=self.office), words.intro.format(office=self.office)
        self.ws.write_string(
            0, 0, option_text(title) + builder.demo_mark, builder.look(bold=True, font_size=16, font_color=BLUE)
        )
        self._line([], 30)
        form, dates = builder.guide.forms[builder.issue.form], builder.guide.round.format(**builder.dates)
        round_ = f"{option_text(form)}　{option_text(dates)}"
        institution = f"{builder.issue.institution.name_ja} / {builder.issue.institution.name_en}"
        self._line([(COLUMNS, f"{round_}\n{institution}", builder.look(bold=True, text_wrap=True))])
        self._line([(COLUMNS, two_lines(intro), builder.look(text_wrap=True, font_size=SIZE))])
        self._line([(COLUMNS, two_lines(words.respondent), builder.look(text_wrap=True, bottom=1, bottom_color=LINE))])
        self._line([], 12)

    def _block_head(self, placed: PlacedBlock) -> None:
        heading = f"■ {option_text(placed.block.label)}　（{placed.sheet.name}）"
        look = self.builder.look(bold=True, font_size=12, font_color=BLUE, bottom=2, bottom_color=BLUE, text_wrap=True)
        self._line([(COLUMNS, heading, look)], 36)
        notes = [text for text in (placed.sheet.dates, placed.block.help) if text is not None]
        lines = [two_lines(notes[0].format(**self.builder.dates) if n is placed.sheet.dates else n) for n in notes]
        if lines:
            self._line([(COLUMNS, "\n".join(lines), self.builder.look(text_wrap=True, font_size=SIZE))])

    def _questions(self, placed: PlacedBlock) -> None:
        kinds: dict[str, Callable[[PlacedBlock], None]] = {"form": self._form, "list": self._list}
        has_levels = any(column.field.type == "level" for column in placed.columns)
        kinds["grid"] = self._checklist if has_levels else self._grid
        kinds["records"] = self._long_list
        kinds[placed.block.kind](placed)

    # the text of a box --------------------------------------------------------------------------------------

    def _address(self, placed: PlacedBlock, f: Field, row_key: str) -> str:
        """The address of an answer's cell; empty where the form does not ask for it."""
        cell = self.builder.layout.cells.get((f.id, row_key))
        return cell_address(cell[1], cell[2]) if cell else ""

    def _box(self, placed: PlacedBlock, f: Field, row_key: str, keys: Mapping[str, str]) -> str:
        """The address, under it what is filled in already or last time's number."""
        address = self._address(placed, f, row_key)
        value = self.builder.values.get((f.id, row_key))
        known = (
            self.builder.value_text(value, f, keys) if value not in (None, "") else self.builder.last_time(f, row_key)
        )
        return f"{address}\n{known}".strip() if address else ""

    def _label(self, f: Field) -> str:
        unit = self.builder.unit_text(f)
        optional = option_text(self.words.optional) if f.required == "optional" else ""
        extra = "、".join(text for text in (unit, optional) if text)
        return two_lines(f.label) + (f"\n（{extra}）" if extra else "")

    # kinds of blocks ------------------------------------------------------------------------------------------

    def _form(self, placed: PlacedBlock) -> None:
        spans = (5, 7, 4)
        words = (self.words.question, self.words.note, self.words.answer)
        self._line([(span, option_text(text), self.head) for span, text in zip(spans, words, strict=True)])
        for f in placed.block.fields:
            if f.required == "register":
                continue
            cells = [(5, self._label(f), self.side), (7, two_lines(f.help) if f.help else "", self.body)]
            self._line([*cells, (4, self._box(placed, f, "", {}), self.box)], BOX_HEIGHT, placed.sheet.name)

    def _grid(self, placed: PlacedBlock) -> None:
        for columns in _portions(placed.columns, BOXES):
            span = BOXES // len(columns) if len(columns) < 3 else 1
            heads = [(span, column_heading(c.field, c.across), self.head) for _, c in columns]
            self._line([(LABEL, "", self.head), *heads])
            for r, keys in enumerate(placed.rows):
                code, label = row_heading(self.builder.dictionary, placed.block, keys)
                name = label if "unit" not in keys else _beside(code, label)
                boxes: list[tuple[int, str, Any]] = []
                for c, column in columns:
                    text = self._box(placed, column.field, placed.row_key(r, c), keys)
                    boxes.append((span, text, self.box if text else self.off))
                self._line([(LABEL, name, self.side), *boxes], BOX_HEIGHT, placed.sheet.name)

    def _checklist(self, placed: PlacedBlock) -> None:
        """The items with the wording of every level, a box for each scope and the cells of what level 2 asks."""
        levels = [(c, column) for c, column in enumerate(placed.columns) if column.field.type == "level"]
        others = [(c, column) for c, column in enumerate(placed.columns) if column.field.required == "follow_up"]
        checklist, group = self.builder.dictionary.checklist, ""
        for r, keys in enumerate(placed.rows):
            item = checklist.item(keys["item"])
            if item.group != group:
                if group:
                    self.starts.append(self.row)
                group = str(item.group)
                self._checklist_head(next(g.label for g in checklist.groups if g.code == group), levels)
            boxes = [self._level_box(placed, column, r, c) for c, column in levels]
            lines = [
                f"{column.field.label.ja} {self._address(placed, column.field, placed.row_key(r, c))}"
                for c, column in others
            ]
            self._item_line(placed, item, boxes, "\n".join(lines), 1 if len(levels) > 1 else 2)

    def _level_box(self, placed: PlacedBlock, column: Column, r: int, c: int) -> str:
        """The address and, where it is filled in, the bare level: its wording stands beside it."""
        address = self._address(placed, column.field, placed.row_key(r, c))
        value = self.builder.values.get((column.field.id, placed.row_key(r, c)))
        return f"{address}\n{value}" if address and value not in (None, "") else address

    def _item_line(
        self, placed: PlacedBlock, item: ChecklistItem, boxes: Sequence[str], evidence: str, span: int
    ) -> None:
        name = f"{item.code} {two_lines(item.label)}" + (f"\n{two_lines(item.help)}" if item.help else "")
        cells: list[tuple[int, str, Any]] = [(4, name, self.side)]
        cells += [(2, two_lines(wording), self.body) for wording in item.levels]
        cells += [(span, text, self.box if text else self.off) for text in boxes]
        self._line([*cells, (2, evidence, self.body)], BOX_HEIGHT, placed.sheet.name)

    def _checklist_head(self, group: Text, levels: Sequence[tuple[int, Column]]) -> None:
        words, span = self.words, 1 if len(levels) > 1 else 2
        cells: list[tuple[int, str, Any]] = [(4, two_lines(group), self.head)]
        for level in self.builder.dictionary.checklist.levels:
            name = words.level.format(level=level.level)
            cells.append((2, f"{option_text(name)}\n{two_lines(level.label)}", self.head))
        for _, column in levels:
            scope = scope_label(column.across)
            cells.append((span, two_lines(scope) if scope else option_text(column.field.label), self.head))
        self._line([*cells, (2, two_lines(words.evidence), self.head)])

    def _list(self, placed: PlacedBlock) -> None:
        for columns in _portions(placed.columns, COLUMNS // 2 - 1):
            span = (COLUMNS - 1) // len(columns)
            first = placed.first_column
            self._line([(1, "", self.head), *((span, self._label(c.field), self.head) for _, c in columns)])
            for r in range(min(len(placed.rows), LIST_ROWS)):
                boxes = [(span, cell_address(placed.first + r, first + c), self.box) for c, _ in columns]
                self._line([(1, str(r + 1), self.side), *boxes], BOX_HEIGHT, placed.sheet.name)
        self._sentence(self.words.more_rows, rows=len(placed.rows))

    def _long_list(self, placed: PlacedBlock) -> None:
        first = cell_address(placed.first, placed.first_column)
        self._sentence(self.words.long_list, sheet=placed.sheet.name, cell=first)

    def _sentence(self, text: Text, **parameters: object) -> None:
        look = self.builder.look(text_wrap=True, font_size=SIZE, font_color=INK_PALE)
        self._line([(COLUMNS, two_lines(text.format(**parameters)), look)])

    # pages ----------------------------------------------------------------------------------------------------

    def _breaks(self) -> list[int]:
        """Rows (0-based) that begin a page, so that blocks are cut as little as can be."""
        widths = [self.width] * COLUMNS
        page = Paper(self.paper, True, points(widths, DIGIT), points(widths)).page
        used, found = 0.0, []
        for start, end in zip([0, *self.starts], [*self.starts, self.row], strict=True):
            size = sum(self.heights[start:end])
            # A block longer than a page begins where most of a page is free, so that its headings do not stand alone.
            if start and used + min(size, page * MUCH) > page:
                found.append(start)
                used = 0.0
            used = (used + size) % page if used + size > page else used + size
        return found


def _beside(zone: str, label: str) -> str:
    """Two headings in two languages each, side by side."""
    return "\n".join("　".join(pair) for pair in zip(zone.split("\n"), label.split("\n"), strict=True))


def _portions(columns: Sequence[Column], most: int) -> Iterator[list[tuple[int, Column]]]:
    """The columns with their positions, ``most`` at a time."""
    numbered = list(enumerate(columns))
    for low in range(0, len(numbered), most):
        yield numbered[low : low + most]
