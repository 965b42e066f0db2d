"""What may be opened at all: judges the bytes of an uploaded workbook before any reader sees them.

Nothing here trusts a size, count or name that the file states about itself. Every part is inflated in small
pieces and counted as it comes out. Those of a file that is small as a whole are kept for its readers; of any other
they are dropped again, so that memory stays flat whatever the file holds.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from schemas.xlsx.cell_scan import Array, PartScan, no_uses
from schemas.xlsx.package_xml import Handlers, limit_nesting, parse_pieces
from schemas.xlsx.part_scan import MAX_CARRY, OLE2, PartScanner, is_read
from schemas.xlsx.refusal import MAX_PACKED_MIB, MAX_STRUCTURE_MIB, MAX_UNPACKED_MIB, MIB, Refusal
from schemas.xlsx.usual_names import usual_package
from schemas.xlsx.utf16_parts import package_in_utf8
from schemas.xlsx.zip_members import Member, inflate, members_of, without_zip64

_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_XLS_STREAMS = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
_IN_ARCHIVES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".csv", ".zip")
_OF_THE_SYSTEM = ("__MACOSX/", ".")
_LONGEST_NAME = 80
_MOST_KEPT = 32 * MIB  # of inflated parts, in sum
_TEXT_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x19\x1b-\x1f]")


@dataclass(frozen=True)
class CheckedPackage:
    """A package that passed: its bytes, its members and scans by lower-case name.

    `uses` counts how often cells hold each whole number, which may stand for the shared text at that place.
    `kept` holds the inflated pieces of each part, or nothing where they are too large to be held.
    """

    data: bytes
    members: dict[str, Member]
    scans: dict[str, PartScan]
    uses: Array
    kept: dict[str, list[bytes]]

    def chunks(self, name: str) -> Iterator[bytes]:
        """Return the inflated bytes of one part in pieces of at most 1 MiB; Refusal when there is none."""
        if (member := self.members.get(name.lower())) is None:
            raise Refusal("FMT-52")
        kept = self.kept.get(name.lower())
        return inflate(self.data, member) if kept is None else iter(kept)

    def size(self, name: str) -> int:
        """The unpacked size of a part in bytes; 0 where there is none."""
        scan = self.scans.get(name.lower())
        return scan.size if scan is not None else 0

    def pieces(self, name: str) -> Iterator[bytes]:
        """The bytes of one part as ``chunks`` gives them; nothing where there is none."""
        return self.chunks(name) if name.lower() in self.members else iter(())


def open_package(data: bytes) -> CheckedPackage:
    """Return the checked package of an .xlsx file, its parts in UTF-8 and under the usual names.

    Raises Refusal unless it is one that is safe to parse.
    Judges type, size, package structure, really inflated sizes, checksums, DTDs, macros, embedded objects.
    The cells are judged by `schemas.xlsx.read_workbook.read_workbook`.
    """
    if not data:
        raise Refusal("FMT-40")
    if len(data) > MAX_PACKED_MIB * MIB:
        raise Refusal("FMT-47", {"size": -(-len(data) // MIB), "limit": MAX_PACKED_MIB})
    if not data.startswith(b"PK\x03\x04"):
        raise Refusal(_rule_for_other_type(data))
    data = usual_package(package_in_utf8(without_zip64(data)))
    members = members_of(data)
    _refuse_other_packages(data, members)
    uses = no_uses()
    package = CheckedPackage(data, members, *_scan_members(data, members, uses))
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


def with_parts(package: CheckedPackage, replaced: Mapping[str, bytes]) -> bytes:
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


def _refuse_other_packages(data: bytes, members: dict[str, Member]) -> None:
    if (kind := members.get("mimetype")) is not None:
        head = next(inflate(data, kind), b"")
        raise Refusal("FMT-43" if head.startswith(b"application/vnd.oasis.opendocument.spr") else "FMT-01")
    if "xl/workbook.bin" in members:
        raise Refusal("FMT-54")
    if "[content_types].xml" not in members:
        _refuse_archive_of_workbooks(members)
    if "[content_types].xml" not in members or "xl/workbook.xml" not in members:
        raise Refusal("FMT-01")
    if any("vbaproject" in name or name.startswith(("xl/macrosheets/", "xl/intlmacro")) for name in members):
        raise Refusal("FMT-45")
    if any(name.startswith(("xl/embeddings/", "xl/activex/")) for name in members):
        raise Refusal("FMT-46")


def _refuse_archive_of_workbooks(members: dict[str, Member]) -> None:
    names = [member.written_name for member in members.values()]
    inside = [name for name in names if name.lower().endswith(_IN_ARCHIVES) and not name.startswith(_OF_THE_SYSTEM)]
    if inside:
        raise Refusal("FMT-66", {"name": inside[0][:_LONGEST_NAME], "count": len(inside)})


def _scan_members(
    data: bytes, members: dict[str, Member], uses: Array
) -> tuple[dict[str, PartScan], Array, dict[str, list[bytes]]]:
    scans: dict[str, PartScan] = {}
    kept: dict[str, list[bytes]] = {}
    total = 0
    for key, member in members.items():
        scan = scans[key] = PartScan()
        scanner = PartScanner(key, scan, uses)
        pieces: list[bytes] = []
        for piece in inflate(data, member):
            total += len(piece)
            if total > MAX_UNPACKED_MIB * MIB:
                raise Refusal("FMT-48", {"limit": MAX_UNPACKED_MIB})
            scanner.feed(piece)
            if total <= _MOST_KEPT:
                pieces.append(piece)
        scanner.close()
        if total <= _MOST_KEPT:
            kept[key] = pieces
    return scans, uses, kept if total <= _MOST_KEPT else {}


def parse_part(package: CheckedPackage, name: str, handlers: Handlers, limit_mib: int = MAX_STRUCTURE_MIB) -> None:
    """Parse one part to its end, calling the handlers.

    Raises Refusal when the part is missing, larger than `limit_mib`, not well-formed, nested without end or
    written as one endless tag.
    """
    parse_flat(package, name, limit_nesting(handlers), limit_mib)


def parse_flat(package: CheckedPackage, name: str, handlers: Handlers, limit_mib: int) -> None:
    """Parse like `parse_part`, but leave it to the handlers to stop at elements nested too deep."""
    scan = package.scans.get(name.lower())
    if scan is not None and scan.size > limit_mib * MIB:
        raise Refusal("FMT-55")
    parse_pieces(package.chunks(name), handlers)


_MAIN_TYPE = "spreadsheetml.sheet.main+xml"
_MACRO_RELATIONS = ("vbaproject", "xlmacrosheet", "xlintlmacrosheet")
_OBJECT_RELATIONS = ("oleobject", "package", "control", "activexcontrolbinary")


def _refuse_active_content(package: CheckedPackage) -> None:
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
