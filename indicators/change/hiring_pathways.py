"""Paths: the cheapest whole-number plan of hires that reaches a share in time, or the limit that forbids it.

A plan says for each year how many posts are added and how many hires come from abroad. Posts that
open are refilled. Who leaves is taken at its expected whole number; a seeded simulation stands beside it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np

from indicators.change.integer_programme import Programme
from indicators.change.staff_situation import LIMITS, Limit, Situation
from indicators.errors import InvalidInput
from indicators.scoring.benchmark import verdict
from schemas.dictionary.declaration import Text
from schemas.dictionary.sentences import Sentences

sentences = Sentences(__file__)

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class PlanYear:
    """One year: posts that opened, posts added, hires from abroad, who left the part, and the counts at its end."""

    opened: int
    added: int
    from_abroad: int
    left_part: int
    part: int
    whole: int
    meets: bool


@dataclass(frozen=True)
class Plan:
    """The cheapest plan: ``cost`` posts added, first met at the end of year ``reached`` (0 = now) and from then on."""

    situation: Situation
    years: tuple[PlanYear, ...]
    cost: int
    reached: int

    @property
    def from_abroad(self) -> int:
        """Hires from abroad in all."""
        return sum(year.from_abroad for year in self.years)

    @property
    def hires_until_reached(self) -> int:
        """Hires from abroad up to the year in which the target is met."""
        return sum(year.from_abroad for year in self.years[: self.reached])

    @property
    def net_until_reached(self) -> int:
        """By how many the part has grown by then: hires less those who left."""
        return self.years[self.reached - 1].part - self.situation.part if self.reached else 0

    @property
    def added_until_reached(self) -> int:
        """Posts added up to the year in which the target is met."""
        return sum(year.added for year in self.years[: self.reached])


@dataclass(frozen=True)
class NoPlan:
    """No plan reaches the target: ``lacking`` people at best in the last year, and the limits that forbid it.

    ``binding`` is the smallest set of limits whose removal makes a plan possible, empty where none does.
    """

    situation: Situation
    lacking: int
    binding: tuple[Limit, ...]
    text: Text


def plan(situation: Situation) -> Plan | NoPlan:
    """The plan with the fewest added posts; among those the earliest year, then the fewest hires from abroad.

    A mixed-integer programme (HiGHS through scipy.optimize.milp); every plan is recomputed person by person
    with ``follow`` and judged with ``benchmark.verdict`` before it is returned.
    """
    total = Programme(situation)
    cheapest = total.solve(total.growth, held_from=situation.years)
    if cheapest is None:
        return _no_plan(situation)
    cost = round(float(total.growth @ cheapest))
    reached = next(
        year
        for year in range(situation.years + 1)
        if total.solve(total.growth, held_from=year, growth_at_most=cost) is not None
    )
    best = total.solve(total.abroad, held_from=reached, growth_at_most=cost)
    found = _recompute_plan(situation, total, best) if best is not None else None
    if found is None or (found.cost, found.reached) != (cost, reached):
        raise ArithmeticError("the plan does not hold when recomputed in whole numbers")
    return found


def _recompute_plan(situation: Situation, programme: Programme, solution: Array) -> Plan:
    added, from_abroad = programme.decisions(solution)
    years = follow(situation, added, from_abroad)
    return Plan(situation, years, sum(added), reached_in(situation, years))


def follow(situation: Situation, added: Sequence[int], from_abroad: Sequence[int]) -> tuple[PlanYear, ...]:
    """The years of a plan, recomputed in integers.

    Who leaves is the expected number, rounded (halves up). Raises InvalidInput for a plan that breaks a limit.
    """
    part, whole = situation.part, situation.whole
    years = []
    for number, (new, abroad) in enumerate(zip(added, from_abroad, strict=True), start=1):
        left = expected_leavers(situation.leaving_part, part)
        opened = left + expected_leavers(situation.leaving_rest, whole - part)
        _check_year(situation, number, opened, new, abroad)
        part, whole = part - left + abroad, whole + new
        years.append(PlanYear(opened, new, abroad, left, part, whole, situation.meets(part, whole)))
    if situation.growth_in_all is not None and sum(added) > situation.growth_in_all:
        raise _over("growth_in_all", sum(added), situation.growth_in_all)
    return tuple(years)


def reached_in(situation: Situation, years: Sequence[PlanYear]) -> int:
    """The first year (0 = now) from which the target is met to the end; ``len(years) + 1`` where it is not."""
    meets = [situation.meets(situation.part, situation.whole), *(year.meets for year in years)]
    return next((number for number in range(len(meets)) if all(meets[number:])), len(meets))


def expected_leavers(rate: Fraction, people: int) -> int:
    """Expected leavers as a whole number: rate × people, halves up."""
    return math.floor(rate * people + Fraction(1, 2))


@dataclass(frozen=True)
class Simulated:
    """A plan under chance: share of runs that meet the target at the end of each year, and the spread of the part.

    ``part`` has the 5 %, 50 % and 95 % points of the number of people in the part, one row a year.
    """

    runs: int
    share_of_runs: Array
    part: Array


def simulate(found: Plan, *, seed: int, runs: int = 2_000) -> Simulated:
    """The plan's decisions with leavers drawn from binomial distributions instead of expected numbers.

    Hires from abroad are cut to the posts there are. Same seed, same numbers. Raises InvalidInput for runs < 1.
    """
    if runs < 1:
        raise InvalidInput(sentences("bad_runs"))
    rng = np.random.default_rng(seed)
    situation = found.situation
    part = np.full(runs, situation.part, dtype=np.int64)
    whole = situation.whole
    meets, spread = [], []
    for year in found.years:
        left = rng.binomial(part, float(situation.leaving_part))
        opened = left + rng.binomial(whole - part, float(situation.leaving_rest))
        part = part - left + np.minimum(year.from_abroad, opened + year.added)
        whole += year.added
        met = verdict(part, np.full(runs, whole), situation.target, lower_is_better=False).met
        meets.append(float(met.mean()))
        spread.append(np.quantile(part, [0.05, 0.5, 0.95], method="inverted_cdf"))
    return Simulated(runs, np.array(meets), np.array(spread, dtype=np.int64).reshape(-1, 3))


# no plan


def _no_plan(situation: Situation) -> NoPlan:
    margin = Programme(situation).most()
    lacking = math.ceil(Fraction(-margin, situation.target.denominator))
    binding = _binding_limits(situation)
    if binding:
        names = [LIMITS[limit] for limit in binding]
        limits = Text(ja="と、".join(name.ja for name in names), en=" and ".join(name.en for name in names))
        text = sentences("limits_bind", years=situation.years, lacking=lacking, limits=limits)
    else:
        text = sentences("never_met", years=situation.years, lacking=lacking)
    return NoPlan(situation, lacking, binding, text)


def _binding_limits(situation: Situation) -> tuple[Limit, ...]:
    active = [limit for limit in LIMITS if situation.without([limit]) != situation]
    for size in range(1, len(active) + 1):
        for chosen in combinations(active, size):
            programme = Programme(situation.without(chosen))
            if programme.solve(programme.growth, held_from=situation.years) is not None:
                return chosen
    return ()


# what is refused


def _check_year(s: Situation, number: int, opened: int, added: int, abroad: int) -> None:
    most = (s.share_from_abroad * (opened + added)).__floor__()
    if added < 0 or abroad < 0:
        raise InvalidInput(sentences("bad_plan", number=number))
    if abroad > most:
        raise _over("share_from_abroad", abroad, most)
    if s.abroad_per_year is not None and abroad > s.abroad_per_year:
        raise _over("abroad_per_year", abroad, s.abroad_per_year)
    if s.growth_per_year is not None and added > s.growth_per_year:
        raise _over("growth_per_year", added, s.growth_per_year)


def _over(limit: Limit, asked: int, most: int) -> InvalidInput:
    name = LIMITS[limit]
    return InvalidInput(sentences("plan_over_limit", asked=asked, name=name, most=most))
