"""The two tables of a composite indicator, checked once and kept as arrays."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from indicators.composite.framework import Framework, cell_text, read_framework
from indicators.composite.methods.array_types import Bools, Floats, Ints, Labels
from indicators.composite.recipe.problems import PanelError, join_words, message, near_column
from schemas.dictionary.declaration import Text
from schemas.dictionary.match_key import match_key

LARGEST = 1e60  # fourth powers, in the kurtosis, still fit a float


ColumnReader = Callable[[str], Floats]
_DECIMAL_COMMA = re.compile(r"[-+]?[0-9]*,[0-9]+(?:[eE][-+]?[0-9]+)?")
_GROUPED = re.compile(r"[-+]?[0-9]{1,3}(?:[, ][0-9]{3})+(?:\.[0-9]+)?")
_ONE_COMMA = re.compile(r"[-+]?[0-9]{1,3},[0-9]{3}")  # 1,234: digits grouped, or a fraction
_OTHER_SIGN = re.compile(r"[−－▲△‐–—] ?[0-9]+(?:\.[0-9]+)?|\([0-9]+(?:\.[0-9]+)?\)")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−ー", "-"))
_PERCENT = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)? ?[%％]")
_NO_VALUES = (
    "na n/a n.a. #n/a nan null none nd n.d. - – — － ー .. ... … * ** *** × missing 不明 欠測 欠損 なし 該当なし "
    "非該当 対象外 非公表 非公開 秘匿 集計中 未集計 未把握 未回答 無回答 #div/0! #value! #ref! #name? #num! #null!"
)
_NOT_AVAILABLE = frozenset(_NO_VALUES.split())


@dataclass(frozen=True)
class Panel:
    """Units (and years) × indicators, rows sorted by year and code so that no result depends on their order.

    ``values`` has shape (rows, indicators); gaps are NaN. ``position`` is each row's position in the table
    as it was given. ``years`` is None when the table has no ``Time``.
    """

    units: tuple[str, ...]
    years: Floats | None
    values: Floats
    framework: Framework
    position: Ints
    groups: Mapping[str, Labels] = field(default_factory=dict)
    denominators: Mapping[str, Floats] = field(default_factory=dict)
    unused: tuple[str, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the indicators, in the order of the columns of ``values``."""
        return self.framework.codes(1)

    @cached_property
    def look_alike(self) -> tuple[str, ...]:
        """Codes that are the same but for width, case, dashes and variant characters, each group in one text."""
        groups: dict[str, list[str]] = {}
        for unit in dict.fromkeys(self.units):
            groups.setdefault(match_key(unit).translate(_DASHES), []).append(unit)
        return tuple(join_words(group) for group in groups.values() if len(group) > 1)

    def year_slices(self) -> list[slice]:
        """One slice of rows for each year, in order; a single slice when there is no ``Time``."""
        if self.years is None:
            return [slice(0, len(self.units))]
        starts = np.flatnonzero(np.r_[True, np.diff(self.years) != 0])
        return [slice(int(a), int(b)) for a, b in zip(starts, np.r_[starts[1:], len(self.years)], strict=True)]

    def row_name(self, row: int) -> str:
        """The unit of a row, with its year where there is one."""
        if self.years is None:
            return self.units[row]
        return f"{self.units[row]} ({year_text(self.years[row])})"

    def take(self, rows: Bools) -> "Panel":
        """The panel with the marked rows only."""
        return replace(
            self,
            units=tuple(unit for unit, kept in zip(self.units, rows, strict=True) if kept),
            years=None if self.years is None else self.years[rows],
            values=self.values[rows],
            position=self.position[rows],
            groups={name: labels[rows] for name, labels in self.groups.items()},
            denominators={name: column[rows] for name, column in self.denominators.items()},
        )


def year_text(year: float) -> str:
    """A year as it is written: all digits of a whole number, however long (20240401 is one)."""
    return str(int(year)) if float(year).is_integer() else repr(float(year))


def read_panel(data: pd.DataFrame, meta: pd.DataFrame, lines: Sequence[int] | None = None) -> Panel:
    """The panel in an ``iData`` and an ``iMeta`` table (columns may be numbers or text; empty = missing).

    ``lines`` gives the row numbers to name in messages (default: as in a file with one heading row).
    Raises PanelError naming every cell, code or column that has to be put right.
    """
    framework = read_framework(meta)
    data = data.rename(columns=str)
    lines = range(2, len(data) + 2) if lines is None else lines
    problems = _missing_columns(data, framework)
    if problems:
        raise PanelError(problems)
    slips = _Slips()
    number = _column_reader(data, lines, slips, problems)
    units = [cell_text(cell) for cell in data["uCode"]]
    years = number("Time") if "Time" in data else None
    undated = [row for row, cell in enumerate(data["Time"]) if not cell_text(cell)] if "Time" in data else []
    problems += _row_problems(units, years, undated, lines)
    values = [number(code) for code in framework.codes(1)]
    denominators = {code: number(code) for code in framework.denominators}
    problems = [*slips.messages(), *problems]
    if problems:
        raise PanelError(problems)
    known = {"uCode", "uName", "Time", *framework.codes(1), *framework.denominators}
    others = [str(name) for name in data.columns if str(name) not in known]
    keys = (np.array(units),) if years is None else (np.array(units), years)
    order = np.lexsort(keys)
    return Panel(
        units=tuple(units[row] for row in order),
        years=None if years is None else years[order],
        values=np.ascontiguousarray(np.column_stack(values)[order]),
        framework=framework,
        position=order.astype(np.int64),
        groups={name: _labels(data[name])[order] for name in others},
        denominators={code: column[order] for code, column in denominators.items()},
        unused=tuple(name for name in others if name not in framework.groups),
    )


def _labels(column: "pd.Series[Any]") -> Labels:
    labels = np.empty(len(column), dtype=object)
    labels[:] = [cell_text(cell) for cell in column]
    return labels


def _missing_columns(data: pd.DataFrame, framework: Framework) -> list[Text]:
    names = [str(name) for name in data.columns]
    problems = [
        message("data_column_twice", name=name) for name in dict.fromkeys(names) if name and names.count(name) > 1
    ]
    if names.count("") > 1:
        problems.append(message("no_heading", n=names.count("")))
    if "uCode" not in names:
        close = near_column("uCode", names)
        problems.append(message("no_unit_codes", close=close))
        return problems
    asked = [*framework.codes(1), *framework.denominators, *framework.groups]
    free = [name for name in names if name not in asked]
    if missing := [code for code in asked if code not in names]:
        near = {code: near_column(code, free) for code in missing}
        ja, en = (join_words(f"{code}{one[which]}" for code, one in near.items()) for which in ("ja", "en"))
        key = "no_data_column" if len(missing) == 1 else "no_data_columns"
        problems.append(message(key, names=Text(ja=ja, en=en)))
    if not len(data) and not problems:
        problems.append(message("no_rows"))
    return problems


@dataclass
class _Slips:
    """Cells that hold no number, by cause: how many, the first of them, and the columns they stand in."""

    found: dict[str, list[tuple[str, int, str]]] = field(default_factory=dict)

    def add(self, text: str, name: str, line: int) -> None:
        """Notes one cell under its cause; a cause without a name of its own is kept by column."""
        if name == "Time":
            cause = "time"
        elif _GROUPED.fullmatch(text):
            cause = "grouped"
        elif _DECIMAL_COMMA.fullmatch(text):
            cause = "decimal_comma"
        elif _PERCENT.fullmatch(text):
            cause = "percent"
        elif text.casefold() in _NOT_AVAILABLE:
            cause = "missing"
        elif _OTHER_SIGN.fullmatch(text):
            cause = "other_sign"
        else:
            cause = f"other {name}"
        self.found.setdefault(cause, []).append((name, line, text))

    def messages(self) -> list[Text]:
        """One message a cause, in the order of their first cells."""
        return [_not_numbers(cause.partition(" ")[0], cells) for cause, cells in self._told_apart().items()]

    def _told_apart(self) -> dict[str, list[tuple[str, int, str]]]:
        """The cells by cause; 1,234 is a fraction where other commas can only be decimal marks and none groups."""
        grouped = self.found.get("grouped", [])
        either = [cell for cell in grouped if _ONE_COMMA.fullmatch(cell[2])]
        is_decimal = "decimal_comma" in self.found or any(text.lstrip("+-").startswith("0") for _, _, text in either)
        if not is_decimal or len(either) < len(grouped):
            return self.found
        together = [*self.found.get("decimal_comma", []), *grouped]
        order = {column: number for number, column in enumerate(dict.fromkeys(cell[0] for cell in together))}
        together.sort(key=lambda cell: (order[cell[0]], cell[1]))
        return {
            **{cause: cells for cause, cells in self.found.items() if cause != "grouped"},
            "decimal_comma": together,
        }


def _column_reader(data: pd.DataFrame, lines: Sequence[int], slips: _Slips, problems: list[Text]) -> ColumnReader:
    def read(name: str) -> Floats:
        column = data[name]
        numbers = _plain_numbers(column)
        if numbers is None:
            numbers = np.full(len(column), np.nan)
            for row, cell in enumerate(column):
                numbers[row] = _cell_number(cell, name, lines[row], slips)
        for row in np.flatnonzero(np.isinf(numbers)).tolist():
            slips.add(str(column.iloc[row]), name, lines[row])
        for row in np.flatnonzero(np.isfinite(numbers) & (np.abs(numbers) > LARGEST)).tolist():
            problems.append(message("too_large", text=str(column.iloc[row]), name=name, line=lines[row]))
        # Cells that have been named must not be compared with others.
        return np.where(np.isinf(numbers), np.nan, numbers)

    return read


def _plain_numbers(column: "pd.Series[Any]") -> Floats | None:
    """A column that is numeric already, or text that is all plain decimals; None when cells need a look."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return None
    if pd.api.types.is_numeric_dtype(column.dtype):
        return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
    cells = column.tolist()
    try:
        filled = [cell if cell != "" else "nan" for cell in cells]
        joined = "".join(filled)
        if set(joined.replace("nan", "")) - set("0123456789.+-eE"):
            return None
        numbers = np.array([float(cell) for cell in filled])
    except (TypeError, ValueError):
        return None
    written = np.array([cell != "" for cell in cells])
    return None if bool((np.isnan(numbers) & written).any()) else numbers


def _cell_number(cell: Any, name: str, line: int, slips: _Slips) -> float:
    text = cell_text(cell) if not isinstance(cell, bool | np.bool_) else str(cell)
    if text == "" or cell is pd.NA:
        return float("nan")
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if np.isnan(number) or "_" in text:
        slips.add(text, name, line)
        return float("nan")
    return number


def _not_numbers(cause: str, cells: Sequence[tuple[str, int, str]]) -> Text:
    """What is wrong with cells of one cause: the first, how many there are, and what to do."""
    name, line, text = cells[0]
    columns = join_words(dict.fromkeys(column for column, _, _ in cells))
    more = message("same_cause", n=len(cells), columns=columns) if len(cells) > 1 else ""
    given = {"line": line, "name": name, "text": text, "more": more}
    if cause == "missing" and len(words := list(dict.fromkeys(word for _, _, word in cells))) > 1:
        return message("not_numbers_missing_words", **given, words=join_words(words, 5))
    return message(f"not_numbers_{cause}", **given)


def _row_problems(units: list[str], years: Floats | None, undated: list[int], lines: Sequence[int]) -> list[Text]:
    """What is wrong with codes and years; ``undated`` are the rows whose ``Time`` is empty."""
    problems: list[Text] = []
    for row, unit in enumerate(units):
        if not unit:
            problems.append(message("no_unit_code", line=lines[row]))
    if undated:
        rows = join_words(lines[row] for row in undated)
        problems.append(message("no_time", rows=rows))
    if years is not None and np.isnan(years).any():
        return problems
    keys = units if years is None else [f"{unit} ({year_text(year)})" for unit, year in zip(units, years, strict=True)]
    counts = pd.Series(keys).value_counts()
    twice = [str(key) for key in counts.index[counts.to_numpy() > 1]]
    if twice:
        which = join_words(sorted(twice))
        problems.append(message("row_twice", which=which))
    return problems
