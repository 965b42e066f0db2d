"""The first sheet 結果 of a marked workbook: every finding with a link to its cell."""

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, count
from math import ceil
from unicodedata import east_asian_width

from schemas.dictionary.safe_text import is_formula_like
from schemas.form.headings import two_lines
from schemas.form.sheet_names import RESULT_SHEET
from schemas.marking.addresses import quote_sheet, text_cell
from schemas.marking.cell_messages import BACK_NAME, SEVERITY_WORDS
from schemas.marking.package import Book, EditablePackage, add_part, sheet_nodes
from schemas.marking.styles import HEADER, LOOKS, main_namespace
from schemas.marking.xml_bytes import (
    Edit,
    Node,
    append_child,
    attribute_edit,
    escape_text,
    fragment_of,
    inserted_after,
    parse_part,
    prefix_of,
    splice_bytes,
)
from schemas.rules.finding import Finding
from schemas.xlsx.cell_address import cell_address

# Excel asks for repair above 65,530 hyperlinks on a sheet.
_MAX_LINKS = 65_000
_TITLE = "確認結果　Results of the check"
_DEMO = "デモデータ / demo data"
_HINTS = (
    "「セル」の列を選択すると、該当する欄に移動します。欄を選択すると理由が表示され、シート左上の見出しからこの一覧に"
    "戻ります。修正したブックをアップロードしてください。このシートと色の印は、その際に自動で取り除かれます。",
    "Select an address in the Cell column to go to the field, which says why it is marked; the heading at the top left "
    "of its sheet leads back here. Upload the corrected workbook; this sheet and the marks are then removed.",
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


def add_result_sheet(
    package: EditablePackage,
    book: Book,
    findings: Sequence[Finding],
    summary: tuple[str, str],
    demo: bool,
    first_format: int,
) -> None:
    """Write the sheet that lists the findings and enter it as the first one of the workbook."""
    looks = {name: str(first_format + number) for number, name in enumerate(LOOKS)}
    rows, links = _result_rows(findings, summary, demo, looks, {sheet.name for sheet in book.sheets if sheet.part})
    xml = _result_xml(main_namespace(package, book), rows, links[:_MAX_LINKS], demo)
    stem = posixpath.join(posixpath.dirname(book.part), "worksheets", "sheet")
    part = next(part for n in count(1) if not package.has(part := f"{stem}{n}.xml"))
    relation = add_part(package, book.part, part, "worksheet", xml.encode())
    taken = {sheet.name.casefold() for sheet in book.sheets}
    names = chain((RESULT_SHEET,), (f"{RESULT_SHEET} ({number})" for number in count(2)))
    name = next(name for name in names if name not in taken)
    package.put(book.part, _with_first_sheet(package.read(book.part), name, relation, len(rows)))


def _result_rows(
    findings: Sequence[Finding],
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
            links.append(f'<hyperlink ref="D{number}" location="{escape_text(target)}"/>')
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
    last_column = cell_address(1, len(_COLUMNS)).rstrip("1")
    header = f"<oddHeader>&amp;R{escape_text(_DEMO)}</oddHeader>" if demo else ""
    return (
        f'{HEADER}<worksheet xmlns="{namespace}">'
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
        text_cell(cell_address(number, column), text, looks[look])
        for column, (text, look) in enumerate(cells, start=1)
        if text or look != "plain"
    )
    return f'<row r="{number}" ht="{height}" customHeight="1">{written}</row>'


def _finding_cells(finding: Finding, linked: bool) -> list[tuple[str, str]]:
    """The texts of one finding and their looks, in the order of the columns."""
    texts = (
        finding.rule,
        "ブック全体\nWhole workbook" if finding.sheet is None else finding.sheet,
        _cells_text(finding),
        "\n".join(filter(None, (finding.message.ja, finding.message.en))),
        "\n".join(filter(None, (finding.remedy.ja, finding.remedy.en))),
        finding.id,
    )
    cells = [(text, "guarded" if is_formula_like(text) else "body") for text in texts]
    if linked:
        cells[2] = (cells[2][0], "link")
    return [(two_lines(SEVERITY_WORDS[finding.severity]), finding.severity), *cells]


def _cells_text(finding: Finding) -> str:
    """Up to three addresses, or the first one and how many more; LibreOffice shows links on one line."""
    if not finding.cells:
        return "" if finding.sheet is None else "シート全体 / Whole sheet"
    if len(finding.cells) <= 3:
        return ", ".join(finding.cells)
    more = len(finding.cells) - 1
    return f"{finding.cells[0]} ほか{more:,}か所 / and {more:,} more"


def _target(finding: Finding, sheets: set[str]) -> str | None:
    """Where the link of a finding leads: its first cell, or the top of its sheet."""
    if finding.sheet is None or finding.sheet not in sheets:
        return None
    cell = finding.cells[0].replace("$", "") if finding.cells else "A1"
    return f"{quote_sheet(finding.sheet)}!{cell}"


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
    root = parse_part(workbook)
    sheets = sheet_nodes(root)
    used = [node.number("sheetId") for node in sheets]
    prefix = re.search(rb"\s([\w.-]+):id\s*=", workbook[sheets[0].start : sheets[0].open_end])
    relations = prefix.group(1).decode() if prefix else "r"
    entry = f'<sheet name="{escape_text(name)}" sheetId="{max(used) + 1}" {relations}:id="{relation}"/>'
    position = sheets[0].start
    edits = [(position, position, fragment_of(entry, prefix_of(workbook, sheets[0])))]
    for node in root.all("definedName"):
        if "localSheetId" in node.attributes:
            number = str(node.number("localSheetId") + 1)
            edits.append(attribute_edit(workbook, node, "localSheetId", number))
    for view in root.all("workbookView"):
        number = str(view.number("activeTab") + 1)
        edits.append(attribute_edit(workbook, view, "activeTab", number))
    if root.child("bookViews") is None:
        views = '<bookViews><workbookView activeTab="1"/></bookViews>'
        before = _BEFORE_NAMES[: _BEFORE_NAMES.index("bookViews")]
        edits.append(inserted_after(workbook, root, before, views))
    return splice_bytes(workbook, [*edits, *_result_names(workbook, root, quote_sheet(name), last_row)])


def _result_names(workbook: bytes, root: Node, sheet: str, last_row: int) -> list[Edit]:
    """The defined names of the result sheet: its mark, its filter and the rows repeated in print.

    The mark is written twice: the name of the sheet's own scope tells the sheet even when it is renamed or
    its first cell is moved to another sheet.
    """
    ref, head, last = escape_text(sheet), _HEAD_ROW, cell_address(1, len(_COLUMNS)).rstrip("1")
    names = (
        f'<definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">'
        f"{ref}!$A${head}:${last}${last_row}</definedName>"
        f'<definedName name="_xlnm.Print_Titles" localSheetId="0">{ref}!${head}:${head}</definedName>'
        f'<definedName name="{BACK_NAME}">{ref}!$A$1</definedName>'
        f'<definedName name="{BACK_NAME}" localSheetId="0">{ref}!$A$1</definedName>'
    )
    node = root.child("definedNames")
    if node is not None:
        return append_child(workbook, node, names)
    return [inserted_after(workbook, root, _BEFORE_NAMES, f"<definedNames>{names}</definedNames>")]
