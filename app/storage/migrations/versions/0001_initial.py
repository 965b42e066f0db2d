"""The first tables of the store."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

VALUE_KEY = ["submission", "level", "unit", "indicator", "definition", "counting"]
ANSWER_KEY = ["submission", "field", "row_key"]


def upgrade() -> None:
    """Creates every table with its keys and the indexes that pages read by."""

    op.create_table(
        "institutions",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text()),
        sa.Column("name_ja", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text()),
        sa.Column("founder", sa.Text()),
        sa.Column("prefecture", sa.Text()),
        sa.Column("ror", sa.Text()),
        sa.Column("valid_from", sa.Text()),
        sa.Column("valid_to", sa.Text()),
        sa.Column("successor", sa.Text()),
        sa.Column("source", sa.Text()),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "published_values",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Text(), nullable=False),
        sa.Column("counting", sa.Text(), nullable=False),
        sa.Column("value", sa.Float()),
        sa.Column("bounds", sa.Text()),
        sa.Column("redistribute", sa.Boolean(), nullable=False),
        sa.Column("grade", sa.Text()),
        sa.PrimaryKeyConstraint("source", "institution", "indicator", "as_of", "counting"),
    )
    op.create_table(
        "rounds",
        sa.Column("year", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("form_editions", sa.Text(), nullable=False),
        sa.Column("dictionary_hash", sa.Text(), nullable=False),
        sa.Column("catalogue_hash", sa.Text(), nullable=False),
        sa.Column("rules_hash", sa.Text(), nullable=False),
        sa.Column("benchmarks_date", sa.Text(), nullable=False),
        sa.Column("opens", sa.DateTime()),
        sa.Column("closes", sa.DateTime()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("year"),
    )
    op.create_table(
        "store_info",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("software", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "submissions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("supersedes", sa.Text()),
        sa.Column("dictionary_hash", sa.Text(), nullable=False),
        sa.Column("catalogue_hash", sa.Text(), nullable=False),
        sa.Column("software", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["institution"], ["institutions.code"]),
        sa.ForeignKeyConstraint(["supersedes"], ["submissions.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("institution", "year", "form", "sequence"),
    )
    op.create_index("ix_submissions_state", "submissions", ["institution", "year", "state"])
    op.create_table(
        "answers",
        sa.Column("submission", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("row_key", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text()),
        sa.Column("normalised", sa.Text()),
        sa.Column("code", sa.Text()),
        sa.Column("flag", sa.Text()),
        sa.Column("remark", sa.Text()),
        sa.Column("sheet", sa.Text()),
        sa.Column("cell", sa.Text()),
        sa.Column("read_as", sa.Text()),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"]),
        sa.PrimaryKeyConstraint("submission", "field", "row_key"),
    )
    op.create_table(
        "explanations",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("row_key", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("value_low", sa.Text()),
        sa.Column("value_high", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("from_submission", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["from_submission"], ["submissions.id"]),
        sa.ForeignKeyConstraint(["institution"], ["institutions.code"]),
        sa.PrimaryKeyConstraint("institution", "rule", "field", "row_key"),
    )
    op.create_table(
        "findings",
        sa.Column("submission", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("row_key", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text()),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("params", sa.Text()),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"]),
        sa.PrimaryKeyConstraint("submission", "position"),
    )
    op.create_index("ix_findings_id", "findings", ["id"])
    op.create_table(
        "scores",
        sa.Column("submission", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("element", sa.Text(), nullable=False),
        sa.Column("score", sa.Float()),
        sa.Column("kind", sa.Text()),
        sa.Column("band", sa.Text()),
        sa.Column("coverage_present", sa.Integer()),
        sa.Column("coverage_applicable", sa.Integer()),
        sa.Column("dropped", sa.Text()),
        sa.Column("lower", sa.Float()),
        sa.Column("upper", sa.Float()),
        sa.Column("reason", sa.Text()),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"]),
        sa.PrimaryKeyConstraint("submission", "level", "unit", "element"),
    )
    op.create_index("ix_scores_element", "scores", ["element", "level"])
    op.create_table(
        "values",
        sa.Column("submission", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("counting", sa.Text(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("indicator_version", sa.Integer()),
        sa.Column("window_from", sa.Integer()),
        sa.Column("window_to", sa.Integer()),
        sa.Column("numerator", sa.Text()),
        sa.Column("denominator", sa.Text()),
        sa.Column("value", sa.Float()),
        sa.Column("lower", sa.Float()),
        sa.Column("upper", sa.Float()),
        sa.Column("interval_method", sa.Text()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("small", sa.Boolean()),
        sa.Column("flags", sa.Text()),
        sa.ForeignKeyConstraint(["institution"], ["institutions.code"]),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"]),
        sa.PrimaryKeyConstraint(*VALUE_KEY),
    )
    op.create_index("ix_values_indicator", "values", ["indicator", "level", "year"])
    op.create_index("ix_values_institution", "values", ["institution", "year"])
    op.create_table(
        "gaps",
        sa.Column("submission", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("counting", sa.Text(), nullable=False),
        sa.Column("benchmark", sa.Text(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("benchmark_level", sa.Text(), nullable=False),
        sa.Column("benchmark_value", sa.Text()),
        sa.Column("comparable", sa.Boolean(), nullable=False),
        sa.Column("gap_points", sa.Float()),
        sa.Column("of", sa.Text()),
        sa.Column("replace", sa.BigInteger()),
        sa.Column("add", sa.BigInteger()),
        sa.Column("verdict", sa.Text()),
        sa.Column("margin", sa.BigInteger()),
        sa.Column("fragile", sa.Boolean()),
        sa.Column("source", sa.Text()),
        sa.Column("seen", sa.Text()),
        sa.ForeignKeyConstraint(VALUE_KEY, [f"values.{name}" for name in VALUE_KEY]),
        sa.PrimaryKeyConstraint(*VALUE_KEY, "benchmark", "entry"),
    )
    op.create_index("ix_gaps_indicator", "gaps", ["indicator", "level"])
    op.create_table(
        "value_cells",
        sa.Column("submission", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("counting", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("row_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(ANSWER_KEY, [f"answers.{name}" for name in ANSWER_KEY]),
        sa.ForeignKeyConstraint(VALUE_KEY, [f"values.{name}" for name in VALUE_KEY]),
        sa.PrimaryKeyConstraint(*VALUE_KEY, "field", "row_key"),
    )
