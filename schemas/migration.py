"""Carries a filled form into another edition: an older version of the dictionary, another round, another form.

What the new form cannot hold is listed with its cell and the reason; nothing is dropped in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import yaml

from schemas.answer import Answer, Submission
from schemas.declaration import Text
from schemas.dictionary import DataDictionary
from schemas.field import Field, Form
from schemas.guide import load_guide
from schemas.intake import Workbook, cell_address
from schemas.issue import Given, Issue
from schemas.layout import Layout, PlacedBlock, lay_out
from schemas.list_rows import list_place, listed_rows
from schemas.locate import find_sheets
from schemas.meta import META_SHEET, read_meta
from schemas.prefill import given_of
from schemas.reading import NOT_FOUND, read_submission
from schemas.register import Institution
from schemas.workbook import write_template

RENAMED_FILE = Path(__file__).parent / "renamed.yaml"
LISTS_SHEET = "_lists"
RESULT_SHEET = "結果"
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
    """One thing that the new form does not hold: where it stood, what it was, and why."""

    sheet: str
    cell: str
    value: str
    field: str
    reason: str
    why: Text

    def as_json(self) -> dict[str, object]:
        """The row as plain data."""
        return {
            "sheet": self.sheet,
            "cell": self.cell,
            "value": self.value,
            "field": self.field,
            "reason": self.reason,
            "why": {"ja": self.why.ja, "en": self.why.en},
        }


@dataclass(frozen=True)
class Migrated:
    """The new workbook, how many answers it took over, and what it could not take over."""

    data: bytes
    issue: Issue
    carried: int
    not_carried: tuple[NotCarried, ...]


@cache
def renamed() -> dict[str, str]:
    """Old field id -> present field id, as declared in renamed.yaml."""
    listed = yaml.safe_load(RENAMED_FILE.read_text(encoding="utf-8")) or []
    return {entry["old"]: entry["new"] for entry in listed}


def migrate(
    book: Workbook,
    dictionary: DataDictionary,
    institution: Institution,
    *,
    form: Form | None = None,
    year: int | None = None,
    names: Mapping[str, str] | None = None,
) -> Migrated:
    """The answers of ``book`` in the present edition of ``form`` (its own by default) for ``year`` (its own).

    ``names`` maps old field ids to present ones (default: renamed.yaml). Answers that could not be read are
    carried as they were typed. Raises Refusal when the workbook is none of our forms.
    """
    book = with_present_names(book, renamed() if names is None else names)
    submission = read_submission(book, dictionary)
    old = lay_out(dictionary, _form_of(submission), submission.year)
    new = lay_out(dictionary, form or _form_of(submission), year or submission.year)
    answers: dict[tuple[str, str], Given] = {}
    lost: list[NotCarried] = []
    for answer in submission.answers:
        if answer.field.required == "register" or answer.is_listed:
            continue
        if answer.problem == NOT_FOUND:
            lost.append(_row(answer, "not_found"))
        elif (value := _typed(answer)) is not None:
            if (answer.field.id, answer.row_key) in new.slots:
                answers[answer.field.id, answer.row_key] = value
            else:
                lost.append(_row(answer, "not_asked"))
    lists = _lists(book, dictionary, submission, old)
    kept = dict(_kept(lists, new, lost))
    lost.extend(_foreign(book, dictionary, submission))
    lost.extend(_unknown_names(book, old))
    issue = Issue(form or _form_of(submission), year or submission.year, institution, answers, kept, submission.is_demo)
    rows = sum(len(listed) for listed in kept.values())
    return Migrated(write_template(dictionary, issue), issue, len(answers) + rows, tuple(lost))


def with_present_names(book: Workbook, names: Mapping[str, str]) -> Workbook:
    """The workbook with its defined names of renamed fields under their present names."""
    prefixes = {old.replace(".", "_"): new.replace(".", "_") for old, new in names.items()}

    def present(name: str) -> str:
        for old, new in prefixes.items():
            if name == old or name.startswith(f"{old}_"):
                return new + name[len(old) :]
        return name

    return replace(book, names={present(name): place for name, place in book.names.items()})


def _form_of(submission: Submission) -> Form:
    forms: dict[str, Form] = {"core": "core", "full": "full", "centre": "centre"}
    return forms[submission.form]


def _typed(answer: Answer) -> Given:
    """The answer as it is to be written: what was read, else what was typed."""
    if answer.problem or (not answer.applies and answer.raw not in (None, "")):
        return None if answer.raw is None else str(answer.raw)
    return None if answer.code == "nc" or not answer.applies else given_of(answer)


def _row(answer: Answer, reason: str) -> NotCarried:
    raw = "" if answer.raw is None else str(answer.raw)
    return NotCarried(answer.sheet, answer.cell, raw, answer.field.id, reason, REASONS[reason])


@dataclass(frozen=True)
class _Listed:
    """One row of a list: its values by column, and where each stood."""

    values: Mapping[str, Given]
    places: Mapping[str, tuple[str, str, Field]]


def _lists(book: Workbook, dictionary: DataDictionary, submission: Submission, old: Layout) -> dict[str, list[_Listed]]:
    """The rows of every list and long list by block, as read from the cells of the old workbook."""
    sheets = find_sheets(book, dictionary, _form_of(submission))
    found: dict[str, list[_Listed]] = {}
    for placed in old.blocks:
        if placed.block.kind in ("list", "records") and placed.sheet.id in sheets:
            sheet = sheets[placed.sheet.id].name
            found[placed.block.id] = list(_listed(book, placed, sheet, submission))
    return found


def _listed(book: Workbook, placed: PlacedBlock, sheet: str, submission: Submission) -> Iterator[_Listed]:
    """Rows of one list. Cells are taken as typed where reading made nothing of them."""
    if placed.block.kind == "records":
        listed = submission.records[placed.block.id]
        by_column = {f.column: f for f in placed.block.fields}
        first, columns = list_place(book, placed, book.sheets[sheet])
        for number in listed.frame.index:
            cells = {c: cell_address(int(number), columns[f.id]) for c, f in by_column.items() if f.id in columns}
            raw = {column: book.sheets[sheet].value(cell) for column, cell in cells.items()}
            stood = {column: (sheet, cell, by_column[column]) for column, cell in cells.items()}
            yield _Listed({column: _plain(value) for column, value in raw.items() if value not in (None, "")}, stood)
        return
    first, columns = list_place(book, placed, book.sheets[sheet])
    by_cell = {(a.sheet, a.cell): a for a in submission.answers if a.is_listed}
    for number in listed_rows(placed, book.sheets[sheet], first, columns):
        values: dict[str, Given] = {}
        places: dict[str, tuple[str, str, Field]] = {}
        for f in placed.block.fields:
            if f.id not in columns:
                continue
            cell = cell_address(number, columns[f.id])
            answer = by_cell.get((sheet, cell))
            value = _typed(answer) if answer else _plain(book.sheets[sheet].value(cell))
            if value is not None and value != "":
                values[f.column], places[f.column] = value, (sheet, cell, f)
        if values:
            yield _Listed(values, places)


def _plain(value: object) -> Given:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int | str) else None if value is None else str(value)


def _kept(
    lists: Mapping[str, list[_Listed]], new: Layout, lost: list[NotCarried]
) -> Iterator[tuple[str, list[dict[str, Given]]]]:
    """The rows that the new form has room and columns for; the others go to ``lost``."""
    blocks = {placed.block.id: placed.block for placed in new.blocks}
    for name, rows in lists.items():
        block = blocks.get(name)
        columns = {f.column for f in block.fields} if block else set()
        room = block.size if block else 0
        for n, row in enumerate(rows):
            for column, value in row.values.items():
                if column not in columns or n >= room:
                    reason = "full" if block and column in columns else "not_asked"
                    sheet, cell, f = row.places[column]
                    lost.append(NotCarried(sheet, cell, str(value), f.id, reason, REASONS[reason]))
        kept = [{column: value for column, value in row.values.items() if column in columns} for row in rows[:room]]
        if any(kept):
            yield name, kept


def _foreign(book: Workbook, dictionary: DataDictionary, submission: Submission) -> Iterator[NotCarried]:
    """Sheets that the form does not know."""
    ours = {sheet.name for sheet in find_sheets(book, dictionary, _form_of(submission)).values()}
    ours |= {META_SHEET, LISTS_SHEET, RESULT_SHEET, load_guide().sheet}
    for name, sheet in book.sheets.items():
        if name not in ours and any(any(cell not in (None, "") for cell in row) for row in sheet.rows):
            yield NotCarried(name, "", "", "", "own_sheet", REASONS["own_sheet"])


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
            yield NotCarried(sheet, cell, str(value), name, "not_asked", REASONS["not_asked"])


def meta_of(book: Workbook) -> dict[str, str]:
    """What the workbook says about itself: form, round, institution. Raises Refusal for none of our forms."""
    return read_meta(book)
