"""A form comes back with the answers it was given, whoever saved it and whatever moved; or it says what is lost."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.answer import Submission
from schemas.dictionary import Slot, load_dictionary
from schemas.field import NUMERIC, Field
from schemas.intake import Refusal, read_workbook
from schemas.layout import lay_out
from schemas.normalise import read_text
from schemas.options import options
from schemas.reading import read_submission, read_value
from schemas.register import Institution
from schemas.tables import clean_tables
from schemas.workbook import Given, Issue, write_template
from tests.schemas import reshape
from tests.schemas.office import saved_by_libreoffice

pytestmark = pytest.mark.filterwarnings("ignore:.*(extension is not supported|no default style):UserWarning")

DICTIONARY = load_dictionary()
YEAR = 2026
LAYOUT = lay_out(DICTIONARY, "core", YEAR)
SOMEBODY = Institution("DEMO-91", "デモ試験大学（架空）", "Demo Test University (fictional)", "public", "香川県")
SLOTS = [slot for slot in LAYOUT.slots.values() if slot.field.required != "register"]
LISTS = {placed.block.id: placed.block for placed in LAYOUT.blocks if placed.block.kind == "list"}
SWITCHES = {"profile.has_doctoral": "yes", "profile.has_centre": "yes"}
LEAVE_OUT = {"publication_basis.skip", "faculty_classes.skip"}


# values that an answer may have ------------------------------------------------------------------------------


def clean_texts(limit: int) -> st.SearchStrategy[str]:
    """Texts that reading leaves as they are and has nothing to say about."""

    def is_plain(text: str) -> bool:
        reading = read_text(text, max_length=limit)
        return reading.value == text and not reading.problem and not reading.read_as

    letters = st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"])
    return st.text(letters, min_size=1, max_size=min(limit, 30)).filter(is_plain)


def values_of(f: Field, keys: dict[str, str]) -> st.SearchStrategy[Given]:
    """What may be written into an answer of this field, codes of drop-downs included."""
    codes: st.SearchStrategy[Given] = st.sampled_from(f.codes) if f.codes else st.nothing()
    if f.type == "count":
        return st.integers(0, int(f.limit)) | codes
    if f.type == "decimal":
        return st.integers(0, 10**6).map(lambda n: Decimal(n) / 1000) | codes
    if f.type == "year":
        return st.integers(int(f.minimum), int(f.limit))
    if f.type == "date":
        return st.dates(date(1950, 1, 1), date(2100, 12, 31))
    if f.type in ("choice", "yes_no", "level"):
        shown = [code for code in options(DICTIONARY, f, keys) if code not in f.codes]
        numbers: st.SearchStrategy[Given] = st.sampled_from([int(c) if f.type == "level" else c for c in shown])
        return numbers | codes
    return clean_texts(f.max_length)


def filled(draw: st.DrawFn, slots: list[Slot]) -> dict[tuple[str, str], Given]:
    answers: dict[tuple[str, str], Given] = {}
    for slot in slots:
        fixed = SWITCHES.get(slot.field.id)
        if slot.field.id not in LEAVE_OUT:
            answers[slot.field.id, slot.row_key] = fixed or draw(values_of(slot.field, dict(slot.keys)))
    return answers


@st.composite
def issues(draw: st.DrawFn) -> Issue:
    """Core forms with some fixed answers, and with lists."""
    slots = draw(st.lists(st.sampled_from(SLOTS), unique_by=lambda slot: slot.name, max_size=60))
    required = [slot for slot in SLOTS if slot.field.id in SWITCHES]
    lists = {}
    for name, block in LISTS.items():
        rows = draw(st.integers(0, 3))
        lists[name] = [{f.column: draw(values_of(f, {})) for f in block.fields} for _ in range(rows)]
    return Issue("core", YEAR, SOMEBODY, filled(draw, slots + required), lists)


def read(data: bytes) -> Submission:
    return read_submission(read_workbook(data), DICTIONARY)


def expected(given_value: Given, f: Field) -> tuple[object, str]:
    """(value, code) with which a written answer comes back."""
    if isinstance(given_value, str) and given_value in f.codes:
        return None, given_value
    return given_value, ""


def assert_same(issue: Issue, found: Submission) -> None:
    answers = {(a.field.id, a.row_key): a for a in found.answers if a.field.required != "register" and not a.is_listed}
    assert set(answers) == {(slot.field.id, slot.row_key) for slot in SLOTS}
    for key, answer in answers.items():
        want = expected(issue.answers.get(key), answer.field)
        has = (answer.value, answer.code)
        zero_row = has == (0, "") and issue.answers.get((f"{answer.field.table}.total", answer.row_key)) == 0
        assert has == want or (want == (None, "") and zero_row), key
        assert not answer.problem and not answer.read_as, (key, answer)
    for name, block in LISTS.items():
        for n, row in enumerate(issue.lists.get(name, []), 1):
            for f in block.fields:
                (listed,) = (a for a in found.answers if a.field.id == f.id and a.row_key == str(n))
                assert (listed.value, listed.code) == expected(row[f.column], f), (f.id, n)
        rows = {a.row_key for a in found.answers if a.field.table == name and a.value is not None}
        assert len(rows) == len(issue.lists.get(name, []))


# round trips -------------------------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(issues())
def test_what_is_written_is_read(issue: Issue) -> None:
    found = read(write_template(DICTIONARY, issue))
    assert (found.form, found.year, found.institution) == ("core", YEAR, SOMEBODY.code)
    assert not found.missing_sheets and not found.moved
    assert_same(issue, found)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_reading_a_value_again_changes_nothing(data: st.DataObject) -> None:
    slot = data.draw(st.sampled_from(SLOTS))
    value = data.draw(values_of(slot.field, dict(slot.keys)))
    text = options(DICTIONARY, slot.field, dict(slot.keys)).get(str(value), value)
    raw = float(text) if isinstance(text, int | Decimal) and slot.field.type in (*NUMERIC, "year") else text
    once = read_value(DICTIONARY, slot.field, slot.keys, raw)
    assert not once.problem and not once.read_as
    shown = options(DICTIONARY, slot.field, dict(slot.keys)).get(str(once.value), once.value)
    again = read_value(DICTIONARY, slot.field, slot.keys, once.code or shown)
    assert (again.value, again.code) == (once.value, once.code)


def full_issue() -> Issue:
    """Every fixed answer and some rows of every list, each number unlike its neighbours'."""
    answers: dict[tuple[str, str], Given] = {}
    for n, slot in enumerate(SLOTS, 1):
        f, keys = slot.field, dict(slot.keys)
        if f.id in LEAVE_OUT:
            continue
        shown = [code for code in options(DICTIONARY, f, keys) if code not in f.codes]
        value: Given = f"{f.label.ja}の回答{n}"[-f.max_length :]
        if f.type in NUMERIC:
            value = min(n, int(f.limit)) if n % 7 or not f.codes else f.codes[n % len(f.codes)]
        elif f.type == "year":
            value = int(f.limit) - n % 50
        elif f.type == "date":
            value = date(2026, 1, 1) + timedelta(days=n)
        elif shown:
            value = int(shown[n % len(shown)]) if f.type == "level" else shown[n % len(shown)]
        answers[f.id, slot.row_key] = SWITCHES.get(f.id, value)
    lists: dict[str, list[dict[str, Given]]] = {
        "units": [{"unit": f"C{n}", "name_ja": f"部局{n}", "name_en": f"Unit {n}", "kind": "faculty"} for n in (1, 2)],
        "nationalities": [{"country": "CN", "persons": 4}, {"country": "KR", "persons": "c"}],
        "notes": [{"cell": "研究者!D7", "flag": "e", "remark": "推計です", "confidential": 7}],
        "explanations": [{"finding": "abc", "explanation": "組織の改編によります"}],
    }
    for name, rows in lists.items():
        lists[name] = [{f.column: row.get(f.column) for f in LISTS[name].fields} for row in rows]
    return Issue("core", YEAR, SOMEBODY, answers, lists)


FULL = full_issue()
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


@pytest.mark.office
def test_answers_survive_libreoffice(tmp_path: Path) -> None:
    blank = write_template(DICTIONARY, Issue("core", YEAR, SOMEBODY))
    saved = saved_by_libreoffice({"full": WRITTEN, "moved": SAFE["row inserted in a form"](), "blank": blank}, tmp_path)
    for name in ("full", "moved"):
        assert_same(FULL, read(saved[name]))
    assert not read(saved["full"]).moved
    assert {a.value for a in read(saved["blank"]).answers if a.field.required != "register"} == {None}
    tables = [clean_tables(read(data), DICTIONARY) for data in (WRITTEN, saved["full"])]
    for name, frame in tables[0].items():
        assert frame.equals(tables[1][name]), name


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
    "column before the answers of forms, names lost": (
        lambda: reshape.edited(WRITTEN, reshape.insert_columns("機関情報", 3), reshape.forget_names),
        lambda key: key[0].startswith("profile."),
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


def test_answers_behind_an_inserted_column_are_called_lost_not_blank() -> None:
    found = read(reshape.edited(WRITTEN, reshape.insert_columns("機関情報", 3), reshape.forget_names))
    asked = [a for a in found.answers if a.field.table == "profile" and a.field.required == "always"]
    assert asked and {a.problem for a in asked} == {"R.FMT.061"}


def test_a_missing_sheet_is_named_and_its_answers_are_left_out() -> None:
    found = read(reshape.edited(WRITTEN, reshape.remove("論文")))
    assert list(found.missing_sheets) == ["論文"]
    assert not [a for a in found.answers if a.field.table in ("publications", "publication_basis")]
    assert found.value("researchers.total", "00/professor") == FULL.answers["researchers.total", "00/professor"]


def test_a_list_without_its_headings_is_reported_not_guessed() -> None:
    def spoil(book: openpyxl.Workbook) -> None:
        header = first_of("units") - 1
        for column in range(1, 9):
            book["組織"].cell(header, column).value = "見出し"

    answers = [
        a for a in read(reshape.edited(WRITTEN, reshape.forget_tables, spoil)).answers if a.field.table == "units"
    ]
    assert [(a.field.id, a.problem, a.sheet) for a in answers] == [("units.unit", "R.FMT.061", "組織")]


def test_a_column_without_its_heading_is_reported_and_the_others_are_read() -> None:
    placed = next(placed for placed in LAYOUT.blocks if placed.block.id == "units")

    def spoil(book: openpyxl.Workbook) -> None:
        book["組織"].cell(placed.header, placed.first_column + 5).value = None

    found = read(reshape.edited(WRITTEN, spoil))
    answers = [a for a in found.answers if a.field.table == "units"]
    assert [a.value for a in answers if a.field.column == "unit"] == ["C1", "C2"]
    assert [(a.problem, a.row_key) for a in answers if a.field.column == "is_centre"] == [("R.FMT.061", "1")]
    assert clean_tables(found, DICTIONARY)["units"]["unit"].tolist() == ["C1", "C2"]


# lists -------------------------------------------------------------------------------------------------------


def test_rows_pasted_below_a_table_are_read_and_the_next_table_is_not() -> None:
    placed = next(placed for placed in LAYOUT.blocks if placed.block.id == "units")

    def paste(book: openpyxl.Workbook) -> None:
        for n in range(3):
            book["組織"].cell(placed.last + 1 + n, placed.first_column, f"Z{n}")

    units = [a.value for a in read(reshape.edited(WRITTEN, paste)).answers if a.field.id == "units.unit"]
    assert units == ["C1", "C2", "Z0", "Z1", "Z2"]
    countries = [a for a in read(WRITTEN).answers if a.field.id == "nationalities.country"]
    assert len(countries) == 2


def test_a_remark_far_below_a_list_is_no_row_of_it() -> None:
    def remark(book: openpyxl.Workbook) -> None:
        book["注記"].cell(200, 2, "学内用の控え")

    assert len([a for a in read(reshape.edited(WRITTEN, remark)).answers if a.field.id == "notes.cell"]) == 1


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
        (' t="e"><f>1+1</f><v>#REF!</v>', None, "R.VAL.031"),
    ],
)
def test_a_formula_is_read_with_a_note_or_reported(result: str, value: object, problem: str) -> None:
    answer = with_formula(result).by_key["researchers.total", "00/professor"]
    assert (answer.value, answer.problem) == (value, problem)


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
