"""What may be opened at all: judges the bytes of an uploaded workbook before any reader sees them.

Nothing here trusts a size, count or name that the file states about itself. Every part is inflated in small
pieces, counted as it comes out, and dropped again, so that memory stays flat whatever the file holds.
"""

import re
import struct
import zlib
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from xml.parsers import expat

MIB = 1 << 20
MAX_PACKED_MIB = 20
MAX_UNPACKED_MIB = 400
MAX_RATIO = 200
RATIO_FLOOR = 1 * MIB
MAX_MEMBERS = 1_000
MAX_CELLS = 12_000_000
# Written cells, blank ones with a format included: more take longer to look at than a refusal may take.
MAX_CELL_ELEMENTS = 5_000_000
MAX_SHARED_STRINGS = 2_000_000
MAX_STRUCTURE_MIB = 8
MAX_DEPTH = 64
_CHUNK = 1 * MIB
_MAX_CARRY = 64 * 1024
_MAX_PROLOG = 1 * MIB
_MAX_TOKEN = 4 * MIB

_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_XLS_STREAMS = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
_TEXT_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x19\x1b-\x1f]")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_LOCAL = struct.Struct("<4s5H3I2H")
_END = struct.Struct("<4s4H2IH")

_CELL = re.compile(rb"<c[\s/>]")
_CELL_PREFIXED = re.compile(rb"<[^<>:/\s]++:c[\s/>]")
_FAR = re.compile(rb'<c r="(?![A-Z][1-9][0-9]{0,4}")([A-Z]{1,3})([1-9][0-9]{0,6})"')
_MISSPELT = re.compile(rb'<c r="(?![A-Z]{1,3}[1-9][0-9]{0,6}")')
_SECOND_REFERENCE = re.compile(rb'<c r="[^"<]*"[^<]*?r\s*=')
_FORMULA = re.compile(rb"<f[\s/>]")
_ERROR_CELL = re.compile(rb"t\s*=\s*[\"']e[\"']")
_STRING_ITEM = re.compile(rb"<(?:[^<>:/\s]*+:)?si[\s/>]")
# What could hide a false start of a text: comments, instructions, "<" inside an attribute.
_HIDING = re.compile(rb"=\s*(?:\"[^\"<]*<|'[^'<]*<)")
_DECLARATION = 5
_LINK_TO_PROGRAM = re.compile(rb"<(?:[^<>:/\s]*+:)?(?:ddeLink|oleLink)[\s/>]")


class Refusal(ValueError):
    """The file is not read. `rule` is the id of the text to show, `params` fill the places in that text."""

    def __init__(self, rule: str, params: Mapping[str, str | int] | None = None) -> None:
        super().__init__(rule)
        self.rule = rule
        self.params: dict[str, str | int] = dict(params or {})


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


@dataclass
class PartScan:
    """What one look at the bytes of a part tells, without parsing it.

    `cells`, `filled`, `formulas` are upper limits of the numbers of cell elements, of those with content
    and of formulas; `row`, `column` bound the largest position (1-based); `strings` holds the places where
    shared texts begin; `is_odd` says that the part is written in a way these figures do not cover.
    """

    size: int = 0
    cells: int = 0
    filled: int = 0
    formulas: int = 0
    row: int = 99_999
    column: int = 26
    has_errors: bool = False
    is_odd: bool = False
    root: str = ""
    strings: "array[int]" = field(default_factory=lambda: array("Q"))


@dataclass(frozen=True)
class Package:
    """A package that passed: its bytes, its members and scans by lower-case name."""

    data: bytes
    members: dict[str, Member]
    scans: dict[str, PartScan]

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
    scans = _scan_members(data, members)
    package = Package(data, members, scans)
    _refuse_active_content(package)
    return package


def _rule_for_other_type(data: bytes) -> str:
    if data.startswith(_OLE2):
        if _ENCRYPTED_STREAM in data:
            return "FMT-41"
        return "FMT-42" if any(stream in data for stream in _XLS_STREAMS) else "FMT-01"
    return "FMT-44" if _looks_like_csv(data[:_MAX_CARRY]) else "FMT-01"


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


def _scan_members(data: bytes, members: dict[str, Member]) -> dict[str, PartScan]:
    scans: dict[str, PartScan] = {}
    total = 0
    for key, member in members.items():
        scan = scans[key] = PartScan()
        scanner = _Scanner(key, scan)
        for piece in inflate(data, member):
            total += len(piece)
            if total > MAX_UNPACKED_MIB * MIB:
                raise Refusal("FMT-48", {"limit": MAX_UNPACKED_MIB})
            scanner.feed(piece)
        scanner.close()
    return scans


def _is_read(key: str) -> bool:
    return key.startswith(("xl/", "_rels/", "[content"))


class _Scanner:
    """Looks at one part as it is inflated; the rest of the last tag is carried into the next piece."""

    def __init__(self, key: str, scan: PartScan) -> None:
        self._key, self._scan = key, scan
        self._carry = b""
        self._seen = 0
        self._prolog: _Prolog | None = None

    def feed(self, piece: bytes) -> None:
        scan = self._scan
        if not scan.size:
            self._begin(piece)
        scan.size += len(piece)
        if self._prolog is not None and not scan.root:
            scan.root = self._prolog.feed(piece)
        if self._prolog is None or not self._key.startswith("xl/"):
            return
        text = self._carry + piece
        cut = text.rfind(b"<")
        carry = text[cut:] if cut >= 0 else b""
        if len(carry) > _MAX_CARRY:
            scan.is_odd, cut, carry = True, len(text), b""
        self._look(text[:cut] if cut >= 0 else text)
        self._carry = carry

    def close(self) -> None:
        if self._prolog is None:
            return
        if not self._scan.root and _is_read(self._key):
            raise Refusal("FMT-52")
        self._look(self._carry)

    def _begin(self, piece: bytes) -> None:
        if piece.startswith((b"PK\x03\x04", _OLE2)):
            raise Refusal("FMT-46")
        if self._key.startswith("xl/media/"):
            return
        if _is_read(self._key) and (b"\0" in piece[:4] or piece.startswith((b"\xff\xfe", b"\xfe\xff"))):
            raise Refusal("FMT-52")
        head = piece[:256].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0")
        if head.startswith(b"<") or self._key.endswith((".xml", ".rels", ".vml")):
            self._prolog = _Prolog(self._key)

    def _look(self, text: bytes) -> None:
        scan = self._scan
        if scan.root == "sst":
            scan.strings.extend([self._seen + found.start() for found in _STRING_ITEM.finditer(text)])
            start = 0 if self._seen else _DECLARATION
            is_hiding = b"<!" in text or text.find(b"<?", start) >= 0 or _HIDING.search(text) is not None
            scan.is_odd = scan.is_odd or is_hiding
            if len(scan.strings) > MAX_SHARED_STRINGS:
                raise Refusal("FMT-55")
        elif scan.root == "externalLink" and _LINK_TO_PROGRAM.search(text):
            raise Refusal("FMT-46")
        elif scan.root == "worksheet":
            self._look_for_cells(text)
        self._seen += len(text)

    def _look_for_cells(self, text: bytes) -> None:
        """Count cells. Only the spelling `<c r="A1"` that programs write is understood; the rest is odd."""
        scan = self._scan
        if b":c" in text and _CELL_PREFIXED.search(text):
            scan.is_odd = True
        cells = len(_CELL.findall(text))
        scan.cells += cells
        if not cells and not scan.is_odd:
            return
        is_plain = cells == text.count(b'<c r="') and not _MISSPELT.search(text)
        scan.is_odd = scan.is_odd or not is_plain or _SECOND_REFERENCE.search(text) is not None
        if far := _FAR.findall(text):
            letters, rows = zip(*far, strict=True)
            scan.row = max(scan.row, *map(int, rows))
            scan.column = max(scan.column, *(column_number(each.decode()) for each in set(letters)))
        scan.filled += text.count(b"</c")
        scan.formulas += len(_FORMULA.findall(text)) if b"<f" in text else 0
        scan.has_errors = scan.has_errors or _ERROR_CELL.search(text) is not None
        if scan.cells > MAX_CELL_ELEMENTS:
            raise Refusal("FMT-55")


class _RootFound(Exception):
    pass


class _Prolog:
    """Reads up to the first element: a DTD can stand nowhere else."""

    def __init__(self, key: str) -> None:
        # Parts that the reader takes as UTF-8 must be judged as UTF-8, whatever they say about themselves.
        self._key = key
        self._root, self._fed = "", 0
        self._parser = expat.ParserCreate("utf-8" if _is_read(key) else None)
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._element

    def feed(self, piece: bytes) -> str:
        """Return the local name of the root, or '' while it has not come yet."""
        for at in range(0, len(piece), _MAX_CARRY):
            try:
                self._parser.Parse(piece[at : at + _MAX_CARRY], False)
            except _RootFound:
                return self._root
            except (expat.ExpatError, LookupError):
                raise Refusal("FMT-52") from None
            self._fed += _MAX_CARRY
            if self._fed > _MAX_PROLOG:
                raise Refusal("FMT-52")
        return ""

    def _doctype(self, *_: object) -> None:
        raise Refusal("FMT-53")

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        self._root = local_name(name)
        if self._key == "xl/sharedstrings.xml" and self._root != "sst":
            raise Refusal("FMT-52")
        stated = attributes.get("uniqueCount", "0") if self._root == "sst" else "0"
        # The reader reserves memory for as many texts as the file says there are.
        if not stated.strip().isdecimal() or int(stated[:12]) > MAX_SHARED_STRINGS:
            raise Refusal("FMT-52")
        raise _RootFound


def local_name(name: str) -> str:
    """Return an element's or attribute's name without its prefix."""
    return name.rpartition(":")[2]


def column_number(letters: str) -> int:
    """Return the 1-based number of a column: A is 1, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


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
