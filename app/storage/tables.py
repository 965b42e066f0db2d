"""The tables of the store, named and keyed as the data design says. Plain SQL types: SQLite or PostgreSQL."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from app.storage.types import Exact, JsonText, UtcTime

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s",
    }
)

VALUE_KEY = ("submission", "level", "unit", "indicator", "definition", "counting")
ANSWER_KEY = ("submission", "field", "row_key")


def _key(name: str) -> Column[str]:
    return Column(name, Text, primary_key=True)


def _of_submission() -> Column[str]:
    return Column("submission", Text, ForeignKey("submissions.id"), primary_key=True)


def _refers(key: tuple[str, ...], table: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(key, [f"{table}.{column}" for column in key])


store_info = Table(
    "store_info",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("software", Text, nullable=False),
)

institutions = Table(
    "institutions",
    metadata,
    _key("code"),
    Column("kind", Text),
    Column("name_ja", Text, nullable=False),
    Column("name_en", Text),
    Column("founder", Text),
    Column("prefecture", Text),
    Column("ror", Text),
    Column("valid_from", Text),
    Column("valid_to", Text),
    Column("successor", Text),
    Column("source", Text),
)

rounds = Table(
    "rounds",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("form_editions", JsonText, nullable=False),
    Column("dictionary_hash", Text, nullable=False),
    Column("catalogue_hash", Text, nullable=False),
    Column("rules_hash", Text, nullable=False),
    Column("benchmarks_date", Text, nullable=False),
    Column("opens", UtcTime),
    Column("closes", UtcTime),
    Column("state", Text, nullable=False),
)

submissions = Table(
    "submissions",
    metadata,
    _key("id"),
    Column("institution", Text, ForeignKey("institutions.code"), nullable=False),
    Column("year", Integer, nullable=False),
    Column("form", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("supersedes", Text, ForeignKey("submissions.id")),
    Column("dictionary_hash", Text, nullable=False),
    Column("catalogue_hash", Text, nullable=False),
    Column("software", Text, nullable=False),
    UniqueConstraint("institution", "year", "form", "sequence"),
    Index("ix_submissions_state", "institution", "year", "state"),
)

answers = Table(
    "answers",
    metadata,
    _of_submission(),
    _key("field"),
    _key("row_key"),
    Column("raw", Text),
    Column("normalised", Text),
    Column("code", Text),
    Column("flag", Text),
    Column("remark", Text),
    Column("sheet", Text),
    Column("cell", Text),
    Column("read_as", Text),
)

findings = Table(
    "findings",
    metadata,
    _of_submission(),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("row_key", Text, nullable=False),
    Column("sheet", Text),
    Column("cells", JsonText, nullable=False),
    Column("count", Integer, nullable=False),
    Column("value", Text, nullable=False),
    Column("params", JsonText),
    Column("group", Text, nullable=False),
    Column("message", JsonText, nullable=False),
    Column("remedy", JsonText, nullable=False),
    Index("ix_findings_id", "id"),
)

explanations = Table(
    "explanations",
    metadata,
    Column("institution", Text, ForeignKey("institutions.code"), primary_key=True),
    _key("rule"),
    _key("field"),
    _key("row_key"),
    Column("text", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("value_low", Exact),
    Column("value_high", Exact),
    Column("state", Text, nullable=False),
    Column("from_submission", Text, ForeignKey("submissions.id"), nullable=False),
)

values = Table(
    "values",
    metadata,
    _of_submission(),
    _key("level"),
    _key("unit"),
    _key("indicator"),
    _key("definition"),
    _key("counting"),
    Column("institution", Text, ForeignKey("institutions.code"), nullable=False),
    Column("year", Integer, nullable=False),
    Column("indicator_version", Integer),
    Column("window_from", Integer),
    Column("window_to", Integer),
    Column("numerator", Exact),
    Column("denominator", Exact),
    Column("value", Float),
    Column("lower", Float),
    Column("upper", Float),
    Column("interval_method", Text),
    Column("status", Text, nullable=False),
    Column("small", Boolean),
    Column("flags", JsonText),
    Index("ix_values_indicator", "indicator", "level", "year"),
    Index("ix_values_institution", "institution", "year"),
)

value_cells = Table(
    "value_cells",
    metadata,
    *(_key(name) for name in VALUE_KEY),
    _key("field"),
    _key("row_key"),
    _refers(VALUE_KEY, "values"),
    _refers(ANSWER_KEY, "answers"),
)

gaps = Table(
    "gaps",
    metadata,
    *(_key(name) for name in VALUE_KEY),
    _key("benchmark"),
    _key("entry"),
    Column("kind", Text, nullable=False),
    Column("benchmark_level", Text, nullable=False),
    Column("benchmark_value", Text),
    Column("comparable", Boolean, nullable=False),
    Column("gap_points", Float),
    Column("of", Text),
    Column("replace", BigInteger),
    Column("add", BigInteger),
    Column("verdict", Text),
    Column("margin", BigInteger),
    Column("fragile", Boolean),
    Column("source", Text),
    Column("seen", Text),
    _refers(VALUE_KEY, "values"),
    Index("ix_gaps_indicator", "indicator", "level"),
)

scores = Table(
    "scores",
    metadata,
    _of_submission(),
    _key("level"),
    _key("unit"),
    _key("element"),
    Column("score", Float),
    Column("kind", Text),
    Column("band", Text),
    Column("coverage_present", Integer),
    Column("coverage_applicable", Integer),
    Column("dropped", JsonText),
    Column("lower", Float),
    Column("upper", Float),
    Column("reason", Text),
    Index("ix_scores_element", "element", "level"),
)

published_values = Table(
    "published_values",
    metadata,
    _key("source"),
    _key("institution"),
    _key("indicator"),
    _key("as_of"),
    _key("counting"),
    Column("value", Float),
    Column("bounds", JsonText),
    Column("redistribute", Boolean, nullable=False),
    Column("grade", Text),
)
