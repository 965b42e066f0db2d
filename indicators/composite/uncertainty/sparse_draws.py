"""Many draws at once where only gaps are drawn: all other cells are scaled, sorted and summed once for all draws.

What a draw changes is merged into what stands: the cells drawn into the presorted columns, and all draws of one
recipe into one product of matrices. The results are those of ``draws.scores``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indicators.composite.methods.array_types import Floats, Ints
from indicators.composite.methods.normalise import min_max, rank_from_bottom
from indicators.composite.recipe.recipe import Normalise
from indicators.composite.uncertainty.draws import MethodChoice, Model, off_zero

BLOCK = 64  # draws at a time, so that what a column needs stays in the processor's cache
MEANS = ("arithmetic", "geometric")


@dataclass(frozen=True)
class SparseDraws:
    """A model of which few cells are drawn. ``rows`` and ``columns`` are the positions of the cells drawn.

    ``steps`` has for each normalisation the table scaled without the cells drawn (0 there).
    """

    model: Model
    rows: Ints
    columns: Ints
    direction: Floats
    low: Floats
    high: Floats
    scaled: tuple[Floats, ...]
    sorted_columns: tuple[_SortedColumn, ...]

    @classmethod
    def of(cls, model: Model) -> SparseDraws | None:
        """The model prepared; None where a draw changes more than a few cells of one year of plain means."""
        own = [step for step in model.steps if isinstance(step, Normalise)]
        is_plain = len(own) == len(model.steps) == 1 and len(model.years) == 1 and not model.shares.any()
        if not is_plain or not _has_plain_methods(model):
            return None
        is_gap = np.isnan(model.base)
        if (is_gap != model.uncertain).any() or not is_gap.any() or np.isnan(model.nominal).any():
            return None
        low, high = np.fmin.reduce(model.base, axis=0), np.fmax.reduce(model.base, axis=0)
        inside = (model.low >= low) & (model.high <= high)
        if not (low < high).all() or not inside[model.uncertain].all():
            return None
        rows, columns = np.nonzero(model.uncertain)
        direction = model.yardsticks[0].direction
        return cls(
            model=model,
            rows=rows,
            columns=columns,
            direction=direction,
            low=low,
            high=high,
            scaled=tuple(_scale_draws(model.base, step, direction) for step in model.normalisations),
            sorted_columns=tuple(
                _SortedColumn.of(model.base[:, column] * direction[column], np.flatnonzero(columns == column))
                for column in range(model.base.shape[1])
            ),
        )

    def draw(self, size: int, gaps: np.random.Generator) -> Floats:
        """Values of the cells drawn, (size, cells), as ``sampling.draw_data`` draws them."""
        low, high = self.model.low[self.rows, self.columns], self.model.high[self.rows, self.columns]
        return low + gaps.random((size, len(low))) * (high - low)

    def scores(self, drawn: Floats, weights: Sequence[Floats], choice: MethodChoice) -> Floats:
        """Top scores (draws, rows) for drawn cells (draws, cells) and weights by level, under one choice."""
        pull = self._pull(weights)
        step = self.model.normalisations[choice.normalisation]
        method = self.model.aggregations[choice.aggregation] or self.model.rules[0].method
        is_geometric = method == "geometric"
        if step.method == "rank":
            total = self._of_ranks(drawn, pull, is_geometric)
        else:
            total = self._of_values(drawn, pull, step, choice.normalisation, is_geometric)
        return np.exp(total) if is_geometric else total

    def _pull(self, weights: Sequence[Floats]) -> Floats:
        """The weight of each indicator in the top element, (draws, indicators)."""
        pull = np.ones((len(weights[0]), 1))
        for own, parents in zip(reversed(list(weights)), reversed(self.model.parents), strict=True):
            member = np.eye(int(parents.max()) + 1)[parents]
            pull = own / (own @ member)[:, parents] * pull[:, parents]
        return pull

    def _of_values(self, drawn: Floats, pull: Floats, step: Normalise, number: int, is_geometric: bool) -> Floats:
        fixed = self.scaled[number]
        low, high, sign = (one[self.columns] for one in (self.low, self.high, self.direction))
        share = (drawn - np.where(sign > 0, low, high)) / np.where(sign > 0, high - low, low - high)
        cells = share * (step.upper - step.lower) + step.lower
        if is_geometric:
            fixed, cells = np.log(off_zero(fixed, step)), np.log(off_zero(cells, step))
        fixed = np.where(self.model.uncertain, 0.0, fixed)
        total: Floats = pull @ fixed.T
        self._add(total, cells * pull[:, self.columns])
        return total

    def _add(self, total: Floats, cells: Floats) -> None:
        """Adds what the cells drawn give to their rows; cells are in the order of rows."""
        starts = np.flatnonzero(np.r_[True, np.diff(self.rows) > 0])
        total[:, self.rows[starts]] += np.add.reduceat(cells, starts, axis=1)

    def _of_ranks(self, drawn: Floats, pull: Floats, is_geometric: bool) -> Floats:
        points = np.log(np.maximum(np.arange(len(self.model.base) + 1.0), 1.0))
        total = np.zeros((len(self.model.base), len(drawn)))
        cells = np.empty_like(drawn)
        for column, held in enumerate(self.sorted_columns):
            own = drawn[:, held.cells] * self.direction[column]
            ranked, among = held.merge_ranks(own)
            if is_geometric:
                ranked, among = points.take(ranked), points.take(among)
            total[held.order] += ranked * pull[:, column]
            cells[:, held.cells] = among * pull[:, column : column + 1]
        result = np.ascontiguousarray(total.T)
        self._add(result, cells)
        return result


def _has_plain_methods(model: Model) -> bool:
    """Whether every mean is arithmetic or geometric throughout, on min-max or ranks."""
    own = {rule.method for rule in model.rules}
    scales = {step.method for step in model.normalisations}
    is_positive = all(step.lower >= 0 for step in model.normalisations)
    return len(own) == 1 and own <= set(MEANS) and scales <= {"min_max", "rank"} and is_positive


def _scale_draws(base: Floats, step: Normalise, direction: Floats) -> Floats:
    return (
        rank_from_bottom(base, direction) if step.method == "rank" else min_max(base, direction, step.lower, step.upper)
    )


@dataclass(frozen=True)
class _SortedColumn:
    """The cells of a column that stand, from the worst to the best, and which of the cells drawn are the column's."""

    order: Ints
    values: Floats
    ranks: Ints
    cells: Ints

    @classmethod
    def of(cls, column: Floats, cells: Ints) -> _SortedColumn:
        order = np.argsort(column)[: int((~np.isnan(column)).sum())]
        values = column[order]
        return cls(order, values, np.searchsorted(values, values, side="left") + 1, cells)

    def merge_ranks(self, drawn: Floats) -> tuple[Ints, Ints]:
        """Ranks of the cells that stand, (cells, draws), and of those drawn, (draws, cells); ties share the lowest."""
        if not drawn.shape[1]:
            return np.repeat(self.ranks[:, None], len(drawn), axis=1), np.zeros(drawn.shape, dtype=np.int64)
        count, above = len(drawn), np.searchsorted(self.values, drawn, side="right")
        at = above * count + np.arange(count)[:, None]
        passed = np.bincount(at.ravel(), minlength=(len(self.values) + 1) * count).reshape(-1, count)
        ranked = self.ranks[:, None] + np.cumsum(passed[:-1], axis=0)
        below = above.copy()
        is_tie = self.values[np.maximum(above - 1, 0)] == drawn
        if is_tie.any():
            below[is_tie] = np.searchsorted(self.values, drawn[is_tie], side="left")
        among = (drawn[:, :, None] > drawn[:, None, :]).sum(axis=2)
        return ranked, 1 + below + among
