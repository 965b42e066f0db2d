"""The form on paper: how large its letters come out, what stands on the sheets that go round the offices."""

import io
from collections import Counter
from pathlib import Path

import openpyxl
import pytest
from pypdf import PdfReader

from schemas.dictionary.dictionary import load_dictionary
from schemas.dictionary.field import FORMS, Form
from schemas.form.guide import load_guide
from schemas.form.issue import Issue
from schemas.form.layout import lay_out
from schemas.form.sheet_names import EXPLANATION_SHEET, ROUTING_PREFIX
from schemas.reading.read_submission import read_submission
from schemas.register import Institution
from schemas.template.write_template import write_template
from schemas.xlsx.cell_address import cell_address
from schemas.xlsx.read_workbook import read_workbook
from tests.support.office import printed_by_libreoffice
from tests.support.when_asked import WhenAsked

DICTIONARY = load_dictionary()
YEAR = 2026
SOMEBODY = Institution("DEMO-91", "デモ試験大学（架空）", "Demo Test University (fictional)", "public", "香川県")
WRITTEN = WhenAsked(FORMS, lambda form: write_template(DICTIONARY, Issue(form, YEAR, SOMEBODY)))
BOOKS = WhenAsked(FORMS, lambda form: openpyxl.load_workbook(io.BytesIO(WRITTEN[form])))
A4, A3 = (595, 842), (842, 1191)
LEAST = 8.0  # points


def sizes(page: object) -> Counter[float]:
    """Size on paper in points -> characters set in it."""
    found: Counter[float] = Counter()

    def take(text: str, cm: list[float], tm: list[float], _font: object, size: float) -> None:
        found[round(abs(size * tm[3] * cm[3]), 2)] += len(text.strip())

    page.extract_text(visitor_text=take)
    return Counter({size: count for size, count in found.items() if count})


@pytest.mark.office
def test_no_letter_of_the_printed_core_form_is_smaller_than_8_points(tmp_path: Path) -> None:
    pages = PdfReader(io.BytesIO(printed_by_libreoffice(WRITTEN["core"], tmp_path))).pages
    assert len(pages) > 20
    for number, page in enumerate(pages, 1):
        smallest = min(sizes(page))
        assert smallest >= LEAST, f"page {number} holds letters of {smallest} points"
        sides = sorted(round(float(side)) for side in page.mediabox[2:])
        assert tuple(sides) in (A4, A3), f"page {number} is {sides} points"


def routing_sheets(form: Form) -> dict[str, str]:
    """Office -> all words of its sheet."""
    return {
        ws.title.removeprefix(ROUTING_PREFIX): "\n".join(
            str(cell.value) for row in ws.iter_rows() for cell in row if cell.value is not None
        )
        for ws in BOOKS[form].worksheets
        if ws.title.startswith(ROUTING_PREFIX)
    }


def test_each_office_that_answers_has_a_sheet_of_its_own() -> None:
    assert list(routing_sheets("core")) == ["人事", "国際", "研究推進", "図書館", "総務"]
    assert list(routing_sheets("short")) == ["人事", "国際", "図書館", "総務"]


@pytest.mark.parametrize("form", FORMS)
def test_every_cell_that_is_asked_stands_on_the_sheet_of_its_office_and_on_no_other(form: Form) -> None:
    words, layout = routing_sheets(form), lay_out(DICTIONARY, form, YEAR)
    labels = {item.code: item.label.ja for item in DICTIONARY.code_lists["offices"].items}
    addresses = {office: {word for line in text.split("\n") for word in line.split()} for office, text in words.items()}
    for placed in layout.blocks:
        if placed.sheet.name == EXPLANATION_SHEET or placed.block.kind in ("list", "records"):
            continue
        for (field, row_key), (sheet, row, column) in layout.cells.items():
            f = DICTIONARY.fields[field]
            if sheet != placed.sheet.name or f not in [c.field for c in placed.columns] or f.required == "register":
                continue
            if f.table == "checklist_details" and f.required != "follow_up":
                continue
            assert cell_address(row, column) in addresses[labels[placed.block.office]], (field, row_key)


def test_the_sheet_of_the_international_office_holds_the_wording_of_every_level() -> None:
    text = routing_sheets("core")["国際"]
    for item in DICTIONARY.checklist.items:
        assert item.label.ja in text and item.help is not None and item.help.en in text
        for wording in item.levels:
            assert wording.ja in text and wording.en in text


def test_sheets_that_go_round_say_so_cannot_be_typed_into_and_lead_to_the_form() -> None:
    for ws in BOOKS["core"].worksheets:
        if not ws.title.startswith(ROUTING_PREFIX):
            continue
        assert ws.protection.sheet and ws.page_setup.orientation == "landscape"
        assert all(cell.protection.locked for row in ws.iter_rows() for cell in row)
        links = [cell.hyperlink for row in ws.iter_rows() for cell in row if cell.hyperlink]
        assert links and all(link.location.split("!")[0].strip("'") in BOOKS["core"].sheetnames for link in links)
    guide = "\n".join(str(cell.value) for row in BOOKS["core"].worksheets[0].iter_rows() for cell in row)
    assert load_guide().routing.about.ja in guide


@pytest.mark.parametrize("form", FORMS)
def test_what_stands_on_sheets_that_go_round_is_never_read(form: Form) -> None:
    book = BOOKS[form]
    target = io.BytesIO()
    for ws in book.worksheets:
        if ws.title.startswith(ROUTING_PREFIX):
            ws["A4"] = "42"
    book.save(target)
    submission = read_submission(read_workbook(target.getvalue()), DICTIONARY)
    assert not submission.copies
    assert all(answer.sheet is None or not answer.sheet.startswith(ROUTING_PREFIX) for answer in submission.answers)
