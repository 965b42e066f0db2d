"""Writes one sheet of a form: headings, forms, grids and open lists, ready for the screen and for A4."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from schemas.dictionary.declaration import Text
from schemas.dictionary.dictionary import CENTRE
from schemas.dictionary.field import NUMERIC, Field, Sheet
from schemas.form.column_widths import BOLD, HEAD_SIZE, UNIT_COLUMN, answer_size, height, is_wide, plan_page
from schemas.form.headings import column_heading, row_heading, two_lines
from schemas.form.layout import ANSWER_COLUMN, LABEL_COLUMN, PlacedBlock
from schemas.form.options import option_text, options
from schemas.template.conditional_formats import runs, show_states, status
from schemas.template.page_setup import set_up_page, set_up_print
from schemas.template.previous_values import write_last_time
from schemas.template.totals import write_totals
from schemas.template.workbook_builder import (
    BLUE,
    BLUE_PALE,
    HEAD,
    INK_PALE,
    LINE,
    OFF,
    SIDE,
    TITLE_LIMIT,
    Status,
    WorkbookBuilder,
)

STATUS_ROW = 4
STATUS_WIDTH = 32  # a number that is narrower than its words shows as ###
READABLE = 215  # a sentence is not set wider than this
LONG_TEXT_HEIGHT = 50
LIST_HEIGHT = 17.25


class SheetWriter:
    """One sheet under construction. Rows and columns are 0-based unless a layout gives them (1-based)."""

    def __init__(self, builder: WorkbookBuilder, sheet: Sheet) -> None:
        self.builder = builder
        self.sheet = sheet
        self.blocks = builder.layout.on(sheet.id)
        self.plan = plan_page(self.blocks)
        self.ws = builder.book.add_worksheet(sheet.name)
        self.heights: dict[int, float] = {}

    def write(self) -> None:
        """Writes the whole sheet."""
        for at, width in enumerate(self.plan.widths):
            self.ws.set_column(at, at, width)
        set_up_page(self.builder, self.ws)
        self._head()
        kinds: dict[str, Callable[[PlacedBlock], None]] = {
            "form": self._form,
            "grid": self._grid,
            "list": self._list,
            "records": self._records,
        }
        for placed in self.blocks:
            self._block_head(placed)
            kinds[placed.block.kind](placed)
            write_totals(self.builder, self.ws, placed, self.heights)
            for run in runs(self.builder, placed):
                show_states(self.builder, self.ws, run)
        set_up_print(self.builder, self.ws, self.blocks, self.plan, self.heights)
        if self.sheet.protected:
            self.ws.protect("", {"format_cells": True, "format_rows": True, "format_columns": True})

    # texts over the width of the page ------------------------------------------------------------------------

    def _span(self, row: int, first: int, last: int, text: str, look: Any) -> None:
        """Text in the cells ``first`` to ``last`` (1-based columns) of a row."""
        if last > first:
            self.ws.merge_range(row, first - 1, row, last - 1, text, look)
        else:
            self.ws.write_string(row, first - 1, text, look)

    def _height(self, row: int, points: float) -> None:
        self.ws.set_row(row, points)
        self.heights[row] = points

    def _sentence(self, row: int, text: str, size: float = 10, **look: Any) -> None:
        """Text over the width of the page, in a row as high as the text needs."""
        last, reached = 1, self.plan.widths[0]
        while last < self.plan.text_end and reached < READABLE:
            last, reached = last + 1, reached + self.plan.widths[last]
        properties = {"text_wrap": True, "valign": "top", "font_size": size, **look}
        self._span(row, 1, last, text, self.builder.look(**properties))
        self._height(row, height([(text, reached, size)], least=size * 1.7))

    def _head(self) -> None:
        builder, sheet = self.builder, self.sheet
        title = option_text(sheet.title) + builder.demo_mark
        self.ws.write_string(0, 0, title, builder.look(bold=True, font_size=16, font_color=BLUE))
        self._height(0, 30)
        self._sentence(1, sheet.intro.ja)
        self._sentence(2, sheet.intro.en, font_color=INK_PALE)
        if sheet.dates:
            dates = option_text(sheet.dates.format(**builder.dates))
            if any((f.id, key) in builder.computed for f, key in self._asked()):
                self._computed_note(dates)
            else:
                self.ws.write_string(3, 0, dates, builder.look(bold=True))
        found = status(builder, self.blocks)
        if found:
            formula, count = found
            look = builder.look(bold=True, num_format=builder.status_number, align="left")
            wide = next(at for at in range(1, self.plan.last + 1) if self.plan.width(1, at) >= STATUS_WIDTH)
            self.ws.merge_range(STATUS_ROW, 0, STATUS_ROW, wide - 1, "", look)
            self.ws.write_formula(STATUS_ROW, 0, formula, look, count)
            builder.statuses.append(Status(sheet.name, f"$A${STATUS_ROW + 1}", count))

    def _asked(self) -> Iterator[tuple[Field, str]]:
        """Every question of the sheet's grids with its row key."""
        for placed in self.blocks:
            if placed.block.kind == "grid":
                for r in range(len(placed.rows)):
                    yield from ((column.field, placed.row_key(r, c)) for c, column in enumerate(placed.columns))

    def _computed_note(self, dates: str) -> None:
        """The dates, and below them where the grey numbers come from and what to do about them."""
        computed = self.builder.issue.computed
        assert computed is not None
        note = self.builder.guide.computed_note.format(label=computed.label)
        self._sentence(3, f"{dates}\n{two_lines(note)}", bold=True)

    def _block_head(self, placed: PlacedBlock) -> None:
        block, guide = placed.block, self.builder.guide
        office = self.builder.dictionary.code_lists["offices"].item(block.office).label
        heading = f"■ {option_text(block.label)}　（{option_text(guide.office_label)}：{option_text(office)}）"
        self._sentence(placed.top - 1, heading, 12, bold=True, font_color=BLUE, bottom=2, bottom_color=BLUE)
        if block.help:
            self._sentence(placed.top, two_lines(block.help), 9)

    # answers -------------------------------------------------------------------------------------------------

    def _answer(self, row: int, at: int, f: Field, row_key: str, keys: Mapping[str, str], look: Any) -> None:
        builder = self.builder
        builder.write_value(self.ws, row, at, builder.values.get((f.id, row_key)), f, keys, look)
        slot = builder.layout.slots[f.id, row_key]
        builder.name(slot.name, slot.sheet.name, row, at)
        if f.required == "register":
            return
        note = builder.dictionary.checklist.item(keys["item"]).help if f.type == "level" else f.help
        source = f"{f.code_list}_{keys['item']}" if f.type == "level" else f.code_list
        last = builder.last_time(f, row_key)
        title = f"{f.label.ja[: TITLE_LIMIT - len(last) - 2]}（{last}）" if last else ""
        self._assist((row, at, row, at), f, source, options(builder.dictionary, f, dict(keys)), note, title)

    def _assist(
        self,
        area: tuple[int, int, int, int],
        f: Field,
        source: str | None,
        texts: Mapping[str, str],
        note: Text | None,
        title: str = "",
    ) -> None:
        """Input message and, where there are choices, a drop-down; only closed answers refuse other entries."""
        if not texts:
            self.builder.help_cell(self.ws, area, f, note, title=title)
            return
        name = source or ("yes_no" if f.type == "yes_no" else "codes")
        stop = f.type in ("choice", "yes_no")
        self.builder.drop_down(self.ws, area, (name, texts), f.label, note, stop=stop, title=title)

    def _form(self, placed: PlacedBlock) -> None:
        builder, plan = self.builder, self.plan
        side = builder.look(text_wrap=True, indent=1, bg_color=SIDE, border=1, border_color=LINE)
        pale = builder.look(font_color=INK_PALE, text_wrap=True)
        note = builder.look(text_wrap=True, font_size=9, font_color=INK_PALE, indent=1)
        for index, f in enumerate(placed.block.fields):
            row = placed.first + index - 1
            label = two_lines(f.label)
            value = builder.value_text(builder.values.get((f.id, "")), f, {})
            texts: list[tuple[str, float, float]] = [(label, plan.width(1, LABEL_COLUMN), 10)]
            self._span(row, 1, LABEL_COLUMN, label, side)
            look = builder.answer_look(f, locked=f.required == "register")
            if is_wide(f) and plan.text_to > ANSWER_COLUMN:
                self.ws.merge_range(row, ANSWER_COLUMN - 1, row, plan.text_to - 1, "", look)
            self._answer(row, ANSWER_COLUMN - 1, f, "", {}, look)
            if not is_wide(f) and f.type != "year":
                unit = "\n".join(text for text in (builder.unit_text(f), builder.last_time(f, "")) if text)
                self.ws.write_string(row, UNIT_COLUMN - 1, unit, pale)
                texts.append((unit, plan.widths[UNIT_COLUMN - 1], 9))
            if is_wide(f):
                texts.append((value, plan.width(ANSWER_COLUMN, plan.text_to), answer_size(f)))
            if f.help:
                first = plan.help_from if is_wide(f) else UNIT_COLUMN + 1
                self._span(row, first, plan.help_to, two_lines(f.help), note)
                texts.append((two_lines(f.help), plan.width(first, plan.help_to) - 2, 9))
            self._height(row, height(texts, LONG_TEXT_HEIGHT if f.type == "long_text" else 20))

    # grids ---------------------------------------------------------------------------------------------------

    def _grid(self, placed: PlacedBlock) -> None:
        self._grid_head(placed)
        if placed.block.blank_is_zero:
            self._blank_is_zero(placed)
        for r in range(len(placed.rows)):
            self._grid_row(placed, r)
        write_last_time(self.builder, self.ws, placed, self.plan.last + 1)

    def _grid_head(self, placed: PlacedBlock) -> None:
        row, first = placed.header - 1, placed.first_column
        frame = {"text_wrap": True, "bold": True, "font_size": HEAD_SIZE, "border": 1, "border_color": LINE}
        frame["align"] = "center"
        for at in range(first - 1):
            self.ws.write_blank(row, at, None, self.builder.look(**frame, bg_color=HEAD))
        texts: list[tuple[str, float, float]] = []
        for c, column in enumerate(placed.columns):
            heading = column_heading(column.field, column.across)
            ground = BLUE_PALE if column.across == CENTRE else HEAD
            self.ws.write_string(row, first - 1 + c, heading, self.builder.look(**frame, bg_color=ground))
            texts.append((heading, self.plan.widths[first - 1 + c], HEAD_SIZE * BOLD))
        if placed.block.blank_is_zero:
            at = placed.first_column + len(placed.columns)
            texts.append((two_lines(self.builder.guide.blank_is_zero), self.plan.widths[at], 9))
        self._height(row, height(texts))

    def _grid_row(self, placed: PlacedBlock, r: int) -> None:
        builder, row, keys = self.builder, placed.first + r - 1, placed.rows[r]
        code, label = row_heading(builder.dictionary, placed.block, keys)
        zone = keys.get("unit", "")
        edge: dict[str, Any] = {}
        if zone and r > 0 and placed.rows[r - 1]["unit"] != zone:
            edge = {"top": 2, "top_color": BLUE}
        ground = BLUE_PALE if zone == CENTRE else SIDE
        frame = {"text_wrap": True, "bg_color": ground, "border": 1, "border_color": LINE, **edge}
        side = builder.look(**frame, font_size=HEAD_SIZE)
        self.ws.write_string(row, 0, code, side)
        self.ws.write_string(row, 1, label, side)
        texts: list[tuple[str, float, float]] = [
            (text, self.plan.widths[at], HEAD_SIZE) for at, text in enumerate((code, label))
        ]
        self._height(row, height([*texts, *self._answer_texts(placed, r)], 24))
        for c, column in enumerate(placed.columns):
            at, row_key = placed.first_column - 1 + c, placed.row_key(r, c)
            if (column.field.id, row_key) in builder.layout.slots:
                full = {**keys, "scope": column.across} if column.across else keys
                is_computed = (column.field.id, row_key) in builder.computed
                look = builder.answer_look(column.field, edge=edge, is_computed=is_computed)
                self._answer(row, at, column.field, row_key, full, look)
            else:
                self.ws.write_blank(row, at, None, builder.look(bg_color=OFF, border=1, border_color=LINE, **edge))

    def _answer_texts(self, placed: PlacedBlock, r: int) -> Iterator[tuple[str, float, float]]:
        """The longest texts that may come to stand in the answers of a row: its choices and what is filled in."""
        for c, column in enumerate(placed.columns):
            f, row_key = column.field, placed.row_key(r, c)
            if f.type in NUMERIC or (f.id, row_key) not in self.builder.layout.slots:
                continue
            width, size = self.plan.widths[placed.first_column - 1 + c], answer_size(f)
            value = self.builder.value_text(self.builder.values.get((f.id, row_key)), f, placed.rows[r])
            for text in [value, *options(self.builder.dictionary, f, placed.rows[r]).values()]:
                yield text, width, size

    def _blank_is_zero(self, placed: PlacedBlock) -> None:
        builder, guide, row = self.builder, self.builder.guide, placed.first - 1
        at = placed.first_column + len(placed.columns)
        head = builder.look(text_wrap=True, font_size=9, align="center", border=1, border_color=LINE, bg_color=HEAD)
        self.ws.write_string(placed.header - 1, at, two_lines(guide.blank_is_zero), head)
        self.ws.write_blank(row, at, None, builder.look(border=1, border_color=LINE, locked=False))
        builder.name(f"{placed.block.id}_blank_is_zero", placed.sheet.name, row, at)
        source = ("yes_no", builder.yes_no)
        builder.drop_down(
            self.ws, (row, at, row, at), source, guide.blank_is_zero_title, guide.blank_is_zero_help, stop=True
        )

    # lists ---------------------------------------------------------------------------------------------------

    def _list(self, placed: PlacedBlock) -> None:
        first, fields = placed.first_column - 1, [column.field for column in placed.columns]
        self._table(placed, [option_text(f.label) for f in fields], placed.last)
        given = self.builder.issue.lists.get(placed.block.id, [])
        if len(given) > len(placed.rows):
            raise ValueError(f"{placed.block.id} has room for {len(placed.rows)} rows, not for {len(given)}")
        number = self.builder.look(font_color=INK_PALE, align="right")
        for r in range(len(placed.rows)):
            row, answers = placed.first + r - 1, given[r] if r < len(given) else {}
            values = [self.builder.value_text(answers.get(f.column), f, {}) for f in fields]
            sizes = [answer_size(f) for f in fields]
            columns = zip(values, self.plan.widths[first : first + len(fields)], sizes, strict=True)
            texts = [column for column in columns if column[0]]
            self._height(row, height(texts, LIST_HEIGHT))
            self.ws.write_number(row, first - 1, r + 1, number)
            for c, f in enumerate(fields):
                look = self.builder.answer_look(f)
                self.builder.write_value(self.ws, row, first + c, answers.get(f.column), f, {}, look)
        for c, f in enumerate(fields):
            area = (placed.first - 1, first + c, placed.last - 1, first + c)
            self._assist(area, f, f.code_list, options(self.builder.dictionary, f), f.help)
        self.builder.name(f"{placed.block.id}_first", placed.sheet.name, placed.first - 1, first)

    def _records(self, placed: PlacedBlock) -> None:
        """A long list: a table that grows, choices and looks as far down as rows may come."""
        first, fields = placed.first_column - 1, [column.field for column in placed.columns]
        given = self.builder.issue.lists.get(placed.block.id, [])
        last = max(placed.last, placed.first + len(given) - 1)
        self._table(placed, [option_text(f.label) for f in fields], last)
        for c, f in enumerate(fields):
            look = self.builder.answer_look(f)
            for r, answers in enumerate(given):
                self.builder.write_value(self.ws, placed.first - 1 + r, first + c, answers.get(f.column), f, {}, look)
            for row in range(placed.first + len(given) - 1, last):
                self.ws.write_blank(row, first + c, None, look)
            area = (placed.first - 1, first + c, placed.first + placed.block.size - 2, first + c)
            self._assist(area, f, f.code_list, options(self.builder.dictionary, f), f.help)
        self.builder.name(f"{placed.block.id}_first", placed.sheet.name, placed.first - 1, first)

    def _table(self, placed: PlacedBlock, headings: list[str], last: int) -> None:
        first, row = placed.first_column - 1, placed.header - 1
        look = {
            "bold": True,
            "font_size": HEAD_SIZE,
            "text_wrap": True,
            "bg_color": HEAD,
            "border": 1,
            "border_color": LINE,
        }
        head = self.builder.look(**look)
        table = {
            "name": placed.table_name,
            "columns": [{"header": heading, "header_format": head} for heading in headings],
            "autofilter": False,
            "style": None,
        }
        if self.ws.add_table(row, first, last - 1, first + len(headings) - 1, table) != 0:
            raise ValueError(f"the table {placed.table_name} cannot be placed")
        widths = self.plan.widths[first:]
        self._height(
            row, height((text, width, HEAD_SIZE * BOLD) for text, width in zip(headings, widths, strict=False))
        )
