"""What an upload would replace and what would be lost with it: asked about before it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from app.storage.store import Store
from app.storage.versions import Outcome
from schemas.dictionary.dictionary import CENTRE

Kind = Literal[
    "other_institution",
    "earlier_year",
    "other_unit",
    "values_lost",
    "answers_lost",
    "other_form",
    "sign_off",
    "older_version",
]
VALUE_KEY = ("level", "unit", "indicator", "definition", "counting")
ANSWER_KEY = ("field", "row_key")


@dataclass(frozen=True)
class Selection:
    """Whose form is expected, as far as it is known: institution, latest round, centres that have handed in."""

    institution: str | None = None
    year: int | None = None
    units: tuple[str, ...] = ()


@dataclass(frozen=True)
class KeptForm:
    """The version that would be replaced: its id, answers and values as stored."""

    submission: str
    answers: pd.DataFrame
    values: pd.DataFrame


@dataclass(frozen=True)
class ReplacementWarning:
    """One reason to ask first. ``selected`` is what was expected, ``found`` what the file is.

    For values and answers ``lost`` names those that have a number in the kept version and none in the file, by their
    indicator or field, and ``selected`` and ``found`` are how many numbers each of the two has; ``other_form`` is the
    same of the institution's other form, whose values this one would speak in place of. For a sign-off that
    would be void ``selected`` is who gave it and ``found`` its moment (ISO 8601); ``lost`` is the other form and its
    unit where it is not the same form that was signed. For bytes of a version that was replaced since, ``selected`` is
    that version and ``found`` the current one.
    """

    kind: Kind
    selected: str
    found: str
    lost: tuple[str, ...] = ()
    submission: str = ""


def replacement_warnings(
    current: KeptForm | None, new: Outcome, selection: Selection = Selection()
) -> list[ReplacementWarning]:
    """The reasons to ask before ``new`` is kept; empty where it can only be what was meant.

    ``current`` is the version of the same form that it would replace, None where there is none.
    """
    return [*_other_form_than_selected(new, selection), *(_lost(current, new) if current is not None else ())]


def _other_form_than_selected(new: Outcome, selection: Selection) -> list[ReplacementWarning]:
    found = []
    if selection.institution not in (None, new.institution):
        found.append(ReplacementWarning("other_institution", str(selection.institution), new.institution))
    if selection.year is not None and new.year < selection.year:
        found.append(ReplacementWarning("earlier_year", str(selection.year), str(new.year)))
    if new.form == CENTRE and selection.units and new.unit not in selection.units:
        found.append(ReplacementWarning("other_unit", ", ".join(selection.units), new.unit))
    return found


def _lost(current: KeptForm, new: Outcome) -> list[ReplacementWarning]:
    return [
        *_lost_numbers("values_lost", current.submission, current.values, new.values),
        *_lost_numbers("answers_lost", current.submission, current.answers, new.answers),
    ]


def _lost_numbers(kind: Kind, submission: str, before: pd.DataFrame, after: pd.DataFrame) -> list[ReplacementWarning]:
    """The warning that numbers of a kept version are not in the file; none where all are."""
    had, has = (_numbers(frame, is_answer=kind == "answers_lost") for frame in (before, after))
    name = ANSWER_KEY.index("field") if kind == "answers_lost" else VALUE_KEY.index("indicator")
    still = set(has)
    lost = tuple(dict.fromkeys(key[name] for key in had if key not in still))
    return [ReplacementWarning(kind, str(len(had)), str(len(has)), lost, submission)] if lost else []


def _numbers(frame: pd.DataFrame, *, is_answer: bool) -> list[tuple[str, ...]]:
    """The keys of the rows that hold a number."""
    if frame.empty:
        return []
    key, column = (ANSWER_KEY, "normalised") if is_answer else (VALUE_KEY, "value")
    has = pd.to_numeric(frame[column], errors="coerce").notna()
    return [tuple(str(part) for part in row) for row in frame.loc[has, list(key)].itertuples(index=False, name=None)]


def warnings_before_keeping(
    store: Store, new: Outcome, institution: str | None, year: int | None
) -> list[ReplacementWarning]:
    """The reasons to ask before an upload is kept for a chosen institution and round."""
    kept = store.submissions(new.institution)
    latest = max([*([year] if year and institution == new.institution else []), *kept["year"]], default=None)
    units = tuple(sorted(set(kept.loc[kept["form"] == CENTRE, "unit"])))
    selection = Selection(institution, latest, units)
    return [*replacement_warnings(_find_replaced(store, new), new, selection), *_values_of_other_form_lost(store, new)]


def losses_before_keeping(store: Store, new: Outcome) -> list[ReplacementWarning]:
    """What would be lost if an upload for which nothing was chosen were kept."""
    return [*replacement_warnings(_find_replaced(store, new), new), *_values_of_other_form_lost(store, new)]


def _find_replaced(store: Store, new: Outcome) -> KeptForm | None:
    """The version of the same form that would be replaced."""
    replaced = store.current(new.institution, new.year, new.form, new.unit)
    if replaced is None:
        return None
    return KeptForm(replaced, store.answers(replaced), store.values(submission=replaced))


def _values_of_other_form_lost(store: Store, new: Outcome) -> list[ReplacementWarning]:
    """The warning where another form of the institution speaks and has values that this one, which would, has not."""
    of_record = store.submission_of_record(new.institution, new.year)
    if of_record is None or new.form == CENTRE:
        return []
    row = store.submission(of_record)
    if row is None or row["form"] in (CENTRE, new.form):
        return []
    return _lost_numbers("other_form", of_record, store.values(submission=of_record), new.values)
