"""Marks a filled workbook in place and takes the marks off again.

The package is edited as bytes: a part that needs no mark is copied as it is, so formulas with their cached
values, charts, pictures, check boxes, sparklines and the user's own sheets survive. Marks are recognised by a
text inside the formula of their conditional format and by one defined name, both of which Excel, LibreOffice
and openpyxl keep when they save.

In this order: XML by byte offsets, the package, marks on cells, styles, the result sheet, taking marks off,
the sheet of explanations.
Nothing here limits sizes: call it on bytes that passed the guard of the intake.
"""

import io
import posixpath
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count
from math import ceil
from typing import Literal
from unicodedata import east_asian_width
from xml.parsers import expat

Severity = Literal["error", "check", "note"]

SEVERITIES: tuple[Severity, ...] = ("error", "check", "note")
RESULT_NAME = "junkan_result"
RESULT_SHEET = "結果"
EXPLANATION_NAME = "explanations_first"
EXPLANATION_SHEET = "説明"

_SIGNATURE = "junkan-mark"
_MARK_FORMULA = f'N("{_SIGNATURE}")=0'
_REFS_PER_RULE = 1_000
# Excel asks for repair above 65,530 hyperlinks on a sheet.
_MAX_LINKS = 65_000
_MAX_TEXT = 32_767
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384


class PackageError(ValueError):
    """The bytes are not a workbook package that can be edited."""


@dataclass(frozen=True)
class MarkedFinding:
    """One finding as the marked workbook shows it; `cells` are addresses such as `B4` or `B4:B9`."""

    id: str
    rule: str
    severity: Severity
    sheet: str | None
    cells: tuple[str, ...]
    message_ja: str
    message_en: str
    remedy_ja: str
    remedy_en: str


def mark_workbook(
    data: bytes,
    findings: Sequence[MarkedFinding],
    *,
    summary: tuple[str, str],
    demo: bool = False,
    explanation_rows: Sequence[Sequence[str | None]] = (),
) -> bytes:
    """Return the workbook with fault cells coloured and a first sheet 結果 that lists every finding.

    Marks that are already there are replaced. `summary` is one sentence in Japanese and in English; `demo`
    adds the words for demonstration data. `explanation_rows` are written from the cell named
    `explanations_first` on the sheet 説明, when the workbook has both: a text fills the cell, an empty text
    clears it, None leaves it. The same input gives the same bytes.

    Raises PackageError for bytes that are no workbook, ValueError for an address that is not one.
    """
    package = _Package(data)
    _unmark(package)
    book = _Book.read(package)
    marks = _cells_by_sheet(findings)
    looks = _add_styles(package, book)
    for sheet in book.sheets:
        if sheet.part and sheet.name in marks:
            package.put(sheet.part, _with_marks(package.read(sheet.part), marks[sheet.name], looks["dxfs"]))
    _list_explanations(package, book, explanation_rows)
    listed = sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))
    _add_result_sheet(package, book, listed, summary, demo, looks["cellXfs"])
    return package.save()


def unmark_workbook(data: bytes) -> bytes:
    """Return the workbook without our marks and our sheet 結果, whoever saved it since.

    The very same bytes come back when there is nothing of ours. What was listed on the sheet 説明 stays,
    because the answers of the user stand beside it. Raises PackageError for bytes that are no workbook.
    """
    package = _Package(data)
    _unmark(package)
    return package.save()


def is_marked(data: bytes) -> bool:
    """Whether the workbook carries a mark or a sheet of ours. Raises PackageError for no workbook."""
    package = _Package(data)
    _unmark(package)
    return package.is_changed


# --- XML by byte offsets

_Edit = tuple[int, int, bytes]

_TAG = re.compile(rb"""<(?:[^>"']|"[^"]*"|'[^']*')*>""")
_ATTRIBUTE = re.compile(rb"""\s+([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_SHEET_DATA = re.compile(rb"<((?:[\w.-]+:)?)sheetData(?:\s[^>]*)?(?<!/)>")
_ENCODING = re.compile(r"""(<\?xml[^>]*?encoding\s*=\s*["'])[^"']*""")


@dataclass
class _Node:
    """An element: local name, attributes by local name, and where it stands in the bytes."""

    tag: str
    attributes: dict[str, str]
    start: int
    open_end: int
    close_start: int
    end: int
    text: str = ""
    children: list["_Node"] = field(default_factory=list)

    @property
    def is_empty_tag(self) -> bool:
        return self.open_end == self.end

    def child(self, tag: str) -> "_Node | None":
        return next((node for node in self.children if node.tag == tag), None)

    def all(self, tag: str) -> Iterator["_Node"]:
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
        self.root = _Node("", {}, 0, 0, 0, 0)
        self.open = [self.root]
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.stop
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartDoctypeDeclHandler = self.doctype

    def parse(self) -> _Node:
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
        match = _TAG.match(self.data, start)
        if match is None:
            raise PackageError("a part of the workbook is not encoded as UTF-8")
        local = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        node = _Node(name.rpartition(" ")[2], local, start, match.end(), match.end(), match.end())
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


def _parse(data: bytes) -> _Node:
    """The whole part as a tree."""
    return _TreeBuilder(data, None).parse()


def _parse_around_cells(data: bytes) -> _Node:
    """A sheet part as a tree without its cells, which are the bulk of it.

    A comment or CDATA section could hold a look-alike of the end tag, so such parts are parsed whole.
    """
    opening = _SHEET_DATA.search(data)
    if opening is None or b"<!--" in data or b"<![CDATA[" in data:
        return _parse(data)
    closing = data.rfind(b"</" + opening.group(1) + b"sheetData")
    if closing < opening.end():
        raise PackageError("the cells of a sheet part have no end")
    return _TreeBuilder(data, (opening.end(), closing)).parse()


def _as_utf8(data: bytes) -> bytes:
    """The part in UTF-8; OOXML also permits UTF-16, which always starts with its byte order mark."""
    if not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data
    return _ENCODING.sub(r"\g<1>UTF-8", data.decode("utf-16"), count=1).encode()


def _splice(data: bytes, edits: Iterable[_Edit]) -> bytes:
    """The bytes with each (start, end) replaced; edits at one place keep their order."""
    pieces: list[bytes] = []
    position = 0
    for start, end, new in sorted(edits, key=lambda edit: edit[:2]):
        pieces += (data[position:start], new)
        position = end
    return b"".join((*pieces, data[position:]))


def _prefix(data: bytes, node: _Node) -> str:
    """The namespace prefix the element is written with, colon included."""
    match = re.match(rb"<((?:[\w.-]+:)?)", data[node.start : node.open_end])
    return match.group(1).decode() if match else ""


def _fragment(xml: str, prefix: str) -> bytes:
    """New XML, its elements written with the prefix of their neighbours; texts in it are already escaped."""
    return re.sub(r"<(/?)(?=[A-Za-z])", rf"<\1{prefix}", xml).encode()


def _appended(data: bytes, node: _Node, xml: str) -> list[_Edit]:
    """The edit that makes the XML the last child of the node."""
    prefix = _prefix(data, node)
    new = _fragment(xml, prefix)
    if not node.is_empty_tag:
        return [(node.close_start, node.close_start, new)]
    opening = data[node.start : node.end - 2].rstrip() + b">"
    return [(node.start, node.end, opening + new + f"</{prefix}{node.tag}>".encode())]


def _inserted_after(data: bytes, root: _Node, before: Iterable[str], xml: str) -> _Edit:
    """The edit that puts XML after the last child of the root whose name is in `before`."""
    names = set(before)
    place = max((node.end for node in root.children if node.tag in names), default=root.open_end)
    return (place, place, _fragment(xml, _prefix(data, root)))


def _attribute_set(tag: bytes, name: str, value: str | None) -> bytes:
    """The start tag with the attribute changed, put first where it was missing, or removed (None)."""
    new = b"" if value is None else f' {name}="{value}"'.encode()
    for match in _ATTRIBUTE.finditer(tag):
        if match.group(1) == name.encode():
            return tag[: match.start()] + new + tag[match.end() :]
    name_end = re.match(rb"<[^\s/>]+", tag)
    place = name_end.end() if name_end else 0
    return tag[:place] + new + tag[place:]


def _attribute_edit(data: bytes, node: _Node, name: str, value: str | None) -> _Edit:
    return (node.start, node.open_end, _attribute_set(data[node.start : node.open_end], name, value))


def _escaped(text: str) -> str:
    """Text for an XML text node or attribute; what XML cannot hold is replaced by U+FFFD."""
    text = re.sub("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


# --- the package


# What zipfile raises for damaged, encrypted or unknown members (NotImplementedError is a RuntimeError).
_UNREADABLE = (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, UnicodeDecodeError)


class _Package:
    """The members of a zip package; only what is put or dropped differs in what is saved."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        try:
            self.zip = zipfile.ZipFile(io.BytesIO(data))
        except _UNREADABLE as error:
            raise PackageError("the file is not a zip package") from error
        self.names = {info.filename.casefold(): info.filename for info in self.zip.infolist()}
        self.changed: dict[str, bytes] = {}
        self.dropped: set[str] = set()

    @property
    def is_changed(self) -> bool:
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
        try:
            return _as_utf8(self.zip.read(stored))
        except _UNREADABLE as error:
            raise PackageError(f"the part {name} cannot be read") from error

    def put(self, name: str, data: bytes) -> None:
        stored = self.names.setdefault(name.casefold(), name)
        self.dropped.discard(stored)
        self.changed[stored] = data

    def drop(self, name: str) -> None:
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
class _Relation:
    id: str
    kind: str
    target: str


def _relations_path(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _relations(package: _Package, part: str) -> list[_Relation]:
    """The internal relationships of a part (the package itself: ''), targets as member names."""
    path = _relations_path(part)
    if not package.has(path):
        return []
    found = []
    for node in _parse(package.read(path)).children:
        a = node.attributes
        if a.get("TargetMode") != "External" and {"Id", "Type", "Target"} <= a.keys():
            target = posixpath.normpath(posixpath.join("/", posixpath.dirname(part), a["Target"])).lstrip("/")
            found.append(_Relation(a["Id"], a["Type"].rpartition("/")[2], target))
    return found


def _reachable(package: _Package) -> set[str]:
    """The members that some chain of relationships leads to, their relationship parts included."""
    seen: set[str] = set()
    waiting = [relation.target for relation in _relations(package, "")]
    while waiting:
        part = waiting.pop()
        if part not in seen and package.has(part):
            seen |= {part, _relations_path(part)}
            waiting += [relation.target for relation in _relations(package, part)]
    return {package.names[name.casefold()] for name in seen if package.has(name)}


def _drop_parts(package: _Package, parts: Iterable[str]) -> None:
    """Remove members and what the content types say about them."""
    gone = set(parts)
    for part in gone:
        package.drop(part)
    types = package.read("[Content_Types].xml")
    named = {f"/{part}".casefold() for part in gone}
    nodes = [n for n in _parse(types).children if n.attributes.get("PartName", "").casefold() in named]
    package.put("[Content_Types].xml", _splice(types, [(node.start, node.end, b"") for node in nodes]))


def _add_part(package: _Package, owner: str, part: str, kind: str, data: bytes) -> str:
    """Add a member related to its owner; `kind` is worksheet or styles. Returns the relationship's id."""
    package.put(part, data)
    types = package.read("[Content_Types].xml")
    entry = f'<Override PartName="/{part}" ContentType="{_TYPE}{kind}+xml"/>'
    package.put("[Content_Types].xml", _splice(types, _appended(types, _parse(types), entry)))
    path = _relations_path(owner)
    relations = package.read(path)
    root = _parse(relations)
    used = {node.attributes.get("Id") for node in root.children}
    identity = next(f"rId{n}" for n in count(1) if f"rId{n}" not in used)
    base = next((n.attributes.get("Type", "") for n in root.children), "").rpartition("/")[0]
    entry = f'<Relationship Id="{identity}" Type="{base}/{kind}" Target="/{part}"/>'
    package.put(path, _splice(relations, _appended(relations, root, entry)))
    return identity


@dataclass(frozen=True)
class _Sheet:
    """A sheet in workbook order; `part` is None for what is no worksheet (a chart sheet, for example)."""

    name: str
    part: str | None


@dataclass(frozen=True)
class _Book:
    """The workbook part and its sheets."""

    part: str
    sheets: tuple[_Sheet, ...]
    styles: str | None

    @classmethod
    def read(cls, package: _Package) -> "_Book":
        part = next((r.target for r in _relations(package, "") if r.kind == "officeDocument"), None)
        if part is None:
            raise PackageError("the package holds no workbook")
        relations = _relations(package, part)
        worksheets = {r.id: r.target for r in relations if r.kind == "worksheet" and package.has(r.target)}
        nodes = _sheet_nodes(_parse(package.read(part)))
        sheets = tuple(_Sheet(n.attributes["name"], worksheets.get(n.attributes.get("id", ""))) for n in nodes)
        return cls(part, sheets, next((r.target for r in relations if r.kind == "styles"), None))


def _sheet_nodes(workbook: _Node) -> list[_Node]:
    sheets = workbook.child("sheets")
    nodes = [node for node in sheets.children if "name" in node.attributes] if sheets else []
    if not nodes:
        raise PackageError("the workbook has no sheets")
    return nodes


# --- addresses and texts

_ADDRESS = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})")
_REFERENCE = re.compile(r"^(?:'((?:[^']|'')+)'|([^'!]+))!(.+)$", re.DOTALL)
# Full-width forms too: a Japanese Excel takes them for the start of a formula when the cell is edited.
_FORMULA_STARTS = tuple("=+-@\t\r＝＋－＠")


def _split(address: str) -> tuple[int, int]:
    """(row, column), 1-based, of one cell address; ValueError when it is none."""
    match = _ADDRESS.fullmatch(address)
    column = 0
    for letter in match.group(1) if match else "":
        column = column * 26 + ord(letter) - 64
    if match is None or column > _LAST_COLUMN or int(match.group(2)) > _LAST_ROW:
        raise ValueError(f"not a cell address: {address!r}")
    return int(match.group(2)), column


def _address(row: int, column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def _reference(text: str) -> tuple[str, str] | None:
    """(sheet, cells without $) of a defined name's formula, None when it points nowhere."""
    match = _REFERENCE.match(text.strip())
    if match is None:
        return None
    name = match.group(1).replace("''", "'") if match.group(1) else match.group(2)
    return name, match.group(3).replace("$", "")


def _quoted(sheet: str) -> str:
    return "'" + sheet.replace("'", "''") + "'"


def _cell(address: str, text: str, style: str | None) -> str:
    """An inline text cell, so that nothing in it can become a formula; empty text gives an empty cell."""
    look = f' s="{style}"' if style is not None else ""
    if not text:
        return f'<c r="{address}"{look}/>'
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"
    text = re.sub("_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)
    return f'<c r="{address}"{look} t="inlineStr"><is><t xml:space="preserve">{_escaped(text)}</t></is></c>'


# --- marks on cells

_BEFORE_FORMATS = (
    "sheetPr",
    "dimension",
    "sheetViews",
    "sheetFormatPr",
    "cols",
    "sheetData",
    "sheetCalcPr",
    "sheetProtection",
    "protectedRanges",
    "scenarios",
    "autoFilter",
    "sortState",
    "dataConsolidate",
    "customSheetViews",
    "mergeCells",
    "phoneticPr",
    "conditionalFormatting",
)


def _cells_by_sheet(findings: Iterable[MarkedFinding]) -> dict[str, dict[Severity, list[str]]]:
    """The references to colour, by sheet and severity, each once and in reading order."""
    found: dict[str, dict[Severity, set[str]]] = {}
    for finding in findings:
        for cell in finding.cells:
            normal = cell.replace("$", "")
            _place(normal)
            if finding.sheet is not None:
                found.setdefault(finding.sheet, {}).setdefault(finding.severity, set()).add(normal)
    return {
        sheet: {severity: sorted(cells, key=_place) for severity, cells in marks.items()}
        for sheet, marks in found.items()
    }


def _place(reference: str) -> tuple[tuple[int, int], ...]:
    """The corners of a reference; ValueError when it is none."""
    first, colon, last = reference.partition(":")
    return (_split(first), _split(last)) if colon else (_split(first),)


def _with_marks(part: bytes, marks: Mapping[Severity, Sequence[str]], first_dxf: int) -> bytes:
    """The sheet part with our conditional formats first in priority and all others moved behind them."""
    rules: list[str] = []
    for number, severity in enumerate(SEVERITIES):
        cells = marks.get(severity, ())
        for low in range(0, len(cells), _REFS_PER_RULE):
            rules.append(
                f'<conditionalFormatting sqref="{" ".join(cells[low : low + _REFS_PER_RULE])}">'
                f'<cfRule type="expression" dxfId="{first_dxf + number}" priority="{len(rules) + 1}">'
                f"<formula>{_escaped(_MARK_FORMULA)}</formula></cfRule></conditionalFormatting>"
            )
    root = _parse_around_cells(part)
    others = list(root.all("cfRule"))
    new = _inserted_after(part, root, _BEFORE_FORMATS, "".join(rules))
    return _splice(part, [*_shifted_priorities(part, others, len(rules)), new])


def _shifted_priorities(part: bytes, rules: Iterable[_Node], by: int) -> list[_Edit]:
    """Edits that move the priorities of rules, those of extensions (x14) too: they share the order."""
    return [
        _attribute_edit(part, rule, "priority", str(int(rule.attributes["priority"]) + by))
        for rule in rules
        if re.fullmatch(r"-?\d+", rule.attributes.get("priority", ""))
    ]


def _is_mark(rule: _Node) -> bool:
    return rule.tag == "cfRule" and any(_SIGNATURE in child.text for child in rule.children)


def _without_marks(part: bytes) -> bytes:
    """The sheet part without our conditional formats; other rules that share a range with one stay."""
    if _SIGNATURE.encode() not in part:
        return part
    root = _parse_around_cells(part)
    gone: list[_Node] = []
    for block in root.all("conditionalFormatting"):
        ours = [rule for rule in block.children if _is_mark(rule)]
        only_ours = ours and all(_is_mark(rule) or rule.tag != "cfRule" for rule in block.children)
        gone += [block] if only_ours else ours
    count_ours = sum(_is_mark(rule) for rule in root.all("cfRule"))
    if not count_ours:
        return part
    others = [rule for rule in root.all("cfRule") if not _is_mark(rule)]
    used = [int(p) for rule in others if (p := rule.attributes.get("priority", "")).isdecimal()]
    by = max(0, min(count_ours, min(used, default=1) - 1))
    edits = [(node.start, node.end, b"") for node in gone]
    return _splice(part, [*edits, *(_shifted_priorities(part, others, -by) if by else ())])


# --- styles

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_HEADER = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml."

_INK: Mapping[Severity, str] = {"error": "FFCE0000", "check": "FF8B3200", "note": "FF0017C1"}
_GROUND: Mapping[Severity, str] = {"error": "FFFDEEEE", "check": "FFFFEEE2", "note": "FFE8F1FE"}
_EDGE: Mapping[Severity, str] = {"error": "FFCE0000", "check": "FFC74700", "note": "FF0017C1"}
# The line differs with the colour, for print in grey and for people who see colours alike.
_LINE: Mapping[Severity, str] = {"error": "thin", "check": "dashed", "note": "dotted"}

_STYLE_ORDER = (
    "numFmts",
    "fonts",
    "fills",
    "borders",
    "cellStyleXfs",
    "cellXfs",
    "cellStyles",
    "dxfs",
    "tableStyles",
    "colors",
    "extLst",
)
_STYLE_DEFAULTS = {
    "fonts": '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>',
    "fills": '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>',
    "borders": '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>',
    "cellStyleXfs": '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>',
    "cellXfs": '<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>',
    "dxfs": '<dxfs count="0"/>',
}


def _font(ink: str, *, size: int = 11, mark: str = "") -> str:
    return (
        f'<font>{mark}<sz val="{size}"/><color rgb="{ink}"/><name val="游ゴシック"/><family val="2"/>'
        '<charset val="128"/></font>'
    )


def _fill(ground: str) -> str:
    solid = f'<fgColor rgb="{ground}"/><bgColor indexed="64"/>'
    return f'<fill><patternFill patternType="solid">{solid}</patternFill></fill>'


def _box(line: str, ink: str) -> str:
    sides = ("left", "right", "top", "bottom")
    return "".join(f'<{side} style="{line}"><color rgb="{ink}"/></{side}>' for side in sides)


_FONTS = (
    _font("FF1A1A1A", size=14, mark="<b/>"),
    _font("FF1A1A1A", mark="<b/>"),
    _font("FF333333"),
    _font("FF00118F", mark="<u/>"),
    *(_font(_INK[severity], mark="<b/>") for severity in SEVERITIES),
)
_FILLS = (_fill("FFE6E6E6"), *(_fill(_GROUND[severity]) for severity in SEVERITIES))
_BORDERS = (f"<border>{_box('thin', 'FF949494')}<diagonal/></border>",)
_DXFS = tuple(
    f'<dxf><font><b/><color rgb="{_INK[severity]}"/></font>'
    f'<fill><patternFill patternType="solid"><bgColor rgb="{_GROUND[severity]}"/></patternFill></fill>'
    f"<border>{_box(_LINE[severity], _EDGE[severity])}</border></dxf>"
    for severity in SEVERITIES
)
# Look of a cell on the result sheet: font, fill and border as numbers in the lists above (None: none).
_LOOKS: Mapping[str, tuple[int, int | None, int | None]] = {
    "title": (0, None, None),
    "plain": (2, None, None),
    "demo": (5, 2, None),
    "head": (1, 0, 0),
    "body": (2, None, 0),
    "guarded": (2, None, 0),
    "link": (3, None, 0),
    "error": (4, 1, 0),
    "check": (5, 2, 0),
    "note": (6, 3, 0),
}


def _formats(fonts: int, fills: int, borders: int) -> tuple[str, ...]:
    """The cell formats of the looks, given how many fonts, fills and borders stand before ours."""
    found = []
    for name, (font, fill, border) in _LOOKS.items():
        fill_id = 0 if fill is None else fills + fill
        border_id = 0 if border is None else borders + border
        wrap = "" if border is None else ' wrapText="1"'
        vertical = "center" if name in ("title", "head", "plain", "demo") else "top"
        # A formula-like text becomes a formula when somebody edits the cell, unless it has the quote prefix.
        quote = ' quotePrefix="1"' if name == "guarded" else ""
        found.append(
            f'<xf numFmtId="0" fontId="{fonts + font}" fillId="{fill_id}" borderId="{border_id}" xfId="0"'
            f'{quote} applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1">'
            f'<alignment vertical="{vertical}"{wrap}/></xf>'
        )
    return tuple(found)


def _our_styles(before: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
    """Everything we add to the styles part, by list, given the length of each list before it."""
    formats = _formats(before["fonts"], before["fills"], before["borders"])
    return {"fonts": _FONTS, "fills": _FILLS, "borders": _BORDERS, "cellXfs": formats, "dxfs": _DXFS}


def _add_styles(package: _Package, book: _Book) -> dict[str, int]:
    """Append our styles; returns the number of the first one in each list."""
    if book.styles is None or not package.has(book.styles):
        # Where some readers look for styles without following the relationship.
        part = posixpath.join(posixpath.dirname(book.part), "styles.xml")
        empty = f'{_HEADER}<styleSheet xmlns="{_main_namespace(package, book)}"></styleSheet>'
        _add_part(package, book.part, part, "styles", empty.encode())
        book = _Book.read(package)
    assert book.styles is not None
    styles = _completed(package.read(book.styles))
    root = _parse(styles)
    lists = {node.tag: node for node in root.children if node.tag in _STYLE_DEFAULTS}
    before = {tag: len(node.children) for tag, node in lists.items()}
    for tag, new in _our_styles(before).items():
        node = _parse(styles).child(tag)
        assert node is not None
        styles = _extended(styles, node, new)
    package.put(book.styles, styles)
    return before


def _extended(styles: bytes, node: _Node, new: Sequence[str]) -> bytes:
    """The styles part with entries appended to one list and its count brought up to date."""
    styles = _splice(styles, _appended(styles, node, "".join(new)))
    opening = _TAG.match(styles, node.start)
    if opening is None or "count" not in node.attributes:
        return styles
    count = str(len(node.children) + len(new))
    return _splice(styles, [(*opening.span(), _attribute_set(opening.group(), "count", count))])


def _completed(styles: bytes) -> bytes:
    """The styles part with every list that we add to, each in its place."""
    for tag, default in _STYLE_DEFAULTS.items():
        root = _parse(styles)
        if root.child(tag) is None:
            before = _STYLE_ORDER[: _STYLE_ORDER.index(tag)]
            styles = _splice(styles, [_inserted_after(styles, root, before, default)])
    return styles


def _without_styles(styles: bytes) -> bytes:
    """The styles part without ours, where they still stand last as we wrote them.

    After another program saved the file they are mixed with the rest; unused, they do no harm there.
    """
    root = _parse(styles)
    lists = {node.tag: node for node in root.children if node.tag in _STYLE_DEFAULTS}
    own = {tag: len(new) for tag, new in _our_styles(dict.fromkeys(_STYLE_DEFAULTS, 0)).items()}
    if any(tag not in lists or len(lists[tag].children) < count for tag, count in own.items()):
        return styles
    before = {tag: len(lists[tag].children) - count for tag, count in own.items()}
    edits: list[_Edit] = []
    for tag, new in _our_styles(before).items():
        node, first = lists[tag], lists[tag].children[before[tag]]
        end = node.children[-1].end
        if styles[first.start : end] != _fragment("".join(new), _prefix(styles, node)):
            return styles
        opening = styles[node.start : node.open_end]
        if "count" in node.attributes:
            opening = _attribute_set(opening, "count", str(before[tag]))
        if before[tag]:
            edits += [(node.start, node.open_end, opening), (first.start, end, b"")]
        else:
            edits.append((node.start, node.end, opening[:-1] + b"/>"))
    return _splice(styles, edits)


def _main_namespace(package: _Package, book: _Book) -> str:
    """The main namespace the workbook is written in (the strict form of the standard has another)."""
    strict = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    return strict if strict.encode() in package.read(book.part) else _MAIN


# --- the result sheet

_WORDS: Mapping[Severity, str] = {
    "error": "要修正\nTo correct",
    "check": "要確認\nTo check",
    "note": "参考\nFor information",
}
_TITLE = "確認結果　Results of the check"
_DEMO = "デモデータ / demo data"
_HINTS = (
    "「セル」の列を選択すると、該当する欄に移動します。修正したブックをアップロードしてください。"
    "このシートと色の印は、その際に自動で取り除かれます。",
    "Select an address in the Cell column to go to the field. Upload the corrected workbook; "
    "this sheet and the coloured marks are then removed automatically.",
)
_NOTHING = "該当する項目はありません。\nThere is nothing to list."
_COLUMNS = (
    ("区分\nSeverity", 18),
    ("規則\nRule", 13),
    ("シート\nSheet", 18),
    ("セル\nCell", 16),
    ("内容\nFinding", 56),
    ("対応\nWhat to do", 50),
    ("照会番号\nReference", 18),
)
_HEAD_ROW = 6
_LINE_HEIGHT, _MAX_HEIGHT = 18, 409


def _add_result_sheet(
    package: _Package,
    book: _Book,
    findings: Sequence[MarkedFinding],
    summary: tuple[str, str],
    demo: bool,
    first_format: int,
) -> None:
    """Write the sheet that lists the findings and enter it as the first one of the workbook."""
    looks = {name: str(first_format + number) for number, name in enumerate(_LOOKS)}
    rows, links = _result_rows(findings, summary, demo, looks, {sheet.name for sheet in book.sheets if sheet.part})
    xml = _result_xml(_main_namespace(package, book), rows, links[:_MAX_LINKS], demo)
    stem = posixpath.join(posixpath.dirname(book.part), "worksheets", "sheet")
    part = next(part for n in count(1) if not package.has(part := f"{stem}{n}.xml"))
    relation = _add_part(package, book.part, part, "worksheet", xml.encode())
    taken = {sheet.name.casefold() for sheet in book.sheets}
    names = chain((RESULT_SHEET,), (f"{RESULT_SHEET} ({number})" for number in count(2)))
    name = next(name for name in names if name not in taken)
    package.put(book.part, _with_first_sheet(package.read(book.part), name, relation, len(rows)))


def _result_rows(
    findings: Sequence[MarkedFinding],
    summary: tuple[str, str],
    demo: bool,
    looks: Mapping[str, str],
    sheets: set[str],
) -> tuple[list[str], list[str]]:
    """The rows of the sheet, one for each row from the first on, and its hyperlinks."""
    demo_words = [("", "plain")] * 3 + [(_DEMO, "demo")] if demo else []
    rows = [_row(1, [(_TITLE, "title"), *demo_words], looks, 24)]
    for number, text in enumerate((*summary, *_HINTS), start=2):
        rows.append(_row(number, [(text, "plain")], looks, 18))
    rows.append(_row(_HEAD_ROW, [(head, "head") for head, _ in _COLUMNS], looks, 36))
    links: list[str] = []
    for number, finding in enumerate(findings, start=_HEAD_ROW + 1):
        target = _target(finding, sheets)
        cells = _finding_cells(finding, bool(target))
        rows.append(_row(number, cells, looks, _height([text for text, _ in cells])))
        if target:
            links.append(f'<hyperlink ref="D{number}" location="{_escaped(target)}"/>')
    if not findings:
        empty = [("", "body")] * 4 + [(_NOTHING, "body")] + [("", "body")] * 2
        rows.append(_row(_HEAD_ROW + 1, empty, looks, _height([text for text, _ in empty])))
    return rows, links


def _result_xml(namespace: str, rows: Sequence[str], links: Sequence[str], demo: bool) -> str:
    """The sheet part: rows, widths, frozen head, filter, links and print set-up (A4 landscape)."""
    head, last_row, body = _HEAD_ROW, len(rows), "".join(rows)
    widths = "".join(
        f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>' for n, (_, width) in enumerate(_COLUMNS, start=1)
    )
    last_column = _address(1, len(_COLUMNS)).rstrip("1")
    header = f"<oddHeader>&amp;R{_escaped(_DEMO)}</oddHeader>" if demo else ""
    return (
        f'{_HEADER}<worksheet xmlns="{namespace}">'
        '<sheetPr><tabColor rgb="FF0017C1"/><pageSetUpPr fitToPage="1"/></sheetPr>'
        f'<dimension ref="A1:{last_column}{last_row}"/>'
        '<sheetViews><sheetView showGridLines="0" workbookViewId="0">'
        f'<pane ySplit="{head}" topLeftCell="A{head + 1}" activePane="bottomLeft" state="frozen"/>'
        f'<selection pane="bottomLeft" activeCell="A{head + 1}" sqref="A{head + 1}"/>'
        "</sheetView></sheetViews>"
        f'<sheetFormatPr defaultRowHeight="18.75"/><cols>{widths}</cols><sheetData>{body}</sheetData>'
        f'<autoFilter ref="A{head}:{last_column}{last_row}"/>'
        + (f"<hyperlinks>{''.join(links)}</hyperlinks>" if links else "")
        + '<pageMargins left="0.4" right="0.4" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>'
        '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>'
        f"<headerFooter>{header}<oddFooter>&amp;C&amp;P / &amp;N</oddFooter></headerFooter></worksheet>"
    )


def _height(texts: Iterable[str]) -> int:
    """Points for a row of wrapped texts: LibreOffice does not fit the rows of other programs' files."""
    lines = 1
    for text, (_, width) in zip(texts, _COLUMNS, strict=True):
        needed = (sum(2 if east_asian_width(c) in "WFA" else 1 for c in line) for line in text.splitlines())
        # Words break early and proportional letters run wide, so a line holds less than the column's width.
        lines = max(lines, sum(max(1, ceil(n / (width * 0.9))) for n in needed))
    return min(_MAX_HEIGHT, lines * _LINE_HEIGHT + 4)


def _row(number: int, cells: Sequence[tuple[str, str]], looks: Mapping[str, str], height: int) -> str:
    written = "".join(
        _cell(_address(number, column), text, looks[look])
        for column, (text, look) in enumerate(cells, start=1)
        if text or look != "plain"
    )
    return f'<row r="{number}" ht="{height}" customHeight="1">{written}</row>'


def _finding_cells(finding: MarkedFinding, linked: bool) -> list[tuple[str, str]]:
    """The texts of one finding and their looks, in the order of the columns."""
    texts = (
        finding.rule,
        "ブック全体\nWhole workbook" if finding.sheet is None else finding.sheet,
        _cells_text(finding),
        "\n".join(filter(None, (finding.message_ja, finding.message_en))),
        "\n".join(filter(None, (finding.remedy_ja, finding.remedy_en))),
        finding.id,
    )
    cells = [(text, "guarded" if text.startswith(_FORMULA_STARTS) else "body") for text in texts]
    if linked:
        cells[2] = (cells[2][0], "link")
    return [(_WORDS[finding.severity], finding.severity), *cells]


def _cells_text(finding: MarkedFinding) -> str:
    """Up to three addresses, or the first one and how many more; LibreOffice shows links on one line."""
    if not finding.cells:
        return "" if finding.sheet is None else "シート全体 / Whole sheet"
    if len(finding.cells) <= 3:
        return ", ".join(finding.cells)
    more = len(finding.cells) - 1
    return f"{finding.cells[0]} ほか{more:,}か所 / and {more:,} more"


def _target(finding: MarkedFinding, sheets: set[str]) -> str | None:
    """Where the link of a finding leads: its first cell, or the top of its sheet."""
    if finding.sheet is None or finding.sheet not in sheets:
        return None
    cell = finding.cells[0].replace("$", "") if finding.cells else "A1"
    return f"{_quoted(finding.sheet)}!{cell}"


_BEFORE_NAMES = (
    "fileVersion",
    "fileSharing",
    "workbookPr",
    "AlternateContent",
    "workbookProtection",
    "bookViews",
    "sheets",
    "functionGroups",
    "externalReferences",
    "definedNames",
)


def _with_first_sheet(workbook: bytes, name: str, relation: str, last_row: int) -> bytes:
    """The workbook part with the sheet in front and every number that counts sheets raised by one."""
    root = _parse(workbook)
    sheets = _sheet_nodes(root)
    used = [node.number("sheetId") for node in sheets]
    prefix = re.search(rb"\s([\w.-]+):id\s*=", workbook[sheets[0].start : sheets[0].open_end])
    relations = prefix.group(1).decode() if prefix else "r"
    entry = f'<sheet name="{_escaped(name)}" sheetId="{max(used) + 1}" {relations}:id="{relation}"/>'
    place = sheets[0].start
    edits = [(place, place, _fragment(entry, _prefix(workbook, sheets[0])))]
    for node in root.all("definedName"):
        if "localSheetId" in node.attributes:
            number = str(node.number("localSheetId") + 1)
            edits.append(_attribute_edit(workbook, node, "localSheetId", number))
    for view in root.all("workbookView"):
        number = str(view.number("activeTab") + 1)
        edits.append(_attribute_edit(workbook, view, "activeTab", number))
    if root.child("bookViews") is None:
        views = '<bookViews><workbookView activeTab="1"/></bookViews>'
        before = _BEFORE_NAMES[: _BEFORE_NAMES.index("bookViews")]
        edits.append(_inserted_after(workbook, root, before, views))
    return _splice(workbook, [*edits, *_result_names(workbook, root, _quoted(name), last_row)])


def _result_names(workbook: bytes, root: _Node, sheet: str, last_row: int) -> list[_Edit]:
    """The defined names of the result sheet: its mark, its filter and the rows repeated in print.

    The mark is written twice: the name of the sheet's own scope tells the sheet even when it is renamed or
    its first cell is moved to another sheet.
    """
    ref, head, last = _escaped(sheet), _HEAD_ROW, _address(1, len(_COLUMNS)).rstrip("1")
    names = (
        f'<definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">'
        f"{ref}!$A${head}:${last}${last_row}</definedName>"
        f'<definedName name="_xlnm.Print_Titles" localSheetId="0">{ref}!${head}:${head}</definedName>'
        f'<definedName name="{RESULT_NAME}">{ref}!$A$1</definedName>'
        f'<definedName name="{RESULT_NAME}" localSheetId="0">{ref}!$A$1</definedName>'
    )
    node = root.child("definedNames")
    if node is not None:
        return _appended(workbook, node, names)
    return [_inserted_after(workbook, root, _BEFORE_NAMES, f"<definedNames>{names}</definedNames>")]


# --- taking marks off


def _unmark(package: _Package) -> None:
    """Remove from the package what `mark_workbook` put there, except on the sheet of explanations."""
    book = _Book.read(package)
    for sheet in book.sheets:
        if sheet.part:
            part = package.read(sheet.part)
            if (clean := _without_marks(part)) is not part:
                package.put(sheet.part, clean)
    # While a sheet of ours stays, its cells need our formats.
    if _remove_result_sheet(package, book) and book.styles and package.has(book.styles):
        styles = package.read(book.styles)
        if (clean := _without_styles(styles)) is not styles:
            package.put(book.styles, clean)


def _remove_result_sheet(package: _Package, book: _Book) -> bool:
    """Remove our defined name, its sheet and the parts only that sheet used; whether a sheet went."""
    workbook = package.read(book.part)
    root = _parse(workbook)
    ours = [n for n in root.all("definedName") if n.attributes.get("name", "").casefold() == RESULT_NAME]
    if not ours:
        return False
    sheets = _sheet_nodes(root)
    gone = _result_indexes(ours, sheets)
    before = _reachable(package)
    if any(_has_formula(package, book.sheets[index]) for index in gone):
        _forget_calculation_order(package, book)
    package.put(book.part, _without_sheets(workbook, root, ours, gone))
    _remove_relations(package, book, {sheets[index].attributes.get("id", "") for index in gone})
    _drop_parts(package, before - _reachable(package))
    return bool(gone)


def _result_indexes(ours: Sequence[_Node], sheets: Sequence[_Node]) -> set[int]:
    """Places of the sheets to remove: those whose own scope has our name, else the one it points to.

    The second only when it is called as we call it, so that no sheet of answers is ever taken for ours; and
    nothing when no other sheet would be left.
    """
    found = {node.number("localSheetId") for node in ours if "localSheetId" in node.attributes}
    found &= set(range(len(sheets)))
    pointed = {reference[0] for node in ours if (reference := _reference(node.text))}
    names = [node.attributes["name"] for node in sheets]
    found = found or {i for i, n in enumerate(names) if n in pointed and n.startswith(RESULT_SHEET)}
    return found if len(found) < len(sheets) else set()


def _remove_relations(package: _Package, book: _Book, identities: set[str]) -> None:
    path = _relations_path(book.part)
    relations = package.read(path)
    gone = [node for node in _parse(relations).children if node.attributes.get("Id") in identities]
    if gone:
        package.put(path, _splice(relations, [(node.start, node.end, b"") for node in gone]))


def _has_formula(package: _Package, sheet: _Sheet) -> bool:
    return bool(sheet.part and re.search(rb"<(?:[\w.-]+:)?f[\s/>]", package.read(sheet.part)))


def _forget_calculation_order(package: _Package, book: _Book) -> None:
    """Drop the calculation chain: Excel rebuilds it, but asks for repair when it names a missing formula."""
    chains = [r for r in _relations(package, book.part) if r.kind == "calcChain" and package.has(r.target)]
    _remove_relations(package, book, {relation.id for relation in chains})
    _drop_parts(package, [package.names[relation.target.casefold()] for relation in chains])


def _without_sheets(workbook: bytes, root: _Node, ours: Sequence[_Node], gone: set[int]) -> bytes:
    """The workbook part without some sheets and every number that counts sheets brought back."""
    sheets = _sheet_nodes(root)
    edits: list[_Edit] = [(sheets[index].start, sheets[index].end, b"") for index in gone]
    dropped: list[_Node] = []
    for node in root.all("definedName"):
        index = node.number("localSheetId", -1)
        if index in gone or node in ours:
            dropped.append(node)
        elif moved := sum(other < index for other in gone):
            edits.append(_attribute_edit(workbook, node, "localSheetId", str(index - moved)))
    left = [node for index, node in enumerate(sheets) if index not in gone]
    views = root.all("workbookView") if gone else ()
    return _splice(workbook, [*edits, *_names_removed(root, dropped), *_view_edits(workbook, views, left, gone)])


def _view_edits(workbook: bytes, views: Iterable[_Node], left: Sequence[_Node], gone: set[int]) -> Iterator[_Edit]:
    """Edits that keep each view on the sheet it showed, or on the first visible one of those left."""
    visible = (i for i, node in enumerate(left) if node.attributes.get("state", "visible") == "visible")
    first_visible = next(visible, 0)
    for view in views:
        active = view.number("activeTab")
        active = first_visible if active in gone else active - sum(index < active for index in gone)
        # We write the attribute first where the view had none: there, and only there, zero means none again.
        added = next(iter(view.attributes), "") == "activeTab" and active == 0
        tag = workbook[view.start : view.open_end]
        tag = _attribute_set(tag, "activeTab", None if added else str(active))
        if view.number("firstSheet") >= len(left):
            tag = _attribute_set(tag, "firstSheet", None)
        yield (view.start, view.open_end, tag)


def _names_removed(root: _Node, gone: Sequence[_Node]) -> list[_Edit]:
    """Edits that remove defined names, the list itself when nothing is left in it."""
    names = root.child("definedNames")
    if names is not None and len(gone) == len(names.children):
        return [(names.start, names.end, b"")]
    return [(node.start, node.end, b"") for node in gone]


# --- the sheet of explanations


def _list_explanations(package: _Package, book: _Book, rows: Sequence[Sequence[str | None]]) -> None:
    """Write rows of texts into the prepared list of the sheet 説明, when the workbook has one."""
    part = next((sheet.part for sheet in book.sheets if sheet.name == EXPLANATION_SHEET), None)
    names = _parse(package.read(book.part)).all("definedName")
    text = next((node.text for node in names if node.attributes.get("name") == EXPLANATION_NAME), "")
    reference = _reference(text)
    if rows and part and reference and reference[0] == EXPLANATION_SHEET and _ADDRESS.fullmatch(reference[1]):
        if _has_formula(package, _Sheet(EXPLANATION_SHEET, part)):
            _forget_calculation_order(package, book)
        package.put(part, _with_rows(package.read(part), _split(reference[1]), rows))


def _numbered(nodes: Iterable[_Node], kind: Literal["row", "column"]) -> Iterator[tuple[int, _Node]]:
    """Rows or cells with their numbers; where the address is left out they count on from the one before."""
    last = 0
    for node in nodes:
        at = node.attributes.get("r")
        if at is None:
            last += 1
        else:
            last = node.number("r") if kind == "row" else _split(at)[1]
        yield last, node


def _with_rows(part: bytes, first: tuple[int, int], rows: Sequence[Sequence[str | None]]) -> bytes:
    """Texts written from the cell `first` on; cells keep their style, new ones copy it from above."""
    root = _parse(part)
    data = root.child("sheetData")
    if data is None:
        raise PackageError("a sheet part holds no cells")
    existing = dict(_numbered(data.children, "row"))
    edits: list[_Edit] = []
    added: list[bytes] = []
    above: dict[int, str | None] = {}
    prefix = _prefix(part, data)
    for number, texts in enumerate(rows, start=first[0]):
        row = existing.get(number)
        cells = dict(_numbered(row.children, "column")) if row else {}
        content = _row_content(part, number, first[1], texts, cells, above, prefix)
        if row is not None:
            opening = _attribute_set(part[row.start : row.open_end], "spans", None).rstrip(b"/>") + b">"
            edits.append((row.start, row.end, opening + content + f"</{prefix}row>".encode()))
            continue
        new = f'<{prefix}row r="{number}">'.encode() + content + f"</{prefix}row>".encode()
        later = min((n for n in existing if n > number), default=None)
        if later is not None:
            edits.append((existing[later].start, existing[later].start, new))
        else:
            added.append(new)
    if added:
        edits += _appended_bytes(part, data, b"".join(added))
    return _widened(_splice(part, edits), first, rows)


def _appended_bytes(part: bytes, data: _Node, new: bytes) -> list[_Edit]:
    if not data.is_empty_tag:
        return [(data.close_start, data.close_start, new)]
    closing = f"</{_prefix(part, data)}sheetData>".encode()
    return [(data.start, data.end, part[data.start : data.end - 2].rstrip() + b">" + new + closing)]


def _row_content(
    part: bytes,
    number: int,
    first_column: int,
    texts: Sequence[str | None],
    cells: Mapping[int, _Node],
    above: dict[int, str | None],
    prefix: str,
) -> bytes:
    """The cells of one row: the old ones as they are, the listed columns with their new texts."""
    written = {column: part[node.start : node.end] for column, node in cells.items()}
    for column, text in enumerate(texts, start=first_column):
        style = cells[column].attributes.get("s") if column in cells else above.get(column)
        above[column] = style
        if text is not None:
            written[column] = _fragment(_cell(_address(number, column), text, style), prefix)
    return b"".join(written[column] for column in sorted(written))


def _widened(part: bytes, first: tuple[int, int], rows: Sequence[Sequence[str | None]]) -> bytes:
    """The sheet part whose stated dimension covers the written cells: some readers trust it."""
    node = _parse_around_cells(part).child("dimension")
    if node is None:
        return part
    corners = _place(node.attributes.get("ref", "A1"))
    last = (first[0] + len(rows) - 1, first[1] + max(map(len, rows)) - 1)
    points = (*corners, first, last)
    low = _address(min(p[0] for p in points), min(p[1] for p in points))
    high = _address(max(p[0] for p in points), max(p[1] for p in points))
    ref = low if low == high else f"{low}:{high}"
    if ref == node.attributes.get("ref"):
        return part
    return _splice(part, [_attribute_edit(part, node, "ref", ref)])
