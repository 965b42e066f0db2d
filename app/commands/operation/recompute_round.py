"""``junkan admin round recompute``: judges every form of a round anew by its frozen edition, number for number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, select

from app.commands.exit_codes import FINDINGS, FINE, STDOUT, Options, as_json, tell, warn, write_text
from app.commands.terminal import progress_bar, show_table
from app.documents.bundle.verify_bundle import are_same
from app.rounds.frozen_edition import edition_not_in_force
from app.rounds.round_events import events_of
from app.rounds.round_record import need_round
from app.storage.database import tables
from app.storage.problems import StoreError
from app.storage.store import Store
from app.storage.versions import CURRENT, result_rows
from app.submission.process_workbook import refusal_finding
from app.submission.receive_upload import judge_again
from app.submission.result import outcome_of
from app.submission.worker_pool import Busy, WorkerPool
from app.texts import say, texts
from schemas.dictionary.declaration import Text
from schemas.xlsx.refusal import Refusal

NUMBERS = (tables.values, tables.gaps, tables.scores)
SHOWN = 20  # numbers that disagree on the terminal; the JSON has them all


@dataclass(frozen=True)
class NumberDifference:
    """A number that is not what was kept; None where it is not there."""

    path: str
    kept: Any
    recomputed: Any


@dataclass(frozen=True)
class Recomputed:
    """A kept form judged anew: how many numbers it has, those that disagree, and why it could not be judged."""

    submission: str
    institution: str
    form: str
    unit: str
    numbers: int
    differing: tuple[NumberDifference, ...]
    reason: Text | None = None

    def as_json(self) -> dict[str, Any]:
        """Everything as plain data; the reason in both languages."""
        reason = None if self.reason is None else self.reason.model_dump()
        return {**vars(self), "reason": reason, "differing": [vars(one) for one in self.differing]}


def recompute_round(store: Store, options: Options, language: str) -> int:
    """0 when every number agrees, 11 when one does not or a form could not be judged. Raises StoreError.

    A form whose workbook was erased for good is told and not judged.
    """
    with store.engine.connect() as connection:
        found = need_round(connection, options.year)
        published = {event.submission for event in events_of(connection, found.year) if event.act == "published"}
        table = tables.submissions
        columns = (table.c.id, table.c.institution, table.c.form, table.c.unit)
        counts = (table.c.state == CURRENT) | table.c.id.in_(one for one in published if one)
        query = select(*columns).where(table.c.year == found.year, counts)
        erased = {*connection.scalars(select(tables.erasures.c.submission))}
        every = connection.execute(query.order_by(*columns)).all()
    rows = [row for row in every if row.id not in erased]
    workers = WorkerPool()
    try:
        with progress_bar(len(rows), say("round.recomputing", language)) as advance:
            made = []
            for row in rows:
                made.append(recompute(store, workers, *row))
                advance()
    finally:
        workers.close()
    is_frozen = edition_not_in_force(store, found.year) is not None
    amiss = [one for one in made if one.differing or one.reason]
    if options.json:
        told = {"year": found.year, "edition": found.edition_sha256, "is_in_force": not is_frozen}
        told |= {"erased": [row.id for row in every if row.id in erased]}
        told |= {"numbers": sum(one.numbers for one in made), "disagreeing": sum(len(one.differing) for one in made)}
        write_text(options.json, as_json({**told, "submissions": [one.as_json() for one in made]}))
    if options.json != STDOUT:
        _show(made, found.year, found.edition_sha256, is_frozen, language)
        if len(every) > len(rows):
            tell(say("round.recompute_erased", language, n=len(every) - len(rows)))
    return FINDINGS if amiss else FINE


def recompute(store: Store, workers: WorkerPool, submission: str, institution: str, form: str, unit: str) -> Recomputed:
    """A kept form judged anew by the edition of its round, beside what was kept."""
    whose = submission, institution, form, unit
    try:
        outcome = outcome_of(judge_again(store, submission, workers))
    except Refusal as refusal:
        return Recomputed(*whose, 0, (), reason=refusal_finding(refusal.rule, refusal.params).message)
    except Busy:
        return Recomputed(*whose, 0, (), reason=texts()["round.recompute_busy"])
    except StoreError as problem:
        return Recomputed(*whose, 0, (), reason=problem.text)
    made = {
        path: number
        for table, rows in result_rows(outcome)
        if table in NUMBERS
        for row in rows
        for path, number in numbers_in(table, row)
    }
    kept = dict(_kept(store, submission))
    paths = dict.fromkeys([*kept, *made])
    differing = [
        NumberDifference(path, kept.get(path), made.get(path))
        for path in paths
        if not are_same(kept.get(path), made.get(path))
    ]
    return Recomputed(*whose, len(paths), tuple(differing))


def _kept(store: Store, submission: str) -> Iterator[tuple[str, Any]]:
    with store.engine.connect() as connection:
        for table in NUMBERS:
            query = select(table).where(table.c.submission == submission)
            for row in connection.execute(query).mappings():
                yield from numbers_in(table, row)


def numbers_in(table: Table, row: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    """The numbers and words of a row by their places: ``values/institution/00/foreign_pi_share/-/-/value``."""
    keys = [column.name for column in table.primary_key if column.name != "submission"]
    path = "/".join([table.name, *(str(row[name]) for name in keys)])
    for column in table.columns:
        if column.name not in keys and column.name not in ("submission", "institution", "year"):
            value = row.get(column.name)
            if value is not None:
                yield f"{path}/{column.name}", list(value) if isinstance(value, tuple) else value


def _show(made: list[Recomputed], year: int, edition: str, is_frozen: bool, language: str) -> None:
    which = say("round.recomputed_frozen" if is_frozen else "round.recomputed_in_force", language)
    numbers, wrong = sum(one.numbers for one in made), sum(len(one.differing) for one in made)
    given = {"year": year, "n": len(made), "numbers": numbers, "wrong": wrong, "edition": edition[:16], "which": which}
    tell(say("round.recomputed", language, **given))
    for one in made:
        if one.reason:
            warn(say("round.recompute_failed", language, id=one.submission, reason=one.reason[language]))
    rows = [
        (one.submission, difference.path, str(difference.kept), str(difference.recomputed))
        for one in made
        for difference in one.differing
    ]
    if rows:
        names = ("submission", "path", "kept", "recomputed")
        show_table([say(f"round.column_{name}", language) for name in names], rows[:SHOWN])
