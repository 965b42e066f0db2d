"""What is still to be done: put down in the transaction that makes it so, done now or on the next start.

Storage only remembers it; ``app.submission`` does it. A process that dies in between leaves the task, never a form
that silently rests on answers that were replaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from app.storage.column_types import storable
from app.storage.database import tables
from app.storage.versions import CURRENT, Upload
from schemas.dictionary.dictionary import CENTRE

REEVALUATE = "reevaluate"
FULL = "full"


def add_tasks(connection: Connection, submissions: Iterable[str], revision: int) -> None:
    """Puts down that submissions are to be evaluated anew, since the write ``revision``."""
    table = tables.tasks
    for submission in submissions:
        end_task(connection, submission)
        connection.execute(insert(table), {"kind": REEVALUATE, "submission": submission, "since": revision})


def end_task(connection: Connection, submission: str) -> None:
    """Takes away the task of a submission, if there is one."""
    table = tables.tasks
    mine = (table.c.kind == REEVALUATE, table.c.submission == submission)
    connection.execute(delete(table).where(*mine))


def resting_on(connection: Connection, institution: str, year: int, form: str) -> list[str]:
    """Current submissions whose results rest on a form: those of the institution on its centres', and the reverse.

    The forms of the centres are set beside the full form; beside the core form only where there is no full one.
    """
    table = tables.submissions
    of_round = (table.c.institution == institution, table.c.year == year, table.c.state == CURRENT)
    rows = connection.execute(select(table.c.id, table.c.form).where(*of_round).order_by(table.c.id)).all()
    if form == CENTRE:
        return [row.id for row in rows if row.form != CENTRE]
    is_beside_centres = form == FULL or all(row.form != FULL for row in rows)
    return [row.id for row in rows if row.form == CENTRE] if is_beside_centres else []


def pending_evaluations(engine: Engine) -> list[str]:
    """Current submissions that are to be evaluated anew, the longest waiting first."""
    table, owner = tables.tasks, tables.submissions
    query = select(table.c.submission).join(owner, owner.c.id == table.c.submission)
    query = query.where(table.c.kind == REEVALUATE, owner.c.state == CURRENT)
    with engine.connect() as connection:
        return list(connection.scalars(query.order_by(table.c.since, table.c.submission)))


def add_waiting(
    connection: Connection, upload: Upload, sha256: str, revision: int, chosen: Mapping[str, Any] | None = None
) -> None:
    """Puts down that an upload, whose bytes are kept under ``sha256``, waits for a worker; once for the same bytes."""
    end_waiting(connection, sha256)
    row: dict[str, Any] = {"sha256": sha256, "file_name": storable(upload.file_name), "by": storable(upload.by)}
    row |= {"received_at": upload.received_at, "since": revision, "chosen": chosen}
    connection.execute(insert(tables.waiting_uploads), row)


def ask_waiting(connection: Connection, sha256: str, institution: str, asks: Sequence[Mapping[str, Any]]) -> None:
    """Puts down what an upload that waits asks before it is kept."""
    table = tables.waiting_uploads
    values = {"institution": institution, "asks": list(asks)}
    connection.execute(update(table).where(table.c.sha256 == sha256).values(values))


def end_waiting(connection: Connection, sha256: str) -> None:
    """Takes away an upload that waits."""
    table = tables.waiting_uploads
    connection.execute(delete(table).where(table.c.sha256 == sha256))


def waiting_uploads(engine: Engine) -> Sequence[Mapping[str, Any]]:
    """The uploads that wait for a worker or an answer, in the order they came in."""
    table = tables.waiting_uploads
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(table).order_by(table.c.since)).mappings()]
