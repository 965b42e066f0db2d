"""The form that is issued to an institution, filled in advance for those who may see its numbers."""

from __future__ import annotations

from app.access import Actor, may
from app.storage.store import Store
from app.submission.issued_form import centres_known, issue_for
from schemas.dictionary.field import Form
from schemas.form.issue import Given, Issue
from schemas.migration.prefill import centre_row
from schemas.register import Institution, load_register
from schemas.register.centres import load_centres


def issue_of(store: Store, actor: Actor, institution: Institution, form: Form, year: int, unit: str = "") -> Issue:
    """The form for an institution with what the store has of last round; empty for whoever is not of it."""
    if not may(actor, "issue_form", institution.code):
        return Issue(form, year, institution, unit=unit, lists={"units": [{"unit": unit}]} if unit else {})
    return issue_for(store, institution, form, year, unit)


def centres_to_issue(store: Store, actor: Actor, institution: Institution, year: int) -> list[dict[str, Given]]:
    """The centres that a form can be issued for, as rows of the list of units; for others those of the register."""
    if may(actor, "issue_form", institution.code):
        return centres_known(store, institution, year)
    register = load_register()
    return [centre_row(one, year, register) for one in load_centres().of_host(institution.code, year, register)]
