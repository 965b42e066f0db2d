"""The folder of a store: what belongs in it, its marker, and who may read it."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.storage.files.blobs import BLOBS
from app.storage.files.durable import PART, private_folder, sync_folder, write_durably
from app.storage.files.refusals import REFUSED
from app.storage.problems import (
    DATABASE_MISSING,
    FOLDER_IN_USE,
    NOT_A_FOLDER,
    UNFINISHED,
    WRONG_MODE,
    StoreError,
    line,
)

DATABASE = "store.sqlite"
MARKER = "store.json"
BACKUPS = "backups"
OF_THE_DATABASE = ("", "-wal", "-shm", "-journal")
OURS = frozenset({*(f"{DATABASE}{ending}" for ending in OF_THE_DATABASE), BLOBS, REFUSED, BACKUPS, MARKER})
OF_A_VOLUME = frozenset({"lost+found"})


@dataclass(frozen=True)
class Marker:
    """What the folder itself says of its store, so that a lost database is noticed: its id, and demo or real."""

    store_id: str
    kind: str


def read_marker(folder: Path) -> Marker | None:
    """The marker of a store's folder, or None where there is none yet. Raises StoreError for one that is damaged."""
    try:
        found = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        return Marker(str(found["store_id"]), str(found["kind"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise StoreError(DATABASE_MISSING) from None


def write_marker(folder: Path, marker: Marker) -> None:
    """Writes the marker of a store's folder for good."""
    write_durably(folder / MARKER, json.dumps({"store_id": marker.store_id, "kind": marker.kind}).encode())


def was_used(folder: Path) -> bool:
    """Whether a store has kept anything here: a marker, a workbook or a refused file."""
    kept = (path for name in (BLOBS, REFUSED) for path in _tree(folder / name) if path.parent != folder)
    return read_marker(folder) is not None or any(not path.name.startswith(PART) for path in kept)


def prepare_folder(folder: Path, database: Path | None) -> None:
    """Makes ``folder`` ready for a store; one that is already a store keeps its modes for ``check`` to judge.

    ``database`` is the file of the database, in the folder or elsewhere; None for a database server. Raises
    StoreError when the folder is none, holds other things, or was a store whose database is gone.
    """
    if folder.exists() and not folder.is_dir():
        raise StoreError(NOT_A_FOLDER)
    present = {entry.name for entry in folder.iterdir()} if folder.exists() else set()
    in_folder = database is not None and database.parent == folder
    is_store = DATABASE in present if in_folder else {BLOBS, REFUSED} <= present
    if not is_store and {name for name in present if not name.startswith(PART)} - OURS - OF_A_VOLUME:
        raise StoreError(FOLDER_IN_USE)
    if database is not None and not _has_bytes(database) and was_used(folder):
        raise StoreError(DATABASE_MISSING)
    if not (is_store and {BLOBS, REFUSED} <= present):
        for path in (folder, folder / BLOBS, folder / REFUSED):
            private_folder(path)
        sync_folder(folder)
    if database is not None and not database.exists():
        if not database.parent.exists():
            private_folder(database.parent)
        # SQLite gives its -wal and -shm files the mode of the database file, so this is set before it opens.
        os.close(os.open(database, os.O_CREAT | os.O_WRONLY, 0o600))
        sync_folder(database.parent)


def _has_bytes(database: Path) -> bool:
    return database.exists() and database.stat().st_size > 0


def files_with_mode(folder: Path, database: Path | None) -> list[Path]:
    """Every folder and file of a store, also a database file that lies elsewhere, in order."""
    own = [path for name in OURS for path in _tree(folder / name)]
    elsewhere = [] if database is None else [Path(f"{database}{ending}") for ending in OF_THE_DATABASE]
    return [folder, *sorted({*own, *(path for path in elsewhere if path.exists())})]


def wrong_modes(folder: Path, database: Path | None = None) -> Iterator[Path]:
    """Each folder that is not 0700 and each file that is not 0600."""
    for path in files_with_mode(folder, database):
        if stat.S_IMODE(path.stat().st_mode) != right_mode(path):
            yield path


def right_mode(path: Path) -> int:
    """0700 for a folder, 0600 for a file."""
    return 0o700 if path.is_dir() else 0o600


def check_folder(folder: Path, database: Path | None = None) -> Iterator[str]:
    """One line for each unfinished file of the folder itself, and for each access open to others."""
    for path in unfinished_files(folder):
        yield line(UNFINISHED, name_in(folder, path))
    for path in wrong_modes(folder, database):
        yield line(WRONG_MODE, f"{name_in(folder, path)} ({stat.S_IMODE(path.stat().st_mode):04o})")


def unfinished_files(folder: Path) -> list[Path]:
    """Half-written files beside the marker and among the copies of the database, in order of name."""
    found = [*folder.iterdir(), *(path for path in _tree(folder / BACKUPS) if path.is_file())]
    return sorted(path for path in found if path.name.startswith(PART))


def name_in(folder: Path, path: Path) -> str:
    """A path as a check names it: within the folder, ``.`` for the folder itself, else whole."""
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def _tree(path: Path) -> Iterator[Path]:
    if path.exists():
        yield path
    if path.is_dir():
        yield from path.iterdir()
