"""Checks of the publication list, whole columns at a time with one finding for each cause, and of partner countries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from schemas.checks.check_context import CheckContext, cell_ref_of, number
from schemas.checks.registration import function_check
from schemas.dictionary.country_names import codes_of_countries, read_countries
from schemas.reading.answer import Answer
from schemas.reading.choice_labels import quoted
from schemas.reading.clean_tables import PARTNERS, listed_partners, partner_years
from schemas.reading.partner_counts import FEW_UNKNOWN, OWN
from schemas.reading.reading_outcome import READ_AS
from schemas.reading.records import MANY_AUTHORS, Records, publications_of
from schemas.rules.finding import Finding
from schemas.rules.rule import Rule

TABLE = "publication_list"
MANY = 100
UNKNOWN_PERCENT = 20
MOVED_POINTS = 3
SINGLE_PERCENT = 2
FIRST_YEAR, LAST_YEAR = -5, -1
PARTS_OF_LIST = {"year", "international", "own_fraction", "domestic", "top10", "corresponding_own"}
HALF_UNIT = 0.0005  # half of the smallest place of a fractional count
_DOI_PREFIX = re.compile(r"^(https?://(dx\.)?doi\.org/|doi:\s*)")


def _records(context: CheckContext) -> Records | None:
    records = context.submission.records.get(TABLE)
    is_out = context.submission.value("profile.has_publication_list") == "no"
    return None if records is None or records.frame.empty or is_out else records


def _column(records: Records, column: str) -> pd.Series:
    frame = records.frame
    return frame[column] if column in frame else pd.Series(None, index=frame.index, dtype=object)


def _found(rule: Rule, records: Records, column: str, rows: Sequence[Any], params: dict[str, Any]) -> Finding:
    """One finding for all ``rows``; the list names its rows, since columns may have moved."""
    named = "、".join(str(row) for row in rows[:5])
    told = {"sheet_name": records.sheet, "count": number(len(rows)), "rows": named, **params}
    return rule.finding(told, field=f"{TABLE}.{column}", sheet=records.sheet, count=len(rows), value=str(len(rows)))


@function_check("tables")
def papers_twice(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Papers with the same DOI, whatever its prefix and context."""
    if (records := _records(context)) is None:
        return
    given = _column(records, "identifier").dropna()
    plain = pd.Series([_plain_identifier(str(text)) for text in given], index=given.index, dtype=object)
    rows = plain.index[plain.duplicated() & (plain != "")].tolist()
    if rows:
        partners = context.tables.get("partner_countries", pd.DataFrame())
        named = [(f"partner_countries.{name}", str(key)) for key in partners.index for name in ("country", "papers")]
        yield replace(_found(rule, records, "identifier", rows, {}), blocks=(*context.blocks("publications"), *named))


def _plain_identifier(text: str) -> str:
    bare = text.casefold().strip()
    return _DOI_PREFIX.sub("", bare) if bare.startswith(("http", "doi")) else bare


@function_check("tables")
def papers_out_of_window(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Papers of years that the round does not ask for."""
    if (records := _records(context)) is None:
        return
    years = pd.to_numeric(_column(records, "year"), errors="coerce")
    first, last = context.submission.year + FIRST_YEAR, context.submission.year + LAST_YEAR
    rows = years.index[((years < first) | (years > last)).fillna(False).astype(bool)].tolist()
    if rows:
        yield _found(rule, records, "year", rows, {"first": first, "last": last})


def _is_yes(values: pd.Series) -> pd.Series:
    return (values == "yes").fillna(False).astype(bool)


@function_check("tables")
def single_authors_abroad(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """International papers with a single author, beyond the few that double affiliations explain."""
    if (records := _records(context)) is None:
        return
    international = _is_yes(_column(records, "international"))
    single = (pd.to_numeric(_column(records, "authors"), errors="coerce") == 1).fillna(False).astype(bool)
    rows = records.frame.index[international & single].tolist()
    if len(rows) * 100 > SINGLE_PERCENT * int(international.sum()) and len(rows) > 0:
        yield _found(rule, records, "authors", rows, {})


@function_check("tables")
def corresponding_unknown(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """International papers whose corresponding author is not known, where they are many."""
    if (records := _records(context)) is None:
        return
    international = _is_yes(_column(records, "international"))
    unknown = international & _column(records, "corresponding_own").isna()
    total, missing = int(international.sum()), int(unknown.sum())
    is_asked = missing < total  # a column left blank altogether is optional
    if total >= MANY and is_asked and missing * 100 > UNKNOWN_PERCENT * total:
        percent = {"percent": round(missing / total * 100)}
        yield _found(rule, records, "corresponding_own", records.frame.index[unknown].tolist(), percent)


@function_check("tables")
def many_authors_matter(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """An international share that moves when papers with over 100 authors are left out."""
    if (records := _records(context)) is None:
        return
    international = _is_yes(_column(records, "international"))
    huge = (pd.to_numeric(_column(records, "authors"), errors="coerce") > MANY_AUTHORS).fillna(False).astype(bool)
    rest = ~huge
    if len(international) < MANY or not rest.any() or not huge.any():
        return
    points = (international.mean() - international[rest].mean()) * 100
    if abs(points) > MOVED_POINTS:
        yield _found(rule, records, "authors", huge.index[huge].tolist(), {"points": f"{points:+.1f}"})


@function_check("tables")
def list_against_summary(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Years whose papers as entered differ from those counted in the list."""
    if (records := _records(context)) is None or context.submission.value("publication_basis.counting") == "fractional":
        return
    counted = pd.to_numeric(_column(records, "year"), errors="coerce").value_counts()
    for answer in context.submission.answers:
        if answer.field.id != "publications.papers" or answer.value is None or not answer.row_key.isdigit():
            continue
        listed = int(counted.get(int(answer.row_key), 0))
        if listed and float(str(answer.value)) != listed:
            params = {"cell": answer.address, "year": answer.row_key, "listed": number(listed)}
            place = {"field": answer.field.id, "row_key": answer.row_key, "sheet": answer.sheet}
            entered = number(float(str(answer.value)))
            yield rule.finding({**params, "entered": entered}, cells=(answer.cell,), value=entered, **place)


@function_check("tables")
def parts_against_list(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Years whose international and other papers as entered differ from those counted in the list.

    Silent where the list lacks a column or has cells that could not be read; papers themselves have a rule of
    their own. Figures by fractions may differ by half a unit of their last place for each paper.
    """
    records = _records(context)
    if records is None or not set(records.frame.columns) >= PARTS_OF_LIST:
        return
    if any(fault.rule != READ_AS for fault in records.faults):
        return
    fractional = context.submission.value("publication_basis.counting") == "fractional"
    counted = publications_of(records.frame, fractional=fractional)
    figures = {
        (str(year), str(column)): float(value)
        for column in counted.columns
        for year, value in zip(counted.index, counted[column], strict=True)
        if not pd.isna(value)
    }
    for answer in context.submission.answers:
        listed = figures.get((answer.row_key, answer.field.column))
        if answer.field.table != "publications" or answer.field.column == "papers" or listed is None:
            continue
        slack = HALF_UNIT * figures[answer.row_key, "papers"] if fractional else 0.0
        if answer.value is not None and abs(float(str(answer.value)) - listed) > slack:
            entered = number(float(str(answer.value)))
            params = {"cell": answer.address, "label": answer.heading, "entered": entered, "listed": number(listed)}
            yield rule.finding(params, **{**cell_ref_of(answer), "value": entered, "blocks": ()})


@function_check("tables")
def countries_unknown(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """International papers without their countries, where others have them and they are many."""
    records = _records(context)
    if records is None or not {"international", "countries"} <= set(records.frame.columns):
        return
    international = records.frame["international"] == "yes"
    unknown = international & records.frame["countries"].isna()
    total, missing = int(international.sum()), int(unknown.sum())
    if total >= MANY and FEW_UNKNOWN * total < missing * 100 < 100 * total:
        rows = records.frame.index[unknown].tolist()
        yield _found(rule, records, "countries", rows, {"percent": round(missing / total * 100)})


@function_check("tables")
def countries_disagree(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Papers called international with Japan alone among their countries, or domestic with another country."""
    records = _records(context)
    if records is None or not {"international", "countries"} <= set(records.frame.columns):
        return
    countries, codes = records.frame["countries"], codes_of_countries(context.dictionary)
    stated = countries.map({text: _is_abroad(str(text), codes) for text in countries.dropna().unique()})
    marked = records.frame["international"]
    odd = ((marked == "yes") & (stated == "no")) | ((marked == "no") & (stated == "yes"))
    rows = records.frame.index[odd.fillna(False).astype(bool)].tolist()
    if rows:
        yield _found(rule, records, "countries", rows, {})


def _is_abroad(countries: str, codes: Mapping[str, str]) -> str | None:
    """Whether a text names another country than Japan; None where a word that is not read leaves it open."""
    named = read_countries(countries, codes)
    if {*named.codes} - {OWN}:
        return "yes"
    return "no" if named.codes and not named.unread else None


@function_check("tables")
def countries_unread(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Countries of papers that hold words which name no country that is known."""
    records = _records(context)
    if records is None or "countries" not in records.frame:
        return
    countries, codes = records.frame["countries"], codes_of_countries(context.dictionary)
    unread = {text: read_countries(str(text), codes).unread for text in countries.dropna().unique()}
    rows = countries.index[countries.map(lambda text: bool(unread.get(text)))].tolist()
    if rows:
        words = dict.fromkeys(word for text in countries.loc[rows] for word in unread[text])
        params = {"words": quoted(list(words))}
        yield _found(rule, records, "countries", rows, params)


@function_check("tables")
def nothing_of_own(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Papers counted by fractions of which the institution's own fraction is 0."""
    records = _records(context)
    is_fractional = context.submission.value("publication_basis.counting") == "fractional"
    if records is None or "own_fraction" not in records.frame or not is_fractional:
        return
    rows = records.frame.index[(records.frame["own_fraction"] == 0).fillna(False).astype(bool)].tolist()
    if rows:
        yield replace(_found(rule, records, "own_fraction", rows, {}), blocks=context.blocks("publications"))


@function_check("tables")
def rows_left_out(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Rows beyond those that the publication list may have."""
    records = _records(context)
    if records is not None and records.left_out:
        size = context.dictionary.places[f"{TABLE}.year"][1].size
        place = {"field": TABLE, "sheet": records.sheet, "count": records.left_out}
        params = {"sheet_name": records.sheet, "count": number(records.left_out), "size": number(size)}
        yield rule.finding(params, value=str(records.left_out), blocks=context.blocks("publications"), **place)


@function_check("tables")
def list_against_switch(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """A publication list that holds papers although none is said to be attached, or none although one is."""
    records = context.submission.records.get(TABLE)
    answer = context.answer("profile", "has_publication_list", "")
    if records is None or answer is None or answer.value not in ("yes", "no"):
        return
    if (answer.value == "yes") == records.frame.empty:
        params = {"cell": answer.address, "sheet_name": records.sheet, "count": number(len(records.frame))}
        yield rule.finding(params, **{**cell_ref_of(answer), "blocks": ()})


def _papers_of_partners(context: CheckContext) -> Iterator[tuple[Answer, str, int]]:
    """Each number of papers as entered, with the country of its row."""
    for answer in context.submission.answers:
        country = context.submission.by_key.get((f"{PARTNERS}.country", answer.row_key))
        is_papers = answer.field.id == f"{PARTNERS}.papers" and isinstance(answer.value, int)
        if is_papers and country is not None and country.value is not None:
            yield answer, str(country.value), int(str(answer.value))


def _said(context: CheckContext, answer: Answer, country: str, **more: Any) -> dict[str, Any]:
    label = context.dictionary.labels("countries").get(country, country)
    return {"cell": answer.address, "value": number(float(str(answer.value))), "country": label, **more}


@function_check("tables")
def partner_beyond_international(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """A country with more joint papers than there were international papers, where these are counted in full."""
    frame, years = context.tables.get("publications"), [str(year) for year in partner_years(context.submission)]
    if frame is None or "international" not in frame or not {*years} <= {*frame.index}:
        return
    papers = frame.loc[years, "international"]
    if papers.isna().any() or context.submission.value("publication_basis.counting") == "fractional":
        return
    total = float(papers.sum())
    for answer, country, own in _papers_of_partners(context):
        if own > total:
            yield rule.finding(_said(context, answer, country, total=number(total)), **cell_ref_of(answer))


@function_check("tables")
def partners_against_list(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """A country's joint papers as entered that differ from those counted in the publication list."""
    counted = listed_partners(context.submission, context.dictionary)
    if counted is None:
        return
    for answer, country, own in _papers_of_partners(context):
        listed = int(counted["papers"].get(country, 0))
        if own != listed:
            params = _said(context, answer, country, listed=number(listed))
            yield rule.finding(params, **{**cell_ref_of(answer), "blocks": ()})
