"""What lies in the place of a store's files: what belongs there, its marker, and who may read it."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.storage.files.blobs import BLOBS
from app.storage.files.durable import PART, private_folder, sync_folder
from app.storage.files.file_place import FilePlace
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
from schemas.dictionary.declaration import Text

DATABASE = "store.sqlite"
MARKER = "store.json"
BACKUPS = "backups"
OF_THE_DATABASE = ("", "-wal", "-shm", "-journal", "-written")
OURS = frozenset({*(f"{DATABASE}{ending}" for ending in OF_THE_DATABASE), BLOBS, REFUSED, BACKUPS, MARKER})
OF_A_VOLUME = frozenset({"lost+found"})


@dataclass(frozen=True)
class Marker:
    """What the place itself says of its store, so that a lost database is noticed: its id, and demo or real."""

    store_id: str
    kind: str


def read_marker(place: FilePlace) -> Marker | None:
    """The marker of a store's place, or None where there is none yet. Raises StoreError for one that is damaged."""
    try:
        found = json.loads(place.read(MARKER).decode("utf-8"))
        return Marker(str(found["store_id"]), str(found["kind"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, StoreError):
            raise
        raise StoreError(DATABASE_MISSING) from None


def write_marker(place: FilePlace, marker: Marker) -> None:
    """Writes the marker of a store's place for good."""
    place.write(MARKER, json.dumps({"store_id": marker.store_id, "kind": marker.kind}).encode())


def was_used(place: FilePlace) -> bool:
    """Whether a store has kept anything here: a marker, a workbook or a refused file."""
    if read_marker(place) is not None:
        return True
    return any(not name.startswith(PART) for part in (BLOBS, REFUSED) for name in place.names(part))


def prepare_place(place: FilePlace, database: Path | None) -> None:
    """Makes ``place`` ready for a store; a folder that is one already keeps its modes for ``check`` to judge.

    ``database`` is the file of the database, in the folder or elsewhere; None for a database server. Raises
    StoreError when the place holds other things, is no folder, or was a store whose database is gone.
    """
    folder = place.folder
    if folder is not None and folder.exists() and not folder.is_dir():
        raise StoreError(NOT_A_FOLDER)
    present = set(place.names())
    if folder is None:
        is_store = MARKER in present
    else:
        in_folder = database is not None and database.parent == folder
        is_store = DATABASE in present if in_folder else {BLOBS, REFUSED} <= present
    if not is_store and {name for name in present if not name.startswith(PART)} - OURS - OF_A_VOLUME:
        raise StoreError(FOLDER_IN_USE)
    if database is not None and not _has_bytes(database) and was_used(place):
        raise StoreError(DATABASE_MISSING)
    if not (is_store and {BLOBS, REFUSED} <= present):
        place.make_folders(("", BLOBS, REFUSED))
    if database is not None and not database.exists():
        if not database.parent.exists():
            private_folder(database.parent)
        # SQLite gives its -wal and -shm files the mode of the database file, so this is set before it opens.
        os.close(os.open(database, os.O_CREAT | os.O_WRONLY, 0o600))
        sync_folder(database.parent)


def _has_bytes(database: Path) -> bool:
    return database.exists() and database.stat().st_size > 0


def files_with_mode(folder: Path | None, database: Path | None) -> list[Path]:
    """Every folder and file of a store on this machine, also a database file that lies elsewhere, in order."""
    own = [] if folder is None else [path for name in OURS for path in _tree(folder / name)]
    elsewhere = [] if database is None else [Path(f"{database}{ending}") for ending in OF_THE_DATABASE]
    found = sorted({*own, *(path for path in elsewhere if path.exists())})
    return found if folder is None else [folder, *found]


def wrong_modes(folder: Path | None, database: Path | None = None) -> Iterator[Path]:
    """Each folder that is not 0700 and each file that is not 0600."""
    for path in files_with_mode(folder, database):
        if stat.S_IMODE(path.stat().st_mode) != right_mode(path):
            yield path


def right_mode(path: Path) -> int:
    """0700 for a folder, 0600 for a file."""
    return 0o700 if path.is_dir() else 0o600


def check_place(place: FilePlace, database: Path | None = None) -> Iterator[Text]:
    """One line for each unfinished file beside those of submissions, and for each access open to others."""
    for name in unfinished_files(place):
        yield line(UNFINISHED, name)
    for path in wrong_modes(place.folder, database):
        yield line(WRONG_MODE, f"{name_in(place.folder, path)} ({stat.S_IMODE(path.stat().st_mode):04o})")


def unfinished_files(place: FilePlace) -> list[str]:
    """Half-written files beside the marker and among the copies of the database, in order of name."""
    found = [*place.names(), *(f"{BACKUPS}/{name}" for name in place.names(BACKUPS))]
    return sorted(name for name in found if name.rpartition("/")[2].startswith(PART))


def name_in(folder: Path | None, path: Path) -> str:
    """A path as a check names it: within the folder, ``.`` for the folder itself, else whole."""
    if folder is not None and path.is_relative_to(folder):
        return path.relative_to(folder).as_posix()
    return str(path)


def _tree(path: Path) -> Iterator[Path]:
    if path.exists():
        yield path
    if path.is_dir():
        yield from path.iterdir()
