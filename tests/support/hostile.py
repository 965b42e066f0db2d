"""Makers of broken, hostile or merely unusual workbooks, built from bytes so that nothing is hidden."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
# The rules by which a file is refused before anything is read of it as a form.
REFUSALS = frozenset({"FMT-01", "FMT-66", "FMT-67", *(f"FMT-{number}" for number in range(40, 57))})
ONE_CELL = '<row r="1"><c r="A1"><v>1</v></c></row>'


def content_types(main: str = MAIN) -> str:
    """Return the part that names the types of the others."""
    return (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{main}"/></Types>'
    )


def relations(targets: Mapping[str, tuple[str, str]]) -> str:
    """Return a relations part from id to (kind, target)."""
    rows = "".join(
        f'<Relationship Id="{identity}" Type="{_REL}/{kind}" Target="{target}"/>'
        for identity, (kind, target) in targets.items()
    )
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<?xml version="1.0"?><Relationships xmlns="{namespace}">{rows}</Relationships>'


def sheet(rows: str, after: str = "") -> str:
    """Return a worksheet part with these rows."""
    return f'<?xml version="1.0"?><worksheet xmlns="{_NS}"><sheetData>{rows}</sheetData>{after}</worksheet>'


def workbook_part(sheets: int = 1, more: str = "") -> str:
    """Return a workbook part with sheets S1, S2, ..."""
    rows = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="rId{n}"/>' for n in range(1, sheets + 1))
    head = f'<?xml version="1.0"?><workbook xmlns="{_NS}" xmlns:r="{_REL}">'
    return f"{head}<sheets>{rows}</sheets>{more}</workbook>"


def parts(rows: str = ONE_CELL, strings: str | None = None, sheets: int = 1) -> dict[str, str | bytes]:
    """Return the parts of a plain workbook whose sheets all hold the given rows."""
    found: dict[str, str | bytes] = {
        "[Content_Types].xml": content_types(),
        "_rels/.rels": relations({"rId1": ("officeDocument", "xl/workbook.xml")}),
        "xl/workbook.xml": workbook_part(sheets),
        "xl/_rels/workbook.xml.rels": relations(
            {f"rId{n}": ("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, sheets + 1)}
        ),
    }
    for number in range(1, sheets + 1):
        found[f"xl/worksheets/sheet{number}.xml"] = sheet(rows)
    if strings is not None:
        found["xl/sharedStrings.xml"] = strings
    return found


def shared_strings(*texts: str) -> str:
    """Return a shared strings part."""
    items = "".join(f"<si><t>{text}</t></si>" for text in texts)
    return f'<?xml version="1.0"?><sst xmlns="{_NS}" uniqueCount="{len(texts)}">{items}</sst>'


def package(members: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return out.getvalue()


def packed_zeros(size: int) -> bytes:
    """Return a raw deflate stream of `size` spaces, made without holding them: one packed block, again and again."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = squeeze.compress(b" " * (1 << 20)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    rest = squeeze.compress(b" " * (size % (1 << 20))) + squeeze.flush()
    return block * (size >> 20) + rest


def raw_zip(entries: list[tuple[bytes, bytes, int, int, int]]) -> bytes:
    """Return a zip of (name, packed bytes, method, stated size, crc), believing whatever is stated."""
    body, directory = bytearray(), bytearray()
    for name, packed, method, size, crc in entries:
        sizes = (method, 0, 33, crc, len(packed), size, len(name), 0)
        at = len(body)
        body += struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, *sizes) + name + packed
        directory += struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, *sizes, 0, 0, 0, 0, at) + name
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, len(entries), len(entries), len(directory), len(body), 0)
    return bytes(body + directory + end)


def stored(members: Mapping[str, str | bytes]) -> list[tuple[bytes, bytes, int, int, int]]:
    """Return honest entries for `raw_zip`."""
    entries = []
    for name, content in members.items():
        raw = content.encode() if isinstance(content, str) else content
        entries.append((name.encode(), raw, 0, len(raw), zlib.crc32(raw)))
    return entries


def bomb(size: int, stated: int | None = None) -> bytes:
    """Return a workbook with an extra member that inflates to `size` bytes and states another size."""
    extra = (b"xl/extra.bin", packed_zeros(size), 8, size if stated is None else stated, 0)
    return raw_zip([*stored(parts()), extra])


def ole2(stream: str) -> bytes:
    """Return the beginning of an OLE2 file that names one stream."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.encode("utf-16-le") + bytes(1024)


def with_dtd(part: str, declaration: str) -> bytes:
    """Return a workbook with a document type declaration in one part."""
    found = parts()
    text = found[part]
    assert isinstance(text, str)
    return package({**found, part: text.replace("?>", "?>" + declaration, 1)})


def moved(data: bytes, names: Mapping[str, str], separator: str = "/") -> bytes:
    """Return a workbook with parts under other names, in every part that names them too."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info)
            name = names.get(info.filename, info.filename)
            if name.endswith((".rels", "[Content_Types].xml")):
                for before, after in names.items():
                    content = content.replace(f'"/{before}"'.encode(), f'"/{after}"'.encode())
                    content = content.replace(f'"{before}"'.encode(), f'"/{after}"'.encode())
                    content = content.replace(f'"{before.removeprefix("xl/")}"'.encode(), f'"/{after}"'.encode())
            entry = zipfile.ZipInfo("x")
            entry.filename = name.replace("/", separator)
            new.writestr(entry, content, compress_type=zipfile.ZIP_DEFLATED)
    return out.getvalue()
