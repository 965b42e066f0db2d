"""Records of the same paper: by DOI, and by title, year and authors.

An identifier of the database that repeats is no reason by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

MEMORY = "512MB"  # what exceeds it goes to disk
YEARS_APART = 2  # between a preprint and its article
AUTHORS_APART = 1

# Keys that repeat are found first: lists are made of their records only, however many papers there are.
_BY_DOI = """
SELECT list({'n': n, 'record_id': record_id, 'file': file, 'line': line, 'type': type} ORDER BY n)
FROM papers SEMI JOIN (SELECT doi FROM papers WHERE doi <> '' GROUP BY doi HAVING count(*) > 1) USING (doi)
GROUP BY doi ORDER BY min(n)
"""
_BY_TITLE = """
SELECT list({'n': n, 'record_id': record_id, 'file': file, 'line': line, 'type': type, 'doi': doi, 'year': year,
             'n_authors': n_authors} ORDER BY n)
FROM papers SEMI JOIN (
    SELECT title_hash, author_key FROM papers WHERE title_hash IS NOT NULL
    GROUP BY title_hash, author_key HAVING count(*) > 1
) USING (title_hash, author_key)
GROUP BY title_hash, author_key ORDER BY min(n)
"""


@dataclass(frozen=True)
class DuplicateRecord:
    """Where one record of a duplicate stands; ``n`` is its position among all records."""

    n: int
    record_id: str
    file: str
    line: int


@dataclass(frozen=True)
class Duplicate:
    """Records of one paper: the one that is counted, those that are not, and the rule that found them.

    ``rule``: ``doi`` (the same DOI, whatever its case and prefix), ``preprint_and_article`` (the same title and first
    author, at most two years and one author apart), ``title_year_authors`` (the same title, year and first author, at
    most one of them with a DOI).
    """

    rule: str
    counted: DuplicateRecord
    left_out: tuple[DuplicateRecord, ...]


def find_duplicates(papers: Path) -> Iterator[Duplicate]:
    """The duplicates in a table of papers; in memory that does not grow with it. No record is left out twice."""
    with duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{MEMORY}'")
        connection.execute("SET temp_directory = ?", [str(papers.parent / "spill")])
        connection.execute("SET threads = 2")
        connection.execute("CREATE VIEW papers AS SELECT * FROM read_parquet('" + str(papers).replace("'", "''") + "')")
        left_out: set[int] = set()
        for records in _groups(connection, _BY_DOI):
            first = next((record for record in records if record["type"] != "preprint"), records[0])
            rest = [record for record in records if record["n"] != first["n"]]
            left_out.update(int(str(record["n"])) for record in rest)
            yield _duplicate("doi", first, rest)
        for records in _groups(connection, _BY_TITLE):
            yield from _same_titles([record for record in records if record["n"] not in left_out])


def _groups(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[list[dict[str, object]]]:
    cursor = connection.cursor()
    cursor.execute(query)
    while found := cursor.fetchmany(1_000):
        for (records,) in found:
            yield records


def _same_titles(records: list[dict[str, object]]) -> Iterator[Duplicate]:
    """Articles come first: a preprint is left out for its article, never the other way round."""
    waiting = sorted(records, key=lambda record: (record["type"] == "preprint", record["doi"] == "", record["n"]))
    while waiting:
        first = waiting.pop(0)
        for rule in ("preprint_and_article", "title_year_authors"):
            rest = [record for record in waiting if _rule(first, record) == rule]
            if rest:
                yield _duplicate(rule, first, rest)
        waiting = [record for record in waiting if _rule(first, record) is None]


def _rule(first: dict[str, object], other: dict[str, object]) -> str | None:
    years = abs(int(str(first["year"])) - int(str(other["year"])))
    authors = abs(int(str(first["n_authors"])) - int(str(other["n_authors"])))
    if authors > AUTHORS_APART:
        return None
    if other["type"] == "preprint" and years <= YEARS_APART:
        return "preprint_and_article"
    return "title_year_authors" if years == 0 and not (first["doi"] and other["doi"]) else None


def _duplicate(rule: str, first: dict[str, object], rest: list[dict[str, object]]) -> Duplicate:
    return Duplicate(rule, _record(first), tuple(_record(record) for record in rest))


def _record(values: dict[str, object]) -> DuplicateRecord:
    return DuplicateRecord(
        int(str(values["n"])), str(values["record_id"]), str(values["file"]), int(str(values["line"]))
    )
