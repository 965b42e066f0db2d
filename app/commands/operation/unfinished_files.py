"""Files that are written one by one beside their target, so that a run that was broken off goes on where it was."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path

from app.rounds.round_errors import RoundError
from app.storage.files.durable import sha256_of

ARCHIVE = ".zip"
Facts = dict[str, str]  # what is told of a file, its hash among it
JOURNAL = "journal.jsonl"


class UnfinishedFiles:
    """A folder beside ``target`` that holds what is written so far; it becomes the target, a folder or a .zip, at once.

    A file counts as written once the journal names it with its hash and a ``mark`` of what it was made from. Raises
    RoundError where the target is a folder that holds something, or another run writes to it now.
    """

    def __init__(self, target: Path) -> None:
        self._target = target = Path(os.path.abspath(target))  # also of "." and "..", which have no name of their own
        self._is_archive = target.suffix == ARCHIVE
        if (
            not self._is_archive
            and target.exists()
            and (not target.is_dir() or target == Path.cwd() or any(target.iterdir()))
        ):
            raise RoundError("folder_in_use")
        self._folder = target.with_name(f".{target.name}.part")
        self._folder.mkdir(parents=True, exist_ok=True)
        self._journal = (self._folder / JOURNAL).open("ab+")
        try:
            # A record lock: processes that make the files do not inherit it, so it ends with this one.
            fcntl.lockf(self._journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._journal.close()
            raise RoundError("files_being_written") from None
        self._journal.seek(0)
        *whole, torn = self._journal.read().split(b"\n")
        self._journal.truncate(self._journal.tell() - len(torn))  # what a full disk cut off would spoil the next line
        self._written = dict(_entry(line) for line in whole)

    def __enter__(self) -> UnfinishedFiles:
        return self

    def __exit__(self, *_: object) -> None:
        self._journal.close()

    def find(self, name: str, mark: str) -> Facts | None:
        """What was told of a file that was written from the same before, and its ``sha256``; None where it was not."""
        found = self._written.get(name)
        if found is None or found[0] != mark:
            return None
        path = self._folder / name
        return found[1] if path.is_file() and sha256_of(path.read_bytes()) == found[1]["sha256"] else None

    def put(self, name: str, mark: str, data: bytes, facts: Facts | None = None) -> str:
        """Writes a file and then its line in the journal, with what is told of it; its hash."""
        partial = self._folder / f"{name}.part"
        partial.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(data)
        os.replace(partial, self._folder / name)
        sha256 = sha256_of(data)
        self._journal.write(f"{json.dumps([name, mark, {**(facts or {}), 'sha256': sha256}])}\n".encode())
        self._journal.flush()
        return sha256

    def finish(self, names: Sequence[str]) -> None:
        """Makes the target of the files ``names``, in this order, and nothing else."""
        if self._is_archive:
            archive = self._folder.with_name(f"{self._folder.name}.zip")
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as made:
                for name in names:
                    made.write(self._folder / name, name)
            os.replace(archive, self._target)
            shutil.rmtree(self._folder)
            return
        for path in list(self._folder.rglob("*")):
            if path.is_file() and path.relative_to(self._folder).as_posix() not in names:
                path.unlink()
        os.replace(self._folder, self._target)


def _entry(line: bytes) -> tuple[str, tuple[str, Facts]]:
    name, mark, facts = json.loads(line)
    return name, (mark, facts)
