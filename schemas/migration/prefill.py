"""What a form knows already from last time: descriptions are filled in, counts are only shown beside the cell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pandas as pd

from schemas.dictionary.dictionary import CENTRE, WHOLE, DataDictionary
from schemas.dictionary.field import NUMERIC, Block, Field, Form
from schemas.explanations.explanation_rows import with_questions
from schemas.form.computed_papers import DEMO, ComputedPapers
from schemas.form.computed_papers import TABLE as PAPERS
from schemas.form.guide import load_guide
from schemas.form.issue import Given, Issue
from schemas.reading.answer import Answer, Submission
from schemas.register import Institution, Register
from schemas.register.centres import HOST_SEPARATOR, CentreRegister, WpiCentre
from schemas.rules.finding import finding_id

Previous = Mapping[tuple[str, str], Given]
PLAN = ("checklist_details.planned_level", "checklist_details.planned_year")
SHOWN = frozenset({*NUMERIC, "level"})
CHANGED = "R.PUB.150"  # the rule about papers that were filled in and changed
COMPARING_FORMS = ("core", "full")
DETAILS = "checklist_details."  # of both scopes in the form of an institution


def previous_of(submission: Submission) -> dict[tuple[str, str], Given]:
    """Answers of a form as read, by (field, row key): values, or codes where a code stands; blanks left out."""
    return {
        (answer.field.id, answer.row_key): given_of(answer)
        for answer in submission.answers
        if answer.applies and answer.field.required != "register" and given_of(answer) is not None
    }


def given_of(answer: Answer) -> Given:
    """The answer as it would be written into a form: its code, else its value."""
    return answer.code or answer.value


def previous_in_store(answers: pd.DataFrame, dictionary: DataDictionary) -> dict[tuple[str, str], Given]:
    """The same from the table ``answers`` of one submission (columns field, row_key, normalised, code).

    Fields that the dictionary no longer knows are left out.
    """
    found: dict[tuple[str, str], Given] = {}
    columns = answers[["field", "row_key", "normalised", "code"]].fillna("").astype(str)
    for field_id, row_key, text, code in columns.itertuples(index=False, name=None):
        f = dictionary.fields.get(field_id)
        if f is not None and f.required != "register" and (code or text):
            found[field_id, row_key] = code or typed_answer(f, text)
    return found


def typed_answer(f: Field, text: str) -> Given:
    """The value of a stored text in the type of its question. Raises ValueError where it is not of that type."""
    if f.type in ("count", "level", "year"):
        return int(text)
    if f.type == "decimal":
        return Decimal(text)
    return date.fromisoformat(text[:10]) if f.type == "date" else text


def centre_row(centre: WpiCentre, year: int, register: Register) -> dict[str, Given]:
    """What the register of WPI centres knows of a centre in a round, as a row of the list of units."""
    row: dict[str, Given] = {
        "unit": centre.code,
        "name_ja": centre.name_ja,
        "name_en": centre.name_en,
        "kind": "wpi_centre",
        "call_year": centre.call_year,
        "call_type": centre.call_type,
        "status": centre.status_in(year),
        "hosts": HOST_SEPARATOR.join(centre.hosts_in(year, register)),
    }
    return {column: value for column, value in row.items() if value != ""}


def with_registered_centres(issue: Issue, centres: CentreRegister, register: Register) -> Issue:
    """A form of an institution with its WPI centres listed where it lists no unit yet."""
    found = centres.of_host(issue.institution.code, issue.year, register)
    if issue.form not in COMPARING_FORMS or issue.lists.get("units") or not found:
        return issue
    rows = [centre_row(centre, issue.year, register) for centre in found]
    return replace(issue, lists={**issue.lists, "units": rows})


def with_computed_papers(dictionary: DataDictionary, issue: Issue, computed: ComputedPapers | None) -> Issue:
    """A form of an institution with its papers filled in from public data, to be confirmed or corrected.

    They stand in the answers that the form asks for, with how they were counted; last time's numbers stay beside
    the cells. What the data do not tell is answered with "not known", unless a number was given last time. On the
    sheet 説明 each year has a row for the reason of a correction. A form of a centre stays as it is.
    """
    slots = {(slot.field.id, slot.row_key): slot.field for slot in dictionary.slots(issue.form, issue.year)}
    values = {key: value for key, value in (computed.values if computed else {}).items() if key in slots}
    if computed is None or not values or issue.form == CENTRE:
        return issue
    basis: dict[tuple[str, str], Given] = {
        ("publication_basis.database", ""): "openalex" if computed.database == DEMO else computed.database,
        ("publication_basis.extracted_on", ""): computed.retrieved_on,
        ("publication_basis.counting", ""): computed.counting,
        ("publication_basis.document_types", ""): computed.document_types,
    }
    asked = {key: value for key, value in basis.items() if key in slots and value is not None}
    asked |= dict.fromkeys(_not_told(slots, values, issue.previous), "m")
    made = replace(issue, answers={**issue.answers, **asked, **values}, computed=replace(computed, values=values))
    label, question = computed.label, load_guide().computed_question
    questions = {
        finding_id(CHANGED, f"{PAPERS}.papers", year): question.format(year=year, label=label)
        for year in sorted({year for _, year in values})
    }
    return with_questions(made, questions)


def _not_told(
    slots: Mapping[tuple[str, str], Field], values: Mapping[tuple[str, str], Given], last: Previous
) -> list[tuple[str, str]]:
    """What the form asks of the same years, and neither the public data nor the institution itself last time told."""
    years = {year for _, year in values}
    return [
        key
        for key, f in slots.items()
        if f.table == PAPERS and key[1] in years and f.required == "always" and "m" in f.codes
        if key not in values and key not in last
    ]


def is_unit_code(text: str) -> bool:
    """Whether a text can be the code of a unit: up to eight letters or digits, and not the institution's own."""
    return re.fullmatch(r"[A-Za-z0-9]{1,8}", text) is not None and text != WHOLE


def listed_units(previous: Previous) -> dict[str, str]:
    """Name by code of the units that a form lists."""
    rows = {key: str(value) for (field_id, key), value in previous.items() if field_id == "units.unit"}
    return {code: str(previous.get(("units.name_ja", key)) or "") for key, code in rows.items()}


def about_centre(previous: Previous, unit: str) -> dict[tuple[str, str], Given]:
    """What the form of an institution says that also holds for ``unit``, another centre than the one it compares."""
    marked = [key for (field_id, key), value in previous.items() if field_id == "units.is_centre" and value == "yes"]
    if any(previous.get(("units.unit", key)) == unit for key in marked[:1]):
        return dict(previous)
    return {
        (field_id, row_key): value
        for (field_id, row_key), value in previous.items()
        if CENTRE not in row_key.split("/") and not field_id.startswith(DETAILS)
    }


def prefill_form(
    dictionary: DataDictionary, form: Form, year: int, institution: Institution, previous: Previous, unit: str = ""
) -> Issue:
    """The form of the round ``year`` with last time's descriptions, open programmes and plans filled in.

    Last time's counts, levels and papers are never filled in: they come as ``Issue.previous``, shown beside the cells.
    ``unit`` is the centre that a centre form is issued for.
    """
    slots = {(slot.field.id, slot.row_key): slot.field for slot in dictionary.slots(form, year)}
    answers = {key: previous[key] for key, f in slots.items() if f.carried and key in previous}
    for (field_id, item), planned in list(answers.items()):
        if field_id == PLAN[1] and isinstance(planned, int) and planned < year:
            for plan in PLAN:
                answers.pop((plan, item), None)
    shown = {key: previous[key] for key, f in slots.items() if f.type in SHOWN and not f.carried and key in previous}
    blocks = [block for _, block in dictionary.blocks(form) if block.kind == "list"]
    lists = {block.id: rows for block in blocks if (rows := _rows(block, previous, year, form, unit))}
    return Issue(form, year, institution, answers, lists, previous=shown, unit=unit)


def _rows(block: Block, previous: Previous, year: int, form: Form, unit: str) -> list[dict[str, Given]]:
    rows: dict[int, dict[str, Given]] = {}
    by_field = {f.id: f for f in block.fields}
    for (field_id, row_key), value in previous.items():
        if field_id in by_field and row_key.isdecimal():
            rows.setdefault(int(row_key), {})[by_field[field_id].column] = value
    kept = [row for _, row in sorted(rows.items()) if not _is_closed(block, row, year)]
    if form == CENTRE and block.id == "units" and unit:
        kept = [row for row in kept if row.get("unit") == unit]
    elif form == CENTRE and block.id == "units":
        marked = {
            value for (field_id, n), value in previous.items() if field_id == "units.unit" and _marks(previous, n)
        }
        kept.sort(key=lambda row: row.get("unit") not in marked)
    carried = {f.column for f in block.fields if f.carried}
    named = [{column: value for column, value in row.items() if column in carried} for row in kept]
    return [row for row in named if row][: block.size]


def _marks(previous: Previous, row_key: str) -> bool:
    return previous.get(("units.is_centre", row_key)) == "yes"


def _is_closed(block: Block, row: Mapping[str, Given], year: int) -> bool:
    """Whether the row ended before last fiscal year began."""
    ended = row.get(block.closed_by.split(".")[1]) if block.closed_by else None
    if isinstance(ended, date):
        return ended < date(year - 1, 4, 1)
    return isinstance(ended, int) and ended < year - 1
