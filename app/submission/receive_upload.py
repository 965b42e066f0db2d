"""Receives an upload: identify, gather, process, keep; or keep it as refused with its reason."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Literal

from app.access import Actor, Forbidden, demand, may
from app.rounds.admission import RoundAdmission, result_of, standing_sign_offs
from app.rounds.frozen_edition import edition_not_in_force, program_with_edition
from app.storage.database.people import sender_of
from app.storage.problems import StoreError
from app.storage.replacement import ReplacementWarning, losses_before_keeping, warnings_before_keeping
from app.storage.store import Store
from app.storage.versions import SUPERSEDED, Outcome, Outdated, Upload, WaitingUpload
from app.submission.gather_background import forms_beside, gather_background
from app.submission.process_workbook import refuse_workbook
from app.submission.result import Result, outcome_of
from app.submission.worker_pool import Busy, Trip, WorkerPool, worker_pool, workers_in
from app.texts import texts
from schemas.dictionary.declaration import Text
from schemas.register import load_register
from schemas.xlsx.refusal import Refusal

log = logging.getLogger("junkan")
_WORKING_OFF = threading.Lock()  # no waiting upload is checked twice
OTHER_KIND, BUSY = "FMT-62", "FMT-65"
NOT_ALLOWED = "not_allowed"  # in the record of a file that waited, and that whoever sent it may not hand in


@dataclass(frozen=True)
class Received:
    """What became of an upload: its result, and the submission it was kept as (None when refused).

    An upload that ``is_waiting`` is kept and will be checked when a worker is free; its result only says so. One with
    ``warnings`` is not kept yet: they say what it would replace, or that it is not what was chosen. ``notes`` say what
    had to go to make room for a refused one. ``aside`` says why a kept one does not count in its round, and what to do;
    ``round_notes`` what else its round has to say.
    """

    result: Result
    submission: str | None
    previous_findings: tuple[str, ...] = ()
    is_waiting: bool = False
    warnings: tuple[ReplacementWarning, ...] = ()
    notes: tuple[Text, ...] = ()
    aside: Text | None = None
    round_notes: tuple[Text, ...] = ()

    @property
    def changed_round(self) -> int | None:
        """The year of the round whose results it has changed; None where it was not kept, or does not count."""
        return None if self.submission is None or self.aside is not None else int(self.result.header["year"])


@dataclass(frozen=True)
class Chosen:
    """The institution and round that whoever uploads has chosen, as far as they have.

    A batch chooses neither: it ``asks`` about losses only, or not at all, and may take ``only_round``.
    """

    institution: str | None
    year: int | None
    asks: Literal["all", "losses", "nothing"] = "all"
    only_round: int | None = None


class OtherRound(Exception):
    """A form of another round than the one that is taken: its institution, year and form."""

    def __init__(self, institution: str, year: int, form: str) -> None:
        super().__init__(year)
        self.institution, self.year, self.form = institution, year, form


def receive(
    store: Store,
    actor: Actor,
    data: bytes,
    file_name: str,
    progress: Callable[[str], None] = lambda _: None,
    workers: WorkerPool | None = None,
    chosen: Chosen | None = None,
    *,
    may_wait: bool = True,
) -> Received:
    """Checks and keeps an upload. A workbook that cannot be read, or of the wrong kind of store, is kept refused.

    With ``chosen`` nothing is kept that asks first (``warnings``); without, whoever calls has answered. One for which
    no worker comes free is kept and waits, unless it may not. Raises Forbidden; Busy for one that may not wait;
    OtherRound, and StoreError, when nothing was kept.
    """
    demand(actor, "upload")
    upload, workers = Upload(data, file_name, actor.signature, datetime.now(UTC)), workers or worker_pool()
    try:
        return _check_upload(store, actor, upload, workers, progress, chosen)
    except Busy:
        if not may_wait:
            raise
        store.keep_waiting(upload, None if chosen is None else asdict(chosen))
        if not workers.is_ended:  # else the next start works it off
            threading.Thread(target=work_off, args=(store, actor), daemon=True).start()
        return Received(refuse_workbook(BUSY, {}), None, is_waiting=True)


def work_off(store: Store, actor: Actor, workers: WorkerPool | None = None) -> int:
    """Checks and keeps the uploads that wait, in their order; how many. One that is busy again goes on waiting.

    Each is judged by what whoever sent it may do now; ``actor`` works off those that no user sent. One that would
    replace something, or is not what was chosen, stays and waits for an answer (``answer_waiting``).

    Called after an upload had to wait, and when a store is opened.
    """
    done = 0
    try:
        with _WORKING_OFF, contextlib.suppress(Busy):
            for upload in store.waiting():
                chosen = None if upload.chosen is None else Chosen(**upload.chosen)
                sender = sender_of(store.engine, upload.by) or actor
                try:
                    received = _check_upload(store, sender, upload, workers or worker_pool(), lambda _: None, chosen)
                except Forbidden as forbidden:
                    store.refuse(upload, NOT_ALLOWED, forbidden.text)
                    store.drop_waiting(upload)
                    continue
                if received.warnings:
                    institution = received.result.header["institution"]
                    store.ask_waiting(upload, institution, [asdict(one) for one in received.warnings])
                    continue
                store.drop_waiting(upload)
                done += 1
    except StoreError as problem:
        log.warning("uploads go on waiting: %s", problem)
    return done


def answer_waiting(
    store: Store, actor: Actor, upload: WaitingUpload, *, keep: bool, workers: WorkerPool | None = None
) -> Received | None:
    """Keeps an upload that asked first, or lets it go; None for the latter.

    Raises Forbidden; Busy, with which it goes on waiting for the answer; StoreError when nothing was kept.
    """
    demand(actor, "upload", upload.institution)
    received = _check_upload(store, actor, upload, workers or worker_pool(), lambda _: None) if keep else None
    store.drop_waiting(upload)
    return received


def questions_of(upload: WaitingUpload) -> tuple[ReplacementWarning, ...]:
    """What an upload that waits asks before it is kept."""
    return tuple(ReplacementWarning(**{**asked, "lost": tuple(asked["lost"])}) for asked in upload.asks)


def _check_upload(
    store: Store,
    actor: Actor,
    upload: Upload,
    workers: WorkerPool,
    progress: Callable[[str], None],
    chosen: Chosen | None = None,
) -> Received:
    """Checks one upload and keeps it, accepted or refused. Raises Busy, Forbidden, StoreError."""
    try:
        with workers.open(upload.data, progress) as trip:
            _refuse_other_kind(store, trip)
            _refuse_other_institution(actor, trip.identity["institution"])
            if chosen is not None and chosen.only_round not in (None, trip.identity["year"]):
                raise OtherRound(*trip.key[:3])
            edition = edition_not_in_force(store, trip.key[1])
            if edition is None:
                return _processed_and_kept(store, upload, trip, chosen)
        with workers_in(program_with_edition(store, edition)).open(upload.data, progress) as trip:
            return _processed_and_kept(store, upload, trip, chosen)
    except Refusal as refusal:
        refused = refuse_workbook(refusal.rule, refusal.params)
        assert refused.refusal is not None
        record = store.refuse(upload, refused.refusal.rule, refused.refusal.message)
        return Received(refused, None, notes=tuple(store.refusal_notes(record)))


def _refuse_other_institution(actor: Actor, institution: str) -> None:
    """Raises Forbidden, in words about the workbook where the role itself may hand in."""
    if may(actor, "upload") and not may(actor, "upload", institution):
        known = load_register().institutions.get(institution)
        name = "" if known is None else Text(ja=known.name_ja, en=f" {known.name_en or known.name_ja}")
        raise Forbidden(texts()["people.other_workbook"].format(code=institution, name=name))
    demand(actor, "upload", institution)


def _refuse_other_kind(store: Store, trip: Trip) -> None:
    if trip.identity["is_demo"] != (store.kind == "demo"):
        raise Refusal(OTHER_KIND, {"kind": texts()[f"store.{store.kind}"]})


def _processed_and_kept(store: Store, upload: Upload, trip: Trip, chosen: Chosen | None) -> Received:
    """The result beside what the store holds, kept with the forms that rest on it, all or nothing.

    Where one of the forms that it rests on is replaced meanwhile, it is judged anew beside the new one.
    """
    while True:
        beside, result = _judge_workbook(store, trip, upload.received_at)
        outcome = outcome_of(result)
        before = store.current(outcome.institution, outcome.year, outcome.form, outcome.unit)
        earlier = tuple(str(f["id"]) for f in store.findings(before)) if before else ()
        admission = RoundAdmission(upload.by, upload.received_at)
        if chosen is not None and not _is_refused(store, admission, outcome):
            found = _warnings(store, outcome, upload.data, chosen)
            if found:
                return Received(result, None, earlier, warnings=tuple(found))
        renewed = {one.header["submission"]: outcome_of(one) for one in result.dependents}
        try:
            submission = store.keep(
                upload, outcome, result.header["institution_row"], renewed=renewed, beside=beside, admission=admission
            )
        except Outdated:
            continue
        aside, notes = result_of(store, admission, submission)
        return Received(result, submission, earlier, aside=aside, round_notes=tuple(notes))


def _is_refused(store: Store, admission: RoundAdmission, outcome: Outcome) -> bool:
    """Whether the round would not take a form now, so that it replaces nothing and nothing is to be asked."""
    with store.engine.connect() as connection:
        return admission.refuse(connection, outcome.institution, outcome.year, outcome.form) is not None


def _warnings(store: Store, outcome: Outcome, data: bytes, chosen: Chosen) -> list[ReplacementWarning]:
    known = store.recognise(outcome, data)
    if chosen.asks == "nothing" or (known is not None and store.stands(known)):
        return []
    again = None if known is None else store.submission(known)
    is_older = again is not None and again["state"] == SUPERSEDED and chosen.asks == "all"
    own = outcome.form, outcome.unit
    signed = standing_sign_offs(store, outcome.institution, outcome.year, *own)
    voided = [
        ReplacementWarning("sign_off", one.name, one.at.isoformat(), () if form == own else form)
        for form, one in signed.items()
    ]
    if is_older:
        newer = store.current(outcome.institution, outcome.year, outcome.form, outcome.unit) or ""
        return [*voided, ReplacementWarning("older_version", str(known), newer)]
    if chosen.asks == "all":
        return [*voided, *warnings_before_keeping(store, outcome, chosen.institution, chosen.year)]
    return [*voided, *losses_before_keeping(store, outcome)]


def _judge_workbook(store: Store, trip: Trip, received_at: datetime) -> tuple[dict[tuple[int, str, str], str], Result]:
    """The forms that a workbook is judged beside, and its result, marked."""
    beside = forms_beside(store, *trip.key)
    return beside, trip.process(gather_background(store, *trip.key, beside, received_at), mark=True)


def judge_again(store: Store, submission: str, workers: WorkerPool | None = None) -> Result:
    """What a kept submission gives beside what the store holds now, by the edition of its round.

    Raises Refusal, Busy, StoreError.
    """
    row = store.submission(submission)
    received_at = datetime.now(UTC) if row is None else row["received_at"]
    edition = None if row is None else edition_not_in_force(store, int(row["year"]))
    if edition is not None:
        workers = workers_in(program_with_edition(store, edition))
    with (workers or worker_pool()).open(store.bytes_of(submission)) as trip:
        return _judge_workbook(store, trip, received_at)[1]


def evaluate_pending(store: Store, workers: WorkerPool | None = None) -> int:
    """Evaluates anew what was put down to be, since what it rests on changed; how many.

    Called after a version was made current again, and when a store is opened. What cannot be done now stays put down.
    """
    done = 0
    for submission in store.pending():
        try:
            store.renew_results(submission, outcome_of(judge_again(store, submission, workers)))
            done += 1
        except (Busy, Refusal, StoreError) as problem:
            log.warning("submission %s is still to be evaluated anew: %s", submission, type(problem).__name__)
    return done


def finish_open_work(store: Store, actor: Actor) -> None:
    """Does in the background what a store had left to do when it was opened: uploads that wait, forms to evaluate."""

    def work() -> None:
        try:
            evaluate_pending(store)
        except StoreError as problem:
            log.warning("forms go on waiting to be evaluated anew: %s", problem)
        work_off(store, actor)

    threading.Thread(target=work, daemon=True).start()
