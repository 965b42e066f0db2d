"""Results of a submission in place of those it had, where another form changes what follows from it."""

from __future__ import annotations

from sqlalchemy import Engine, delete, update

from app.storage import tables
from app.storage.database import writing
from app.storage.versions import Outcome, put_results, result_rows

DEPENDENT = (tables.scores, tables.gaps, tables.value_cells, tables.values, tables.findings)


def replace_results(engine: Engine, submission: str, outcome: Outcome) -> None:
    """Findings, values, gaps, scores and lineage of ``outcome`` for a submission; its answers stay as they are.

    All or nothing. Raises StoreError when nothing could be kept; ValueError when a frame is not in the agreed shape.
    """
    rows = [(table, found) for table, found in result_rows(outcome) if table is not tables.answers]
    with writing(engine) as connection:
        for table in DEPENDENT:
            connection.execute(delete(table).where(table.c.submission == submission))
        put_results(connection, submission, rows)
        own = tables.submissions.c.id == submission
        connection.execute(update(tables.submissions).where(own).values(status=outcome.status))
