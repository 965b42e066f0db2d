"""Backups of a store: database and files as one consistent set, made while the store is in use, and restored whole.

A backup is a folder or an address: ``database.sqlite`` (or ``database.zip``, the tables of a server as CSV),
``blobs/``, ``refused/``, and ``manifest.json``, written last, with the SHA-256 of every file. Without it a backup is
unfinished.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

from app.storage.database.connection import damage_of, database_file, engine_for, identity_of, transaction
from app.storage.database.copies import copy_database, load_tables, revision_of_copy
from app.storage.database.migrate import make_tables
from app.storage.files.blobs import BLOBS
from app.storage.files.durable import PART, sha256_of, sync_folder
from app.storage.files.file_place import FilePlace, LocalPlace, place_of, remove_all
from app.storage.files.folder import DATABASE, Marker, write_marker
from app.storage.files.refusals import RECORD, REFUSED
from app.storage.problems import (
    BACKUP_BROKEN,
    BACKUP_INCOMPLETE,
    BACKUP_NOT_EMPTY,
    BAD_URL,
    NO_BACKUP,
    NOT_WRITABLE,
    RESTORE_NOT_EMPTY,
    RESTORE_TO_FOLDER,
    RESTORE_TO_SERVER,
    UNREACHABLE,
    UNREADABLE,
    StoreError,
)
from app.storage.store import Store, named_files
from app.storage.store_location import locate_store
from app.storage.versions import software

MANIFEST = "manifest.json"
SQLITE_COPY = "database.sqlite"


def back_up(store: Store, out: Path | str) -> dict[str, Any]:
    """Writes a backup of an open store to a new or empty folder or address ``out``; its manifest.

    Most files are copied while uploads go on; then, for a moment without writers, the database and what has come
    since. Raises StoreError when the place holds something or cannot be written, or the store is
    damaged.
    """
    place = place_of(out)
    try:
        if not place.is_empty():
            raise StoreError(BACKUP_NOT_EMPTY)
        if damage_of(store.engine):
            raise StoreError(UNREADABLE)
        place.make_folders(("", BLOBS, REFUSED))
        with store.engine.connect() as connection:
            expected = named_files(connection)
        _copy_blobs(store.place, place, expected)
        with transaction(store.engine) as connection:
            revision = identity_of(store.engine).confirm(connection)
            copied = copy_database(connection, place, "", "database", is_dated=False)
            wanted = named_files(connection)
            _copy_blobs(store.place, place, wanted)
            if lost := wanted - set(place.names(BLOBS)):
                raise StoreError(BACKUP_INCOMPLETE.format(count=len(lost)))
            _copy_refused(store, place)
        for gone in expected - wanted:
            place.remove(f"{BLOBS}/{gone}")
        made = {"made_at": datetime.now(UTC).isoformat(timespec="seconds"), "software": software()}
        whose = {"store_id": identity_of(store.engine).store_id, "kind": store.kind, "revision": revision}
        manifest = {**made, **whose, "database": copied, "files": _hashes(place)}
        if isinstance(place, LocalPlace):
            for part in (BLOBS, REFUSED):
                sync_folder(place.folder / part)
        place.write(MANIFEST, json.dumps(manifest, indent=1).encode())
    except OSError:
        raise StoreError(NOT_WRITABLE) from None
    return manifest


def _copy_blobs(source: FilePlace, target: FilePlace, names: set[str]) -> None:
    """Copies workbooks that are not there yet; one that is missing, or not what its name says, is passed over."""
    wanted = sorted(names - set(target.names(BLOBS)))
    for path, data in source.read_each(f"{BLOBS}/{name}" for name in wanted):
        if path == f"{BLOBS}/{sha256_of(data)}":
            target.write(path, data)


def _copy_refused(store: Store, target: FilePlace) -> None:
    """Copies refused files and their records with the moment of receipt, by which the oldest make room."""
    received = _moments(store.refused())
    names = [name for name in store.place.names(REFUSED) if not name.startswith(PART)]
    for path, data in store.place.read_each(f"{REFUSED}/{name}" for name in names):
        target.write(path, data, received.get(Path(path).stem))


def _moments(records: list[dict[str, Any]]) -> dict[str, datetime]:
    """When each refused file was received, by its hash."""
    return {record["sha256"]: datetime.fromisoformat(record["received_at"]) for record in records}


def _hashes(place: FilePlace) -> dict[str, str]:
    """SHA-256 by path within the place, of every file below but the manifest."""
    return {name: place.hash_of(name) for name in place.tree() if name != MANIFEST}


def verified_manifest(backup: FilePlace) -> dict[str, Any]:
    """The manifest of a backup whose every file is there as it was written, and no other. Raises StoreError."""
    try:
        manifest: dict[str, Any] = json.loads(backup.read(MANIFEST).decode("utf-8"))
        listed = dict(manifest["files"])
        whose = manifest["store_id"], manifest["kind"], manifest["database"]
    except StoreError:
        raise
    except (OSError, ValueError, KeyError, TypeError):
        raise StoreError(NO_BACKUP) from None
    found = _hashes(backup)
    differing = sorted(name for name in listed.keys() | found.keys() if listed.get(name) != found.get(name))
    if differing or whose[2] not in listed:
        raise StoreError(BACKUP_BROKEN.format(file=differing[0] if differing else whose[2], count=len(differing)))
    return manifest


def restore(source: Path | str, location: Path | str, files: Path | str | None = None) -> dict[str, Any]:
    """Makes the store of a backup anew; the manifest it was verified by.

    A store in a folder goes to a new or empty folder ``location``; one of a database server to the URL of an empty
    database, with a new or empty place ``files``. It is there whole or not at all. Raises StoreError for a backup
    that is unfinished or changed, one of the other kind, and a place that holds something.
    """
    backup = place_of(source)
    url, place = locate_store(location, files)
    is_server = isinstance(url, str)
    database = None if is_server else database_file(url)
    if not place.is_empty() or (database is not None and not LocalPlace(database.parent).is_empty()):
        raise StoreError(RESTORE_NOT_EMPTY)
    manifest = verified_manifest(backup)
    if (manifest["database"] == SQLITE_COPY) is is_server:
        raise StoreError(RESTORE_TO_FOLDER if is_server else RESTORE_TO_SERVER)
    try:
        with _filled(place, backup, manifest, database) as put_in_place:
            if is_server:
                _fill_server(str(location), backup, manifest["database"], put_in_place)
            else:
                put_in_place()
    except OSError:
        raise StoreError(NOT_WRITABLE) from None
    return manifest


@contextmanager
def _filled(
    place: FilePlace, backup: FilePlace, manifest: dict[str, Any], database: Path | None
) -> Iterator[Callable[[], None]]:
    """Fills folders beside the empty ones, or an address itself; gives what puts them in their place as the last step.

    What was written is removed again when it ends with an error.
    """
    folders = [path for path in dict.fromkeys((place.folder, database and database.parent)) if path is not None]
    partial: dict[Path, Path] = {}
    try:
        for folder in folders:
            folder.parent.mkdir(parents=True, exist_ok=True)
            partial[folder] = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        target = place if place.folder is None else LocalPlace(partial[place.folder])
        target.make_folders(("", BLOBS, REFUSED))
        if database is not None:
            data = _verified(manifest, manifest["database"], backup.read(manifest["database"]))
            LocalPlace(partial[database.parent]).write(DATABASE, data)
        _fill(target, backup, manifest)

        def put_in_place() -> None:
            for folder, made in partial.items():
                os.replace(made, folder)

        yield put_in_place
    except BaseException:
        for made in partial.values():
            shutil.rmtree(made, ignore_errors=True)
        if place.folder is None:
            remove_all(place)
        raise
    for folder in folders:
        sync_folder(folder.parent)


def _fill(target: FilePlace, backup: FilePlace, manifest: dict[str, Any]) -> None:
    """Writes workbooks and refused files, those by the moment of receipt, and the marker last."""
    names = [name for name in manifest["files"] if name != manifest["database"]]
    records = [name for name in names if name.startswith(REFUSED) and name.endswith(RECORD)]
    received = _moments([json.loads(data) for _, data in backup.read_each(records)])
    first = datetime.min.replace(tzinfo=UTC)
    missing = {*names}
    for name, data in backup.read_each(sorted(names, key=lambda one: (received.get(Path(one).stem, first), one))):
        target.write(name, _verified(manifest, name, data), received.get(Path(name).stem))
        missing.remove(name)
    if missing:
        raise StoreError(BACKUP_BROKEN.format(file=min(missing), count=len(missing)))
    write_marker(target, Marker(manifest["store_id"], manifest["kind"]))


def _verified(manifest: dict[str, Any], name: str, data: bytes) -> bytes:
    """The bytes of a file, unless they were changed since the whole backup was verified: then StoreError is raised."""
    if sha256_of(data) != manifest["files"][name]:
        raise StoreError(BACKUP_BROKEN.format(file=name, count=1))
    return data


def _fill_server(url: str, backup: FilePlace, copy_name: str, put_in_place: Callable[[], None]) -> None:
    """Tables and rows of a backup in one transaction; the files take their place as the last step before it commits."""
    with backup.on_this_machine(copy_name) as copy:
        try:
            revision = revision_of_copy(copy)
            engine = engine_for(url)
        except (KeyError, IndexError, zipfile.BadZipFile):
            raise StoreError(NO_BACKUP) from None
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError):
            raise StoreError(BAD_URL) from None
        try:
            with transaction(engine) as connection:
                if inspect(connection).get_table_names():
                    raise StoreError(RESTORE_NOT_EMPTY)
                make_tables(connection, revision)
                load_tables(connection, copy)
                put_in_place()
        except OperationalError:
            raise StoreError(UNREACHABLE) from None
        finally:
            engine.dispose()
