"""The three forms from one dictionary: what each asks, that it is read back, and what only one of them has."""

import io
from collections import Counter
from dataclasses import replace
from decimal import Decimal

import openpyxl
import pytest

from schemas.checks.validate import validate
from schemas.dictionary.dictionary import load_dictionary
from schemas.dictionary.field import FORMS, Form
from schemas.form.issue import Given, Issue
from schemas.form.layout import lay_out
from schemas.reading.clean_tables import clean_tables
from schemas.reading.read_submission import read_submission
from schemas.register import Institution, load_register
from schemas.template.write_template import write_template
from schemas.xlsx.read_workbook import read_workbook
from tests.support.sample_forms import sample_issue
from tests.support.when_asked import WhenAsked

pytestmark = pytest.mark.filterwarnings("ignore:.*(extension is not supported|no default style):UserWarning")

DICTIONARY = load_dictionary()
YEAR = 2026
SOMEBODY = Institution("DEMO-91", "デモ試験大学（架空）", "Demo Test University (fictional)", "public", "香川県")
LAYOUTS = {form: lay_out(DICTIONARY, form, YEAR) for form in FORMS}
BLANK = WhenAsked(FORMS, lambda form: write_template(DICTIONARY, Issue(form, YEAR, SOMEBODY)))
SAMPLES = WhenAsked(("sample-full", "sample-centre"), sample_issue)
WRITTEN = WhenAsked(SAMPLES, lambda name: write_template(DICTIONARY, SAMPLES[name]))
SWITCHES: dict[str, Given] = {"profile.has_doctoral": "yes", "profile.has_centre": "yes"}


def asked(form: Form) -> set[tuple[str, str]]:
    return set(LAYOUTS[form].slots)


# what each form asks -----------------------------------------------------------------------------------------


def test_the_full_form_asks_all_that_the_core_form_asks() -> None:
    assert asked("core") < asked("full")


def test_the_centre_form_asks_only_of_the_centre() -> None:
    keys = [slot.keys for slot in LAYOUTS["centre"].slots.values()]
    assert {k["unit"] for k in keys if "unit" in k} == {"centre"}
    assert {k["scope"] for k in keys if "scope" in k} == {"centre"}
    assert asked("centre") < asked("core")
    tables = {field.split(".")[0] for field, _ in asked("centre")}
    assert tables.isdisjoint({"faculty_classes", "hosted", "documents", "help_wanted"})
    assert not [field for field, _ in asked("centre") if field in ("profile.staff", "profile.has_centre")]


def test_the_centre_form_leaves_out_items_that_are_not_asked_of_a_centre() -> None:
    items = {slot.keys["item"] for slot in LAYOUTS["centre"].slots.values() if "item" in slot.keys}
    assert items == {item.code for item in DICTIONARY.checklist.items if "centre" in item.scopes}


@pytest.mark.parametrize("form", FORMS)
def test_no_cell_of_a_form_depends_on_a_switch_that_the_form_lacks(form: Form) -> None:
    book = openpyxl.load_workbook(io.BytesIO(BLANK[form]))
    names = set(book.defined_names)
    for ws in book.worksheets:
        formulas = [str(cell.value) for row in ws.iter_rows() for cell in row if cell.data_type == "f"]
        formulas += [f for rules in ws.conditional_formatting for rule in rules.rules for f in rule.formula]
        for f in formulas:
            for switch in ("profile_has_centre", "profile_has_doctoral", "profile_has_publication_list"):
                assert switch not in f or switch in names, (ws.title, f)


@pytest.mark.parametrize("form", FORMS)
def test_every_answer_of_a_form_has_one_cell_and_one_name(form: Form) -> None:
    layout = LAYOUTS[form]
    assert set(layout.cells) == set(layout.slots)
    for what in (layout.cells.values(), [slot.name for slot in layout.slots.values()]):
        assert [thing for thing, times in Counter(what).items() if times > 1] == []


def test_sheets_with_lists_that_grow_are_not_protected() -> None:
    book = openpyxl.load_workbook(io.BytesIO(BLANK["full"]))
    for sheet in DICTIONARY.form_sheets("full"):
        assert book[sheet.name].protection.sheet == sheet.protected, sheet.name
    assert not book["論文リスト"].protection.sheet and not book["派遣"].protection.sheet


@pytest.mark.parametrize("form", FORMS)
def test_the_guide_prints_the_count_of_cells_of_its_own_form(form: Form) -> None:
    fixed, _ = DICTIONARY.burden(form, YEAR)
    ws = openpyxl.load_workbook(io.BytesIO(BLANK[form])).worksheets[0]
    assert any(f"：{fixed}欄" in str(cell.value) for row in ws.iter_rows() for cell in row)


# reading back ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_the_filled_samples_hold_no_error_and_every_answer(name: str) -> None:
    submission = read_submission(read_workbook(WRITTEN[name]), DICTIONARY)
    found = validate(submission, DICTIONARY, load_register())
    assert [f for f in found.findings if f.severity == "error"] == []
    for key, value in SAMPLES[name].answers.items():
        answer = submission.by_key[key]
        assert value is None or (answer.code or answer.value) == value, key


# further units and the centre's tables -----------------------------------------------------------------------


def test_rows_of_further_units_are_rows_of_the_researchers_with_their_own_cells() -> None:
    submission = read_submission(read_workbook(WRITTEN["sample-full"]), DICTIONARY)
    row = SAMPLES["sample-full"].lists["unit_researchers"][0]
    labels = DICTIONARY.labels(DICTIONARY.fields["unit_researchers.position"].code_list or "")
    position = next(code for code, label in labels.items() if row["position"] == f"{label.ja} / {label.en}")
    answer = submission.by_key["researchers.total", f"{row['unit']}/{position}"]
    assert answer.value == row["total"] and answer.cell and str(row["unit"]) in answer.heading.ja
    frame = clean_tables(submission, DICTIONARY)["researchers"]
    assert set(frame["unit"]) == {"00", "C1", row["unit"]}


@pytest.mark.parametrize(
    ("unit", "position"), [(None, "professor"), ("E1", None), ("00", "professor")], ids=["no unit", "no position", "00"]
)
def test_a_row_without_its_key_hides_no_other_row(unit: Given, position: Given) -> None:
    rows: list[dict[str, Given]] = [{"unit": unit, "position": position, "total": 5}]
    issue = Issue("full", YEAR, SOMEBODY, {("researchers.total", "00/professor"): 9}, {"unit_researchers": rows})
    found = read_submission(read_workbook(write_template(DICTIONARY, issue)), DICTIONARY)
    assert found.value("researchers.total", "00/professor") == 9
    assert found.value("unit_researchers.total", "1") == 5


def test_staff_and_papers_of_the_centre_form_belong_to_the_centre() -> None:
    tables = clean_tables(read_submission(read_workbook(WRITTEN["sample-centre"]), DICTIONARY), DICTIONARY)
    code = tables["units"]["unit"].iloc[0]
    assert set(tables["staff"]["unit"]) == set(tables["publications"]["unit"]) == {code}


def test_blocks_and_sheets_say_for_the_centre_what_they_ask_of_it() -> None:
    book = openpyxl.load_workbook(io.BytesIO(BLANK["centre"]))
    words = "".join(str(cell.value) for ws in book.worksheets for row in ws.iter_rows() for cell in row if cell.value)
    assert "（全学）" not in words and "Whole institution" not in words


# the publication list ----------------------------------------------------------------------------------------


def paper(year: int, **answers: Given) -> dict[str, Given]:
    known: dict[str, Given] = {"international": "no", "domestic": "no", "top10": "no", "corresponding_own": "no"}
    return {"year": year, "identifier": "10.1000/x", **known, **answers}


PAPERS = [
    paper(2021, international="yes", top10="yes", own_fraction=Decimal("0.5")),
    paper(2021, domestic="yes"),
    paper(2021),
    paper(2024, international="yes", corresponding_own="yes"),
    paper(2024, international="yes", corresponding_own="m"),
]


def with_papers(rows: list[dict[str, Given]], attached: str = "yes") -> Issue:
    answers: dict[tuple[str, str], Given] = {("profile.has_publication_list", ""): attached}
    answers |= {("publications.papers", "2021"): 77, ("publications.papers", "2022"): 88}
    answers |= {("publications.international_corresponding", "2024"): 4}
    return Issue("full", YEAR, SOMEBODY, answers, {"publication_list": rows})


def test_papers_are_counted_from_the_list_where_it_says_so() -> None:
    issue = with_papers(PAPERS)
    frame = clean_tables(read_submission(read_workbook(write_template(DICTIONARY, issue)), DICTIONARY), DICTIONARY)
    papers = frame["publications"]
    columns = ["papers", "international", "domestic", "single", "top10_papers", "top10_international"]
    assert papers.loc["2021", columns].tolist() == [3, 1, 1, 1, 1, 1]
    assert papers.loc["2022", "papers"] == 88, "a year that the list does not reach stays as entered"
    assert papers.loc["2024", "international_corresponding"] == 4, "what the list leaves unknown stays as entered"


def test_papers_stay_as_entered_without_the_switch() -> None:
    issue = with_papers(PAPERS, attached="no")
    frame = clean_tables(read_submission(read_workbook(write_template(DICTIONARY, issue)), DICTIONARY), DICTIONARY)
    assert frame["publications"].loc["2021", "papers"] == 77


def test_faults_of_a_long_list_are_one_for_each_cause_and_keep_the_list_from_counting() -> None:
    rows = [*PAPERS, *({**paper(2021), "international": "たぶん"} for _ in range(150))]
    submission = read_submission(read_workbook(write_template(DICTIONARY, with_papers(rows))), DICTIONARY)
    (fault,) = submission.records["publication_list"].faults
    assert (fault.rule, fault.count, len(fault.cells)) == ("R.VAL.011", 150, 100)
    assert clean_tables(submission, DICTIONARY)["publications"].loc["2021", "papers"] == 77
    book = read_workbook(write_template(DICTIONARY, with_papers(rows)))
    assert book.sheets["論文リスト"].value(fault.cells[0]) == "たぶん"


def test_a_paper_without_its_year_is_named() -> None:
    rows = [{**paper(2021), "year": None}]
    submission = read_submission(read_workbook(write_template(DICTIONARY, with_papers(rows))), DICTIONARY)
    (fault,) = submission.records["publication_list"].faults
    assert (fault.rule, fault.field.id, fault.count) == ("R.SUB.066", "publication_list.year", 1)


def test_a_body_without_degrees_is_asked_nothing_about_students() -> None:
    laboratory = replace(SOMEBODY, kind="national_rd_agency")
    book = read_workbook(write_template(DICTIONARY, Issue("full", YEAR, laboratory)))
    submission = read_submission(book, DICTIONARY)
    told = {a.field.id: a.code or a.value for a in submission.answers if a.field.degrees_only}
    assert told["profile.has_doctoral"] == "no"
    assert {told[name] for name in told if name.startswith(("profile.students_", "degree_totals."))} == {"a"}
    assert all(not a.applies for a in submission.answers if a.field.table == "doctoral")
