"""An older form carried into the present one: every answer arrives or is named with its cell and the reason."""

import io
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from schemas.dictionary.dictionary import HERE, DataDictionary, load_dictionary
from schemas.form.issue import Issue
from schemas.form.layout import lay_out
from schemas.migration.migrate import migrate, renamed_fields, with_present_names
from schemas.migration.not_migrated import REASONS
from schemas.migration.prefill import prefill_form, previous_of
from schemas.reading.read_submission import read_submission
from schemas.template.write_template import write_template
from schemas.xlsx.read_workbook import read_workbook
from tests.support import reshape
from tests.support.sample_forms import sample_issue
from tests.support.when_asked import WhenAsked

pytestmark = pytest.mark.filterwarnings("ignore:.*(extension is not supported|no default style):UserWarning")

DICTIONARY = load_dictionary()
SAMPLES = {"core": "sample-strong", "faulty": "sample-faulty", "full": "sample-full"}
ISSUES = WhenAsked(SAMPLES, lambda name: sample_issue(SAMPLES[name]))
BOOKS = WhenAsked(SAMPLES, lambda name: write_template(DICTIONARY, ISSUES[name]))


def answers_of(data: bytes) -> dict[tuple[str, str], object]:
    found = read_submission(read_workbook(data), DICTIONARY)
    return {(a.field.id, a.row_key): (a.value, a.code, str(a.raw or "") if a.problem else "") for a in found.answers}


@pytest.mark.parametrize("name", BOOKS)
def test_the_same_form_comes_out_with_the_same_answers(name: str) -> None:
    institution = ISSUES[name].institution
    moved = migrate(read_workbook(BOOKS[name]), DICTIONARY, institution)
    assert moved.not_carried == ()
    assert answers_of(moved.data) == answers_of(BOOKS[name])


def test_core_becomes_full_without_loss() -> None:
    moved = migrate(read_workbook(BOOKS["core"]), DICTIONARY, ISSUES["core"].institution, form="full")
    assert moved.not_carried == () and moved.issue.form == "full"
    after = answers_of(moved.data)
    assert {key: after[key] for key in answers_of(BOOKS["core"])} == answers_of(BOOKS["core"])


def test_what_the_smaller_form_does_not_ask_is_named_with_its_cell() -> None:
    moved = migrate(read_workbook(BOOKS["full"]), DICTIONARY, ISSUES["full"].institution, form="core")
    before, after = read_submission(read_workbook(BOOKS["full"]), DICTIONARY), answers_of(moved.data)
    gone = {
        (a.sheet, a.cell)
        for a in before.answers
        if a.applies and (a.value is not None or a.code) and (a.field.id, a.row_key) not in after
    }
    named = {(row.sheet, row.cell) for row in moved.not_carried}
    assert gone <= named
    assert {row.reason for row in moved.not_carried} == {"not_asked"}


def test_another_round_keeps_calendar_years_and_names_those_it_does_not_ask() -> None:
    moved = migrate(read_workbook(BOOKS["core"]), DICTIONARY, ISSUES["core"].institution, year=2027)
    after = answers_of(moved.data)
    assert after["publications.papers", "2025"] == answers_of(BOOKS["core"])["publications.papers", "2025"]
    assert {row.field.split(".")[0] for row in moved.not_carried} == {"publications"}
    assert any(row.field == "publications.papers" and row.cell for row in moved.not_carried)


def test_a_renamed_field_is_found_under_its_old_name() -> None:
    def rename(book: openpyxl.Workbook) -> None:
        old = book.defined_names.pop("hosted_total")
        old.name = "guests_number"
        book.defined_names["guests_number"] = old

    data = reshape.edited(BOOKS["core"], rename)
    book = with_present_names(read_workbook(data), {"guests.number": "hosted.total"})
    assert book.names["hosted_total"] == read_workbook(BOOKS["core"]).names["hosted_total"]
    assert "guests_number" not in book.names


def test_what_is_declared_as_renamed_exists_now_and_not_before() -> None:
    assert all(new in DICTIONARY.fields and old not in DICTIONARY.fields for old, new in renamed_fields().items())


def test_own_sheets_and_lost_cells_are_named() -> None:
    def edit(book: openpyxl.Workbook) -> None:
        book.create_sheet("メモ")["A1"] = "計算用"
        reshape.unmerge(book)
        book["論文"].delete_cols(4)

    data = reshape.edited(BOOKS["core"], edit)
    moved = migrate(read_workbook(data), DICTIONARY, ISSUES["core"].institution)
    reasons = {row.reason for row in moved.not_carried}
    assert reasons == {"own_sheet", "not_found"}
    assert [row.sheet for row in moved.not_carried if row.reason == "own_sheet"] == ["メモ"]


def test_what_was_written_in_the_margin_is_named_and_last_times_numbers_are_not() -> None:
    previous = previous_of(read_submission(read_workbook(BOOKS["core"]), DICTIONARY))
    issued = write_template(DICTIONARY, prefill_form(DICTIONARY, "core", 2027, ISSUES["core"].institution, previous))

    def remark(book: openpyxl.Workbook) -> None:
        ws = book["研究者"]
        ws.cell(12, ws.max_column + 2, "昨年より5人増")
        book["組織"].cell(9, 30, 99)

    for data in (BOOKS["core"], issued):
        book = reshape.edited(data, remark)
        shifted = reshape.edited(book, reshape.insert_columns("研究者", 1), reshape.insert_columns("組織", 1))
        for case in (book, shifted):
            filled = read_workbook(case)
            lost = migrate(filled, DICTIONARY, ISSUES["core"].institution).not_carried
            assert [(row.sheet, row.value, row.reason) for row in lost] == [
                ("組織", "99", "beside"),
                ("研究者", "昨年より5人増", "beside"),
            ]
            values = [filled.sheets[row.sheet].value(row.cell) for row in lost]
            assert values == [99, "昨年より5人増"]


def test_what_a_switch_rules_out_is_carried_as_it_stood() -> None:
    answers = {**ISSUES["core"].answers, ("profile.has_centre", ""): "no", ("publication_basis.skip", ""): "yes"}
    data = write_template(DICTIONARY, replace(ISSUES["core"], answers=answers))
    moved = migrate(read_workbook(data), DICTIONARY, ISSUES["core"].institution)
    for key in (("researchers.total", "centre/professor"), ("publications.papers", "2025")):
        assert moved.issue.answers[key] == ISSUES["core"].answers[key]
    again = migrate(read_workbook(moved.data), DICTIONARY, ISSUES["core"].institution)
    assert again.issue.answers == moved.issue.answers and again.data == moved.data


def test_what_could_not_be_read_stays_what_it_was_and_a_day_becomes_no_number() -> None:
    cells = lay_out(DICTIONARY, "core", ISSUES["core"].year).cells
    typed = {"00/professor": -5, "00/associate": 12.5, "00/assistant": "約12", "00/postdoc": date(2026, 8, 1)}

    def type_in(book: openpyxl.Workbook) -> None:
        for key, value in typed.items():
            sheet, row, column = cells["researchers.total", key]
            book[sheet].cell(row, column).value = value

    moved = migrate(read_workbook(reshape.edited(BOOKS["core"], type_in)), DICTIONARY, ISSUES["core"].institution)
    after = openpyxl.load_workbook(io.BytesIO(moved.data))
    for key, value in typed.items():
        sheet, row, column = cells["researchers.total", key]
        assert after[sheet].cell(row, column).value == (str(value) if isinstance(value, date) else value)


def test_a_form_of_an_older_edition_is_carried_and_its_other_questions_are_named(tmp_path: Path) -> None:
    older = older_edition(tmp_path)
    answers = {("hosted.number", ""): 41, ("hosted.foreign", ""): 12, ("hosted.housed", ""): 7}
    data = write_template(older, Issue("core", ISSUES["core"].year, ISSUES["core"].institution, answers))
    names = {"hosted.number": "hosted.total"}
    moved = migrate(read_workbook(data), DICTIONARY, ISSUES["core"].institution, names=names)
    after = read_submission(read_workbook(moved.data), DICTIONARY)
    assert (after.value("hosted.total"), after.value("hosted.foreign")) == (41, 12)
    (lost,) = [row for row in moved.not_carried if row.value]
    assert (lost.field, lost.value, lost.reason) == ("hosted_housed", "7", "not_asked")
    assert openpyxl.load_workbook(io.BytesIO(data))[lost.sheet][lost.cell].value == 7


def older_edition(folder: Path) -> DataDictionary:
    """The dictionary with one field under another id and with one question more."""
    for name in ("fields", "codelists"):
        shutil.copytree(HERE / name, folder / name)
    path = folder / "fields" / "researchers.yaml"
    lines = path.read_text(encoding="utf-8").replace("hosted.total", "hosted.number").split("\n")
    at = next(n for n, line in enumerate(lines) if "id: hosted.foreign" in line)
    more = lines[at].replace("hosted.foreign", "hosted.housed").replace("うち外国人", "うち宿舎の利用者")
    lines.insert(at + 1, more.replace("Hosted, foreign", "Hosted, in our housing"))
    path.write_text("\n".join(lines), encoding="utf-8")
    return load_dictionary(folder)


def test_rows_beyond_the_room_of_a_table_are_named_not_dropped() -> None:
    rows = [{"unit": f"C{n}", "name_ja": f"部局{n}", "is_centre": "yes" if n == 1 else "no"} for n in range(1, 4)]
    data = write_template(DICTIONARY, replace(ISSUES["core"], lists={"units": rows}))
    moved = migrate(read_workbook(data), DICTIONARY, ISSUES["core"].institution, form="centre")
    full = {row.value for row in moved.not_carried if row.reason == "full"}
    assert {"C2", "C3", "部局2", "部局3"} <= full and "C1" not in full


def test_papers_are_carried_as_rows() -> None:
    papers = [{"year": 2021 + n % 5, "identifier": f"10.1000/{n}", "international": "yes"} for n in range(40)]
    data = write_template(
        DICTIONARY, replace(ISSUES["full"], lists={**ISSUES["full"].lists, "publication_list": papers})
    )
    moved = migrate(read_workbook(data), DICTIONARY, ISSUES["full"].institution)
    records = read_submission(read_workbook(moved.data), DICTIONARY).records["publication_list"]
    assert records.frame["identifier"].tolist() == [paper["identifier"] for paper in papers]
    assert not records.faults and moved.not_carried == ()


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_says_what_to_do_in_both_languages(reason: str) -> None:
    assert REASONS[reason].ja.endswith("。") and REASONS[reason].en.endswith(".")
