"""The kinds of measure that an indicator can declare, and the terms they are made of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field as Default
from pydantic import Strict

from schemas.dictionary.field import Declared

WholeNumber = Annotated[int, Strict()]  # neither "2" nor true


class RowChoice(Declared):
    """Which rows of a column count: those of a group of its code list, all but some codes, or the blank ones."""

    group: str | None = None
    not_: list[str] = Default(default_factory=list, alias="not")
    blank: bool = False


Where = dict[str, list[str] | RowChoice]


class Term(Declared):
    """A number made from one table, over the rows of ``where``; exactly one of the three ways is given.

    ``sum`` adds up one or several fields, ``count`` counts the rows with an answer to a choice, ``distinct``
    counts the different answers to one or several choices. ``plus`` adds another term, of any table.
    """

    sum: str | list[str] | None = None
    count: str | None = None
    distinct: str | list[str] | None = None
    where: Where = Default(default_factory=dict)
    plus: Term | None = None

    @property
    def way(self) -> str:
        """``sum``, ``count`` or ``distinct``; empty unless exactly one is given."""
        given = [name for name in ("sum", "count", "distinct") if getattr(self, name) is not None]
        return given[0] if len(given) == 1 else ""

    @property
    def fields(self) -> list[str]:
        """The fields the term reads, without those of ``plus`` and ``where``."""
        given = self.sum or self.count or self.distinct or []
        return [given] if isinstance(given, str) else given

    @property
    def table(self) -> str:
        """Name of the table that the term reads."""
        return self.fields[0].split(".")[0]

    @property
    def columns(self) -> list[str]:
        """The columns of the table that the term reads."""
        return [name.split(".")[1] for name in self.fields]

    @property
    def parts(self) -> list[Term]:
        """The term itself and every one added to it."""
        return [self, *(self.plus.parts if self.plus is not None else [])]


class Share(Declared):
    """Part of a whole, in percent."""

    part: Term
    whole: Term


class Rate(Declared):
    """Part per hundred (``per``) of another population."""

    part: Term
    whole: Term
    per: WholeNumber = 100


class WeightedLevel(Declared):
    """Attained of attainable weighted checklist levels, 0 to 100, over the items of some groups."""

    groups: list[str]


class LevelsReached(Declared):
    """Share of the items the centre has at ``threshold`` where the institution's level reaches the centre's."""

    threshold: WholeNumber


class Difference(Declared):
    """One indicator at two levels, or two indicators at one level (``minus``), in points.

    ``rest`` is the institution without the centre.
    """

    of: str
    first: Literal["centre", "institution"] | None = None
    second: Literal["rest", "institution"] | None = None
    minus: str | None = None

    @property
    def names(self) -> list[str]:
        """The indicators that are compared."""
        return [self.of] if self.minus is None else [self.of, self.minus]


class EffectiveNumber(Declared):
    """How many equally large kinds would be as mixed as the persons of a list: Hill number of order 1 or 2."""

    of: str
    by: str
    order: Literal[1, 2] = 1
    where: Where = Default(default_factory=dict)

    @property
    def term(self) -> Term:
        """The whole that is divided into kinds."""
        return Term(sum=self.of, where=self.where)


class Concentration(Declared):
    """Herfindahl-Hirschman index of an amount over kinds: the sum of the squared shares, in percent."""

    of: str
    by: str
    where: Where = Default(default_factory=dict)

    @property
    def term(self) -> Term:
        """The whole that is divided into kinds."""
        return Term(sum=self.of, where=self.where)


class Measure(Declared):
    """Exactly one kind of measure with its parts."""

    share: Share | None = None
    rate: Rate | None = None
    number: Term | None = None
    weighted_level: WeightedLevel | None = None
    levels_reached: LevelsReached | None = None
    difference: Difference | None = None
    effective_number: EffectiveNumber | None = None
    concentration: Concentration | None = None
    median: Term | None = None

    @property
    def kind(self) -> str:
        """Name of the kind that is given."""
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        return given[0] if len(given) == 1 else ""

    @property
    def pair(self) -> Share | Rate | None:
        """Part and whole of a share or a rate."""
        return self.share or self.rate

    @property
    def plain(self) -> Term | None:
        """The one term of a number, or of a median that was asked as such."""
        return self.number or self.median

    @property
    def mixed(self) -> EffectiveNumber | Concentration | None:
        """What is divided into kinds."""
        return self.effective_number or self.concentration

    @property
    def needs_centre(self) -> bool:
        """Whether it compares the centre with the institution."""
        is_between_levels = self.difference is not None and self.difference.minus is None
        return is_between_levels or self.levels_reached is not None

    @property
    def is_hidden_below_minimum(self) -> bool:
        """Whether a value below the minimum is not shown at all."""
        return self.levels_reached is not None or self.effective_number is not None

    @property
    def terms(self) -> list[Term]:
        """Every term that is summed, those added to others too; none for checklist measures and differences."""
        found = [self.pair.part, self.pair.whole] if self.pair is not None else []
        found += [self.plain] if self.plain is not None else []
        found += [self.mixed.term] if self.mixed is not None else []
        return [part for term in found for part in term.parts]
