"""Rounds with their population, what was done in them, and what was said about each explanation."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

WORDS = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
EXPLANATIONS = sa.table(
    "explanations",
    *map(sa.column, ("institution", "rule", "field", "row_key", "text", "by", "state", "from_submission")),
)
SUBMISSIONS = sa.table("submissions", sa.column("id"), sa.column("received_at", sa.DateTime()))


def _words(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, WORDS, nullable=False) for name in names]


def upgrade() -> None:
    """Makes the tables; the explanations there are become the first message of each thread.

    The table of rounds was never written to until now, so it is made anew.
    """
    op.drop_table("rounds")
    op.create_table(
        "rounds",
        sa.Column("year", sa.Integer(), nullable=False, autoincrement=False),
        *_words("forms", "form_editions", "dictionary_hash", "catalogue_hash", "rules_hash", "benchmarks_date"),
        *_words("edition_sha256", "software"),
        sa.Column("opens", sa.DateTime(), nullable=False),
        sa.Column("closes", sa.DateTime(), nullable=False),
        *_words("state"),
        sa.PrimaryKeyConstraint("year"),
    )
    op.create_table(
        "round_bodies",
        sa.Column("year", sa.Integer(), nullable=False),
        *_words("institution", "kind", "name_ja", "name_en", "founder", "prefecture"),
        sa.Column("open_until", sa.DateTime()),
        sa.ForeignKeyConstraint(["year"], ["rounds.year"]),
        sa.PrimaryKeyConstraint("year", "institution"),
    )
    op.create_table(
        "round_events",
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("year", sa.Integer(), nullable=False),
        *_words("institution"),
        sa.Column("submission", WORDS),
        *_words("act", "actor"),
        sa.Column("at", sa.DateTime(), nullable=False),
        *_words("reason", "facts"),
        sa.ForeignKeyConstraint(["year"], ["rounds.year"]),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"]),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_round_events_year", "round_events", ["year", "institution"])
    messages = op.create_table(
        "explanation_messages",
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        *_words("institution", "rule", "field", "row_key", "submission", "act", "text", "by"),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["institution"], ["institutions.code"]),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"]),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_explanation_messages_institution", "explanation_messages", ["institution"])
    _begin_threads(op.get_bind(), messages)


def _begin_threads(connection: sa.Connection, messages: sa.Table) -> None:
    """One message for each explanation that stands, dated by the form it was given for."""
    own = EXPLANATIONS.c
    query = sa.select(EXPLANATIONS, SUBMISSIONS.c.received_at.label("at"))
    query = query.join(SUBMISSIONS, SUBMISSIONS.c.id == own.from_submission).where(own.state == "given")
    rows = connection.execute(query.order_by(own.institution, own.rule, own.field, own.row_key)).mappings().all()
    kept = ("institution", "rule", "field", "row_key", "text", "by", "at")
    made = [
        {"number": n, "act": "explained", "submission": row["from_submission"], **{name: row[name] for name in kept}}
        for n, row in enumerate(rows, 1)
    ]
    if made:
        connection.execute(sa.insert(messages), made)
