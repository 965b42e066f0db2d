"""Fixtures of the tests that drive the app: the dictionary, filled workbooks of the demo, and a small demo store."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.demo.filled_forms import demo_institutions, demo_issue, sample_issues
from app.demo.imported_papers import demo_papers
from app.edition import catalogue
from app.results.nation.renewal import renew_nation
from app.storage.database.imported_papers import keep_imported_papers
from app.storage.store import Store, Upload
from app.submission.background import NOTHING_KNOWN, background_after
from app.submission.process_workbook import process
from app.submission.result import Result, outcome_of
from schemas.dictionary.dictionary import DataDictionary
from schemas.register.institution import Institution
from schemas.template.write_template import write_template
from tests.support.made_once import folder_of_run, made_once

Form = tuple[str, int]  # institution and year
WITH_PAPERS = "DEMO-12"  # the one with papers imported from public data
CODES, YEARS = ("DEMO-01", "DEMO-03", "DEMO-12"), (2025, 2026)


@pytest.fixture(scope="session")
def dictionary() -> DataDictionary:
    return catalogue().dictionary


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory, dictionary: DataDictionary) -> dict[str, bytes]:
    """The three filled samples, freshly written."""
    issues = sample_issues(dictionary)
    return made_once(
        tmp_path_factory, "samples", lambda: {name: write_template(dictionary, issues[name]) for name in issues}
    )


@pytest.fixture(scope="session")
def demo_workbooks(tmp_path_factory: pytest.TempPathFactory, dictionary: DataDictionary) -> dict[Form, bytes]:
    """Filled forms of three demo institutions, two years each."""
    chosen = [i for i in demo_institutions() if i.code in CODES]
    return made_once(
        tmp_path_factory,
        "demo_workbooks",
        lambda: {
            (institution.code, year): write_template(dictionary, demo_issue(institution, year, dictionary))
            for institution in chosen
            for year in YEARS
        },
    )


@pytest.fixture(scope="session")
def processed(tmp_path_factory: pytest.TempPathFactory, demo_workbooks: dict[Form, bytes]) -> dict[Form, Result]:
    """The results of those forms, each with its predecessor."""
    return made_once(tmp_path_factory, "processed", lambda: judged(demo_workbooks))


@pytest.fixture(scope="session")
def judged_form(
    tmp_path_factory: pytest.TempPathFactory, dictionary: DataDictionary
) -> Callable[[Institution, int], tuple[bytes, Result]]:
    """Gives the form of a demo institution and its result without a predecessor, made once a run."""

    def form_and_result(institution: Institution, year: int) -> tuple[bytes, Result]:
        data = write_template(dictionary, demo_issue(institution, year, dictionary))
        return data, process(data)

    return lambda institution, year: made_once(
        tmp_path_factory, f"judged-{institution.code}-{year}", lambda: form_and_result(institution, year)
    )


def judged(workbooks: dict[Form, bytes]) -> dict[Form, Result]:
    """The result of each form beside that of the year before."""
    found: dict[Form, Result] = {}
    for (code, year), data in sorted(workbooks.items()):
        before = found.get((code, year - 1))
        found[code, year] = process(data, background_after(before) if before else NOTHING_KNOWN)
    return found


@pytest.fixture(scope="session")
def demo_store_folder(
    tmp_path_factory: pytest.TempPathFactory, demo_workbooks: dict[Form, bytes], processed: dict[Form, Result]
) -> Path:
    """A demo store with three institutions and two years; a copy for each worker, since some tests open it to write."""
    made = folder_of_run(tmp_path_factory) / "demo_store"
    made_once(tmp_path_factory, "demo_store", lambda: fill_store(made, demo_workbooks, processed))
    own = tmp_path_factory.mktemp("store") / "demo"
    shutil.copytree(made, own)
    return own


def fill_store(folder: Path, workbooks: dict[Form, bytes], results: dict[Form, Result]) -> None:
    """Keeps every form in a new demo store, and what all of them give, so that no copy of it has to work that out."""
    store = Store.open(folder, "demo")
    for (code, year), result in results.items():
        upload = Upload(workbooks[code, year], f"{code}.xlsx", "demo", datetime(year, 6, 10, tzinfo=UTC))
        store.keep(upload, outcome_of(result), result.header["institution_row"])
    (first,) = (one for one in demo_institutions() if one.code == WITH_PAPERS)
    keep_imported_papers(store.engine, [demo_papers(first, catalogue().dictionary)])
    renew_nation(store)
    store.close()
