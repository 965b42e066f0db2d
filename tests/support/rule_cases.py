"""Builds what a rule is judged on from the rows of its example."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from schemas.checks.check_context import CheckContext
from schemas.dictionary.declaration import Text
from schemas.dictionary.dictionary import load_dictionary
from schemas.dictionary.field import Field
from schemas.form.computed_papers import ComputedPapers, PapersToCompare
from schemas.form.issue import COMPUTED_KEY
from schemas.reading.answer import Answer, SheetCopy, Submission
from schemas.reading.clean_tables import clean_tables
from schemas.reading.records import DTYPES, Records
from schemas.register import load_register
from schemas.xlsx.cell_address import cell_address, split_address
from schemas.xlsx.read_workbook import Workbook, Worksheet
from schemas.xlsx.sheet_features import SheetParts

DICTIONARY = load_dictionary()
REGISTER = load_register()
KEYS: dict[str, dict[str, str]] = {
    "researchers": {"unit": "00", "position": "professor"},
    "publications": {"year": "2025"},
    "checklist": {"item": "A1", "scope": "institution"},
    "checklist_details": {"item": "A1"},
    "documents": {"document": "D01"},
}
LISTED = {block.id for _, block in DICTIONARY.block_of.values() if block.kind == "list"}
INSTITUTION = "F101110100010"
OTHER_KEYS = ("previous", "answers", "submission", "records")


def answers_of(tables: Mapping[str, list[dict[str, Any]]]) -> list[Answer]:
    """One answer for each value of each row; every answer stands in a cell of its own."""
    answers: list[Answer] = []
    for table, rows in tables.items():
        for n, row in enumerate(rows, 1):
            keys = {"row": str(n)} if table in LISTED else KEYS.get(table, {})
            keys = {key: str(row.get(key, value)) for key, value in keys.items()}
            for column, value in row.items():
                if column not in keys:
                    cell = _list_cell(table, column, n) if table in LISTED else f"C{len(answers) + 1}"
                    answers.append(_answer(f"{table}.{column}", keys, value, cell))
    return answers


def _list_cell(table: str, column: str, row: int) -> str:
    """Rows of a list stand under each other, its columns beside each other."""
    columns = [f.column for f in DICTIONARY.fields.values() if f.table == table]
    return cell_address(10 + row, 2 + columns.index(column))


def _meant(f: Field, value: Any) -> Any:
    """YAML keeps decimals and dates as text."""
    if f.type == "date" and isinstance(value, str):
        return date.fromisoformat(value)
    return Decimal(value) if f.type == "decimal" and isinstance(value, str) and value[0].isdigit() else value


def _answer(field_id: str, keys: dict[str, str], value: Any, cell: str) -> Answer:
    f = DICTIONARY.fields[field_id]
    value = _meant(f, value)
    code = value if isinstance(value, str) and value in f.codes else ""
    sheet = DICTIONARY.block_of[field_id][0].name
    heading = Text(ja=f.label.ja, en=f.label.en)
    key, listed = "/".join(keys.values()), f.table in LISTED
    return Answer(f, key, keys, value, None if code else value, code, sheet, cell, heading, is_listed=listed)


def records_of(rows: list[dict[str, Any]], facts: Mapping[str, Any]) -> dict[str, Records]:
    """The publication list as read; ``facts`` may say that it is there without rows, or that rows were left out."""
    rows = [{k: v for k, v in row.items() if k != "times"} for row in rows for _ in range(row.get("times", 1))]
    frame = pd.DataFrame(rows, index=pd.RangeIndex(10, 10 + len(rows)))
    for column in frame:
        dtype = DTYPES.get(DICTIONARY.fields[f"publication_list.{column}"].type, "object")
        frame[column] = (pd.to_numeric(frame[column]) if dtype != "object" else frame[column]).astype(dtype)
    if not rows and not facts.get("empty_list"):
        return {}
    return {"publication_list": Records("論文リスト", frame, (), facts.get("left_out", 0))}


def book_of(facts: Mapping[str, Any]) -> Workbook:
    """A workbook of which only its sheets matter."""
    sheets = {name: Worksheet(name, True, [["x"]]) for name in facts.get("hidden_sheets", [])}
    sheets |= {name: Worksheet(name, False, rows) for name, rows in facts.get("own_sheets", {}).items()}
    return Workbook(sheets, {}, {}, {}, bool(facts.get("dates_1904")), bool(facts.get("links")))


def parts_of(facts: Mapping[str, Any]) -> dict[str, SheetParts]:
    """What the sheets hold beside values: areas such as ``C1:D2``, cells, rows and spans of columns."""
    found = {}
    for name, given in facts.get("parts", {}).items():
        areas = {key: [_area(text) for text in given.get(key, [])] for key in ("merged", "drawn")}
        spans = [(first, last) for first, last in given.get("hidden_columns", [])]
        found[name] = SheetParts(
            **areas,
            hidden_rows=set(given.get("hidden_rows", [])),
            hidden_columns=spans,
            struck=set(given.get("struck", [])),
            raised=set(given.get("raised", [])),
            commented=given.get("commented", []),
            formats=given.get("formats", {}),
        )
    return found


def _area(text: str) -> tuple[int, int, int, int]:
    first, last = text.split(":")
    return (*split_address(first), *split_address(last))


def _prefilled(facts: Mapping[str, Any]) -> dict[str, str]:
    """What the hidden sheet of a form states that was issued with papers from public data, by column and year."""
    if "computed_papers" not in facts:
        return {}
    return {COMPUTED_KEY: _computed(facts["computed_papers"]).as_text()}


def _computed(columns: Mapping[str, Any]) -> ComputedPapers:
    values = {
        (f"publications.{name}", year): int(columns[name][year])
        for name in ("papers", "international")
        for year in columns[name]
    }
    return ComputedPapers("openalex", date(2026, 6, 1), "full", "all", values)


def _compared(facts: Mapping[str, Any]) -> dict[str, PapersToCompare]:
    """Computed papers that declared ones are set beside, with the limits of their international share."""
    if "compared_papers" not in facts:
        return {}
    found = facts["compared_papers"]
    limits = {year: (float(low), float(high)) for year, (low, high) in found["limits"].items()}
    return {"full": PapersToCompare(_computed(found), limits)}


def case_of(example: Mapping[str, Any]) -> CheckContext:
    """The case of an example: its tables, last round's, its single answers, and facts of the submission."""
    facts = dict(example.get("submission", {}))
    tables = {name: rows for name, rows in example.items() if name not in OTHER_KEYS}
    answers = answers_of(tables)
    for single in example.get("answers", []):
        names = [KEYS[single["field"].split(".")[0]], single["row_key"].split("/")]
        keys = dict(zip(*names, strict=True))
        answer = _answer(single["field"], keys, single["value"], f"C{len(answers) + 1}")
        given = {key: single[key] for key in ("applies", "code", "cell") if key in single}
        answers.append(replace(answer, **given))
    submission = Submission(
        "core",
        2026,
        facts.get("institution", INSTITUTION),
        False,
        {"intact": facts.get("intact", "yes"), "version": facts.get("version", ""), **_prefilled(facts)},
        answers,
        facts.get("missing_sheets", []),
        [("researchers.total", str(n)) for n in range(facts.get("moved", 0))],
        facts.get("dictionary_hash", ""),
        records=records_of(example.get("records", []), facts),
        copies=[SheetCopy(**copy) for copy in facts.get("copies", [])],
        added=[DICTIONARY.sheets[0].title] * facts.get("added", 0),
    )
    before = Submission("core", 2025, INSTITUTION, False, {}, answers_of(example.get("previous", {})))
    previous = clean_tables(before, DICTIONARY)
    tables_now = clean_tables(submission, DICTIONARY)
    book, parts = book_of(facts), parts_of(facts)
    compared = _compared(facts)
    return CheckContext(
        submission, tables_now, previous, DICTIONARY, REGISTER, book=book, parts=parts, compared_papers=compared
    )
