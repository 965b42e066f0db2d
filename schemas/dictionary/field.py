"""What one question of the template is: its identity, type, limits, texts and the office that can answer it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Default

from schemas.dictionary.declaration import Text

Form = Literal["core", "full", "centre", "short"]
FieldType = Literal["count", "decimal", "text", "long_text", "choice", "level", "year", "date", "yes_no"]
FORMS: tuple[Form, ...] = ("core", "full", "centre", "short")
NUMERIC: frozenset[str] = frozenset({"count", "decimal"})

# Hard upper limits (docs/template.md 3): above them a number cannot be meant.
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


def _every_form() -> list[Form]:
    """The forms that ask a question which names none; the short form asks only what names it."""
    return [form for form in FORMS if form != "short"]


class FormVariant(Declared):
    """What a form says or asks differently on a sheet or in a block; what is left out stays as it is."""

    label: Text | None = None
    title: Text | None = None
    intro: Text | None = None
    help: Text | None = None
    size: int | None = None

    def changes(self) -> dict[str, Any]:
        """The declared differences by name."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class Field(Declared):
    """One question; in a grid one column, in a form one line.

    ``years`` are offsets from the round's year, first and last, for which a yearly grid asks this field.
    ``across`` asks the field once for each of these keys in neighbouring columns (a level for the centre
    and for the whole institution). ``required``: ``always`` counts into the burden of the form,
    ``follow_up`` is asked where an item is at level 2 or more, ``optional`` never blocks.
    ``forms`` are the forms that ask it; ``only`` names, for a form, the keys of ``across`` that it asks.
    ``carried``: last year's answer is filled in, because it is a description and not a count.
    ``degrees_only``: it does not apply to a body that awards no degrees; the form says so when it is issued.
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
    only: dict[Form, list[str]] = Default(default_factory=dict)
    forms: list[Form] = Default(default_factory=_every_form)
    carried: bool = False
    degrees_only: bool = False
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
    """The fixed rows of a grid: one or two keys, each from a code list, given values, or years.

    ``only`` names, for a form, the values that it asks.
    """

    key: str
    code_list: str | None = None
    values: list[str] = Default(default_factory=list)
    years: tuple[int, int] | None = None
    only: dict[Form, list[str]] = Default(default_factory=dict)


class Block(Declared):
    """A group of questions on a sheet.

    kind ``form``: one line a field. ``grid``: fixed rows x fields. ``list``: open rows x fields (an Excel table
    of ``size`` rows; rows below its end are read too). ``records``: the same for long lists, read as one table
    of up to ``size`` rows, never cell by cell. ``skip`` names the yes/no field that sets the whole block to
    "not collected this time". ``totals``: the workbook shows the sums of its numbers.
    ``feeds`` names the grid's table of which a list holds further rows, keyed by its first columns.
    ``closed_by``: rows whose date or year here lies before last fiscal year are not filled in again.
    """

    id: str
    kind: Literal["form", "grid", "list", "records"]
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
    totals: bool = False
    feeds: str | None = None
    closed_by: str | None = None
    forms: list[Form] = Default(default_factory=_every_form)
    variants: dict[Form, FormVariant] = Default(default_factory=dict)
    fields: list[Field]

    def as_asked(self, form: Form) -> Block:
        """The block as ``form`` asks it: its fields, rows, keys and wording."""
        fields = [
            f.model_copy(update={"across": f.only[form]}) if form in f.only else f
            for f in self.fields
            if form in f.forms
        ]
        rows = [r.model_copy(update={"values": r.only[form]}) if form in r.only else r for r in self.rows]
        changes = self.variants[form].changes() if form in self.variants else {}
        return self.model_copy(update={"fields": fields, "rows": rows, **changes})


class Sheet(Declared):
    """A sheet of the workbook. ``name`` is the Japanese word alone; English stands in the heading.

    Sheets with tables that grow are not ``protected``: a table does not grow under protection.
    """

    id: str
    number: int
    name: str
    title: Text
    intro: Text
    dates: Text | None = None
    forms: list[Form] = Default(default_factory=_every_form)
    protected: bool = True
    variants: dict[Form, FormVariant] = Default(default_factory=dict)
    blocks: list[Block]

    def as_asked(self, form: Form) -> Sheet:
        """The sheet as ``form`` asks it: its blocks, each as asked, and its wording."""
        blocks = [block.as_asked(form) for block in self.blocks if form in block.forms]
        changes = self.variants[form].changes() if form in self.variants else {}
        return self.model_copy(update={"blocks": blocks, **changes})
