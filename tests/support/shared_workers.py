"""One fork server for all commands that run in a test process: each would start its own and load the program anew."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from app.commands import filled_forms, forms, verify
from app.commands.operation import monitor, recompute_round, take_batch
from app.submission.worker_pool import WorkerPool, worker_pool

COMMANDS = (filled_forms, verify, monitor, recompute_round, take_batch)


@cache
def shared_workers() -> WorkerPool:
    """The workers of this test process: those that uploads use too, which no command ends."""
    pool = worker_pool()
    pool.close = lambda: None  # type: ignore[method-assign]
    return pool


@pytest.fixture(scope="session", autouse=True)
def commands_share_workers() -> Iterator[None]:
    """Lets every command of this process use the same fork server."""
    with pytest.MonkeyPatch.context() as patch:
        for module in COMMANDS:
            patch.setattr(module, "WorkerPool", lambda **_: shared_workers())
        patch.setattr(forms, "run_once", lambda task, data, **wanted: shared_workers().run(task, data, **wanted))
        yield
        WorkerPool.close(shared_workers())
