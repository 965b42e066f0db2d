"""A form as it is issued for an institution: with last round's descriptions, numbers and explanations."""

from __future__ import annotations

from dataclasses import replace

from app.edition import catalogue
from app.storage.store import Store
from app.submission.explain_findings import texts_of
from schemas.dictionary.field import Form
from schemas.explanations.explanation_rows import with_explanations
from schemas.form.issue import Issue
from schemas.migration.prefill import prefilled, previous_in_store
from schemas.register import Institution


def issue_for(store: Store, institution: Institution, form: Form, year: int) -> Issue:
    """The form for an institution, with what the store has of the round before; empty where it has nothing."""
    dictionary = catalogue().dictionary
    last = store.current(institution.code, year - 1, form)
    if last is None:
        return Issue(form, year, institution, is_demo=institution.is_demo)
    previous = previous_in_store(store.answers(last), dictionary)
    issue = prefilled(dictionary, form, year, institution, previous)
    return replace(with_explanations(issue, texts_of(store, last)), is_demo=institution.is_demo)
