"""The sheet 説明: listed on return, choices answer many cells, explanations count, and old ones are offered again."""

import io
from dataclasses import replace
from decimal import Decimal

import openpyxl
import pytest

from app.demo import sample_issues
from app.submission import Request, process
from schemas.answer import Submission
from schemas.dictionary import load_dictionary
from schemas.explanation import (
    Explanation,
    apply_choices,
    choice_texts,
    explanation_rows,
    lines_of,
    offered_again,
    open_cells,
    read_explanations,
)
from schemas.finding import Finding
from schemas.intake import read_workbook
from schemas.reading import read_submission
from schemas.workbook import Given, write_template

pytestmark = pytest.mark.filterwarnings("ignore:.*(extension is not supported|no default style):UserWarning")

DICTIONARY = load_dictionary()
STRONG = sample_issues(DICTIONARY)["sample-strong"]
FAULTY = write_template(DICTIONARY, sample_issues(DICTIONARY)["sample-faulty"])
FIELD, KEY = "staff.bilingual_permanent", ""


def read(answers: dict[tuple[str, str], Given], lines: list[dict[str, Given]] | None = None) -> Submission:
    lists = {**STRONG.lists, "explanations": lines or []}
    issue = replace(STRONG, answers={**STRONG.answers, **answers}, lists=lists)
    return read_submission(read_workbook(write_template(DICTIONARY, issue)), DICTIONARY)


BLANKS: dict[tuple[str, str], Given] = {
    ("researchers.female", "00/professor"): None,
    ("researchers.hired", "00/other"): "なし",
    ("researchers.total", "centre/other"): None,
}
OPEN = read(BLANKS)
(GROUP,) = open_cells(OPEN, DICTIONARY)


@pytest.mark.parametrize(("choice", "value", "code"), [("zero", 0, ""), ("not_known", None, "m")])
def test_one_choice_answers_every_open_cell_of_its_block(choice: str, value: object, code: str) -> None:
    mended = apply_choices(read(BLANKS, [{"finding": GROUP, "choice": choice}]), DICTIONARY)
    for key in list(BLANKS)[:2]:
        answer = mended.by_key[key]
        assert (answer.value, answer.code, answer.problem) == (value, code, "") and answer.read_as
    total = mended.by_key["researchers.total", "centre/other"]
    assert (total.value, total.code) == ((None, "") if choice == "zero" else (None, "m")), "zero never fills a total"


def test_a_choice_for_another_block_answers_nothing() -> None:
    submission = read(BLANKS, [{"finding": "g00000000000", "choice": "zero"}])
    assert apply_choices(submission, DICTIONARY).answers == submission.answers


LABEL = DICTIONARY.fields[FIELD].label


def finding() -> Finding:
    return Finding("R.X", "check", "cell", LABEL, LABEL, field=FIELD, row_key=KEY)


def explained(value: int, text: str, choice: Given = None) -> tuple[Submission, Finding]:
    found = finding()
    return read({(FIELD, KEY): value}, [{"finding": found.id, "explanation": text, "choice": choice}]), found


def test_an_explanation_comes_back_with_its_range() -> None:
    submission, found = explained(40, "組織の改編によるものです")
    (explanation,) = read_explanations(submission, [found])
    assert (explanation.rule, explanation.field, explanation.text) == ("R.X", FIELD, "組織の改編によるものです")
    assert (explanation.value_low, explanation.value_high) == (Decimal(36), Decimal(44))
    assert explanation.holds_for(44) and not explanation.holds_for(45) and not explanation.holds_for(None)


def test_an_explanation_without_its_finding_is_none() -> None:
    submission, found = explained(40, "理由")
    assert read_explanations(submission, []) == []
    assert read_explanations(submission, [replace(found, severity="error")]) == []


@pytest.mark.parametrize(("now", "is_offered"), [(40, True), (44, True), (45, False)])
def test_last_times_text_is_offered_only_in_its_range(now: int, is_offered: bool) -> None:
    before, found = explained(40, "理由")
    offered = offered_again(before, read({(FIELD, KEY): now}), [found])
    assert offered == ({found.id: "理由"} if is_offered else {})


@pytest.mark.parametrize(
    ("text", "choice", "counts"), [("理由", None, False), ("理由", "as_before", True), ("新しい理由", None, True)]
)
def test_an_offered_text_counts_only_when_confirmed_or_rewritten(text: str, choice: Given, counts: bool) -> None:
    submission, found = explained(40, text, choice)
    assert len(read_explanations(submission, [found], {found.id: "理由"})) == counts


def test_answered_rows_stay_and_rows_that_are_gone_make_room() -> None:
    found = finding()
    other = replace(found, rule="R.Y")
    gone: list[dict[str, Given]] = [{"finding": "old1", "question": "?"}, {"finding": "old2", "explanation": "理由"}]
    rows = explanation_rows([found, other], read({}, gone), DICTIONARY)
    assert [row[0] for row in rows] == [found.id, None, other.id]
    again = explanation_rows([other], read({}, [{"finding": other.id, "question": "?"}]), DICTIONARY)
    assert again == [[None] * 5]


def test_without_findings_old_questions_are_cleared() -> None:
    assert explanation_rows([], read({}, [{"finding": "old", "question": "?"}]), DICTIONARY) == [[""] * 5]


# the whole way ------------------------------------------------------------------------------------------------


def test_marked_answered_and_uploaded_again() -> None:
    first = process(Request(FAULTY, mark=True))
    assert first.marked is not None
    book = openpyxl.load_workbook(io.BytesIO(first.marked))
    ws, texts = book["説明"], choice_texts(DICTIONARY)
    soft = {f["id"] for f in first.header["validation"]["findings"] if f["severity"] == "check"}
    listed = {cell.value: cell.row for cell in ws["B"] if cell.value and cell.row > 8}
    assert soft <= set(listed) and any(str(key).startswith("g") for key in listed)
    for key, row in listed.items():
        if str(key).startswith("g"):
            ws.cell(row, 4).value = texts["zero"]
        elif key in soft:
            ws.cell(row, 5).value = "組織の改編によるものです"
    target = io.BytesIO()
    book.save(target)
    second = process(Request(target.getvalue(), mark=True))
    rules = [f["rule"] for f in second.header["validation"]["findings"]]
    assert "R.SUB.066" not in rules or all(
        f["field"].endswith(".total") or not DICTIONARY.fields[f["field"]].codes
        for f in second.header["validation"]["findings"]
        if f["rule"] == "R.SUB.066"
    )
    assert "R.VAL.090" in rules, "what was chosen is said for each cell"
    assert len(second.header["explanations"]) == len(soft)
    assert {f["id"] for f in second.header["validation"]["findings"]} >= soft, "explained is not passed in silence"


def test_what_is_listed_is_read_back_without_a_finding() -> None:
    first = process(Request(FAULTY, mark=True))
    assert first.marked is not None
    submission = read_submission(read_workbook(first.marked), DICTIONARY)
    assert lines_of(submission)
    assert not [a for a in submission.answers if a.field.table == "explanations" and (a.problem or a.read_as)]


def test_an_explanation_is_plain_data() -> None:
    made = Explanation("X", "R.X", "a.b", "", "理由", "", "", Decimal("36.0"), Decimal(4400))
    assert (made.as_json()["value_low"], made.as_json()["value_high"]) == ("36", "4400")
