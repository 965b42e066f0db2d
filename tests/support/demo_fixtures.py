"""Fixtures of the tests that drive the app: the dictionary, filled workbooks of the demo, and a small demo store."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.demo.filled_forms import demo_institutions, demo_issue, sample_issues
from app.edition import catalogue
from app.storage.store import Store, Upload
from app.submission.background import NOTHING_KNOWN, background_after
from app.submission.process_workbook import process
from app.submission.result import Result, outcome_of
from schemas.dictionary.dictionary import DataDictionary
from schemas.template.write_template import write_template


@pytest.fixture(scope="session")
def dictionary() -> DataDictionary:
    return catalogue().dictionary


@pytest.fixture(scope="session")
def samples(dictionary: DataDictionary) -> dict[str, bytes]:
    """The three filled samples, freshly written."""
    return {name: write_template(dictionary, issue) for name, issue in sample_issues(dictionary).items()}


@pytest.fixture(scope="session")
def demo_workbooks(dictionary: DataDictionary) -> dict[tuple[str, int], bytes]:
    """Filled forms of three demo institutions, two years each."""
    chosen = [i for i in demo_institutions() if i.code in ("DEMO-01", "DEMO-03", "DEMO-12")]
    return {
        (institution.code, year): write_template(dictionary, demo_issue(institution, year, dictionary))
        for institution in chosen
        for year in (2025, 2026)
    }


@pytest.fixture(scope="session")
def processed(demo_workbooks: dict[tuple[str, int], bytes]) -> dict[tuple[str, int], Result]:
    """The results of those forms, each with its predecessor."""
    found: dict[tuple[str, int], Result] = {}
    for (code, year), data in sorted(demo_workbooks.items()):
        before = found.get((code, year - 1))
        found[code, year] = process(data, background_after(before) if before else NOTHING_KNOWN)
    return found


@pytest.fixture(scope="session")
def demo_store_folder(
    tmp_path_factory: pytest.TempPathFactory,
    demo_workbooks: dict[tuple[str, int], bytes],
    processed: dict[tuple[str, int], Result],
) -> Iterator[Path]:
    """A demo store with three institutions and two years."""
    folder = tmp_path_factory.mktemp("store") / "demo"
    store = Store.open(folder, "demo")
    for (code, year), result in processed.items():
        upload = Upload(demo_workbooks[code, year], f"{code}.xlsx", "demo", datetime(year, 6, 10, tzinfo=UTC))
        store.keep(upload, outcome_of(result), result.header["institution_row"])
    store.close()
    yield folder
