"""Points to check and what is said about them: listed for a submission, explained in place, taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, cast

from app.access import Actor, demand
from app.rounds.review import demand_may_explain
from app.storage.explanations import (
    GIVEN,
    STANDING,
    Kept,
    keep_explanations,
    kept_explanations,
    owner_of,
    restore,
    state_of_point,
    withdraw,
)
from app.storage.store import Store
from schemas.explanations.explanation import Explanation, number_of, value_range
from schemas.rules.finding import finding_id

State = Literal["open", "offered", "explained", "returned"]
LONGEST, LONGEST_OFFICE = 1000, 60  # as on the sheet 説明


@dataclass(frozen=True)
class Point:
    """A point to check of a submission.

    ``text`` and ``office`` are what was said: now (``explained``), last time (``offered``), before it was taken back
    (``open``), or before it was ``returned`` with a question; empty where nothing was.
    """

    finding: Mapping[str, Any]
    state: State
    text: str = ""
    office: str = ""


def points_of(store: Store, submission: str) -> list[Point]:
    """The points to check of a submission in their order, each with what is said about it."""
    found = [finding for finding in store.findings(submission) if finding["severity"] == "check"]
    if not found:
        return []
    institution, year = owner_of(store.engine, submission)
    kept = {finding_id(*one.key[1:]): one for one in kept_explanations(store.engine, institution)}
    numbers = _numbers(store, submission)
    return [_point(finding, kept.get(finding["id"]), year, numbers) for finding in found]


def _point(finding: Mapping[str, Any], kept: Kept | None, year: int, numbers: Mapping[tuple[str, str], str]) -> Point:
    state = state_of_point(kept, _number(finding, numbers), year)
    if kept is None or not kept.explanation.holds_for(_number(finding, numbers)):
        return Point(finding, "open")
    return Point(finding, cast(State, state), kept.explanation.text, kept.explanation.office)


def _numbers(store: Store, submission: str) -> dict[tuple[str, str], str]:
    """The normalised text of every answer by field and row key."""
    answers = store.answers(submission)[["field", "row_key", "normalised"]].fillna("")
    return {(field, key): text for field, key, text in answers.itertuples(index=False, name=None)}


def _number(finding: Mapping[str, Any], numbers: Mapping[tuple[str, str], str]) -> Any:
    return number_of(numbers.get((finding["field"], finding["row_key"]), ""), finding["value"])


@dataclass(frozen=True)
class ExplanationStep:
    """One explanation given or taken back, with what stood before it, so that it can be undone."""

    now: Kept
    before: Kept | None


def explain(
    store: Store, actor: Actor, submission: str, finding: Mapping[str, Any], text: str, office: str
) -> ExplanationStep:
    """Keeps what was said about a point to check of a submission.

    Raises Forbidden, ValueError without a text, StoreError where the round is closed or the form signed off.
    """
    institution, year = owner_of(store.engine, submission)
    demand(actor, "upload", institution)
    if not text.strip():
        raise ValueError("an explanation needs a text")
    low, high = value_range(_number(finding, _numbers(store, submission)))
    words = finding["rule"], finding["field"], finding["row_key"]
    said = text.strip()[:LONGEST], office.strip()[:LONGEST_OFFICE]
    made = Explanation(institution, *words, *said, "", low, high)
    _demand_open(store, institution, year, submission)
    (before,) = keep_explanations(store.engine, submission, [made], actor)
    return ExplanationStep(Kept(made, GIVEN, submission, year), before)


def take_back(store: Store, actor: Actor, submission: str, finding: Mapping[str, Any]) -> ExplanationStep | None:
    """Takes back what was said about a point to check; None where nothing was. Raises Forbidden."""
    institution, year = owner_of(store.engine, submission)
    demand(actor, "upload", institution)
    every = {finding_id(*one.key[1:]): one for one in kept_explanations(store.engine, institution)}
    standing = every.get(finding["id"])
    if standing is None:
        return None
    _demand_open(store, institution, year, submission)
    withdraw(store.engine, standing, actor)
    return ExplanationStep(standing, standing)


def undo(store: Store, actor: Actor, step: ExplanationStep) -> None:
    """Puts things back as they were before a step. Raises Forbidden."""
    demand(actor, "upload", step.now.key[0])
    _demand_open(store, step.now.key[0], step.now.year, step.now.from_submission)
    restore(store.engine, step.now, step.before, actor)


def _demand_open(store: Store, institution: str, year: int, submission: str) -> None:
    """Raises StoreError where the round has settled what was said about a submission."""
    with store.engine.connect() as connection:
        demand_may_explain(connection, institution, year, submission, datetime.now(UTC))


def as_sent(store: Store, institution: str) -> list[dict[str, Any]]:
    """The explanations of an institution that stand, as plain data for the worker."""
    return [kept.as_sent() for kept in kept_explanations(store.engine, institution) if kept.state in STANDING]


def texts_of(store: Store, submission: str) -> dict[str, str]:
    """What was said about the points to check of a submission, by finding id; for the form of the next round."""
    return {str(p.finding["id"]): p.text for p in points_of(store, submission) if p.state == "explained"}
