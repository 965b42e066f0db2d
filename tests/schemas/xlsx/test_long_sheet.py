"""A long sheet read by its different cells gives what calamine gives for every cell, or is left to calamine."""

import datetime
import io
import re
from collections.abc import Sequence

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.xlsx import long_sheet, package_guard, zip_members
from schemas.xlsx.cell_scan import PartScan, no_uses
from schemas.xlsx.long_sheet import LongRows, condense
from schemas.xlsx.part_scan import PartScanner
from schemas.xlsx.read_workbook import Worksheet, read_workbook
from schemas.xlsx.refusal import Refusal
from tests.support import hostile as make

TEXTS = st.sampled_from(["JP", "JP;US", "はい / Yes", "a & b < c", " spaced ", "two\nlines", "_x0041_", "0", ""])
NUMBERS = st.one_of(
    st.integers(-5, 2030), st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([0.1 + 0.2, 1e300])
)
CELLS = st.one_of(
    st.none(), TEXTS, st.text("abc漢字𠮷é", max_size=4), NUMBERS, st.booleans(), st.dates(datetime.date(1950, 1, 1))
)
GRIDS = st.lists(st.lists(CELLS, min_size=1, max_size=5), min_size=1, max_size=25)


def saved(rows: Sequence[Sequence[object]], first: int = 0) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False}
    ) as new:
        sheet, plain = new.add_worksheet("S"), new.add_format({"bold": True})
        day = new.add_format({"num_format": "yyyy-mm-dd"})
        for r, row in enumerate(rows, first):
            for c, cell in enumerate(row):
                if isinstance(cell, datetime.date):
                    sheet.write_datetime(r, c, cell, day)
                elif cell is None:
                    sheet.write_blank(r, c, None, plain)
                else:
                    sheet.write(r, c, cell)
        new.add_worksheet("other").write(2, 1, "beside")
    return out.getvalue()


def both_ways(data: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[Worksheet, Worksheet]:
    """The first sheet read as a long one, and cell by cell."""
    found = []
    monkeypatch.setattr(long_sheet, "MOST_DISTINCT", 1.0)
    for limit in (1, 10**9):
        monkeypatch.setattr(long_sheet, "LONG", limit)
        found.append(next(iter(read_workbook(data).sheets.values())))
    return found[0], found[1]


def typed(sheet: Worksheet) -> list[list[tuple[type, object]]]:
    return [[(type(cell), cell) for cell in row] for row in sheet.rows]


def of_rows(rows: str, strings: str | None = None) -> bytes:
    return make.package(make.parts(rows, strings))


@given(GRIDS, st.integers(0, 3), st.integers(40, 400))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_cell_is_what_calamine_says(
    monkeypatch: pytest.MonkeyPatch, rows: list[list[object]], first: int, chunk: int
) -> None:
    monkeypatch.setattr(zip_members, "CHUNK", chunk)
    long, plain = both_ways(saved(rows, first), monkeypatch)
    assert typed(long) == typed(plain)


def test_the_detour_is_taken_where_it_should_be(monkeypatch: pytest.MonkeyPatch) -> None:
    long, plain = both_ways(saved([["a", 1.5], [None, True]]), monkeypatch)
    assert isinstance(long.rows, LongRows) and isinstance(plain.rows, list)
    assert long.rows[0] == ["a", 1.5] and list(long.rows[1:]) == [["", True]]
    assert long.value("B1") == 1.5 and long.value("A2") is None and long.value("C9") is None


@given(GRIDS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_column_holds_the_cells_of_its_rows(monkeypatch: pytest.MonkeyPatch, rows: list[list[object]]) -> None:
    for sheet in both_ways(saved(rows), monkeypatch):
        for column in range(1, 7):
            cells, at = sheet.column(2, column)
            expected = [row[column - 1] if column <= len(row) else None for row in list(sheet.rows)[1:]]
            assert [(type(cells[n]), cells[n]) for n in at] == [(type(cell), cell) for cell in expected]
            assert list(dict.fromkeys(at.tolist())) == list(range(len(set(at.tolist())))), "in the order of first rows"


USUAL = '<c r="A2"><v>1</v></c><c r="B2" t="s"><v>0</v></c>'
UNUSUAL = {
    "inline text": '<c r="A2" t="inlineStr"><is><t>x</t></is></c>',
    "formula": '<c r="A2"><f>1+1</f><v>2</v></c>',
    "two letters": '<c r="A2"><v>1</v></c><c r="AA2"><v>3</v></c>',
    "no address": "<c><v>1</v></c>",
    "spaced tags": '<c r="A2">\n<v>1</v>\n</c>',
    "many attributes": '<c r="A2" s="0" t="n" ph="1" cm="0"><v>1</v></c>',
    "a remark": '<!--x--><c r="A2"><v>1</v></c>',
}


@pytest.mark.parametrize("cells", UNUSUAL.values(), ids=UNUSUAL)
def test_what_is_written_in_another_way_is_left_to_calamine(cells: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = of_rows(f'<row r="2">{cells}</row><row r="3"><c r="A3"><v>5</v></c></row>', make.shared_strings("x"))
    long, plain = both_ways(data, monkeypatch)
    assert isinstance(long.rows, list) and typed(long) == typed(plain)


def test_a_sheet_of_different_cells_is_left_to_calamine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_sheet, "LONG", 1)
    many, few = (read_workbook(saved([[n % m, n % m] for n in range(40)])).sheets["S"].rows for m in (40, 7))
    assert isinstance(many, LongRows) and isinstance(few, LongRows)
    varied = read_workbook(saved([[n, n + 0.5] for n in range(40)])).sheets["S"].rows
    assert isinstance(varied, list) and varied[3] == [3, 3.5]


def test_rows_out_of_order_are_left_to_calamine(monkeypatch: pytest.MonkeyPatch) -> None:
    data = of_rows('<row r="3"><c r="A3"><v>3</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>')
    monkeypatch.setattr(long_sheet, "LONG", 1)
    assert condense(package_guard.open_package(data), "xl/worksheets/sheet1.xml") is None


@pytest.mark.parametrize(
    "cells",
    [
        USUAL + '<c r="C2" t="e"><v>#N/A</v></c><c r="D2" t="b"><v>1</v></c><c r="E2" s="0"/><c r="F2" s="0"></c>',
        '<c r="A2"><v>0.30000000000000004</v></c><c r="B2"><v>0.30000000000000004</v></c><c r="C2"><v>12345678</v></c>',
        '<c r="A2" t="s"><v>0</v></c><c r="B2"><v>0</v></c><c r="C2" t="n"><v>0</v></c>',
    ],
)
def test_kinds_of_cells_keep_apart(cells: str, monkeypatch: pytest.MonkeyPatch) -> None:
    long, plain = both_ways(of_rows(f'<row r="2">{cells}</row>', make.shared_strings("漢")), monkeypatch)
    assert isinstance(long.rows, LongRows) and typed(long) == typed(plain)


def test_a_text_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_sheet, "LONG", 1)
    monkeypatch.setattr(long_sheet, "MOST_DISTINCT", 1.0)
    with pytest.raises(Refusal, match="FMT-52"):
        read_workbook(of_rows(f'<row r="2">{USUAL}<c r="C2" t="s"><v>7</v></c></row>', make.shared_strings("x")))


# the scan of the bytes that comes before --------------------------------------------------------------------------


def scanned(text: bytes, sizes: Sequence[int], key: str = "xl/worksheets/sheet1.xml") -> tuple[PartScan, list[int]]:
    scan, uses = PartScan(), no_uses()
    scanner = PartScanner(key, scan, uses)
    at = 0
    while at < len(text):
        size = sizes[at % len(sizes)]
        scanner.feed(text[at : at + size])
        at += size
    scanner.close()
    return scan, uses[:50].tolist()


PIECES = st.sampled_from(
    [
        '<c r="A1"><v>1</v></c>',
        '<c r="ZZ1234567" t="s"><v>12</v></c>',
        '<c r="B100000" s="3"/>',
        '<c r="C3" t="str"><f>A1</f><v>x</v></c>',
        '<c r="D4"><v>-1.5</v></c>',
        '<c r="E5"><v>007</v></c>',
        '<c r="F6"><v>123456789</v></c>',
        '<c r="G7" t="inlineStr"><is><t>r = 5 : c</t></is></c>',
        "<cols/><row r='2'/>",
    ]
)


@given(st.lists(PIECES, max_size=30), st.lists(st.integers(1, 300), min_size=1, max_size=5))
@settings(max_examples=150, deadline=None)
def test_a_scan_counts_the_same_in_any_pieces(pieces: list[str], sizes: list[int]) -> None:
    text = make.sheet("".join(pieces)).encode()
    scan, uses = scanned(text, sizes)
    assert (scan, uses) == scanned(text, [len(text)])
    assert scan.cells == len(re.findall(rb"<c[\s/>]", text)) and scan.filled == text.count(b"</c")
    assert scan.formulas == text.count(b"<f>") and not scan.is_odd and not scan.has_errors
    plain = re.findall(rb"<v>(0|[1-9][0-9]*|-[^<]*|[0-9]+[.Ee][^<]*)</v>", text)
    assert (scan.values, scan.odd_values) == (len(plain), text.count(b"<v>") - len(plain))
    assert [uses[1], uses[12]] == [plain.count(b"1"), plain.count(b"12")]
    far = [p for p in pieces if "ZZ" in p]
    assert (scan.row, scan.column) == (
        (1_234_567, 702) if far else (100_000 if any("B100" in p for p in pieces) else 99_999, 26)
    )


@pytest.mark.parametrize(
    "cell",
    ['<c r="a1"/>', '<c  r="A1"/>', '<x:c r="A1"/>', '<c r="A1" r="B1"/>', '<c r="A0"/>', '<c r="A12345678"/>', "<c/>",
     '<c r="A1"><x:v>1</x:v></c>', '<!--c--><c r="A1"/>', '<c r="A1" x= "1" r ="B9"/>'],
)  # fmt: skip
def test_a_scan_says_where_it_cannot_tell(cell: str) -> None:
    text = make.sheet('<c r="A1"/>' + cell).encode()
    assert scanned(text, [len(text)])[0].is_odd


@pytest.mark.parametrize("attribute", ['t="e"', "t='e'", 't = "e"', 's="1" t="e"'])
def test_a_scan_sees_errors_in_every_spelling(attribute: str) -> None:
    text = make.sheet(f'<c r="A1" {attribute}><v>#N/A</v></c>').encode()
    assert scanned(text, [len(text)])[0].has_errors


@given(st.lists(st.sampled_from(["<si><t>a</t></si>", "<x:si/>", "<sig/>", "<si/>"]), max_size=30), st.integers(1, 90))
@settings(max_examples=60, deadline=None)
def test_a_scan_finds_where_texts_begin(items: list[str], size: int) -> None:
    text = make.shared_strings().replace("</sst>", "".join(items) + "</sst>").encode()
    scan, _ = scanned(text, [size], "xl/sharedstrings.xml")
    assert list(scan.strings) == [found.start() for found in re.finditer(rb"<(?:x:)?si[/>]", text)]


def test_inline_texts_of_another_program_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    new = openpyxl.Workbook()
    for n in range(5):
        new.active.append([n, f"text {n}", n / 7])
    out = io.BytesIO()
    new.save(out)
    long, plain = both_ways(out.getvalue(), monkeypatch)
    assert typed(long) == typed(plain)
