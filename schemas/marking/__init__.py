"""Marks a filled workbook in place and takes the marks off again.

The package is edited as bytes: a part that needs no mark is copied as it is, so formulas with their cached
values, charts, pictures, check boxes, sparklines and the user's own sheets survive. Marks are recognised by a
text inside the formula of their conditional format and by one defined name, both of which Excel, LibreOffice
and openpyxl keep when they save.

Nothing here limits sizes: call it on bytes that passed the guard of the intake.
"""

from collections.abc import Mapping, Sequence

from schemas.marking.cell_marks import cells_by_sheet, with_marks
from schemas.marking.cell_messages import messages_by_sheet
from schemas.marking.explanation_list import list_explanations
from schemas.marking.package import Book, EditablePackage
from schemas.marking.result_sheet import add_result_sheet
from schemas.marking.styles import add_styles
from schemas.marking.unmarking import unmark
from schemas.marking.xml_bytes import PackageError
from schemas.rules.finding import SEVERITIES, Finding


def mark_workbook(
    data: bytes,
    findings: Sequence[Finding],
    *,
    summary: tuple[str, str],
    demo: bool = False,
    explanation_rows: Sequence[Sequence[str | None]] = (),
) -> bytes:
    """Return the workbook with a first sheet 結果 that lists every finding, and fault cells coloured that say why.

    Marks that are already there are replaced. `summary` is one sentence in Japanese and in English; `demo`
    adds the words for demonstration data. `explanation_rows` are written from the cell named
    `explanations_first` on the sheet 説明, when the workbook has both: a text fills the cell, an empty text
    clears it, None leaves it. The same input gives the same bytes.

    Raises PackageError for bytes that are no workbook, ValueError for an address that is not one.
    """
    package = EditablePackage(data)
    unmark(package)
    book = Book.read(package)
    marks, messages = cells_by_sheet(findings), messages_by_sheet(findings)
    looks = add_styles(package, book)
    for sheet in book.sheets:
        if sheet.part and sheet.name in marks:
            said = messages.get(sheet.name, {})
            package.put(sheet.part, with_marks(package.read(sheet.part), marks[sheet.name], said, looks["dxfs"]))
    list_explanations(package, book, explanation_rows)
    listed = sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))
    add_result_sheet(package, book, listed, summary, demo, looks["cellXfs"])
    return package.save()


def unmark_workbook(data: bytes, inflated: Mapping[str, Sequence[bytes]] | None = None) -> bytes:
    """Return the workbook without our marks and our sheet 結果, whoever saved it since.

    The very same bytes come back when there is nothing of ours. What was listed on the sheet 説明 stays,
    because the answers of the user stand beside it. ``inflated`` holds the pieces of its parts where the guard kept
    them. Raises PackageError for bytes that are no workbook.
    """
    package = EditablePackage(data, inflated)
    unmark(package)
    return package.save()


__all__ = ["PackageError", "mark_workbook", "unmark_workbook"]
