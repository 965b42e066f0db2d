"""What a workbook states about itself: form, round, institution, edition."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from schemas.dictionary.field import FORMS
from schemas.form.guide import load_guide
from schemas.form.issue import COMPUTED_KEY, UNIT_KEY, meta_checksum
from schemas.form.sheet_names import META_SHEET
from schemas.xlsx.read_workbook import Workbook
from schemas.xlsx.refusal import Refusal

NOT_OUR_FORM = "FMT-60"
META = ("form", "version", "round", "institution", "dictionary", "issue", "demo")
YEARS = range(2020, 2100)
STAMP = re.compile(r"(?P<form>core|full|centre)-(?P<round>[0-9]{4})-(?P<version>[0-9.]+)")


def read_meta(book: Workbook) -> dict[str, str]:
    """The claims of the hidden sheet, by name or by row; of a lost sheet what the version stamp still says.

    ``intact`` says whether the checksum fits. Raises Refusal where neither tells form and round.
    """
    listed = {str(row[0]): plain_text(row[1]) for row in _rows(book, META_SHEET) if len(row) > 1 and row[0]}
    meta = {key: named_text(book, f"meta_{key}") or listed.get(key, "") for key in META}
    for key in (UNIT_KEY, COMPUTED_KEY):
        stated = named_text(book, f"meta_{key}") or listed.get(key, "")
        meta |= {key: stated} if stated else {}
    checksum = named_text(book, "meta_checksum") or listed.get("checksum", "")
    is_intact = checksum == meta_checksum(meta)
    if not meta["form"]:
        meta |= _read_stamp(book)
    if meta["form"] not in FORMS or not re.fullmatch(r"[0-9]{4}", meta["round"]) or int(meta["round"]) not in YEARS:
        raise Refusal(NOT_OUR_FORM, {})
    return {**meta, "intact": "yes" if is_intact else "no"}


def refuse_other_workbooks(sheets: Collection[str], names: Collection[str]) -> None:
    """Raises Refusal where nothing that could tell form and round is there, before a large workbook is read."""
    if META_SHEET not in sheets and load_guide().sheet not in sheets and "meta_form" not in names:
        raise Refusal(NOT_OUR_FORM, {})


def _read_stamp(book: Workbook) -> dict[str, str]:
    """Form, round and edition from the stamp on the guide sheet, and whether its title bears the demo mark."""
    guide = load_guide()
    cells = [cell for row in _rows(book, guide.sheet) for cell in row if isinstance(cell, str) and cell]
    found = next((match for cell in cells if (match := STAMP.fullmatch(cell.strip()))), None)
    is_demo = any(guide.demo.ja in cell for cell in cells[:1])
    return {**found.groupdict(), "demo": "yes" if is_demo else "no"} if found else {}


def _rows(book: Workbook, sheet: str) -> Sequence[list[object]]:
    return book.sheets[sheet].rows if sheet in book.sheets else []


def named_text(book: Workbook, name: str) -> str:
    """Text of the cell with this name; empty where the name or the value is lost."""
    cell_ref = book.names.get(name)
    return plain_text(book.sheets[cell_ref[0]].value(cell_ref[1])) if cell_ref and cell_ref[0] in book.sheets else ""


def plain_text(value: object) -> str:
    """A cell value as text; whole numbers without decimals."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
