"""The mapping of name strings that a librarian corrects: which strings are the institution and which are not."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from app.commands.exit_codes import UsageProblem
from app.documents.export.safe_csv import as_text
from schemas.bibliography.own_addresses import InstitutionAddresses

FILE = "mapping.csv"
COLUMNS = ("name_string", "own", "count", "resembles")
MOST_UNUSED = 1_000  # strings not used that are listed; the likeliest first


def read_mapping(path: Path) -> dict[str, bool]:
    """Decisions by name string: rows whose ``own`` is 1 or 0; an empty one is undecided. Raises UsageProblem."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise UsageProblem("bad_mapping", file=path, row=1) from None
    decisions: dict[str, bool] = {}
    reader = csv.DictReader(text.splitlines())
    if not {"name_string", "own"} <= set(reader.fieldnames or []):
        raise UsageProblem("bad_mapping", file=path, row=1)
    for row in reader:
        own = unicodedata.normalize("NFKC", row["own"] or "").strip()
        if own not in ("", "0", "1", "1.0", "0.0"):
            raise UsageProblem("bad_mapping", file=path, row=reader.line_num)
        if own:
            decisions[_without_guard(row["name_string"])] = own.startswith("1")
    return decisions


def _without_guard(text: str) -> str:
    """The string as met: the apostrophe that keeps a spreadsheet from calculating it is not of it."""
    return text[1:] if text.startswith("'") and as_text(text[1:]) == text else text


def unused_strings(own: InstitutionAddresses) -> list[tuple[str, int, bool]]:
    """Strings not used, with count and whether they resemble the institution's names; the likeliest first."""
    rows = [(string, count, own.resembles(string)) for string, count in own.unused.counts.items()]
    return sorted(rows, key=lambda row: (not row[2], -row[1], row[0]))[:MOST_UNUSED]


def write_mapping(path: Path, own: InstitutionAddresses) -> None:
    """Writes every string met or decided: used ones as 1, those refused by hand as 0, others empty to be decided."""
    rows: dict[str, tuple[object, ...]] = {}
    for string, is_own in own.mapping.items():
        rows[string] = (string, int(is_own), 0, 1)
    for string, count in own.used.counts.most_common():
        rows[string] = (string, 1, count, 1)
    for string, count, resembles in unused_strings(own):
        decided = own.mapping.get(string)
        rows[string] = (string, "" if decided is None else int(decided), count, int(resembles))
    _write(path, rows.values())


def _write(path: Path, rows: Iterable[tuple[object, ...]]) -> None:
    # With the mark of UTF-8: a spreadsheet would else read, and save, the table in the encoding of its country.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([as_text(cell) for cell in row] for row in rows)
