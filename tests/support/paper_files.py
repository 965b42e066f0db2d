"""Tables of papers written from rows at once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from indicators.publications.paper_tables import PaperTables
from indicators.publications.publication_row import PublicationRow


def write_tables(rows: Iterable[PublicationRow], folder: Path) -> PaperTables:
    """Writes all rows; returns the closed tables."""
    with PaperTables(folder) as tables:
        for row in rows:
            tables.add(row)
    return tables
