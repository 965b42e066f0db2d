"""The form that is issued to an institution, filled in advance for those who may see its numbers."""

from __future__ import annotations

from app.access import Actor, may
from app.storage.store import Store
from app.submission.issue_forms import centres_known, gather_known
from app.submission.issued_form import KnownBefore, centres_among
from schemas.dictionary.field import Form
from schemas.form.issue import Given
from schemas.register import Institution


def known_to(
    store: Store, actor: Actor, institution: Institution, form: Form, year: int, unit: str = ""
) -> KnownBefore:
    """What the store has of last round for the form of an institution; nothing for whoever is not of it."""
    if not may(actor, "issue_form", institution.code):
        return KnownBefore(institution, form, year, unit)
    return gather_known(store, institution, form, year, unit)


def centres_to_issue(store: Store, actor: Actor, institution: Institution, year: int) -> list[dict[str, Given]]:
    """The centres that a form can be issued for, as rows of the list of units; for others those of the register."""
    if may(actor, "issue_form", institution.code):
        return centres_known(store, institution, year)
    return centres_among((), institution, year)
