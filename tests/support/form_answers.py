"""Answers for any of the three forms: drawn at random or all filled in, and how they must come back."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
from hypothesis import strategies as st

from schemas.dictionary.dictionary import CENTRE, WHOLE, Slot, load_dictionary
from schemas.dictionary.field import FORMS, NUMERIC, Block, Field, Form
from schemas.form.issue import Given, Issue
from schemas.form.layout import lay_out
from schemas.form.options import options
from schemas.reading.answer import Answer, Submission
from schemas.reading.clean_tables import clean_tables
from schemas.reading.free_text import read_text
from schemas.reading.read_submission import FED_KEYS, read_submission
from schemas.register import Institution
from schemas.xlsx.read_workbook import read_workbook

DICTIONARY = load_dictionary()
YEAR = 2026
SOMEBODY = Institution("DEMO-91", "デモ試験大学（架空）", "Demo Test University (fictional)", "public", "香川県")
LAYOUTS = {form: lay_out(DICTIONARY, form, YEAR) for form in FORMS}
SLOTS = {form: [s for s in LAYOUTS[form].slots.values() if s.field.required != "register"] for form in FORMS}
LISTS = {form: [p.block for p in LAYOUTS[form].blocks if p.block.kind in ("list", "records")] for form in FORMS}
SWITCHES: dict[str, Given] = {
    "profile.has_doctoral": "yes",
    "profile.has_centre": "yes",
    "profile.has_publication_list": "no",
}
LEAVE_OUT = {block.skip for _, block in DICTIONARY.blocks("full") if block.skip}
Row = dict[str, Given]
WORDS = {"units.unit": "C", "unit_researchers.unit": "E"}


# drawn at random ---------------------------------------------------------------------------------------------


def clean_texts(limit: int) -> st.SearchStrategy[str]:
    """Texts that reading leaves as they are and has nothing to say about."""

    def is_plain(text: str) -> bool:
        reading = read_text(text, max_length=limit)
        return reading.value == text and not reading.problem and not reading.read_as

    letters = st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"])
    return st.text(letters, min_size=1, max_size=min(limit, 30)).filter(is_plain)


def values_of(f: Field, keys: Mapping[str, str]) -> st.SearchStrategy[Given]:
    """What may be written into an answer of this field, codes of drop-downs included."""
    codes: st.SearchStrategy[Given] = st.sampled_from(f.codes) if f.codes else st.nothing()
    if f.type == "count":
        return st.integers(0, int(f.limit)) | codes
    if f.type == "decimal":
        return st.integers(0, min(10**6, int(f.limit * 1000))).map(lambda n: Decimal(n) / 1000) | codes
    if f.type == "year":
        return st.integers(int(f.minimum), int(f.limit))
    if f.type == "date":
        return st.dates(date(1950, 1, 1), date(2100, 12, 31))
    if f.type in ("choice", "yes_no", "level"):
        shown = [code for code in options(DICTIONARY, f, dict(keys)) if code not in f.codes]
        return st.sampled_from([int(code) if f.type == "level" else code for code in shown]) | codes
    return clean_texts(f.max_length)


@st.composite
def issues(draw: st.DrawFn, form: Form) -> Issue:
    """A form with some fixed answers, and with rows in every list."""
    chosen = draw(st.lists(st.sampled_from(SLOTS[form]), unique_by=lambda slot: slot.name, max_size=60))
    answers: dict[tuple[str, str], Given] = {
        (slot.field.id, slot.row_key): draw(values_of(slot.field, slot.keys))
        for slot in chosen
        if slot.field.id not in LEAVE_OUT
    }
    rows = {block.id: draw(st.lists(_rows(block), max_size=min(3, block.size))) for block in LISTS[form]}
    return Issue(form, YEAR, SOMEBODY, answers | switches(form), rows)


def _rows(block: Block) -> st.SearchStrategy[Row]:
    """Rows of a list with some columns left blank, never all: the first column is always given."""
    first, *others = block.fields
    optional = {f.column: st.none() | values_of(f, {}) for f in others}
    return st.fixed_dictionaries({first.column: values_of(first, {}), **optional})


def switches(form: Form) -> dict[tuple[str, str], Given]:
    """The answers that make every table of the form apply."""
    return {(field, ""): value for field, value in SWITCHES.items() if (field, "") in LAYOUTS[form].slots}


# all filled in -----------------------------------------------------------------------------------------------


def filled_issue(form: Form) -> Issue:
    """Every fixed answer and some rows of every list, each number unlike its neighbours'."""
    answers = {
        (slot.field.id, slot.row_key): _sample(slot.field, slot.keys, n)
        for n, slot in enumerate(SLOTS[form], 1)
        if slot.field.id not in LEAVE_OUT
    }
    lists = {
        block.id: [{f.column: _sample(f, {}, row + n) for n, f in enumerate(block.fields)} for row in range(1, 4)][
            : block.size
        ]
        for block in LISTS[form]
    }
    return Issue(form, YEAR, SOMEBODY, answers | switches(form), lists)


def _sample(f: Field, keys: Mapping[str, str], n: int) -> Given:
    shown = [code for code in options(DICTIONARY, f, dict(keys)) if code not in f.codes]
    if f.id in WORDS:
        return f"{WORDS[f.id]}{n}"
    if f.type in NUMERIC:
        if f.codes and not n % 7:
            return f.codes[n % len(f.codes)]
        return min(n, int(f.limit)) if f.type == "count" else min(Decimal(n) + Decimal("0.25"), f.limit)
    if f.type == "year":
        return int(f.limit) - n % 50
    if f.type == "date":
        return date(2026, 1, 1) + timedelta(days=n)
    if shown:
        return int(shown[n % len(shown)]) if f.type == "level" else shown[n % len(shown)]
    return f"{f.label.ja}の回答{n}"[-f.max_length :]


# how they come back ------------------------------------------------------------------------------------------


def read(data: bytes) -> Submission:
    """The workbook as read."""
    return read_submission(read_workbook(data), DICTIONARY)


def expected(given: Given, f: Field) -> tuple[object, str]:
    """(value, code) with which a written answer comes back."""
    return (None, given) if isinstance(given, str) and given in f.codes else (given, "")


def listed_answers(issue: Issue, block: Block) -> dict[tuple[str, str], Given]:
    """The rows of a list by (field, row key) as they are read: rows of further units belong to their grid."""
    found: dict[tuple[str, str], Given] = {}
    taken: set[str] = set()
    for n, row in enumerate(issue.lists.get(block.id, []), 1):
        key = "/".join(str(row.get(column)) for column in FED_KEYS)
        has_keys = block.feeds is not None and all(row.get(column) is not None for column in FED_KEYS)
        is_fed = has_keys and key not in taken and row.get("unit") not in (WHOLE, CENTRE)
        taken |= {key} if is_fed else set()
        for column, value in row.items():
            if is_fed and column not in FED_KEYS:
                found[f"{block.feeds}.{column}", key] = value
            elif not is_fed:
                found[f"{block.id}.{column}", str(n)] = value
    return found


def asked_answers(issue: Issue) -> dict[tuple[str, str], Given]:
    """Every answer that an issue gives by (field, row key), lists included and long lists not."""
    wanted = {(slot.field.id, slot.row_key): issue.answers.get((slot.field.id, slot.row_key)) for slot in slots(issue)}
    for block in LISTS[issue.form]:
        if block.kind == "list":
            wanted |= listed_answers(issue, block)
    return wanted


def slots(issue: Issue) -> list[Slot]:
    """The fixed answers of the form that was issued."""
    return SLOTS[issue.form]


def assert_same(issue: Issue, found: Submission) -> None:
    """Every answer comes back as it was given, with nothing to say about it, and there is no other."""
    wanted = asked_answers(issue)
    answers = {(a.field.id, a.row_key): a for a in found.answers if a.field.required != "register"}
    for key, answer in answers.items():
        assert not answer.problem and not answer.read_as, (key, answer)
        assert _has(answer) == expected(wanted.get(key), answer.field) or _is_mercy(answer, wanted), key
    assert {key for key, value in wanted.items() if value is not None} <= set(answers)
    for block in LISTS[issue.form]:
        if block.kind == "records":
            assert_same_records(issue.lists.get(block.id, []), block, found.records[block.id].frame)
            assert not found.records[block.id].faults or _all_blank_faults(found, block.id)


def _has(answer: Answer) -> tuple[object, str]:
    return answer.value, answer.code


def _is_mercy(answer: Answer, wanted: Mapping[tuple[str, str], Given]) -> bool:
    """Whether a blank was read as 0 because its row's total is 0."""
    key = (answer.field.id, answer.row_key)
    total = wanted.get((f"{answer.field.table}.total", answer.row_key))
    return _has(answer) == (0, "") and wanted.get(key) is None and total == 0


def _all_blank_faults(found: Submission, name: str) -> bool:
    return {fault.rule for fault in found.records[name].faults} <= {"R.SUB.066"}


def assert_same_records(rows: list[Row], block: Block, frame: pd.DataFrame) -> None:
    """The rows of a long list come back in their order."""
    assert len(frame) == len(rows)
    for row, (_, read_row) in zip(rows, frame.iterrows(), strict=True):
        for f in block.fields:
            value, code = expected(row.get(f.column), f)
            assert _same_cell(read_row[f.column], value), (f.id, read_row[f.column], value)
            assert not f.codes or read_row[f"{f.column}__code"] == code


def assert_same_tables(issue: Issue, found: Submission) -> None:
    """The clean tables hold every answer in its row and column, and no row that was not given."""
    tables = clean_tables(found, DICTIONARY)
    rows: dict[str, set[str]] = {}
    wanted = {key: value for key, value in asked_answers(issue).items() if key[0] not in ("units.is_centre",)}
    named = {key[1] for key, value in wanted.items() if key[0] == "units.unit" and value is not None}
    for (field_id, row_key), given in wanted.items():
        table, column = field_id.split(".")
        if table == "units" and row_key not in named:
            continue
        rows.setdefault(table, set()).add(row_key)
        f = DICTIONARY.fields[field_id]
        value, code = expected(given, f)
        cell = tables[table].loc[row_key, column]
        is_mercy = given is None and not pd.isna(cell) and cell == 0 and wanted.get((f"{table}.total", row_key)) == 0
        assert _same_cell(cell, value) or is_mercy, (field_id, row_key, cell, value)
        assert not f.codes or tables[table].loc[row_key, f"{column}__code"] == code, (field_id, row_key)
    for table, keys in rows.items():
        extra = set(tables[table].index) - keys
        assert not extra or all(_is_open_row(tables[table].loc[key]) for key in extra), (table, extra)


def _is_open_row(row: pd.Series) -> bool:
    """A row that a form asks of everybody and that was left blank."""
    return all(pd.isna(value) or value in ("", "1") for value in row)


def _same_cell(cell: object, value: object) -> bool:
    if value is None:
        return bool(pd.isna(cell))
    if pd.isna(cell):
        return False
    return float(str(cell)) == float(value) if isinstance(value, Decimal) else cell == value


def differing_tables(one: Submission, other: Submission) -> Iterable[str]:
    """Names of the clean tables and long lists in which two readings differ."""
    left, right = clean_tables(one, DICTIONARY), clean_tables(other, DICTIONARY)
    left |= {f"records {name}": records.frame for name, records in one.records.items()}
    right |= {f"records {name}": records.frame for name, records in other.records.items()}
    for name in left.keys() | right.keys():
        if name not in left or name not in right or not _same_frame(left[name], right[name]):
            yield name


def _same_frame(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Equal values, columns and types; the long lists keep their rows wherever these stand."""
    if one.index.name == "row":
        one, other = one.reset_index(drop=True), other.reset_index(drop=True)
    return one.equals(other)
