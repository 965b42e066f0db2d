"""The tables of the store, in plain SQL types for SQLite and PostgreSQL.

``store_info.revision`` counts the writes of a store. Whatever asks which of two things came first compares revisions
(``submissions.current_since``, ``submissions.results_since``, ``consents.revision``, ``tasks.since``) or numbers
(``round_events``, ``explanation_messages``); moments are kept only to be shown.
"""

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
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
)

from app.storage.column_types import WORDS, Exact, JsonText, UtcTime

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s",
    }
)

VALUE_KEY = ("submission", "level", "unit", "indicator", "definition", "counting")
ANSWER_KEY = ("submission", "field", "row_key")


def _keys(*names: str) -> list[Column[str]]:
    return [Column(name, WORDS, primary_key=True) for name in names]


def _words(*names: str) -> list[Column[str]]:
    return [Column(name, WORDS) for name in names]


def _given_texts(*names: str) -> list[Column[str]]:
    """Words that are never missing."""
    return [Column(name, WORDS, nullable=False) for name in names]


def _of_submission() -> Column[str]:
    return Column("submission", WORDS, ForeignKey("submissions.id"), primary_key=True)


def _refers(key: tuple[str, ...], table: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(key, [f"{table}.{column}" for column in key])


store_info = Table(
    "store_info",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    *_given_texts("kind"),
    Column("created_at", UtcTime, nullable=False),
    *_given_texts("software", "store_id"),
    Column("revision", Integer, nullable=False),
)

institutions = Table(
    "institutions",
    metadata,
    *_keys("code"),
    *_words("kind"),
    *_given_texts("name_ja"),
    *_words("name_en", "founder", "prefecture", "ror", "valid_from", "valid_to", "successor", "source"),
)

rounds = Table(
    "rounds",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("forms", JsonText, nullable=False),
    Column("form_editions", JsonText, nullable=False),
    *_given_texts("dictionary_hash", "catalogue_hash", "rules_hash", "benchmarks_date", "edition_sha256", "software"),
    Column("opens", UtcTime, nullable=False),
    Column("closes", UtcTime, nullable=False),
    *_given_texts("state"),
    Column("peers", WORDS, nullable=False, server_default="named"),
)

round_bodies = Table(
    "round_bodies",
    metadata,
    Column("year", Integer, ForeignKey("rounds.year"), primary_key=True),
    *_keys("institution"),
    *_given_texts("kind", "name_ja", "name_en", "founder", "prefecture"),
    Column("open_until", UtcTime),
)

submissions = Table(
    "submissions",
    metadata,
    *_keys("id"),
    Column("institution", WORDS, ForeignKey("institutions.code"), nullable=False),
    Column("year", Integer, nullable=False),
    *_given_texts("form", "unit", "centre"),
    Column("sequence", Integer, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    *_given_texts("by", "sha256"),
    Column("size", BigInteger, nullable=False),
    *_given_texts("file_name", "state", "status"),
    *_words("reason"),
    Column("supersedes", WORDS, ForeignKey("submissions.id")),
    *_given_texts("dictionary_hash", "catalogue_hash", "software"),
    Column("current_since", Integer, nullable=False),
    *_words("marked_sha256"),
    Column("results_since", Integer),
    UniqueConstraint("institution", "year", "form", "unit", "sequence"),
    Index("ix_submissions_state", "institution", "year", "state"),
)

answers = Table(
    "answers",
    metadata,
    _of_submission(),
    *_keys("field", "row_key"),
    *_words("raw", "normalised", "code", "flag", "remark", "sheet", "cell", "read_as", "problem"),
    Column("applies", Boolean, nullable=False),
    Column("blocked", Boolean, nullable=False),
)

counted_tables = Table(
    "counted_tables",
    metadata,
    _of_submission(),
    *_keys("name"),
    Column("rows", JsonText, nullable=False),
)

waiting_uploads = Table(
    "waiting_uploads",
    metadata,
    *_keys("sha256"),
    *_given_texts("file_name", "by"),
    Column("received_at", UtcTime, nullable=False),
    Column("since", Integer, nullable=False),
    Column("chosen", JsonText),
    *_words("institution"),
    Column("asks", JsonText),
)

findings = Table(
    "findings",
    metadata,
    _of_submission(),
    Column("position", Integer, primary_key=True, autoincrement=False),
    *_given_texts("id", "rule", "severity", "scope", "field", "row_key"),
    *_words("sheet"),
    Column("cells", JsonText, nullable=False),
    Column("count", Integer, nullable=False),
    *_given_texts("value"),
    Column("params", JsonText),
    *_given_texts("group"),
    Column("message", JsonText, nullable=False),
    Column("remedy", JsonText, nullable=False),
    Index("ix_findings_id", "id"),
)

explanations = Table(
    "explanations",
    metadata,
    Column("institution", WORDS, ForeignKey("institutions.code"), primary_key=True),
    *_keys("rule", "field", "row_key"),
    *_given_texts("text", "by"),
    Column("value_low", Exact),
    Column("value_high", Exact),
    *_given_texts("state"),
    Column("from_submission", WORDS, ForeignKey("submissions.id"), nullable=False),
)

values = Table(
    "values",
    metadata,
    _of_submission(),
    *_keys("level", "unit", "indicator", "definition", "counting"),
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
    *_words("interval_method"),
    *_given_texts("status"),
    Column("small", Boolean),
    Column("flags", JsonText),
    Index("ix_values_indicator", "indicator", "level", "year"),
    Index("ix_values_institution", "institution", "year"),
)

value_cells = Table(
    "value_cells",
    metadata,
    *_keys(*VALUE_KEY, "field", "row_key"),
    _refers(VALUE_KEY, "values"),
    _refers(ANSWER_KEY, "answers"),
)

gaps = Table(
    "gaps",
    metadata,
    *_keys(*VALUE_KEY, "benchmark", "entry"),
    *_given_texts("kind", "benchmark_level"),
    *_words("benchmark_value"),
    Column("comparable", Boolean, nullable=False),
    Column("gap_points", Float),
    *_words("of"),
    Column("replace", BigInteger),
    Column("add", BigInteger),
    *_words("verdict"),
    Column("margin", BigInteger),
    Column("fragile", Boolean),
    *_words("source", "seen", "standing"),
    _refers(VALUE_KEY, "values"),
    Index("ix_gaps_indicator", "indicator", "level"),
)

scores = Table(
    "scores",
    metadata,
    _of_submission(),
    *_keys("level", "unit", "element"),
    Column("score", Float),
    *_words("kind", "band"),
    Column("coverage_present", Integer),
    Column("coverage_applicable", Integer),
    Column("dropped", JsonText),
    Column("lower", Float),
    Column("upper", Float),
    *_words("reason"),
    Index("ix_scores_element", "element", "level"),
)

published_values = Table(
    "published_values",
    metadata,
    *_keys("source", "institution", "indicator", "as_of", "counting"),
    Column("value", Float),
    Column("bounds", JsonText),
    Column("redistribute", Boolean, nullable=False),
    *_words("grade"),
)

imported_papers = Table(
    "imported_papers",
    metadata,
    *_keys("institution"),
    *_given_texts("database"),
    *_words("retrieved_on"),
    *_given_texts("document_types"),
    Column("first_year", Integer, nullable=False),
    Column("last_year", Integer, nullable=False),
    Column("tables", JsonText, nullable=False),
    Column("loaded_at", UtcTime, primary_key=True),
)

consents = Table(
    "consents",
    metadata,
    Column("institution", WORDS, ForeignKey("institutions.code"), primary_key=True),
    *_keys("item"),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("given", Boolean, nullable=False),
    *_given_texts("by"),
    Column("at", UtcTime, nullable=False),
    Column("revision", Integer, nullable=False),
)

tasks = Table(
    "tasks",
    metadata,
    *_keys("kind"),
    _of_submission(),
    Column("since", Integer, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    *_given_texts("by", "role", "act", "subject"),
    *_words("institution", "submission"),
    Column("facts", JsonText, nullable=False),
    *_given_texts("before", "hash"),
    Index("ix_audit_institution", "institution", "sequence"),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("length", Integer, nullable=False),
    *_given_texts("hash"),
)

round_events = Table(
    "round_events",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("year", Integer, ForeignKey("rounds.year"), nullable=False),
    *_given_texts("institution"),
    Column("submission", WORDS, ForeignKey("submissions.id")),
    *_given_texts("act", "actor"),
    Column("at", UtcTime, nullable=False),
    *_given_texts("reason"),
    Column("facts", JsonText, nullable=False),
    Index("ix_round_events_year", "year", "institution"),
)

explanation_messages = Table(
    "explanation_messages",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("institution", WORDS, ForeignKey("institutions.code"), nullable=False),
    *_given_texts("rule", "field", "row_key"),
    Column("submission", WORDS, ForeignKey("submissions.id"), nullable=False),
    *_given_texts("act", "text", "by"),
    Column("at", UtcTime, nullable=False),
    Index("ix_explanation_messages_institution", "institution"),
)

users = Table(
    "users",
    metadata,
    *_keys("id"),
    *_given_texts("role"),
    Column("institutions", JsonText),
    *_given_texts("state", "source"),
    *_words("issuer", "subject"),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("issuer", "subject"),
)

invitations = Table(
    "invitations",
    metadata,
    *_keys("code_hash"),
    Column("user", WORDS, ForeignKey("users.id"), nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("used_at", UtcTime),
)

sessions = Table(
    "sessions",
    metadata,
    *_keys("id"),
    Column("user", WORDS, ForeignKey("users.id"), nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
)

kept_frames = Table(
    "kept_frames",
    metadata,
    *_keys("kind"),
    Column("year", Integer, primary_key=True, autoincrement=False),
    *_given_texts("edition"),
    Column("states", JsonText, nullable=False),
    Column("rows", LargeBinary, nullable=False),
)

plans = Table(
    "plans",
    metadata,
    Column("institution", WORDS, ForeignKey("institutions.code"), primary_key=True),
    *_keys("indicator", "level"),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("year", Integer, nullable=False),
    Column("steps", JsonText, nullable=False),
    *_given_texts("by"),
    Column("at", UtcTime, nullable=False),
)

erasures = Table(
    "erasures",
    metadata,
    _of_submission(),
    *_given_texts("reason"),
    Column("at", UtcTime, nullable=False),
)
