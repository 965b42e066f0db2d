"""Parts are found by relations, whatever they are called; the same answers are read from each."""

import io
import zipfile
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
