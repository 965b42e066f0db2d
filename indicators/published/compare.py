"""Declared beside published: comparable indicators only, with what differs between the two said as flags."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import pandas as pd

from indicators.catalogue.load_catalogue import Catalogue


@dataclass(frozen=True)
class Comparable:
    """A published figure and the indicator that counts the same thing, of papers or of people.

    ``counting`` is that of both; ``is_count``: the figure is a number, set beside the indicator's numerator.
    """

    published: str
    indicator: str
    counting: Literal["full", "fractional", "-"]
    of: Literal["papers", "people"]
    is_count: bool = False


COMPARABLE = (
    Comparable("leiden_PP_int_collab", "intl_coauthored_share_full", "full", "papers"),
    Comparable("openalex_international_share", "intl_coauthored_share_full", "full", "papers"),
    Comparable("leiden_PP_top10", "pp_top10_all", "full", "papers"),
    Comparable("leiden_PP_top10", "pp_top10_all_frac", "fractional", "papers"),
    Comparable("foreign_faculty_share", "foreign_faculty_share", "-", "people"),
    Comparable("foreign_faculty", "foreign_faculty_share", "-", "people", is_count=True),
)
# Shares published by single year can be pooled over the declared years from these counts (part, whole).
YEARLY_COUNTS = {"openalex_international_share": ("openalex_international_works", "openalex_works")}
COMPARISON_COLUMNS = [
    "institution", "year", "indicator", "unit", "declared", "published", "source", "published_indicator", "as_of",
    "difference_points", "difference_papers", "difference_people", "flags", "grade", "redistribute",
]  # fmt: skip
OTHER_YEARS, OTHER_DOCUMENTS, SECONDARY = "other_years", "other_documents", "secondary"
OTHER_DEFINITION = "other_definition"


def comparison(declared_values: pd.DataFrame, published: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """One row per declared value and source that can be set beside it (columns: COMPARISON_COLUMNS).

    ``declared_values``: table ``values``; ``published``: table ``published_values``. Only whole institutions, by the
    headline's definition and the same counting. A source with yearly counts is pooled over the declared years; of
    any other the newest period is taken. Where ``unit`` is percent, ``difference_points`` is declared − published
    and ``difference_papers`` or ``difference_people`` how many more were declared than the published share gives
    on the declared total; where it is people, both are numbers and only ``difference_people`` is given.
    ``flags``: ``other_years``; ``other_documents`` (databases and document types are never the same);
    ``other_definition`` (nor is who counts as faculty); ``secondary`` (the official table was not seen).
    """
    rows = [
        _row(declared, found, one)
        for one in COMPARABLE
        if one.indicator in catalogue.indicators
        for declared in _usable(declared_values, one, catalogue).to_dict("records")
        for found in _candidates(declared, published, one)
    ]
    return pd.DataFrame(rows, columns=COMPARISON_COLUMNS)


def _usable(values: pd.DataFrame, one: Comparable, catalogue: Catalogue) -> pd.DataFrame:
    usable = (
        (values["indicator"] == one.indicator)
        & (values["level"] == "institution")
        & (values["status"] == "ok")
        & (values["counting"] == one.counting)
    )
    if "definition" in values:
        usable &= values["definition"] == catalogue.indicators[one.indicator].definition_key
    return values[usable]


def _candidates(declared: Mapping[Any, Any], published: pd.DataFrame, one: Comparable) -> Iterator[dict[str, Any]]:
    own = published[(published["institution"] == declared["institution"]) & (published["counting"] == one.counting)]
    figures = own[(own["indicator"] == one.published) & own["value"].notna()]
    for source, rows in figures.groupby("source", sort=True):
        newest = rows.loc[rows["as_of"].map(last_year).idxmax()].to_dict()
        exact = {"figure": Fraction(str(newest["value"])), **newest}
        yield _pooled_share(declared, own[own["source"] == source], one.published, exact) or exact


def _pooled_share(
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
    return {**newest, "figure": 100 * part / whole, "as_of": f"{first}-{last}"} if whole else None


def _row(declared: Mapping[Any, Any], found: Mapping[str, Any], one: Comparable) -> dict[str, Any]:
    part, whole = Fraction(str(declared["numerator"])), Fraction(str(declared["denominator"]))
    figure = found["figure"]
    own = part if one.is_count else 100 * part / whole
    more = float(own - figure if one.is_count else part - figure * whole / 100)
    return {
        "institution": declared["institution"],
        "year": int(declared["year"]),
        "indicator": declared["indicator"],
        "unit": "people" if one.is_count else "percent",
        "declared": float(own),
        "published": float(figure),
        "source": found["source"],
        "published_indicator": found["indicator"],
        "as_of": found["as_of"],
        "difference_points": None if one.is_count else float(own - figure),
        "difference_papers": more if one.of == "papers" else None,
        "difference_people": more if one.of == "people" else None,
        "flags": _flags(declared, found, one),
        "grade": found["grade"],
        "redistribute": bool(found["redistribute"]),
    }


def _flags(declared: Mapping[Any, Any], found: Mapping[str, Any], one: Comparable) -> list[str]:
    flags = [] if _is_same_time(declared, str(found["as_of"])) else [OTHER_YEARS]
    flags.append(OTHER_DOCUMENTS if one.of == "papers" else OTHER_DEFINITION)
    return [*flags, SECONDARY] if found["grade"] == SECONDARY else flags


def _is_same_time(declared: Mapping[Any, Any], as_of: str) -> bool:
    """Whether a figure is of the declared years, or, for a stock, of the day or year of the round."""
    first, last = declared["window_from"], declared["window_to"]
    if pd.isna(first):
        return as_of in (f"{int(declared['year'])}", f"{int(declared['year'])}-05-01")
    years = re.findall(r"\d{4}", as_of)
    return bool(years) and [int(years[0]), int(years[-1])] == [int(first), int(last)]


def last_year(as_of: str) -> int:
    """The last year named in a date or period; 0 when it names none."""
    years = re.findall(r"\d{4}", as_of)
    return int(years[-1]) if years else 0
