"""The files of a round: forms for all as one archive, reminder letters with a contact list, the frozen edition."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import zipfile
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from app.commands.exit_codes import FINE, Options, UsageProblem, tell
from app.commands.operation.unfinished_files import ARCHIVE, UnfinishedFiles
from app.commands.terminal import progress_bar
from app.documents.letters.reminder import letters_of
from app.documents.scorecard import file_code
from app.edition import catalogue, versions_of_software
from app.rounds.frozen_edition import unpack_edition
from app.rounds.round_errors import RoundError
from app.rounds.round_events import RoundEvent, record_event
from app.rounds.round_record import Body, need_round, population_of
from app.rounds.tracker import track_round
from app.storage.database.connection import write_transaction
from app.storage.store import Store
from app.submission.fork_server import end_with_parent
from app.submission.issued_form import issue_for
from app.texts import say
from schemas.dictionary.field import FORMS, Form
from schemas.form.issue import Issue
from schemas.register import Institution, UnknownInstitution, load_register
from schemas.template.write_template import write_template

MANIFEST = "manifest.csv"
MANIFEST_COLUMNS = ("file", "code", "name_ja", "name_en", "form", "year", "issue", "previous", "papers", "sha256")


class OutputFiles:
    """Files written to a folder, or to a .zip, which is there once it is whole."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self._partial = target.with_name(f".{target.name}.part")
        self._archive: zipfile.ZipFile | None = None

    def __enter__(self) -> OutputFiles:
        self.target.parent.mkdir(parents=True, exist_ok=True)
        if self.target.suffix == ARCHIVE:
            self._archive = zipfile.ZipFile(self._partial, "w", zipfile.ZIP_STORED)
        elif self.target.exists() and (not self.target.is_dir() or any(self.target.iterdir())):
            raise RoundError("folder_in_use")
        return self

    def write(self, name: str, data: bytes) -> None:
        """Adds one file by its path within."""
        if self._archive is not None:
            self._archive.writestr(name, data)
            return
        path = self.target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def __exit__(self, failed: type[BaseException] | None, *_: object) -> None:
        if self._archive is None:
            return
        self._archive.close()
        if failed is None:
            os.replace(self._partial, self.target)
        else:
            self._partial.unlink(missing_ok=True)


def write_forms(store: Store, options: Options, language: str, now: datetime, actor: str) -> int:
    """Writes the form of every body of a round, pre-filled, with a manifest that holds the issue ids.

    Given again after it was broken off it goes on: what was written from the same answers is not written again.
    """
    with store.engine.connect() as connection:
        found = need_round(connection, options.year)
        bodies = population_of(connection, options.year)
    form = _form_of(options, found.forms)
    issues = (issue_for(store, institution_of(store, body, found.year), form, found.year) for body in bodies)
    lines: list[dict[str, Any]] = []
    before = 0
    bar = progress_bar(len(bodies), say("round.progress", language))
    with UnfinishedFiles(_needed_out(options)) as files, bar as advance:
        for body, issue, data in _write_workbooks(bodies, issues, files):
            before += isinstance(data, str)
            sha256 = data if isinstance(data, str) else files.put(_file_name(issue), mark_of(issue), data)
            lines.append(_manifest_line(body, issue, sha256))
            advance()
        files.put(MANIFEST, "", _csv(lines))
        with write_transaction(store.engine) as connection:
            for line in lines:
                facts = {"form": form, "issue": line["issue"]}
                record_event(connection, RoundEvent(found.year, "issued", actor, now, line["code"], facts=facts))
        files.finish([*(line["file"] for line in lines), MANIFEST])
    prefilled = sum(line["previous"] == "yes" for line in lines)
    tell(say("round.forms_written", language, n=len(lines), prefilled=prefilled, out=options.out))
    if before:
        tell(say("round.forms_resumed", language, n=before))
    return FINE


def _file_name(issue: Issue) -> str:
    return f"{file_code(issue.institution.code)}_{issue.form}_{issue.year}.xlsx"


def mark_of(issue: Issue) -> str:
    """What a workbook is made from: its issue with all that is filled in, the dictionary and the software."""
    made_from = (issue, catalogue().dictionary.hash, versions_of_software()["software"])
    return hashlib.sha256(repr(made_from).encode()).hexdigest()


def _needed_out(options: Options) -> Path:
    if options.out is None:
        raise UsageProblem("missing", what="--out")
    return Path(options.out)


def _form_of(options: Options, forms: Sequence[str]) -> Form:
    """The form that is issued: the one that was asked for, else the first of the round. Raises RoundError."""
    wanted = [word for part in options.forms or () for word in part.split(",")]
    asked = [form for form in FORMS if form in forms]
    if not wanted:
        return "core" if "core" in asked else asked[0]
    if len(wanted) > 1 or wanted[0] not in forms:
        raise RoundError("unknown_form", form=", ".join(wanted), known=", ".join(forms))
    return next(form for form in asked if form == wanted[0])


def institution_of(store: Store, body: Body, year: int) -> Institution:
    """A body of a round as an institution that a form can be issued for."""
    try:
        return load_register().get(body.institution, year)
    except UnknownInstitution:
        names = (body.institution, body.name_ja, body.name_en, body.founder, body.prefecture)
        return Institution(*names, is_demo=store.kind == "demo")


def _write_workbooks(
    bodies: Sequence[Body], issues: Iterator[Issue], files: UnfinishedFiles
) -> Iterator[tuple[Body, Issue, bytes | str]]:
    """The workbook of each issue, in order, made in as many processes as there are processors.

    In place of one that was written before stands its hash.
    """
    workers = len(os.sched_getaffinity(0))
    # Forked, so that whatever started the command is not run again; the children write workbooks and nothing else.
    context = get_context("fork")
    pool = ProcessPoolExecutor(workers, context, initializer=end_with_parent, initargs=(os.getpid(),))
    waiting: deque[tuple[Body, Issue, Future[bytes] | str]] = deque()
    try:
        for body, issue in zip(bodies, issues, strict=True):
            made = files.find(_file_name(issue), mark_of(issue)) or pool.submit(write_issue, issue)
            waiting.append((body, issue, made))
            if len(waiting) > 4 * workers:
                yield _done(*waiting.popleft())
        while waiting:
            yield _done(*waiting.popleft())
    finally:
        pool.shutdown(cancel_futures=True)


def _done(body: Body, issue: Issue, made: Future[bytes] | str) -> tuple[Body, Issue, bytes | str]:
    return body, issue, made if isinstance(made, str) else made.result()


def write_issue(issue: Issue) -> bytes:
    """The workbook of an issue; runs in a process of its own."""
    return write_template(catalogue().dictionary, issue)


def _manifest_line(body: Body, issue: Issue, sha256: str) -> dict[str, Any]:
    whose = {"file": _file_name(issue), "code": body.institution, "name_ja": body.name_ja, "name_en": body.name_en}
    known = "yes" if issue.previous or (issue.answers and not issue.computed) else "no"
    what = {"form": issue.form, "year": issue.year, "issue": issue.issue_id(catalogue().dictionary.hash)}
    return {**whose, **what, "previous": known, "papers": "yes" if issue.computed else "no", "sha256": sha256}


def _csv(lines: Sequence[dict[str, Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, MANIFEST_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue().encode("utf-8-sig")


def write_letters(store: Store, options: Options, language: str, now: datetime) -> int:
    """Writes ``contacts.csv`` and a letter for every body that still has something to do."""
    tracker = track_round(store, options.year, now)
    count = -1  # beside the letters there is the contact list
    with OutputFiles(_needed_out(options)) as out:
        for name, data in letters_of(store, tracker, language, options.state):
            out.write(name, data)
            count += 1
    tell(say("round.letters_written", language, n=count, out=options.out))
    return FINE


def write_edition(store: Store, options: Options, language: str) -> int:
    """Unpacks the frozen edition of a round into a folder."""
    with store.engine.connect() as connection:
        found = need_round(connection, options.year)
    count = unpack_edition(store, found.edition_sha256, _needed_out(options))
    tell(say("round.edition_written", language, n=count, year=found.year, out=options.out))
    return FINE
