"""Opens the database behind a store and gives transactions that commit as a whole or not at all."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, InternalError, OperationalError

from app.storage.database.identity import DatabaseFile, Identity, file_address
from app.storage.problems import INCONSISTENT, NOT_WRITABLE, UNREACHABLE, StoreError

BUSY_MS = 30_000
WRITER = 5_704_551_309  # any number that names this store's writers among a database's advisory locks

log = logging.getLogger("junkan")
NOTED = "acts"  # of a connection that writes: what was recorded in it so far


def database_file(url: str | URL) -> Path | None:
    """The file of a SQLite database; None for a database server. Raises ArgumentError for one in memory alone."""
    made = make_url(url)
    if made.get_backend_name() != "sqlite":
        return None
    if not made.database or made.database == ":memory:" or made.database.startswith("file:"):
        raise ArgumentError("a store needs a database that stays")
    return Path(made.database).resolve()


def engine_for(url: str | URL) -> Engine:
    """An engine for ``url`` whose errors carry no parameters (they would be cell values).

    A SQLite file must exist already: one that vanishes is never made anew behind an open store.
    """
    path = database_file(url)
    if path is None:
        engine = create_engine(url, hide_parameters=True, pool_pre_ping=True)
    else:
        made = make_url(url).set(database=file_address(path).split("?")[0], query={"mode": "rw", "uri": "true"})
        engine = create_engine(made, hide_parameters=True)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        engine = engine.execution_options(file=DatabaseFile(path))
    event.listen(engine, "handle_error", _explain_error)
    return engine


def with_identity(engine: Engine, store_id: str) -> Engine:
    """``engine`` as that of an opened store, whose every write makes sure that it is still the same one."""
    file = engine.get_execution_options().get("file")
    return engine.execution_options(identity=Identity(store_id, file))


def identity_of(engine: Engine) -> Identity:
    """Which store an engine belongs to."""
    found: Identity = engine.get_execution_options()["identity"]
    return found


@contextmanager
def transaction(engine: Engine, **options: Any) -> Iterator[Connection]:
    """One transaction that may write: committed as a whole at the end, or not at all.

    Writers go one after another in every database, so a version number or a first table is never made twice.
    """
    with engine.connect().execution_options(writing=True, **options) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER})")
        yield connection


@contextmanager
def write_transaction(engine: Engine) -> Iterator[Connection]:
    """A counted ``transaction`` of an open store that says in both languages why nothing was kept.

    Acts that were recorded in it are told to the log of the process once they stand. When it ends without an exception,
    what was written is in the database that the next reader will find. Raises
    StoreError when the rows do not fit together, the database cannot be written, or is no longer that of the store.
    """
    identity = identity_of(engine)
    acts: list[Mapping[str, Any]] = []
    try:
        with ExitStack() as until_verified:
            with transaction(engine) as connection:
                until_verified.enter_context(identity.writing())
                revision = identity.advance(connection)
                connection.info[NOTED] = acts
                try:
                    yield connection
                finally:
                    connection.info.pop(NOTED, None)
            identity.verify(revision)
        for act in acts:
            log.info("%s", act["act"], extra={"act": act})
    except (IntegrityError, InternalError, OperationalError) as error:
        log.warning("not kept: %s", type(error).__name__)
        raise StoreError(INCONSISTENT if isinstance(error, IntegrityError) else NOT_WRITABLE) from None
    except OSError as error:
        log.warning("not kept: %s", type(error).__name__)
        raise StoreError(NOT_WRITABLE) from None
    except StoreError as problem:
        log.log(logging.WARNING if problem.is_fault else logging.INFO, "not kept: %s", problem)
        raise


def damage_of(engine: Engine) -> list[str]:
    """What SQLite finds amiss in its file and in the references between rows; nothing for a database server."""
    if engine.dialect.name != "sqlite":
        return []
    try:
        with engine.connect() as connection:
            damage = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check")]
            broken = [f"{row[0]} {row[1]} → {row[2]}" for row in connection.exec_driver_sql("PRAGMA foreign_key_check")]
    except DatabaseError as error:
        return [str(error.orig)]
    return [*(what for what in damage if what != "ok"), *broken]


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver would otherwise begin late and commit before DDL
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # in WAL, NORMAL may lose the last commits in a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    options["file"].check()
    if "identity" in options:
        options["identity"].notice_overwriting()
    if options.get("rebuilds_tables", False):  # cannot be changed inside a transaction
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    # A writer takes the write lock at once: two that read first could not both go on.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writing", False) else "BEGIN")


def _explain_error(context: ExceptionContext) -> None:
    """Says in words that the database is gone, where that is the cause of an error of the driver."""
    options = context.engine.get_execution_options() if context.engine is not None else {}
    file = options.get("file")
    if file is not None and isinstance(context.sqlalchemy_exception, OperationalError):
        file.check()
    elif file is None and not context.is_pre_ping and (context.is_disconnect or context.connection is None):
        log.warning("database not reached: %s", type(context.original_exception).__name__)
        raise StoreError(UNREACHABLE) from None
