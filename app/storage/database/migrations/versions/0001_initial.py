"""The first tables of the store."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

WORDS = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
VALUE_KEY = ["submission", "level", "unit", "indicator", "definition", "counting"]
ANSWER_KEY = ["submission", "field", "row_key"]


def upgrade() -> None:
    """Creates every table with its keys and the indexes that pages read by."""

    op.create_table(
        "institutions",
        sa.Column("code", WORDS, nullable=False),
        sa.Column("kind", WORDS),
        sa.Column("name_ja", WORDS, nullable=False),
        sa.Column("name_en", WORDS),
        sa.Column("founder", WORDS),
        sa.Column("prefecture", WORDS),
        sa.Column("ror", WORDS),
        sa.Column("valid_from", WORDS),
        sa.Column("valid_to", WORDS),
        sa.Column("successor", WORDS),
        sa.Column("source", WORDS),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "published_values",
        sa.Column("source", WORDS, nullable=False),
        sa.Column("institution", WORDS, nullable=False),
        sa.Column("indicator", WORDS, nullable=False),
        sa.Column("as_of", WORDS, nullable=False),
        sa.Column("counting", WORDS, nullable=False),
        sa.Column("value", sa.Float()),
        sa.Column("bounds", WORDS),
        sa.Column("redistribute", sa.Boolean(), nullable=False),
        sa.Column("grade", WORDS),
        sa.PrimaryKeyConstraint("source", "institution", "indicator", "as_of", "counting"),
    )
    op.create_table(
        "rounds",
        sa.Column("year", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("form_editions", WORDS, nullable=False),
        sa.Column("dictionary_hash", WORDS, nullable=False),
        sa.Column("catalogue_hash", WORDS, nullable=False),
        sa.Column("rules_hash", WORDS, nullable=False),
        sa.Column("benchmarks_date", WORDS, nullable=False),
        sa.Column("opens", sa.DateTime()),
        sa.Column("closes", sa.DateTime()),
        sa.Column("state", WORDS, nullable=False),
        sa.PrimaryKeyConstraint("year"),
    )
    op.create_table(
        "store_info",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("kind", WORDS, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("software", WORDS, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "submissions",
        sa.Column("id", WORDS, nullable=False),
        sa.Column("institution", WORDS, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("form", WORDS, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("by", WORDS, nullable=False),
        sa.Column("sha256", WORDS, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("file_name", WORDS, nullable=False),
        sa.Column("state", WORDS, nullable=False),
        sa.Column("status", WORDS, nullable=False),
        sa.Column("reason", WORDS),
        sa.Column("supersedes", WORDS),
        sa.Column("dictionary_hash", WORDS, nullable=False),
        sa.Column("catalogue_hash", WORDS, nullable=False),
        sa.Column("software", WORDS, nullable=False),
        sa.ForeignKeyConstraint(["institution"], ["institutions.code"]),
        sa.ForeignKeyConstraint(["supersedes"], ["submissions.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("institution", "year", "form", "sequence"),
    )
    op.create_index("ix_submissions_state", "submissions", ["institution", "year", "state"])
    op.create_table(
        "answers",
        sa.Column("submission", WORDS, nullable=False),
        sa.Column("field", WORDS, nullable=False),
        sa.Column("row_key", WORDS, nullable=False),
        sa.Column("raw", WORDS),
        sa.Column("normalised", WORDS),
        sa.Column("code", WORDS),
        sa.Column("flag", WORDS),
        sa.Column("remark", WORDS),
        sa.Column("sheet", WORDS),
        sa.Column("cell", WORDS),
        sa.Column("read_as", WORDS),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"]),
        sa.PrimaryKeyConstraint("submission", "field", "row_key"),
    )
    op.create_table(
        "explanations",
        sa.Column("institution", WORDS, nullable=False),
        sa.Column("rule", WORDS, nullable=False),
        sa.Column("field", WORDS, nullable=False),
        sa.Column("row_key", WORDS, nullable=False),
        sa.Column("text", WORDS, nullable=False),
        sa.Column("by", WORDS, nullable=False),
        sa.Column("value_low", WORDS),
        sa.Column("value_high", WORDS),
        sa.Column("state", WORDS, nullable=False),
        sa.Column("from_submission", WORDS, nullable=False),
        sa.ForeignKeyConstraint(["from_submission"], ["submissions.id"]),
        sa.ForeignKeyConstraint(["institution"], ["institutions.code"]),
        sa.PrimaryKeyConstraint("institution", "rule", "field", "row_key"),
    )
    op.create_table(
        "findings",
        sa.Column("submission", WORDS, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("id", WORDS, nullable=False),
        sa.Column("rule", WORDS, nullable=False),
        sa.Column("severity", WORDS, nullable=False),
        sa.Column("scope", WORDS, nullable=False),
        sa.Column("field", WORDS, nullable=False),
        sa.Column("row_key", WORDS, nullable=False),
        sa.Column("sheet", WORDS),
        sa.Column("cells", WORDS, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("value", WORDS, nullable=False),
        sa.Column("params", WORDS),
        sa.Column("group", WORDS, nullable=False),
        sa.Column("message", WORDS, nullable=False),
        sa.Column("remedy", WORDS, nullable=False),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"]),
        sa.PrimaryKeyConstraint("submission", "position"),
    )
    op.create_index("ix_findings_id", "findings", ["id"])
    op.create_table(
        "scores",
        sa.Column("submission", WORDS, nullable=False),
        sa.Column("level", WORDS, nullable=False),
        sa.Column("unit", WORDS, nullable=False),
        sa.Column("element", WORDS, nullable=False),
        sa.Column("score", sa.Float()),
        sa.Column("kind", WORDS),
        sa.Column("band", WORDS),
        sa.Column("coverage_present", sa.Integer()),
        sa.Column("coverage_applicable", sa.Integer()),
        sa.Column("dropped", WORDS),
        sa.Column("lower", sa.Float()),
        sa.Column("upper", sa.Float()),
        sa.Column("reason", WORDS),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"]),
        sa.PrimaryKeyConstraint("submission", "level", "unit", "element"),
    )
    op.create_index("ix_scores_element", "scores", ["element", "level"])
    op.create_table(
        "values",
        sa.Column("submission", WORDS, nullable=False),
        sa.Column("level", WORDS, nullable=False),
        sa.Column("unit", WORDS, nullable=False),
        sa.Column("indicator", WORDS, nullable=False),
        sa.Column("definition", WORDS, nullable=False),
        sa.Column("counting", WORDS, nullable=False),
        sa.Column("institution", WORDS, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("indicator_version", sa.Integer()),
        sa.Column("window_from", sa.Integer()),
        sa.Column("window_to", sa.Integer()),
        sa.Column("numerator", WORDS),
        sa.Column("denominator", WORDS),
        sa.Column("value", sa.Float()),
        sa.Column("lower", sa.Float()),
        sa.Column("upper", sa.Float()),
        sa.Column("interval_method", WORDS),
        sa.Column("status", WORDS, nullable=False),
        sa.Column("small", sa.Boolean()),
        sa.Column("flags", WORDS),
        sa.ForeignKeyConstraint(["institution"], ["institutions.code"]),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"]),
        sa.PrimaryKeyConstraint(*VALUE_KEY),
    )
    op.create_index("ix_values_indicator", "values", ["indicator", "level", "year"])
    op.create_index("ix_values_institution", "values", ["institution", "year"])
    op.create_table(
        "gaps",
        sa.Column("submission", WORDS, nullable=False),
        sa.Column("level", WORDS, nullable=False),
        sa.Column("unit", WORDS, nullable=False),
        sa.Column("indicator", WORDS, nullable=False),
        sa.Column("definition", WORDS, nullable=False),
        sa.Column("counting", WORDS, nullable=False),
        sa.Column("benchmark", WORDS, nullable=False),
        sa.Column("entry", WORDS, nullable=False),
        sa.Column("kind", WORDS, nullable=False),
        sa.Column("benchmark_level", WORDS, nullable=False),
        sa.Column("benchmark_value", WORDS),
        sa.Column("comparable", sa.Boolean(), nullable=False),
        sa.Column("gap_points", sa.Float()),
        sa.Column("of", WORDS),
        sa.Column("replace", sa.BigInteger()),
        sa.Column("add", sa.BigInteger()),
        sa.Column("verdict", WORDS),
        sa.Column("margin", sa.BigInteger()),
        sa.Column("fragile", sa.Boolean()),
        sa.Column("source", WORDS),
        sa.Column("seen", WORDS),
        sa.ForeignKeyConstraint(VALUE_KEY, [f"values.{name}" for name in VALUE_KEY]),
        sa.PrimaryKeyConstraint(*VALUE_KEY, "benchmark", "entry"),
    )
    op.create_index("ix_gaps_indicator", "gaps", ["indicator", "level"])
    op.create_table(
        "value_cells",
        sa.Column("submission", WORDS, nullable=False),
        sa.Column("level", WORDS, nullable=False),
        sa.Column("unit", WORDS, nullable=False),
        sa.Column("indicator", WORDS, nullable=False),
        sa.Column("definition", WORDS, nullable=False),
        sa.Column("counting", WORDS, nullable=False),
        sa.Column("field", WORDS, nullable=False),
        sa.Column("row_key", WORDS, nullable=False),
        sa.ForeignKeyConstraint(ANSWER_KEY, [f"answers.{name}" for name in ANSWER_KEY]),
        sa.ForeignKeyConstraint(VALUE_KEY, [f"values.{name}" for name in VALUE_KEY]),
        sa.PrimaryKeyConstraint(*VALUE_KEY, "field", "row_key"),
    )
