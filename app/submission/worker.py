"""``python -m app.submission.worker``: untrusted workbooks are read and evaluated here, never in the web process.

A worker serves one request and ends; the client keeps one spare started, so the next file meets a warm one.
Messages are a JSON line, then the byte strings whose sizes it lists. Results travel as JSON and Arrow.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import resource
import subprocess
import sys
import threading
import traceback
import uuid
from collections.abc import Callable, Mapping
from typing import IO, Any

from app.submission.worker_protocol import receive, send

MEMORY = 600 * 2**20  # beyond what the loaded program takes
SECONDS = 30
NO_PACKAGE, TIME_OVER, OUR_FAULT = "FMT-52", "FMT-61", "FMT-63"
log = logging.getLogger("junkan")
Progress = Callable[[str], None]
Asked = Callable[..., bytes | None]  # what a worker may ask for: a kind and its key


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Warms up, waits for one request, answers it. ``task`` of the request names what to do."""
    from app.submission import worker_tasks
    from schemas.marking import PackageError
    from schemas.xlsx.refusal import Refusal

    worker_tasks.warm_up()
    message = receive(requests)
    if message is None:
        return
    header, payloads = message
    _limit()

    def ask(kind: str, *key: Any) -> bytes | None:
        send(answers, {"want": [kind, *key]})
        given = receive(requests)
        return given[1][0] if given and given[1] else None

    talk = worker_tasks.Talk(ask, lambda step: send(answers, {"progress": step}))
    try:
        result, parts = worker_tasks.TASKS[header.get("task", "check")](header, payloads[0], talk)
    except Refusal as refused:
        send(answers, {"refusal": {"rule": refused.rule, "params": dict(refused.params)}})
        return
    except PackageError:
        send(answers, {"refusal": {"rule": NO_PACKAGE, "params": {}}})
        return
    except MemoryError:
        send(answers, {"refusal": {"rule": TIME_OVER, "params": {}}})
        return
    except Exception as fault:
        send(answers, {"fault": where_of(fault)})
        return
    send(answers, result, parts)


def where_of(fault: BaseException) -> str:
    """Kind and places of a fault of ours, without its message: that may hold what a cell says."""
    frames = traceback.extract_tb(fault.__traceback__)[-6:]
    places = " < ".join(f"{os.path.basename(f.filename)}:{f.lineno} {f.name}" for f in reversed(frames))
    return f"{type(fault).__name__} at {places}"


def _limit() -> None:
    """Caps memory at what is in use plus MEMORY, and processor time."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        in_use = int(statm.read().split()[5]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_DATA, (in_use + MEMORY, in_use + MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS * 2, SECONDS * 2))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class WorkerPool:
    """Starts workers ahead of need: ``run`` takes the spare one and starts the next."""

    def __init__(self, spares: int = 1) -> None:
        self.spares = spares
        self.ready: queue.SimpleQueue[subprocess.Popen[bytes]] = queue.SimpleQueue()
        for _ in range(spares):
            self.ready.put(self._start())

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "app.submission.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )

    def run(self, header: Mapping[str, Any], data: bytes, progress: Progress, asked: Asked) -> Any:
        """The worker's last message: ``(header, payloads)``; a refusal when it died or took too long."""
        try:
            worker = self.ready.get_nowait()
        except queue.Empty:
            worker = self._start()
        while self.ready.qsize() < self.spares:
            self.ready.put(self._start())
        return converse(worker, header, data, progress, asked)

    def close(self) -> None:
        """Ends the spare workers."""
        while not self.ready.empty():
            worker = self.ready.get()
            worker.kill()
            _reap(worker)


def converse(
    worker: subprocess.Popen[bytes], header: Mapping[str, Any], data: bytes, progress: Progress, asked: Asked
) -> tuple[dict[str, Any], list[bytes]]:
    """Sends one request and reads messages until the result; the worker is ended in any case."""
    assert worker.stdin is not None and worker.stdout is not None
    timer = threading.Timer(SECONDS, worker.kill)
    timer.start()
    last: tuple[dict[str, Any], list[bytes]] | None = None
    try:
        with contextlib.suppress(BrokenPipeError):
            send(worker.stdin, header, [data])
        while (message := receive(worker.stdout)) is not None:
            if "progress" in message[0]:
                progress(message[0]["progress"])
                continue
            if "want" in message[0]:
                found = asked(*message[0]["want"])
                with contextlib.suppress(BrokenPipeError):
                    send(worker.stdin, {}, [] if found is None else [found])
                continue
            if "fault" in message[0]:
                number = uuid.uuid4().hex[:8]
                log.error("worker fault %s: %s", number, message[0]["fault"])
                return {"refusal": {"rule": OUR_FAULT, "params": {"number": number}}}, []
            last = message
            break
    finally:
        timer.cancel()
        worker.kill()
        _reap(worker)
    return last or ({"refusal": {"rule": TIME_OVER, "params": {}}}, [])


def _reap(worker: subprocess.Popen[bytes]) -> None:
    worker.wait()
    for stream in (worker.stdin, worker.stdout):
        if stream is not None:
            with contextlib.suppress(BrokenPipeError):
                stream.close()


def main() -> None:
    """Serves one request on the standard streams; anything printed goes to the error stream."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
