"""Counted papers in the sheet 論文 of the full form, by whole or by fractional counting."""

from __future__ import annotations

from datetime import date

import pandas as pd

from indicators.publications.year_answers import PaperNumbers, year_answers
from schemas.form.issue import Given, Issue
from schemas.reading.partner_counts import LEAST_PAPERS, OWN
from schemas.register import Institution

COUNTINGS = ("full", "fractional")
DATABASES = {"openalex": "openalex", "scopus": "scopus", "wos": "wos"}
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


def field_rows(counts: pd.DataFrame, counting: str) -> list[dict[str, Given]]:
    """A row for each field group, summed over the years; papers without a field are in none."""
    by_field = counts.drop(columns="year").groupby("field_group").sum()
    rows: list[dict[str, Given]] = []
    for group, cells in by_field.iterrows():
        number = PaperNumbers(cells, counting)
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
