"""Works out of JSON, one at a time: JSON Lines, one array, or pages with their works under ``results``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from schemas.bibliography.read_lines import LONGEST_LINE, PACKED_ENDS, open_text, read_lines
from schemas.bibliography.read_problems import ProblemLog

HEAD = 1 << 16
WHOLE = 1 << 24  # characters of a document that is one work
_IS_DOCUMENT = re.compile(r'\s*(?:\[|\{\s*(?:$|[\r\n]|"(?:meta|results|group_by)"))')
_BEGINS_JSON = re.compile(r"^\s*(?:\{|\[\s*(?:[{\]]|$))", re.MULTILINE)
_MARK = re.compile(r'["\\{}\[\]\n]')


def json_items(path: Path, problems: ProblemLog) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Works with the line on which each begins; a line or work that is no JSON is noted and left out."""
    try:
        with open_text(path) as text:
            head = text.read(HEAD)
    except PACKED_ENDS:
        problems.add(path.name, 1, "archive_cut_off")
        return
    except UnicodeDecodeError:
        problems.add(path.name, 1, "wrong_encoding")
        return
    if not head.strip():
        problems.add(path.name, 0, "empty_file")
    elif not _BEGINS_JSON.search(head.lstrip("\ufeff")):
        problems.add(path.name, 1, "other_vendor", expected="OpenAlex")
    elif _IS_DOCUMENT.match(head):
        yield from _document_items(path, problems)
    else:
        yield from _line_items(path, problems)


def _line_items(path: Path, problems: ProblemLog) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in read_lines(path, problems):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            problems.add_line(path.name, number, "" if line.startswith("{") else line, "bad_json")
            continue
        yield from _works_in(found, path.name, number, problems)


def _works_in(found: object, file: str, line: int, problems: ProblemLog) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The works of one value: itself, those of a page, or those of an array."""
    if isinstance(found, Mapping) and isinstance(found.get("results"), list):
        found = found["results"]
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, Mapping):
            yield line, one
        else:
            problems.add(file, line, "not_a_work")


def _document_items(path: Path, problems: ProblemLog) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for line, text in _objects(path, problems):
        if text is None:
            problems.add(path.name, line, "line_too_long", limit=str(LONGEST_LINE >> 20))
            continue
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            problems.add(path.name, line, "bad_json")
            continue
        yield from _works_in(found, path.name, line, problems)


def _objects(path: Path, problems: ProblemLog) -> Iterator[tuple[int, str | None]]:
    """The texts of the works in a document, with their first lines; None for one past the limit.

    A work is an object inside an array that is the document itself or stands under ``results``; a document that is
    one object without such an array is one work.
    """
    scan = ObjectScan()
    try:
        with open_text(path) as text:
            while chunk := text.read(1 << 18):
                yield from scan.feed(chunk)
    except PACKED_ENDS:
        problems.add(path.name, scan.line, "archive_cut_off")
        return
    except UnicodeDecodeError:
        problems.add(path.name, scan.line, "wrong_encoding")
        return
    yield from scan.end()
    if scan.is_open:
        problems.add(path.name, scan.line, "cut_off")


class ObjectScan:
    """Finds the objects of a document in chunks of its text, keeping no more than one of them."""

    def __init__(self) -> None:
        self.line = 1
        self.depth = 0
        self.in_text = False
        self.skip = False
        self.base: int | None = None  # depth at which works begin; None until known
        self.start_line = 0
        self.parts: list[str] = []
        self.size = 0
        self.head = ""
        self.is_collecting = False

    @property
    def is_open(self) -> bool:
        """Whether the document ended before its brackets were closed."""
        return self.depth > 0

    def feed(self, chunk: str) -> Iterator[tuple[int, str | None]]:
        """Works that end in this chunk."""
        begin, position = 0, int(self.skip)
        self.skip = False
        while match := _MARK.search(chunk, position):
            at, mark = match.start(), match.group()
            position = at + 1
            if mark == "\n":
                self.line += 1
            elif self.in_text:
                position = self._in_text(chunk, at, mark)
            elif mark == '"':
                self.in_text = True
            elif mark in "{[":
                begin = self._open(chunk, at, mark, begin)
            elif mark in "}]":
                self.depth -= 1
                if self.is_collecting and self.base is not None and self.depth == self.base and mark == "}":
                    self._keep(chunk[begin:position])
                    yield self.start_line, self._take_text()
                elif self.base is not None and self.depth < self.base:
                    self.base = None if self.depth else self.base
        if self.is_collecting:
            self._keep(chunk[begin:])
        if self.base is None:
            self.head = (self.head + chunk)[-WHOLE:]

    def _in_text(self, chunk: str, at: int, mark: str) -> int:
        if mark == "\\":
            self.skip = at + 1 == len(chunk)  # the escaped character begins the next chunk
            return at + 2
        if mark == '"':
            self.in_text = False
        return at + 1

    def _open(self, chunk: str, at: int, mark: str, begin: int) -> int:
        if mark == "[" and self.base is None and (self.depth == 0 or self._names_results(chunk, at)):
            self.base = self.depth + 1
        elif mark == "{" and self.base is not None and self.depth == self.base:
            self.is_collecting, self.start_line, self.parts, self.size = True, self.line, [], 0
            begin = at
        self.depth += 1
        return begin

    def _names_results(self, chunk: str, at: int) -> bool:
        before = (self.head[-40:] if at < 40 else "") + chunk[max(0, at - 40) : at]
        return self.depth == 1 and bool(re.search(r'"results"\s*:\s*$', before))

    def _keep(self, piece: str) -> None:
        self.size += len(piece)
        if self.size <= LONGEST_LINE:
            self.parts.append(piece)

    def _take_text(self) -> str | None:
        self.is_collecting = False
        return "".join(self.parts) if self.size <= LONGEST_LINE else None

    def end(self) -> Iterator[tuple[int, str | None]]:
        """The document itself where it was one work."""
        if self.base is None and not self.is_open and self.start_line == 0 and len(self.head) < WHOLE:
            yield 1, self.head
