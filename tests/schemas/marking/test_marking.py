"""Marks go on and come off a filled workbook, and nothing else in it changes."""

import base64
import io
import re
import zipfile
from collections.abc import Callable

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.datavalidation import DataValidation

from schemas.dictionary.declaration import Text
from schemas.marking import PackageError, mark_workbook, unmark_workbook
from schemas.rules.finding import Finding, Severity
from schemas.xlsx.cell_address import cell_address
from tests.support.office import saved_by_libreoffice

# openpyxl says on every load what it would lose; these tests only read with it.
pytestmark = pytest.mark.filterwarnings("ignore:.*(extension is not supported|no default style):UserWarning")

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
SUMMARY = (
    "確認が終わりました。要修正 2 件、要確認 1 件、参考 1 件です。",
    "2 to correct, 1 to check, 1 note.",
)
RESEARCHERS, LISTS, OWN = "研究者", "国際 共同's", "学内メモ"


def is_marked(data: bytes) -> bool:
    """Whether a workbook carries a mark or a sheet of ours."""
    return unmark_workbook(data) != data


def finding(
    sheet: str | None = RESEARCHERS, cells: tuple[str, ...] = ("C7",), severity: Severity = "error", **texts: str
) -> Finding:
    values = {
        "message_ja": "外国人 120 人が総数 100 人を上回っています。",
        "message_en": "Foreign researchers (120) exceed all researchers (100).",
    } | texts
    message = Text(ja=values["message_ja"], en=values["message_en"])
    remedy = Text(ja="C7 か B7 の値をご確認ください。", en="Please check C7 or B7.")
    return Finding(values.get("rule", "RES-001"), severity, "row", message, remedy, sheet=sheet, cells=cells)


FINDINGS = (
    finding(severity="note", cells=("D9",), rule="RES-003"),
    finding(cells=("C7", "B7")),
    finding(severity="check", cells=("C7", "C8", "$D$8", "B9:C9", "B10"), rule="RES-002"),
    finding(sheet=LISTS, cells=("A3",), rule="JOI-001"),
    finding(sheet=None, cells=(), severity="note", rule="FMT-50"),
)


def rich_workbook() -> bytes:
    """Everything that a load-and-save of a user's file is known to lose, and more."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    book.set_custom_property("template_version", "2026.1")
    own = book.add_worksheet(OWN)
    own.write("A1", "触らないでください")
    own.insert_image("C3", "p.png", {"image_data": io.BytesIO(PIXEL)})
    own.insert_textbox("E3", "text box")
    sheet = book.add_worksheet(RESEARCHERS)
    unlocked = book.add_format({"locked": False})
    sheet.protect()
    sheet.repeat_rows(0, 1)
    sheet.print_area("A1:F40")
    sheet.freeze_panes(2, 1)
    sheet.write_string("A1", "研究者の数")
    sheet.merge_range("E1:F1", "見出し")
    for row in range(6, 40):
        sheet.write_string(row, 0, f"教授 & <{row}>")
        sheet.write_number(row, 1, row, unlocked)
    sheet.write_formula("B2", "=SUM(B7:B40)", None, 782)
    sheet.conditional_format("B7:B40", {"type": "cell", "criteria": "<", "value": 9, "format": unlocked})
    sheet.conditional_format("C7:C40", {"type": "data_bar", "data_bar_2010": True})
    sheet.conditional_format("D7:D40", {"type": "icon_set", "icon_style": "3_arrows"})
    sheet.data_validation("D7:D40", {"validate": "list", "source": "=choices", "input_title": "選択"})
    sheet.insert_checkbox("F7", True)
    sheet.add_sparkline("F8", {"range": f"{RESEARCHERS}!B7:B40"})
    sheet.write_comment("B8", "利用者のコメント")
    lists = book.add_worksheet(LISTS)
    lists.add_table("A2:B6", {"name": "joint", "data": [["あ", 1]], "columns": [{"header": "h"}, {"header": "n"}]})
    lists.write_rich_string("D2", "a", book.add_format({"bold": True}), "b", "c")
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": f"={RESEARCHERS}!$B$7:$B$40"})
    own.insert_chart("H3", chart)
    chart_sheet = book.add_chartsheet("図")
    second = book.add_chart({"type": "line"})
    second.add_series({"values": f"={RESEARCHERS}!$B$7:$B$40"})
    chart_sheet.set_chart(second)
    hidden = book.add_worksheet("_lists")
    hidden.write_column("A1", ["あり", "なし"])
    hidden.hide()
    book.define_name("choices", "=_lists!$A$1:$A$2")
    book.define_name("q_total", f"={RESEARCHERS}!$B$2")
    book.define_name(f"{RESEARCHERS}!local_name", f"={RESEARCHERS}!$B$7")
    sheet.activate()
    book.close()
    return target.getvalue()


@pytest.fixture(scope="module")
def rich() -> bytes:
    return rich_workbook()


@pytest.fixture(scope="module")
def marked(rich: bytes) -> bytes:
    return mark_workbook(rich, FINDINGS, summary=SUMMARY)


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def rebuilt(data: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """The package with each part changed, or left out where the change gives None."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for name, part in parts(data).items():
            new = change(name, part)
            if new is not None:
                out.writestr(name, new)
    return target.getvalue()


def saved_by_openpyxl(data: bytes) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(data))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def small_workbook(*names: str) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    for name in names or (RESEARCHERS,):
        book.add_worksheet(name).write("A1", name)
    book.close()
    return target.getvalue()


def marked_cells(data: bytes, sheet: str) -> dict[int, set[str]]:
    """The references of our colours by their priority, as another reader sees them."""
    found: dict[int, set[str]] = {}
    for block in openpyxl.load_workbook(io.BytesIO(data))[sheet].conditional_formatting:
        for rule in block.rules:
            if rule.formula == ['N("junkan-mark")=0']:
                found.setdefault(rule.priority, set()).update(str(block.sqref).split())
    return found


def result_rows(data: bytes) -> list[tuple[object, ...]]:
    return list(openpyxl.load_workbook(io.BytesIO(data)).worksheets[0].iter_rows(values_only=True))


# --- what must not change


def test_parts_that_need_no_mark_are_the_same_bytes_in_the_same_order(rich: bytes, marked: bytes) -> None:
    before, after = parts(rich), parts(marked)
    new = [name for name in after if name not in before]
    assert new == ["xl/worksheets/sheet5.xml"]
    assert [name for name in after if name in before] == list(before)
    assert {name for name in before if before[name] != after[name]} == {
        "[Content_Types].xml",
        "xl/_rels/workbook.xml.rels",
        "xl/workbook.xml",
        "xl/styles.xml",
        "xl/worksheets/sheet2.xml",
        "xl/worksheets/sheet3.xml",
    }


def test_marked_sheet_differs_only_by_formats_messages_and_the_way_back(rich: bytes, marked: bytes) -> None:
    before = parts(rich)["xl/worksheets/sheet2.xml"]
    after = parts(marked)["xl/worksheets/sheet2.xml"]
    ours = rb'<conditionalFormatting sqref="[^"]*"><cfRule[^>]*><formula>N\(&quot;.*?</conditionalFormatting>'
    stripped, count = re.subn(ours, b"", after)
    assert count == 5, "three colours and what two cells said before"
    outside = re.compile(rb"<dataValidations.*?</dataValidations>|<hyperlinks>.*?</hyperlinks>", re.DOTALL)
    stripped, before = outside.sub(b"", stripped), outside.sub(b"", before)
    assert re.sub(rb'priority="\d+"', b"", stripped) == re.sub(rb'priority="\d+"', b"", before)
    assert b"<v>782</v>" in after and b"<x14:sparkline>" in after and b"x14:cfRule" in after


def test_unmarking_gives_back_every_part(rich: bytes, marked: bytes) -> None:
    assert parts(unmark_workbook(marked)) == parts(rich)
    assert list(parts(unmark_workbook(marked))) == list(parts(rich))


def test_unmarked_workbook_comes_back_as_the_same_object(rich: bytes) -> None:
    assert unmark_workbook(rich) is rich
    assert not is_marked(rich)


def test_output_is_deterministic_and_dates_are_fixed(rich: bytes, marked: bytes) -> None:
    assert mark_workbook(rich, FINDINGS, summary=SUMMARY) == marked
    dates = {info.date_time for info in zipfile.ZipFile(io.BytesIO(marked)).infolist()}
    assert dates == {(1980, 1, 1, 0, 0, 0)}


def test_marking_again_replaces_the_old_marks(rich: bytes, marked: bytes) -> None:
    assert is_marked(marked)
    fresh = mark_workbook(rich, [finding(cells=("B12",))], summary=SUMMARY)
    assert parts(mark_workbook(marked, [finding(cells=("B12",))], summary=SUMMARY)) == parts(fresh)
    assert marked_cells(fresh, RESEARCHERS) == {1: {"B12"}}


# --- marks on cells


def test_cells_are_coloured_by_severity_and_stand_before_other_rules(marked: bytes) -> None:
    assert marked_cells(marked, RESEARCHERS) == {
        1: {"B7", "C7"},
        2: {"C7", "C8", "D8", "B9:C9", "B10"},
        3: {"D9"},
    }
    sheet = openpyxl.load_workbook(io.BytesIO(marked))[RESEARCHERS]
    colours = {
        rule.priority: (rule.dxf.fill.bgColor.rgb, rule.dxf.font.color.rgb)
        for block in sheet.conditional_formatting
        for rule in block.rules
        if rule.priority <= 3
    }
    assert colours == {
        1: ("FFFDEEEE", "FFCE0000"),
        2: ("FFFFEEE2", "FF8B3200"),
        3: ("FFE8F1FE", "FF0017C1"),
    }
    priorities = [rule.priority for block in sheet.conditional_formatting for rule in block.rules]
    assert sorted(priorities) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_long_lists_are_split_into_rules_of_a_thousand_references() -> None:
    cells = tuple(f"B{row}" for row in range(1, 2_502))
    marks = marked_cells(mark_workbook(small_workbook(), [finding(cells=cells)], summary=SUMMARY), RESEARCHERS)
    assert [len(marks[priority]) for priority in (1, 2, 3)] == [1_000, 1_000, 501]
    assert set.union(*marks.values()) == set(cells)


def test_names_still_point_where_they_did(rich: bytes, marked: bytes) -> None:
    before, after = (openpyxl.load_workbook(io.BytesIO(data)) for data in (rich, marked))
    assert {n: d.attr_text for n, d in after.defined_names.items() if n != "junkan_result"} == {
        n: d.attr_text for n, d in before.defined_names.items()
    }
    sheet = after[RESEARCHERS]
    assert sheet.defined_names["local_name"].attr_text == f"{RESEARCHERS}!$B$7"
    assert (sheet.print_title_rows, sheet.print_area) == ("$1:$2", f"'{RESEARCHERS}'!$A$1:$F$40")
    assert after.active.title == RESEARCHERS
    assert after.sheetnames == ["結果", *before.sheetnames]
    assert after.defined_names["junkan_result"].attr_text == "'結果'!$A$1"


@pytest.mark.parametrize("cell", ["B0", "", "b4", "XFE1", "A1048577", "A1:", "研究者!A1", "A1 B2"])
def test_what_is_no_address_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="not a cell address"):
        mark_workbook(small_workbook(), [finding(cells=(cell,))], summary=SUMMARY)


def test_finding_on_a_sheet_that_is_missing_is_listed_without_link() -> None:
    book = openpyxl.load_workbook(io.BytesIO(mark_workbook(small_workbook(), [finding(sheet="組織")], summary=SUMMARY)))
    assert book["結果"]["C7"].value == "組織"
    assert book["結果"]["D7"].hyperlink is None


# --- the result sheet


def test_result_sheet_lists_every_finding_by_severity_with_links(marked: bytes) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(marked)).worksheets[0]
    rows = result_rows(marked)
    assert rows[1][0] == SUMMARY[0] and rows[2][0] == SUMMARY[1]
    assert [row[1] for row in rows[6:]] == ["RES-001", "JOI-001", "RES-002", "RES-003", "FMT-50"]
    assert [row[0] for row in rows[6:]] == [
        "要修正\nTo correct",
        "要修正\nTo correct",
        "要確認\nTo check",
        "参考\nFor information",
        "参考\nFor information",
    ]
    assert rows[6][4] == f"{FINDINGS[1].message.ja}\n{FINDINGS[1].message.en}"
    assert rows[6][5] == f"{FINDINGS[1].remedy.ja}\n{FINDINGS[1].remedy.en}"
    links = [sheet.cell(row, 4).hyperlink for row in range(7, 12)]
    assert [link and link.location for link in links] == [
        f"'{RESEARCHERS}'!C7",
        "'国際 共同''s'!A3",
        f"'{RESEARCHERS}'!C7",
        f"'{RESEARCHERS}'!D9",
        None,
    ]
    assert rows[8][3] == "C7 ほか4か所 / and 4 more"


def test_result_sheet_is_ready_for_screen_and_print(marked: bytes) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(marked)).worksheets[0]
    assert sheet.freeze_panes == "A7"
    assert sheet.print_title_rows == "$6:$6"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToHeight == 0
    assert sheet["E7"].alignment.wrap_text and sheet.column_dimensions["E"].width > 40
    assert sheet.auto_filter.ref == "A6:G11"


@pytest.mark.parametrize("demo", [True, False])
def test_demonstration_data_is_named_on_sheet_and_print(demo: bool) -> None:
    data = mark_workbook(small_workbook(), [], summary=SUMMARY, demo=demo)
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    words = [cell.value for row in sheet["A1:G1"] for cell in row]
    assert ("デモデータ / demo data" in words) is demo
    assert (sheet.oddHeader.right.text == "デモデータ / demo data") is demo


def test_no_findings_are_said_in_words() -> None:
    data = mark_workbook(small_workbook(), [], summary=SUMMARY)
    assert result_rows(data)[6][4] == "該当する項目はありません。\nThere is nothing to list."
    assert is_marked(data)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_text_like_a_formula_stays_text(start: str) -> None:
    data = mark_workbook(small_workbook(), [finding(message_ja=f"{start}cmd|' /C calc'!A0")], summary=SUMMARY)
    part = parts(data)["xl/worksheets/sheet2.xml"].decode()
    assert "<f>" not in part and "<f " not in part
    book = openpyxl.load_workbook(io.BytesIO(data))
    cell = book["結果"]["E7"]
    assert cell.data_type == "s" and cell.quotePrefix
    assert str(cell.value).startswith(start.replace("\r", "\n"))
    assert not book["結果"]["F7"].quotePrefix


def test_signs_that_xml_cannot_hold_or_that_excel_decodes_are_kept_apart() -> None:
    text = 'a\x00b\x0b\ud800 <&>" _x0041_ 髙 𠮷' + "長" * 40_000
    data = mark_workbook(small_workbook(), [finding(message_ja=text, message_en="")], summary=SUMMARY)
    value = str(result_rows(data)[6][4])
    assert value.startswith('a\ufffdb\ufffd\ufffd <&>" _x005F_x0041_ 髙 𠮷長')
    assert value.endswith("長…")


def test_own_sheet_of_the_same_name_is_left_alone() -> None:
    own = small_workbook("結果", RESEARCHERS)
    data = mark_workbook(own, [finding(sheet="結果", cells=("A1",))], summary=SUMMARY)
    assert openpyxl.load_workbook(io.BytesIO(data)).sheetnames == ["結果 (2)", "結果", RESEARCHERS]
    assert parts(unmark_workbook(data)) == parts(own)


# --- the sheet of explanations


def explanation_workbook(change: Callable[[str, bytes], bytes] = lambda _, part: part) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    book.add_worksheet(RESEARCHERS)
    sheet = book.add_worksheet("説明")
    cell = book.add_format({"text_wrap": True, "locked": False})
    sheet.write_row("A3", ["項目", "内容", "選択", "説明", "担当"])
    for row in (4, 5):
        for column in range(5):
            sheet.write_blank(row - 1, column, None, cell)
    sheet.write_string("D4", "前回の説明", cell)
    sheet.write_string("G4", "欄外", cell)
    sheet.write_string("A9", "後の行")
    book.define_name("explanations_first", "=説明!$A$4")
    book.close()
    return rebuilt(target.getvalue(), change)


ROWS = [
    ("RES-001", "=A1", None, None, ""),
    ("RES-002", "内容", "", None, None),
    ("RES-003", "外", "", "", ""),
]


def test_explanations_are_listed_and_keep_style_and_answers() -> None:
    data = mark_workbook(explanation_workbook(), [], summary=SUMMARY, explanation_rows=ROWS)
    sheet = openpyxl.load_workbook(io.BytesIO(data))["説明"]
    assert [cell.value for cell in sheet[4]] == ["RES-001", "=A1", None, "前回の説明", None, None, "欄外"]
    assert [cell.value for cell in sheet[5]][:3] == ["RES-002", "内容", None]
    assert [cell.value for cell in sheet[6]][:2] == ["RES-003", "外"]
    assert sheet["A9"].value == "後の行"
    assert sheet["B4"].data_type == "s"
    styled = [sheet[address] for address in ("A4", "B5", "D4", "E4", "A6", "E6")]
    assert all(cell.alignment.wrap_text and not cell.protection.locked for cell in styled)


def test_explanations_stay_when_marks_go() -> None:
    data = mark_workbook(
        explanation_workbook(), [finding(sheet="説明", cells=("A4",))], summary=SUMMARY, explanation_rows=ROWS
    )
    clean = unmark_workbook(data)
    assert openpyxl.load_workbook(io.BytesIO(clean))["説明"]["A4"].value == "RES-001"
    assert not is_marked(clean)


def test_explanations_below_the_last_row_widen_the_stated_dimension() -> None:
    rows = [("",) * 9] * 8 + [("最後", *[""] * 8)]
    data = mark_workbook(explanation_workbook(), [], summary=SUMMARY, explanation_rows=rows)
    sheet = openpyxl.load_workbook(io.BytesIO(data), read_only=True)["説明"]
    assert (sheet.max_row, sheet.max_column) == (12, 9)
    assert next(iter(sheet.iter_rows(min_row=12, values_only=True)))[0] == "最後"


def test_explanations_without_their_name_change_nothing() -> None:
    def without_name(name: str, part: bytes) -> bytes:
        return part.replace(b"explanations_first", b"other") if name == "xl/workbook.xml" else part

    source = explanation_workbook(without_name)
    after = parts(mark_workbook(source, [], summary=SUMMARY, explanation_rows=ROWS))
    assert after["xl/worksheets/sheet2.xml"] == parts(source)["xl/worksheets/sheet2.xml"]


def test_explanations_into_an_empty_sheet_without_addresses() -> None:
    def emptied(name: str, part: bytes) -> bytes:
        new = b"<sheetData><row><c><v>1</v></c></row></sheetData>" if b"G4" in part else b"<sheetData/>"
        return re.sub(rb"<sheetData.*</sheetData>", new, part) if name.endswith("sheet2.xml") else part

    data = mark_workbook(explanation_workbook(emptied), [], summary=SUMMARY, explanation_rows=ROWS)
    sheet = openpyxl.load_workbook(io.BytesIO(data))["説明"]
    assert [sheet.cell(row, 1).value for row in (1, 4, 5, 6)] == [1, "RES-001", "RES-002", "RES-003"]


# --- other shapes of package


def test_workbook_saved_by_openpyxl_can_be_marked_and_unmarked(rich: bytes, marked: bytes) -> None:
    plain = saved_by_openpyxl(rich)
    again = mark_workbook(plain, FINDINGS, summary=SUMMARY)
    assert marked_cells(again, RESEARCHERS)[1] == {"B7", "C7"}
    assert parts(unmark_workbook(again)) == parts(plain)


def test_marks_are_found_after_openpyxl_saved_them(marked: bytes) -> None:
    saved = saved_by_openpyxl(marked)
    assert is_marked(saved)
    clean = unmark_workbook(saved)
    assert not is_marked(clean)
    book = openpyxl.load_workbook(io.BytesIO(clean))
    assert book.sheetnames == [OWN, RESEARCHERS, LISTS, "図", "_lists"]
    assert not marked_cells(clean, RESEARCHERS)
    assert book[RESEARCHERS].print_title_rows == "$1:$2"
    assert not any(b"junkan" in part for part in parts(clean).values())


def test_result_sheet_moved_and_renamed_goes_with_what_only_it_used(marked: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(marked))
    book.move_sheet("結果", 2)
    book.active = 2
    book["結果"].add_chart(openpyxl.chart.BarChart(), "A1")
    book["結果"].title = "先生へ"
    target = io.BytesIO()
    book.save(target)
    clean = unmark_workbook(target.getvalue())
    assert openpyxl.load_workbook(io.BytesIO(clean)).sheetnames == [OWN, RESEARCHERS, LISTS, "図", "_lists"]
    charts = [len([n for n in parts(data) if "charts/chart" in n]) for data in (target.getvalue(), clean)]
    assert charts == [3, 2]
    listed = set(re.findall(r'PartName="/([^"]*)"', parts(clean)["[Content_Types].xml"].decode()))
    assert listed <= set(parts(clean))


def workbook_part_changed(data: bytes, pattern: str, new: str) -> bytes:
    def change(name: str, part: bytes) -> bytes:
        return re.sub(pattern, new, part.decode()).encode() if name == "xl/workbook.xml" else part

    return rebuilt(data, change)


def test_result_sheet_deleted_by_the_user_leaves_no_mark(marked: bytes) -> None:
    deleted = workbook_part_changed(
        marked, r'<sheet name="結果"[^>]*>|<definedName [^>]*localSheetId="0".*?</definedName>', ""
    )
    clean = unmark_workbook(workbook_part_changed(deleted, "'結果'!", "#REF!"))
    assert not is_marked(clean)
    assert openpyxl.load_workbook(io.BytesIO(clean)).sheetnames == [OWN, RESEARCHERS, LISTS, "図", "_lists"]


def test_no_sheet_of_answers_is_taken_for_ours(marked: bytes) -> None:
    followed = workbook_part_changed(marked, r"(junkan_result[^>]*>)'結果'!", rf"\1{RESEARCHERS}!")
    assert openpyxl.load_workbook(io.BytesIO(unmark_workbook(followed))).sheetnames[:2] == [OWN, RESEARCHERS]
    only_global = workbook_part_changed(
        followed, r'<definedName name="junkan_result" localSheetId="0">.*?</definedName>', ""
    )
    assert RESEARCHERS in openpyxl.load_workbook(io.BytesIO(unmark_workbook(only_global))).sheetnames


def test_calculation_chain_goes_only_when_a_formula_of_it_went() -> None:
    def with_chain(name: str, part: bytes) -> bytes:
        if name == "[Content_Types].xml":
            kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"
            override = b'<Override PartName="/xl/calcChain.xml" ContentType="' + kind + b'"/>'
            return part.replace(b"</Types>", override + b"</Types>")
        if name == "xl/_rels/workbook.xml.rels":
            kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/calcChain"
            relation = b'<Relationship Id="rId99" Type="' + kind + b'" Target="calcChain.xml"/>'
            return part.replace(b"</Relationships>", relation + b"</Relationships>")
        return part

    target = io.BytesIO(rebuilt(small_workbook(), with_chain))
    with zipfile.ZipFile(target, "a") as package:
        package.writestr("xl/calcChain.xml", '<calcChain xmlns="urn:x"><c r="B9" i="1"/></calcChain>')
    data = mark_workbook(target.getvalue(), [], summary=SUMMARY)
    assert "xl/calcChain.xml" in parts(unmark_workbook(data))

    def with_formula(name: str, part: bytes) -> bytes:
        new = b'<row r="9"><c r="B9"><f>1+1</f><v>2</v></c></row></sheetData>'
        return part.replace(b"</sheetData>", new) if name == "xl/worksheets/sheet2.xml" else part

    clean = parts(unmark_workbook(rebuilt(data, with_formula)))
    assert "xl/calcChain.xml" not in clean
    assert not any(b"calcChain" in part for part in clean.values())


def test_the_words_of_our_signature_in_a_cell_are_no_mark() -> None:
    source = rebuilt(
        small_workbook(),
        lambda name, part: (
            part.replace(
                b"<sheetData>",
                b'<sheetData><row r="1"><c r="B1" t="inlineStr"><is><t>junkan-mark</t></is></c></row>',
            )
            .replace(b'<row r="1" ', b'<row r="2" ')
            .replace(b'r="A1"', b'r="A2"')
            if name == "xl/worksheets/sheet1.xml"
            else part
        ),
    )
    assert not is_marked(source)
    assert unmark_workbook(source) is source


def test_only_our_rule_goes_when_a_program_put_two_on_one_range(marked: bytes) -> None:
    def joined(name: str, part: bytes) -> bytes:
        other = b'<cfRule type="expression" priority="9"><formula>B7=1</formula></cfRule>'
        return part.replace(b"</cfRule></conditionalFormatting>", b"</cfRule>" + other + b"</conditionalFormatting>")

    clean = unmark_workbook(rebuilt(marked, joined))
    assert not is_marked(clean)
    assert parts(clean)["xl/worksheets/sheet2.xml"].count(b"B7=1") == 8


def prefixed(name: str, part: bytes) -> bytes:
    """The part as some libraries write it: every element with a namespace prefix."""
    if name not in {"xl/workbook.xml", "xl/styles.xml", "xl/worksheets/sheet1.xml"}:
        return part
    return re.sub(rb"<(/?)(?=[a-zA-Z])", rb"<\1x:", part).replace(b"xmlns=", b"xmlns:x=")


def utf16(name: str, part: bytes) -> bytes:
    if name != "xl/worksheets/sheet1.xml":
        return part
    return part.decode().replace("UTF-8", "UTF-16").encode("utf-16")


def commented(name: str, part: bytes) -> bytes:
    if name != "xl/worksheets/sheet1.xml":
        return part
    return part.replace(b"</worksheet>", b"<!-- </sheetData> --></worksheet>")


def pretty(name: str, part: bytes) -> bytes:
    return part.replace(b"><", b">\n  <") if name != "[Content_Types].xml" else part


@pytest.mark.parametrize("change", [prefixed, utf16, commented, pretty])
def test_other_ways_to_write_the_same_package(change: Callable[[str, bytes], bytes]) -> None:
    source = rebuilt(small_workbook(RESEARCHERS, OWN), change)
    data = mark_workbook(source, [finding(cells=("C7", "B2"))], summary=SUMMARY)
    assert marked_cells(data, RESEARCHERS) == {1: {"C7", "B2"}}
    assert openpyxl.load_workbook(io.BytesIO(data)).sheetnames == ["結果", RESEARCHERS, OWN]
    assert not is_marked(unmark_workbook(data))


def bare(name: str, part: bytes) -> bytes | None:
    """A package with the least that is allowed: no styles, no views, no names."""
    if name == "xl/styles.xml":
        return None
    part = re.sub(rb'<Override PartName="/xl/styles.xml"[^>]*>|<Relationship [^>]*styles.xml"/>', b"", part)
    return re.sub(rb"<bookViews>.*</bookViews>", b"", part)


def test_package_without_styles_and_views() -> None:
    data = mark_workbook(rebuilt(small_workbook(RESEARCHERS, OWN), bare), [finding()], summary=SUMMARY)
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.active.title == RESEARCHERS
    assert book["結果"]["A7"].fill.fgColor.rgb == "FFFDEEEE"
    assert marked_cells(data, RESEARCHERS) == {1: {"C7"}}
    assert not is_marked(unmark_workbook(data))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"not a package"])
def test_what_is_no_package_is_refused(data: bytes) -> None:
    for function in (unmark_workbook, is_marked, lambda d: mark_workbook(d, [], summary=SUMMARY)):
        with pytest.raises(PackageError):
            function(data)


def test_document_type_declaration_is_refused() -> None:
    def declared(name: str, part: bytes) -> bytes:
        return part.replace(b"?>", b"?><!DOCTYPE x>", 1) if name == "xl/workbook.xml" else part

    with pytest.raises(PackageError, match="document type"):
        is_marked(rebuilt(small_workbook(), declared))


# --- laws

ADDRESSES = st.builds(lambda c, r: f"{c}{r}", st.sampled_from(["A", "C", "AZ", "XFD"]), st.integers(1, 1_048_576))
SETS = st.dictionaries(st.sampled_from(["error", "check", "note"]), st.sets(ADDRESSES, min_size=1, max_size=30))


@settings(max_examples=30, deadline=None)
@given(SETS, st.sampled_from([RESEARCHERS, OWN, LISTS]))
def test_marks_are_exactly_the_cells_of_the_findings_and_go_again(
    rich: bytes, cells: dict[str, set[str]], sheet: str
) -> None:
    findings = [finding(sheet, tuple(sorted(c)), severity) for severity, c in sorted(cells.items())]
    data = mark_workbook(rich, findings, summary=SUMMARY)
    order = [severity for severity in ("error", "check", "note") if severity in cells]
    assert marked_cells(data, sheet) == {n: cells[severity] for n, severity in enumerate(order, start=1)}
    assert parts(unmark_workbook(data)) == parts(rich)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_gives_a_sheet_that_can_be_read(message: str, rule: str) -> None:
    data = mark_workbook(SMALL, [finding(message_ja=message, rule=rule)], summary=(message, rule))
    assert str(result_rows(data)[6][4]).endswith(FINDINGS[0].message.en)
    assert parts(unmark_workbook(data)) == parts(SMALL)


SMALL = small_workbook()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(SMALL) - 1), st.integers(0, 255))
def test_damaged_bytes_are_refused_or_handled(position: int, value: int) -> None:
    damaged = SMALL[:position] + bytes([value]) + SMALL[position + 1 :]
    try:
        mark_workbook(damaged, [finding()], summary=SUMMARY)
    except PackageError:
        assert damaged != SMALL


# --- messages on cells, and the way back


def messages(data: bytes, sheet: str) -> dict[str, tuple[str, str]]:
    """Cell -> title and text of the message that another reader sees."""
    found = openpyxl.load_workbook(io.BytesIO(data))[sheet].data_validations.dataValidation
    return {cell: (one.promptTitle or "", one.prompt or "") for one in found for cell in cells_of(one)}


def cells_of(validation: DataValidation) -> list[str]:
    """The cells of a validation one by one: readers join neighbours that say the same."""
    return [cell_address(row, column) for area in validation.sqref.ranges for row, column in area.cells]


def test_each_marked_cell_says_why_when_it_is_chosen(rich: bytes, marked: bytes) -> None:
    said = messages(marked, RESEARCHERS)
    for cell in ("B7", "C7"):
        title, text = said[cell]
        assert title == "要修正 / To correct"
        assert text.split("\n")[0] == FINDINGS[1].message.ja and FINDINGS[1].message.en in text
    assert said["D9"][0] == "参考 / For information" and said["D8"][0] == "要確認 / To check"
    assert said["D7"] == said["D10"] == said["D40"] == messages(rich, RESEARCHERS)["D7"]


def test_a_marked_cell_keeps_its_choices(marked: bytes) -> None:
    found = openpyxl.load_workbook(io.BytesIO(marked))[RESEARCHERS].data_validations.dataValidation
    choices = {cell: one.formula1 for one in found for cell in cells_of(one) if one.type == "list"}
    assert choices == {f"D{row}": "choices" for row in range(7, 41)}


def test_a_message_fits_into_what_excel_can_show() -> None:
    long = finding(message_ja="長" * 400, message_en="long " * 100)
    title, text = messages(mark_workbook(SMALL, [long], summary=SUMMARY), RESEARCHERS)["C7"]
    assert len(title) <= 32 and len(text) == 255 and text.endswith("…")


@pytest.mark.parametrize("cells", [("D7",), ("D40",), ("D7", "D8", "D40"), tuple(f"D{n}" for n in range(7, 41))])
def test_what_cells_said_before_is_put_back(rich: bytes, cells: tuple[str, ...]) -> None:
    data = mark_workbook(rich, [finding(cells=cells)], summary=SUMMARY)
    assert set(cells) <= set(messages(data, RESEARCHERS))
    assert parts(unmark_workbook(data)) == parts(rich)
    resaved = unmark_workbook(saved_by_openpyxl(data))
    assert messages(resaved, RESEARCHERS) == messages(rich, RESEARCHERS)


def test_the_heading_of_a_marked_sheet_leads_back_to_the_list(marked: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(marked))
    for name, is_marked_sheet in ((RESEARCHERS, True), (LISTS, False), (OWN, False)):
        link = book[name]["A1"].hyperlink
        assert (link is not None and link.location == "junkan_result") == is_marked_sheet
    assert book.defined_names["junkan_result"].attr_text == "'結果'!$A$1"


# --- LibreOffice


@pytest.fixture(scope="module")
def resaved(marked: bytes, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The marked workbook opened and saved by LibreOffice."""
    folder = tmp_path_factory.mktemp("office") / "marked"
    return saved_by_libreoffice({"marked": marked}, folder)["marked"]


@pytest.mark.office
def test_libreoffice_keeps_marks_names_and_links(resaved: bytes) -> None:
    assert is_marked(resaved)
    assert set().union(*marked_cells(resaved, RESEARCHERS).values()) >= {"C7", "C8", "D9"}
    book = openpyxl.load_workbook(io.BytesIO(resaved))
    assert book.sheetnames[0] == "結果"
    said = messages(resaved, RESEARCHERS)
    assert said["C7"][1].split("\n")[0] == FINDINGS[1].message.ja
    assert book["結果"]["D7"].hyperlink.location in (f"'{RESEARCHERS}'!C7", f"{RESEARCHERS}!C7")
    assert book[RESEARCHERS].print_title_rows == "$1:$2"


@pytest.mark.office
def test_marks_are_gone_after_libreoffice_saved_and_upload(resaved: bytes) -> None:
    clean = unmark_workbook(resaved)
    assert not is_marked(clean)
    assert not any(b"junkan" in part for part in parts(clean).values())
    book = openpyxl.load_workbook(io.BytesIO(clean))
    assert set(messages(clean, RESEARCHERS).values()) == {("選択", "")}
    assert "結果" not in book.sheetnames and book.active.title == RESEARCHERS
    assert book[RESEARCHERS].print_title_rows == "$1:$2"
    assert book.defined_names["q_total"].attr_text.replace("'", "") == f"{RESEARCHERS}!$B$2"
    assert openpyxl.load_workbook(io.BytesIO(clean), data_only=True)[RESEARCHERS]["B2"].value == 782
    again = mark_workbook(resaved, [finding(cells=("B12",))], summary=SUMMARY)
    assert marked_cells(again, RESEARCHERS) == {1: {"B12"}}
