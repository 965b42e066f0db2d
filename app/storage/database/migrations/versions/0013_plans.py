"""Plans that an institution keeps: how it means to change an indicator, to be compared with what came of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"

WORDS = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Adds the empty table."""
    op.create_table(
        "plans",
        sa.Column("institution", WORDS, sa.ForeignKey("institutions.code"), nullable=False),
        sa.Column("indicator", WORDS, nullable=False),
        sa.Column("level", WORDS, nullable=False),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("steps", WORDS, nullable=False),
        sa.Column("by", WORDS, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("institution", "indicator", "level", "number", name="pk_plans"),
    )
