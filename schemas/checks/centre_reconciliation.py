"""The form of a research centre beside the form of its institution: what both ask, where they differ, which counts.

docs/template.md 2: a difference is a point to check, and the centre form is used for the level ``centre``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from schemas.checks.check_context import cell_ref_of
from schemas.dictionary.declaration import Text
from schemas.dictionary.dictionary import CENTRE, DataDictionary
from schemas.dictionary.field import NUMERIC
from schemas.form.guide import load_guide
from schemas.reading.answer import Answer, Submission, Value
from schemas.reading.choice_labels import choice_label
from schemas.reading.clean_tables import Tables
from schemas.rules.finding import Finding
from schemas.rules.rule import Rule

DIFFERENT_COUNT, DIFFERENT_CENTRE = "R.CEN.001", "R.CEN.002"
ZONES = ("unit", "scope")
CENTRE_FIELDS = ("units.unit",)
SHARED_TABLES = ("researchers", "checklist")
EMPTY = Text(ja="空欄", en="blank")


@dataclass(frozen=True)
class Pair:
    """One question about the centre as both forms answer it."""

    own: Answer
    other: Answer

    @property
    def differs(self) -> bool:
        """Whether the two say different things; unreadable answers are asked about elsewhere."""
        if self.own.problem or self.other.problem:
            return False
        return (self.own.value, self.own.code) != (self.other.value, self.other.code)


def pairs_of(submission: Submission, other: Submission) -> list[Pair]:
    """The questions about the centre that both forms ask, in the order of the first."""
    return [
        Pair(answer, there)
        for answer in submission.answers
        if CENTRE in (answer.keys.get(zone) for zone in ZONES)
        and answer.applies
        and (there := other.by_key.get((answer.field.id, answer.row_key))) is not None
        and there.applies
    ]


def compared(
    submission: Submission, other: Submission, dictionary: DataDictionary, rules: Mapping[str, Rule]
) -> Iterator[Finding]:
    """One finding for each answer about the centre that differs from the other form's, naming both cells.

    Where the two forms are about different units there is one finding about that, and nothing is compared.
    """
    form = load_guide().forms[other.form]
    own, there = centre_code(submission), centre_code(other)
    if own and there and own != there:
        place = _place(submission)
        params = {"form": form, "own": own, "other": there}
        yield rules[DIFFERENT_CENTRE].finding(params, **{**place, "value": own})
        return
    for pair in pairs_of(submission, other):
        if pair.differs:
            params = {
                "cell": pair.own.address,
                "label": pair.own.heading,
                "own": said(pair.own, dictionary),
                "form": form,
                "other_cell": pair.other.address,
                "other": said(pair.other, dictionary),
            }
            yield rules[DIFFERENT_COUNT].finding(params, **{**cell_ref_of(pair.own), "blocks": ()})


def said(answer: Answer, dictionary: DataDictionary) -> Text:
    """An answer as a sentence states it: a number, or the label of a level or code."""
    if answer.is_blank:
        return EMPTY
    if answer.field.type in NUMERIC and not answer.code:
        number = _number(answer.value)
        return Text(ja=number, en=number)
    given = answer.code or str(answer.value)
    return choice_label(dictionary, answer.field, answer.keys, given) or Text(ja=given, en=given)


def _number(value: Value) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def centre_code(submission: Submission) -> str:
    """The unit code of the centre as the form gives it; empty where it gives none or marks none."""
    rows = [answer for answer in submission.answers if answer.field.id in CENTRE_FIELDS and answer.value is not None]
    marked = [a for a in rows if submission.value("units.is_centre", a.row_key) == "yes"]
    chosen = rows[:1] if submission.form == CENTRE else marked
    return str(chosen[0].value) if chosen else ""


def _place(submission: Submission) -> dict[str, Any]:
    code = centre_code(submission)
    cells = [a for a in submission.answers if a.field.id in CENTRE_FIELDS and str(a.value) == code]
    return {**cell_ref_of(cells[0]), "row_key": "", "blocks": ()}


# which counts are used ---------------------------------------------------------------------------------------


def is_same_centre(submission: Submission, centre: Submission) -> bool:
    """Whether the form of the centre is about the unit that the other form marks, as far as both say."""
    codes = {centre_code(submission), centre_code(centre)} - {""}
    return len(codes) < 2


def with_centre(tables: Tables, centre: Tables, pairs: list[Pair]) -> Tables:
    """The tables of an institution's form with what the form of its centre says about the centre.

    Only answers that both forms ask are taken over; where they stand in the institution's form stays as it is.
    """
    result = dict(tables)
    for name in SHARED_TABLES:
        keys = {pair.own.row_key for pair in pairs if pair.own.field.table == name}
        if name in tables and name in centre:
            result[name] = _replaced(tables[name], centre[name], keys)
    return result


def _replaced(frame: pd.DataFrame, other: pd.DataFrame, keys: set[str]) -> pd.DataFrame:
    rows = [key for key in frame.index if key in keys and key in other.index]
    columns = [c for c in frame.columns if c in other.columns and c not in ("unit", "position", "item", "scope")]
    changed = frame.copy()
    for column in columns:
        changed.loc[rows, column] = other.loc[rows, column]
    return changed


def blocked_with_centre(
    own: frozenset[tuple[str, str]], centre: frozenset[tuple[str, str]], pairs: list[Pair]
) -> frozenset[tuple[str, str]]:
    """The answers that an error blocks: about the centre those of its own form, else those of the institution's."""
    keys = {(pair.own.field.id, pair.own.row_key) for pair in pairs}
    return (own - keys) | (centre & keys)
