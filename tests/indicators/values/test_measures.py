"""Sums over clean tables: the same in every library, with the right status, and exact at any size."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.catalogue.measure_kinds import Difference
from indicators.values.measures import Ratio, difference, ratio
from indicators.values.sums import Sums, sums_by_entity
from indicators.values.tables import NO_SOURCE, STATUS_RANK, STATUSES


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-(2**40), 2**40), st.sampled_from([0, 0, 1, 2, 5, 6]))))
def test_sums_by_place_are_those_of_the_groups(rows: list[tuple[int, int, int]]) -> None:
    entity, numbers, rank = (np.array([row[part] for row in rows], dtype=np.int64) for part in range(3))
    found = sums_by_entity(entity, numbers, rank, np.bincount(entity, minlength=5) > 0)
    groups = pd.DataFrame({"entity": entity, "x": numbers, "rank": rank}).groupby("entity")
    expected = groups.agg(total=("x", "sum"), worst=("rank", "max"), best=("rank", "min")).reindex(range(5))
    assert found.seen.tolist() == expected["total"].notna().tolist()
    assert found.total.tolist() == expected["total"].fillna(0).tolist()
    assert found.worst.tolist() == expected["worst"].fillna(NO_SOURCE).tolist()
    assert found.best.tolist() == expected["best"].fillna(NO_SOURCE).tolist()


def sums(total: int, *codes: str) -> Sums:
    """The sum of answers with these codes at one entity."""
    ranks = [STATUS_RANK[code] for code in codes]
    return Sums(np.array([total]), np.array([max(ranks)]), np.array([min(ranks)]), np.array([True]))


@pytest.mark.parametrize(
    ("codes", "status"),
    [
        (["ok", "ok"], "ok"),
        (["a", "a"], "a"),
        (["ok", "a"], "ok"),
        (["ok", "m"], "m"),
        (["a", "m"], "m"),
        (["ok", "nc"], "nc"),
        (["ok", "x"], "x"),
        (["ok", "c"], "c"),
        (["c", "x", "nc", "m"], "m"),
        (["ok", "no_source", "m"], "no_source"),
    ],
    ids=str,
)
def test_status_of_a_sum(codes: list[str], status: str) -> None:
    assert STATUSES[sums(0, *codes).rank].tolist() == [status]


def test_status_of_a_ratio_is_the_worse_of_its_sums() -> None:
    whole = sums(10, "ok")
    assert STATUSES[ratio(sums(1, "m"), whole).code].tolist() == ["m"]
    assert STATUSES[ratio(sums(1, "c"), sums(10, "nc")).code].tolist() == ["nc"]
    assert STATUSES[ratio(sums(0, "a"), whole).code].tolist() == ["a"]
    assert STATUSES[ratio(sums(0, "ok"), sums(0, "ok")).code].tolist() == ["zero_denominator"]
    assert STATUSES[ratio(sums(0, "m"), sums(0, "ok")).code].tolist() == ["m"]


def test_only_a_complete_whole_lets_the_known_part_be_a_lower_bound() -> None:
    assert ratio(sums(1, "m"), sums(10, "ok")).is_whole_known.tolist() == [True]
    assert ratio(sums(1, "ok"), sums(10, "m")).is_whole_known.tolist() == [False]


def test_papers_in_thousandths_over_people_come_out_at_one_scale() -> None:
    found = ratio(sums(2500, "ok"), sums(5, "ok"), (1000, 1))
    assert (found.numerator[0], found.denominator[0], found.scale) == (2500, 5000, 1000)


counts = st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)).map(sorted)


def two_places(whole: list[int], centre: list[int], ranks: tuple[int, int] = (0, 0)) -> Ratio:
    """(part, whole) of one institution and of its centre."""
    return Ratio(
        np.array([whole[0], centre[0]]), np.array([whole[1], centre[1]]), np.array(ranks), np.array([True, True])
    )


@given(counts, counts)
def test_difference_to_the_institution_is_exact_up_to_a_million_papers_in_thousandths(
    whole: list[int], centre: list[int]
) -> None:
    spec = Difference(of="x", first="centre", second="institution")
    found = difference(spec, two_places(whole, centre), 1)
    if whole[1] and centre[1]:
        expected = Fraction(centre[0], centre[1]) - Fraction(whole[0], whole[1])
        assert (found.numerator[0], found.denominator[0]) == (expected.numerator, expected.denominator)
    else:
        assert STATUSES[found.code[0]] == "zero_denominator"


def test_difference_to_the_rest_takes_the_centre_out() -> None:
    spec = Difference(of="x", first="centre", second="rest")
    found = difference(spec, two_places([14, 100], [10, 20]), 1)
    assert Fraction(int(found.numerator[0]), int(found.denominator[0])) == Fraction(10, 20) - Fraction(4, 80)
    assert STATUSES[difference(spec, two_places([10, 20], [10, 20]), 1).code[0]] == "zero_denominator"


def test_difference_has_the_worse_status_of_the_two() -> None:
    spec = Difference(of="x", first="centre", second="rest")
    for ranks in [(STATUS_RANK["m"], STATUS_RANK["a"]), (STATUS_RANK["a"], STATUS_RANK["m"])]:
        assert STATUSES[difference(spec, two_places([1, 2], [1, 2], ranks), 1).code[0]] == "m"
    assert difference(spec, two_places([1, 2], [1, 2], (0, NO_SOURCE)), 1).rank.tolist() == [NO_SOURCE, NO_SOURCE]
