"""Receives an upload: identify, gather, process, keep; or keep it as refused with its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from app.access import Actor, demand
from app.storage.store import Store, Upload
from app.storage.versions import Outdated
from app.submission.gather_background import forms_beside, gather_background
from app.submission.process_workbook import refuse_workbook
from app.submission.result import Result, outcome_of
from app.submission.worker_pool import Trip, WorkerPool, worker_pool
from app.texts import texts
from schemas.xlsx.refusal import Refusal

OTHER_KIND = "FMT-62"


@dataclass(frozen=True)
class Received:
    """What became of an upload: its result, and the submission it was kept as (None when refused)."""

    result: Result
    submission: str | None
    previous_findings: tuple[str, ...] = ()


def receive(
    store: Store,
    actor: Actor,
    data: bytes,
    file_name: str,
    progress: Callable[[str], None] = lambda _: None,
    workers: WorkerPool | None = None,
) -> Received:
    """Checks and keeps an upload. A workbook that cannot be read, or of the wrong kind of store, is kept refused.

    Raises Forbidden, and StoreError when nothing could be kept.
    """
    demand(actor, "upload")
    upload = Upload(data, file_name, actor.role, datetime.now(UTC))
    try:
        with (workers or worker_pool()).open(data, progress) as trip:
            _refuse_other_kind(store, trip)
            demand(actor, "upload", trip.identity["institution"])
            return _processed_and_kept(store, upload, trip)
    except Refusal as refusal:
        refused = refuse_workbook(refusal.rule, refusal.params)
        assert refused.refusal is not None
        store.refuse(upload, refused.refusal.rule, refused.refusal.message)
        return Received(refused, None)


def _refuse_other_kind(store: Store, trip: Trip) -> None:
    if trip.identity["is_demo"] != (store.kind == "demo"):
        raise Refusal(OTHER_KIND, {"kind": texts()[f"store.{store.kind}"]})


def _processed_and_kept(store: Store, upload: Upload, trip: Trip) -> Received:
    """The result beside what the store holds, kept with the forms that rest on it, all or nothing.

    Where one of the forms that it rests on is replaced meanwhile, it is judged anew beside the new one.
    """
    while True:
        beside = forms_beside(store, *trip.key)
        background = gather_background(store, *trip.key, beside)
        result = trip.process(background, mark=True)
        before = store.current_forms(trip.key[0]).get(trip.key[1:])
        earlier = tuple(str(f["id"]) for f in store.findings(before)) if before else ()
        renewed = {one.header["submission"]: outcome_of(one) for one in result.dependents}
        try:
            submission = store.keep(
                upload, outcome_of(result), result.header["institution_row"], renewed=renewed, beside=beside
            )
        except Outdated:
            continue
        return Received(result, submission, earlier)
