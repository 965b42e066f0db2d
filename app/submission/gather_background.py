"""Gathers, once and from the database, everything that a workbook of an institution is judged beside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from app.storage.database.imported_papers import imported_papers
from app.storage.published import published_values
from app.storage.store import Store
from app.submission.background import Background, StoredForm, counterparts_of, dependents_of, siblings_of
from app.submission.explain_findings import as_sent
from indicators.plausibility.plausibility_rules import OF_OTHERS, compared_with_others
from indicators.publications.papers_beside_computed import papers_to_compare

if TYPE_CHECKING:
    import pandas as pd

Forms = Mapping[tuple[int, str, str], str]


def gather_background(
    store: Store, institution: str, year: int, form: str, unit: str, beside: Forms, received_at: datetime
) -> Background:
    """What the store knows beside a form; ``beside`` are the submissions of ``forms_beside``.

    The form of the round before is that of the same centre. Papers from public data are those that were loaded when
    the form came in (``received_at``): a later load says nothing against it when it is judged anew.
    """
    before = beside.get((year - 1, form, unit))
    present = [
        _stored_form(store, key, institution, year, name, of, beside.get((year - 1, name, of), ""))
        for (round_, name, of), key in beside.items()
        if round_ == year
    ]
    return Background(
        previous=_stored_form(store, before, institution, year - 1, form, unit) if before else None,
        beside=counterparts_of(form, present),
        siblings=siblings_of(form, unit, present),
        dependents=dependents_of(form, present),
        explanations=as_sent(store, institution),
        others=values_to_compare(store, year),
        published=published_values(store, institution=institution).drop(columns="bounds"),
        compared_papers=papers_to_compare(imported_papers(store.engine, institution, received_at)),
    )


def forms_beside(
    store: Store, institution: str, year: int, form: str, unit: str = ""
) -> dict[tuple[int, str, str], str]:
    """The current submissions that the results of a form rest on, by year, form and unit."""
    return {
        key: submission
        for key, submission in store.current_forms(institution).items()
        if key[0] in (year - 1, year) and key != (year, form, unit)
    }


def _stored_form(
    store: Store, submission: str, institution: str, year: int, form: str, unit: str, previous: str = ""
) -> StoredForm:
    """A submission as it was kept; ``previous`` is that of its form in the round before."""
    return StoredForm(
        submission=submission,
        institution=institution,
        year=year,
        form=form,
        is_demo=store.kind == "demo",
        answers=store.answers(submission),
        counted=store.counted_tables(submission),
        values=store.values(submission=submission),
        findings=store.findings(submission),
        previous_values=store.values(submission=previous) if previous else None,
        unit=unit,
    )


def values_to_compare(store: Store, year: int) -> pd.DataFrame:
    """The values of whole institutions in a year that rules set a new one beside; the columns OF_OTHERS."""
    values = store.values(year=year, level="institution")
    return values.loc[values["indicator"].isin(compared_with_others()), OF_OTHERS]
