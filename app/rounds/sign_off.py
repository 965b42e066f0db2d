"""Sign-off by an approver, its withdrawal, and the ministry's answer: accepted, or returned with a reason.

Each is one transaction that looks at the state it finds: of two people who act at once one wins, the other is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from app.rounds.moments import END_OF_WORK, JAPAN
from app.rounds.round_control import give_time, need_body
from app.rounds.round_errors import RoundError
from app.rounds.round_events import RoundEvent, record_event
from app.rounds.round_record import Body, Round, need_round
from app.rounds.submission_states import (
    ACCEPTED,
    PUBLISHED,
    READY,
    RETURNED,
    SIGNED_OFF,
    SignOff,
    SubmissionLine,
    lines_of,
)
from app.storage.database import tables
from app.storage.database.connection import write_transaction
from app.storage.explanations import ACCEPTED as EXPLANATION_ACCEPTED
from app.storage.explanations import GIVEN, answer_explanation, explanations_for
from app.storage.problems import UNKNOWN_SUBMISSION, StoreError
from app.storage.store import Store
from app.storage.versions import CURRENT

LONGEST_NAME, LONGEST_REASON = 80, 1000
TIME_TO_ANSWER = timedelta(days=14)


@dataclass(frozen=True)
class Case:
    """A submission with its round, its body and its state, as a step on it finds them."""

    round: Round
    body: Body
    line: SubmissionLine


def sign_off(store: Store, actor: str, now: datetime, submission: str, *, name: str, office: str = "") -> SignOff:
    """Signs off the current version of a form: name, office, moment, and the hash of the workbook are kept.

    Raises RoundError without a name; where the version was replaced meanwhile, has errors or points that are not
    explained, was signed off already, or the round is closed.
    """
    if not name.strip():
        raise RoundError("name_needed")
    with write_transaction(store.engine) as connection:
        case = case_of(connection, submission)
        _demand_open(case, now, "sign")
        line = case.line
        if line.state in (SIGNED_OFF, ACCEPTED, PUBLISHED) and line.sign_off is not None:
            raise RoundError(f"signed_{line.state}", name=line.sign_off.name, at=line.sign_off.at)
        if line.state not in (READY, RETURNED) or line.open_points:
            key = "to_explain" if line.state == RETURNED else line.state
            raise RoundError(f"not_ready_{key}", n=line.open_points)
        if line.state == RETURNED and _status(connection, submission) == "error":
            raise RoundError("not_ready_errors", n=0)
        facts: dict[str, object] = {
            "name": name.strip()[:LONGEST_NAME],
            "office": office.strip()[:LONGEST_NAME],
            "sha256": line.sha256,
        }
        facts |= {"form": line.form, "unit": line.unit, "version": line.sequence}
        _record(connection, case, "signed_off", actor, now, facts=facts)
    return SignOff(str(facts["name"]), str(facts["office"]), now, line.sha256, actor)


def _status(connection: Connection, submission: str) -> str:
    table = tables.submissions
    return str(connection.scalar(select(table.c.status).where(table.c.id == submission)))


def withdraw_sign_off(store: Store, actor: str, now: datetime, submission: str, *, reason: str) -> None:
    """Takes a sign-off back, until the deadline and before the ministry has accepted it. Raises RoundError."""
    with write_transaction(store.engine) as connection:
        case = case_of(connection, submission)
        if case.line.state != SIGNED_OFF:
            raise RoundError(f"withdraw_{case.line.state if case.line.sign_off else 'nothing'}")
        _demand_open(case, now, "withdraw")
        _record(connection, case, "withdrawn", actor, now, reason)


def accept(store: Store, actor: str, now: datetime, submission: str) -> None:
    """The ministry accepts a form that is signed off, and with it the explanations it has not answered yet.

    Raises RoundError for one that is not signed off.
    """
    with write_transaction(store.engine) as connection:
        case = case_of(connection, submission)
        if case.line.state != SIGNED_OFF:
            raise RoundError("accept_again" if case.line.state in (ACCEPTED, PUBLISHED) else "accept_unsigned")
        for kept in explanations_for(connection, submission):
            if kept.state == GIVEN:
                answer_explanation(connection, kept, EXPLANATION_ACCEPTED, "", actor, now)
        assert case.line.sign_off is not None
        facts: dict[str, object] = {"sha256": case.line.sha256, "signed_by": case.line.sign_off.name}
        _record(connection, case, "accepted", actor, now, facts=facts)


def return_submission(
    store: Store, actor: str, now: datetime, submission: str, *, reason: str, until: datetime | None = None
) -> datetime | None:
    """The ministry returns a form with a reason; a sign-off ends with it, and it is open for its institution again.

    Returns until when, where the round is not open for all: ``until``, else 17:00 two weeks from now. Raises
    RoundError without a reason, and for a form that was returned or published.
    """
    with write_transaction(store.engine) as connection:
        case = case_of(connection, submission)
        return return_case(connection, case, actor, now, reason, until)


def return_case(
    connection: Connection, case: Case, actor: str, now: datetime, reason: str, until: datetime | None
) -> datetime | None:
    """As ``return_submission``, inside a transaction."""
    if not reason.strip():
        raise RoundError("reason_needed")
    refuse_too_long(reason.strip())
    if case.line.state == PUBLISHED:
        raise RoundError("return_published", year=case.round.year)
    phase = case.round.phase(now)
    opened: datetime | None = None
    if phase != "open":
        opened = until or datetime.combine((now + TIME_TO_ANSWER).astimezone(JAPAN).date(), END_OF_WORK, JAPAN)
        if opened <= now:
            raise RoundError("deadline_over", closes=opened)
        give_time(connection, case.round.year, case.body.institution, opened)
    facts: dict[str, object] = {} if opened is None else {"until": opened.isoformat()}
    _record(connection, case, "returned", actor, now, reason.strip(), facts)
    return opened


def refuse_too_long(told: str) -> None:
    """Raises RoundError for words that would have to be cut, so that the other side reads half of them."""
    if len(told) > LONGEST_REASON:
        raise RoundError("reason_too_long", n=LONGEST_REASON)


def _demand_open(case: Case, now: datetime, what: str) -> None:
    phase = case.round.phase(now)
    if not case.body.is_open(phase, now):
        raise RoundError(f"{what}_{phase}", year=case.round.year, closes=case.round.closes, opens=case.round.opens)


def case_of(connection: Connection, submission: str) -> Case:
    """A current submission in its round. Raises RoundError for one that was replaced, StoreError for an unknown."""
    table = tables.submissions
    row = connection.execute(select(table).where(table.c.id == submission)).mappings().first()
    if row is None:
        raise StoreError(UNKNOWN_SUBMISSION)
    found = need_round(connection, row["year"])
    body = need_body(connection, row["year"], row["institution"])
    if row["state"] != CURRENT:
        raise RoundError("replaced", version=row["sequence"])
    lines = lines_of(connection, row["year"], row["institution"])
    line = next((line for line in lines if line.submission == submission), None)
    if line is None:
        raise RoundError("not_of_record", form=row["form"])
    return Case(found, body, line)


def _record(
    connection: Connection,
    case: Case,
    act: str,
    actor: str,
    now: datetime,
    reason: str = "",
    facts: dict[str, object] | None = None,
) -> None:
    line = case.line
    event = RoundEvent(case.round.year, act, actor, now, line.institution, line.submission, reason, facts or {})
    record_event(connection, event)
