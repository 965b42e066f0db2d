"""The figures of a scorecard as a plain table for machines, and its self-check."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from app.documents.export.machine_readability import add_self_check, check_sheet
from app.documents.export.safe_csv import as_text
from app.documents.scorecard.card import Card
from app.texts import say

DATA_COLUMNS = (
    "institution", "year", "level", "unit", "indicator", "label_ja", "label_en", "definition", "counting",
    "window_from", "window_to", "measure_unit", "numerator", "denominator", "value", "lower", "upper", "score",
    "score_kind", "band", "status", "small",
)  # fmt: skip
WIDTHS = {"indicator": 34, "label_ja": 34, "label_en": 44, "status": 18}


def add_data_sheets(book: Workbook, card: Card) -> None:
    """Adds the figures, one row an indicator and level with the names of columns in row 1, and the sheet 自己点検.

    Demo data say so in a column of their own, ``data_kind``, since a data sheet holds nothing beside its table.
    """
    kind = say("demo.mark", card.language) if card.is_demo else ""
    columns = [*DATA_COLUMNS, *(["data_kind"] if kind else [])]
    sheet: Worksheet = book.create_sheet(card.say("sheet_data"))
    sheet.append(columns)
    for row in card.board["indicators"]:
        found = {**_record(card, row), "data_kind": kind}
        sheet.append([_cell(found[name]) for name in columns])
    for position, name in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(position)].width = WIDTHS.get(name, 12)
    sheet.freeze_panes = "A2"
    add_self_check(book, check_sheet(sheet), kind)


def _record(card: Card, row: Mapping[str, Any]) -> dict[str, Any]:
    indicator = card.catalogue.indicators[row["id"]]
    window = row["window"] or (None, None)
    interval = row["interval"] or (None, None)
    return {
        **{name: row[name] for name in ("level", "unit", "definition", "counting", "value", "score", "score_kind")},
        **{name: row[name] for name in ("band", "status", "small")},
        "institution": card.board["institution"],
        "year": card.year,
        "indicator": row["id"],
        "label_ja": indicator.label.ja,
        "label_en": indicator.label.en,
        "window_from": window[0],
        "window_to": window[1],
        "measure_unit": indicator.unit,
        "numerator": _number(row["numerator"]),
        "denominator": _number(row["denominator"]),
        "lower": interval[0],
        "upper": interval[1],
    }


def _number(exact: Any) -> int | float | None:
    if exact is None:
        return None
    value = Fraction(str(exact))
    return value.numerator if value.denominator == 1 else float(value)


def _cell(value: Any) -> Any:
    """A cell of a data sheet: blank rather than empty text; texts are never formulas."""
    if not isinstance(value, str):
        return value
    return as_text(ILLEGAL_CHARACTERS_RE.sub("", value)) or None
