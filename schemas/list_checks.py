"""Checks of the publication list: whole columns at a time, one finding for each cause with a count."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from schemas.case import Case, number
from schemas.finding import Finding
from schemas.records import MANY_AUTHORS, Records
from schemas.rule import Rule

TABLE = "publication_list"
MANY = 100
UNKNOWN_PERCENT = 20
MOVED_POINTS = 3
SINGLE_PERCENT = 2
FIRST_YEAR, LAST_YEAR = -5, -1
_DOI_PREFIX = re.compile(r"^(https?://(dx\.)?doi\.org/|doi:\s*)")


def _records(case: Case) -> Records | None:
    records = case.submission.records.get(TABLE)
    is_out = case.submission.value("profile.has_publication_list") == "no"
    return None if records is None or records.frame.empty or is_out else records


def _column(records: Records, column: str) -> pd.Series:
    frame = records.frame
    return frame[column] if column in frame else pd.Series(None, index=frame.index, dtype=object)


def _found(rule: Rule, records: Records, column: str, rows: Sequence[Any], params: dict[str, Any]) -> Finding:
    """One finding for all ``rows``; the list names its rows, since columns may have moved."""
    named = "、".join(str(row) for row in rows[:5])
    told = {"sheet_name": records.sheet, "count": number(len(rows)), "rows": named, **params}
    return rule.finding(told, field=f"{TABLE}.{column}", sheet=records.sheet, count=len(rows), value=str(len(rows)))


def papers_twice(rule: Rule, case: Case) -> Iterator[Finding]:
    """Papers with the same DOI, whatever its prefix and case."""
    if (records := _records(case)) is None:
        return
    given = _column(records, "identifier").dropna()
    plain = pd.Series([_plain_identifier(str(text)) for text in given], index=given.index, dtype=object)
    rows = plain.index[plain.duplicated() & (plain != "")].tolist()
    if rows:
        counted = [(a.field.id, a.row_key) for a in case.submission.answers if a.field.table == "publications"]
        partners = case.tables.get("partner_countries", pd.DataFrame())
        counted += [(f"partner_countries.{name}", str(key)) for key in partners.index for name in ("country", "papers")]
        yield replace(_found(rule, records, "identifier", rows, {}), blocks=tuple(counted))


def _plain_identifier(text: str) -> str:
    bare = text.casefold().strip()
    return _DOI_PREFIX.sub("", bare) if bare.startswith(("http", "doi")) else bare


def papers_out_of_window(rule: Rule, case: Case) -> Iterator[Finding]:
    """Papers of years that the round does not ask for."""
    if (records := _records(case)) is None:
        return
    years = pd.to_numeric(_column(records, "year"), errors="coerce")
    first, last = case.submission.year + FIRST_YEAR, case.submission.year + LAST_YEAR
    rows = years.index[((years < first) | (years > last)).fillna(False).astype(bool)].tolist()
    if rows:
        yield _found(rule, records, "year", rows, {"first": first, "last": last})


def _is_yes(values: pd.Series) -> pd.Series:
    return (values == "yes").fillna(False).astype(bool)


def single_authors_abroad(rule: Rule, case: Case) -> Iterator[Finding]:
    """International papers with a single author, beyond the few that double affiliations explain."""
    if (records := _records(case)) is None:
        return
    international = _is_yes(_column(records, "international"))
    single = (pd.to_numeric(_column(records, "authors"), errors="coerce") == 1).fillna(False).astype(bool)
    rows = records.frame.index[international & single].tolist()
    if len(rows) * 100 > SINGLE_PERCENT * int(international.sum()) and len(rows) > 0:
        yield _found(rule, records, "authors", rows, {})


def corresponding_unknown(rule: Rule, case: Case) -> Iterator[Finding]:
    """International papers whose corresponding author is not known, where they are many."""
    if (records := _records(case)) is None:
        return
    international = _is_yes(_column(records, "international"))
    unknown = international & _column(records, "corresponding_own").isna()
    total, missing = int(international.sum()), int(unknown.sum())
    is_asked = missing < total  # a column left blank altogether is optional
    if total >= MANY and is_asked and missing * 100 > UNKNOWN_PERCENT * total:
        percent = {"percent": round(missing / total * 100)}
        yield _found(rule, records, "corresponding_own", records.frame.index[unknown].tolist(), percent)


def many_authors_matter(rule: Rule, case: Case) -> Iterator[Finding]:
    """An international share that moves when papers with over 100 authors are left out."""
    if (records := _records(case)) is None:
        return
    international = _is_yes(_column(records, "international"))
    huge = (pd.to_numeric(_column(records, "authors"), errors="coerce") > MANY_AUTHORS).fillna(False).astype(bool)
    rest = ~huge
    if len(international) < MANY or not rest.any() or not huge.any():
        return
    points = (international.mean() - international[rest].mean()) * 100
    if abs(points) > MOVED_POINTS:
        yield _found(rule, records, "authors", huge.index[huge].tolist(), {"points": f"{points:+.1f}"})


def list_against_summary(rule: Rule, case: Case) -> Iterator[Finding]:
    """Years whose papers as entered differ from those counted in the list."""
    if (records := _records(case)) is None or case.submission.value("publication_basis.counting") == "fractional":
        return
    counted = pd.to_numeric(_column(records, "year"), errors="coerce").value_counts()
    for answer in case.submission.answers:
        if answer.field.id != "publications.papers" or answer.value is None or not answer.row_key.isdigit():
            continue
        listed = int(counted.get(int(answer.row_key), 0))
        if listed and float(str(answer.value)) != listed:
            params = {"cell": answer.address, "year": answer.row_key, "listed": number(listed)}
            place = {"field": answer.field.id, "row_key": answer.row_key, "sheet": answer.sheet}
            entered = number(float(str(answer.value)))
            yield rule.finding({**params, "entered": entered}, cells=(answer.cell,), value=entered, **place)


LIST_FUNCTIONS: dict[str, Callable[[Rule, Case], Iterator[Finding]]] = {
    function.__name__: function
    for function in (
        papers_twice,
        papers_out_of_window,
        single_authors_abroad,
        corresponding_unknown,
        many_authors_matter,
        list_against_summary,
    )
}
