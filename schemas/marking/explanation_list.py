"""The prepared list on the sheet 説明, filled in place."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from schemas.form.sheet_names import EXPLANATION_SHEET
from schemas.marking.addresses import reference_of, text_cell
from schemas.marking.cell_marks import position_of
from schemas.marking.package import Book, EditablePackage, SheetPart, forget_calculation_order, has_formula
from schemas.marking.xml_bytes import (
    Edit,
    Node,
    PackageError,
    appended_bytes,
    attribute_edit,
    attribute_set,
    fragment_of,
    parse_part,
    parsed_around_cells,
    prefix_of,
    splice_bytes,
)
from schemas.xlsx.cell_address import ADDRESS, cell_address, split_address

EXPLANATION_NAME = "explanations_first"


def list_explanations(package: EditablePackage, book: Book, rows: Sequence[Sequence[str | None]]) -> None:
    """Write rows of texts into the prepared list of the sheet 説明, when the workbook has one."""
    part = next((sheet.part for sheet in book.sheets if sheet.name == EXPLANATION_SHEET), None)
    names = parse_part(package.read(book.part)).all("definedName")
    text = next((node.text for node in names if node.attributes.get("name") == EXPLANATION_NAME), "")
    reference = reference_of(text)
    if rows and part and reference and reference[0] == EXPLANATION_SHEET and ADDRESS.fullmatch(reference[1]):
        if has_formula(package, SheetPart(EXPLANATION_SHEET, part)):
            forget_calculation_order(package, book)
        package.put(part, _with_rows(package.read(part), split_address(reference[1]), rows))


def _number_nodes(nodes: Iterable[Node], kind: Literal["row", "column"]) -> Iterator[tuple[int, Node]]:
    """Rows or cells with their numbers; where the address is left out they count on from the one before."""
    last = 0
    for node in nodes:
        at = node.attributes.get("r")
        if at is None:
            last += 1
        else:
            last = node.number("r") if kind == "row" else split_address(at)[1]
        yield last, node


def _with_rows(part: bytes, first: tuple[int, int], rows: Sequence[Sequence[str | None]]) -> bytes:
    """Texts written from the cell `first` on; cells keep their style, new ones copy it from above."""
    root = parse_part(part)
    data = root.child("sheetData")
    if data is None:
        raise PackageError("a sheet part holds no cells")
    existing = dict(_number_nodes(data.children, "row"))
    edits: list[Edit] = []
    added: list[bytes] = []
    above: dict[int, str | None] = {}
    prefix = prefix_of(part, data)
    for number, texts in enumerate(rows, start=first[0]):
        row = existing.get(number)
        cells = dict(_number_nodes(row.children, "column")) if row else {}
        content = _row_content(part, number, first[1], texts, cells, above, prefix)
        if row is not None:
            opening = attribute_set(part[row.start : row.open_end], "spans", None).rstrip(b"/>") + b">"
            edits.append((row.start, row.end, opening + content + f"</{prefix}row>".encode()))
            continue
        new = f'<{prefix}row r="{number}">'.encode() + content + f"</{prefix}row>".encode()
        later = min((n for n in existing if n > number), default=None)
        if later is not None:
            edits.append((existing[later].start, existing[later].start, new))
        else:
            added.append(new)
    if added:
        edits += appended_bytes(part, data, b"".join(added))
    return _widen_dimension(splice_bytes(part, edits), first, rows)


def _row_content(
    part: bytes,
    number: int,
    first_column: int,
    texts: Sequence[str | None],
    cells: Mapping[int, Node],
    above: dict[int, str | None],
    prefix: str,
) -> bytes:
    """The cells of one row: the old ones as they are, the listed columns with their new texts."""
    written = {column: part[node.start : node.end] for column, node in cells.items()}
    for column, text in enumerate(texts, start=first_column):
        style = cells[column].attributes.get("s") if column in cells else above.get(column)
        above[column] = style
        if text is not None:
            written[column] = fragment_of(text_cell(cell_address(number, column), text, style), prefix)
    return b"".join(written[column] for column in sorted(written))


def _widen_dimension(part: bytes, first: tuple[int, int], rows: Sequence[Sequence[str | None]]) -> bytes:
    """The sheet part whose stated dimension covers the written cells: some readers trust it."""
    node = parsed_around_cells(part).child("dimension")
    if node is None:
        return part
    corners = position_of(node.attributes.get("ref", "A1"))
    last = (first[0] + len(rows) - 1, first[1] + max(map(len, rows)) - 1)
    points = (*corners, first, last)
    low = cell_address(min(p[0] for p in points), min(p[1] for p in points))
    high = cell_address(max(p[0] for p in points), max(p[1] for p in points))
    ref = low if low == high else f"{low}:{high}"
    if ref == node.attributes.get("ref"):
        return part
    return splice_bytes(part, [attribute_edit(part, node, "ref", ref)])
