"""A form restored from its kept answers is the form as it was read: answers, clean tables, blocked answers."""

from dataclasses import replace

import pandas as pd
import pytest

from app.demo.filled_forms import sample_issues
from app.demo.full_and_centre_forms import more_samples
from app.edition import catalogue
from app.submission.background import form_of_result
from app.submission.process_workbook import process, read_form
from app.submission.restored_form import restore_form
from bench.intake import paper_form
from schemas.dictionary.dictionary import load_dictionary
from schemas.reading.clean_tables import clean_tables
from schemas.template.write_template import write_template

DICTIONARY = load_dictionary()
ISSUES = {**sample_issues(DICTIONARY), **more_samples(DICTIONARY)}
ALIKE = ("value", "code", "problem", "applies", "heading", "sheet", "cell", "keys", "is_listed")


def written(name: str) -> bytes:
    return paper_form(30, faulty=False) if name == "papers" else write_template(DICTIONARY, ISSUES[name])


@pytest.mark.parametrize("name", [*ISSUES, "papers"])
def test_nothing_is_lost_between_reading_and_restoring(name: str) -> None:
    data = written(name)
    read, result = read_form(data).submission, process(data)
    restored = restore_form(form_of_result(result), catalogue().dictionary)
    own = {(a.field.id, a.row_key): a for a in read.answers}
    assert {*own} == {*restored.submission.by_key}
    for key, answer in restored.submission.by_key.items():
        assert [getattr(answer, part) for part in ALIKE] == [getattr(own[key], part) for part in ALIKE]
    tables = clean_tables(read, DICTIONARY)
    assert {*tables} == {*restored.tables}
    for table, frame in tables.items():
        # Texts may be held as strings or as objects; what they say must be the same.
        own_frame, other = (
            part.astype(dict.fromkeys(part.select_dtypes(["object", "string"]), object))
            for part in (frame, restored.tables[table])
        )
        pd.testing.assert_frame_equal(own_frame, other, check_like=True, check_names=False)


def test_answers_that_errors_block_stay_blocked() -> None:
    result = process(written("sample-faulty"))
    restored = restore_form(form_of_result(result), catalogue().dictionary)
    errors = [f for f in result.validation["findings"] if f["severity"] == "error" and f["scope"] == "cell"]
    assert errors and {(f["field"], f["row_key"]) for f in errors} <= restored.blocked


def test_a_question_that_is_gone_is_left_out() -> None:
    form = form_of_result(process(written("sample-strong")))
    gone = form.answers.assign(field=form.answers["field"].replace("researchers.pi", "researchers.gone"))
    restored = restore_form(replace(form, answers=gone), catalogue().dictionary)
    assert "pi" not in restored.tables["researchers"] and "total" in restored.tables["researchers"]
