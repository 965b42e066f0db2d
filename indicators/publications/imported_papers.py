"""What was imported for one institution from one database: counts by year and field, partners, organisations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from indicators.publications.year_answers import year_answers
from schemas.form.computed_papers import DEMO, TABLE, ComputedPapers

TABLES: dict[str, tuple[str, ...]] = {
    "counts": ("year", "field_group", "papers"),
    "partners": ("year", "country", "papers"),
    "organisations": ("organisation", "country", "papers"),
    "links": ("first", "second", "papers"),
}
DATABASES = frozenset({"openalex", "scopus", "wos", DEMO})  # those that a form can name


def _empty(name: str) -> pd.DataFrame:
    return pd.DataFrame(columns=list(TABLES[name]))


@dataclass(frozen=True)
class ImportedPapers:
    """Papers of an institution (school code) as one database has them, for the calendar years first to last.

    ``counts`` has the counts of ``count_papers`` by year and field_group; ``partners`` joint papers by year and
    country (the own one among them), of 100 authors or fewer; ``organisations`` the partner organisations with most
    joint papers, ``links`` the joint papers of two of them. All but ``counts`` may be empty: a national count has none.
    """

    institution: str
    database: str
    retrieved_on: date | None
    document_types: str
    first_year: int
    last_year: int
    counts: pd.DataFrame
    partners: pd.DataFrame = field(default_factory=lambda: _empty("partners"))
    organisations: pd.DataFrame = field(default_factory=lambda: _empty("organisations"))
    links: pd.DataFrame = field(default_factory=lambda: _empty("links"))

    @property
    def years(self) -> range:
        """The calendar years that the data cover."""
        return range(self.first_year, self.last_year + 1)

    def tables_as_json(self) -> dict[str, list[dict[str, Any]]]:
        """The tables as rows of plain values."""
        return {name: _rows(getattr(self, name)) for name in TABLES}

    def by_year(self) -> pd.DataFrame:
        """The counts summed over the fields, indexed by year; years without a paper are 0."""
        summed = self.counts.drop(columns="field_group").groupby("year").sum()
        return summed.reindex(list(self.years), fill_value=0)


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): _plain(v) for k, v in row.items()} for row in frame.to_dict("records")]


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def tables_of_json(found: Mapping[str, list[dict[str, Any]]]) -> dict[str, pd.DataFrame]:
    """The tables that ``tables_as_json`` made plain."""
    return {name: pd.DataFrame(found.get(name) or [], columns=None if found.get(name) else list(columns))
            for name, columns in TABLES.items()}  # fmt: skip


def computed_papers(imported: ImportedPapers, counting: str = "full") -> ComputedPapers | None:
    """The numbers of the form by year, by one counting; None where a form could not name the database.

    What the database does not say (citations or corresponding authors of more than a fifth of the papers) is left out.
    """
    if imported.database not in DATABASES:
        return None
    by_year = imported.by_year()
    values: dict[tuple[str, str], int | Decimal] = {}
    for year in imported.years:
        for column, value in year_answers(by_year.loc[year], counting).items():
            if isinstance(value, int | Decimal):
                values[f"{TABLE}.{column}", str(year)] = value
    return ComputedPapers(imported.database, imported.retrieved_on, counting, imported.document_types, values)
