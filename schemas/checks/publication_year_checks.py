"""Checks against last round that no kind of declaration covers, and between the years of one table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pandas as pd

from schemas.checks.check_context import CheckContext, cell_ref_of, number
from schemas.checks.registration import function_check
from schemas.reading.answer import Answer
from schemas.reading.clean_tables import EXACT
from schemas.rules.finding import Finding
from schemas.rules.rule import Rule

CARRIED = 30  # numbers that must agree before a form is thought to be last year's
MANY_PAPERS = 100
REPEATED_PAPERS = 500
JUMP = 30  # per cent between two years of papers
REVISION = 10  # per cent between two reports of one year


@function_check("year")
def code_instead_of_number(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Codes for "not known" or "not collected" where last round had a number."""
    for answer in context.submission.answers:
        if answer.code in ("m", "nc", "x") and answer.applies and not answer.is_listed:
            before = _before(context, answer)
            if before is not None:
                params = {
                    "cell": answer.address,
                    "label": answer.heading,
                    "code": answer.code,
                    "before": number(before),
                }
                yield rule.finding(params, **{**cell_ref_of(answer), "blocks": ()})


def _before(context: CheckContext, answer: Answer) -> float | None:
    """Last round's number behind an answer."""
    last = context.previous.get(answer.field.table)
    column = answer.field.column
    if last is None or column not in last or answer.row_key not in last.index:
        return None
    value: Any = last.at[answer.row_key, column]
    return None if pd.isna(value) or isinstance(value, str | date) else float(value)


@function_check("year")
def carried_over(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """A form in which nearly every number equals last round's."""
    pairs = [
        (float(answer.value), before)
        for answer in context.submission.answers
        if isinstance(answer.value, int | Decimal) and answer.value > 0 and answer.field.unit == "people"
        if not answer.is_listed and (before := _before(context, answer)) is not None
    ]
    same = sum(now == before for now, before in pairs)
    if len(pairs) >= CARRIED and same * 100 >= 95 * len(pairs):
        yield rule.finding({"count": same, "numbers": len(pairs)}, field="numbers", count=same, value=str(same))


def _papers(context: CheckContext) -> list[tuple[str, float]]:
    frame = context.tables.get("publications")
    if frame is None or frame.empty or "papers" not in frame:
        return []
    known = frame[frame["papers"].notna()]
    return sorted((str(key), float(value)) for key, value in known["papers"].items())


def _of_year(rule: Rule, context: CheckContext, year: str, papers: float, params: dict[str, str]) -> Finding:
    """A finding about the papers of a year, which asks and blocks nothing."""
    place = {**context.cell_ref("publications", ["papers"], year), "blocks": ()}
    cell = context.address("publications", "papers", year)
    return rule.finding({"cell": cell, "year": year, **params}, value=number(papers), **place)


@function_check("tables")
def papers_jump(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """A year whose papers differ much from the year before it."""
    for (year, before), (next_year, now) in pairwise(_papers(context)):
        is_next = int(next_year) == int(year) + 1
        if is_next and max(before, now) >= MANY_PAPERS and abs(now - before) * 100 > JUMP * max(before, 1):
            yield _of_year(rule, context, next_year, now, {"before": number(before), "now": number(now)})


@function_check("tables")
def repeated_year(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Two years with the same papers and the same international papers."""
    frame = context.tables.get("publications")
    papers = _papers(context)
    if frame is None or "international" not in frame:
        return
    for (year, before), (next_year, now) in pairwise(papers):
        same: list[Any] = frame.loc[[year, next_year], "international"].tolist()
        is_same = not any(pd.isna(value) for value in same) and same[0] == same[1]
        if before == now >= REPEATED_PAPERS and is_same:
            yield _of_year(rule, context, next_year, now, {"before": year})


@function_check("year")
def papers_revised(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Papers of a year that last round's form counted very differently."""
    last = dict(context.previous["publications"]["papers"].dropna()) if "publications" in context.previous else {}
    for year, now in _papers(context):
        before = float(last.get(year, now))
        if abs(now - before) >= 20 and abs(now - before) * 100 > REVISION * max(before, 1):
            yield _of_year(rule, context, year, now, {"before": number(before), "now": number(now)})


def _counting(context: CheckContext, wanted: str) -> Answer | None:
    answer = context.answer("publication_basis", "counting", "")
    return answer if answer is not None and answer.value == wanted else None


@function_check("tables")
def fractions_in_full_counting(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Decimals although papers are counted as wholes."""
    basis = _counting(context, "full")
    odd = [(year, value) for year, value in _papers(context) if value != int(value)]
    if basis is not None and odd:
        yield _of_year(rule, context, *odd[0], {"basis": basis.address})


@function_check("tables")
def wholes_in_fractional_counting(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Whole numbers in every year although papers are counted as fractions."""
    basis, papers = _counting(context, "fractional"), _papers(context)
    is_whole = sum(value for _, value in papers) >= MANY_PAPERS and all(value == int(value) for _, value in papers)
    if basis is not None and is_whole:
        yield rule.finding({"cell": basis.address}, **{**cell_ref_of(basis), "blocks": ()})


@function_check("year")
def programme_without_students(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Joint degree programmes without students for two rounds and without a closing year."""
    now, last = context.tables.get("degrees"), context.previous.get("degrees")
    columns = {"name", "enrolled"}
    if now is None or last is None or not columns <= set(now.columns) or not columns <= set(last.columns):
        return
    empty = set(last["name"][(last["enrolled"] == 0).fillna(False).astype(bool)].dropna())
    for key, row in now.iterrows():
        closed = row.get("closed_in")
        if pd.notna(row["enrolled"]) and row["enrolled"] == 0 and row["name"] in empty and pd.isna(closed):
            place = {**context.cell_ref("degrees", ["enrolled", "name"], str(key)), "blocks": ()}
            params = {"cell": context.address("degrees", "enrolled", str(key)), "name": row["name"]}
            yield rule.finding(params, value="0", **place)


@function_check("tables")
def many_authors_at_home(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Years with more papers without partners abroad among those of few authors than among all papers."""
    frame = context.tables.get("publications")
    columns = ["papers", "international", "up_to_100_authors", "up_to_100_authors_international"]
    if frame is None or not set(columns) <= set(frame.columns):
        return
    for key, row in frame[columns].dropna().astype(float).iterrows():
        whole = row["papers"] - row["international"]
        part = row["up_to_100_authors"] - row["up_to_100_authors_international"]
        is_possible = row["international"] <= row["papers"] and part <= row["papers"]
        if is_possible and part > whole + EXACT:
            place = context.cell_ref("publications", columns[2:], str(key))
            params = {"cell": context.address("publications", columns[2], str(key)), "year": str(key)}
            yield rule.finding({**params, "part": number(part), "whole": number(whole)}, value=number(part), **place)
