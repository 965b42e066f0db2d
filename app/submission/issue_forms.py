"""Issues a form by what the store knows of an institution, in the edition that the round of its year has frozen."""

from __future__ import annotations

import pickle
from collections.abc import Iterator

from app.rounds.frozen_edition import edition_not_in_force, program_with_edition
from app.rounds.round_errors import RoundError
from app.storage.database.imported_papers import imported_papers
from app.storage.store import Store
from app.submission.explain_findings import texts_of
from app.submission.issued_form import IssuedForm, KnownBefore, centres_among, write_form
from app.submission.worker_pool import Busy, WorkerPool, workers_in
from indicators.publications.imported_papers import computed_papers
from schemas.dictionary.field import Form
from schemas.form.issue import Given
from schemas.register import Institution
from schemas.xlsx.refusal import Refusal


def gather_known(store: Store, institution: Institution, form: Form, year: int, unit: str = "") -> KnownBefore:
    """What the store has of the round before and of the papers of an institution, for a form of ``year``.

    ``unit`` is the centre that a centre form is for.
    """
    last = store.current(institution.code, year - 1, form, unit or None)
    listings = list(_listings(store, institution, year)) if unit and last is None else []
    found = imported_papers(store.engine, institution.code)
    return KnownBefore(
        institution,
        form,
        year,
        unit,
        answers=None if last is None else store.answers(last),
        texts={} if last is None else texts_of(store, last),
        listings=[store.answers(one) for one in listings],
        computed=computed_papers(found) if found else None,
        sources=tuple(listings) if last is None else (last,),
    )


def centres_known(store: Store, institution: Institution, year: int) -> list[dict[str, Given]]:
    """The centres of an institution, as rows of the list of units: those it listed last, then those of the register."""
    return centres_among([store.answers(one) for one in _listings(store, institution, year)], institution, year)


def _listings(store: Store, institution: Institution, year: int) -> Iterator[str]:
    for key in ((y, form) for y in (year, year - 1) for form in ("core", "full")):
        submission = store.current(institution.code, *key)
        if submission is not None:
            yield submission


def issue_form(store: Store, known: KnownBefore) -> IssuedForm:
    """The form for an institution, by the edition that judges it: of the round of its year, else the one in force.

    Raises StoreError where the frozen edition is missing or changed, or cannot be written by this software.
    """
    edition = edition_not_in_force(store, known.year)
    if edition is None:
        return write_form(known)
    return issue_in(workers_in(program_with_edition(store, edition)), known)


def issue_in(workers: WorkerPool, known: KnownBefore) -> IssuedForm:
    """The form for an institution, written by a worker in the edition of its program. Raises RoundError."""
    try:
        told, (data,) = workers.run("write", pickle.dumps(known))
    except Refusal as refused:
        about = {
            "year": known.year,
            "code": known.institution.code,
            "number": refused.params.get("number", refused.rule),
        }
        raise RoundError("form_not_written", **about) from refused
    except Busy as busy:
        raise RoundError("form_busy", year=known.year, code=known.institution.code) from busy
    return IssuedForm(data, **told)
