"""How far each form of a round has come: uploaded, errors, to explain, ready, signed off, accepted, published.

A form whose sign-off is withdrawn, or replaced by another version, is again what its findings make it. One that the
ministry returned stays so until another version comes or it is signed off anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, and_, select

from app.rounds.round_events import RoundEvent, events_of
from app.rounds.round_record import find_round
from app.storage.database import tables
from app.storage.explanations import kept_of_row, state_of_point
from app.storage.tasks import REEVALUATE
from app.storage.versions import CURRENT, submissions_of_record
from schemas.dictionary.dictionary import CENTRE
from schemas.explanations.explanation import number_of

NONE, UPLOADED, ERRORS, TO_EXPLAIN, READY = "none", "uploaded", "errors", "to_explain", "ready"
SIGNED_OFF, ACCEPTED, RETURNED, PUBLISHED = "signed_off", "accepted", "returned", "published"
STATES = (NONE, UPLOADED, ERRORS, TO_EXPLAIN, READY, RETURNED, SIGNED_OFF, ACCEPTED, PUBLISHED)  # least first
HANDED_ON = (SIGNED_OFF, ACCEPTED, PUBLISHED)
_BY_ACT: Mapping[str, str | None] = {
    "signed_off": SIGNED_OFF,
    "withdrawn": None,
    "voided": None,
    "accepted": ACCEPTED,
    "returned": RETURNED,
    "published": PUBLISHED,
}


@dataclass(frozen=True)
class SignOff:
    """Who signed off a workbook (its SHA-256), in which office, when."""

    name: str
    office: str
    at: datetime
    sha256: str
    by: str

    def as_json(self) -> dict[str, str]:
        """Name, office, moment and hash."""
        moment = self.at.isoformat(timespec="seconds")
        return {"name": self.name, "office": self.office, "at": moment, "sha256": self.sha256}


@dataclass(frozen=True)
class SubmissionLine:
    """A current form of a round: its version, state and what is open.

    ``open_points`` are points to check that are not explained; ``questions`` those whose explanation was returned.
    ``sign_off`` stands; ``reason`` is why the form was returned. ``was_published``: an earlier version of it was.
    """

    institution: str
    form: str
    unit: str
    submission: str
    sequence: int
    sha256: str
    received_at: datetime
    by: str
    state: str
    open_points: int = 0
    questions: int = 0
    sign_off: SignOff | None = None
    reason: str = ""
    was_published: bool = False


def lines_of(connection: Connection, year: int, institution: str | None = None) -> list[SubmissionLine]:
    """The current forms that count in a round, by institution: the one that speaks, and those of centres."""
    rows = _rows(connection, year, institution)
    if not rows:
        return []
    points = _open_points(connection, year, institution)
    pending = set(connection.scalars(select(tables.tasks.c.submission).where(tables.tasks.c.kind == REEVALUATE)))
    acts: dict[str, list[RoundEvent]] = defaultdict(list)
    published = set()
    submissions = {row["id"]: row for row in rows}
    for event in events_of(connection, year, institution):
        if event.submission is not None and event.act in _BY_ACT:
            acts[event.submission].append(event)
            if event.act == "published":
                published.add((event.institution, event.facts["form"], event.facts["unit"]))
    return [
        _line(row, acts.get(key, []), points.get(key, (0, 0)), key in pending, published)
        for key, row in submissions.items()
    ]


def institutions_that_came(connection: Connection, year: int, forms: Collection[str]) -> set[str]:
    """The institutions with a current form of a year, of one of some forms."""
    table = tables.submissions
    query = select(table.c.institution).where(
        table.c.year == year, table.c.state == CURRENT, table.c.form.in_(list(forms))
    )
    return set(connection.scalars(query.distinct()))


def _rows(connection: Connection, year: int, institution: str | None) -> Sequence[Mapping[Any, Any]]:
    table = tables.submissions
    counted = (table.c.form == CENTRE) | table.c.id.in_(submissions_of_record(institution, year))
    query = select(table).where(table.c.year == year, table.c.state == CURRENT, counted)
    if institution is not None:
        query = query.where(table.c.institution == institution)
    order = (table.c.institution, table.c.form == CENTRE, table.c.unit)
    return connection.execute(query.order_by(*order)).mappings().all()


def _line(
    row: Mapping[Any, Any],
    acts: Sequence[RoundEvent],
    points: tuple[int, int],
    is_pending: bool,
    published: set[tuple[str, str, str]],
) -> SubmissionLine:
    standing, sign_off, reason = _fold(acts)
    by_findings = _state_of(row["status"], points, is_pending)
    return SubmissionLine(
        row["institution"], row["form"], row["unit"], row["id"], row["sequence"], row["sha256"], row["received_at"],
        row["by"], standing or by_findings, *points, sign_off, reason,
        (row["institution"], row["form"], row["unit"]) in published,
    )  # fmt: skip


def _fold(acts: Sequence[RoundEvent]) -> tuple[str | None, SignOff | None, str]:
    """What the acts on a version have come to: its state, its sign-off, and why it was returned."""
    standing: str | None = None
    sign_off, reason = None, ""
    for event in acts:
        standing = _BY_ACT[event.act]
        reason = event.reason if standing == RETURNED else ""
        if event.act == "signed_off":
            facts = event.facts
            sign_off = SignOff(facts["name"], facts["office"], event.at, facts["sha256"], event.actor)
        elif standing not in HANDED_ON:
            sign_off = None
    return standing, sign_off, reason


def folded_acts(connection: Connection, year: int, institution: str) -> dict[str, tuple[str | None, SignOff | None]]:
    """What the acts on each version of an institution's forms have come to, and its sign-off, by submission."""
    acts: dict[str, list[RoundEvent]] = defaultdict(list)
    for event in events_of(connection, year, institution):
        if event.submission is not None and event.act in _BY_ACT:
            acts[event.submission].append(event)
    return {submission: _fold(events)[:2] for submission, events in acts.items()}


def sign_off_of(engine: Engine, submission: str) -> SignOff | None:
    """The sign-off that stands for a version, or None; one that was replaced has none."""
    table = tables.submissions
    with engine.connect() as connection:
        row = connection.execute(select(table).where(table.c.id == submission)).mappings().first()
        if row is None or find_round(connection, row["year"]) is None:
            return None
        state, sign_off = folded_acts(connection, row["year"], row["institution"]).get(submission, (None, None))
    return sign_off if state in HANDED_ON else None


def published_submission(engine: Engine, institution: str, year: int) -> str | None:
    """The version of an institution's form that was published last in the round of a year, or None.

    Of its forms the one for the whole institution; that of a centre only where there is no other.
    """
    with engine.connect() as connection:
        acts = [event for event in events_of(connection, year, institution) if event.act == "published"]
    acts.sort(key=lambda event: (event.facts["form"] != CENTRE, event.number))
    return acts[-1].submission if acts else None


def _state_of(status: str, points: tuple[int, int], is_pending: bool) -> str:
    if is_pending:
        return UPLOADED
    if status == "error":
        return ERRORS
    return TO_EXPLAIN if points[0] else READY


def _open_points(connection: Connection, year: int, institution: str | None) -> dict[str, tuple[int, int]]:
    """By submission how many points to check are not explained, and how many explanations were returned."""
    found, owner, said, answer = tables.findings, tables.submissions, tables.explanations, tables.answers
    given_for = owner.alias()
    key = ("rule", "field", "row_key")
    joined = (
        found.join(owner, owner.c.id == found.c.submission)
        .outerjoin(
            said, and_(said.c.institution == owner.c.institution, *(said.c[name] == found.c[name] for name in key))
        )
        .outerjoin(given_for, given_for.c.id == said.c.from_submission)
        .outerjoin(
            answer,
            and_(
                answer.c.submission == owner.c.id, *(answer.c[name] == found.c[name] for name in ("field", "row_key"))
            ),
        )
    )
    names = [said.c[name].label(f"said_{name}") for name in said.c.keys()]  # noqa: SIM118
    columns = (owner.c.id.label("id"), found.c.value.label("value"), answer.c.normalised, given_for.c.year, *names)
    wanted = [owner.c.year == year, owner.c.state == CURRENT, found.c.severity == "check"]
    if institution is not None:
        wanted.append(owner.c.institution == institution)
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in connection.execute(select(*columns).select_from(joined).where(*wanted)).mappings():
        state = _explanation_state(row, year)
        counts[row["id"]][0] += state != "explained"
        counts[row["id"]][1] += state == "returned"
    return {key: (n, returned) for key, (n, returned) in counts.items()}


def _explanation_state(row: Mapping[Any, Any], year: int) -> str:
    kept = None
    if row["said_state"] is not None:
        kept = kept_of_row({name.removeprefix("said_"): value for name, value in row.items() if name != "value"})
    return state_of_point(kept, number_of(row["normalised"] or "", row["value"]), year)


def least_advanced(lines: Sequence[SubmissionLine]) -> str:
    """The state of an institution: that of the form that is furthest behind; none without a form."""
    return min((line.state for line in lines), key=STATES.index, default=NONE)
