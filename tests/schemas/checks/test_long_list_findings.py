"""What could not be read in a long list: one finding a cause, with count, first cells and words, and no other rule."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.checks.long_list_findings import record_findings
from schemas.checks.validate import validate
from schemas.form.issue import Given
from schemas.reading.answer import Submission
from schemas.reading.choice_labels import in_words
from schemas.reading.read_submission import read_submission
from schemas.rules.rule import load_rules
from schemas.template.write_template import write_template
from schemas.xlsx.read_workbook import read_workbook
from tests.support.rule_cases import DICTIONARY, REGISTER
from tests.support.sample_forms import sample_issue

ROWS = 120


def read(column: str, words: list[Given], others: dict[str, Given]) -> Submission:
    """The full form with a list in which a column holds the words in turn."""
    rows: list[dict[str, Given]] = [
        {"year": 2025, "identifier": f"10.1000/{n}", "international": "yes", **others, column: words[n % len(words)]}
        for n in range(ROWS)
    ]
    full = sample_issue("sample-full")
    answers = {**full.answers, ("profile.has_publication_list", ""): "yes"}
    issue = replace(full, answers=answers, lists={**full.lists, "publication_list": rows})
    return in_words(read_submission(read_workbook(write_template(DICTIONARY, issue)), DICTIONARY), DICTIONARY)


@pytest.mark.parametrize(
    ("column", "unread", "good", "rule"),
    [
        ("year", ["n.d.", "Forthcoming"], 2025, "R.VAL.013"),
        ("authors", ["多数", "et al."], 4, "R.VAL.001"),
        ("document_type", ["???", "特許"], "Journal Article", "R.VAL.011"),
        ("international", ["国際", "maybe"], "○", "R.VAL.011"),
        ("corresponding_own", ["たぶん", "perhaps"], "はい", "R.VAL.011"),
    ],
)
def test_cells_that_are_not_read_are_one_finding_and_no_other_rule_calls_them_blank(
    column: str, unread: list[Given], good: Given, rule: str
) -> None:
    submission = read(column, [*unread, good], {"corresponding_own": "yes", "countries": "JP;US"})
    found = [f for f in record_findings(submission, load_rules()) if f.rule != "R.VAL.090"]
    (finding,) = found
    assert (finding.rule, finding.count) == (rule, ROWS * 2 // 3)
    for text in (finding.message.ja, finding.message.en):
        assert all(str(word) in text for word in unread) and f"{ROWS * 2 // 3}" in text
        assert all(cell in text for cell in finding.cells[:8])
    others = {f.rule for f in validate(submission, DICTIONARY, REGISTER).findings}
    assert not others & {"R.SUB.066", "R.PUB.034", "R.PUB.035"}
    assert column != "year" or "R.PUB.120" not in others


def test_papers_that_stand_twice_are_told_at_their_cells() -> None:
    submission = read("identifier", ["10.1000/1", "10.1000/2", *(f"10.1000/x{n}" for n in range(ROWS - 3))], {})
    (finding,) = [f for f in validate(submission, DICTIONARY, REGISTER).findings if f.rule == "R.PUB.036"]
    first, *_ = finding.cells
    assert finding.sheet == "論文リスト" and len(finding.cells) == finding.count and first[0] == "C"
    assert all(cell[1:] in text for cell in finding.cells[:5] for text in (finding.message.ja, finding.message.en))
