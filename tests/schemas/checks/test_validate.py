"""Validation of a whole form: never a crash, errors first, the finding where the change was made."""

import io
from dataclasses import replace
from datetime import date
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment
from openpyxl.styles import Font

from schemas.checks.validate import Validated, validate
from schemas.dictionary.dictionary import load_dictionary
from schemas.dictionary.field import NUMERIC
from schemas.form.issue import Given, Issue
from schemas.form.layout import lay_out
from schemas.reading.answer import Submission
from schemas.reading.clean_tables import clean_tables
from schemas.reading.read_submission import read_submission
from schemas.register import load_register
from schemas.rules.finding import SEVERITIES, Finding, count_by_severity, render_text, status_of
from schemas.rules.rule import load_rules
from schemas.template.write_template import write_template
from schemas.xlsx.read_workbook import read_workbook
from schemas.xlsx.refusal import Refusal
from schemas.xlsx.sheet_limits import CELL_ERRORS
from tests.support import reshape
from tests.support.rule_cases import INSTITUTION
from tests.support.sample_forms import sample_issue

pytestmark = pytest.mark.filterwarnings("ignore:.*(extension is not supported|no default style):UserWarning")

DICTIONARY = load_dictionary()
REGISTER = load_register()
KNOWN = REGISTER.institutions[INSTITUTION]
YEAR = 2026
LAYOUT = lay_out(DICTIONARY, "core", YEAR)
BLANK = write_template(DICTIONARY, Issue("core", YEAR, KNOWN))
PEOPLE = ("total", "foreign", "female", "pi", "foreign_pi", "hired", "foreign_hired", "hired_open_call")
POSITIONS = ("professor", "associate", "assistant", "specially_appointed", "postdoc", "other")


def read(data: bytes) -> Submission:
    return read_submission(read_workbook(data), DICTIONARY)


def judged(answers: dict[tuple[str, str], Given], **more: Any) -> Validated:
    lists = more.pop("lists", {})
    submission = read(write_template(DICTIONARY, Issue("core", YEAR, KNOWN, answers, lists)))
    return validate(submission, DICTIONARY, REGISTER, **more)


def faults(validated: Validated) -> list[Finding]:
    """The findings except those about blanks, which most of these small forms have."""
    return [f for f in validated.findings if f.rule != "R.SUB.066"]


# blanks ------------------------------------------------------------------------------------------------------


def test_every_blank_that_is_asked_is_named_once_and_nothing_else() -> None:
    validated = judged({})
    assert faults(validated) == []
    asked, _ = DICTIONARY.burden("core", YEAR)
    assert len(validated.findings) == asked
    assert len({f.id for f in validated.findings}) == asked
    assert len(validated.blocked) == asked


def test_switches_take_questions_out() -> None:
    no_centre = judged({("profile.has_centre", ""): "no"})
    about = {f.field for f in no_centre.findings if f.row_key.startswith("centre/") or f.row_key.endswith("/centre")}
    assert about == set()
    assert not [f for f in no_centre.findings if f.field.startswith("units.")]


# where and in which order ----------------------------------------------------------------------------------------


def errors_of_values(validated: Validated) -> list[Finding]:
    return [f for f in faults(validated) if f.severity == "error" and f.rule.startswith("R.VAL")]


CLOSED = [
    key
    for key, slot in sorted(LAYOUT.slots.items())
    if slot.field.required != "register" and slot.field.type not in ("text", "long_text")
]
UNREADABLE = st.sampled_from(["約12", "#", "12(11)", "調整中"])


@settings(max_examples=5, deadline=None)
@given(
    st.dictionaries(st.sampled_from(CLOSED), UNREADABLE | st.sampled_from(["▲5", "十二"]), min_size=4, max_size=8),
)
def test_each_finding_stands_at_its_cell_that_was_changed(typed: dict[tuple[str, str], str]) -> None:
    base = {("profile.has_centre", ""): "yes", ("profile.has_doctoral", ""): "yes"}
    found = errors_of_values(judged({**base, **typed}))
    assert sorted((x.field, x.row_key) for x in found) == sorted(typed)
    for one in found:
        key = (one.field, one.row_key)
        sheet, row, column = LAYOUT.cells[key]
        assert (one.sheet, one.cells) == (sheet, (f"{openpyxl.utils.get_column_letter(column)}{row}",))
        assert one.blocks == (key,)


LISTED = {
    "nationalities.persons": {"country": "CN", "persons": 3},
    "units.field_group": {"unit": "B1", "name_ja": "理学部", "name_en": "Science", "kind": "faculty",
                          "field_group": "physics", "is_centre": "no"},
}  # fmt: skip


ROWS = st.dictionaries(st.integers(0, 4), UNREADABLE, min_size=1)


@settings(max_examples=4, deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys(LISTED, ROWS)))
def test_each_finding_stands_at_its_row_of_a_list_that_was_changed(typed: dict[str, dict[int, str]]) -> None:
    lists: dict[str, list[dict[str, Given]]] = {}
    expected = set()
    for field, faulty in typed.items():
        block, column = field.split(".")
        placed = next(p for p in LAYOUT.blocks if p.block.id == block)
        at = next(n for n, c in enumerate(placed.columns) if c.field.id == field)
        lists[block] = [{**LISTED[field], **({column: faulty[n]} if n in faulty else {})} for n in range(5)]
        letter = openpyxl.utils.get_column_letter(placed.cell(0, at)[1])
        expected |= {(placed.sheet.name, (f"{letter}{placed.first + n}",)) for n in faulty}
    found = errors_of_values(judged({}, lists=lists))
    assert {(f.sheet, f.cells) for f in found} == expected and len(found) == len(expected)


COUNTS: dict[str, list[tuple[int, int]]] = {}
for each, slot in sorted(LAYOUT.slots.items()):
    if slot.field.type == "count":
        COUNTS.setdefault(slot.sheet.name, []).append(LAYOUT.cells[each][1:])
BESIDE = {"strike": "R.FMT.011", "comment": "R.FMT.065", "row": "R.FMT.014", "column": "R.FMT.014"}


@settings(max_examples=4, deadline=None)
@given(st.permutations(sorted(COUNTS)), st.sampled_from(["row", "column"]), st.data())
def test_what_stands_beside_a_value_is_told_at_the_cell_that_was_changed(
    sheets: list[str], hidden: str, data: st.DataObject
) -> None:
    """Each kind on a sheet of its own, so that a hidden row or column hides no other changed cell."""
    kinds = ("strike", "comment", hidden)
    changed = {
        what: (sheet, *data.draw(st.sampled_from(COUNTS[sheet])))
        for what, sheet in zip(kinds, sheets[: len(kinds)], strict=True)
    }

    def change(book: openpyxl.Workbook) -> None:
        for what, (sheet, row, column) in changed.items():
            ws = book[sheet]
            cell = ws.cell(row, column, 7)
            if what == "strike":
                cell.font = Font(strike=True)
            elif what == "comment":
                cell.comment = Comment("要確認", "担当")
            elif what == "row":
                ws.row_dimensions[row].hidden = True
            else:
                ws.column_dimensions[cell.column_letter].hidden = True

    edited = reshape.edited(BLANK, change)
    book = read_workbook(edited)
    found = validate(read_submission(book, DICTIONARY), DICTIONARY, REGISTER, book=book, data=edited).findings
    told = {(f.rule, f.sheet, f.cells) for f in found if f.rule.startswith("R.FMT")}
    assert told == {
        (BESIDE[what], sheet, (f"{openpyxl.utils.get_column_letter(column)}{row}",))
        for what, (sheet, row, column) in changed.items()
    }


def test_errors_come_first_then_sheets_in_order() -> None:
    found = judged(
        {
            ("publications.papers", "2025"): "１２",
            ("researchers.total", "00/professor"): "約3",
            ("profile.staff", ""): "12名",
            ("profile.students_master", ""): "x(1)",
        }
    ).findings
    severities = [SEVERITIES.index(f.severity) for f in found]
    assert severities == sorted(severities)
    names = [sheet.name for sheet in DICTIONARY.sheets]
    for severity in SEVERITIES:
        places = [names.index(f.sheet) for f in found if f.severity == severity and f.sheet]
        assert places == sorted(places)


def test_only_errors_block_and_each_blocks_what_it_concerns() -> None:
    validated = judged({("researchers.total", "00/professor"): 3, ("researchers.foreign", "00/professor"): 5})
    (fault,) = faults(validated)
    assert fault.rule == "R.RES.001"
    assert {("researchers.total", "00/professor"), ("researchers.foreign", "00/professor")} <= validated.blocked
    assert ("researchers.total", "00/associate") in validated.blocked  # blank
    read_as = judged({("researchers.total", "00/professor"): "１２名"})
    assert [f.rule for f in faults(read_as)] == ["R.VAL.090"]
    assert ("researchers.total", "00/professor") not in read_as.blocked


def test_ids_stay_the_same_over_uploads_and_differ_between_findings() -> None:
    answers = {("researchers.total", "00/professor"): 3, ("researchers.foreign", "00/professor"): 5}
    one, two = judged(answers), judged({**answers, ("researchers.foreign", "00/professor"): 6})
    assert [f.id for f in faults(one)] == [f.id for f in faults(two)]
    assert len({f.id for f in one.findings}) == len(one.findings)


# identity ----------------------------------------------------------------------------------------------------


def test_a_form_of_another_institution_is_an_error() -> None:
    other = next(code for code in REGISTER.institutions if code != INSTITUTION)
    assert [f.rule for f in faults(judged({}, expected_institution=other))] == ["R.SUB.201"]
    assert faults(judged({}, expected_institution=INSTITUTION)) == []


def test_a_demo_form_needs_no_register() -> None:
    demo = Issue("core", YEAR, replace(KNOWN, code="DEMO-77"), is_demo=True)
    rules = {f.rule for f in validate(read(write_template(DICTIONARY, demo)), DICTIONARY, REGISTER).findings}
    assert "R.SUB.202" not in rules
    real = {f.rule for f in validate(read(write_template(DICTIONARY, replace(demo, is_demo=False))), DICTIONARY,
                                     REGISTER).findings}  # fmt: skip
    assert "R.SUB.202" in real


# years -------------------------------------------------------------------------------------------------------


def round_of(foreign: int, total: int = 100) -> dict[tuple[str, str], Given]:
    answers: dict[tuple[str, str], Given] = {("profile.has_centre", ""): "no"}
    for position in POSITIONS:
        answers["researchers.total", f"00/{position}"] = total
        answers["researchers.foreign", f"00/{position}"] = foreign
    return answers


def test_last_round_is_compared_only_where_there_is_one() -> None:
    before = read(write_template(DICTIONARY, Issue("core", YEAR - 1, KNOWN, round_of(4))))
    previous = clean_tables(before, DICTIONARY)
    now = round_of(7, total=101)
    assert faults(judged(now)) == []
    found = faults(judged(now, previous=previous))
    assert [f.rule for f in found] == ["R.RES.011"]
    assert "24" in found[0].message.ja and "42" in found[0].message.ja and not found[0].blocks
    assert faults(judged(round_of(4, total=101), previous=previous)) == []
    assert [f.rule for f in faults(judged(round_of(4), previous=previous))] == ["R.RES.014"]
    assert faults(judged(round_of(4, total=110), previous=previous)) == [], "many people, but few per cent"
    assert [f.rule for f in faults(judged(round_of(4, total=120), previous=previous))] == ["R.RES.012"]


def test_a_retired_rule_is_silent() -> None:
    rules = load_rules()
    retired = {**rules, "R.RES.001": rules["R.RES.001"].model_copy(update={"status": "retired"})}
    answers = {("researchers.total", "00/professor"): 3, ("researchers.foreign", "00/professor"): 5}
    assert [f.rule for f in faults(judged(answers))] == ["R.RES.001"]
    assert faults(judged(answers, rules=retired)) == []


# laws ----------------------------------------------------------------------------------------------------------

CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.dates(min_value=date(1901, 1, 1)),
    st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=40),
    st.sampled_from(
        ["", " ", "　", "a", "m", "c", "nc", "x", "はい / Yes", "0", "１２", "①", "12人", "－", "?", "0.3"]
    ),
    st.sampled_from(sorted(CELL_ERRORS)),
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    st.dictionaries(st.sampled_from(sorted(LAYOUT.slots)), CELLS, min_size=20, max_size=60),
    st.lists(
        st.tuples(st.sampled_from(["組織", "研究者", "注記", "説明"]), st.integers(8, 90), st.integers(1, 9), CELLS),
        min_size=5,
        max_size=20,
    ),
)
def test_random_cells_never_stop_validation(
    answers: dict[tuple[str, str], Any], scattered: list[tuple[str, int, int, Any]]
) -> None:
    def scribble(book: openpyxl.Workbook) -> None:
        reshape.unmerge(book)
        for (sheet, row, column), value in ((LAYOUT.cells[key], value) for key, value in answers.items()):
            put(book[sheet].cell(row, column), value)
        for sheet, row, column, value in scattered:
            put(book[sheet].cell(row, column), value)

    data = reshape.edited(BLANK, scribble)
    try:
        book = read_workbook(data)
        submission = read_submission(book, DICTIONARY)
    except Refusal as refused:
        assert refused.rule in load_rules()
        return
    validated = validate(submission, DICTIONARY, REGISTER, book=book, data=data)
    for f in validated.findings:
        assert f.message.ja and f.message.en and f.remedy.ja and f.remedy.en
        assert f.severity in SEVERITIES and f.rule in load_rules()


def put(cell: Any, value: Any) -> None:
    """Writes a value as a value: text is never a formula, and what no workbook can hold is left out."""
    try:
        cell.value = value
    except openpyxl.utils.exceptions.IllegalCharacterError:
        return
    if isinstance(value, str):
        cell.data_type = "s"


@settings(max_examples=6, deadline=None)
@given(st.data())
def test_parts_that_never_exceed_their_wholes_are_never_called_errors(data: st.DataObject) -> None:
    answers: dict[tuple[str, str], Given] = {("profile.has_centre", ""): "no"}
    for position in POSITIONS:
        total = data.draw(st.integers(0, 5000))
        foreign, pi, hired = (data.draw(st.integers(0, total)) for _ in range(3))
        row = {"total": total, "foreign": foreign, "pi": pi, "hired": hired}
        row["female"] = data.draw(st.integers(0, total))
        row["foreign_pi"] = data.draw(st.integers(0, min(foreign, pi)))
        row["foreign_hired"], row["hired_open_call"] = (data.draw(st.integers(0, hired)) for _ in range(2))
        answers |= {(f"researchers.{column}", f"00/{position}"): row[column] for column in PEOPLE}
    assert [f for f in faults(judged(answers)) if f.severity == "error"] == []


# findings as data ----------------------------------------------------------------------------------------------


def test_json_lists_at_most_a_hundred_cells_and_counts_all() -> None:
    rule = load_rules()["R.FMT.062"]
    found = rule.finding({"count": 300}, field="names", cells=tuple(f"A{n}" for n in range(1, 301)), count=300)
    shown = found.as_json()
    assert len(shown["cells"]) == 100 and shown["count"] == 300 and shown["cell"] == "A1"  # type: ignore[arg-type]
    assert "300" in found.message.ja and "300" in found.message.en


def test_the_worst_severity_is_the_status() -> None:
    rules = load_rules()
    error, check, note = (rules[r].finding({}) for r in ("R.VAL.001", "R.RES.011", "R.VAL.090"))
    assert status_of([note, check, error]) == "error"
    assert status_of([note, check]) == "check"
    assert status_of([note]) == status_of([]) == "ok"
    assert count_by_severity([note, check, error, note]) == {"error": 1, "check": 1, "note": 2}


def test_a_parameter_that_is_a_text_is_taken_in_the_language_of_the_sentence() -> None:
    rule = load_rules()["R.SUB.066"]
    label = DICTIONARY.fields["researchers.foreign"].label
    said = render_text(rule.text, {"cell": "研究者!D7", "label": label})
    assert label.ja in said.ja and label.en in said.en and label.ja not in said.en


def test_user_text_is_not_taken_for_a_placeholder() -> None:
    found = faults(judged({("profile.staff", ""): "{cell} 約{0}"}))
    assert [f.value for f in found] == ["{cell} 約{0}"]
    assert "{cell} 約{0}" in found[0].message.ja


def test_a_blank_is_told_what_its_own_question_takes() -> None:
    blanks = {f.field: f for f in validate(read(BLANK), DICTIONARY, REGISTER).findings if f.rule == "R.SUB.066"}
    assert {DICTIONARY.fields[name].type for name in blanks} >= {"count", "yes_no", "choice", "level", "date", "year"}
    for name, finding in blanks.items():
        f = DICTIONARY.fields[name]
        assert ("「0」" in finding.remedy.ja) == (f.type in NUMERIC), name
        assert ("選択肢：" in finding.remedy.ja) == (f.type in ("yes_no", "choice", "level")), name
        assert ("a 該当なし" in finding.remedy.ja) == ("a" in f.codes), name


def test_a_workbook_saved_without_values_is_still_judged() -> None:
    target = io.BytesIO()
    openpyxl.load_workbook(io.BytesIO(BLANK)).save(target)
    validated = validate(read(target.getvalue()), DICTIONARY, REGISTER)
    assert faults(validated) == []


def test_programmes_that_are_all_still_open_are_judged() -> None:
    """A column in which every cell is blank is a column of missing numbers, not of dates."""
    issue = sample_issue("sample-full")
    lists = {**issue.lists, "degrees": [{**row, "closed_in": None} for row in issue.lists["degrees"]]}
    submission = read(write_template(DICTIONARY, replace(issue, lists=lists)))
    found = validate(submission, DICTIONARY, REGISTER)
    assert found.tables["degrees"]["closed_in"].isna().all() and len(found.tables["degrees"]) > 0


def test_evidence_that_could_not_be_read_is_not_called_missing() -> None:
    """A choice that is none of the list is an error at its cell; the item still counts as without evidence."""
    issue = sample_issue("sample-average")
    item = next(key[1] for key, value in issue.answers.items() if key[0] == "checklist_details.evidence_kind" and value)
    typed = write_template(
        DICTIONARY, replace(issue, answers={**issue.answers, ("checklist_details.evidence_kind", item): "規定集"})
    )
    assert [f.rule for f in validate(read(typed), DICTIONARY, REGISTER).findings] == ["R.VAL.011"]
