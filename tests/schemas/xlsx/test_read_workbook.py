"""Hostile files are refused with the right rule; honest ones from several programs are read to the cell."""

import datetime
import io
import random
import re
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.table import Table

from schemas.xlsx import read_workbook as workbook_reader
from schemas.xlsx import sheet_limits
from schemas.xlsx.cell_address import cell_address, split_address
from schemas.xlsx.package_guard import open_package
from schemas.xlsx.read_workbook import read_workbook
from schemas.xlsx.refusal import Refusal
from tests.support import hostile as make

ROOT = Path(__file__).parents[3]


def refusal_of(data: bytes) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read_workbook(data)
    return caught.value


def book(rows: str = make.ONE_CELL, strings: str | None = None, **changed: str | bytes) -> bytes:
    return make.package({**make.parts(rows, strings), **changed})


def far(address: str) -> str:
    row = re.sub("[A-Z]", "", address)
    return make.ONE_CELL + f'<row r="{row}"><c r="{address}"><v>1</v></c></row>'


def written(fill: str = "") -> bytes:
    """A workbook as XlsxWriter saves it, with names, a table, formulas, an error and a hidden sheet."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as new:
        form, hidden = new.add_worksheet("研究者"), new.add_worksheet("It's meta")
        form.write_row("A1", ["区分", "人数"])
        form.write_column("A2", ["教授", "准教授"])
        form.write_column("B2", [12, 7.5])
        form.write_formula("B4", "=SUM(B2:B3)", None, 19.5)
        form.write_formula("B5", "=1/0", None, "#DIV/0!")
        form.write_formula("B6", "=B5", None, "")
        form.write_datetime("D7", datetime.datetime(2024, 5, 1), new.add_format({"num_format": "yyyy-mm-dd"}))
        form.add_table("A1:B3", {"name": "staff", "columns": [{"header": "区分"}, {"header": "人数"}]})
        form.write("A9", fill)
        hidden.hide()
        hidden.write("C3", "core")
        new.define_name("form_version", "='It''s meta'!$C$3")
        new.define_name("several", "='研究者'!$A$1:$B$3")
        new.define_name("研究者!local", "='研究者'!$A$1")
    return out.getvalue()


def test_reads_what_xlsxwriter_saves() -> None:
    found = read_workbook(written())
    form = found.sheets["研究者"]
    assert list(found.sheets) == ["研究者", "It's meta"]
    assert [sheet.hidden for sheet in found.sheets.values()] == [False, True]
    assert form.value("B2") == 12 and form.value("$B$3") == 7.5 and form.value("A3") == "准教授"
    assert form.value("D7") == datetime.date(2024, 5, 1)
    assert form.value("C1") is None and form.value("ZZ900") is None
    assert found.names == {"form_version": ("It's meta", "C3")}
    table = found.tables["staff"]
    assert (table.sheet, table.columns) == ("研究者", ("区分", "人数"))
    assert (table.first_row, table.last_row, table.first_column) == (2, 3, 1)
    assert not found.date_1904 and not found.external_links


def test_formulas_and_cell_errors_are_not_blanks() -> None:
    found = read_workbook(written()).formulas
    assert {cell: (each.kind, each.text) for (_, cell), each in found.items()} == {
        "B4": ("formula", "SUM(B2:B3)"),
        "B5": ("error", "#DIV/0!"),
        "B6": ("uncached", "B5"),
    }
    shows_nothing = '<row r="1"><c r="A1" t="str"><f>""</f><v></v></c><c r="B1"><f>1</f></c></row>'
    kinds = [each.kind for each in read_workbook(book(shows_nothing)).formulas.values()]
    assert kinds == ["formula", "uncached"]


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 3), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_a_value_is_where_it_was_written(row: int, column: int, down: int, right: int) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as new:
        sheet = new.add_worksheet("S")
        sheet.write(row - 1, column - 1, "a")
        sheet.write(row - 1 + down, column - 1 + right, 5)
    found = read_workbook(out.getvalue()).sheets["S"]
    assert found.value(cell_address(row + down, column + right)) == 5
    assert down + right == 0 or found.value(cell_address(row, column)) == "a"
    assert {len(each) for each in found.rows} == {column + right}


def test_reads_what_openpyxl_saves() -> None:
    new = openpyxl.Workbook()
    sheet = new.active
    assert sheet is not None
    sheet.title = "論文"
    for row in ([], ["年", "数"], [2024, 3], [2025, "=B3*2"]):
        sheet.append(row)
    sheet.add_table(Table(displayName="papers", ref="A2:B4"))
    new.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    out = io.BytesIO()
    new.save(out)
    found = read_workbook(out.getvalue())
    assert found.sheets["論文"].value("A4") == 2025 and found.sheets["論文"].value("B4") is None
    assert found.formulas["論文", "B4"].kind == "uncached"
    assert found.tables["papers"].first_row == 3 and found.tables["papers"].columns == ("年", "数")
    assert found.date_1904


def test_a_typed_text_that_looks_like_an_error_is_a_text() -> None:
    rows = '<row r="1"><c r="A1" t="inlineStr"><is><t>#N/A</t></is></c><c r="B1" t="e"><v>#N/A</v></c></row>'
    found = read_workbook(book(rows))
    assert found.sheets["S1"].value("A1") == "#N/A" and found.sheets["S1"].value("B1") is None
    assert list(found.formulas) == [("S1", "B1")]


def test_errors_on_a_large_sheet_are_found_too() -> None:
    cells = "".join(
        f'<row r="{r}">' + "".join(f'<c r="{c}{r}" s="0"/>' for c in "ABCDEFGHIJ") + "</row>" for r in range(1, 21_001)
    )
    rows = cells + '<row r="21001"><c r="C21001" t="e"><v>#REF!</v></c></row>'
    found = read_workbook(book(rows))
    assert found.formulas["S1", "C21001"].text == "#REF!"
    assert len(found.sheets["S1"].rows) == 21_001


def test_an_error_of_newer_programs_costs_no_other_cell() -> None:
    rows = (
        '<row r="1"><c r="A1" t="e"><v>#SPILL!</v></c><c r="B1"><v>12</v></c></row>'
        '<row r="2"><c r="A2" s="0" t="e"><f>_xlfn.UNIQUE(B:B)</f><v>#CALC!</v></c><c r="B2" t="str"><v>#SPILL!</v></c>'
        '<c r="C2" t="e"/><c r="D2"><v>13</v></c></row>'
    )
    found = read_workbook(book(rows))
    (sheet,) = found.sheets.values()
    assert [sheet.value(cell) for cell in ("B1", "B2", "D2")] == [12, "#SPILL!", 13]
    errors = {cell: one.text for (_, cell), one in found.formulas.items() if one.kind == "error"}
    assert errors == {"A1": "#SPILL!", "A2": "#CALC!"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_parts_in_utf_16_are_read(encoding: str) -> None:
    with zipfile.ZipFile(io.BytesIO(written("大学"))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    recoded = {name: text.decode().replace("UTF-8", "UTF-16").encode(encoding) for name, text in parts.items()}
    assert read_workbook(make.package(recoded)) == read_workbook(written("大学"))


def test_a_part_in_utf_16_passes_no_other_guard() -> None:
    doctype = make.sheet(make.ONE_CELL).replace("<worksheet", "<!DOCTYPE a><worksheet", 1)
    assert refusal_of(book(**{SHEET1: doctype.encode("utf-16")})).rule == "FMT-53"
    assert refusal_of(book(**{SHEET1: b"\xff\xfe" + b"<" * 3 + b"\0\xd8"})).rule == "FMT-52"


def test_cells_without_addresses_and_with_prefixes_are_placed_right() -> None:
    rows = '<row><c><v>1</v></c><c t="e"><v>#N/A</v></c></row><row/><row><c/><c><f>A1</f><v>3</v></c></row>'
    found = read_workbook(book(rows))
    assert [list(row) for row in found.sheets["S1"].rows] == [[1, ""], ["", ""], ["", 3]]
    assert set(found.formulas) == {("S1", "B1"), ("S1", "B3")}
    prefixed = make.sheet("").replace("<sheetData></sheetData>", "<x:sheetData>{}</x:sheetData>")
    part = prefixed.format('<x:row r="2"><x:c r="B2" t="e"><x:v>#N/A</x:v></x:c></x:row>')
    part = part.replace("<worksheet", '<worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"')
    assert set(read_workbook(book(**{"xl/worksheets/sheet1.xml": part})).formulas) == {("S1", "B2")}


def test_strict_workbooks_are_read_right() -> None:
    old, new = "http://schemas.openxmlformats.org/", "http://purl.oclc.org/ooxml/"
    strict = {}
    for name, text in make.parts('<row r="2"><c r="C2"><f>1+1</f><v>2</v></c></row>').items():
        assert isinstance(text, str)
        strict[name] = text.replace(old + "spreadsheetml/2006/main", new + "spreadsheetml/main").replace(
            old + "officeDocument/2006/relationships", new + "officeDocument/relationships"
        )
    found = read_workbook(make.package(strict))
    assert found.sheets["S1"].value("C2") == 2 and ("S1", "C2") in found.formulas


def test_the_longest_cell_of_a_spreadsheet_is_accepted() -> None:
    text = "国" * 32_767
    assert read_workbook(written(text)).sheets["研究者"].value("A9") == text
    inline = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{"a" * 200_000}</t></is></c></row>'
    assert len(str(read_workbook(book(inline)).sheets["S1"].value("A1"))) == 200_000


def test_external_links_are_reported_not_followed() -> None:
    link = '<?xml version="1.0"?><externalLink><externalBook/></externalLink>'
    assert read_workbook(book(**{"xl/externalLinks/externalLink1.xml": link})).external_links


OLE = "application/vnd.openxmlformats-officedocument.oleObject"
DDE = '<?xml version="1.0"?><externalLink><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'
MACRO = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
BINARY = "application/vnd.ms-excel.sheet.binary.macroEnabled.main"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
TYPES, SHEET1, BOOK = "[Content_Types].xml", "xl/worksheets/sheet1.xml", "xl/workbook.xml"
LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
ENTITY = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
DDE_NAME = "<definedNames><definedName name=\"a\">cmd|'/c calc'!A0</definedName></definedNames>"


def other_type_cases() -> dict[str, tuple[bytes, str]]:
    ods = {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<a/>"}
    junk = random.Random(1).randbytes(5_000_000)
    word = {TYPES: make.content_types(WORD), "word/document.xml": "<a/>"}
    return {
        "empty": (b"", "FMT-40"),
        "junk": (junk, "FMT-01"),
        "junk after a zip head": (b"PK\x03\x04" + junk, "FMT-52"),
        "empty zip": (make.package({}), "FMT-01"),
        "zip of something": (make.package({"a.txt": "a"}), "FMT-01"),
        "zip of workbooks": (make.package({"a.xlsx": book(), "b.xlsx": book()}), "FMT-66"),
        "word document": (make.package(word), "FMT-01"),
        "html": (b"<html><table><tr><td>1,2</td></tr></table></html>", "FMT-01"),
        "pdf": (b"%PDF-1.7\n%\x00\x01\x02", "FMT-01"),
        "template": (book(**{TYPES: make.content_types(MAIN.replace("sheet", "template"))}), "FMT-01"),
        "csv utf-8": ("機関,人数\n東京,12\n".encode(), "FMT-44"),
        "csv cp932": ("機関,人数\r\n東京,12\r\n".encode("cp932"), "FMT-44"),
        "csv utf-16": ("機関\t人数\r\n".encode("utf-16"), "FMT-44"),
        "ods": (make.package(ods, zipfile.ZIP_STORED), "FMT-43"),
        "xls": (make.ole2("Workbook"), "FMT-42"),
        "doc": (make.ole2("WordDocument"), "FMT-01"),
        "encrypted": (make.ole2("EncryptedPackage"), "FMT-41"),
        "xlsb": (book(**{TYPES: make.content_types(BINARY)}), "FMT-54"),
    }


MAIN = make.MAIN


def content_cases() -> dict[str, tuple[bytes, str]]:
    formula = '<row r="1"><c r="A1"><f>cmd|\'/c calc\'!A0</f><v>0</v></c></row>'
    relation = make.relations({"rId1": ("oleObject", "../embeddings/a.bin")})
    return {
        "macros by type": (book(**{TYPES: make.content_types(MACRO)}), "FMT-45"),
        "macros renamed": (book(**{"xl/vbaProject.bin": make.ole2("VBA")}), "FMT-45"),
        "macro sheet": (book(**{"xl/macrosheets/sheet1.xml": "<a/>"}), "FMT-45"),
        "ole part": (book(**{"xl/embeddings/oleObject1.bin": make.ole2("x")}), "FMT-46"),
        "ole elsewhere": (book(**{"xl/media/image1.png": make.ole2("x")}), "FMT-46"),
        "ole relation": (book(**{"xl/worksheets/_rels/sheet1.xml.rels": relation}), "FMT-46"),
        "ole type": (book(**{TYPES: make.content_types().replace("application/xml", OLE)}), "FMT-46"),
        "dde link": (book(**{"xl/externalLinks/externalLink1.xml": DDE}), "FMT-46"),
        "dde formula": (book(formula), "FMT-46"),
        "dde name": (book(**{BOOK: make.workbook_part(1, DDE_NAME)}), "FMT-46"),
        "nested zip": (book(**{"xl/inner.zip": make.package({"a": b" " * 9_000_000})}), "FMT-46"),
        "dtd": (make.with_dtd(SHEET1, "<!DOCTYPE worksheet>"), "FMT-53"),
        "billion laughs": (make.with_dtd(SHEET1, LAUGHS), "FMT-53"),
        "external entity": (make.with_dtd(BOOK, ENTITY), "FMT-53"),
        "dtd in types": (make.with_dtd(TYPES, LAUGHS), "FMT-53"),
        "dtd aside": (book(**{"customXml/item1.xml": f"{ENTITY}<a/>".encode("utf-16")}), "FMT-53"),
        "utf-32 sheet": (book(**{SHEET1: make.sheet(make.ONE_CELL).encode("utf-32")}), "FMT-52"),
        "traversal": (book(**{"../../etc/passwd": "x"}), "FMT-56"),
        "absolute": (book(**{"/etc/passwd": "x"}), "FMT-56"),
        "backslash": (book(**{"xl\\..\\a": "x"}), "FMT-56"),
        "same but for case": (book(**{"xl/WORKBOOK.xml": "<a/>"}), "FMT-56"),
    }


def size_cases() -> dict[str, tuple[bytes, str]]:
    many = {f"xl/m{n}.txt": "x" for n in range(1_001)}
    lying = '<sst uniqueCount="4000000000"><si><t>a</t></si></sst>'
    texts = make.shared_strings("x" * 30_000)
    pointing = "".join(f'<row r="{r}"><c r="A{r}" t="s"><v>0</v></c></row>' for r in range(1, 30_001))
    return {
        "packed": (b"PK\x03\x04" + bytes(21 << 20), "FMT-47"),
        "bomb": (make.bomb(450 << 20), "FMT-48"),
        "bomb that lies": (make.bomb(450 << 20, stated=10), "FMT-48"),
        "ratio": (make.bomb(60 << 20), "FMT-48"),
        "members": (book(**many), "FMT-49"),
        "500 sheets": (make.package(make.parts(sheets=500)), "FMT-51"),
        "count of texts that lies": (book(strings=lying), "FMT-52"),
        "one long text in many cells": (book(pointing, texts), "FMT-55"),
        "nested without end": (book(**{SHEET1: make.sheet("<a>" * 500 + "</a>" * 500)}), "FMT-52"),
    }


def damaged_cases() -> dict[str, tuple[bytes, str]]:
    good = written()
    entries = make.stored(make.parts())
    twice = make.raw_zip([*entries, entries[-1]])
    wrong_crc = make.raw_zip([*entries[:-1], (*entries[-1][:4], entries[-1][4] ^ 1)])
    wrong_size = make.raw_zip([*entries[:-1], (*entries[-1][:3], entries[-1][3] + 5, entries[-1][4])])
    flagged = bytearray(make.raw_zip(entries))
    struct.pack_into("<H", flagged, flagged.find(b"PK\x01\x02") + 8, 1)
    index = '<row r="1"><c r="A1" t="s"><v>7</v></c></row>'
    return {
        "truncated": (good[: len(good) // 2], "FMT-52"),
        "two files in one": (good + good, "FMT-52"),
        "bad crc": (wrong_crc, "FMT-52"),
        "wrong size": (wrong_size, "FMT-52"),
        "member twice": (twice, "FMT-56"),
        "password of a zip": (bytes(flagged), "FMT-41"),
        "sheet missing": (make.package({k: v for k, v in make.parts().items() if k != SHEET1}), "FMT-52"),
        "sheet not closed": (book(**{SHEET1: make.sheet("")[:-12]}), "FMT-52"),
        "text that is not there": (book(index, make.shared_strings("a")), "FMT-52"),
        "address of no column": (book('<row r="1"><c r="AAAAAAAA1"><v>1</v></c></row>'), "FMT-52"),
        "address of no row": (book('<row r="1"><c r="A99999999999"><v>1</v></c></row>'), "FMT-52"),
        "two cells of one address": (book('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>'), "FMT-67"),
    }


CASES = {**other_type_cases(), **content_cases(), **size_cases(), **damaged_cases()}


@pytest.mark.parametrize("name", CASES)
def test_refused_with_its_rule(name: str) -> None:
    data, rule = CASES[name]
    assert refusal_of(data).rule == rule


def test_every_rule_about_files_refuses_one() -> None:
    assert {rule for _, rule in CASES.values()} | {"FMT-50"} == make.REFUSALS  # far cells have tests of their own


def test_guard_alone_judges_the_package() -> None:
    open_package(written())
    with pytest.raises(Refusal, match="FMT-45"):
        open_package(CASES["macros renamed"][0])


@pytest.mark.parametrize("address", ["XFD1048576", "IV1048576", "M1000000", "XFD800"])
def test_a_far_cell_is_refused_before_the_reader_is_called(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the reader was called")

    monkeypatch.setattr(workbook_reader, "load_workbook", never)
    refusal = refusal_of(book(far(address)))
    assert (refusal.rule, refusal.params["sheet"], refusal.params["cell"]) == ("FMT-50", "S1", address)


@pytest.mark.parametrize(
    "cell",
    [
        '<c x="&gt;" r="XFD1048576"><v>1</v></c>',
        "<c  r = 'XFD1048576'><v>1</v></c>",
        '<x:c xmlns:x="a" r="XFD1048576"><x:v>1</x:v></x:c>',
        '<c r="xfd1048576"><v>1</v></c>',
        '<c r="A1" r="XFD1048576"><v>1</v></c>',
        '<c r="A1"r="XFD1048576"><v>1</v></c>',
        '<c s=">" r="XFD1048576"><v>1</v></c>',
    ],
)
def test_a_far_cell_cannot_hide_on_a_large_sheet(cell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the reader was called")

    monkeypatch.setattr(workbook_reader, "load_workbook", never)
    monkeypatch.setattr(sheet_limits, "SMALL_SHEET", 0)
    assert refusal_of(book(f'<row r="1">{cell}</row>')).rule in ("FMT-50", "FMT-52")


def test_a_formatted_far_cell_is_no_reason_to_refuse() -> None:
    found = read_workbook(book(make.ONE_CELL + '<row r="1048576"><c r="XFD1048576" s="0"/></row>'))
    assert found.sheets["S1"].rows == [[1]]


@pytest.mark.parametrize("trick", ["<!--<si>-->", "<?a <si>?>", '<si a="'])
def test_false_texts_do_not_hide_a_long_one(trick: str) -> None:
    hidden = '<si a="&lt;"><t>b</t></si>' if trick.startswith("<si") else trick
    texts = make.shared_strings("x" * 30_000).replace("<si>", hidden + "<si>", 1)
    index = 1 if trick.startswith("<si") else 0
    rows = "".join(f'<row r="{r}"><c r="A{r}" t="s"><v>{index}</v></c></row>' for r in range(1, 30_001))
    assert refusal_of(book(rows, texts)).rule == "FMT-55"


def test_long_texts_used_once_each_are_read() -> None:
    texts = [f"{n:05d}" + "x" * 20_000 for n in range(400)]
    rows = "".join(f'<row r="{n + 1}"><c r="A{n + 1}" t="s"><v>{n}</v></c></row>' for n in range(400))
    many = "".join(f'<row r="{r}"><c r="B{r}"><v>1.5</v></c></row>' for r in range(401, 40_000))
    found = read_workbook(make.package(make.parts(rows + many, make.shared_strings(*texts)), zipfile.ZIP_STORED))
    assert str(found.sheets["S1"].value("A400")).startswith("00399")


def peak_and_rule(data: bytes) -> tuple[str, int]:
    """Read in a process of its own; return the rule or 'read', and the peak memory in MiB."""
    program = (
        "import re, sys; from schemas.xlsx.read_workbook import read_workbook\n"
        "from schemas.xlsx.refusal import Refusal\n"
        "try: read_workbook(open(sys.argv[1], 'rb').read()); print('read')\n"
        "except Refusal as refusal: print(refusal.rule)\n"
        "print(int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]) // 1024)"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.bin")
        path.write_bytes(data)
        command = [sys.executable, "-c", program, str(path)]
        ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, cwd=ROOT)
    rule, peak = ran.stdout.split()
    return rule, int(peak)


def test_a_million_formatted_rows_are_read_within_memory() -> None:
    rows = make.ONE_CELL + "".join(
        f'<row r="{r}" s="1" customFormat="1"><c r="A{r}" s="1"/></row>' for r in range(2, 1_000_001)
    )
    rule, peak = peak_and_rule(book(rows))
    assert rule == "read" and peak < 600


def test_the_largest_accepted_grid_stays_within_memory() -> None:
    rule, peak = peak_and_rule(book(far("K1048576")))
    assert rule == "read" and peak < 600


@pytest.mark.parametrize("name", ["bomb", "bomb that lies", "one long text in many cells", "nested without end"])
def test_a_refusal_takes_little_memory(name: str) -> None:
    data, rule = CASES[name]
    found, peak = peak_and_rule(data)
    assert found == rule and peak < 300


def test_no_file_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    read_workbook(written())
    refusal_of(CASES["text that is not there"][0])
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_is_not_taken_for_a_damaged_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(workbook_reader, "load_workbook", interrupted)
    with pytest.raises(KeyboardInterrupt):
        read_workbook(GOOD)


def test_a_date_that_makes_the_reader_panic_is_refused() -> None:
    styles = '<styleSheet><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    rows = '<row r="1"><c r="A1" s="1"><v>-1e15</v></c></row>'
    assert refusal_of(book(rows, **{"xl/styles.xml": styles})).rule == "FMT-52"


def only_refusals(data: bytes) -> None:
    try:
        read_workbook(data)
    except Refusal as refusal:
        assert re.fullmatch(r"FMT-\d\d", refusal.rule)


GOOD = written()


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]),
)
@settings(max_examples=150, deadline=None)
def test_any_bytes_raise_nothing_but_a_refusal(data: bytes, head: bytes) -> None:
    only_refusals(head + data)


@given(st.integers(0, len(GOOD) - 1))
@settings(max_examples=60, deadline=None)
def test_a_cut_file_is_always_refused(length: int) -> None:
    with pytest.raises(Refusal):
        read_workbook(GOOD[:length])


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 7)), min_size=1, max_size=3))
@settings(max_examples=150, deadline=None)
def test_a_flipped_bit_raises_nothing_but_a_refusal(flips: list[tuple[int, int]]) -> None:
    data = bytearray(GOOD)
    for place, bit in flips:
        data[place] ^= 1 << bit
    only_refusals(bytes(data))


INNER = {name: zipfile.ZipFile(io.BytesIO(GOOD)).read(name) for name in zipfile.ZipFile(io.BytesIO(GOOD)).namelist()}


@given(st.sampled_from(sorted(INNER)), st.data())
@settings(max_examples=200, deadline=None)
def test_changed_parts_raise_nothing_but_a_refusal(name: str, data: st.DataObject) -> None:
    part = bytearray(INNER[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(part) - 1))
        part[at : at + data.draw(st.integers(0, 3))] = data.draw(st.sampled_from([b"<", b'"', b"9", b"&", b"", b"c r"]))
    only_refusals(make.package({**INNER, name: bytes(part)}))


@given(st.integers(1, 1_048_576), st.integers(1, 16_384))
def test_addresses_go_both_ways(row: int, column: int) -> None:
    assert split_address(cell_address(row, column)) == (row, column)


@given(st.text(max_size=8))
def test_a_text_is_an_address_or_a_value_error(text: str) -> None:
    try:
        row, column = split_address(text)
    except ValueError:
        return
    assert cell_address(row, column) == text.replace("$", "")


def test_addresses_of_known_cells() -> None:
    assert [cell_address(1, 1), cell_address(7, 27), cell_address(1_048_576, 16_384)] == [
        "A1",
        "AA7",
        "XFD1048576",
    ]
    for nothing in ("", "A0", "7", "ZZZZ1", "A1:B2"):
        with pytest.raises(ValueError, match="not a cell address"):
            split_address(nothing)
