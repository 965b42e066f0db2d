"""Parts of a workbook that are written in UTF-16, which XML allows, brought into the UTF-8 that every reader takes."""

import re
from collections.abc import Mapping

from schemas.xlsx.part_scan import is_read
from schemas.xlsx.refusal import MAX_STRUCTURE_MIB, MIB, Refusal
from schemas.xlsx.zip_members import Member, first_bytes, inflate, members_of, rewrite_package

_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*\?>")


def package_in_utf8(data: bytes) -> bytes:
    """The same package with the parts that are in UTF-16 in UTF-8; the very bytes where none is.

    Raises Refusal for structure that cannot be read, and where such parts are larger than structure may be.
    """
    members = members_of(data)
    encodings = {
        key: encoding
        for key, member in members.items()
        if is_read(key) and (encoding := _MARKS.get(first_bytes(data, member, 2)))
    }
    if not encodings:
        return data
    names = {key: member.written for key, member in members.items()}
    return rewrite_package(data, members, names, _transcode(data, members, encodings))


def _transcode(data: bytes, members: Mapping[str, Member], encodings: Mapping[str, str]) -> dict[str, bytes]:
    left = MAX_STRUCTURE_MIB * MIB
    found: dict[str, bytes] = {}
    for key, encoding in encodings.items():
        pieces = []
        for piece in inflate(data, members[key]):
            left -= len(piece)
            if left < 0:
                raise Refusal("FMT-55")
            pieces.append(piece)
        try:
            text = b"".join(pieces).decode(encoding)
            found[key] = _DECLARATION.sub("", text.removeprefix("\ufeff"), count=1).encode()
        except UnicodeError:
            raise Refusal("FMT-52") from None
    return found
