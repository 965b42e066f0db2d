"""A server on this machine that speaks OpenAlex's public interface, with the faults that are asked of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlparse


class OpenAlexServer:
    """Serves ``works`` page by page. ``faults`` are spent one a request: a status, ``cut``, ``half`` or ``hang up``."""

    def __init__(self, works: list[dict[str, Any]]) -> None:
        self.works = works
        self.faults: list[int | str] = []
        self.asked: list[dict[str, list[str]]] = []
        self.url = ""

    def answer(self, query: dict[str, list[str]]) -> dict[str, Any]:
        cursor, size = query["cursor"][0], int(query["per-page"][0])
        start = 0 if cursor == "*" else int(cursor.removeprefix("c"))
        page = self.works[start : start + size]
        following = f"c{start + size}" if page else None
        return {"meta": {"count": len(self.works), "next_cursor": following, "per_page": size}, "results": page}


@contextmanager
def openalex_server(works: list[dict[str, Any]]) -> Iterator[OpenAlexServer]:
    """A running server; ended on leaving."""
    state = OpenAlexServer(works)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlparse(self.path).query)
            state.asked.append(query)
            fault = state.faults.pop(0) if state.faults else None
            if fault == "hang up":
                self.connection.close()
                return
            status = fault if isinstance(fault, int) else 200
            body = json.dumps(state.answer(query) if status == 200 else {"message": "made-up words"}).encode()
            self.send_response(status)
            if status == 429:
                self.send_header("Retry-After", "7")
            sent = body[: len(body) // 2] if fault in ("cut", "half") else body
            self.send_header("Content-Length", str(len(sent) if fault == "half" else len(body)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
