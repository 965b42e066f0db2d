"""What every command of ``junkan`` shares: exit codes, the usage problem, and how files are read and written."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import sys
from functools import cache
from pathlib import Path
from types import SimpleNamespace

from schemas.dictionary.safe_text import show_controls

Options = SimpleNamespace  # the options of a command by name, as ``app.cli`` declares them

FINE, USAGE, UNREADABLE, FINDINGS, BROKEN, NOT_ALLOWED = 0, 2, 10, 11, 12, 13
INTERRUPTED, TERMINATED = 130, 143  # as a shell says it of a command that Ctrl+C or a request to end has ended
STDOUT = "-"


class UsageProblem(Exception):
    """A command that cannot be carried out as given: the text key and its parameters."""

    def __init__(self, key: str, **params: object) -> None:
        super().__init__(key)
        self.key = key
        self.params = params


PATH_PROBLEMS = {
    errno.EEXIST: "path_taken",
    errno.ENOTDIR: "path_taken",
    errno.EISDIR: "path_is_folder",
    errno.EACCES: "path_closed",
    errno.EPERM: "path_closed",
    errno.EROFS: "path_closed",
    errno.ENOSPC: "path_full",
    errno.EFBIG: "path_full",
    errno.EDQUOT: "path_full",
    errno.ENAMETOOLONG: "path_too_long",
}


def path_problem(error: OSError) -> UsageProblem | None:
    """What a file or folder given by the user cannot be used for; None for an error that is no fault of a path."""
    key = PATH_PROBLEMS.get(error.errno or 0)
    return UsageProblem(key, file=error.filename or "-") if key else None


def read_input(path: Path) -> bytes:
    """The bytes of an input file, of standard input for ``-``. Raises UsageProblem when there is none."""
    if str(path) == STDOUT:
        return standard_input()
    if not path.is_file():
        raise UsageProblem("path_is_folder" if path.is_dir() else "no_file", file=path)
    return path.read_bytes()


@cache
def standard_input() -> bytes:
    """What stands on standard input, read once."""
    return sys.stdin.buffer.read()


def input_file(path: Path, folder: Path) -> Path:
    """The path of an input file; standard input is kept as a file in ``folder``. Raises UsageProblem."""
    if str(path) != STDOUT:
        read_input(path)
        return path
    kept = folder / "stdin.csv"
    kept.write_bytes(standard_input())
    return kept


def checked_ending(option: str, given: str | Path | None, ending: str) -> None:
    """Raises UsageProblem unless an output name ends as it must."""
    if given is not None and str(given) != STDOUT and not str(given).endswith(ending):
        raise UsageProblem("bad_ending", option=option, ending=ending, given=given)


def write_text(target: str, text: str) -> None:
    """Writes to a file, creating its folders, or to standard output."""
    if target == STDOUT:
        tell(text)
        return
    write_bytes(Path(target), f"{text}\n".encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Writes a file, creating its folders, or to standard output for ``-``; where it fails what stood there stays."""
    if str(path) == STDOUT:
        sys.stdout.buffer.write(data)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    target = path.resolve()  # what a link leads to, not the link
    if target.exists() and not target.is_file():  # a pipe or a device; a folder is no place for it
        target.write_bytes(data)
        return
    part = target.with_name(f".part-{os.getpid()}")
    try:
        part.write_bytes(data)
        if target.exists():
            with target.open("ab"):  # one that may not be written is not replaced either
                shutil.copymode(target, part)
        os.replace(part, target)
    except OSError as error:
        part.unlink(missing_ok=True)
        error.filename = str(path)
        raise


def as_json(value: object) -> str:
    """Readable JSON with Japanese left as it is, and characters that would act on a terminal escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)
    return re.sub("[\x7f-\x9f\ud800-\udfff]", lambda found: f"\\u{ord(found.group()):04x}", text)


def tell(line: str) -> None:
    """A line of the result, on standard output."""
    sys.stdout.write(f"{show_controls(line)}\n")


def warn(line: str) -> None:
    """A line beside the result, on the error stream."""
    sys.stderr.write(f"{show_controls(line)}\n")
