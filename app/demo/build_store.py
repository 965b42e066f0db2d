"""``python -m app.demo.build_store FOLDER LANGUAGE``: a store with the invented nation, by the steps of any upload."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

from app.commands.exit_codes import FINE, NOT_ALLOWED
from app.demo.demo_rounds import keep_rounds
from app.demo.filled_forms import DEMO_YEARS, demo_institutions, demo_issue
from app.demo.full_and_centre_forms import demo_centre_issues
from app.demo.imported_papers import demo_papers
from app.edition import catalogue
from app.storage.database.imported_papers import keep_imported_papers
from app.storage.files.folder import DATABASE
from app.storage.problems import StoreError
from app.storage.store import Outcome, Store, Upload
from app.submission.background import NOTHING_KNOWN, background_after, form_of_result
from app.submission.fork_server import end_with_parent
from app.submission.process_workbook import process
from app.submission.result import Result, outcome_of
from app.texts import say
from schemas.form.issue import Issue
from schemas.register import Institution
from schemas.template.write_template import write_template

FILLED_BY = "demo"
WORKERS = 2
USUAL = (6, 10)  # month and day on which forms come in
LATE = {("DEMO-09", 2024): (8, 20), ("DEMO-22", 2025): (9, 5), ("DEMO-17", 2026): (7, 30)}
MISSING = {("DEMO-27", 2026), ("DEMO-19", 2026), ("DEMO-24", 2025)}  # asked, and not handed in


@dataclass(frozen=True)
class Filled:
    """One filled form and what the store keeps of it; ``renewed`` are new results of centres beside it, by unit."""

    upload: Upload
    outcome: Outcome
    institution_row: dict[str, str]
    renewed: Mapping[str, Outcome] = field(default_factory=dict)


def build_demo_store(folder: Path, progress: Callable[[int, int], None]) -> None:
    """Builds the demo store in ``folder``, replacing a half-built one.

    Two processes fill and judge the forms; they are kept in the order of institutions, then years.
    ``progress`` is called with the forms done and all of them.
    """
    if folder.exists():
        shutil.rmtree(folder)
    store = Store.open(folder, "demo")
    institutions = demo_institutions()
    # Spawned workers share no open file or thread with whoever starts them.
    with ProcessPoolExecutor(WORKERS, get_context("spawn"), initializer=_ready, initargs=(os.getpid(),)) as workers:
        for done, forms in enumerate(workers.map(filled_rounds, institutions), 1):
            _keep(store, forms)
            keep_imported_papers(store.engine, [demo_papers(institutions[done - 1], catalogue().dictionary)])
            progress(done * len(DEMO_YEARS), len(institutions) * len(DEMO_YEARS))
    keep_rounds(store, DEMO_YEARS, datetime.now(UTC))
    store.close()


def _keep(store: Store, forms: Sequence[Filled]) -> None:
    """Keeps the forms of one institution in their order."""
    kept: dict[tuple[int, str], str] = {}
    for form in forms:
        renewed = {kept[form.outcome.year, unit]: outcome for unit, outcome in form.renewed.items()}
        key = store.keep(form.upload, form.outcome, form.institution_row, renewed=renewed)
        kept[form.outcome.year, form.outcome.unit] = key


def _ready(parent: int) -> None:
    """Loads what every form needs; the collector need not walk through it again for each one."""
    end_with_parent(parent)
    catalogue()
    gc.freeze()


def filled_rounds(institution: Institution) -> list[Filled]:
    """The forms of one invented university for all rounds in order, each judged beside the one before.

    The forms of centres other than the one that is compared come before the form of the institution, which rests on
    them; they are judged anew beside it.
    """
    dictionary = catalogue().dictionary
    before: dict[str, Result] = {}
    found = []
    for year in DEMO_YEARS:
        issues = [*demo_centre_issues(institution, year, dictionary), demo_issue(institution, year, dictionary)]
        made: list[tuple[Issue, bytes, Result]] = []
        for issue in issues:
            data = write_template(dictionary, issue)
            background = background_after(before[issue.unit]) if issue.unit in before else NOTHING_KNOWN
            beside = tuple(form_of_result(one) for _, _, one in made) if not issue.unit else ()
            result = process(data, replace(background, beside=beside, dependents=beside))
            before[issue.unit] = result
            made.append((issue, data, result))
        for issue, data, result in made:
            name = "_".join(filter(None, (institution.code, issue.unit, str(year))))
            day = datetime(year, *LATE.get((institution.code, year), USUAL), 1, 0, tzinfo=UTC)
            upload = Upload(data, f"{name}.xlsx", FILLED_BY, day)
            renewed = {one.header["unit"]: outcome_of(one) for one in result.dependents}
            if (institution.code, year) not in MISSING:
                found.append(Filled(upload, outcome_of(result), result.header["institution_row"], renewed))
    return found


def main(arguments: Sequence[str]) -> int:
    """Builds the demo store once, beside its place, and moves it there when it is whole; returns the exit code.

    Of two that start at once, one builds and the other waits for it.
    """
    end_with_parent(os.getppid())
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
