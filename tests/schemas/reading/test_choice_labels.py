"""Sentences about choices name their labels in the reader's language, never the codes that are stored."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from schemas.checks.long_list_findings import record_findings
from schemas.checks.validate import reading_findings
from schemas.dictionary.dictionary import load_dictionary
from schemas.dictionary.field import Field
from schemas.explanations.explanation import apply_choices
from schemas.form.issue import Given, Issue
from schemas.reading.answer import Submission
from schemas.reading.choice_labels import choice_label, choice_labels, in_words
from schemas.reading.read_submission import read_submission
from schemas.rules.finding import Finding
from schemas.rules.rule import load_rules
from schemas.template.write_template import write_template
from schemas.xlsx.read_workbook import read_workbook
from tests.support.each_case import for_each
from tests.support.sample_forms import sample_issue

DICTIONARY = load_dictionary()
RULES = load_rules()
CHOSEN = [f for f in DICTIONARY.fields.values() if f.type == "choice" and f.code_list]
NOT_A_CHOICE, READ_AS = "R.VAL.011", "R.VAL.090"


def read(issue: Issue) -> Submission:
    return in_words(read_submission(read_workbook(write_template(DICTIONARY, issue)), DICTIONARY), DICTIONARY)


def with_answers(issue: Issue, answers: dict[tuple[str, str], Given]) -> Issue:
    return replace(issue, answers={**issue.answers, **answers})


def found_in(issue: Issue, rule: str) -> list[Finding]:
    return [finding for finding in reading_findings(read(issue), RULES) if finding.rule == rule]


@pytest.fixture(scope="module")
def unknown() -> list[Finding]:
    """Every fixed question with choices of the full form, answered by a word that is none of them."""
    slots = [s for s in DICTIONARY.slots("full", sample_issue("sample-full").year) if s.field in CHOSEN]
    return found_in(
        with_answers(sample_issue("sample-full"), {(s.field.id, s.row_key): "zzz" for s in slots}), NOT_A_CHOICE
    )


def test_choices_are_listed_by_their_labels_in_each_language(unknown: list[Finding]) -> None:
    assert len({finding.field for finding in unknown}) >= 8
    for finding in unknown:
        f = DICTIONARY.fields[finding.field]
        labels = list(choice_labels(DICTIONARY, f, {}).values())[:8]
        assert all(label.ja in finding.remedy.ja for label in labels), finding.field
        assert all(label.en in finding.remedy.en for label in labels), finding.field
        assert "m" not in f.codes or "m 把握していない" in finding.remedy.ja
        assert not re.search(r"[a-z]_[a-z0-9]", finding.remedy.ja + finding.remedy.en), finding.field


def test_the_nearest_choice_is_named_by_its_label_also_where_a_code_was_typed_almost_right() -> None:
    issue = with_answers(sample_issue("sample-strong"), {("profile.language_standard", ""): "toeic_80"})
    (finding,) = found_in(issue, NOT_A_CHOICE)
    label = DICTIONARY.labels("language_standards")["toeic_800"]
    assert f"最も近い選択肢：{label.ja}" in finding.remedy.ja and f"Nearest choice: {label.en}" in finding.remedy.en
    assert finding.value == "toeic_80"


def test_what_was_read_as_a_choice_is_said_by_its_label() -> None:
    label = DICTIONARY.labels("language_standards")["toeic_800"]
    wide = label.ja.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
    issue = with_answers(sample_issue("sample-strong"), {("profile.language_standard", ""): wide})
    told = found_in(issue, READ_AS)
    for finding in told:
        assert "toeic_800" not in finding.message.ja + finding.message.en
    assert any(label.ja in finding.message.ja and label.en in finding.message.en for finding in told)


def test_a_choice_that_answers_many_cells_is_said_in_words() -> None:
    blank = with_answers(sample_issue("sample-strong"), {("researchers.female", "00/professor"): "なし"})
    plain = read_submission(read_workbook(write_template(DICTIONARY, blank)), DICTIONARY)
    from schemas.explanations.explanation import open_cells

    (key,) = open_cells(plain, DICTIONARY)
    lists = {**blank.lists, "explanations": [{"finding": key, "choice": "not_known"}]}
    answered = read_submission(read_workbook(write_template(DICTIONARY, replace(blank, lists=lists))), DICTIONARY)
    submission = in_words(apply_choices(answered, DICTIONARY), DICTIONARY)
    (finding,) = [
        f for f in reading_findings(submission, RULES) if f.rule == READ_AS and f.field == "researchers.female"
    ]
    codes = DICTIONARY.labels("answer_codes")
    assert f"m {codes['m'].ja}" in finding.message.ja and f"m {codes['m'].en}" in finding.message.en


def test_long_lists_name_choices_too() -> None:
    (column,) = [f for f in CHOSEN if f.table == "publication_list"][:1]
    switch: dict[tuple[str, str], Given] = {("profile.has_publication_list", ""): "yes"}
    rows: list[dict[str, Given]] = [{"year": 2025, "identifier": "10.1000/1", column.column: "zzz"}]
    issue = replace(
        with_answers(sample_issue("sample-full"), switch),
        lists={**sample_issue("sample-full").lists, "publication_list": rows},
    )
    findings = [f for f in record_findings(read(issue), RULES) if f.rule == NOT_A_CHOICE]
    (finding,) = findings
    first = next(iter(choice_labels(DICTIONARY, column, {}).values()))
    assert first.ja in finding.remedy.ja and first.en in finding.remedy.en


def test_levels_and_answer_codes_keep_the_short_code_that_people_know() -> None:
    level = DICTIONARY.fields["checklist.declared"]
    wording = DICTIONARY.checklist.item("A1").levels[2]
    found = choice_label(DICTIONARY, level, {"item": "A1"}, "2")
    assert found is not None and (found.ja, found.en) == (f"2 {wording.ja}", f"2 {wording.en}")
    assert choice_label(DICTIONARY, level, {"item": "A1"}, "9") is None


@for_each("f", CHOSEN)
def test_every_choice_has_a_label_in_both_languages(f: Field) -> None:
    for label in choice_labels(DICTIONARY, f, {}).values():
        assert label.ja and label.en
