"""The forms of centres beside the form of their institution: what both ask, where they differ, which counts.

docs/template.md 2: a difference is a point to check, and the centre form is used for the level ``centre``. The core and
full forms ask about one centre, the one chosen for comparison; other centres answer in forms of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from schemas.checks.check_context import cell_ref_of, number
from schemas.dictionary.declaration import Text
from schemas.dictionary.dictionary import CENTRE, WHOLE, DataDictionary
from schemas.dictionary.field import NUMERIC
from schemas.dictionary.match_key import match_key, nearest_word
from schemas.form.guide import load_guide
from schemas.reading.answer import Answer, Submission
from schemas.reading.choice_labels import choice_label
from schemas.reading.clean_tables import Tables
from schemas.rules.finding import Finding
from schemas.rules.rule import Rule

DIFFERENT_COUNT, NOT_LISTED, OTHER_NAME, SAME_NAME = "R.CEN.001", "R.CEN.002", "R.CEN.003", "R.CEN.004"
OTHER_ISSUE = "R.CEN.005"
BESIDE_RULES = frozenset({DIFFERENT_COUNT, NOT_LISTED, OTHER_NAME, SAME_NAME})
NOTHING = "－"
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


def compare_answers(
    submission: Submission, other: Submission, dictionary: DataDictionary, rules: Mapping[str, Rule]
) -> Iterator[Finding]:
    """One finding for each answer about the centre that differs from the other form's, naming both cells.

    A centre that the institution does not list gives one finding that says so, and one by another name another;
    what the institution answers about its centre for comparison is compared with the form of that centre alone.
    """
    centre, institution = (submission, other) if submission.form == CENTRE else (other, submission)
    form, code, listed = load_guide().forms[other.form], centre_code(centre), listed_centres(institution)
    cell_ref = {**_cell_ref(submission), "row_key": code, "value": code}
    says_none = institution.value("profile.has_centre") == "no"
    if code and (listed or says_none) and (code not in listed or says_none):
        near = "" if says_none else _nearest_listed(centre, listed)
        params: dict[str, Any] = {"own": _code_and_name(code, centre_name(centre)), "near": near}
        yield rules[NOT_LISTED].finding(params, **cell_ref)
        return
    own, there = centre_name(centre), listed.get(code, "")
    if own and there and match_key(own) != match_key(there):
        names = (own, there) if submission is centre else (there, own)
        params = {"own": code, "name": names[0], "other": names[1]}
        yield rules[OTHER_NAME].finding(params, **cell_ref)
    if not is_compared_centre(institution, centre):
        return
    for pair in pairs_of(submission, other):
        if pair.differs:
            params = {
                "cell": pair.own.address,
                "label": pair.own.heading,
                "own": answer_text(pair.own, dictionary),
                "form": form,
                "other_cell": pair.other.address,
                "other": answer_text(pair.other, dictionary),
            }
            yield rules[DIFFERENT_COUNT].finding(params, **{**cell_ref_of(pair.own), "blocks": ()})


def same_names(centre: Submission, others: Sequence[Submission], rules: Mapping[str, Rule]) -> Iterator[Finding]:
    """A finding for each other centre of the institution that has handed in under the same name with another code."""
    own = centre_name(centre)
    for other in others:
        if own and centre_code(other) != centre_code(centre) and match_key(centre_name(other)) == match_key(own):
            code = centre_code(other)
            params = {"name": own, "own": centre_code(centre), "other": code}
            yield rules[SAME_NAME].finding(params, **{**_cell_ref(centre), "row_key": code, "value": code})


def other_than_issued(submission: Submission, rules: Mapping[str, Rule]) -> Iterator[Finding]:
    """The form of a centre that names another centre than the one it was issued for."""
    issued, own = submission.meta.get("unit", ""), centre_code(submission)
    if submission.form == CENTRE and issued and own and issued != own:
        yield rules[OTHER_ISSUE].finding({"issued": issued, "own": own}, **{**_cell_ref(submission), "value": own})


def _nearest_listed(centre: Submission, listed: Mapping[str, str]) -> str:
    """Code and name of the listed centre that is most like the one the form is about."""
    own = match_key(centre_name(centre))
    by_name = {match_key(name): code for code, name in listed.items() if name}
    code = by_name.get(nearest_word(own, by_name) or "") if own else None
    code = code or nearest_word(centre_code(centre), listed) or next(iter(listed))
    return _code_and_name(code, listed[code])


def _code_and_name(code: str, name: str) -> str:
    return f"{code} {name}".strip() or NOTHING


def answer_text(answer: Answer, dictionary: DataDictionary) -> Text:
    """An answer as a sentence states it: a number, or the label of a level or code."""
    if answer.is_blank:
        return EMPTY
    if answer.field.type in NUMERIC and not answer.code:
        return Text(ja=number(answer.value), en=number(answer.value))
    given = answer.code or str(answer.value)
    return choice_label(dictionary, answer.field, answer.keys, given) or Text(ja=given, en=given)


def listed_centres(submission: Submission) -> dict[str, str]:
    """Name by code of every unit that a form lists, in its order."""
    rows = [answer for answer in submission.answers if answer.field.id in CENTRE_FIELDS and answer.value is not None]
    return {str(a.value): str(submission.value("units.name_ja", a.row_key) or "") for a in rows}


def centre_code(submission: Submission) -> str:
    """The unit code of the centre as the form gives it; empty where it gives none.

    In the form of an institution it is the one for comparison: of several that are marked the first, and the first
    that is listed where none is.
    """
    rows = [answer for answer in submission.answers if answer.field.id in CENTRE_FIELDS and answer.value is not None]
    marked = [a for a in rows if submission.value("units.is_centre", a.row_key) == "yes"]
    chosen = [a for a in marked or rows if a.value != WHOLE]
    return str(chosen[0].value) if chosen else ""


def centre_name(submission: Submission) -> str:
    """The name of the centre as the form gives it; empty where it gives none."""
    return listed_centres(submission).get(centre_code(submission), "")


def _cell_ref(submission: Submission) -> dict[str, Any]:
    code = centre_code(submission)
    cells = [a for a in submission.answers if a.field.id in CENTRE_FIELDS and (not code or str(a.value) == code)]
    cell_ref = cell_ref_of(cells[0]) if cells else {"field": CENTRE_FIELDS[0]}
    return {**cell_ref, "row_key": "", "blocks": ()}


# which counts are used ---------------------------------------------------------------------------------------


def is_compared_centre(submission: Submission, centre: Submission) -> bool:
    """Whether the form of the centre is about the unit that the institution compares, as far as both say."""
    codes = {centre_code(submission), centre_code(centre)} - {""}
    return len(codes) < 2


def is_other_centre(submission: Submission, centre: Submission) -> bool:
    """Whether the form is about a centre that the institution lists beside the one it compares."""
    return centre_code(centre) in listed_centres(submission) and not is_compared_centre(submission, centre)


def as_centre(tables: Tables, submission: Submission, centre: Submission, centre_tables: Tables) -> Tables:
    """The tables of an institution's form as if ``centre`` were the centre that it compares.

    What the form asks about its centre comes from the form of ``centre``; what it says of the other one is left out.
    """
    code, own, result = centre_code(centre), centre_code(submission), dict(tables)
    asked = {(a.field.table, a.row_key) for a in submission.answers if CENTRE in (a.keys.get(zone) for zone in ZONES)}
    for name in SHARED_TABLES:
        if name not in tables:
            continue
        frame = tables[name]
        zone = frame["scope"] == CENTRE if name == "checklist" else frame["unit"].isin([own, code, CENTRE])
        other = centre_tables.get(name, frame.iloc[:0])
        rows = other[[(name, str(key)) in asked for key in other.index]]
        rows = rows[[column for column in frame.columns if column in rows.columns]]
        result[name] = pd.concat([frame[~zone], rows.astype(frame.dtypes[rows.columns].to_dict())])
    units = tables["units"]
    result["units"] = units.assign(is_centre=(units["unit"] == code).astype(bool))
    return result


def blocked_as_centre(
    own: frozenset[tuple[str, str]], centre: frozenset[tuple[str, str]], submission: Submission
) -> frozenset[tuple[str, str]]:
    """The answers that an error blocks where another centre is taken for the one that is compared."""
    about = {(a.field.id, a.row_key) for a in submission.answers if CENTRE in (a.keys.get(zone) for zone in ZONES)}
    return (own - about) | (centre & about)


def with_centre(tables: Tables, centre: Tables, pairs: list[Pair]) -> Tables:
    """The tables of an institution's form with what the form of its centre says about the centre.

    Only answers that both forms ask are taken over; where they stand in the institution's form stays as it is.
    """
    result = dict(tables)
    for name in SHARED_TABLES:
        keys = {pair.own.row_key for pair in pairs if pair.own.field.table == name}
        if name in tables and name in centre:
            result[name] = _replace_rows(tables[name], centre[name], keys)
    return result


def _replace_rows(frame: pd.DataFrame, other: pd.DataFrame, keys: set[str]) -> pd.DataFrame:
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
