"""A helper process that has loaded the program and seen no user's bytes: it forks one limited child for each file.

It runs isolated: with its own path, its own empty folder, and nothing of the environment of who started it. It ends
when that process does, and its children end with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import resource
import signal
import socket
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from app.submission.fork_server import main; main()"
ONE_THREAD = {  # forking is safe in a process of one thread only
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
MEMORY = 600 * 2**20  # beyond what the loaded program takes
PROCESSOR_SECONDS = 30
WALL_SECONDS = 600
PR_SET_PDEATHSIG = 1
RARELY = (100_000, 50, 50)  # a child is short-lived: collecting its garbage often would cost more than it frees
FORK, REHEARSE = b"f", b"r"


def command(control: int, root: Path = ROOT) -> list[str]:
    """The command line of a fork server that loads the program in ``root`` and is spoken to over a socket."""
    return [sys.executable, "-I", "-B", "-X", "utf8", "-c", BOOT, str(root), str(control)]


def environment() -> dict[str, str]:
    """All that a fork server is told of the environment: no password of a database is among it."""
    return {"LANG": "C.UTF-8", "PATH": os.defpath, **ONE_THREAD}


def main() -> None:
    """Loads the program, then forks a child for each socket that comes in, until the other end is closed."""
    control = socket.socket(fileno=int(sys.argv[2]))
    with tempfile.TemporaryDirectory(prefix="junkan-") as folder:
        os.chdir(folder)
        tempfile.tempdir = folder
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is for who started us
        from app.submission import worker

        worker.load_program()
        gc.freeze()
        _fork_until_closed(control)


def _fork_until_closed(control: socket.socket) -> None:
    from app.submission import worker

    children: set[int] = set()
    signal.signal(signal.SIGCHLD, lambda *_: _reap(children))
    while True:
        word, handles, _, _ = socket.recv_fds(control, 1, 1)
        if not word:
            break
        if word == REHEARSE:
            worker.rehearse()
            gc.freeze()
            continue
        parent = os.getpid()
        for handle in handles:
            if (child := os.fork()) == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                control.close()
                _serve(handle, parent)
            children.add(child)
            os.close(handle)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    while children:
        _reap(children, 0)


def _reap(children: set[int], options: int = os.WNOHANG) -> None:
    """Takes note of children that ended, so that their processor time counts as ours."""
    for child in list(children):
        try:
            ended, _ = os.waitpid(child, options)
        except ChildProcessError:
            ended = child
        if ended:
            children.discard(child)


def _serve(handle: int, parent: int) -> None:
    """Serves one file in a limited child, and ends the child."""
    from app.submission import worker

    limit_child(parent)
    gc.set_threshold(*RARELY)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    try:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            tempfile.tempdir = folder
            with socket.socket(fileno=handle) as stream:
                worker.serve(stream.makefile("rb"), stream.makefile("wb"))
            os.chdir("/")
    finally:
        os._exit(0)


def limit_child(parent: int) -> None:
    """Caps memory at what is in use plus MEMORY, processor time, and time; ends the child with its parent."""
    end_with_parent(parent)
    with open("/proc/self/statm", encoding="ascii") as statm:
        in_use = int(statm.read().split()[5]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_DATA, (in_use + MEMORY, in_use + MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.setitimer(signal.ITIMER_REAL, WALL_SECONDS)


def end_with_parent(parent: int) -> None:
    """Lets this process end as soon as its parent, the process ``parent``, does."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
