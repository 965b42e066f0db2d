"""Clean tables: answers as one frame for each table of the form, and the pandera schemas that check them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from schemas.dictionary.country_names import codes_of_countries
from schemas.dictionary.dictionary import CENTRE, WHOLE, DataDictionary
from schemas.dictionary.field import Field
from schemas.dictionary.match_key import match_key
from schemas.reading.answer import Answer, Submission
from schemas.reading.partner_counts import LEAST_PAPERS, partners_of
from schemas.reading.reading_outcome import READ_AS
from schemas.reading.records import Records

Tables = dict[str, pd.DataFrame]
DEFAULT_CENTRE = "centre"
LEVEL_WITHOUT_EVIDENCE = 1
CENTRE_TABLES = frozenset({"staff", "publications"})  # of the institution in other forms, of the centre in its own
COUNTED_FROM_LIST = frozenset({"year", "international", "domestic", "own_fraction"})
PARTNERS = "partner_countries"
PARTNERS_FROM_LIST = frozenset({"year", "international", "countries", "authors"})
EXACT = 1e-6  # what binary fractions may leave of nothing
PARTNER_YEARS = (-3, -1)  # offsets from the round, first and last


def clean_tables(submission: Submission, dictionary: DataDictionary) -> Tables:
    """The tables of the form from one submission, indexed by row key.

    Numbers are nullable integers (decimals of papers: floats with at most three places), each with a
    ``__code`` column; rows that do not apply are left out. ``researchers.unit`` holds the code of the centre's
    unit; ``checklist`` holds declared and counted level per item and scope.
    """
    tables: Tables = {}
    by_table: dict[str, list[Answer]] = {}
    for answer in submission.answers:
        if answer.field.required != "register" and answer.applies:
            by_table.setdefault(answer.field.table, []).append(answer)
    for table, answers in by_table.items():
        tables[table] = _frame(answers, dictionary)
    centre = centre_unit(tables.get("units"))
    if "researchers" in tables:
        tables["researchers"]["unit"] = tables["researchers"]["unit"].replace(CENTRE, centre)
    if "units" in tables:
        tables["units"] = _units(tables["units"], centre)
    if "checklist" in tables:
        details = tables.get("checklist_details", pd.DataFrame(index=pd.Index([], dtype=object)))
        tables["checklist"] = with_counted_level(tables["checklist"], details)
    if submission.form == "centre":
        for table in CENTRE_TABLES & tables.keys():
            tables[table] = tables[table].assign(unit=centre)
    if "publications" in tables:
        tables["publications"] = _with_list(tables["publications"], submission)
        basis = submission.value("publication_basis.counting")
        tables["publications"] = tables["publications"].assign(field="all", counting=str(basis or "full"))
    return _with_partners(tables, submission, dictionary)


def _with_list(publications: pd.DataFrame, submission: Submission) -> pd.DataFrame:
    """Papers counted from the publication list where one is attached and sound; otherwise as entered.

    Years that the list does not reach, and columns that it leaves unknown, stay as entered.
    """
    listed = _sound_list(submission, COUNTED_FROM_LIST)
    if listed is None:
        return publications
    fractional = submission.value("publication_basis.counting") == "fractional"
    counted = listed.papers_by_year(fractional=fractional).reindex(publications.index)
    result = publications.copy()
    for column in counted.columns.intersection(publications.columns):
        known = counted[column].notna()
        result[column] = result[column].mask(known, counted[column])
        result[f"{column}__code"] = result[f"{column}__code"].mask(known, "")
    return result


def _sound_list(submission: Submission, columns: Collection[str]) -> Records | None:
    """The publication list that is attached, where these columns of it could be read."""
    listed = submission.records.get("publication_list")
    if listed is None or listed.frame.empty or submission.value("profile.has_publication_list") != "yes":
        return None
    is_read = not any(fault.rule != READ_AS and fault.field.column in columns for fault in listed.faults)
    return listed if is_read else None


def _with_partners(tables: Tables, submission: Submission, dictionary: DataDictionary) -> Tables:
    """The tables with partner countries counted from the publication list where that is whole; else as entered.

    The table is optional. Left empty it holds one row that is not known, unless there were too few international
    papers for any partner.
    """
    _, block = dictionary.block_of[f"{PARTNERS}.country"]
    if submission.form not in block.forms or submission.value("publication_basis.skip") == "yes":
        return tables
    counted = listed_partners(submission, dictionary)
    if counted is not None:
        others = {name: frame for name, frame in tables.items() if name != PARTNERS}
        return others if counted.empty else {**others, PARTNERS: counted}
    publications = tables.get("publications")
    if PARTNERS in tables or publications is None or _has_no_partners(publications, submission):
        return tables
    unknown = {"row": ["1"], "country": [None], "papers": [None], "papers__code": [""]}
    row = pd.DataFrame(unknown, index=pd.Index(["1"], name="row_key"), dtype=object)
    return {**tables, PARTNERS: row.astype({"papers": "Int64"})}


def listed_partners(submission: Submission, dictionary: DataDictionary) -> pd.DataFrame | None:
    """Partner countries counted from the publication list, by code; None where it is not attached, sound and whole."""
    listed = _sound_list(submission, PARTNERS_FROM_LIST)
    if listed is None or listed.left_out or not set(listed.frame.columns) >= PARTNERS_FROM_LIST:
        return None
    counted = partners_of(listed.frame, partner_years(submission), codes_of_countries(dictionary))
    return None if counted is None else counted.assign(row=counted.index, papers__code="")


def partner_years(submission: Submission) -> range:
    """The calendar years over which papers with a partner country are counted."""
    return range(submission.year + PARTNER_YEARS[0], submission.year + PARTNER_YEARS[1] + 1)


def _has_no_partners(publications: pd.DataFrame, submission: Submission) -> bool:
    """Whether there were fewer international papers, all of them known, than one partner takes."""
    years = [str(year) for year in partner_years(submission)]
    if not {*years} <= {*publications.index} or "international" not in publications:
        return False
    papers = publications.loc[years, "international"]
    is_whole = submission.value("publication_basis.counting") != "fractional"
    least = LEAST_PAPERS if is_whole else EXACT
    return bool(papers.notna().all()) and float(papers.sum()) < least


def _frame(answers: Sequence[Answer], dictionary: DataDictionary) -> pd.DataFrame:
    rows: dict[str, dict[str, Any]] = {}
    fields: dict[str, Field] = {}
    for answer in answers:
        row = rows.setdefault(answer.row_key, dict(answer.keys))
        fields[answer.field.column] = answer.field
        row[answer.field.column] = answer.value
        if answer.field.codes:
            row[f"{answer.field.column}__code"] = answer.code
    index = pd.Index(list(rows), name="row_key", dtype=object)
    made: dict[str, Any] = {}
    for column in dict.fromkeys(column for row in rows.values() for column in row):
        values = [row.get(column) for row in rows.values()]
        f = fields.get(column)
        if f is not None:
            made[column] = _typed_answers(values, f, index)
        elif column.endswith("__code"):
            made[column] = _as_objects([code or "" for code in values], index)
        else:
            made[column] = _as_objects(values, index)
    return pd.DataFrame(made, index=index)


def _as_objects(values: Sequence[Any], index: pd.Index) -> pd.Series:
    """Values as they are: in forms of some rows, texts of a dtype of their own cost more than they save."""
    return pd.Series(values, index=index, dtype=object)


def _typed_answers(values: Sequence[Any], f: Field, index: pd.Index) -> Any:
    """The answers of a column in the dtype of their field, as ``typed_column`` gives it."""
    if f.type in ("count", "level", "year"):
        is_missing = np.array([value is None for value in values], dtype=bool)
        return pd.arrays.IntegerArray(np.array([value or 0 for value in values], dtype=np.int64), is_missing)
    objects = _as_objects(values, index)
    return typed_column(objects, f) if f.type == "decimal" else objects


def typed_column(values: pd.Series, f: Field) -> pd.Series:
    """A column in the dtype of its field: Int64, float64, or object."""
    if f.type in ("count", "level", "year"):
        return values.astype("Int64")
    if f.type == "decimal":
        return values.map(lambda v: float(v) if isinstance(v, int | Decimal | float) else None).astype("Float64")
    return values.astype(object)


def centre_unit(units: pd.DataFrame | None) -> str:
    """Code of the unit marked as centre, else of the first unit, else a fixed word."""
    if units is None or units.empty or "unit" not in units:
        return DEFAULT_CENTRE
    named = units[units["unit"].notna()]
    marked = named[named["is_centre"] == "yes"] if "is_centre" in named else named.iloc[:0]
    for candidates in (marked, named):
        if not candidates.empty:
            code = str(candidates["unit"].iloc[0])
            return DEFAULT_CENTRE if code == WHOLE else code
    return DEFAULT_CENTRE


def _units(units: pd.DataFrame, centre: str) -> pd.DataFrame:
    given = units[units["unit"].notna()].copy()
    given["is_centre"] = (given["unit"] == centre).astype(bool)
    return given


def with_counted_level(checklist: pd.DataFrame, details: pd.DataFrame) -> pd.DataFrame:
    """The checklist with ``counted``: a level above 1 counts as 1 in a scope without evidence.

    The reason is in docs/catalogue-decisions.md 4. Evidence is a kind and a title or URL; its scope
    is both unless said otherwise.
    """
    covered = {
        (str(item), scope)
        for item, row in details.iterrows()
        for scope in evidence_scopes({str(k): v for k, v in row.items()})
    }
    has = [(item, scope) in covered for item, scope in zip(checklist["item"], checklist["scope"], strict=True)]
    counted = counted_levels(checklist["declared"], has)
    return checklist.assign(counted=counted.astype("Int64"), applicable=checklist["declared__code"] != "a")


def counted_levels(declared: pd.Series, has_evidence: Sequence[bool]) -> pd.Series:
    """The levels that count: the declared one where there is evidence, else 1 at most."""
    has = pd.Series(has_evidence, index=declared.index, dtype=bool)
    return declared.where(has, declared.clip(upper=LEVEL_WITHOUT_EVIDENCE))


def counted_level(declared: int, scope: str, evidence: Mapping[str, Any]) -> int:
    """The level of one item that counts in a scope; ``evidence`` as for ``evidence_scopes``."""
    return declared if scope in evidence_scopes(evidence) else min(declared, LEVEL_WITHOUT_EVIDENCE)


def evidence_scopes(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The scopes that the evidence of one item covers; none without a title or URL, and its kind where that is asked.

    ``row``: the answers by column, with every column that the form asks.
    """
    if (
        not all(_is_filled(row[column]) for column in ("evidence_kind", "evidence") if column in row)
        or "evidence" not in row
    ):
        return ()
    scope = row.get("evidence_scope")
    return ("centre", "institution") if scope not in ("centre", "institution") else (str(scope),)


def _is_filled(value: object) -> bool:
    return isinstance(value, str) and bool(match_key(value))
