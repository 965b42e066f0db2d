"""Explanations of points to check: one for each institution, rule, field and row, with the values it holds for.

A new one takes the place of the one before; one that is taken back stays, marked so, and explains nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, insert, select

from app.access import Actor
from app.storage.audit import Act, record
from app.storage.column_types import storable
from app.storage.database import tables
from app.storage.database.connection import writing
from app.storage.problems import UNKNOWN_SUBMISSION, StoreError
from schemas.explanations.explanation import Explanation

GIVEN, WITHDRAWN = "given", "withdrawn"
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


def _kept_where(connection: Connection, condition: ColumnElement[bool]) -> list[Kept]:
    table, owner = tables.explanations, tables.submissions
    query = select(table, owner.c.year).join(owner, owner.c.id == table.c.from_submission)
    query = query.where(condition).order_by(*(table.c[name] for name in KEY))
    return [_kept(dict(row)) for row in connection.execute(query).mappings()]


def _kept(row: Mapping[str, Any]) -> Kept:
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


def keep_explanations(engine: Engine, submission: str, given: Sequence[Explanation], actor: Actor) -> list[Kept | None]:
    """Keeps explanations given for a submission, all or none; returns what stood in the place of each before.

    Raises StoreError for an unknown submission or institution.
    """
    with writing(engine) as connection:
        before = [_standing(connection, one) for one in given]
        for one in given:
            _put(connection, one, GIVEN, submission)
            _record(connection, actor, "explain", one, submission)
    return before


def put_from_sheet(connection: Connection, submission: str, year: int, said: Sequence[Explanation]) -> int:
    """Adds the explanations on the sheet of an upload; those that stand so since this round are left. How many."""
    fresh = [one for one in said if not _stands(connection, one, year)]
    for one in fresh:
        _put(connection, one, GIVEN, submission)
    return len(fresh)


def withdraw(engine: Engine, kept: Kept, actor: Actor) -> None:
    """Takes an explanation back; its text stays."""
    with writing(engine) as connection:
        _put(connection, kept.explanation, WITHDRAWN, kept.from_submission)
        _record(connection, actor, "take_back", kept.explanation, kept.from_submission)


def restore(engine: Engine, now: Kept, before: Kept | None, actor: Actor) -> None:
    """Puts back what stood before ``now``; where nothing did, ``now`` is taken back."""
    earlier = before or replace(now, state=WITHDRAWN)
    with writing(engine) as connection:
        _put(connection, earlier.explanation, earlier.state, earlier.from_submission)
        _record(connection, actor, "undo", earlier.explanation, earlier.from_submission)


def _record(connection: Connection, actor: Actor, act: Act, one: Explanation, submission: str) -> None:
    where = {"institution": one.institution, "submission": submission}
    record(connection, actor, act, one.rule, **where, field=one.field, row_key=one.row_key)


def _place(one: Explanation) -> ColumnElement[bool]:
    table = tables.explanations
    return and_(*(table.c[name] == getattr(one, name) for name in KEY))


def _standing(connection: Connection, one: Explanation) -> Kept | None:
    return next(iter(_kept_where(connection, _place(one))), None)


def _stands(connection: Connection, one: Explanation, year: int) -> bool:
    kept = _standing(connection, one)
    return kept is not None and (kept.state, kept.year, kept.explanation.text) == (GIVEN, year, one.text)


def _put(connection: Connection, one: Explanation, state: str, submission: str) -> None:
    table = tables.explanations
    connection.execute(delete(table).where(_place(one)))
    row = {name: getattr(one, name) for name in (*KEY, "value_low", "value_high")}
    texts = {"text": storable(one.text), "by": storable(one.office)}
    connection.execute(insert(table), {**row, **texts, "state": state, "from_submission": submission})
