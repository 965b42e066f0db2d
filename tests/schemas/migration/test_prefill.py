"""Last time's form fills in the descriptions of the next one, shows its counts, and answers none of them."""

import io
from datetime import date
from functools import cache

import openpyxl
import pytest

from schemas.dictionary.dictionary import load_dictionary
from schemas.dictionary.field import FORMS, NUMERIC, Form
from schemas.form.layout import lay_out
from schemas.migration.prefill import PLAN, prefill_form, previous_of
from schemas.reading.answer import Submission
from schemas.reading.read_submission import read_submission
from schemas.template.write_template import write_template
from schemas.xlsx.read_workbook import read_workbook
from tests.support.sample_forms import SAMPLE, sample_bytes, sample_issue
from tests.support.when_asked import WhenAsked

pytestmark = pytest.mark.filterwarnings("ignore:.*(extension is not supported|no default style):UserWarning")

DICTIONARY = load_dictionary()
SOMEBODY, YEAR = SAMPLE, 2027


@cache
def submission() -> Submission:
    return read_submission(read_workbook(sample_bytes("sample-strong")), DICTIONARY)


ISSUES = WhenAsked(FORMS, lambda form: prefill_form(DICTIONARY, form, YEAR, SOMEBODY, previous_of(submission())))
BOOKS = WhenAsked(FORMS, lambda form: write_template(DICTIONARY, ISSUES[form]))


@pytest.mark.parametrize("form", FORMS)
def test_no_count_level_or_paper_is_an_answer(form: Form) -> None:
    found = read_submission(read_workbook(BOOKS[form]), DICTIONARY)
    plan = set(PLAN)
    for answer in found.answers:
        if answer.field.type in (*NUMERIC, "level") and answer.field.id not in plan:
            assert answer.value is None and not answer.code, answer.address
    assert not [a for a in found.answers if a.problem or a.read_as] and not found.moved


def test_descriptions_are_filled_in() -> None:
    found = read_submission(read_workbook(BOOKS["core"]), DICTIONARY)
    for field in ("profile.office", "profile.pi_rule", "profile.language_standard", "profile.has_centre"):
        assert found.value(field) == submission().value(field) is not None
    evidence = {k: v for k, v in previous_of(submission()).items() if k[0] == "checklist_details.evidence"}
    assert evidence and all(found.value(*key) == value for key, value in evidence.items())
    units = [a.value for a in submission().answers if a.field.id == "units.unit" and a.value]
    assert [a.value for a in found.answers if a.field.id == "units.unit" and a.value] == units


def test_the_centre_form_takes_the_marked_unit() -> None:
    marked = next(a.row_key for a in submission().answers if a.field.id == "units.is_centre" and a.value == "yes")
    (row,) = ISSUES["centre"].lists["units"]
    assert row["unit"] == submission().value("units.unit", marked)


def test_last_times_numbers_stand_beside_their_cells() -> None:
    book = openpyxl.load_workbook(io.BytesIO(BOOKS["core"]))
    layout = lay_out(DICTIONARY, "core", YEAR)
    sheet, row, column = layout.cells["researchers.total", "00/professor"]
    number = submission().value("researchers.total", "00/professor")
    ws = book[sheet]
    assert number in [cell.value for cell in ws[row][column:]]
    address = f"{openpyxl.utils.get_column_letter(column)}{row}"
    (rule,) = (r for r in ws.data_validations.dataValidation if address in r.sqref)
    assert f"前回：{number:,}" in rule.promptTitle and len(rule.promptTitle) <= 32
    sheet, row, column = layout.cells["profile.staff", ""]
    assert f"前回：{submission().value('profile.staff'):,}" in str(book[sheet].cell(row, column + 1).value)


def test_papers_are_shown_for_the_same_calendar_year() -> None:
    shown = ISSUES["core"].previous
    assert shown["publications.papers", "2025"] == submission().value("publications.papers", "2025")
    assert ("publications.papers", "2026") not in shown and ("publications.papers", "2021") not in shown


def test_programmes_that_ended_are_left_out_and_open_ones_come_without_counts() -> None:
    old = sample_issue("sample-full")
    projects = [dict(row) for row in old.lists["projects"]]
    projects[0]["end"] = date(2026, 3, 31)
    projects[1]["end"] = date(2026, 4, 1)
    rows = {**old.lists, "projects": projects}
    previous = {
        (f"{block}.{column}", str(n)): value
        for block in ("projects", "degrees")
        for n, row in enumerate(rows[block], 1)
        for column, value in row.items()
        if value is not None
    }
    issue = prefill_form(DICTIONARY, "full", 2027, SOMEBODY, previous)
    assert [row["end"] for row in issue.lists["projects"]] == [date(2026, 4, 1), date(2027, 3, 31)]
    assert all("closed_in" not in row and "enrolled" not in row for row in issue.lists["degrees"])
    assert len(issue.lists["degrees"]) == 2


def test_a_plan_whose_year_has_passed_is_not_carried() -> None:
    previous = {("checklist_details.planned_level", "A1"): 2, ("checklist_details.planned_year", "A1"): 2025}
    later = {(field, "A2"): 2026 if field.endswith("year") else 3 for field in PLAN}
    issue = prefill_form(DICTIONARY, "core", 2026, SOMEBODY, {**previous, **later})
    assert set(issue.answers) == set(later)
