"""Published figures of institutions as rows of the table ``published_values``, and why a file cannot be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields

import pandas as pd
import pandera.pandas as pa

from schemas.dictionary.declaration import Text
from schemas.dictionary.user_facing_error import UserFacingError

KEY = ("source", "institution", "indicator", "as_of", "counting")
GROUP = "group:"
DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−－", "-"))
TYPES = {
    **dict.fromkeys((*KEY, "grade"), "str"),
    "value": "float64",
    "bounds": "object",
    "redistribute": "bool",
}


@dataclass(frozen=True)
class PublishedValue:
    """One published figure: whose, of which time, counted how, and whether it may be passed on.

    ``institution`` is a school code, or ``group:`` and the name of a group; ``bounds`` are published limits.
    """

    source: str
    institution: str
    indicator: str
    as_of: str
    counting: str
    value: float | None
    bounds: tuple[float, float] | None
    redistribute: bool
    grade: str

    @property
    def key(self) -> tuple[str, ...]:
        """What makes the figure one of its kind."""
        return (self.source, self.institution, self.indicator, self.as_of, self.counting)


PUBLISHED_COLUMNS = [field.name for field in fields(PublishedValue)]
COUNTINGS = ("full", "fractional", "-", "")
GRADES = ("direct", "derived", "secondary")


def _are_bounds(cells: pd.Series) -> pd.Series:
    """Whether each cell is a lower and an upper limit in that order."""
    return cells.map(lambda pair: len(pair) == 2 and pair[0] <= pair[1]).astype(bool)


# What rows of ``published_values`` are, wherever they come from: a file, a ranking or a store.
PUBLISHED_SCHEMA = pa.DataFrameSchema(
    {
        **{name: pa.Column("str", pa.Check.str_length(min_value=1)) for name in KEY if name != "counting"},
        "counting": pa.Column("str", pa.Check.isin(COUNTINGS)),
        "value": pa.Column("float64", nullable=True),
        "bounds": pa.Column("object", pa.Check(_are_bounds, name="bounds"), nullable=True),
        "redistribute": pa.Column("bool"),
        "grade": pa.Column("str", pa.Check.isin(GRADES)),
    },
    unique=list(KEY),
    strict=True,
    name="published_values",
)


class PublishedError(UserFacingError, ValueError):
    """A file of published figures that cannot be taken; ``messages`` name row and column, in both languages."""


def frame_of(values: Iterable[PublishedValue]) -> pd.DataFrame:
    """The figures as rows of ``published_values``, in the order given; the dtypes do not depend on the content.

    Raises pandera's SchemaError for figures that are none of ``PUBLISHED_SCHEMA``.
    """
    rows = [astuple(value) for value in values]
    return PUBLISHED_SCHEMA.validate(pd.DataFrame.from_records(rows, columns=PUBLISHED_COLUMNS).astype(TYPES))


def plain_dashes(text: str) -> str:
    """``text`` with every kind of dash as a hyphen: periods are written 2015–2018 and 2015-2018."""
    return text.strip().translate(DASHES)


def at(row: int, column: str, ja: str, en: str) -> Text:
    """A message about one cell of a file; rows count from the heading as 1."""
    return Text(ja=f"{row}行目の{column}列：{ja}", en=f"Row {row}, column {column}: {en}")


def missing_columns(table: str, columns: Iterable[str]) -> Text:
    """A message about columns that a table lacks."""
    listed = ", ".join(columns)
    return Text(
        ja=f"{table}：1行目に次の列が見つかりません（{listed}）。列名を確かめて、もう一度読み込んでください。",
        en=f"{table}: row 1 has no column {listed}. Please look at the headings, then load the file again.",
    )
