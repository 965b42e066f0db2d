"""Distances between institutions in scaled context variables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import iqr

from indicators.comparison.context_variables import repeated_code
from indicators.errors import InvalidInput
from schemas.dictionary.declaration import Text

Array = np.ndarray[Any, Any]
NEEDED_SHARED = Fraction(2, 3)
MATCH_WEIGHT = 0.5  # of binary variables and categories
MOST_APART = 8.0  # scales between the two institutions that differ most in a variable
# Variables that say the same twice share one weight: a large institution has many staff and many students.
SAME_THING = (("log_staff", "log_students"),)
MAD_OF_NORMAL = 0.6744897501960817  # of a standard normal distribution: its third quartile
BLOCK = 25_000  # pairs of institutions worked on at a time: they stay in the processor's cache
ROUGH = np.float32
TOO_FAR = 1e30  # sums of squares from which products of rough numbers may be infinite
ONE_THREAD = 2**18  # multiplications up to which a product of matrices stays on one thread


@dataclass(frozen=True)
class Space:
    """Institutions in the order of their codes, as scaled coordinates: variables × institutions."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    coordinates: Array
    is_category: Array
    weights: Array
    left_out: tuple[str, ...]

    @classmethod
    def of(cls, frame: pd.DataFrame, binary: Sequence[str], categories: Sequence[str]) -> Space:
        """The space of a frame of institutions × variables; variables in which nobody differs are left out.

        Raises InvalidInput for a code that stands twice, values that are none, or fewer than two variables.
        """
        codes = frame.index.astype(str).tolist()
        if len(set(codes)) < len(codes):
            raise repeated_code(pd.Series(codes))
        order = sorted(range(len(codes)), key=codes.__getitem__)
        ordered = frame.take(order)
        names, rows, weights, kinds, left_out = [], [], [], [], []
        for name in sorted(str(column) for column in ordered.columns):
            matched = name in binary or name in categories
            column = _category(ordered[name]) if name in categories else _numeric(ordered[name], name in binary)
            scale = _spread(column, matched)
            if scale == 0:
                left_out.append(name)
                continue
            names.append(name)
            rows.append(column / scale)
            weights.append(MATCH_WEIGHT if matched else 1.0)
            kinds.append(name in categories)
        for group in SAME_THING:
            members = [names.index(name) for name in group if name in names]
            for position in members:
                weights[position] /= len(members)
        coordinates = np.array(rows, dtype=float).reshape(len(rows), len(ordered))
        if len(ordered) > 1 and len(names) < 2:
            raise InvalidInput(
                Text(
                    ja="機関の間で異なる変数が二つ以上必要です。変数を加えてください。",
                    en="Peers need two or more variables in which institutions differ. Please add variables.",
                )
            )
        return cls(
            tuple(codes[position] for position in order),
            tuple(names),
            coordinates,
            np.array(kinds, dtype=bool),
            np.array(weights, dtype=float),
            tuple(left_out),
        )

    @property
    def blocks(self) -> list[slice]:
        """Rows in portions that keep the pairs worked on at a time, in all variables, within BLOCK."""
        return self.portions(BLOCK)

    def portions(self, pairs: int) -> list[slice]:
        """Rows in portions of at most ``pairs`` pairs of institutions."""
        step = max(1, pairs // max(1, len(self.codes)))
        return [slice(start, start + step) for start in range(0, len(self.codes), step)]

    def squared_differences(self, one: Array, other: Array) -> Array:
        """Squared differences of coordinates; 0 or 1 for categories; NaN where either is not known."""
        squared: Array = (one - other) ** 2
        squared[self.is_category] = np.minimum(np.ceil(squared[self.is_category]), 1.0)
        return squared

    def differences(self, rows: slice) -> tuple[Array, Array]:
        """Squared differences (0 where not shared) and what is shared: variables × rows × institutions."""
        own, all_ = self.coordinates[:, rows, None], self.coordinates[:, None, :]
        squared = self.squared_differences(own, all_)
        shared = ~np.isnan(squared)
        return np.where(shared, squared, 0.0), shared

    def apart(self, rows: slice, shared: Array, used: int) -> Array:
        """Pairs with no distance: an institution and itself, and those that share too little."""
        counts = shared.sum(axis=0)
        none = counts * NEEDED_SHARED.denominator < used * NEEDED_SHARED.numerator
        positions = np.arange(*rows.indices(len(self.codes)))
        none[np.arange(len(positions)), positions] = True
        return np.asarray(none)

    def pairs(self, own: Array, other: Array) -> Array:
        """Squared distances of pairs of institutions given by their positions, infinite where there is none."""
        total = np.zeros(len(own))
        for column, weight, is_category in zip(self.coordinates, self.weights, self.is_category, strict=True):
            squared = np.square(column[own] - column[other])
            squared = np.fmax(np.minimum(np.ceil(squared), 1.0) if is_category else squared, 0.0)
            total += squared if weight == 1 else squared * weight
        pattern, shared = self.shared_variables
        held = shared[pattern[own], pattern[other]]
        found = np.full(len(own), np.inf)
        np.divide(total, held, out=found, where=(held > 0) & (own != other))
        return found

    def roughly(self, rows: slice) -> tuple[Array, Array]:
        """(squared distances of some institutions to all, how far off each row is at most); NaN or infinite for none.

        As (a - b)² = a² + b² - 2ab, one product of matrices gives the sums; it is exact but for the rounding, and
        numbers of half the width are rough enough.
        """
        left, right, size = self.factors
        if not size.max(initial=0.0) < TOO_FAR:
            own = np.arange(*rows.indices(len(self.codes)))
            exact = self.pairs(np.repeat(own, len(self.codes)), np.tile(np.arange(len(self.codes)), len(own)))
            return exact.reshape(len(own), -1), np.zeros(len(own))
        pattern, shared = self.shared_variables
        left = left[rows]
        total = np.empty((len(left), right.shape[1]), dtype=ROUGH)
        # BLAS starts no second thread for products so small; that thread would go on waiting busily.
        step = max(1, ONE_THREAD // max(1, right.size))
        for start in range(0, len(left), step):
            np.matmul(left[start : start + step], right, out=total[start : start + step])
        held = np.where(shared > 0, shared, np.nan).astype(ROUGH)
        total /= held[:, pattern][pattern[rows]]
        positions = np.arange(*rows.indices(len(self.codes)))
        total[np.arange(len(positions)), positions] = np.nan
        least = np.min(shared, where=shared > 0, initial=np.inf)
        rounding = 8 * (len(right) + 8) * float(np.finfo(ROUGH).eps)
        return total, rounding * (size[rows] + size.max(initial=0.0)) / least

    @cached_property
    def factors(self) -> tuple[Array, Array, Array]:
        """(left, right, size): ``left @ right`` are the weighted sums of squares, ``size`` bounds their terms."""
        left: list[Array] = []
        right: list[Array] = []
        size = np.full(len(self.codes), float(self.weights.sum()))
        for column, weight, is_category in zip(self.coordinates, self.weights, self.is_category, strict=True):
            known = (~np.isnan(column)).astype(float)
            if is_category:
                members = [(column == value).astype(float) for value in np.unique(column[known > 0])]
                left += [weight * known, *(-weight * own for own in members)]
                right += [known, *members]
            else:
                x = np.where(known > 0, column - column[known > 0].mean(), 0.0)
                left += [weight * x**2, weight * known, -2 * weight * x]
                right += [known, x**2, x]
                size += weight * x**2
        shape = (-1, len(self.codes))
        return np.reshape(left, shape).T.astype(ROUGH, order="C"), np.reshape(right, shape).astype(ROUGH), size

    @cached_property
    def shared_variables(self) -> tuple[Array, Array]:
        """(which variables each institution has, as a number; for two such numbers the weight that they share).

        The weight is 0 where the variables shared are too few for a distance.
        """
        known = ~np.isnan(self.coordinates)
        place: dict[tuple[bool, ...], int] = {}
        pattern = np.array([place.setdefault(tuple(one), len(place)) for one in known.T.tolist()], dtype=np.int64)
        has = np.array([*place], dtype=bool).reshape(len(place), len(known)).T
        both = has[:, :, None] & has[:, None, :]
        weight = np.zeros(both.shape[1:])
        for w, one in zip(self.weights, both, strict=True):
            weight += w * one
        is_enough = both.sum(axis=0) * NEEDED_SHARED.denominator >= len(self.names) * NEEDED_SHARED.numerator
        return pattern, np.where(is_enough, weight, 0.0)


def _numeric(column: pd.Series, is_binary: bool) -> Array:
    """A column as floats; InvalidInput for text, infinities, or a binary that is not 0 or 1."""
    is_plain = column.dtype == np.float64
    try:
        numbers = column.to_numpy() if is_plain else column.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        numbers = None
    fault = np.ones(len(column), dtype=bool) if numbers is None else np.isinf(numbers)
    if numbers is not None and is_binary:
        fault = (numbers != 0) & (numbers != 1) & ~np.isnan(numbers)
    if numbers is None or fault.any():
        wanted = ("0か1", "0 or 1") if is_binary else ("有限の数", "a finite number")
        where = f"{column.name}" if numbers is None else f"{column.name}（{column.index[int(fault.argmax())]}）"
        raise InvalidInput(
            Text(
                ja=f"変数「{where}」に、{wanted[0]}でない値があります。値を直すか空欄にしてください。",
                en=f"The variable '{where}' holds something other than {wanted[1]}. Please correct or clear it.",
            )
        )
    return numbers


def _median(known: Array) -> float:
    """The median of numbers none of which is missing."""
    half = len(known) // 2
    positions = [half] if len(known) % 2 else [half - 1, half]
    return float(np.partition(known, positions)[positions].mean())


def _category(column: pd.Series) -> Array:
    """Codes of a category as numbers; only whether two are equal counts."""
    numbers, _ = pd.factorize(column, sort=False)
    return np.where(numbers < 0, np.nan, numbers.astype(float))


def _spread(column: Array, matched: bool) -> float:
    """Scale of a variable: MAD, if 0 the interquartile range, if 0 the standard deviation; 0 where constant.

    Each is given in standard deviations of a normal distribution, so that the three are alike. The scale is at least
    the range over MOST_APART: else a variable in which nearly all agree would decide alone.
    """
    known = column[~np.isnan(column)]
    if len(known) < 2 or known.min() == known.max():
        return 0.0
    if matched:
        return 1.0
    deviation = _median(np.abs(known - _median(known))) / MAD_OF_NORMAL
    if deviation == 0:
        deviation = float(next(scale for scale in (iqr(known, scale="normal"), known.std(ddof=1)) if scale > 0))
    return max(deviation, float(np.ptp(known)) / MOST_APART)
