"""Killed at random moments, a full disk and a store that cannot be written: nothing acknowledged is ever lost."""

from __future__ import annotations

import os
import random
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from app.access import LOCAL
from app.storage import problems
from app.storage.store import Store
from tests.app.storage.test_storage import keep

NOBODY = 65534
SEED = random.randrange(1 << 30)
KILLS, LAST_STEP = 14, 90


def in_a_child(work: Callable[[], str]) -> tuple[str, int]:
    """What a process of its own acknowledged before it ended, and its code (-9: killed)."""
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        try:
            os.close(read)
            os.write(write, work().encode())
            os._exit(0)
        finally:
            traceback.print_exc(file=sys.stderr)
            os._exit(1)
    os.close(write)
    with os.fdopen(read) as said:
        acknowledged = said.read()
    return acknowledged, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kill_at(step: int) -> Callable[..., None]:
    """Has this process killed at its ``step``-th statement, commit, file operation or call of what is given back."""
    taken = 0

    def count(*_: object) -> None:
        nonlocal taken
        taken += 1
        if taken == step:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in ("fsync", "replace"):
        real = getattr(os, name)
        setattr(os, name, lambda *args, real=real, **more: (count(), real(*args, **more))[1])
    for moment in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(Engine, moment, count)
    return count


def keep_while_killed(
    open_store: Callable[[], Store], interrupt: Callable[[int], object], kills: int = KILLS, last_step: int = LAST_STEP
) -> tuple[dict[str, bytes], int]:
    """Uploads, each by a process that is killed at a step of its own: those acknowledged, and how many were killed."""
    acknowledged: dict[str, bytes] = {}
    killed = 0
    for step in sorted(random.Random(SEED).sample(range(1, last_step), kills)):

        def work(step: int = step) -> str:
            store = open_store()
            interrupt(step)
            return keep(store, b"PK %d" % step)

        said, code = in_a_child(work)
        assert code in (0, -signal.SIGKILL), (SEED, step, code)
        killed += code != 0
        if said:
            acknowledged[said] = b"PK %d" % step
    return acknowledged, killed


def test_a_kill_at_random_moments_loses_nothing_acknowledged(open_store: Callable[..., Store]) -> None:
    """In a folder and in PostgreSQL; the seed is told with a failure."""
    opened = open_store()
    keep(opened, b"PK before")
    opened.close()
    acknowledged, killed = keep_while_killed(open_store, kill_at)
    store = open_store()
    history = store.submissions(all_versions=True)
    assert set(acknowledged) <= set(history["id"]), SEED
    for submission, data in acknowledged.items():
        assert store.bytes_of(submission) == data
    for submission in history["id"]:
        assert len(store.answers(submission)) == 2, (SEED, "a version is there whole or not at all")
    assert history["state"].tolist().count("current") == 1 and killed > 3, SEED
    store.mend(LOCAL)
    assert store.check() == [], SEED
    store.close()


@contextmanager
def disk_full(size: int) -> Iterator[None]:
    """No file of this process can grow beyond ``size`` bytes meanwhile, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


@pytest.mark.parametrize("left", [0, 1, 4096, 20_000])
def test_a_full_disk_is_said_and_the_store_goes_on_when_there_is_room(tmp_path: Path, left: int) -> None:
    def work() -> str:
        store = Store.open(tmp_path / "store")
        first = keep(store, b"PK first")
        size = (tmp_path / "store" / "store.sqlite").stat().st_size
        refused = 0
        kept = [first]
        with disk_full(left if left < 4096 else size + left - 4096):
            for number in range(30):
                try:
                    kept.append(keep(store, b"PK %d" % number + bytes(3000)))
                except problems.StoreError as problem:
                    assert problem.text.ja and problem.text.en
                    refused += 1
        kept.append(keep(store, b"PK when there is room"))
        history = set(store.submissions(all_versions=True)["id"])
        assert set(kept) <= history and len(history) == len(kept)
        for submission in kept:
            assert store.bytes_of(submission).startswith(b"PK")
        store.mend(LOCAL)
        assert store.check() == []
        return f"{refused}"

    said, code = in_a_child(work)
    assert code == 0 and int(said) > 0


def unprivileged() -> None:
    """Lets go of the rights of root, for whom nothing is read-only."""
    if os.geteuid() == 0:
        os.setresuid(NOBODY, NOBODY, NOBODY)


@pytest.fixture
def own_folder() -> Iterator[Path]:
    """A folder that others than root reach too."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def give_away(folder: Path) -> None:
    """Gives a folder and what it holds to whom ``unprivileged`` becomes, where that is somebody else."""
    if os.geteuid() == 0:
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, NOBODY, -1)


def test_a_store_that_cannot_be_written_is_said(own_folder: Path) -> None:
    folder = own_folder / "store"
    warm = Store.open(folder)
    first = keep(warm, b"PK first")
    warm.close()
    give_away(own_folder)

    def work() -> str:
        unprivileged()
        store = Store.open(folder)
        for path in folder.rglob("*"):
            path.chmod(0o500 if path.is_dir() else 0o400)
        folder.chmod(0o500)
        for attempt in (lambda: keep(store, b"PK later"), lambda: Store.open(folder).close()):
            try:
                attempt()
            except problems.StoreError as problem:
                assert problem.text.ja and problem.text.en
            else:
                assert list(store.submissions(all_versions=True)["id"]) == [first], "opened for reading only"
        folder.chmod(0o700)
        for path in folder.rglob("*"):
            path.chmod(0o700 if path.is_dir() else 0o600)
        again = Store.open(folder)
        assert list(again.submissions(all_versions=True)["id"]) == [first]
        return keep(again, b"PK writable again")

    said, code = in_a_child(work)
    assert code == 0 and said
