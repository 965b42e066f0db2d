"""Lines of a text file as vendors ship it: packed or not, UTF-8 or UTF-16, with or without mark, never too long."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from schemas.bibliography.read_problems import ProblemLog

LONGEST_LINE = 64 * 1024 * 1024  # characters; the longest records known (5,000 authors) have a fifth of that
_STEP = 1024 * 1024
_UNDECODED = re.compile("[\udc80-\udcff]")
PACKED_ENDS = (EOFError, zlib.error, gzip.BadGzipFile)


@contextmanager
def open_text(path: Path) -> Iterator[IO[str]]:
    """The text of a file, unpacked; bytes that are not of its encoding come as lone surrogates.

    Raises one of PACKED_ENDS for a packed file that is cut off or damaged.
    """
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        # Closed with ``raw``, which is all that the other holds open.
        buffered = io.BufferedReader(gzip.GzipFile(fileobj=raw), 1 << 18) if packed else raw
        yield io.TextIOWrapper(buffered, encoding=_encoding(buffered), errors="surrogateescape")


def _encoding(stream: Any) -> str:
    """The encoding by byte-order mark, or by the zero bytes of UTF-16 without one; else UTF-8."""
    head = stream.peek(64)[:64]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if head[1::2].count(0) > len(head) // 4:
        return "utf-16-le"
    return "utf-16-be" if head[::2].count(0) > len(head) // 4 else "utf-8"


def is_undecoded(line: str) -> bool:
    """Whether a line has bytes that are not of the file's encoding."""
    return not line.isascii() and _UNDECODED.search(line) is not None


def read_lines(
    path: Path, problems: ProblemLog, longest: int = LONGEST_LINE, *, keep_undecoded: bool = False
) -> Iterator[tuple[int, str]]:
    """Numbered lines of a file without their ends; those too long or in another encoding are noted and left out.

    With ``keep_undecoded`` the latter are given as they are (``is_undecoded``), for the reader to judge.
    """
    try:
        yield from _lines_of(path, problems, longest, keep_undecoded=keep_undecoded)
    except PACKED_ENDS:  # before the first line
        problems.add(path.name, 1, "archive_cut_off")


def _lines_of(path: Path, problems: ProblemLog, longest: int, *, keep_undecoded: bool) -> Iterator[tuple[int, str]]:
    with open_text(path) as text:
        number = 0
        while True:
            try:
                line = text.readline(longest + 1)
                is_long = len(line) > longest and not line.endswith("\n") and _skip_line(text)
            except PACKED_ENDS:
                problems.add(path.name, number + 1, "archive_cut_off")
                return
            except UnicodeDecodeError:
                problems.add(path.name, number + 1, "wrong_encoding")
                return
            if not line:
                return
            number += 1
            if is_long:
                problems.add(path.name, number, "line_too_long", limit=str(longest // _STEP or 1))
            elif not keep_undecoded and is_undecoded(line):
                problems.add(path.name, number, "wrong_encoding")
            else:
                yield number, line.rstrip("\r\n")


def _skip_line(text: IO[str]) -> bool:
    """Passes over the rest of a line."""
    while True:
        rest = text.readline(_STEP)
        if not rest or rest.endswith("\n"):
            return True
