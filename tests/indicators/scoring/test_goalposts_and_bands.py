"""What holds for scores, bands and pillars whatever the numbers."""

from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from indicators.scoring.goalposts_and_bands import (
    BAND_EDGES,
    Elements,
    Goal,
    band_of_score,
    exact_band,
    pillar_scores,
    printed_band,
    score,
)
from indicators.values.wilson_interval import wilson

finite = st.floats(-1e6, 1e6, allow_nan=False)
exact = st.fractions(-1000, 1000, max_denominator=100)
goals = st.tuples(exact, exact).filter(lambda ends: ends[0] != ends[1]).map(lambda ends: Goal(*ends, "score"))


@given(st.lists(finite, min_size=1), goals)
def test_score_lies_between_0_and_100(values: list[float], goal: Goal) -> None:
    points = score(np.array(values), goal)
    assert ((points >= 0) & (points <= 100)).all()


@given(finite, finite, goals)
def test_better_never_lowers_the_score(one: float, other: float, goal: Goal) -> None:
    worse, better = sorted([one, other], reverse=goal.target < goal.floor)
    low, high = score(np.array([worse, better]), goal)
    assert low <= high


@given(goals)
def test_goalposts_are_0_and_100(goal: Goal) -> None:
    ends = score(np.array([float(goal.floor), float(goal.target), np.nan]), goal)
    assert ends[:2] == pytest.approx([0, 100])
    assert np.isnan(ends[2])


@given(st.lists(finite, min_size=1, max_size=20), finite, goals)
def test_others_joining_never_move_a_score(values: list[float], other: float, goal: Goal) -> None:
    assert (score(np.array([*values, other]), goal)[:-1] == score(np.array(values), goal)).all()


# bands


@given(st.integers(0, 10**9), st.integers(1, 10**9), goals)
def test_band_is_the_number_of_edges_reached(part: int, whole: int, goal: Goal) -> None:
    points = 100 * (100 * Fraction(part, whole) - goal.floor) / (goal.target - goal.floor)
    expected = next((band for band, edge in BAND_EDGES if points >= edge), 1)
    assert exact_band(np.array([part]), np.array([whole]), goal).tolist() == [expected]


@pytest.mark.parametrize(
    ("part", "band"), [(30, 5), (29, 4), (90, 5), (15, 3), (14, 2), (0, 1)], ids=lambda value: str(value)
)
def test_bands_toward_thirty_percent(part: int, band: int) -> None:
    goal = Goal(Fraction(0), Fraction(30), "score")
    assert exact_band(np.array([part]), np.array([100]), goal).tolist() == [band]


@pytest.mark.parametrize(("edge", "band"), [(100, 5), (75, 4), (50, 3), (25, 2)])
def test_an_edge_belongs_to_the_band_above_it(edge: int, band: int) -> None:
    """40 % as target puts the edges at 40, 30, 20 and 10 %: exactly there, and one in a million below."""
    goal, whole = Goal(Fraction(0), Fraction(40), "score"), 1_000_000
    at = edge * 4 * whole // 1000
    assert exact_band(np.array([at, at - 1]), np.array([whole] * 2), goal).tolist() == [band, band - 1]


def test_bands_of_lower_is_better() -> None:
    goal = Goal(Fraction(50), Fraction(10), "score")
    assert exact_band(np.array([10, 20, 30, 40, 50, 60]), np.array([100] * 6), goal).tolist() == [5, 4, 3, 2, 1, 1]


def test_bands_of_a_million_papers_counted_in_thousandths() -> None:
    goal = Goal(Fraction("0.001"), Fraction("60.123456"), "score")
    assert exact_band(np.array([10**9, 0]), np.array([10**9, 10**9]), goal).tolist() == [5, 1]


def test_interval_ends_without_a_score_have_no_band() -> None:
    assert band_of_score(np.array([np.nan, 0.0, 24.9, 25.0, 75.0, 100.0])).tolist() == [0, 1, 1, 2, 4, 5]


def test_one_or_two_bands_are_printed_and_never_more() -> None:
    band = np.array([3, 3, 3, 5, 2])
    lowest, highest = np.array([3, 3, 2, 4, 0]), np.array([3, 4, 4, 5, 0])
    assert printed_band(band, lowest, highest).tolist() == ["3", "3–4", None, "4–5", "2"]


@given(st.integers(1, 5), st.integers(0, 4), st.integers(0, 4))
def test_printed_band_names_the_ends(low: int, more: int, own: int) -> None:
    high = min(5, low + more)
    band = min(high, low + own)
    [printed] = printed_band(np.array([band]), np.array([low]), np.array([high])).tolist()
    assert printed == (str(low) if high == low else f"{low}–{high}" if high == low + 1 else None)


# reference interval


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_interval_holds_the_share_and_stays_a_share(part: int, whole: int) -> None:
    part = min(part, whole)
    low, high = wilson(np.array([part]), np.array([whole]))
    assert 0 <= low[0] <= part / whole <= high[0] <= 1


@pytest.mark.parametrize(("part", "whole"), [(0, 5), (5, 5), (10, 20), (1, 300), (78, 172)])
def test_interval_is_the_one_of_scipy(part: int, whole: int) -> None:
    expected = binomtest(part, whole).proportion_ci(0.95, method="wilson")
    low, high = wilson(np.array([part]), np.array([whole]))
    assert (low[0], high[0]) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_there_is_no_interval_without_trials_or_with_a_part_above_the_whole() -> None:
    low, high = wilson(np.array([0, 3]), np.array([0, 2]))
    assert np.isnan([*low, *high]).all()


# pillars

KINDS = ("score", "direction", "reference", None)
element = st.tuples(
    st.integers(1, 5), st.sampled_from(KINDS), st.none() | st.floats(0, 100), st.booleans(), st.booleans()
)


def one_place(elements: list[tuple[int, str | None, float | None, bool, bool]]) -> Elements:
    """Elements (weight, kind, score, applies, exists) at a single entity."""
    weight, kind, points, applies, exists = zip(*elements, strict=True)
    return Elements(
        ids=[f"i{number}" for number in range(len(elements))],
        weight=np.array(weight),
        score=np.array([[np.nan if value is None else value] for value in points]),
        kind=np.array([[value] for value in kind], dtype=object),
        applies=np.array([[value] for value in applies]),
        exists=np.array([[value] for value in exists]),
    )


@given(st.lists(element, min_size=1, max_size=5))
def test_pillar_agrees_with_doing_it_by_hand(elements: list[tuple[int, str | None, float | None, bool, bool]]) -> None:
    found = pillar_scores(one_place(elements))
    there = [(f"i{n}", *e[:4]) for n, e in enumerate(elements) if e[4]]
    kind = next((k for k in ("score", "direction") if any(e[2] == k for e in there)), None)
    own = [e for e in there if kind is not None and e[2] == kind]
    applicable = [e for e in own if e[4]]
    present = [e for e in applicable if e[3] is not None]
    have, want = sum(e[1] for e in present), sum(e[1] for e in applicable)
    total = sum(e[1] * e[3] for e in present)
    assert found.kind[0] == kind
    assert (found.present[0], found.applicable[0]) == (have, want)
    assert found.dropped[0].split() == [e[0] for e in own if e not in present]
    if want and 3 * have >= 2 * want:
        assert found.score[0] == pytest.approx(total / have)
        assert found.reason[0] is None
        bounds = [total / want, (total + 100 * (want - have)) / want] if have < want else [np.nan, np.nan]
        assert [found.lower[0], found.upper[0]] == pytest.approx(bounds, nan_ok=True)
    else:
        assert np.isnan([found.score[0], found.lower[0], found.upper[0]]).all()
        assert found.reason[0] == ("no_goalpost" if not own else "coverage" if want else "status")


@given(st.lists(element, min_size=1, max_size=5), st.integers(0, 4), st.floats(0, 100))
def test_a_better_element_never_lowers_the_pillar(
    elements: list[tuple[int, str | None, float | None, bool, bool]], which: int, points: float
) -> None:
    which %= len(elements)
    if elements[which][2] is None:
        return
    better = [*elements]
    better[which] = (*elements[which][:2], max(points, elements[which][2]), *elements[which][3:])
    before, after = pillar_scores(one_place(elements)).score[0], pillar_scores(one_place(better)).score[0]
    assert np.isnan(before) == np.isnan(after)
    assert np.isnan(before) or after >= before - 1e-9


@pytest.mark.parametrize(("present", "scored"), [(2, True), (1, False)])
def test_coverage_of_exactly_two_thirds_is_enough(present: int, scored: bool) -> None:
    elements = [(1, "score", 80.0 if number < present else None, True, True) for number in range(3)]
    found = pillar_scores(one_place(elements))
    assert (found.reason[0] is None) == scored


def test_coverage_is_compared_as_whole_numbers() -> None:
    """2/3 of a weight of 3 · 10^15 is not lost to rounding."""
    huge = 10**15
    enough = [(2 * huge, "score", 50.0, True, True), (huge, "score", None, True, True)]
    short = [(2 * huge - 1, "score", 50.0, True, True), (huge + 1, "score", None, True, True)]
    assert pillar_scores(one_place(enough)).reason[0] is None
    assert pillar_scores(one_place(short)).reason[0] == "coverage"


def test_kinds_are_never_mixed() -> None:
    both = [(1, "score", 100.0, True, True), (1, "direction", 0.0, True, True), (1, "reference", 0.0, True, True)]
    found = pillar_scores(one_place(both))
    assert (found.kind[0], found.score[0], found.applicable[0]) == ("score", 100.0, 1)
    found = pillar_scores(one_place(both[1:]))
    assert (found.kind[0], found.score[0]) == ("direction", 0.0)
    found = pillar_scores(one_place(both[2:]))
    assert found.kind[0] is None
    assert found.reason[0] == "no_goalpost"


def test_what_does_not_apply_leaves_both_and_what_is_missing_only_the_numerator() -> None:
    first = (2, "score", 60.0, True, True)
    found = pillar_scores(one_place([first, (1, "score", None, False, True)]))
    assert (found.present[0], found.applicable[0], found.dropped[0]) == (2, 2, "i1")
    assert np.isnan(found.lower[0])
    found = pillar_scores(one_place([first, (1, "score", None, True, True)]))
    assert (found.present[0], found.applicable[0]) == (2, 3)
    assert (found.lower[0], found.upper[0]) == pytest.approx((40.0, 220 / 3))


@given(st.lists(st.lists(element, min_size=2, max_size=2), min_size=2, max_size=6), st.randoms())
def test_order_of_places_never_matters(
    entities: list[list[tuple[int, str | None, float | None, bool, bool]]], random: Random
) -> None:
    """The same entities in another order give the same pillars in that order."""
    weighted = [[(2 - n, *e[1:]) for n, e in enumerate(entity)] for entity in entities]
    order = [*range(len(entities))]
    random.shuffle(order)
    columns = [one_place(entity) for entity in weighted]

    def together(indices: list[int]) -> list[object]:
        arrays = {
            name: np.concatenate([getattr(columns[i], name) for i in indices], axis=1)
            for name in ("score", "kind", "applies", "exists")
        }
        found = pillar_scores(Elements(ids=columns[0].ids, weight=columns[0].weight, **arrays))
        return [(found.kind[i], found.present[i], repr(found.score[i]), found.dropped[i]) for i in range(len(indices))]

    straight = together([*range(len(entities))])
    assert together(order) == [straight[i] for i in order]
