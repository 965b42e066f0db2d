"""An upload that goes on when its page is closed: checked beside the page, which only watches and finds it again."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass

import streamlit as st

from app.access import Actor
from app.components.session import Page
from app.results.nation.renewal import renew_after_change
from app.storage.problems import StoreError
from app.storage.store import Store
from app.storage.versions import Upload
from app.submission.receive_upload import Chosen, Received, receive

STEPS = ("read", "tables", "rules", "values", "gaps", "scores", "mark", "nation")
POLL_S = 0.1
AT_ONCE = 32  # uploads under way in this process; how many are judged at a time is up to the workers
MOST_LEFT = 20  # results that wait for somebody to come back; what was kept is found in the history anyway
log = logging.getLogger("junkan")


@dataclass(eq=False)
class UploadJob:
    """One upload on its way, for the pages of whoever sent it; ``is_left`` while nobody watches it."""

    store: Store
    actor: Actor
    upload: Upload
    chosen: Chosen | None
    step: str = "read"
    is_left: bool = False

    def note(self, step: str) -> None:
        """Remembers the step that is under way."""
        self.step = step

    def run(self) -> Received:
        """Checks and keeps the upload; it is done when what all institutions give is worked out anew with it."""
        store, data, name = self.store, self.upload.data, self.upload.file_name
        received = receive(store, self.actor, data, name, self.note, chosen=self.chosen)
        if (year := received.changed_round) is not None:
            self.note("nation")
            renew_after_change(store, [year])
        return received

    def leave(self) -> None:
        """Nobody watches any more: the upload goes on, and if it asks first its question is kept."""
        with _LOCK:
            self.is_left = True
        self.keep_question()

    def keep_question(self) -> None:
        """Keeps the question of an upload that has ended and that nobody watches, until it is answered on any page."""
        with _LOCK:
            future = _JOBS.get(self)
            if not self.is_left or future is None or not future.done() or future.exception() is not None:
                return
            received = future.result()
            if not received.warnings:
                return
            institution = str(received.result.header["institution"])
            try:
                self.store.keep_waiting(self.upload, None if self.chosen is None else asdict(self.chosen))
                self.store.ask_waiting(self.upload, institution, [asdict(one) for one in received.warnings])
            except StoreError as problem:  # the job stays, so that whoever comes back to this process finds it
                log.warning("the question of an upload is not kept: %s", problem)
                return
            del _JOBS[self]


_LOCK = threading.Lock()
_JOBS: dict[UploadJob, Future[Received]] = {}
_POOL = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="upload")


def start_job(store: Store, actor: Actor, upload: Upload, chosen: Chosen | None) -> UploadJob:
    """Starts to check an upload beside the page."""
    job = UploadJob(store, actor, upload, chosen)
    with _LOCK:
        for old in [one for one, future in _JOBS.items() if one.is_left and future.done()][:-MOST_LEFT]:
            del _JOBS[old]
        future = _JOBS[job] = _POOL.submit(job.run)
    future.add_done_callback(lambda _: job.keep_question())
    return job


def job_to_follow(store: Store, actor: Actor) -> UploadJob | None:
    """The newest upload of this person whose page was left before it showed what became of it; now it is watched."""
    with _LOCK:
        own = [one for one in _JOBS if one.is_left and one.store is store and one.actor.signature == actor.signature]
        for job in own[-1:]:
            job.is_left = False
        return own[-1] if own else None


def watch_job(page: Page, job: UploadJob) -> Received:
    """Shows the progress of an upload until it is done; what came of it. Raises what ``receive`` raises."""
    with _LOCK:
        future = _JOBS[job]
    bar = st.progress(0.0, text=page.say("upload.step_read"))
    is_watched = False
    try:
        while not wait([future], POLL_S).done:
            share = (STEPS.index(job.step) + 1) / (len(STEPS) + 1) if job.step in STEPS else 0.5
            bar.progress(share, text=page.say(f"upload.step_{job.step}"))
        bar.empty()
        is_watched = True
    finally:
        if not is_watched:  # the page was closed or left: the framework ends its run by raising
            job.leave()
    with _LOCK:
        _JOBS.pop(job, None)
    return future.result()
