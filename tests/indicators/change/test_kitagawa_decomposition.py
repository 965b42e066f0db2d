"""Composition and rate effect: exact sum, planted effects, shrinkage, empty cells, and what is refused."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.change.kitagawa_decomposition import decompose, kitagawa, shrunk_rates
from indicators.errors import InvalidInput

RATES = np.array([[0.05, 0.08], [0.10, 0.16], [0.40, 0.55]])
NATION = np.array([[9000, 4000], [7000, 5000], [2000, 3000]])


def counts(rates: np.ndarray, people: np.ndarray) -> np.ndarray:
    return np.rint(rates * people).astype(int)


@st.composite
def tables(draw: st.DrawFn) -> tuple[np.ndarray, ...]:
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    found = []
    for _ in range(2):
        whole = np.array(draw(st.lists(st.integers(0, 60), min_size=rows * columns, max_size=rows * columns)))
        whole[draw(st.integers(0, rows * columns - 1))] += 1
        part = np.array([draw(st.integers(0, int(n))) for n in whole])
        found += [part.reshape(rows, columns), whole.reshape(rows, columns)]
    return tuple(found)


@settings(max_examples=200, deadline=None)
@given(tables())
def test_mix_and_practice_add_up_exactly(given_tables: tuple[np.ndarray, ...]) -> None:
    part, whole, part0, whole0 = given_tables
    found = decompose(part, whole, part0, whole0)
    assert found.composition + found.rate == pytest.approx(found.own - found.reference, abs=1e-12)
    assert found.own == pytest.approx(part.sum() / whole.sum(), abs=1e-12)
    assert np.isfinite(found.composition_by_group).all() and np.isfinite(found.rate_by_group).all()
    assert ((found.reference_rates >= 0) & (found.reference_rates <= 1)).all()


@settings(max_examples=60, deadline=None)
@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_does_not_matter(given_tables: tuple[np.ndarray, ...], rng: Random) -> None:
    rows, columns = given_tables[0].shape
    order = np.ix_(
        rng.sample(range(rows), rows),
        rng.sample(range(columns), columns),
    )
    plain, turned = decompose(*given_tables), decompose(*(table[order] for table in given_tables))
    assert (plain.composition, plain.rate) == pytest.approx((turned.composition, turned.rate), abs=1e-10)


def test_worked_by_hand() -> None:
    found = decompose([10, 30], [100, 50], [50, 40], [600, 400])  # rates .1, .6 against 1/12, .1
    mix = (2 / 3 - 0.6) * (0.1 + 1 / 12) / 2 + (1 / 3 - 0.4) * (0.6 + 0.1) / 2
    assert found.composition == pytest.approx(mix, abs=1e-15)
    assert found.rate == pytest.approx(40 / 150 - 0.09 - mix, abs=1e-15)
    assert found.expected == pytest.approx(2 / 3 / 12 + 0.1 / 3, abs=1e-15)


def test_the_same_rates_in_another_mix_have_no_practice_effect() -> None:
    own = np.array([[100, 100], [0, 100], [300, 800]])
    found = decompose(counts(RATES, own), own, counts(RATES, NATION), NATION)
    assert found.rate == pytest.approx(0.0, abs=0.003)
    assert found.composition > 0.2
    one_column = decompose([5, 20, 80], [100, 200, 200], [500, 700, 2000], [10_000, 7_000, 5_000])
    assert one_column.rate_by_group == pytest.approx([0, 0, 0], abs=1e-15)


def test_swapped_mixes_in_a_simulation_give_no_practice_effect_on_average() -> None:
    rng = np.random.default_rng(5)
    effects = []
    for _ in range(400):
        own = rng.multinomial(600, rng.dirichlet(np.ones(6))).reshape(3, 2)
        nation = rng.binomial(NATION, RATES)
        found = decompose(rng.binomial(own, RATES), own, nation, NATION)
        effects.append((found.rate, found.composition))
    rate, composition = np.array(effects).T
    assert abs(rate.mean()) < 3 * rate.std() / np.sqrt(len(rate)) + 0.002
    assert composition.std() > 3 * rate.std()  # what is left of rate is the chance of 600 people


def test_the_same_mix_at_other_rates_is_all_practice() -> None:
    found = decompose(counts(RATES, NATION) + 100, NATION, counts(RATES, NATION), NATION)
    assert found.composition == pytest.approx(0.0, abs=1e-15)
    assert found.rate == pytest.approx(600 / 30_000, abs=0.001)


def test_an_empty_own_cell_takes_the_reference_rate_and_practises_nothing() -> None:
    found = decompose([0, 30], [0, 50], [50, 40], [600, 400])
    assert found.rates[0] == found.reference_rates[0]
    assert found.rate_by_group[0] == 0


def test_a_cell_empty_in_the_reference_is_merged_with_its_row() -> None:
    found = decompose([[1, 4], [2, 3]], [[10, 10], [10, 10]], [[5, 0], [10, 20]], [[100, 0], [100, 100]])
    assert found.groups == ((0, None), (1, 0), (1, 1))
    assert found.rates[0] == pytest.approx(5 / 20)
    assert found.reference_rates[0] == pytest.approx(5 / 100)


def test_an_empty_cell_on_both_sides_merges_nothing() -> None:
    found = decompose([[1, 0], [2, 3]], [[10, 0], [10, 10]], [[5, 0], [10, 20]], [[100, 0], [100, 100]])
    assert None not in [column for _, column in found.groups]


def test_small_cells_are_drawn_to_row_and_column_and_large_ones_are_not() -> None:
    rng = np.random.default_rng(2)
    people = np.full((5, 6), 4000)
    people[0, 0] = 4
    part = rng.binomial(people, np.clip(0.2 + rng.normal(0, 0.05, people.shape), 0.02, 0.9))
    part[0, 0] = 4
    found = shrunk_rates(part, people)
    assert found[0, 0] < 0.5
    assert found[1:, 1:] == pytest.approx((part / people)[1:, 1:], abs=0.01)


def test_shrinkage_brings_rates_nearer_to_the_truth() -> None:
    rng = np.random.default_rng(7)
    rows, columns = np.array([0.5, 1.0, 2.0])[:, None], np.array([0.5, 0.8, 1.0, 1.5])[None, :]
    better = 0
    for _ in range(100):
        odds = 0.15 * rows * columns * np.exp(rng.normal(0, 0.15, (3, 4)))
        truth = odds / (1 + odds)
        people = rng.integers(5, 60, truth.shape)
        part = rng.binomial(people, truth)
        part[0, 0] += part.sum() == 0
        errors = [((rates - truth) ** 2).sum() for rates in (shrunk_rates(part, people), part / people)]
        better += errors[0] < errors[1]
    assert better >= 85


def test_the_own_part_of_the_reference_is_shown() -> None:
    found = decompose([1], [10], [10], [100], own_in_reference=[10])
    assert found.own_contribution == pytest.approx(0.1)
    assert decompose([1], [10], [10], [100]).own_contribution is None
    with pytest.raises(InvalidInput, match="same round"):
        decompose([1], [10], [10], [100], own_in_reference=[101])


def test_kitagawa_gives_the_difference() -> None:
    composition, rate = kitagawa(np.array([1.0, 0.0]), np.array([0.2, 0.4]), np.array([0.0, 1.0]), np.array([0.1, 0.3]))
    assert (composition + rate).sum() == pytest.approx(0.2 - 0.3)


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        ([11], [10], "exceeds"),
        ([-1], [10], "whole numbers"),
        ([0.5], [10], "whole numbers"),
        ([float("inf")], [10], "whole numbers"),
        (["many"], [10], "whole numbers"),
        ([0], [0], "zero"),
        ([], [], "empty"),
        ([1, 1], [10], "differ in size"),
        ([1, 1], [10, 10], "differ in size"),
    ],
)
def test_what_gives_no_right_result_is_refused_in_both_languages(part: list, whole: list, words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as refused:
        decompose(part, whole, [10], [100])
    assert refused.value.message.ja.endswith("ください。")
    assert refused.value.message.en.endswith(".")


def test_each_part_has_an_interval_that_narrows_with_people_and_none_below_six() -> None:
    nation = NATION[:, :1]
    reference = counts(RATES[:, :1], nation)
    widths = []
    for people in (30, 3_000):
        whole = np.array([[people], [people], [people]])
        found = decompose(counts(RATES[:, :1], whole), whole, reference, nation)
        for part, (low, high) in ((found.composition, found.composition_interval), (found.rate, found.rate_interval)):
            assert low <= part <= high
        widths.append(found.rate_interval[1] - found.rate_interval[0])
    assert widths[1] < widths[0] / 5
    few = decompose([[1], [1], [0]], [[2], [2], [1]], reference, nation)
    assert few.composition_interval is None and few.rate_interval is None


def test_a_planted_rate_effect_is_told_and_the_composition_is_not() -> None:
    nation = NATION[:, :1]
    reference = counts(RATES[:, :1], nation)
    whole = nation // 40
    found = decompose(counts(RATES[:, :1] + 0.15, whole), whole, reference, nation)
    assert found.rate_interval[0] > 0
    assert found.composition_interval[0] <= 0 <= found.composition_interval[1]
