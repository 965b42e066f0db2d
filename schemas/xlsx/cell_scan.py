"""What a piece of a sheet or of the shared texts holds, counted from the places of its tags; nothing is parsed.

Whole pieces are looked at as arrays of bytes: a list of a million cells is counted in the time of a copy or two.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from schemas.xlsx.cell_address import column_number
from schemas.xlsx.refusal import MAX_SHARED_STRINGS

Array = np.ndarray[Any, Any]

_CELL_PREFIXED = re.compile(rb"<[^<>:/\s]++:[cv][\s/>]")
_FAR = re.compile(rb'<c r="(?![A-Z][1-9][0-9]{0,4}")([A-Z]{1,3})([1-9][0-9]{0,6})"')
_MISSPELT = re.compile(rb'<c r="(?![A-Z]{1,3}[1-9][0-9]{0,6}")')
_SECOND_REFERENCE = re.compile(rb'<c r="[^"<]*"[^<]*?r\s*=')
_ERROR_CELL = re.compile(rb"t\s*=\s*[\"']e[\"']")
_STRING_PREFIXED = re.compile(rb"<[^<>:/\s]*+:si[\s/>]")

# A cell that is blank or holds a number or the place of a shared text, spelt as programs write it.
_ADDRESS, _VALUE = rb"[A-Z]{1,3}[1-9][0-9]{0,6}", rb"<v>[-+.0-9eE]{1,40}</v></c>"
_KIND = rb'(?: t="[snb]")?'
# No possessive quantifier: before Python 3.11.5 one over a choice ends in the middle of a cell. A limit bounds what the
# search keeps for going back.
_PLAIN_RUN = re.compile(
    rb'(?:<c r="' + _ADDRESS + rb'"(?: s="[0-9]{1,6}")?' + _KIND + rb"(?:/>|></c>|>" + _VALUE + rb")){1,1000}"
)
_PLAIN_VALUE = re.compile(
    rb'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"(?: s="[0-9]{1,6}")?'
    + _KIND
    + rb">"
    + _VALUE.replace(b"<v>", b"<v>(").replace(b"</v>", b")</v>")
)

_PADDING = b"<" * 16
_DIGITS = 7  # of the largest number of a shared text


_MASKS = np.array([(1 << 8 * size) - 1 for size in range(9)], dtype=np.uint64)


def _bits(text: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(text, "little"))


def _ends_name(characters: Array) -> Array:
    """Which characters end the name of a tag: blanks, "/" and ">"."""
    is_blank = (characters == ord(" ")) | (characters - np.uint8(9) < 5)
    found: Array = is_blank | (characters == ord("/")) | (characters == ord(">"))
    return found


@dataclass
class PartScan:
    """What one look at the bytes of a part tells, without parsing it.

    `cells`, `filled`, `formulas` are upper limits of the numbers of cell elements, of those with content
    and of formulas; `values` counts the values that are plain numbers, `odd_values` those spelt otherwise;
    `row`, `column` bound the largest position (1-based); `strings` holds the places where shared texts begin;
    `is_odd` says that the part is written in a way these figures do not cover.
    """

    size: int = 0
    cells: int = 0
    filled: int = 0
    formulas: int = 0
    values: int = 0
    odd_values: int = 0
    row: int = 99_999
    column: int = 26
    has_errors: bool = False
    is_odd: bool = False
    root: str = ""
    strings: array[int] = field(default_factory=lambda: array("Q"))


def no_uses() -> Array:
    """Zeroed reference counts for each index of a shared string (uint32)."""
    return np.zeros(MAX_SHARED_STRINGS, dtype=np.uint32)


class Tags:
    """The places of "<" in a piece, in groups by the character that follows."""

    def __init__(self, text: bytes) -> None:
        self.text, padded = text, text + _PADDING
        self.bytes: Array = np.frombuffer(padded, np.uint8)
        # The same bytes as overlapping words: one look at a place gives eight characters.
        self._words: Array = np.ndarray((len(padded) - 7,), "<u8", padded, strides=(1,))
        self.positions = np.flatnonzero(self.bytes[: len(text)] == ord("<"))
        self._seconds: Array = self.bytes[self.positions + 1]

    def among(self, second: str) -> Array:
        """Which tags go on with this character, as indices of ``positions``."""
        return np.flatnonzero(self._seconds == ord(second))

    def characters(self, positions: Array) -> Array:
        """Eight characters from each place on, one row each."""
        found: Array = self._words[positions].view(np.uint8).reshape(-1, 8).T
        return found

    def words(self, positions: Array, sizes: Array) -> Array:
        """The first eight characters, or the first ``sizes`` where those are fewer, from each place on as one word."""
        found: Array = self._words[positions] & _MASKS[np.minimum(sizes, 8)]
        return found

    def starts_with(self, tags: Array, text: bytes) -> Array:
        """Which of ``tags`` begin with ``text`` (at most eight bytes)."""
        found: Array = (self._words[self.positions[tags]] & _bits(b"\xff" * len(text))) == _bits(text)
        return found

    def has_name(self, tags: Array, name: bytes) -> Array:
        """Which of ``tags`` are called ``name``, whatever follows."""
        found: Array = self.starts_with(tags, b"<" + name) & _ends_name(
            self.bytes[self.positions[tags] + len(name) + 1]
        )
        return found


def scan_strings(text: bytes, seen: int, scan: PartScan) -> None:
    """Notes where the texts of a piece begin that stands ``seen`` bytes from the start of its part."""
    tags = Tags(text)
    items = tags.among("s")
    found = tags.positions[items[tags.has_name(items, b"si")]]
    if b":si" in text and (prefixed := [each.start() for each in _STRING_PREFIXED.finditer(text)]):
        found = np.sort(np.concatenate([found, prefixed]))
    scan.strings.frombytes((found + seen).astype(np.uint64).tobytes())


def scan_cells(text: bytes, scan: PartScan, uses: Array) -> None:
    """Counts the cells of a piece. Only the spelling `<c r="A1"` that programs write is understood; the rest is odd.

    ``uses`` counts how often each shared text may be meant.
    """
    tags = Tags(text)
    opened, closed = tags.among("c"), tags.among("/")
    is_plain = tags.starts_with(opened, b'<c r="')
    plain, cells = _count(is_plain), _count(tags.has_name(opened, b"c"))
    scan.cells += cells
    scan.filled += _count(tags.starts_with(closed, b"</c"))
    scan.formulas += _count(tags.has_name(tags.among("f"), b"f"))
    scan.is_odd = scan.is_odd or plain != cells or _is_hiding(tags)
    if plain:
        _scan_references(tags, opened[is_plain], scan)
        _scan_attributes(tags, plain, scan)
    if len(tags.among("v")):
        _scan_values(tags, scan, uses)


def _count(flags: Array) -> int:
    return int(np.count_nonzero(flags))


def _is_hiding(tags: Tags) -> bool:
    """Whether cells may be written with a prefix, or what looks like cells may be a remark."""
    if len(tags.among("!")):
        return True
    if b":" not in tags.text:
        return False
    behind = tags.bytes[np.flatnonzero(tags.bytes == ord(":")) + 1]
    has_prefixed = bool(((behind == ord("c")) | (behind == ord("v"))).any())
    return has_prefixed and _CELL_PREFIXED.search(tags.text) is not None


def _scan_references(tags: Tags, cells: Array, scan: PartScan) -> None:
    """Finds the addresses beyond Z99999; those up to it are what a fresh scan assumes."""
    at = tags.characters(tags.positions[cells] + len(b'<c r="'))
    ends, digit = at == ord('"'), at - np.uint8(ord("0")) < 10
    near = ends[6]
    for position in (5, 4, 3, 2):
        near = ends[position] | digit[position] & near
    near &= (at[0] - np.uint8(ord("A")) < 26) & digit[1] & (at[1] != ord("0"))
    if near.all():
        return
    scan.is_odd = scan.is_odd or _MISSPELT.search(tags.text) is not None
    if far := _FAR.findall(tags.text):
        letters, rows = zip(*far, strict=True)
        scan.row = max(scan.row, *map(int, rows))
        scan.column = max(scan.column, *(column_number(each.decode()) for each in set(letters)))


def _scan_attributes(tags: Tags, plain: int, scan: PartScan) -> None:
    """Looks for a second address of a cell, and for cells that hold an error."""
    equals = np.flatnonzero(tags.bytes[1 : len(tags.text)] == ord("=")) + 1
    before, behind = tags.bytes[equals - 1], tags.bytes[equals + 1]
    is_spaced = len(equals) > 0 and min(before.min(), behind.min()) <= ord(" ")
    addresses = plain + _count(tags.starts_with(tags.among("r"), b"<row r="))
    if is_spaced or _count(before == ord("r")) != addresses:
        scan.is_odd = scan.is_odd or _SECOND_REFERENCE.search(tags.text) is not None
    if is_spaced:
        scan.has_errors = scan.has_errors or _ERROR_CELL.search(tags.text) is not None
    elif not scan.has_errors:
        scan.has_errors = bool((tags.bytes[equals[before == ord("t")] + 2] == ord("e")).any())


def _scan_values(tags: Tags, scan: PartScan, uses: Array) -> None:
    """Counts plain whole numbers, each of which may stand for a shared text; a fraction or a minus never does."""
    values = tags.among("v")
    opening = values[tags.starts_with(values, b"<v>")]
    at = tags.characters(tags.positions[opening] + len(b"<v>"))
    numbers, length = _whole_numbers(at)
    end = np.take_along_axis(at, length[None, :].astype(np.intp), axis=0)[0]
    # Of the last tag of a piece the end is not seen; there is one such value at most.
    following = np.minimum(opening + 1, len(tags.positions) - 1)
    is_closed = tags.starts_with(following, b"</v>") | (opening == len(tags.positions) - 1)
    is_whole = (length == 1) | (length > 1) & (at[0] != ord("0"))
    is_index = is_whole & (end == ord("<")) & is_closed
    is_fraction = (length > 0) & ((end == ord(".")) | (end == ord("e")) | (end == ord("E")))
    is_large = is_whole & (end - np.uint8(ord("0")) < 10)
    indices = numbers[is_index]
    np.add.at(uses, indices[indices < len(uses)], np.uint32(1))
    plain = _count(is_index | is_fraction | is_large | (at[0] == ord("-")))
    scan.values += plain
    scan.odd_values += _count(tags.has_name(values, b"v")) - plain


def _whole_numbers(at: Array) -> tuple[Array, Array]:
    """The number that the digits at the start make, at most seven of them, and how many there are."""
    figures = at - np.uint8(ord("0"))
    is_digit = figures < 10
    numbers = np.zeros(at.shape[1], dtype=np.int64)
    length = np.zeros(at.shape[1], dtype=np.uint8)
    alive = np.ones(at.shape[1], dtype=bool)
    for position in range(_DIGITS):
        alive &= is_digit[position]
        numbers = np.where(alive, numbers * 10 + figures[position], numbers)
        length += alive
    return numbers, length


def without_plain_cells(part: bytes) -> bytes:
    """A sheet with an empty element in the place of each run of cells that hold a plain value or nothing.

    What is not well-formed or nested deeply stays so. Only for parts without remarks, in which cells could be text.
    """
    return _PLAIN_RUN.sub(b"<q/>", part)


def plain_values(part: bytes) -> list[tuple[bytes, bytes, bytes]]:
    """Letters of the column, row and value of the filled cells that ``without_plain_cells`` leaves out."""
    found: list[tuple[bytes, bytes, bytes]] = _PLAIN_VALUE.findall(part)
    return found


def plain_cells_of_looks(part: bytes, looks: Collection[str]) -> list[tuple[str, str]]:
    """Address and look (the number of its format) of the cells left out that have one of ``looks``."""
    if not looks:
        return []
    wanted = b"|".join(re.escape(look.encode()) for look in looks)
    found = re.findall(rb'<c r="(' + _ADDRESS + rb')" s="(' + wanted + rb')"' + _KIND + rb"/?>", part)
    return [(cell.decode(), look.decode()) for cell, look in found]
