"""Checks against last round that no kind of declaration covers, and between the years of one table."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pandas as pd

from schemas.checks.check_context import Case, at, number
from schemas.reading.answer import Answer
from schemas.rules.finding import Finding
from schemas.rules.rule import Rule

CARRIED = 30  # numbers that must agree before a form is thought to be last year's
MANY_PAPERS = 100
REPEATED_PAPERS = 500
JUMP = 30  # per cent between two years of papers
REVISION = 10  # per cent between two reports of one year


def code_instead_of_number(rule: Rule, case: Case) -> Iterator[Finding]:
    """Codes for "not known" or "not collected" where last round had a number."""
    for answer in case.submission.answers:
        if answer.code in ("m", "nc", "x") and answer.applies and not answer.is_listed:
            before = _before(case, answer)
            if before is not None:
                params = {
                    "cell": answer.address,
                    "label": answer.heading,
                    "code": answer.code,
                    "before": number(before),
                }
                yield rule.finding(params, **{**at(answer), "blocks": ()})


def _before(case: Case, answer: Answer) -> float | None:
    """Last round's number behind an answer."""
    last = case.previous.get(answer.field.table)
    column = answer.field.column
    if last is None or column not in last or answer.row_key not in last.index:
        return None
    value: Any = last.at[answer.row_key, column]
    return None if pd.isna(value) or isinstance(value, str) else float(value)


def carried_over(rule: Rule, case: Case) -> Iterator[Finding]:
    """A form in which nearly every number equals last round's."""
    pairs = [
        (float(answer.value), before)
        for answer in case.submission.answers
        if isinstance(answer.value, int | Decimal) and answer.value > 0 and answer.field.unit == "people"
        if not answer.is_listed and (before := _before(case, answer)) is not None
    ]
    same = sum(now == before for now, before in pairs)
    if len(pairs) >= CARRIED and same * 100 >= 95 * len(pairs):
        yield rule.finding({"count": same, "numbers": len(pairs)}, field="numbers", count=same, value=str(same))


def _papers(case: Case) -> list[tuple[str, float]]:
    frame = case.tables.get("publications")
    if frame is None or frame.empty or "papers" not in frame:
        return []
    known = frame[frame["papers"].notna()]
    return sorted((str(key), float(value)) for key, value in known["papers"].items())


def _of_year(rule: Rule, case: Case, year: str, papers: float, params: dict[str, str]) -> Finding:
    """A finding about the papers of a year, which asks and blocks nothing."""
    place = {**case.place("publications", ["papers"], year), "blocks": ()}
    cell = case.address("publications", "papers", year)
    return rule.finding({"cell": cell, "year": year, **params}, value=number(papers), **place)


def papers_jump(rule: Rule, case: Case) -> Iterator[Finding]:
    """A year whose papers differ much from the year before it."""
    for (year, before), (next_year, now) in pairwise(_papers(case)):
        is_next = int(next_year) == int(year) + 1
        if is_next and max(before, now) >= MANY_PAPERS and abs(now - before) * 100 > JUMP * max(before, 1):
            yield _of_year(rule, case, next_year, now, {"before": number(before), "now": number(now)})


def repeated_year(rule: Rule, case: Case) -> Iterator[Finding]:
    """Two years with the same papers and the same international papers."""
    frame = case.tables.get("publications")
    papers = _papers(case)
    if frame is None or "international" not in frame:
        return
    for (year, before), (next_year, now) in pairwise(papers):
        same: list[Any] = frame.loc[[year, next_year], "international"].tolist()
        is_same = not any(pd.isna(value) for value in same) and same[0] == same[1]
        if before == now >= REPEATED_PAPERS and is_same:
            yield _of_year(rule, case, next_year, now, {"before": year})


def papers_revised(rule: Rule, case: Case) -> Iterator[Finding]:
    """Papers of a year that last round's form counted very differently."""
    last = dict(case.previous["publications"]["papers"].dropna()) if "publications" in case.previous else {}
    for year, now in _papers(case):
        before = float(last.get(year, now))
        if abs(now - before) >= 20 and abs(now - before) * 100 > REVISION * max(before, 1):
            yield _of_year(rule, case, year, now, {"before": number(before), "now": number(now)})


def _counting(case: Case, wanted: str) -> Answer | None:
    answer = case.answer("publication_basis", "counting", "")
    return answer if answer is not None and answer.value == wanted else None


def fractions_in_full_counting(rule: Rule, case: Case) -> Iterator[Finding]:
    """Decimals although papers are counted as wholes."""
    basis = _counting(case, "full")
    odd = [(year, value) for year, value in _papers(case) if value != int(value)]
    if basis is not None and odd:
        yield _of_year(rule, case, *odd[0], {"basis": basis.address})


def wholes_in_fractional_counting(rule: Rule, case: Case) -> Iterator[Finding]:
    """Whole numbers in every year although papers are counted as fractions."""
    basis, papers = _counting(case, "fractional"), _papers(case)
    is_whole = sum(value for _, value in papers) >= MANY_PAPERS and all(value == int(value) for _, value in papers)
    if basis is not None and is_whole:
        yield rule.finding({"cell": basis.address}, **{**at(basis), "blocks": ()})


def programme_without_students(rule: Rule, case: Case) -> Iterator[Finding]:
    """Joint degree programmes without students for two rounds and without a closing year."""
    now, last = case.tables.get("degrees"), case.previous.get("degrees")
    columns = {"name", "enrolled"}
    if now is None or last is None or not columns <= set(now.columns) or not columns <= set(last.columns):
        return
    empty = set(last["name"][(last["enrolled"] == 0).fillna(False).astype(bool)].dropna())
    for key, row in now.iterrows():
        closed = row.get("closed_in")
        if pd.notna(row["enrolled"]) and row["enrolled"] == 0 and row["name"] in empty and pd.isna(closed):
            place = {**case.place("degrees", ["enrolled", "name"], str(key)), "blocks": ()}
            params = {"cell": case.address("degrees", "enrolled", str(key)), "name": row["name"]}
            yield rule.finding(params, value="0", **place)
