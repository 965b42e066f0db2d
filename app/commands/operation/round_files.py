"""The files of a round: forms for all as one archive, reminder letters with a contact list, the frozen edition."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from typing import Any

from app.commands.exit_codes import FINE, Options, tell
from app.commands.operation.unfinished_files import Facts, UnfinishedFiles
from app.commands.terminal import progress_bar
from app.documents.letters.reminder import letters_of
from app.documents.scorecard import file_code
from app.edition import versions_of_software
from app.rounds.frozen_edition import edition_not_in_force, program_with_edition, unpack_edition
from app.rounds.population import words_in
from app.rounds.round_errors import RoundError
from app.rounds.round_events import RoundEvent, record_event
from app.rounds.round_record import Body, Round, need_round, population_of
from app.rounds.tracker import track_round
from app.storage.database.connection import write_transaction
from app.storage.store import Store
from app.submission import fork_server
from app.submission.issue_forms import gather_known, issue_in
from app.submission.issued_form import IssuedForm, KnownBefore
from app.submission.worker_pool import WorkerPool
from app.texts import say
from schemas.dictionary.field import FORMS, Form
from schemas.register import Institution, UnknownInstitution, load_register

MANIFEST = "manifest.csv"
FEW = 20  # forms for which working everything out in advance costs more than it saves
MANIFEST_COLUMNS = ("file", "code", "name_ja", "name_en", "form", "year", "issue", "previous", "papers", "sha256")


def write_forms(store: Store, options: Options, language: str, now: datetime, actor: str) -> int:
    """Writes the form of every body of a round, pre-filled, with a manifest that holds the issue ids.

    Forms are those of the edition that the round has frozen, by which they are judged. Given again after it was broken
    off it goes on: what was written from the same answers is not written again.
    """
    with store.engine.connect() as connection:
        found = need_round(connection, options.year)
        bodies = population_of(connection, options.year)
    form = _form_of(options, found.forms)
    known = (gather_known(store, institution_of(store, body, found.year), form, found.year) for body in bodies)
    lines: list[dict[str, Any]] = []
    before = 0
    bar = progress_bar(len(bodies), say("round.progress", language))
    with UnfinishedFiles(options.out) as files, bar as advance:
        for body, one, made in _write_workbooks(store, found, bodies, known, files):
            name = _file_name(one)
            if isinstance(made, dict):
                before += 1
            else:
                made = {**_facts(made), "sha256": files.put(name, mark_of(one, found), made.data, _facts(made))}
            lines.append(_manifest_line(body, one, made))
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


def _file_name(known: KnownBefore) -> str:
    return f"{file_code(known.institution.code)}_{known.form}_{known.year}.xlsx"


def mark_of(known: KnownBefore, found: Round) -> str:
    """What a workbook is made from: what fills it in, the edition of its round and the software."""
    made_from = (known.institution, known.form, known.year, known.sources, sorted(known.texts.items()), known.computed)
    text = repr((made_from, found.edition_sha256, versions_of_software()["software"]))
    return hashlib.sha256(text.encode()).hexdigest()


def _form_of(options: Options, forms: Sequence[str]) -> Form:
    """The form that is issued: the one that was asked for, else the first of the round. Raises RoundError."""
    wanted = words_in(options.forms)
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


Made = tuple[Body, KnownBefore, IssuedForm | Facts]


def _write_workbooks(
    store: Store, found: Round, bodies: Sequence[Body], known: Iterator[KnownBefore], files: UnfinishedFiles
) -> Iterator[Made]:
    """The form of each body, in order, written in as many processes as there are processors.

    In place of one that was written before stands what was told of it. Raises StoreError, Refusal, Busy.
    """
    edition = edition_not_in_force(store, found.year)
    root = fork_server.ROOT if edition is None else program_with_edition(store, edition)
    workers = WorkerPool(rehearsed=len(bodies) > FEW, root=root)
    slots = len(os.sched_getaffinity(0))
    waiting: deque[tuple[Body, KnownBefore, Future[IssuedForm] | Facts]] = deque()
    with closing(workers), ThreadPoolExecutor(slots) as pool:
        try:
            for body, one in zip(bodies, known, strict=True):
                made = files.find(_file_name(one), mark_of(one, found)) or pool.submit(issue_in, workers, one)
                waiting.append((body, one, made))
                if len(waiting) > 4 * slots:
                    yield _done(*waiting.popleft())
            while waiting:
                yield _done(*waiting.popleft())
        finally:
            pool.shutdown(cancel_futures=True)


def _done(body: Body, known: KnownBefore, made: Future[IssuedForm] | Facts) -> Made:
    return body, known, made.result() if isinstance(made, Future) else made


def _facts(made: IssuedForm) -> Facts:
    previous, papers = ("yes" if has else "no" for has in (made.has_previous, made.has_papers))
    return {"issue": made.issue, "previous": previous, "papers": papers}


def _manifest_line(body: Body, known: KnownBefore, made: Facts) -> dict[str, Any]:
    whose = {"file": _file_name(known), "code": body.institution, "name_ja": body.name_ja, "name_en": body.name_en}
    return {**whose, "form": known.form, "year": known.year, **made}


def _csv(lines: Sequence[dict[str, Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, MANIFEST_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue().encode("utf-8-sig")


def write_letters(store: Store, options: Options, language: str, now: datetime) -> int:
    """Writes ``contacts.csv`` and a letter for every body that still has something to do."""
    tracker = track_round(store, options.year, now)
    names = []
    with UnfinishedFiles(options.out) as files:
        for name, data in letters_of(store, tracker, language, options.state):
            files.put(name, "", data)
            names.append(name)
        files.finish(names)
    letters = len(names) - 1  # beside them there is the contact list
    tell(say("round.letters_written", language, n=letters, out=options.out))
    return FINE


def write_edition(store: Store, options: Options, language: str) -> int:
    """Unpacks the frozen edition of a round into a folder."""
    with store.engine.connect() as connection:
        found = need_round(connection, options.year)
    count = unpack_edition(store, found.edition_sha256, options.out)
    tell(say("round.edition_written", language, n=count, year=found.year, out=options.out))
    return FINE
