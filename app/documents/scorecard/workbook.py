"""The scorecard as a workbook: live formulas lead from counts to value, score, gap and people needed."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, time
from fractions import Fraction
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from app.charts.chart_rows import SHOWN_LEVELS, headline_gap, level_word
from app.charts.own_target_rows import own_target_rows
from app.charts.theme import GRID, HEADING, OWN_TINT, TABLE_HEADER
from app.documents.scorecard.card import Card, plain
from app.documents.scorecard.context import LEGEND, PURPOSE, centres
from app.documents.scorecard.data_sheet import add_data_sheets
from app.documents.scorecard.gaps import first_gaps, none_lacking, status_text
from app.documents.scorecard.references import BenchmarkReferences
from app.texts import say
from indicators.scoring.goalposts_and_bands import goal_for
from indicators.scoring.requirement_gaps import requirement_gaps
from indicators.values.values import factor_of
from schemas.dictionary.counting_day import counting_day
from schemas.form.guide import year_texts

COLUMNS = (
    "id", "indicator", "level", "numerator", "denominator", "factor", "value", "unit", "lower", "upper", "floor",
    "target", "score", "kind", "band", "benchmark", "benchmark_label", "gap", "replace", "add", "status", "source",
    "cells",
)  # fmt: skip
SHARED_HEADS = ("indicator", "level", "band")
LETTER = {name: get_column_letter(at) for at, name in enumerate(COLUMNS, 1)}
LIVE = ("value", "score", "gap", "replace", "add")
WIDTHS = {
    "indicator": 34, "level": 11, "numerator": 9, "denominator": 9, "factor": 6, "value": 15, "unit": 8, "lower": 9,
    "upper": 9, "floor": 8, "target": 8, "score": 8, "kind": 20, "band": 7, "benchmark": 8, "benchmark_label": 26,
    "gap": 9, "replace": 11, "add": 11, "status": 20, "source": 7, "cells": 60,
}  # fmt: skip
WRAPPED = ("indicator", "kind", "benchmark_label", "status")
FIRST_ROW = 6
OWN_TARGET_CELLS = ("indicator", "current", "target", "unit", "year", "gap", "floor", "score", "verdict", "source")
FONT = "Yu Gothic"
DECIMALS, WHOLE = ("value", "lower", "upper", "score", "gap"), ("numerator", "denominator", "replace", "add")
FORMATS = {**dict.fromkeys(DECIMALS, "0.0"), **dict.fromkeys(WHOLE, "#,##0")}
FORMULA = re.compile(r"^=[0-9A-Z+\-*/(),.]+$")
HIGHER_IS_BETTER = (
    "=G{n}-P{n}",
    "=MAX(0,ROUNDUP(P{n}*E{n}/F{n},0)-D{n})",
    "=MAX(0,ROUNDUP((P{n}*E{n}-F{n}*D{n})/(F{n}-P{n}),0))",
)
LOWER_IS_BETTER = (
    "=P{n}-G{n}",
    "=MAX(0,D{n}-ROUNDDOWN(P{n}*E{n}/F{n},0))",
    "=MAX(0,ROUNDUP(F{n}*D{n}/P{n},0)-E{n})",
)
EDGE = Border(bottom=Side(style="thin", color=GRID[1:]))


def workbook_of(card: Card) -> bytes:
    """The workbook: live formulas, legend, sources, plain data with self-check. Equal input gives equal bytes."""
    book = Workbook()
    book.properties.title = card.say("document_title", name=card.name, year=card.year)
    book.properties.creator = card.name
    book.properties.created = datetime.combine(counting_day(card.year), time())
    book.calculation.fullCalcOnLoad = True
    references = BenchmarkReferences(card)
    sheet = book.worksheets[0]
    sheet.title = card.say("sheet_indicators")
    shown_rows = [row for row in card.board["indicators"] if row["level"] in SHOWN_LEVELS]
    _head(sheet, card, len(shown_rows))
    for at, row in enumerate(shown_rows, FIRST_ROW):
        _indicator_row(sheet, at, cells_of(card, references, row, at))
    _requirements(book.create_sheet(card.say("sheet_requirements")), card)
    if card.every.get("own_targets"):
        _own_targets(book.create_sheet(say("own_target.title", card.language)), card)
    if card.every["centres"]:
        _centres(book.create_sheet(say("centres.column_name", card.language)), card)
    _legend(book.create_sheet(card.say("sheet_legend")), card)
    _sources(book.create_sheet(card.say("sheet_sources")), card, references)
    add_data_sheets(book, card)
    return same_bytes(book, card.year)


def cells_of(card: Card, references: BenchmarkReferences, row: Mapping[str, Any], at: int) -> dict[str, Any]:
    """The contents of one row by column: numbers, texts, and formulas that refer to the row's own cells."""
    indicator = card.catalogue.indicators[row["id"]]
    gap = headline_gap(row["gaps"], indicator, row["level"])
    has_value = row["value"] is not None
    is_ratio = indicator.measure.mixed is None and row["denominator"] is not None
    return {
        "id": row["id"],
        "indicator": indicator.label[card.language],
        "level": level_word(row["level"], card.language),
        "unit": say(f"chart.unit_{indicator.unit}", card.language),
        "factor": factor_of(indicator),
        "numerator": _count(row["numerator"]),
        "denominator": _count(row["denominator"]),
        "value": _at("=F{n}*D{n}/E{n}", at) if has_value and is_ratio else row["value"],
        **dict(zip(("lower", "upper"), row["interval"] or (None, None), strict=True)),
        **_score_cells(card, row, at),
        **(_gap_cells(card, references, row, gap, at) if gap else {}),
        "status": "" if has_value else status_text(card, dict(row)),
        "cells": " ".join(row["cells"]),
    }


def _at(formula: str, at: int) -> str:
    return formula.replace("{n}", str(at))


def _count(value: object) -> int | str | None:
    """A count as a number, ``p/q`` as the formula that divides it."""
    if value is None:
        return None
    exact = Fraction(str(value))
    return exact.numerator if exact.denominator == 1 else f"={exact.numerator}/{exact.denominator}"


def _score_cells(card: Card, row: Mapping[str, Any], at: int) -> dict[str, Any]:
    indicator = card.catalogue.indicators[row["id"]]
    goal = goal_for(indicator, row["level"], card.catalogue, counting_day(card.year))
    if row["score"] is None or goal is None:
        return {}
    return {
        "floor": float(goal.floor),
        "target": float(goal.target),
        "score": _at("=100*MAX(0,MIN(1,(G{n}-K{n})/(L{n}-K{n})))", at),
        "kind": card.say(f"kind_{row['score_kind']}"),
        "band": row["band"] or "",
    }


def _gap_cells(
    card: Card, references: BenchmarkReferences, row: Mapping[str, Any], gap: Any, at: int
) -> dict[str, Any]:
    benchmark = card.catalogue.benchmark(row["id"], gap["benchmark"])
    source = f"[{references.number(row['id'], gap)}]"
    named = {"benchmark_label": benchmark.label[card.language], "source": source}
    people = gap["gap_people"] or {"replace": None, "add": None}
    if gap["value"] is None:
        return {**named, "replace": people["replace"]}
    if card.catalogue.indicators[row["id"]].measure.plain is not None:
        plain = {"benchmark": float(Fraction(gap["value"])), "gap": gap["gap_points"]}
        return {**named, **plain, "replace": people["replace"], "add": people["add"]}
    lower_is_better = benchmark.comparison == "<="
    points, replace, add = LOWER_IS_BETTER if lower_is_better else HIGHER_IS_BETTER
    return {
        **named,
        "benchmark": float(Fraction(gap["value"])),
        "gap": None if gap["gap_points"] is None else _at(points, at),
        "replace": None if people["replace"] is None else _at(replace, at),
        "add": None if people["add"] is None else _at(add, at),
    }


# sheets


def put(cell: Any, value: Any) -> None:
    """Writes a value. Only formulas of this module are formulas: text that looks like one stays text."""
    cell.font = Font(name=FONT, size=10)
    if not isinstance(value, str):
        cell.value = value
        return
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
    if not FORMULA.match(value):
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(("=", "+", "-", "@"))


def put_heading(cell: Any, text: str) -> None:
    """Writes the heading of a column."""
    put(cell, text)
    cell.font, cell.fill = Font(name=FONT, size=10, bold=True), _fill(TABLE_HEADER)


def _head(sheet: Any, card: Card, rows: int) -> None:
    lines = [card.name, card.say("year", **year_texts(card.year)), card.say("xlsx_note"), card.say("purpose")]
    lines[0] += f"　{say('demo.line', card.language)}" if card.is_demo else ""
    for at, line in enumerate(lines, 1):
        put(sheet.cell(at, 1), line)
        sheet.cell(at, 1).font = Font(name=FONT, bold=at == 1, size=14 if at == 1 else 10, color=HEADING[1:])
    for at, name in enumerate(COLUMNS, 1):
        key = f"head_{name}" if name in SHARED_HEADS else f"xlsx_{name}"
        cell = sheet.cell(FIRST_ROW - 1, at)
        put_heading(cell, card.say(key))
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        sheet.column_dimensions[LETTER[name]].width = WIDTHS.get(name, 28)
    sheet.row_dimensions[FIRST_ROW - 1].height = 46
    sheet.freeze_panes = sheet.cell(FIRST_ROW, 4)
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_area = f"A1:{LETTER['source']}{FIRST_ROW - 1 + rows}"
    sheet.print_title_rows = f"{FIRST_ROW - 1}:{FIRST_ROW - 1}"


def _indicator_row(sheet: Any, at: int, cells: Mapping[str, Any]) -> None:
    for name in COLUMNS:
        cell = sheet[f"{LETTER[name]}{at}"]
        put(cell, cells.get(name))
        cell.border = EDGE
        cell.alignment = Alignment(vertical="top", wrap_text=name in WRAPPED)
        if name in FORMATS:
            cell.number_format = FORMATS[name]
        if name in LIVE:
            cell.fill = _fill(OWN_TINT)


def _fill(colour: str) -> PatternFill:
    return PatternFill("solid", fgColor=colour[1:])


def _requirements(sheet: Any, card: Card) -> None:
    """The count of requirements met, and the gaps that come first, as page, PDF and JSON have them."""
    found = requirement_gaps(card.board)
    put(sheet.cell(1, 1), card.say("requirements_count", judged=found.judged, met=found.met, open=len(found.unjudged)))
    sheet.cell(1, 1).font = Font(name=FONT, size=12, bold=True)
    heads = ("head_indicator", "xlsx_value", "xlsx_status", "xlsx_replace", "requirements_meaning")
    for column, key in enumerate(heads, 1):
        put_heading(sheet.cell(3, column), card.say(key))
    for at, ((_, gap), item) in enumerate(zip(found.first, first_gaps(card), strict=True), 4):
        cells = (item["label"], item["now"], item["kind"], gap["gap_people"]["replace"], item["sentence"])
        for column, value in enumerate(cells, 1):
            put(sheet.cell(at, column), value)
            sheet.cell(at, column).alignment = Alignment(wrap_text=True, vertical="top")
    if not found.first:
        put(sheet.cell(4, 1), none_lacking(card))
    for letter, width in zip("ABCDE", (40, 24, 28, 20, 80), strict=True):
        sheet.column_dimensions[letter].width = width
    _mark_demo(sheet, card, 9)


def _legend(sheet: Any, card: Card) -> None:
    lines = [card.say(f"legend_{name}") for name in LEGEND] + [card.say(line) for line in PURPOSE]
    versions = card.say("versions", **card.versions)
    for at, line in enumerate([card.say("xlsx_note"), *lines, versions], 1):
        put(sheet.cell(at, 1), line)
        sheet.cell(at, 1).alignment = Alignment(wrap_text=True, vertical="top")
    sheet.column_dimensions["A"].width = 110
    _mark_demo(sheet, card, len(lines) + 4)


def _centres(sheet: Any, card: Card) -> None:
    """Each centre in a row, and which of several stands best."""
    told = centres(card)
    lines = [[told["title"]], [told["note"]], told["head"], *told["rows"], *([line] for line in told["best"])]
    for at, line in enumerate(lines, 1):
        for column, text in enumerate(line, 1):
            put(sheet.cell(at, column), text)
            is_table = len(told["head"]) == len(line)
            sheet.cell(at, column).alignment = Alignment(wrap_text=is_table, vertical="top")
            sheet.cell(at, column).font = Font(name=FONT, size=10, bold=at in (1, 3))
    for column in range(1, len(told["head"]) + 1):
        sheet.column_dimensions[get_column_letter(column)].width = 32
    _mark_demo(sheet, card, sheet.max_row + 2)


def _own_targets(sheet: Any, card: Card) -> None:
    """Each own target in a row; distance and score are live formulas from value, target and floor."""
    put(sheet.cell(1, 1), say("own_target.note", card.language))
    heads = [say(f"own_target.xlsx_{name}", card.language) for name in OWN_TARGET_CELLS]
    targets = card.every["own_targets"]
    words = own_target_rows(targets, card.catalogue, card.language)
    for column, text in enumerate(heads, 1):
        put_heading(sheet.cell(3, column), text)
        sheet.column_dimensions[get_column_letter(column)].width = 40 if column in (1, 10) else 14
    for at, (one, said) in enumerate(zip(targets, words, strict=True), 4):
        has_score = one["score"] is not None
        cells = (
            said["indicator"],
            one["current"],
            float(Fraction(one["value"])),
            say(f"chart.unit_{card.catalogue.indicators[one['indicator']].unit}", card.language),
            one["year"],
            _at("=B{n}-C{n}", at) if one["gap"] is not None else None,
            float(Fraction(one["floor"])) if has_score else None,
            _at("=100*MAX(0,MIN(1,(B{n}-G{n})/(C{n}-G{n})))", at) if has_score else None,
            said["verdict"],
            plain(said["source"]),
        )
        for column, value in enumerate(cells, 1):
            cell = sheet.cell(at, column)
            put(cell, value)
            cell.border, cell.alignment = EDGE, Alignment(vertical="top", wrap_text=column in (1, 10))
            cell.number_format = "0.0" if column in (2, 3, 6, 7, 8) else "General"
    _mark_demo(sheet, card, sheet.max_row + 2)


def _sources(sheet: Any, card: Card, references: BenchmarkReferences) -> None:
    for at, line in enumerate(references.reference_lines(), 1):
        for column, key in enumerate(("number", "name", "entry", "source", "url"), 1):
            put(sheet.cell(at, column), plain(line[key]))
            sheet.cell(at, column).alignment = Alignment(wrap_text=True, vertical="top")
    for letter, width in zip("ABCDE", (6, 32, 60, 60, 44), strict=True):
        sheet.column_dimensions[letter].width = width
    _mark_demo(sheet, card, sheet.max_row + 2)


def _mark_demo(sheet: Any, card: Card, at: int) -> None:
    if card.is_demo:
        put(sheet.cell(at, 1), say("demo.line", card.language))
        sheet.cell(at, 1).font = Font(name=FONT, size=10, bold=True)


def same_bytes(book: Workbook, year: int) -> bytes:
    """The workbook as bytes that depend on its content only: fixed times in the package and its properties."""
    buffer, done = io.BytesIO(), io.BytesIO()
    book.save(buffer)
    stamp = datetime.combine(counting_day(year), time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(done, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, data)
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, data)
    return done.getvalue()
