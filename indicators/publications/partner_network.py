"""The organisations that an institution writes papers with most, and how they are joined among themselves."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd

from indicators.publications.count_papers import DOCUMENT_TYPES
from indicators.publications.duplicates import MEMORY

MOST_ORGANISATIONS = 60

_TOP = """
CREATE TEMP TABLE top AS
SELECT organisation, country, count(DISTINCT n)::BIGINT AS papers FROM partners
WHERE organisation <> '' GROUP BY organisation, country ORDER BY papers DESC, organisation, country LIMIT ?
"""
_LINKS = """
WITH joint AS (SELECT DISTINCT n, organisation FROM partners SEMI JOIN top USING (organisation, country))
SELECT one.organisation AS first, other.organisation AS second, count(*)::BIGINT AS papers
FROM joint one JOIN joint other ON one.n = other.n AND one.organisation < other.organisation
GROUP BY ALL ORDER BY papers DESC, first, second
"""


def partner_network(table: Path, document_types: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The partner organisations with most joint papers, and the joint papers of each two of them.

    ``table`` has a row a paper and partner (``PAPER_PARTNERS``). The first frame has organisation, country ('' not
    known) and papers, most first; the second first, second and papers. Papers of more than 100 authors are in neither.
    Memory does not grow with the table.
    """
    types = DOCUMENT_TYPES.get(document_types)
    chosen = "type IN (SELECT unnest(?))" if types else "type <> ?"
    with duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{MEMORY}'")
        connection.execute("SET temp_directory = ?", [str(table.parent / "spill")])
        source = str(table).replace("'", "''")
        query = f"CREATE TEMP TABLE partners AS SELECT * FROM read_parquet('{source}') WHERE {chosen}"
        connection.execute(query, [list(types) if types else "preprint"])
        connection.execute(_TOP, [MOST_ORGANISATIONS])
        return connection.sql("SELECT * FROM top").df(), connection.sql(_LINKS).df()
