"""Parts are found by relations, whatever they are called; the same answers are read from each."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from schemas.xlsx.package_guard import open_package
from schemas.xlsx.read_workbook import read_workbook
from schemas.xlsx.refusal import Refusal
from schemas.xlsx.usual_names import usual_package
from tests.support import hostile as make

SAMPLE = Path(__file__).parents[3] / "templates" / "xlsx" / "sample-faulty.xlsx"


def strings() -> bytes:
    """A workbook as openpyxl saves it, with shared texts, formats and relations for each."""
    out = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.title = "研究者"
    book.active.append(["教授", 12])
    book.active.append(["准教授", 7.5])
    book.active["B1"].number_format = "0.0"
    book.save(out)
    return out.getvalue()


PARTS = {
    "main part": {"xl/workbook.xml": "xl/book1.xml", "xl/_rels/workbook.xml.rels": "xl/_rels/book1.xml.rels"},
    "main part in another folder": {
        "xl/workbook.xml": "content/wb.xml",
        "xl/_rels/workbook.xml.rels": "content/_rels/wb.xml.rels",
        "xl/worksheets/sheet1.xml": "content/pages/one.xml",
        "xl/sharedStrings.xml": "content/words.xml",
        "xl/styles.xml": "content/looks.xml",
    },
    "main part at the top": {"xl/workbook.xml": "book.xml", "xl/_rels/workbook.xml.rels": "_rels/book.xml.rels"},
    "shared texts": {"xl/sharedStrings.xml": "xl/texts.xml"},
    "a sheet outside": {"xl/worksheets/sheet1.xml": "sheets/one.xml"},
}


@pytest.mark.parametrize("separator", ["/", "\\"])
@pytest.mark.parametrize("names", [{}, *PARTS.values()], ids=["as it is", *PARTS])
def test_parts_are_found_by_relations(names: dict[str, str], separator: str) -> None:
    data = make.moved(strings(), names, separator)
    rows = read_workbook(data).sheets["研究者"].rows
    assert [list(row[:2]) for row in rows] == [["教授", 12.0], ["准教授", 7.5]]


def test_a_form_of_ours_is_read_alike_from_parts_under_other_names() -> None:
    data = SAMPLE.read_bytes()
    other = make.moved(data, PARTS["main part"] | PARTS["shared texts"], "\\")
    before, after = read_workbook(data), read_workbook(other)
    assert after.names == before.names
    assert {name: [list(row) for row in sheet.rows] for name, sheet in after.sheets.items()} == {
        name: [list(row) for row in sheet.rows] for name, sheet in before.sheets.items()
    }


SPELLINGS = {
    "dots": ("", lambda target: f"./{target}"),
    "from below": ("", lambda target: f"../xl/{target}"),
    "from the top": ("", lambda target: f"/xl/{target}"),
    "backslashes": ("", lambda target: target.replace("/", "\\")),
    "percents": ("表 1", lambda target: target.replace("表 1", "%E8%A1%A8%201")),
    "capitals": ("", str.upper),
}


@pytest.mark.parametrize(("folder", "spelt"), SPELLINGS.values(), ids=SPELLINGS)
def test_a_part_is_found_however_its_relation_spells_it(folder: str, spelt: Callable[[str], str]) -> None:
    sheet = f"worksheets/{folder or 'sheet1'}.xml"
    with zipfile.ZipFile(io.BytesIO(strings())) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    parts[f"xl/{sheet}"] = parts.pop("xl/worksheets/sheet1.xml")
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace("worksheets/sheet1.xml", spelt(sheet))
    led = parts["xl/_rels/workbook.xml.rels"].replace("worksheets/sheet1.xml", sheet).replace("/xl/", "")
    parts["xl/_rels/workbook.xml.rels"] = re.sub('Target="([^"]*)"', lambda m: f'Target="{spelt(m[1])}"', led)
    data = make.package(parts)
    assert [row[0] for row in read_workbook(data).sheets["研究者"].rows] == ["教授", "准教授"]


def in_zip64(data: bytes, locator: int = 0) -> bytes:
    """The package with all its figures where zip64 has them; its record said to stand ``locator`` bytes off."""
    body, directory = b"", b""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            content, name = archive.read(info), info.filename.encode()
            about = (zlib.crc32(content), *[2**32 - 1] * 2, len(name))
            figures = (len(content), len(content), len(body))
            body += struct.pack("<4s5HI2I2H", b"PK\3\4", 45, 0, 0, 0, 33, *about, 20) + name
            body += struct.pack("<2H2Q", 1, 16, *figures[:2]) + content
            directory += struct.pack("<4s6HI2I5H2I", b"PK\1\2", 45, 45, 0, 0, 0, 33, *about, 28, 0, 0, 0, 0, 2**32 - 1)
            directory += name + struct.pack("<2H3Q", 1, 24, *figures)
        count = len(archive.infolist())
    end = len(body) + len(directory)
    record = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(directory), len(body))
    found = struct.pack("<4sIQI", b"PK\6\7", 0, end + locator, 1)
    last = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, *[2**16 - 1] * 2, *[2**32 - 1] * 2, 0)
    return body + directory + record + found + last


def test_a_package_in_zip64_is_read_and_handed_on_without() -> None:
    data = in_zip64(strings())
    assert [row[0] for row in read_workbook(data).sheets["研究者"].rows] == ["教授", "准教授"]
    assert b"PK\x06\x07" not in open_package(data).data
    assert openpyxl.load_workbook(io.BytesIO(open_package(data).data)).sheetnames == ["研究者"]


@pytest.mark.parametrize("locator", [-56, 1, 2**40])
def test_a_record_of_zip64_that_stands_elsewhere_is_refused(locator: int) -> None:
    with pytest.raises(Refusal, match="FMT-52"):
        open_package(in_zip64(strings(), locator))


def test_usual_names_leave_the_bytes_alone() -> None:
    for data in (strings(), SAMPLE.read_bytes(), make.package(make.parts())):
        assert usual_package(data) is data


def test_of_two_workbooks_the_one_that_the_package_names_is_read() -> None:
    decoy = make.parts('<row r="1"><c r="A1"><v>999</v></c></row>')
    real = make.parts('<row r="1"><c r="A1"><v>1</v></c></row>')
    data = make.package(
        {
            **decoy,
            "_rels/.rels": make.relations({"rId1": ("officeDocument", "xl/real.xml")}),
            "[Content_Types].xml": make.content_types().replace("/xl/workbook.xml", "/xl/real.xml"),
            "xl/real.xml": real["xl/workbook.xml"],
            "xl/_rels/real.xml.rels": make.relations({"rId1": ("worksheet", "worksheets/other.xml")}),
            "xl/worksheets/other.xml": real["xl/worksheets/sheet1.xml"],
        }
    )
    assert read_workbook(data).sheets["S1"].rows[0][0] == 1


def refusal_of(data: bytes) -> Refusal:
    with pytest.raises(Refusal) as caught:
        open_package(data)
    return caught.value


def test_a_zipped_workbook_is_called_an_archive_and_its_first_file_is_named() -> None:
    once = make.package({"様式.xlsx": strings(), "b.xlsx": strings()})
    twice = make.package({"inner.zip": once})
    assert (refusal_of(once).rule, refusal_of(once).params) == ("FMT-66", {"name": "様式.xlsx", "count": 2})
    assert (refusal_of(twice).rule, refusal_of(twice).params) == ("FMT-66", {"name": "inner.zip", "count": 1})
    of_windows = make.raw_zip([("様式ソ.xlsx".encode("cp932"), b"x", 0, 1, 0x8CDC1683)])
    assert refusal_of(of_windows).params == {"name": "様式ソ.xlsx", "count": 1}


def test_an_archive_without_workbooks_and_a_document_of_another_program_are_of_another_kind() -> None:
    document = make.content_types("application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml")
    word = {
        "[Content_Types].xml": document.replace("/xl/workbook.xml", "/word/document.xml"),
        "_rels/.rels": make.relations({"rId1": ("officeDocument", "word/document.xml")}),
        "word/document.xml": "<a/>",
        "word/embeddings/a.bin": "x",
    }
    assert refusal_of(make.package({"a.txt": "x"})).rule == "FMT-01"
    assert refusal_of(make.package(word)).rule == "FMT-01"


def test_what_names_the_parts_is_held_to_the_limits_too() -> None:
    main = make.relations({"rId1": ("officeDocument", "xl/book1.xml")})
    other = make.parts() | {"_rels/.rels": main}
    laughs = main.replace("?>", '?><!DOCTYPE a [<!ENTITY b "c">]>', 1)
    assert refusal_of(make.package(other | {"_rels/.rels": laughs})).rule == "FMT-53"
    assert refusal_of(make.package(other | {"_rels/.rels": main + " " * (9 << 20)})).rule in ("FMT-48", "FMT-55")
    with zipfile.ZipFile(io.BytesIO(make.package(other))) as whole:
        assert "xl/book1.xml" not in whole.namelist()
    assert read_workbook(make.package(other)).sheets  # the relation leads nowhere: the usual name is taken
