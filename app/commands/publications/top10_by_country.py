"""Papers in the top 10 % by country and year, domestic and international: our own count from OpenAlex, as a table."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pandas as pd

from schemas.dictionary.dictionary import load_dictionary

FILE = "top10_by_country.csv"
SOURCE = "OpenAlex (CC0)"
COLUMNS = (
    "school_code",
    "name_ja",
    "indicator",
    "value",
    "unit",
    "as_of",
    "counting",
    "grade",
    "source",
    "source_url",
    "redistribute",
)
COUNTRY = "country:"  # how the owner of a country's figure is written
INDICATORS = {
    "top10_papers_domestic": ("domestic", "domestic_fractional"),
    "top10_papers_international": ("international", "international_fractional"),
}


def write_top10_by_country(path: Path, counts: pd.DataFrame, extracted_on: date | None) -> None:
    """Writes the table in the tidy layout that ``junkan published load`` reads, one figure a row.

    ``counts`` has country, year and the counts of ``count_top10_by_country``. The source says that it is this
    toolkit's own count, and of which day the data are.
    """
    known = {item.code for item in load_dictionary().code_lists["countries"].items}
    day = f", {extracted_on.isoformat()}" if extracted_on else ""
    source = f"{SOURCE}, own count by junkan{day}"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in counts.to_dict("records"):
            if row["country"] not in known:
                continue
            for indicator, (whole, fractional) in INDICATORS.items():
                for counting, value in (("full", row[whole]), ("fractional", row[fractional])):
                    owner, year = COUNTRY + str(row["country"]), int(row["year"])
                    figure = repr(value) if counting == "fractional" else int(value)
                    writer.writerow(
                        ["", owner, indicator, figure, "publications", year, counting, "derived", source, "", "true"]
                    )
