"""Gaps in people are exact: compared with counting one by one, over all sizes up to 200 and lines of whole percent."""

from fractions import Fraction

import numpy as np
import pytest

from indicators.scoring.benchmark import (
    addition,
    dilution,
    gap_in_people,
    is_fragile,
    times,
    verdict,
)
from tests.support.each_case import for_each

LARGEST = 200
# every part of every whole, as two columns
WHOLES = np.repeat(np.arange(LARGEST + 1), np.arange(1, LARGEST + 2))
PARTS = np.concatenate([np.arange(n + 1) for n in range(LARGEST + 1)])
LINES = [Fraction(percent, 100) for percent in range(101)]


def reaches(part: np.ndarray, whole: np.ndarray, line: Fraction, lower: bool) -> np.ndarray:
    """part/whole ≥ line (≤ where lower is better), in integers."""
    left, right = part * line.denominator, whole * line.numerator
    return left <= right if lower else left >= right


@for_each("line", LINES)
@for_each("lower", [False, True])
def test_replacing_as_many_as_said_reaches_the_line_and_one_fewer_does_not(line: Fraction, lower: bool) -> None:
    people, _ = gap_in_people(PARTS, WHOLES, line, lower_is_better=lower)
    step = -1 if lower else 1
    assert (people >= 0).all()
    assert reaches(PARTS + step * people, WHOLES, line, lower).all()
    some = people > 0
    assert not reaches(PARTS + step * (people - 1), WHOLES, line, lower)[some].any()
    after = PARTS + step * people
    assert ((after >= 0) & (after <= WHOLES)).all()


@for_each("line", LINES)
@for_each("lower", [False, True])
def test_adding_as_many_as_said_reaches_the_line_and_one_fewer_does_not(line: Fraction, lower: bool) -> None:
    _, people = gap_in_people(PARTS, WHOLES, line, lower_is_better=lower)
    if (line == 0) if lower else (line == 1):
        assert people is None
        return
    assert people is not None
    assert (people >= 0).all()
    into = 0 if lower else 1  # newcomers count in the part, or only in the whole
    assert reaches(PARTS + into * people, WHOLES + people, line, lower).all()
    some = people > 0
    fewer = people - 1
    assert not reaches(PARTS + into * fewer, WHOLES + fewer, line, lower)[some].any()


@for_each("line", LINES)
@for_each("lower", [False, True])
def test_verdict_turns_exactly_where_the_margin_says(line: Fraction, lower: bool) -> None:
    found = verdict(PARTS, WHOLES, line, lower_is_better=lower)
    assert (found.met == reaches(PARTS, WHOLES, line, lower)).all()
    worse = 1 if lower else -1
    at_the_edge = PARTS + worse * found.margin
    assert reaches(at_the_edge, WHOLES, line, lower).all()
    assert not reaches(at_the_edge + worse, WHOLES, line, lower).any()


def test_requirement_of_thirty_percent_by_hand() -> None:
    part, whole = np.array([30, 29, 0, 70, 3]), np.array([100, 100, 100, 100, 11])
    replace, add = gap_in_people(part, whole, Fraction(30, 100), lower_is_better=False)
    assert replace.tolist() == [0, 1, 30, 0, 1]
    assert add is not None
    assert add.tolist() == [0, 2, 43, 0, 1]


@for_each("line", [Fraction(-1, 100), Fraction(101, 100)])
def test_a_share_outside_0_to_1_is_refused(line: Fraction) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        gap_in_people(PARTS, WHOLES, line, lower_is_better=False)


def test_a_line_with_many_digits_does_not_overflow() -> None:
    line = Fraction("0.333333333333333333")
    part, whole = np.array([0, 333_333_333]), np.array([1_000_000_000, 1_000_000_000])
    replace, add = gap_in_people(part, whole, line, lower_is_better=False)
    assert replace.tolist() == [333_333_334, 1]
    assert add is not None
    assert add.tolist() == [-(-(line * 1_000_000_000) // (1 - line)), 1]
    assert replace.dtype == np.int64
    assert verdict(part, whole, line, lower_is_better=False).margin.tolist() == [-333_333_334, -1]


def test_dilution_and_addition_of_a_million_papers_at_a_thousand() -> None:
    part, whole = np.array([10**9]), np.array([10**9])
    assert dilution(part, whole, Fraction(3, 10)) is not None
    assert dilution(part, whole, Fraction(3, 10))[0] == -(-(10**10) // 3) - 10**9
    assert addition(np.array([0]), whole, Fraction(99, 100))[0] == 99 * 10**9


def test_products_stay_whole_numbers_of_any_size() -> None:
    assert times(np.array([10**9]), 10**12)[0] == 10**21
    assert times(np.array([], dtype=np.int64), 10**30).tolist() == []
    assert times(np.array([7]), 3).dtype == np.int64


def test_fragile_is_met_by_no_more_than_last_years_hires_and_at_least_two() -> None:
    margin = np.array([0, 2, 3, 5, 6, -1])
    met = margin >= 0
    assert is_fragile(margin, met, np.zeros(6, dtype=np.int64)).tolist() == [True, True, False, False, False, False]
    assert is_fragile(margin, met, np.full(6, 5)).tolist() == [True, True, True, True, False, False]
