"""The papers that a form declares, to be set beside computed ones, and their numbers as they are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from schemas.dictionary.format_number import format_number
from schemas.form.computed_papers import TABLE


def declared_papers(answers: pd.DataFrame) -> tuple[Mapping[tuple[str, str], float], str]:
    """The papers that a submission states by field and year, and how they were counted."""
    about = answers[answers["field"].str.startswith((f"{TABLE}.", "publication_basis."))].fillna("")
    columns = (about[name].astype(str) for name in ("field", "row_key", "normalised"))
    given = {(field, key): text for field, key, text in zip(*columns, strict=True)}
    numbers = {
        key: float(text)
        for key, text in given.items()
        if key[0].startswith(f"{TABLE}.") and text.replace(".", "", 1).isdecimal()
    }
    return numbers, given.get(("publication_basis.counting", "")) or "full"


def paper_number(column: str, value: Any) -> str:
    """A number as it is read: papers whole (or with their fraction), shares with one decimal, unknown as a dash."""
    if column == "year":
        return str(value)
    if pd.isna(value):
        return "－"
    number = float(value)
    places = 1 if "share" in column or column in ("low", "high") else 0 if number.is_integer() else 2
    sign = "+" if column.startswith("difference") and number > 0 else ""
    return sign + format_number(number, places)
