"""The form that is issued to an institution, filled in advance for those who may see its numbers."""

from __future__ import annotations

from app.access import Actor, may
from app.storage.store import Store
from app.submission.issued_form import issue_for
from schemas.dictionary.field import Form
from schemas.form.issue import Issue
from schemas.register import Institution


def issue_of(store: Store, actor: Actor, institution: Institution, form: Form, year: int) -> Issue:
    """The form for an institution with what the store has of last round; empty for whoever is not of it."""
    if not may(actor, "issue_form", institution.code):
        return Issue(form, year, institution)
    return issue_for(store, institution, form, year)
