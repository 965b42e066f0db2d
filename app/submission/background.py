"""What is known of an institution before its workbook is judged: gathered once, from the database, and frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from schemas.dictionary.dictionary import CENTRE

if TYPE_CHECKING:
    import pandas as pd

    from app.submission.result import Result
    from schemas.form.computed_papers import PapersToCompare

INSTITUTION_FORMS = ("full", "core")  # the forms of centres are set beside the first of these that there is


@dataclass(frozen=True)
class StoredForm:
    """A form of the institution as it was kept.

    ``answers`` and ``values`` are frames as stored; ``counted`` holds the rows of tables counted from a long list by
    table; ``findings`` are in the shape of ``validate``. ``previous_values`` are those of its own form the year before.
    ``unit`` is the centre that the form is about; empty for a form of the whole institution.
    """

    submission: str
    institution: str
    year: int
    form: str
    is_demo: bool
    answers: pd.DataFrame
    counted: Mapping[str, Sequence[Mapping[str, Any]]]
    values: pd.DataFrame
    findings: Sequence[Mapping[str, Any]] = ()
    previous_values: pd.DataFrame | None = None
    unit: str = ""


@dataclass(frozen=True)
class Background:
    """Everything a workbook is judged beside.

    ``previous`` is the form of the round before, of the same centre; ``beside`` the forms of all centres for that of
    their institution, for a centre's the form of its institution; ``siblings`` the forms of the other centres.
    ``dependents`` are forms of this round whose results rest on this one. ``explanations`` are those
    given before, each with its year (`app.submission.given_explanations`). ``others`` are values of other institutions
    in the round (columns ``indicators.plausibility.plausibility_rules.OF_OTHERS``), ``published`` published figures
    about this one, ``compared_papers`` its papers computed from public data, by counting. ``expected_institution`` is
    the one the upload must be of, if any. ``is_previous_unreadable``: there
    is a form of the round before that cannot be compared with.
    """

    previous: StoredForm | None = None
    beside: tuple[StoredForm, ...] = ()
    siblings: tuple[StoredForm, ...] = ()
    dependents: tuple[StoredForm, ...] = ()
    explanations: Sequence[Mapping[str, Any]] = ()
    others: pd.DataFrame | None = None
    published: pd.DataFrame | None = None
    compared_papers: Mapping[str, PapersToCompare] = field(default_factory=dict)
    expected_institution: str = ""
    is_previous_unreadable: bool = False


NOTHING_KNOWN = Background()


def form_of_result(result: Result) -> StoredForm:
    """The form behind a result that was not kept, as the store would hold it."""
    header = result.header
    return StoredForm(
        submission=header["submission"],
        institution=header["institution"],
        year=header["year"],
        form=header["form"],
        is_demo=header["is_demo"],
        answers=result.frames["answers"],
        counted=header["counted"],
        values=result.frames["values"],
        findings=header["validation"]["findings"],
        unit=header["unit"],
    )


def background_after(previous: Result) -> Background:
    """The background of a form whose predecessor was not kept: its answers, values and explanations."""
    given = [{**one, "year": previous.header["year"]} for one in previous.header["explanations"]]
    return Background(previous=form_of_result(previous), explanations=given)


def counterparts_of(form: str, present: Sequence[StoredForm]) -> tuple[StoredForm, ...]:
    """The forms of the round that this one is set beside, of those present: the institution's, or all its centres'."""
    if form != CENTRE:
        return tuple(one for one in present if one.form == CENTRE and form in INSTITUTION_FORMS)
    found = [one for name in INSTITUTION_FORMS for one in present if one.form == name]
    return tuple(found[:1])


def siblings_of(form: str, unit: str, present: Sequence[StoredForm]) -> tuple[StoredForm, ...]:
    """The forms of the other centres of the round, for the form of a centre."""
    return tuple(one for one in present if form == one.form == CENTRE and one.unit != unit)


def dependents_of(form: str, present: Sequence[StoredForm]) -> tuple[StoredForm, ...]:
    """The forms of the round whose results rest on this one, of those present."""
    if form == CENTRE:
        return tuple(one for name in INSTITUTION_FORMS for one in present if one.form == name)
    has_full = any(one.form == INSTITUTION_FORMS[0] for one in present)
    is_beside_centres = form == INSTITUTION_FORMS[0] or (form in INSTITUTION_FORMS and not has_full)
    return tuple(one for one in present if one.form == CENTRE) if is_beside_centres else ()
