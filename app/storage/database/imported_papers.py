"""Papers imported from a public database, one record an institution and load: the last is shown, none is lost.

A form is judged by those that were there when it came in, also when it is judged anew after another load.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine, func, insert, select

from app.storage.database import tables
from app.storage.database.connection import write_transaction
from indicators.publications.imported_papers import ImportedPapers, tables_of_json


def keep_imported_papers(engine: Engine, imported: Iterable[ImportedPapers]) -> int:
    """Keeps what was imported for each institution beside the loads before; returns for how many.

    A load is later than every one before it, also where the clock was set back since.
    """
    table = tables.imported_papers
    rows = [
        {
            "institution": one.institution,
            "database": one.database,
            "retrieved_on": one.retrieved_on.isoformat() if one.retrieved_on else None,
            "document_types": one.document_types,
            "first_year": one.first_year,
            "last_year": one.last_year,
            "tables": one.tables_as_json(),
        }
        for one in imported
    ]
    if rows:
        with write_transaction(engine) as connection:
            now, last = datetime.now(UTC), connection.scalar(select(func.max(table.c.loaded_at)))
            moment = now if last is None else max(now, last + timedelta(microseconds=1))
            connection.execute(insert(table), [{**row, "loaded_at": moment} for row in rows])
    return len(rows)


def imported_papers(engine: Engine, institution: str, at: datetime | None = None) -> ImportedPapers | None:
    """What was imported for an institution last, or had been ``at`` a moment; None where nothing was."""
    table = tables.imported_papers
    query = select(table).where(table.c.institution == institution)
    if at is not None:
        query = query.where(table.c.loaded_at <= at)
    with engine.connect() as connection:
        row = connection.execute(query.order_by(table.c.loaded_at.desc()).limit(1)).mappings().first()
    if row is None:
        return None
    return ImportedPapers(
        institution=row["institution"],
        database=row["database"],
        retrieved_on=date.fromisoformat(row["retrieved_on"]) if row["retrieved_on"] else None,
        document_types=row["document_types"],
        first_year=row["first_year"],
        last_year=row["last_year"],
        **tables_of_json(row["tables"]),
    )
