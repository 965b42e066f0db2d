"""The centre that a form of an institution compares, beside results about all its centres; how each line applies."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

WORDS = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
SUBMISSIONS = sa.table(
    "submissions", *map(sa.column, ("id", "institution", "year", "form", "state", "centre", "current_since"))
)
VALUES = sa.table("values", *map(sa.column, ("submission", "level", "unit")))
GAPS = sa.table("gaps", *map(sa.column, ("standing", "verdict", "kind")))
TASKS = sa.table("tasks", *map(sa.column, ("kind", "submission", "since")))


def upgrade() -> None:
    """Adds both columns, fills them from the results, and puts forms beside several centres down to be judged anew."""
    with op.batch_alter_table("submissions") as batch:
        batch.add_column(sa.Column("centre", WORDS))
    with op.batch_alter_table("gaps") as batch:
        batch.add_column(sa.Column("standing", WORDS))
    connection = op.get_bind()
    of_centre = sa.select(sa.func.min(VALUES.c.unit)).where(
        VALUES.c.submission == SUBMISSIONS.c.id, VALUES.c.level == "centre"
    )
    connection.execute(sa.update(SUBMISSIONS).values(centre=sa.func.coalesce(of_centre.scalar_subquery(), "")))
    judged = (GAPS.c.kind.in_(("requirement", "target")), GAPS.c.verdict.in_(("met", "not_met")))
    connection.execute(sa.update(GAPS).where(*judged).values(standing="judged"))
    with op.batch_alter_table("submissions") as batch:
        batch.alter_column("centre", existing_type=WORDS, nullable=False)
    _judge_anew(connection)


def _judge_anew(connection: sa.Connection) -> None:
    """Until now only one of several centres was used in the results of its institution's form."""
    table = SUBMISSIONS
    current = sa.select(table).where(table.c.state == "current")
    rows = connection.execute(current.order_by(table.c.current_since, table.c.id)).mappings().all()
    centres: dict[tuple[str, int], int] = {}
    for row in rows:
        if row["form"] == "centre":
            key = (row["institution"], row["year"])
            centres[key] = centres.get(key, 0) + 1
    waiting = set(connection.scalars(sa.select(TASKS.c.submission)))
    for row in rows:
        is_beside = row["form"] != "centre" and centres.get((row["institution"], row["year"]), 0) > 1
        if is_beside and row["id"] not in waiting:
            task = {"kind": "reevaluate", "submission": row["id"], "since": row["current_since"]}
            connection.execute(sa.insert(TASKS).values(**task))
