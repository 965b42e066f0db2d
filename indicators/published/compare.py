"""Declared beside published: comparable indicators only, with what differs between the two said as flags."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pandas as pd

from indicators.catalogue import Catalogue

# Published share -> our indicator: both are internationally co-authored papers over all papers, full counting.
COMPARABLE = {
    "leiden_PP_int_collab": "intl_coauthored_share_full",
    "openalex_international_share": "intl_coauthored_share_full",
}
# Shares published by single year can be pooled over the declared years from these counts (part, whole).
YEARLY_COUNTS = {"openalex_international_share": ("openalex_international_works", "openalex_works")}
COMPARISON_COLUMNS = [
    "institution", "year", "indicator", "declared", "published", "source", "published_indicator", "as_of",
    "difference_points", "difference_papers", "flags", "grade", "redistribute",
]  # fmt: skip
OTHER_YEARS, OTHER_DOCUMENTS, SECONDARY = "other_years", "other_documents", "secondary"


def comparison(declared_values: pd.DataFrame, published: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """One row per declared value and source that can be set beside it (columns: COMPARISON_COLUMNS).

    ``declared_values``: DATA ``values``; ``published``: DATA ``published_values``. Only whole institutions and full
    counting. A source with yearly counts is pooled over the declared years; of any other the newest period is taken.
    ``difference_points`` is declared − published; ``difference_papers`` how many more international papers were
    declared than the published share gives on the declared papers. ``flags``: ``other_years``; ``other_documents``
    (databases and document types are never the same); ``secondary`` (the official table was not seen).
    """
    known = [name for name in COMPARABLE.values() if name in catalogue.indicators]
    usable = declared_values[
        declared_values["indicator"].isin(known)
        & (declared_values["level"] == "institution")
        & (declared_values["status"] == "ok")
        & (declared_values["counting"] == "full")
    ]
    rows = [
        _row(declared, found) for declared in usable.to_dict("records") for found in _candidates(declared, published)
    ]
    return pd.DataFrame(rows, columns=COMPARISON_COLUMNS)


def _candidates(declared: Mapping[Any, Any], published: pd.DataFrame) -> list[dict[str, Any]]:
    own = published[(published["institution"] == declared["institution"]) & (published["counting"] == "full")]
    wanted = [name for name, target in COMPARABLE.items() if target == declared["indicator"]]
    shares = own[own["indicator"].isin(wanted) & own["value"].notna()]
    found = []
    for (source, indicator), rows in shares.groupby(["source", "indicator"], sort=True):
        newest = rows.loc[rows["as_of"].map(last_year).idxmax()].to_dict()
        exact = {"share": Fraction(str(newest["value"])), **newest}
        found.append(_pooled(declared, own[own["source"] == source], str(indicator), exact) or exact)
    return found


def _pooled(
    declared: Mapping[Any, Any], own: pd.DataFrame, indicator: str, newest: Mapping[Any, Any]
) -> dict[str, Any] | None:
    """The share over exactly the declared years, when every year's counts are there."""
    if indicator not in YEARLY_COUNTS or pd.isna(declared["window_from"]):
        return None
    first, last = int(declared["window_from"]), int(declared["window_to"])
    years = [str(year) for year in range(first, last + 1)]
    sums = []
    for name in YEARLY_COUNTS[indicator]:
        counts = own[(own["indicator"] == name) & own["as_of"].isin(years)]
        if set(counts["as_of"]) != set(years):
            return None
        sums.append(sum((Fraction(str(value)) for value in counts["value"]), Fraction()))
    part, whole = sums
    return {**newest, "share": 100 * part / whole, "as_of": f"{first}-{last}"} if whole else None


def _row(declared: Mapping[Any, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    part, whole = Fraction(str(declared["numerator"])), Fraction(str(declared["denominator"]))
    share, own = found["share"], 100 * part / whole
    return {
        "institution": declared["institution"],
        "year": int(declared["year"]),
        "indicator": declared["indicator"],
        "declared": float(own),
        "published": float(share),
        "source": found["source"],
        "published_indicator": found["indicator"],
        "as_of": found["as_of"],
        "difference_points": float(own - share),
        "difference_papers": float(part - share * whole / 100),
        "flags": _flags(declared, found),
        "grade": found["grade"],
        "redistribute": bool(found["redistribute"]),
    }


def _flags(declared: Mapping[Any, Any], found: Mapping[str, Any]) -> list[str]:
    years = re.findall(r"\d{4}", str(found["as_of"]))
    span = [declared["window_from"], declared["window_to"]]
    is_same = bool(years) and not pd.isna(span[0]) and [int(years[0]), int(years[-1])] == [int(y) for y in span]
    flags = [] if is_same else [OTHER_YEARS]
    flags.append(OTHER_DOCUMENTS)
    return [*flags, SECONDARY] if found["grade"] == SECONDARY else flags


def last_year(as_of: str) -> int:
    """The last year named in a date or period; 0 when it names none."""
    years = re.findall(r"\d{4}", as_of)
    return int(years[-1]) if years else 0
