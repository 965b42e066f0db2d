"""One fork server for all commands that run in a test process: each would start its own and load the program anew."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.commands import filled_forms, forms, verify
from app.commands.operation import monitor, recompute_round, take_batch
from app.submission.worker_pool import worker_pool

COMMANDS = (filled_forms, verify, monitor, recompute_round, take_batch)


@pytest.fixture(scope="session", autouse=True)
def commands_share_workers() -> Iterator[None]:
    """Lets every command of this process use the workers that uploads use too, and end them no more than those do."""
    workers = worker_pool()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "close", lambda: None)
        for module in COMMANDS:
            patch.setattr(module, "WorkerPool", lambda **_: workers)
        patch.setattr(forms, "run_once", workers.run)
        yield
    workers.close()
