"""Opens the database behind a store and brings its tables up to date."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import IntegrityError, OperationalError

from app.storage.problems import INCONSISTENT, NEWER, NOT_WRITABLE, StoreError

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_MS = 30_000
WRITER = 5_704_551_309  # any number that names this store's writers among a database's advisory locks
# Alembic keeps the migration under way in a module of its own: one at a time in a process.
_MIGRATING = threading.Lock()

log = logging.getLogger("junkan")


def engine_for(url: str | URL) -> Engine:
    """An engine for ``url`` whose errors carry no parameters (they would be cell values)."""
    engine = create_engine(url, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One transaction that may write: committed as a whole at the end, or not at all.

    Writers go one after another in every database, so a version number or a first table is never made twice.
    """
    with engine.connect().execution_options(writing=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER})")
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A ``transaction`` that says in both languages why nothing was kept.

    Raises StoreError when the rows do not fit together or the database cannot be written.
    """
    try:
        with transaction(engine) as connection:
            yield connection
    except (IntegrityError, OperationalError) as error:
        log.warning("not kept: %s", type(error).__name__)
        raise StoreError(INCONSISTENT if isinstance(error, IntegrityError) else NOT_WRITABLE) from None


def migrate(connection: Connection) -> None:
    """Brings the tables to the newest revision inside the transaction of ``connection``.

    Raises StoreError when a newer version of the software made them.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    with _MIGRATING:
        try:
            command.upgrade(config, "head")
        except CommandError:
            raise StoreError(NEWER) from None


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver would otherwise begin late and commit before DDL
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # in WAL, NORMAL may lose the last commits in a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the write lock at once: two that read first could not both go on.
    is_writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")
