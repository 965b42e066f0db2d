"""Single parts of a workbook that passed `schemas.guard`, read once more within the guard's limits for structure."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from xml.parsers import expat
from zipfile import ZipFile

Start = Callable[[str, dict[str, str]], None]
OneText = Callable[[str], None]
MIB = 1 << 20
MAX_PART = 8 * MIB
MAX_DEPTH = 64


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
    """Whether all of a part could be read within the limits; the functions get the local names of its elements."""
    depth, left = 0, MAX_PART
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True

    def opened(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise Unreadable
        start(local_name(tag), attributes)

    def closed(tag: str) -> None:
        nonlocal depth
        depth -= 1
        if end is not None:
            end(tag)

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = opened, closed, text
    try:
        for piece in pieces:
            left -= len(piece)
            if left < 0:
                return False
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, Unreadable):
        return False
    return True


def local_name(name: str) -> str:
    """An element's or attribute's name without its prefix."""
    return name.rpartition(":")[2]


def is_on(attributes: Mapping[str, str], name: str, default: str) -> bool:
    """Whether an attribute says yes; ``default`` is what it says where it is left out."""
    return attributes.get(name, default).lower() not in ("0", "false", "off")


def relations(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    """Relations of a part by id: (kind, name of the part it points to)."""
    folder, _, base = part.rpartition("/")
    found: dict[str, tuple[str, str]] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            path = target.lstrip("/") if target.startswith(("/", "xl/")) else posixpath.join(folder, target)
            kind = attributes.get("Type", "").rpartition("/")[2]
            found[attributes.get("Id", "")] = kind, posixpath.normpath(path)

    parse(archive.pieces(f"{folder}/_rels/{base}.rels"), start)
    return found


def sheet_parts(archive: Archive) -> dict[str, str]:
    """The part of each sheet by its name."""
    targets = relations(archive, "xl/workbook.xml")
    parts: dict[str, str] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            own = next((value for key, value in attributes.items() if ":" in key and local_name(key) == "id"), "")
            if targets.get(own, ("", ""))[0] == "worksheet":
                parts[attributes.get("name", "")] = targets[own][1]

    parse(archive.pieces("xl/workbook.xml"), start)
    return parts
