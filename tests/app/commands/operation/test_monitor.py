"""Health is of the process, readiness of database, files and worker; metrics name nobody."""

import json
import shutil
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from app.cli import main
from app.commands.exit_codes import Options
from app.commands.operation.monitor import Monitor, handler_of


@pytest.fixture
def demo(demo_store_folder, tmp_path) -> Path:
    return Path(shutil.copytree(demo_store_folder, tmp_path / "demo"))


@pytest.fixture
def address(demo: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(Monitor(Options(store=str(demo), store_files=None))))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def get(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_ready_is_not_ok_with_the_database_gone_and_recovers_without_hands(demo: Path, address: str) -> None:
    assert get(f"{address}/health") == (200, "ok\n")
    status, body = get(f"{address}/ready")
    assert status == 200 and json.loads(body) == {"store": "ok", "worker": "ok"}
    hidden = demo.with_name("hidden")
    (demo / "store.sqlite").rename(hidden)
    status, body = get(f"{address}/ready")
    assert status == 503 and json.loads(body)["store"] != "ok"
    assert get(f"{address}/health")[0] == 200 and get(f"{address}/metrics")[0] == 503
    hidden.rename(demo / "store.sqlite")
    assert get(f"{address}/ready")[0] == 200


def test_metrics_are_counts_without_names(address: str) -> None:
    status, body = get(f"{address}/metrics")
    assert status == 200 and "junkan_submissions 6\n" in body and "DEMO-" not in body
    assert get(f"{address}/frob")[0] == 404


def test_a_port_in_use_is_said(demo: Path, address: str, capsys) -> None:
    port = address.rpartition(":")[2]
    assert main(["--lang", "en", "monitor", "--store", str(demo), "--port", port]) == 2
    assert f"Port {port} is in use" in capsys.readouterr().err


def test_a_place_without_a_store_is_said(tmp_path, capsys) -> None:
    assert main(["--lang", "en", "monitor", "--store", str(tmp_path / "nowhere"), "--port", "0"]) == 13
    assert "no store" in capsys.readouterr().err
