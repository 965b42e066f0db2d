"""The demo served as a user starts it, and a browser that opens it."""

import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from app.demo.demo_rounds import keep_rounds
from app.storage.store import Store
from app.storage.store_location import STORE_VARIABLE
from app.texts import say

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def address(demo_store_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("served") / "demo"
    shutil.copytree(demo_store_folder, folder)
    with serving(folder) as at:
        yield at


@pytest.fixture(scope="session")
def nation_with_rounds(demo_store_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo store with the rounds of its last two years; the last one is open."""
    folder = tmp_path_factory.mktemp("rounds") / "demo"
    shutil.copytree(demo_store_folder, folder)
    store = Store.open(folder)
    keep_rounds(store, (2025, 2026), datetime.now(UTC))
    store.close()
    return folder


@pytest.fixture(scope="session")
def address_with_rounds(nation_with_rounds: Path) -> Iterator[str]:
    """The same store as a user has it served."""
    with serving(nation_with_rounds) as at:
        yield at


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of an app that serves a store."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.address", "127.0.0.1"]
    server = subprocess.Popen(
        [*command, "--server.port", str(port)],
        env={**os.environ, STORE_VARIABLE: str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/_stcore/health", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    """Returns when the server answers; fails when it ends first. Asked without a pause, a core did nothing else."""
    while True:
        with suppress(subprocess.TimeoutExpired):
            server.wait(timeout=0.1)
            raise AssertionError("the server ended before it answered")
        with suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:
            if answer.status == 200:
                return


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as tools:
        chromium = tools.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """One person's browser for a module: what the framework sends is loaded once. A visit is a session of its own."""
    opened = browser.new_context(locale="ja-JP", viewport={"width": 1366, "height": 768})
    yield opened
    opened.close()


@pytest.fixture
def page(visitor: BrowserContext) -> Page:
    """The visitor's tab; a new one costs a third more at each visit, since it compiles what the framework sends."""
    opened = visitor.pages[0] if visitor.pages else visitor.new_page()
    opened.set_default_timeout(60_000)
    return opened


# The script's state alone is not enough: a run may follow upon a run, and the browser draws what arrived after it.
AT_REST = """looks => {
    const app = document.querySelector('[data-testid=stApp]');
    const rests = app?.dataset.testScriptState === 'notRunning' && document.querySelector('h1')
        && !document.querySelector('[data-testid=stStatusWidget], [data-testid=stSkeleton], [data-stale=true]');
    window.restful = rests ? (window.restful ?? 0) + 1 : 0;
    return window.restful >= looks;
}"""


def settle(page: Page) -> None:
    """Returns when the page has its heading and has been at rest for a quarter of a second."""
    page.evaluate("window.restful = 0")
    page.wait_for_function(AT_REST, arg=6, polling=50, timeout=60_000)
    page.wait_for_load_state("networkidle")


def turn_to(page: Page, name: str, language: str, query: str) -> None:
    """Goes to another page of the app that is open, as the browser's own back and forward do, and waits until it rests.

    A third of what it takes to load the app anew.
    """
    opened_by = "url => { history.pushState({}, '', url); window.dispatchEvent(new PopStateEvent('popstate')); }"
    page.evaluate(opened_by, f"/{name}?{query}")
    title = say(f"nav.{name}", language)
    page.wait_for_function("title => document.title.startsWith(`${title} |`)", arg=title, timeout=60_000)
    settle(page)
