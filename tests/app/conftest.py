"""The databases that a store may lie in, each a real one."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache

from app.commands.operation import intake
from app.components import session
from app.components.handing_in import kept_versions, replacement_question, upload_job
from app.storage.store import Store
from tests.support.demo_fixtures import demo_store_folder, demo_workbooks, dictionary, judged_form, processed, samples
from tests.support.postgresql import new_database, server
from tests.support.ready_tables import new_stores_are_ready, ready_database
from tests.support.shared_workers import commands_share_workers

__all__ = [
    "commands_share_workers",
    "demo_store_folder",
    "demo_workbooks",
    "dictionary",
    "judged_form",
    "new_stores_are_ready",
    "processed",
    "ready_database",
    "samples",
]


@pytest.fixture(scope="session", autouse=True)
def installed_components_are_sought_once() -> Iterator[None]:
    """Spares each page under test the framework's walk through every installed package, half of what it takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="session", autouse=True)
def pages_are_compiled_once() -> Iterator[None]:
    """Keeps what the framework compiles of a page from one page under test to the next, as a server does."""
    compiled, get_bytecode = ScriptCache(), ScriptCache.get_bytecode
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptCache, "get_bytecode", lambda _, path: get_bytecode(compiled, path))
        yield


@pytest.fixture(scope="session", autouse=True)
def the_nation_is_worked_out_when_asked() -> Iterator[None]:
    """Has a page under test work out what it shows and no more, as where a server had no time to do it beside.

    The servers of tests/whole do it beside; ``renew_nation`` has its own tests.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "renew_in_background", lambda *_: None)
        for module in (kept_versions, replacement_question, upload_job, intake):
            patch.setattr(module, "renew_after_change", lambda *_: None)
        yield


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a running PostgreSQL server."""
    with server() as url:
        yield url


@pytest.fixture
def postgresql_url(postgresql_server: str) -> str:
    """The URL of an empty PostgreSQL database."""
    return new_database(postgresql_server, uuid4().hex)


@pytest.fixture(params=["sqlite", "postgresql"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Store]:
    """Opens the test's store, in a folder and then in PostgreSQL; ``kind`` as ``Store.open`` takes it."""
    if request.param == "sqlite":
        return lambda kind=None: Store.open(tmp_path / "store", kind)
    server, ready = request.getfixturevalue("postgresql_server"), request.getfixturevalue("ready_database")
    url = new_database(server, uuid4().hex, template=ready)
    return lambda kind=None: Store.open(url, kind, files=tmp_path / "store")


@pytest.fixture
def store(open_store: Callable[..., Store]) -> Iterator[Store]:
    """A new store for real data."""
    opened = open_store()
    yield opened
    opened.close()
