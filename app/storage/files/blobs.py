"""Workbook bytes by content hash: kept once, verified on every reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from app.storage.files.durable import PART, sha256_of, sync_folder, write_durably
from app.storage.problems import (
    BLOB_CHANGED,
    BLOB_MISSING,
    MISSING_BLOB,
    ORPHAN_BLOB,
    UNFINISHED,
    WRONG_HASH,
    StoreError,
    line,
)

BLOBS = "blobs"


class Blobs:
    """The folder ``blobs/``: one file for each content, named by its SHA-256."""

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

    def orphans(self, wanted: Iterable[str]) -> list[Path]:
        """Files that nothing in ``wanted`` names, unfinished ones among them; in order of name."""
        known = set(wanted)
        return sorted(path for path in self.folder.iterdir() if path.name not in known)
