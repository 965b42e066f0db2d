"""One fork server for all commands that run in a test process: each would start its own and load the program anew."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from app.commands import filled_forms, verify
from app.commands.operation import recompute_round, take_batch
from app.submission.worker_pool import WorkerPool

COMMANDS = (filled_forms, verify, recompute_round, take_batch)


class SharedWorkers(WorkerPool):
    """Workers that outlive the command that asked for them; ``end`` closes them."""

    def close(self) -> None:
        """Keeps the fork server for the next command."""

    def end(self) -> None:
        """Ends the fork server."""
        super().close()


@cache
def shared_workers() -> SharedWorkers:
    """The workers of this test process."""
    return SharedWorkers(rehearsed=True)


@pytest.fixture(scope="session", autouse=True)
def commands_share_workers() -> Iterator[None]:
    """Lets every command of this process use the same fork server."""
    with pytest.MonkeyPatch.context() as patch:
        for module in COMMANDS:
            patch.setattr(module, "WorkerPool", lambda **_: shared_workers())
        yield
        shared_workers().end()
