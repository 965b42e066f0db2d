"""The kinds of check that rules.yaml may declare, each with its parameters; each is registered in schemas.checks."""

from __future__ import annotations

from typing import Literal

from pydantic import Field as Default

from schemas.dictionary.field import Declared


class Total(Declared):
    """A sum over a clean table: columns, and the key values of the rows that count."""

    table: str
    columns: list[str]
    where: dict[str, list[str]] = Default(default_factory=dict)


class PartOf(Declared):
    """In each row the first of a pair may not exceed the second."""

    kind: Literal["part_of"]
    table: str
    pairs: list[tuple[str, str]]


class SumEquals(Declared):
    """In each row the parts add up to the whole."""

    kind: Literal["sum_equals"]
    table: str
    parts: list[str]
    whole: str


class Never(Declared):
    """No row meets all of these conditions together.

    ``where`` lists values of a column; ``filled`` and ``blank`` columns have an answer or none, ``any_blank`` at
    least one of them none; ``positive`` and ``zero`` are numbers; ``above`` and ``below`` are exclusive bounds.
    """

    kind: Literal["never"]
    table: str
    where: dict[str, list[str]] = Default(default_factory=dict)
    filled: list[str] = Default(default_factory=list)
    blank: list[str] = Default(default_factory=list)
    any_blank: list[str] = Default(default_factory=list)
    positive: list[str] = Default(default_factory=list)
    zero: list[str] = Default(default_factory=list)
    above: dict[str, int] = Default(default_factory=dict)
    below: dict[str, int] = Default(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """Every column a condition names, each once, in the order given above."""
        named = [*self.where, *self.positive, *self.zero, *self.above, *self.below]
        return list(dict.fromkeys([*named, *self.filled, *self.any_blank, *self.blank]))


class InOrder(Declared):
    """In each row the first date or year of a pair does not come after the second."""

    kind: Literal["in_order"]
    table: str
    pairs: list[tuple[str, str]]


class InRound(Declared):
    """A date or year lies within bounds given as years from the round; dates count to the end of a fiscal year."""

    kind: Literal["in_round"]
    table: str
    column: str
    earliest: int | None = None
    latest: int | None = None


class Distinct(Declared):
    """No two rows of a list agree in all of these columns; rows with a blank among them are left out."""

    kind: Literal["distinct"]
    table: str
    columns: list[str]


class RowShare(Declared):
    """In each row with a whole of at least ``minimum``: a part above a percentage, or below one, or nothing at all.

    A part of 0 is not ``below``: it is a matter of its own.
    """

    kind: Literal["row_share"]
    table: str
    part: str
    whole: str
    minimum: int
    above: int | None = None
    below: int | None = None
    is_zero: bool = False


class TotalsEqual(Declared):
    """Two sums over tables are equal."""

    kind: Literal["totals_equal"]
    left: Total
    right: Total


class TotalWithin(Declared):
    """The left sum may not exceed the right one, or ``percent`` of it."""

    kind: Literal["total_within"]
    left: Total
    right: Total
    percent: int = 100


class ShareCheck(Declared):
    """A sum as a share of another of at least ``minimum``: above a percentage, or of nothing at all."""

    kind: Literal["share"]
    part: Total
    whole: Total
    minimum: int
    above: int | None = None
    is_zero: bool = False


class KindLimit(Declared):
    """The limits of institutions whose profile has one of the answers ``where``, of ``minimum`` and more."""

    where: dict[str, list[str]]
    low: float | None = None
    high: float | None = None
    minimum: int = 0


class Proportion(Declared):
    """A sum for each of another that lies above ``high``, or below ``low``."""

    part: Total
    whole: Total
    low: float | None = None
    high: float | None = None


class RatioCheck(Declared):
    """A sum for each of another of at least ``minimum``: above ``high``, or below ``low`` without being 0.

    The limits of the first of ``kinds`` that an institution is of replace ``low`` and ``high``: what is usual differs
    by kind and size. With ``also`` it is asked only where those proportions are known and beyond their limits too.
    """

    kind: Literal["ratio"]
    part: Total
    whole: Total
    minimum: int
    low: float | None = None
    high: float | None = None
    kinds: list[KindLimit] = Default(default_factory=list)
    also: list[Proportion] = Default(default_factory=list)


class UnitsWithinWhole(Declared):
    """For each position, no unit (and no sum of units) exceeds the whole institution."""

    kind: Literal["units_within_whole"]
    table: str
    columns: list[str]


class SameColumns(Declared):
    """Two columns hold the same numbers in every row of the whole, which is rare above a sum."""

    kind: Literal["same_columns"]
    total: Total
    other: str
    minimum: int


class Moved(Declared):
    """A sum moved by more than both an absolute and a relative step since the last round."""

    kind: Literal["moved"]
    total: Total
    absolute: int
    percent: int


class Unchanged(Declared):
    """Every row equals last round, where the sum is large enough for that to be unlikely."""

    kind: Literal["unchanged"]
    total: Total
    minimum: int


class Factor(Declared):
    """A sum is about a thousand times, or a thousandth of, last round's: between ``low`` and ``high`` times."""

    kind: Literal["factor"]
    total: Total
    low: int
    high: int


class RiseWithin(Declared):
    """A sum rose since last round by no more than another sum."""

    kind: Literal["rise_within"]
    total: Total
    by: Total


class Swapped(Declared):
    """A pair of columns that each hold what the other held last round."""

    kind: Literal["swapped"]
    total: Total
    pairs: list[tuple[str, str]]
    minimum: int


class Shifted(Declared):
    """A column that equals last round's moved by one row."""

    kind: Literal["shifted"]
    total: Total
    minimum: int


class ShrinkingWhole(Declared):
    """The whole fell by more than ``percent`` while the share of the part rose by more than ``points``."""

    kind: Literal["shrinking_whole"]
    part: Total
    whole: Total
    percent: int
    points: int


class Changed(Declared):
    """A single answer differs from last round's."""

    kind: Literal["changed"]
    table: str
    columns: list[str]


class ByReading(Declared):
    """Judged while the workbook is read; no table check."""

    kind: Literal["reading"]


class ByFunction(Declared):
    """Judged by the check registered under this name (`schemas.checks.registration`)."""

    kind: Literal["function"]
    name: str


class ByValue(Declared):
    """Judged by indicators.plausibility.plausibility_rules on the values of indicators, and last round's.

    ``outside_interval``: outside last round's reference interval. ``moved``: by more than ``points`` since last
    round. ``outside``: below ``low`` or above ``high``, in the indicator's unit. ``outside_others``: with all of its
    interval beyond Tukey's outer fences of at least ``others`` other institutions. ``beside_published``: by more
    than ``points`` from a published figure of the same years. ``fewer_than_listed``: fewer than an official list
    names (of a retired rule; nothing judges it any more). All only where the denominator is at least ``minimum``.
    """

    kind: Literal["value"]
    test: Literal["outside_interval", "moved", "outside", "outside_others", "beside_published", "fewer_than_listed"]
    indicators: list[str]
    minimum: int = 1
    others: int = 10
    points: int = 0
    low: int | None = None
    high: int | None = None


CheckSpec = (
    PartOf
    | SumEquals
    | Never
    | InOrder
    | InRound
    | Distinct
    | RowShare
    | TotalsEqual
    | TotalWithin
    | ShareCheck
    | RatioCheck
    | UnitsWithinWhole
    | SameColumns
    | Moved
    | Unchanged
    | Factor
    | RiseWithin
    | Swapped
    | Shifted
    | ShrinkingWhole
    | Changed
    | ByReading
    | ByFunction
    | ByValue
)


def columns_of(spec: CheckSpec) -> list[tuple[str, list[str]]]:
    """Every table that a check looks at, with the columns it names there."""
    if isinstance(spec, ByReading | ByFunction | ByValue):
        return []
    found: list[tuple[str, list[str]]] = []
    for name in type(spec).model_fields:
        value = getattr(spec, name)
        if isinstance(value, Total):
            found.append((value.table, [*value.columns, *value.where]))
    table = getattr(spec, "table", None)
    pairs = [column for pair in getattr(spec, "pairs", []) for column in pair]
    single = [getattr(spec, name) for name in ("part", "whole", "column", "other") if hasattr(spec, name)]
    named = [*getattr(spec, "columns", []), *getattr(spec, "parts", []), *pairs, *(s for s in single if type(s) is str)]
    if table is not None:
        found.append((table, named))
    elif found and named:
        found.append((found[0][0], named))
    return found
