"""Self-check of what the product writes against the government's 30 rules of machine-readability (2026 and 2020).

``check_sheet`` judges a data sheet. Each rule gives one row: met, not met with
the place, or not concerned with the reason. ``add_self_check`` writes them as the sheet 自己点検 of a data workbook.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from schemas.dictionary.declaration import Text, read_document, validate_document
from schemas.dictionary.field import Declared

RULES_FILE = Path(__file__).parent / "export_rules.yaml"
SHEET = "自己点検"
MET, NOT_MET, NOT_CONCERNED = "○", "×", "対象外"
CSV_ONLY = frozenset({"L1-14", "L1-15"})

NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
LOOKS_NUMERIC = re.compile(r"[-+▲△]?[\d０-９][\d０-９,，.]*\s*[人件円％%]?")
DEPENDENT = re.compile("[①-⓿㈀-㋿㌀-㏿Ⅰ-ⅿ№℡]")
DITTO = frozenset({"同上", "〃", "″", "々", "同左"})
OTHER_WITH_DETAIL = re.compile(r"(その他|other)\s*[（(:：].+", re.IGNORECASE)
FREE_TEXT = re.compile(r"name|label|message|remedy|reason|text|title|remark|raw|value|evidence|名|内容|説明")
WHY_BLANK = re.compile(r"status|code|flag|reason|kind|verdict|区分|状態|^Type$|^scored$")
YEAR = re.compile(r"(19|20)\d\d(\.0)?")
DATE = re.compile(r"(19|20)\d\d-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?")
FEW = 20  # a column with at most so many different words is taken for one of choices


class ExportRule(Declared):
    """One of the 30 rules; ``without`` says why it does not concern a kind of file."""

    id: str
    of_2020: str
    label: Text
    without: Text | None = None


@dataclass(frozen=True)
class RuleOutcome:
    """One row of the self-check: ``mark`` is ○, × or 対象外; ``reason`` says where it fails or why it is left out."""

    rule: ExportRule
    mark: str
    reason: Text


@dataclass(frozen=True)
class CheckedTable:
    """A table as text: the header, the records, and the width of each line as it stands in the file."""

    header: list[str]
    rows: list[list[str]]

    def column(self, position: int) -> list[str]:
        """The cells of a column that hold anything."""
        return [row[position] for row in self.rows if position < len(row) and row[position] != ""]

    @property
    def numeric(self) -> list[int]:
        """Columns that mostly hold numbers; where people type freely, only columns that hold nothing else."""
        found = []
        for position, name in enumerate(self.header):
            cells = self.column(position)
            numbers = sum(bool(NUMBER.fullmatch(cell)) for cell in cells)
            if cells and (numbers == len(cells) or (2 * numbers > len(cells) and not FREE_TEXT.search(name))):
                found.append(position)
        return found


@cache
def export_rules() -> tuple[ExportRule, ...]:
    """The 30 rules in order; raises DeclarationError for a faulty file."""
    document = read_document(RULES_FILE)
    return tuple(validate_document(document, ExportRule, entry, (n,)) for n, entry in enumerate(document.data))


def check_sheet(sheet: Worksheet) -> list[RuleOutcome]:
    """One outcome for each of the 30 rules for a data sheet."""
    rows = [["" if value is None else str(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    table = CheckedTable(rows[0] if rows else [], rows[1:])
    formula = (cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "f")
    drawn = [*getattr(sheet, "_charts", []), *getattr(sheet, "_images", [])]
    sizes: Sequence[Mapping[Any, Any]] = (sheet.row_dimensions, sheet.column_dimensions)
    extra = {
        "L1-10": "1" if drawn else "",
        "L1-11": next((c.coordinate for row in sheet.iter_rows() for c in row if c.font and c.font.strike), ""),
        "L1-12": next((str(area) for area in sheet.merged_cells.ranges), ""),
        "L1-13": next((str(key) for kind in sizes for key, size in kind.items() if size.hidden), ""),
        "L2-06": next(formula, ""),
        "L3-08": "",
    }
    return outcomes_of(table, extra, CSV_ONLY)


def failures(outcomes: Sequence[RuleOutcome]) -> list[str]:
    """Rule and place of every rule that is not met."""
    return [f"{outcome.rule.id} {outcome.reason.en}" for outcome in outcomes if outcome.mark == NOT_MET]


def add_self_check(book: Workbook, outcomes: Sequence[RuleOutcome], kind: str = "") -> Worksheet:
    """Adds the sheet 自己点検 to a data workbook: header in row 1, one row a rule.

    ``kind`` says of demo data that they are, in a column of its own.
    """
    sheet: Worksheet = book.create_sheet(SHEET)
    more = ["data_kind"] if kind else []
    sheet.append(["rule", "rule_2020", "label_ja", "label_en", "result", "reason_ja", "reason_en", *more])
    for one in outcomes:
        rule, told = one.rule, [kind] if kind else []
        names = [rule.id, rule.of_2020, rule.label.ja, rule.label.en]
        sheet.append([value or None for value in (*names, one.mark, one.reason.ja, one.reason.en, *told)])
    for letter, width in zip("ABCDEFGH", (8, 10, 44, 44, 8, 44, 44, 12), strict=True):
        sheet.column_dimensions[letter].width = width
    return sheet


def outcomes_of(table: CheckedTable, extra: Mapping[str, str], left_out: frozenset[str]) -> list[RuleOutcome]:
    found = []
    for rule in export_rules():
        judged = rule.id in extra or rule.id in CHECKS
        if rule.id in left_out or not judged:
            found.append(RuleOutcome(rule, NOT_CONCERNED, rule.without or Text(ja="", en="")))
            continue
        cell_ref = extra.get(rule.id) or (CHECKS[rule.id](table) if rule.id in CHECKS else "")
        if cell_ref is None:
            found.append(RuleOutcome(rule, NOT_CONCERNED, rule.without or Text(ja="", en="")))
        else:
            reason = Text(ja=f"該当箇所：{cell_ref}", en=f"see {cell_ref}") if cell_ref else Text(ja="", en="")
            found.append(RuleOutcome(rule, NOT_MET if cell_ref else MET, reason))
    return found


# Each check returns where the rule is not met, '' when it is, None when it does not concern the table.


def _first(cells: Sequence[tuple[str, str]], fails: Callable[[str], bool]) -> str:
    return next((cell_ref for cell_ref, cell in cells if fails(cell)), "")


def _cells(table: CheckedTable, columns: Sequence[int] | None = None) -> list[tuple[str, str]]:
    """Every cell with the place that a message names: column name and record number."""
    chosen = range(len(table.header)) if columns is None else columns
    return [(f"{table.header[c]}:{n}", row[c]) for c in chosen for n, row in enumerate(table.rows, 2) if c < len(row)]


def _readable(table: CheckedTable) -> str:
    return "" if table.header else "1"


def _blank_rows(table: CheckedTable) -> str:
    return next((str(n) for n, row in enumerate(table.rows, 2) if not any(row)), "")


def _row_beyond_header(table: CheckedTable) -> str:
    return next((str(n) for n, row in enumerate(table.rows, 2) if len(row) > len(table.header)), "")


def _column_without_name(table: CheckedTable) -> str:
    return next((str(n) for n, name in enumerate(table.header, 1) if not name.strip()), "")


def _layout(table: CheckedTable) -> str:
    cells = [*((name, name) for name in table.header), *_cells(table)]
    return _first(cells, lambda cell: cell != cell.strip() or bool(re.search(r"[\r\n\t]|\u3000\u3000", cell)))


def _one_datum(table: CheckedTable) -> str:
    return _first(_cells(table, table.numeric), lambda cell: bool(re.search(r"\d\s*[、;/|]\s*\d", cell)))


def _cell_of_one_system(table: CheckedTable) -> str:
    columns = [n for n, name in enumerate(table.header) if not FREE_TEXT.search(name)]
    cells = [*((name, name) for name in table.header), *_cells(table, columns)]
    return _first(cells, lambda cell: bool(DEPENDENT.search(cell)))


def _blank_or_zero(table: CheckedTable) -> str:
    if any(WHY_BLANK.search(name) for name in table.header):
        return ""
    return _first(_cells(table, table.numeric), lambda cell: cell == "")


def _numbers(table: CheckedTable) -> str:
    def is_dressed(cell: str) -> bool:
        return cell != "" and not NUMBER.fullmatch(cell) and bool(LOOKS_NUMERIC.fullmatch(cell))

    return _first(_cells(table, table.numeric), is_dressed)


def _no_ditto(table: CheckedTable) -> str:
    return _first(_cells(table), lambda cell: cell in DITTO)


def _unique(table: CheckedTable) -> str:
    return next((name for name in table.header if table.header.count(name) > 1), "")


def _one_writing(table: CheckedTable) -> str:
    for position, name in enumerate(table.header):
        words = set(table.column(position))
        folded = {unicodedata.normalize("NFKC", word).casefold().strip() for word in words}
        if (
            position not in table.numeric
            and not FREE_TEXT.search(name)
            and len(words) <= FEW
            and len(folded) < len(words)
        ):
            return name
    return ""


def _other_apart(table: CheckedTable) -> str:
    columns = [n for n, name in enumerate(table.header) if not FREE_TEXT.search(name)]
    return _first(_cells(table, columns), lambda cell: bool(OTHER_WITH_DETAIL.fullmatch(cell)))


def _no_formulas(table: CheckedTable) -> str:
    return _first(_cells(table), lambda cell: len(cell) > 1 and cell.startswith("="))


def _header_first(table: CheckedTable) -> str:
    return next((name for name in table.header if NUMBER.fullmatch(name)), "")


def _signs(table: CheckedTable) -> str:
    return _first(_cells(table, table.numeric), lambda cell: cell in {"-", "－", "…", "x", "X", "***", "＊"})


def _times(table: CheckedTable) -> str:
    years = [n for n, name in enumerate(table.header) if name in ("year", "fiscal_year", "window_from", "window_to")]
    dates = [n for n, name in enumerate(table.header) if re.search(r"(^|_)(date|at|on)$", name)]
    odd = _first(_cells(table, years), lambda cell: cell != "" and not YEAR.fullmatch(cell))
    return odd or _first(_cells(table, dates), lambda cell: cell != "" and not DATE.fullmatch(cell))


def _areas(table: CheckedTable) -> str | None:
    countries = [n for n, name in enumerate(table.header) if name in ("country", "country_code")]
    prefectures = [n for n, name in enumerate(table.header) if name == "pref_code"]
    if not countries and not prefectures:
        return None
    odd = _first(_cells(table, countries), lambda cell: cell != "" and not re.fullmatch("[A-Z]{2}", cell))
    return odd or _first(_cells(table, prefectures), lambda cell: cell != "" and not re.fullmatch(r"\d\d", cell))


CHECKS: Mapping[str, Callable[[CheckedTable], str | None]] = {
    "L1-01": _readable,
    "L1-02": _blank_rows,
    "L1-03": _blank_rows,
    "L1-04": _row_beyond_header,
    "L1-05": _column_without_name,
    "L1-06": _layout,
    "L1-07": _one_datum,
    "L1-08": _cell_of_one_system,
    "L1-09": _blank_or_zero,
    "L2-01": _numbers,
    "L2-02": _no_ditto,
    "L2-03": _unique,
    "L2-04": _one_writing,
    "L2-05": _other_apart,
    "L2-06": _no_formulas,
    "L3-01": _header_first,
    "L3-03": _signs,
    "L3-05": _times,
    "L3-06": _areas,
}
