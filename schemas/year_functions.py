"""Checks against last round that no kind of declaration covers, between the years of one table, and of the papers
of a year against the publication list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pandas as pd

from schemas.answer import Answer
from schemas.case import Case, at, number
from schemas.finding import Finding
from schemas.partners import FEW_UNKNOWN
from schemas.records import READ_AS, Records, publications_of
from schemas.rule import Rule

CARRIED = 30  # numbers that must agree before a form is thought to be last year's
MANY_PAPERS = 100
REPEATED_PAPERS = 500
JUMP = 30  # per cent between two years of papers
REVISION = 10  # per cent between two reports of one year
PARTS_OF_LIST = {"domestic", "top10", "corresponding_own"}
HALF_UNIT = 0.0005  # half of the smallest place of a fractional count


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


def papers_jump(rule: Rule, case: Case) -> Iterator[Finding]:
    """A year whose papers differ much from the year before it."""
    for (year, before), (next_year, now) in pairwise(_papers(case)):
        is_next = int(next_year) == int(year) + 1
        if is_next and max(before, now) >= MANY_PAPERS and abs(now - before) * 100 > JUMP * max(before, 1):
            place = {**case.place("publications", ["papers"], next_year), "blocks": ()}
            params = {
                "cell": case.address("publications", "papers", next_year),
                "year": next_year,
                "before": number(before),
                "now": number(now),
            }
            yield rule.finding(params, value=number(now), **place)


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
            place = {**case.place("publications", ["papers"], next_year), "blocks": ()}
            params = {"cell": case.address("publications", "papers", next_year), "year": next_year, "before": year}
            yield rule.finding(params, value=number(now), **place)


def papers_revised(rule: Rule, case: Case) -> Iterator[Finding]:
    """Papers of a year that last round's form counted very differently."""
    last = dict(case.previous["publications"]["papers"].dropna()) if "publications" in case.previous else {}
    for year, now in _papers(case):
        before = float(last.get(year, now))
        if abs(now - before) >= 20 and abs(now - before) * 100 > REVISION * max(before, 1):
            place = {**case.place("publications", ["papers"], year), "blocks": ()}
            params = {
                "cell": case.address("publications", "papers", year),
                "year": year,
                "before": number(before),
                "now": number(now),
            }
            yield rule.finding(params, value=number(now), **place)


def _counting(case: Case, wanted: str) -> Answer | None:
    answer = case.answer("publication_basis", "counting", "")
    return answer if answer is not None and answer.value == wanted else None


def fractions_in_full_counting(rule: Rule, case: Case) -> Iterator[Finding]:
    """Decimals although papers are counted as wholes."""
    basis = _counting(case, "full")
    odd = [(year, value) for year, value in _papers(case) if value != int(value)]
    if basis is not None and odd:
        place = {**case.place("publications", ["papers"], odd[0][0]), "blocks": ()}
        params = {"cell": case.address("publications", "papers", odd[0][0]), "basis": basis.address}
        yield rule.finding(params, value=number(odd[0][1]), **place)


def wholes_in_fractional_counting(rule: Rule, case: Case) -> Iterator[Finding]:
    """Whole numbers in every year although papers are counted as fractions."""
    basis, papers = _counting(case, "fractional"), _papers(case)
    is_whole = sum(value for _, value in papers) >= MANY_PAPERS and all(value == int(value) for _, value in papers)
    if basis is not None and is_whole:
        yield rule.finding({"cell": basis.address}, **{**at(basis), "blocks": ()})


def _listed(case: Case) -> Records | None:
    """The publication list that the figures of this round are counted from."""
    records = case.submission.records.get("publication_list")
    is_used = case.submission.value("profile.has_publication_list") != "no"
    return records if records is not None and is_used and not records.frame.empty else None


def _in_list(rule: Rule, records: Records, column: str, rows: list[Any], params: dict[str, Any]) -> Finding:
    """One finding for all ``rows`` of the list."""
    named = "、".join(str(row) for row in rows[:5])
    told = {"sheet_name": records.sheet, "count": number(len(rows)), "rows": named, **params}
    place = {"field": f"publication_list.{column}", "sheet": records.sheet}
    return rule.finding(told, count=len(rows), value=str(len(rows)), **place)


def parts_against_list(rule: Rule, case: Case) -> Iterator[Finding]:
    """Years whose international and other papers as entered differ from those counted in the list.

    Silent where the list lacks a column or has cells that could not be read; papers themselves have a rule of
    their own. Figures by fractions may differ by half a unit of their last place for each paper.
    """
    records = _listed(case)
    if records is None or not {"year", "international", "own_fraction"} <= set(records.frame.columns):
        return
    if not set(records.frame.columns) >= PARTS_OF_LIST or any(f.rule != READ_AS for f in records.faults):
        return
    fractional = case.submission.value("publication_basis.counting") == "fractional"
    counted = publications_of(records.frame, fractional=fractional)
    figures = {
        (str(year), str(column)): float(value)
        for column in counted.columns
        for year, value in zip(counted.index, counted[column], strict=True)
        if not pd.isna(value)
    }
    for answer in case.submission.answers:
        listed = figures.get((answer.row_key, answer.field.column))
        if answer.field.table != "publications" or answer.field.column == "papers" or listed is None:
            continue
        slack = HALF_UNIT * figures[answer.row_key, "papers"] if fractional else 0.0
        if answer.value is not None and abs(float(str(answer.value)) - listed) > slack:
            entered = number(float(str(answer.value)))
            params = {"cell": answer.address, "label": answer.heading, "entered": entered, "listed": number(listed)}
            yield rule.finding(params, **{**at(answer), "value": entered, "blocks": ()})


def countries_unknown(rule: Rule, case: Case) -> Iterator[Finding]:
    """International papers without their countries, where others have them and they are many."""
    records = _listed(case)
    if records is None or not {"international", "countries"} <= set(records.frame.columns):
        return
    international = records.frame["international"] == "yes"
    unknown = international & records.frame["countries"].isna()
    total, missing = int(international.sum()), int(unknown.sum())
    if total >= MANY_PAPERS and FEW_UNKNOWN * total < missing * 100 < 100 * total:
        rows = records.frame.index[unknown].tolist()
        yield _in_list(rule, records, "countries", rows, {"percent": round(missing / total * 100)})


def countries_disagree(rule: Rule, case: Case) -> Iterator[Finding]:
    """Papers called international with Japan alone among their countries, or domestic with another country."""
    records = _listed(case)
    if records is None or not {"international", "countries"} <= set(records.frame.columns):
        return
    countries = records.frame["countries"]
    abroad = {text: _is_abroad(str(text)) for text in countries.dropna().unique()}
    stated = countries.map(abroad)
    marked = records.frame["international"]
    odd = ((marked == "yes") & (stated == "no")) | ((marked == "no") & (stated == "yes"))
    rows = records.frame.index[odd.fillna(False).astype(bool)].tolist()
    if rows:
        yield _in_list(rule, records, "countries", rows, {})


def _is_abroad(countries: str) -> str | None:
    """Whether country codes name another country than Japan; None where they are no codes."""
    codes = [code.strip().upper() for code in countries.replace(",", ";").split(";") if code.strip()]
    is_known = bool(codes) and all(len(code) == 2 and code.isascii() and code.isalpha() for code in codes)
    return None if not is_known else "yes" if set(codes) - {"JP"} else "no"


def nothing_of_own(rule: Rule, case: Case) -> Iterator[Finding]:
    """Papers counted by fractions of which the institution's own fraction is 0."""
    records = _listed(case)
    if records is None or "own_fraction" not in records.frame or _counting(case, "fractional") is None:
        return
    rows = records.frame.index[(records.frame["own_fraction"] == 0).fillna(False).astype(bool)].tolist()
    if rows:
        counted = tuple((a.field.id, a.row_key) for a in case.submission.answers if a.field.table == "publications")
        yield replace(_in_list(rule, records, "own_fraction", rows, {}), blocks=counted)


def rows_left_out(rule: Rule, case: Case) -> Iterator[Finding]:
    """Rows beyond those that the publication list may have."""
    records = _listed(case)
    if records is not None and records.left_out:
        size = case.dictionary.places["publication_list.year"][1].size
        place = {"field": "publication_list", "sheet": records.sheet, "count": records.left_out}
        params = {"sheet_name": records.sheet, "count": number(records.left_out), "size": number(size)}
        counted = tuple((a.field.id, a.row_key) for a in case.submission.answers if a.field.table == "publications")
        yield rule.finding(params, value=str(records.left_out), blocks=counted, **place)


def list_against_switch(rule: Rule, case: Case) -> Iterator[Finding]:
    """A publication list that holds papers although none is said to be attached, or none although one is."""
    records = case.submission.records.get("publication_list")
    answer = case.answer("profile", "has_publication_list", "")
    if records is None or answer is None or answer.value not in ("yes", "no"):
        return
    if (answer.value == "yes") == records.frame.empty:
        params = {"cell": answer.address, "sheet_name": records.sheet, "count": number(len(records.frame))}
        yield rule.finding(params, **{**at(answer), "blocks": ()})


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


YEAR_FUNCTIONS: dict[str, Callable[[Rule, Case], Iterator[Finding]]] = {
    function.__name__: function
    for function in (
        code_instead_of_number,
        carried_over,
        papers_jump,
        repeated_year,
        papers_revised,
        fractions_in_full_counting,
        wholes_in_fractional_counting,
        programme_without_students,
        parts_against_list,
        countries_unknown,
        countries_disagree,
        nothing_of_own,
        rows_left_out,
        list_against_switch,
    )
}
