"""Long lists, such as 100,000 papers: read as one table, column by column, with their faults grouped by cause.

Cells that hold the same are read once; texts that reading would leave as they are are not read at all. The nearest
choice is looked for at the first cell of a fault only. So a list costs a fraction of the time that opening its file
takes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.dictionary.field import Field
from schemas.form.layout import PlacedBlock
from schemas.reading.cell_text import typed_text
from schemas.reading.list_rows import list_columns
from schemas.reading.reading_outcome import READ_AS, Reading, is_rewritten
from schemas.rules.finding import LISTED, QUOTED
from schemas.xlsx.cell_address import cell_address
from schemas.xlsx.read_workbook import Places, Workbook, Worksheet

BLANK = "R.SUB.066"
MANY_AUTHORS = 100  # papers with more are set apart from the others
# Starts with a letter or digit, ends with no blank, has no two blanks together and no "@".
_PLAIN_ASCII = r"^[0-9A-Za-z](?: ?[!-?A-~])*$"

DTYPES = {"count": "Int64", "year": "Int64", "decimal": "Float64"}

Read = Callable[[Field, object, bool], Reading]  # what a cell means, and whether to look for the nearest choice
Objects = np.ndarray[Any, np.dtype[np.object_]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class RecordFault:
    """Cells of one column that one reading rule concerns: how many, the first of them, and the first value.

    ``words`` are the first of their different values.
    """

    rule: str
    field: Field
    count: int
    cells: tuple[str, ...]
    value: str
    reading: Reading
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Records:
    """A long list as read.

    ``frame`` has one column a field (and ``column__code`` where the field offers codes), indexed by row
    number of the sheet; cells with a fault are missing. ``left_out`` counts rows beyond the list's size.
    ``columns`` are the numbers of the sheet's columns. ``counted`` fills with the papers by year, by whether they are
    counted by fractions.
    """

    sheet: str
    frame: pd.DataFrame
    faults: Sequence[RecordFault]
    left_out: int = 0
    columns: Mapping[str, int] = field(default_factory=dict)
    counted: dict[bool, pd.DataFrame] = field(default_factory=dict, compare=False, repr=False)

    def papers_by_year(self, *, fractional: bool) -> pd.DataFrame:
        """Papers by year as ``publications_of`` counts them, counted once."""
        if fractional not in self.counted:
            self.counted[fractional] = publications_of(self.frame, fractional=fractional)
        return self.counted[fractional]


def read_records(book: Workbook, placed: PlacedBlock, sheet: Worksheet, read: Read) -> Records:
    """The rows of a long list, blank rows left out. ``read`` says what one cell means for a field."""
    first, columns_of = list_columns(book, placed, sheet)
    fields = [f for f in placed.block.fields if f.id in columns_of]
    given = [sheet.column(first, columns_of[f.id]) for f in fields]
    is_filled = np.zeros(max(0, len(sheet.rows) - first + 1), dtype=bool)
    for cells, at in given:
        is_filled |= np.fromiter(map(bool, cells), dtype=bool, count=len(cells))[at]
    filled = np.flatnonzero(is_filled)
    kept = filled[: placed.block.size]
    numbers = pd.Index(kept + first, name="row")
    series: dict[str, pd.Series] = {}
    faults: list[RecordFault] = []
    for f, (cells, at) in zip(fields, given, strict=True):
        column = _Column(f, cells, _readings(f, cells, read), at[kept])
        series[f.column] = pd.Series(column.values(), index=numbers, dtype=DTYPES.get(f.type, object))
        if f.codes:
            series[f"{f.column}__code"] = pd.Series(column.codes(), index=numbers, dtype=object)
        faults.extend(column.faults(numbers, columns_of[f.id], read))
    columns = {f.column: columns_of[f.id] for f in fields}
    return Records(sheet.name, pd.DataFrame(series, index=numbers), faults, len(filled) - len(kept), columns)


@dataclass(frozen=True)
class _Column:
    """A column as read: its different cells with what each means (None: as it stands), and which each row has."""

    field: Field
    cells: Sequence[object]
    readings: Sequence[Reading | None]
    at: Places

    def values(self) -> Any:
        """The value of each row, in the field's dtype."""
        values = [cell if r is None else r.value for cell, r in zip(self.cells, self.readings, strict=True)]
        if self.field.type == "decimal":
            values = [None if value is None else float(str(value)) for value in values]
        return pd.Series(values, dtype=DTYPES.get(self.field.type, object)).array.take(self.at)

    def codes(self) -> Objects:
        """The answer code of each row."""
        codes = np.array(["" if reading is None else reading.code for reading in self.readings], dtype=object)
        return codes[self.at]

    def faults(self, numbers: pd.Index, column_number: int, read: Read) -> Iterator[RecordFault]:
        """One fault for each rule that cells break, in the order of their first rows."""
        broken: dict[str, list[int]] = {}
        for n, reading in enumerate(self.readings):
            if reading is not None and (rule := self._rule(self.cells[n], reading)):
                broken.setdefault(rule, []).append(n)
        if not broken:
            return
        found = [(np.flatnonzero(np.isin(self.at, own)), rule) for rule, own in broken.items()]
        for rows, rule in sorted((rows.tolist(), rule) for rows, rule in found if len(rows)):
            quoted = [typed_text(self.cells[n])[:QUOTED] for n in self.at[rows[: LISTED * LISTED]]]
            listed = tuple(cell_address(int(numbers[n]), column_number) for n in rows[:LISTED])
            first = self.at[rows[0]]
            reading = read(self.field, self.cells[first], True)
            different = tuple(dict.fromkeys(quoted))[:LISTED]
            yield RecordFault(rule, self.field, len(rows), listed, quoted[0], reading, different)

    def _rule(self, cell: object, reading: Reading) -> str:
        if reading.problem or is_rewritten(cell, reading.read_as):
            return reading.problem or READ_AS
        is_blank = reading.value is None and not reading.code
        return BLANK if self.field.required == "always" and is_blank else ""


def _readings(f: Field, cells: Sequence[object], read: Read) -> list[Reading | None]:
    """What each cell means; None for texts that no reading rule could concern."""
    if f.type != "text":
        return [read(f, cell, False) for cell in cells]
    plain = _plain_ascii(cells, f.max_length)
    given = zip(cells, plain.tolist(), strict=True)
    return [None if is_plain or _is_plain(cell, f) else read(f, cell, False) for cell, is_plain in given]


def _plain_ascii(cells: Sequence[object], max_length: int) -> Flags:
    """Which cells are texts of plain ASCII that no reading rule could concern."""
    texts = pa.array([cell if isinstance(cell, str) else "" for cell in cells], type=pa.large_string())
    is_short = pc.less_equal(pc.binary_length(texts), max_length)
    flags: Flags = pc.and_(pc.match_substring_regex(texts, _PLAIN_ASCII), is_short).to_numpy(zero_copy_only=False)
    return flags


def _is_plain(cell: object, f: Field) -> bool:
    """A text that no reading rule could concern; mail addresses go the long way."""
    if not isinstance(cell, str) or not cell.isprintable() or len(cell) > f.max_length:
        return False
    if not cell.isascii() and not unicodedata.is_normalized("NFKC", cell):
        return False
    return "@" not in cell and "  " not in cell and cell[:1].isalnum() and cell[-1:] != " "


def publications_of(frame: pd.DataFrame, *, fractional: bool) -> pd.DataFrame:
    """Papers by year from a publication list, in the columns of the table ``publications``.

    Index: the year as text. A column is missing (NA) in a year for which a paper's answer is unknown.
    A paper counts 1, or its own fraction where papers are counted by fractions (blank: 1).
    """
    is_known = (frame["year"].notna() & frame["international"].notna()).to_numpy(dtype=bool)

    def numbers(name: str) -> Floats:
        values = pd.to_numeric(frame[name]) if name in frame else pd.Series(np.nan, index=frame.index)
        return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan)[is_known], dtype=np.float64)

    def answers(name: str) -> tuple[Flags, Flags]:
        """Which papers have "yes", and which have nothing."""
        given = frame[name]
        return (given == "yes").to_numpy(dtype=bool)[is_known], given.isna().to_numpy(dtype=bool)[is_known]

    international, _ = answers("international")
    domestic = answers("domestic")[0] & ~international
    (top, is_top_unknown), (own, is_own_unknown) = answers("top10"), answers("corresponding_own")
    parts = {"international": international, "domestic": domestic, "single": ~international & ~domestic}
    counted = {"papers": np.ones(len(international), dtype=bool), **parts, "top10_papers": top}
    counted |= {f"top10_{name}": top & which for name, which in parts.items()}
    counted["international_corresponding"] = international & own
    authors = numbers("authors")
    counted |= {"up_to_100_authors": authors <= MANY_AUTHORS}
    counted |= {"up_to_100_authors_international": counted["up_to_100_authors"] & international}
    unsure = {name: is_top_unknown for name in counted if name.startswith("top10")}
    unsure["international_corresponding"] = international & is_own_unknown
    unsure["up_to_100_authors"] = np.isnan(authors)
    unsure["up_to_100_authors_international"] = international & np.isnan(authors)
    weight = np.nan_to_num(numbers("own_fraction"), nan=1.0) if fractional else np.ones(len(international))
    years = pd.Index(frame["year"].to_numpy(dtype=np.int64, na_value=0)[is_known], name="year")
    sums = pd.DataFrame({name: np.where(which, weight, 0.0) for name, which in counted.items()}).groupby(years).sum()
    if unsure := {name: flags for name, flags in unsure.items() if flags.any()}:
        unknown = pd.DataFrame(unsure).groupby(years).any()
        sums[unknown.columns] = sums[unknown.columns].mask(unknown)
    return sums.set_axis(sums.index.astype(str)).astype("Float64")
