"""The files of a round: forms for all as one archive, reminder letters with a contact list, the frozen edition."""

from __future__ import annotations

import csv
import io
import os
import sys
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from app.commands.exit_codes import FINE, Options, UsageProblem, tell, warn
from app.documents.letters.reminder import letters_of
from app.documents.scorecard import file_code
from app.edition import catalogue
from app.rounds.frozen_edition import unpack_edition
from app.rounds.round_errors import RoundError
from app.rounds.round_events import RoundEvent, record_event
from app.rounds.round_record import Body, need_round, population_of
from app.rounds.tracker import track_round
from app.storage.database.connection import writing
from app.storage.files.durable import sha256_of
from app.storage.store import Store
from app.submission.issued_form import issue_for
from app.texts import say
from schemas.dictionary.field import FORMS, Form
from schemas.form.issue import Issue
from schemas.register import Institution, UnknownInstitution, load_register
from schemas.template.write_template import write_template

ARCHIVE = ".zip"
MANIFEST = "manifest.csv"
MANIFEST_COLUMNS = ("file", "code", "name_ja", "name_en", "form", "year", "issue", "previous", "sha256")


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
    """Writes the form of every body of a round, pre-filled, with a manifest that holds the issue ids."""
    with store.engine.connect() as connection:
        found = need_round(connection, options.year)
        bodies = population_of(connection, options.year)
    form = _form_of(options, found.forms)
    issues = (issue_for(store, institution_of(store, body, found.year), form, found.year) for body in bodies)
    lines: list[dict[str, Any]] = []
    with OutputFiles(_needed_out(options)) as out, _progress(len(bodies), language) as advance:
        for body, issue, data in _written(bodies, issues):
            name = f"{file_code(body.institution)}_{form}_{found.year}.xlsx"
            out.write(name, data)
            lines.append(_manifest_line(name, body, issue, data))
            advance()
        out.write(MANIFEST, _csv(lines))
    with writing(store.engine) as connection:
        for line in lines:
            facts = {"form": form, "issue": line["issue"]}
            record_event(connection, RoundEvent(found.year, "issued", actor, now, line["code"], facts=facts))
    prefilled = sum(line["previous"] == "yes" for line in lines)
    tell(say("round.forms_written", language, n=len(lines), prefilled=prefilled, out=options.out))
    return FINE


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


def _written(bodies: Sequence[Body], issues: Iterator[Issue]) -> Iterator[tuple[Body, Issue, bytes]]:
    """The workbook of each issue, in order, made in as many processes as there are processors."""
    workers = len(os.sched_getaffinity(0))
    # Forked, so that whatever started the command is not run again; the children write workbooks and nothing else.
    with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
        waiting = []
        for body, issue in zip(bodies, issues, strict=True):
            waiting.append((body, issue, pool.submit(write_issue, issue)))
            if len(waiting) > 4 * workers:
                first = waiting.pop(0)
                yield first[0], first[1], first[2].result()
        for body, issue, made in waiting:
            yield body, issue, made.result()


def write_issue(issue: Issue) -> bytes:
    """The workbook of an issue; runs in a process of its own."""
    return write_template(catalogue().dictionary, issue)


def _manifest_line(name: str, body: Body, issue: Issue, data: bytes) -> dict[str, Any]:
    whose = {"file": name, "code": body.institution, "name_ja": body.name_ja, "name_en": body.name_en}
    known = "yes" if issue.previous or issue.answers else "no"
    what = {"form": issue.form, "year": issue.year, "issue": issue.issue_id(catalogue().dictionary.hash)}
    return {**whose, **what, "previous": known, "sha256": sha256_of(data)}


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


@contextmanager
def _progress(total: int, language: str) -> Iterator[Any]:
    """A count on the terminal of the error stream; nothing where nobody watches."""
    done = 0

    def advance() -> None:
        nonlocal done
        done += 1
        if sys.stderr.isatty() and (done % 20 == 0 or done == total):
            warn(say("round.progress", language, n=done, total=total))

    yield advance
