"""Papers imported from a public database are kept of every load, so that a form is judged anew by those of its day."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"

WORDS = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
TABLE, BESIDE = "imported_papers", "imported_papers_0014"


def columns() -> list[sa.Column[Any]]:
    """The columns, which stay as they were."""
    return [
        sa.Column("institution", WORDS, nullable=False),
        sa.Column("database", WORDS, nullable=False),
        sa.Column("retrieved_on", WORDS),
        sa.Column("document_types", WORDS, nullable=False),
        sa.Column("first_year", sa.Integer(), nullable=False),
        sa.Column("last_year", sa.Integer(), nullable=False),
        sa.Column("tables", WORDS, nullable=False),
        sa.Column("loaded_at", sa.DateTime(), nullable=False),
    ]


def upgrade() -> None:
    """Makes the moment of the load a part of the key; the name of the key is free once the old table is gone."""
    names = ", ".join(f'"{column.name}"' for column in columns())
    op.create_table(BESIDE, *columns())
    op.execute(f"INSERT INTO {BESIDE} ({names}) SELECT {names} FROM {TABLE}")
    op.drop_table(TABLE)
    op.create_table(TABLE, *columns(), sa.PrimaryKeyConstraint("institution", "loaded_at", name="pk_imported_papers"))
    op.execute(f"INSERT INTO {TABLE} ({names}) SELECT {names} FROM {BESIDE}")
    op.drop_table(BESIDE)
