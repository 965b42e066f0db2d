"""Where every body of a round's population stands, those that have sent nothing among them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from app.rounds.moments import JAPAN, moment_text
from app.rounds.round_events import RoundEvent, events_of
from app.rounds.round_record import Body, Round, need_round, population_of
from app.rounds.submission_states import (
    ERRORS,
    NONE,
    READY,
    STATES,
    SubmissionLine,
    least_advanced,
    lines_of,
)
from app.storage.database import tables
from app.storage.store import Store
from app.storage.versions import ASIDE

WAITING = ("not_downloaded", "not_uploaded", "has_errors", "waits_for_sign_off")  # what the ministry asks first
DIMENSIONS = ("founder", "prefecture", "kind")
STEPS = ("downloaded", "uploaded", "signed_off", "accepted", "published")


@dataclass(frozen=True)
class Standing:
    """One body of the population: its state, its forms, and what has happened.

    ``aside`` counts versions that came when the round did not take them and that nothing has replaced.
    """

    body: Body
    state: str
    lines: tuple[SubmissionLine, ...] = ()
    downloaded_at: datetime | None = None
    issued_at: datetime | None = None
    aside: int = 0

    @property
    def is_waiting_for(self) -> Mapping[str, bool]:
        """Which of ``WAITING`` it is."""
        return {
            "not_downloaded": self.state == NONE and self.downloaded_at is None,
            "not_uploaded": self.state == NONE,
            "has_errors": self.state == ERRORS,
            "waits_for_sign_off": self.state == READY,
        }

    @property
    def uploaded_at(self) -> datetime | None:
        """When the last of its forms came in."""
        return max((line.received_at for line in self.lines), default=None)

    def as_json(self) -> dict[str, Any]:
        """Names, state, moments and sign-offs; no number of a form."""
        signed = [line.sign_off for line in self.lines if line.sign_off is not None]
        names = ("institution", "name_ja", "name_en", "kind", "founder", "prefecture")
        return {
            **{name: getattr(self.body, name) for name in names},
            "state": self.state,
            "downloaded_at": _iso(self.downloaded_at),
            "issued_at": _iso(self.issued_at),
            "uploaded_at": _iso(self.uploaded_at),
            "open_points": sum(line.open_points for line in self.lines),
            "questions": sum(line.questions for line in self.lines),
            "signed_by": "; ".join(one.name for one in signed),
            "signed_at": _iso(max((one.at for one in signed), default=None)),
            "reason": " ".join(line.reason for line in self.lines if line.reason),
            "aside": self.aside,
            "open_until": _iso(self.body.open_until),
            "forms": [_form_json(line) for line in self.lines],
        }


def _form_json(line: SubmissionLine) -> dict[str, Any]:
    own = {name: getattr(line, name) for name in ("form", "unit", "submission", "sequence", "sha256", "state")}
    return {**own, "sign_off": None if line.sign_off is None else line.sign_off.as_json()}


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(JAPAN).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Tracker:
    """A round at a moment, with every body of its population by code."""

    round: Round
    now: datetime
    standings: Sequence[Standing]
    events: Sequence[RoundEvent] = field(default=(), repr=False)

    @property
    def population(self) -> int:
        """How many bodies are asked: what every share is of."""
        return len(self.standings)

    def counts(self) -> dict[str, int]:
        """How many bodies are in each state, in the order of the states."""
        found = Counter(one.state for one in self.standings)
        return {state: found[state] for state in STATES}

    def waiting(self) -> dict[str, int]:
        """How many have not downloaded, not uploaded, have errors, wait for sign-off."""
        return {name: sum(one.is_waiting_for[name] for one in self.standings) for name in WAITING}

    def by(self, dimension: str) -> dict[str, dict[str, int]]:
        """Population and states by founder, prefecture or kind."""
        groups: dict[str, list[Standing]] = defaultdict(list)
        for one in self.standings:
            groups[str(getattr(one.body, dimension))].append(one)
        return {
            name: {"population": len(members), **Counter(one.state for one in members)}
            for name, members in sorted(groups.items())
        }

    def over_time(self) -> list[dict[str, Any]]:
        """By day in Japan how many bodies had downloaded, uploaded, signed off, been accepted and published by then.

        Each counts from its first time; what was withdrawn later still counts as done on its day.
        """
        first: dict[str, dict[str, date]] = {step: {} for step in STEPS}
        asked = {one.body.institution for one in self.standings}
        for event in self.events:
            if event.act in first and event.institution in asked:
                first[event.act].setdefault(event.institution, event.at.astimezone(JAPAN).date())
        days = sorted({day for known in first.values() for day in known.values()})
        return [
            {"date": day.isoformat(), **{step: sum(d <= day for d in first[step].values()) for step in STEPS}}
            for day in days
        ]

    def as_json(self) -> dict[str, Any]:
        """The round, its counts and shares of the population, and every body."""
        counts, waiting = self.counts(), self.waiting()
        frozen = ("dictionary_hash", "catalogue_hash", "rules_hash", "benchmarks_date", "edition_sha256", "software")
        return {
            "year": self.round.year,
            "state": self.round.state,
            "phase": self.round.phase(self.now),
            "opens": _iso(self.round.opens),
            "closes": _iso(self.round.closes),
            "deadline": {language: moment_text(self.round.closes, language) for language in ("ja", "en")},
            "forms": list(self.round.forms),
            "edition": {**{name: getattr(self.round, name) for name in frozen}, "forms": self.round.form_editions},
            "population": self.population,
            "counts": counts,
            "shares": {name: _share(n, self.population) for name, n in counts.items()},
            "waiting": waiting,
            "by": {dimension: self.by(dimension) for dimension in DIMENSIONS},
            "over_time": self.over_time(),
            "institutions": [one.as_json() for one in self.standings],
        }


def _share(count: int, whole: int) -> float:
    """A share in percent with one decimal."""
    return round(100 * count / whole, 1) if whole else 0.0


def track_round(store: Store, year: int, now: datetime) -> Tracker:
    """Where every body of the round of ``year`` stands. Raises RoundError where there is no such round."""
    with store.engine.connect() as connection:
        found = need_round(connection, year)
        bodies = population_of(connection, year)
        lines = _by_institution(lines_of(connection, year))
        events = events_of(connection, year)
        table = tables.submissions
        wanted = select(table.c.institution, table.c.received_at).where(table.c.year == year)
        uploads = connection.execute(wanted.order_by(table.c.received_at)).all()
        aside = Counter(
            connection.scalars(select(table.c.institution).where(table.c.year == year, table.c.state == ASIDE))
        )
    first_uploads = [RoundEvent(year, "uploaded", "", row.received_at, row.institution) for row in uploads]
    downloaded = {event.institution: event.at for event in reversed(events) if event.act == "downloaded"}
    issued = {event.institution: event.at for event in reversed(events) if event.act == "issued"}
    standings = []
    for body in bodies:
        own = tuple(line for line in lines.get(body.institution, ()) if line.form in found.forms)
        code = body.institution
        standings.append(Standing(body, least_advanced(own), own, downloaded.get(code), issued.get(code), aside[code]))
    return Tracker(found, now, standings, [*events, *first_uploads])


def _by_institution(lines: Iterable[SubmissionLine]) -> dict[str, list[SubmissionLine]]:
    found: dict[str, list[SubmissionLine]] = defaultdict(list)
    for line in lines:
        found[line.institution].append(line)
    return found
