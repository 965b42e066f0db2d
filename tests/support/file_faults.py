"""Filled forms with one fault each in the file itself, by the rule that the fault breaks."""

from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from schemas.form.issue import Issue, meta_checksum
from schemas.form.layout import lay_out
from schemas.reading.form_metadata import META
from schemas.register import load_register
from schemas.template.write_template import write_template
from tests.support import reshape
from tests.support.made_once import made_once
from tests.support.rule_cases import DICTIONARY, INSTITUTION

KNOWN = load_register().institutions[INSTITUTION]
LAYOUT = lay_out(DICTIONARY, "core", 2026)
GRID = next(placed for placed in LAYOUT.blocks if placed.block.id == "researchers")
FIRST = GRID.first
FORM = write_template(DICTIONARY, Issue("core", 2026, KNOWN))
BESIDE_VALUES = {
    "R.FMT.010",
    "R.FMT.011",
    "R.FMT.011 in a piece of the text",
    "R.FMT.012",
    "R.FMT.014",
    "R.FMT.014 in a column",
    "R.FMT.065",
    "R.FMT.071",
}


def cell_of(field: str, row_key: str = "") -> tuple[str, str]:
    sheet, row, column = LAYOUT.cells[field, row_key]
    return sheet, f"{openpyxl.utils.get_column_letter(column)}{row}"


def typing(field: str, row_key: str, value: object) -> Callable[[openpyxl.Workbook], None]:
    def edit(book: openpyxl.Workbook) -> None:
        sheet, cell = cell_of(field, row_key)
        book[sheet][cell] = value

    return edit


def change_meta(book: openpyxl.Workbook) -> None:
    book["_meta"]["B4"] = "F101110100029"


def of_an_earlier_edition(book: openpyxl.Workbook) -> None:
    rows = {row[0].value: row[1] for row in book["_meta"].iter_rows(max_col=2) if row[0].value}
    rows["version"].value = "0.9"
    rows["checksum"].value = meta_checksum({name: str(rows[name].value) for name in META})


def filled(*edits: Callable[[openpyxl.Workbook], None]) -> bytes:
    """A form with two answers in a row, and then some."""
    two = [typing(f"researchers.{column}", "00/professor", value) for column, value in (("total", 9), ("foreign", 2))]
    return reshape.edited(FORM, *two, *edits)


def at_total(change: Callable[[Any, str], None]) -> Callable[[openpyxl.Workbook], None]:
    """Something done to the sheet and the cell of all professors."""

    def edit(book: openpyxl.Workbook) -> None:
        sheet, cell = cell_of("researchers.total", "00/professor")
        change(book[sheet], cell)

    return edit


def strike(ws: Any, cell: str) -> None:
    ws[cell].font = Font(strike=True)


def strike_a_piece(ws: Any, cell: str) -> None:
    ws[cell] = CellRichText(TextBlock(InlineFont(strike=True), "8"), "9")


def raise_a_piece(ws: Any, cell: str) -> None:
    ws[cell] = CellRichText("9", TextBlock(InlineFont(vertAlign="superscript"), "1"))


def draw(ws: Any, cell: str) -> None:
    ws.add_chart(BarChart(), cell)


def merge(ws: Any, cell: str) -> None:
    row, column = ws[cell].row, ws[cell].column
    ws.merge_cells(start_row=row, end_row=row, start_column=column, end_column=column + 1)


def merge_in_a_list(book: openpyxl.Workbook) -> None:
    """Two rows of a list whose country stands in one merged cell."""
    placed = next(placed for placed in LAYOUT.blocks if placed.block.id == "nationalities")
    ws, column = book[placed.sheet.name], placed.first_column
    ws.cell(placed.first, column, "中国 / China")
    for row in (placed.first, placed.first + 1):
        ws.cell(row, column + 1, 1)
    ws.merge_cells(start_row=placed.first, end_row=placed.first + 1, start_column=column, end_column=column)


def hide_row(ws: Any, cell: str) -> None:
    ws.row_dimensions[ws[cell].row].hidden = True


def hide_column(ws: Any, cell: str) -> None:
    ws.column_dimensions[ws[cell].column_letter].hidden = True


def comment(ws: Any, cell: str) -> None:
    ws[cell].comment = Comment("要確認", "担当")


def rename_heading(ws: Any, cell: str) -> None:
    ws.cell(FIRST - 1, ws[cell].column).value = "延べ人数"


def beside_the_table(ws: Any, cell: str) -> None:
    ws.cell(GRID.last + 1, ws[cell].column + 1).value = 7


LINK = '<?xml version="1.0"?><externalLink><externalBook/></externalLink>'


def count_from_1904(book: openpyxl.Workbook) -> None:
    book.epoch = CALENDAR_MAC_1904


def with_stored_result(data: bytes, result: int) -> bytes:
    """The form with a formula in a cell and what a spreadsheet once computed by it."""
    formula = reshape.edited(data, typing("researchers.total", "00/professor", "=1+1"))
    return reshape.with_text(formula, "<f>1+1</f><v />", f"<f>1+1</f><v>{result}</v>")


# rule -> a fault in the file, and the rules that the same fault also breaks
FAULTS: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "R.FMT.060": (lambda: reshape.edited(FORM, reshape.remove("論文")), set()),
    "R.FMT.061": (
        lambda: reshape.edited(FORM, reshape.delete_rows("研究者", FIRST + 2)),
        {"R.FMT.062"},
    ),
    "R.FMT.062": (lambda: reshape.edited(FORM, reshape.forget_names), set()),
    "R.SUB.201": (lambda: reshape.edited(FORM, typing("profile.code", "", "F101110100029")), set()),
    # Another code in the hidden sheet: its checksum fails, and the profile has code and name of another institution.
    "R.SUB.203": (lambda: reshape.edited(FORM, change_meta), {"R.SUB.201", "R.SUB.218"}),
    "R.VAL.032": (lambda: reshape.edited(FORM, typing("researchers.total", "00/professor", "=1+1")), set()),
    "R.VAL.031": (lambda: reshape.edited(FORM, typing("researchers.total", "00/professor", "#REF!")), set()),
    "R.VAL.033": (lambda: with_stored_result(FORM, 2), set()),
    "FMT-58": (lambda: reshape.with_part(FORM, "xl/externalLinks/externalLink1.xml", LINK), set()),
    "FMT-59": (lambda: reshape.edited(FORM, count_from_1904), set()),
    "R.VAL.001": (lambda: reshape.edited(FORM, typing("researchers.total", "00/professor", 0.5)), set()),
    "R.VAL.024": (lambda: reshape.edited(FORM, typing("researchers.total", "00/professor", 12.5)), set()),
    "R.VAL.025": (lambda: reshape.edited(FORM, typing("researchers.total", "00/professor", "〃")), set()),
    "R.VAL.090": (lambda: reshape.edited(FORM, typing("researchers.total", "00/professor", "１２名")), set()),
    "R.RES.001": (
        lambda: reshape.edited(
            FORM, typing("researchers.total", "00/professor", 1), typing("researchers.foreign", "00/professor", 2)
        ),
        set(),
    ),
    "R.FMT.038": (lambda: reshape.edited(FORM, of_an_earlier_edition), set()),
    "R.SUB.208": (
        lambda: reshape.edited(
            FORM, typing("profile.has_centre", "", "いいえ / No"), typing("researchers.total", "centre/professor", 4)
        ),
        set(),
    ),
    "R.FMT.004": (lambda: filled(at_total(beside_the_table)), set()),
    "R.FMT.005": (lambda: filled(at_total(rename_heading)), set()),
    "R.FMT.010": (lambda: filled(at_total(draw)), set()),
    "R.FMT.011": (lambda: filled(at_total(strike)), set()),
    "R.FMT.011 in a piece of the text": (lambda: filled(at_total(strike_a_piece)), set()),
    "R.FMT.012": (lambda: filled(at_total(merge)), set()),
    "R.FMT.012 in a list": (lambda: reshape.edited(FORM, merge_in_a_list), set()),
    "R.FMT.014": (lambda: filled(at_total(hide_row)), set()),
    "R.FMT.014 in a column": (lambda: filled(at_total(hide_column)), set()),
    "R.FMT.065": (lambda: filled(at_total(comment)), set()),
    "R.FMT.071": (lambda: filled(at_total(raise_a_piece)), set()),
}


def faulty_form(factory: pytest.TempPathFactory, name: str) -> bytes:
    """The form with that fault, made once a run."""
    return made_once(factory, f"fault {name}", FAULTS[name][0])
