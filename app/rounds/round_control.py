"""The ministry's acts on a round: open, extend, close, reopen for one institution, publish."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, insert, update

from app.rounds.frozen_edition import edition_archive, form_editions, hashes_in_force
from app.rounds.population import choose_population
from app.rounds.round_errors import RoundError
from app.rounds.round_events import RoundEvent, record_event
from app.rounds.round_record import (
    CLOSED,
    EXTENDED,
    NAMED,
    OPEN,
    PEERS,
    PUBLISHED,
    RUNNING,
    Body,
    Round,
    find_body,
    find_round,
    list_rounds,
    need_round,
)
from app.rounds.submission_states import ACCEPTED, lines_of
from app.storage.database import tables
from app.storage.database.connection import write_transaction
from app.storage.store import Store
from schemas.dictionary.counting_day import counting_day
from schemas.dictionary.field import FORMS


def open_round(
    store: Store,
    actor: str,
    now: datetime,
    *,
    year: int,
    closes: datetime,
    opens: datetime | None = None,
    forms: Sequence[str] = FORMS,
    kinds: Collection[str],
    without: Collection[str] = (),
    besides: Collection[str] = (),
    peers: str = NAMED,
) -> tuple[Round, int]:
    """Opens the round of a year from now, or from ``opens``; the round, and how many bodies it asks.

    ``peers`` says how institutions see each other. The population and the edition in force (forms, rules, catalogue,
    benchmarks) are frozen with it. Raises RoundError when it was opened before, another one is under way, or what is
    given cannot be.
    """
    begins = opens or now
    wanted = tuple(dict.fromkeys(forms))
    if not wanted or set(wanted) - set(FORMS):
        raise RoundError("unknown_form", form=", ".join(sorted(set(wanted) - set(FORMS))), known=", ".join(FORMS))
    if peers not in PEERS:
        raise RoundError("unknown_peers", peers=peers, known=", ".join(PEERS))
    if closes <= now:
        raise RoundError("deadline_over", closes=closes)
    if closes <= begins:
        raise RoundError("deadline_before_opening", opens=begins, closes=closes)
    bodies = choose_population(store, year, kinds, without, besides)
    hashes, archive = hashes_in_force(), edition_archive()
    with write_transaction(store.engine) as connection:
        _refuse_second(connection, year, now)
        edition = store.blobs.keep(archive)
        editions = form_editions(wanted)
        made = Round(
            year, wanted, editions, **hashes, benchmarks_date=counting_day(year).isoformat(), edition_sha256=edition,
            opens=begins, closes=closes, state=OPEN, peers=peers,
        )  # fmt: skip
        connection.execute(insert(tables.rounds), {**vars(made), "forms": list(wanted)})
        connection.execute(insert(tables.round_bodies), [{"year": year, **vars(body)} for body in bodies])
        facts = {"closes": closes.isoformat(), "forms": list(wanted), "kinds": sorted(kinds), "bodies": len(bodies)}
        facts |= {"without": sorted(without), "besides": sorted(besides), "edition": edition, "peers": peers}
        record_event(connection, RoundEvent(year, "opened", actor, now, facts=facts))
    return made, len(bodies)


def _refuse_second(connection: Connection, year: int, now: datetime) -> None:
    same = find_round(connection, year)
    if same is not None:
        raise RoundError(f"again_{same.phase(now)}", year=year, opens=same.opens, closes=same.closes)
    _refuse_other_running(connection, year)


def extend_round(store: Store, actor: str, now: datetime, *, year: int, closes: datetime, reason: str) -> Round:
    """Moves the deadline to a later moment, for all; also of a round that was closed. Raises RoundError."""
    with write_transaction(store.engine) as connection:
        found = need_round(connection, year)
        if found.state == PUBLISHED:
            raise RoundError("extend_published", year=year)
        if closes <= now:
            raise RoundError("deadline_over", closes=closes)
        if closes <= found.closes:
            raise RoundError("deadline_earlier", closes=found.closes)
        if found.state == CLOSED:
            _refuse_other_running(connection, year)
        _set(connection, year, state=EXTENDED, closes=closes)
        facts = {"before": found.closes.isoformat(), "closes": closes.isoformat()}
        record_event(connection, RoundEvent(year, "extended", actor, now, reason=reason, facts=facts))
    return replace(found, state=EXTENDED, closes=closes)


def _refuse_other_running(connection: Connection, year: int) -> None:
    for other in list_rounds(connection):
        if other.year != year and other.state in RUNNING:
            raise RoundError("other_open", year=year, other=other.year, closes=other.closes)


def close_round(store: Store, actor: str, now: datetime, *, year: int, reason: str = "") -> Round:
    """Closes a round, also before its deadline; what comes in later is kept aside. Raises RoundError."""
    with write_transaction(store.engine) as connection:
        found = need_round(connection, year)
        if found.state not in RUNNING:
            raise RoundError(f"already_{found.state}", year=year)
        _set(connection, year, state=CLOSED)
        record_event(connection, RoundEvent(year, "closed", actor, now, reason=reason))
    return replace(found, state=CLOSED)


def reopen_for(
    store: Store, actor: str, now: datetime, *, year: int, institution: str, until: datetime, reason: str
) -> Body:
    """Lets one institution hand in again until a moment: late, or to revise a round that was published.

    What stood is kept: a published submission stays readable with its numbers. Raises RoundError.
    """
    if not reason.strip():
        raise RoundError("reason_needed")
    with write_transaction(store.engine) as connection:
        found = need_round(connection, year)
        body = need_body(connection, year, institution)
        phase = found.phase(now)
        if phase in ("open", "not_open"):
            raise RoundError(f"reopen_{phase}", year=year, opens=found.opens, closes=found.closes)
        if until <= now:
            raise RoundError("deadline_over", closes=until)
        give_time(connection, year, institution, until)
        facts = {"until": until.isoformat(), "phase": phase}
        record_event(connection, RoundEvent(year, "reopened", actor, now, institution, None, reason, facts))
    return replace(body, open_until=until)


def need_body(connection: Connection, year: int, institution: str) -> Body:
    """A body of the population of a round. Raises RoundError for one that is not asked."""
    body = find_body(connection, year, institution)
    if body is None:
        raise RoundError("body_not_asked", code=institution, year=year)
    return body


def give_time(connection: Connection, year: int, institution: str, until: datetime) -> None:
    """Opens a round for one institution until a moment."""
    table = tables.round_bodies
    own = (table.c.year == year, table.c.institution == institution)
    connection.execute(update(table).where(*own).values(open_until=until))


@dataclass(frozen=True)
class Published:
    """What was published: how many institutions of the population, and how many had not got so far."""

    year: int
    population: int
    published: int
    revised: int
    left_out: int


def publish_round(store: Store, actor: str, now: datetime, *, year: int) -> Published:
    """Publishes what was accepted in a closed round; once published, what was revised and accepted since.

    The submissions published before stay as they are. Raises RoundError for a round that is not closed, or without
    anything that is accepted and not published yet.
    """
    with write_transaction(store.engine) as connection:
        found = need_round(connection, year)
        if found.state in RUNNING:
            raise RoundError(f"publish_{found.phase(now)}", year=year, opens=found.opens, closes=found.closes)
        lines = lines_of(connection, year)
        accepted = [line for line in lines if line.state == ACCEPTED]
        if not accepted:
            raise RoundError("publish_nothing_new" if found.state == PUBLISHED else "publish_nothing", year=year)
        _set(connection, year, state=PUBLISHED)
        for line in accepted:
            facts = {"form": line.form, "unit": line.unit, "sha256": line.sha256, "revision": line.was_published}
            event = RoundEvent(year, "published", actor, now, line.institution, line.submission, facts=facts)
            record_event(connection, event)
        institutions = {line.institution for line in accepted}
        revised = {line.institution for line in accepted if line.was_published}
        population = len(_codes(connection, year))
        everyone = institutions | {line.institution for line in lines if line.state == "published"}
        record_event(connection, RoundEvent(year, "round_published", actor, now, facts={"n": len(institutions)}))
    return Published(year, population, len(institutions), len(revised), population - len(everyone))


def record_download(store: Store, actor: str, now: datetime, year: int, institution: str, form: str) -> None:
    """Puts down that the form of an institution was downloaded, where the round of the year asks it."""
    with store.engine.connect() as connection:
        if find_body(connection, year, institution) is None:
            return
    with write_transaction(store.engine) as connection:
        record_event(connection, RoundEvent(year, "downloaded", actor, now, institution, facts={"form": form}))


def _codes(connection: Connection, year: int) -> set[str]:
    table = tables.round_bodies
    rows = connection.execute(table.select().where(table.c.year == year)).mappings()
    return {str(row["institution"]) for row in rows}


def _set(connection: Connection, year: int, **values: object) -> None:
    table = tables.rounds
    connection.execute(update(table).where(table.c.year == year).values(**values))
