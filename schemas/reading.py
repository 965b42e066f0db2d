"""From the cells of a workbook to answers: every value keeps its cell, nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from schemas.answer import Answer, Submission, Value
from schemas.dictionary import DataDictionary
from schemas.field import NUMERIC, Block, Condition, Field
from schemas.headings import column_heading, question, row_heading, two_lines
from schemas.intake import Refusal, Workbook, cell_address
from schemas.layout import PlacedBlock, lay_out
from schemas.locate import find_sheets, locate
from schemas.normalise import (
    Reading,
    match_key,
    read_choice,
    read_count,
    read_date,
    read_decimal,
    read_text,
    read_year,
    read_yes_no,
)
from schemas.options import accepted, shown
from schemas.workbook import meta_checksum

NOT_OUR_FORM = "FMT-60"
OLD_FORM = "FMT-37"
META = ("form", "version", "round", "institution", "dictionary", "issue", "demo")
BLANK_ROWS_END_LIST = 30


def read_submission(book: Workbook, dictionary: DataDictionary) -> Submission:
    """The answers of a filled form.

    Raises Refusal when the workbook is none of our forms or of a form we do not know.
    """
    meta = _meta(book)
    form, year = meta["form"], int(meta["round"])
    layout = lay_out(dictionary, form, year)  # type: ignore[arg-type]
    texts = {placed.block.id: _texts(dictionary, placed) for placed in layout.blocks}
    places, moved = locate(book, dictionary, layout, form, texts)
    sheets = find_sheets(book, dictionary, form)
    missing = [s.name for s in dictionary.form_sheets(form) if s.id not in sheets]  # type: ignore[arg-type]
    answers = [
        _answer(book, dictionary, slot.block, slot.field, slot.keys, slot.row_key, places.get(key))
        for key, slot in layout.slots.items()
        if slot.sheet.name not in missing
    ]
    for placed in layout.blocks:
        if placed.block.kind == "list" and placed.sheet.id in sheets:
            answers.extend(_list_answers(book, dictionary, placed, sheets[placed.sheet.id].name))
    answers = _applied(dictionary, answers)
    answers = _zeros(dictionary, book, answers)
    return Submission(
        form,
        year,
        meta["institution"],
        meta["demo"] == "yes",
        meta,
        answers,
        missing,
        moved,
        meta["dictionary"],
    )


def _meta(book: Workbook) -> dict[str, str]:
    """The claims of the hidden sheet; a lost one is taken from the version stamp and the profile."""
    meta = {key: _named_text(book, f"meta_{key}") for key in META}
    checksum = _named_text(book, "meta_checksum")
    known_forms = ("core", "full", "centre")
    if meta["form"] not in known_forms or not meta["round"].isdigit():
        raise Refusal(NOT_OUR_FORM, {})
    if not 2020 <= int(meta["round"]) <= 2099:
        raise Refusal(NOT_OUR_FORM, {})
    meta["intact"] = "yes" if checksum == meta_checksum({key: meta[key] for key in META}) else "no"
    return meta


def _named_text(book: Workbook, name: str) -> str:
    place = book.names.get(name)
    if place is None or place[0] not in book.sheets:
        return ""
    value = book.sheets[place[0]].value(place[1])
    return "" if value is None else str(int(value)) if isinstance(value, float) else str(value)


def _texts(dictionary: DataDictionary, placed: PlacedBlock) -> tuple[list[str], list[tuple[str, str]]]:
    """(column headings, row headings) as the writer prints them."""
    if placed.block.kind == "form":
        return [], [(two_lines(f.label), "") for f in placed.block.fields]
    columns = [column_heading(column.field, column.across) for column in placed.columns]
    if placed.block.kind == "list":
        return columns, []
    return columns, [row_heading(dictionary, placed.block, keys) for keys in placed.rows]


def _answer(
    book: Workbook,
    dictionary: DataDictionary,
    block: Block,
    f: Field,
    keys: Mapping[str, str],
    row_key: str,
    place: tuple[str, str] | None,
) -> Answer:
    heading = question(dictionary, block, f, keys)
    if place is None:
        return Answer(f, row_key, keys, None, None, "", "", "", heading, problem="R.FMT.061")
    sheet, cell = place
    raw = book.sheets[sheet].value(cell)
    formula = book.formulas.get((sheet, cell))
    if formula is not None and formula.kind != "formula":
        rule = "R.VAL.031" if formula.kind == "error" else "R.VAL.032"
        return Answer(f, row_key, keys, formula.text, None, "", sheet, cell, heading, problem=rule)
    reading = read_value(dictionary, f, keys, raw, date_1904=book.date_1904)
    answer = _with_reading(Answer(f, row_key, keys, raw, None, "", sheet, cell, heading), reading)
    if formula is not None and f.required != "register" and not answer.problem:
        return replace(answer, problem="R.VAL.033")
    return answer


def _with_reading(answer: Answer, reading: Reading) -> Answer:
    return replace(
        answer,
        value=reading.value,
        code=reading.code,
        read_as=reading.read_as,
        problem=reading.problem,
        params=reading.params,
    )


def read_value(
    dictionary: DataDictionary, f: Field, keys: Mapping[str, str], raw: object, *, date_1904: bool = False
) -> Reading:
    """What ``raw`` means as an answer to ``f``; see schemas.normalise for what is re-read and what is asked."""
    codes = frozenset(f.codes)
    if f.type == "count":
        unit = "千円" if f.unit == "thousand_yen" else ""
        return read_count(raw, maximum=int(f.limit), codes=codes, unit=unit)
    if f.type == "decimal":
        return read_decimal(raw, minimum=f.minimum, maximum=f.limit, codes=codes, unit="件")
    if f.type == "level":
        found = read_choice(raw, accepted(dictionary, f, dict(keys)), codes)
        return replace(found, value=int(found.value)) if isinstance(found.value, str) else found
    if f.type == "choice":
        return read_choice(raw, accepted(dictionary, f), codes)
    if f.type == "yes_no":
        found = read_yes_no(raw)
        return replace(found, value="yes" if found.value else "no") if found.value is not None else found
    if f.type == "year":
        return read_year(raw, minimum=int(f.minimum), maximum=int(f.limit))
    if f.type == "date":
        return read_date(raw, date_1904=date_1904)
    return read_text(raw, max_length=f.max_length, allow_email=f.id == "profile.office_address")


def _list_answers(book: Workbook, dictionary: DataDictionary, placed: PlacedBlock, sheet_name: str) -> Iterator[Answer]:
    """The rows of an open list, those pasted below the table's end too; blank rows are passed over."""
    first, columns = _list_place(book, placed, sheet_name)
    sheet = book.sheets[sheet_name]
    end = _list_end(book, placed, sheet_name, first)
    for number in range(first, min(len(sheet.rows), end) + 1):
        cells = sheet.rows[number - 1]
        values = [cells[column - 1] if column <= len(cells) else None for column in columns.values()]
        is_asked = number - first < placed.block.filled_rows
        if not is_asked and all(value in (None, "") for value in values):
            continue
        keys = {"row": str(number - first + 1)}
        for f in placed.block.fields:
            if f.id not in columns:
                continue
            place = (sheet_name, cell_address(number, columns[f.id]))
            answer = _answer(book, dictionary, placed.block, f, keys, keys["row"], place)
            yield replace(answer, is_listed=True)


def _list_place(book: Workbook, placed: PlacedBlock, sheet_name: str) -> tuple[int, dict[str, int]]:
    """First body row and column of each field: from the Excel table, else from the headings."""
    table = book.tables.get(placed.table_name)
    headings = [match_key(shown(column.field.label)) for column in placed.columns]
    if table is not None and table.sheet == sheet_name:
        keys = [match_key(name) for name in table.columns]
        found = {
            column.field.id: table.first_column + keys.index(text)
            for column, text in zip(placed.columns, headings, strict=True)
            if text in keys
        }
        if found:
            return table.first_row, found
    for number, cells in enumerate(book.sheets[sheet_name].rows, 1):
        keys = [match_key(cell) if isinstance(cell, str) else "" for cell in cells]
        if sum(text in keys for text in headings) * 2 > len(headings):
            return number + 1, {
                column.field.id: keys.index(text) + 1
                for column, text in zip(placed.columns, headings, strict=True)
                if text in keys
            }
    return placed.first, {column.field.id: placed.first_column + index for index, column in enumerate(placed.columns)}


def _list_end(book: Workbook, placed: PlacedBlock, sheet_name: str, first: int) -> int:
    """Last row that may belong to the list: the sheet's end, or the heading of the next block."""
    for number, cells in enumerate(book.sheets[sheet_name].rows[first - 1 :], first):
        if cells and isinstance(cells[0], str) and cells[0].startswith("■"):
            return number - 1
    return len(book.sheets[sheet_name].rows)


# what applies, and declared zeros


def _applied(dictionary: DataDictionary, answers: list[Answer]) -> list[Answer]:
    """Marks answers that a switch rules out, and sets a skipped block to "not collected this time"."""
    switches = {answer.field.id: answer.value for answer in answers if not answer.row_key}
    changed = []
    for answer in answers:
        _, block = dictionary.places[answer.field.id]
        if any(_is_refused(condition, switches) for condition in conditions(block, answer)):
            changed.append(replace(answer, applies=False, value=None, code="a", problem=""))
        elif block.skip and block.skip != answer.field.id and switches.get(block.skip) == "yes":
            changed.append(replace(answer, value=None, code="nc", problem=""))
        else:
            changed.append(answer)
    return changed


def conditions(block: Block, answer: Answer) -> list[Condition]:
    """The conditions under which this answer is asked."""
    zone = answer.keys.get("unit", "")
    across = answer.keys.get("scope")
    found = [block.applies, answer.field.applies, block.row_applies.get(zone)]
    if across == "centre":
        found.append(Condition(field="profile.has_centre", among=["yes"]))
    return [condition for condition in found if condition is not None]


def _is_refused(condition: Condition, switches: Mapping[str, Value]) -> bool:
    given = switches.get(condition.field)
    return given is not None and str(given) not in condition.among


def _zeros(dictionary: DataDictionary, book: Workbook, answers: list[Answer]) -> list[Answer]:
    """The two mercies: a row whose total is 0 is all zero; a table may declare its blanks to be 0.

    Neither ever fills a ``total``.
    """
    totals = {
        (answer.field.table, answer.row_key): answer.value for answer in answers if answer.field.column == "total"
    }
    declared = {
        block.id
        for sheet in dictionary.sheets
        for block in sheet.blocks
        if block.blank_is_zero and _says_zero(book, block)
    }
    result = []
    for answer in answers:
        _, block = dictionary.places[answer.field.id]
        open_number = answer.is_blank and answer.field.type in NUMERIC and answer.field.column != "total"
        if open_number and block.kind == "grid" and totals.get((answer.field.table, answer.row_key)) == 0:
            result.append(replace(answer, value=0))
        elif open_number and block.id in declared:
            result.append(replace(answer, value=0, read_as="0"))
        else:
            result.append(answer)
    return result


def _says_zero(book: Workbook, block: Block) -> bool:
    text = match_key(_named_text(book, f"{block.id}_blank_is_zero"))
    return text.startswith(match_key("はい")) or text == "yes"
