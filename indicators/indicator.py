"""What an indicator, a benchmark and a source are: typed declarations, unknown keys refused."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator
from pydantic import Field as Default

from schemas.declaration import Text
from schemas.field import Declared

Level = Literal["institution", "centre", "unit"]
LEVELS: tuple[Level, ...] = ("institution", "centre", "unit")
Definition = Literal["nationality", "foreign_degree", "sgu", "-"]
Counting = Literal["full", "fractional", "-"]
Seen = Literal["primary", "primary_mirror", "second_hand"]


def _exact(value: object) -> object:
    """Decimal text or an integer as an exact fraction; a float would already have lost its text."""
    return Fraction(value) if isinstance(value, str | int) and not isinstance(value, bool) else value


Exact = Annotated[Fraction, BeforeValidator(_exact)]


class Choice(Declared):
    """Which rows of a code-list column count: those of a group, or all but some."""

    group: str | None = None
    not_: list[str] = Default(default_factory=list, alias="not")


Where = dict[str, list[str] | Choice]


class Term(Declared):
    """A sum of one field, a count of its answers, or the number of its distinct answers."""

    sum: str | list[str] | None = None
    count: str | None = None
    distinct: str | None = None
    where: Where = Default(default_factory=dict)

    @property
    def fields(self) -> list[str]:
        """The fields the term reads."""
        named = self.sum or self.count or self.distinct or []
        return [named] if isinstance(named, str) else named


class Share(Declared):
    """Part of a whole, in percent."""

    part: Term
    whole: Term


class Rate(Declared):
    """Part per hundred of another population."""

    part: Term
    whole: Term
    per: int = 100


class WeightedLevel(Declared):
    """Attained of attainable weighted checklist levels, 0 to 100, over the items of some groups."""

    groups: list[str]


class LevelsReached(Declared):
    """Share of the items the centre has at ``threshold`` where the institution's level reaches the centre's."""

    threshold: int


class Difference(Declared):
    """One indicator at two levels, in points; ``rest`` is the institution without the centre."""

    of: str
    first: Literal["centre", "institution"]
    second: Literal["rest", "institution"]


class Measure(Declared):
    """Exactly one kind of measure with its parts (CATALOGUE 11)."""

    share: Share | None = None
    rate: Rate | None = None
    number: Term | None = None
    weighted_level: WeightedLevel | None = None
    levels_reached: LevelsReached | None = None
    difference: Difference | None = None

    @property
    def kind(self) -> str:
        """Name of the kind that is given."""
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        return given[0] if len(given) == 1 else ""


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
    expect: str | int
    level: Level = "institution"
    note: Text | None = None


class Indicator(Declared):
    """THE declaration of an indicator; label, chart, validation of examples and handbook follow from it."""

    id: str
    version: int
    label: Text
    definition: Text
    pitfalls: Text
    levels: list[Level]
    unit: Literal["percent", "points", "score", "number", "per_100"]
    better: Literal["higher", "lower", "range", "none"]
    population: str
    of: Literal["people", "papers", "items", "staff"] | None = None
    definition_key: Definition = "-"
    counting: Counting = "-"
    window: tuple[int, int] | None = None
    minimum: int = 0
    measure: Measure
    source: str
    goalposts: dict[Level, Goalpost] = Default(default_factory=dict)
    scored: bool = True
    weight: int | None = None
    weight_why: Text | None = None
    examples: list[Example]

    pillar: str = ""


class BenchmarkEntry(Declared):
    """A value in force from a date, with its source and how it was seen."""

    from_: date = Default(alias="from")
    until: date | None = None
    last_confirmed: date
    value: Exact | None = None
    low: Exact | None = None
    high: Exact | None = None
    words: Text | None = None
    centre: Text | None = None
    mean_of: int | None = None
    source: str
    seen: Seen
    why: Text
    text: str = ""

    @property
    def id(self) -> str:
        """Names the entry within its benchmark: its centre if it has one, and its date."""
        return f"{self.centre.en} {self.from_.isoformat()}" if self.centre else self.from_.isoformat()

    def is_in_force(self, on: date) -> bool:
        """Whether the entry holds on a date."""
        return self.from_ <= on and (self.until is None or on <= self.until)


class Benchmark(Declared):
    """A line or dots to compare with: who is counted, how, at which level, and the dated entries."""

    id: str
    kind: Literal["requirement", "target", "observed", "national", "peers"]
    level: Literal["institution", "centre", "unit", "country", "sector"]
    label: Text
    population: Text
    population_key: str
    definition: Definition
    counting: Counting
    comparison: Literal[">=", "<="]
    unit: Literal["percent", "people", "items", "yen_per_hour", "per_100"]
    authority: Literal["ministry", "ours"]
    scope: Text | None = None
    entries: list[BenchmarkEntry]
    indicator: str = ""

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
