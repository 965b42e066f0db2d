"""The log of who did what: rows that the database lets nobody change or take away, and how many there are."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

WORDS = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
GIVEN = ("by", "role", "act", "subject")
REFUSE_SQLITE = """CREATE TRIGGER audit_no_{what} BEFORE {what} ON audit
BEGIN SELECT RAISE(ABORT, 'the log is only added to'); END"""
REFUSE_POSTGRESQL = """CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the log is only added to'; END $$"""


def upgrade() -> None:
    """Adds the log and its head, and the triggers that keep the log as it was written."""
    op.create_table(
        "audit",
        sa.Column("sequence", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        *(sa.Column(name, WORDS, nullable=False) for name in GIVEN),
        *(sa.Column(name, WORDS) for name in ("institution", "submission")),
        sa.Column("facts", WORDS, nullable=False),
        *(sa.Column(name, WORDS, nullable=False) for name in ("before", "hash")),
        sa.PrimaryKeyConstraint("sequence"),
    )
    op.create_index("ix_audit_institution", "audit", ["institution", "sequence"])
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("hash", WORDS, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for what in ("UPDATE", "DELETE"):
            op.execute(REFUSE_SQLITE.format(what=what))
    else:
        op.execute(REFUSE_POSTGRESQL)
        op.execute(
            "CREATE TRIGGER audit_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
        )
