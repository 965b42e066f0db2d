"""What a later form needs of an earlier one without opening its workbook again; uploads that wait for a worker."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

WORDS = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
ADDED = ("problem", "applies", "blocked")
READING_RULES = ("R.VAL.", "R.FMT.061")

OLD_COLUMNS = {
    "answers": ("submission", "field", "row_key", "raw", "normalised", "code", "sheet", "cell", *ADDED),
    "findings": ("submission", "rule", "severity", "field", "row_key", "sheet", "cells"),
}


def upgrade() -> None:
    """Adds to answers what was wrong with them, whether they were asked and whether an error blocks them.

    For answers kept before, these come from the findings of their submission. A question that a switch ruled out was
    kept with the code ``a`` though nothing was typed.
    """
    op.add_column("answers", sa.Column("problem", WORDS))
    op.add_column("answers", sa.Column("applies", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("answers", sa.Column("blocked", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "counted_tables",
        sa.Column("submission", WORDS, sa.ForeignKey("submissions.id"), nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("rows", WORDS, nullable=False),
        sa.PrimaryKeyConstraint("submission", "name"),
    )
    op.create_table(
        "waiting_uploads",
        sa.Column("sha256", WORDS, nullable=False),
        sa.Column("file_name", WORDS, nullable=False),
        sa.Column("by", WORDS, nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    answers, found = (sa.table(name, *map(sa.column, columns)) for name, columns in OLD_COLUMNS.items())
    c = answers.c
    is_blank = sa.and_(sa.func.coalesce(c.raw, "") == "", sa.func.coalesce(c.normalised, "") == "")
    connection.execute(sa.update(answers).where(c.code == "a", is_blank).values(applies=sa.false()))
    errors = connection.execute(sa.select(found).where(found.c.severity == "error")).all()
    for submission, rule, _, field, row_key, sheet, cells in errors:
        own = sa.and_(c.field == field, c.row_key == row_key)
        there = sa.and_(c.sheet == sheet, c.cell.in_(json.loads(cells)))
        mine = sa.update(answers).where(c.submission == submission, sa.or_(own, there))
        connection.execute(mine.values(blocked=sa.true()))
        if rule.startswith(READING_RULES):
            connection.execute(mine.values(problem=rule))
