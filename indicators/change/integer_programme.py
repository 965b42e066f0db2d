"""The whole-number programme by which a plan of hires is found."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from indicators.change.staff_situation import LARGEST, Situation

Array = np.ndarray[Any, Any]


class Programme:
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
        if held_from == 0 and not s.meets(s.part, s.whole):
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
