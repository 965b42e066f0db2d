"""The sheet 説明: listed on return, choices answer many cells, explanations count, and old ones are offered again."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.dictionary.dictionary import load_dictionary
from schemas.explanations.explanation import (
    Explanation,
    apply_choices,
    explanation_of,
    holding_explanations,
    lines_of,
    number_of,
    offered_again,
    open_cells,
    read_explanations,
    value_range,
)
from schemas.explanations.explanation_rows import BEFORE, explanation_rows, prelisted_rows, texts_on_sheet
from schemas.form.issue import Given
from schemas.reading.answer import Submission
from schemas.reading.read_submission import read_submission
from schemas.rules.finding import Finding
from schemas.template.write_template import write_template
from schemas.xlsx.read_workbook import read_workbook
from tests.support.sample_forms import sample_issue

pytestmark = pytest.mark.filterwarnings("ignore:.*(extension is not supported|no default style):UserWarning")

DICTIONARY = load_dictionary()
FIELD, KEY = "staff.bilingual_permanent", ""


def read(answers: dict[tuple[str, str], Given], lines: list[dict[str, Given]] | None = None) -> Submission:
    strong = sample_issue("sample-strong")
    lists = {**strong.lists, "explanations": lines or []}
    issue = replace(strong, answers={**strong.answers, **answers}, lists=lists)
    return read_submission(read_workbook(write_template(DICTIONARY, issue)), DICTIONARY)


BLANKS: dict[tuple[str, str], Given] = {
    ("researchers.female", "00/professor"): None,
    ("researchers.hired", "00/other"): "なし",
    ("researchers.total", "centre/other"): None,
}


def open_group() -> str:
    (group,) = open_cells(read(BLANKS), DICTIONARY)
    return group


@pytest.mark.parametrize(("choice", "value", "code"), [("zero", 0, ""), ("not_known", None, "m")])
def test_one_choice_answers_every_open_cell_of_its_block(choice: str, value: object, code: str) -> None:
    mended = apply_choices(read(BLANKS, [{"finding": open_group(), "choice": choice}]), DICTIONARY)
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


def test_last_times_text_is_quoted_and_stands_when_it_is_chosen() -> None:
    submission, found = explained(40, "")
    (row,) = explanation_rows([found], submission, DICTIONARY, {found.id: "改編「第二」による\n減少"})
    assert "改編「第二」による\n減少" in str(row[1]) and BEFORE.ja in str(row[1]) and row[2:] == ["", "", ""]
    line: dict[str, Given] = {"finding": found.id, "question": row[1], "choice": "as_before"}
    (said,) = read_explanations(read({(FIELD, KEY): 40}, [line]), [found])
    assert said.text == "改編「第二」による\n減少"
    silent = read({(FIELD, KEY): 40}, [{**line, "choice": None}])
    assert read_explanations(silent, [found]) == [], "never passed in silence"


def test_an_offer_keeps_its_quote_where_last_round_is_not_at_hand() -> None:
    submission, found = explained(40, "")
    (row,) = explanation_rows([found], submission, DICTIONARY, {found.id: "理由"})
    again = read({(FIELD, KEY): 40}, [{"finding": found.id, "question": row[1]}])
    assert explanation_rows([found], again, DICTIONARY) == [row]
    assert explanation_rows([found], again, DICTIONARY, {})[0][1] != row[1], "out of its range it is not offered"


def test_an_explanation_given_elsewhere_fills_its_row() -> None:
    _, found = explained(40, "")
    made = Explanation("X", "R.X", FIELD, KEY, "組織の改編", "人事課", "", None, None)
    (row,) = explanation_rows([found], read({}), DICTIONARY, {found.id: "前の理由"}, {found.id: made})
    assert row[3:] == ["組織の改編", "人事課"] and "前の理由" not in str(row[1])


def test_a_new_form_lists_last_times_explanations_as_open_answers() -> None:
    submission, found = explained(40, "理由")
    rows = prelisted_rows(texts_on_sheet(submission))
    issued = read({(FIELD, KEY): 40}, rows)
    assert [line.quoted for line in lines_of(issued)] == ["理由"]
    assert read_explanations(issued, [found]) == []
    answered = read({(FIELD, KEY): 40}, [{**rows[0], "choice": "as_before"}])
    assert [one.text for one in read_explanations(answered, [found])] == ["理由"]
    assert texts_on_sheet(answered) == {found.id: "理由"}, "and so it is offered the year after, too"


@given(st.decimals(0, 100_000, places=2))
def test_an_explanation_holds_for_its_own_value_and_within_a_tenth_of_it(value: Decimal) -> None:
    low, high = value_range(value)
    made = Explanation("X", "R.X", FIELD, KEY, "理由", "", "", low, high)
    assert made.holds_for(value) and low is not None and high is not None
    assert made.holds_for(low) and made.holds_for(high) and not made.holds_for(high + 1)
    assert not made.holds_for(low - 1) and not made.holds_for("m")


@pytest.mark.parametrize(
    ("answer", "stated", "number"),
    [
        (40, "x", 40),
        (None, "1,234", 1234),
        ("", "12.5", Decimal("12.5")),
        (None, "－", None),
        (None, "−3.4", Decimal("-3.4")),
        (True, "yes", None),
    ],
)
def test_the_number_of_a_point_is_its_answers_else_the_one_it_states(
    answer: object, stated: str, number: object
) -> None:
    assert number_of(answer, stated) == number


def test_kept_explanations_come_back_for_their_finding_and_range_only() -> None:
    submission, found = explained(40, "理由")
    (made,) = read_explanations(submission, [found])
    again = explanation_of(made.institution, {**made.as_json(), "year": 2026})
    assert holding_explanations([again], read({(FIELD, KEY): 44}), [found]) == {found.id: again}
    assert holding_explanations([again], read({(FIELD, KEY): 45}), [found]) == {}
    assert holding_explanations([again], read({(FIELD, KEY): 44}), [replace(found, row_key="x")]) == {}


def test_answered_rows_stay_and_rows_that_are_gone_make_room() -> None:
    found = finding()
    other = replace(found, rule="R.Y")
    gone: list[dict[str, Given]] = [{"finding": "old1", "question": "?"}, {"finding": "old2", "explanation": "理由"}]
    rows = explanation_rows([found, other], read({}, gone), DICTIONARY)
    assert [row[0] for row in rows] == [found.id, None, other.id]
    again = explanation_rows([other], read({}, [{"finding": other.id, "question": "?"}]), DICTIONARY)
    assert [row[0] for row in again] == [other.id] and "?" not in str(again[0][1]), "the question is asked anew"


def test_without_findings_old_questions_are_cleared() -> None:
    assert explanation_rows([], read({}, [{"finding": "old", "question": "?"}]), DICTIONARY) == [[""] * 5]


def test_an_explanation_is_plain_data() -> None:
    made = Explanation("X", "R.X", "a.b", "", "理由", "", "", Decimal("36.0"), Decimal(4400))
    assert (made.as_json()["value_low"], made.as_json()["value_high"]) == ("36", "4400")


def test_what_was_written_into_a_free_row_stays_and_explains_nothing() -> None:
    submission = read({("researchers.female", "00/professor"): None}, [{"explanation": "拠点の改組のため"}])
    rows = explanation_rows([], submission, DICTIONARY)
    assert rows[0] == [None] * 5 and len(rows) == 2 and rows[1][0]
    assert texts_on_sheet(submission) == {} and read_explanations(submission, []) == []
