"""What is worked out once of all institutions of a year, and since which write the results of a submission stand."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"

WORDS = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Adds the column, unknown for results that are there already, and the empty table."""
    with op.batch_alter_table("submissions") as batch:
        batch.add_column(sa.Column("results_since", sa.Integer))
    op.create_table(
        "kept_frames",
        sa.Column("kind", WORDS, nullable=False),
        sa.Column("year", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("edition", WORDS, nullable=False),
        sa.Column("states", WORDS, nullable=False),
        sa.Column("rows", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("kind", "year", name="pk_kept_frames"),
    )
