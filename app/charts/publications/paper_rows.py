"""What the charts of imported papers draw, as rows: partners by year, organisations, fields, the cut-off."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from indicators.publications.imported_papers import ImportedPapers
from indicators.values.wilson_interval import wilson
from schemas.reading.partner_counts import OWN as HOME

COUNTRIES, ORGANISATIONS = 8, 15  # drawn; the tables hold all
MAP_YEARS = 3  # the last ones, as the form asks for partner countries


def partner_rows(imported: ImportedPapers, names: Mapping[str, str]) -> pd.DataFrame:
    """Joint papers by country and year, countries with most papers first: country, name, year, papers."""
    found = imported.partners[imported.partners["country"] != HOME]
    if found.empty:
        return pd.DataFrame(columns=["country", "name", "year", "papers"])
    table = found.pivot_table(index="country", columns="year", values="papers", aggfunc="sum", fill_value=0)
    table = table.reindex(columns=list(imported.years), fill_value=0)
    order = table.sum(axis=1).sort_values(ascending=False, kind="stable").index
    rows = pd.DataFrame(table.loc[order].stack()).reset_index()
    rows.columns = ["country", "year", "papers"]
    return rows.assign(name=[names.get(code, code) for code in rows["country"]], papers=rows["papers"].astype(int))


def partner_totals(imported: ImportedPapers, alpha3: Mapping[str, str]) -> pd.DataFrame:
    """Joint papers of the last years by country that has a place on the map: country (ISO alpha-3), papers."""
    last = list(imported.years)[-MAP_YEARS:]
    found = imported.partners[(imported.partners["country"] != HOME) & imported.partners["year"].isin(last)]
    found = found[found["country"].isin(list(alpha3))]
    total: pd.DataFrame = found.groupby("country", as_index=False)[["papers"]].sum()
    return total.assign(country=[alpha3[code] for code in total["country"]]).sort_values("papers", ascending=False)


def field_rows(imported: ImportedPapers, names: Mapping[str, str]) -> pd.DataFrame:
    """A row a field group with papers, most papers first: shares in per cent with their Wilson (1927) intervals.

    The share of top-10 % papers is of those of which the database says it; NaN where it says it of none.
    """
    columns = ["papers", "international", "top10_papers", "top10_known"]
    counts = imported.counts.groupby("field_group")[[c for c in columns if c in imported.counts]].sum()
    counts = counts[(counts.index != "") & (counts["papers"] > 0)].sort_values("papers", ascending=False)
    rows = counts.reset_index().assign(name=[names.get(code, code) for code in counts.index])
    for name, part, whole in (("international", "international", "papers"), ("top10", "top10_papers", "top10_known")):
        if part in counts and whole in counts:
            parts, wholes = counts[part].to_numpy(float), counts[whole].to_numpy(float)
            low, high = wilson(parts, wholes)
            rows[f"{name}_count"] = parts.astype(int)
            with np.errstate(invalid="ignore", divide="ignore"):
                shares = np.where(wholes > 0, 100 * parts / np.where(wholes > 0, wholes, 1), np.nan)
            rows = rows.assign(**{name: shares, f"{name}_low": 100 * low, f"{name}_high": 100 * high})
        else:
            rows = rows.assign(**dict.fromkeys((name, f"{name}_low", f"{name}_high", f"{name}_count"), np.nan))
    return rows


def cut_off_rows(imported: ImportedPapers) -> pd.DataFrame:
    """By year: papers and international papers, of all and of 100 authors or fewer, with the share of each."""
    by_year = imported.by_year()
    rows = by_year[["papers", "international", "up_to_100_authors", "up_to_100_authors_international"]].astype(int)
    rows.index.name = "year"
    rows = rows.reset_index()
    every = 100 * rows["international"] / rows["papers"].where(rows["papers"] > 0)
    few = 100 * rows["up_to_100_authors_international"] / rows["up_to_100_authors"].where(rows["up_to_100_authors"] > 0)
    return rows.assign(every=every, few=few)
