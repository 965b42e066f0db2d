"""Paths: the cheapest whole-number plan of hires that reaches a share in time, or the limit that forbids it.

A plan says for each year how many posts are added and how many hires come from abroad (METHODS 10). Posts that
open are refilled. Who leaves is taken at its expected whole number; a seeded simulation stands beside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from typing import Any, Literal

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from indicators.benchmark import verdict
from indicators.refused import InputRefused
from schemas.declaration import Text

Array = np.ndarray[Any, Any]
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
    """Where an institution stands and what it may do. Raises InputRefused where that makes no sense.

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
    total = _Programme(situation)
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
    found = _recomputed(situation, total, best) if best is not None else None
    if found is None or (found.cost, found.reached) != (cost, reached):
        raise ArithmeticError("the plan does not hold when recomputed in whole numbers")
    return found


def _recomputed(situation: Situation, programme: _Programme, solution: Array) -> Plan:
    added, from_abroad = programme.decisions(solution)
    years = follow(situation, added, from_abroad)
    return Plan(situation, years, sum(added), reached_in(situation, years))


def follow(situation: Situation, added: Sequence[int], from_abroad: Sequence[int]) -> tuple[PlanYear, ...]:
    """The years of a plan, recomputed in integers.

    Who leaves is the expected number, rounded (halves up). Raises InputRefused for a plan that breaks a limit.
    """
    part, whole = situation.part, situation.whole
    years = []
    for number, (new, abroad) in enumerate(zip(added, from_abroad, strict=True), start=1):
        left = rounded(situation.leaving_part, part)
        opened = left + rounded(situation.leaving_rest, whole - part)
        _check_year(situation, number, opened, new, abroad)
        part, whole = part - left + abroad, whole + new
        years.append(PlanYear(opened, new, abroad, left, part, whole, _meets(situation, part, whole)))
    if situation.growth_in_all is not None and sum(added) > situation.growth_in_all:
        raise _over("growth_in_all", sum(added), situation.growth_in_all)
    return tuple(years)


def reached_in(situation: Situation, years: Sequence[PlanYear]) -> int:
    """The first year (0 = now) from which the target is met to the end; ``len(years) + 1`` where it is not."""
    meets = [_meets(situation, situation.part, situation.whole), *(year.meets for year in years)]
    return next((number for number in range(len(meets)) if all(meets[number:])), len(meets))


def rounded(rate: Fraction, people: int) -> int:
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

    Hires from abroad are cut to the posts there are. Same seed, same numbers. Raises InputRefused for runs < 1.
    """
    if runs < 1:
        raise InputRefused(Text(ja="試行の回数は1以上にしてください。", en="Please ask for one run or more."))
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


# the programme


class _Programme:
    """The whole-number programme of a situation.

    Variables by year: added posts, hires from abroad, leavers of the part, leavers of the rest, and the part
    at its end. Rounding of leavers is exact: with rate p/q, 2q·a lies in (2p·n − q, 2p·n + q].
    """

    kinds = 5

    def __init__(self, situation: Situation) -> None:
        self.situation = situation
        self.size = self.kinds * situation.years
        self.growth = self._sum(0)
        self.abroad = self._sum(1)
        self.rules: list[tuple[Array, float, float]] = [rule for t in range(situation.years) for rule in self._year(t)]
        if situation.growth_in_all is not None:
            self.rules.append((self.growth, 0, situation.growth_in_all))

    def solve(self, cost: Array, *, held_from: int, growth_at_most: int | None = None) -> Array | None:
        """The variables of least ``cost`` with the target met from the end of year ``held_from`` on, or None."""
        s = self.situation
        if held_from == 0 and not _meets(s, s.part, s.whole):
            return None
        held = [(*self.margin(year), math.inf) for year in range(max(held_from, 1), s.years + 1)]
        rules = [*self.rules, *((row, -constant, upper) for row, constant, upper in held)]
        if growth_at_most is not None:
            rules.append((self.growth, 0, growth_at_most))
        return self._milp(cost, rules)

    def most(self) -> int:
        """The largest margin (target.denominator × people to spare) that the last year can have."""
        row, constant = self.margin(self.situation.years)
        found = self._milp(-row, self.rules)
        if found is None:
            raise ArithmeticError("a year without hires from abroad is always possible")
        return round(float(row @ found)) + constant

    def margin(self, year: int) -> tuple[Array, int]:
        """``q·F − p·N`` at the end of a year, as (row, constant); the target p/q is met where it is ≥ 0."""
        s = self.situation
        row = np.zeros(self.size)
        row[self._at(4, year - 1)] = s.target.denominator
        for t in range(year):
            row[self._at(0, t)] = -s.target.numerator
        return row, -s.target.numerator * s.whole

    def decisions(self, found: Array) -> tuple[list[int], list[int]]:
        """Posts added and hires from abroad of each year."""
        years = range(self.situation.years)
        return [int(found[self._at(0, t)]) for t in years], [int(found[self._at(1, t)]) for t in years]

    def _at(self, kind: int, t: int) -> int:
        return self.kinds * t + kind

    def _sum(self, kind: int) -> Array:
        row = np.zeros(self.size)
        row[kind :: self.kinds] = 1
        return row

    def _row(self, *terms: tuple[int, int, float]) -> Array:
        row = np.zeros(self.size)
        for kind, t, factor in terms:
            row[self._at(kind, t)] += factor
        return row

    def _year(self, t: int) -> Iterator[tuple[Array, float, float]]:
        s = self.situation
        part, part_now = ([(4, t - 1)], 0) if t else ([], s.part)
        whole = [(0, earlier) for earlier in range(t)]
        start = s.whole if t else s.whole - s.part
        rest = [*((kind, at, 1) for kind, at in whole), *((kind, at, -1) for kind, at in part)]
        yield self._leavers(2, t, s.leaving_part, [(kind, at, 1) for kind, at in part], part_now)
        yield self._leavers(3, t, s.leaving_rest, rest, start)
        balance = [(4, t, 1), (2, t, 1), (1, t, -1), *((kind, at, -1) for kind, at in part)]
        yield self._row(*balance), part_now, part_now
        p, q = s.share_from_abroad.numerator, s.share_from_abroad.denominator
        yield self._row((1, t, q), (0, t, -p), (2, t, -p), (3, t, -p)), -math.inf, 0

    def _leavers(
        self, kind: int, t: int, rate: Fraction, people: list[tuple[int, int, int]], constant: int
    ) -> tuple[Array, float, float]:
        p, q = rate.numerator, rate.denominator
        row = self._row((kind, t, 2 * q), *((k, at, -2 * p * sign) for k, at, sign in people))
        return row, 2 * p * constant - q + 1, 2 * p * constant + q

    def _milp(self, cost: Array, rules: Sequence[tuple[Array, float, float]]) -> Array | None:
        s = self.situation
        growth = _enough(s) if s.growth_per_year is None else s.growth_per_year
        people = growth * s.years + s.whole
        abroad = people if s.abroad_per_year is None else min(s.abroad_per_year, people)
        upper = np.tile([growth, abroad, people, people, people], s.years)
        rows, low, high = zip(*rules, strict=True)
        found = milp(
            cost,
            integrality=np.ones(self.size),
            bounds=Bounds(np.zeros(self.size), upper),
            constraints=LinearConstraint(np.array(rows), np.array(low), np.array(high)),
            options={"mip_rel_gap": 0},
        )
        return None if found.x is None else np.rint(found.x)


def _enough(situation: Situation) -> int:
    """More posts than a year of any cheapest plan adds.

    A post added lifts the share only if it, or the rounding of the limit to whole hires, brings in somebody
    from abroad; all that are needed could be added in the last year, where ``A·(σ − b) ≥ b·N`` suffices.
    """
    s = situation
    excess = s.share_from_abroad - s.target
    needed = math.ceil(s.target * s.whole / excess) if excess > 0 else 0
    if s.abroad_per_year is not None and s.share_from_abroad > 0:
        needed = max(needed, math.ceil(s.abroad_per_year / s.share_from_abroad))
    return min(needed + s.share_from_abroad.denominator, LARGEST)


# no plan


def _no_plan(situation: Situation) -> NoPlan:
    margin = _Programme(situation).most()
    lacking = math.ceil(Fraction(-margin, situation.target.denominator))
    binding = _binding(situation)
    if binding:
        ja = "と、".join(LIMITS[limit].ja for limit in binding)
        en = " and ".join(LIMITS[limit].en for limit in binding)
        text = Text(
            ja=f"この条件では、{situation.years}年後に{lacking}人分届きません。{ja}を見直すと、届く計画があります。",
            en=f"Under these limits the target is missed by {lacking} after {situation.years} years. A plan exists if "
            f"you change {en}.",
        )
    else:
        text = Text(
            ja=f"条件を外しても、{situation.years}年では届きません（あと{lacking}人分）。年数を延ばしてください。",
            en=f"Even without limits {situation.years} years do not suffice (lacking {lacking}). Please allow more "
            "years.",
        )
    return NoPlan(situation, lacking, binding, text)


def _binding(situation: Situation) -> tuple[Limit, ...]:
    active = [limit for limit in LIMITS if _without(situation, [limit]) != situation]
    for size in range(1, len(active) + 1):
        for chosen in combinations(active, size):
            programme = _Programme(_without(situation, chosen))
            if programme.solve(programme.growth, held_from=situation.years) is not None:
                return chosen
    return ()


def _without(s: Situation, limits: Sequence[Limit]) -> Situation:
    return replace(
        s,
        share_from_abroad=Fraction(1) if "share_from_abroad" in limits else s.share_from_abroad,
        abroad_per_year=None if "abroad_per_year" in limits else s.abroad_per_year,
        growth_per_year=None if "growth_per_year" in limits else s.growth_per_year,
        growth_in_all=None if "growth_in_all" in limits else s.growth_in_all,
    )


# what is refused


def _check(s: Situation) -> None:
    counts = [s.part, s.whole, s.years, *(n for n in (s.abroad_per_year, s.growth_per_year, s.growth_in_all) if n)]
    if any(isinstance(n, bool) or not isinstance(n, int) or not 0 <= n <= LARGEST for n in counts):
        raise InputRefused(
            Text(
                ja=f"人数と年数は、0～{LARGEST:,}の整数で指定してください。",
                en=f"Please give people and years as whole numbers from 0 to {LARGEST:,}.",
            )
        )
    if s.whole < 1 or s.part > s.whole or not 1 <= s.years <= LONGEST:
        raise InputRefused(
            Text(
                ja=f"総数は1以上、うち数は総数以下、年数は1～{LONGEST}年で指定してください。",
                en=f"Please give at least one person, a part no larger than the whole, and 1 to {LONGEST} years.",
            )
        )
    for rate in (s.target, s.leaving_part, s.leaving_rest, s.share_from_abroad):
        if not isinstance(rate, Fraction) or not 0 <= rate <= 1 or rate.denominator > WIDEST_RATE:
            raise InputRefused(
                Text(
                    ja=f"割合「{rate}」は、0～1の分数（分母は{WIDEST_RATE:,}まで）で指定してください。",
                    en=f"Please give the share '{rate}' as a fraction from 0 to 1 with a denominator of at most "
                    f"{WIDEST_RATE:,}.",
                )
            )


def _check_year(s: Situation, number: int, opened: int, added: int, abroad: int) -> None:
    most = (s.share_from_abroad * (opened + added)).__floor__()
    if added < 0 or abroad < 0:
        raise InputRefused(
            Text(
                ja=f"{number}年目の純増と採用は、0以上の整数にしてください。",
                en=f"Year {number}: please give added posts and hires as whole numbers from 0.",
            )
        )
    if abroad > most:
        raise _over("share_from_abroad", abroad, most)
    if s.abroad_per_year is not None and abroad > s.abroad_per_year:
        raise _over("abroad_per_year", abroad, s.abroad_per_year)
    if s.growth_per_year is not None and added > s.growth_per_year:
        raise _over("growth_per_year", added, s.growth_per_year)


def _over(limit: Limit, asked: int, most: int) -> InputRefused:
    name = LIMITS[limit]
    return InputRefused(
        Text(
            ja=f"計画の{asked}人は、{name.ja}（{most}人）を超えています。人数か上限を見直してください。",
            en=f"The plan asks for {asked} where {name.en} is {most}. Please change either.",
        )
    )


def _meets(situation: Situation, part: int, whole: int) -> bool:
    return bool(verdict(np.array([part]), np.array([whole]), situation.target, lower_is_better=False).met[0])
