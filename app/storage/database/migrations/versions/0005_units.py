"""Submissions by the centre that they are about, so that the forms of several centres stand side by side."""

from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

WORDS = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
UNIT_FIELD = "units.unit"
NEW_KEY = ["institution", "year", "form", "unit", "sequence"]
SUBMISSIONS = sa.table("submissions", *map(sa.column, ("id", *NEW_KEY, "state", "current_since")))
ANSWERS = sa.table("answers", *map(sa.column, ("submission", "field", "row_key", "normalised")))


def upgrade() -> None:
    """Adds the unit to the key of submissions, and lets the last version of each centre stand again."""
    with op.batch_alter_table("submissions") as batch:
        batch.add_column(sa.Column("unit", WORDS))
        batch.drop_constraint("uq_submissions", type_="unique")
    _fill(op.get_bind())
    with op.batch_alter_table("submissions") as batch:
        batch.alter_column("unit", existing_type=WORDS, nullable=False)
        batch.create_unique_constraint("uq_submissions", NEW_KEY)


def _fill(connection: sa.Connection) -> None:
    """The unit of each form of a centre as it was answered; versions counted anew for each unit.

    Until now the form of a second centre took the place of that of the first, which was kept as superseded.
    """
    connection.execute(sa.update(SUBMISSIONS).values(unit=""))
    rows = connection.execute(sa.select(SUBMISSIONS).where(SUBMISSIONS.c.form == "centre")).mappings().all()
    found = [{**row, "unit": _unit_of(connection, row["id"])} for row in rows]

    def line(row: Any) -> tuple[Any, ...]:
        return row["institution"], row["year"], row["form"], row["unit"]

    for _, versions in groupby(sorted(found, key=lambda row: (line(row), row["sequence"])), key=line):
        own = list(versions)
        for number, row in enumerate(own, 1):
            state = "current" if number == len(own) else "superseded"
            new = {"unit": row["unit"], "sequence": number, "state": state}
            connection.execute(sa.update(SUBMISSIONS).where(SUBMISSIONS.c.id == row["id"]).values(**new))


def _unit_of(connection: sa.Connection, submission: str) -> str:
    answered = (ANSWERS.c.submission == submission, ANSWERS.c.field == UNIT_FIELD, ANSWERS.c.normalised != "")
    query = sa.select(ANSWERS.c.normalised).where(*answered).order_by(ANSWERS.c.row_key)
    return str(connection.scalar(query.limit(1)) or "")
