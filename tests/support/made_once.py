"""What takes long to make and never changes is made by one worker of a test run and read by the others."""

from __future__ import annotations

import fcntl
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

Made = TypeVar("Made")


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[], Made]) -> Made:
    """What ``make`` gives, from the first worker of this run that asked for ``name``."""
    file = folder_of_run(factory) / f"{name}.pickle"
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if file.exists():
            found: Made = pickle.loads(file.read_bytes())
            return found
        made = make()
        file.write_bytes(pickle.dumps(made))
        return made


def folder_of_run(factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run share."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
