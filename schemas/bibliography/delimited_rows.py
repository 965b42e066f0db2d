"""Rows of delimited exports with the line on which each begins; a broken row costs itself only."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from schemas.bibliography.read_lines import read_lines
from schemas.bibliography.read_problems import ProblemLog

MOST_LINES = 2_000  # of one row; a quotation mark that is never closed would take the rest of the file
LONGEST_FIELD = 16 * 1024 * 1024


class _Runaway(Exception):
    """A row that does not end."""


class _Lines:
    """Lines for the csv reader: those of the row at hand are kept, and can be given again."""

    def __init__(self, source: Iterator[tuple[int, str]]) -> None:
        self._source = source
        self._again: deque[tuple[int, str]] = deque()
        self.taken: list[tuple[int, str]] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MOST_LINES:
            raise _Runaway
        found = self._again.popleft() if self._again else next(self._source)
        self.taken.append(found)
        return found[1] + "\n"

    def begin(self) -> None:
        """Starts a new row."""
        self.taken = []

    def give_again(self) -> None:
        """All lines of the row but the first will be read anew."""
        self._again.extendleft(reversed(self.taken[1:]))


def heading_of(path: Path) -> str:
    """The first line of a file that is not blank; '' for an empty one."""
    return next((line for _, line in read_lines(path, ProblemLog()) if line.strip()), "")


def read_rows(
    path: Path, problems: ProblemLog, delimiter: str, *, is_quoted: bool
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Rows as texts by heading, each with its first line; rows whose cells do not fit the headings are noted."""
    csv.field_size_limit(LONGEST_FIELD)
    lines = _Lines(read_lines(path, problems))
    if is_quoted:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
    else:
        reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    headings: Sequence[str] = ()
    while True:
        lines.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (_Runaway, csv.Error):
            cells = _loose_cells(lines.taken, delimiter)
            if len(cells) != len(headings):
                problems.add_line(path.name, *lines.taken[0], "row_does_not_end")
                lines.give_again()
                continue
        if not any(cell.strip() for cell in cells):
            continue
        if not headings:
            headings = [cell.strip().lstrip("\ufeff") for cell in cells]
            while not headings[-1]:  # a mark behind the last heading
                headings.pop()
            continue
        line, text = lines.taken[0]
        if [cell.strip().lstrip("\ufeff") for cell in cells] == headings:
            continue  # another file of the same export was joined to this one
        while len(cells) > len(headings) and not cells[-1].strip():
            cells.pop()
        if len(cells) != len(headings):
            sizes = {"given": str(len(cells)), "expected": str(len(headings))}
            problems.add_line(path.name, line, text, "cells_do_not_fit", **sizes)
            if len(lines.taken) > 1:
                lines.give_again()
            continue
        yield line, dict(zip(headings, cells, strict=True))


def _loose_cells(taken: Sequence[tuple[int, str]], delimiter: str) -> list[str]:
    """The cells of a row of one line whose quotation marks are not doubled within; none for a row of several."""
    if len(taken) != 1:
        return []
    try:
        return next(csv.reader([taken[0][1]], delimiter=delimiter), [])
    except csv.Error:
        return []
