"""A form as it is issued for an institution: with last round's descriptions, numbers and explanations."""

from __future__ import annotations

from dataclasses import replace

from app.edition import catalogue
from app.storage.database.imported_papers import imported_papers
from app.storage.store import Store
from app.submission.explain_findings import texts_of
from indicators.publications.imported_papers import computed_papers
from schemas.dictionary.field import Form
from schemas.explanations.explanation_rows import with_explanations
from schemas.form.issue import Given, Issue
from schemas.migration.prefill import (
    centre_row,
    is_unit_code,
    prefill_form,
    previous_in_store,
    with_computed_papers,
    with_registered_centres,
)
from schemas.register import Institution, load_register
from schemas.register.centres import load_centres


def issue_for(store: Store, institution: Institution, form: Form, year: int, unit: str = "") -> Issue:
    """The form for an institution, with what the store has of the round before and its papers from public data.

    ``unit`` is the centre that a centre form is for. Where the store has nothing, the WPI centres of the institution
    come from the register.
    """
    issue = _with_last_round(store, institution, form, year, unit)
    found = imported_papers(store.engine, institution.code)
    return with_computed_papers(catalogue().dictionary, issue, computed_papers(found) if found else None)


def _with_last_round(store: Store, institution: Institution, form: Form, year: int, unit: str) -> Issue:
    dictionary = catalogue().dictionary
    last = store.current(institution.code, year - 1, form, unit or None)
    if last is None:
        known = {str(row["unit"]): row for row in centres_known(store, institution, year)} if unit else {}
        lists = {"units": [known.get(unit, {"unit": unit})]} if unit else {}
        issue = Issue(form, year, institution, lists=lists, is_demo=institution.is_demo, unit=unit)
        return with_registered_centres(issue, load_centres(), load_register())
    previous = previous_in_store(store.answers(last), dictionary)
    issue = prefill_form(dictionary, form, year, institution, previous, unit)
    return replace(with_explanations(issue, texts_of(store, last)), is_demo=institution.is_demo)


def centres_known(store: Store, institution: Institution, year: int) -> list[dict[str, Given]]:
    """The centres of an institution, as rows of the list of units: those it listed last, then those of the register."""
    dictionary = catalogue().dictionary
    found: dict[str, dict[str, Given]] = {}
    for key in ((y, form) for y in (year, year - 1) for form in ("core", "full")):
        submission = store.current(institution.code, *key)
        previous = {} if submission is None else previous_in_store(store.answers(submission), dictionary)
        for row in prefill_form(dictionary, "core", year, institution, previous).lists.get("units") or ():
            kept = {column: value for column, value in row.items() if column != "is_centre"}
            found.setdefault(str(row.get("unit") or ""), kept)
    for centre in load_centres().of_host(institution.code, year, load_register()):
        found.setdefault(centre.code, centre_row(centre, year, load_register()))
    return [row for code, row in found.items() if is_unit_code(code)]
