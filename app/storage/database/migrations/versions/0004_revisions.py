"""The id of a store, its writes counted, and what is still to be evaluated anew."""

from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

WORDS = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
ADDED = {
    "store_info": (("store_id", WORDS), ("revision", sa.Integer())),
    "submissions": (("current_since", sa.Integer()),),
    "consents": (("revision", sa.Integer()),),
    "waiting_uploads": (("since", sa.Integer()),),
}
SUBMISSIONS = sa.table(
    "submissions",
    *(sa.column(name) for name in ("id", "institution", "year", "form", "sequence", "current_since")),
    sa.column("received_at", sa.DateTime()),
)
CONSENTS = sa.table(
    "consents",
    *(sa.column(name) for name in ("institution", "item", "sequence", "revision")),
    sa.column("at", sa.DateTime()),
)
WAITING = sa.table("waiting_uploads", sa.column("sha256"), sa.column("since"), sa.column("received_at", sa.DateTime()))
INFO = sa.table("store_info", sa.column("store_id"), sa.column("revision"))


def upgrade() -> None:
    """Adds the columns, counts what was written before, and makes the table of tasks."""
    for table, columns in ADDED.items():
        with op.batch_alter_table(table) as batch:
            for name, kind in columns:
                batch.add_column(sa.Column(name, kind))
    with op.batch_alter_table("submissions") as batch:
        batch.add_column(sa.Column("marked_sha256", WORDS))
    _count(op.get_bind())
    for table, columns in ADDED.items():
        with op.batch_alter_table(table) as batch:
            for name, kind in columns:
                batch.alter_column(name, existing_type=kind, nullable=False)
    op.create_table(
        "tasks",
        sa.Column("kind", WORDS, nullable=False),
        sa.Column("submission", WORDS, nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"]),
        sa.PrimaryKeyConstraint("kind", "submission"),
    )


def _count(connection: sa.Connection) -> None:
    """Numbers submissions, consents and uploads that wait in the order in which they were written.

    Until now only the clock told it across forms; within a form, and within an item of an institution, the version
    number did. Where the two disagree the clock was set back, and the version number is right.
    """
    submissions = connection.execute(sa.select(SUBMISSIONS)).mappings().all()
    consents = connection.execute(sa.select(CONSENTS)).mappings().all()
    events = [
        *_in_time(submissions, ("institution", "year", "form"), "received_at", 0),
        *_in_time(consents, ("institution", "item"), "at", 1),
    ]
    ordered = sorted(events, key=lambda event: event[0])
    for number, (_, row) in enumerate(ordered, 1):
        if "form" in row:
            own = SUBMISSIONS.c.id == row["id"]
            connection.execute(sa.update(SUBMISSIONS).where(own).values(current_since=number))
        else:
            key = [CONSENTS.c[name] == row[name] for name in ("institution", "item", "sequence")]
            connection.execute(sa.update(CONSENTS).where(*key).values(revision=number))
    waiting = connection.scalars(sa.select(WAITING.c.sha256).order_by(WAITING.c.received_at, WAITING.c.sha256)).all()
    for number, sha256 in enumerate(waiting, len(ordered) + 1):
        connection.execute(sa.update(WAITING).where(WAITING.c.sha256 == sha256).values(since=number))
    written = len(ordered) + len(waiting)
    connection.execute(sa.update(INFO).values(store_id=uuid4().hex, revision=written))


def _in_time(rows: Any, key: tuple[str, ...], moment: str, kind: int) -> list[tuple[tuple[Any, ...], Any]]:
    """Each row with what it is ordered by: the latest moment of its line of versions so far, and its number in it."""
    latest: dict[tuple[Any, ...], Any] = {}
    found = []
    for row in sorted(rows, key=lambda row: row["sequence"]):
        line = tuple(row[name] for name in key)
        latest[line] = max(latest.get(line, row[moment]), row[moment])
        found.append(((latest[line], kind, row["sequence"], str(row.get("id", ""))), row))
    return found
