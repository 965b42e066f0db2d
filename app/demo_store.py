"""Fills a store of its own with the invented nation, through the same steps as any upload."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from app.demo import DEMO_YEARS, demo_institutions, demo_issue
from app.storage.store import Outcome, Store, Upload
from app.submission import Processed, Request, catalogue, process
from schemas.workbook import write_template

FILLED_BY = "demo"


def outcome_of(result: Processed) -> Outcome:
    """What the store keeps of a processed workbook."""
    header, frames = result.header, result.frames
    return Outcome(
        institution=header["institution"],
        year=header["year"],
        form=header["form"],
        is_demo=header["is_demo"],
        dictionary_hash=header["dictionary_hash"],
        catalogue_hash=catalogue().hash,
        status=header["validation"]["status"],
        answers=frames["answers"],
        findings=header["validation"]["findings"],
        values=frames["values"],
        value_cells=frames["value_cells"],
        gaps=frames["gaps"],
        scores=frames["scores"],
    )


def build_demo_store(folder: Path, progress: Callable[[int, int], None]) -> None:
    """Builds the demo store in ``folder``, replacing a half-built one."""
    if folder.exists():
        shutil.rmtree(folder)
    dictionary = catalogue().dictionary
    store = Store.open(folder, "demo")
    institutions = demo_institutions()
    total = len(institutions) * len(DEMO_YEARS)
    workbooks: dict[tuple[str, int, str], bytes] = {}
    for done, (year, institution) in enumerate(((y, i) for y in DEMO_YEARS for i in institutions), 1):
        data = write_template(dictionary, demo_issue(institution, year, dictionary))
        workbooks[institution.code, year, "core"] = data
        result = process(Request(data, previous=lambda *key: workbooks.get(key)))
        received = datetime(year, 6, 10, 1, 0, tzinfo=UTC)
        upload = Upload(data, f"{institution.code}_{year}.xlsx", FILLED_BY, received)
        store.keep(upload, outcome_of(result), result.header["institution_row"])
        progress(done, total)
    store.close()
