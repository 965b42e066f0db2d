"""``junkan monitor``: health, readiness and metrics of a store over HTTP, for this machine only."""

from __future__ import annotations

import json
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from app.commands.exit_codes import FINE, Options, UsageProblem, tell
from app.commands.operation.admin import opened_store
from app.commands.operation.serve import is_free
from app.storage.problems import StoreError
from app.storage.store import Store
from app.storage.store_location import ROOT
from app.submission.worker_pool import Busy, WorkerPool
from app.texts import say
from schemas.xlsx.refusal import Refusal

SAMPLE = ROOT / "templates" / "xlsx" / "sample-average.xlsx"
WORKER_IS_FRESH = 60.0  # seconds for which the answer of a worker is taken to hold


class Monitor:
    """What is asked of a store: opened anew where it was gone, so that it recovers without hands."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._store: Store | None = None
        self._workers = WorkerPool()
        self._worker: tuple[float, str] | None = None
        self._lock = threading.Lock()

    def _open_store(self) -> Store:
        if self._store is None:
            self._store = opened_store(self._options)
        return self._store

    def readiness(self) -> dict[str, str]:
        """``ok`` or what is amiss, in English, of database, files and worker."""
        with self._lock:
            try:
                amiss = [text.en for text in self._open_store().readiness()]
            except StoreError as problem:
                amiss = [problem.text.en]
                self._store = None
            return {"store": " ".join(amiss) or "ok", "worker": self._worker_state()}

    def _worker_state(self) -> str:
        now = time.monotonic()
        if self._worker is None or now - self._worker[0] > WORKER_IS_FRESH:
            try:
                with self._workers.open(SAMPLE.read_bytes()):
                    state = "ok"
            except (Busy, Refusal, OSError) as problem:
                state = type(problem).__name__
            self._worker = (now, state)
        return self._worker[1]

    def metrics(self) -> str:
        """Counts in the text format of Prometheus; no names, no values of a form."""
        with self._lock:
            store = self._open_store()
            rows = store.submissions(all_versions=True)
            found = {
                "junkan_submissions": len(rows),
                "junkan_submissions_current": int((rows["state"] == "current").sum()),
                "junkan_bytes_kept": int(rows["size"].sum()),
                "junkan_refused": len(store.refused()),
                "junkan_waiting": len(store.waiting()),
                "junkan_pending": len(store.pending()),
                "junkan_revision": store.revision(),
            }
        return "".join(f"# TYPE {name} gauge\n{name} {value}\n" for name, value in found.items())


def handler_of(monitor: Monitor) -> type[BaseHTTPRequestHandler]:
    """Answers ``/health`` (this process), ``/ready`` (200 or 503) and ``/metrics``."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/health":
                self._answer(HTTPStatus.OK, "text/plain", "ok\n")
            elif self.path == "/ready":
                state = monitor.readiness()
                is_ready = set(state.values()) == {"ok"}
                status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
                self._answer(status, "application/json", json.dumps(state) + "\n")
            elif self.path == "/metrics":
                try:
                    self._answer(HTTPStatus.OK, "text/plain; version=0.0.4", monitor.metrics())
                except StoreError as problem:
                    self._answer(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", f"{problem.text.en}\n")
            else:
                self._answer(HTTPStatus.NOT_FOUND, "text/plain", "not found\n")

        def _answer(self, status: HTTPStatus, kind: str, body: str) -> None:
            data = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Requests of a probe are not logged."""

    return Handler


def run_monitor(options: Options, language: str) -> int:
    """Serves until it is ended; only the loopback address is listened on. Raises StoreError, UsageProblem."""
    opened_store(options).close()
    if not is_free("127.0.0.1", options.port):
        raise UsageProblem("port_taken", port=options.port)
    server = ThreadingHTTPServer(("127.0.0.1", options.port), handler_of(Monitor(options)))
    tell(say("admin.monitoring", language, port=server.server_address[1]))
    try:
        server.serve_forever()
    finally:
        server.server_close()
    return FINE
