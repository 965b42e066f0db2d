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
    UniqueConstraint,
)

from app.storage.types import WORDS, Exact, JsonText, UtcTime

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
    return Column(name, WORDS, primary_key=True)


def _of_submission() -> Column[str]:
    return Column("submission", WORDS, ForeignKey("submissions.id"), primary_key=True)


def _refers(key: tuple[str, ...], table: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(key, [f"{table}.{column}" for column in key])


store_info = Table(
    "store_info",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("kind", WORDS, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("software", WORDS, nullable=False),
)

institutions = Table(
    "institutions",
    metadata,
    _key("code"),
    Column("kind", WORDS),
    Column("name_ja", WORDS, nullable=False),
    Column("name_en", WORDS),
    Column("founder", WORDS),
    Column("prefecture", WORDS),
    Column("ror", WORDS),
    Column("valid_from", WORDS),
    Column("valid_to", WORDS),
    Column("successor", WORDS),
    Column("source", WORDS),
)

rounds = Table(
    "rounds",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("form_editions", JsonText, nullable=False),
    Column("dictionary_hash", WORDS, nullable=False),
    Column("catalogue_hash", WORDS, nullable=False),
    Column("rules_hash", WORDS, nullable=False),
    Column("benchmarks_date", WORDS, nullable=False),
    Column("opens", UtcTime),
    Column("closes", UtcTime),
    Column("state", WORDS, nullable=False),
)

submissions = Table(
    "submissions",
    metadata,
    _key("id"),
    Column("institution", WORDS, ForeignKey("institutions.code"), nullable=False),
    Column("year", Integer, nullable=False),
    Column("form", WORDS, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("by", WORDS, nullable=False),
    Column("sha256", WORDS, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("file_name", WORDS, nullable=False),
    Column("state", WORDS, nullable=False),
    Column("status", WORDS, nullable=False),
    Column("reason", WORDS),
    Column("supersedes", WORDS, ForeignKey("submissions.id")),
    Column("dictionary_hash", WORDS, nullable=False),
    Column("catalogue_hash", WORDS, nullable=False),
    Column("software", WORDS, nullable=False),
    UniqueConstraint("institution", "year", "form", "sequence"),
    Index("ix_submissions_state", "institution", "year", "state"),
)

answers = Table(
    "answers",
    metadata,
    _of_submission(),
    _key("field"),
    _key("row_key"),
    Column("raw", WORDS),
    Column("normalised", WORDS),
    Column("code", WORDS),
    Column("flag", WORDS),
    Column("remark", WORDS),
    Column("sheet", WORDS),
    Column("cell", WORDS),
    Column("read_as", WORDS),
)

findings = Table(
    "findings",
    metadata,
    _of_submission(),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("id", WORDS, nullable=False),
    Column("rule", WORDS, nullable=False),
    Column("severity", WORDS, nullable=False),
    Column("scope", WORDS, nullable=False),
    Column("field", WORDS, nullable=False),
    Column("row_key", WORDS, nullable=False),
    Column("sheet", WORDS),
    Column("cells", JsonText, nullable=False),
    Column("count", Integer, nullable=False),
    Column("value", WORDS, nullable=False),
    Column("params", JsonText),
    Column("group", WORDS, nullable=False),
    Column("message", JsonText, nullable=False),
    Column("remedy", JsonText, nullable=False),
    Index("ix_findings_id", "id"),
)

explanations = Table(
    "explanations",
    metadata,
    Column("institution", WORDS, ForeignKey("institutions.code"), primary_key=True),
    _key("rule"),
    _key("field"),
    _key("row_key"),
    Column("text", WORDS, nullable=False),
    Column("by", WORDS, nullable=False),
    Column("value_low", Exact),
    Column("value_high", Exact),
    Column("state", WORDS, nullable=False),
    Column("from_submission", WORDS, ForeignKey("submissions.id"), nullable=False),
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
    Column("institution", WORDS, ForeignKey("institutions.code"), nullable=False),
    Column("year", Integer, nullable=False),
    Column("indicator_version", Integer),
    Column("window_from", Integer),
    Column("window_to", Integer),
    Column("numerator", Exact),
    Column("denominator", Exact),
    Column("value", Float),
    Column("lower", Float),
    Column("upper", Float),
    Column("interval_method", WORDS),
    Column("status", WORDS, nullable=False),
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
    Column("kind", WORDS, nullable=False),
    Column("benchmark_level", WORDS, nullable=False),
    Column("benchmark_value", WORDS),
    Column("comparable", Boolean, nullable=False),
    Column("gap_points", Float),
    Column("of", WORDS),
    Column("replace", BigInteger),
    Column("add", BigInteger),
    Column("verdict", WORDS),
    Column("margin", BigInteger),
    Column("fragile", Boolean),
    Column("source", WORDS),
    Column("seen", WORDS),
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
    Column("kind", WORDS),
    Column("band", WORDS),
    Column("coverage_present", Integer),
    Column("coverage_applicable", Integer),
    Column("dropped", JsonText),
    Column("lower", Float),
    Column("upper", Float),
    Column("reason", WORDS),
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
    Column("grade", WORDS),
)

consents = Table(
    "consents",
    metadata,
    Column("institution", WORDS, ForeignKey("institutions.code"), primary_key=True),
    _key("item"),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("given", Boolean, nullable=False),
    Column("by", WORDS, nullable=False),
    Column("at", UtcTime, nullable=False),
)
