"""Effective numbers and concentration: known values, laws, and the same whatever the order of the parts."""

import math
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.values.diversity import Parts, concentration, effective_number

AMOUNTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=12).filter(any)


def parts(*wholes: list[int]) -> Parts:
    """The parts of several wholes, one list each."""
    whole = np.repeat(np.arange(len(wholes)), [len(one) for one in wholes])
    return Parts(whole, np.array([amount for one in wholes for amount in one], dtype=np.int64), len(wholes))


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("kinds", [1, 2, 7])
def test_equal_parts_count_in_full(order: int, kinds: int) -> None:
    assert effective_number(parts([5] * kinds), order) == pytest.approx([kinds])


def test_values_worked_by_hand() -> None:
    """15 and 5 of 20: p = 3/4 and 1/4."""
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert effective_number(parts([15, 5]), 1) == pytest.approx([math.exp(entropy)])
    assert effective_number(parts([15, 5]), 2) == pytest.approx([1 / (9 / 16 + 1 / 16)])
    assert concentration(parts([15, 5])) == pytest.approx([0.625])


def test_nothing_has_no_number_and_a_part_of_nothing_changes_none() -> None:
    wholes = parts([0, 0], [4, 0, 4], [])
    for found in (effective_number(wholes, 1), effective_number(wholes, 2), 1 / concentration(wholes)):
        assert np.isnan(found).tolist() == [True, False, True]
        assert found[1] == pytest.approx(2)
    assert wholes.kinds.tolist() == [0, 2, 0]


def test_another_order_is_refused() -> None:
    with pytest.raises(ValueError, match="order 1 or 2, not 3"):
        effective_number(parts([1]), 3)


@given(AMOUNTS, st.randoms(use_true_random=False), st.integers(1, 1000))
def test_order_and_scale_of_the_parts_never_matter(amounts: list[int], random: Random, times: int) -> None:
    shuffled = list(amounts)
    random.shuffle(shuffled)
    for order in (1, 2):
        base = effective_number(parts(amounts), order)
        assert effective_number(parts(shuffled), order) == pytest.approx(base)
        assert effective_number(parts([amount * times for amount in amounts]), order) == pytest.approx(base)


@given(AMOUNTS)
def test_the_orders_lie_between_one_and_the_kinds_there_are(amounts: list[int]) -> None:
    kinds = sum(amount > 0 for amount in amounts)
    [first], [second] = (effective_number(parts(amounts), order) for order in (1, 2))
    assert 1 - 1e-9 <= second <= first + 1e-9 <= kinds + 1e-6


@given(AMOUNTS)
def test_concentration_is_the_exact_sum_of_squared_shares(amounts: list[int]) -> None:
    exact = sum(Fraction(amount, sum(amounts)) ** 2 for amount in amounts)
    assert concentration(parts(amounts)) == pytest.approx([float(exact)])


@given(st.lists(AMOUNTS, min_size=1, max_size=4))
def test_one_whole_never_touches_another(wholes: list[list[int]]) -> None:
    together = effective_number(parts(*wholes), 1)
    assert together == pytest.approx([effective_number(parts(one), 1)[0] for one in wholes])
