"""Where the files of a store or of a backup lie: a folder of this machine, or an address of any protocol of fsspec.

Everything that reads, writes, lists or removes such a file goes through here. A name within a place is a path without
its beginning (``blobs/<sha256>``, ``store.json``). A file is there whole or not at all, and stays once it was written:
in a folder it is written beside its name, synced and renamed; an object store keeps an object as a whole or not; over
other protocols it is written beside its name, measured, and renamed.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from uuid import uuid4

import fsspec
from fsspec.utils import get_protocol

from app.storage import problems
from app.storage.files.durable import PART, private_folder, sync_folder, write_durably
from app.storage.problems import StoreError

log = logging.getLogger("junkan")
T = TypeVar("T")
ADDRESS = "://"
LOCAL = ("file", "local")
OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oci", "oss", "obs", "tos"})
VANISHING = frozenset({"memory"})  # gone with the process
CHAINED = "::"
CREDENTIAL = re.compile("credential|auth|login|token", re.IGNORECASE)  # in the name of a protocol's own error
TAKEN = re.compile("exists", re.IGNORECASE)
FULL = (errno.ENOSPC, errno.EDQUOT)
WHEN = ("LastModified", "mtime", "modified", "last_modified", "updated", "modify", "created")
TOGETHER = 8  # files fetched at once: each is 20 MB at most


class FileFacts(NamedTuple):
    """Size in bytes, and a text that sorts by age: of a folder the moment that was given, else when it was written."""

    size: int
    moment: str


class LocalPlace:
    """A folder of this machine, or of a file system that it mounts; readable by the owner only."""

    def __init__(self, folder: Path) -> None:
        self.folder: Path = folder

    def __str__(self) -> str:
        return str(self.folder)

    def is_empty(self) -> bool:
        """Whether nothing lies here: no folder, or one that holds nothing."""
        return not self.folder.exists() or (self.folder.is_dir() and not any(self.folder.iterdir()))

    def make_folders(self, parts: Iterable[str]) -> None:
        """Makes the folders ``parts``, of which "" is the place itself, mode 0700."""
        for part in parts:
            private_folder(self.folder / part)
        sync_folder(self.folder)

    def names(self, part: str = "") -> list[str]:
        """What lies directly in ``part``, in order; empty where there is no such folder."""
        with suppress(FileNotFoundError):
            return sorted(entry.name for entry in (self.folder / part).iterdir())
        return []

    def tree(self) -> list[str]:
        """Every file below, in order."""
        paths = (path for path in self.folder.rglob("*") if path.is_file())
        return sorted(path.relative_to(self.folder).as_posix() for path in paths)

    def facts(self, part: str) -> dict[str, FileFacts]:
        """Size and age of each file in ``part``."""
        stats = {path.name: path.stat() for path in (self.folder / part).iterdir()}
        return {name: FileFacts(stat.st_size, f"{stat.st_mtime_ns:020d}") for name, stat in stats.items()}

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises FileNotFoundError."""
        path = self.folder / name
        if path.is_dir():
            raise FileNotFoundError(name)
        return path.read_bytes()

    def read_each(self, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Name and bytes of each file that is there, one after another."""
        for name in names:
            with suppress(FileNotFoundError):
                yield name, self.read(name)

    def hash_of(self, name: str) -> str:
        """SHA-256 of a file. Raises FileNotFoundError."""
        with (self.folder / name).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    def holds(self, name: str, data: bytes) -> bool:
        """Whether a file is there with exactly these bytes, for good."""
        path = self.folder / name
        if not path.is_file() or path.read_bytes() != data:
            return False
        sync_folder(path.parent)
        return True

    def write(self, name: str, data: bytes, moment: datetime | None = None) -> None:
        """Writes a file for good, mode 0600; ``moment`` is its age where that is not now. Raises OSError."""
        path = self.folder / name
        write_durably(path, data)
        if moment is not None:
            stamp = int(moment.timestamp() * 1_000_000) * 1000
            os.utime(path, ns=(stamp, stamp))

    def remove(self, name: str) -> bool:
        """Removes a file; False for a folder, which stays."""
        path = self.folder / name
        if path.is_dir():
            return False
        path.unlink(missing_ok=True)
        return True

    @contextmanager
    def scratch(self, part: str) -> Iterator[Path]:
        """A folder of this machine to make a large file in, before ``put`` takes it."""
        yield self.folder / part

    def put(self, path: Path, name: str) -> None:
        """Takes a file that was made in ``scratch`` and synced."""
        path.chmod(0o600)
        os.replace(path, self.folder / name)
        sync_folder((self.folder / name).parent)

    @contextmanager
    def on_this_machine(self, name: str) -> Iterator[Path]:
        """A path to read a large file from. Raises FileNotFoundError."""
        yield self.folder / name


class RemotePlace:
    """A place that fsspec reaches by an address; who may read it is settled there.

    Raises StoreError where it cannot be reached, refuses access or is full; its log lines and its name carry neither
    user, password nor options of the address. Credentials are best left out of the address: fsspec and each protocol's
    package read them from the environment or a file of their own.
    """

    folder = None

    def __init__(self, address: str) -> None:
        self._address = address
        self._protocol = get_protocol(address)
        self._is_object_store = self._protocol in OBJECT_STORES
        self._turn = threading.RLock()
        self._files, self._root = self._connect()

    def __str__(self) -> str:
        return address_without_secrets(self._address)

    def _connect(self) -> tuple[Any, str]:
        try:
            # Not one that was made before: it would keep its dead connection, or the credentials there were then.
            files, root = fsspec.url_to_fs(self._address, skip_instance_cache=True)
        except ImportError as error:
            package = getattr(error.__cause__, "name", None) or getattr(error, "name", None) or self._protocol
            told = problems.FILES_PACKAGE.format(protocol=self._protocol, package=package.split(".")[0])
            raise StoreError(told) from None
        except (TypeError, ValueError):  # no such protocol, or not all that it needs
            raise StoreError(problems.BAD_FILES_URL) from None
        except Exception as error:  # noqa: BLE001 - each protocol's package raises errors of its own
            raise self._explain(error) from None
        if self._is_object_store and not root.strip("/"):
            raise StoreError(problems.BAD_FILES_URL)
        return files, root.rstrip("/")

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}" if name else self._root

    def _explain(self, error: Exception) -> StoreError:
        log.warning("files not reached: %s", type(error).__name__)
        if isinstance(error, OSError) and error.errno in FULL:
            return StoreError(problems.NOT_WRITABLE)
        if isinstance(error, NotImplementedError):
            return StoreError(problems.BAD_FILES_URL)
        is_refused = isinstance(error, PermissionError) or CREDENTIAL.search(type(error).__name__)
        return StoreError(problems.FILES_REFUSED if is_refused else problems.FILES_UNREACHABLE)

    def _reach(self, act: Callable[[Any], T]) -> T:
        """What ``act`` gives, one after another where the protocol has one connection; that is made anew once.

        Raises FileNotFoundError, and StoreError for every other error.
        """
        if self._files.async_impl:
            return self._attempt(act)
        with self._turn:
            try:
                return self._attempt(act)
            except StoreError as problem:
                if problem.text != problems.FILES_UNREACHABLE:
                    raise
                self._files, self._root = self._connect()
                return self._attempt(act)

    def _attempt(self, act: Callable[[Any], T]) -> T:
        try:
            return act(self._files)
        except FileNotFoundError:
            raise
        except Exception as error:  # noqa: BLE001 - each protocol's package raises errors of its own
            raise self._explain(error) from None

    def _entries(self, part: str) -> list[dict[str, Any]]:
        def list_anew(files: Any) -> list[dict[str, Any]]:
            files.invalidate_cache()  # other processes write too
            return list(files.ls(self._path(part), detail=True))

        try:
            found = self._reach(list_anew)
        except FileNotFoundError:
            return []
        own = self._path(part).strip("/")
        return [entry for entry in found if str(entry["name"]).strip("/") != own]

    def is_empty(self) -> bool:
        """Whether nothing lies here."""
        return not self.names()

    def make_folders(self, parts: Iterable[str]) -> None:
        """Makes the folders where the protocol has any."""
        if self._is_object_store:
            return
        paths = [self._path(part) for part in parts]

        def make_each(files: Any) -> None:
            for path in paths:
                files.makedirs(path, exist_ok=True)

        self._reach(make_each)

    def names(self, part: str = "") -> list[str]:
        """What lies directly in ``part``, in order; empty where there is nothing."""
        return sorted(_last(entry) for entry in self._entries(part))

    def tree(self) -> list[str]:
        """Every file below, in order."""

        def find_anew(files: Any) -> list[str]:
            files.invalidate_cache()
            return list(files.find(self._root))

        beginning = len(self._root.strip("/")) + 1
        with suppress(FileNotFoundError):
            return sorted(path.strip("/")[beginning:] for path in self._reach(find_anew))
        return []

    def facts(self, part: str) -> dict[str, FileFacts]:
        """Size and age of each file in ``part``; its age is when it was written here."""
        found = self._entries(part)
        return {_last(entry): FileFacts(int(entry.get("size") or 0), _moment_of(entry)) for entry in found}

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises FileNotFoundError, StoreError."""
        return bytes(self._reach(lambda files: files.cat_file(self._path(name))))

    def read_each(self, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Name and bytes of each file that is there, some at a time where the protocol can. Raises StoreError."""
        wanted = list(names)
        for at in range(0, len(wanted), TOGETHER):
            batch = wanted[at : at + TOGETHER]
            if not self._files.async_impl:
                for name in batch:
                    with suppress(FileNotFoundError):
                        yield name, self.read(name)
                continue
            found = self._fetch_together([self._path(name) for name in batch])
            for name in batch:
                data = found.get(self._path(name), found.get(self._path(name).lstrip("/")))
                if isinstance(data, Exception) and not isinstance(data, FileNotFoundError):
                    raise self._explain(data)
                if isinstance(data, bytes):
                    yield name, data

    def _fetch_together(self, paths: list[str]) -> dict[str, Any]:
        """By path the bytes of a file, or the error that it gave."""
        found: dict[str, Any] = self._reach(lambda files: files.cat(paths, on_error="return"))
        return found

    def hash_of(self, name: str) -> str:
        """SHA-256 of a file. Raises FileNotFoundError, StoreError."""
        with self.on_this_machine(name) as path, path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    def holds(self, name: str, data: bytes) -> bool:
        """Whether a file is there with exactly these bytes."""
        try:
            return self.read(name) == data
        except FileNotFoundError:
            return False

    def write(self, name: str, data: bytes, moment: datetime | None = None) -> None:
        """Writes a file for good; ``moment`` is not kept: its age is when it is written. Raises StoreError."""
        self._write(name, len(data), lambda files, path: files.pipe_file(path, data))

    def _write(self, name: str, size: int, send: Callable[[Any, str], None]) -> None:
        path = self._path(name)

        def send_beside(files: Any) -> None:
            part = f"{path.rpartition('/')[0]}/{PART}{uuid4().hex}"
            try:
                send(files, part)
                files.invalidate_cache()
                if files.info(part)["size"] != size:
                    raise OSError(errno.EIO, "not all of it arrived")
                try:
                    files.mv(part, path)
                except Exception as error:
                    if not TAKEN.search(type(error).__name__):
                        raise
                    files.rm_file(path)  # WebDAV and SMB rename to a free name only: what it replaces goes first
                    files.mv(part, path)
            except BaseException:
                with suppress(Exception):  # what is left is named by a check
                    files.rm_file(part)
                raise

        try:
            self._reach((lambda files: send(files, path)) if self._is_object_store else send_beside)
        except FileNotFoundError:  # no such bucket, or its folder is gone
            raise StoreError(problems.FILES_GONE) from None

    def remove(self, name: str) -> bool:
        """Removes a file; False for a folder, which stays. Raises StoreError."""
        path = self._path(name)

        def remove_file(files: Any) -> bool:
            files.invalidate_cache()
            if files.isdir(path):
                return False
            files.rm_file(path)
            return True

        with suppress(FileNotFoundError):
            return self._reach(remove_file)
        return True

    @contextmanager
    def scratch(self, part: str) -> Iterator[Path]:
        """A folder of this machine to make a large file in, before ``put`` takes it."""
        with tempfile.TemporaryDirectory(prefix="junkan-") as folder:
            yield Path(folder)

    def put(self, path: Path, name: str) -> None:
        """Takes a file that was made in ``scratch``. Raises StoreError."""
        self._write(name, path.stat().st_size, lambda files, target: files.put_file(str(path), target))

    @contextmanager
    def on_this_machine(self, name: str) -> Iterator[Path]:
        """A path to read a large file from. Raises FileNotFoundError, StoreError."""
        with tempfile.TemporaryDirectory(prefix="junkan-") as folder:
            path = Path(folder) / "file"
            self._reach(lambda files: files.get_file(self._path(name), str(path)))
            yield path


FilePlace = LocalPlace | RemotePlace


def place_of(given: Path | str) -> FilePlace:
    """The place that a path or an address names; ``file://`` is a folder. Raises StoreError for what keeps no files."""
    if isinstance(given, Path) or ADDRESS not in given:
        return LocalPlace(Path(given).resolve())
    protocol = get_protocol(given).lower()
    if protocol in LOCAL and CHAINED not in given:
        return LocalPlace(Path(given.partition(ADDRESS)[2]).resolve())
    if protocol in VANISHING or CHAINED in given:
        raise StoreError(problems.BAD_FILES_URL)
    return RemotePlace(given)


def address_without_secrets(given: Path | str) -> str:
    """An address as it may be shown: without user, password and options; a path as it is."""
    protocol, is_address, rest = str(given).partition(ADDRESS)
    if not is_address:
        return str(given)
    rest = re.split("[?#]", rest, maxsplit=1)[0]
    host, slash, path = rest.partition("/")
    if "@" in path and ":" in host:  # a password with an unescaped slash
        host, slash, path = path.rpartition("@")[2].partition("/")
    return f"{protocol}{ADDRESS}{host.rpartition('@')[2]}{slash}{path}"


def remove_all(place: FilePlace) -> None:
    """Removes what lies in a place, as far as it can be."""
    if isinstance(place, LocalPlace):
        shutil.rmtree(place.folder, ignore_errors=True)
        return
    with suppress(StoreError, FileNotFoundError):
        for name in place.tree():
            place.remove(name)


def _last(entry: dict[str, Any]) -> str:
    return str(entry["name"]).rstrip("/").rpartition("/")[2]


def _moment_of(entry: dict[str, Any]) -> str:
    """When a file was written, as a text that sorts within a place."""
    value = next((entry[key] for key in WHEN if entry.get(key) is not None), "")
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    return f"{value:020.6f}" if isinstance(value, int | float) else str(value)
