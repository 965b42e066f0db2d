"""The tree of elements in the metadata table: indicators at level 1, what they add up to above."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from indicators.composite.recipe.problems import PanelError, message, near_column, nearest, unknown_word
from schemas.dictionary.declaration import Text

OTHER = "Other"  # a column of the data that the composite does not use, as in COINr (Becker et al. 2022)
TYPES = ("Indicator", "Aggregate", "Group", "Denominator", OTHER)
COLUMNS = (
    "Level",
    "iCode",
    "iName",
    "Direction",
    "Weight",
    "Parent",
    "Type",
    "Target",
    "GoalLower",
    "GoalUpper",
    "Denominator",
    "Scale",
    "Counts",
    "Unit",  # for whoever reads the table, as in COINr
)
YES, NO = ("true", "1", "yes"), ("false", "0", "no", "")


@dataclass(frozen=True)
class Element:
    """One row of the metadata: an indicator or an aggregate.

    ``counts`` says that the indicator is a number of people, papers or items out of its denominator.
    """

    code: str
    name: str
    level: int
    direction: int = 1
    weight: float | None = None
    parent: str = ""
    target: float | None = None
    goal_lower: float | None = None
    goal_upper: float | None = None
    denominator: str = ""
    scale: float = 1.0
    counts: bool = False


@dataclass(frozen=True)
class Framework:
    """Elements by level (``levels[0]`` are the indicators), group and denominator columns.

    ``unused`` are columns of the metadata that mean nothing here.
    """

    levels: tuple[tuple[Element, ...], ...]
    groups: tuple[str, ...] = ()
    denominators: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()

    def codes(self, level: int) -> tuple[str, ...]:
        """The codes of one level, in the order of the metadata."""
        return self._codes[level - 1]

    def all_codes(self) -> tuple[str, ...]:
        """The codes of every level, indicators first."""
        return self._all_codes

    @cached_property
    def _codes(self) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(element.code for element in level) for level in self.levels)

    @cached_property
    def _all_codes(self) -> tuple[str, ...]:
        return tuple(code for codes in self._codes for code in codes)

    @cached_property
    def _parents(self) -> tuple[NDArray[np.int64], ...]:
        found = []
        for level, above in zip(self.levels, self._codes[1:], strict=False):
            position = {code: index for index, code in enumerate(above)}
            parents = np.array([position[element.parent] for element in level], dtype=np.int64)
            parents.flags.writeable = False
            found.append(parents)
        return tuple(found)

    def parents(self, level: int) -> NDArray[np.int64]:
        """For each element of ``level`` the position of its parent in the level above."""
        return self._parents[level - 1]

    def weights(self, level: int) -> NDArray[np.float64]:
        """The weights in the metadata of the elements of one level, NaN where there is none."""
        return self._weights[level - 1].copy()

    @cached_property
    def _weights(self) -> tuple[NDArray[np.float64], ...]:
        return tuple(
            np.array([np.nan if one.weight is None else one.weight for one in level], dtype=np.float64)
            for level in self.levels
        )

    def column(self, name: str) -> NDArray[np.float64]:
        """A numeric attribute of the indicators (``target``, ``direction`` …), NaN where it is not given."""
        if name not in self._columns:
            found = [getattr(element, name) for element in self.levels[0]]
            self._columns[name] = np.array([np.nan if value is None else value for value in found], dtype=np.float64)
        return self._columns[name].copy()

    @cached_property
    def _columns(self) -> dict[str, NDArray[np.float64]]:
        return {}


def cell_text(cell: Any) -> str:
    """What stands in a cell of a table, whole numbers without a decimal point; empty for a blank."""
    if cell is None or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell)):
        return ""
    if isinstance(cell, float | np.floating) and float(cell).is_integer():
        return str(int(cell))
    return str(cell).strip()


class _Reader:
    def __init__(self, row: Mapping[str, Any], line: int, problems: list[Text]) -> None:
        self.row, self.line, self.problems = row, line, problems

    def text(self, name: str) -> str:
        return cell_text(self.row.get(name))

    def number(self, name: str) -> float | None:
        text = self.text(name)
        if not text:
            return None
        value = _finite(text)
        if value is None:
            self.problems.append(message("not_a_number", line=self.line, name=name, text=text))
        return value

    def yes(self, name: str) -> bool:
        text = self.text(name)
        if text.lower() not in (*YES, *NO):
            self.problems.append(message("not_true_or_false", line=self.line, name=name, text=text))
        return text.lower() in YES


def _finite(text: str) -> float | None:
    """A decimal or a fraction such as 2/3 as a number; None for anything else, and beyond what a float holds."""
    try:
        value = float(Fraction(text)) if "/" in text else float(text)
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    return value if math.isfinite(value) and "_" not in text else None


def read_framework(meta: pd.DataFrame) -> Framework:
    """The framework in an ``iMeta`` table.

    Columns: Level, iCode, iName, Direction, Weight, Parent, Type; optional Target, GoalLower, GoalUpper, Denominator,
    Scale, Counts, and Unit, which is for the reader only.

    Raises PanelError naming every row or code that has to be put right.
    """
    names = [str(name) for name in meta.columns]
    problems = [
        message("no_meta_column", name=name, close=close)
        for name in ("Level", "iCode", "Direction", "Parent", "Type")
        if name not in names
        for close in [near_column(name, names)]
    ]
    problems += [message("meta_column_twice", name=name) for name in dict.fromkeys(names) if names.count(name) > 1]
    if problems:
        raise PanelError(problems)
    elements: list[Element] = []
    columns: dict[str, list[str]] = {"Group": [], "Denominator": []}
    for line, row in enumerate(meta.to_dict("records"), start=2):
        reader = _Reader({str(name): cell for name, cell in row.items()}, line, problems)
        kind, code = reader.text("Type"), reader.text("iCode")
        if kind in columns:
            columns[kind].append(code)
        elif kind == OTHER:
            continue
        elif kind in TYPES:
            elements.append(_element(reader, kind, code))
        else:
            problems.append(unknown_word(message("type_in_row", line=line), kind, TYPES))
    problems += _code_problems([element.code for element in elements] + columns["Group"] + columns["Denominator"])
    if not problems:
        problems += _tree_problems(elements, columns["Denominator"])
    if problems:
        raise PanelError(problems)
    top = max(element.level for element in elements)
    return Framework(
        levels=tuple(tuple(e for e in elements if e.level == level) for level in range(1, top + 1)),
        groups=tuple(columns["Group"]),
        denominators=tuple(columns["Denominator"]),
        unused=tuple(name for name in names if name not in COLUMNS),
    )


def _element(reader: _Reader, kind: str, code: str) -> Element:
    level = reader.number("Level")
    if level is None or level != int(level) or (level == 1) != (kind == "Indicator") or level < 1:
        reader.problems.append(message("bad_level", code=code))
        level = 1
    direction = reader.number("Direction")
    if direction is None and kind == "Aggregate":
        direction = 1
    if direction is None or direction not in ((1, -1) if kind == "Indicator" else (1,)):
        reader.problems.append(message("bad_direction", code=code))
        direction = 1
    scale = reader.number("Scale")
    return Element(
        code=code,
        name=reader.text("iName") or code,
        level=int(level),
        direction=int(direction),
        weight=reader.number("Weight"),
        parent=reader.text("Parent"),
        target=reader.number("Target"),
        goal_lower=reader.number("GoalLower"),
        goal_upper=reader.number("GoalUpper"),
        denominator=reader.text("Denominator"),
        scale=1.0 if scale is None else scale,
        counts=reader.yes("Counts"),
    )


def _code_problems(codes: list[str]) -> list[Text]:
    problems = [message("code_twice", code=code) for code in dict.fromkeys(codes) if code and codes.count(code) > 1]
    if "" in codes:
        problems.append(message("no_code"))
    reserved = [code for code in codes if code in ("uCode", "uName", "Time")]
    problems += [message("reserved_code", code=code) for code in reserved]
    return problems


def _tree_problems(elements: list[Element], denominators: list[str]) -> list[Text]:
    if not any(element.level == 1 for element in elements):
        return [message("no_indicator")]
    top = max(element.level for element in elements)
    level_of = {element.code: element.level for element in elements}
    with_children = {element.parent for element in elements}
    problems: list[Text] = []
    for element in elements:
        if element.level < top and level_of.get(element.parent) != element.level + 1:
            above = [code for code, level in level_of.items() if level == element.level + 1]
            close = nearest(element.parent, above)
            problems.append(message("parent_not_above", code=element.code, parent=element.parent, close=close))
        if element.level == top and element.parent:
            problems.append(message("parent_at_top", code=element.code, parent=element.parent))
        if element.level > 1 and element.code not in with_children:
            problems.append(message("no_children", code=element.code))
        if element.denominator and element.denominator not in denominators:
            what = message("denominator_of", code=element.code)
            problems.append(unknown_word(what, element.denominator, denominators))
        if element.counts and not element.denominator:
            problems.append(message("counts_without_denominator", code=element.code))
    return problems
