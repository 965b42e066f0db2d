"""Files written whole and synced before anybody relies on them, readable by the owner only."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

PART = ".part-"


def sha256_of(data: bytes) -> str:
    """SHA-256 of ``data``, 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def private_folder(path: Path) -> Path:
    """``path`` as a folder of mode 0700, made when missing (its parents as usual)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)
    path.chmod(0o700)
    return path


def sync_folder(folder: Path) -> None:
    """Makes the names in ``folder`` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_durably(path: Path, data: bytes) -> None:
    """Writes ``data`` to ``path`` (0600) so that the file is whole or absent, and synced on return."""
    handle, part = tempfile.mkstemp(prefix=PART, dir=path.parent)
    try:
        with open(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(part, path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
