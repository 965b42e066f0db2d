"""A workbook whose parts bear other names than Excel gives them, brought under the usual ones.

What a part is, a package says by its relations alone; readers of cells go by names. So the relations are asked once,
before anything else reads the package, and every later reader finds the same parts.
"""

import posixpath
from collections.abc import Iterable, Mapping
from urllib.parse import unquote
from xml.sax.saxutils import quoteattr

from schemas.xlsx.archive_parts import relation
from schemas.xlsx.package_xml import Handlers, limit_nesting, parse_pieces
from schemas.xlsx.refusal import MAX_STRUCTURE_MIB, MIB, Refusal, local_name
from schemas.xlsx.zip_members import Member, inflate, members_of, rewrite_package

TYPES, PACKAGE_RELATIONS = "[content_types].xml", "_rels/.rels"
MAIN = "xl/workbook.xml"
BY_KIND = {"sharedStrings": "xl/sharedStrings.xml", "styles": "xl/styles.xml"}
_OF_WORKBOOKS = ("spreadsheetml.sheet.main+xml", "sheet.macroenabled.main+xml")
_BINARY = "sheet.binary"
_BESIDE = ("xl/", "docprops/", "customxml/", "_rels/")
_RELATIONS_NAMESPACE = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES_NAMESPACE = "http://schemas.openxmlformats.org/package/2006/content-types"
Attributes = Mapping[str, str]


def usual_package(data: bytes) -> bytes:
    """The same workbook with its parts under Excel's names; the very bytes where they are so already.

    Parts are copied as they are packed; only what names them is written anew. Raises Refusal for structure that
    cannot be read. What is no workbook is given back as it is.
    """
    members = members_of(data)
    if TYPES not in members or PACKAGE_RELATIONS not in members:
        return data
    package = _Structure(data, members)
    main = package.main_part()
    if main is None:
        return data
    names = _usual_names(package, main)
    is_usual = all(names[key].lower() == member.written.lower() for key, member in members.items())
    if is_usual and not package.has_odd_targets(main):
        return data
    structure = ((key, _renamed_structure(package, key, names)) for key in members)
    return rewrite_package(data, members, names, {key: part for key, part in structure if part is not None})


class _Structure:
    """The parts of a package that say what the others are, read within the limits for structure in sum."""

    def __init__(self, data: bytes, members: Mapping[str, Member]) -> None:
        self.data, self.members = data, members
        self._left = MAX_STRUCTURE_MIB * MIB

    def elements(self, key: str, *names: str) -> list[tuple[str, Attributes]]:
        """The elements of these names in a part, each with its attributes."""
        found: list[tuple[str, Attributes]] = []

        def start(tag: str, attributes: dict[str, str]) -> None:
            if local_name(tag) in names:
                found.append((local_name(tag), attributes))

        pieces = self._pieces(key)
        if any(b"<!DOCTYPE" in piece for piece in pieces):
            raise Refusal("FMT-53")
        parse_pieces(pieces, limit_nesting(Handlers(start)))
        return found

    def _pieces(self, key: str) -> list[bytes]:
        pieces = []
        for piece in inflate(self.data, self.members[key]):
            self._left -= len(piece)
            if self._left < 0:
                raise Refusal("FMT-55")
            pieces.append(piece)
        return pieces

    def relations(self, source: str) -> list[tuple[Attributes, str, str]]:
        """Of each relation of a part ("": the package): its attributes, kind and target; no target out of it."""
        key = PACKAGE_RELATIONS if not source else _relations_of(source).lower()
        if key not in self.members:
            return []
        rows = []
        for name, attributes in self.elements(key, "Relationship"):
            plain = {**attributes, "Target": attributes.get("Target", "").replace("\\", "/")}
            led = None if plain["Target"].startswith("#") else relation(posixpath.dirname(source), name, plain)
            kind, target = led[1] if led else (attributes.get("Type", "").rpartition("/")[2], "")
            rows.append((attributes, kind, self.part_of(target)))
        return rows

    def part_of(self, name: str) -> str:
        """The name of a part as the package has it: what names it may have blanks and Japanese as %20, %E8."""
        plain = unquote(name)
        return plain if name.lower() not in self.members and plain.lower() in self.members else name

    def has_odd_targets(self, main: str) -> bool:
        """Whether a relation names its part by backslashes, %20 or dots, which readers by name do not take."""
        for key in self.members:
            if key != PACKAGE_RELATIONS and not _is_relations(key):
                continue
            is_above = key in (PACKAGE_RELATIONS, _relations_of(main).lower())
            text = b"".join(self._pieces(key))
            if not is_above and b"\\" not in text and b"%" not in text:
                continue
            led = self.relations("" if key == PACKAGE_RELATIONS else _source_of(key))
            if any(target and _is_odd(attributes.get("Target", ""), is_above) for attributes, _, target in led):
                return True
        return False

    def main_part(self) -> str | None:
        """The part that the package names as its workbook; None where it is no workbook of Excel."""
        targets = [target for _, kind, target in self.relations("") if kind == "officeDocument"]
        if len(targets) != 1 or targets[0].lower() not in self.members:
            return None
        kinds = {"/" + targets[0].lower(): ""}
        for name, attributes in self.elements(TYPES, "Default", "Override"):
            part = "/" + self.part_of(attributes.get("PartName", "").replace("\\", "/").lstrip("/")).lower()
            if name == "Override" and part in kinds:
                kinds[part] = attributes.get("ContentType", "").lower()
        kind = next(iter(kinds.values()))
        if _BINARY in kind:
            raise Refusal("FMT-54")
        return targets[0] if kind.endswith(_OF_WORKBOOKS) else None


def _is_odd(target: str, is_above: bool) -> bool:
    """Below the parts of a workbook "../" is usual; in what leads to the workbook and to its sheets it is not."""
    has_steps = is_above and not {".", ".."}.isdisjoint(target.split("/"))
    return has_steps or "\\" in target or "%" in target


def _relations_of(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _usual_names(package: _Structure, main: str) -> dict[str, str]:
    """The usual name of each part by its own in lower case; every part has one of its own."""
    fixed = {main.lower(): MAIN}
    led = package.relations(main)
    for _, kind, target in led:
        if kind in BY_KIND and target.lower() in package.members:
            fixed.setdefault(target.lower(), BY_KIND[kind])
    folder = posixpath.dirname(main).lower()
    is_elsewhere = folder != "xl"
    needed = {target.lower() for _, _, target in led}
    used = {name.lower() for name in fixed.values()}
    names: dict[str, str] = {}
    for key, member in package.members.items():
        if key in (TYPES, PACKAGE_RELATIONS) or _is_relations(key):
            continue
        name = fixed.get(key) or _free(_below_xl(member.name, folder, is_elsewhere or key in needed), used)
        used.add(name.lower())
        names[key] = name
    for key, member in package.members.items():
        if key not in names:
            source = names.get(_source_of(key), _source_of(key))
            names[key] = _relations_of(source) if _is_relations(key) else member.name
    return names


def _is_relations(key: str) -> bool:
    return key != PACKAGE_RELATIONS and key.endswith(".rels") and posixpath.dirname(key).endswith("_rels")


def _source_of(key: str) -> str:
    """The part whose relations a part holds."""
    folder, name = posixpath.split(key)
    return posixpath.join(posixpath.dirname(folder), name.removesuffix(".rels"))


def _below_xl(name: str, folder: str, is_needed: bool) -> str:
    """The name of a part, below ``xl`` where it stood beside the workbook in another folder or is needed there."""
    key = name.lower()
    if folder not in ("", "xl") and key.startswith(folder + "/"):
        return "xl/" + name[len(folder) + 1 :]
    return "xl/" + name if is_needed and not key.startswith(_BESIDE) else name


def _free(name: str, used: set[str]) -> str:
    """The name, or one beside it where a part that the relations lead to needs it."""
    folder, base = posixpath.split(name)
    number = 0
    while name.lower() in used:
        number += 1
        name = posixpath.join(folder, f"other{number}", base)
    return name


def _renamed_structure(package: _Structure, key: str, names: Mapping[str, str]) -> bytes | None:
    """A part that names others, with their usual names; None for every other part."""
    if key == TYPES:
        rows = []
        for name, attributes in package.elements(key, "Default", "Override"):
            if name == "Override":
                part = package.part_of(attributes.get("PartName", "").replace("\\", "/").lstrip("/"))
                attributes = {**attributes, "PartName": "/" + names.get(part.lower(), part)}
            rows.append((name, attributes))
        return _xml("Types", _TYPES_NAMESPACE, rows)
    if key != PACKAGE_RELATIONS and not _is_relations(key):
        return None
    source = "" if key == PACKAGE_RELATIONS else _source_of(key)
    led = [
        ("Relationship", {**attributes, "Target": "/" + names.get(target.lower(), target)} if target else attributes)
        for attributes, _, target in package.relations(source)
    ]
    return _xml("Relationships", _RELATIONS_NAMESPACE, led)


def _xml(root: str, namespace: str, rows: Iterable[tuple[str, Attributes]]) -> bytes:
    inside = "".join(
        f"<{name}{''.join(f' {key}={quoteattr(value)}' for key, value in attributes.items() if _is_plain(key))}/>"
        for name, attributes in rows
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><{root} xmlns="{namespace}">{inside}</{root}>'.encode()


def _is_plain(attribute: str) -> bool:
    return ":" not in attribute and attribute != "xmlns"
