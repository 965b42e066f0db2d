"""Fills a store of its own with the invented nation, through the same steps as any upload."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

from app.demo.filled_forms import DEMO_YEARS, demo_institutions, demo_issue
from app.edition import catalogue
from app.storage.store import Outcome, Store, Upload
from app.submission.background import NOTHING_KNOWN, background_after
from app.submission.process_workbook import process
from app.submission.result import outcome_of
from schemas.register import Institution
from schemas.template.write_template import write_template

FILLED_BY = "demo"
WORKERS = 2


@dataclass(frozen=True)
class Filled:
    """One filled form and what the store keeps of it."""

    upload: Upload
    outcome: Outcome
    institution_row: dict[str, str]


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
    with ProcessPoolExecutor(WORKERS, get_context("spawn"), initializer=_ready) as workers:
        for done, forms in enumerate(workers.map(filled_rounds, institutions), 1):
            for form in forms:
                store.keep(form.upload, form.outcome, form.institution_row)
            progress(done * len(DEMO_YEARS), len(institutions) * len(DEMO_YEARS))
    store.close()


def _ready() -> None:
    """Loads what every form needs; the collector need not walk through it again for each one."""
    catalogue()
    gc.freeze()


def filled_rounds(institution: Institution) -> list[Filled]:
    """The forms of one invented university for all rounds in order, each judged beside the one before."""
    dictionary = catalogue().dictionary
    background, found = NOTHING_KNOWN, []
    for year in DEMO_YEARS:
        data = write_template(dictionary, demo_issue(institution, year, dictionary))
        result = process(data, background)
        background = background_after(result)
        upload = Upload(data, f"{institution.code}_{year}.xlsx", FILLED_BY, datetime(year, 6, 10, 1, 0, tzinfo=UTC))
        found.append(Filled(upload, outcome_of(result), result.header["institution_row"]))
    return found
