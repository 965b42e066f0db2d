"""Explanations of points to check: one for each institution, rule, field and row, with the values it holds for.

A new one takes the place of the one before; one that is taken back stays, marked so, and explains nothing. Whatever
was said, and what the collector answered, is a message of its thread and stays. One that the collector accepted stands;
one that was returned with a question explains nothing until another is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, func, insert, select

from app.access import Actor
from app.storage.audit import Act, record
from app.storage.column_types import storable
from app.storage.database import tables
from app.storage.database.connection import write_transaction
from app.storage.problems import UNKNOWN_SUBMISSION, StoreError
from schemas.explanations.explanation import Explanation

GIVEN, WITHDRAWN, ACCEPTED, RETURNED = "given", "withdrawn", "accepted", "returned"
STANDING = (GIVEN, ACCEPTED)
EXPLAINED, PUT_BACK = "explained", "put_back"  # acts of a message beside the last three states
KEY = ("institution", "rule", "field", "row_key")


@dataclass(frozen=True)
class Kept:
    """An explanation as the store keeps it: who answers for it, its state, and the submission it was given for.

    ``year`` is the round of that submission. ``explanation.office`` is kept as ``by``.
    """

    explanation: Explanation
    state: str
    from_submission: str
    year: int

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Institution, rule, field and row key."""
        one = self.explanation
        return one.institution, one.rule, one.field, one.row_key

    def as_sent(self) -> dict[str, Any]:
        """The explanation as plain data with its year, as ``app.submission.given_explanations`` takes it."""
        return {**self.explanation.as_json(), "year": self.year}


def state_of_point(kept: Kept | None, number: Decimal | None, year: int) -> str:
    """How a point to check stands, whose number is ``number``, in a round.

    ``explained`` in it; ``offered`` in an earlier one; ``returned`` with a question; ``open`` otherwise.
    """
    if kept is None or not kept.explanation.holds_for(number):
        return "open"
    if kept.state not in STANDING:
        return RETURNED if kept.state == RETURNED else "open"
    return "explained" if kept.year == year else "offered"


def owner_of(engine: Engine, submission: str) -> tuple[str, int]:
    """Institution and year of a submission. Raises StoreError for an unknown one."""
    table = tables.submissions
    with engine.connect() as connection:
        row = connection.execute(select(table.c.institution, table.c.year).where(table.c.id == submission)).first()
    if row is None:
        raise StoreError(UNKNOWN_SUBMISSION)
    return str(row[0]), int(row[1])


def kept_explanations(engine: Engine, institution: str) -> list[Kept]:
    """Every explanation of an institution, also those taken back, by rule, field and row."""
    with engine.connect() as connection:
        return _kept_where(connection, tables.explanations.c.institution == institution)


def explanations_for(connection: Connection, submission: str) -> list[Kept]:
    """The explanations that were given for the round of a submission about points that it has."""
    table, found, owner = tables.explanations, tables.findings, tables.submissions
    own = connection.execute(select(owner.c.institution, owner.c.year).where(owner.c.id == submission)).one()
    asked = select(found.c.rule, found.c.field, found.c.row_key).where(
        found.c.submission == submission, found.c.severity == "check"
    )
    points = {tuple(row) for row in connection.execute(asked)}
    kept = _kept_where(connection, table.c.institution == own.institution)
    return [one for one in kept if one.key[1:] in points and one.year == own.year]


def _kept_where(connection: Connection, condition: ColumnElement[bool]) -> list[Kept]:
    table, owner = tables.explanations, tables.submissions
    query = select(table, owner.c.year).join(owner, owner.c.id == table.c.from_submission)
    query = query.where(condition).order_by(*(table.c[name] for name in KEY))
    return [kept_of_row(row) for row in connection.execute(query).mappings()]


def kept_of_row(row: Mapping[Any, Any]) -> Kept:
    """What a row of explanations, with the year of its submission, keeps."""
    one = Explanation(
        institution=str(row["institution"]),
        rule=str(row["rule"]),
        field=str(row["field"]),
        row_key=str(row["row_key"]),
        text=str(row["text"]),
        office=str(row["by"]),
        choice="",
        value_low=_decimal(row["value_low"]),
        value_high=_decimal(row["value_high"]),
    )
    return Kept(one, row["state"], row["from_submission"], int(row["year"]))


def _decimal(text: str | None) -> Decimal | None:
    if text is None:
        return None
    exact = Fraction(text)
    return Decimal(exact.numerator) / Decimal(exact.denominator)


def keep_explanations(
    engine: Engine, submission: str, given: Sequence[Explanation], actor: Actor, at: datetime | None = None
) -> list[Kept | None]:
    """Keeps explanations given for a submission, all or none; returns what stood in the place of each before.

    Raises StoreError for an unknown submission or institution.
    """
    with write_transaction(engine) as connection:
        before = [find_standing(connection, one) for one in given]
        for one in given:
            _put(connection, one, GIVEN, submission)
            _say(connection, one, EXPLAINED, submission, one.text, one.office, at)
            _record(connection, actor, "explain", one, submission)
    return before


def put_from_sheet(
    connection: Connection, submission: str, year: int, said: Sequence[Explanation], at: datetime | None = None
) -> int:
    """Adds the explanations on the sheet of an upload; those that stand so since this round are left. How many.

    So are those that were returned with a question: the same text again is no answer to it.
    """
    fresh = [one for one in said if not _stands(connection, one, year)]
    for one in fresh:
        _put(connection, one, GIVEN, submission)
        _say(connection, one, EXPLAINED, submission, one.text, one.office, at)
    return len(fresh)


def withdraw(engine: Engine, kept: Kept, actor: Actor, at: datetime | None = None) -> None:
    """Takes an explanation back; its text stays."""
    with write_transaction(engine) as connection:
        _put(connection, kept.explanation, WITHDRAWN, kept.from_submission)
        _say(connection, kept.explanation, WITHDRAWN, kept.from_submission, "", kept.explanation.office, at)
        _record(connection, actor, "take_back", kept.explanation, kept.from_submission)


def restore(engine: Engine, now: Kept, before: Kept | None, actor: Actor, at: datetime | None = None) -> None:
    """Puts back what stood before ``now``; where nothing did, ``now`` is taken back."""
    earlier = before or replace(now, state=WITHDRAWN)
    one = earlier.explanation
    with write_transaction(engine) as connection:
        _put(connection, one, earlier.state, earlier.from_submission)
        act, text = (WITHDRAWN, "") if before is None else (PUT_BACK, one.text)
        _say(connection, one, act, now.from_submission, text, one.office, at)
        _record(connection, actor, "undo", earlier.explanation, earlier.from_submission)


def _record(connection: Connection, actor: Actor, act: Act, one: Explanation, submission: str) -> None:
    where = {"institution": one.institution, "submission": submission}
    record(connection, actor, act, one.rule, **where, field=one.field, row_key=one.row_key)


def answer_explanation(connection: Connection, kept: Kept, state: str, text: str, by: str, at: datetime) -> None:
    """The collector accepts an explanation (``ACCEPTED``) or returns it with a question (``RETURNED``)."""
    _put(connection, kept.explanation, state, kept.from_submission)
    _say(connection, kept.explanation, state, kept.from_submission, text, by, at)


@dataclass(frozen=True)
class ThreadMessage:
    """One message of a thread about a point: what was done (``act``), in which words, by whom, when."""

    rule: str
    field: str
    row_key: str
    submission: str
    act: str
    text: str
    by: str
    at: datetime

    @property
    def is_collectors(self) -> bool:
        """Whether the collector said it."""
        return self.act in (ACCEPTED, RETURNED)


def threads_of(engine: Engine, institution: str) -> dict[tuple[str, str, str], list[ThreadMessage]]:
    """The messages about each point of an institution, by rule, field and row, in their order."""
    table = tables.explanation_messages
    query = select(table).where(table.c.institution == institution).order_by(table.c.number)
    found: dict[tuple[str, str, str], list[ThreadMessage]] = {}
    with engine.connect() as connection:
        for row in connection.execute(query).mappings():
            key = str(row["rule"]), str(row["field"]), str(row["row_key"])
            submission, act, text, by = (str(row[name]) for name in ("submission", "act", "text", "by"))
            found.setdefault(key, []).append(ThreadMessage(*key, submission, act, text, by, row["at"]))
    return found


def _say(
    connection: Connection, one: Explanation, act: str, submission: str, text: str, by: str, at: datetime | None
) -> None:
    table = tables.explanation_messages
    number = (connection.scalar(select(func.max(table.c.number))) or 0) + 1
    words = {"act": act, "text": storable(text), "by": storable(by), "at": at or datetime.now(UTC)}
    key = {name: getattr(one, name) for name in KEY}
    connection.execute(insert(table), {"number": number, "submission": submission, **key, **words})


def _condition(one: Explanation) -> ColumnElement[bool]:
    table = tables.explanations
    return and_(*(table.c[name] == getattr(one, name) for name in KEY))


def find_standing(connection: Connection, one: Explanation) -> Kept | None:
    """What is kept in the place of an explanation, whatever its state."""
    return next(iter(_kept_where(connection, _condition(one))), None)


def _stands(connection: Connection, one: Explanation, year: int) -> bool:
    kept = find_standing(connection, one)
    if kept is None or kept.state == WITHDRAWN:
        return False
    return (kept.year, kept.explanation.text) == (year, one.text)


def _put(connection: Connection, one: Explanation, state: str, submission: str) -> None:
    table = tables.explanations
    connection.execute(delete(table).where(_condition(one)))
    row = {name: getattr(one, name) for name in (*KEY, "value_low", "value_high")}
    texts = {"text": storable(one.text), "by": storable(one.office)}
    connection.execute(insert(table), {**row, **texts, "state": state, "from_submission": submission})
