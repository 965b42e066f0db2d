"""Checks of partner countries and of papers with few authors, which no kind of declaration covers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemas.checks.check_context import Case, at, number
from schemas.reading.answer import Answer
from schemas.reading.clean_tables import EXACT, PARTNERS, listed_partners, partner_years
from schemas.rules.finding import Finding
from schemas.rules.rule import Rule


def _papers_of_partners(case: Case) -> Iterator[tuple[Answer, str, int]]:
    """Each number of papers as entered, with the country of its row."""
    for answer in case.submission.answers:
        country = case.submission.by_key.get((f"{PARTNERS}.country", answer.row_key))
        is_papers = answer.field.id == f"{PARTNERS}.papers" and isinstance(answer.value, int)
        if is_papers and country is not None and country.value is not None:
            yield answer, str(country.value), int(str(answer.value))


def _said(case: Case, answer: Answer, country: str, **more: Any) -> dict[str, Any]:
    label = case.dictionary.labels("countries").get(country, country)
    return {"cell": answer.address, "value": number(float(str(answer.value))), "country": label, **more}


def partner_beyond_international(rule: Rule, case: Case) -> Iterator[Finding]:
    """A country with more joint papers than there were international papers, where these are counted in full."""
    frame, years = case.tables.get("publications"), [str(year) for year in partner_years(case.submission)]
    if frame is None or "international" not in frame or not {*years} <= {*frame.index}:
        return
    papers = frame.loc[years, "international"]
    if papers.isna().any() or case.submission.value("publication_basis.counting") == "fractional":
        return
    total = float(papers.sum())
    for answer, country, own in _papers_of_partners(case):
        if own > total:
            yield rule.finding(_said(case, answer, country, total=number(total)), **at(answer))


def partners_against_list(rule: Rule, case: Case) -> Iterator[Finding]:
    """A country's joint papers as entered that differ from those counted in the publication list."""
    counted = listed_partners(case.submission, case.dictionary)
    if counted is None:
        return
    for answer, country, own in _papers_of_partners(case):
        listed = int(counted["papers"].get(country, 0))
        if own != listed:
            params = _said(case, answer, country, listed=number(listed))
            yield rule.finding(params, **{**at(answer), "blocks": ()})


def many_authors_at_home(rule: Rule, case: Case) -> Iterator[Finding]:
    """Years with more papers without partners abroad among those of few authors than among all papers."""
    frame = case.tables.get("publications")
    columns = ["papers", "international", "up_to_100_authors", "up_to_100_authors_international"]
    if frame is None or not set(columns) <= set(frame.columns):
        return
    for key, row in frame[columns].dropna().astype(float).iterrows():
        whole = row["papers"] - row["international"]
        part = row["up_to_100_authors"] - row["up_to_100_authors_international"]
        is_possible = row["international"] <= row["papers"] and part <= row["papers"]
        if is_possible and part > whole + EXACT:
            place = case.place("publications", columns[2:], str(key))
            params = {"cell": case.address("publications", columns[2], str(key)), "year": str(key)}
            yield rule.finding({**params, "part": number(part), "whole": number(whole)}, value=number(part), **place)
