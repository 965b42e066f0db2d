"""Accounts of a change in score add up, and a cause planted alone is recovered alone."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.change.score_decomposition import (
    CAUSES,
    account,
    account_of_change,
    counts_between,
)
from indicators.errors import InvalidInput
from indicators.scoring.goalposts_and_bands import Elements, pillar_scores

WHOLE = 200
FIXED = {"performance": False, "revision": False, "definitions": 0, "benchmarks": (30.0, 50.0), "weights": (2, 1)}
OLD, REVISED, NEW = np.array([30, 12]), np.array([33, 12]), np.array([39, 20])


def pillar(
    *, performance: bool, revision: bool, definitions: int, benchmarks: tuple[float, ...], weights: tuple[int, ...]
) -> float:
    """A pillar of two shares, from counts to a weighted mean."""
    counts = counts_between(OLD, REVISED, NEW, moved=performance, mended=revision) + definitions
    points = 100 * np.clip(100 * counts / WHOLE / np.array(benchmarks), 0, 1)
    kinds, yes = np.full((2, 1), "score", dtype=object), np.ones((2, 1), dtype=bool)
    found = pillar_scores(Elements(("a", "b"), np.array(weights), points[:, None], kinds, yes, yes))
    return float(found.score[0])


CHANGED = {"performance": True, "revision": True, "definitions": 4, "benchmarks": (28.0, 40.0), "weights": (1, 1)}


def test_the_account_of_a_pillar_adds_up() -> None:
    found = account_of_change(pillar, FIXED, CHANGED)
    assert found.comparable
    assert set(found.parts) == set(CAUSES)
    assert sum(found.parts.values()) == pytest.approx(found.this - found.last, abs=1e-9)
    assert all(abs(part) > 0.01 for part in found.parts.values())


@pytest.mark.parametrize("cause", CAUSES)
def test_a_single_planted_cause_is_recovered_alone(cause: str) -> None:
    found = account_of_change(pillar, FIXED, {**FIXED, cause: CHANGED[cause]})
    assert found.parts.pop(cause) == pytest.approx(found.this - found.last, abs=1e-12)
    assert abs(found.this - found.last) > 0.1
    assert set(found.parts.values()) == {0.0}


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-1e3, 1e3), min_size=32, max_size=32))
def test_any_worths_are_split_exactly(numbers: list[float]) -> None:
    order = {cause: 1 << place for place, cause in enumerate(CAUSES)}

    def worth(changed: frozenset[str]) -> float:
        return numbers[sum(order[cause] for cause in changed)]

    found = account(worth, CAUSES)
    assert math.fsum(found.parts.values()) == pytest.approx(numbers[31] - numbers[0], abs=1e-9)


def test_equal_partners_share_equally() -> None:
    found = account(lambda changed: 12.0 if len(changed) == 3 else 0.0, ("x", "y", "z"))
    assert found.parts == pytest.approx({"x": 4, "y": 4, "z": 4})


def test_one_edition_alone_is_not_comparable() -> None:
    found = account(lambda changed: None if not changed else 50.0, ("x", "y"))
    assert not found.comparable and found.parts == {} and found.this == 50.0
    assert "比較" in found.reason.ja
    between = account(lambda changed: None if changed == {"x"} else 50.0, ("x", "y"))
    assert not between.comparable


def test_counts_between_gives_the_three_tables_themselves() -> None:
    for moved, mended, expected in [(0, 0, OLD), (0, 1, REVISED), (1, 1, NEW), (1, 0, OLD + NEW - REVISED)]:
        assert (counts_between(OLD, REVISED, NEW, moved=bool(moved), mended=bool(mended)) == expected).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: account(lambda _: math.inf, ("x",)), "infinite"),
        (lambda: account(lambda _: 1.0, ("x", "x")), "repeated"),
        (lambda: account(lambda _: 1.0, ()), "empty"),
        (lambda: account_of_change(pillar, FIXED, {"performance": 1}), "missing"),
        (lambda: counts_between([1], [50], [20], moved=True, mended=False), "revised"),
        (lambda: counts_between([1.5], [1], [1], moved=True, mended=True), "whole numbers"),
        (lambda: counts_between([1], [1, 2], [1], moved=True, mended=True), "one size"),
    ],
)
def test_what_gives_no_right_result_is_refused(call: Callable[[], object], words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as refused:
        call()
    assert "ください" in refused.value.message.ja
