"""A form comes back with the answers it was given, whoever saved it and whatever moved; or it says what is lost."""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.checks.validate import validate
from schemas.dictionary.field import NUMERIC
from schemas.form.guide import load_guide
from schemas.form.issue import Issue
from schemas.form.options import options
from schemas.reading.answer import Submission
from schemas.reading.cell_text import typed_text
from schemas.reading.clean_tables import clean_tables
from schemas.reading.form_metadata import refuse_other_workbooks
from schemas.reading.read_submission import read_value
from schemas.register import load_register
from schemas.template.write_template import write_template
from schemas.xlsx.read_workbook import read_workbook
from schemas.xlsx.refusal import Refusal
from tests.support import reshape
from tests.support.form_answers import (
    DICTIONARY,
    LAYOUTS,
    SLOTS,
    SOMEBODY,
    YEAR,
    assert_same,
    expected,
    filled_issue,
    read,
    values_of,
)

pytestmark = pytest.mark.filterwarnings("ignore:.*(extension is not supported|no default style):UserWarning")

LAYOUT = LAYOUTS["core"]


# round trips -------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_reading_a_value_again_changes_nothing(data: st.DataObject) -> None:
    slot = data.draw(st.sampled_from(SLOTS["core"]))
    value = data.draw(values_of(slot.field, slot.keys))
    text = options(DICTIONARY, slot.field, dict(slot.keys)).get(str(value), value)
    raw = float(text) if isinstance(text, int | Decimal) and slot.field.type in (*NUMERIC, "year") else text
    once = read_value(DICTIONARY, slot.field, slot.keys, raw)
    assert not once.problem and not once.read_as
    shown = options(DICTIONARY, slot.field, dict(slot.keys)).get(str(once.value), once.value)
    again = read_value(DICTIONARY, slot.field, slot.keys, once.code or shown)
    assert (again.value, again.code) == (once.value, once.code)


FULL = filled_issue("core")
WRITTEN = write_template(DICTIONARY, FULL)


def first_of(block: str) -> int:
    """First answer row of a block."""
    return next(placed.first for placed in LAYOUT.blocks if placed.block.id == block)


def top_of(block: str) -> int:
    """Row of a block's heading."""
    return next(placed.top for placed in LAYOUT.blocks if placed.block.id == block)


def move_row(sheet: str, block: str, source: int, columns: int) -> Callable[[openpyxl.Workbook], None]:
    """Swaps two rows of a grid with their labels, as sorting does."""

    def edit(book: openpyxl.Workbook) -> None:
        ws, first = book[sheet], first_of(block)
        for column in range(1, columns + 1):
            a, b = ws.cell(first, column), ws.cell(first + source, column)
            a.value, b.value = b.value, a.value

    return edit


SAFE = {
    "saved by openpyxl": lambda: reshape.edited(WRITTEN),
    "inline strings": lambda: reshape.inline_strings(WRITTEN),
    "names lost": lambda: reshape.edited(WRITTEN, reshape.forget_names),
    "tables lost": lambda: reshape.edited(WRITTEN, reshape.forget_tables),
    "like Google Sheets": lambda: reshape.like_google_sheets(WRITTEN),
    "row inserted by Excel": lambda: reshape.inserted_as_excel_does(WRITTEN, "研究者", first_of("researchers") + 2),
    "row inserted above a form": lambda: reshape.edited(WRITTEN, reshape.insert_rows("機関情報", 8)),
    "row inserted in a form": lambda: reshape.edited(WRITTEN, reshape.insert_rows("機関情報", first_of("context") + 2)),
    "row inserted in a grid": lambda: reshape.edited(
        WRITTEN, reshape.insert_rows("英語による運営", first_of("checklist") + 9)
    ),
    "row inserted above a list": lambda: reshape.edited(WRITTEN, reshape.insert_rows("組織", 3)),
    "rows inserted, names lost": lambda: reshape.edited(
        WRITTEN, reshape.insert_rows("研究者", 2, 3), reshape.insert_rows("論文", 9), reshape.forget_names
    ),
    "column inserted on the left": lambda: reshape.edited(WRITTEN, reshape.insert_columns("論文", 1)),
    "column inserted on the left, names lost": lambda: reshape.edited(
        WRITTEN, reshape.insert_columns("研究者", 1), reshape.forget_names
    ),
    "column inserted before the answers of forms": lambda: reshape.edited(
        WRITTEN, *(reshape.insert_columns(sheet, 3) for sheet in ("機関情報", "論文"))
    ),
    "columns inserted before the answers of a form, names lost": lambda: reshape.edited(
        WRITTEN, reshape.insert_columns("機関情報", 3, 2), reshape.forget_names
    ),
    "column inserted behind the answers of a form, names lost": lambda: reshape.edited(
        WRITTEN, reshape.insert_columns("機関情報", 4), reshape.forget_names
    ),
    "column inserted in a grid": lambda: reshape.edited(WRITTEN, reshape.insert_columns("英語による運営", 7)),
    "sheet renamed": lambda: reshape.edited(WRITTEN, reshape.rename("研究者", "研究者 (2)")),
    "sheets renamed, names lost": lambda: reshape.edited(
        WRITTEN, reshape.rename("研究者", "人事課"), reshape.rename("組織", "Sheet3"), reshape.forget_names
    ),
    "rows sorted": lambda: reshape.edited(WRITTEN, move_row("研究者", "researchers", 3, 10)),
    "items sorted, names lost": lambda: reshape.edited(
        WRITTEN, move_row("英語による運営", "checklist", 17, 17), reshape.forget_names
    ),
    "own sheet added": lambda: reshape.edited(
        WRITTEN, lambda book: book.create_sheet("メモ", 0).append(["研究者", "総数", 99])
    ),
    "notes in the margin": lambda: reshape.edited(
        WRITTEN, lambda book: book["研究者"].cell(first_of("researchers") + 1, 20, "要確認 99")
    ),
    "hidden rows": lambda: reshape.edited(
        WRITTEN, lambda book: setattr(book["論文"].row_dimensions[first_of("publications") + 1], "hidden", True)
    ),
}


@pytest.mark.parametrize("how", SAFE)
def test_answers_survive_what_programs_and_people_do(how: str) -> None:
    found = read(SAFE[how]())
    assert not found.missing_sheets
    assert_same(FULL, found)


def test_answers_found_by_headings_alone_are_said() -> None:
    assert not read(WRITTEN).moved
    moved = read(SAFE["names lost"]()).moved
    assert set(moved) == set(LAYOUT.slots)
    assert set(read(SAFE["rows sorted"]()).moved) == {
        key for key in LAYOUT.slots if key[1] in ("00/professor", "00/specially_appointed")
    }


# what cannot be found is said, and no value comes from a wrong place -------------------------------------------


LOSSES = {
    "row of a grid deleted": (
        lambda: reshape.edited(WRITTEN, reshape.delete_rows("研究者", first_of("researchers") + 2)),
        lambda key: key[0].startswith("researchers.") and key[1] == "00/assistant",
    ),
    "row of a form deleted": (
        lambda: reshape.edited(WRITTEN, reshape.delete_rows("機関情報", first_of("context") + 1)),
        lambda key: key[0] == "profile.students_undergraduate",
    ),
    "column of a grid deleted": (
        lambda: reshape.edited(WRITTEN, lambda book: (reshape.unmerge(book), book["論文"].delete_cols(4))[0]),
        lambda key: key[0] == "publications.international" or key[0].startswith("publication_basis."),
    ),
    "rows copied below their grid, names lost": (
        lambda: reshape.edited(WRITTEN, copy_of_rows, reshape.forget_names),
        lambda key: key[0].startswith("researchers.") and key[1] in ("00/professor", "00/associate"),
    ),
    "grid copied on its sheet, names lost": (
        lambda: reshape.edited(WRITTEN, copy_of_grid, reshape.forget_names),
        lambda key: key[0].startswith("researchers."),
    ),
}


def copy_of_rows(book: openpyxl.Workbook) -> None:
    """Two rows with other numbers under the table, without its headings."""
    ws, first = book["研究者"], first_of("researchers")
    for row in (first, first + 1):
        for column in range(1, 11):
            value = ws.cell(row, column).value
            ws.cell(row + 100, column).value = value + 1 if isinstance(value, int) else value


def copy_of_grid(book: openpyxl.Workbook) -> None:
    """A working copy of the table below, with other numbers."""
    ws = book["研究者"]
    placed = next(placed for placed in LAYOUT.blocks if placed.block.id == "researchers")
    for row in range(placed.header, placed.last + 1):
        for column in range(1, 11):
            value = ws.cell(row, column).value
            ws.cell(row + 100, column).value = value + 1 if isinstance(value, int) else value


@pytest.mark.parametrize("how", LOSSES)
def test_what_is_lost_is_said_and_nothing_is_read_from_another_place(how: str) -> None:
    make, may_be_lost = LOSSES[how]
    found = read(make())
    lost = set()
    for answer in found.answers:
        key = (answer.field.id, answer.row_key)
        if answer.is_listed or answer.field.required == "register":
            continue
        if (answer.value, answer.code) == expected(FULL.answers.get(key), answer.field) and not answer.problem:
            continue
        assert answer.problem or answer.is_blank, f"{key} was read as {answer.value} from {answer.address}"
        lost.add(key)
        assert may_be_lost(key), key
    assert lost


def test_a_missing_sheet_is_named_and_its_answers_are_left_out() -> None:
    found = read(reshape.edited(WRITTEN, reshape.remove("論文")))
    assert list(found.missing_sheets) == ["論文"]
    assert not [a for a in found.answers if a.field.table in ("publications", "publication_basis")]
    assert found.value("researchers.total", "00/professor") == FULL.answers["researchers.total", "00/professor"]


def with_other_questions(book: openpyxl.Workbook) -> None:
    for key, value in book["_meta"].iter_rows(max_col=2):
        if key.value == "dictionary":
            value.value = "0123456789abcdef"


def test_optional_questions_younger_than_the_form_count_as_not_answered() -> None:
    placed = next(placed for placed in LAYOUT.blocks if placed.block.id == "units")
    (at,) = [n for n, column in enumerate(placed.columns) if column.field.id == "units.hosts"]

    def lose_hosts(book: openpyxl.Workbook) -> None:
        book["組織"].cell(placed.header, placed.first_column + at).value = None

    edits = (reshape.remove("目標"), lose_hosts)
    found = read(reshape.edited(WRITTEN, *edits, with_other_questions))
    assert not found.missing_sheets and not [a for a in found.answers if a.problem == "R.FMT.061"]
    assert [text.ja for text in found.added] == ["自機関の目標", "ホスト機関のコード（1行目）"]
    present = read(reshape.edited(WRITTEN, *edits))
    assert list(present.missing_sheets) == ["目標"] and not present.added
    assert [a.field.id for a in present.answers if a.problem == "R.FMT.061"] == ["units.hosts"]


def test_a_required_sheet_is_missed_whatever_questions_the_form_was_issued_with() -> None:
    found = read(reshape.edited(WRITTEN, reshape.remove("論文"), with_other_questions))
    assert list(found.missing_sheets) == ["論文"] and not found.added


def test_a_list_without_its_headings_is_reported_not_guessed() -> None:
    def spoil(book: openpyxl.Workbook) -> None:
        header = first_of("units") - 1
        for column in range(1, 9):
            book["組織"].cell(header, column).value = "見出し"

    answers = [
        a for a in read(reshape.edited(WRITTEN, reshape.forget_tables, spoil)).answers if a.field.table == "units"
    ]
    assert [(a.field.id, a.problem, a.sheet) for a in answers] == [("units.unit", "R.FMT.061", "組織")]


def test_a_row_that_adds_up_a_list_is_no_row_of_it() -> None:
    first = first_of("units")

    def add_up(book: openpyxl.Workbook) -> None:
        book["組織"].cell(first + 3, 2).value = "合計"
        book["組織"].cell(first + 3, 8).value = 3

    found = [a for a in read(reshape.edited(WRITTEN, add_up)).answers if a.field.table == "units"]
    assert [a.value for a in found if a.field.column == "unit"] == ["C1", "C2", "C3"]


def test_a_column_without_its_heading_is_reported_and_the_others_are_read() -> None:
    placed = next(placed for placed in LAYOUT.blocks if placed.block.id == "units")

    def spoil(book: openpyxl.Workbook) -> None:
        book["組織"].cell(placed.header, placed.first_column + 5).value = None

    found = read(reshape.edited(WRITTEN, spoil))
    answers = [a for a in found.answers if a.field.table == "units"]
    assert [a.value for a in answers if a.field.column == "unit"] == ["C1", "C2", "C3"]
    assert [(a.problem, a.row_key) for a in answers if a.field.column == "is_centre"] == [("R.FMT.061", "1")]
    assert clean_tables(found, DICTIONARY)["units"]["unit"].tolist() == ["C1", "C2", "C3"]


# lists -------------------------------------------------------------------------------------------------------


def test_rows_pasted_below_a_table_are_read_and_the_next_table_is_not() -> None:
    placed = next(placed for placed in LAYOUT.blocks if placed.block.id == "units")

    def paste(book: openpyxl.Workbook) -> None:
        for n in range(3):
            book["組織"].cell(placed.last + 1 + n, placed.first_column, f"Z{n}")

    units = [a.value for a in read(reshape.edited(WRITTEN, paste)).answers if a.field.id == "units.unit"]
    assert units == ["C1", "C2", "C3", "Z0", "Z1", "Z2"]
    countries = [a for a in read(WRITTEN).answers if a.field.id == "nationalities.country"]
    assert len(countries) == 3


def test_a_remark_far_below_a_list_is_no_row_of_it() -> None:
    def remark(book: openpyxl.Workbook) -> None:
        book["注記"].cell(200, 2, "学内用の控え")

    assert len([a for a in read(reshape.edited(WRITTEN, remark)).answers if a.field.id == "notes.cell"]) == 3


# switches and declared zeros ----------------------------------------------------------------------------------


def answer_of(issue: Issue, field: str, row_key: str = "") -> tuple[object, str, bool]:
    answer = read(write_template(DICTIONARY, issue)).by_key[field, row_key]
    return answer.value, answer.code, answer.applies


def test_what_a_switch_rules_out_is_not_asked() -> None:
    issue = Issue("core", YEAR, SOMEBODY, {("profile.has_centre", ""): "no", ("profile.has_doctoral", ""): "no"})
    assert answer_of(issue, "researchers.total", "centre/professor") == (None, "a", False)
    assert answer_of(issue, "checklist.declared", "A1/centre") == (None, "a", False)
    assert answer_of(issue, "profile.students_doctoral") == (None, "a", False)
    assert answer_of(issue, "researchers.total", "00/professor") == (None, "", True)


def test_a_table_left_out_is_not_collected_this_time() -> None:
    issue = Issue("core", YEAR, SOMEBODY, {("publication_basis.skip", ""): "yes"})
    assert answer_of(issue, "publications.papers", "2025") == (None, "nc", True)
    assert answer_of(issue, "publication_basis.database") == (None, "nc", True)


def with_zero_switch(issue: Issue, text: str) -> Submission:
    def switch(book: openpyxl.Workbook) -> None:
        at = book.defined_names["researchers_blank_is_zero"].attr_text.replace("$", "").replace("'", "")
        sheet, cell = at.split("!")
        book[sheet][cell] = text

    return read(reshape.edited(write_template(DICTIONARY, issue), switch))


def test_a_row_of_nobody_is_zero_throughout() -> None:
    issue = Issue(
        "core", YEAR, SOMEBODY, {("researchers.total", "00/other"): 0, ("researchers.total", "00/postdoc"): 5}
    )
    assert answer_of(issue, "researchers.foreign", "00/other") == (0, "", True)
    assert answer_of(issue, "researchers.foreign", "00/postdoc") == (None, "", True)


def test_declared_zeros_fill_blanks_but_never_a_total() -> None:
    issue = Issue("core", YEAR, SOMEBODY, {("researchers.foreign", "00/professor"): 3})
    found = with_zero_switch(issue, "はい / Yes")
    assert found.value("researchers.female", "00/professor") == 0
    assert found.by_key["researchers.female", "00/professor"].read_as == "0"
    assert found.value("researchers.foreign", "00/professor") == 3
    assert found.value("researchers.total", "00/professor") is None
    assert with_zero_switch(issue, "いいえ / No").value("researchers.female", "00/professor") is None


def test_declared_zeros_are_found_without_their_name() -> None:
    issue = Issue("core", YEAR, SOMEBODY, {("researchers.foreign", "00/professor"): 3})

    def switch(book: openpyxl.Workbook) -> None:
        at = book.defined_names["researchers_blank_is_zero"].attr_text.replace("$", "").replace("'", "")
        book[at.split("!")[0]][at.split("!")[1]] = "はい / Yes"

    data = reshape.edited(write_template(DICTIONARY, issue), switch, reshape.forget_names)
    assert read(data).value("researchers.female", "00/professor") == 0


# what people really type ---------------------------------------------------------------------------------------


Key = tuple[str, str]
KINDS = {"count": "researchers.total", "year": "checklist_details.since", "choice": "documents.language"}
KINDS |= {"date": "publication_basis.extracted_on", "text": "checklist_details.evidence", "yes": "profile.has_centre"}
READ_RIGHT: list[tuple[str, object, object]] = [
    ("count", "１，２３４", 1234),
    ("count", "1,234人", 1234),
    ("count", "12　名", 12),
    ("count", "12.0", 12),
    ("count", "12", 12),
    ("count", "'12", 12),
    ("count", "\u00a012\u3000", 12),
    ("count", "12\u200b", 12),
    ("year", "昭和60年", 1985),
    ("year", "Ｓ６０", 1985),
    ("year", "1985年", 1985),
    ("date", "令和8年6月1日", date(2026, 6, 1)),
    ("date", "R8.6.1", date(2026, 6, 1)),
    ("date", "２０２６／６／１", date(2026, 6, 1)),
    ("date", "2026.06.01", date(2026, 6, 1)),
    ("date", datetime(2026, 6, 1, 15, 30), date(2026, 6, 1)),
    ("choice", "日本語 のみ", "ja_only"),
    ("choice", "　BILINGUAL ", "bilingual"),
    ("yes", "○", "yes"),
    ("text", "国際ｷｶｸ課", "国際キカク課"),
    ("text", "国際カ\u3099イト\u3099課", "国際ガイド課"),
]
CHOSEN: list[tuple[str, object, object, str]] = [
    *[("publication_list.top10", typed, "yes", "") for typed in ("はい / Yes", "○", "TRUE", True, 1.0, "有")],
    *[("publication_list.corresponding_own", typed, "no", "") for typed in ("いいえ", "×", False, 0.0, "N")],
    ("publication_list.top10", "m 把握していない", None, "m"),
    ("checklist.declared", "段階２", 2, ""),
    ("outbound.length", "31日〜365日", "medium", ""),
    *[("researchers.fte", typed, Decimal("340.25"), "") for typed in (340.25, "340.25人", "340.25 FTE")],
]


@pytest.mark.parametrize(("field", "typed", "value", "code"), CHOSEN)
def test_choices_are_read_alike_whether_or_not_they_offer_a_code(
    field: str, typed: object, value: object, code: str
) -> None:
    found = read_value(DICTIONARY, DICTIONARY.fields[field], {"item": "A1"}, typed)
    assert (found.value, found.code, found.problem) == (value, code, "")


ASKED: list[tuple[str, object, object]] = [
    *[("count", typed, "R.VAL.002") for typed in ("－", "-", "ー", "？", "なし", "N/A", "不明")],
    *[("count", typed, "R.VAL.003") for typed in ("約120", "100以上", "10～20", "12-15", "12人程度")],
    *[("count", typed, "R.VAL.010") for typed in ("▲12", "△3", -3)],
    *[("count", typed, "R.VAL.006") for typed in ("12(11)", "12人（うち女性3人）")],
    *[("count", typed, "R.VAL.007") for typed in ("十二", "〇")],
    *[("count", typed, "R.VAL.008") for typed in ("①", "12²")],
    *[("count", typed, "R.VAL.009") for typed in ("3千", "1.2万")],
    *[("count", typed, "R.VAL.018") for typed in (datetime(2026, 5, 1), "令和8年5月1日")],
    *[("count", typed, "R.VAL.001") for typed in ("0.3",)],
    *[("count", typed, "R.VAL.025") for typed in ("〃", "同上")],
    ("count", True, "R.VAL.019"),
    ("count", "nc", "R.VAL.004"),
    ("count", 100_001, "R.VAL.005"),
    ("year", "24", "R.VAL.013"),
    ("date", "6/1/26", "R.VAL.022"),
    ("date", "6月末", "R.VAL.012"),
    ("choice", "一部だけ", "R.VAL.011"),
]


def spread(cases: Sequence[tuple[str, object, object]]) -> Iterator[tuple[bytes, list[tuple[Key, object, object]]]]:
    """As few workbooks as need be, each case typed into a cell of its own by another program."""
    books: list[list[tuple[Key, object, object]]] = []
    for kind, typed, want in cases:
        keys = [(f, row_key) for f, row_key in LAYOUT.slots if f == KINDS[kind]]
        book = next((b for b in books if set(keys) - {case[0] for case in b}), None)
        if book is None:
            books.append(book := [])
        taken = {case[0] for case in book}
        book.append((next(key for key in keys if key not in taken), typed, want))
    blank = write_template(DICTIONARY, Issue("core", YEAR, SOMEBODY))
    for book in books:
        yield reshape.edited(blank, *(type_in(key, typed) for key, typed, _ in book)), book


def type_in(key: Key, typed: object) -> Callable[[openpyxl.Workbook], None]:
    """Types a value into the cell of an answer."""
    sheet, row, column = LAYOUT.cells[key]
    return lambda book: setattr(book[sheet].cell(row, column), "value", typed)


def findings_at(data: bytes) -> tuple[Submission, set[tuple[str, str, str]]]:
    """The submission, and (rule, severity, address) of every finding of one cell."""
    found = read(data)
    checked = validate(found, DICTIONARY, load_register()).findings
    return found, {(f.rule, f.severity, f"{f.sheet}!{cell}") for f in checked for cell in f.cells}


def test_what_people_type_is_read_right_with_a_note_at_its_cell() -> None:
    for data, book in spread(READ_RIGHT):
        found, noted = findings_at(data)
        for key, typed, want in book:
            answer = found.by_key[key]
            assert (answer.value, answer.problem) == (want, ""), (typed, answer)
            is_same = str(typed).strip() == str(want)
            assert (("R.VAL.090", "note", answer.address) in noted) != is_same, (typed, noted)


def test_what_is_ambiguous_is_asked_at_its_cell_and_never_guessed() -> None:
    for data, book in spread(ASKED):
        found, asked = findings_at(data)
        for key, typed, rule in book:
            answer = found.by_key[key]
            assert (answer.value, answer.code, answer.problem) == (None, "", rule), (typed, answer)
            assert (rule, "error", answer.address) in asked, (typed, rule)


# formulas in answers -------------------------------------------------------------------------------------------


def with_formula(result: str) -> Submission:
    """A formula in one answer cell with this cached result, as it stands in the package."""
    sheet, row, column = LAYOUT.cells["researchers.total", "00/professor"]
    cell = f"{openpyxl.utils.get_column_letter(column)}{row}"

    def edit(book: openpyxl.Workbook) -> None:
        book[sheet][cell] = "=1+1"

    data = reshape.edited(WRITTEN, edit)
    return read(reshape_part(data, rf'(<c r="{cell}"[^>]*?)( t="\w+")?><f>1\+1</f><v ?/?>(</v>)?', result))


def reshape_part(data: bytes, pattern: str, result: str) -> bytes:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    done = 0
    for name in parts:
        if name.startswith("xl/worksheets/sheet"):
            text, times = re.subn(pattern, lambda m: m[1] + result, parts[name].decode("utf-8"))
            parts[name], done = text.encode("utf-8"), done + times
    assert done == 1
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return target.getvalue()


@pytest.mark.parametrize(
    ("result", "value", "problem"),
    [
        ("><f>1+1</f><v>2</v>", 2, "R.VAL.033"),
        ("><f>1+1</f>", None, "R.VAL.032"),
        (' t="str"><f>IF(1,"",1)</f><v></v>', None, ""),
        (' t="e"><f>1+1</f><v>#REF!</v>', None, "R.VAL.031"),
    ],
)
def test_a_formula_is_read_with_a_note_or_reported(result: str, value: object, problem: str) -> None:
    answer = with_formula(result).by_key["researchers.total", "00/professor"]
    assert (answer.value, answer.problem) == (value, problem)
    assert answer.is_blank == (not problem)


# what the workbook says about itself -----------------------------------------------------------------------------


def test_a_form_without_its_hidden_sheet_is_known_by_its_stamp() -> None:
    for issue, is_demo in ((FULL, False), (replace(FULL, is_demo=True), True)):
        found = read(reshape.edited(write_template(DICTIONARY, issue), reshape.remove("_meta")))
        assert (found.form, found.year, found.institution, found.is_demo) == ("core", YEAR, SOMEBODY.code, is_demo)
        assert found.meta["intact"] == "no"
        assert_same(issue, found)


def test_a_workbook_that_is_no_form_is_refused() -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "研究者"
    target = io.BytesIO()
    book.save(target)
    with pytest.raises(Refusal) as caught:
        read(target.getvalue())
    assert caught.value.rule == "FMT-60"


@pytest.mark.parametrize(("key", "value"), [("form", "corn"), ("round", "1999"), ("round", "20２６"), ("round", "")])
def test_a_form_that_nobody_issued_is_refused(key: str, value: str) -> None:
    def change(book: openpyxl.Workbook) -> None:
        for row in book["_meta"].iter_rows():
            if row[0].value == key:
                row[1].value = value

    with pytest.raises(Refusal):
        read(reshape.edited(WRITTEN, change))


def test_a_workbook_without_any_sign_of_a_form_is_refused_before_its_sheets_are_read(monkeypatch) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "other"
    data = io.BytesIO()
    book.save(data)
    monkeypatch.setattr("schemas.xlsx.read_workbook.judge_sheet", None)
    with pytest.raises(Refusal) as refused:
        read_workbook(data.getvalue(), judge=refuse_other_workbooks)
    assert refused.value.rule == "FMT-60"


@pytest.mark.parametrize("sign", [(("_meta",), ()), (("記入要領",), ()), ((), ("meta_form",))])
def test_any_sign_of_a_form_lets_a_workbook_be_read(sign: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
    sheets, names = sign
    sheets = tuple(load_guide().sheet if name == "記入要領" else name for name in sheets)
    assert refuse_other_workbooks(sheets, names) is None
    with pytest.raises(Refusal):
        refuse_other_workbooks(("Sheet1",), ("total",))


@pytest.mark.parametrize(
    ("raw", "quoted"),
    [
        (120000.0, "120000"),
        (12.5, "12.5"),
        (True, "TRUE"),
        (None, ""),
        (datetime(2026, 5, 1), "2026-05-01"),
        ("12 人", "12 人"),
        (1e300, "1" + "0" * 300),
    ],
)
def test_a_sentence_quotes_a_cell_as_the_sheet_shows_it(raw: object, quoted: str) -> None:
    assert typed_text(raw) == quoted
