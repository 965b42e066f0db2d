"""Opens a store: finds its database and its folder, brings the tables up to date, and fixes its kind."""

from __future__ import annotations

import os
import re
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, cast
from uuid import uuid4

from sqlalchemy import URL, Engine, insert, select
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError

from app.storage import problems
from app.storage.database import tables
from app.storage.database.connection import database_file, engine_for, transaction, with_identity
from app.storage.database.migrate import migrate
from app.storage.files.folder import BACKUPS, DATABASE, Marker, prepare_folder, read_marker, was_used, write_marker
from app.storage.problems import StoreError
from app.storage.versions import software
from schemas.dictionary.declaration import Text

ROOT = Path(__file__).parent.parent.parent
DEMO_STORE = Path("var") / "demo"
STORE_VARIABLE, FILES_VARIABLE = "JUNKAN_STORE", "JUNKAN_FILES"
Kind = Literal["demo", "real"]
DATABASES = ("sqlite", "postgresql")
_SCHEME = re.compile(r"(?P<kind>[A-Za-z][A-Za-z0-9-]*|)(\+[A-Za-z0-9_]+)?:(?P<slashes>//)?")


def open_database(location: Path | str, wanted: Kind | None, files: Path | None) -> tuple[Engine, Path, Kind]:
    """Database, folder and kind of the store at ``location``, as ``Store.open`` takes them.

    Raises StoreError.
    """
    url, folder = locate_store(location, files)
    in_folder = isinstance(url, URL)
    try:
        prepare_folder(folder, database_file(url))
        return _initialise_store(engine_for(url), folder, wanted)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError):
        raise StoreError(problems.BAD_URL) from None
    except OperationalError:
        raise StoreError(problems.NOT_WRITABLE if in_folder else problems.UNREACHABLE) from None
    except OSError:
        raise StoreError(problems.NOT_WRITABLE) from None
    except (DatabaseError, sqlite3.DatabaseError):
        raise StoreError(problems.UNREADABLE) from None


def locate_store(location: Path | str, files: Path | None) -> tuple[URL | str, Path]:
    """The URL of the database and the folder of the files.

    Raises StoreError for a URL without a folder, and for what names another kind of database, a ``file:`` or a drive.
    """
    scheme = _SCHEME.match(str(location)) if not isinstance(location, Path) else None
    if scheme is not None and scheme["kind"].lower() in DATABASES and scheme["slashes"]:
        if files is None:
            raise StoreError(problems.FILES_NEEDED)
        return str(location), files.resolve()
    if scheme is not None and not Path(location).exists():
        raise StoreError(problems.BAD_URL)
    folder = Path(location).resolve()
    return URL.create("sqlite", database=str(folder / DATABASE)), folder


def is_store(location: Path | str, files: Path | None) -> bool:
    """Whether a store was made at ``location`` before. Raises StoreError for a URL without a folder."""
    url, folder = locate_store(location, files)
    try:
        database = database_file(url)
    except (ArgumentError, NoSuchModuleError):
        raise StoreError(problems.BAD_URL) from None
    return was_used(folder) or (database is not None and database.is_file())


def _initialise_store(engine: Engine, folder: Path, wanted: Kind | None) -> tuple[Engine, Path, Kind]:
    """Brings the tables up to date and fixes id and kind, in one transaction; then marks the folder.

    The folder is marked last: one that is marked belongs to a database that is whole.
    """
    info, marker = tables.store_info, read_marker(folder)
    with transaction(engine, rebuilds_tables=True) as connection:
        migrate(connection, folder / BACKUPS)
        row = connection.execute(select(info.c.store_id, info.c.kind)).first()
        if row is not None:
            store_id, kind = str(row.store_id), cast(Kind, row.kind)
        elif was_used(folder):
            raise StoreError(problems.DATABASE_MISSING)
        else:
            store_id, kind = uuid4().hex, wanted or "real"
            made = {"created_at": datetime.now(UTC), "software": software(), "revision": 0}
            connection.execute(insert(info), {"id": 1, "store_id": store_id, "kind": kind, **made})
        if marker is not None and marker.store_id != store_id:
            raise StoreError(problems.OTHER_DATABASE)
        if wanted is not None and wanted != kind:
            raise StoreError(_other_kind(kind, wanted))
    engine.dispose()  # the connection that rebuilt tables does not hold references together
    if marker is None:
        write_marker(folder, Marker(store_id, kind))
    return with_identity(engine, store_id), folder, kind


def _other_kind(kind: Kind, wanted: Kind) -> Text:
    existing, other = problems.KINDS[kind], problems.KINDS[wanted]
    return Text(
        ja=problems.OTHER_KIND.ja.format(existing=existing.ja, wanted=other.ja),
        en=problems.OTHER_KIND.en.format(existing=existing.en, wanted=other.en),
    )


def files_folder() -> Path | None:
    """The folder of the files when the store is a database named by URL; None for a store in a folder."""
    given = os.environ.get(FILES_VARIABLE)
    return Path(given) if given else None
