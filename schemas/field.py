"""What one question of the template is: its identity, type, limits, texts and the office that can answer it."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Default

from schemas.declaration import Text

Form = Literal["core", "full", "centre"]
FieldType = Literal["count", "decimal", "text", "long_text", "choice", "level", "year", "date", "yes_no"]
NUMERIC: frozenset[str] = frozenset({"count", "decimal"})

# Hard upper limits of TEMPLATE "What people really type": above them a number cannot be meant.
LIMITS: dict[str, Decimal] = {
    "people": Decimal(100_000),
    "papers": Decimal(1_000_000),
    "thousand_yen": Decimal(10**9),
    "items": Decimal(100_000),
    "documents": Decimal(10_000),
    "years": Decimal(3_000),
}


class Declared(BaseModel):
    """Base of every declared thing: unknown keys are refused, instances do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Condition(Declared):
    """Applies only where another single answer has one of these values."""

    field: str
    among: list[str]


class Field(Declared):
    """One question; in a grid one column, in a form one line.

    ``years`` are offsets from the round's year, first and last, for which a yearly grid asks this field.
    ``across`` asks the field once for each of these keys in neighbouring columns (a level for the centre
    and for the whole institution). ``required``: ``always`` counts into the burden of the form,
    ``follow_up`` is asked where an item is at level 2 or more, ``optional`` never blocks.
    """

    id: str
    label: Text
    help: Text | None = None
    type: FieldType
    unit: Literal["people", "papers", "thousand_yen", "items", "documents", "years", "none"] = "none"
    code_list: str | None = None
    codes: list[str] = Default(default_factory=list)
    required: Literal["always", "follow_up", "optional", "register"] = "always"
    applies: Condition | None = None
    minimum: Decimal = Decimal(0)
    maximum: Decimal | None = None
    max_length: int = 200
    years: tuple[int, int] | None = None
    across: list[str] = Default(default_factory=list)
    register_key: str | None = None
    width: int = 12

    @property
    def table(self) -> str:
        """Name of the clean table this field is a column of."""
        return self.id.split(".")[0]

    @property
    def column(self) -> str:
        """Name of the column in that table."""
        return self.id.split(".")[1]

    @property
    def limit(self) -> Decimal:
        """Largest number that can be meant here."""
        return self.maximum if self.maximum is not None else LIMITS.get(self.unit, Decimal(10**12))


class Rows(Declared):
    """The fixed rows of a grid: one or two keys, each from a code list, given values, or years."""

    key: str
    code_list: str | None = None
    values: list[str] = Default(default_factory=list)
    years: tuple[int, int] | None = None


class Block(Declared):
    """A group of questions on a sheet.

    kind ``form``: one line a field. ``grid``: fixed rows x fields. ``list``: open rows x fields (an Excel table
    of ``size`` rows; rows below its end are read too). ``skip`` names the yes/no field that sets the
    whole block to "not collected this time".
    """

    id: str
    kind: Literal["form", "grid", "list"]
    label: Text
    help: Text | None = None
    office: str
    rows: list[Rows] = Default(default_factory=list)
    size: int = 0
    filled_rows: int = 0
    applies: Condition | None = None
    row_applies: dict[str, Condition] = Default(default_factory=dict)
    skip: str | None = None
    blank_is_zero: bool = False
    forms: list[Form] = Default(default_factory=lambda: list[Form](["core", "full", "centre"]))
    fields: list[Field]


class Sheet(Declared):
    """A sheet of the workbook. ``name`` is the Japanese word alone; English stands in the heading."""

    id: str
    number: int
    name: str
    title: Text
    intro: Text
    dates: Text | None = None
    forms: list[Form] = Default(default_factory=lambda: list[Form](["core", "full", "centre"]))
    landscape: bool = True
    blocks: list[Block]
