"""What may be opened at all: judges the bytes of an uploaded workbook before any reader sees them.

Nothing here trusts a size, count or name that the file states about itself. Every part is inflated in small
pieces, counted as it comes out, and dropped again, so that memory stays flat whatever the file holds.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from xml.parsers import expat

from schemas.cell_scan import Array, PartScan, no_uses
from schemas.part_scan import MAX_CARRY, OLE2, PartScanner, is_read
from schemas.refusal import (
    MAX_DEPTH,
    MAX_MEMBERS,
    MAX_PACKED_MIB,
    MAX_RATIO,
    MAX_STRUCTURE_MIB,
    MAX_UNPACKED_MIB,
    MIB,
    RATIO_FLOOR,
    Refusal,
    local_name,
)

__all__ = [
    "MAX_STRUCTURE_MIB",
    "MIB",
    "Handlers",
    "Member",
    "Package",
    "Refusal",
    "guard",
    "inflate",
    "local_name",
    "open_package",
    "parse_flat",
    "parse_part",
    "with_parts",
]

_CHUNK = 1 * MIB
_MAX_TOKEN = 4 * MIB

_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_XLS_STREAMS = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
_TEXT_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x19\x1b-\x1f]")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_LOCAL = struct.Struct("<4s5H3I2H")
_END = struct.Struct("<4s4H2IH")


@dataclass(frozen=True)
class Member:
    """One part of the package, as its central directory and its own header agree on it."""

    name: str
    stored: bool
    crc: int
    packed: int
    size: int
    offset: int
    start: int


@dataclass(frozen=True)
class Package:
    """A package that passed: its bytes, its members and scans by lower-case name.

    `uses` counts how often cells hold each whole number, which may stand for the shared text at that place.
    """

    data: bytes
    members: dict[str, Member]
    scans: dict[str, PartScan]
    uses: Array = field(default_factory=no_uses)

    def chunks(self, name: str) -> Iterator[bytes]:
        """Return the inflated bytes of one part in pieces of at most 1 MiB; Refusal when there is none."""
        if (member := self.members.get(name.lower())) is None:
            raise Refusal("FMT-52")
        return inflate(self.data, member)


def guard(data: bytes) -> None:
    """Raise Refusal unless the bytes are an .xlsx package that is safe to parse; return nothing.

    Judges type, size, package structure, really inflated sizes, checksums, DTDs, macros, embedded objects.
    The cells are judged by `schemas.intake.read_workbook`.
    """
    open_package(data)


def open_package(data: bytes) -> Package:
    """Return the checked package of an .xlsx file; raises Refusal for everything else."""
    if not data:
        raise Refusal("FMT-40")
    if len(data) > MAX_PACKED_MIB * MIB:
        raise Refusal("FMT-47", {"size": -(-len(data) // MIB), "limit": MAX_PACKED_MIB})
    if not data.startswith(b"PK\x03\x04"):
        raise Refusal(_rule_for_other_type(data))
    members = _members(data)
    _refuse_other_packages(data, members)
    uses = no_uses()
    package = Package(data, members, _scan_members(data, members, uses), uses)
    _refuse_active_content(package)
    return package


def _rule_for_other_type(data: bytes) -> str:
    if data.startswith(OLE2):
        if _ENCRYPTED_STREAM in data:
            return "FMT-41"
        return "FMT-42" if any(stream in data for stream in _XLS_STREAMS) else "FMT-01"
    return "FMT-44" if _looks_like_csv(data[:MAX_CARRY]) else "FMT-01"


def _looks_like_csv(sample: bytes) -> bool:
    encodings = ("utf-16",) if sample[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp932")
    for encoding in encodings:
        # The sample may end inside a character: the last three bytes may be left undecoded.
        for cut in range(4):
            try:
                text = sample[: len(sample) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            is_text = not _TEXT_CONTROLS.search(text) and not text.lstrip().startswith("<")
            return is_text and any(mark in text for mark in ",;\t")
    return False


def _members(data: bytes) -> dict[str, Member]:
    """Read the central directory strictly: one directory, at the end, that every local header confirms.

    Two programs that find different parts in the same bytes are the way around every check made here.
    """
    if data.count(b"PK\x01\x02") > MAX_MEMBERS:
        raise Refusal("FMT-49", {"limit": MAX_MEMBERS})
    end = data.rfind(b"PK\x05\x06")
    if end < 0 or end + _END.size > len(data):
        raise Refusal("FMT-52")
    _, disk, start_disk, here, total, length, offset, comment = _END.unpack_from(data, end)
    is_whole = offset + length == end and end + _END.size + comment == len(data)
    if disk or start_disk or here != total or not is_whole:
        raise Refusal("FMT-52")
    members: dict[str, Member] = {}
    at = offset
    for _ in range(total):
        member, at = _member(data, at, end)
        if _is_unusual(member.name) or member.name.lower() in members:
            raise Refusal("FMT-56")
        members[member.name.lower()] = member
    if at != end:
        raise Refusal("FMT-52")
    _refuse_overlap(members, offset)
    return members


def _member(data: bytes, at: int, end: int) -> tuple[Member, int]:
    if at + _CENTRAL.size > end:
        raise Refusal("FMT-52")
    head = _CENTRAL.unpack_from(data, at)
    signature, flags, method, crc, packed, size = head[0], head[3], head[4], head[7], head[8], head[9]
    name_length, extra, comment, offset = head[10], head[11], head[12], head[16]
    raw = data[at + _CENTRAL.size : at + _CENTRAL.size + name_length]
    if signature != b"PK\x01\x02" or offset + _LOCAL.size > end:
        raise Refusal("FMT-52")
    if flags & 0x41:
        raise Refusal("FMT-41")
    local = _LOCAL.unpack_from(data, offset)
    body = offset + _LOCAL.size
    if local[0] != b"PK\x03\x04" or local[3] != method or method not in (0, 8) or local[2] & 0x41:
        raise Refusal("FMT-52")
    if data[body : body + name_length] != raw or local[9] != name_length:
        raise Refusal("FMT-52")
    try:
        name = raw.decode("utf-8" if flags & 0x800 else "cp437")
    except UnicodeDecodeError:
        raise Refusal("FMT-52") from None
    start = body + name_length + local[10]
    member = Member(name, method == 0, crc, packed, size, offset, start)
    return member, at + _CENTRAL.size + name_length + extra + comment


def _is_unusual(name: str) -> bool:
    return not name or name[0] == "/" or any(mark in name for mark in "\\:\0") or ".." in name.split("/")


def _refuse_overlap(members: dict[str, Member], directory: int) -> None:
    spans = sorted((member.offset, member.start + member.packed) for member in members.values())
    spans.append((directory, directory))
    if any(stop > following for (_, stop), (following, _) in pairwise(spans)):
        raise Refusal("FMT-48", {"limit": MAX_UNPACKED_MIB})


def inflate(data: bytes, member: Member) -> Iterator[bytes]:
    """Yield the real content of a member in pieces of at most 1 MiB.

    Raises Refusal FMT-48 as soon as the content outgrows the limit or 200 times its packed size above 1 MiB,
    FMT-52 when the stream, its length or its checksum does not agree with the directory.
    """
    limit = min(MAX_UNPACKED_MIB * MIB, max(RATIO_FLOOR, member.packed * MAX_RATIO))
    produced, crc = 0, 0
    for piece in _pieces(memoryview(data)[member.start : member.start + member.packed], member.stored):
        produced += len(piece)
        crc = zlib.crc32(piece, crc)
        if produced > limit:
            raise Refusal("FMT-48", {"limit": MAX_UNPACKED_MIB})
        yield piece
    if produced != member.size or crc != member.crc:
        raise Refusal("FMT-52")


def with_parts(package: Package, replaced: Mapping[str, bytes]) -> bytes:
    """Return the parts that a reader of cells needs as a package of their own, some of them replaced by name.

    They are stored as they were inflated and judged, so that no reader inflates them again.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as out:
        for key, member in package.members.items():
            if is_read(key) and not key.startswith("xl/media/"):
                part = replaced.get(key)
                out.writestr(member.name, b"".join(package.chunks(key)) if part is None else part)
    return buffer.getvalue()


def _pieces(packed: memoryview, stored: bool) -> Iterator[bytes]:
    if stored:
        for at in range(0, len(packed), _CHUNK):
            yield bytes(packed[at : at + _CHUNK])
        return
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for at in range(0, len(packed), _CHUNK):
            rest = bytes(packed[at : at + _CHUNK])
            while rest:
                if piece := stream.decompress(rest, _CHUNK):
                    yield piece
                rest = stream.unconsumed_tail
        while not stream.eof and (piece := stream.decompress(b"", _CHUNK)):
            yield piece
    except zlib.error:
        raise Refusal("FMT-52") from None
    if not stream.eof or stream.unused_data:
        raise Refusal("FMT-52")


def _refuse_other_packages(data: bytes, members: dict[str, Member]) -> None:
    if (kind := members.get("mimetype")) is not None:
        head = next(inflate(data, kind), b"")
        raise Refusal("FMT-43" if head.startswith(b"application/vnd.oasis.opendocument.spr") else "FMT-01")
    if "xl/workbook.bin" in members:
        raise Refusal("FMT-54")
    if "[content_types].xml" not in members or "xl/workbook.xml" not in members:
        raise Refusal("FMT-01")
    if any("vbaproject" in name or name.startswith(("xl/macrosheets/", "xl/intlmacro")) for name in members):
        raise Refusal("FMT-45")
    if any(name.startswith(("xl/embeddings/", "xl/activex/")) for name in members):
        raise Refusal("FMT-46")


def _scan_members(data: bytes, members: dict[str, Member], uses: Array) -> dict[str, PartScan]:
    scans: dict[str, PartScan] = {}
    total = 0
    for key, member in members.items():
        scan = scans[key] = PartScan()
        scanner = PartScanner(key, scan, uses)
        for piece in inflate(data, member):
            total += len(piece)
            if total > MAX_UNPACKED_MIB * MIB:
                raise Refusal("FMT-48", {"limit": MAX_UNPACKED_MIB})
            scanner.feed(piece)
        scanner.close()
    return scans


@dataclass(frozen=True)
class Handlers:
    """What to call for each element's start, end and text while a part is parsed."""

    start: Callable[[str, dict[str, str]], None]
    end: Callable[[str], None] | None = None
    text: Callable[[str], None] | None = None


def parse_part(package: Package, name: str, handlers: Handlers, limit_mib: int = MAX_STRUCTURE_MIB) -> None:
    """Parse one part to its end, calling the handlers.

    Raises Refusal when the part is missing, larger than `limit_mib`, not well-formed, nested without end or
    written as one endless tag.
    """
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise Refusal("FMT-52")
        handlers.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        if handlers.end is not None:
            handlers.end(tag)

    parse_flat(package, name, Handlers(start, end, handlers.text), limit_mib)


def parse_flat(package: Package, name: str, handlers: Handlers, limit_mib: int) -> None:
    """Parse like `parse_part`, but leave it to the handlers to stop at elements nested too deep."""
    scan = package.scans.get(name.lower())
    if scan is not None and scan.size > limit_mib * MIB:
        raise Refusal("FMT-55")
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = handlers.start, handlers.end
    parser.CharacterDataHandler = handlers.text
    fed = 0
    try:
        for piece in package.chunks(name):
            parser.Parse(piece, False)
            fed += len(piece)
            if fed - parser.CurrentByteIndex > _MAX_TOKEN:
                raise Refusal("FMT-52")
        parser.Parse(b"", True)
    except expat.ExpatError:
        raise Refusal("FMT-52") from None


_MAIN_TYPE = "spreadsheetml.sheet.main+xml"
_MACRO_RELATIONS = ("vbaproject", "xlmacrosheet", "xlintlmacrosheet")
_OBJECT_RELATIONS = ("oleobject", "package", "control", "activexcontrolbinary")


def _refuse_active_content(package: Package) -> None:
    types: list[str] = []

    def content_type(_: str, attributes: dict[str, str]) -> None:
        types.append(attributes.get("ContentType", "").lower())

    def relation(_: str, attributes: dict[str, str]) -> None:
        kind = attributes.get("Type", "").rpartition("/")[2].lower()
        if kind in _MACRO_RELATIONS:
            raise Refusal("FMT-45")
        if kind in _OBJECT_RELATIONS:
            raise Refusal("FMT-46")

    parse_part(package, "[Content_Types].xml", Handlers(content_type))
    if any("sheet.binary" in kind for kind in types):
        raise Refusal("FMT-54")
    if any("macroenabled" in kind or "vbaproject" in kind or "macrosheet" in kind for kind in types):
        raise Refusal("FMT-45")
    if any("oleobject" in kind or "activex" in kind for kind in types):
        raise Refusal("FMT-46")
    if not any(kind.endswith(_MAIN_TYPE) for kind in types):
        raise Refusal("FMT-01")
    for key in package.members:
        if key.endswith(".rels"):
            parse_part(package, key, Handlers(relation))
