"""What stands beside values: read from files of several programs, within limits, and from around long lists only."""

from __future__ import annotations

import io
import itertools
import re
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.chart import BarChart
from openpyxl.comments import Comment
from openpyxl.styles import Font

from schemas.checks.validate import validate
from schemas.dictionary.dictionary import load_dictionary
from schemas.form.issue import Issue
from schemas.form.layout import lay_out
from schemas.reading.read_submission import read_submission
from schemas.register import load_register
from schemas.template.write_template import write_template
from schemas.xlsx.archive_parts import MAX_PART, Unreadable
from schemas.xlsx.cell_scan import without_plain_cells
from schemas.xlsx.read_workbook import read_workbook
from schemas.xlsx.sheet_features import MAX_LISTED, SheetParts, around_cells, read_form_parts
from tests.support import reshape
from tests.support.office import saved_by_libreoffice
from tests.support.rule_cases import INSTITUTION

pytestmark = pytest.mark.filterwarnings("ignore:.*(extension is not supported|no default style):UserWarning")

DICTIONARY = load_dictionary()
REGISTER = load_register()
FORM = write_template(DICTIONARY, Issue("core", 2026, REGISTER.institutions[INSTITUTION]))
LAYOUT = lay_out(DICTIONARY, "core", 2026)


def written(fill: Callable[[Any, Any], None]) -> bytes:
    """A workbook of one sheet, written by XlsxWriter."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    fill(book, book.add_worksheet("表"))
    book.close()
    return target.getvalue()


def with_parts(data: bytes, changed: Mapping[str, Callable[[bytes], bytes]]) -> bytes:
    """The same package with some parts rewritten."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, changed.get(name, lambda content: content)(old.read(name)))
    return target.getvalue()


def parts_of(data: bytes, *, whole: bool = True) -> SheetParts:
    read_workbook(data)
    return read_form_parts(data, {"表": whole})["表"]


def everything(book: Any, ws: Any) -> None:
    struck, plain = book.add_format({"font_strikeout": True}), book.add_format({"bold": True})
    ws.write(0, 0, "見出し")
    ws.write_number(1, 1, 12, struck)
    ws.write_number(2, 1, 12, plain)
    ws.write_rich_string(3, 1, struck, "12", plain, "15")
    ws.write_string(4, 1, "1215")
    ws.write_rich_string(5, 1, "8", book.add_format({"font_script": 1}), "1", plain, " ")
    ws.merge_range("D2:E3", "")
    ws.set_row(6, None, None, {"hidden": True})
    ws.set_column("G:H", 20, None, {"hidden": True})
    ws.insert_textbox("B10", "メモ", {"width": 128, "height": 40})
    ws.write_comment("B3", "確認中")


def test_all_kinds_are_read_from_one_sheet() -> None:
    found = parts_of(written(everything))
    assert found.merged == [(2, 4, 3, 5)]
    assert found.struck == {"B2", "B4"}, "a whole cell, and a piece of a shared text; not the same text unstruck"
    assert found.raised == {"B6"}
    assert found.hidden_rows == {7} and found.hidden_columns == [(7, 8)]
    assert found.is_hidden(7, 1) and found.is_hidden(1, 8) and not found.is_hidden(6, 6)
    assert found.commented == ["B3"]
    assert len(found.drawn) == 1 and found.drawn[0][:2] == (10, 2) and found.drawn[0][2] >= 11


def test_the_same_is_read_from_inline_texts() -> None:
    found = parts_of(reshape.inline_strings(written(everything)))
    assert (found.struck, found.raised) == ({"B2", "B4"}, {"B6"})


def test_around_the_cells_of_a_list_rows_and_texts_are_not_looked_at() -> None:
    found = parts_of(written(everything), whole=False)
    assert found.merged == [(2, 4, 3, 5)] and found.hidden_columns == [(7, 8)] and found.commented == ["B3"]
    assert not found.struck and not found.hidden_rows and len(found.drawn) == 1


def test_a_picture_with_one_corner_reaches_as_far_as_its_size() -> None:
    book = openpyxl.Workbook()
    ws = book.active
    assert ws is not None
    ws.title = "表"
    ws["A1"] = 1
    chart = BarChart()
    chart.width, chart.height = 9.0, 3.0  # centimetres: about 340 by 113 pixels
    ws.add_chart(chart, "C4")
    target = io.BytesIO()
    book.save(target)
    ((top, left, bottom, right),) = parts_of(target.getvalue()).drawn
    assert (top, left) == (4, 3)
    assert 8 <= bottom <= 10 and 7 <= right <= 9


def test_what_says_no_is_not_taken_for_yes() -> None:
    data = written(everything)
    off = with_parts(
        data,
        {
            "xl/styles.xml": lambda text: text.replace(b"<strike/>", b'<strike val="0"/>'),
            "xl/sharedStrings.xml": lambda text: text.replace(b"<strike/>", b'<strike val="false"/>'),
            "xl/worksheets/sheet1.xml": lambda text: text.replace(b'hidden="1"', b'hidden="0"'),
        },
    )
    found = parts_of(off)
    assert not found.struck and not found.hidden_rows and not found.hidden_columns


def test_prefixed_elements_are_read_alike() -> None:
    def prefix(text: bytes) -> bytes:
        named = re.sub(rb"<(/?)([A-Za-z])", rb"<\1x:\2", text)
        return named.replace(b"<?x:xml", b"<?xml").replace(b"xmlns=", b"xmlns:x=")

    found = parts_of(with_parts(written(everything), {"xl/worksheets/sheet1.xml": prefix}))
    assert found.merged == [(2, 4, 3, 5)] and found.struck == {"B2", "B4"} and found.hidden_rows == {7}


# limits --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"<a>" * 1000,
        b"<a>" * 100 + b"</a>" * 100,
        b"<xdr:wsDr xmlns:xdr='x'>" + b" " * (MAX_PART + 1) + b"</xdr:wsDr>",
        b"<a><b></a></b>",
        b"",
    ],
    ids=["open", "deep", "large", "crossed", "empty"],
)
def test_a_drawing_beyond_the_limits_is_left_out(content: bytes) -> None:
    data = with_parts(written(everything), {"xl/drawings/drawing1.xml": lambda _: content})
    found = read_form_parts(data, {"表": True})["表"]
    assert found.drawn == [] and found.merged == [(2, 4, 3, 5)]


def test_more_merged_areas_than_a_form_can_have_are_judged_by_no_rule() -> None:
    many = b"".join(b'<mergeCell ref="A%d:B%d"/>' % (n, n) for n in range(1, MAX_LISTED + 2))
    data = with_parts(
        written(everything),
        {"xl/worksheets/sheet1.xml": lambda text: text.replace(b'<mergeCell ref="D2:E3"/>', many)},
    )
    assert parts_of(data).merged == []


def test_a_sheet_larger_than_structure_may_be_is_read_around_its_cells() -> None:
    filler = b'<row r="20"><c r="A20" t="inlineStr"><is><t>' + b"x" * (MAX_PART + 10) + b"</t></is></c></row>"
    data = with_parts(
        written(everything),
        {"xl/worksheets/sheet1.xml": lambda text: text.replace(b"</sheetData>", filler + b"</sheetData>")},
    )
    found = read_form_parts(data, {"表": True})["表"]
    assert found.merged == [(2, 4, 3, 5)] and not found.struck and not found.hidden_rows


def test_a_package_that_only_zipfile_refuses_tells_nothing() -> None:
    data = bytearray(written(everything))
    at = data.find(b"PK\x01\x02")
    data[at + 6 : at + 8] = struct.pack("<H", 99)  # the version needed to extract
    assert read_form_parts(bytes(data), {"表": True}) == {}
    assert read_form_parts(written(everything), {"別の表": True}) == {}


SHEET = b'<worksheet><cols><col min="1" max="2" hidden="1"/></cols><sheetData>%s</sheetData><mergeCells/></worksheet>'


@settings(max_examples=60)
@given(st.binary(max_size=60).filter(lambda cells: b"</sheetData>" not in cells), st.lists(st.integers(0, 200)))
def test_cells_are_left_out_wherever_the_pieces_end(cells: bytes, cuts: list[int]) -> None:
    whole = SHEET % cells
    places = [0, *sorted({cut for cut in cuts if cut < len(whole)}), len(whole)]
    pieces = [whole[start:stop] for start, stop in itertools.pairwise(places)]
    assert b"".join(around_cells(iter(pieces))) == SHEET % b""


def test_sheets_without_cells_are_given_whole_and_endless_heads_are_not_read() -> None:
    for whole in (b"<worksheet><sheetData/><mergeCells/></worksheet>", b"<worksheet/>"):
        assert b"".join(around_cells(iter([whole[:20], whole[20:]]))) == whole
    with pytest.raises(Unreadable):
        list(around_cells(b" " * (1 << 20) for _ in range(10)))


# programs ------------------------------------------------------------------------------------------------------


def spoilt() -> bytes:
    """A form with two answers, one of each kind of mark beside them."""
    sheet, row, column = LAYOUT.cells["researchers.total", "00/professor"]

    def edit(book: openpyxl.Workbook) -> None:
        ws = book[sheet]
        cell = ws.cell(row, column)
        cell.value, ws.cell(row, column + 1).value = 9, 2
        cell.font = Font(strike=True)
        ws.cell(row, column + 1).comment = Comment("確認中", "担当")
        ws.row_dimensions[row].hidden = True
        ws.merge_cells(start_row=row + 2, end_row=row + 2, start_column=column, end_column=column + 1)
        ws.add_chart(BarChart(), ws.cell(row, column).coordinate)

    return reshape.edited(FORM, edit)


def rules_of(data: bytes) -> set[str]:
    book = read_workbook(data)
    found = validate(read_submission(book, DICTIONARY), DICTIONARY, REGISTER, book=book, data=data).findings
    return {f.rule for f in found if f.rule.startswith("R.FMT.0")} - {"R.FMT.062"}


def test_programs_that_save_a_form_neither_add_marks_nor_hide_them(tmp_path: Path) -> None:
    marks = {"R.FMT.010", "R.FMT.011", "R.FMT.012", "R.FMT.014", "R.FMT.065"}
    files = {"clean": FORM, "spoilt": spoilt()}
    saved = saved_by_libreoffice(files, tmp_path)
    assert rules_of(FORM) == rules_of(saved["clean"]) == rules_of(reshape.like_google_sheets(FORM)) == set()
    assert rules_of(files["spoilt"]) == rules_of(saved["spoilt"]) == marks


def test_a_run_of_plain_cells_ends_before_the_first_that_is_not() -> None:
    plain = b'<c r="A1" s="5"><v>1</v></c><c r="B1" s="5"/><c r="C1"></c>'
    others = (
        b'<c r="D1" s="5" t="str"><v>x</v></c>',
        b'<c r="D1" s="5"><f>1+1</f><v>2</v></c>',
        b'<c r="D1" s="5"><v/></c>',
    )
    for other in others:
        assert without_plain_cells(plain + other + plain) == b"<q/>" + other + b"<q/>"
