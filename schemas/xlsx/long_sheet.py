"""Long lists: a sheet of a million cells holds far fewer different ones, so calamine reads each of those once.

The cells are told apart by their bytes alone and what they mean is left to calamine, which gets a small sheet
with one cell of each kind in the place of the long one. A sheet written in an unusual way is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, overload

import numpy as np
import pandas as pd

from schemas.xlsx.cell_scan import Array, Tags
from schemas.xlsx.package_guard import CheckedPackage

# Filled cells from which the detour pays, and up to which the arrays that it needs are small.
LONG, MOST = 100_000, 1_500_000
# Share of different cells above which a small sheet would not be much smaller.
MOST_DISTINCT = 0.5
WIDTH = 128
_MAX_CARRY = 64 * 1024
_REFERENCE = b'<c r="'
_HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
# A first and a last row without gaps, so that the small sheet is read from corner to corner.
_FULL_ROW = b"<row>" + b"<c><v>0</v></c>" * WIDTH + b"</row>"
_TAIL = b"</sheetData></worksheet>"
_CHUNK_ROWS = 1_000

Texts = np.ndarray[Any, np.dtype[np.object_]]


class _Unusual(Exception):
    pass


class LongRows(Sequence[list[object]]):
    """The rows of a long sheet: each place holds the number of its value, 0 where it is blank."""

    def __init__(self, positions: Array, values: Sequence[object]) -> None:
        self._positions, self._values = positions, values

    def __len__(self) -> int:
        return len(self._positions)

    @overload
    def __getitem__(self, at: int) -> list[object]: ...
    @overload
    def __getitem__(self, at: slice) -> LongRows: ...
    def __getitem__(self, at: int | slice) -> list[object] | LongRows:
        if isinstance(at, slice):
            return LongRows(self._positions[at], self._values)
        return [self._values[n] for n in self._positions[at].tolist()]

    def __iter__(self) -> Iterator[list[object]]:
        values = self._values
        for start in range(0, len(self), _CHUNK_ROWS):
            for row in self._positions[start : start + _CHUNK_ROWS].tolist():
                yield [values[n] for n in row]

    def column(self, position: int) -> tuple[list[object], Array]:
        """The different cells of a column (0 is A) in the order in which they come, and which of them each is."""
        if position >= self._positions.shape[1]:
            return [None], np.zeros(len(self), dtype=np.intp)
        at, numbers = pd.factorize(self._positions[:, position])
        return [self._values[n] for n in numbers.tolist()], at


@dataclass(frozen=True)
class Condensed:
    """A small sheet with one cell of each kind, and where the long sheet holds each of them."""

    part: bytes
    positions: Array

    def rows(self, small: Sequence[Sequence[object]]) -> LongRows:
        """The long sheet from the rows of the small one."""
        return LongRows(self.positions, ["", *chain.from_iterable(small[1:-1])])


def condense(package: CheckedPackage, part: str) -> Condensed | None:
    """The long sheet as a small one; None where its cells differ too much.

    So it is where they are not all written as `<c r="A1" …><v>…</v></c>`, where most hold a value of their own, and
    where there are too few or too many of them.
    """
    scan = package.scans[part.lower()]
    if not LONG <= scan.filled <= MOST or scan.is_odd or scan.formulas:
        return None
    try:
        return _condense_pieces([_cells(block) for block in _blocks(package.chunks(part))])
    except _Unusual:
        return None


def _blocks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The cells of a sheet in pieces that begin with one; nothing before its first, nothing after its data."""
    carry, is_inside = b"", False
    for chunk in chunks:
        text = carry + chunk
        if not is_inside:
            start = text.find(b"<sheetData>")
            if start < 0:
                carry = text[-len(b"<sheetData>") :]
                continue
            text, is_inside = text[start:], True
        if (end := text.find(b"</sheetData>")) >= 0:
            yield text[:end]
            return
        cut = text.rfind(_REFERENCE)
        if len(text) - max(cut, 0) > _MAX_CARRY:
            raise _Unusual
        if cut > 0:
            yield text[:cut]
        carry = text[max(cut, 0) :]
    raise _Unusual


@dataclass(frozen=True)
class _Cells:
    """Filled cells: row and column (from 1), attributes as two words, values as one; values of more characters."""

    rows: Array
    columns: Array
    attributes: Array
    values: Array
    far_values: dict[int, bytes]


def _cells(block: bytes) -> _Cells:
    tags = Tags(block + b"<<<")
    cells = tags.among("c")
    if not tags.starts_with(cells, _REFERENCE).all():
        raise _Unusual
    opens, ends = tags.positions[cells + 1], tags.positions[cells + 2]
    is_filled = tags.starts_with(cells + 1, b"<v>") & tags.starts_with(cells + 2, b"</v></c>")
    is_blank = (tags.bytes[opens - 2] == ord("/")) | tags.starts_with(cells + 1, b"</c>")
    if not ((is_filled ^ is_blank) & (tags.bytes[opens - 1] == ord(">"))).all():
        raise _Unusual
    starts, opens, ends = tags.positions[cells[is_filled]] + len(_REFERENCE), opens[is_filled], ends[is_filled]
    rows, columns, length = _addresses(tags.characters(starts))
    sizes = ends - opens - len(b"<v>")
    far = np.flatnonzero(sizes > 8).tolist()
    far_values = {n: block[ends[n] - sizes[n] : ends[n]] for n in far}
    attributes = _attributes(tags, starts + length, opens - 1)
    return _Cells(rows, columns, attributes, tags.words(opens + len(b"<v>"), sizes), far_values)


def _addresses(at: Array) -> tuple[Array, Array, Array]:
    """Row, column and length with the closing quote of the addresses that begin ``at``, from A1 to Z999999."""
    columns, figures = at[0] - np.uint8(ord("A") - 1), at - np.uint8(ord("0"))
    rows = np.zeros(at.shape[1], dtype=np.int32)
    length = np.ones(at.shape[1], dtype=np.intp)
    alive = (columns > 0) & (columns <= 26) & (figures[1] > 0)
    for position in range(1, 7):
        alive &= figures[position] < 10
        rows = np.where(alive, rows * 10 + figures[position], rows)
        length += alive
    ends = np.take_along_axis(at, length[None, :], axis=0)[0]
    if not ((length > 1) & (ends == ord('"'))).all():
        raise _Unusual
    return rows, columns.astype(np.int32), length + 1


def _attributes(tags: Tags, starts: Array, ends: Array) -> Array:
    """What stands between address and end of each tag, as rows of two words."""
    sizes = ends - starts
    if (sizes > 16).any():
        raise _Unusual
    return np.column_stack([tags.words(starts, sizes), tags.words(starts + 8, np.maximum(sizes - 8, 0))])


def _condense_pieces(pieces: Sequence[_Cells]) -> Condensed:
    rows, columns, attributes, words = (
        np.concatenate([getattr(piece, name) for piece in pieces])
        for name in ("rows", "columns", "attributes", "values")
    )
    if not len(rows) or (rows[1:] < rows[:-1]).any():
        raise _Unusual
    kind_of, kinds = _kinds(attributes)
    value_of, values = _values(words, pieces)
    cell_of, cells = pd.factorize(kind_of * np.int64(len(values)) + value_of)
    if len(cells) > MOST_DISTINCT * len(rows):
        raise _Unusual
    part, numbers = _small_sheet(kinds, *np.divmod(cells, len(values)), values)
    positions = np.zeros((rows.max(), columns.max()), dtype=np.int32)
    positions[rows - 1, columns - 1] = numbers[cell_of]
    return Condensed(part, positions)


def _kinds(attributes: Array) -> tuple[Array, list[bytes]]:
    """Which attributes each cell has, and what they are."""
    (first_of, firsts), (second_of, seconds) = (pd.factorize(attributes[:, n]) for n in (0, 1))
    kind_of, pairs = pd.factorize(first_of * np.int64(len(seconds)) + second_of)
    first, second = _texts(firsts), _texts(seconds)
    return kind_of, [first[n // len(second)] + second[n % len(second)] for n in pairs.tolist()]


def _values(words: Array, pieces: Sequence[_Cells]) -> tuple[Array, Texts]:
    """Which value each cell has, and what they are; those of more than eight characters are not compared."""
    value_of, distinct = pd.factorize(words)
    starts = np.cumsum([0, *(len(piece.rows) for piece in pieces)]).tolist()
    far = {
        start + n: text for start, piece in zip(starts, pieces, strict=False) for n, text in piece.far_values.items()
    }
    value_of[list(far)] = np.arange(len(distinct), len(distinct) + len(far))
    values = np.empty(len(distinct) + len(far), dtype=object)
    values[: len(distinct)] = _texts(distinct)
    values[len(distinct) :] = list(far.values())
    return value_of, values


def _texts(words: Array) -> list[bytes]:
    texts: list[bytes] = np.ascontiguousarray(words, dtype="<u8").view("S8").tolist()
    return texts


def _small_sheet(kinds: Sequence[bytes], kind_of: Array, value_of: Array, values: Texts) -> tuple[bytes, Array]:
    """A sheet with each cell once, kind by kind from a new row on; and the number of each cell, row by row from 1."""
    rows: list[bytes] = []
    numbers = np.empty(len(kind_of), dtype=np.int32)
    for n, kind in enumerate(kinds):
        own = np.flatnonzero(kind_of == n)
        numbers[own] = len(rows) * WIDTH + 1 + np.arange(len(own))
        between = b"</v></c><c" + kind + b"><v>"
        texts = values[value_of[own]].tolist()
        for start in range(0, len(texts), WIDTH):
            rows.append(between[len(b"</v></c>") :] + between.join(texts[start : start + WIDTH]) + b"</v></c>")
    return _HEAD + _FULL_ROW + b"".join(b"<row>" + row + b"</row>" for row in rows) + _FULL_ROW + _TAIL, numbers
