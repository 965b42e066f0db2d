"""Which whole numbers a hidden count may be, by everything printed about an institution; and what else to hide.

The counts of many institutions are one linear programme, since they have nothing in common; where its solution is not
of whole numbers, an institution is solved by itself as an integer programme. What else to hide follows the least
perturbation of the printed counts that makes room for a hidden one (linear cell suppression: Fischetti, M. and
Salazar, J. J. 2001, Solving the cell suppression problem on tabular data with linear constraints, Management Science
47(7); Castro, J. 2012, Recent advances in optimization techniques for statistical tabular data protection, European
Journal of Operational Research 216(2)).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_diag, csr_matrix, eye_array, hstack, kron, vstack

from app.results.count_system import CountSystem

Array = np.ndarray[Any, Any]
FEWEST_CANDIDATES = 3
LEAST_SIGN, MOST_SIGN = 1, 4
SIGN_COST = 0.02  # to blank the sign "<5" of a hidden count costs no row
SIZE_COST = 1e-3  # between counts that cost as many rows, the one that is changed by less
SAME = 1e-6
STILL_MANY = 0.9  # of targets that stay narrow when several are moved at once: then one by one


@dataclass
class Printed:
    """What is printed of the counts of one system: institution × count.

    ``value``: the true count, NaN where there is none. ``is_hidden``, ``is_blank`` (no sign "<5" either).
    ``rows``: how many rows would lose their figures with a count.
    """

    value: Array
    is_hidden: Array
    is_blank: Array
    rows: Array

    def edges(self, position: Any = slice(None)) -> tuple[Array, Array]:
        """The least and greatest number that each printed sign of institutions admits; NaN for no sign."""
        is_sign = self.is_hidden[position] & ~self.is_blank[position]
        shown = np.where(self.is_hidden[position], np.nan, self.value[position])
        return np.where(is_sign, LEAST_SIGN, shown), np.where(is_sign, MOST_SIGN, shown)


def protect(system: CountSystem, printed: Printed, is_small: Callable[[Array], Array]) -> None:
    """Hides more of ``printed``, in place, until every small count has three or more possible values.

    Neither what is printed nor the further knowledge that nobody is outside the parts of a whole, where that is so,
    narrows one more. Institutions whose counts contradict each other have every count hidden.
    """
    if system.sums.shape == (1, 1) and not system.limits.shape[0]:
        return  # a hidden count that stands alone may be any that its sign admits
    search = _Search(system, printed)
    is_secret = is_small(np.nan_to_num(search.value))
    positions = np.flatnonzero(is_secret.any(axis=1))
    if not len(positions):
        return
    contradicts = search.contradicts(positions)
    _hide_all(printed, positions[contradicts])
    positions = positions[~contradicts]
    secrets = {int(position): list(np.flatnonzero(is_secret[position])) for position in positions}
    search.widen(secrets)
    is_empty = search.empty_others(positions)
    if is_empty.any():
        search.is_empty[positions] = is_empty
        search.widen({int(position): secrets[position] for position in positions[is_empty.any(axis=1)]})


def _hide_all(printed: Printed, positions: Array) -> None:
    printed.is_hidden[positions] = printed.is_blank[positions] = True


def _is_all_hidden(printed: Printed, position: int) -> bool:
    return bool((printed.is_blank[position] | np.isnan(printed.value[position])).all())


def _narrow(targets: dict[int, list[Any]], low: Array, high: Array) -> dict[int, list[Any]]:
    """Of the targets those with fewer than three values between ``low`` and ``high``."""
    return {
        position: left
        for position, own in targets.items()
        if (left := [t for t in own if high[position, t] - low[position, t] < FEWEST_CANDIDATES - 1 - SAME])
    }


class _Search:
    """Least and greatest values over everything that agrees with what is printed."""

    def __init__(self, system: CountSystem, printed: Printed) -> None:
        self._system, self._printed = system, printed
        part, whole = system.rests.T
        self.value = np.hstack([printed.value, printed.value[:, whole] - printed.value[:, part]])
        self.is_empty = np.zeros((len(printed.value), system.sums.shape[1]), dtype=bool)
        self._targets: Array = system.targets.toarray()
        self._is_whole = bool((np.nan_to_num(printed.value) % 1 == 0).all())

    def empty_others(self, positions: Array) -> Array:
        """Which groups beside the parts of a whole may be known to be empty: by the true counts all may be at once."""
        groups = self._system.sums.shape[1]
        if not self._system.others.any() or not len(positions):
            return np.zeros((len(positions), groups), dtype=bool)
        value = self._printed.value[positions]
        cost = np.tile(self._system.others.astype(float), len(positions))
        found = _solve(cost, *self._rules(value, value), self._most(positions).ravel(), is_whole=False)
        if found is None:
            return np.zeros((len(positions), groups), dtype=bool)
        is_none: Array = self._system.others & (found.reshape(len(positions), groups) < SAME)
        return is_none

    def contradicts(self, positions: Array) -> Array:
        """Whether the true counts of an institution contradict each other."""
        known = ~np.isnan(self._printed.value[positions])
        value = np.nan_to_num(self._printed.value[positions])
        change = self._elastic(positions, value, value, known, np.ones(known.shape), None)
        return np.asarray(~(change <= SAME).all(axis=1))

    def widen(self, narrow: dict[int, list[Any]]) -> None:
        """Hides more counts until every target of ``narrow`` (place -> targets) has three or more values."""
        low, high = self.value.copy(), self.value.copy()  # what was found stays possible when more is hidden
        while narrow:
            self.find_ranges(narrow, low, high)
            narrow = _narrow(narrow, low, high)
            stuck = self.make_room({position: own[0] for position, own in narrow.items()}, low, high) if narrow else []
            _hide_all(self._printed, np.array(stuck, dtype=np.int64))
            narrow = {position: own for position, own in narrow.items() if not _is_all_hidden(self._printed, position)}

    def find_ranges(self, targets: dict[int, list[Any]], low: Array, high: Array) -> None:
        """Widens ``low`` and ``high``, in place, to the least and greatest value of each target that is found.

        Several targets of an institution are moved at once, up and down by chance, as long as that shows many to be
        wide; then those left one by one until one is narrow: the first narrow one of each institution is exact.
        """
        self._see_unprinted(targets, high)
        chance = np.random.default_rng(0)
        left, before = _narrow(targets, low, high), np.inf
        while (number := sum(map(len, left.values()))) and number <= STILL_MANY * before:
            before = number
            signs = {position: chance.choice((-1.0, 1.0), len(own)) for position, own in left.items()}
            for turn in (1, -1):
                cost = {position: turn * signs[position] @ self._targets[own] for position, own in left.items()}
                self._see(cost, low, high)
            left = _narrow(left, low, high)
        while left:
            for turn in (1, -1):
                first = {position: turn * self._targets[own[0]] for position, own in left.items()}
                self._see(first, low, high)
            wide = {position: own for position, own in left.items() if not _narrow({position: own[:1]}, low, high)}
            left = _narrow(wide, low, high)

    def _see_unprinted(self, targets: dict[int, list[Any]], high: Array) -> None:
        """Widens what counts a group that is in nothing printed and among nothing else: it may be of any size."""
        positions = np.array(list(targets))
        least, greatest = self._printed.edges(positions)
        is_printed = ~(np.isnan(least) & np.isnan(greatest))
        is_bound = (is_printed.astype(float) @ self._system.sums) > 0
        is_bound |= np.asarray((self._system.limits < 0).sum(axis=0)).ravel() > 0
        is_free = ~is_bound & ~self.is_empty[positions]
        is_wide = (is_free.astype(float) @ (self._targets.T > 0).astype(float)) > 0
        high[positions] = np.where(is_wide, self.value[positions] + FEWEST_CANDIDATES - 1, high[positions])

    def _see(self, cost: dict[int, Array], low: Array, high: Array) -> None:
        """Widens the ranges by what the solutions of least cost show of every target."""
        positions = np.array(list(cost))
        found = self._least(positions, np.array([np.asarray(one).ravel() for one in cost.values()]))
        seen = found @ self._targets.T
        low[positions], high[positions] = np.fmin(low[positions], seen), np.fmax(high[positions], seen)

    def _least(self, positions: Array, cost: Array) -> Array:
        """For each institution the groups of people of least cost that agree with what is printed."""
        low, high = self._printed.edges(positions)
        most = self._most(positions)
        solved = _solve(cost.ravel(), *self._rules(low, high), most.ravel(), is_whole=False)
        if solved is None:
            raise ArithmeticError("what is printed contradicts itself")
        found = solved.reshape(cost.shape)
        if not self._is_whole:
            return found
        near = np.rint(found)
        for at in np.flatnonzero((np.abs(found - near) > SAME).any(axis=1)):
            own = _solve(cost[at], *self._rules(low[[at]], high[[at]]), most[at], is_whole=True)
            near[at] = np.nan if own is None else np.rint(own)
        return near

    def _most(self, positions: Array) -> Array:
        """The greatest number that each group may be, well above what any count is: institution × group."""
        return np.where(self.is_empty[positions], 0.0, self._largest(positions)[:, None])

    def _largest(self, positions: Array) -> Array:
        largest: Array = 2 * np.fmax(100.0, np.nan_to_num(self._printed.value[positions]).max(axis=1, initial=0.0))
        return largest

    def _rules(self, low: Array, high: Array) -> tuple[csr_matrix, Array, Array]:
        """The bounded sums of groups of several institutions, and their bounds (institution × count, NaN for none)."""
        number, more = len(low), self._system.limits.shape[0]
        lines = kron(eye_array(number), vstack([self._system.sums, self._system.limits]), format="csr")
        least = np.hstack([low, np.zeros((number, more))]).ravel()
        greatest = np.hstack([high, np.full((number, more), np.inf)]).ravel()
        bounded = ~np.isnan(least)
        return lines[bounded], least[bounded], greatest[bounded]

    def make_room(self, narrow: dict[int, int], low: Array, high: Array) -> list[int]:
        """Hides what keeps one target of each institution narrow; the institutions where nothing more can be hidden."""
        positions = np.array(list(narrow))
        targets = np.array(list(narrow.values()))
        least, greatest = self._printed.edges()
        known = ~np.isnan(least[positions])
        is_sign = self._printed.is_hidden[positions] & known
        weight = np.where(is_sign, SIGN_COST, 1 + self._printed.rows[positions])
        weight = weight * (1 + SIZE_COST * np.log1p(np.nan_to_num(self._printed.value[positions])))
        edges = np.nan_to_num(least[positions]), np.nan_to_num(greatest[positions])
        wide = FEWEST_CANDIDATES - 1
        ends = (low[positions, targets] + wide, high[positions, targets] - wide)
        changes = [
            self._elastic(positions, *edges, known, weight, (targets, ends[0], np.full(len(positions), np.inf))),
            self._elastic(
                positions, *edges, known, weight, (targets, np.full(len(positions), -np.inf), np.maximum(ends[1], 0))
            ),
        ]
        costs = [np.nansum(change * weight, axis=1) for change in changes]
        costs[1] = np.where(ends[1] < 0, np.inf, costs[1])
        change = np.where((costs[0] <= costs[1])[:, None], *changes)
        moved = (change > SAME) & known
        self._printed.is_hidden[positions] |= moved
        self._printed.is_blank[positions] |= moved
        return [int(position) for position, any_ in zip(positions, moved.any(axis=1), strict=True) if not any_]

    def _elastic(
        self,
        positions: Array,
        low: Array,
        high: Array,
        known: Array,
        weight: Array,
        wanted: tuple[Array, Array, Array] | None,
    ) -> Array:
        """By how much each printed count must give, at least cost, so that the wanted target lies in its range."""
        lines, least, greatest = self._rules(np.where(known, low, np.nan), np.where(known, high, np.nan))
        # A rule of a printed count may give up and down; who is among whom may not.
        gives = np.hstack([known, np.zeros((len(positions), self._system.limits.shape[0]), dtype=bool)])
        is_line = np.hstack([known, np.ones((len(positions), self._system.limits.shape[0]), dtype=bool)])
        give = eye_array(len(least), format="csr")[:, gives[is_line]]
        lines = hstack([lines, give, -give], format="csr")
        if wanted is not None:
            own = block_diag(self._targets[wanted[0]][:, None], format="csr")
            lines = vstack([lines, hstack([own, csr_matrix((len(positions), 2 * give.shape[1]))])], format="csr")
            least, greatest = np.r_[least, wanted[1]], np.r_[greatest, wanted[2]]
        groups = known.shape[0] * self._system.sums.shape[1]
        cost = np.r_[np.zeros(groups), np.tile(weight[known], 2)]
        room = np.broadcast_to(self._largest(positions)[:, None], known.shape)[known]
        most = np.r_[self._most(positions).ravel(), np.tile(room, 2)]
        solved = _solve(cost, lines, least, greatest, most, is_whole=False)
        change = np.full(known.shape, np.nan)
        if solved is not None:
            change[:] = 0
            change[known] = solved[groups:].reshape(2, -1).sum(axis=0)
        return change


def _solve(cost: Array, lines: csr_matrix, low: Array, high: Array, most: Array, is_whole: bool) -> Array | None:
    """The numbers of least cost, or None where there are none."""
    for presolve in (True, False):  # presolving calls some programmes infeasible that are not (HiGHS 1.12)
        found = milp(
            cost,
            constraints=LinearConstraint(lines, low, high),
            bounds=Bounds(0, most),
            integrality=np.full(len(cost), int(is_whole)),
            options={"presolve": presolve and not is_whole},
        )
        if found.x is not None:
            solution: Array = found.x
            return solution
    return None
