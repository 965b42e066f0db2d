"""What an upload would replace and what would be lost with it: asked about before it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from app.storage.store import Store
from app.storage.versions import Outcome
from schemas.dictionary.dictionary import CENTRE

Kind = Literal[
    "other_institution", "earlier_year", "other_unit", "values_lost", "answers_lost", "sign_off", "older_version"
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
    indicator or field, and ``selected`` and ``found`` are how many numbers each of the two has. For a sign-off that
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
    values = [_numbers(frame, VALUE_KEY, "value") for frame in (current.values, new.values)]
    answers = [_numbers(frame, ANSWER_KEY, "normalised") for frame in (current.answers, new.answers)]
    found: list[ReplacementWarning] = []
    kinds: Sequence[tuple[Kind, list[list[tuple[str, ...]]], int]] = (
        ("values_lost", values, VALUE_KEY.index("indicator")),
        ("answers_lost", answers, ANSWER_KEY.index("field")),
    )
    for kind, (before, after), name in kinds:
        still = set(after)
        lost = tuple(dict.fromkeys(key[name] for key in before if key not in still))
        if lost:
            counts = str(len(before)), str(len(after))
            found.append(ReplacementWarning(kind, *counts, lost, current.submission))
    return found


def _numbers(frame: pd.DataFrame, key: tuple[str, ...], column: str) -> list[tuple[str, ...]]:
    """The keys of the rows that hold a number."""
    if frame.empty:
        return []
    has = pd.to_numeric(frame[column], errors="coerce").notna()
    return [tuple(str(part) for part in row) for row in frame.loc[has, list(key)].itertuples(index=False, name=None)]


def warnings_before_keeping(
    store: Store, new: Outcome, data: bytes, institution: str | None, year: int | None
) -> list[ReplacementWarning]:
    """The reasons to ask before an upload is kept for a chosen institution and round; none for bytes kept already."""
    if store.recognise(new, data) is not None:
        return []
    kept = store.submissions(new.institution)
    latest = max([*([year] if year and institution == new.institution else []), *kept["year"]], default=None)
    units = tuple(sorted(set(kept.loc[kept["form"] == CENTRE, "unit"])))
    return replacement_warnings(_find_replaced(store, new), new, Selection(institution, latest, units))


def losses_before_keeping(store: Store, new: Outcome, data: bytes) -> list[ReplacementWarning]:
    """What would be lost if an upload for which nothing was chosen were kept; none for bytes kept already."""
    if store.recognise(new, data) is not None:
        return []
    return replacement_warnings(_find_replaced(store, new), new)


def _find_replaced(store: Store, new: Outcome) -> KeptForm | None:
    """The version of the same form that would be replaced."""
    replaced = store.current(new.institution, new.year, new.form, new.unit)
    if replaced is None:
        return None
    return KeptForm(replaced, store.answers(replaced), store.values(submission=replaced))
