"""Scorecards read back: text, structure, figures equal to the JSON, hostile names, formulas recalculated."""

from __future__ import annotations

import copy
import io
import json
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typst
from openpyxl import load_workbook
from pypdf import PdfReader

from app.charts.chart_rows import count_text, gap_sentence, value_text
from app.charts.theme import print_fonts
from app.demo.filled_forms import demo_institutions, demo_issue, sample_issues
from app.documents.scorecard import scorecard_pages, scorecard_pdf, scorecard_workbook, write_scorecards
from app.documents.scorecard.card import Card, card_of, plain
from app.documents.scorecard.context import scorecard_context
from app.documents.scorecard.gaps import first_gaps
from app.documents.scorecard.pdf import STANDARDS, TEMPLATE, font_coverage
from app.documents.scorecard.workbook import COLUMNS, FIRST_ROW, LETTER
from app.edition import catalogue
from app.submission.process_workbook import process
from app.submission.result import Result
from app.texts import say
from schemas.dictionary.format_number import format_number
from schemas.form.issue import Given
from schemas.template.write_template import write_template
from tests.support.office import saved_by_libreoffice

LANGUAGES = ("ja", "en")
WITH_CENTRE, WITHOUT_CENTRE = 0, 10


@cache
def processed_of(place: int) -> Result:
    dictionary = catalogue().dictionary
    return process(write_template(dictionary, demo_issue(demo_institutions()[place], 2026, dictionary)))


@pytest.fixture(scope="module")
def processed() -> Result:
    """A demo university with a centre."""
    return processed_of(WITH_CENTRE)


@pytest.fixture(scope="module")
def score(processed: Result) -> dict[str, Any]:
    return dict(processed.header["score"])


@pytest.fixture(scope="module")
def names(processed: Result) -> dict[str, str]:
    return dict(processed.header["institution_row"])


@pytest.fixture(scope="module")
def pdfs(score: dict[str, Any], names: dict[str, str]) -> dict[str, bytes]:
    return {language: scorecard_pdf(score, names, language, True) for language in LANGUAGES}


def card(score: dict[str, Any], names: dict[str, str], language: str, is_demo: bool = True) -> Card:
    return card_of(score, names, language, is_demo, catalogue())


@cache
def pages(data: bytes) -> list[str]:
    """The text of each page without white space, which line breaks would change."""
    return ["".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(data)).pages]


def squeezed(text: str) -> str:
    return "".join(text.split())


TARGET: dict[str, Given] = {
    "indicator": "foreign_researcher_share", "value": 40, "year": 2028, "source": "medium_term_plan",
    "document": "1-(2)",
}  # fmt: skip


@pytest.fixture(scope="module")
def promised() -> dict[str, Any]:
    """The scores of a form with two own targets, of which one has no value yet."""
    issue = sample_issues(catalogue().dictionary)["sample-strong"]
    targets = [TARGET, {**TARGET, "indicator": "outbound_long_rate", "value": 5}]
    issue = replace(issue, lists={**issue.lists, "own_targets": targets})
    return dict(process(write_template(catalogue().dictionary, issue)).header["score"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_own_targets_stand_on_pdf_and_workbook_under_their_own_name(
    promised: dict[str, Any], names: dict[str, str], language: str
) -> None:
    one, other = promised["scoreboards"][0]["own_targets"]
    text = "".join(pages(scorecard_pdf(promised, names, language, True)))
    points = format_number(one["score"], 0)
    assert squeezed(say("own_target.title", language)) in text
    assert squeezed(say("own_target.score", language, points=points)) in text
    assert squeezed(say("own_target.no_value", language)) in text and other["score"] is None
    book = load_workbook(io.BytesIO(scorecard_workbook(promised, names, language, True)))
    sheet = book[say("own_target.title", language)]
    assert [sheet.cell(4, column).value for column in (2, 3, 5)] == [pytest.approx(one["current"]), 40, 2028]
    assert sheet["F4"].value == "=B4-C4" and sheet["H4"].value.startswith("=100*MAX(") and sheet["H5"].value is None
    assert say("own_target.label", language) in sheet["H3"].value


def test_without_own_targets_nothing_is_said_of_them(score: dict[str, Any], names: dict[str, str]) -> None:
    assert squeezed(say("own_target.note", "ja")) not in "".join(pages(scorecard_pdf(score, names, "ja", True)))
    assert (
        say("own_target.title", "ja")
        not in load_workbook(io.BytesIO(scorecard_workbook(score, names, "ja", True))).sheetnames
    )


# PDF


@pytest.mark.parametrize("language", LANGUAGES)
def test_pdf_is_tagged_titled_and_in_its_language(pdfs: dict[str, bytes], names: dict[str, str], language: str) -> None:
    reader = PdfReader(io.BytesIO(pdfs[language]))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] is True or root["/MarkInfo"]["/Marked"]
    assert str(root["/Lang"]).startswith(language)
    assert names[f"name_{language}"] in str(reader.metadata.title) and "2026" in str(reader.metadata.title)
    assert b"pdfaid" in root["/Metadata"].get_data() and b"pdfuaid" in root["/Metadata"].get_data()
    assert 2 <= len(reader.pages) <= 6


@pytest.mark.parametrize("language", LANGUAGES)
def test_pdf_embeds_every_font(pdfs: dict[str, bytes], language: str) -> None:
    fonts = {}
    for page in PdfReader(io.BytesIO(pdfs[language])).pages:
        for font in page["/Resources"].get("/Font", {}).values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            fonts[str(inner["/BaseFont"])] = inner["/FontDescriptor"]
    assert {name.split("+")[1].split("-Identity")[0] for name in fonts} == {
        "NotoSansCJKjp-Regular",
        "NotoSansCJKjp-Bold",
    }
    assert all("/FontFile3" in descriptor for descriptor in fonts.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_demo_mark_stands_on_every_page(pdfs: dict[str, bytes], language: str) -> None:
    assert all(squeezed(say("demo.mark", language)) in page for page in pages(pdfs[language]))


def test_real_scorecard_has_no_demo_mark(score: dict[str, Any], names: dict[str, str]) -> None:
    named = json.dumps(score, ensure_ascii=False).replace("デモ", "")  # centres of the sample
    text = "".join(pages(scorecard_pdf(json.loads(named), {**names, "name_ja": "北国大学"}, "ja", False)))
    assert "デモ" not in text and "架空" not in text and "北国大学" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_printed_figures_equal_the_json(pdfs: dict[str, bytes], score: dict[str, Any], language: str) -> None:
    text = "".join(pages(pdfs[language])[1:])
    for row in score["scoreboards"][0]["indicators"]:
        indicator = catalogue().indicators[row["id"]]
        assert squeezed(indicator.label[language]) in text, row["id"]
        assert squeezed(value_text(row["value"], indicator.unit, language)) in text, row["id"]
        if indicator.measure.difference is None:
            assert f"{count_text(row['numerator'])}/{count_text(row['denominator'])}" in text, row["id"]
        if row["interval"]:
            assert "–".join(format_number(end) for end in row["interval"]) in text, row["id"]


def needed(people: dict[str, int | None] | None) -> int:
    """People or items named in the table: those to replace, else those to add, else none."""
    found = people or {"replace": None, "add": None}
    return found["replace"] or found["add"] or 0


def is_required(gap: dict[str, Any]) -> bool:
    """Whether a gap is to a requirement or a target that may be compared with this value."""
    return gap["kind"] in ("requirement", "target") and gap["comparable"]


def printed_rows(table: dict[str, Any]) -> list[list[str]]:
    """The rows of a printed table, over all its groups."""
    return [row for group in table["groups"] for indicator in group["indicators"] for row in indicator["rows"]]


def test_table_rows_carry_gap_score_kind_and_band(score: dict[str, Any], names: dict[str, str]) -> None:
    """Every cell of both tables against the JSON, for each indicator and level."""
    context = scorecard_context(card(score, names, "ja"))
    cells, others = (printed_rows(context[name]) for name in ("table", "others"))
    every = [row for row in score["scoreboards"][0]["indicators"] if row["level"] != "unit"]
    judged = {row["id"] for row in every if row["score"] is not None or any(map(is_required, row["gaps"]))}
    rows = [row for row in every if row["id"] in judged]
    assert len(cells) == len(rows) and len(others) == len(every) - len(rows) and cells and others
    for (_, value, _, _, flags), row in zip(others, [r for r in every if r["id"] not in judged], strict=True):
        assert (
            value_text(row["value"], catalogue().indicators[row["id"]].unit, "ja") in value
            and ("*" in flags) == row["small"]
        )
    for printed, row in zip(cells, rows, strict=True):
        _, value, _, _, benchmark, gap, people, points, band, flags = printed
        assert value_text(row["value"], catalogue().indicators[row["id"]].unit, "ja") in value
        assert (points == "－") == (row["score"] is None)
        if row["score"] is not None:
            word = {"score": "", "direction": " 到達度", "reference": " 参考"}[row["score_kind"]]
            assert points == format_number(row["score"]) + word
        assert band == (row["band"] or "－")
        assert ("*" in flags) == row["small"]
        required = [g for g in row["gaps"] if g["kind"] == "requirement" and g["comparable"]]
        if required:
            assert benchmark != "－"
            places = 0 if catalogue().indicators[row["id"]].unit == "number" else 1  # people have no decimals
            apart = required[0]["gap_points"]
            assert gap == ("－" if apart is None else format_number(apart, places))
            word = {
                "met": "到達（余裕",
                "not_met": "未到達（不足",
                None: count_text(needed(required[0]["gap_people"])),
            }
            assert people.startswith(word[required[0]["verdict"]])


def test_direction_never_gets_a_verdict_or_a_band(score: dict[str, Any], names: dict[str, str]) -> None:
    context = scorecard_context(card(score, names, "ja"))
    directions = [row for row in printed_rows(context["table"]) if "到達度" in row[7]]
    assert directions
    for row in directions:
        assert row[8] == "－" and "到達" not in row[6]


@pytest.mark.parametrize("language", LANGUAGES)
def test_front_page_has_the_answer_the_gaps_the_distance_and_the_purpose(
    pdfs: dict[str, bytes], score: dict[str, Any], names: dict[str, str], language: str
) -> None:
    front = pages(pdfs[language])[0]
    context = scorecard_context(card(score, names, language))
    assert squeezed(context["answer"]["text"]) in front
    assert len(context["gaps"]["items"]) == 3
    for gap in context["gaps"]["items"]:
        assert squeezed(gap["sentence"]) in front and squeezed(gap["now"]) in front
    for row in context["distance"]["rows"]:
        assert squeezed(row["value"]) in front
    assert all(squeezed(line) in front for line in context["purpose"]["lines"])


def test_gap_sentence_is_the_one_of_the_methods(score: dict[str, Any], names: dict[str, str]) -> None:
    gaps = first_gaps(card(score, names, "ja"))
    row = next(r for r in score["scoreboards"][0]["indicators"] if r["id"] == "foreign_researcher_share")
    people = row["gaps"][0]["gap_people"]
    assert gaps[0]["label"] == "外国人研究者比率（全学）"
    as_if = f"仮に拠点の要件（30％）を全学に当てはめると、外国人研究者を{people['replace']:,}人増やすことに相当します"
    alone = f"増員だけで達する場合は{people['add']:,}人。"
    assert gaps[0]["sentence"] == f"{as_if}（目安であり、要件ではありません）。{alone}"


def test_what_a_centre_lacks_is_required_only_where_it_is_judged(score: dict[str, Any], names: dict[str, str]) -> None:
    row = next(
        r for r in score["scoreboards"][0]["indicators"]
        if (r["id"], r["level"]) == ("foreign_researcher_share", "centre")
    )  # fmt: skip
    indicator = catalogue().indicators[row["id"]]
    judged = {**row["gaps"][0], "gap_people": {"of": "people", "replace": 2, "add": 3}, "verdict": "not_met"}
    gap = {**judged, "verdict": None}
    assert gap["level"] == "centre"
    lacking = f"差し引き{gap['gap_people']['replace']}人の増加"
    guide = f"仮に要件（30％）を当てはめると、{lacking}に相当します（目安であり、判定ではありません）"
    assert gap_sentence(indicator, row, gap, "ja") == guide
    assert gap_sentence(indicator, row, judged, "ja") == f"現在の規模のまま達するには、{lacking}が必要です"


def test_an_unmet_requirement_comes_before_a_larger_direction(score: dict[str, Any], names: dict[str, str]) -> None:
    changed = copy.deepcopy(score)
    row = next(
        r for r in changed["scoreboards"][0]["indicators"]
        if (r["id"], r["level"]) == ("foreign_researcher_share", "centre")
    )  # fmt: skip
    gap = row["gaps"][0]
    gap["verdict"], gap["margin"], gap["gap_people"] = "not_met", -2, {"of": "people", "replace": 2, "add": 3}
    assert first_gaps(card(changed, names, "ja"))[0]["label"] == "外国人研究者比率（比較拠点）"


@pytest.mark.parametrize("language", LANGUAGES)
def test_university_without_a_centre_gets_a_whole_scorecard(language: str) -> None:
    found = processed_of(WITHOUT_CENTRE)
    data = scorecard_pdf(found.header["score"], found.header["institution_row"], language, True)
    front = pages(data)[0]
    assert squeezed(say("card.distance_none", language)) in front
    assert len(PdfReader(io.BytesIO(data)).pages) <= 6


MISSING = ("a", "m", "x", "nc", "c", "zero_denominator", "no_source")


@pytest.fixture(scope="module")
def empty(score: dict[str, Any]) -> dict[str, Any]:
    """The scores with every value missing, which draw no picture either."""
    found = copy.deepcopy(score)
    for place, row in enumerate(found["scoreboards"][0]["indicators"]):
        row.update(
            value=None, numerator=None, denominator=None, interval=None, score=None, score_kind=None, band=None,
            gaps=[], status=MISSING[place % len(MISSING)],
        )  # fmt: skip
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_missing_values_are_said_in_words(empty: dict[str, Any], names: dict[str, str], language: str) -> None:
    text = "".join(pages(scorecard_pdf(empty, names, language, True)))
    assert all(squeezed(say(f"card.status_{status}", language)) in text for status in MISSING)
    assert squeezed(say("sentence.nothing", language)) in text
    assert not re.search(r"None(?!ofthese)|[^a-z]nan[^a-z]", text)


def test_equal_input_gives_equal_bytes(score: dict[str, Any], names: dict[str, str], pdfs: dict[str, bytes]) -> None:
    assert scorecard_pdf(score, names, "ja", True) == pdfs["ja"]
    assert scorecard_workbook(score, names, "ja", True) == scorecard_workbook(score, names, "ja", True)


def test_a_document_does_not_depend_on_those_printed_before_or_at_once(
    score: dict[str, Any], names: dict[str, str], pdfs: dict[str, bytes]
) -> None:
    other = scorecard_pdf(score, {"name_ja": "別の大学", "name_en": ""}, "ja", False)
    assert other != pdfs["ja"]
    with ThreadPoolExecutor(4) as threads:
        printed = list(threads.map(lambda language: scorecard_pdf(score, names, language, True), LANGUAGES * 2))
    assert printed == [pdfs[language] for language in LANGUAGES * 2]
    fresh = bytes(
        typst.compile(
            TEMPLATE.read_bytes(),
            font_paths=[str(folder) for folder in print_fonts()],
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(scorecard_context(card(score, names, "ja")), ensure_ascii=False)},
            pdf_standards=STANDARDS,
            timestamp=int(datetime(2026, 5, 1, tzinfo=UTC).timestamp()),
        )
    )
    assert fresh == pdfs["ja"]


HOSTILE = [
    '#sys.inputs #panic("x") $x^2$ *太字* _斜体_ <label> @ref',
    '#image("/etc/passwd")',
    "= 見出し\n- 項目\n#let a = 1",
    "=HYPERLINK(\"http://example.org\",\"押す\")",
    "<script>alert(1)</script>&amp;",
    "大学" * 150,
    "\\u{41} \\",
    'name", "demo": null, "x": "',
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text(empty: dict[str, Any], names: dict[str, str], name: str) -> None:
    data = scorecard_pdf(empty, {"name_ja": name, "name_en": name}, "ja", True)
    assert squeezed(plain(name)) in "".join(pages(data))
    assert len(pages(data)) <= len(pages(scorecard_pdf(empty, names, "ja", True))) + 1


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("大学\u202eabc\u0007\u200b校", "大学abc校"),
        ("大学😀校", "大学〓校"),
        ("ไทย大学", "〓〓〓大学"),
        ("\ue000大学", "大学"),
    ],
)
def test_characters_no_font_has_are_printed_as_geta(empty: dict[str, Any], name: str, printed: str) -> None:
    text = "".join(pages(scorecard_pdf(empty, {"name_ja": name, "name_en": ""}, "ja", True)))
    assert printed in text


def test_right_to_left_names_are_printed(empty: dict[str, Any]) -> None:
    data = scorecard_pdf(empty, {"name_ja": "جامعة طوكيو", "name_en": ""}, "en", True)
    assert any("؀" <= c <= "ۿ" or "ﹰ" <= c <= "﻿" for c in "".join(pages(data)))


def test_a_name_of_nothing_falls_back_to_the_code(score: dict[str, Any]) -> None:
    assert card(score, {"name_ja": "\u202e", "name_en": ""}, "ja").name == "DEMO-01"


def test_font_coverage_knows_what_it_has() -> None:
    assert {ord(c) for c in "国際A▲△①〓"} <= font_coverage()
    assert ord("😀") not in font_coverage() and ord("ไ") not in font_coverage()


# files


def test_files_are_named_and_written(processed: Result, tmp_path: Path) -> None:
    checked = Result(processed.header, processed.frames, None)
    paths = write_scorecards(checked, tmp_path / "new" / "folder", ["pdf", "xlsx"], "en")
    assert [path.name for path in paths] == ["DEMO-01_2026_scorecard_en.pdf", "DEMO-01_2026_scorecard_en.xlsx"]
    assert paths[0].read_bytes().startswith(b"%PDF-1.7") and zipfile.is_zipfile(paths[1])


def test_a_code_cannot_leave_the_folder(processed: Result, tmp_path: Path) -> None:
    checked = Result({**processed.header, "institution": "../../x"}, processed.frames, None)
    path = write_scorecards(checked, tmp_path, ["xlsx"], "ja")[0]
    assert path.parent == tmp_path and ".." not in path.name


# workbook


def test_workbook_marks_the_demo_and_has_its_sheets(score: dict[str, Any], names: dict[str, str]) -> None:
    book = load_workbook(io.BytesIO(scorecard_workbook(score, names, "ja", True)))
    assert book.sheetnames == ["指標", "要件", "拠点", "凡例", "出典", "データ", "自己点検"]
    for sheet in book:
        texts = [str(cell.value) for row in sheet.iter_rows() for cell in row]
        assert any("デモデータ" in text for text in texts), sheet.title


def test_only_our_own_formulas_are_formulas(score: dict[str, Any]) -> None:
    hostile = copy.deepcopy(score)
    for row, text in zip(hostile["scoreboards"][0]["indicators"], ("=1+1", "+1", "-1", "@SUM(A1)"), strict=False):
        row["cells"] = [f"{text}!D7", "\x01x"]
    names = {"name_ja": '=HYPERLINK("http://example.org")', "name_en": "@x"}
    book = load_workbook(io.BytesIO(scorecard_workbook(hostile, names, "ja", True)))
    formulas = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert formulas and all(re.fullmatch(r"=[0-9A-Z+\-*/(),.]+", cell.value) for cell in formulas)
    assert {cell.column_letter for cell in formulas} <= {LETTER[n] for n in ("value", "score", "gap", "replace", "add")}
    assert book["指標"]["A1"].data_type == "s" and book["指標"]["A1"].value.startswith("=HYPERLINK")


def test_fractional_papers_become_a_division(score: dict[str, Any], names: dict[str, str]) -> None:
    halves = copy.deepcopy(score)
    row = next(r for r in halves["scoreboards"][0]["indicators"] if r["id"] == "intl_coauthored_share_full")
    row["numerator"], row["denominator"] = "15/2", 30
    sheet = load_workbook(io.BytesIO(scorecard_workbook(halves, names, "ja", True)))["指標"]
    found = [sheet[f"{LETTER['numerator']}{cell.row}"].value for cell in sheet["A"] if cell.value == row["id"]]
    assert found == ["=15/2"]


def test_workbook_package_has_fixed_times(score: dict[str, Any], names: dict[str, str]) -> None:
    with zipfile.ZipFile(io.BytesIO(scorecard_workbook(score, names, "en", True))) as package:
        assert {info.date_time for info in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2026-05-01T00:00:00Z</dcterms:modified>" in package.read("docProps/core.xml")


@pytest.fixture(scope="module")
def recalculated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The workbooks of both universities, calculated and saved by LibreOffice."""
    found = {str(place): processed_of(place).header for place in (WITH_CENTRE, WITHOUT_CENTRE)}
    written = {
        name: scorecard_workbook(header["score"], header["institution_row"], "ja", True)
        for name, header in found.items()
    }
    return saved_by_libreoffice(written, tmp_path_factory.mktemp("office") / "cards")


@pytest.mark.office
@pytest.mark.parametrize("place", [WITH_CENTRE, WITHOUT_CENTRE])
def test_recalculated_formulas_equal_the_json(recalculated: dict[str, bytes], place: int) -> None:
    score = processed_of(place).header["score"]
    sheet = load_workbook(io.BytesIO(recalculated[str(place)]), data_only=True)["指標"]
    rows = [row for row in score["scoreboards"][0]["indicators"] if row["level"] != "unit"]
    for number, row in enumerate(rows, FIRST_ROW):
        cell = {name: sheet[f"{LETTER[name]}{number}"].value for name in COLUMNS}
        assert cell["id"] == row["id"]
        assert cell["value"] == (None if row["value"] is None else pytest.approx(row["value"], abs=1e-9))
        assert cell["score"] == (None if row["score"] is None else pytest.approx(row["score"], abs=1e-9))
        required = [g for g in row["gaps"] if g["kind"] == "requirement" and g["comparable"]]
        if required:
            people = required[0]["gap_people"]
            assert (cell["replace"], cell["add"]) == (people["replace"], people["add"]), row["id"]
            points = required[0]["gap_points"]
            assert cell["gap"] == (None if points is None else pytest.approx(points, abs=1e-9))


def test_the_pages_can_be_looked_at_as_pictures_before_the_pdf_is_taken(
    score: dict[str, Any], names: dict[str, str], pdfs: dict[str, bytes]
) -> None:
    pictures = scorecard_pages(score, names, "ja", True)
    assert len(pictures) == len(PdfReader(io.BytesIO(pdfs["ja"])).pages)
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)
