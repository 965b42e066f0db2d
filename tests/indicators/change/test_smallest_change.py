"""The nearest change agrees with brute force, and every one of them is true when recomputed."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.change.smallest_change import (
    WAYS,
    Judge,
    nearest_change_of_counts,
    verdict_at,
)
from indicators.errors import InvalidInput
from indicators.scoring.benchmark import addition, replacement
from indicators.scoring.goalposts_and_bands import Goal, exact_band
from indicators.values.sums import BAND_DENOMINATOR

LINES = st.integers(0, 20).map(lambda n: Fraction(n, 20))
COUNTS = st.integers(1, 14).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
GOAL = Goal(Fraction(0), Fraction(30), "score")


def band_at(goal: Goal) -> Judge:
    """A judge by the bands of a goal in percent, without one where people are too few."""

    def judge(part: int, whole: int) -> str:
        return str(exact_band(np.array([part]), np.array([whole]), goal)[0]) if whole >= BAND_DENOMINATOR else ""

    return judge


def posts_touched(part: int, rest: int) -> int:
    """A person replaced counts once: one leaves the rest and one joins the part."""
    return max(abs(part), abs(rest), abs(part + rest))


def cheapest_by_brute_force(part: int, whole: int, judge: Judge, reach: int) -> int | None:
    outcome = judge(part, whole)
    costs = [
        posts_touched(p - part, (n - p) - (whole - part))
        for n in range(1, whole + reach + 1)
        for p in range(n + 1)
        if judge(p, n) not in (outcome, "")
    ]
    return min(costs, default=None)


@settings(max_examples=60, deadline=None)
@given(COUNTS, LINES, st.booleans())
def test_no_change_of_counts_is_smaller(counts: tuple[int, int], line: Fraction, lower: bool) -> None:
    judge = verdict_at(line, lower_is_better=lower)
    found = nearest_change_of_counts(*counts, judge)
    brute = cheapest_by_brute_force(*counts, judge, reach=8)
    assert (found.best.people if found.best else None) == brute


@pytest.mark.parametrize("line", [Fraction(n, 20) for n in (0, 1, 6, 10, 19, 20)])
def test_whoever_is_replaced_turns_a_verdict_with_fewest(line: Fraction) -> None:
    every = [(p, n) for n in range(1, 21) for p in range(n + 1)]
    met = {(p, n): p >= line * n for p, n in every}
    for part, whole in ((p, n) for p, n in every if n <= 12):
        others = [(p, n) for p, n in every if met[p, n] != met[part, whole]]
        fewest = min((posts_touched(p - part, n - p - whole + part) for p, n in others), default=None)
        best = nearest_change_of_counts(part, whole, verdict_at(line)).best
        assert (best.people if best else None) == fewest
        assert best is None or best.way == ("replace_out" if met[part, whole] else "replace_in")
        assert best is None or met[best.part, best.whole] is not met[part, whole]


@settings(max_examples=25, deadline=None)
@given(st.integers(20, 30).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_no_change_of_band_is_smaller(counts: tuple[int, int]) -> None:
    found = nearest_change_of_counts(*counts, band_at(GOAL))
    assert found.best is not None
    assert found.best.people == cheapest_by_brute_force(*counts, band_at(GOAL), reach=3)


@settings(max_examples=100, deadline=None)
@given(st.integers(20, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_each_change_is_true_when_recomputed_and_one_person_less_is_not_enough(counts: tuple[int, int]) -> None:
    part, whole = counts
    judge = band_at(GOAL)
    for change in nearest_change_of_counts(part, whole, judge).by_way:
        up_part, up_whole = WAYS[change.way]
        assert (change.part, change.whole) == (part + up_part * change.people, whole + up_whole * change.people)
        assert judge(change.part, change.whole) == change.after != change.before == judge(part, whole)
        assert judge(change.part - up_part, change.whole - up_whole) == change.before


def test_ways_up_agree_with_the_gap_in_people() -> None:
    line = Fraction(3, 10)
    found = {c.way: c.people for c in nearest_change_of_counts(7, 61, verdict_at(line)).by_way}
    assert found["replace_in"] == replacement(np.array([7]), np.array([61]), line)[0] == 12
    assert found["part_joins"] == addition(np.array([7]), np.array([61]), line)[0]
    assert set(found) == {"replace_in", "part_joins", "rest_leaves"}


def test_what_nothing_can_change_has_no_nearest_change() -> None:
    found = nearest_change_of_counts(3, 9, verdict_at(Fraction(0)))
    assert found.best is None and found.by_way == () and found.outcome == "met"


def test_leaving_never_takes_a_band_away_for_want_of_people() -> None:
    assert all(change.after for change in nearest_change_of_counts(3, 20, band_at(GOAL)).by_way)


@pytest.mark.parametrize("counts", [(-1, 5), (6, 5), (0, 0), (1.0, 5), (True, 5), ("1", 5)])
def test_counts_that_are_none_are_refused(counts: tuple) -> None:
    with pytest.raises(InvalidInput, match="check the counts"):
        nearest_change_of_counts(*counts, verdict_at(Fraction(1, 2)))


def test_too_few_people_for_a_band_are_told_so() -> None:
    with pytest.raises(InvalidInput, match="from 20 people") as refused:
        nearest_change_of_counts(3, 19, band_at(GOAL))
    assert "20人以上" in refused.value.message.ja
