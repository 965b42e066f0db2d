"""Copies of a whole database while it is in use, in one file each: SQLite as SQLite, a server's tables as CSV in a zip.

Neither needs a program beside this one. The CSV of a table is what ``COPY … TO STDOUT`` of PostgreSQL gives.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, inspect

from app.storage.database.identity import file_address
from app.storage.files.durable import PART
from app.storage.files.file_place import FilePlace

VERSION_TABLE = "alembic_version"
BLOCK = 1 << 20
ENDINGS = {"sqlite": "sqlite", "postgresql": "zip"}


def copy_database(connection: Connection, place: FilePlace, part: str, name: str, *, is_dated: bool = True) -> str:
    """Writes a copy of what is committed into ``part`` of a place; its name there: ``name``, with the hour (UTC).

    Inside a transaction that holds the write lock the copy is exactly what stood before it. Raises OSError when it
    cannot be written, for example on a full disk, and StoreError where the place cannot be reached.
    """
    kind = connection.dialect.name
    moment = datetime.now(UTC).strftime("-%Y%m%dT%H%M%S%f") if is_dated else ""
    copied = f"{part}{'/' if part else ''}{name}{moment}.{ENDINGS[kind]}"
    if part:
        place.make_folders([part])
    with place.scratch(part) as folder:
        handle, made = tempfile.mkstemp(prefix=PART, dir=folder)
        os.close(handle)
        try:
            if kind == "sqlite":
                _copy_sqlite(connection, Path(made))
            else:
                _copy_tables(connection, Path(made))
            with open(made, "rb") as stream:
                os.fsync(stream.fileno())
            place.put(Path(made), copied)
        except BaseException:
            Path(made).unlink(missing_ok=True)
            raise
    return copied


def _copy_sqlite(connection: Connection, path: Path) -> None:
    source = sqlite3.connect(file_address(connection.get_execution_options()["file"].path), uri=True)
    target = sqlite3.connect(path)
    try:
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
    except sqlite3.DatabaseError as error:
        raise OSError(str(error)) from None
    finally:
        target.close()
        source.close()


def load_tables(connection: Connection, path: Path) -> None:
    """Fills tables that are there and empty with those of a copy of a server, parents before what refers to them.

    The revision that the tables were made for is left as it stands.
    """
    driver = connection.connection.cursor()
    quote = connection.dialect.identifier_preparer.quote
    names = [name for name, _ in inspect(connection).get_sorted_table_and_fkc_names() if name is not None]
    with zipfile.ZipFile(path) as archive:
        copied = set(archive.namelist())
        for name in names:
            if name == VERSION_TABLE or f"{name}.csv" not in copied:
                continue
            with archive.open(f"{name}.csv") as stream:
                columns = ", ".join(quote(column) for column in stream.readline().decode().strip().split(","))
                command = f"COPY {quote(name)} ({columns}) FROM STDIN (FORMAT csv)"
                with driver.copy(command) as rows:
                    while block := stream.read(BLOCK):
                        rows.write(block)


def revision_of_copy(path: Path) -> str:
    """The revision of the tables in a copy of a server. Raises KeyError, IndexError for what is none."""
    with zipfile.ZipFile(path) as archive:
        return archive.read(f"{VERSION_TABLE}.csv").decode().split()[1]


def _copy_tables(connection: Connection, path: Path) -> None:
    """A CSV with its heading for each table, parents before what refers to them."""
    driver = connection.connection.cursor()
    quote = connection.dialect.identifier_preparer.quote
    names = [name for name, _ in inspect(connection).get_sorted_table_and_fkc_names() if name is not None]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            command = f"COPY {quote(name)} TO STDOUT (FORMAT csv, HEADER true)"
            with archive.open(f"{name}.csv", "w") as stream, driver.copy(command) as rows:
                for block in rows:
                    stream.write(bytes(block))
