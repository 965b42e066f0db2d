"""The audit of dependencies names every package with an advisory, and says so where nobody could be asked."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.support.served_demo import free_port

AUDIT = Path(__file__).parents[3] / "dependency_audit.py"


@pytest.fixture
def source() -> Iterator[tuple[str, set[str]]]:
    """A source of advisories on this machine, and the packages it knows one of."""
    bad: set[str] = set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
            vulns = {"vulns": [{"id": "TEST-1"}]}
            results = [vulns if one["package"]["name"] in bad else {} for one in asked]
            data = json.dumps({"results": results}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", bad
    server.shutdown()
    server.server_close()


def audit(address: str) -> tuple[int, str]:
    environment = {**os.environ, "ADVISORY_SOURCE": address}
    done = subprocess.run([sys.executable, str(AUDIT)], env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_every_pinned_package_is_asked_about(source: tuple[str, set[str]]) -> None:
    address, bad = source
    code, said = audit(address)
    assert code == 0 and "0 with an advisory" in said
    bad.add("pandas")
    code, said = audit(address)
    assert code == 1 and "1 with an advisory" in said and "pandas" in said and "TEST-1" in said


def test_without_a_source_it_says_that_it_was_not_run() -> None:
    code, said = audit(f"http://127.0.0.1:{free_port()}")
    assert code == 0 and "NOT RUN" in said
