"""Column types that keep what a database would lose: exact numbers, lists, and the hour in UTC."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator

# Codes and keys are put in order by their code points in every database, not by a server's language.
WORDS = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def storable(text: str) -> str:
    """``text`` with NUL and half surrogate pairs, which no database here can hold, as U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\x00", "\ufffd")


def exact_text(number: object) -> str:
    """An integer as ``12``, a rational as ``p/q`` in lowest terms; ValueError for an inexact number."""
    if isinstance(number, bool) or (isinstance(number, float) and not number.is_integer()):
        raise ValueError(f"an exact number is needed here, not {type(number).__name__}")
    return str(number if isinstance(number, int | Fraction) else Fraction(str(number)))


class Exact(TypeDecorator[str]):
    """An exact number kept as text: ``12`` or ``p/q`` (a float would lose what a verdict rests on)."""

    impl = WORDS
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:
        return None if value is None else exact_text(value)


class JsonText(TypeDecorator[Any]):
    """Lists and small objects as JSON text, the same in every database."""

    impl = WORDS
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:
        return None if value is None else storable(json.dumps(value, ensure_ascii=False, sort_keys=True))

    def process_result_value(self, value: str | None, dialect: Dialect) -> object:
        if value == "[]":  # most lists are empty, and a panel has many
            return []
        return None if value is None else json.loads(value)


class UtcTime(TypeDecorator[datetime]):
    """A moment, kept in UTC; a time without a zone is refused with ValueError."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time needs its zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)
