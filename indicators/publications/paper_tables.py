"""Judged papers on disk, in two tables that every engine reads: one row a paper, one row a paper and country."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from indicators.publications.publication_row import PublicationRow, has_up_to_100_authors

BATCH = 20_000  # rows in memory before they are written
PAPERS = pa.schema(
    [
        ("n", pa.int64()),
        ("file", pa.string()),
        ("line", pa.int64()),
        ("record_id", pa.string()),
        ("doi", pa.string()),
        ("year", pa.int32()),
        ("type", pa.string()),
        ("field_group", pa.string()),
        ("n_authors", pa.int64()),
        ("own", pa.int64()),
        ("own_fraction", pa.float64()),
        ("international", pa.int64()),
        ("single", pa.int64()),
        ("own_corresponding", pa.int64()),
        ("top10", pa.int64()),
        ("up_to_100_authors", pa.int64()),
        ("title_hash", pa.int64()),
        ("author_key", pa.string()),
    ]
)
PAPER_COUNTRIES = pa.schema(
    [
        ("n", pa.int64()),
        ("year", pa.int32()),
        ("type", pa.string()),
        ("country", pa.string()),
        ("country_fraction", pa.float64()),
        ("own", pa.int64()),
        ("international", pa.int64()),
        ("top10", pa.int64()),
        ("up_to_100_authors", pa.int64()),
    ]
)
PAPER_PARTNERS = pa.schema(
    [("n", pa.int64()), ("type", pa.string()), ("organisation", pa.string()), ("country", pa.string())]
)


class PaperTables:
    """Writes judged papers batch by batch into three Parquet tables of a folder: papers, their countries, partners."""

    def __init__(self, folder: Path) -> None:
        self.papers, self.countries = folder / "papers.parquet", folder / "paper_countries.parquet"
        self.partners = folder / "paper_partners.parquet"
        self._writers = (
            pq.ParquetWriter(self.papers, PAPERS),
            pq.ParquetWriter(self.countries, PAPER_COUNTRIES),
            pq.ParquetWriter(self.partners, PAPER_PARTNERS),
        )
        self._rows: tuple[list[tuple[Any, ...]], ...] = ([], [], [])
        self.count = 0

    def __enter__(self) -> PaperTables:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._flush()
        for writer in self._writers:
            writer.close()

    def add(self, row: PublicationRow) -> None:
        """Adds one paper."""
        self._rows[0].append(_paper(self.count, row))
        self._rows[1].extend(_paper_countries(self.count, row))
        self._rows[2].extend((self.count, row.type, *partner) for partner in row.partners)
        self.count += 1
        if len(self._rows[0]) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        for writer, rows in zip(self._writers, self._rows, strict=True):
            if rows:
                cells = zip(*rows, strict=True)
                columns = [pa.array(column, at.type) for column, at in zip(cells, writer.schema, strict=True)]
                writer.write_table(pa.Table.from_arrays(columns, schema=writer.schema))
                rows.clear()


def _paper(n: int, row: PublicationRow) -> tuple[Any, ...]:
    return (
        n,
        row.file,
        row.line,
        row.record_id,
        row.doi,
        row.year,
        row.type,
        row.field_group,
        row.n_authors,
        row.own,
        row.own_fraction,
        row.international,
        row.single,
        row.own_corresponding,
        row.top10,
        int(has_up_to_100_authors(row)),
        _hash(row.title_key),
        row.author_key,
    )


def _paper_countries(n: int, row: PublicationRow) -> Iterator[tuple[Any, ...]]:
    few = int(has_up_to_100_authors(row))
    for country, fraction in zip(row.countries, row.country_fractions, strict=True):
        yield n, row.year, row.type, country, fraction, row.own, row.international, row.top10, few


def _hash(text: str) -> int | None:
    """64 bits of a title's key; None for none."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), signed=True) if text else None
