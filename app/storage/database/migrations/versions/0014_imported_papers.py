"""Papers imported from a public database, one record an institution."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"

WORDS = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Adds the table, empty."""
    op.create_table(
        "imported_papers",
        sa.Column("institution", WORDS, nullable=False),
        sa.Column("database", WORDS, nullable=False),
        sa.Column("retrieved_on", WORDS),
        sa.Column("document_types", WORDS, nullable=False),
        sa.Column("first_year", sa.Integer(), nullable=False),
        sa.Column("last_year", sa.Integer(), nullable=False),
        sa.Column("tables", WORDS, nullable=False),
        sa.Column("loaded_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("institution", name="pk_imported_papers"),
    )
