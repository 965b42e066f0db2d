"""Backups of a store: database and files as one consistent set, made while the store is in use, and restored whole.

A backup is a folder: ``database.sqlite`` (or ``database.zip``, the tables of a server as CSV), ``blobs/``,
``refused/``, and ``manifest.json``, written last, with the SHA-256 of every file. Without it a backup is unfinished.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

from app.storage.database.connection import damage_of, engine_for, identity_of, transaction
from app.storage.database.copies import copy_database, load_tables, revision_of_copy
from app.storage.database.migrate import make_tables
from app.storage.files.blobs import BLOBS
from app.storage.files.durable import PART, private_folder, sha256_of, sync_folder, write_durably
from app.storage.files.folder import DATABASE, Marker, write_marker
from app.storage.files.refusals import REFUSED
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


def back_up(store: Store, folder: Path) -> dict[str, Any]:
    """Writes a backup of an open store to a new or empty ``folder``; its manifest.

    Most files are copied while uploads go on; then, for a moment without writers, the database and what has come
    since. Raises StoreError when the folder holds something or cannot be written, or the store is
    damaged.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise StoreError(BACKUP_NOT_EMPTY)
        if damage_of(store.engine):
            raise StoreError(UNREADABLE)
        for path in (folder, folder / BLOBS, folder / REFUSED):
            private_folder(path)
        with store.engine.connect() as connection:
            expected = named_files(connection)
        _copy_blobs(store.folder, folder, expected)
        with transaction(store.engine) as connection:
            revision = identity_of(store.engine).confirm(connection)
            copied = copy_database(connection, folder, "database")
            copied = copied.rename(folder / f"database{copied.suffix}")
            copied.chmod(0o600)
            wanted = named_files(connection)
            _copy_blobs(store.folder, folder, wanted)
            if lost := wanted - {path.name for path in (folder / BLOBS).iterdir()}:
                raise StoreError(BACKUP_INCOMPLETE.format(count=len(lost)))
            _copy_refused(store.folder, folder)
        for gone in expected - wanted:
            (folder / BLOBS / gone).unlink(missing_ok=True)
        made = {"made_at": datetime.now(UTC).isoformat(timespec="seconds"), "software": software()}
        whose = {"store_id": identity_of(store.engine).store_id, "kind": store.kind, "revision": revision}
        manifest = {**made, **whose, "database": copied.name, "files": _hashes(folder)}
        for path in (folder / BLOBS, folder / REFUSED):
            sync_folder(path)
        write_durably(folder / MANIFEST, json.dumps(manifest, indent=1).encode())
    except OSError:
        raise StoreError(NOT_WRITABLE) from None
    return manifest


def _copy_blobs(source: Path, target: Path, names: set[str]) -> None:
    """Copies workbooks that are not there yet; one that is missing, or not what its name says, is passed over."""
    for name in sorted(names):
        path, original = target / BLOBS / name, source / BLOBS / name
        if path.exists() or not original.is_file():
            continue
        data = original.read_bytes()
        if sha256_of(data) == name:
            write_durably(path, data)


def _copy_refused(source: Path, target: Path) -> None:
    """Copies refused files and their records with the moment of receipt, by which the oldest make room."""
    for path in sorted((source / REFUSED).iterdir()):
        if not path.name.startswith(PART):
            copied = target / REFUSED / path.name
            shutil.copy2(path, copied)
            copied.chmod(0o600)


def _hashes(folder: Path) -> dict[str, str]:
    """SHA-256 by path within the folder, of every file below but the manifest."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST)
    return {path.relative_to(folder).as_posix(): _sha256_of_file(path) for path in paths}


def _sha256_of_file(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def verified_manifest(backup: Path) -> dict[str, Any]:
    """The manifest of a backup whose every file is there as it was written, and no other. Raises StoreError."""
    try:
        manifest: dict[str, Any] = json.loads((backup / MANIFEST).read_text(encoding="utf-8"))
        listed = dict(manifest["files"])
        whose = manifest["store_id"], manifest["kind"], manifest["database"]
    except (OSError, ValueError, KeyError, TypeError):
        raise StoreError(NO_BACKUP) from None
    found = _hashes(backup)
    differing = sorted(name for name in listed.keys() | found.keys() if listed.get(name) != found.get(name))
    if differing or whose[2] not in listed:
        raise StoreError(BACKUP_BROKEN.format(file=differing[0] if differing else whose[2], count=len(differing)))
    return manifest


def restore(backup: Path, location: Path | str, files: Path | None = None) -> dict[str, Any]:
    """Makes the store of a backup anew; the manifest it was verified by.

    A store in a folder goes to a new or empty folder ``location``; one of a database server to the URL of an empty
    database, with a new or empty folder ``files``. It is there whole or not at all. Raises StoreError for a backup
    that is unfinished or changed, one of the other kind, and a place that holds something.
    """
    url, folder = locate_store(location, files)
    is_server = isinstance(url, str)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StoreError(RESTORE_NOT_EMPTY)
    manifest = verified_manifest(backup)
    if (manifest["database"] == SQLITE_COPY) is is_server:
        raise StoreError(RESTORE_TO_FOLDER if is_server else RESTORE_TO_SERVER)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            _fill(partial, backup, manifest)
            if is_server:
                _fill_server(str(location), backup / manifest["database"], partial, folder)
            else:
                os.replace(partial, folder)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        sync_folder(folder.parent)
    except OSError:
        raise StoreError(NOT_WRITABLE) from None
    return manifest


def _fill_server(url: str, copy: Path, partial: Path, folder: Path) -> None:
    """Tables and rows of a backup in one transaction; the folder takes its place as the last step before it commits."""
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
            os.replace(partial, folder)
    except OperationalError:
        raise StoreError(UNREACHABLE) from None
    finally:
        engine.dispose()


def _fill(partial: Path, backup: Path, manifest: dict[str, Any]) -> None:
    for name in (BLOBS, REFUSED):
        private_folder(partial / name)
    for name, sha256 in manifest["files"].items():
        if name == manifest["database"] != SQLITE_COPY:
            continue
        data = (backup / name).read_bytes()
        if sha256_of(data) != sha256:  # changed since it was verified
            raise StoreError(BACKUP_BROKEN.format(file=name, count=1))
        target = partial / (DATABASE if name == manifest["database"] else name)
        write_durably(target, data)
        shutil.copystat(backup / name, target)
        target.chmod(0o600)
    write_marker(partial, Marker(manifest["store_id"], manifest["kind"]))
