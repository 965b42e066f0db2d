"""Takes many workbooks into a store the way of an upload, as many at a time as there are processors."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import select

from app.access import LOCAL
from app.commands.operation.admin import account
from app.commands.operation.given_workbooks import Given, Unfit
from app.storage.database import tables
from app.storage.files.durable import sha256_of
from app.storage.problems import StoreError
from app.storage.store import Store
from app.storage.versions import ASIDE, CURRENT, Upload
from app.submission.receive_upload import BUSY, Chosen, OtherRound, evaluate_pending, receive
from app.submission.replacement_reason import loss_reason
from app.submission.worker_pool import Busy, WorkerPool
from app.submission.worker_protocol import OUR_FAULT, TIME_OVER
from app.texts import texts
from indicators.plausibility.plausibility_rules import all_rules
from schemas.dictionary.declaration import Text

Became = Literal["kept", "aside", "already", "refused", "waiting", "asks", "other_round", "failed"]
ASKS_FIRST = "replacement"  # in the record of a file that was not kept since it would have cost numbers
NOT_FOR_GOOD = (ASKS_FIRST, OUR_FAULT, TIME_OVER, BUSY)  # such a refusal does not stand when the file comes again
MANY = 10  # from so many files on, a worker that has rehearsed is worth its start


@dataclass(frozen=True)
class Taken:
    """What became of one workbook; ``errors`` and ``checks`` are counted where it was read, ``receipt`` where kept.

    ``asks``: not kept, since it would replace numbers or a newer version; ``other_round``: not the round that is
    taken; ``aside``: kept, but it does not count in its round; ``waiting``: no worker came free, to be given again;
    ``failed``: its file or the store gave an error.
    """

    file: str
    outcome: Became
    institution: str = ""
    year: int | None = None
    form: str = ""
    errors: int | None = None
    checks: int | None = None
    receipt: str = ""
    reason: Text | None = None


class Intake:
    """One run over a batch: what the store holds of it when it begins, and what has come since."""

    def __init__(self, store: Store, workers: WorkerPool, *, only_round: int | None, replaces: bool) -> None:
        self._store = store
        self._workers = workers
        self._actor = replace(LOCAL, person=account())
        self._chosen = Chosen(None, None, asks="nothing" if replaces else "losses", only_round=only_round)
        self._replaces = replaces
        rows = store.submissions(all_versions=True).to_dict("records")
        ordered = sorted(rows, key=lambda row: (row["state"] == CURRENT, row["current_since"]))
        with store.engine.connect() as connection:  # bytes that were erased are not kept: the file gives them back
            erased = {*connection.scalars(select(tables.erasures.c.submission))}
        kept = [row for row in ordered if row["state"] != CURRENT or row["id"] not in erased]
        self._kept: Mapping[str, Mapping[Any, Any]] = {str(row["sha256"]): row for row in kept}
        self._refused = {r["sha256"]: r for r in store.refused() if r["rule"] not in NOT_FOR_GOOD}
        self._under_way: dict[str, Future[Taken]] = {}
        self._lock = threading.Lock()

    def take(self, given: Given) -> Taken:
        """What became of one workbook; never raises for a fault of the file, of its reading or of its keeping."""
        try:
            data = given.read()
        except Unfit as unfit:
            return Taken(given.name, "refused", reason=unfit.text)
        except OSError as error:
            why = texts()["intake.not_read"].format(cause=error.strerror or "")
            return Taken(given.name, "failed", reason=why)
        with self._lock:
            sha256 = sha256_of(data)
            first = self._under_way.get(sha256)
            own: Future[Taken] = self._under_way.setdefault(sha256, Future())
        if first is not None:  # the same bytes under another name, which came first and is under way or done
            same = first.result()
            return replace(same, file=given.name, outcome="already" if same.outcome == "kept" else same.outcome)
        try:
            taken = self._find_known(given, sha256) or self._receive_new(given, data)
        except StoreError as problem:
            taken = Taken(given.name, "failed", reason=problem.text)
        except BaseException as error:
            own.set_exception(error)
            raise
        own.set_result(taken)
        return taken

    def _find_known(self, given: Given, sha256: str) -> Taken | None:
        """What the store says of these bytes without reading them again; None for new ones."""
        row = self._kept.get(sha256)
        if row is not None and row["state"] != ASIDE and (row["state"] == CURRENT or not self._replaces):
            return self._kept_before(given, row)
        record = self._refused.get(sha256)
        if record is None:
            return None
        rule = all_rules().get(record["rule"])
        told = [Text(**record["reason"]), *([rule.remedy.format()] if rule is not None else [])]
        return Taken(given.name, "refused", reason=_join_texts(told))

    def _kept_before(self, given: Given, row: Mapping[Any, Any]) -> Taken:
        severities = [str(finding["severity"]) for finding in self._store.findings(str(row["id"]))]
        whose: dict[str, Any] = {
            "institution": str(row["institution"]),
            "year": int(row["year"]),
            "form": str(row["form"]),
        }
        counts: dict[str, Any] = {"errors": severities.count("error"), "checks": severities.count("check")}
        own = Taken(given.name, "already", **whose, **counts, receipt=str(row["id"]))
        if row["state"] == CURRENT:
            return own
        return replace(own, outcome="asks", reason=texts()["intake.newer_version"].format(id=row["id"]))

    def _receive_new(self, given: Given, data: bytes) -> Taken:
        try:
            received = receive(
                self._store,
                self._actor,
                data,
                given.file_name,
                workers=self._workers,
                chosen=self._chosen,
                may_wait=False,
            )
        except OtherRound as other:
            told = texts()["intake.other_round"].format(year=other.year, wanted=self._chosen.only_round)
            return Taken(given.name, "other_round", other.institution, other.year, other.form, reason=told)
        except Busy:
            return Taken(given.name, "waiting", reason=texts()["intake.no_worker"])
        result = received.result
        if result.refusal is not None:
            return Taken(given.name, "refused", reason=_join_texts([result.refusal.message, result.refusal.remedy]))
        header, counts = result.header, result.validation["counts"]
        whose: dict[str, Any] = {"institution": header["institution"], "year": header["year"], "form": header["form"]}
        own = Taken(given.name, "kept", **whose, errors=counts["error"], checks=counts["check"])
        if not received.warnings:
            notes = _join_texts(received.round_notes) if received.round_notes else None
            kept = replace(own, receipt=str(received.submission), reason=notes)
            return kept if received.aside is None else replace(kept, outcome="aside", reason=received.aside)
        reason = _join_texts([*map(loss_reason, received.warnings), texts()["intake.asks"]])
        upload = Upload(data, given.file_name, self._actor.signature, datetime.now(UTC))
        self._store.refuse(upload, ASKS_FIRST, reason)
        return replace(own, outcome="asks", reason=reason)


def take_batch(
    store: Store,
    workbooks: Sequence[Given],
    *,
    only_round: int | None = None,
    replaces: bool = False,
    progress: Callable[[Taken], None] = lambda _: None,
) -> Generator[Taken, None, None]:
    """What becomes of each workbook, in order, each told once it is in the store for good.

    Bytes that the store holds already are recognised and not read again, so a batch that was broken off is given anew
    as a whole. ``progress`` is given each as it is done, in whatever order, also those that were under way when it was
    closed: they are waited for.
    """
    workers = WorkerPool(rehearsed=len(workbooks) >= MANY)
    intake = Intake(store, workers, only_round=only_round, replaces=replaces)

    def take(given: Given) -> Taken:
        taken = intake.take(given)
        progress(taken)
        return taken

    pool = ThreadPoolExecutor(len(os.sched_getaffinity(0)))
    try:
        yield from pool.map(take, workbooks)
        evaluate_pending(store, workers)  # what a version made current again left to do
    finally:
        pool.shutdown(cancel_futures=True)
        workers.close()


def _join_texts(sentences: Sequence[Text]) -> Text:
    return Text(ja="".join(one.ja for one in sentences), en=" ".join(one.en for one in sentences))
