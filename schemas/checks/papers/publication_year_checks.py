"""Checks against last round that no kind of declaration covers, and between the years of one table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from statistics import fmean, median
from typing import Any, NamedTuple

import pandas as pd

from schemas.checks.check_context import CheckContext, all_but, cell_ref_of, floats_of, number
from schemas.checks.registration import function_check, table_check
from schemas.reading.answer import Answer
from schemas.reading.clean_tables import EXACT
from schemas.rules.finding import Finding
from schemas.rules.rule import Rule

CARRIED = 30  # numbers that must agree before a form is thought to be last year's
FEW_AUTHORS = ("papers", "international", "up_to_100_authors", "up_to_100_authors_international")
MANY_PAPERS = 100
REPEATED_PAPERS = 500
JUMP = 30  # per cent between two years of papers
REVISION = 10  # per cent between two reports of one year
SWAP_PAPERS, SWAP_YEARS, SWAP_APART = 50, 2, 10  # papers a year, other years, points between the two shares
SWAP_CLOSE, SWAP_CHANCE, SWAP_YEARLY = 5, 3.5, 0.8  # least points at all; standard errors; points years differ by


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
    return [] if frame is None or frame.empty or "papers" not in frame else _papers_by_year(frame)


def _papers_by_year(frame: pd.DataFrame) -> list[tuple[str, float]]:
    known = frame[frame["papers"].notna()]
    return sorted((str(key), float(value)) for key, value in known["papers"].items())


def _of_year(rule: Rule, context: CheckContext, year: str, papers: float, params: dict[str, str]) -> Finding:
    """A finding about the papers of a year, which asks and blocks nothing."""
    cell_ref = {**context.cell_ref("publications", ["papers"], year), "blocks": ()}
    cell = context.address("publications", "papers", year)
    return rule.finding({"cell": cell, "year": year, **params}, value=number(papers), **cell_ref)


def _jumps(frame: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Papers of the year before and of the year, for each year that differs much from the one before it."""
    return {
        year: (before, now)
        for (last, before), (year, now) in pairwise(_papers_by_year(frame))
        if int(year) == int(last) + 1 and max(before, now) >= MANY_PAPERS
        if abs(now - before) * 100 > JUMP * max(before, 1)
    }


@table_check("publications", "papers", holds=lambda rows, _: all_but(rows, _jumps(rows)))
def papers_jump(rule: Rule, context: CheckContext, keys: Sequence[str]) -> Iterator[Finding]:
    """A year whose papers differ much from the year before it."""
    jumps = _jumps(context.table("publications"))
    for year in sorted(keys):
        before, now = jumps[year]
        yield _of_year(rule, context, year, now, {"before": number(before), "now": number(now)})


def _repeats(frame: pd.DataFrame) -> dict[str, str]:
    """The year that each year repeats, in papers and international papers."""
    repeats = {}
    for (last, before), (year, now) in pairwise(_papers_by_year(frame)):
        same: list[Any] = frame.loc[[last, year], "international"].tolist()
        if before == now >= REPEATED_PAPERS and not any(pd.isna(value) for value in same) and same[0] == same[1]:
            repeats[year] = last
    return repeats


@table_check("publications", "papers", "international", holds=lambda rows, _: all_but(rows, _repeats(rows)))
def repeated_year(rule: Rule, context: CheckContext, keys: Sequence[str]) -> Iterator[Finding]:
    """Two years with the same papers and the same international papers."""
    frame = context.table("publications")
    repeats, papers = _repeats(frame), dict(_papers_by_year(frame))
    for year in sorted(keys):
        yield _of_year(rule, context, year, papers[year], {"before": repeats[year]})


@function_check("year")
def papers_revised(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Papers of a year that last round's form counted very differently."""
    last = dict(context.previous["publications"]["papers"].dropna()) if "publications" in context.previous else {}
    for year, now in _papers(context):
        before = float(last.get(year, now))
        if abs(now - before) >= 20 and abs(now - before) * 100 > REVISION * max(before, 1):
            yield _of_year(rule, context, year, now, {"before": number(before), "now": number(now)})


def _counting_answer(context: CheckContext, wanted: str) -> Answer | None:
    answer = context.answer("publication_basis", "counting", "")
    return answer if answer is not None and answer.value == wanted else None


@function_check("tables")
def fractions_in_full_counting(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Decimals although papers are counted as wholes."""
    basis = _counting_answer(context, "full")
    odd = [(year, value) for year, value in _papers(context) if value != int(value)]
    if basis is not None and odd:
        yield _of_year(rule, context, *odd[0], {"basis": basis.address})


@function_check("tables")
def wholes_in_fractional_counting(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Whole numbers in every year although papers are counted as fractions."""
    basis, papers = _counting_answer(context, "fractional"), _papers(context)
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
            cell_ref = {**context.cell_ref("degrees", ["enrolled", "name"], str(key)), "blocks": ()}
            params = {"cell": context.address("degrees", "enrolled", str(key)), "name": row["name"]}
            yield rule.finding(params, value="0", **cell_ref)


def _at_home(frame: pd.DataFrame) -> pd.DataFrame:
    """Papers without partners abroad by year: ``part`` of those of few authors, ``whole`` of all; with ``is_odd``."""
    papers, international, few, few_international = (frame[c].astype("Float64") for c in FEW_AUTHORS)
    whole, part = papers - international, few - few_international
    is_possible = (international <= papers) & (part <= papers)
    is_odd = (is_possible & (part > whole + EXACT)).fillna(False).astype(bool)
    return pd.DataFrame({"part": part, "whole": whole, "is_odd": is_odd})


@table_check("publications", *FEW_AUTHORS, holds=lambda rows, _: ~_at_home(rows)["is_odd"])
def many_authors_at_home(rule: Rule, context: CheckContext, keys: Sequence[str]) -> Iterator[Finding]:
    """Years with more papers without partners abroad among those of few authors than among all papers."""
    figures = _at_home(context.table("publications"))
    for key in keys:
        part, whole = number(figures.loc[key, "part"]), number(figures.loc[key, "whole"])
        cell_ref = context.cell_ref("publications", FEW_AUTHORS[2:], key)
        params = {"cell": context.address("publications", FEW_AUTHORS[2], key), "year": key}
        yield rule.finding({**params, "part": part, "whole": whole}, value=part, **cell_ref)


class _Shares(NamedTuple):
    """Percentages of papers of one year."""

    international: float
    domestic: float

    @property
    def distance(self) -> float:
        """International less domestic, in points."""
        return self.international - self.domestic


@function_check("tables")
def swapped_in_one_year(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """A year whose international share is the domestic share of all other years, and the reverse."""
    frame = context.tables.get("publications")
    if frame is None or not {"papers", *_Shares._fields} <= set(frame.columns):
        return
    columns = (floats_of(frame[name]).tolist() for name in ("papers", *_Shares._fields))
    known = {
        str(key): (papers, _Shares(international / papers * 100, domestic / papers * 100))
        for key, papers, international, domestic in zip(frame.index.tolist(), *columns, strict=True)
        if papers >= SWAP_PAPERS and not math.isnan(international + domestic)
    }
    if len(known) <= SWAP_YEARS:
        return
    shares = {key: share for key, (_, share) in known.items()}
    for key, (papers, own) in known.items():
        others = [share for other, share in shares.items() if other != key]
        usual = _usual_when_swapped(own, others, _next_years(shares, key), papers)
        if usual is not None:
            cells = context.cell_ref("publications", _Shares._fields, key)
            params = {
                "cell": context.address("publications", "international", key),
                "year": key,
                "international": round(own.international),
                "domestic": round(own.domestic),
                "usual_international": round(usual.international),
                "usual_domestic": round(usual.domestic),
            }
            yield rule.finding(params, value=number(own.international), **{**cells, "blocks": ()})


def _next_years(shares: Mapping[str, _Shares], key: str) -> list[_Shares]:
    """The years before and after one; at an end the two nearest."""
    ordered = sorted(shares)
    at = ordered.index(key)
    first = min(max(at - 1, 0), len(ordered) - SWAP_YEARS - 1)
    return [shares[year] for year in ordered[first : first + SWAP_YEARS + 1] if year != key]


def _usual_when_swapped(
    own: _Shares, others: Sequence[_Shares], nearest: Sequence[_Shares], papers: float
) -> _Shares | None:
    """The shares of other years that those of a year look like when exchanged; None where they do not.

    The distance between the two shares must be SWAP_CHANCE standard errors off that of other years. Where it is less
    than SWAP_APART points, all other years have one order too, those beside the year at half of the distance or more:
    neither chance nor a slow change of places looks like that.
    """
    ways = (
        (_Shares(*map(median, zip(*others, strict=True))), SWAP_APART),
        (_Shares(*map(fmean, zip(*others, strict=True))), SWAP_CLOSE),
    )
    for usual, closest in ways:
        error = _error_of_distance(usual, papers)
        crossed = max(abs(own.international - usual.domestic), abs(own.domestic - usual.international))
        is_beyond = abs(own.distance - usual.distance) >= SWAP_CHANCE * error * (1 + 1 / len(others)) ** 0.5
        if closest == SWAP_APART:
            is_alike = crossed * 2 < abs(usual.distance)
        else:
            is_alike = crossed < max(abs(usual.distance) / 2, error) and _is_steady(usual, others, nearest)
        if abs(usual.distance) >= closest and is_alike and is_beyond:
            return usual
    return None


def _error_of_distance(usual: _Shares, papers: float) -> float:
    """Standard error, in points, of the difference of two shares of one year: chance, and what years differ by."""
    both = (usual.international + usual.domestic) / 100
    return float((100**2 * (both - (usual.distance / 100) ** 2) / papers + SWAP_YEARLY**2) ** 0.5)


def _is_steady(usual: _Shares, others: Sequence[_Shares], nearest: Sequence[_Shares]) -> bool:
    is_in_order = all(one.distance * usual.distance > 0 for one in others)
    return is_in_order and all(abs(one.distance) * 2 >= abs(usual.distance) for one in nearest)
