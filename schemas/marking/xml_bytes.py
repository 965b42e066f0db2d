"""XML edited by byte offsets, so that every byte that is not touched stays as it was."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat


class PackageError(ValueError):
    """The bytes are not a workbook package that can be edited."""


Edit = tuple[int, int, bytes]

TAG = re.compile(rb"""<(?:[^>"']|"[^"]*"|'[^']*')*>""")
_ATTRIBUTE = re.compile(rb"""\s+([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_ENCODING = re.compile(r"""(<\?xml[^>]*?encoding\s*=\s*["'])[^"']*""")


@dataclass
class Node:
    """An element: local name, attributes by local name, and where it stands in the bytes."""

    tag: str
    attributes: dict[str, str]
    start: int
    open_end: int
    close_start: int
    end: int
    text: str = ""
    children: list["Node"] = field(default_factory=list)

    @property
    def is_empty_tag(self) -> bool:
        """Whether the element is written as one tag that closes itself."""
        return self.open_end == self.end

    def child(self, tag: str) -> "Node | None":
        """The first element of that name right below this one; None where there is none."""
        return next((node for node in self.children if node.tag == tag), None)

    def all(self, tag: str) -> Iterator["Node"]:
        """Every element of that name below this one, in document order."""
        waiting = self.children[::-1]
        while waiting:
            node = waiting.pop()
            if node.tag == tag:
                yield node
            waiting += node.children[::-1]

    def number(self, attribute: str, default: int = 0) -> int:
        """An attribute that counts something."""
        text = self.attributes.get(attribute, str(default))
        if not re.fullmatch(r"-?[0-9]{1,9}", text):
            raise PackageError(f"{attribute}={text!r} is not a number")
        return int(text)


class _TreeBuilder:
    """Feeds expat and keeps the byte offsets; with a cut, the bytes between its two ends are passed over."""

    def __init__(self, data: bytes, cut: tuple[int, int] | None) -> None:
        self.data, self.cut = data, cut
        self.root = Node("", {}, 0, 0, 0, 0)
        self.open = [self.root]
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.stop
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartDoctypeDeclHandler = self.doctype

    def parse(self) -> Node:
        low, high = self.cut or (len(self.data), len(self.data))
        try:
            self.parser.Parse(self.data[:low], False)
            self.parser.Parse(self.data[high:], True)
        except expat.ExpatError as error:
            raise PackageError(f"a part of the workbook is not well-formed XML: {error}") from error
        return self.root.children[0]

    def position(self) -> int:
        index = self.parser.CurrentByteIndex
        if self.cut is None or index < self.cut[0]:
            return index
        return index + self.cut[1] - self.cut[0]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        start = self.position()
        match = TAG.match(self.data, start)
        if match is None:
            raise PackageError("a part of the workbook is not encoded as UTF-8")
        local = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        node = Node(name.rpartition(" ")[2], local, start, match.end(), match.end(), match.end())
        self.open[-1].children.append(node)
        self.open.append(node)

    def stop(self, _name: str) -> None:
        node = self.open.pop()
        if not self.data.endswith(b"/>", node.start, node.open_end):
            node.close_start = self.position()
            node.end = self.data.index(b">", node.close_start) + 1

    def characters(self, text: str) -> None:
        self.open[-1].text += text

    def doctype(self, *_declaration: object) -> None:
        raise PackageError("a part of the workbook holds a document type declaration")


def parse_part(data: bytes) -> Node:
    """The whole part as a tree."""
    return _TreeBuilder(data, None).parse()


def parsed_around(data: bytes, tag: str) -> Node:
    """A part as a tree without what the one element of that name holds, which is the bulk of it.

    A comment or CDATA section could hold a look-alike of the end tag, so such parts are parsed whole.
    """
    opening = re.search(rb"<((?:[\w.-]+:)?)" + tag.encode() + rb"(?:\s[^>]*)?(?<!/)>", data)
    if opening is None or b"<!--" in data or b"<![CDATA[" in data:
        return parse_part(data)
    closing = data.rfind(b"</" + opening.group(1) + tag.encode())
    if closing < opening.end():
        raise PackageError(f"the element {tag} of a part has no end")
    return _TreeBuilder(data, (opening.end(), closing)).parse()


def parsed_around_cells(data: bytes) -> Node:
    """A sheet part as a tree without its cells."""
    return parsed_around(data, "sheetData")


def as_utf8(data: bytes) -> bytes:
    """The part in UTF-8; OOXML also permits UTF-16, which always starts with its byte order mark."""
    if not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data
    return _ENCODING.sub(r"\g<1>UTF-8", data.decode("utf-16"), count=1).encode()


def splice_bytes(data: bytes, edits: Iterable[Edit]) -> bytes:
    """The bytes with each (start, end) replaced; edits at one place keep their order."""
    pieces: list[bytes] = []
    position = 0
    for start, end, new in sorted(edits, key=lambda edit: edit[:2]):
        pieces += (data[position:start], new)
        position = end
    return b"".join((*pieces, data[position:]))


def prefix_of(data: bytes, node: Node) -> str:
    """The namespace prefix the element is written with, colon included."""
    match = re.match(rb"<((?:[\w.-]+:)?)", data[node.start : node.open_end])
    return match.group(1).decode() if match else ""


def fragment_of(xml: str, prefix: str) -> bytes:
    """New XML, its elements written with the prefix of their neighbours; texts in it are already escaped."""
    return re.sub(r"<(/?)(?=[A-Za-z])", rf"<\1{prefix}", xml).encode()


def append_child(data: bytes, node: Node, xml: str) -> list[Edit]:
    """The edit that makes the XML the last child of the node."""
    return appended_bytes(data, node, fragment_of(xml, prefix_of(data, node)))


def appended_bytes(data: bytes, node: Node, new: bytes) -> list[Edit]:
    """The edit that puts bytes, already written with the node's prefix, at its end."""
    if not node.is_empty_tag:
        return [(node.close_start, node.close_start, new)]
    opening = data[node.start : node.end - 2].rstrip() + b">"
    return [(node.start, node.end, opening + new + f"</{prefix_of(data, node)}{node.tag}>".encode())]


def inserted_after(data: bytes, root: Node, before: Iterable[str], xml: str) -> Edit:
    """The edit that puts XML after the last child of the root whose name is in `before`."""
    names = set(before)
    position = max((node.end for node in root.children if node.tag in names), default=root.open_end)
    return (position, position, fragment_of(xml, prefix_of(data, root)))


def attribute_set(tag: bytes, name: str, value: str | None) -> bytes:
    """The start tag with the attribute changed, put first where it was missing, or removed (None)."""
    new = b"" if value is None else f' {name}="{value}"'.encode()
    for match in _ATTRIBUTE.finditer(tag):
        if match.group(1) == name.encode():
            return tag[: match.start()] + new + tag[match.end() :]
    name_end = re.match(rb"<[^\s/>]+", tag)
    position = name_end.end() if name_end else 0
    return tag[:position] + new + tag[position:]


def attribute_edit(data: bytes, node: Node, name: str, value: str | None) -> Edit:
    """The edit that gives an element's attribute this value, or takes it away where that is None."""
    return (node.start, node.open_end, attribute_set(data[node.start : node.open_end], name, value))


def escape_text(text: str) -> str:
    """Text for an XML text node or attribute; what XML cannot hold is replaced by U+FFFD."""
    text = re.sub("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
