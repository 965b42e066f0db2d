"""Counted papers in the sheet 論文 of the full form, by whole or by fractional counting."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from schemas.form.issue import Given, Issue
from schemas.reading.partner_counts import LEAST_PAPERS, OWN
from schemas.register import Institution

COUNTINGS = ("full", "fractional")
MOST_UNKNOWN = Decimal("0.2")  # share of unknown papers above which a count says nothing ("m", not known)
DATABASES = {"openalex": "openalex", "scopus": "scopus", "wos": "wos"}
_PLACES = Decimal("0.0001")
_PARTS = ("international", "domestic", "single")
ROUNDS = range(2020, 2100)


def sheet_issue(
    institution: Institution,
    counts: pd.DataFrame,
    partners: pd.DataFrame,
    *,
    counting: str,
    kind: str,
    document_types: str,
    years: range,
    extracted_on: date | None,
) -> Issue:
    """The full form of an institution with its sheet 論文 filled in.

    ``counts`` has papers by year and field_group (``count_papers``), ``partners`` by year and country; ``years`` are
    the calendar years that the files cover. The round is the year after the last of them; years that they do not
    cover stay blank.
    """
    round_year = min(max(years[-1] + 1, ROUNDS[0]), ROUNDS[-1])
    asked = [year for year in range(round_year - 5, round_year) if year in years]
    answers: dict[tuple[str, str], Given] = {
        ("publication_basis.database", ""): DATABASES.get(kind),
        ("publication_basis.extracted_on", ""): extracted_on,
        ("publication_basis.counting", ""): counting,
        ("publication_basis.document_types", ""): document_types,
    }
    by_year = counts.drop(columns="field_group").groupby("year").sum()
    for year in asked:
        cells = by_year.loc[year] if year in by_year.index else pd.Series(0, index=by_year.columns)
        for column, value in year_answers(cells, counting).items():
            if _is_asked(column, year, round_year):
                answers[f"publications.{column}", str(year)] = value
    lists = {
        "field_publications": field_rows(counts[counts["year"].isin(asked)], counting),
        "partner_countries": partner_rows(partners[partners["year"].isin(range(round_year - 3, round_year))]),
    }
    given = {key: value for key, value in answers.items() if value is not None}
    return Issue("full", round_year, institution, given, lists)


def _is_asked(column: str, year: int, round_year: int) -> bool:
    """The most cited papers of the first three years, corresponding authors and cut-offs of the last three."""
    if column.startswith("top10"):
        return year <= round_year - 3
    return column in ("papers", *_PARTS) or year >= round_year - 3


def year_answers(cells: Any, counting: str) -> dict[str, Given]:
    """The answers of one year. Wholes are the sums of their parts as rounded, so that they agree to the last place."""
    number = _Numbers(cells, counting)
    answers: dict[str, Given] = {part: number.of(part) for part in _PARTS}
    answers["papers"] = number.total([answers[part] for part in _PARTS])
    if number.is_unknown("top10_known", "papers"):
        answers |= dict.fromkeys(["top10_papers", *(f"top10_{part}" for part in _PARTS)], "m")
    else:
        answers |= {f"top10_{part}": number.of(f"top10_{part}") for part in _PARTS}
        answers["top10_papers"] = number.total([answers[f"top10_{part}"] for part in _PARTS])
    unknown = number.is_unknown("corresponding_known", "international")
    answers["international_corresponding"] = "m" if unknown else number.of("international_corresponding")
    for name in ("up_to_100_authors", "up_to_100_authors_international"):
        answers[name] = number.of(name)
    return answers


def field_rows(counts: pd.DataFrame, counting: str) -> list[dict[str, Given]]:
    """A row for each field group, summed over the years; papers without a field are in none."""
    by_field = counts.drop(columns="year").groupby("field_group").sum()
    rows: list[dict[str, Given]] = []
    for group, cells in by_field.iterrows():
        number = _Numbers(cells, counting)
        if not group or not number.of("papers"):
            continue
        top10: Given = "m" if number.is_unknown("top10_known", "papers") else number.of("top10_papers")
        international = number.of("international")
        rows.append(
            {
                "field_group": str(group),
                "papers": number.of("papers"),
                "international": international,
                "top10_papers": top10,
            }
        )
    return rows


def partner_rows(partners: pd.DataFrame) -> list[dict[str, Given]]:
    """Partner countries with three joint papers or more, most first."""
    joint = partners[partners["country"] != OWN].groupby("country")["papers"].sum()
    kept = sorted(((-int(papers), str(country)) for country, papers in joint.items() if papers >= LEAST_PAPERS))
    return [{"country": country, "papers": -papers} for papers, country in kept[:60]]


class _Numbers:
    """Numbers of one row of counts, by one counting."""

    def __init__(self, cells: Any, counting: str) -> None:
        self._cells = cells
        self._is_fractional = counting == "fractional"

    def of(self, name: str) -> int | Decimal:
        """A count, or the sum of fractions to four places."""
        if not self._is_fractional:
            return int(self._cells[name])
        return Decimal(repr(float(self._cells[f"{name}_fractional"]))).quantize(_PLACES)

    def total(self, parts: list[Given]) -> int | Decimal:
        """The sum of parts."""
        nothing: int | Decimal = Decimal(0) if self._is_fractional else 0
        return sum((part for part in parts if isinstance(part, int | Decimal)), nothing)

    def is_unknown(self, known: str, whole: str) -> bool:
        """Whether more than a fifth of the papers (whole counting) lack what is asked."""
        all_papers = int(self._cells[whole])
        return all_papers > 0 and (all_papers - int(self._cells[known])) > MOST_UNKNOWN * all_papers
