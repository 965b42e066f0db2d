"""The parts of a zip package: what its directory and its own headers agree on, and their bytes as they come out.

Nothing here trusts a size or a name that the file states about itself.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from schemas.xlsx.refusal import MAX_MEMBERS, MAX_RATIO, MAX_UNPACKED_MIB, MIB, RATIO_FLOOR, Refusal

CHUNK = 1 * MIB
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_LOCAL = struct.Struct("<4s5H3I2H")
_END = struct.Struct("<4s4H2IH")
_FIRST_PACKED = 1024
_END_64, _LOCATOR_64 = struct.Struct("<4sQ2H2L4Q"), struct.Struct("<4sLQL")
_FIELD_64, _HELD_64 = 1, 0xFFFF_FFFF  # the extra field of zip64, and what says that a figure stands there
_VERSION, _UTF8, _DEFLATED, _FIRST_DAY = 20, 0x800, 8, 33  # 1 January 1980


@dataclass(frozen=True)
class Member:
    """One part of the package, as its central directory and its own header agree on it.

    ``name`` has slashes between folders, ``written`` what the package has.
    """

    name: str
    written: str
    stored: bool
    crc: int
    packed: int
    size: int
    offset: int
    start: int
    is_zip64: bool = False

    @classmethod
    def of_stored(cls, name: str, content: bytes) -> "Member":
        """A part that holds the content as it is."""
        return cls(name, name, True, zlib.crc32(content), len(content), len(content), 0, 0)

    @property
    def written_name(self) -> str:
        """The name for people: one that is not marked as UTF-8 in the Japanese code page, if it can be that."""
        try:
            return self.written.encode("cp437").decode("cp932")
        except UnicodeError:
            return self.written


def members_of(data: bytes) -> dict[str, Member]:
    """Read the central directory strictly: one directory, at the end, that every local header confirms.

    Two programs that find different parts in the same bytes are the way around every check made here.
    """
    if data.count(b"PK\x01\x02") > MAX_MEMBERS:
        raise Refusal("FMT-49", {"limit": MAX_MEMBERS})
    total, offset, end = _directory(data)
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


def _directory(data: bytes) -> tuple[int, int, int]:
    """How many parts the directory has, where it begins, and where it ends, which is where its end record stands."""
    end = data.rfind(b"PK\x05\x06")
    if end < 0 or end + _END.size > len(data):
        raise Refusal("FMT-52")
    _, disk, start_disk, here, total, length, offset, comment = _END.unpack_from(data, end)
    ends_file = end + _END.size + comment == len(data)
    if _has_locator(data, end):
        _, other_disk, found, disks = _LOCATOR_64.unpack_from(data, end - _LOCATOR_64.size)
        if other_disk or disks != 1 or found + _END_64.size + _LOCATOR_64.size != end:
            raise Refusal("FMT-52")
        end = found
        signature, size, _, _, disk, start_disk, here, total, length, offset = _END_64.unpack_from(data, end)
        if signature != b"PK\x06\x06" or size != _END_64.size - 12:
            raise Refusal("FMT-52")
    if disk or start_disk or here != total or not ends_file or offset + length != end:
        raise Refusal("FMT-52")
    return total, offset, end


def _has_locator(data: bytes, end: int) -> bool:
    """Whether an end record of zip64, which large packages need and some programs always write, comes before."""
    at = end - _LOCATOR_64.size
    return at >= 0 and data[at : at + 4] == b"PK\x06\x07"


def without_zip64(data: bytes) -> bytes:
    """The same package without figures of zip64, which readers take in different ways; the very bytes without any."""
    end = data.rfind(b"PK\x05\x06")
    members = members_of(data)
    if not _has_locator(data, end) and not any(member.is_zip64 for member in members.values()):
        return data
    return rewrite_package(data, members, {key: member.written for key, member in members.items()}, {})


def _figures_64(data: bytes, at: int, extra: int, figures: tuple[int, int, int]) -> tuple[int, int, int]:
    """Size, packed size and place of a part, those of zip64 from its extra field, where they come in this order."""
    held = [figure == _HELD_64 for figure in figures]
    if not any(held):
        return figures
    while extra >= 4:
        kind, length = struct.unpack_from("<HH", data, at)
        if kind == _FIELD_64 and length >= 8 * sum(held) and length + 4 <= extra:
            values = iter(struct.unpack_from(f"<{sum(held)}Q", data, at + 4))
            size, packed, offset = (next(values) if is_held else n for is_held, n in zip(held, figures, strict=True))
            return size, packed, offset
        at, extra = at + 4 + length, extra - 4 - length
    raise Refusal("FMT-52")


def _member(data: bytes, at: int, end: int) -> tuple[Member, int]:
    if at + _CENTRAL.size > end:
        raise Refusal("FMT-52")
    head = _CENTRAL.unpack_from(data, at)
    signature, flags, method, crc, packed, size = head[0], head[3], head[4], head[7], head[8], head[9]
    name_length, extra, comment, offset = head[10], head[11], head[12], head[16]
    raw = data[at + _CENTRAL.size : at + _CENTRAL.size + name_length]
    if at + _CENTRAL.size + name_length + extra > end:
        raise Refusal("FMT-52")
    is_zip64 = _HELD_64 in (size, packed, offset)
    size, packed, offset = _figures_64(data, at + _CENTRAL.size + name_length, extra, (size, packed, offset))
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
    member = Member(name.replace("\\", "/"), name, method == 0, crc, packed, size, offset, start, is_zip64)
    return member, at + _CENTRAL.size + name_length + extra + comment


def _is_unusual(name: str) -> bool:
    return not name or name[0] == "/" or any(mark in name for mark in ":\0") or ".." in name.split("/")


def local_header(member: Member, name: bytes) -> bytes:
    """The header that stands before a part's packed bytes, under another name."""
    method = 0 if member.stored else _DEFLATED
    fields = (_VERSION, _UTF8, method, 0, _FIRST_DAY, member.crc, member.packed, member.size, len(name), 0)
    return _LOCAL.pack(b"PK\x03\x04", *fields)


def central_header(member: Member, name: bytes, offset: int) -> bytes:
    """The row of the directory for a part under another name, whose own header stands at ``offset``."""
    method = 0 if member.stored else _DEFLATED
    fields = (_VERSION, _VERSION, _UTF8, method, 0, _FIRST_DAY, member.crc, member.packed, member.size, len(name))
    return _CENTRAL.pack(b"PK\x01\x02", *fields, 0, 0, 0, 0, 0, offset)


def end_record(count: int, length: int, offset: int) -> bytes:
    """What ends a package whose directory of ``count`` rows and ``length`` bytes stands at ``offset``."""
    return _END.pack(b"PK\x05\x06", 0, 0, count, count, length, offset, 0)


def rewrite_package(
    data: bytes, members: Mapping[str, Member], names: Mapping[str, str], replaced: Mapping[str, bytes]
) -> bytes:
    """The package with each part under its name of ``names``; parts not ``replaced`` are copied as they are packed."""
    body, directory = bytearray(), bytearray()
    for key, member in members.items():
        packed, shown = data[member.start : member.start + member.packed], member
        if (part := replaced.get(key)) is not None:
            packed, shown = part, Member.of_stored(names[key], part)
        name = names[key].encode()
        directory += central_header(shown, name, len(body)) + name
        body += local_header(shown, name) + name + packed
    return bytes(body + directory + end_record(len(names), len(directory), len(body)))


def first_bytes(data: bytes, member: Member, count: int) -> bytes:
    """The first bytes of a part's content, as far as they come out of the first of its packed ones."""
    packed = data[member.start : member.start + min(member.packed, _FIRST_PACKED)]
    if member.stored:
        return packed[:count]
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, count)
    except zlib.error:
        raise Refusal("FMT-52") from None


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


def _pieces(packed: memoryview, stored: bool) -> Iterator[bytes]:
    if stored:
        for at in range(0, len(packed), CHUNK):
            yield bytes(packed[at : at + CHUNK])
        return
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for at in range(0, len(packed), CHUNK):
            rest = bytes(packed[at : at + CHUNK])
            while rest:
                if piece := stream.decompress(rest, CHUNK):
                    yield piece
                rest = stream.unconsumed_tail
        while not stream.eof and (piece := stream.decompress(b"", CHUNK)):
            yield piece
    except zlib.error:
        raise Refusal("FMT-52") from None
    if not stream.eof or stream.unused_data:
        raise Refusal("FMT-52")
