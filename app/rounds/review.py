"""The collector's side of explanations: each is accepted, or returned with a question that both sides see.

What is returned reopens its submission; whoever answers writes another explanation, and the form is signed off anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.rounds.round_errors import RoundError
from app.rounds.round_record import find_body, find_round
from app.rounds.sign_off import case_of, refuse_too_long, return_case
from app.rounds.submission_states import ACCEPTED, PUBLISHED, RETURNED, SIGNED_OFF, lines_of
from app.storage.database.connection import write_transaction
from app.storage.explanations import ACCEPTED as EXPLANATION_ACCEPTED
from app.storage.explanations import GIVEN, Kept, ThreadMessage, answer_explanation, explanations_for, threads_of
from app.storage.explanations import RETURNED as EXPLANATION_RETURNED
from app.storage.store import Store
from schemas.rules.finding import finding_id

Point = tuple[str, str, str]  # rule, field, row key


@dataclass(frozen=True)
class ReviewedPoint:
    """A point to check of a submission with what was said about it; ``kept`` is the explanation that is there."""

    finding: Mapping[str, Any]
    kept: Kept | None
    messages: tuple[ThreadMessage, ...]

    @property
    def state(self) -> str:
        """``unexplained``, ``given``, ``accepted``, ``returned`` or ``withdrawn``."""
        return "unexplained" if self.kept is None else self.kept.state


def points_for_review(store: Store, submission: str) -> list[ReviewedPoint]:
    """The points to check of a submission in their order, each with its thread."""
    row = store.submission(submission)
    found = [finding for finding in store.findings(submission) if finding["severity"] == "check"]
    if row is None or not found:
        return []
    with store.engine.connect() as connection:
        kept = {finding_id(*one.key[1:]): one for one in explanations_for(connection, submission)}
    threads = threads_of(store.engine, row["institution"])
    return [
        ReviewedPoint(
            finding,
            kept.get(finding["id"]),
            tuple(threads.get((finding["rule"], finding["field"], finding["row_key"]), ())),
        )
        for finding in found
    ]


def accept_explanation(store: Store, actor: str, now: datetime, submission: str, point: Point, text: str) -> None:
    """Accepts the explanation of a point whose words are ``text``.

    Raises RoundError where it was changed meanwhile, or its submission was replaced.
    """
    with write_transaction(store.engine) as connection:
        case_of(connection, submission)
        kept = _find_kept(connection, submission, point, text, (GIVEN, EXPLANATION_RETURNED))
        answer_explanation(connection, kept, EXPLANATION_ACCEPTED, "", actor, now)


def return_explanation(
    store: Store,
    actor: str,
    now: datetime,
    submission: str,
    point: Point,
    text: str,
    *,
    question: str,
) -> datetime | None:
    """Returns the explanation of a point with a question, and its submission with it.

    Returns until when the round is open for its institution, where it is not open for all. Raises RoundError without a
    question or for one that is too long, where the explanation was changed meanwhile, and for a submission that was
    replaced or published.
    """
    asked = question.strip()
    if not asked:
        raise RoundError("question_needed")
    refuse_too_long(asked)
    with write_transaction(store.engine) as connection:
        case = case_of(connection, submission)
        kept = _find_kept(connection, submission, point, text, (GIVEN, EXPLANATION_ACCEPTED))
        opened = case.body.open_until if case.line.state == RETURNED else None
        if case.line.state != RETURNED:
            opened = return_case(connection, case, actor, now, asked, None)
        answer_explanation(connection, kept, EXPLANATION_RETURNED, asked, actor, now)
    return opened


def _find_kept(connection: Connection, submission: str, point: Point, text: str, states: tuple[str, ...]) -> Kept:
    found = (one for one in explanations_for(connection, submission) if one.key[1:] == point)
    kept = next(found, None)
    if kept is None or kept.explanation.text != text or kept.state not in states:
        raise RoundError("explanation_gone")
    return kept


def demand_may_explain(connection: Connection, institution: str, year: int, submission: str, now: datetime) -> None:
    """Raises RoundError where explanations of a submission are settled: signed off, or its round is closed."""
    found, body = find_round(connection, year), find_body(connection, year, institution)
    if found is None or body is None:
        return
    phase = found.phase(now)
    if not body.is_open(phase, now):
        raise RoundError(f"explain_{phase}", year=year, opens=found.opens, closes=found.closes)
    line = next((one for one in lines_of(connection, year, institution) if one.submission == submission), None)
    if line is not None and line.state in (SIGNED_OFF, ACCEPTED, PUBLISHED):
        raise RoundError("explain_signed")
