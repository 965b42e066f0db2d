"""Papers counted by Narwhals expressions: the same on pandas, DuckDB and Spark.

Whole counts are sums of integers. Fractional counts are sums of the own parts of papers, and agree between engines
to the rounding of their sums (relative 1e-12).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw

DOCUMENT_TYPES = {
    "article_review": ("article", "review"),
    "article_review_proceedings": ("article", "review", "proceedings"),
}
# What is counted, as flags of the table that must all be 1. Papers of unknown countries are counted apart.
MEASURES: dict[str, tuple[str, ...]] = {
    "papers": ("is_known",),
    "unknown": ("is_unknown",),
    "international": ("international",),
    "domestic": ("is_domestic",),
    "single": ("single",),
    "top10_known": ("is_known", "is_top10_known"),
    "top10_papers": ("is_known", "top10"),
    "top10_international": ("international", "top10"),
    "top10_domestic": ("is_domestic", "top10"),
    "top10_single": ("single", "top10"),
    "corresponding_known": ("international", "is_corresponding_known"),
    "international_corresponding": ("international", "own_corresponding"),
    "up_to_100_authors": ("is_known", "up_to_100_authors"),
    "up_to_100_authors_international": ("international", "up_to_100_authors"),
}
_FLAGS = ("international", "single", "top10", "own_corresponding")


def _is_counted(document_types: str) -> nw.Expr:
    """Own papers of the chosen types; ``all`` leaves out preprints only, which the form does not ask for."""
    own = nw.col("own") == 1
    types = DOCUMENT_TYPES.get(document_types)
    return own & (nw.col("type").is_in(list(types)) if types else nw.col("type") != "preprint")


def _with_flags(papers: Any) -> Any:
    """Unknown becomes a flag of its own, and 0 in the flag it was in: nothing is null from here on."""
    known = [
        (~nw.col("international").is_null()).cast(nw.Int64).alias("is_known"),
        nw.col("international").is_null().cast(nw.Int64).alias("is_unknown"),
        (~nw.col("top10").is_null()).cast(nw.Int64).alias("is_top10_known"),
        (~nw.col("own_corresponding").is_null()).cast(nw.Int64).alias("is_corresponding_known"),
    ]
    filled = papers.with_columns(*known).with_columns(*(nw.col(flag).fill_null(0) for flag in _FLAGS))
    domestic = nw.col("is_known") * (1 - nw.col("international")) * (1 - nw.col("single"))
    return filled.with_columns(domestic.alias("is_domestic"))


def _product(flags: Sequence[str]) -> nw.Expr:
    product = nw.col(flags[0])
    for flag in flags[1:]:
        product = product * nw.col(flag)
    return product


def count_papers(papers: Any, keys: Sequence[str], document_types: str) -> Any:
    """Own papers by ``keys``, whole (``papers`` ...) and by fractions (``papers_fractional`` ...).

    ``papers`` is a Narwhals frame, eager or lazy, of ``indicators.publications.paper_tables.PAPERS``; so is the result.
    """
    flagged = _with_flags(papers.filter(_is_counted(document_types)))
    weights = [_product(flags).alias(name) for name, flags in MEASURES.items()]
    parts = [(_product(flags) * nw.col("own_fraction")).alias(f"{name}_fractional") for name, flags in MEASURES.items()]
    weighed = flagged.select(*keys, *weights, *parts)
    return add_up(weighed, keys)


def add_up(counts: Any, keys: Sequence[str]) -> Any:
    """Counts added up by ``keys``; parts of a table counted one by one add up to the whole."""
    names = [name for name in counts.collect_schema().names() if name not in keys]
    return counts.group_by(*keys).agg(*(nw.col(name).sum() for name in names))


def count_partners(paper_countries: Any, document_types: str) -> Any:
    """International own papers by year and country, of 100 authors or fewer; the own country is among them."""
    chosen = paper_countries.filter(
        _is_counted(document_types) & (nw.col("international") == 1) & (nw.col("up_to_100_authors") == 1)
    )
    return add_up(chosen.select("year", "country", nw.lit(1).cast(nw.Int64).alias("papers")), ["year", "country"])


def count_top10_by_country(paper_countries: Any, document_types: str) -> Any:
    """Papers in the top 10 % of every country, by year: domestic and international, whole and by fractions.

    A paper counts once for each country on it; its fractions over all countries add up to the authors with a country.
    """
    types = DOCUMENT_TYPES.get(document_types)
    is_type = nw.col("type").is_in(list(types)) if types else nw.col("type") != "preprint"
    chosen = paper_countries.filter(is_type & (nw.col("top10") == 1) & ~nw.col("international").is_null())
    international, fraction = nw.col("international"), nw.col("country_fraction")
    weighed = chosen.select(
        "country",
        "year",
        international.alias("international"),
        (1 - international).alias("domestic"),
        (international * fraction).alias("international_fractional"),
        ((1 - international) * fraction).alias("domestic_fractional"),
    )
    return add_up(weighed, ["country", "year"])
