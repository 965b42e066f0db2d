"""Why a cell is marked, shown when it is chosen, and the way back from a sheet to the list of findings.

A spreadsheet shows one message a cell, that of its validation. So the validation of a marked cell says why; what it
said before is kept in the formula of a conditional format that never applies, and put back when marks are removed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from schemas.dictionary.declaration import Text
from schemas.marking.xml_bytes import (
    Edit,
    Node,
    append_child,
    attribute_edit,
    attribute_set,
    escape_text,
    inserted_after,
)
from schemas.rules.finding import SEVERITIES, Finding, Severity
from schemas.xlsx.cell_address import cell_address, split_address

BACK_NAME = "junkan_result"  # the defined name of the sheet that lists the findings
HEADING = "A1"  # the heading of a sheet, which leads back to the list
_OURS = "junkan-mark"
_KEPT = "junkan-kept:"
_TITLE_LIMIT, _TEXT_LIMIT = 32, 255  # a longer message makes Excel repair the file
_MOST = 1_000  # messages on one sheet
_LITERAL_LIMIT = 200  # a text inside a formula holds 255 characters
_MESSAGE = ("showInputMessage", "promptTitle", "prompt")
SEVERITY_WORDS: Mapping[Severity, Text] = {
    "error": Text(ja="要修正", en="To correct"),
    "check": Text(ja="要確認", en="To check"),
    "note": Text(ja="参考", en="For information"),
}
# A cell with something in it; some programs fill an empty one with the target of its link.
_FILLED_HEADING = re.compile(rb"""<(?:[\w.-]+:)?c\s[^>]*r=["']A1["'](?:[^>]*[^/>])?>""")
_BACK = Text(ja="「結果」の一覧に戻ります", en="Back to the list of findings")
BEFORE_FORMATS = (  # what stands before the conditional formats of a sheet
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr", "sheetProtection",
    "protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate", "customSheetViews", "mergeCells",
    "phoneticPr",
)  # fmt: skip
_BEFORE_VALIDATIONS = (*BEFORE_FORMATS, "conditionalFormatting")
_BEFORE_LINKS = (*_BEFORE_VALIDATIONS, "dataValidations")

Area = tuple[int, int, int, int]  # first row, first column, last row, last column


@dataclass(frozen=True)
class CellMessage:
    """What a cell says when it is chosen."""

    title: str
    text: str


def messages_by_sheet(findings: Iterable[Finding]) -> dict[str, dict[str, CellMessage]]:
    """Sheet -> cell -> the message of its gravest finding; ranges of cells are left to the list."""
    found: dict[str, dict[str, CellMessage]] = {}
    for finding in sorted(findings, key=lambda one: SEVERITIES.index(one.severity)):
        cells = [cell.replace("$", "") for cell in finding.cells if ":" not in cell]
        for cell in cells if finding.sheet is not None else ():
            there = found.setdefault(str(finding.sheet), {})
            if len(there) < _MOST:
                there.setdefault(cell, _message(finding))
    return found


def _message(finding: Finding) -> CellMessage:
    words = SEVERITY_WORDS[finding.severity]
    title = f"{words.ja} / {words.en}"[:_TITLE_LIMIT]
    text = finding.message.ja
    for more in (finding.remedy.ja, finding.message.en, finding.remedy.en):
        if more and len(text) + 1 + len(more) <= _TEXT_LIMIT:
            text = f"{text}\n{more}"
    return CellMessage(title, text if len(text) <= _TEXT_LIMIT else text[: _TEXT_LIMIT - 1] + "…")


# putting messages on --------------------------------------------------------------------------------------------


def message_edits(
    part: bytes, root: Node, messages: Mapping[str, CellMessage]
) -> tuple[list[Edit], list[tuple[str, str]]]:
    """The edits of a sheet part that give cells their messages, and (cell, formula) that keep what they said before."""
    listed = root.child("dataValidations")
    nodes = listed.children if listed is not None else []
    # Newer programs keep some validations among the extensions of a sheet; such cells are left as they are.
    ranges = [child for node in root.all("dataValidation") for child in node.children if child.tag == "sqref"]
    extended = [area for node in ranges for area in _areas(node.text)]
    holders = _holders(nodes, messages)
    edits: list[Edit] = []
    kept: list[tuple[str, str]] = []
    new: list[str] = []
    copies: dict[int, list[str]] = {}
    for cell, message in messages.items():
        if any(_holds(area, cell) for area in extended):
            continue
        number = holders.get(cell)
        if number is None:
            new.append(_own_validation(cell, message))
        else:
            copies.setdefault(number, []).append(cell)
            kept.append((cell, _memory(cell, nodes[number], part)))
    added = len(new)
    for number, cells in copies.items():
        edits += _divided(part, nodes[number], cells, messages)
        rest = _without(nodes[number].attributes["sqref"], cells)
        added += len(cells) if rest else len(cells) - 1
    if listed is None and new:
        block = f'<dataValidations count="{added}">{"".join(new)}</dataValidations>'
        edits.append(inserted_after(part, root, _BEFORE_VALIDATIONS, block))
    elif listed is not None:
        edits += _recounted(part, listed, len(nodes) + added)
        edits += append_child(part, listed, "".join(new)) if new else []
    return edits, kept


def _holders(nodes: Sequence[Node], cells: Iterable[str]) -> dict[str, int]:
    """For each of the cells that has a validation the position of that."""
    single = {node.attributes.get("sqref", ""): number for number, node in enumerate(nodes)}
    wide = [(area, n) for n, node in enumerate(nodes) for area in _areas(node.attributes.get("sqref", ""))]
    wide = [(area, n) for area, n in wide if area[:2] != area[2:]]
    found: dict[str, int] = {}
    for cell in cells:
        number = single.get(cell)
        if number is None:
            number = next((n for area, n in wide if _holds(area, cell)), None)
        if number is None:
            number = next((n for n, node in enumerate(nodes) if cell in node.attributes.get("sqref", "").split()), None)
        if number is not None:
            found[cell] = number
    return found


def _own_validation(cell: str, message: CellMessage) -> str:
    title, text = escape_text(message.title), _attribute(message.text)
    return (
        f'<dataValidation allowBlank="1" showInputMessage="1" errorTitle="{_OURS}" promptTitle="{title}" '
        f'prompt="{text}" sqref="{cell}"/>'
    )


def _divided(part: bytes, node: Node, cells: Sequence[str], messages: Mapping[str, CellMessage]) -> list[Edit]:
    """The validation without the cells, and after it one for each of them; the last cell of one keeps its place."""
    rest = _without(node.attributes["sqref"], cells)
    opening, body = part[node.start : node.open_end], part[node.open_end : node.end]
    written = [_saying(attribute_set(opening, "sqref", cell), messages[cell]) for cell in cells]
    first = attribute_set(opening, "sqref", rest) if rest else written.pop(0)
    copies = b"".join(tag + body for tag in written)
    return [(node.start, node.open_end, first), *([(node.end, node.end, copies)] if copies else [])]


def _saying(tag: bytes, message: CellMessage) -> bytes:
    for name, value in zip(_MESSAGE, ("1", escape_text(message.title), _attribute(message.text)), strict=True):
        tag = attribute_set(tag, name, value)
    return tag


def _attribute(text: str) -> str:
    """Text for an attribute in which the ends of lines survive."""
    return escape_text(text).replace("\n", "&#10;")


def _recounted(part: bytes, listed: Node, count: int) -> list[Edit]:
    if "count" not in listed.attributes or listed.is_empty_tag:
        return []
    return [attribute_edit(part, listed, "count", str(count))]


# what a cell said before ------------------------------------------------------------------------------------------


def _memory(cell: str, node: Node, part: bytes) -> str:
    """The formula, never true, that keeps the range and the message of a validation as they were written."""
    tag = part[node.start : node.open_end]
    raw = [_raw(tag, name) for name in ("sqref", *_MESSAGE)]
    text = _KEPT + json.dumps([cell, *raw], ensure_ascii=False)
    pieces = [text[low : low + _LITERAL_LIMIT] for low in range(0, len(text), _LITERAL_LIMIT)]
    lengths = "+".join('LEN("' + piece.replace('"', '""') + '")' for piece in pieces)
    return f'N("{_OURS}")+{lengths}<0'


def _raw(tag: bytes, name: str) -> str | None:
    """An attribute as it is written; None where it is missing."""
    match = re.search(rb"\s" + name.encode() + rb"""\s*=\s*(?:"([^"]*)"|'([^']*)')""", tag)
    if match is None:
        return None
    return (match.group(1) if match.group(1) is not None else match.group(2)).decode()


@dataclass(frozen=True)
class _Kept:
    """What the validation of a cell was."""

    cell: str
    sqref: str
    message: tuple[str | None, ...]


def _kept(rules: Iterable[Node]) -> Iterator[_Kept]:
    for rule in rules:
        text = "".join(child.text for child in rule.children if child.tag == "formula")
        literals = [found.replace('""', '"') for found in re.findall(r'"((?:[^"]|"")*)"', text)]
        joined = "".join(literals[1:])
        if joined.startswith(_KEPT):
            cell, sqref, *message = json.loads(joined.removeprefix(_KEPT))
            yield _Kept(cell, sqref or "", tuple(message))


def restoring_edits(part: bytes, root: Node, rules: Iterable[Node]) -> list[Edit]:
    """The edits that take messages and links off again; ``rules`` are our conditional formats on the sheet."""
    return [*_restored_validations(part, root, list(_kept(rules))), *_links_removed(root)]


def _restored_validations(part: bytes, root: Node, kept: Sequence[_Kept]) -> list[Edit]:
    listed = root.child("dataValidations")
    if listed is None:
        return []
    ours = [node for node in listed.children if node.attributes.get("errorTitle") == _OURS]
    if len(ours) == len(listed.children):
        return [(listed.start, listed.end, b"")]
    by_range = {node.attributes.get("sqref", ""): node for node in listed.children if node not in ours}
    gone, edits = list(ours), []
    groups: dict[str, list[_Kept]] = {}
    for one in kept:
        groups.setdefault(one.sqref, []).append(one)
    for sqref, group in groups.items():
        cells = [by_range[one.cell] for one in group if one.cell in by_range]
        rest = by_range.get(_without(sqref, [one.cell for one in group]))
        is_whole = rest is not None or not _without(sqref, [one.cell for one in group])
        keeper = rest or min(cells, key=lambda node: node.start, default=None)
        if not is_whole or keeper is None:
            edits += [_restored(part, by_range[one.cell], one, "") for one in group if one.cell in by_range]
            continue
        edits.append(_restored(part, keeper, group[0], sqref))
        gone += [node for node in cells if node is not keeper]
    edits += [(node.start, node.end, b"") for node in gone]
    return [*edits, *(_recounted(part, listed, len(listed.children) - len(gone)) if gone else [])]


def _restored(part: bytes, node: Node, kept: _Kept, sqref: str) -> Edit:
    """The validation with the message that it had, and with the range where one is given."""
    tag = part[node.start : node.open_end]
    for name, value in zip(_MESSAGE, kept.message, strict=True):
        tag = attribute_set(tag, name, value) if _raw(tag, name) != value else tag
    return (node.start, node.open_end, attribute_set(tag, "sqref", sqref) if sqref else tag)


# links back -------------------------------------------------------------------------------------------------------


def link_edits(part: bytes, root: Node) -> list[Edit]:
    """The edit by which the heading of a sheet leads back to the list; none where that is empty or leads elsewhere."""
    listed = root.child("hyperlinks")
    leads_elsewhere = any(_leads(node) for node in (listed.children if listed is not None else []))
    if leads_elsewhere or _FILLED_HEADING.search(part) is None:
        return []
    tip = escape_text(f"{_BACK.ja} / {_BACK.en}")
    link = f'<hyperlink ref="{HEADING}" location="{BACK_NAME}" tooltip="{tip}"/>'
    if listed is None:
        return [inserted_after(part, root, _BEFORE_LINKS, f"<hyperlinks>{link}</hyperlinks>")]
    return append_child(part, listed, link)


def _leads(node: Node) -> bool:
    return any(_holds(area, HEADING) for area in _areas(node.attributes.get("ref", "")))


def _links_removed(root: Node) -> list[Edit]:
    listed = root.child("hyperlinks")
    if listed is None:
        return []
    ours = [node for node in listed.children if BACK_NAME in node.attributes.get("location", "").casefold()]
    if len(ours) == len(listed.children):
        return [(listed.start, listed.end, b"")]
    return [(node.start, node.end, b"") for node in ours]


# ranges -----------------------------------------------------------------------------------------------------------


def _areas(sqref: str) -> list[Area]:
    found = []
    for reference in sqref.replace("$", "").split():
        first, _, last = reference.rpartition("!")[2].partition(":")
        try:
            found.append((*split_address(first), *split_address(last or first)))
        except ValueError:
            continue
    return found


def _holds(area: Area, cell: str) -> bool:
    row, column = split_address(cell)
    return area[0] <= row <= area[2] and area[1] <= column <= area[3]


def _without(sqref: str, cells: Sequence[str]) -> str:
    """The range as references without some of its cells: what is above, left, right and below each of them."""
    areas = _areas(sqref)
    for cell in sorted(cells, key=split_address):
        row, column = split_address(cell)
        left: list[Area] = []
        for area in areas:
            left += _around(area, row, column) if _holds(area, cell) else [area]
        areas = left
    return " ".join(_reference(area) for area in areas)


def _around(area: Area, row: int, column: int) -> list[Area]:
    top, first, bottom, last = area
    pieces = [
        (top, first, row - 1, last),
        (row, first, row, column - 1),
        (row, column + 1, row, last),
        (row + 1, first, bottom, last),
    ]
    return [piece for piece in pieces if piece[0] <= piece[2] and piece[1] <= piece[3]]


def _reference(area: Area) -> str:
    first, last = cell_address(area[0], area[1]), cell_address(area[2], area[3])
    return first if first == last else f"{first}:{last}"
