"""Opens a store: finds its database and its files, brings the tables up to date, and fixes its kind."""

from __future__ import annotations

import os
import re
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, cast
from uuid import uuid4

from sqlalchemy import URL, Connection, Engine, insert, select
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError

from app.storage import problems
from app.storage.database import tables
from app.storage.database.connection import database_file, engine_for, transaction, with_identity
from app.storage.database.migrate import migrate
from app.storage.files.file_place import FilePlace, LocalPlace, place_of
from app.storage.files.folder import DATABASE, Marker, prepare_place, read_marker, was_used, write_marker
from app.storage.problems import StoreError
from app.storage.versions import software
from schemas.dictionary.declaration import Text

ROOT = Path(__file__).parent.parent.parent
DEMO_STORE = Path("var") / "demo"
STORE_VARIABLE, FILES_VARIABLE = "JUNKAN_STORE", "JUNKAN_FILES"
Kind = Literal["demo", "real"]
DATABASES = ("sqlite", "postgresql")
_SCHEME = re.compile(r"(?P<kind>[A-Za-z][A-Za-z0-9-]*|)(\+[A-Za-z0-9_]+)?:(?P<slashes>//)?")


def open_database(
    location: Path | str, wanted: Kind | None, files: Path | str | None
) -> tuple[Engine, FilePlace, Kind]:
    """Database, place of the files and kind of the store at ``location``, as ``Store.open`` takes them.

    Raises StoreError.
    """
    url, place = locate_store(location, files)
    in_folder = isinstance(url, URL)
    try:
        prepare_place(place, database_file(url))
        return _initialise_store(engine_for(url), place, wanted)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError):
        raise StoreError(problems.BAD_URL) from None
    except OperationalError:
        raise StoreError(problems.NOT_WRITABLE if in_folder else problems.UNREACHABLE) from None
    except OSError:
        raise StoreError(problems.NOT_WRITABLE) from None
    except (DatabaseError, sqlite3.DatabaseError):
        raise StoreError(problems.UNREADABLE) from None


def locate_store(location: Path | str, files: Path | str | None) -> tuple[URL | str, FilePlace]:
    """The URL of the database and the place of the files: their own, or the folder of the store.

    Raises StoreError for the URL of a database without a place for files, for what names another kind of database, a
    ``file:`` or a drive, and for a place of files beside a store that has them in its folder.
    """
    scheme = _SCHEME.match(str(location)) if not isinstance(location, Path) else None
    if scheme is not None and scheme["kind"].lower() in DATABASES and scheme["slashes"]:
        if files is None:
            raise StoreError(problems.FILES_NEEDED)
        return str(location), place_of(files)
    if scheme is not None and not Path(location).exists():
        raise StoreError(problems.BAD_URL)
    own = LocalPlace(Path(location).resolve())
    place = own if files is None else place_of(files)
    if place.folder != own.folder and read_marker(own) is not None:
        raise StoreError(problems.FILES_ELSEWHERE)
    return URL.create("sqlite", database=str(own.folder / DATABASE)), place


def is_store(location: Path | str, files: Path | str | None) -> bool:
    """Whether a store was made at ``location`` before. Raises StoreError for a URL without a place for files."""
    url, place = locate_store(location, files)
    try:
        database = database_file(url)
    except (ArgumentError, NoSuchModuleError):
        raise StoreError(problems.BAD_URL) from None
    return was_used(place) or (database is not None and database.is_file())


def _initialise_store(engine: Engine, place: FilePlace, wanted: Kind | None) -> tuple[Engine, FilePlace, Kind]:
    """Brings the tables up to date and fixes id and kind, in one transaction; then marks the place of the files.

    The place is marked last: one that is marked belongs to a database that is whole.
    """
    info, marker = tables.store_info, read_marker(place)
    with transaction(engine, rebuilds_tables=True) as connection:
        migrate(connection, place)
        row = connection.execute(select(info.c.store_id, info.c.kind)).first()
        if row is not None:
            store_id, kind = str(row.store_id), cast(Kind, row.kind)
        elif was_used(place):
            raise StoreError(problems.DATABASE_MISSING)
        else:
            store_id, kind = uuid4().hex, wanted or "real"
            made = {"created_at": datetime.now(UTC), "software": software(), "revision": 0}
            connection.execute(insert(info), {"id": 1, "store_id": store_id, "kind": kind, **made})
        is_elsewhere = place.folder is None and marker is None and row is not None
        if is_elsewhere and _has_files(connection) and not was_used(place):
            raise StoreError(problems.FILES_GONE)  # an address with a slip in it: never taken for that of the store
        if marker is not None and marker.store_id != store_id:
            raise StoreError(problems.OTHER_DATABASE)
        if wanted is not None and wanted != kind:
            raise StoreError(_other_kind(kind, wanted))
    engine.dispose()  # the connection that rebuilt tables does not hold references together
    if marker is None:
        write_marker(place, Marker(store_id, kind))
    return with_identity(engine, store_id), place, kind


def _has_files(connection: Connection) -> bool:
    """Whether a submission was kept whose workbook was not erased."""
    kept, erased = tables.submissions, tables.erasures
    query = select(kept.c.id).where(kept.c.id.not_in(select(erased.c.submission))).limit(1)
    return connection.execute(query).first() is not None


def _other_kind(kind: Kind, wanted: Kind) -> Text:
    existing, other = problems.KINDS[kind], problems.KINDS[wanted]
    return Text(
        ja=problems.OTHER_KIND.ja.format(existing=existing.ja, wanted=other.ja),
        en=problems.OTHER_KIND.en.format(existing=existing.en, wanted=other.en),
    )


def files_given() -> str | None:
    """The place of the files that the environment names, a folder or an address; None for none."""
    return os.environ.get(FILES_VARIABLE) or None
