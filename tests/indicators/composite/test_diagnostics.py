"""Correlations of all children at once agree with those taken pair by pair."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.composite.methods.diagnostics import correlation, correlations_with_parents

CELLS = st.one_of(st.just(np.nan), st.sampled_from([0.1, 0.3, 7.0]), st.floats(-100, 100))
PARENTS = np.array([0, 0, 1])


@given(st.lists(st.tuples(*[CELLS] * 5), min_size=1, max_size=12))
def test_all_at_once_is_pair_by_pair(rows: list[tuple[float, ...]]) -> None:
    table = np.array(rows)
    children, above = table[:, :3], table[:, 3:]
    found = correlations_with_parents(children, above, PARENTS)
    wanted = [correlation(children[:, i], above[:, parent]) for i, parent in enumerate(PARENTS)]
    assert found == pytest.approx(wanted, abs=1e-6, nan_ok=True)


def test_a_constant_column_has_no_correlation_however_it_is_rounded() -> None:
    children = np.column_stack([np.full(10, 0.1), np.arange(10.0), np.full(10, 1e9)])
    above = np.column_stack([np.arange(10.0) ** 2, np.arange(10.0)])
    found = correlations_with_parents(children, above, PARENTS)
    assert np.isnan(found[[0, 2]]).all() and found[1] == pytest.approx(np.corrcoef(children[:, 1], above[:, 0])[0, 1])


def test_known_correlations() -> None:
    x = np.array([[1.0, 4.0, 1.0], [2.0, 3.0, 5.0], [3.0, np.nan, 2.0], [4.0, 1.0, np.nan], [np.nan, 9.0, 4.0]])
    above = np.column_stack([[2.0, 4.0, 6.0, 8.0, 10.0], [1.0, 5.0, 2.0, 9.0, 4.0]])
    x[4, 1] = np.nan
    assert correlations_with_parents(x, above, PARENTS) == pytest.approx([1.0, -1.0, 1.0])
