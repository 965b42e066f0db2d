"""Consent to be named for a practice, as it is given and withdrawn on the page."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

WORDS = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Adds the table of consents; each change of mind is a row of its own."""
    op.create_table(
        "consents",
        sa.Column("institution", WORDS, nullable=False),
        sa.Column("item", WORDS, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("by", WORDS, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["institution"], ["institutions.code"]),
        sa.PrimaryKeyConstraint("institution", "item", "sequence"),
    )
