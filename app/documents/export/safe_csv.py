"""CSV that spreadsheets open safely: UTF-8 with byte-order mark, one line a record, no live formulas."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

from schemas.dictionary.safe_text import is_formula_like, show_controls


def as_text(value: Any) -> Any:
    """A cell for CSV: numbers stay numbers; texts lose line breaks, tabs and outer spaces, and run nowhere.

    A text that a spreadsheet might take for a formula gets an apostrophe, control characters are spelled out.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    line = show_controls(" ".join(value.replace("\t", " ").splitlines()).strip())
    return f"'{line}" if is_formula_like(line) else line


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """A frame as CSV bytes."""
    safe = frame.map(as_text)
    text = safe.to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    return text.encode("utf-8-sig")


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Writes a frame as CSV, creating the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(csv_bytes(frame))
