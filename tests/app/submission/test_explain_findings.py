"""Explanations in the store: given on the sheet or in the app, offered next year, taken back, undone."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import openpyxl
import pytest

from app.access import LOCAL, Actor, Forbidden
from app.demo.filled_forms import demo_institutions, demo_issue
from app.edition import catalogue
from app.storage.database.connection import write_transaction
from app.storage.explanations import (
    GIVEN,
    WITHDRAWN,
    keep_explanations,
    kept_explanations,
    owner_of,
    put_from_sheet,
)
from app.storage.problems import INCONSISTENT, StoreError
from app.storage.store import Store, Upload
from app.submission.background import Background
from app.submission.explain_findings import as_sent, explain, points_of, take_back, texts_of, undo
from app.submission.process_workbook import process
from app.submission.result import Result, outcome_of
from schemas.explanations.explanation import Explanation, lines_of
from schemas.explanations.explanation_rows import with_explanations
from schemas.form.issue import Issue
from schemas.migration.prefill import prefill_form, previous_in_store
from schemas.reading.read_submission import read_submission
from schemas.template.write_template import write_template
from schemas.xlsx.read_workbook import read_workbook

pytestmark = pytest.mark.filterwarnings("ignore:.*(extension is not supported|no default style):UserWarning")

INSTITUTION = next(one for one in demo_institutions() if one.code == "DEMO-01")
RULE = "R.ADM.110"  # nearly everybody is bilingual
Open = Callable[..., Store]


@cache
def workbook(year: int, bilingual: int = 100) -> bytes:
    dictionary = catalogue().dictionary
    issue = demo_issue(INSTITUTION, year, dictionary)
    staff = {
        "administrative": 100,
        "bilingual_permanent": bilingual,
        "bilingual_fixed_term": 0,
        "bilingual_part_time": 0,
    }
    answers = {**issue.answers, **{(f"staff.{name}", ""): count for name, count in staff.items()}}
    return write_template(dictionary, replace(issue, answers=answers))


def judged(data: bytes, store: Store | None = None, mark: bool = False) -> Result:
    return processed_with(data, json.dumps(as_sent(store, "DEMO-01") if store else []), mark)


@cache
def processed_with(data: bytes, kept: str, mark: bool) -> Result:
    """The same in every database, so it is worked out once."""
    return process(data, Background(explanations=json.loads(kept)), mark=mark)


def handed_in(store: Store, data: bytes, result: Result | None = None) -> str:
    found = result or judged(data, store)
    upload = Upload(data, "form.xlsx", "local", datetime(2026, 6, 1, tzinfo=UTC))
    return store.keep(upload, outcome_of(found), found.header["institution_row"])


def point(result: Result) -> Mapping[str, Any]:
    (found,) = [f for f in result.header["validation"]["findings"] if f["rule"] == RULE]
    return dict(found)


def state(store: Store, submission: str) -> tuple[str, str]:
    (found,) = [p for p in points_of(store, submission) if p.finding["rule"] == RULE]
    return found.state, found.text


@pytest.fixture(scope="module")
def first() -> bytes:
    return workbook(2025)


def test_an_explanation_is_kept_with_its_range_and_counts(open_store: Open, first: bytes) -> None:
    store = open_store("demo")
    result = judged(first)
    submission = handed_in(store, first, result)
    assert state(store, submission) == ("open", "")
    step = explain(store, LOCAL, submission, point(result), " 全員が研修を受けたため ", "人事課")
    assert step.before is None and state(store, submission) == ("explained", "全員が研修を受けたため")
    (kept,) = kept_explanations(store.engine, "DEMO-01")
    assert (kept.state, kept.year, kept.from_submission) == (GIVEN, 2025, submission)
    assert kept.explanation.office == "人事課"
    assert kept.explanation.value_low is not None and kept.explanation.value_high is not None
    assert kept.explanation.holds_for(Decimal(100)), "the number of the point lies in its own range"
    assert point(result)["id"] in judged(first, store).header["explained"], "also for the next upload of this round"
    store.close()


def test_undo_and_taking_back_lose_no_text(open_store: Open, first: bytes) -> None:
    store = open_store("demo")
    result = judged(first)
    submission, found = handed_in(store, first, result), point(result)
    step = explain(store, LOCAL, submission, found, "初めの理由", "")
    undo(store, LOCAL, step)
    assert state(store, submission) == ("open", "初めの理由") and as_sent(store, "DEMO-01") == []
    explain(store, LOCAL, submission, found, "次の理由", "")
    second = explain(store, LOCAL, submission, found, "直した理由", "")
    undo(store, LOCAL, second)
    assert state(store, submission) == ("explained", "次の理由")
    back = take_back(store, LOCAL, submission, found)
    assert back is not None and state(store, submission) == ("open", "次の理由")
    assert [kept.state for kept in kept_explanations(store.engine, "DEMO-01")] == [WITHDRAWN]
    undo(store, LOCAL, back)
    assert state(store, submission) == ("explained", "次の理由")
    store.close()


@pytest.mark.parametrize(("bilingual", "is_offered"), [(96, True), (85, False)])
def test_last_years_explanation_is_offered_in_its_range_and_never_passed(
    open_store: Open, first: bytes, bilingual: int, is_offered: bool
) -> None:
    store = open_store("demo")
    result = judged(first)
    submission = handed_in(store, first, result)
    explain(store, LOCAL, submission, point(result), "全員が研修を受けたため", "")
    now = workbook(2026, bilingual)
    again = judged(now, store, mark=True)
    later = handed_in(store, now, again)
    assert state(store, later) == (("offered", "全員が研修を受けたため") if is_offered else ("open", ""))
    assert again.header["explained"] == []
    assert again.marked is not None
    lines = lines_of(read_submission(read_workbook(again.marked), catalogue().dictionary))
    quoted = {line.finding: line.quoted for line in lines}
    assert quoted[point(again)["id"]] == ("全員が研修を受けたため" if is_offered else "")
    store.close()


def test_what_was_explained_is_listed_in_next_years_form_and_stands_when_chosen(open_store: Open, first: bytes) -> None:
    store, dictionary = open_store("demo"), catalogue().dictionary
    result = judged(first)
    submission = handed_in(store, first, result)
    explain(store, LOCAL, submission, point(result), "全員が研修を受けたため", "")
    previous = previous_in_store(store.answers(submission), dictionary)
    made: Issue = prefill_form(dictionary, "core", 2026, INSTITUTION, previous)
    issued = with_explanations(made, texts_of(store, submission))
    (row,) = issued.lists["explanations"]
    filled = demo_issue(INSTITUTION, 2026, dictionary)
    staff = {("staff.administrative", ""): 100, ("staff.bilingual_permanent", ""): 95}
    zeros = {("staff.bilingual_fixed_term", ""): 0, ("staff.bilingual_part_time", ""): 0}
    for choice, explained in ((None, []), ("as_before", [point(result)["id"]])):
        lists = {**filled.lists, "explanations": [{**row, "choice": choice}]}
        data = write_template(dictionary, replace(filled, answers={**filled.answers, **staff, **zeros}, lists=lists))
        assert judged(data, store).header["explained"] == explained
    store.close()


def test_the_sheet_of_an_upload_is_kept_and_the_store_fills_the_sheet(open_store: Open, first: bytes) -> None:
    store = open_store("demo")
    marked = judged(first, mark=True).marked
    assert marked is not None
    book = openpyxl.load_workbook(io.BytesIO(marked))
    key = point(judged(first))["id"]
    (row,) = [cell.row for cell in book["説明"]["B"] if cell.value == key]
    book["説明"].cell(row, 5).value = "シートに書いた理由"
    book["説明"].cell(row, 6).value = "国際課"
    target = io.BytesIO()
    book.save(target)
    submission = handed_in(store, target.getvalue())
    assert state(store, submission) == ("explained", "シートに書いた理由")
    (kept,) = kept_explanations(store.engine, "DEMO-01")
    assert kept.explanation.office == "国際課"
    with write_transaction(store.engine) as connection:
        said = outcome_of(judged(target.getvalue())).explanations
        assert said and put_from_sheet(connection, submission, 2025, said) == 0, "already kept"
    again = judged(first, store, mark=True)
    assert again.header["explained"] == [key] and again.header["explanations"] == []
    assert again.marked is not None
    lines = {
        line.finding: line for line in lines_of(read_submission(read_workbook(again.marked), catalogue().dictionary))
    }
    assert (lines[key].text, lines[key].office) == ("シートに書いた理由", "国際課")
    store.close()


def test_nobody_explains_for_another_institution_or_without_words(open_store: Open, first: bytes) -> None:
    store = open_store("demo")
    result = judged(first)
    submission, found = handed_in(store, first, result), point(result)
    stranger = Actor("local", "DEMO-02")
    for actor in (stranger, Actor("nobody", None)):
        with pytest.raises(Forbidden):
            explain(store, actor, submission, found, "理由", "")
        with pytest.raises(Forbidden):
            take_back(store, actor, submission, found)
    step = explain(store, LOCAL, submission, found, "理由", "")
    with pytest.raises(Forbidden):
        undo(store, stranger, step)
    with pytest.raises(ValueError, match="text"):
        explain(store, LOCAL, submission, found, "  ", "")
    assert state(store, submission) == ("explained", "理由")
    store.close()


def test_an_unknown_submission_keeps_nothing(open_store: Open) -> None:
    store = open_store("demo")
    with pytest.raises(StoreError):
        owner_of(store.engine, "nowhere")
    one = Explanation("DEMO-01", RULE, "staff.administrative", "", "理由", "", "", None, None)
    with pytest.raises(StoreError) as refused:
        keep_explanations(store.engine, "nowhere", [one], LOCAL)
    assert refused.value.text == INCONSISTENT
    assert kept_explanations(store.engine, "DEMO-01") == []
    store.close()


def test_texts_that_no_database_holds_are_kept_as_they_can_be(open_store: Open, first: bytes) -> None:
    store = open_store("demo")
    result = judged(first)
    submission = handed_in(store, first, result)
    explain(store, LOCAL, submission, point(result), "理由\x00です", "課\ud800")
    assert state(store, submission) == ("explained", "理由�です")
    store.close()
