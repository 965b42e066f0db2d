"""Marks on cells: conditional formats, recognised later by a text inside their formula.

Excel, LibreOffice and openpyxl keep that text when they save.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from schemas.marking.cell_messages import BEFORE_FORMATS, CellMessage, link_edits, message_edits, restoring_edits
from schemas.marking.xml_bytes import (
    Edit,
    Node,
    attribute_edit,
    escape_text,
    inserted_after,
    parsed_around_cells,
    splice_bytes,
)
from schemas.rules.finding import SEVERITIES, Finding, Severity
from schemas.xlsx.cell_address import split_address

_SIGNATURE = "junkan-mark"
_MARK_FORMULA = f'N("{_SIGNATURE}")=0'
_REFS_PER_RULE = 1_000


def cells_by_sheet(findings: Iterable[Finding]) -> dict[str, dict[Severity, list[str]]]:
    """The references to colour, by sheet and severity, each once and in reading order."""
    found: dict[str, dict[Severity, set[str]]] = {}
    for finding in findings:
        for cell in finding.cells:
            normal = cell.replace("$", "")
            position_of(normal)
            if finding.sheet is not None:
                found.setdefault(finding.sheet, {}).setdefault(finding.severity, set()).add(normal)
    return {
        sheet: {severity: sorted(cells, key=position_of) for severity, cells in marks.items()}
        for sheet, marks in found.items()
    }


def position_of(reference: str) -> tuple[tuple[int, int], ...]:
    """The corners of a reference; ValueError when it is none."""
    first, colon, last = reference.partition(":")
    return (split_address(first), split_address(last)) if colon else (split_address(first),)


def with_marks(
    part: bytes, marks: Mapping[Severity, Sequence[str]], messages: Mapping[str, CellMessage], first_dxf: int
) -> bytes:
    """The sheet part with our conditional formats first, all others behind them, messages and the way back."""
    root = parsed_around_cells(part)
    said, kept = message_edits(part, root, messages)
    rules: list[str] = []
    for number, severity in enumerate(SEVERITIES):
        cells = marks.get(severity, ())
        for low in range(0, len(cells), _REFS_PER_RULE):
            rules.append(
                f'<conditionalFormatting sqref="{" ".join(cells[low : low + _REFS_PER_RULE])}">'
                f'<cfRule type="expression" dxfId="{first_dxf + number}" priority="{len(rules) + 1}">'
                f"<formula>{escape_text(_MARK_FORMULA)}</formula></cfRule></conditionalFormatting>"
            )
    for cell, formula in kept:
        rules.append(
            f'<conditionalFormatting sqref="{cell}"><cfRule type="expression" priority="{len(rules) + 1}">'
            f"<formula>{escape_text(formula)}</formula></cfRule></conditionalFormatting>"
        )
    others = list(root.all("cfRule"))
    # Before the form's own: of formats that meet on a cell LibreOffice shows the one that is written first.
    new = inserted_after(part, root, BEFORE_FORMATS, "".join(rules))
    return splice_bytes(part, [*_shifted_priorities(part, others, len(rules)), new, *said, *link_edits(part, root)])


def _shifted_priorities(part: bytes, rules: Iterable[Node], by: int) -> list[Edit]:
    """Edits that move the priorities of rules, those of extensions (x14) too: they share the order."""
    return [
        attribute_edit(part, rule, "priority", str(int(rule.attributes["priority"]) + by))
        for rule in rules
        if re.fullmatch(r"-?\d+", rule.attributes.get("priority", ""))
    ]


def _is_mark(rule: Node) -> bool:
    return rule.tag == "cfRule" and any(_SIGNATURE in child.text for child in rule.children)


def without_marks(part: bytes) -> bytes:
    """The sheet part without our conditional formats; other rules that share a range with one stay."""
    if _SIGNATURE.encode() not in part:
        return part
    root = parsed_around_cells(part)
    gone: list[Node] = []
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
    edits += restoring_edits(part, root, [rule for rule in root.all("cfRule") if _is_mark(rule)])
    return splice_bytes(part, [*edits, *(_shifted_priorities(part, others, -by) if by else ())])
