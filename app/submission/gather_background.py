"""Gathers, once and from the database, everything that a workbook of an institution is judged beside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.storage.published import published_values
from app.storage.store import Store
from app.submission.background import Background, StoredForm, counterpart_of, dependents_of
from app.submission.explain_findings import as_sent
from indicators.plausibility.plausibility_rules import OF_OTHERS, compared_with_others
from schemas.dictionary.field import FORMS

if TYPE_CHECKING:
    import pandas as pd

Forms = Mapping[tuple[int, str], str]


def gather_background(store: Store, institution: str, year: int, form: str, beside: Forms) -> Background:
    """What the store knows beside a form that comes in; ``beside`` are the submissions of ``forms_beside``."""
    before = beside[year - 1, form]
    pairs = {name: key for name in FORMS if (key := beside.get((year, name), ""))}
    counterpart = counterpart_of(form, pairs)
    return Background(
        previous=_stored_form(store, before, institution, year - 1, form) if before else None,
        beside=_stored_form(store, pairs[counterpart], institution, year, counterpart) if counterpart else None,
        dependents=tuple(
            _stored_form(store, pairs[name], institution, year, name, beside.get((year - 1, name), ""))
            for name in dependents_of(form, pairs)
        ),
        explanations=as_sent(store, institution),
        others=values_to_compare(store, year),
        published=published_values(store, institution=institution).drop(columns="bounds"),
    )


def forms_beside(store: Store, institution: str, year: int, form: str) -> dict[tuple[int, str], str]:
    """The current submissions that the results of a form rest on, by year and form; empty texts where there is none."""
    now = store.current_forms(institution)
    years = [(year, name) for name in FORMS if name != form] + [(year - 1, name) for name in FORMS]
    return {key: now.get(key, "") for key in years}


def _stored_form(
    store: Store, submission: str, institution: str, year: int, form: str, previous: str = ""
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
    )


def values_to_compare(store: Store, year: int) -> pd.DataFrame:
    """The values of whole institutions in a year that rules set a new one beside; the columns OF_OTHERS."""
    values = store.values(year=year, level="institution")
    return values.loc[values["indicator"].isin(compared_with_others()), OF_OTHERS]
