"""A round as the store keeps it: its year, forms, population, deadline, frozen edition and state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Engine, select

from app.access import HOLDS_COUNTS, Actor
from app.rounds.round_errors import RoundError
from app.storage.database import tables
from app.texts import listed

OPEN, EXTENDED, CLOSED, PUBLISHED = "open", "extended", "closed", "published"
RUNNING = (OPEN, EXTENDED)
NAMED, ANONYMOUS = PEERS = ("named", "anonymous")  # how institutions see each other
Phase = Literal["not_open", "open", "past", "closed", "published"]


@dataclass(frozen=True)
class Round:
    """One yearly round. ``state`` is what the ministry said last; ``phase`` is what that means at a moment.

    ``peers``: whether institutions see each other by name, or only as quantiles of at least five.
    """

    year: int
    forms: tuple[str, ...]
    form_editions: Mapping[str, str]
    dictionary_hash: str
    catalogue_hash: str
    rules_hash: str
    benchmarks_date: str
    edition_sha256: str
    software: str
    opens: datetime
    closes: datetime
    state: str
    peers: str = NAMED

    def phase(self, now: datetime) -> Phase:
        """Where the round is at a moment; past: the deadline is over, and the ministry has not closed it yet."""
        if self.state == PUBLISHED:
            return "published"
        if self.state == CLOSED:
            return "closed"
        if now < self.opens:
            return "not_open"
        return "open" if now <= self.closes else "past"


@dataclass(frozen=True)
class Body:
    """A body of the round's population, as the register had it when the round was opened.

    ``open_until``: reopened for it alone until then.
    """

    institution: str
    kind: str
    name_ja: str
    name_en: str
    founder: str
    prefecture: str
    open_until: datetime | None = None

    def is_open(self, phase: Phase, now: datetime) -> bool:
        """Whether it may hand in, explain and sign off at a moment."""
        return phase == "open" or (self.open_until is not None and now <= self.open_until)


def find_round(connection: Connection, year: int) -> Round | None:
    """The round of a year, or None."""
    table = tables.rounds
    row = connection.execute(select(table).where(table.c.year == year)).mappings().first()
    return None if row is None else _round(row)


def need_round(connection: Connection, year: int) -> Round:
    """The round of a year. Raises RoundError."""
    found = find_round(connection, year)
    if found is None:
        known = [str(one.year) for one in list_rounds(connection)]
        raise RoundError("none_of_year", year=year, known=listed(known))
    return found


def list_rounds(connection: Connection) -> list[Round]:
    """Every round, the latest first."""
    table = tables.rounds
    return [_round(row) for row in connection.execute(select(table).order_by(table.c.year.desc())).mappings()]


def hides_peers(engine: Engine, actor: Actor, year: int) -> bool:
    """Whether ``actor`` sees the other institutions of a year as quantiles only; the ministry sees them by name."""
    if actor.role in HOLDS_COUNTS:
        return False
    with engine.connect() as connection:
        found = find_round(connection, year)
    return found is not None and found.peers == ANONYMOUS


def rounds_of(engine: Engine) -> list[Round]:
    """Every round of a store, the latest first."""
    with engine.connect() as connection:
        return list_rounds(connection)


def _round(row: Mapping[Any, Any]) -> Round:
    return Round(**{**row, "forms": tuple(row["forms"])})


def find_body(connection: Connection, year: int, institution: str) -> Body | None:
    """A body of the population of a round, or None."""
    table = tables.round_bodies
    wanted = (table.c.year == year, table.c.institution == institution)
    row = connection.execute(select(table).where(*wanted)).mappings().first()
    return None if row is None else _body(row)


def population_of(connection: Connection, year: int) -> list[Body]:
    """The population of a round, by code."""
    table = tables.round_bodies
    query = select(table).where(table.c.year == year).order_by(table.c.institution)
    return [_body(row) for row in connection.execute(query).mappings()]


def _body(row: Mapping[Any, Any]) -> Body:
    return Body(**{name: value for name, value in row.items() if name != "year"})
