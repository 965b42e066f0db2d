"""What an indicator, a benchmark and a source are: typed declarations, unknown keys refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator
from pydantic import Field as Default
from pydantic_core import PydanticCustomError

from indicators.catalogue.measure_kinds import Measure, WholeNumber
from schemas.dictionary.declaration import NUMBER_WANTED, Text
from schemas.dictionary.field import Declared

Level = Literal["institution", "centre", "unit"]
LEVELS: tuple[Level, ...] = ("institution", "centre", "unit")
Definition = Literal["nationality", "foreign_degree", "sgu", "-"]
Counting = Literal["full", "fractional", "-"]
CONFIRMED_FOR_YEARS = 5  # after that a screen says when a benchmark was last confirmed
Seen = Literal["primary", "primary_mirror", "second_hand"]


def exact_number(value: object) -> Fraction:
    """Decimal text, ``p/q`` or an integer as an exact fraction; a float would already have lost its text.

    Raises ValueError for anything else.
    """
    if not isinstance(value, str | int | Fraction) or isinstance(value, bool):
        raise ValueError(f"no number: {value!r}")
    try:
        return Fraction(value)
    except ZeroDivisionError:
        raise ValueError(f"no number: {value!r}") from None


def _exact(value: object) -> Fraction:
    try:
        return exact_number(value)
    except ValueError:
        raise PydanticCustomError(NUMBER_WANTED, "a number is wanted") from None


Exact = Annotated[Fraction, BeforeValidator(_exact)]


class Target(Declared):
    """Where a goalpost ends: at a benchmark in force, or at the end of the indicator's own scale."""

    benchmark: str | None = None
    scale_end: Exact | None = None


class Goalpost(Declared):
    """Floor and target of a level, fixed per edition, with the reason.

    ``kind`` is ``score`` for a requirement, a target or a scale's end at its own level, ``direction`` for a
    centre's requirement applied to an institution, ``reference`` for a named observed value.
    """

    floor: Exact
    target: Target
    kind: Literal["score", "direction", "reference"] = "score"
    why: Text


class Example(Declared):
    """A worked example: tables given, value expected. Missing key columns default to 00 and professor."""

    given: dict[str, list[dict[str, Any]]]
    expect: str | WholeNumber
    level: Level = "institution"
    note: Text | None = None


class DefinitionVariant(Declared):
    """The same indicator by another definition of who counts; never scored, and compared with no other line."""

    definition_key: Literal["foreign_degree", "sgu"]
    label: Text
    definition: Text
    measure: Measure
    examples: list[Example]


class Indicator(Declared):
    """THE declaration of an indicator; label, chart, validation of examples and handbook follow from it.

    ``official`` says which official definition is reused and where this one departs from it, or that none exists.
    """

    id: str
    version: WholeNumber
    label: Text
    definition: Text
    official: Text | None = None
    pitfalls: Text
    levels: list[Level]
    unit: Literal["percent", "points", "score", "number", "per_100"]
    better: Literal["higher", "lower", "range", "none"]
    population: str
    of: Literal["people", "papers", "items", "staff"] | None = None
    definition_key: Definition = "-"
    counting: Counting = "-"
    window: tuple[int, int] | None = None
    minimum: WholeNumber = 0
    measure: Measure
    source: str
    goalposts: dict[Level, Goalpost] = Default(default_factory=dict)
    scored: bool = True
    weight: WholeNumber | None = None
    weight_why: Text | None = None
    variants: list[DefinitionVariant] = Default(default_factory=list)
    examples: list[Example]

    pillar: str = ""
    is_headline: bool = True

    @property
    def key(self) -> str:
        """Names the indicator and, where it is not the headline, its definition."""
        return self.id if self.is_headline else f"{self.id}:{self.definition_key}"

    @property
    def by_definition(self) -> list[Indicator]:
        """The indicator itself, then each of its variants as an indicator of the same id."""
        shared = {"is_headline": False, "variants": [], "goalposts": {}, "scored": False, "weight": None}
        own = ("definition_key", "label", "definition", "measure", "examples")
        return [
            self,
            *(self.model_copy(update={**shared, **{name: getattr(v, name) for name in own}}) for v in self.variants),
        ]


class EntryCall(Declared):
    """The call of the programme whose requirement an entry is: its fiscal year and the types it holds for."""

    year: WholeNumber
    types: list[Literal["regular", "focus", "core", "multi_host"]]

    def covers(self, call: str) -> bool:
        """Whether it is the call written as ``year/type``."""
        return call in [f"{self.year}/{one}" for one in self.types]


class BenchmarkEntry(Declared):
    """A value in force from a date, with its source and how it was seen.

    ``whole`` is how many people or papers an observed share is a share of, None where that was not published. ``call``
    is the call whose centres a requirement is about.
    """

    from_: date = Default(alias="from")
    until: date | None = None
    last_confirmed: date
    value: Exact | None = None
    low: Exact | None = None
    high: Exact | None = None
    words: Text | None = None
    centre: Text | None = None
    mean_of: WholeNumber | None = None
    whole: WholeNumber | None = None
    call: EntryCall | None = None
    source: str
    seen: Seen
    why: Text
    text: str = ""  # the value or range as written in the file

    def line(self, comparison: str) -> Fraction | None:
        """The value, or the end of a range that has to be reached; None for a requirement in words."""
        end = self.low if comparison == ">=" else self.high
        return self.value if self.value is not None else end

    def line_text(self, comparison: str) -> str | None:
        """``line`` as decimal text, a value as it was written."""
        line = self.line(comparison)
        if self.value is not None or line is None:
            return self.text or None
        return str(Decimal(line.numerator) / line.denominator)

    @property
    def id(self) -> str:
        """Names the entry within its benchmark: its centre if it has one, and its date."""
        return f"{self.centre.en} {self.from_.isoformat()}" if self.centre else self.from_.isoformat()

    def is_in_force(self, on: date) -> bool:
        """Whether the entry holds on a date."""
        return self.from_ <= on and (self.until is None or on <= self.until)

    def is_stale(self, on: date) -> bool:
        """Whether the entry was last confirmed more than five years before a date."""
        last = self.last_confirmed
        return (on.year - last.year, (on.month, on.day)) > (CONFIRMED_FOR_YEARS, (last.month, last.day))


class Benchmark(Declared):
    """A line or dots to compare with: who is counted, how, at which level, and the dated entries."""

    id: str
    kind: Literal["requirement", "target", "observed", "national", "peers"]
    level: Literal["institution", "centre", "unit", "programme", "country", "sector"]
    label: Text
    population: Text
    population_key: str
    definition: Definition
    counting: Counting
    comparison: Literal[">=", "<="]
    unit: Literal["percent", "people", "items", "yen_per_hour", "per_100"]
    authority: Literal["ministry", "labour_ministry", "government", "association", "ours"]
    scope: Text | None = None
    entries: list[BenchmarkEntry]
    indicator: str = ""

    @property
    def is_by_call(self) -> bool:
        """Whether it is a requirement of calls, so that a centre is judged by that of its own alone."""
        return any(entry.call is not None for entry in self.entries)

    def entry_of_call(self, call: str, on: date) -> BenchmarkEntry | None:
        """The newest entry in force on a date of a call written as ``year/type``; None where there is none."""
        held = [e for e in self.entries if e.is_in_force(on) and e.call is not None and e.call.covers(call)]
        return max(held, key=lambda entry: entry.from_, default=None)

    def in_force(self, on: date) -> list[BenchmarkEntry]:
        """Entries in force on a date: every observed or national one, else the newest alone."""
        holding = [entry for entry in self.entries if entry.is_in_force(on)]
        if self.kind in ("observed", "national", "peers"):
            return holding
        return sorted(holding, key=lambda entry: entry.from_)[-1:]


class Source(Declared):
    """A source, once: who produced it, where it is, how it was seen, under which licence."""

    key: str
    ref: str
    producer: Text
    title: Text
    url: str | None = None
    published: str | int | None
    accessed: str | None
    seen: Literal["primary", "primary_mirror", "second_hand", "unseen"]
    licence: Text | str | None
