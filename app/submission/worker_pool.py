"""The workers of this process: a fork server, and at most as many files at a time as there are processors."""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.submission import fork_server
from app.submission.background import Background
from app.submission.result import Result
from app.submission.worker_protocol import OUR_FAULT, TIME_OVER, frame_of, receive, send
from schemas.xlsx.refusal import Refusal

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger("junkan")
Progress = Callable[[str], None]


class Busy(Exception):
    """No worker came free, or one did not get to the end, within the wall time: the file may be as good as any."""


class WorkerPool:
    """Gives a worker to each file. ``rehearsed``: for many files, so that each finds everything worked out.

    ``root`` holds the program that judges: this one, or one with the declarations of another edition.
    """

    def __init__(self, *, rehearsed: bool = False, root: Path = fork_server.ROOT) -> None:
        self._rehearsed = rehearsed
        self._root = root
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(len(os.sched_getaffinity(0)))
        self._server: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self.is_ended = False

    def start(self) -> None:
        """Starts the fork server ahead of the first file."""
        with self._lock:
            self._start_worker()

    @contextlib.contextmanager
    def open(self, data: bytes, progress: Progress = lambda _: None) -> Iterator[Trip]:
        """The trip of one workbook through a worker of its own, identified.

        Raises Refusal where it cannot be read, or not within the limits; Busy where no worker was free in time.
        """
        with self._worker() as worker:
            identity, _ = worker.run({"task": "identify"}, [data], progress)
            yield Trip(worker, identity, progress)

    def run(self, task: str, data: bytes, **wanted: object) -> tuple[dict[str, Any], list[bytes]]:
        """The result of a task of ``app.submission.worker`` on a workbook, and the files made. Raises Refusal, Busy."""
        with self._worker() as worker:
            return worker.run({"task": task, **wanted}, [data], lambda _: None)

    @property
    def server_pid(self) -> int:
        """The process of the fork server, started where it is not running."""
        with self._lock:
            self._start_worker()
            return self._server.pid if self._server is not None else 0

    def close(self) -> None:
        """Ends the fork server, and its workers with it."""
        with self._lock:
            if self._control is not None and self._server is not None:
                self._control.close()
                self._server.wait()
            self._control = self._server = None

    def end(self) -> None:
        """Ends the workers for good. Files at work, and later ones, are Busy: uploads wait for the next start."""
        self.is_ended = True
        self.close()

    @contextlib.contextmanager
    def _worker(self) -> Iterator[Worker]:
        if not self._slots.acquire(timeout=fork_server.WALL_SECONDS):
            raise Busy
        try:
            if self.is_ended:
                raise Busy
            with self._fork_worker() as stream:
                yield Worker(stream, lambda: self.is_ended)
        finally:
            self._slots.release()

    def _fork_worker(self) -> socket.socket:
        """One end of a socket whose other end a new worker holds."""
        ours, theirs = socket.socketpair()
        with self._lock, theirs:
            try:
                socket.send_fds(self._start_worker(), [fork_server.FORK], [theirs.fileno()])
            except OSError:  # the fork server was ended by somebody else
                self._control = None
                socket.send_fds(self._start_worker(), [fork_server.FORK], [theirs.fileno()])
        return ours

    def _start_worker(self) -> socket.socket:
        if self._control is not None and self._server is not None and self._server.poll() is None:
            return self._control
        ours, theirs = socket.socketpair()
        with theirs:
            self._server = subprocess.Popen(
                fork_server.command(theirs.fileno(), self._root),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=fork_server.environment(),
                pass_fds=[theirs.fileno()],
            )
        if self._rehearsed:
            ours.send(fork_server.REHEARSE)
        self._control = ours
        return ours


class Worker:
    """A worker with one file: told what to do over a socket, one task after another.

    ``is_ended`` says whether this process has ended its workers.
    """

    def __init__(self, stream: socket.socket, is_ended: Callable[[], bool] = lambda: False) -> None:
        self._is_ended = is_ended
        stream.settimeout(fork_server.WALL_SECONDS)
        self._requests, self._answers = stream.makefile("wb"), stream.makefile("rb")
        self._since: float | None = None
        self.processor_s = 0.0

    def run(
        self, header: Mapping[str, Any], payloads: Sequence[bytes], progress: Progress
    ) -> tuple[dict[str, Any], list[bytes]]:
        """The result of a task. Raises Refusal; Busy where time ran out that the task did not use."""
        try:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                send(self._requests, header, payloads)
            while (message := self._next()) is not None:
                told, parts = message
                if "ready" in told:
                    self._since = time.monotonic()
                elif "progress" in told:
                    progress(told["progress"])
                elif "refusal" in told:
                    raise Refusal(told["refusal"]["rule"], told["refusal"]["params"])
                elif "fault" in told:
                    raise _fault(told["fault"])
                else:
                    self.processor_s = float(told["processor_s"])
                    return told["result"], parts
        except TimeoutError:
            raise Busy from None
        if self._is_ended():
            raise Busy
        if self._since is None:
            raise _fault("no worker came up")
        if time.monotonic() - self._since >= fork_server.WALL_SECONDS:
            raise Busy
        raise Refusal(TIME_OVER)

    def _next(self) -> tuple[dict[str, Any], list[bytes]] | None:
        try:
            return receive(self._answers)
        except ConnectionResetError:
            return None


def _fault(what: str) -> Refusal:
    """The refusal for a fault of ours, under a number that the log explains."""
    number = uuid.uuid4().hex[:8]
    log.error("worker fault %s: %s", number, what)
    return Refusal(OUR_FAULT, {"number": number})


class Trip:
    """One workbook on its way: identified already, to be processed beside its background."""

    def __init__(self, worker: Worker, identity: Mapping[str, Any], progress: Progress) -> None:
        self.identity = identity
        self._worker = worker
        self._progress = progress

    @property
    def key(self) -> tuple[str, int, str, str]:
        """Institution, year and form."""
        one = self.identity
        return one["institution"], one["year"], one["form"], one["unit"]

    @property
    def processor_s(self) -> float:
        """Processor time that the worker has taken so far, in seconds."""
        return self._worker.processor_s

    def process(self, background: Background, *, mark: bool = False) -> Result:
        """The result beside ``background``. Raises Refusal, Busy."""
        header = {"task": "process", "mark": mark}
        # Pickled on the way in only: what comes back from a worker is JSON and Arrow.
        told, parts = self._worker.run(header, [pickle.dumps(background)], self._progress)
        rest = iter(parts)
        own = ArrowFrames({name: next(rest) for name in told["frames"]})
        dependents = tuple(
            Result(one["header"], ArrowFrames({name: next(rest) for name in one["frames"]}))
            for one in told["dependents"]
        )
        return Result(told["header"], own, next(rest) if told["is_marked"] else None, dependents=dependents)


class ArrowFrames(Mapping[str, "pd.DataFrame"]):
    """Frames by name, each made from Arrow when it is first asked for."""

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        self._parts = parts
        self._frames: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._frames:
            self._frames[name] = frame_of(self._parts[name])
        return self._frames[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


@cache
def worker_pool() -> WorkerPool:
    """The workers of this server."""
    return _of_this_server(WorkerPool(rehearsed=True))


@cache
def workers_in(root: Path) -> WorkerPool:
    """The workers of this server that judge by the program in a folder of its own."""
    return _of_this_server(WorkerPool(root=root))


_OF_THIS_SERVER: list[WorkerPool] = []


def _of_this_server(workers: WorkerPool) -> WorkerPool:
    _OF_THIS_SERVER.append(workers)
    return workers


def end_workers() -> None:
    """Ends all workers of this server, which ends itself: it need not wait for the files that they judge."""
    for workers in _OF_THIS_SERVER:
        workers.end()


def run_once(task: str, data: bytes, **wanted: object) -> tuple[dict[str, Any], list[bytes]]:
    """The result of a task on one workbook, and the files made, in a worker of its own. Raises Refusal."""
    workers = WorkerPool()
    try:
        return workers.run(task, data, **wanted)
    except Busy:
        raise Refusal(TIME_OVER) from None
    finally:
        workers.close()
