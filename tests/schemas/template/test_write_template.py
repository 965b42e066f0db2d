"""The template as a file: the same each time, complete, within Excel's limits, right in LibreOffice, and guarded."""

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

from schemas.dictionary.dictionary import load_dictionary
from schemas.dictionary.field import FORMS, NUMERIC, Form
from schemas.form.column_widths import PagePlan, lines, plan_page
from schemas.form.guide import load_guide
from schemas.form.headings import column_heading, two_lines
from schemas.form.issue import Issue, meta_checksum, meta_values
from schemas.form.layout import PlacedBlock, lay_out
from schemas.form.sheet_names import ROUTING_PREFIX
from schemas.marking import mark_workbook, unmark_workbook
from schemas.reading.form_metadata import read_meta
from schemas.reading.read_submission import read_submission
from schemas.register import Institution, load_register
from schemas.template.page_setup import A3, A4, Flow, Paper, best_paper
from schemas.template.write_template import write_template
from schemas.xlsx.cell_address import cell_address
from schemas.xlsx.read_workbook import Workbook as Book
from schemas.xlsx.read_workbook import read_workbook
from tests.support import reshape
from tests.support.form_answers import LAYOUTS, filled_issue
from tests.support.office import saved_by_libreoffice
from tests.support.when_asked import WhenAsked

pytestmark = pytest.mark.filterwarnings("ignore:.*(extension is not supported|no default style):UserWarning")

DICTIONARY = load_dictionary()
YEAR = 2026
LAYOUT = lay_out(DICTIONARY, "core", YEAR)
SOMEBODY = Institution("DEMO-91", "デモ&試験大学（架空）", "Demo Test University (fictional)", "public", "香川県")
ISSUE = Issue("core", YEAR, SOMEBODY)
SWITCHED_OFF = replace(ISSUE, answers={("profile.has_centre", ""): "no", ("profile.has_doctoral", ""): "no"})
PARTLY = replace(
    ISSUE,
    answers={
        ("profile.has_centre", ""): "yes",
        ("publication_basis.skip", ""): "yes",
        ("researchers.total", "00/professor"): 0,
        ("researchers.total", "00/associate"): 12,
        ("researchers.foreign", "00/associate"): 0,
        ("researchers.total", "centre/other"): 0,
        ("researchers.female", "centre/other"): "m",
        ("checklist.declared", "A1/institution"): 2,
    },
    lists={"units": [{"unit": "C1", "name_ja": "拠点"}]},
)
ISSUES = {"blank": ISSUE, "off": SWITCHED_OFF, "partly": PARTLY}
BOOKS = WhenAsked(ISSUES, lambda name: write_template(DICTIONARY, ISSUES[name]))
FORM_BOOKS = WhenAsked(
    FORMS,
    lambda form: openpyxl.load_workbook(io.BytesIO(write_template(DICTIONARY, Issue(form, YEAR, SOMEBODY)))),
)
TITLES = [sheet.name for sheet in DICTIONARY.form_sheets("core")]
FUNCTION = re.compile(r"([A-Z][A-Z0-9.]*)\(")


def part(data: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return package.read(name).decode("utf-8")


def cell_of(field: str, row_key: str = "") -> tuple[str, str]:
    sheet, row, column = LAYOUT.cells[field, row_key]
    return sheet, openpyxl.utils.get_column_letter(column) + str(row)


# the same each time ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ISSUES)
def test_the_same_issue_gives_the_same_bytes(name: str) -> None:
    assert write_template(DICTIONARY, ISSUES[name]) == BOOKS[name]


def test_another_institution_gives_another_issue() -> None:
    other = replace(ISSUE, institution=replace(SOMEBODY, code="DEMO-92"))
    assert write_template(DICTIONARY, other) != BOOKS["blank"]
    assert other.issue_id(DICTIONARY.hash) != ISSUE.issue_id(DICTIONARY.hash)


# answers -----------------------------------------------------------------------------------------------------


def test_every_answer_cell_has_its_name_and_is_where_the_plan_says() -> None:
    names = FORM_BOOKS["core"].defined_names
    for key, slot in LAYOUT.slots.items():
        sheet, cell = cell_of(*key)
        assert names[slot.name].attr_text.replace("$", "").replace("'", "") == f"{sheet}!{cell}", slot.name


def validations(ws: Worksheet) -> dict[str, object]:
    found: dict[str, object] = {}
    for rule in ws.data_validations.dataValidation:
        for area in rule.sqref.ranges:
            for row in range(area.min_row, area.max_row + 1):
                for column in range(area.min_col, area.max_col + 1):
                    cell = openpyxl.utils.get_column_letter(column) + str(row)
                    assert cell not in found, f"{ws.title}!{cell} has two rules"
                    found[cell] = rule
    return found


RULES = WhenAsked(TITLES, lambda title: validations(FORM_BOOKS["core"][title]))


def listed_cells() -> list[tuple[str, str, str]]:
    cells = []
    for placed in (placed for placed in LAYOUT.blocks if placed.block.kind == "list"):
        for r in range(len(placed.rows)):
            for c, column in enumerate(placed.columns):
                row, at = placed.cell(r, c)
                cells.append((column.field.id, placed.sheet.name, openpyxl.utils.get_column_letter(at) + str(row)))
    return cells


def test_every_answer_cell_says_what_to_enter_within_the_limits_of_excel() -> None:
    fixed = [(slot.field.id, *cell_of(*key)) for key, slot in LAYOUT.slots.items()]
    for field, sheet, cell in [*fixed, *listed_cells()]:
        if DICTIONARY.fields[field].required == "register":
            assert cell not in RULES[sheet]
            continue
        rule = RULES[sheet][cell]
        assert rule.showInputMessage and 0 < len(rule.promptTitle) <= 32
        assert 0 < len(rule.prompt) <= 255 and "\n" in rule.prompt
        assert len(rule.error or "") <= 255 and len(rule.errorTitle or "") <= 32


def test_closed_answers_offer_exactly_their_choices_and_open_ones_refuse_nothing() -> None:
    lists = {ws_name: area for ws_name, area in FORM_BOOKS["core"].defined_names.items() if ws_name.startswith("list_")}
    for key, slot in LAYOUT.slots.items():
        f = slot.field
        if f.required == "register":
            continue
        sheet, cell = cell_of(*key)
        rule = RULES[sheet][cell]
        has_choices = f.type in ("choice", "level", "yes_no") or bool(f.codes)
        assert (rule.type == "list") == has_choices, slot.name
        if has_choices:
            name = str(rule.formula1).removeprefix("=")
            source, area = lists[name].attr_text.split("!")
            low, top, high, bottom = range_boundaries(area.replace("$", ""))
            shown = [FORM_BOOKS["core"][source].cell(row, low).value for row in range(top, bottom + 1)]
            assert low == high and all(shown) and len(shown) == len(set(shown))
            refuses = f.type in ("choice", "yes_no")
            assert bool(rule.showErrorMessage) == refuses, slot.name


def test_answer_cells_are_open_and_everything_else_is_locked() -> None:
    fixed = [(slot.field.id, *cell_of(*key)) for key, slot in LAYOUT.slots.items()]
    unlocked = {(sheet, cell) for field, sheet, cell in [*fixed, *listed_cells()]}
    unlocked -= {(s, c) for field, s, c in fixed if DICTIONARY.fields[field].required == "register"}
    switch = FORM_BOOKS["core"].defined_names["researchers_blank_is_zero"].attr_text.replace("$", "").replace("'", "")
    unlocked.add(tuple(switch.split("!")))
    for ws in FORM_BOOKS["core"].worksheets:
        assert ws.protection.sheet and ws.protection.password is None
        if ws.sheet_state == "hidden":
            continue
        assert not ws.protection.formatRows and not ws.protection.formatColumns, "rows and columns may be widened"
        merged = {cell for area in ws.merged_cells.ranges for row in area.rows for cell in row[1:]}
        found = {
            (ws.title, cell.coordinate)
            for row in ws.iter_rows()
            for cell in row
            if not cell.protection.locked and (cell.row, cell.column) not in merged
        }
        spilled = {at for at in found - unlocked if type(ws[at[1]]).__name__ == "MergedCell"}
        assert found - spilled == {at for at in unlocked if at[0] == ws.title}, ws.title


def test_values_stand_in_cells_as_what_they_are() -> None:
    book = openpyxl.load_workbook(io.BytesIO(BOOKS["partly"]))

    def value(field: str, row_key: str = "") -> object:
        sheet, cell = cell_of(field, row_key)
        return book[sheet][cell].value

    assert value("researchers.total", "00/associate") == 12
    assert value("researchers.female", "centre/other") == "m 把握していない / Not known"
    assert str(value("checklist.declared", "A1/institution")).startswith("2 ")
    assert value("profile.has_centre") == "はい / Yes"
    assert value("profile.name_ja") == SOMEBODY.name_ja
    assert value("profile.founder") == "公立 / Public"


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from("=+-@\t＝＋－＠"), st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=20))
def test_no_text_becomes_a_formula_or_a_link(first: str, rest: str) -> None:
    for text in (first + rest, f"https://example.ac.jp/{rest}", f"{first}cmd|' /C calc'!A0"):
        issue = replace(ISSUE, answers={("profile.narrative", ""): text}, lists={"notes": [{"remark": text}]})
        book = read_workbook(write_template(DICTIONARY, issue))
        assert not [at for at in book.formulas if at[0] in ("注記",)]
        sheet, cell = cell_of("profile.narrative")
        assert (sheet, cell) not in book.formulas
        assert book.sheets[sheet].value(cell) == text


# formulas ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BOOKS)
def test_formulas_call_nothing_that_some_spreadsheet_lacks(name: str) -> None:
    with zipfile.ZipFile(io.BytesIO(BOOKS[name])) as package:
        sheets = [n for n in package.namelist() if n.startswith("xl/worksheets/sheet")]
        xml = "".join(package.read(n).decode("utf-8") for n in sheets)
    formulas = re.findall(r"<(?:f|formula|formula1)>(.*?)</", xml)
    assert len(formulas) > 100
    for formula in formulas:
        calls = set(FUNCTION.findall(re.sub(r"&quot;.*?&quot;|\".*?\"", '""', formula)))
        assert calls <= {"COUNTIF", "SUMPRODUCT"}, formula
        assert len(formula) < 8192 and "[" not in formula and "#" not in formula


@pytest.mark.parametrize("name", BOOKS)
def test_no_answer_cell_holds_a_formula(name: str) -> None:
    answers = {cell_of(*key) for key in LAYOUT.slots} | {(sheet, cell) for _, sheet, cell in listed_cells()}
    assert not answers & set(read_workbook(BOOKS[name]).formulas)


def statuses(data: bytes) -> dict[str, object]:
    book = read_workbook(data)
    found = {
        f"{sheet}!{cell}": book.sheets[sheet].value(cell)
        for (sheet, cell), formula in book.formulas.items()
        if formula.kind == "formula"
    }
    assert len(found) == len(book.formulas), "every formula has a value"
    return found


def test_status_counts_the_cells_that_are_asked() -> None:
    fixed, _ = DICTIONARY.burden("core", YEAR)
    own = {at: value for at, value in statuses(BOOKS["blank"]).items() if not at.startswith(load_guide().sheet)}
    assert sum(float(str(value)) for value in own.values()) == fixed


def test_a_zero_total_and_a_switch_take_cells_out_of_the_status() -> None:
    blank, partly = statuses(BOOKS["blank"]), statuses(BOOKS["partly"])
    assert float(str(blank["研究者!A5"])) - float(str(partly["研究者!A5"])) == 8 + 2 + 8
    assert partly["論文!A5"] == 0


def test_a_high_level_asks_for_its_evidence_until_the_centre_is_switched_off() -> None:
    def open_cells(**answers: object) -> float:
        given_answers = {("profile.has_centre", ""): answers.pop("has_centre", "yes")}
        given_answers |= {("checklist.declared", key): level for key, level in answers.items()}
        issue = replace(ISSUE, answers=given_answers)
        return float(str(statuses(write_template(DICTIONARY, issue))["英語による運営!A5"]))

    blank = open_cells()
    assert open_cells(**{"B1/institution": 1}) == blank - 1
    assert open_cells(**{"B1/institution": 2}) == blank - 1 + 3
    assert open_cells(**{"B1/institution": 3, "B1/centre": 2}) == blank - 2 + 3
    off = open_cells(has_centre="no")
    assert open_cells(has_centre="no", **{"B1/centre": 3}) == off
    assert open_cells(has_centre="no", **{"B1/institution": "m"}) == off - 1


@pytest.mark.parametrize("form", FORMS)
def test_totals_stand_by_every_table_that_declares_them_and_add_up(form: Form) -> None:
    issue = filled_issue(form)
    book = read_workbook(write_template(DICTIONARY, issue))
    declared = [placed for placed in LAYOUTS[form].blocks if placed.block.totals]
    assert {placed.block.id for placed in declared} >= {"researchers", "publications"}
    for placed in declared:
        sheet = book.sheets[placed.sheet.name]
        for row, first, last in placed.totals:
            for index, column in enumerate(placed.columns):
                if column.field.type not in NUMERIC:
                    continue
                at = placed.first_column + index
                cells = [sheet.value(cell_address(n, at)) for n in range(first, last + 1)]
                numbers = [cell for cell in cells if isinstance(cell, float)]
                assert (placed.sheet.name, cell_address(row, at)) in book.formulas
                assert sheet.value(cell_address(row, at)) == pytest.approx(sum(numbers)), (placed.block.id, row)
    grids = [placed for placed in declared if placed.block.kind == "grid"]
    assert all(placed.bottom > placed.last for placed in grids) and any(sum_is_not_zero(book, p) for p in grids)


def sum_is_not_zero(book: Book, placed: PlacedBlock) -> bool:
    return bool(book.sheets[placed.sheet.name].value(cell_address(placed.totals[0][0], placed.first_column)))


def test_a_number_that_cannot_be_is_shown_in_red() -> None:
    rules: dict[str, list[tuple[object, str]]] = {}
    for ws in [FORM_BOOKS["core"][title] for title in TITLES]:
        for area in ws.conditional_formatting:
            for rule in area.rules:
                if rule.dxf.font is not None and rule.dxf.font.b:
                    rules.setdefault(ws.title, []).append((area.sqref, rule.formula[0]))
    for key, slot in LAYOUT.slots.items():
        if slot.field.type in NUMERIC:
            sheet, cell = cell_of(*key)
            (formula,) = (formula for area, formula in rules[sheet] if cell in area)
            assert f'"&gt;{slot.field.limit}"' in formula or f'">{slot.field.limit}"' in formula, slot.name


def test_texts_that_are_too_long_are_warned_of_and_not_refused() -> None:
    sheet, cell = cell_of("profile.narrative")
    rule = RULES[sheet][cell]
    limit = DICTIONARY.fields["profile.narrative"].max_length
    assert (rule.type, rule.operator, rule.formula1) == ("textLength", "lessThanOrEqual", str(limit))
    assert rule.errorStyle == "warning" and str(limit) in rule.error


def test_the_guide_adds_up_all_sheets() -> None:
    book = openpyxl.load_workbook(io.BytesIO(BOOKS["partly"]), data_only=True)
    guide = book.worksheets[0]
    shown = {str(row[0].value): row[1].value for row in guide.iter_rows(max_col=2)}
    by_sheet = [shown[sheet.name] for sheet in DICTIONARY.form_sheets("core") if sheet.name in shown]
    assert shown["全シートの合計 / All sheets"] == sum(by_sheet) > 0


def test_the_status_has_room_for_its_words() -> None:
    for ws in [FORM_BOOKS["core"][title] for title in TITLES]:
        (area,) = [area for area in ws.merged_cells.ranges if area.min_row == area.max_row == 5] or [None]
        if area is not None:
            widths = [
                ws.column_dimensions[openpyxl.utils.get_column_letter(at)].width for at in range(1, area.max_col + 1)
            ]
            assert sum(widths) >= 32, ws.title


@pytest.mark.office
def test_status_values_are_those_libreoffice_calculates(tmp_path: Path) -> None:
    bare = {name: reshape.without_results(data) for name, data in BOOKS.items()}
    assert {formula.kind for formula in read_workbook(bare["blank"]).formulas.values()} == {"uncached"}
    saved = saved_by_libreoffice(bare, tmp_path)
    for name, data in saved.items():
        assert statuses(data) == statuses(BOOKS[name]), name


# frame -------------------------------------------------------------------------------------------------------


def test_sheets_stand_in_order_and_the_machinery_is_hidden() -> None:
    names = [load_guide().sheet, *(sheet.name for sheet in DICTIONARY.form_sheets("core"))]
    routing = [f"{ROUTING_PREFIX}{office}" for office in ("人事", "国際", "研究推進", "図書館", "総務")]
    names = [*names, *routing]
    assert FORM_BOOKS["core"].sheetnames == [*names, "_lists", "_meta"]
    assert [ws.sheet_state for ws in FORM_BOOKS["core"].worksheets] == ["visible"] * len(names) + ["hidden", "hidden"]
    assert FORM_BOOKS["core"].active.title == load_guide().sheet


def test_the_version_stands_in_three_places() -> None:
    stamp = f"core-{YEAR}-{load_guide().form_version}"
    assert ISSUE.version == stamp
    assert FORM_BOOKS["core"].properties.category == stamp
    assert {p.name: p.value for p in FORM_BOOKS["core"].custom_doc_props.props} == {"template_version": stamp}
    sheet, cell = (
        FORM_BOOKS["core"].defined_names["form_version_stamp"].attr_text.replace("$", "").replace("'", "").split("!")
    )
    assert sheet == load_guide().sheet and FORM_BOOKS["core"][sheet][cell].value == stamp


def test_meta_says_for_whom_it_was_issued_and_its_checksum_notices_a_change() -> None:
    meta = read_meta(read_workbook(BOOKS["blank"]))
    assert meta["institution"] == SOMEBODY.code and meta["round"] == str(YEAR) and meta["intact"] == "yes"
    values = meta_values(DICTIONARY.hash, ISSUE)
    assert values["checksum"] != meta_checksum({**values, "institution": "DEMO-92"})


def test_the_list_of_explanations_begins_where_marking_looks_for_it() -> None:
    at = FORM_BOOKS["core"].defined_names["explanations_first"].attr_text.replace("$", "").replace("'", "")
    (placed,) = (placed for placed in LAYOUT.blocks if placed.block.id == "explanations")
    assert at == f"説明!{openpyxl.utils.get_column_letter(placed.first_column)}{placed.first}"


def test_what_marking_lists_is_read_back_from_the_list_of_explanations() -> None:
    rows = [["f-001", "研究者数をご確認ください。", None, "", None], ["f-002", "論文数をご確認ください。"]]
    data = mark_workbook(BOOKS["blank"], (), summary=("確認が終わりました。", "Done."), explanation_rows=rows)
    answers = read_submission(read_workbook(unmark_workbook(data)), DICTIONARY).answers
    listed = {(a.field.column, a.row_key): a.value for a in answers if a.field.table == "explanations"}
    assert listed["finding", "1"] == "f-001" and listed["question", "2"] == "論文数をご確認ください。"
    assert {key for key, value in listed.items() if value is not None} == {
        ("finding", "1"), ("question", "1"), ("finding", "2"), ("question", "2")
    }  # fmt: skip


@pytest.mark.parametrize("title", [load_guide().sheet, *TITLES])
def test_a_sheet_is_set_up_for_print_and_says_whose_it_is(title: str) -> None:
    ws = FORM_BOOKS["core"][title]
    assert ws.page_setup.paperSize in (A4, A3)
    assert ws.sheet_properties.pageSetUpPr.fitToPage and ws.page_setup.fitToWidth in (None, 1, 2)
    assert "デモ&&試験大学" in ws.oddHeader.left.text or "デモ&試験大学" in ws.oddHeader.left.text
    assert load_guide().footer.ja in ws.oddFooter.left.text and load_guide().footer.en in ws.oddFooter.left.text
    if ws.title != load_guide().sheet:
        assert ws.print_area


PAGES = [(form, sheet.id) for form in FORMS for sheet in DICTIONARY.form_sheets(form)]


def paper_of(form: Form, sheet_id: str) -> tuple[list[PlacedBlock], PagePlan, dict[int, float], Paper, Flow]:
    """The blocks of a sheet, its columns, the heights of its rows as written, and its pages."""
    blocks = LAYOUTS[form].on(sheet_id)
    plan, ws = plan_page(blocks), FORM_BOOKS[form][blocks[0].sheet.name]
    heights = {number - 1: row.height for number, row in ws.row_dimensions.items() if row.height}
    return (blocks, plan, heights, *best_paper(blocks, plan, heights))


@pytest.mark.parametrize(("form", "sheet_id"), PAGES)
def test_every_sheet_is_legible_on_paper_and_no_table_that_fits_on_a_page_is_cut(form: Form, sheet_id: str) -> None:
    blocks, _, heights, paper, flow = paper_of(form, sheet_id)
    ws = FORM_BOOKS[form][blocks[0].sheet.name]
    assert paper.is_legible and paper.scale(paper.widest) >= 0.89
    assert ws.page_setup.paperSize == paper.size
    assert (ws.page_setup.orientation == "landscape") == paper.is_landscape
    assert [cut.id for cut in ws.row_breaks.brk] == list(flow.breaks)
    assert (ws.print_title_rows is None) == (flow.split is None)
    ends = page_ends(heights, flow, blocks[-1].bottom, paper.page)
    for placed in blocks:
        rows = range(placed.top - 1, placed.bottom)
        if sum(heights.get(row, 15) for row in rows) <= paper.page and placed is not blocks[0]:
            assert not [end for end in ends if placed.top - 1 < end < placed.bottom], placed.block.id
        is_cut = any(placed.header <= end < placed.bottom for end in ends)
        assert not is_cut or placed.block.kind == "form" or flow.split is not None, placed.block.id


def page_ends(heights: dict[int, float], flow: Flow, last: int, page: float) -> list[int]:
    """Rows (0-based) that begin a page, with the repeated headings above them."""
    header = flow.split.header - 1 if flow.split else last
    ends, used = [], 0.0
    for row in range(last):
        height = heights.get(row, 15)
        if row in flow.breaks or used + height > page:
            ends.append(row)
            used = heights[header] if row > header else 0.0
        used += height
    return ends


@pytest.mark.parametrize("form", FORMS)
def test_a_form_takes_few_pages(form: Form) -> None:
    pages = {sheet_id: paper_of(form, sheet_id)[4].pages for of, sheet_id in PAGES if of == form}
    assert pages["checklist"] <= {"core": 7, "full": 9, "centre": 5, "short": 3}[form]
    assert sum(pages.values()) <= {"core": 20, "full": 45, "centre": 12, "short": 10}[form]


def test_a_sheet_too_wide_for_a_page_is_printed_in_two_parts_with_its_labels() -> None:
    ws = FORM_BOOKS["core"]["英語による運営"]
    (placed,) = (placed for placed in LAYOUT.blocks if placed.block.id == "checklist")
    left, right = (area.replace("$", "").split("!")[1] for area in str(ws.print_area).split(","))
    first, last = range_boundaries(left), range_boundaries(right)
    assert first[:2] == (1, 1) and first[3] == LAYOUT.on("checklist")[-1].bottom
    assert last == (first[2] + 1, placed.header, 2 + len(placed.columns), placed.last)
    texts = [area for area in ws.merged_cells.ranges if area.min_row < placed.header]
    assert texts and all(area.max_col <= first[2] for area in texts), "no sentence runs over the edge of the first page"


def test_the_long_checklist_repeats_its_headings_on_screen_and_paper() -> None:
    ws = FORM_BOOKS["core"]["英語による運営"]
    (placed,) = (placed for placed in LAYOUT.blocks if placed.block.id == "checklist")
    assert ws.freeze_panes == f"C{placed.header + 1}"
    assert ws.print_title_rows.replace("$", "") == f"{placed.header}:{placed.header}"
    assert ws.print_title_cols.replace("$", "") == "A:B"


def test_the_guide_prints_the_burden_and_all_dates() -> None:
    fixed, follow_up = DICTIONARY.burden("core", YEAR)
    text = "\n".join(
        str(c.value) for row in FORM_BOOKS["core"].worksheets[0].iter_rows() for c in row if c.value is not None
    )
    assert f"{fixed}欄" in text and f"{follow_up}欄" in text and f"Cells to fill in: {fixed}" in text
    assert "2026年5月1日" in text and "令和8年度" in text and "2025年4月1日～2026年3月31日" in text
    assert "{" not in text and SOMEBODY.code in text


@pytest.mark.parametrize("is_demo", [True, False])
def test_demo_data_is_marked_on_every_sheet(is_demo: bool) -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_template(DICTIONARY, replace(ISSUE, is_demo=is_demo))))
    for ws in book.worksheets[:-2]:
        for text in (ws["A1"].value, ws.oddHeader.left.text):
            assert ("デモデータ / demo data" in text) == is_demo


def test_a_real_institution_is_filled_in_from_the_register() -> None:
    code, known = next(iter(load_register().institutions.items()))
    book = openpyxl.load_workbook(io.BytesIO(write_template(DICTIONARY, Issue("core", YEAR, known))))
    sheet, cell = cell_of("profile.code")
    assert book[sheet][cell].value == code
    sheet, cell = cell_of("profile.name_en")
    assert (book[sheet][cell].value or "") == known.name_en


# nothing is cut off ------------------------------------------------------------------------------------------


def rows_of_text(ws: Worksheet) -> list[tuple[str, float, str, float, float]]:
    """(cell, row height, text, width, font size) of every wrapped text."""
    spans = {area.start_cell.coordinate: area for area in ws.merged_cells.ranges}
    widths = {at: d.width for d in ws.column_dimensions.values() for at in range(d.min, d.max + 1)}
    found = []
    for row in ws.iter_rows():
        for cell in row:
            if not isinstance(cell.value, str) or not cell.alignment.wrap_text:
                continue
            area = spans.get(cell.coordinate)
            columns = range(cell.column, (area.max_col if area else cell.column) + 1)
            width = sum(widths[at] for at in columns)
            height = ws.row_dimensions[cell.row].height or 15
            found.append((cell.coordinate, height, cell.value, width, cell.font.size))
    return found


@pytest.mark.parametrize("title", [load_guide().sheet, *TITLES])
def test_every_wrapped_text_has_room_in_its_row(title: str) -> None:
    ws = FORM_BOOKS["core"][title]
    texts = rows_of_text(ws)
    assert texts
    for cell, height, text, width, size in texts:
        assert lines(text, width, size) * size * 1.5 <= height, f"{ws.title}!{cell} {text}"


def test_lines_counts_what_a_narrow_cell_breaks() -> None:
    assert lines("研究者", 12) == 1
    assert lines("研究者\nResearchers", 13) == 2
    assert lines("研究者" * 10, 12) == 6
    assert lines("", 12) == 1


def test_numbers_have_room_for_their_upper_limit() -> None:
    for placed in LAYOUT.blocks:
        plan = plan_page(LAYOUT.on(placed.sheet.id))
        for index, column in enumerate(placed.columns):
            at = placed.cell(0, index)[1]
            if column.field.type in NUMERIC:
                assert len(f"{int(column.field.limit):,}") + 1 <= plan.widths[at - 1] or column.field.unit == "items"


def test_headings_are_printed_as_the_reader_expects_them() -> None:
    for placed in LAYOUT.blocks:
        ws = FORM_BOOKS["core"][placed.sheet.name]
        for index, column in enumerate(placed.columns):
            row, at = placed.cell(index if placed.block.kind == "form" else 0, index)
            if placed.block.kind == "form":
                assert ws.cell(row, 1).value == two_lines(column.field.label)
            elif placed.block.kind == "grid":
                assert ws.cell(placed.header, at).value == column_heading(column.field, column.across)
