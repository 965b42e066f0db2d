"""Which whole numbers a hidden count may be, by everything printed about an institution; and what else to hide.

The counts of many institutions are one linear programme, since they have nothing in common; where its solution is not
of whole numbers, an institution is solved by itself as an integer programme. What else to hide follows the least
perturbation of the printed counts that makes room for a hidden one (linear cell suppression: Fischetti, M. and
Salazar, J. J. 2001, Solving the cell suppression problem on tabular data with linear constraints, Management Science
47(7); Castro, J. 2012, Recent advances in optimization techniques for statistical tabular data protection, European
Journal of Operational Research 216(2)).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_diag, csr_matrix, eye_array, hstack, vstack

from app.results.count_system import CountSystem

Array = np.ndarray[Any, Any]
FEWEST_CANDIDATES = 3
LEAST_SIGN, MOST_SIGN = 1, 4
SIGN_COST = 0.02  # to blank the sign "<5" of a hidden count costs no row
SIZE_COST = 1e-3  # between counts that cost as many rows, the one that is changed by less
SAME = 1e-6


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

    def edges(self, place: Any = slice(None)) -> tuple[Array, Array]:
        """The least and greatest number that each printed sign of institutions admits; NaN for no sign."""
        is_sign = self.is_hidden[place] & ~self.is_blank[place]
        shown = np.where(self.is_hidden[place], np.nan, self.value[place])
        return np.where(is_sign, LEAST_SIGN, shown), np.where(is_sign, MOST_SIGN, shown)


def protect(system: CountSystem, printed: Printed, is_small: Callable[[Array], Array]) -> None:
    """Hides more of ``printed``, in place, until every small count has three or more possible values.

    Neither what is printed nor the further knowledge that nobody is outside the parts of a whole, where that is so,
    narrows one more. Institutions whose counts contradict each other have every count hidden.
    """
    search = _Search(system, printed)
    is_secret = is_small(np.nan_to_num(search.value))
    places = np.flatnonzero(is_secret.any(axis=1))
    if not len(places):
        return
    contradicts = search.contradicts(places)
    _hide_all(printed, places[contradicts])
    places = places[~contradicts]
    secrets = {int(place): list(np.flatnonzero(is_secret[place])) for place in places}
    search.widen(secrets)
    is_empty = search.empty_others(places)
    if is_empty.any():
        search.is_empty[places] = is_empty
        search.widen({int(place): secrets[place] for place in places[is_empty.any(axis=1)]})


def _hide_all(printed: Printed, places: Array) -> None:
    printed.is_hidden[places] = printed.is_blank[places] = True


def _is_all_hidden(printed: Printed, place: int) -> bool:
    return bool((printed.is_blank[place] | np.isnan(printed.value[place])).all())


class _Search:
    """Least and greatest values over everything that agrees with what is printed."""

    def __init__(self, system: CountSystem, printed: Printed) -> None:
        self._system, self._printed = system, printed
        part, whole = system.rests.T
        self.value = np.hstack([printed.value, printed.value[:, whole] - printed.value[:, part]])
        self.is_empty = np.zeros((len(printed.value), system.sums.shape[1]), dtype=bool)
        self._targets = system.targets
        self._is_whole = bool((np.nan_to_num(printed.value) % 1 == 0).all())

    def empty_others(self, places: Array) -> Array:
        """Which groups beside the parts of a whole may be known to be empty: by the true counts all may be at once."""
        groups = self._system.sums.shape[1]
        if not self._system.others.any() or not len(places):
            return np.zeros((len(places), groups), dtype=bool)
        value = self._printed.value
        rules = [self._rules_between(value[place], value[place]) for place in places]
        most = np.concatenate([self._most(place) for place in places])
        cost = np.tile(self._system.others.astype(float), len(places))
        found = _solve(cost, *_stacked(rules), most, is_whole=False)
        if found is None:
            return np.zeros((len(places), groups), dtype=bool)
        is_none: Array = self._system.others & (found.reshape(len(places), groups) < SAME)
        return is_none

    def contradicts(self, places: Array) -> Array:
        """Whether the true counts of an institution contradict each other."""
        known = ~np.isnan(self._printed.value[places])
        value = np.nan_to_num(self._printed.value[places])
        change = self._elastic(places, value, value, known, np.ones(known.shape), None)
        found: Array = ~(change <= SAME).all(axis=1)
        return found

    def widen(self, narrow: dict[int, list[Any]]) -> None:
        """Hides more counts until every target of ``narrow`` (place -> targets) has three or more values."""
        while narrow:
            low, high = self.ranges(narrow)
            narrow = {
                place: left
                for place, own in narrow.items()
                if (left := [t for t in own if high[place, t] - low[place, t] < FEWEST_CANDIDATES - 1 - SAME])
            }
            stuck = self.make_room({place: own[0] for place, own in narrow.items()}, low, high) if narrow else []
            _hide_all(self._printed, np.array(stuck, dtype=np.int64))
            narrow = {place: own for place, own in narrow.items() if not _is_all_hidden(self._printed, place)}

    def ranges(self, targets: dict[int, list[Any]]) -> tuple[Array, Array]:
        """The least and greatest value found of each target; exact where they are fewer than three apart."""
        low, high = self.value.copy(), self.value.copy()
        tried: set[tuple[int, int, int]] = set()
        for sign in (1, -1):
            cost = {place: sign * self._targets[own].sum(axis=0) for place, own in targets.items()}
            self._see(cost, low, high)
        while True:
            cost = {}
            for place, own in targets.items():
                narrow = [t for t in own if high[place, t] - low[place, t] < FEWEST_CANDIDATES - 1 - SAME]
                step = next(((t, s) for t in narrow for s in (1, -1) if (place, t, s) not in tried), None)
                if step is not None:
                    tried.add((place, *step))
                    cost[place] = step[1] * self._targets[[step[0]]].toarray()[0]
            if not cost:
                return low, high
            self._see(cost, low, high)

    def _see(self, cost: dict[int, Array], low: Array, high: Array) -> None:
        """Widens the ranges by what the solutions of least cost show of every target."""
        places = np.array(list(cost))
        found = self._least(places, np.array([np.asarray(one).ravel() for one in cost.values()]))
        seen = found @ self._targets.T
        low[places], high[places] = np.fmin(low[places], seen), np.fmax(high[places], seen)

    def _least(self, places: Array, cost: Array) -> Array:
        """For each institution the groups of people of least cost that agree with what is printed."""
        rules = [self._rules(place) for place in places]
        most = np.concatenate([self._most(place) for place in places])
        solved = _solve(cost.ravel(), *_stacked(rules), most, is_whole=False)
        if solved is None:
            raise ArithmeticError("what is printed contradicts itself")
        found = solved.reshape(cost.shape)
        if self._is_whole:
            near = np.rint(found)
            for at in np.flatnonzero((np.abs(found - near) > SAME).any(axis=1)):
                lines, least, greatest = rules[at]
                own = _solve(cost[at], lines, least, greatest, self._most(places[at]), True)
                if own is not None:
                    near[at] = np.rint(own)
                else:
                    near[at] = np.nan
            return near
        return found

    def _most(self, place: int) -> Array:
        """The greatest number that each group may be, well above what any count is."""
        most = self._largest(place)
        return np.where(self.is_empty[place], 0.0, most)

    def _largest(self, place: int) -> float:
        return 2 * max(100.0, float(np.nanmax(self._printed.value[place], initial=0.0)))

    def _rules(self, place: int) -> tuple[csr_matrix, Array, Array]:
        low, high = self._printed.edges(place)
        return self._rules_between(low, high)

    def _rules_between(self, low: Array, high: Array) -> tuple[csr_matrix, Array, Array]:
        """The sums of groups that are bounded, and their bounds; NaN for no bound."""
        shown = ~np.isnan(low)
        limits = self._system.limits
        lines = vstack([self._system.sums[shown], limits]).tocsr()
        edges = (np.r_[low[shown], np.zeros(limits.shape[0])], np.r_[high[shown], np.full(limits.shape[0], np.inf)])
        return lines, *edges

    def make_room(self, narrow: dict[int, int], low: Array, high: Array) -> list[int]:
        """Hides what keeps one target of each institution narrow; the institutions where nothing more can be hidden."""
        places = np.array(list(narrow))
        targets = np.array(list(narrow.values()))
        least, greatest = self._printed.edges()
        known = ~np.isnan(least[places])
        is_sign = self._printed.is_hidden[places] & known
        weight = np.where(is_sign, SIGN_COST, 1 + self._printed.rows[places])
        weight = weight * (1 + SIZE_COST * np.log1p(np.nan_to_num(self._printed.value[places])))
        edges = np.nan_to_num(least[places]), np.nan_to_num(greatest[places])
        wide = FEWEST_CANDIDATES - 1
        ends = (low[places, targets] + wide, high[places, targets] - wide)
        changes = [
            self._elastic(places, *edges, known, weight, (targets, ends[0], np.full(len(places), np.inf))),
            self._elastic(places, *edges, known, weight, (targets, np.full(len(places), -np.inf), np.maximum(ends[1], 0))),
        ]
        costs = [np.nansum(change * weight, axis=1) for change in changes]
        costs[1] = np.where(ends[1] < 0, np.inf, costs[1])
        change = np.where((costs[0] <= costs[1])[:, None], *changes)
        moved = (change > SAME) & known
        self._printed.is_hidden[places] |= moved
        self._printed.is_blank[places] |= moved
        return [int(place) for place, any_ in zip(places, moved.any(axis=1), strict=True) if not any_]

    def _elastic(
        self,
        places: Array,
        low: Array,
        high: Array,
        known: Array,
        weight: Array,
        wanted: tuple[Array, Array, Array] | None,
    ) -> Array:
        """By how much each printed count must give, at least cost, so that the wanted target lies in its range."""
        size, groups = self._system.sums.shape
        limits = self._system.limits
        blocks, cost, least, greatest, most = [], [], [], [], []
        for at, place in enumerate(places):
            shown = np.flatnonzero(known[at])
            give = eye_array(len(shown), format="csr")
            lines = [hstack([self._system.sums[shown], give, -give]), _wide(limits, 2 * len(shown))]
            least += [low[at, shown], np.zeros(limits.shape[0])]
            greatest += [high[at, shown], np.full(limits.shape[0], np.inf)]
            if wanted is not None:
                lines.append(_wide(self._targets[[wanted[0][at]]], 2 * len(shown)))
                least.append(wanted[1][[at]])
                greatest.append(wanted[2][[at]])
            blocks.append(vstack(lines))
            cost += [np.zeros(groups), weight[at, shown], weight[at, shown]]
            most += [self._most(place), np.full(2 * len(shown), self._largest(place))]
        matrix = block_diag(blocks, format="csr")
        edges = np.concatenate(least), np.concatenate(greatest)
        solved = _solve(np.concatenate(cost), matrix, *edges, np.concatenate(most), is_whole=False)
        if solved is None:
            return np.full((len(places), size), np.nan)
        change, start = np.zeros((len(places), size)), 0
        for at in range(len(places)):
            shown = np.flatnonzero(known[at])
            end = start + groups + 2 * len(shown)
            give = solved[start + groups : end]
            change[at, shown] = give[: len(shown)] + give[len(shown) :]
            start = end
        return change


def _stacked(rules: Sequence[tuple[csr_matrix, Array, Array]]) -> tuple[csr_matrix, Array, Array]:
    """The rules of several institutions as those of one programme."""
    lines = block_diag([one for one, _, _ in rules], format="csr")
    return lines, np.concatenate([low for _, low, _ in rules]), np.concatenate([high for _, _, high in rules])


def _wide(lines: csr_matrix, more: int) -> csr_matrix:
    return hstack([lines, csr_matrix((lines.shape[0], more))]).tocsr()


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
