"""Only the app's own page may open the socket, and a refused one makes the server ask nothing of the network."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.commands.operation import own_origin, serve
from app.storage.store import Store
from app.storage.store_location import STORE_VARIABLE
from tests.support.served_demo import free_port, wait_for

ROOT = Path(__file__).parents[2]
LOOPBACK_ONLY = """
import os, socket

def guarded(name):
    real = getattr(socket.socket, name)
    def call(self, address, *more):
        host = address[0] if isinstance(address, tuple) else "127.0.0.1"
        if host not in ("127.0.0.1", "::1", "localhost"):
            note(f"{name} {host}")
            raise OSError("nothing but this machine")
        return real(self, address, *more)
    setattr(socket.socket, name, call)

def note(text):
    with open(os.environ["NOTED"], "a") as noted:
        noted.write(text + "\\n")

real_lookup = socket.getaddrinfo
def lookup(host, *more, **named):
    if host not in (None, "127.0.0.1", "::1", "localhost", b"127.0.0.1"):
        note(f"lookup {host}")
        raise socket.gaierror("nothing but this machine")
    return real_lookup(host, *more, **named)

socket.getaddrinfo = lookup
for name in ("connect", "connect_ex"):
    guarded(name)
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """Port of a server that reaches this machine only, and the file in which every other attempt is noted."""
    folder = tmp_path_factory.mktemp("origin")
    Store.open(folder / "store", "real").close()
    (folder / "sitecustomize.py").write_text(LOOPBACK_ONLY, encoding="utf-8")
    noted, port = folder / "noted.txt", free_port()
    options = ["--server.address", "127.0.0.1", "--server.port", str(port)]
    server = subprocess.Popen(
        [sys.executable, "-m", own_origin.__name__, "app/main.py", *options],
        cwd=ROOT,
        env={**os.environ, STORE_VARIABLE: str(folder / "store"), "NOTED": str(noted), "PYTHONPATH": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/_stcore/health", server)
        yield port, noted
    finally:
        server.terminate()
        assert server.wait() == 0


def status(port: int, origin: str, host: str) -> int:
    """The answer to a request for the socket."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        head = ["GET /_stcore/stream HTTP/1.1", f"Host: {host}", f"Origin: {origin}", "Upgrade: websocket"]
        head += ["Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
        line.sendall("\r\n".join([*head, "", ""]).encode())
        return int(line.recv(64).split()[1])


def test_the_own_page_opens_the_socket(served: tuple[int, Path]) -> None:
    port, _ = served
    for name in ("127.0.0.1", "localhost"):
        assert status(port, f"http://{name}:{port}", f"{name}:{port}") == 101


def test_every_other_page_is_refused_without_a_call_to_the_network(served: tuple[int, Path]) -> None:
    port, noted = served
    own = f"127.0.0.1:{port}"
    for origin in ("http://evil.example", "http://127.0.0.1:1", "http://localhost:3000", "null", "http://8.8.8.8"):
        assert status(port, origin, own) == 403, origin
    rebound = f"evil.example:{port}"
    assert status(port, f"http://{rebound}", rebound) == 403, "a name of others that leads to this machine"
    assert not noted.exists(), noted.read_text(encoding="utf-8")


def test_the_served_command_starts_it_so() -> None:
    assert own_origin.__name__ in serve.server_command("127.0.0.1", 8501)
