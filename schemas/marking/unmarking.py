"""Taking marks and the result sheet off again, whoever saved the workbook since."""

from collections.abc import Iterable, Iterator, Sequence

from schemas.form.sheet_names import RESULT_SHEET
from schemas.marking.addresses import reference_of
from schemas.marking.cell_marks import without_marks
from schemas.marking.cell_messages import BACK_NAME
from schemas.marking.package import (
    Book,
    EditablePackage,
    drop_parts,
    forget_calculation_order,
    has_formula,
    reachable_parts,
    remove_relations,
    sheet_nodes,
)
from schemas.marking.styles import without_styles
from schemas.marking.xml_bytes import Edit, Node, attribute_edit, attribute_set, parse_part, splice_bytes


def unmark(package: EditablePackage) -> None:
    """Remove from the package what `mark_workbook` put there, except on the sheet of explanations."""
    book = Book.read(package)
    for sheet in book.sheets:
        if sheet.part:
            part = package.read(sheet.part)
            if (clean := without_marks(part)) is not part:
                package.put(sheet.part, clean)
    # While a sheet of ours stays, its cells need our formats.
    if _remove_result_sheet(package, book) and book.styles and package.has(book.styles):
        styles = package.read(book.styles)
        if (clean := without_styles(styles)) is not styles:
            package.put(book.styles, clean)


def _remove_result_sheet(package: EditablePackage, book: Book) -> bool:
    """Remove our defined name, its sheet and the parts only that sheet used; whether a sheet went."""
    workbook = package.read(book.part)
    if BACK_NAME.encode() not in workbook.lower():
        return False
    root = parse_part(workbook)
    ours = [n for n in root.all("definedName") if n.attributes.get("name", "").casefold() == BACK_NAME]
    if not ours:
        return False
    sheets = sheet_nodes(root)
    gone = _result_indexes(ours, sheets)
    before = reachable_parts(package)
    if any(has_formula(package, book.sheets[index]) for index in gone):
        forget_calculation_order(package, book)
    package.put(book.part, _without_sheets(workbook, root, ours, gone))
    remove_relations(package, book, {sheets[index].attributes.get("id", "") for index in gone})
    drop_parts(package, before - reachable_parts(package))
    return bool(gone)


def _result_indexes(ours: Sequence[Node], sheets: Sequence[Node]) -> set[int]:
    """Places of the sheets to remove: those whose own scope has our name, else the one it points to.

    The second only when it is called as we call it, so that no sheet of answers is ever taken for ours; and
    nothing when no other sheet would be left.
    """
    found = {node.number("localSheetId") for node in ours if "localSheetId" in node.attributes}
    found &= set(range(len(sheets)))
    pointed = {reference[0] for node in ours if (reference := reference_of(node.text))}
    names = [node.attributes["name"] for node in sheets]
    found = found or {i for i, n in enumerate(names) if n in pointed and n.startswith(RESULT_SHEET)}
    return found if len(found) < len(sheets) else set()


def _without_sheets(workbook: bytes, root: Node, ours: Sequence[Node], gone: set[int]) -> bytes:
    """The workbook part without some sheets and every number that counts sheets brought back."""
    sheets = sheet_nodes(root)
    edits: list[Edit] = [(sheets[index].start, sheets[index].end, b"") for index in gone]
    dropped: list[Node] = []
    for node in root.all("definedName"):
        index = node.number("localSheetId", -1)
        if index in gone or node in ours:
            dropped.append(node)
        elif moved := sum(other < index for other in gone):
            edits.append(attribute_edit(workbook, node, "localSheetId", str(index - moved)))
    left = [node for index, node in enumerate(sheets) if index not in gone]
    views = root.all("workbookView") if gone else ()
    return splice_bytes(workbook, [*edits, *_names_removed(root, dropped), *_view_edits(workbook, views, left, gone)])


def _view_edits(workbook: bytes, views: Iterable[Node], left: Sequence[Node], gone: set[int]) -> Iterator[Edit]:
    """Edits that keep each view on the sheet it showed, or on the first visible one of those left."""
    visible = (i for i, node in enumerate(left) if node.attributes.get("state", "visible") == "visible")
    first_visible = next(visible, 0)
    for view in views:
        active = view.number("activeTab")
        active = first_visible if active in gone else active - sum(index < active for index in gone)
        # We write the attribute first where the view had none: there, and only there, zero means none again.
        added = next(iter(view.attributes), "") == "activeTab" and active == 0
        tag = workbook[view.start : view.open_end]
        tag = attribute_set(tag, "activeTab", None if added else str(active))
        if view.number("firstSheet") >= len(left):
            tag = attribute_set(tag, "firstSheet", None)
        yield (view.start, view.open_end, tag)


def _names_removed(root: Node, gone: Sequence[Node]) -> list[Edit]:
    """Edits that remove defined names, the list itself when nothing is left in it."""
    names = root.child("definedNames")
    if names is not None and len(gone) == len(names.children):
        return [(names.start, names.end, b"")]
    return [(node.start, node.end, b"") for node in gone]
