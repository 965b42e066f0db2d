"""Looks at one part of a package while it is inflated: its root, its size, and what its tags tell of its content."""

from __future__ import annotations

import re
from xml.parsers import expat

from schemas.xlsx.cell_scan import Array, PartScan, scan_cells, scan_strings
from schemas.xlsx.refusal import MAX_CELL_ELEMENTS, MAX_SHARED_STRINGS, MIB, Refusal, local_name

OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_CARRY = 64 * 1024
_MAX_PROLOG = 1 * MIB
# What could hide a false start of a text: comments, instructions, "<" inside an attribute.
_HIDING = re.compile(rb"=\s*(?:\"[^\"<]*<|'[^'<]*<)")
_DECLARATION = 5
_LINK_TO_PROGRAM = re.compile(rb"<(?:[^<>:/\s]*+:)?(?:ddeLink|oleLink)[\s/>]")


def is_read(key: str) -> bool:
    """Whether a reader of cells may look at the part of this name (in lower case)."""
    return key.startswith(("xl/", "_rels/", "[content"))


class PartScanner:
    """Looks at one part as it is inflated; the rest of the last tag is carried into the next piece.

    ``uses`` counts, over all parts, how often a cell may mean each shared text.
    """

    def __init__(self, key: str, scan: PartScan, uses: Array) -> None:
        self._key, self._scan, self._uses = key, scan, uses
        self._carry = b""
        self._seen = 0
        self._prolog: _Prolog | None = None

    def feed(self, piece: bytes) -> None:
        """Take the next piece; raises Refusal for what may not be opened."""
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
        if len(carry) > MAX_CARRY:
            scan.is_odd, cut, carry = True, len(text), b""
        self._look(text[:cut] if cut >= 0 else text)
        self._carry = carry

    def close(self) -> None:
        """Take the rest; raises Refusal when the part never began."""
        if self._prolog is None:
            return
        if not self._scan.root and is_read(self._key):
            raise Refusal("FMT-52")
        self._look(self._carry)

    def _begin(self, piece: bytes) -> None:
        if piece.startswith((b"PK\x03\x04", OLE2)):
            raise Refusal("FMT-46")
        if self._key.startswith("xl/media/"):
            return
        if is_read(self._key) and (b"\0" in piece[:4] or piece.startswith((b"\xff\xfe", b"\xfe\xff"))):
            raise Refusal("FMT-52")
        head = piece[:256].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0")
        if head.startswith(b"<") or self._key.endswith((".xml", ".rels", ".vml")):
            self._prolog = _Prolog(self._key)

    def _look(self, text: bytes) -> None:
        scan = self._scan
        if scan.root == "sst":
            scan_strings(text, self._seen, scan)
            start = 0 if self._seen else _DECLARATION
            is_hiding = b"<!" in text or text.find(b"<?", start) >= 0 or _HIDING.search(text) is not None
            scan.is_odd = scan.is_odd or is_hiding
            if len(scan.strings) > MAX_SHARED_STRINGS:
                raise Refusal("FMT-55")
        elif scan.root == "externalLink" and _LINK_TO_PROGRAM.search(text):
            raise Refusal("FMT-46")
        elif scan.root == "worksheet":
            scan_cells(text, scan, self._uses)
            if scan.cells > MAX_CELL_ELEMENTS:
                raise Refusal("FMT-55")
        self._seen += len(text)


class _RootFound(Exception):
    pass


class _Prolog:
    """Reads up to the first element: a DTD can stand nowhere else."""

    def __init__(self, key: str) -> None:
        # Parts that the reader takes as UTF-8 must be judged as UTF-8, whatever they say about themselves.
        self._key = key
        self._root, self._fed = "", 0
        self._parser = expat.ParserCreate("utf-8" if is_read(key) else None)
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._element

    def feed(self, piece: bytes) -> str:
        """Return the local name of the root, or '' while it has not come yet."""
        for at in range(0, len(piece), MAX_CARRY):
            part = piece[at : at + MAX_CARRY]
            try:
                self._parser.Parse(part, False)
            except _RootFound:
                return self._root
            except (expat.ExpatError, LookupError):
                raise Refusal("FMT-52") from None
            self._fed += len(part)
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
