"""A workbook under construction: looks, names, drop-down sources, and values in their cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from schemas.dictionary.declaration import Text
from schemas.dictionary.dictionary import DataDictionary
from schemas.dictionary.field import NUMERIC, Field
from schemas.form.column_widths import answer_size
from schemas.form.guide import load_guide, year_texts
from schemas.form.issue import Given, Issue
from schemas.form.layout import Layout, lay_out
from schemas.form.options import choice_options, option_text, options
from schemas.form.sheet_names import LISTS_SHEET

MESSAGE_LIMIT = 255
TITLE_LIMIT = 32

# Colours of the Digital Agency's design system.
BLUE, BLUE_PALE, LINK = "#0017c1", "#e8f1fe", "#00118f"
INK, INK_PALE = "#1a1a1a", "#666666"
HEAD, SIDE, LINE = "#e6e6e6", "#f2f2f2", "#949494"
MISSING, OFF, OFF_INK = "#fbf5e0", "#cccccc", "#767676"
OUTSIDE = "#ce0000"
FONT = "Yu Gothic"


@dataclass(frozen=True)
class Status:
    """The line that counts a sheet's unanswered cells."""

    sheet: str
    cell: str
    unanswered: int


class WorkbookBuilder:
    """What all writers of a workbook share. Rows and columns are 0-based here, as xlsxwriter counts them."""

    def __init__(self, book: Any, dictionary: DataDictionary, issue: Issue) -> None:
        self.book = book
        self.dictionary = dictionary
        self.issue = issue
        self.guide = load_guide()
        self.layout: Layout = lay_out(dictionary, issue.form, issue.year)
        self.dates = year_texts(issue.year)
        self.yes_no = choice_options(dictionary, "yes_no")
        self.statuses: list[Status] = []
        self.values = {**self._register_values(), **self._not_applicable(), **issue.answers}
        self.computed = issue.computed.values if issue.computed else {}
        self._formats: dict[str, Any] = {}
        self._lists: dict[str, list[str]] = {}

    def _register_values(self) -> dict[tuple[str, str], Given]:
        known = self.issue.institution.register_values(self.issue.year)
        return {(f.id, ""): known[f.register_key] for f in self.dictionary.fields.values() if f.register_key in known}

    def _not_applicable(self) -> dict[tuple[str, str], Given]:
        """What a body without degrees need not answer: "no", or the code for "does not apply"."""
        if self.issue.institution.has_degrees:
            return {}
        left_out = [f for f in self.dictionary.fields.values() if f.degrees_only]
        return {(f.id, ""): False if f.type == "yes_no" else "a" for f in left_out}

    # looks -------------------------------------------------------------------------------------------------

    def look(self, **properties: Any) -> Any:
        """The format with these properties in the workbook's font."""
        base = {"font_name": FONT, "font_size": 10, "font_color": INK, "valign": "vcenter"}
        return self._format({**base, **properties})

    def overlay(self, **properties: Any) -> Any:
        """A conditional format: only what it changes."""
        return self._format(properties)

    def _format(self, properties: dict[str, Any]) -> Any:
        key = repr(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(properties)
        return self._formats[key]

    def answer_look(
        self, f: Field, *, locked: bool = False, edge: Mapping[str, Any] | None = None, is_computed: bool = False
    ) -> Any:
        """The look of an answer cell; ``edge`` are borders that differ, ``is_computed`` for public data."""
        look: dict[str, Any] = {"border": 1, "border_color": LINE, "locked": locked, **(edge or {})}
        if locked:
            look["bg_color"] = HEAD
        if is_computed:
            look |= {"font_color": INK_PALE, "italic": True, "bg_color": HEAD}
        if f.type == "count":
            look["num_format"] = "#,##0"
        if f.type == "date":
            look["num_format"] = "yyyy-mm-dd"
        if f.type in NUMERIC:
            # Numbers to the right by themselves; the words of a code to the left, or they would lose their beginning.
            look["align"] = "general"
        elif f.type in ("year", "date"):
            look["align"] = "center"
        elif f.type == "yes_no":
            look["align"] = "left"
        else:
            look |= {"text_wrap": True, "align": "left"}
        return self.look(**look, font_size=answer_size(f))

    @property
    def demo_mark(self) -> str:
        """The words that mark demonstration data; empty on real forms."""
        return f"　【{self.guide.demo.ja} / {self.guide.demo.en}】" if self.issue.is_demo else ""

    @property
    def status_number(self) -> str:
        """Number format that shows a count of unanswered cells in words."""
        some, none = self.guide.unanswered, self.guide.complete
        return f'"{some.ja} / {some.en} : "0;;"{none.ja} / {none.en}"'

    # names and drop-downs ------------------------------------------------------------------------------------

    def name(self, name: str, sheet: str, row: int, at: int) -> None:
        """Gives a cell a defined name."""
        cell = xl_rowcol_to_cell(row, at, row_abs=True, col_abs=True)
        if self.book.define_name(name, f"='{sheet}'!{cell}") != 0:
            raise ValueError(f"{name} cannot be a defined name")

    def help_cell(
        self, ws: Any, area: tuple[int, int, int, int], f: Field, note: Text | None, *, title: str = ""
    ) -> None:
        """Shows an input message for the cells of ``area``, where anything may be typed; long texts are warned of."""
        rule: dict[str, Any] = {"validate": "any"}
        if f.type in ("text", "long_text"):
            words = self.guide.too_long.format(maximum=f.max_length)
            rule = {
                "validate": "length",
                "criteria": "<=",
                "value": f.max_length,
                "error_type": "warning",
                "error_title": self.guide.too_long_title.ja,
                "error_message": f"{words.ja}\n{words.en}",
            }
        self._validation(ws, area, rule, f.label, note, title)

    def drop_down(
        self,
        ws: Any,
        area: tuple[int, int, int, int],
        source: tuple[str, Mapping[str, str]],
        label: Text,
        note: Text | None,
        *,
        stop: bool,
        title: str = "",
    ) -> None:
        """A drop-down with the texts of ``source`` (name, code -> text); ``stop`` refuses other entries."""
        rule = {
            "validate": "list",
            "source": f"=list_{self._list(*source)}",
            "show_error": stop,
            "error_title": "一覧から選択してください",
            "error_message": "一覧にある選択肢から選んでください。\nPlease choose from the list.",
        }
        self._validation(ws, area, rule, label, note, title)

    def _validation(
        self,
        ws: Any,
        area: tuple[int, int, int, int],
        rule: dict[str, Any],
        label: Text,
        note: Text | None,
        title: str,
    ) -> None:
        said = note or label
        message = {"input_title": title or label.ja[:TITLE_LIMIT], "input_message": f"{said.ja}\n{said.en}"}
        if ws.data_validation(*area, {**rule, **message}) != 0:
            raise ValueError(f"the input message of '{label.en}' is longer than {MESSAGE_LIMIT} characters")

    def _list(self, name: str, texts: Mapping[str, str]) -> str:
        extra = "".join(code for code in texts if code in ("a", "m", "c") and name != "answer_codes")
        key = f"{name}_{extra}" if extra else name
        self._lists.setdefault(key, list(texts.values()))
        return key

    def write_lists(self) -> None:
        """Writes the hidden sheet with the texts of all drop-downs."""
        ws = self.book.add_worksheet(LISTS_SHEET)
        for at, (name, texts) in enumerate(self._lists.items()):
            ws.write_string(0, at, name)
            for row, text in enumerate(texts, 1):
                ws.write_string(row, at, text)
            first = xl_rowcol_to_cell(1, at, row_abs=True, col_abs=True)
            last = xl_rowcol_to_cell(len(texts), at, row_abs=True, col_abs=True)
            self.book.define_name(f"list_{name}", f"={LISTS_SHEET}!{first}:{last}")
        ws.protect("")
        ws.hide()

    # values ------------------------------------------------------------------------------------------------

    def write_value(
        self, ws: Any, row: int, at: int, value: Given, f: Field, keys: Mapping[str, str], look: Any
    ) -> None:
        """Writes one answer: numbers as numbers, codes as their drop-down texts, everything else as text."""
        if value is None or value == "":
            ws.write_blank(row, at, None, look)
        elif isinstance(value, int | Decimal) and not isinstance(value, bool) and f.type in ("year", *NUMERIC):
            ws.write_number(row, at, float(value) if isinstance(value, Decimal) else value, look)
        elif isinstance(value, date):
            ws.write_datetime(row, at, datetime(value.year, value.month, value.day), look)
        else:
            ws.write_string(row, at, self.value_text(value, f, keys), look)

    def value_text(self, value: Given, f: Field, keys: Mapping[str, str]) -> str:
        """The text under which a value stands in its cell."""
        text = "" if value is None else str(value)
        return options(self.dictionary, f, dict(keys)).get(text, text)

    def last_time(self, f: Field, row_key: str) -> str:
        """Last time's number of an answer, with its words; empty where there is none."""
        value = self.issue.previous.get((f.id, row_key))
        if value is None:
            return ""
        number = f"{value:,}" if isinstance(value, int | Decimal) and f.type in NUMERIC else str(value)
        return f"{self.guide.last_time.ja}：{number}"

    def unit_text(self, f: Field) -> str:
        """The unit of a field in both languages."""
        unit = self.guide.units[f.unit]
        return option_text(unit) if unit.ja else ""
