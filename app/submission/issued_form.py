"""A form as it is issued for an institution: with last round's descriptions, numbers and explanations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from app.edition import catalogue
from schemas.dictionary.field import Form
from schemas.explanations.explanation_rows import with_explanations
from schemas.form.computed_papers import ComputedPapers
from schemas.form.issue import Given, Issue
from schemas.migration.prefill import (
    centre_row,
    is_unit_code,
    prefill_form,
    previous_in_store,
    with_computed_papers,
    with_registered_centres,
)
from schemas.register import Institution, UnknownInstitution, load_register
from schemas.register.centres import load_centres
from schemas.template.write_template import write_template

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class KnownBefore:
    """What is known of an institution before its form is written, in no words of an edition.

    ``answers`` are those of the same form of the round before, as stored, and ``texts`` what was explained with them by
    finding id. ``listings`` are the answers of the forms that listed its centres, the latest first; ``computed`` its
    papers from public data; ``unit`` the centre that a centre form is for; ``sources`` the submissions this came from.
    """

    institution: Institution
    form: Form
    year: int
    unit: str = ""
    answers: pd.DataFrame | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    listings: Sequence[pd.DataFrame] = ()
    computed: ComputedPapers | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class IssuedForm:
    """A form that was written: its workbook, its issue id, and whether last round's answers or papers stand in it."""

    data: bytes
    issue: str
    has_previous: bool
    has_papers: bool


def write_form(known: KnownBefore) -> IssuedForm:
    """The workbook for an institution, in the edition of this program."""
    dictionary = catalogue().dictionary
    issue = with_computed_papers(dictionary, _with_last_round(known), known.computed)
    has_previous = bool(issue.previous or (issue.answers and not issue.computed))
    data = write_template(dictionary, issue)
    return IssuedForm(data, issue.issue_id(dictionary.hash), has_previous, issue.computed is not None)


def _with_last_round(known: KnownBefore) -> Issue:
    """What stands in the form of what was said before; where nothing is known, the WPI centres of the register."""
    dictionary, unit = catalogue().dictionary, known.unit
    institution = _as_registered(known.institution, known.year)
    if known.answers is None:
        rows = centres_among(known.listings, institution, known.year) if unit else []
        row = next((one for one in rows if one["unit"] == unit), {"unit": unit})
        lists: dict[str, list[dict[str, Given]]] = {"units": [dict(row)]} if unit else {}
        issue = Issue(known.form, known.year, institution, lists=lists, is_demo=institution.is_demo, unit=unit)
        return with_registered_centres(issue, load_centres(), load_register())
    previous = previous_in_store(known.answers, dictionary)
    issue = prefill_form(dictionary, known.form, known.year, institution, previous, unit)
    return replace(with_explanations(issue, known.texts), is_demo=institution.is_demo)


def _as_registered(institution: Institution, year: int) -> Institution:
    """The institution as the register of this edition has it; one that it lacks as it was given."""
    try:
        return load_register().get(institution.code, year)
    except UnknownInstitution:
        return institution


def centres_among(listings: Sequence[pd.DataFrame], institution: Institution, year: int) -> list[dict[str, Given]]:
    """The centres of an institution as rows of the list of units: those it listed last, then those of the register."""
    dictionary = catalogue().dictionary
    found: dict[str, dict[str, Given]] = {}
    for answers in listings:
        previous = previous_in_store(answers, dictionary)
        for row in prefill_form(dictionary, "core", year, institution, previous).lists.get("units") or ():
            kept = {column: value for column, value in row.items() if column != "is_centre"}
            found.setdefault(str(row.get("unit") or ""), kept)
    for centre in load_centres().of_host(institution.code, year, load_register()):
        found.setdefault(centre.code, centre_row(centre, year, load_register()))
    return [row for code, row in found.items() if is_unit_code(code)]
