"""The same clean tables from the same answers, whichever program saved the form: all three forms, lists included."""

from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.dictionary.field import FORMS, Form
from schemas.form.issue import Issue
from schemas.reading.answer import Submission
from schemas.template.write_template import write_template
from tests.support import reshape
from tests.support.form_answers import (
    DICTIONARY,
    LISTS,
    SLOTS,
    SOMEBODY,
    YEAR,
    assert_same,
    assert_same_tables,
    differing_tables,
    filled_issue,
    read,
)
from tests.support.office import saved_by_libreoffice
from tests.support.when_asked import WhenAsked

pytestmark = pytest.mark.filterwarnings("ignore:.*(extension is not supported|no default style):UserWarning")

ISSUES = {form: filled_issue(form) for form in FORMS}
WRITTEN = WhenAsked(FORMS, lambda form: write_template(DICTIONARY, ISSUES[form]))
READ = WhenAsked(FORMS, lambda form: read(WRITTEN[form]))


def columns_shifted(data: bytes) -> bytes:
    """A column inserted on the left of every sheet, then exported without names and tables."""
    sheets = [sheet.name for sheet in DICTIONARY.sheets]
    edits = [lambda book, name=name: reshape.insert_columns(name, 1)(book) if name in book else None for name in sheets]
    return reshape.like_google_sheets(reshape.edited(data, *edits))


def names_renamed(data: bytes) -> bytes:
    """Every name with the sheet's name before it, as some programs write names of one sheet."""

    def rename(book: reshape.Workbook) -> None:
        for name in list(book.defined_names):
            if not name.startswith("meta_"):
                defined = book.defined_names.pop(name)
                defined.name = f"様式_{name}"
                book.defined_names[defined.name] = defined

    return reshape.edited(data, rename)


PROGRAMS: dict[str, Callable[[bytes], bytes]] = {
    "openpyxl": reshape.edited,
    "inline strings": reshape.inline_strings,
    "like Google Sheets": reshape.like_google_sheets,
    "names renamed": names_renamed,
    "columns shifted": columns_shifted,
}


@pytest.fixture(scope="module")
def by_libreoffice(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Submission]:
    """Every form as LibreOffice saves it: filled in, blank, exported like Google Sheets, and with a row inserted."""
    files: dict[str, bytes] = dict(WRITTEN)
    for form, data in WRITTEN.items():
        files[f"{form} blank"] = write_template(DICTIONARY, Issue(form, YEAR, SOMEBODY))
        files[f"{form} exported"] = reshape.like_google_sheets(data)
        rows = (reshape.insert_rows("機関情報", 9), reshape.insert_rows("研究者", 3))
        files[f"{form} moved"] = reshape.edited(data, *rows)
    saved = saved_by_libreoffice(files, Path(tmp_path_factory.mktemp("office")))
    return {name: read(data) for name, data in saved.items()}


@pytest.mark.parametrize("form", FORMS)
def test_every_answer_and_list_is_filled_in(form: Form) -> None:
    answers = {(a.field.id, a.row_key) for a in READ[form].answers if a.value is not None or a.code}
    assert {(slot.field.id, slot.row_key) for slot in SLOTS[form] if (slot.field.id, slot.row_key) in answers} == set(
        ISSUES[form].answers
    )
    assert all(ISSUES[form].lists[block.id] for block in LISTS[form])
    assert_same(ISSUES[form], READ[form])
    assert_same_tables(ISSUES[form], READ[form])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_another_program_gives_the_same_clean_tables(program: str, form: Form) -> None:
    found = read(PROGRAMS[program](WRITTEN[form]))
    assert not found.missing_sheets
    assert list(differing_tables(READ[form], found)) == []
    assert_same(ISSUES[form], found)


@pytest.mark.office
@pytest.mark.parametrize("how", ["", " exported", " moved"])
@pytest.mark.parametrize("form", FORMS)
def test_libreoffice_gives_the_same_clean_tables(by_libreoffice: dict[str, Submission], form: Form, how: str) -> None:
    found = by_libreoffice[form + how]
    assert list(differing_tables(READ[form], found)) == []
    assert_same(ISSUES[form], found)
    assert how or not found.moved


@pytest.mark.office
@pytest.mark.parametrize("form", FORMS)
def test_a_blank_form_saved_by_libreoffice_is_blank(by_libreoffice: dict[str, Submission], form: Form) -> None:
    found = by_libreoffice[f"{form} blank"]
    assert {a.value for a in found.answers if a.field.required != "register"} == {None}
    assert all(records.frame.empty for records in found.records.values())
