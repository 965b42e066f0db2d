"""Files of the store: written whole and synced before anybody relies on them, readable by the owner only."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from app.storage.problems import (
    BLOB_CHANGED,
    BLOB_MISSING,
    FOLDER_IN_USE,
    MISSING_BLOB,
    NOT_A_FOLDER,
    ORPHAN_BLOB,
    UNFINISHED,
    WRONG_HASH,
    WRONG_MODE,
    StoreError,
    line,
)

DATABASE = "store.sqlite"
BLOBS = "blobs"
REFUSED = "refused"
PART = ".part-"
OURS = frozenset({DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}-journal", BLOBS, REFUSED})
OF_A_VOLUME = frozenset({"lost+found"})


def sha256_of(data: bytes) -> str:
    """SHA-256 of ``data``, 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def private_folder(path: Path) -> Path:
    """``path`` as a folder of mode 0700, made when missing (its parents as usual)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)
    path.chmod(0o700)
    return path


def prepare_folder(folder: Path, *, with_database: bool) -> None:
    """Makes ``folder`` ready for a store; one that is already a store keeps its modes for ``check`` to judge.

    Raises StoreError when it is not a folder or holds other things.
    """
    if folder.exists() and not folder.is_dir():
        raise StoreError(NOT_A_FOLDER)
    present = {entry.name for entry in folder.iterdir()} if folder.exists() else set()
    is_store = DATABASE in present if with_database else {BLOBS, REFUSED} <= present
    if is_store and {BLOBS, REFUSED} <= present:
        return
    if not is_store and present - OURS - OF_A_VOLUME:
        raise StoreError(FOLDER_IN_USE)
    for path in (folder, folder / BLOBS, folder / REFUSED):
        private_folder(path)
    if with_database and not is_store:
        # SQLite gives its -wal and -shm files the mode of the database file, so this is set before it opens.
        os.close(os.open(folder / DATABASE, os.O_CREAT | os.O_WRONLY, 0o600))
    sync_folder(folder)


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


class Blobs:
    """Workbook bytes by content hash in one flat folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, data: bytes) -> str:
        """Keeps ``data`` for good and returns its SHA-256; a damaged copy of it is mended."""
        sha256 = sha256_of(data)
        path = self.folder / sha256
        if path.is_file() and path.read_bytes() == data:
            sync_folder(self.folder)
        else:
            write_durably(path, data)
        return sha256

    def read(self, sha256: str) -> bytes:
        """The bytes kept under ``sha256``, verified. Raises StoreError when missing or changed."""
        path = self.folder / sha256
        if not path.is_file():
            raise StoreError(BLOB_MISSING)
        data = path.read_bytes()
        if sha256_of(data) != sha256:
            raise StoreError(BLOB_CHANGED)
        return data

    def check(self, wanted: Iterable[str]) -> Iterator[str]:
        """One line for each blob that is missing, changed, unfinished or belongs to nothing in ``wanted``."""
        wanted = set(wanted)
        present = {entry.name for entry in self.folder.iterdir()}
        for name in sorted(wanted - present):
            yield line(MISSING_BLOB, f"{BLOBS}/{name}")
        for name in sorted(present - wanted):
            yield line(UNFINISHED if name.startswith(PART) else ORPHAN_BLOB, f"{BLOBS}/{name}")
        for name in sorted(wanted & present):
            if sha256_of((self.folder / name).read_bytes()) != name:
                yield line(WRONG_HASH, f"{BLOBS}/{name}")


def wrong_modes(folder: Path) -> Iterator[str]:
    """One line for each folder that is not 0700 and each file that is not 0600."""
    for path in [folder, *sorted(p for name in OURS for p in _tree(folder / name))]:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode != (0o700 if path.is_dir() else 0o600):
            where = "." if path == folder else path.relative_to(folder).as_posix()
            yield line(WRONG_MODE, f"{where} ({mode:04o})")


def _tree(path: Path) -> Iterator[Path]:
    if path.exists():
        yield path
    if path.is_dir():
        yield from path.iterdir()
