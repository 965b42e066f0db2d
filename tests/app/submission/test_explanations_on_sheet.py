"""The sheet 説明 the whole way: marked, filled in, uploaded again."""

import io

import openpyxl
import pytest

from app.submission.process_workbook import process
from schemas.dictionary.dictionary import load_dictionary
from schemas.explanations.explanation import lines_of
from schemas.form.options import choice_options
from schemas.reading.read_submission import read_submission
from schemas.xlsx.read_workbook import read_workbook
from tests.support.sample_forms import sample_bytes

pytestmark = pytest.mark.filterwarnings("ignore:.*(extension is not supported|no default style):UserWarning")

DICTIONARY = load_dictionary()
FAULTY = sample_bytes("sample-faulty")


def test_marked_answered_and_uploaded_again() -> None:
    first = process(FAULTY, mark=True)
    assert first.marked is not None
    book = openpyxl.load_workbook(io.BytesIO(first.marked))
    ws, texts = book["説明"], choice_options(DICTIONARY, "explanation_choices")
    soft = {f["id"] for f in first.header["validation"]["findings"] if f["severity"] == "check"}
    listed = {cell.value: cell.row for cell in ws["B"] if cell.value and cell.row > 8}
    assert soft <= set(listed) and any(str(key).startswith("g") for key in listed)
    for key, row in listed.items():
        if str(key).startswith("g"):
            ws.cell(row, 4).value = texts["zero"]
        elif key in soft:
            ws.cell(row, 5).value = "組織の改編によるものです"
    target = io.BytesIO()
    book.save(target)
    second = process(target.getvalue(), mark=True)
    rules = [f["rule"] for f in second.header["validation"]["findings"]]
    assert "R.SUB.066" not in rules or all(
        f["field"].endswith(".total") or not DICTIONARY.fields[f["field"]].codes
        for f in second.header["validation"]["findings"]
        if f["rule"] == "R.SUB.066"
    )
    assert "R.VAL.090" in rules, "what was chosen is said for each cell"
    assert len(second.header["explanations"]) == len(soft)
    assert {f["id"] for f in second.header["validation"]["findings"]} >= soft, "explained is not passed in silence"


def test_what_is_listed_is_read_back_without_a_finding() -> None:
    first = process(FAULTY, mark=True)
    assert first.marked is not None
    submission = read_submission(read_workbook(first.marked), DICTIONARY)
    assert lines_of(submission)
    assert not [a for a in submission.answers if a.field.table == "explanations" and (a.problem or a.read_as)]
