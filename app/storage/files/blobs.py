"""Workbook bytes by content hash: kept once, verified on every reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.storage.files.durable import PART, sha256_of
from app.storage.files.file_place import FilePlace
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
from schemas.dictionary.declaration import Text

BLOBS = "blobs"


class Blobs:
    """What lies under ``blobs/``: one file for each content, named by its SHA-256."""

    def __init__(self, place: FilePlace) -> None:
        self._place = place

    def keep(self, data: bytes) -> str:
        """Keeps ``data`` for good and returns its SHA-256; a damaged copy of it is mended."""
        sha256 = sha256_of(data)
        if not self._place.holds(_name(sha256), data):
            self._place.write(_name(sha256), data)
        return sha256

    def read(self, sha256: str) -> bytes:
        """The bytes kept under ``sha256``, verified. Raises StoreError when missing or changed."""
        try:
            data = self._place.read(_name(sha256))
        except FileNotFoundError:
            raise StoreError(BLOB_MISSING) from None
        if sha256_of(data) != sha256:
            raise StoreError(BLOB_CHANGED)
        return data

    def drop(self, sha256: str) -> None:
        """Removes the bytes kept under ``sha256``."""
        self._place.remove(_name(sha256))

    def check(self, wanted: Iterable[str]) -> Iterator[Text]:
        """One line for each blob that is missing, changed, unfinished or belongs to nothing in ``wanted``."""
        wanted = set(wanted)
        present = set(self._place.names(BLOBS))
        for name in sorted(wanted - present):
            yield line(MISSING_BLOB, _name(name))
        for name in sorted(present - wanted):
            yield line(UNFINISHED if name.startswith(PART) else ORPHAN_BLOB, _name(name))
        for path, data in self._place.read_each(_name(name) for name in sorted(wanted & present)):
            if _name(sha256_of(data)) != path:
                yield line(WRONG_HASH, path)

    def orphans(self, wanted: Iterable[str]) -> list[str]:
        """Files that nothing in ``wanted`` names, unfinished ones among them; in order of name."""
        known = set(wanted)
        return [_name(name) for name in self._place.names(BLOBS) if name not in known]


def _name(sha256: str) -> str:
    return f"{BLOBS}/{sha256}"
