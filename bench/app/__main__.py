"""``python -m bench.app [INSTITUTIONS YEARS]``: how long a person waits from page to page in a nation of that size.

A browser (Chromium) goes from page to page of the open app and waits until all of a page has come and is
drawn. First visits of an institution, and visits after somebody's upload. Processor time is that of the server. Then
thirty sessions at once, without browsers, which would take the processors from the server.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from app.commands.operation.serve import server_command, work_out_rounds
from app.demo.build_store import build_demo_store
from app.results.nation.renewal import renew_after_change
from app.storage.store import Store, Upload
from app.storage.store_location import STORE_VARIABLE
from app.texts import say
from bench.__main__ import keep_row
from bench.app.generate_store import LAST_YEAR, generate_store
from bench.app.websocket_session import Session

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / ".venv" / "bench-app"
UNIVERSITY = ("overview", "indicator", "comparison", "peers", "items", "practices", "next_steps", "change", "whatif")
MINISTRY = ("ministry", "triage", "movers", "rollout", "side_by_side", "composite", "pillars", "context")
FIRST, AFTER_UPLOAD, SESSIONS = 2, 1, 30
HANDS_IN = "DEMO-01"  # whose form of the demo is a workbook
EACH = 4  # one in so many institutions of the demo is what the nation is grown from
OF_SESSIONS = ("overview", "indicator", "practices", "ministry")  # the pages that many open at once
LIMIT_S, LIMIT_P95_S, LIMIT_MB = 1.0, 2.0, 15
PROCESSES = 2  # one a core, as docs/deploy.md puts up a server
READING_S = (10.0, 2.0)  # how long somebody reads a page before the next; the second is faster than anybody reads
PORT = 8599
PATIENCE_MS = 120_000
SCREEN = {"width": 1366, "height": 768}
# As the browser's own back and forward do: the links to most pages are folded away.
TURN_TO = "url => { history.pushState({}, '', url); window.dispatchEvent(new PopStateEvent('popstate')); }"
# A page is whole when the title is its own, its script has ended, nothing of the page before is left and charts stand.
IS_WHOLE = """title => {
  const heading = document.querySelector('h1'), app = document.querySelector('[data-testid=stApp]');
  return heading && document.title.startsWith(`${title} |`) && app.dataset.testScriptState === 'notRunning'
    && !document.querySelector('[data-stale=true]')
    && [...document.querySelectorAll('[data-testid=stVegaLiteChart]')].every(one => one.querySelector('canvas, svg'));
}"""


def prepared(institutions: int, years: int) -> Path:
    """The generated store, made on the first run."""
    base, folder = FOLDER / "demo", FOLDER / f"nation_{institutions}_{years}"
    began = time.perf_counter()
    if not folder.exists():
        if not base.exists():
            build_demo_store(base.with_name("demo.partial"), lambda done, total: None, each=EACH)
            base.with_name("demo.partial").rename(base)
        generate_store(base, folder, institutions, years)
        print(f"store of {institutions} x {years} made in {time.perf_counter() - began:.0f} s", flush=True)
    store = Store.open(folder)
    known = store.years()
    store.close()
    work_out_rounds(str(folder), known, "en")
    print(f"rows of the nation up to date after {time.perf_counter() - began:.0f} s", flush=True)
    return folder


@contextmanager
def serving(folder: Path, port: int = PORT) -> Iterator[subprocess.Popen[bytes]]:
    """The app serving a store."""
    server = subprocess.Popen(
        server_command("127.0.0.1", port),
        cwd=ROOT,
        env={**os.environ, STORE_VARIABLE: str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield server
    finally:
        server.terminate()
        server.wait()


def processor_s(server: subprocess.Popen[bytes]) -> float:
    """Processor time of the server so far, in seconds."""
    fields = Path(f"/proc/{server.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def resident_mb(server: subprocess.Popen[bytes]) -> float:
    """Memory of the server in MiB."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def visit(page: Page, name: str, query: str, server: subprocess.Popen[bytes]) -> tuple[float, float]:
    """Goes to a page of the open app; seconds until it is whole, and of the server's processor time."""
    used, began = processor_s(server), time.perf_counter()
    page.evaluate(TURN_TO, f"/{name}?{query}")
    page.wait_for_function(IS_WHOLE, arg=say(f"nav.{name}", "ja"), timeout=PATIENCE_MS)
    took = time.perf_counter() - began, processor_s(server) - used
    if page.locator('[data-testid="stException"]').count():
        raise RuntimeError(f"page {name} failed")
    return took


@contextmanager
def browsing(code: str) -> Iterator[Page]:
    """A browser that has opened the page of an institution which is not among those that are timed."""
    with sync_playwright() as tools:
        chromium = tools.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = chromium.new_page(viewport=SCREEN, locale="ja-JP")
        page.goto(f"http://127.0.0.1:{PORT}/handbook?institution={code}&year={LAST_YEAR}&lang=ja")
        page.wait_for_function(IS_WHOLE, arg=say("nav.handbook", "ja"), timeout=PATIENCE_MS)
        yield page
        chromium.close()


def hand_in_anew(folder: Path, institution: str) -> None:
    """Somebody's upload: the results of an institution are kept anew, and it is done when those of all are too."""
    store = Store.open(folder)
    submission = store.submission_of_record(institution, LAST_YEAR)
    assert submission is not None
    store.keep(*_kept_again(store, submission))
    renew_after_change(store, [LAST_YEAR])
    store.close()


def _kept_again(store: Store, submission: str) -> tuple[Any, ...]:
    from app.submission.process_workbook import process
    from app.submission.result import outcome_of

    data = store.bytes_of(submission)
    result = process(data)
    upload = Upload(data, "again.xlsx", "bench", datetime.now(UTC))
    return upload, outcome_of(result), result.header["institution_row"]


def visits(folder: Path, codes: Sequence[str]) -> dict[str, list[tuple[str, float, float]]]:
    """By page its visits: what kind, seconds, seconds of processor time."""
    found: dict[str, list[tuple[str, float, float]]] = {}
    with serving(folder) as server:
        _await_answer(server)
        for number, code in enumerate(codes):
            query = f"institution={code}&year={LAST_YEAR}&lang=ja"
            with browsing(code) as page:
                for kind in ["first", *(["after"] if number < AFTER_UPLOAD else [])]:
                    for name in (*UNIVERSITY, *MINISTRY):
                        if kind == "after":
                            hand_in_anew(folder, HANDS_IN)
                        took = visit(page, name, query, server)
                        found.setdefault(name, []).append((kind, *took))
                        print(f"{code} {kind} {name}: {took[0]:.2f} s, {took[1]:.2f} s of processor time", flush=True)
    return found


def sessions(folder: Path, codes: Sequence[str], reading_s: float) -> dict[str, Any]:
    """Thirty sessions at once, each through some pages of its own institution; they come one after the other."""
    ports = [PORT + number for number in range(PROCESSES)]
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(folder, port)) for port in ports]
        for port, server in zip(ports, servers, strict=True):
            _await_answer(server, port)
            with Session(port) as warm:
                for name in OF_SESSIONS:
                    warm.open_page(name, f"institution={codes[0]}&year={LAST_YEAR}&lang=ja")
        before = sum(map(resident_mb, servers))
        opened = [Session(ports[number % PROCESSES]) for number in range(SESSIONS)]

        def go_round(number: int) -> tuple[list[float], list[str]]:
            query = f"institution={codes[number % len(codes)]}&year={LAST_YEAR}&lang=ja"
            waits, errors = [], []
            time.sleep(number * reading_s / SESSIONS)
            for name in OF_SESSIONS:
                began = time.perf_counter()
                errors += opened[number].open_page(name, query)
                waits.append(time.perf_counter() - began)
                time.sleep(reading_s)
            return waits, errors

        with ThreadPoolExecutor(SESSIONS) as people:
            done = list(people.map(go_round, range(SESSIONS)))
        after = sum(map(resident_mb, servers))
    waits = sorted(wait for one, _ in done for wait in one)
    return {
        "median_s": round(statistics.median(waits), 3),
        "p95_s": round(waits[int(0.95 * len(waits))], 3),
        "errors": sum(len(errors) for _, errors in done),
        "mb_a_session": round((after - before) / SESSIONS, 1),
    }


def _await_answer(server: subprocess.Popen[bytes], port: int = PORT) -> None:
    while server.poll() is None:
        try:
            with Session(port):
                return
        except OSError:
            time.sleep(0.5)


def row(name: str, what: str, taken: Sequence[tuple[str, float, float]]) -> dict[str, Any]:
    """A row of the results: medians and 95th percentiles, of the clock and of processor time.

    Whatever else goes on in the machine lengthens the clock, and hardly the processor time.
    """
    waits, used = sorted(one[1] for one in taken), sorted(one[2] for one in taken)
    median, p95, used_p95 = statistics.median(waits), *(of[int(0.95 * len(of))] for of in (waits, used))
    return {
        "name": name,
        "what": what,
        "ours_s": round(median, 3),
        "p95_s": round(p95, 3),
        "ours_processor_s": round(statistics.median(used), 3),
        "p95_processor_s": round(used_p95, 3),
        "reference": f"limit of {LIMIT_S} s, {LIMIT_P95_S} s at the 95th percentile",
        "reference_s": LIMIT_S,
        "ratio": round(median / LIMIT_S, 2),
        "target": 1,
        "visits": len(waits),
    }


def main(arguments: Sequence[str]) -> int:
    """Runs both and keeps their rows."""
    institutions, years = (int(text) for text in arguments or ("800", "10"))
    folder = prepared(institutions, years)
    store = Store.open(folder)
    known = [str(code) for code in store.institutions()["code"] if code != HANDS_IN]
    store.close()
    step = max(1, len(known) // FIRST)
    found = visits(folder, known[::step][:FIRST])
    size = f"{institutions} institutions, {years} years"
    every = [one for name in found for one in found[name]]
    keep_row(row("app_page_to_page", f"from page to page, {size}: first visits and visits after an upload too", every))
    for kind, words in (("first", "first visits of an institution"), ("after", "visits after somebody's upload")):
        taken = [one for one in every if one[0] == kind]
        keep_row(row(f"app_{kind}", f"from page to page, {size}: {words}", taken))
    for name in found:
        keep_row(row(f"app_page_{name}", f"page {name}, {size}", found[name]))
    for reading_s in READING_S:
        at_once = sessions(folder, known[::step], reading_s)
        limits = {"reference": f"limit of 2 s, no error, {LIMIT_MB} MiB a session", "reference_s": 2.0, "target": 1}
        ours = {"ours_s": at_once["median_s"], "ratio": round(at_once["median_s"] / 2.0, 2)}
        what = f"{SESSIONS} sessions in {PROCESSES} processes, {reading_s:.0f} s from page to page, {size}"
        keep_row({"name": f"app_30_sessions_{reading_s:.0f}_s", "what": what, **ours, **limits, **at_once})
        print(at_once)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
