"""The committed workbooks are those that the program writes today, and the samples are what they claim to be."""

from functools import cache
from pathlib import Path

import pytest

from app.demo.generated_workbooks import FOLDER, REFRESH, main, parts, stale, workbooks
from schemas.checks.validate import Validated, validate
from schemas.dictionary.dictionary import load_dictionary
from schemas.form.guide import load_guide
from schemas.reading.read_submission import read_submission
from schemas.register import load_register
from schemas.xlsx.read_workbook import read_workbook

DICTIONARY = load_dictionary()
SAMPLES = ("sample-strong", "sample-average", "sample-faulty")


@cache
def written() -> dict[str, bytes]:
    return workbooks(DICTIONARY)


@cache
def judged(name: str) -> Validated:
    book = read_workbook((FOLDER / f"{name}.xlsx").read_bytes())
    return validate(read_submission(book, DICTIONARY), DICTIONARY, load_register())


def errors(name: str) -> set[str]:
    return {f.rule for f in judged(name).findings if f.severity == "error"}


def test_the_committed_workbooks_are_fresh() -> None:
    assert stale(FOLDER, written()) == [], f"run: {REFRESH}"


def test_the_command_in_the_message_exists() -> None:
    makefile = (FOLDER.parents[1] / "Makefile").read_text(encoding="utf-8")
    assert "\ntemplates:" in makefile and "app.demo.generated_workbooks" in makefile
    assert REFRESH == "make templates"


def test_a_change_a_missing_and_a_left_over_workbook_are_noticed_and_refreshed(tmp_path: Path) -> None:
    fresh = written()
    names = list(fresh)
    for name in names[1:]:
        (tmp_path / name).write_bytes(fresh[name])
    (tmp_path / names[1]).write_bytes(fresh[names[2]])
    (tmp_path / "older.xlsx").write_bytes(fresh[names[2]])
    assert stale(tmp_path, fresh) == sorted([names[0], names[1], "older.xlsx"])
    assert main(tmp_path) == 0
    assert stale(tmp_path, fresh) == []


def test_the_blank_form_is_for_nobody_and_asks_everything() -> None:
    submission = judged("core").submission
    assert submission.institution == "" and not submission.is_demo
    assert all(a.value is None and not a.code for a in submission.answers if a.field.required != "register")
    asked, _ = DICTIONARY.burden("core", submission.year)
    blanks = [f for f in judged("core").findings if f.rule == "R.SUB.066"]
    assert len(blanks) == asked


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_marked_as_demo_and_hold_no_formula_and_no_declared_zero(name: str) -> None:
    data = (FOLDER / f"{name}.xlsx").read_bytes()
    book = read_workbook(data)
    assert judged(name).submission.is_demo
    for sheet in book.sheets.values():
        if not sheet.hidden:
            assert load_guide().demo.ja in str(sheet.rows[0][0])
    answers = {(a.sheet, a.cell) for a in judged(name).submission.answers}
    assert not answers & set(book.formulas)
    assert (
        book.sheets[book.names["researchers_blank_is_zero"][0]].value(book.names["researchers_blank_is_zero"][1])
        is None
    )
    assert judged(name).submission.value("profile.has_centre") == "yes"


@pytest.mark.parametrize("name", ["sample-strong", "sample-average"])
def test_good_samples_have_nothing_to_correct(name: str) -> None:
    assert errors(name) == set()


def test_the_faulty_sample_breaks_many_different_rules() -> None:
    assert len(errors("sample-faulty")) >= 10


def test_parts_tell_files_apart_that_differ_in_one_cell() -> None:
    fresh = written()
    strong, average = parts(fresh["sample-strong.xlsx"]), parts(fresh["sample-average.xlsx"])
    assert set(strong) == set(average) and strong != average
