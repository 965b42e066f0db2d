"""Opens a store: finds its database and its folder, brings the tables up to date, and fixes its kind."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, cast

from sqlalchemy import URL, Engine, insert, select
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError

from app.storage import problems, tables
from app.storage.database import engine_for, migrate, transaction
from app.storage.files import DATABASE, prepare_folder
from app.storage.problems import StoreError
from app.storage.versions import software
from schemas.dictionary.declaration import Text

ROOT = Path(__file__).parent.parent.parent
DEMO_STORE = Path("var") / "demo"
STORE_VARIABLE, FILES_VARIABLE = "JUNKAN_STORE", "JUNKAN_FILES"
Kind = Literal["demo", "real"]


def opened(location: Path | str, wanted: Kind | None, files: Path | None) -> tuple[Engine, Path, Kind]:
    """Database, folder and kind of the store at ``location``, as ``Store.open`` takes them.

    Raises StoreError.
    """
    url, folder = _place(location, files)
    in_folder = isinstance(url, URL)
    try:
        engine = engine_for(url)
        prepare_folder(folder, with_database=in_folder)
        return engine, folder, _initialise_store(engine, wanted)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError):
        raise StoreError(problems.BAD_URL) from None
    except OperationalError:
        raise StoreError(problems.NOT_WRITABLE if in_folder else problems.UNREACHABLE) from None
    except OSError:
        raise StoreError(problems.NOT_WRITABLE) from None
    except (DatabaseError, sqlite3.DatabaseError):
        raise StoreError(problems.UNREADABLE) from None


def _place(location: Path | str, files: Path | None) -> tuple[URL | str, Path]:
    if isinstance(location, str) and "://" in location:
        if files is None:
            raise StoreError(problems.FILES_NEEDED)
        return location, files.resolve()
    folder = Path(location).resolve()
    return URL.create("sqlite", database=str(folder / DATABASE)), folder


def _initialise_store(engine: Engine, wanted: Kind | None) -> Kind:
    """Brings the tables up to date and fixes the kind, in one transaction."""
    info = tables.store_info
    with transaction(engine) as connection:
        migrate(connection)
        kind: Kind | None = connection.scalar(select(info.c.kind))
        if kind is None:
            kind = wanted or "real"
            made = {"id": 1, "kind": kind, "created_at": datetime.now(UTC), "software": software()}
            connection.execute(insert(info), made)
    if wanted not in (None, kind):
        engine.dispose()
        existing, other = problems.KINDS[kind], problems.KINDS[cast(str, wanted)]
        raise StoreError(
            Text(
                ja=problems.OTHER_KIND.ja.format(existing=existing.ja, wanted=other.ja),
                en=problems.OTHER_KIND.en.format(existing=existing.en, wanted=other.en),
            )
        )
    return kind


def files_folder() -> Path | None:
    """The folder of the files when the store is a database named by URL; None for a store in a folder."""
    given = os.environ.get(FILES_VARIABLE)
    return Path(given) if given else None
