"""The store: every accepted upload as a version with its results, every refused one with its reason.

One transaction writes a file and commits its rows: whenever the process dies, each acknowledged submission is there
byte for byte, and no half one. A store holds demo data or real data for good. The log (``junkan``) names ids, rules
and sizes, never a file name or a cell.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from app.access import Actor
from app.storage import problems, tasks
from app.storage.audit import check_chain, check_references, record
from app.storage.database import tables
from app.storage.database.connection import damage_of, write_transaction
from app.storage.database.identity import revision_of
from app.storage.explanations import put_from_sheet
from app.storage.files.blobs import BLOBS, Blobs
from app.storage.files.durable import sha256_of
from app.storage.files.file_place import FilePlace
from app.storage.files.folder import (
    check_place,
    name_in,
    read_marker,
    right_mode,
    unfinished_files,
    wrong_modes,
)
from app.storage.files.refusals import REFUSED, Refusals
from app.storage.problems import StoreError
from app.storage.store_location import Kind, open_database
from app.storage.stored_results import StoredResults
from app.storage.versions import (
    ID_LENGTH,
    Admission,
    Outcome,
    TableRows,
    Upload,
    WaitingUpload,
    is_standing,
    owner_row,
    put_institution,
    put_new_results,
    put_submission,
    refuse_outdated,
    result_rows,
    same_bytes,
    set_current,
)
from schemas.dictionary.declaration import Text

log = logging.getLogger("junkan")


class Store(StoredResults):
    """One store; safe to use from several threads. Open it with ``Store.open``."""

    def __init__(self, engine: Engine, place: FilePlace, kind: Kind) -> None:
        super().__init__(engine)
        self._place = place
        self._kind = kind
        self._blobs = Blobs(place)
        self._refusals = Refusals(place)

    @staticmethod
    def open(location: Path | str, kind: Kind | None = None, *, files: Path | str | None = None) -> Store:
        """The store at ``location``: a folder (made when missing), or a database URL with the place of its ``files``.

        ``files`` is a folder or an address of fsspec; None for those of a store in a folder. ``kind`` None takes a
        store as it is and makes a new one real. Raises StoreError when the store is of another kind, the place cannot
        be used, its database is gone, or a newer version of the software made it.
        """
        return Store(*open_database(location, kind, files))

    @property
    def engine(self) -> Engine:
        """The database behind the store."""
        return self._engine

    @property
    def place(self) -> FilePlace:
        """Where its files lie."""
        return self._place

    @property
    def kind(self) -> Kind:
        """``demo`` or ``real``, for good."""
        return self._kind

    def close(self) -> None:
        """Gives the database connections back."""
        self._engine.dispose()

    # ---- writing

    def keep(
        self,
        upload: Upload,
        outcome: Outcome,
        institution_row: Mapping[str, str],
        *,
        renewed: Mapping[str, Outcome] | None = None,
        beside: Mapping[tuple[int, str, str], str] | None = None,
        admission: Admission | None = None,
    ) -> str:
        """Keeps an accepted upload as the newest version and returns its submission id.

        ``institution_row`` holds columns of ``institutions`` for this institution. The version before, if any,
        becomes ``superseded``. Bytes that are kept already make no new version: theirs is current (again), with
        these results. ``renewed`` holds new results of other submissions, kept in the same transaction: all of it
        stands, or nothing; those that rest on this form and are not among them are put down as ``pending``.
        ``beside`` are the institution's current submissions by year, form and unit that the results rest on. A version
        that ``admission`` refuses is kept aside, and nothing else changes.

        Raises Outdated when these are no longer current; StoreError for demo data in a real store and the reverse,
        or when nothing could be kept; ValueError when the frames are not in the agreed shape.
        """
        self._refuse_other_kind(outcome.is_demo)
        rows = result_rows(outcome)
        others = {key: (one, result_rows(one)) for key, one in (renewed or {}).items()}
        owner = owner_row(outcome.institution, institution_row)
        with write_transaction(self._engine) as connection:
            revision = revision_of(connection)
            if beside is not None:
                refuse_outdated(connection, outcome, beside)
            put_institution(connection, owner)
            submission = same_bytes(connection, outcome, self._blobs.keep(upload.data))
            own = outcome.institution, outcome.year, outcome.form
            stands = submission is not None and is_standing(connection, submission)
            if submission is not None:
                _give_back(connection, submission)
            aside = None if admission is None else admission.refuse(connection, *own)
            if aside is not None:
                if submission is None:
                    submission = put_submission(connection, upload, outcome, revision, aside)
                    self._renew(connection, submission, outcome, rows, with_answers=True)
                _record_upload(connection, upload, outcome, submission, aside)
                return submission
            if submission is None:
                submission = put_submission(connection, upload, outcome, revision)
            else:
                set_current(connection, submission, revision)
            replaced = {self._renew(connection, submission, outcome, rows, with_answers=True)}
            stale = tasks.resting_on(connection, outcome.institution, outcome.year, outcome.form)
            tasks.add_tasks(connection, stale, revision)
            for key, (one, found) in others.items():
                replaced.add(self._renew(connection, key, one, found))
            put_from_sheet(connection, submission, outcome.year, outcome.explanations, upload.received_at)
            _record_upload(connection, upload, outcome, submission)
            if admission is not None and not stands:
                admission.note(connection, submission)
        self._drop_unnamed(replaced)
        log.info("kept submission %s, %d bytes", submission, len(upload.data))
        return submission

    def renew_results(self, submission: str, outcome: Outcome) -> None:
        """Keeps what a submission gives now, read and evaluated anew from its bytes, in place of what it gave before.

        All or nothing; a task to evaluate it anew is done with it. Raises StoreError when nothing could be kept;
        ValueError when a frame is not in the agreed shape.
        """
        rows = result_rows(outcome)
        with write_transaction(self._engine) as connection:
            replaced = {self._renew(connection, submission, outcome, rows, with_answers=True)}
        self._drop_unnamed(replaced)

    def _renew(
        self,
        connection: Connection,
        submission: str,
        outcome: Outcome,
        rows: Sequence[TableRows],
        *,
        with_answers: bool = False,
    ) -> str | None:
        """Puts results in place of those before; the hash of the marked workbook that they had."""
        table = tables.submissions
        before: str | None = connection.scalar(select(table.c.marked_sha256).where(table.c.id == submission))
        marked = None if outcome.marked is None else self._blobs.keep(outcome.marked)
        put_new_results(connection, submission, outcome, rows, marked, with_answers=with_answers)
        tasks.end_task(connection, submission)
        return before

    def _drop_unnamed(self, hashes: set[str | None]) -> None:
        """Removes marked workbooks that no submission names any more; one that cannot be is left for ``mend``."""
        if hashes <= {None}:
            return
        with contextlib.suppress(StoreError), write_transaction(self._engine) as connection:
            for sha256 in hashes - named_files(connection) - {None}:
                self._blobs.drop(str(sha256))

    def make_current(self, submission: str, actor: Actor, admission: Admission | None = None) -> str | None:
        """Makes a kept version the current one of its form again; the one that was becomes superseded.

        It and what rests on it are put down to be evaluated anew. Returns why ``admission`` refused it, as a key of
        texts: nothing changed then. Raises StoreError for an unknown submission.
        """
        with write_transaction(self._engine) as connection:
            revision = revision_of(connection)
            table = tables.submissions
            columns = (table.c.institution, table.c.year, table.c.form)
            own = connection.execute(select(*columns).where(table.c.id == submission)).first()
            if own is None:
                raise StoreError(problems.UNKNOWN_SUBMISSION)
            if admission is not None and (refused := admission.refuse(connection, *own)) is not None:
                return refused
            set_current(connection, submission, revision)
            stale = tasks.resting_on(connection, *own)
            tasks.add_tasks(connection, [submission, *stale], revision)
            whose = {"institution": own.institution, "submission": submission}
            record(connection, actor, "make_current", submission, **whose, form=own.form, year=own.year)
            if admission is not None:
                admission.note(connection, submission)
        log.info("made submission %s current again", submission)
        return None

    def keep_waiting(self, upload: Upload, chosen: Mapping[str, Any] | None = None) -> None:
        """Keeps an upload for which no worker was free, until it is worked off. Raises StoreError.

        ``chosen`` is what stood beside it, by which it may have to ask first; None where nothing is to be asked.
        """
        with write_transaction(self._engine) as connection:
            tasks.add_waiting(connection, upload, self._blobs.keep(upload.data), revision_of(connection), chosen)
        log.info("upload waits, %d bytes", len(upload.data))

    def waiting(self) -> list[WaitingUpload]:
        """The uploads that wait for a worker, in the order they came in.

        Raises StoreError when a file is missing or changed.
        """
        return [self._waiting_upload(row) for row in tasks.waiting_uploads(self._engine) if row["asks"] is None]

    def asking(self) -> list[WaitingUpload]:
        """The uploads that were checked and wait for an answer before they are kept. Raises StoreError likewise."""
        return [self._waiting_upload(row) for row in tasks.waiting_uploads(self._engine) if row["asks"] is not None]

    def _waiting_upload(self, row: Mapping[str, Any]) -> WaitingUpload:
        given = self._blobs.read(row["sha256"]), row["file_name"], row["by"], row["received_at"]
        return WaitingUpload(*given, row["chosen"], row["institution"], tuple(row["asks"] or ()))

    def ask_waiting(self, upload: Upload, institution: str, asks: Sequence[Mapping[str, Any]]) -> None:
        """Puts down what an upload that waits asks before it is kept; it stays until it is answered."""
        with write_transaction(self._engine) as connection:
            tasks.ask_waiting(connection, sha256_of(upload.data), institution, asks)

    def drop_waiting(self, upload: Upload) -> None:
        """Takes an upload that was worked off from those that wait."""
        with write_transaction(self._engine) as connection:
            tasks.end_waiting(connection, sha256_of(upload.data))

    def refuse(self, upload: Upload, rule: str, reason: Text) -> dict[str, Any]:
        """Keeps a refused upload, unread, with the rule and the reason; returns the record.

        Its ``notes`` say when the file was too large to keep or older ones had to go (``removed``).
        """
        with write_transaction(self._engine) as connection:
            kept = self._refusals.keep(
                upload.data,
                file_name=upload.file_name,
                by=upload.by,
                received_at=upload.received_at,
                rule=rule,
                reason=reason,
            )
            sha256 = sha256_of(upload.data)
            record(connection, Actor.from_signature(upload.by), "refuse", rule, sha256=sha256, size=len(upload.data))
        log.info("refused %s by %s, %d bytes", sha256[:ID_LENGTH], rule, len(upload.data))
        return kept

    # ---- files

    @property
    def blobs(self) -> Blobs:
        """The files by content hash."""
        return self._blobs

    def refused(self) -> list[dict[str, Any]]:
        """Records of refused uploads, newest first, each with ``kept``: whether its file is still here."""
        return self._refusals.records()

    @staticmethod
    def refusal_notes(kept: Mapping[str, Any]) -> list[Text]:
        """What a record of ``refuse`` has to say beyond the reason: not kept, or older ones removed to make room."""
        return [Text(**note) for note in kept["notes"]]

    def pending(self) -> list[str]:
        """Current submissions that are still to be evaluated anew, the longest waiting first."""
        return tasks.pending_evaluations(self._engine)

    def bytes_of(self, submission: str) -> bytes:
        """The submitted file, verified against its hash. Raises StoreError when unknown, missing or changed."""
        sha256 = self._hash_of(submission, "sha256")
        assert sha256 is not None
        return self._blobs.read(sha256)

    def marked_of(self, submission: str) -> bytes | None:
        """The marked workbook of a submission, verified; None where none was kept with its results.

        Raises StoreError when unknown, missing or changed.
        """
        sha256 = self._hash_of(submission, "marked_sha256")
        return None if sha256 is None else self._blobs.read(sha256)

    def erase(self, submission: str, reason: str, actor: Actor) -> None:
        """Removes the bytes of a submission's workbooks for good; its values, findings and log line stay.

        Bytes that another submission was handed in as stay for that one. Raises StoreError for an unknown submission
        and one whose bytes were erased before.
        """
        table, gone = tables.submissions, tables.erasures
        with write_transaction(self._engine) as connection:
            row = connection.execute(select(table).where(table.c.id == submission)).mappings().first()
            if row is None:
                raise StoreError(problems.UNKNOWN_SUBMISSION)
            before = connection.scalar(select(gone.c.reason).where(gone.c.submission == submission))
            if before is not None:
                raise StoreError(problems.ERASED.format(reason=before))
            told = {"submission": submission, "reason": reason, "at": datetime.now(UTC)}
            connection.execute(insert(gone), told)
            whose = {"institution": row["institution"], "submission": submission}
            record(connection, actor, "erase", submission, **whose, reason=reason, sha256=row["sha256"])
        self._drop_unnamed({row["sha256"], row["marked_sha256"]})
        log.info("erased the file of submission %s", submission)

    def _hash_of(self, submission: str, column: str) -> str | None:
        table = tables.submissions
        with self._engine.connect() as connection:
            erased = tables.erasures
            reason = connection.scalar(select(erased.c.reason).where(erased.c.submission == submission))
            if reason is not None:
                raise StoreError(problems.ERASED.format(reason=reason))
            row = connection.execute(select(table.c[column]).where(table.c.id == submission)).first()
        if row is None:
            raise StoreError(problems.UNKNOWN_SUBMISSION)
        found: str | None = row[0]
        return found

    def recognise(self, outcome: Outcome, data: bytes) -> str | None:
        """Id of the newest version of this form that was handed in as exactly these bytes, or None."""
        with self._engine.connect() as connection:
            return same_bytes(connection, outcome, sha256_of(data))

    def stands(self, submission: str) -> bool:
        """Whether a kept version counts already, so that handing it in again changes nothing."""
        with self._engine.connect() as connection:
            return is_standing(connection, submission)

    def check(self) -> list[Text]:
        """What is amiss, a line each; empty when all is well. Reads every stored file.

        Finds files that belong to no submission (a process that died before its transaction leaves one: harmless),
        missing, changed and unfinished files, access open to others, and rows of the log that were changed; ``mend``
        clears what is harmless. Of a damaged database only the damage is told, since it is not known what belongs to
        a submission.
        """
        if damage := damage_of(self._engine):
            return [problems.line(problems.DATABASE_DAMAGED, what) for what in damage]
        with self._engine.connect() as connection:
            wanted = named_files(connection)
            logged = [*check_chain(connection), *check_references(connection)]
        own = [*self._blobs.check(wanted), *self._refusals.check(), *check_place(self._place, self._database)]
        return [*logged, *own]

    def mend(self, actor: Actor) -> list[Text]:
        """Removes files that belong to no submission and unfinished ones, and closes access open to others.

        A line for each thing done. No upload can be under way meanwhile. Raises StoreError when it cannot,
        or the database is damaged, so that it is not known what belongs to a submission.
        """
        if damage_of(self._engine):
            raise StoreError(problems.UNREADABLE)
        done = []
        with write_transaction(self._engine) as connection:
            orphans = [*self._blobs.orphans(named_files(connection)), *self._refusals.orphans()]
            for name in [*orphans, *unfinished_files(self._place)]:
                if self._place.remove(name):
                    done.append(problems.line(problems.REMOVED, name))
            for path in wrong_modes(self._place.folder, self._database):
                path.chmod(right_mode(path))
                done.append(problems.line(problems.CLOSED, name_in(self._place.folder, path)))
            if done:
                record(connection, actor, "admin_mend", "store", count=len(done))
        return done

    def readiness(self) -> list[Text]:
        """Why the store cannot take an upload now, in both languages; empty when it can."""
        found = []
        try:
            self.stamp()
        except StoreError as problem:
            found.append(problem.text)
        try:
            if not self._takes_files():
                found.append(problems.FILES_GONE)
        except StoreError as problem:
            found.append(problem.text)
        return found

    def _takes_files(self) -> bool:
        if (folder := self._place.folder) is None:
            return read_marker(self._place) is not None
        parts = [folder / BLOBS, folder / REFUSED]
        return all(path.is_dir() and os.access(path, os.W_OK | os.X_OK) for path in parts)

    @property
    def _database(self) -> Path | None:
        file = self._engine.get_execution_options().get("file")
        return None if file is None else file.path

    def _refuse_other_kind(self, is_demo: bool) -> None:
        if is_demo and self._kind == "real":
            raise StoreError(problems.DEMO_INTO_REAL)
        if not is_demo and self._kind == "demo":
            raise StoreError(problems.REAL_INTO_DEMO)


def _record_upload(
    connection: Connection, upload: Upload, outcome: Outcome, submission: str, aside: str | None = None
) -> None:
    """Logs that an upload was kept, and why it does not count where it does not."""
    where = {"institution": outcome.institution, "submission": submission}
    what: dict[str, Any] = {
        "form": outcome.form,
        "year": outcome.year,
        "sha256": sha256_of(upload.data),
        "size": len(upload.data),
    }
    said: dict[str, Any] = {"status": outcome.status, "explanations": len(outcome.explanations) or None, "aside": aside}
    record(connection, Actor.from_signature(upload.by), "upload", submission, **where, **what, **said)


def _give_back(connection: Connection, submission: str) -> None:
    """Ends the erasure of bytes that were handed in again; the marked workbook made from them before is gone."""
    table, erased = tables.submissions, tables.erasures
    if connection.execute(delete(erased).where(erased.c.submission == submission)).rowcount:
        connection.execute(update(table).where(table.c.id == submission).values(marked_sha256=None))


def named_files(connection: Connection) -> set[str]:
    """Hashes of every file that is named: workbooks as handed in, marked, and waiting, and the editions of rounds."""
    table = tables.submissions
    is_kept = table.c.id.not_in(select(tables.erasures.c.submission))
    rows = [
        *connection.execute(select(table.c.sha256, table.c.marked_sha256).where(is_kept)),
        *connection.execute(select(tables.waiting_uploads.c.sha256)),
        *connection.execute(select(tables.rounds.c.edition_sha256)),
    ]
    return {sha256 for row in rows for sha256 in row if sha256 is not None}
