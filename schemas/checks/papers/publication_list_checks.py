"""Checks of the publication list, whole columns at a time with one finding for each cause, and of partner countries."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from schemas.checks.check_context import CheckContext, all_but, cell_ref_of, is_missing, number
from schemas.checks.registration import AskedRound, Bools, function_check, table_check
from schemas.dictionary.country_names import codes_of_countries, read_countries
from schemas.dictionary.declaration import Text
from schemas.dictionary.dictionary import DataDictionary
from schemas.dictionary.format_number import format_number
from schemas.reading.answer import Answer
from schemas.reading.choice_labels import quote_words
from schemas.reading.clean_tables import PARTNERS, listed_partners, partner_years
from schemas.reading.partner_counts import FEW_UNKNOWN, OWN
from schemas.reading.reading_outcome import READ_AS
from schemas.reading.records import BLANK, MANY_AUTHORS
from schemas.rules.finding import LISTED, Finding
from schemas.rules.rule import Rule
from schemas.xlsx.cell_address import cell_address

TABLE = "publication_list"
MANY = 100
ROUND_LIMITS = frozenset({20, 25, 30, 40, 50, 99, 100, 150, 200, 250, 255, 256, 300, 500, 999, 1000, 2000, 3000})
PILED_PERCENT, PILED, NEAR = 2, 5, 0.8  # share of papers at the limit; how often as many as from 80 % of it on
UNKNOWN_PERCENT = 20
MOVED_POINTS = 3
SINGLE_PERCENT = 2
FIRST_YEAR, LAST_YEAR = -5, -1
PARTS_OF_LIST = {"year", "international", "own_fraction", "domestic", "top10", "corresponding_own"}
HALF_UNIT = 0.0005  # half of the smallest place of a fractional count
_DOI_PREFIX = re.compile(r"^(https?://(dx\.)?doi\.org/|doi:\s*)")


def _list_finding(
    rule: Rule, context: CheckContext, column: str, rows: Sequence[Any], params: Mapping[str, Any]
) -> Finding:
    """One finding for all ``rows``, which it names; its cells are those of the column that is asked about."""
    records = context.submission.records[TABLE]
    named = [str(row) for row in rows[:5]]
    known = {"sheet_name": records.sheet, "count": number(len(rows)), **params}
    known["rows"] = Text(ja="、".join(named), en=", ".join(named))
    at = records.columns.get(column)
    cells = tuple(cell_address(int(row), at) for row in rows[:LISTED]) if at else ()
    cell_ref = {"field": f"{TABLE}.{column}", "sheet": records.sheet, "cells": cells}
    return rule.finding(known, count=len(rows), value=str(len(rows)), **cell_ref)


def _has_unread(context: CheckContext, column: str) -> bool:
    """Whether cells of a column hold what could not be read: they are neither blank nor unknown."""
    faults = context.submission.records[TABLE].faults
    return any(f.field.column == column and f.rule not in (READ_AS, BLANK) for f in faults)


def _repeated_identifiers(rows: pd.DataFrame) -> pd.Index:
    given = rows["identifier"].dropna()
    bare = [str(text).casefold().strip() for text in given.tolist()]
    plain = [_DOI_PREFIX.sub("", text) if text.startswith(("http", "doi")) else text for text in bare]
    if len(set(plain)) == len(plain):
        return given.index[:0]
    texts = pd.Series(plain, index=given.index, dtype=object)
    return texts.index[texts.duplicated() & (texts != "")]


@table_check(TABLE, "identifier", holds=lambda rows, _: all_but(rows, _repeated_identifiers(rows)))
def papers_twice(rule: Rule, context: CheckContext, keys: Sequence[Any]) -> Iterator[Finding]:
    """Papers with the same DOI, whatever its prefix and case."""
    partners = context.tables.get("partner_countries", pd.DataFrame())
    named = [(f"partner_countries.{name}", str(key)) for key in partners.index for name in ("country", "papers")]
    blocks = (*context.blocks("publications"), *named)
    yield replace(_list_finding(rule, context, "identifier", keys, {}), blocks=blocks)


def _are_in_window(rows: pd.DataFrame, asked: AskedRound) -> pd.Series:
    years = rows["year"]
    return years.between(asked.year + FIRST_YEAR, asked.year + LAST_YEAR).fillna(True).astype(bool)


@table_check(TABLE, "year", holds=_are_in_window)
def papers_out_of_window(rule: Rule, context: CheckContext, keys: Sequence[Any]) -> Iterator[Finding]:
    """Papers of years that the round does not ask for."""
    first, last = context.submission.year + FIRST_YEAR, context.submission.year + LAST_YEAR
    yield _list_finding(rule, context, "year", keys, {"first": first, "last": last})


def _is_yes(values: pd.Series) -> pd.Series:
    return (values == "yes").astype(bool)  # of texts and blanks, neither of which leaves it open


def _single_authors(rows: pd.DataFrame, _: AskedRound) -> pd.Series:
    international = _is_yes(rows["international"])
    single = international & (rows["authors"] == 1).fillna(False).astype(bool)
    return ~single if single.sum() * 100 > SINGLE_PERCENT * international.sum() else pd.Series(True, index=rows.index)


@table_check(TABLE, "international", "authors", holds=_single_authors)
def single_authors_abroad(rule: Rule, context: CheckContext, keys: Sequence[Any]) -> Iterator[Finding]:
    """International papers with a single author, beyond the few that double affiliations explain."""
    yield _list_finding(rule, context, "authors", keys, {})


def _are_known(rows: pd.DataFrame, column: str, percent: int) -> pd.Series:
    """Whether a column of international papers is filled, where more than ``percent`` of many lack it.

    A column left blank altogether is optional.
    """
    international = _is_yes(rows["international"])
    unknown = international & rows[column].isna()
    total, missing = int(international.sum()), int(unknown.sum())
    is_odd = total >= MANY and percent * total < missing * 100 < 100 * total
    return ~unknown if is_odd else pd.Series(True, index=rows.index)


@table_check(
    TABLE,
    "international",
    "corresponding_own",
    holds=lambda rows, _: _are_known(rows, "corresponding_own", UNKNOWN_PERCENT),
)
def corresponding_unknown(rule: Rule, context: CheckContext, keys: Sequence[Any]) -> Iterator[Finding]:
    """International papers whose corresponding author is not known, where they are many and all cells were read."""
    if _has_unread(context, "corresponding_own"):
        return
    yield _list_finding(rule, context, "corresponding_own", keys, _percent_of_international(context, keys))


def _percent_of_international(context: CheckContext, keys: Sequence[Any]) -> dict[str, str]:
    total = int(_is_yes(context.table(TABLE)["international"]).sum())
    return {"percent": format_number(Fraction(100 * len(keys), total), 0)}


def _have_many_authors(rows: pd.DataFrame) -> pd.Series:
    return (rows["authors"] > MANY_AUTHORS).fillna(False).astype(bool)


def _points_of_many_authors(rows: pd.DataFrame) -> float:
    """By how many points papers of many authors raise the international share; 0 where the list is short."""
    international, huge = _is_yes(rows["international"]), _have_many_authors(rows)
    if len(rows) < MANY or huge.all() or not huge.any():
        return 0.0
    return float((international.mean() - international[~huge].mean()) * 100)


def _many_authors_are_few(rows: pd.DataFrame, _: AskedRound) -> pd.Series:
    is_odd = abs(_points_of_many_authors(rows)) > MOVED_POINTS
    return ~_have_many_authors(rows) if is_odd else pd.Series(True, index=rows.index)


@table_check(TABLE, "international", "authors", holds=_many_authors_are_few)
def many_authors_matter(rule: Rule, context: CheckContext, keys: Sequence[Any]) -> Iterator[Finding]:
    """An international share that moves when papers with over 100 authors are left out."""
    points = _points_of_many_authors(context.table(TABLE))
    yield _list_finding(rule, context, "authors", keys, {"points": f"{points:+.1f}"})


@function_check("tables")
def list_against_summary(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Years whose papers as entered differ from those counted in the list; silent where a year could not be read."""
    records = context.records(TABLE)
    is_fractional = context.submission.value("publication_basis.counting") == "fractional"
    if records is None or is_fractional or _has_unread(context, "year"):
        return
    counted = records.frame["year"].value_counts() if "year" in records.frame else pd.Series(dtype=int)
    for answer in context.submission.answers:
        if answer.field.id != "publications.papers" or answer.value is None or not answer.row_key.isdigit():
            continue
        listed = int(counted.get(int(answer.row_key), 0))
        if listed and float(str(answer.value)) != listed:
            params = {"cell": answer.address, "year": answer.row_key, "listed": number(listed)}
            cell_ref = {"field": answer.field.id, "row_key": answer.row_key, "sheet": answer.sheet}
            entered = number(float(str(answer.value)))
            yield rule.finding({**params, "entered": entered}, cells=(answer.cell,), value=entered, **cell_ref)


@function_check("tables")
def parts_against_list(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Years whose international and other papers as entered differ from those counted in the list.

    Silent where the list lacks a column or has cells that could not be read; papers themselves have a rule of
    their own. Figures by fractions may differ by half a unit of their last place for each paper.
    """
    records = context.records(TABLE)
    if records is None or not set(records.frame.columns) >= PARTS_OF_LIST:
        return
    if any(fault.rule != READ_AS for fault in records.faults):
        return
    fractional = context.submission.value("publication_basis.counting") == "fractional"
    counted = records.papers_by_year(fractional=fractional)
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


@table_check(TABLE, "international", "countries", holds=lambda rows, _: _are_known(rows, "countries", FEW_UNKNOWN))
def countries_unknown(rule: Rule, context: CheckContext, keys: Sequence[Any]) -> Iterator[Finding]:
    """International papers without their countries, where others have them and they are many."""
    if _has_unread(context, "countries"):
        return
    yield _list_finding(rule, context, "countries", keys, _percent_of_international(context, keys))


def _agree_with_countries(rows: pd.DataFrame, asked: AskedRound) -> Bools:
    countries, codes = rows["countries"].tolist(), codes_of_countries(asked.dictionary)
    stated = {text: _is_abroad(str(text), codes) for text in set(countries) if not is_missing(text)}
    odd = {("yes", "no"), ("no", "yes")}
    pairs = zip(rows["international"].tolist(), countries, strict=True)
    return np.array([(marked, stated.get(text)) not in odd for marked, text in pairs], dtype=bool)


@table_check(TABLE, "international", "countries", holds=_agree_with_countries)
def countries_disagree(rule: Rule, context: CheckContext, keys: Sequence[Any]) -> Iterator[Finding]:
    """Papers called international with Japan alone among their countries, or domestic with another country."""
    yield _list_finding(rule, context, "countries", keys, {})


def _is_abroad(countries: str, codes: Mapping[str, str]) -> str | None:
    """Whether a text names another country than Japan; None where a word that is not read leaves it open."""
    named = read_countries(countries, codes)
    if {*named.codes} - {OWN}:
        return "yes"
    return "no" if named.codes and not named.unread else None


def _unread_words(rows: pd.DataFrame, dictionary: DataDictionary) -> dict[str, Sequence[str]]:
    """The words of each text of countries that name no country that is known; texts without one are left out."""
    codes = codes_of_countries(dictionary)
    given = [text for text in dict.fromkeys(rows["countries"].tolist()) if not is_missing(text)]
    unread = {text: read_countries(str(text), codes).unread for text in given}
    return {text: words for text, words in unread.items() if words}


@table_check(
    TABLE, "countries", holds=lambda rows, asked: ~rows["countries"].isin(_unread_words(rows, asked.dictionary))
)
def countries_unread(rule: Rule, context: CheckContext, keys: Sequence[Any]) -> Iterator[Finding]:
    """Countries of papers that hold words which name no country that is known."""
    countries, unread = context.table(TABLE)["countries"], _unread_words(context.table(TABLE), context.dictionary)
    words = dict.fromkeys(word for text in countries.loc[[*keys]] for word in unread[text])
    yield _list_finding(rule, context, "countries", keys, {"words": quote_words(list(words))})


@function_check("tables")
def nothing_of_own(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Papers counted by fractions of which the institution's own fraction is 0."""
    records = context.records(TABLE)
    is_fractional = context.submission.value("publication_basis.counting") == "fractional"
    if records is None or "own_fraction" not in records.frame or not is_fractional:
        return
    rows = records.frame.index[(records.frame["own_fraction"] == 0).fillna(False).astype(bool)].tolist()
    if rows:
        yield replace(_list_finding(rule, context, "own_fraction", rows, {}), blocks=context.blocks("publications"))


@function_check("tables")
def rows_left_out(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Rows beyond those that the publication list may have."""
    records = context.records(TABLE)
    if records is not None and records.left_out:
        size = context.dictionary.block_of[f"{TABLE}.year"][1].size
        cell_ref = {"field": TABLE, "sheet": records.sheet, "count": records.left_out}
        params = {"sheet_name": records.sheet, "count": number(records.left_out), "size": number(size)}
        yield rule.finding(params, value=str(records.left_out), blocks=context.blocks("publications"), **cell_ref)


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


def _params_of(context: CheckContext, answer: Answer, country: str, **more: Any) -> dict[str, Any]:
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
            yield rule.finding(_params_of(context, answer, country, total=number(total)), **cell_ref_of(answer))


@function_check("tables")
def partners_against_list(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """A country's joint papers as entered that differ from those counted in the publication list."""
    entered = [*_papers_of_partners(context)]
    counted = listed_partners(context.submission, context.dictionary) if entered else None
    if counted is None:
        return
    for answer, country, own in entered:
        listed = int(counted["papers"].get(country, 0))
        if own != listed:
            params = _params_of(context, answer, country, listed=number(listed))
            yield rule.finding(params, **{**cell_ref_of(answer), "blocks": ()})


def _limit_of_authors(rows: pd.DataFrame) -> float | None:
    """The round number of authors at which papers pile up while hardly any stand near or beyond it; None for none."""
    authors = rows["authors"].dropna().astype(float)
    times = authors.value_counts()
    for limit in (value for value in times.index if value in ROUND_LIMITS and len(authors) >= MANY):
        near = float(((authors >= limit * NEAR) & (authors != limit)).sum())
        if limit == authors.max():  # none beyond: as many would stand there as at each number just below
            near /= limit - math.ceil(limit * NEAR)
        piled = int(times[limit])
        if piled * 100 >= PILED_PERCENT * len(authors) and piled > PILED * (near + 1):
            return float(limit)
    return None


def _are_not_cut(rows: pd.DataFrame, _: AskedRound) -> pd.Series:
    limit = _limit_of_authors(rows)
    return pd.Series(True, index=rows.index) if limit is None else (rows["authors"] != limit).fillna(True).astype(bool)


@table_check(TABLE, "authors", holds=_are_not_cut)
def cut_at_limit(rule: Rule, context: CheckContext, keys: Sequence[Any]) -> Iterator[Finding]:
    """Numbers of authors that pile up at a round number: the export may have cut the lists there."""
    limit = number(_limit_of_authors(context.table(TABLE)))
    yield _list_finding(rule, context, "authors", keys, {"limit": limit})
