"""Filled forms of the invented nation evaluated together, without a workbook: answers to clean tables to results.

What writing and reading a workbook would give is the same, in a fiftieth of the time. No rule judges these forms: they
are made without errors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import pandas as pd

from app.edition import catalogue
from app.submission.result import stored_values
from indicators.engine.evaluate import Scoreboard, evaluate
from schemas.dictionary.dictionary import CENTRE, DataDictionary
from schemas.dictionary.field import NUMERIC, Block, Condition, Field, Form
from schemas.form.issue import Given, Issue
from schemas.form.layout import lay_out
from schemas.reading.clean_tables import (
    CENTRE_TABLES,
    DEFAULT_CENTRE,
    PARTNERS,
    counted_levels,
    evidence_scopes,
    typed_column,
)
from schemas.reading.partner_counts import LEAST_PAPERS
from schemas.reading.read_submission import FED_KEYS
from schemas.xlsx.cell_address import cell_address


@dataclass(frozen=True)
class FilledForm:
    """A filled form and the id it is kept under; ``centres`` are forms as if another centre were compared, by code."""

    submission: str
    issue: Issue
    centres: Mapping[str, Issue] = field(default_factory=dict)


class AnswerRow(NamedTuple):
    """An answer as it is kept."""

    submission: str
    field: str
    row_key: str
    raw: str
    normalised: str
    code: str
    flag: str
    remark: str
    sheet: str
    cell: str
    read_as: str
    problem: str
    applies: bool
    blocked: bool


@dataclass(frozen=True)
class Evaluated:
    """Answers of all forms, and their values, gaps and scores as one frame each."""

    answers: Sequence[AnswerRow]
    frames: Mapping[str, pd.DataFrame]


class _Question(NamedTuple):
    """An answer cell of a form: its question and keys, the conditions under which it is asked, and where it stands."""

    field: Field
    block: Block
    keys: Mapping[str, str]
    row_key: str
    conditions: tuple[Condition, ...]
    sheet: str
    cell: str


class _Answer(NamedTuple):
    question: _Question
    value: Given
    code: str
    applies: bool


def evaluate_forms(forms: Sequence[FilledForm], *, lineage: bool = False) -> Evaluated:
    """The results of forms that no error blocks, all at once; with ``lineage`` the answers that made each value."""
    dictionary = catalogue().dictionary
    answers = {form.submission: list(_answers(form.issue, dictionary)) for form in forms}
    boards = []
    for is_centre in (False, True):  # what a form of a centre says without a unit is about the centre
        own = {
            form.submission: (form.issue, answers[form.submission])
            for form in forms
            if (form.issue.form == CENTRE) == is_centre
        }
        boards += [_evaluate(own, dictionary, lineage=lineage)] if own else []
    others = {
        (form.submission, unit): (issue, list(_answers(issue, dictionary)))
        for form in forms
        for unit, issue in form.centres.items()
    }
    boards += [_about_centres(others, dictionary)] if others else []
    rows = [_row(submission, one) for submission, found in answers.items() for one in found]
    frames = {"values": [stored_values(one) for one in boards]}
    frames |= {name: [getattr(one, name) for one in boards] for name in ("gaps", "scores", "value_cells")}
    made = {name: pd.concat(parts, ignore_index=True) for name, parts in frames.items()}
    if lineage:
        kept = pd.DataFrame([row[:3] for row in rows], columns=["submission", "field", "row_key"])
        made["value_cells"] = made["value_cells"].merge(kept, on=[*kept])
    return Evaluated(rows, made)


def _about_centres(
    others: Mapping[tuple[str, str], tuple[Issue, list[_Answer]]], dictionary: DataDictionary
) -> Scoreboard:
    """What forms say about a centre, as results of the submission whose institution it belongs to."""
    named = {f"{submission}/{unit}": given for (submission, unit), given in others.items()}
    board = _evaluate(named, dictionary)

    def own(frame: pd.DataFrame) -> pd.DataFrame:
        rows = frame[frame["level"] == CENTRE]
        return rows.assign(submission=rows["submission"].str.partition("/")[0])

    return Scoreboard(own(board.values), own(board.gaps), own(board.scores), board.value_cells.iloc[:0])


def _evaluate(
    forms: Mapping[str, tuple[Issue, list[_Answer]]], dictionary: DataDictionary, *, lineage: bool = False
) -> Scoreboard:
    keys = list(forms)
    rounds = pd.DataFrame(
        {
            "submission": keys,
            "institution": [forms[key][0].institution.code for key in keys],
            "year": [forms[key][0].year for key in keys],
            "form": [forms[key][0].form for key in keys],
        }
    )
    return evaluate(_clean_tables(forms, dictionary), catalogue(), rounds, lineage=lineage).decode()


# answers ---------------------------------------------------------------------------------------------------------


@cache
def _questions(
    form: Form, year: int
) -> tuple[tuple[_Question, ...], Mapping[str, tuple[_Question, ...]], Mapping[str, int]]:
    """The fixed cells of a form, the columns of its open lists by block, and the first row of each list."""
    dictionary = catalogue().dictionary
    layout = lay_out(dictionary, form, year)
    fixed = []
    for key, slot in layout.slots.items():
        sheet, row, column = layout.cells[key]
        cell = cell_address(row, column)
        fixed.append(_question(slot.field, slot.block, slot.keys, sheet, cell))
    lists, first = {}, {}
    for placed in layout.blocks:
        if placed.block.kind == "list":
            columns = []
            for number, asked in enumerate(placed.columns):
                address = cell_address(*placed.cell(0, number))
                columns.append(
                    _question(asked.field, placed.block, {}, placed.sheet.name, address.rstrip("0123456789"))
                )
            lists[placed.block.id] = tuple(columns)
            first[placed.block.id] = placed.first
    return tuple(fixed), lists, first


def _question(f: Field, block: Block, keys: Mapping[str, str], sheet: str, cell: str) -> _Question:
    given = [block.applies, f.applies, block.row_applies.get(keys.get("unit", ""))]
    if keys.get("scope") == CENTRE:
        given.append(Condition(field="profile.has_centre", among=["yes"]))
    asked = tuple(one for one in given if one is not None)
    return _Question(f, block, keys, "/".join(keys.values()), asked, sheet, cell)


def _answers(issue: Issue, dictionary: DataDictionary) -> Iterator[_Answer]:
    """The answers of a form in its order, as reading its workbook gives them."""
    fixed, lists, first = _questions(issue.form, issue.year)
    given = {**_register_answers(issue), **issue.answers}
    switches = {name: value for (name, row_key), value in given.items() if not row_key}
    for question in fixed:
        yield _answer(question, given.get((question.field.id, question.row_key)), switches)
    for block, columns in lists.items():
        for number, row in enumerate(issue.lists.get(block, [])):
            for column in columns:
                listed = _listed(column, row, number, first[block], dictionary)
                if listed is not None:
                    yield _answer(listed, row.get(column.field.column), switches)


def _register_answers(issue: Issue) -> dict[tuple[str, str], Given]:
    one = issue.institution
    names = {"code": one.code, "name_ja": one.name_ja, "name_en": one.name_en, "founder": one.founder}
    more: dict[str, Given] = {"prefecture": one.prefecture, "round": issue.year}
    known = {**names, **more}
    return {(f"profile.{name}", ""): value for name, value in known.items()}


def _listed(
    column: _Question, row: Mapping[str, Given], number: int, first: int, dictionary: DataDictionary
) -> _Question | None:
    """The cell of a list in one of its rows; rows that feed a grid are answers of that grid, without their keys."""
    question = column._replace(cell=f"{column.cell}{first + number}")
    table = column.block.feeds
    if table is None:
        return question._replace(keys={"row": str(number + 1)}, row_key=str(number + 1))
    if column.field.column in FED_KEYS:
        return None
    keys = {key: str(row[key]) for key in FED_KEYS}
    fed = dictionary.fields[f"{table}.{column.field.column}"]
    return question._replace(field=fed, keys=keys, row_key="/".join(keys.values()))


def _answer(question: _Question, given: Given, switches: Mapping[str, Given]) -> _Answer:
    if any(
        (known := switches.get(one.field)) is not None and str(known) not in one.among for one in question.conditions
    ):
        return _Answer(question, None, "a", False)
    skip = question.block.skip
    if skip and skip != question.field.id and switches.get(skip) == "yes":
        return _Answer(question, None, "nc", True)
    if isinstance(given, str) and given in question.field.codes:
        return _Answer(question, None, given, True)
    return _Answer(question, given, "", True)


def _row(submission: str, one: _Answer) -> AnswerRow:
    text = "" if one.value is None else str(one.value)
    question = one.question
    raw = text or (one.code if one.applies else "")
    return AnswerRow(
        submission, question.field.id, question.row_key, raw, text, one.code, "", "", question.sheet, question.cell,
        "", "", one.applies, False,
    )  # fmt: skip


# clean tables ----------------------------------------------------------------------------------------------------


def _clean_tables(
    forms: Mapping[str, tuple[Issue, Iterable[_Answer]]], dictionary: DataDictionary
) -> dict[str, pd.DataFrame]:
    """The clean tables of forms (docs/data-shapes.md 3), stacked."""
    rows: dict[str, list[dict[str, Any]]] = {}
    fields: dict[str, dict[str, Field]] = {}
    for submission, (issue, answers) in forms.items():
        centre = _centre_code(issue)
        by_table = _rows_by_table(submission, answers, fields)
        if issue.form == "full" and PARTNERS not in by_table and _has_partners(issue):
            unknown = {"submission": submission, "row_key": "1", "row": "1", "country": None, "papers": None}
            by_table[PARTNERS] = [{**unknown, "papers__code": ""}]
            fields.setdefault(PARTNERS, {c: dictionary.fields[f"{PARTNERS}.{c}"] for c in ("country", "papers")})
        for name, found in by_table.items():
            _complete(name, found, issue, centre, fields[name])
            rows.setdefault(name, []).extend(found)
    tables = {name: _frame(found, fields[name]) for name, found in rows.items()}
    if "units" in tables:
        units = tables["units"]
        tables["units"] = units[units["unit"].notna()].astype({"is_centre": bool}).reset_index(drop=True)
    if "checklist" in tables:
        tables["checklist"] = _with_counted_level(tables["checklist"], rows.get("checklist_details", []))
    return tables


def _centre_code(issue: Issue) -> str:
    """The code of the centre that a form compares, or is about."""
    units = issue.lists.get("units", [])
    marked = [row["unit"] for row in units if row.get("is_centre") == "yes"]
    every = [*marked, *(row["unit"] for row in units)]
    return str(every[0]) if every else DEFAULT_CENTRE


def _has_partners(issue: Issue) -> bool:
    """Whether a form that names no partner country has papers enough for one, so that they are not known."""
    if issue.answers.get(("publication_basis.skip", "")) == "yes":
        return False
    years = map(str, range(issue.year - 3, issue.year))
    papers = [issue.answers.get(("publications.international", year)) for year in years]
    return sum(one for one in papers if isinstance(one, int)) >= LEAST_PAPERS


def _rows_by_table(
    submission: str, answers: Iterable[_Answer], fields: dict[str, dict[str, Field]]
) -> dict[str, list[dict[str, Any]]]:
    tables: dict[str, dict[str, dict[str, Any]]] = {}
    for question, value, code, applies in answers:
        f = question.field
        if f.required == "register" or not applies:
            continue
        table, column = f.table, f.column
        fields.setdefault(table, {}).setdefault(column, f)
        rows = tables.setdefault(table, {})
        row = rows.get(question.row_key)
        if row is None:
            row = rows[question.row_key] = {"submission": submission, "row_key": question.row_key, **question.keys}
        row[column] = value
        if f.codes:
            row[f"{column}__code"] = code
    return {name: list(rows.values()) for name, rows in tables.items()}


def _complete(name: str, rows: list[dict[str, Any]], issue: Issue, centre: str, fields: Mapping[str, Field]) -> None:
    """Adds to the rows of a table what follows from the whole form: codes of its centre, zeros, how papers count."""
    for row in rows:
        if name == "researchers":
            row["unit"] = centre if row["unit"] == CENTRE else row["unit"]
            if row.get("total") == 0:
                zeros = [c for c, f in fields.items() if f.type in NUMERIC and row.get(c) is None]
                row.update(dict.fromkeys(zeros, 0))
        if name == "units":
            row["is_centre"] = row.get("unit") == centre
        if issue.form == CENTRE and name in CENTRE_TABLES:
            row["unit"] = centre
        if name == "publications":
            row |= {"field": "all", "counting": str(issue.answers.get(("publication_basis.counting", "")) or "full")}


def _frame(rows: Sequence[Mapping[str, Any]], fields: Mapping[str, Field]) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    for column, f in fields.items():
        if f.column == "is_centre":
            continue
        frame[column] = typed_column(frame[column].astype(object).where(frame[column].notna(), None), f)
        if f.codes:
            frame[f"{column}__code"] = frame[f"{column}__code"].fillna("").astype(str)
    return frame


def _with_counted_level(checklist: pd.DataFrame, details: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """The checklist with the levels that count, as ``schemas.reading.clean_tables`` gives them for one form."""
    covered = {(row["submission"], row["item"], scope) for row in details for scope in evidence_scopes(row)}
    asked = zip(checklist["submission"], checklist["item"], checklist["scope"], strict=True)
    counted = counted_levels(checklist["declared"], [key in covered for key in asked])
    return checklist.assign(counted=counted.astype("Int64"), applicable=checklist["declared__code"] != "a")
