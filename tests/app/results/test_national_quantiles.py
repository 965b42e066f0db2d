"""Medians over all values that no hidden value can be told from."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from app.access import LOCAL
from app.edition import catalogue
from app.results.cell_suppression import suppress_small_counts
from app.results.institution_results import links
from app.results.national_quantiles import QUARTILES, quantile_ranges

SHARE = catalogue().indicators["foreign_researcher_share"]
COUNTS = st.tuples(st.integers(0, 60), st.integers(100, 400))


def nation(counts: list[tuple[int, int]]) -> pd.DataFrame:
    rows = pd.DataFrame(counts, columns=["numerator", "denominator"])
    rows["institution"] = [f"I{at:02}" for at in range(len(rows))]
    rows["value"] = 100 * rows["numerator"] / rows["denominator"]
    keys = {"year": 2026, "level": "institution", "unit": "00", "indicator": SHARE.id, "counting": "-"}
    return rows.assign(**keys, definition=SHARE.definition_key, status="ok")


@given(st.lists(COUNTS, min_size=5, max_size=25))
def test_the_quantiles_of_all_values_lie_in_what_is_told(counts: list[tuple[int, int]]) -> None:
    rows = nation(counts)
    found = quantile_ranges(suppress_small_counts(rows, LOCAL, None, links()), SHARE)
    assert found is not None and found.count == len(rows)
    for true, told in zip(np.quantile(rows["value"], QUARTILES), found.ranges, strict=True):
        assert told.low - 1e-9 <= true <= told.high + 1e-9


@given(st.lists(COUNTS, min_size=4, max_size=12), st.integers(1, 4), st.integers(1, 4), st.integers(100, 400))
def test_what_is_told_does_not_depend_on_a_hidden_count(
    counts: list[tuple[int, int]], one: int, other: int, whole: int
) -> None:
    told = [
        quantile_ranges(suppress_small_counts(nation([*counts, (few, whole)]), LOCAL, None, links()), SHARE)
        for few in (one, other)
    ]
    assert told[0] == told[1]


def test_fewer_than_five_institutions_give_none() -> None:
    rows = nation([(30, 200)] * 4)
    assert quantile_ranges(suppress_small_counts(rows, LOCAL, None, links()), SHARE) is None
