"""Which database this is: noticed when it is deleted, replaced by another or by an older copy while it is open."""

from __future__ import annotations

import os
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
Contents = tuple[int, int]  # of a file: when it was written, in nanoseconds, and its size


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

    def contents(self) -> Contents:
        """When the file itself was written and how large it is; committed rows may still be in its log."""
        found = self.path.stat()
        return found.st_mtime_ns, found.st_size

    def has_log(self) -> bool:
        """Whether rows stand in the log that are not yet in the file."""
        log = self.path.with_name(self.path.name + "-wal")
        return log.exists() and log.stat().st_size > 0

    def note(self) -> None:
        """Says beside the file how it stands after a write of this toolkit, to other processes that have it open."""
        with suppress(OSError):  # without the note they only look more closely
            descriptor = os.open(self._noted, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as note:
                note.write(self._standing())

    def is_noted(self) -> bool:
        """Whether the file stands as the last write of this toolkit has left it."""
        try:
            return self._noted.read_text() == self._standing()
        except OSError:
            return False

    def _standing(self) -> str:
        """Size and times of the file; that of its last change cannot be set by whoever copies another over it."""
        found = self.path.stat()
        return f"{found.st_mtime_ns} {found.st_ctime_ns} {found.st_size}"

    @property
    def _noted(self) -> Path:
        return self.path.with_name(self.path.name + "-written")

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
        self._contents: Contents | None = None
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
            self.file.note()
        with self._lock:
            self._seen = max(self._seen, revision)

    @contextmanager
    def noting(self) -> Iterator[None]:
        """While rows are committed that are no write of the store; how they leave the file is then noted.

        Only where it stood until then as it was left: what somebody else wrote over it is never taken for ours.
        """
        if self.file is None:
            yield
            return
        was_ours = self.file.contents() == self._contents
        with self.writing():
            yield
            contents = self.file.contents()
            if was_ours and contents != self._contents:
                self._compare(self.file, self._seen)
                self._contents = contents
                self.file.note()

    def notice_overwriting(self) -> None:
        """Raises StoreError where somebody wrote another database into the very file that is open.

        An open connection would go on with the pages that it holds, and mix old and new ones. What changes while this
        process writes is looked through by whoever comes after that. The whole file is read, which takes seconds in a
        nation, only where the toolkit has not noted the write.
        """
        if self.file is None or (contents := self.file.contents()) == self._contents:
            return
        is_by_others = self._writers == 0
        is_ordinary = self._contents is None or self.file.is_noted()
        is_thorough = is_by_others and not is_ordinary and self.file.has_log()
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
