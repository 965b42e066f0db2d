"""Every institution of a country counted at once from OpenAlex's partitions, without a pass over single records.

The nested columns are taken apart by Narwhals expressions, so that DuckDB and Spark read, part and count in one plan;
then the papers of each institution are counted by the expressions that count those of one.
"""

from __future__ import annotations

from typing import Any

import narwhals as nw

from indicators.publications.count_papers import DOCUMENT_TYPES, count_papers
from schemas.reading.records import MANY_AUTHORS

COLUMNS = (
    "id",
    "publication_year",
    "type",
    "authorships",
    "authors_count",
    "countries_distinct_count",
    "institutions_distinct_count",
    "primary_topic",
    "citation_normalized_percentile",
)
KEYS = ("institution", "year", "field")
_GROUPS = ("year", "field", "type")
_FLAGS = ("international", "single", "top10", "up_to_100_authors", "n_authors")


def count_institutions(works: Any, country: str, first_year: int, last_year: int, document_types: str) -> Any:
    """Papers of each institution (ROR) of a country by year and field, whole and by fractions.

    ``works`` is a Narwhals frame with ``COLUMNS`` as in OpenAlex's partitions. A paper with a country count of 0 is
    unknown; corresponding authors are not counted (OpenAlex names them for a part of the works only).
    """
    return count_papers(own_papers(works, country, first_year, last_year, document_types), list(KEYS), document_types)


def own_papers(works: Any, country: str, first_year: int, last_year: int, document_types: str) -> Any:
    """One row a paper and institution of the country, with the institution's part of the paper.

    Each author has an equal part, parted equally among the author's institutions (Waltman and others 2012).
    """
    people = _rows_of(_choose_works(works, first_year, last_year, document_types), "authorships")
    institutions = nw.col("authorships").struct.field("institutions")
    placed = people.with_columns(institutions.alias("place"), institutions.list.len().alias("n_places"))
    places = _rows_of(placed.drop("authorships"), "place")
    here = places.filter(nw.col("place").struct.field("country_code") == country)
    part = 1.0 / (nw.col("n_authors").cast(nw.Float64) * nw.col("n_places").cast(nw.Float64))
    parts = here.select(
        "work", *_GROUPS, *_FLAGS, nw.col("place").struct.field("ror").alias("institution"), part.alias("own_fraction")
    )
    # What is true of the work is the same in each of its rows: the largest is any of them, and null stays null.
    flags = [nw.col(flag).max() for flag in _FLAGS]
    papers = parts.group_by("work", "institution", *_GROUPS).agg(nw.col("own_fraction").sum(), *flags)
    own = (nw.col("n_authors") > 0).cast(nw.Int64)
    # Null for every paper: pandas casts no literal null.
    return papers.with_columns(own.alias("own"), nw.when(nw.col("n_authors") < 0).then(own).alias("own_corresponding"))


def _rows_of(frame: Any, column: str) -> Any:
    """One row for each entry of a list; rows with none are left out, or an engine would read everything twice."""
    return frame.explode(column, empty_as_null=False, keep_nulls=False)


def _choose_works(works: Any, first_year: int, last_year: int, document_types: str) -> Any:
    """Works of the years and types, with what is counted of them as flags; null is unknown."""
    types = DOCUMENT_TYPES.get(document_types)
    is_type = nw.col("type").is_in(list(types)) if types else nw.col("type") != "preprint"
    countries = nw.col("countries_distinct_count")
    top10 = nw.col("citation_normalized_percentile").struct.field("is_in_top_10_percent")
    known = nw.when(countries > 0)
    international = known.then((countries > 1).cast(nw.Int64))
    single = known.then(((countries == 1) & (nw.col("institutions_distinct_count") <= 1)).cast(nw.Int64))
    field = nw.col("primary_topic").struct.field("field").struct.field("id")
    return works.filter(nw.col("publication_year").is_between(first_year, last_year) & is_type).select(
        nw.col("id").alias("work"),
        nw.col("publication_year").alias("year"),
        field.fill_null("").alias("field"),
        nw.col("type").fill_null(""),
        international.alias("international"),
        single.alias("single"),
        top10.cast(nw.Int64).alias("top10"),
        (nw.col("authors_count") <= MANY_AUTHORS).cast(nw.Int64).alias("up_to_100_authors"),
        nw.col("authors_count").alias("n_authors"),
        "authorships",
    )
