"""People who sign in, invitations, their sessions, and workbooks whose bytes were erased."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"

WORDS = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def words(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    """Columns of words."""
    return [sa.Column(name, WORDS, nullable=nullable) for name in names]


def moments(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    """Columns of moments in UTC."""
    return [sa.Column(name, sa.DateTime(), nullable=nullable) for name in names]


def upgrade() -> None:
    """Adds users, invitations, sessions and erasures."""
    op.create_table(
        "users",
        *words("id", "role"),
        *words("institutions", nullable=True),
        *words("state", "source"),
        *words("issuer", "subject", nullable=True),
        *moments("created_at"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("issuer", "subject", name="uq_users"),
    )
    op.create_table(
        "invitations",
        *words("code_hash", "user"),
        *moments("expires_at"),
        *moments("used_at", nullable=True),
        sa.ForeignKeyConstraint(["user"], ["users.id"]),
        sa.PrimaryKeyConstraint("code_hash"),
    )
    op.create_table(
        "sessions",
        *words("id", "user"),
        *moments("started_at"),
        *moments("ended_at", nullable=True),
        sa.ForeignKeyConstraint(["user"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "erasures",
        *words("submission", "reason"),
        *moments("at"),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"]),
        sa.PrimaryKeyConstraint("submission"),
    )
