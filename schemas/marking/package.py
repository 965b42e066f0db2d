"""The members of a workbook package: what is put or dropped differs in what is saved, and nothing else."""

import io
import posixpath
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from schemas.marking.xml_bytes import (
    Node,
    PackageError,
    append_child,
    as_utf8,
    parse_part,
    parsed_around,
    splice_bytes,
)

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml."

# What zipfile raises for damaged, encrypted or unknown members (NotImplementedError is a RuntimeError).
_UNREADABLE = (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, UnicodeDecodeError)


class EditablePackage:
    """The members of a zip package; only what is put or dropped differs in what is saved.

    ``inflated`` holds pieces of members that were inflated and judged before, by name in lower case.
    """

    def __init__(self, data: bytes, inflated: Mapping[str, Sequence[bytes]] | None = None) -> None:
        self.data = data
        self.inflated = inflated or {}
        try:
            self.zip = zipfile.ZipFile(io.BytesIO(data))
        except _UNREADABLE as error:
            raise PackageError("the file is not a zip package") from error
        self.names = {info.filename.casefold(): info.filename for info in self.zip.infolist()}
        self.changed: dict[str, bytes] = {}
        self.dropped: set[str] = set()

    @property
    def is_changed(self) -> bool:
        """Whether any part was written or dropped."""
        return bool(self.changed or self.dropped)

    def has(self, name: str) -> bool:
        """Whether a member of that name is there; part names do not differ by case."""
        return name.casefold() in self.names and self.names[name.casefold()] not in self.dropped

    def read(self, name: str) -> bytes:
        """The uncompressed bytes of a member, in UTF-8."""
        if not self.has(name):
            raise PackageError(f"the workbook has no part {name}")
        stored = self.names[name.casefold()]
        if stored in self.changed:
            return self.changed[stored]
        if (pieces := self.inflated.get(stored.lower())) is not None:
            return as_utf8(b"".join(pieces))
        try:
            return as_utf8(self.zip.read(stored))
        except _UNREADABLE as error:
            raise PackageError(f"the part {name} cannot be read") from error

    def put(self, name: str, data: bytes) -> None:
        """Write a part, in place of one of that name."""
        stored = self.names.setdefault(name.casefold(), name)
        self.dropped.discard(stored)
        self.changed[stored] = data

    def drop(self, name: str) -> None:
        """Leave a part out of what is saved."""
        stored = self.names[name.casefold()]
        self.changed.pop(stored, None)
        self.dropped.add(stored)

    def save(self) -> bytes:
        """The package in its old order, new members last; the very same bytes when nothing changed."""
        if not self.is_changed:
            return self.data
        target = io.BytesIO()
        old = {info.filename: info for info in self.zip.infolist()}
        with zipfile.ZipFile(target, "w") as out:
            for info in old.values():
                if info.filename not in self.dropped:
                    self._write(out, info, info.filename)
            for name in self.changed:
                if name not in old:
                    self._write(out, zipfile.ZipInfo(name), name)
        return target.getvalue()

    def _write(self, out: zipfile.ZipFile, old: zipfile.ZipInfo, name: str) -> None:
        info = zipfile.ZipInfo(name, old.date_time)
        info.compress_type = zipfile.ZIP_DEFLATED if name in self.changed else old.compress_type
        info.external_attr, info.create_system = old.external_attr, 0
        if name in self.changed:
            out.writestr(info, self.changed[name])
            return
        info.file_size = old.file_size
        try:
            with self.zip.open(old) as source, out.open(info, "w") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)
        except _UNREADABLE as error:
            raise PackageError(f"the part {name} cannot be read") from error


@dataclass(frozen=True)
class Relation:
    """A relationship of a part: its id, the last word of its type, and the member it leads to."""

    id: str
    kind: str
    target: str


def relations_path(part: str) -> str:
    """The member that holds the relationships of a part."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def relations_of(package: EditablePackage, part: str) -> list[Relation]:
    """The internal relationships of a part (the package itself: ''), targets as member names."""
    path = relations_path(part)
    if not package.has(path):
        return []
    found = []
    for node in parse_part(package.read(path)).children:
        a = node.attributes
        if a.get("TargetMode") != "External" and {"Id", "Type", "Target"} <= a.keys():
            target = posixpath.normpath(posixpath.join("/", posixpath.dirname(part), a["Target"])).lstrip("/")
            found.append(Relation(a["Id"], a["Type"].rpartition("/")[2], target))
    return found


def reachable_parts(package: EditablePackage) -> set[str]:
    """The members that some chain of relationships leads to, their relationship parts included."""
    seen: set[str] = set()
    waiting = [relation.target for relation in relations_of(package, "")]
    while waiting:
        part = waiting.pop()
        if part not in seen and package.has(part):
            seen |= {part, relations_path(part)}
            waiting += [relation.target for relation in relations_of(package, part)]
    return {package.names[name.casefold()] for name in seen if package.has(name)}


def drop_parts(package: EditablePackage, parts: Iterable[str]) -> None:
    """Remove members and what the content types say about them."""
    gone = set(parts)
    for part in gone:
        package.drop(part)
    types = package.read("[Content_Types].xml")
    named = {f"/{part}".casefold() for part in gone}
    nodes = [n for n in parse_part(types).children if n.attributes.get("PartName", "").casefold() in named]
    package.put("[Content_Types].xml", splice_bytes(types, [(node.start, node.end, b"") for node in nodes]))


def add_part(package: EditablePackage, owner: str, part: str, kind: str, data: bytes) -> str:
    """Add a member related to its owner; `kind` is worksheet or styles. Returns the relationship's id."""
    package.put(part, data)
    types = package.read("[Content_Types].xml")
    entry = f'<Override PartName="/{part}" ContentType="{TYPE}{kind}+xml"/>'
    package.put("[Content_Types].xml", splice_bytes(types, append_child(types, parse_part(types), entry)))
    path = relations_path(owner)
    relations = package.read(path)
    root = parse_part(relations)
    used = {node.attributes.get("Id") for node in root.children}
    identity = next(f"rId{n}" for n in count(1) if f"rId{n}" not in used)
    base = next((n.attributes.get("Type", "") for n in root.children), "").rpartition("/")[0]
    entry = f'<Relationship Id="{identity}" Type="{base}/{kind}" Target="/{part}"/>'
    package.put(path, splice_bytes(relations, append_child(relations, root, entry)))
    return identity


@dataclass(frozen=True)
class SheetPart:
    """A sheet in workbook order; `part` is None for what is no worksheet (a chart sheet, for example)."""

    name: str
    part: str | None


@dataclass(frozen=True)
class Book:
    """The workbook part and its sheets."""

    part: str
    sheets: tuple[SheetPart, ...]
    styles: str | None

    @classmethod
    def read(cls, package: EditablePackage) -> "Book":
        """The workbook of a package. Raises PackageError where there is none, or no sheets."""
        part = next((r.target for r in relations_of(package, "") if r.kind == "officeDocument"), None)
        if part is None:
            raise PackageError("the package holds no workbook")
        relations = relations_of(package, part)
        worksheets = {r.id: r.target for r in relations if r.kind == "worksheet" and package.has(r.target)}
        nodes = sheet_nodes(parsed_around(package.read(part), "definedNames"))
        sheets = tuple(SheetPart(n.attributes["name"], worksheets.get(n.attributes.get("id", ""))) for n in nodes)
        return cls(part, sheets, next((r.target for r in relations if r.kind == "styles"), None))


def sheet_nodes(workbook: Node) -> list[Node]:
    """The elements that name the sheets, in their order. Raises PackageError where there are none."""
    sheets = workbook.child("sheets")
    nodes = [node for node in sheets.children if "name" in node.attributes] if sheets else []
    if not nodes:
        raise PackageError("the workbook has no sheets")
    return nodes


def has_formula(package: EditablePackage, sheet: SheetPart) -> bool:
    """Whether any cell of the sheet holds a formula."""
    return bool(sheet.part and re.search(rb"<(?:[\w.-]+:)?f[\s/>]", package.read(sheet.part)))


def forget_calculation_order(package: EditablePackage, book: Book) -> None:
    """Drop the calculation chain: Excel rebuilds it, but asks for repair when it names a missing formula."""
    chains = [r for r in relations_of(package, book.part) if r.kind == "calcChain" and package.has(r.target)]
    remove_relations(package, book, {relation.id for relation in chains})
    drop_parts(package, [package.names[relation.target.casefold()] for relation in chains])


def remove_relations(package: EditablePackage, book: Book, identities: set[str]) -> None:
    """Take relationships of the workbook part away, by their ids."""
    path = relations_path(book.part)
    relations = package.read(path)
    gone = [node for node in parse_part(relations).children if node.attributes.get("Id") in identities]
    if gone:
        package.put(path, splice_bytes(relations, [(node.start, node.end, b"") for node in gone]))
