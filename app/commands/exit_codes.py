"""What every command of ``junkan`` shares: exit codes, the usage problem, and how files are read and written."""

from __future__ import annotations

import json
import sys
from pathlib import Path

FINE, USAGE, UNREADABLE, FINDINGS, BROKEN, NOT_ALLOWED = 0, 2, 10, 11, 12, 13
STDOUT = "-"


class UsageProblem(Exception):
    """A command that cannot be carried out as given: the text key and its parameters."""

    def __init__(self, key: str, **params: object) -> None:
        super().__init__(key)
        self.key = key
        self.params = params


def read_input(path: Path) -> bytes:
    """The bytes of an input file. Raises UsageProblem when there is none."""
    if not path.is_file():
        raise UsageProblem("no_file", file=path)
    return path.read_bytes()


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
    """Writes a file, creating its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def as_json(value: object) -> str:
    """Readable JSON with Japanese left as it is."""
    return json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)


def tell(line: str) -> None:
    """A line of the result, on standard output."""
    sys.stdout.write(f"{line}\n")


def warn(line: str) -> None:
    """A line beside the result, on the error stream."""
    sys.stderr.write(f"{line}\n")
