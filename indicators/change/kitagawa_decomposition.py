"""Composition and rate effect: how much of a share comes from who is counted, how much from what is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from indicators.errors import InvalidInput
from indicators.values.values import FEWEST
from indicators.values.wilson_interval import Z95, wilson
from schemas.dictionary.sentences import Sentences

sentences = Sentences(__file__)

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class CompositionAndRate:
    """A share beside the reference share, and its difference in two parts. All are shares in 0..1.

    ``own - reference = composition + rate``; ``expected`` is the share at the institution's composition with the
    reference's rates. ``reference`` uses the shrunk rates. The arrays have a row a group: rows of merged positions come
    as one group. ``groups`` gives (row, column) of each, column None where a row was merged. ``own_contribution`` is
    the part of the reference's people who are the institution's own, None where that was not given.
    ``composition_interval`` and ``rate_interval`` are 95 %
    intervals of the two parts, None where fewer than FEWEST people are counted.
    """

    own: float
    reference: float
    expected: float
    composition: float
    rate: float
    groups: tuple[tuple[int, int | None], ...]
    composition_by_group: Array
    rate_by_group: Array
    rates: Array
    reference_rates: Array
    own_contribution: float | None
    composition_interval: tuple[float, float] | None
    rate_interval: tuple[float, float] | None


def decompose(
    part: ArrayLike,
    whole: ArrayLike,
    reference_part: ArrayLike,
    reference_whole: ArrayLike,
    *,
    own_in_reference: ArrayLike | None = None,
) -> CompositionAndRate:
    """Composition and rate effect of one institution against a frozen reference.

    The four tables are counts of the same shape, positions × fields (positions × 1 where fields are not
    asked): ``part`` of ``whole`` in each cell. ``own_in_reference`` are the institution's own people counted
    in ``reference_whole``. A cell empty in the reference but not in the institution is merged with its row;
    an empty cell of the institution takes the reference's rate. Raises InvalidInput.

    Kitagawa, E. M. (1955). Components of a difference between two rates. JASA 50(272), 1168-1194.
    """
    own_part, own_whole = _counts(part, whole, "own_table")
    ref_part, ref_whole = _counts(reference_part, reference_whole, "national_table")
    if own_part.shape != ref_part.shape:
        raise InvalidInput(sentences("tables_differ", own=_size(own_part), reference=_size(ref_part)))
    rates0 = shrunk_rates(ref_part, ref_whole)
    table = _Groups.of(own_part, own_whole, ref_part, ref_whole, rates0)
    share, share0 = table.whole / table.whole.sum(), table.whole0 / table.whole0.sum()
    rates = np.where(table.whole > 0, table.part / np.maximum(table.whole, 1), table.rates0)
    composition, rate = kitagawa(share, rates, share0, table.rates0)
    return CompositionAndRate(
        own=float(share @ rates),
        reference=float(share0 @ table.rates0),
        expected=float(share @ table.rates0),
        composition=float(composition.sum()),
        rate=float(rate.sum()),
        groups=table.groups,
        composition_by_group=composition,
        rate_by_group=rate,
        rates=rates,
        reference_rates=table.rates0,
        own_contribution=_own_contribution(own_in_reference, ref_whole),
        composition_interval=_interval(table, share, rates, share0, is_composition=True),
        rate_interval=_interval(table, share, rates, share0, is_composition=False),
    )


def kitagawa(share: Array, rates: Array, share0: Array, rates0: Array) -> tuple[Array, Array]:
    """(composition, rate) by group: (s − s0)(r + r0)/2 and (r − r0)(s + s0)/2; their sum is Σ s·r − Σ s0·r0.

    Shares of people and rates by group, each in 0..1. Kitagawa (1955), the symmetric form.
    """
    return (share - share0) * (rates + rates0) / 2, (rates - rates0) * (share + share0) / 2


def _interval(
    table: _Groups, share: Array, rates: Array, share0: Array, *, is_composition: bool
) -> tuple[float, float] | None:
    """95 % interval of one part, if the same posts were filled again by people with the same chances.

    Three sources of chance, independent of one another: the rate of each group (Wilson's ends), which posts there are
    (multinomial), and the rates of the reference (binomial). None below FEWEST people.

    The ends of the weighted sum of rates follow Zou, G. Y. and Donner, A. (2008). Statistics in Medicine 27,
    1693-1702; the others are added as variances (delta method).
    """
    people = table.whole.sum()
    if people < FEWEST:
        return None
    weight = (share - share0) / 2 if is_composition else (share + share0) / 2
    pull = (rates + table.rates0) / 2 if is_composition else (rates - table.rates0) / 2
    effect = float(kitagawa(share, rates, share0, table.rates0)[0 if is_composition else 1].sum())
    low, high = (np.where(np.isnan(end), rates, end) for end in wilson(table.part, table.whole))
    below, above = (
        np.minimum(weight * (low - rates), weight * (high - rates)),
        np.maximum(weight * (low - rates), weight * (high - rates)),
    )
    of_posts = (share @ pull**2 - (share @ pull) ** 2) / people
    of_reference = (weight**2 * table.rates0 * (1 - table.rates0) / np.maximum(table.whole0, 1)).sum()
    more = Z95**2 * (of_posts + of_reference)
    return effect - float(np.sqrt((below**2).sum() + more)), effect + float(np.sqrt((above**2).sum() + more))


def shrunk_rates(part: ArrayLike, whole: ArrayLike) -> Array:
    """Rates of a rows × columns table, each drawn toward what its row and column make expect.

    ``(F + κ·m)/(N + κ)``, m the rate whose odds are row odds × column odds / overall odds; κ from the excess
    of the scatter of the cells over binomial scatter (moments, corrected for the margins fitted). A large
    cell keeps its own rate, an empty one takes m. With one row or one column there is nothing to borrow:
    plain rates. Raises InvalidInput.

    Kleinman, J. C. (1973). Proportions with extraneous variance. JASA 68(341), 46-54; Efron, B. and
    Morris, C. (1975). Data analysis using Stein's estimator. JASA 70(350), 311-319.
    """
    counted, people = _counts(part, whole, "national_table")
    expected = _expected_rates(counted, people)
    plain = np.where(people > 0, counted / np.maximum(people, 1), expected)
    if min(counted.shape) == 1:
        return plain
    correlation = _excess_correlation(counted, people, expected)
    if correlation >= 1:
        return plain
    if correlation <= 0:
        return expected
    strength = (1 - correlation) / correlation
    return (counted + strength * expected) / (people + strength)


def _expected_rates(part: Array, whole: Array) -> Array:
    """Rate of each cell by row and column alone; the overall rate where they contradict each other."""
    overall = part.sum() / whole.sum()
    odds = _odds(part.sum(axis=1), whole.sum(axis=1), overall)[:, None]
    odds = odds * (_odds(part.sum(axis=0), whole.sum(axis=0), overall)[None, :])
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = odds / (overall / (1 - overall)) if 0 < overall < 1 else np.full(part.shape, np.nan)
        rate = np.where(np.isinf(scaled), 1.0, scaled / (1 + scaled))
    return np.where(np.isnan(rate), overall, rate)


def _odds(part: Array, whole: Array, overall: float) -> Array:
    rate = np.where(whole > 0, part / np.maximum(whole, 1), overall)
    with np.errstate(divide="ignore"):
        odds: Array = rate / (1 - rate)
    return odds


def _excess_correlation(part: Array, whole: Array, expected: Array) -> float:
    """ρ of a beta-binomial with known means: var F = N·m(1−m)·(1 + (N−1)ρ)."""
    rows, columns = part.shape
    free = (rows - 1) * (columns - 1) / (rows * columns)
    chance = expected * (1 - expected)
    scatter = ((part - whole * expected) ** 2).sum() / free
    pairs = (whole * (whole - 1) * chance).sum()
    return float((scatter - (whole * chance).sum()) / pairs) if pairs > 0 else 0.0


@dataclass(frozen=True)
class _Groups:
    """The cells that count as groups, after rows with a cell empty in the reference have been merged."""

    groups: tuple[tuple[int, int | None], ...]
    part: Array
    whole: Array
    whole0: Array
    rates0: Array

    @classmethod
    def of(cls, part: Array, whole: Array, part0: Array, whole0: Array, rates0: Array) -> _Groups:
        merged = ((whole0 == 0) & (whole > 0)).any(axis=1)
        overall = part0.sum() / whole0.sum()
        rows: list[tuple[tuple[int, int | None], float, float, float, float]] = []
        for row in range(part.shape[0]):
            if not merged[row]:
                for column in range(part.shape[1]):
                    cell = (row, column)
                    rows.append((cell, part[cell], whole[cell], whole0[cell], rates0[cell]))
                continue
            people = whole0[row].sum()
            rate = part0[row].sum() / people if people else overall
            rows.append(((row, None), part[row].sum(), whole[row].sum(), people, rate))
        groups, *columns = zip(*rows, strict=True)
        return cls(tuple(groups), *(np.array(column, dtype=float) for column in columns))


def _own_contribution(own: ArrayLike | None, reference_whole: Array) -> float | None:
    if own is None:
        return None
    people = _integers(own, "own_table")
    if people.shape != reference_whole.shape or (people > reference_whole).any():
        raise InvalidInput(sentences("own_exceeds_nation"))
    return float(people.sum() / reference_whole.sum())


def _counts(part: ArrayLike, whole: ArrayLike, name: str) -> tuple[Array, Array]:
    """Both tables as two-dimensional integers; InvalidInput where they are not parts of wholes."""
    counted, people = _integers(part, name), _integers(whole, name)
    if counted.shape != people.shape or counted.size == 0:
        raise InvalidInput(sentences("part_and_whole_differ", name=sentences(name)))
    above = np.argwhere(counted > people)
    if len(above):
        row, column = (int(i) + 1 for i in above[0])
        raise InvalidInput(sentences("part_exceeds_whole", name=sentences(name), row=row, column=column))
    if people.sum() == 0:
        raise InvalidInput(sentences("no_people", name=sentences(name)))
    return counted, people


def _integers(values: ArrayLike, name: str) -> Array:
    table = np.asarray(values)
    if table.ndim == 1:
        table = table[:, None]
    if table.ndim != 2 or table.dtype.kind not in "iuf" or not _is_whole(table):
        raise InvalidInput(sentences("no_whole_numbers", name=sentences(name), capital=sentences(name).en.capitalize()))
    return table.astype(np.int64)


def _is_whole(table: Array) -> bool:
    return bool(np.isfinite(table).all() and (table >= 0).all() and (table == np.floor(table)).all())


def _size(table: Sequence[Any] | Array) -> str:
    rows, columns = np.shape(table)
    return f"{rows}×{columns}"
