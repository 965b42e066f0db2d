"""Single parts of a workbook that passed the guard, read once more within its limits for structure."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol
from zipfile import ZipFile

from schemas.xlsx.package_xml import Handlers, limit_nesting, parse_pieces
from schemas.xlsx.refusal import MAX_STRUCTURE_MIB, MIB, Refusal, local_name

Start = Callable[[str, dict[str, str]], None]
OneText = Callable[[str], None]
MAX_PART = MAX_STRUCTURE_MIB * MIB


class Parts(Protocol):
    """The parts of a workbook by name, whatever its case."""

    def size(self, name: str) -> int:
        """The unpacked size of a part in bytes; 0 where there is none."""
        ...

    def pieces(self, name: str) -> Iterator[bytes]:
        """The unpacked bytes of a part, a mebibyte at a time; nothing where there is none."""
        ...


class Archive:
    """The parts of an open zip archive by name, whatever its case."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._infos = {info.filename.lower(): info for info in archive.infolist()}

    def size(self, name: str) -> int:
        """The unpacked size of a part in bytes; 0 where there is none."""
        info = self._infos.get(name.lower())
        return info.file_size if info is not None else 0

    def pieces(self, name: str) -> Iterator[bytes]:
        """The unpacked bytes of a part, a mebibyte at a time; nothing where there is none."""
        if (info := self._infos.get(name.lower())) is not None:
            with self._archive.open(info) as part:
                while piece := part.read(MIB):
                    yield piece


class Unreadable(Exception):
    """A part goes beyond the limits for structure."""


def parse(pieces: Iterator[bytes], start: Start, end: OneText | None = None, text: OneText | None = None) -> bool:
    """Whether all of a part could be read within the limits; ``start`` gets the local names of its elements."""
    handlers = Handlers(lambda tag, attributes: start(local_name(tag), attributes), end, text)
    try:
        parse_pieces(_limit_pieces(pieces), limit_nesting(handlers))
    except (Refusal, Unreadable):
        return False
    return True


def _limit_pieces(pieces: Iterator[bytes]) -> Iterator[bytes]:
    left = MAX_PART
    for piece in pieces:
        left -= len(piece)
        if left < 0:
            raise Unreadable
        yield piece


def is_on(attributes: Mapping[str, str], name: str, default: str) -> bool:
    """Whether an attribute says yes; ``default`` is what it says where it is left out."""
    return attributes.get(name, default).lower() not in ("0", "false", "off")


def relation(folder: str, name: str, attributes: Mapping[str, str]) -> tuple[str, tuple[str, str]] | None:
    """The id of a relation of a part in ``folder``, and its kind with the name of the part that it points to.

    None for other elements, and for what points out of the package.
    """
    if name != "Relationship" or attributes.get("TargetMode") == "External":
        return None
    target = attributes.get("Target", "")
    is_whole = target.startswith(("/", "xl/"))
    path = target.lstrip("/") if is_whole else posixpath.normpath(posixpath.join(folder, target))
    return attributes.get("Id", ""), (attributes.get("Type", "").rpartition("/")[2], path)


def relations_part(part: str) -> str:
    """The name of the part that holds the relations of a part."""
    folder, _, base = part.rpartition("/")
    return f"{folder}/_rels/{base}.rels"


def sheet_relation(attributes: Mapping[str, str]) -> str:
    """The id of the relation that leads from an element ``sheet`` to its part; empty where it has none."""
    return next((value for key, value in attributes.items() if ":" in key and local_name(key) == "id"), "")


def relations(archive: Parts, part: str) -> dict[str, tuple[str, str]]:
    """Relations of a part by id: (kind, name of the part it points to)."""
    found: dict[str, tuple[str, str]] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        if (one := relation(posixpath.dirname(part), name, attributes)) is not None:
            found[one[0]] = one[1]

    parse(archive.pieces(relations_part(part)), start)
    return found


def sheet_parts(archive: Parts) -> dict[str, str]:
    """The part of each sheet by its name."""
    targets = relations(archive, "xl/workbook.xml")
    parts: dict[str, str] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        kind, part = targets.get(sheet_relation(attributes), ("", "")) if name == "sheet" else ("", "")
        if kind == "worksheet":
            parts[attributes.get("name", "")] = part

    parse(archive.pieces("xl/workbook.xml"), start)
    return parts
