"""Writes a form as an Excel workbook: drop-downs, input messages, live status, no macros, no brittle formulas.

The same input gives the same parts each time. Every answer cell carries a defined name; open lists are
Excel tables. Only COUNTIF and SUMPRODUCT are used, so that every spreadsheet program calculates the same.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from schemas.declaration import Text
from schemas.dictionary import CENTRE, DataDictionary
from schemas.field import NUMERIC, Condition, Field, Form
from schemas.guide import load_guide, year_texts
from schemas.headings import column_heading, row_heading, two_lines
from schemas.layout import ANSWER_COLUMN, LABEL_COLUMN, Layout, PlacedBlock, lay_out
from schemas.options import choice_options, options, shown
from schemas.register import AS_OF, Institution

META_SHEET = "_meta"
LISTS_SHEET = "_lists"
HELP_FROM, HELP_TO = 7, 14
TEXT_TO = 6
MESSAGE_LIMIT = 255

Given = int | Decimal | str | bool | date | None


@dataclass(frozen=True)
class Issue:
    """For whom and when a form is issued, and what is filled in already.

    ``answers`` holds values by (field, row key): numbers, texts, dates, or codes of drop-downs (an answer
    code such as ``m`` too). ``lists`` holds the rows of open lists by block.
    """

    form: Form
    year: int
    institution: Institution
    answers: Mapping[tuple[str, str], Given] = field(default_factory=dict)
    lists: Mapping[str, list[dict[str, Given]]] = field(default_factory=dict)
    is_demo: bool = False

    def issue_id(self, dictionary_hash: str) -> str:
        """Short fingerprint of what was issued."""
        text = f"{self.form}|{self.year}|{self.institution.code}|{dictionary_hash}"
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def write_template(dictionary: DataDictionary, issue: Issue) -> bytes:
    """The workbook of ``issue`` as .xlsx bytes; equal input gives equal bytes."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    _Writer(book, dictionary, issue).write()
    book.close()
    return buffer.getvalue()


class _Writer:
    """One workbook under construction."""

    def __init__(self, book: Any, dictionary: DataDictionary, issue: Issue) -> None:
        self.book = book
        self.dictionary = dictionary
        self.issue = issue
        self.guide = load_guide()
        self.layout: Layout = lay_out(dictionary, issue.form, issue.year)
        self.dates = year_texts(issue.year)
        self.yes_no = choice_options(dictionary, "yes_no")
        self.lists: dict[str, list[str]] = {}
        self.formats: dict[str, Any] = {}
        self.status_cells: list[tuple[str, str, int]] = []
        self.values = {**self._register_values(), **issue.answers}

    def _register_values(self) -> dict[tuple[str, str], Given]:
        known = self.issue.institution.register_values(self.issue.year)
        return {(f.id, ""): known[f.register_key] for f in self.dictionary.fields.values() if f.register_key in known}

    def write(self) -> None:
        """Writes every sheet; list sources and meta come last so that the guide can be the first sheet."""
        guide = self.book.add_worksheet(self.guide.sheet)
        for sheet in self.dictionary.form_sheets(self.issue.form):
            self._sheet(sheet)
        self._guide(guide)
        self._lists()
        self._meta()
        guide.activate()
        title = self.guide.title.ja
        self.book.set_properties(
            {
                "title": title,
                "category": self._version(),
                "created": datetime(self.issue.year, 4, 1, tzinfo=UTC),
            }
        )
        self.book.set_custom_property("template_version", self._version())

    def _version(self) -> str:
        return f"{self.issue.form}-{self.issue.year}-{self.guide.form_version}"

    # formats ---------------------------------------------------------------------------------------------

    def _format(self, **properties: Any) -> Any:
        key = repr(sorted(properties.items()))
        if key not in self.formats:
            base = {"font_name": "Yu Gothic", "font_size": 10, "valign": "vcenter"}
            self.formats[key] = self.book.add_format({**base, **properties})
        return self.formats[key]

    def _label(self, **more: Any) -> Any:
        return self._format(text_wrap=True, **more)

    def _answer_format(self, f: Field, *, locked: bool = False) -> Any:
        look: dict[str, Any] = {"border": 1, "border_color": "#949494", "locked": locked}
        if locked:
            look["bg_color"] = "#e6e6e6"
        if f.type == "count":
            look["num_format"] = "#,##0"
        if f.type == "date":
            look["num_format"] = "yyyy-mm-dd"
        if f.type not in NUMERIC and f.type not in ("year", "date", "yes_no"):
            look["text_wrap"] = True
        return self._format(**look)

    # sheets ----------------------------------------------------------------------------------------------

    def _sheet(self, sheet: Any) -> None:
        ws = self.book.add_worksheet(sheet.name)
        self._page(ws, landscape=sheet.landscape)
        heading = shown(sheet.title) + (self._demo_mark() if self.issue.is_demo else "")
        ws.write_string(0, 0, heading, self._format(bold=True, font_size=16))
        self._across(ws, 2, sheet.intro.ja, self._label(), 30)
        self._across(ws, 3, sheet.intro.en, self._label(font_color="#626264"), 30)
        if sheet.dates:
            ws.write_string(3, 0, shown(sheet.dates.format(**self.dates)), self._format(bold=True))
        placed = self.layout.on(sheet.id)
        self._columns(ws, placed)
        for block in placed:
            self._block(ws, block)
        self._status(ws, sheet.name, placed)
        if any(b.block.kind == "grid" for b in placed):
            grid = next(b for b in placed if b.block.kind == "grid")
            ws.freeze_panes(0, LABEL_COLUMN) if len(placed) > 1 else ws.freeze_panes(grid.header, LABEL_COLUMN)
        ws.protect(
            "",
            {"format_cells": True, "format_rows": True, "format_columns": True, "select_locked_cells": True},
        )

    def _page(self, ws: Any, *, landscape: bool) -> None:
        ws.hide_gridlines(2)
        ws.set_paper(9)
        if landscape:
            ws.set_landscape()
        ws.fit_to_pages(1, 0)
        ws.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        demo = self._demo_mark() if self.issue.is_demo else ""
        name = self.issue.institution.name_ja.replace("&", "&&")
        ws.set_header(f"&L{name}{demo}&R&A")
        ws.set_footer(f"&L{self.guide.footer.ja}&R&P／&N")

    def _demo_mark(self) -> str:
        return f"　【{self.guide.demo.ja} / {self.guide.demo.en}】"

    def _across(self, ws: Any, row: int, text: str, form: Any, height: int) -> None:
        """A sentence over the width of the page, in a row of its own (1-based)."""
        ws.merge_range(row - 1, 0, row - 1, HELP_TO - 1, text, form)
        ws.set_row(row - 1, height if len(text) < 150 else height * 1.6)

    def _columns(self, ws: Any, placed: list[PlacedBlock]) -> None:
        widths: dict[int, int] = {0: 12, 1: 34}
        for block in placed:
            if block.block.kind == "form":
                continue
            for index, column in enumerate(block.columns):
                at = block.first_column - 1 + index
                widths[at] = max(widths.get(at, 0), column.field.width)
        for at in range(ANSWER_COLUMN - 1, HELP_TO):
            ws.set_column(at, at, max(widths.get(at, 0), 13))
        for at, width in widths.items():
            ws.set_column(at, at, max(width, 13) if at >= LABEL_COLUMN else width)

    def _block(self, ws: Any, placed: PlacedBlock) -> None:
        office = self.dictionary.code_lists["offices"].item(placed.block.office).label
        heading = f"■ {shown(placed.block.label)}　（{self.guide.office_label.ja}：{shown(office)}）"
        ws.write_string(placed.top - 1, 0, heading, self._format(bold=True, font_size=12, font_color="#0017c1"))
        if placed.block.help:
            self._across(
                ws,
                placed.top + 1,
                f"{placed.block.help.ja}\n{placed.block.help.en}",
                self._label(font_size=9),
                40,
            )
        {"form": self._form_block, "grid": self._grid_block, "list": self._list_block}[placed.block.kind](ws, placed)

    def _form_block(self, ws: Any, placed: PlacedBlock) -> None:
        for index, f in enumerate(placed.block.fields):
            row = placed.first + index - 1
            ws.merge_range(
                row,
                0,
                row,
                1,
                two_lines(f.label),
                self._label(bg_color="#f8f8fb", border=1, border_color="#e6e6e6"),
            )
            wide = f.type in ("text", "long_text", "choice")
            form = self._answer_format(f, locked=f.required == "register")
            if wide:
                ws.merge_range(row, ANSWER_COLUMN - 1, row, TEXT_TO - 1, "", form)
            self._answer(ws, row, ANSWER_COLUMN - 1, f, "", {}, form)
            unit = self.guide.units[f.unit]
            if not wide and unit.ja:
                ws.write_string(row, ANSWER_COLUMN, shown(unit), self._format(font_color="#626264"))
            if f.help:
                ws.merge_range(
                    row,
                    HELP_FROM - 1,
                    row,
                    HELP_TO - 1,
                    f"{f.help.ja}\n{f.help.en}",
                    self._label(font_size=9, font_color="#626264"),
                )
            ws.set_row(row, 66 if f.type == "long_text" else 30)
            self._states(ws, placed, [f], (row, ANSWER_COLUMN - 1, row, ANSWER_COLUMN - 1), f.applies)

    def _grid_block(self, ws: Any, placed: PlacedBlock) -> None:
        head = self._label(bold=True, bg_color="#f1f1f4", border=1, border_color="#949494", align="center")
        side = self._label(bg_color="#f8f8fb", border=1, border_color="#e6e6e6")
        ws.write_blank(placed.header - 1, 0, None, head)
        ws.write_blank(placed.header - 1, 1, None, head)
        ws.set_row(placed.header - 1, 62)
        for c, column in enumerate(placed.columns):
            ws.write_string(
                placed.header - 1,
                placed.first_column - 1 + c,
                column_heading(column.field, column.across),
                head,
            )
        for r, keys in enumerate(placed.rows):
            row = placed.first + r - 1
            code, label = row_heading(self.dictionary, placed.block, keys)
            ws.write_string(row, 0, code, side)
            ws.write_string(row, 1, label, side)
            ws.set_row(row, 44 if placed.block.id == "checklist" else 28)
            for c, column in enumerate(placed.columns):
                full = {**keys, "scope": column.across} if column.across else keys
                key = (column.field.id, "/".join(full.values()))
                at = placed.first_column - 1 + c
                if key in self.layout.slots:
                    self._answer(ws, row, at, column.field, key[1], full, self._answer_format(column.field))
                else:
                    ws.write_blank(row, at, None, self._format(bg_color="#cccccc", border=1, border_color="#949494"))
        self._grid_states(ws, placed)
        if placed.block.blank_is_zero:
            self._blank_is_zero(ws, placed)

    def _blank_is_zero(self, ws: Any, placed: PlacedBlock) -> None:
        at = placed.first_column + len(placed.columns)
        ws.write_string(
            placed.header - 1,
            at,
            f"{self.guide.blank_is_zero.ja}\n{self.guide.blank_is_zero.en}",
            self._label(font_size=9),
        )
        ws.set_column(at, at, 18)
        ws.write_blank(placed.first - 1, at, None, self._format(border=1, border_color="#949494", locked=False))
        self._name(f"{placed.block.id}_blank_is_zero", placed.sheet.name, placed.first - 1, at)
        self._validate(
            ws,
            placed.first - 1,
            at,
            self.yes_no,
            self.guide.blank_is_zero,
            self.guide.blank_is_zero_help,
            stop=True,
        )

    def _list_block(self, ws: Any, placed: PlacedBlock) -> None:
        first = placed.first_column - 1
        last_row = placed.first + len(placed.rows) - 2
        headings = [{"header": shown(column.field.label)} for column in placed.columns]
        ws.add_table(
            placed.header - 1,
            first,
            last_row,
            first + len(placed.columns) - 1,
            {
                "name": placed.table_name,
                "columns": headings,
                "autofilter": False,
                "style": "Table Style Light 1",
            },
        )
        head = self._label(bold=True, bg_color="#f1f1f4", border=1, border_color="#949494")
        for c, column in enumerate(placed.columns):
            ws.write_string(placed.header - 1, first + c, shown(column.field.label), head)
        given = self.issue.lists.get(placed.block.id, [])
        for r in range(len(placed.rows)):
            ws.write_number(placed.first + r - 1, 0, r + 1, self._format(font_color="#626264", align="right"))
            for c, column in enumerate(placed.columns):
                row = given[r] if r < len(given) else {}
                form = self._answer_format(column.field)
                self._value(ws, placed.first + r - 1, first + c, row.get(column.field.column), column.field, {}, form)
        for c, column in enumerate(placed.columns):
            at = first + c
            texts = options(self.dictionary, column.field)
            if texts:
                self._validate(
                    ws,
                    placed.first - 1,
                    at,
                    texts,
                    column.field.label,
                    column.field.help,
                    stop=column.field.type not in NUMERIC,
                    to=(last_row, at),
                    named=column.field.code_list,
                )
            if column.field.required == "always" and placed.block.filled_rows:
                filled = placed.first + placed.block.filled_rows - 2
                self._states(ws, placed, [column.field], (placed.first - 1, at, filled, at), placed.block.applies)

    # answers ---------------------------------------------------------------------------------------------

    def _answer(self, ws: Any, row: int, at: int, f: Field, row_key: str, keys: Mapping[str, str], form: Any) -> None:
        self._value(ws, row, at, self.values.get((f.id, row_key)), f, keys, form)
        slot = self.layout.slots[f.id, row_key]
        self._name(slot.name, slot.sheet.name, row, at)
        if f.required == "register":
            return
        texts = options(self.dictionary, f, dict(keys))
        named = f"{f.code_list}_{keys['item']}" if f.type == "level" else f.code_list
        note = self.dictionary.checklist.item(keys["item"]).help if f.type == "level" else f.help
        self._validate(ws, row, at, texts, f.label, note, stop=f.type in ("choice", "yes_no"), named=named)

    def _value(self, ws: Any, row: int, at: int, value: Given, f: Field, keys: Mapping[str, str], form: Any) -> None:
        if value is None or value == "":
            ws.write_blank(row, at, None, form)
        elif isinstance(value, int | Decimal) and f.type in ("count", "decimal", "year"):
            ws.write_number(row, at, float(value) if isinstance(value, Decimal) else value, form)
        elif isinstance(value, date):
            ws.write_datetime(row, at, datetime(value.year, value.month, value.day), form)
        else:
            text = str(value)
            ws.write_string(row, at, options(self.dictionary, f, dict(keys)).get(text, text), form)

    def _name(self, name: str, sheet: str, row: int, at: int) -> None:
        self.book.define_name(name, f"='{sheet}'!{xl_rowcol_to_cell(row, at, row_abs=True, col_abs=True)}")

    def _validate(
        self,
        ws: Any,
        row: int,
        at: int,
        texts: dict[str, str],
        label: Text,
        note: Text | None,
        *,
        stop: bool,
        to: tuple[int, int] | None = None,
        named: str | None = None,
    ) -> None:
        rule: dict[str, Any] = {"validate": "any", "input_title": label.ja[:32]}
        message = f"{note.ja}\n{note.en}" if note else f"{label.ja}\n{label.en}"
        rule["input_message"] = message if len(message) <= MESSAGE_LIMIT else (note or label).ja[:MESSAGE_LIMIT]
        if texts:
            rule |= {
                "validate": "list",
                "source": f"=list_{self._list(named, texts)}",
                "show_error": stop,
                "ignore_blank": True,
            }
            rule |= {
                "error_title": "一覧から選択してください",
                "error_message": "一覧にある選択肢から選んでください。\nPlease choose from the list.",
            }
        last = to or (row, at)
        if ws.data_validation(row, at, last[0], last[1], rule) != 0:
            raise ValueError(f"data validation refused for {label.en}")

    def _list(self, named: str | None, texts: dict[str, str]) -> str:
        name = named or "codes"
        extra = "".join(code for code in texts if code in ("a", "m", "c") and name != "answer_codes")
        key = f"{name}_{extra}" if extra else name
        self.lists.setdefault(key, list(texts.values()))
        return key

    # what applies, what is missing -------------------------------------------------------------------------

    def _refused(self, condition: Condition) -> list[str]:
        """The drop-down texts of a switch under which something does not apply."""
        f = self.dictionary.fields[condition.field]
        return [text for code, text in options(self.dictionary, f).items() if code not in condition.among]

    def _off(self, *conditions: Condition | None, skip: str | None = None) -> list[str]:
        """Formula terms, each true where the block or cell does not apply."""
        terms = [
            f'{condition.field.replace(".", "_")}="{text}"'
            for condition in conditions
            if condition
            for text in self._refused(condition)
        ]
        return [*terms, *([f'{skip.replace(".", "_")}="{self.yes_no["yes"]}"'] if skip else [])]

    def _states(
        self,
        ws: Any,
        placed: PlacedBlock,
        fields: list[Field],
        area: tuple[int, int, int, int],
        *conditions: Condition | None,
    ) -> None:
        """Grey where it does not apply, then yellow where an answer is still missing."""
        skip = placed.block.skip if not any(f.id == placed.block.skip for f in fields) else None
        off = self._off(placed.block.applies, *conditions, skip=skip)
        if off:
            ws.conditional_format(
                *area,
                {
                    "type": "formula",
                    "criteria": "=" + "+".join(f"({term})" for term in off) + ">0",
                    "format": self.book_grey(),
                    "stop_if_true": True,
                },
            )
        if all(f.required == "always" for f in fields):
            cell = xl_rowcol_to_cell(area[0], area[1])
            ws.conditional_format(*area, {"type": "formula", "criteria": f'={cell}=""', "format": self.book_missing()})

    def book_grey(self) -> Any:
        """Look of a cell that does not apply."""
        return self._differential("grey", {"bg_color": "#cccccc"})

    def book_missing(self) -> Any:
        """Look of a cell that still wants an answer."""
        return self._differential("missing", {"bg_color": "#fbf5e0"})

    def _differential(self, key: str, properties: dict[str, Any]) -> Any:
        return self.formats.setdefault(key, self.book.add_format(properties))

    def _grid_states(self, ws: Any, placed: PlacedBlock) -> None:
        for c, column in enumerate(placed.columns):
            for first, last, zone in self._row_groups(placed, column.field, column.across):
                at = placed.first_column - 1 + c
                condition = placed.block.row_applies.get(zone) or self._scope_condition(column.across)
                self._states(ws, placed, [column.field], (first - 1, at, last - 1, at), condition)

    def _scope_condition(self, across: str) -> Condition | None:
        return Condition(field="profile.has_centre", among=["yes"]) if across == CENTRE else None

    def _row_groups(self, placed: PlacedBlock, f: Field, across: str) -> list[tuple[int, int, str]]:
        """Runs of neighbouring answer rows of a column that share the condition under which they apply."""
        groups: list[tuple[int, int, str]] = []
        for r, keys in enumerate(placed.rows):
            full = {**keys, "scope": across} if across else keys
            if (f.id, "/".join(full.values())) not in self.layout.slots:
                continue
            zone, row = keys.get("unit", ""), placed.first + r
            if groups and groups[-1][1] == row - 1 and groups[-1][2] == zone:
                groups[-1] = (groups[-1][0], row, zone)
            else:
                groups.append((row, row, zone))
        return groups

    # status ----------------------------------------------------------------------------------------------

    def _status(self, ws: Any, sheet: str, placed: list[PlacedBlock]) -> None:
        terms, count = [], 0
        for block in placed:
            for area, off, blanks in self._required_areas(block):
                factors = "".join(f"*(1-({term}))" for term in off)
                terms.append(f'SUMPRODUCT(({area}="")*1{factors})')
                count += blanks
        if not terms:
            return
        form = self._format(
            bold=True,
            num_format=f'"{self.guide.unanswered.ja} / {self.guide.unanswered.en} : "0;;"{self.guide.complete.ja} / {self.guide.complete.en}"',
            align="left",
        )
        ws.merge_range(4, 0, 4, 1, "", form)
        ws.write_formula(4, 0, "=" + "+".join(terms), form, count)
        self.status_cells.append((sheet, f"='{sheet}'!$A$5", count))

    def _required_areas(self, placed: PlacedBlock) -> list[tuple[str, list[str], int]]:
        areas: list[tuple[str, list[str], int]] = []
        block = placed.block
        if block.kind == "list":
            for c, column in enumerate(placed.columns):
                if column.field.required == "always" and block.filled_rows:
                    at = placed.first_column - 1 + c
                    area = f"{xl_rowcol_to_cell(placed.first - 1, at)}:{xl_rowcol_to_cell(placed.first + block.filled_rows - 2, at)}"
                    given = self.issue.lists.get(block.id, [])
                    blank = sum(
                        not (given[r].get(column.field.column) if r < len(given) else None)
                        for r in range(block.filled_rows)
                    )
                    areas.append((area, self._off(block.applies), blank * self._applies(block.applies)))
            return areas
        for c, column in enumerate(placed.columns):
            if column.field.required != "always":
                continue
            groups = (
                [(placed.first + c, placed.first + c, "")]
                if block.kind == "form"
                else self._row_groups(placed, column.field, column.across)
            )
            at = ANSWER_COLUMN - 1 if block.kind == "form" else placed.first_column - 1 + c
            for first, last, zone in groups:
                condition = block.row_applies.get(zone) or self._scope_condition(column.across) or column.field.applies
                off = self._off(block.applies, condition, skip=block.skip)
                area = f"{xl_rowcol_to_cell(first - 1, at)}:{xl_rowcol_to_cell(last - 1, at)}"
                blank = (
                    sum(
                        self._is_blank(placed, r, column.field, column.across)
                        for r in range(first - placed.first, last - placed.first + 1)
                    )
                    if block.kind != "form"
                    else int(self.values.get((column.field.id, "")) in (None, ""))
                )
                areas.append((area, off, blank * self._applies(block.applies, condition, skip=block.skip)))
        return areas

    def _is_blank(self, placed: PlacedBlock, r: int, f: Field, across: str) -> bool:
        keys = [*placed.rows[r].values(), *([across] if across else [])]
        return self.values.get((f.id, "/".join(keys))) in (None, "")

    def _applies(self, *conditions: Condition | None, skip: str | None = None) -> int:
        """1 unless the switches given so far rule the cells out (the cached value of the status)."""
        for condition in conditions:
            given = self.values.get((condition.field, "")) if condition else None
            if given not in (None, "") and condition and str(given) not in condition.among:
                return 0
        return 0 if skip and self.values.get((skip, "")) == "yes" else 1

    # guide, lists, meta -------------------------------------------------------------------------------------

    def _guide(self, ws: Any) -> None:
        guide, institution = self.guide, self.issue.institution
        self._page(ws, landscape=False)
        ws.set_column(0, 0, 40)
        ws.set_column(1, 1, 64)
        mark = self._demo_mark() if self.issue.is_demo else ""
        ws.write_string(0, 0, shown(guide.title) + mark, self._format(bold=True, font_size=16))
        ws.write_string(
            1,
            0,
            f"{shown(guide.forms[self.issue.form])}　{guide.round.format(**self.dates).ja} / {guide.round.format(**self.dates).en}",
            self._format(bold=True),
        )
        ws.write_string(
            2,
            0,
            f"{institution.code}　{institution.name_ja} / {institution.name_en}",
            self._format(bold=True),
        )
        row = 4
        fixed, follow_up = self.dictionary.burden(self.issue.form, self.issue.year)
        burden = guide.burden.format(fixed=fixed, follow_up=follow_up)
        register = guide.register_note.format(as_of=AS_OF.ja), guide.register_note.format(as_of=AS_OF.en)
        sections: list[tuple[Text | None, list[Text]]] = [
            (None, guide.purpose),
            (
                guide.steps_label,
                [Text(ja=f"{n}. {step.ja}", en=f"{n}. {step.en}") for n, step in enumerate(guide.steps, 1)],
            ),
            (guide.dates_label, [text.format(**self.dates) for text in guide.dates]),
            (guide.codes_label, [guide.blank_rule, *self._code_lines()]),
            (None, [burden, guide.macros, guide.extra, Text(ja=register[0].ja, en=register[1].en)]),
        ]
        for label, lines in sections:
            row = self._guide_section(ws, row, label, lines)
        row = self._guide_section(ws, row, guide.status_label, [])
        form = self._format(
            num_format=f'"{guide.unanswered.ja} / {guide.unanswered.en} : "0;;"{guide.complete.ja} / {guide.complete.en}"',
            align="left",
        )
        for sheet, reference, count in self.status_cells:
            ws.write_url(row, 0, f"internal:'{sheet}'!A1", self._format(font_color="#00118f", underline=1), sheet)
            ws.write_formula(row, 1, reference, form, count)
            row += 1
        ws.write_string(row + 1, 0, shown(guide.version_label), self._format(font_color="#626264"))
        ws.write_string(row + 1, 1, self._version(), self._format(font_color="#626264"))
        self._name("form_version_stamp", guide.sheet, row + 1, 1)
        ws.protect("", {"format_rows": True, "format_columns": True})

    def _code_lines(self) -> list[Text]:
        items = [item for item in self.dictionary.code_lists["answer_codes"].items if item.offered]
        return [
            Text(
                ja=f"{item.code} {item.label.ja}：{item.help.ja if item.help else ''}",
                en=f"{item.code} {item.label.en}: {item.help.en if item.help else ''}",
            )
            for item in items
        ]

    def _guide_section(self, ws: Any, row: int, label: Text | None, lines: list[Text]) -> int:
        if label:
            ws.write_string(row, 0, f"■ {shown(label)}", self._format(bold=True, font_size=12, font_color="#0017c1"))
            row += 1
        for line in lines:
            ws.merge_range(row, 0, row, 1, f"{line.ja}\n{line.en}", self._label())
            ws.set_row(row, 30 if max(len(line.ja) * 2, len(line.en)) < 115 else 44)
            row += 1
        return row + 1

    def _lists(self) -> None:
        ws = self.book.add_worksheet(LISTS_SHEET)
        for at, (name, texts) in enumerate(self.lists.items()):
            ws.write_string(0, at, name)
            for row, text in enumerate(texts, 1):
                ws.write_string(row, at, text)
            first = xl_rowcol_to_cell(1, at, row_abs=True, col_abs=True)
            last = xl_rowcol_to_cell(len(texts), at, row_abs=True, col_abs=True)
            self.book.define_name(f"list_{name}", f"={LISTS_SHEET}!{first}:{last}")
        ws.protect("")
        ws.hide()

    def _meta(self) -> None:
        ws = self.book.add_worksheet(META_SHEET)
        for row, (key, value) in enumerate(meta_values(self.dictionary.hash, self.issue).items()):
            ws.write_string(row, 0, key)
            ws.write_string(row, 1, value)
            self._name(f"meta_{key}", META_SHEET, row, 1)
        ws.protect("")
        ws.hide()


def meta_values(dictionary_hash: str, issue: Issue) -> dict[str, str]:
    """What the hidden sheet states: a claim that reading checks; the checksum guards against accidents."""
    values = {
        "form": issue.form,
        "version": load_guide().form_version,
        "round": str(issue.year),
        "institution": issue.institution.code,
        "dictionary": dictionary_hash,
        "issue": issue.issue_id(dictionary_hash),
        "demo": "yes" if issue.is_demo else "no",
    }
    return {**values, "checksum": meta_checksum(values)}


def meta_checksum(values: Mapping[str, str]) -> str:
    """Checksum over the other meta values in their order."""
    text = "|".join(f"{key}={values[key]}" for key in values if key != "checksum")
    return hashlib.sha256(text.encode()).hexdigest()[:12]
