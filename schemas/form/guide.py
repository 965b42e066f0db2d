"""Texts of the guide sheet and of the frame around every sheet, and the version of the form."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from schemas.dictionary.declaration import Text, read_document, validate_document
from schemas.dictionary.field import Declared


class Routing(Declared):
    """The words of the sheets that go round the offices."""

    title: Text
    intro: Text
    respondent: Text
    cell: Text
    question: Text
    note: Text
    answer: Text
    item: Text
    level: Text
    evidence: Text
    optional: Text
    more_rows: Text
    long_list: Text
    about: Text


class Guide(Declared):
    """What the workbook says about itself."""

    form_version: str
    sheet: str
    title: Text
    forms: dict[str, Text]
    demo: Text
    round: Text
    purpose: list[Text]
    steps_label: Text
    steps: list[Text]
    dates_label: Text
    dates: list[Text]
    codes_label: Text
    blank_rule: Text
    status_label: Text
    colours_label: Text
    colours: dict[str, Text]
    about_label: Text
    unanswered: Text
    complete: Text
    burden: Text
    macros: Text
    extra: Text
    register_note: Text
    last_time: Text
    computed_note: Text
    computed_question: Text
    office_label: Text
    version_label: Text
    total: Text
    all_sheets: Text
    too_long: Text
    too_long_title: Text
    blank_is_zero: Text
    blank_is_zero_title: Text
    blank_is_zero_help: Text
    whole: Text
    centre: Text
    footer: Text
    routing: Routing
    units: dict[str, Text]


@cache
def load_guide() -> Guide:
    """The declared texts. Raises DeclarationError."""
    return validate_document(read_document(Path(__file__).parent / "guide.yaml"), Guide)


def year_texts(year: int) -> dict[str, object]:
    """The dates of a round as text parameters (docs/data-shapes.md 1)."""
    return {
        "year": year,
        "previous": year - 1,
        "first": year - 5,
        "last": year - 1,
        "era": year - 2018,
    }
