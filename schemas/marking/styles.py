"""The styles that marks and the result sheet need, added behind those the workbook has."""

import posixpath
from collections.abc import Mapping, Sequence

from schemas.marking.package import Book, EditablePackage, add_part
from schemas.marking.xml_bytes import (
    TAG,
    Edit,
    Node,
    append_child,
    attribute_set,
    fragment_of,
    inserted_after,
    parse_part,
    prefix_of,
    splice_bytes,
)
from schemas.rules.finding import SEVERITIES, Severity

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEADER = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

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
LOOKS: Mapping[str, tuple[int, int | None, int | None]] = {
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
    for name, (font, fill, border) in LOOKS.items():
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


def add_styles(package: EditablePackage, book: Book) -> dict[str, int]:
    """Append our styles; returns the number of the first one in each list."""
    if book.styles is None or not package.has(book.styles):
        # Where some readers look for styles without following the relationship.
        part = posixpath.join(posixpath.dirname(book.part), "styles.xml")
        empty = f'{HEADER}<styleSheet xmlns="{main_namespace(package, book)}"></styleSheet>'
        add_part(package, book.part, part, "styles", empty.encode())
        book = Book.read(package)
    assert book.styles is not None
    styles = _complete_lists(package.read(book.styles))
    root = parse_part(styles)
    lists = {node.tag: node for node in root.children if node.tag in _STYLE_DEFAULTS}
    before = {tag: len(node.children) for tag, node in lists.items()}
    for tag, new in _our_styles(before).items():
        node = parse_part(styles).child(tag)
        assert node is not None
        styles = _extend_list(styles, node, new)
    package.put(book.styles, styles)
    return before


def _extend_list(styles: bytes, node: Node, new: Sequence[str]) -> bytes:
    """The styles part with entries appended to one list and its count brought up to date."""
    styles = splice_bytes(styles, append_child(styles, node, "".join(new)))
    opening = TAG.match(styles, node.start)
    if opening is None or "count" not in node.attributes:
        return styles
    count = str(len(node.children) + len(new))
    return splice_bytes(styles, [(*opening.span(), attribute_set(opening.group(), "count", count))])


def _complete_lists(styles: bytes) -> bytes:
    """The styles part with every list that we add to, each in its place."""
    for tag, default in _STYLE_DEFAULTS.items():
        root = parse_part(styles)
        if root.child(tag) is None:
            before = _STYLE_ORDER[: _STYLE_ORDER.index(tag)]
            styles = splice_bytes(styles, [inserted_after(styles, root, before, default)])
    return styles


def without_styles(styles: bytes) -> bytes:
    """The styles part without ours, where they still stand last as we wrote them.

    After another program saved the file they are mixed with the rest; unused, they do no harm there.
    """
    root = parse_part(styles)
    lists = {node.tag: node for node in root.children if node.tag in _STYLE_DEFAULTS}
    own = {tag: len(new) for tag, new in _our_styles(dict.fromkeys(_STYLE_DEFAULTS, 0)).items()}
    if any(tag not in lists or len(lists[tag].children) < count for tag, count in own.items()):
        return styles
    before = {tag: len(lists[tag].children) - count for tag, count in own.items()}
    edits: list[Edit] = []
    for tag, new in _our_styles(before).items():
        node, first = lists[tag], lists[tag].children[before[tag]]
        end = node.children[-1].end
        if styles[first.start : end] != fragment_of("".join(new), prefix_of(styles, node)):
            return styles
        opening = styles[node.start : node.open_end]
        if "count" in node.attributes:
            opening = attribute_set(opening, "count", str(before[tag]))
        if before[tag]:
            edits += [(node.start, node.open_end, opening), (first.start, end, b"")]
        else:
            edits.append((node.start, node.end, opening[:-1] + b"/>"))
    return splice_bytes(styles, edits)


def main_namespace(package: EditablePackage, book: Book) -> str:
    """The main namespace the workbook is written in (the strict form of the standard has another)."""
    strict = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    return strict if strict.encode() in package.read(book.part) else _MAIN
