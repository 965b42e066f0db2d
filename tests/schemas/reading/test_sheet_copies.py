"""Sheets that stand twice: named together with how many answers differ, whatever became of the original."""

from collections.abc import Callable
from functools import cache

import openpyxl
import pytest

from schemas.checks.validate import validate
from schemas.reading.read_submission import read_submission
from schemas.rules.finding import Finding
from schemas.template.write_template import write_template
from schemas.xlsx.read_workbook import read_workbook
from tests.support import reshape
from tests.support.each_case import for_each
from tests.support.file_faults import cell_of
from tests.support.form_answers import filled_issue
from tests.support.rule_cases import DICTIONARY, REGISTER

SHEET, CELL = cell_of("researchers.total", "00/professor")
Edit = Callable[[openpyxl.Workbook], None]


@cache
def form() -> bytes:
    return write_template(DICTIONARY, filled_issue("core"))


def copied(title: str = f"{SHEET} (2)") -> Edit:
    def edit(book: openpyxl.Workbook) -> None:
        book.copy_worksheet(book[SHEET]).title = title

    return edit


def typed(sheet: str, value: object) -> Edit:
    def edit(book: openpyxl.Workbook) -> None:
        book[sheet][CELL] = value

    return edit


def removed(book: openpyxl.Workbook) -> None:
    del book[SHEET]


def hidden(book: openpyxl.Workbook) -> None:
    book[SHEET].sheet_state = "hidden"


def without_title(book: openpyxl.Workbook) -> None:
    book[f"{SHEET} (2)"]["A1"] = "下書き"


def emptied(book: openpyxl.Workbook) -> None:
    submission = read_submission(read_workbook(form()), DICTIONARY)
    for answer in submission.answers:
        if answer.sheet == SHEET and answer.cell:
            book[SHEET][answer.cell] = None


def found(*edits: Edit) -> list[Finding]:
    data = reshape.edited(form(), *edits)
    book = read_workbook(data)
    findings = validate(read_submission(book, DICTIONARY), DICTIONARY, REGISTER, book=book, data=data).findings
    return [f for f in findings if f.rule in ("R.FMT.066", "R.FMT.067", "R.FMT.068")]


@pytest.mark.parametrize(
    ("edits", "rule", "count"),
    [
        ((copied(), typed(f"{SHEET} (2)", 98765)), "R.FMT.066", "1か所"),
        ((copied(), typed(f"{SHEET} (2)", 98765), hidden), "R.FMT.066", "1か所"),
        ((copied(), typed(f"{SHEET} (2)", 98765), without_title), "R.FMT.066", "2か所"),
        ((copied(), copied("改訂版"), typed("改訂版", 98765), removed), "R.FMT.066", "1か所"),
        ((copied(),), "R.FMT.067", "同じ内容"),
        ((copied(), emptied), "R.FMT.068", "空欄"),
    ],
    ids=["edited", "hidden original", "by its shape", "two copies without original", "same", "emptied"],
)
def test_a_sheet_that_stands_twice_is_one_finding_that_names_both(
    edits: tuple[Edit, ...], rule: str, count: str
) -> None:
    (finding,) = found(*edits)
    assert finding.rule == rule and count in finding.message.ja
    assert f"{SHEET} (2)" in finding.message.ja


@for_each("left", [None, 12])
def test_an_emptied_original_says_where_the_answers_stand_and_not_that_each_is_blank(left: int | None) -> None:
    data = reshape.edited(form(), copied(), emptied, typed(SHEET, left))
    book = read_workbook(data)
    validated = validate(read_submission(book, DICTIONARY), DICTIONARY, REGISTER, book=book, data=data)
    assert not [f for f in validated.findings if f.rule == "R.SUB.066" and f.sheet == SHEET]


def test_a_form_alone_and_a_sheet_of_ones_own_are_no_copies() -> None:
    assert found() == []

    def own(book: openpyxl.Workbook) -> None:
        book.create_sheet("計算用")["A1"] = "研究者の内訳"

    assert found(own) == []
