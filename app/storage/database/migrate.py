"""Brings the tables of an older store up to date, after a copy of the database has been made."""

from __future__ import annotations

import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from app.storage.database.copies import copy_database
from app.storage.files.file_place import FilePlace
from app.storage.files.folder import BACKUPS
from app.storage.problems import NEWER, UNREADABLE, StoreError

MIGRATIONS = Path(__file__).parent / "migrations"
# Alembic keeps the migration under way in a module of its own: one at a time in a process.
_MIGRATING = threading.Lock()


def make_tables(connection: Connection, revision: str) -> None:
    """Makes the tables of a revision in an empty database. Raises StoreError for a revision that is not known."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    with _MIGRATING:
        try:
            command.upgrade(config, revision)
        except CommandError:
            raise StoreError(NEWER) from None


def migrate(connection: Connection, place: FilePlace) -> str | None:
    """Brings the tables to the newest revision inside the transaction of ``connection``; the revision before.

    A database that holds tables already is copied to the files of its store first. None for a database without tables.
    Raises StoreError when a newer version of the software made them, OSError when the copy cannot be written.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    script = ScriptDirectory.from_config(config)
    head, before = script.get_current_head(), MigrationContext.configure(connection).get_current_revision()
    if before == head:
        return before
    if before is not None:
        if before not in {revision.revision for revision in script.walk_revisions()}:
            raise StoreError(NEWER)
        copy_database(connection, place, BACKUPS, f"before-{head}")
    with _MIGRATING:
        try:
            command.upgrade(config, "head")
        except CommandError:
            raise StoreError(NEWER) from None
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise StoreError(UNREADABLE)
    return before
