"""From the cells of a workbook to answers: every value keeps its cell, nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from schemas.dictionary.country_names import COUNTRIES, COUNTRY_LISTS, codes_of_countries, read_countries
from schemas.dictionary.declaration import Text
from schemas.dictionary.dictionary import CENTRE, WHOLE, DataDictionary
from schemas.dictionary.field import FORMS, NUMERIC, Block, Condition, Field, Form, Sheet
from schemas.dictionary.match_key import match_key
from schemas.form.guide import load_guide
from schemas.form.headings import question, two_lines
from schemas.form.layout import PlacedBlock, lay_out
from schemas.form.options import accepted_texts
from schemas.reading.answer import Answer, Submission, Value
from schemas.reading.cell_locator import CellRef, find_sheets, locate, text_key
from schemas.reading.form_metadata import named_text, plain_text, read_meta
from schemas.reading.free_text import read_text
from schemas.reading.list_rows import list_columns, listed_rows
from schemas.reading.normalise import read_choice, read_count, read_decimal, read_yes_no
from schemas.reading.read_dates import read_date, read_year
from schemas.reading.reading_outcome import NOT_A_CHOICE, UNREAD_COUNTRY, Reading
from schemas.reading.records import read_records
from schemas.reading.sheet_copies import find_copies
from schemas.xlsx.cell_address import cell_address
from schemas.xlsx.read_workbook import Workbook, Worksheet

NOT_FOUND = "R.FMT.061"
_DECIMAL_UNITS = {"papers": "件", "people": "人"}
FED_KEYS = ("unit", "position")


def read_submission(book: Workbook, dictionary: DataDictionary) -> Submission:
    """The answers of a filled form.

    Raises Refusal when the workbook is none of our forms or of a form we do not know.
    """
    meta = read_meta(book)
    form: Form = next(name for name in FORMS if name == meta["form"])
    layout = lay_out(dictionary, form, int(meta["round"]))
    sheets = find_sheets(book, dictionary, form)
    located = locate(book, dictionary, layout, sheets)
    missing = [sheet for sheet in dictionary.form_sheets(form) if sheet.id not in sheets]
    absent = {sheet.name for sheet in missing}
    answers = [
        _answer(
            book,
            dictionary,
            slot.field,
            slot.keys,
            slot.row_key,
            located.cell_refs.get(key, (sheets[slot.sheet.id].name, "")),
        )
        for key, slot in layout.slots.items()
        if slot.sheet.name not in absent
    ]
    for placed in layout.blocks:
        if placed.block.kind == "list" and placed.sheet.id in sheets:
            answers.extend(
                _feed_grid(dictionary, placed, _list_answers(book, dictionary, placed, sheets[placed.sheet.id]))
            )
    added: list[Text] = []
    if meta["dictionary"] not in ("", dictionary.hash):
        added = [sheet.title for sheet in missing if _is_optional(sheet)]
        missing = [sheet for sheet in missing if not _is_optional(sheet)]
        added += [answer.heading for answer in answers if _was_added(answer)]
        answers = [answer for answer in answers if not _was_added(answer)]
    answers = _apply_switches(dictionary, answers)
    answers = _zeros(dictionary, book, answers, sheets)
    return Submission(
        form,
        int(meta["round"]),
        meta["institution"] or _given_code(answers),
        meta["demo"] == "yes",
        meta,
        answers,
        [sheet.name for sheet in missing],
        located.moved,
        meta["dictionary"],
        {
            placed.block.id: read_records(
                book,
                placed,
                sheets[placed.sheet.id],
                lambda f, raw, suggest: read_value(dictionary, f, {}, raw, date_1904=book.date_1904, suggest=suggest),
            )
            for placed in layout.blocks
            if placed.block.kind == "records" and placed.sheet.id in sheets
        },
        find_copies(book, dictionary, layout, sheets, answers),
        added,
    )


def _is_optional(sheet: Sheet) -> bool:
    return all(f.required == "optional" for block in sheet.blocks for f in block.fields)


def _was_added(answer: Answer) -> bool:
    """Whether an optional question, in a form of other questions, is taken to be younger than the form."""
    return answer.problem == NOT_FOUND and answer.field.required == "optional"


def _given_code(answers: list[Answer]) -> str:
    return next((str(a.value) for a in answers if a.field.id == "profile.code" and a.value is not None), "")


def _answer(
    book: Workbook,
    dictionary: DataDictionary,
    f: Field,
    keys: Mapping[str, str],
    row_key: str,
    cell_ref: CellRef,
    *,
    is_listed: bool = False,
) -> Answer:
    """The answer in a cell; ``cell_ref`` has no address where the cell was not found."""
    heading = _heading(dictionary, f.id, tuple(keys.items()))
    sheet, cell = cell_ref
    if not cell:
        return Answer(f, row_key, keys, None, None, "", sheet, "", heading, problem=NOT_FOUND, is_listed=is_listed)
    raw = book.sheets[sheet].value(cell)
    formula = book.formulas.get((sheet, cell))
    if formula is not None and formula.kind != "formula":
        rule = "R.VAL.031" if formula.kind == "error" else "R.VAL.032"
        return Answer(f, row_key, keys, formula.text, None, "", sheet, cell, heading, problem=rule, is_listed=is_listed)
    r = read_value(dictionary, f, keys, raw, date_1904=book.date_1904)
    answer = Answer(
        f,
        row_key,
        keys,
        raw,
        r.value,
        r.code,
        sheet,
        cell,
        heading,
        r.read_as,
        r.problem,
        r.params,
        is_listed=is_listed,
    )
    if formula is not None and f.required != "register" and not answer.is_blank and not answer.problem:
        return replace(answer, problem="R.VAL.033")
    return answer


@lru_cache(maxsize=8192)
def _heading(dictionary: DataDictionary, field_id: str, keys: tuple[tuple[str, str], ...]) -> Text:
    """How a sentence calls a question; every form asks the same ones."""
    return question(dictionary, dictionary.block_of[field_id][1], dictionary.fields[field_id], dict(keys))


def read_value(
    dictionary: DataDictionary,
    f: Field,
    keys: Mapping[str, str],
    raw: object,
    *,
    date_1904: bool = False,
    suggest: bool = True,
) -> Reading:
    """What ``raw`` means as an answer to ``f``; see schemas.reading.normalise for what is re-read and what is asked.

    ``suggest``: whether the nearest choice is looked for where none was typed.
    """
    codes = frozenset(f.codes)
    if f.type == "count":
        unit = "千円" if f.unit == "thousand_yen" else ""
        return read_count(raw, maximum=int(f.limit), codes=codes, unit=unit, is_people=f.unit == "people")
    if f.type == "decimal":
        return read_decimal(raw, minimum=f.minimum, maximum=f.limit, codes=codes, unit=_DECIMAL_UNITS.get(f.unit, ""))
    if f.type == "level":
        found = read_choice(raw, accepted_texts(dictionary, f, dict(keys)), codes, suggest=suggest)
        return replace(found, value=int(found.value)) if isinstance(found.value, str) else found
    if "yes_no" in (f.type, f.code_list):
        found = read_yes_no(raw, codes)
        return replace(found, value="yes" if found.value else "no") if found.value is not None else found
    if f.type == "choice":
        found = read_choice(
            raw, accepted_texts(dictionary, f), codes, suggest=suggest and f.code_list not in COUNTRY_LISTS
        )
        return _country(dictionary, raw, found) if f.code_list in COUNTRY_LISTS else found
    if f.type == "year":
        return read_year(raw, minimum=int(f.minimum), maximum=int(f.limit))
    if f.type == "date":
        return read_date(raw, date_1904=date_1904)
    return read_text(raw, max_length=f.max_length, allow_email=f.id == "profile.office_address")


def _country(dictionary: DataDictionary, raw: object, found: Reading) -> Reading:
    """A country by one of its other names, or the problem that no country was named."""
    if found.problem != NOT_A_CHOICE:
        return found
    named = read_countries(str(raw), codes_of_countries(dictionary))
    if len(named.codes) != 1 or named.unread:
        return replace(found, problem=UNREAD_COUNTRY)
    (code,) = named.codes
    return Reading(code, read_as=f"{code} {dictionary.labels(COUNTRIES)[code].ja}")


def _list_answers(
    book: Workbook, dictionary: DataDictionary, placed: PlacedBlock, sheet: Worksheet
) -> Iterator[Answer]:
    """The rows of an open list; a column, or a whole list, whose heading is lost gives one answer that says so."""
    first, columns = list_columns(book, placed, sheet)
    block = placed.block
    for number in listed_rows(placed, sheet, first, columns):
        keys = {"row": str(number - first + 1)}
        for f in block.fields:
            if f.id in columns:
                cell_ref = (sheet.name, cell_address(number, columns[f.id]))
                yield _answer(book, dictionary, f, keys, keys["row"], cell_ref, is_listed=True)
    lost = [f for f in block.fields if f.id not in columns]
    for f in lost if columns else lost[:1]:
        yield _answer(book, dictionary, f, {"row": "1"}, "1", (sheet.name, ""), is_listed=True)


def _feed_grid(dictionary: DataDictionary, placed: PlacedBlock, answers: Iterator[Answer]) -> Iterator[Answer]:
    """Rows of a list that holds further rows of a grid, as answers of that grid; rows without key stay as they are.

    A key that stands twice stays in the list the second time, so that no row hides another.
    """
    if placed.block.feeds is None:
        yield from answers
        return
    rows: dict[str, list[Answer]] = {}
    for answer in answers:
        rows.setdefault(answer.row_key, []).append(answer)
    taken: set[tuple[str, ...]] = set()
    for row in rows.values():
        keys = {a.field.column: str(a.value) for a in row if a.field.column in FED_KEYS and a.value is not None}
        known = tuple(keys.get(column, "") for column in FED_KEYS)
        if not all(known) or known in taken or known[0] in (WHOLE, CENTRE):
            yield from row
            continue
        taken.add(known)
        for answer in row:
            if answer.field.column not in FED_KEYS:
                yield _as_grid_answer(dictionary, placed.block.feeds, keys, answer)


def _as_grid_answer(dictionary: DataDictionary, table: str, keys: Mapping[str, str], answer: Answer) -> Answer:
    f = dictionary.fields[f"{table}.{answer.field.column}"]
    ordered = {key: keys[key] for key in FED_KEYS}
    heading = _heading(dictionary, f.id, tuple(ordered.items()))
    return replace(answer, field=f, keys=ordered, row_key="/".join(ordered.values()), heading=heading)


# what applies, and declared zeros


def _apply_switches(dictionary: DataDictionary, answers: list[Answer]) -> list[Answer]:
    """Marks answers that a switch rules out, and sets a skipped block to "not collected this time"."""
    switches = {answer.field.id: answer.value for answer in answers if not answer.row_key}
    changed = []
    for answer in answers:
        _, block = dictionary.block_of[answer.field.id]
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


def _zeros(
    dictionary: DataDictionary, book: Workbook, answers: list[Answer], sheets: Mapping[str, Worksheet]
) -> list[Answer]:
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
        if block.blank_is_zero and sheet.id in sheets and _says_zero(book, block, sheets[sheet.id])
    }
    result = []
    for answer in answers:
        _, block = dictionary.block_of[answer.field.id]
        open_number = answer.is_blank and answer.field.type in NUMERIC and answer.field.column != "total"
        if open_number and block.kind == "grid" and totals.get((answer.field.table, answer.row_key)) == 0:
            result.append(replace(answer, value=0))
        elif open_number and block.id in declared:
            result.append(replace(answer, value=0, read_as="0"))
        else:
            result.append(answer)
    return result


def _says_zero(book: Workbook, block: Block, sheet: Worksheet) -> bool:
    """Whether the switch of a table says so: the cell of its name, which stands under its heading."""
    text = named_text(book, f"{block.id}_blank_is_zero") or _below(sheet, two_lines(load_guide().blank_is_zero))
    return text_key(text).startswith(match_key("はい")) or text == "yes"


def _below(sheet: Worksheet, heading: str) -> str:
    key = match_key(heading)
    for cells, under in pairwise(sheet.rows):
        for column, cell in enumerate(cells):
            if isinstance(cell, str) and cell and match_key(cell) == key:
                return plain_text(under[column]) if column < len(under) else ""
    return ""
