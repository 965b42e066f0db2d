"""Ranks over all weights within limits: by hand, against many weights, and never narrower than any of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.composite.uncertainty.weight_limits import SAME, draw_weights, rank_limits
from indicators.errors import InvalidInput

ANY = np.zeros(2), np.ones(2)


def test_two_elements_by_hand() -> None:
    scores = np.array([[10.0, 0.0], [0.0, 10.0], [4.0, 4.0], [1.0, 1.0]])
    best, worst = rank_limits(scores, *ANY)
    # The first leads with all weight on the first element and is last with all on the second.
    assert best.tolist() == [1, 1, 2, 3] and worst.tolist() == [4, 4, 3, 4]
    # Weights of 0.4 to 0.6: 4 is passed by 4 and 6 (never by both less than 4), 1 by all.
    best, worst = rank_limits(scores, np.full(2, 0.4), np.full(2, 0.6))
    assert best.tolist() == [1, 1, 2, 4] and worst.tolist() == [2, 2, 3, 4]


def test_one_set_of_weights_gives_one_rank() -> None:
    scores = np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 2.0], [0.0, 0.0, 1.0]])
    weight = np.array([0.5, 0.25, 0.25])
    best, worst = rank_limits(scores, weight, weight)
    assert best.tolist() == worst.tolist() == [2, 1, 3]


def test_limits_that_hold_no_weights_are_refused() -> None:
    for low, high in (([0.6, 0.6], [1.0, 1.0]), ([0.0, 0.0], [0.4, 0.4]), ([0.5, 0.5], [0.4, 1.0])):
        with pytest.raises(InvalidInput):
            rank_limits(np.ones((3, 2)), np.array(low), np.array(high))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 12), st.integers(2, 4), st.floats(0.0, 1.0))
def test_every_weight_gives_a_rank_within_and_a_grid_reaches_both_ends(seed, units, elements, width) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 8, (units, elements)).astype(float)
    equal = 1.0 / elements
    low, high = np.full(elements, equal * (1 - width)), np.full(elements, min(1.0, equal * (1 + width)))
    best, worst = rank_limits(scores, low, high)
    weights = draw_weights(low, high, 2_000, seed=seed)
    assert np.allclose(weights.sum(axis=1), 1) and (weights >= low - 1e-9).all() and (weights <= high + 1e-9).all()
    composite = weights @ scores.T
    ranks = 1 + (composite[:, None, :] > composite[:, :, None] + SAME).sum(axis=2)
    assert (ranks >= best - 0.5).all() and (ranks <= worst + 0.5).all()
    assert (best >= 1).all() and (best <= worst).all() and (worst <= units).all()
    if elements == 2:
        share = np.linspace(low[0], high[0], 4_001)
        line = np.column_stack([share, 1 - share]) @ scores.T
        ends = 1 + (line[:, None, :] > line[:, :, None] + SAME).sum(axis=2)
        assert (ends.max(axis=0) <= worst).all() and (ends.min(axis=0) >= best).all()
        assert (worst - ends.max(axis=0) <= 1e-9).mean() > 0.5
