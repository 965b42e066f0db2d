"""What was done in a round, one line for each act, in their order; nothing is ever changed or removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from app.access import Actor
from app.storage.audit import Act, record
from app.storage.column_types import storable
from app.storage.database import tables


@dataclass(frozen=True)
class RoundEvent:
    """One act: what was done by whom and when, for which institution and submission, and why.

    ``institution`` is empty for an act that concerns the whole round.
    """

    year: int
    act: str
    actor: str
    at: datetime
    institution: str = ""
    submission: str | None = None
    reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    number: int = 0


NOT_LOGGED = ("name", "office", "signed_by")  # the log holds no names beside those of who acted
LOGGED: Mapping[str, Act] = {
    "opened": "round_open",
    "extended": "round_extend",
    "closed": "round_close",
    "reopened": "round_reopen",
    "round_published": "round_publish",
    "published": "round_publish",
    "signed_off": "sign_off",
    "withdrawn": "withdraw_sign_off",
    "voided": "void_sign_off",
    "accepted": "accept",
    "returned": "return",
    "downloaded": "download",
}


def record_event(connection: Connection, event: RoundEvent) -> None:
    """Adds an act to those of its round and to the log of the store, in the transaction that does it.

    ``actor`` is the signature of whoever did it.
    """
    table = tables.round_events
    number = (connection.scalar(select(func.max(table.c.number))) or 0) + 1
    words = {name: storable(getattr(event, name)) for name in ("institution", "act", "actor", "reason")}
    own = {"number": number, "year": event.year, "submission": event.submission, "at": event.at}
    connection.execute(insert(table), {**own, **words, "facts": dict(event.facts)})
    if event.act in LOGGED:
        where = {"institution": event.institution or None, "submission": event.submission}
        facts = {name: value for name, value in event.facts.items() if name not in NOT_LOGGED}
        subject = event.submission or str(event.year)
        reason = event.reason or None
        actor = Actor.from_signature(event.actor)
        record(connection, actor, LOGGED[event.act], subject, **where, year=event.year, reason=reason, **facts)


def events_of(connection: Connection, year: int, institution: str | None = None) -> list[RoundEvent]:
    """The acts of a round in their order; of one institution where it is given."""
    table = tables.round_events
    query = select(table).where(table.c.year == year)
    if institution is not None:
        query = query.where(table.c.institution == institution)
    return [RoundEvent(**row) for row in connection.execute(query.order_by(table.c.number)).mappings()]
