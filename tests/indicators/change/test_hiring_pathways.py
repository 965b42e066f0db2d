"""Paths agree with brute force, keep every limit when recomputed, and say which limit forbids them."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.change.hiring_pathways import NoPlan, Plan, expected_leavers, follow, plan, reached_in, simulate
from indicators.change.staff_situation import LIMITS, Situation
from indicators.errors import InvalidInput

BASE = Situation(
    part=6,
    whole=60,
    target=Fraction(1, 5),
    years=5,
    leaving_part=Fraction(1, 6),
    leaving_rest=Fraction(1, 10),
    share_from_abroad=Fraction(1, 2),
    growth_per_year=2,
)


def every_plan(s: Situation) -> list[tuple[int, int, int]]:
    """(added posts, year reached, hires from abroad) of every plan that keeps the limits and meets the target."""
    top = s.growth_per_year if s.growth_per_year is not None else 6
    found = []
    for added in product(range(top + 1), repeat=s.years):
        for abroad in product(range(s.whole + top * s.years + 1), repeat=s.years):
            try:
                years = follow(s, added, abroad)
            except InvalidInput:
                continue
            reached = reached_in(s, years)
            if reached <= s.years:
                found.append((sum(added), reached, sum(abroad)))
    return found


@st.composite
def small_situations(draw: st.DrawFn) -> Situation:
    whole = draw(st.integers(1, 7))
    return Situation(
        part=draw(st.integers(0, whole)),
        whole=whole,
        target=Fraction(draw(st.integers(0, 10)), 10),
        years=draw(st.integers(1, 2)),
        leaving_part=Fraction(draw(st.integers(0, 6)), 6),
        leaving_rest=Fraction(draw(st.integers(0, 6)), 6),
        share_from_abroad=Fraction(draw(st.integers(0, 4)), 4),
        abroad_per_year=draw(st.one_of(st.none(), st.integers(0, 4))),
        growth_per_year=draw(st.integers(0, 2)),
        growth_in_all=draw(st.one_of(st.none(), st.integers(0, 3))),
    )


@settings(max_examples=120, deadline=None)
@given(small_situations())
def test_brute_force_finds_none_better(situation: Situation) -> None:
    found, all_plans = plan(situation), every_plan(situation)
    if isinstance(found, NoPlan):
        assert all_plans == []
    else:
        assert (found.cost, found.reached, found.from_abroad) == min(all_plans)


@settings(max_examples=25, deadline=None)
@given(small_situations())
def test_growth_without_limit_is_as_cheap_as_brute_force_finds(situation: Situation) -> None:
    free = replace(situation, years=1, growth_per_year=None, growth_in_all=None)
    found = plan(free)
    brute = every_plan(replace(free, growth_per_year=25))
    if isinstance(found, Plan) and found.cost <= 25:
        assert (found.cost, found.reached, found.from_abroad) == min(brute)
    else:
        assert brute == []


@settings(max_examples=40, deadline=None)
@given(small_situations(), st.integers(2, 60))
def test_no_plan_says_how_many_are_lacking_and_what_would_help(situation: Situation, factor: int) -> None:
    found = plan(replace(situation, whole=situation.whole * factor, part=situation.part))
    if isinstance(found, Plan):
        return
    assert found.lacking >= 1
    assert str(found.lacking) in found.text.ja and str(found.lacking) in found.text.en
    if found.binding:
        raised = {"share_from_abroad": Fraction(1)}
        freed = replace(found.situation, **{name: raised.get(name) for name in found.binding})
        assert isinstance(plan(freed), Plan)
        assert all(LIMITS[name].ja in found.text.ja for name in found.binding)


def test_a_plan_by_hand() -> None:
    found = plan(BASE)
    assert isinstance(found, Plan)
    assert found.cost == 0
    years = found.years
    assert [year.whole for year in years] == [60] * 5
    assert years[-1].part >= 12 and years[found.reached - 1].meets
    first = years[0]
    assert (first.left_part, first.opened) == (1, 1 + 5)
    assert first.part == 6 - 1 + first.from_abroad


def test_every_year_keeps_the_limits_when_recomputed() -> None:
    situation = replace(BASE, part=40, whole=900, years=8, abroad_per_year=40, growth_per_year=10, growth_in_all=60)
    found = plan(situation)
    assert isinstance(found, Plan)
    again = follow(situation, [y.added for y in found.years], [y.from_abroad for y in found.years])
    assert again == found.years
    assert max(year.from_abroad for year in again) <= 40
    assert sum(year.added for year in again) == found.cost <= 60
    assert all(year.part * 5 >= year.whole for year in again[found.reached - 1 :])


def test_a_harder_limit_never_makes_a_plan_cheaper() -> None:
    costs = []
    for most in (9, 7, 6, 5):
        found = plan(replace(BASE, abroad_per_year=most, growth_per_year=None, years=4, part=3))
        costs.append(found.cost if isinstance(found, Plan) else 10_000)
    assert costs == sorted(costs)


def test_what_is_met_already_costs_nothing() -> None:
    found = plan(replace(BASE, part=12, leaving_part=Fraction(0)))
    assert isinstance(found, Plan)
    assert (found.cost, found.reached, found.from_abroad) == (0, 0, 0)


@pytest.mark.parametrize(
    ("limits", "binding"),
    [
        ({"share_from_abroad": Fraction(1, 10), "growth_per_year": 0}, ("share_from_abroad",)),
        ({"abroad_per_year": 1, "growth_per_year": 0}, ("abroad_per_year",)),
        ({"abroad_per_year": 1, "share_from_abroad": Fraction(1, 10)}, ("share_from_abroad", "abroad_per_year")),
        (
            {"leaving_part": Fraction(0), "leaving_rest": Fraction(0), "growth_per_year": 1},
            ("growth_per_year",),
        ),
        (
            {"leaving_part": Fraction(0), "leaving_rest": Fraction(0), "growth_per_year": 9, "growth_in_all": 1},
            ("growth_in_all",),
        ),
    ],
)
def test_the_binding_limit_is_named(limits: dict, binding: tuple[str, ...]) -> None:
    found = plan(replace(BASE, **limits))
    assert isinstance(found, NoPlan)
    assert found.binding == binding


def test_where_no_limit_is_to_blame_more_years_are_asked_for() -> None:
    impossible = Situation(2, 20, Fraction(1), 1, Fraction(0), Fraction(1, 10), growth_per_year=None)
    found = plan(impossible)
    assert isinstance(found, NoPlan)
    assert found.binding == () and found.lacking == 16 and "年数を延ばして" in found.text.ja


# simulation


def test_the_simulation_stands_around_the_expected_numbers() -> None:
    found = plan(replace(BASE, part=60, whole=600))
    assert isinstance(found, Plan)
    seen = simulate(found, seed=3, runs=4000)
    expected = [year.part for year in found.years]
    assert seen.part[:, 1] == pytest.approx(expected, abs=6)
    assert (seen.part[:, 0] <= seen.part[:, 1]).all() and (seen.part[:, 1] <= seen.part[:, 2]).all()
    assert ((seen.share_of_runs >= 0) & (seen.share_of_runs <= 1)).all()


def test_without_chance_the_plan_meets_its_target_in_every_run() -> None:
    certain = replace(BASE, leaving_part=Fraction(0), leaving_rest=Fraction(1), years=3)
    found = plan(certain)
    assert isinstance(found, Plan)
    assert simulate(found, seed=1, runs=50).share_of_runs[found.reached - 1 :] == pytest.approx(1.0)


def test_same_seed_same_numbers() -> None:
    found = plan(BASE)
    assert isinstance(found, Plan)
    first, again, other = simulate(found, seed=1), simulate(found, seed=1), simulate(found, seed=2)
    assert (first.share_of_runs == again.share_of_runs).all() and (first.part == again.part).all()
    assert not np.array_equal(first.share_of_runs, other.share_of_runs)


def test_halves_are_rounded_up() -> None:
    assert [expected_leavers(Fraction(1, 2), n) for n in range(5)] == [0, 1, 1, 2, 2]
    assert expected_leavers(Fraction(1, 3), 4) == 1


# what is refused


@pytest.mark.parametrize(
    "fault",
    [
        {"part": 61},
        {"whole": 0, "part": 0},
        {"part": -1},
        {"part": 6.0},
        {"years": 0},
        {"years": 31},
        {"years": True},
        {"target": 0.2},
        {"target": Fraction(6, 5)},
        {"leaving_part": Fraction(-1, 5)},
        {"leaving_rest": Fraction(1, 1001)},
        {"share_from_abroad": Fraction(3, 2)},
        {"abroad_per_year": -1},
        {"growth_per_year": 1.5},
        {"growth_in_all": float("inf")},
    ],
)
def test_situations_that_make_no_sense_are_refused(fault: dict) -> None:
    with pytest.raises(InvalidInput) as refused:
        replace(BASE, **fault)
    assert refused.value.message.ja.endswith("指定してください。")


@pytest.mark.parametrize(
    ("added", "abroad", "words"),
    [
        ([3], [0], "most posts added in a year"),
        ([0], [4], "highest share"),
        ([-1], [0], "from 0"),
    ],
)
def test_a_plan_that_breaks_a_limit_is_refused(added: list[int], abroad: list[int], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        follow(replace(BASE, years=1), added, abroad)


def test_no_runs_are_refused() -> None:
    found = plan(BASE)
    assert isinstance(found, Plan)
    with pytest.raises(InvalidInput, match="one run"):
        simulate(found, seed=1, runs=0)
