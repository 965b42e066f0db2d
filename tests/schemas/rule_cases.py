"""Builds what a rule is judged on from the rows of its example."""

from collections.abc import Mapping
from typing import Any

from schemas.answer import Answer, Submission
from schemas.checks import Case
from schemas.declaration import Text
from schemas.dictionary import load_dictionary
from schemas.register import load_register
from schemas.tables import clean_tables

DICTIONARY = load_dictionary()
REGISTER = load_register()
KEYS: dict[str, dict[str, str]] = {
    "researchers": {"unit": "00", "position": "professor"},
    "publications": {"year": "2025"},
    "checklist": {"item": "A1", "scope": "institution"},
    "checklist_details": {"item": "A1"},
    "documents": {"document": "D01"},
}
LISTED = {"units", "nationalities", "notes", "explanations"}
INSTITUTION = "F101110100010"


def answers_of(tables: Mapping[str, list[dict[str, Any]]]) -> list[Answer]:
    """One answer for each value of each row; every answer stands in a cell of its own."""
    answers: list[Answer] = []
    for table, rows in tables.items():
        for n, row in enumerate(rows, 1):
            keys = {"row": str(n)} if table in LISTED else KEYS.get(table, {})
            keys = {key: str(row.get(key, value)) for key, value in keys.items()}
            for column, value in row.items():
                if column not in keys:
                    answers.append(_answer(f"{table}.{column}", keys, value, len(answers) + 1))
    return answers


def _answer(field_id: str, keys: dict[str, str], value: Any, n: int) -> Answer:
    f = DICTIONARY.fields[field_id]
    code = value if isinstance(value, str) and value in f.codes else ""
    sheet = DICTIONARY.places[field_id][0].name
    heading = Text(ja=f.label.ja, en=f.label.en)
    return Answer(f, "/".join(keys.values()), keys, value, None if code else value, code, sheet, f"C{n}", heading)


def case_of(example: Mapping[str, Any]) -> Case:
    """The case of an example: its tables, last round's, its single answers, and facts of the submission."""
    facts = dict(example.get("submission", {}))
    tables = {name: rows for name, rows in example.items() if name not in ("previous", "answers", "submission")}
    answers = answers_of(tables)
    for single in example.get("answers", []):
        names = [KEYS[single["field"].split(".")[0]], single["row_key"].split("/")]
        keys = dict(zip(*names, strict=True))
        answers.append(_answer(single["field"], keys, single["value"], len(answers) + 1))
    submission = Submission(
        "core",
        2026,
        facts.get("institution", INSTITUTION),
        False,
        {"intact": facts.get("intact", "yes")},
        answers,
        facts.get("missing_sheets", []),
        [("researchers.total", str(n)) for n in range(facts.get("moved", 0))],
    )
    before = Submission("core", 2025, INSTITUTION, False, {}, answers_of(example.get("previous", {})))
    previous = clean_tables(before, DICTIONARY)
    return Case(submission, clean_tables(submission, DICTIONARY), previous, DICTIONARY, REGISTER)
