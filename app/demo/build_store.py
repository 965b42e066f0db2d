"""``python -m app.demo.build_store FOLDER LANGUAGE``: a store with the invented nation and its rounds.

Some forms of the latest round are workbooks that go through the steps of any upload. Of the others the clean values
are kept as after the erasure of a workbook: they are evaluated together, since a workbook each takes twenty minutes.
"""

from __future__ import annotations

import fcntl
import gc
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Table, insert

from app.access import Actor
from app.commands.exit_codes import FINE, INTERRUPTED, NOT_ALLOWED
from app.demo.demo_rounds import keep_rounds
from app.demo.filled_forms import demo_institutions
from app.demo.forms_without_workbooks import AnswerRow, Evaluated, FilledForm, evaluate_forms
from app.demo.full_and_centre_forms import centre_issues_of_profile, issue_of_round
from app.demo.further_profiles import Existing, everyone
from app.demo.imported_papers import demo_papers
from app.edition import catalogue
from app.storage.audit import record
from app.storage.column_types import JsonText
from app.storage.database import tables
from app.storage.database.connection import write_transaction
from app.storage.database.identity import revision_of
from app.storage.database.imported_papers import keep_imported_papers
from app.storage.files.folder import DATABASE
from app.storage.problems import StoreError
from app.storage.store import Store
from app.storage.versions import CURRENT, Outcome, Upload, put_institution, software, submission_id
from app.submission.background import Background, form_of_result
from app.submission.fork_server import end_with_parent
from app.submission.gather_background import forms_beside, gather_background
from app.submission.process_workbook import process
from app.submission.result import Result, outcome_of
from app.texts import say
from schemas.dictionary.dictionary import CENTRE
from schemas.form.issue import Given, Issue
from schemas.reading.clean_tables import evidence_scopes
from schemas.template.write_template import write_template

FILLED_BY = "demo"
WORKERS = 2
TOGETHER = 20  # institutions whose forms are evaluated at once
ROUNDS = (2021, 2022, 2023, 2024, 2025, 2026)
WITH_LINEAGE = ROUNDS[-1]  # the round in which the answers behind each value are kept too
WITH_WORKBOOKS = ("DEMO-01", "DEMO-03", "DEMO-06", "DEMO-12", "DEMO-28")
NO_FILE = "デモの過去の提出にはファイルがありません。 / No file comes with this submission of the demo."
RESULT_TABLES = (tables.values, tables.value_cells, tables.gaps, tables.scores)  # parents before what refers to them


@dataclass(frozen=True)
class Filled:
    """One filled workbook and what the store keeps of it; ``renewed`` are new results of centres beside it, by unit."""

    upload: Upload
    outcome: Outcome
    institution_row: dict[str, str]
    renewed: Mapping[str, Outcome] = field(default_factory=dict)


@dataclass(frozen=True)
class Together:
    """The forms of some institutions and rounds, evaluated together; ``received`` by submission."""

    forms: Sequence[FilledForm]
    received: Mapping[str, datetime]
    results: Sequence[Evaluated]


def build_demo_store(folder: Path, progress: Callable[[int, int], None], *, each: int = 1) -> None:
    """Builds the demo store in ``folder``, replacing a half-built one; of every ``each`` institutions one.

    Two processes fill the forms; they are kept in the order of institutions. ``progress`` is called with the
    institutions done and all of them, those with workbooks a second time.
    """
    if folder.exists():
        shutil.rmtree(folder)
    store = Store.open(folder, "demo")
    existing = everyone()[::each]
    in_rounds = {year: [one.profile.code for one in existing if one.exists_in(year)] for year in ROUNDS}
    own = [one for one in existing if one.profile.code in WITH_WORKBOOKS]
    done, total = 0, len(existing) + len(own)
    # Spawned workers share no open file or thread with whoever starts them.
    with ProcessPoolExecutor(WORKERS, get_context("spawn"), initializer=_ready, initargs=(os.getpid(),)) as workers:
        batches = [existing[n : n + TOGETHER] for n in range(0, len(existing), TOGETHER)]
        for batch, together in zip(batches, workers.map(fill_together, batches), strict=True):
            keep_together(store, together)
            done += len(batch)
            progress(done, total)
        backgrounds = [_backgrounds(store, one) for one in own]
        for forms in workers.map(fill_workbooks, own, backgrounds):
            _keep(store, forms)
            done += 1
            progress(done, total)
    codes = {one.profile.code for one in existing}
    papers = [demo_papers(one, catalogue().dictionary) for one in demo_institutions() if one.code in codes]
    keep_imported_papers(store.engine, papers)
    keep_rounds(store, ROUNDS, datetime.now(UTC), in_rounds)
    store.close()


def _ready(parent: int) -> None:
    """Loads what every form needs; the collector need not walk through the many small rows of forms."""
    end_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is for who started us
    catalogue()
    gc.disable()


# without workbooks -----------------------------------------------------------------------------------------------


def fill_together(existing: Sequence[Existing]) -> Together:
    """The forms of some institutions in every round but those that come as workbooks, evaluated together."""
    forms: list[FilledForm] = []
    received: dict[str, datetime] = {}
    for one in existing:
        for year in ROUNDS:
            is_workbook = one.profile.code in WITH_WORKBOOKS and year == ROUNDS[-1]
            if not is_workbook and one.hands_in(year):
                found = list(forms_of_round(one, year))
                forms += found
                received |= {form.submission: one.hands_in_at(year) for form in found}
    parts = [[f for f in forms if (f.issue.year == WITH_LINEAGE) == wanted] for wanted in (False, True)]
    results = [evaluate_forms(part, lineage=n == 1) for n, part in enumerate(parts) if part]
    return Together(forms, received, results)


def forms_of_round(one: Existing, year: int) -> Iterator[FilledForm]:
    """The form of an institution in a round, after those of the centres that it does not compare."""
    *centres, own = issues_of_round(one, year)
    yield from (FilledForm(_id(issue), issue) for issue in centres)
    yield FilledForm(_id(own), own, {issue.unit: _compared_with(own, issue) for issue in centres})


def _compared_with(own: Issue, centre: Issue) -> Issue:
    """The form of an institution as if it compared another centre: what it says of one comes from that one's form."""
    about = {key: value for key, value in centre.answers.items() if CENTRE in key[1].split("/")}
    others = {key: value for key, value in own.answers.items() if CENTRE not in key[1].split("/")}
    units = [{**row, "is_centre": "yes" if row["unit"] == centre.unit else "no"} for row in own.lists.get("units", [])]
    evidence = _evidence(own, centre)
    return replace(own, answers={**others, **about, **evidence}, lists={**own.lists, "units": units})


def _evidence(own: Issue, centre: Issue) -> dict[tuple[str, str], Given]:
    """The evidence of each item: for the centre that of its own form, for the institution that of the institution's."""
    merged: dict[tuple[str, str], Given] = {}
    columns = ("evidence_kind", "evidence", "evidence_scope")
    keys = [*own.answers, *centre.answers]
    for item in dict.fromkeys(row_key for name, row_key in keys if name.startswith("checklist_details.")):
        given = {
            scope: {column: form.answers.get((f"checklist_details.{column}", item)) for column in columns}
            for scope, form in (("institution", own), (CENTRE, centre))
        }
        covered = [scope for scope, row in given.items() if scope in evidence_scopes(row)]
        source = given[covered[0]] if covered else dict.fromkeys(columns)
        row = {**source, "evidence_scope": "both" if len(covered) > 1 else covered[0] if covered else None}
        merged |= {(f"checklist_details.{column}", item): value for column, value in row.items()}
    return merged


def issues_of_round(one: Existing, year: int) -> list[Issue]:
    """The forms of the centres that an institution does not compare, and then its own."""
    profile, dictionary = one.profile_in(year), catalogue().dictionary
    return [*centre_issues_of_profile(profile, year, dictionary), issue_of_round(profile, year, dictionary)]


def _id(issue: Issue) -> str:
    return submission_id(issue.institution.code, issue.year, issue.form, issue.unit, 1, "")


def keep_together(store: Store, together: Together) -> None:
    """Keeps forms without workbooks in one transaction, each with a line of the log and what became of its file."""
    actor = Actor.from_signature(FILLED_BY)
    with write_transaction(store.engine) as connection:
        for institution in {form.issue.institution.code: form.issue.institution for form in together.forms}.values():
            names = ("code", "name_ja", "name_en", "founder", "prefecture")
            put_institution(connection, {name: getattr(institution, name) for name in names})
        revision = revision_of(connection)
        rows = [_submission_row(form, together.received[form.submission], revision) for form in together.forms]
        if rows:
            connection.execute(insert(tables.submissions), rows)
        for results in together.results:
            _keep_results(connection, results)
        for row in rows:
            at = row["received_at"]
            connection.execute(insert(tables.erasures), {"submission": row["id"], "reason": NO_FILE, "at": at})
            whose = {"institution": str(row["institution"]), "submission": str(row["id"])}
            facts: dict[str, Any] = {"form": row["form"], "year": row["year"], "size": 0, "status": "ok"}
            record(connection, actor, "upload", whose["submission"], **whose, **facts)


def _submission_row(form: FilledForm, received: datetime, revision: int) -> dict[str, object]:
    issue = form.issue
    name = "_".join(filter(None, (issue.institution.code, issue.unit, str(issue.year))))
    units = [row["unit"] for row in issue.lists.get("units", []) if row.get("is_centre") == "yes"]
    return {
        "id": form.submission, "institution": issue.institution.code, "year": issue.year, "form": issue.form,
        "unit": issue.unit, "centre": issue.unit or (str(units[0]) if units else CENTRE), "sequence": 1,
        "received_at": received, "by": FILLED_BY, "sha256": "", "size": 0, "file_name": f"{name}.xlsx",
        "state": CURRENT, "reason": None, "status": "ok", "supersedes": None,
        "dictionary_hash": catalogue().dictionary.hash, "catalogue_hash": catalogue().hash, "software": software(),
        "current_since": revision,
    }  # fmt: skip


def _keep_results(connection: Connection, results: Evaluated) -> None:
    _insert(connection, tables.answers, AnswerRow._fields, results.answers)
    for table in RESULT_TABLES:
        frame = results.frames[table.name]
        columns = [column for column in table.columns if column.name in frame]
        cells = [_cells(frame[column.name], is_list=isinstance(column.type, JsonText)) for column in columns]
        _insert(connection, table, [column.name for column in columns], list(zip(*cells, strict=True)))


def _insert(connection: Connection, table: Table, names: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    columns, marks = ", ".join(f'"{name}"' for name in names), ", ".join("?" * len(names))
    if rows:
        connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})', list(rows))


def _cells(values: pd.Series, *, is_list: bool) -> list[Any]:
    """A column as plain values for the database, a list as JSON text."""
    cells: list[Any] = values.astype(object).where(values.notna(), None).tolist()
    if not is_list:
        return cells
    words = [cell.split() if isinstance(cell, str) else cell or [] for cell in cells]
    return [json.dumps(list(word)) for word in words]


# workbooks -------------------------------------------------------------------------------------------------------


def _backgrounds(store: Store, one: Existing) -> dict[str, Background]:
    """What the store knows before the workbooks of the latest round of an institution come in, by unit."""
    year, code = ROUNDS[-1], one.profile.code
    at = one.hands_in_at(year)
    return {
        issue.unit: gather_background(
            store, code, year, issue.form, issue.unit, forms_beside(store, code, year, issue.form, issue.unit), at
        )
        for issue in issues_of_round(one, year)
    }


def fill_workbooks(one: Existing, backgrounds: Mapping[str, Background]) -> list[Filled]:
    """The workbooks of an institution in the latest round, judged beside what the store knows."""
    year = ROUNDS[-1]
    return [filled for filled, _ in judge_issues(issues_of_round(one, year), backgrounds, one.hands_in_at(year))]


def judge_issues(
    issues: Sequence[Issue], backgrounds: Mapping[str, Background], received: datetime
) -> list[tuple[Filled, Result]]:
    """The forms of one institution and round as workbooks, judged; the form of the institution comes last.

    It rests on the forms of centres other than the one that is compared, which are judged anew beside it.
    """
    made: list[tuple[Issue, bytes, Result]] = []
    for issue in issues:
        data = write_template(catalogue().dictionary, issue)
        beside = tuple(form_of_result(one) for _, _, one in made) if not issue.unit else ()
        made.append((issue, data, process(data, replace(backgrounds[issue.unit], beside=beside, dependents=beside))))
    found = []
    for issue, data, result in made:
        name = "_".join(filter(None, (issue.institution.code, issue.unit, str(issue.year))))
        upload = Upload(data, f"{name}.xlsx", FILLED_BY, received)
        renewed = {one.header["unit"]: outcome_of(one) for one in result.dependents}
        found.append((Filled(upload, outcome_of(result), result.header["institution_row"], renewed), result))
    return found


def _keep(store: Store, forms: Sequence[Filled]) -> None:
    """Keeps the workbooks of one institution in their order."""
    kept: dict[str, str] = {}
    for form in forms:
        renewed = {kept[unit]: outcome for unit, outcome in form.renewed.items()}
        kept[form.outcome.unit] = store.keep(form.upload, form.outcome, form.institution_row, renewed=renewed)


def main(arguments: Sequence[str]) -> int:
    """Builds the demo store once, beside its place, and moves it there when it is whole; returns the exit code.

    Of two that start at once, one builds and the other waits for it. Ctrl+C ends it and its workers without a word.
    """
    end_with_parent(os.getppid())
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    folder, language = Path(arguments[0]), arguments[1]
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(folder.with_name(f"{folder.name}.lock"), "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / DATABASE).exists():
                partial = folder.with_name(f"{folder.name}.partial")
                build_demo_store(partial, lambda done, total: _show(done, total, language))
                partial.rename(folder)
    except StoreError as problem:
        sys.stderr.write(f"{problem.text[language]}\n")
        return NOT_ALLOWED
    return FINE


def _show(done: int, total: int, language: str) -> None:
    end = "\n" if done == total else ""
    sys.stdout.write(f"\r{say('cli.building_demo', language)} {done}/{total}{end}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
