"""What a form held that another edition of it does not take over: each with its place and the reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from schemas.dictionary.declaration import Text
from schemas.dictionary.match_key import match_key
from schemas.form.column_widths import plan_page
from schemas.form.guide import load_guide
from schemas.form.headings import two_lines
from schemas.form.layout import Layout
from schemas.form.sheet_names import LISTS_SHEET, META_SHEET, RESULT_SHEET, is_routing_sheet
from schemas.reading.answer import Answer, Submission
from schemas.reading.cell_locator import text_key
from schemas.reading.form_metadata import plain_text
from schemas.reading.list_rows import list_columns
from schemas.xlsx.cell_address import cell_address, split_address
from schemas.xlsx.read_workbook import Workbook, Worksheet

REASONS = {
    "not_asked": Text(ja="新しい様式では尋ねていません。", en="The new form does not ask this."),
    "not_found": Text(
        ja="元の様式で欄が見つかりませんでした。値がある場合は新しい様式に記入してください。",
        en="The cell was not found in the old form. If it held a value, please enter it in the new form.",
    ),
    "full": Text(
        ja="新しい様式の表の行数を超えています。表の下に続けて貼り付けてください。",
        en="The table of the new form has fewer rows. Please paste it below the table.",
    ),
    "own_sheet": Text(
        ja="様式にないシートです。必要な場合は新しい様式にコピーしてください。",
        en="A sheet that is not part of the form. Please copy it if you need it.",
    ),
    "beside": Text(
        ja="表の外に書かれた内容です。必要な場合は新しい様式に書き写してください。",
        en="Written beside the tables. Please copy it if you need it.",
    ),
}


@dataclass(frozen=True)
class NotCarried:
    """One thing that the new form does not hold: where it stood, what it was, and the key of the reason."""

    sheet: str
    cell: str
    value: str
    field: str
    reason: str

    def as_json(self) -> dict[str, object]:
        """The row as plain data."""
        return {**asdict(self), "why": REASONS[self.reason].model_dump()}


def not_carried(answer: Answer, reason: str) -> NotCarried:
    """An answer that the new form does not hold."""
    return NotCarried(answer.sheet, answer.cell, plain_text(answer.raw), answer.field.id, reason)


def unread_answers(
    book: Workbook, submission: Submission, old: Layout, sheets: Mapping[str, Worksheet]
) -> Iterator[NotCarried]:
    """What stood in the old workbook outside its answers; ``sheets`` are the form's own by sheet id."""
    yield from _own_sheets(book, sheets)
    yield from _unknown_names(book, old)
    for sheet_id, sheet in sheets.items():
        yield from _beside(book, submission, old, sheet_id, sheet)


def _own_sheets(book: Workbook, sheets: Mapping[str, Worksheet]) -> Iterator[NotCarried]:
    """Sheets that the form does not know."""
    ours = {sheet.name for sheet in sheets.values()} | {META_SHEET, LISTS_SHEET, RESULT_SHEET, load_guide().sheet}
    for name, sheet in book.sheets.items():
        is_ours = name in ours or is_routing_sheet(name)
        if not is_ours and any(any(cell not in (None, "") for cell in row) for row in sheet.rows):
            yield NotCarried(name, "", "", "", "own_sheet")


def _unknown_names(book: Workbook, old: Layout) -> Iterator[NotCarried]:
    """Named answer cells of fields that the dictionary no longer has."""
    known = {slot.name for slot in old.slots.values()}
    known |= {f"{placed.block.id}_{what}" for placed in old.blocks for what in ("first", "blank_is_zero")}
    tables = {f.id.split(".")[0] for placed in old.blocks for f in placed.block.fields}
    for name, (sheet, cell) in book.names.items():
        if name in known or not any(name.startswith(f"{table}_") for table in tables) or sheet not in book.sheets:
            continue
        value = book.sheets[sheet].value(cell)
        if value not in (None, ""):
            yield NotCarried(sheet, cell, plain_text(value), name, "not_asked")


def _beside(
    book: Workbook, submission: Submission, old: Layout, sheet_id: str, sheet: Worksheet
) -> Iterator[NotCarried]:
    """What was written to the right of the tables, where last time's numbers and help that has moved may stand too."""
    first = plan_page(old.on(sheet_id)).last + _shift(book, submission, old, sheet_id, sheet) + 1
    last_time = {at for row in sheet.rows for at, cell in enumerate(row, 1) if _is_last_time(cell)}
    helps = {match_key(two_lines(f.help)) for placed in old.on(sheet_id) for f in placed.block.fields if f.help}
    for number, row in enumerate(sheet.rows, 1):
        for at in range(first, len(row) + 1):
            value = row[at - 1]
            if value not in (None, "") and at not in last_time and text_key(value) not in helps:
                yield NotCarried(sheet.name, cell_address(number, at), plain_text(value), "", "beside")


def _is_last_time(cell: object) -> bool:
    return isinstance(cell, str) and cell.startswith(f"{load_guide().last_time.ja}：")


def _shift(book: Workbook, submission: Submission, old: Layout, sheet_id: str, sheet: Worksheet) -> int:
    """By how many columns answers have moved to the right, at most."""
    moved = [
        split_address(a.cell)[1] - old.cells[a.field.id, a.row_key][2]
        for a in submission.answers
        if a.sheet == sheet.name and a.cell and (a.field.id, a.row_key) in old.cells
    ]
    for placed in old.on(sheet_id):
        if placed.block.kind in ("list", "records"):
            _, columns = list_columns(book, placed, sheet)
            planned = {column.field.id: placed.first_column + n for n, column in enumerate(placed.columns)}
            moved.extend(at - planned[field] for field, at in columns.items())
    return max([0, *moved])
