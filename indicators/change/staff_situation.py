"""Where an institution stands and what it may do: what a plan of hires starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np

from indicators.errors import InvalidInput
from indicators.scoring.benchmark import verdict
from schemas.dictionary.declaration import Text
from schemas.dictionary.sentences import Sentences

sentences = Sentences(__file__)

Limit = Literal["share_from_abroad", "abroad_per_year", "growth_per_year", "growth_in_all"]
LIMITS: dict[Limit, Text] = {
    "share_from_abroad": Text(ja="採用のうち海外からの割合の上限", en="the highest share of hires from abroad"),
    "abroad_per_year": Text(ja="1年当たりの海外からの採用の上限", en="the most hires from abroad in a year"),
    "growth_per_year": Text(ja="1年当たりの純増の上限", en="the most posts added in a year"),
    "growth_in_all": Text(ja="期間全体の純増の上限", en="the most posts added in all"),
}
LONGEST = 30  # years
WIDEST_RATE = 1_000  # largest denominator of a rate, so that the whole-number programme stays exact
LARGEST = 100_000  # people


@dataclass(frozen=True)
class Situation:
    """Where an institution stands and what it may do. Raises InvalidInput where that makes no sense.

    ``part`` of ``whole`` people now, ``target`` as a share in 0..1, to be reached within ``years`` and held to
    the end. ``leaving_part`` and ``leaving_rest`` are the shares of either group whose posts open each year.
    ``share_from_abroad`` limits hires from abroad to a share of the year's hires. A limit of None is none.
    """

    part: int
    whole: int
    target: Fraction
    years: int
    leaving_part: Fraction
    leaving_rest: Fraction
    share_from_abroad: Fraction = Fraction(1)
    abroad_per_year: int | None = None
    growth_per_year: int | None = 0
    growth_in_all: int | None = None

    def __post_init__(self) -> None:
        _check(self)

    def meets(self, part: int, whole: int) -> bool:
        """Whether so many people of the part among so many meet the target, decided on the counts."""
        found = verdict(np.array([part]), np.array([whole]), self.target, lower_is_better=False)
        return bool(found.met[0])

    def without(self, limits: Sequence[Limit]) -> Situation:
        """The same without some of its limits."""
        return replace(
            self,
            share_from_abroad=Fraction(1) if "share_from_abroad" in limits else self.share_from_abroad,
            abroad_per_year=None if "abroad_per_year" in limits else self.abroad_per_year,
            growth_per_year=None if "growth_per_year" in limits else self.growth_per_year,
            growth_in_all=None if "growth_in_all" in limits else self.growth_in_all,
        )


def _check(s: Situation) -> None:
    counts = [s.part, s.whole, s.years, *(n for n in (s.abroad_per_year, s.growth_per_year, s.growth_in_all) if n)]
    if any(isinstance(n, bool) or not isinstance(n, int) or not 0 <= n <= LARGEST for n in counts):
        raise InvalidInput(sentences("bad_people", most=LARGEST))
    if s.whole < 1 or s.part > s.whole or not 1 <= s.years <= LONGEST:
        raise InvalidInput(sentences("bad_situation", longest=LONGEST))
    for rate in (s.target, s.leaving_part, s.leaving_rest, s.share_from_abroad):
        if not isinstance(rate, Fraction) or not 0 <= rate <= 1 or rate.denominator > WIDEST_RATE:
            raise InvalidInput(sentences("bad_rate", rate=rate, widest=WIDEST_RATE))
