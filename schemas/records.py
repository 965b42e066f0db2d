"""Long lists, such as 100,000 papers: read as one table, column by column, with their faults grouped by cause.

Cells that hold the same are read once; texts that reading would leave as they are are not read at all. So a
list costs a fraction of the time that opening its file takes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import pandas as pd

from schemas.field import Field
from schemas.finding import LISTED
from schemas.intake import Sheet, Workbook, cell_address
from schemas.layout import PlacedBlock
from schemas.list_rows import list_place
from schemas.normalise import Reading

BLANK = "R.SUB.066"
READ_AS = "R.VAL.090"
Read = Callable[[Field, object], Reading]


@dataclass(frozen=True)
class RecordFault:
    """Cells of one column that one reading rule concerns: how many, the first of them, and the first value."""

    rule: str
    field: Field
    count: int
    cells: tuple[str, ...]
    value: str
    reading: Reading


@dataclass(frozen=True)
class Records:
    """A long list as read.

    ``frame`` has one column a field (and ``column__code`` where the field offers codes), indexed by row
    number of the sheet; cells with a fault are missing. ``left_out`` counts rows beyond the list's size.
    """

    sheet: str
    frame: pd.DataFrame
    faults: Sequence[RecordFault]
    left_out: int = 0


def read_records(book: Workbook, placed: PlacedBlock, sheet: Sheet, read: Read) -> Records:
    """The rows of a long list, blank rows left out. ``read`` says what one cell means for a field."""
    first, places = list_place(book, placed, sheet)
    fields = [f for f in placed.block.fields if f.id in places]
    body = sheet.rows[first - 1 :]
    columns = [[row[places[f.id] - 1] if places[f.id] <= len(row) else None for row in body] for f in fields]
    filled = [n for n, cells in enumerate(zip(*columns, strict=True)) if any(cells)]
    kept = filled[: placed.block.size]
    numbers = pd.Index([first + n for n in kept], name="row")
    series: dict[str, pd.Series] = {}
    faults: list[RecordFault] = []
    for f, raw in zip(fields, columns, strict=True):
        values, codes, found = _column(f, [raw[n] for n in kept], numbers, places[f.id], read)
        series[f.column] = values
        if f.codes:
            series[f"{f.column}__code"] = codes
        faults.extend(found)
    return Records(sheet.name, pd.DataFrame(series, index=numbers), faults, len(filled) - len(kept))


def _column(
    f: Field, raw: Sequence[object], numbers: pd.Index, at: int, read: Read
) -> tuple[pd.Series, pd.Series, list[RecordFault]]:
    known: dict[Hashable, Reading] = {}
    readings = [_reading(f, cell, known, read) for cell in raw]
    values = pd.Series([r.value for r in readings], index=numbers, dtype=object)
    codes = pd.Series([r.code for r in readings], index=numbers, dtype=object)
    return _typed(values, f), codes, list(_faults(f, raw, readings, numbers, at))


def _reading(f: Field, cell: object, known: dict[Hashable, Reading], read: Read) -> Reading:
    if f.type == "text" and _is_plain(cell, f):
        return Reading(str(cell))
    key = (type(cell), cell) if isinstance(cell, Hashable) else (type(cell), str(cell))
    found = known.get(key)
    if found is None:
        found = known[key] = read(f, cell)
    return found


def _is_plain(cell: object, f: Field) -> bool:
    """A text that no reading rule could concern; mail addresses go the long way."""
    if not isinstance(cell, str) or not cell.isprintable() or len(cell) > f.max_length:
        return False
    if not cell.isascii() and not unicodedata.is_normalized("NFKC", cell):
        return False
    return "@" not in cell and "  " not in cell and cell[:1].isalnum() and cell[-1:] != " "


def _typed(values: pd.Series, f: Field) -> pd.Series:
    if f.type in ("count", "year"):
        return values.astype("Int64")
    if f.type == "decimal":
        return values.map(lambda v: None if v is None else float(v)).astype("Float64")
    return values


def _faults(
    f: Field, raw: Sequence[object], readings: Sequence[Reading], numbers: pd.Index, at: int
) -> list[RecordFault]:
    groups: dict[str, list[int]] = {}
    for n, reading in enumerate(readings):
        if reading.problem:
            groups.setdefault(reading.problem, []).append(n)
        elif reading.read_as:
            groups.setdefault(READ_AS, []).append(n)
        elif f.required == "always" and reading.value is None and not reading.code:
            groups.setdefault(BLANK, []).append(n)
    return [
        RecordFault(
            rule,
            f,
            len(rows),
            tuple(cell_address(int(numbers[n]), at) for n in rows[:LISTED]),
            "" if raw[rows[0]] is None else str(raw[rows[0]])[:80],
            readings[rows[0]],
        )
        for rule, rows in groups.items()
    ]


def publications_of(frame: pd.DataFrame, *, fractional: bool) -> pd.DataFrame:
    """Papers by year from a publication list, in the columns of the table ``publications``.

    Index: the year as text. A column is missing (NA) in a year for which a paper's answer is unknown.
    A paper counts 1, or its own fraction where papers are counted by fractions (blank: 1).
    """
    known = frame[frame["year"].notna() & frame["international"].notna()]
    weight = known["own_fraction"].fillna(1) if fractional else pd.Series(1.0, index=known.index, dtype="Float64")
    international = known["international"] == "yes"
    domestic = (known["domestic"] == "yes") & ~international
    parts = {"international": international, "domestic": domestic, "single": ~international & ~domestic}
    top, unsure_top = known["top10"] == "yes", known["top10"].isna()
    years = known["year"].astype(int).astype(str)

    def total(which: pd.Series, unsure: pd.Series | None = None) -> pd.Series:
        sums = weight.where(which, 0.0).groupby(years).sum()
        return sums if unsure is None else sums.mask(unsure.groupby(years).any())

    columns = {"papers": total(pd.Series(True, index=known.index))}
    columns |= {name: total(which) for name, which in parts.items()}
    columns["top10_papers"] = total(top, unsure_top)
    columns |= {f"top10_{name}": total(top & which, unsure_top) for name, which in parts.items()}
    own, unsure_own = known["corresponding_own"] == "yes", international & known["corresponding_own"].isna()
    columns["international_corresponding"] = total(international & own, unsure_own)
    return pd.DataFrame(columns).astype("Float64")
