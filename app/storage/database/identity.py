"""Which database this is: noticed when it is deleted, replaced by another or by an older copy while it is open."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import DatabaseError

from app.storage.database import tables
from app.storage.problems import DATABASE_GONE, DATABASE_OLDER, DATABASE_REPLACED, StoreError

LOG_WAIT_S = 0.2  # for readers to end, before the log is left as it is
INFO = tables.store_info


def file_address(path: Path) -> str:
    """The URI under which SQLite opens an existing file and never makes a new one."""
    return f"file:{quote(str(path))}?mode=rw"


class DatabaseFile:
    """A SQLite file as it was when the store opened: its device and inode."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mark = self._stat()

    def check(self) -> None:
        """Raises StoreError when the file is gone or another one stands in its place."""
        if self._stat() != self._mark:
            raise StoreError(DATABASE_REPLACED)

    def contents(self) -> tuple[int, int]:
        """When the file itself was written and how large it is; committed rows may still be in its log."""
        found = self.path.stat()
        return found.st_mtime_ns, found.st_size

    def has_log(self) -> bool:
        """Whether rows stand in the log that are not yet in the file."""
        log = self.path.with_name(self.path.name + "-wal")
        return log.exists() and log.stat().st_size > 0

    def _stat(self) -> tuple[int, int]:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            raise StoreError(DATABASE_GONE) from None
        return found.st_dev, found.st_ino


class Identity:
    """The id of an open store and the highest revision seen of it; safe to use from several threads."""

    def __init__(self, store_id: str, file: DatabaseFile | None) -> None:
        self.store_id = store_id
        self.file = file
        self._seen = 0
        self._contents: tuple[int, int] | None = None
        self._writers = 0
        self._lock = threading.Lock()

    def confirm(self, connection: Connection) -> int:
        """The revision of the database, which must be this store's and no older copy of it. Raises StoreError."""
        try:
            row = connection.execute(select(INFO.c.store_id, INFO.c.revision)).first()
        except DatabaseError as error:
            if "no such table" in str(error) or "does not exist" in str(error):
                raise StoreError(DATABASE_REPLACED) from None
            raise
        if row is None or row.store_id != self.store_id:
            raise StoreError(DATABASE_REPLACED)
        with self._lock:
            if row.revision < self._seen:
                raise StoreError(DATABASE_OLDER)
            self._seen = int(row.revision)
        return int(row.revision)

    def advance(self, connection: Connection) -> int:
        """Confirms the database inside a write and counts the write; its number, the revision. Raises StoreError."""
        revision = self.confirm(connection) + 1
        connection.execute(update(INFO).values(revision=revision))
        return revision

    @contextmanager
    def writing(self) -> Iterator[None]:
        """While a write of this process is under way, from its beginning until it was verified."""
        with self._lock:
            self._writers += 1
        try:
            yield
        finally:
            with self._lock:
                self._writers -= 1

    def verify(self, revision: int) -> None:
        """Makes sure after a commit that whoever opens the store next finds it. Raises StoreError when not.

        A file that was deleted or replaced at the last moment takes a commit and loses it; so does its log. The log is
        then emptied into the file, so that a copy written over the file afterwards shows as what it is.
        """
        if self.file is not None:
            self.file.check()
            self._compare(self.file, revision)
            self._empty_log(self.file.path)
            contents = self.file.contents()
            self._compare(self.file, revision)
            self._contents = contents
        with self._lock:
            self._seen = max(self._seen, revision)

    def notice_overwriting(self) -> None:
        """Raises StoreError where somebody wrote another database into the very file that is open.

        An open connection would go on with the pages that it holds, and mix old and new ones. What changes while this
        process writes is looked through by whoever comes after that: reading the whole file takes seconds in a nation.
        """
        if self.file is None or (contents := self.file.contents()) == self._contents:
            return
        is_by_others = self._writers == 0
        is_thorough = is_by_others and self._contents is not None and self.file.has_log()
        self._compare(self.file, self._seen, is_thorough=is_thorough)
        if is_by_others:
            self._contents = contents

    def _compare(self, file: DatabaseFile, revision: int, *, is_thorough: bool = False) -> None:
        """Reads the database as the next one who opens it would. Raises StoreError where it is not this, or older."""
        found = self._read_anew(file.path, is_thorough)
        if found is None or found[0] != self.store_id:
            raise StoreError(DATABASE_REPLACED)
        if found[1] < revision:
            raise StoreError(DATABASE_OLDER)

    @staticmethod
    def _read_anew(path: Path, is_thorough: bool = False) -> tuple[str, int] | None:
        try:
            connection = sqlite3.connect(file_address(path), uri=True, timeout=30)
            try:
                row = connection.execute("SELECT store_id, revision FROM store_info").fetchone()
                is_sound = not is_thorough or connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
            finally:
                connection.close()
        except sqlite3.DatabaseError:
            return None
        return None if row is None or not is_sound else (str(row[0]), int(row[1]))

    @staticmethod
    def _empty_log(path: Path) -> None:
        """Writes the log into the file, where nobody is reading; else the next write does."""
        with suppress(sqlite3.OperationalError):
            connection = sqlite3.connect(file_address(path), uri=True, timeout=LOG_WAIT_S)
            try:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                connection.close()


def revision_of(connection: Connection) -> int:
    """The number of the write under way, inside ``writing``."""
    revision: int = connection.execute(select(INFO.c.revision)).scalar_one()
    return revision
