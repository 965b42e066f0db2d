"""Peers: planted twins, scales, gaps, isolation, ties, stability, quartiles, and context from a real workbook."""

from collections.abc import Callable
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.comparison.context_variables import context_by_year, context_variables
from indicators.comparison.distance import Space
from indicators.comparison.peer_quartiles import position_among
from indicators.comparison.peers import BINARY, CATEGORIES, NEAREST, find_peers, group_of
from indicators.errors import InvalidInput


def nation(count: int = 60, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "log_staff": rng.normal(6, 1, count),
            "log_students": rng.normal(8, 1, count),
            "stem_share": rng.uniform(0, 1, count),
            "age": rng.integers(10, 150, count),
            "has_hospital": rng.integers(0, 2, count),
            "founder": rng.choice(["national", "public", "private"], count),
        },
        index=[f"U{i:03}" for i in range(count)],
    )


def with_twin(frame: pd.DataFrame, of: str, code: str) -> pd.DataFrame:
    return pd.concat([frame, frame.loc[[of]].set_axis([code])])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 59), st.integers(0, 10_000), st.floats(0, 0.1))
def test_a_planted_twin_is_always_first(position: int, seed: int, gaps: float) -> None:
    frame = nation(seed=seed)
    holes = np.random.default_rng(seed).random(frame.shape) < gaps
    holes[position] = False
    found = find_peers(with_twin(frame.mask(holes), f"U{position:03}", "ZZZ"), runs=0)
    first = found.of(f"U{position:03}").peers[0]
    assert (first.code, first.distance, first.separating) == ("ZZZ", 0.0, ())


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_order_of_rows_and_columns_does_not_matter(rng: Random) -> None:
    frame = nation(30)
    rows, columns = list(frame.index), list(frame.columns)
    rng.shuffle(rows)
    rng.shuffle(columns)
    pd.testing.assert_frame_equal(find_peers(frame, runs=30).table, find_peers(frame.loc[rows, columns], runs=30).table)


def test_distances_by_hand() -> None:
    frame = pd.DataFrame(
        {"x": [0.0, 1.0, 2.0, 3.0, 4.0], "has_hospital": [0, 0, 1, 0, 0], "founder": ["n", "n", "p", "n", "n"]},
        index=list("abcde"),
    )
    scale = 1 / 0.6744897501960817  # MAD of 0..4 is 1, in standard deviations of a normal distribution
    group = group_of(frame, "a", ["c", "b"])
    assert [peer.code for peer in group.peers] == ["b", "c"]
    assert group.peers[0].distance == pytest.approx(np.sqrt((1 / scale) ** 2 / 2), rel=1e-12)
    assert group.peers[1].distance == pytest.approx(np.sqrt(((2 / scale) ** 2 + 0.5 + 0.5) / 2), rel=1e-12)
    assert group.peers[1].separating == ("x", "founder")


def test_only_variables_both_have_count_and_too_few_shared_make_no_pair() -> None:
    frame = nation(40)[["log_staff", "log_students", "stem_share"]]
    frame.loc["U000", "stem_share"] = np.nan
    frame.loc["U001", ["stem_share", "log_students"]] = np.nan
    found = find_peers(frame, runs=0, cut_off=99.0)
    assert len(found.of("U000").peers) == NEAREST
    assert found.of("U001").peers == ()
    assert "U001" not in set(found.table["peer"])
    group = group_of(frame, "U000", ["U001", "U002"])
    assert group.peers[0].code == "U002" and np.isnan(group.peers[1].distance)


def test_a_variable_with_mad_zero_uses_the_next_scale() -> None:
    frame = nation(40)[["log_staff", "age"]].astype(float)
    frame["mostly"] = [0.0] * 25 + list(np.linspace(1, 4, 15))  # MAD 0, interquartile range not
    frame["rarely"] = [0.0] * 38 + [5.0, 9.0]  # both 0
    found = find_peers(frame, runs=5)
    assert np.isfinite(found.table["distance"]).all()
    assert found.left_out == ()
    far = group_of(frame, "U000", ["U039"]).peers[0]
    assert far.separating[0] == "rarely"


def test_a_constant_variable_is_left_out_and_said_so() -> None:
    frame = nation(30)
    found, plain = find_peers(frame.assign(zone=1.0), runs=20), find_peers(frame, runs=20)
    assert found.left_out == ("zone",)
    pd.testing.assert_frame_equal(found.table, plain.table)


def test_an_isolated_institution_gets_fewer_and_is_told_so() -> None:
    frame = nation(60)
    frame.loc["U059", ["log_staff", "log_students", "age"]] = [14.0, 15.0, 900]
    found = find_peers(frame, runs=10)
    lonely = found.of("U059")
    assert lonely.peers == ()
    assert "見つかりませんでした" in lonely.note.ja and lonely.note.en.startswith("No close peers")
    counts = found.table.groupby("institution").size()
    some = counts[(counts > 1) & (counts < NEAREST)].index[0]
    assert found.of(some).note.en.startswith(f"Only {counts[some]} close peers")
    full = counts[counts == NEAREST].index[0]
    assert found.of(full).note is None


def test_the_cut_off_is_the_ninetieth_percentile_or_the_one_given() -> None:
    frame = nation(60)
    everything = find_peers(frame, runs=0, cut_off=1e9)
    assert len(everything.table) == 60 * NEAREST
    found = find_peers(frame, runs=0)
    assert found.cut_off == pytest.approx(np.quantile(everything.table["distance"], 0.9))
    assert (found.table["distance"] <= found.cut_off).all()
    assert len(found.table) == int((everything.table["distance"] <= found.cut_off).sum())


def test_the_nearest_agree_with_a_plain_loop() -> None:
    frame = nation(25, seed=4)
    found = find_peers(frame, runs=0, cut_off=1e9, nearest=5)
    for code in frame.index:
        group = group_of(frame, code, list(frame.index))
        assert [p.code for p in group.peers[:5]] == [p.code for p in found.of(code).peers]
        assert [p.separating for p in group.peers[:5]] == [p.separating for p in found.of(code).peers]


def plain_squares(space: Space) -> np.ndarray:
    """Squared distances of all to all, variable by variable over whole tables; infinite where there is none."""
    total, held = np.zeros((2, len(space.codes), len(space.codes)))
    count = np.zeros(total.shape, dtype=int)
    for column, weight, is_category in zip(space.coordinates, space.weights, space.is_category, strict=True):
        squared = (column[:, None] - column[None, :]) ** 2
        shared = ~np.isnan(squared)
        total += np.where(shared, weight * (np.minimum(np.ceil(squared), 1) if is_category else squared), 0)
        held += weight * shared
        count += shared
    np.fill_diagonal(count, 0)
    return np.divide(total, held, out=np.full(total.shape, np.inf), where=3 * count >= 2 * len(space.names))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 0.3), st.integers(0, 3), st.sampled_from([1.0, 1e9, 1e170]))
def test_the_nearest_are_those_of_the_exact_distances(seed: int, gaps: float, digits: int, far: float) -> None:
    frame = nation(40, seed).astype({"age": float}).round(digits)
    frame = frame.mask(np.random.default_rng(seed).random(frame.shape) < gaps)
    frame.loc["U003", "age"] = far
    with np.errstate(over="ignore", invalid="ignore"):
        found = find_peers(frame, runs=0, cut_off=1e100, nearest=6).table
        squares = plain_squares(Space.of(frame, BINARY, CATEGORIES))
    order = np.argsort(squares, axis=1, kind="stable")[:, :6]
    row, rank = np.nonzero(np.take_along_axis(squares, order, axis=1) <= 1e200)
    assert found["institution"].tolist() == frame.index[row].tolist()
    assert found["peer"].tolist() == frame.index[order[row, rank]].tolist()
    assert found["distance"].tolist() == np.sqrt(squares[row, order[row, rank]]).tolist()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 0.3))
def test_rough_distances_are_off_by_no_more_than_they_say(seed: int, gaps: float) -> None:
    frame = nation(30, seed)
    space = Space.of(frame.mask(np.random.default_rng(seed).random(frame.shape) < gaps), BINARY, CATEGORIES)
    rows = slice(10, 25)
    exact, (rough, error) = plain_squares(space)[rows], space.roughly(rows)
    is_near = np.isfinite(exact)
    assert (np.isfinite(rough) == is_near).all() and (error < 1e-3).all()
    assert (np.abs(np.where(is_near, rough - exact, 0.0)) <= error[:, None]).all()
    own, other = np.nonzero(is_near)
    assert (space.pairs(own + rows.start, other) == exact[own, other]).all()


def test_ties_go_by_code() -> None:
    frame = pd.DataFrame({"x": [0.0, 1, 1, 1, 5], "y": [0.0, 2, 2, 2, 9]}, index=["m", "c", "b", "a", "z"])
    found = find_peers(frame, nearest=2, runs=40, cut_off=9.0)
    assert [peer.code for peer in found.of("m").peers] == ["a", "b"]
    assert [peer.stays for peer in found.of("m").peers] == [1.0, 1.0]


def test_stability_of_a_twin_is_one_and_of_a_chance_neighbour_less() -> None:
    found = find_peers(with_twin(nation(80), "U007", "ZZZ"), runs=200, seed=3)
    peers = found.of("U007").peers
    assert peers[0].stays == 1.0
    assert 0 < min(peer.stays for peer in peers) < 1
    nearest, furthest = (found.table[found.table["rank"] == rank]["stays"].mean() for rank in (1, NEAREST))
    assert nearest > furthest + 0.2


def test_same_seed_same_stability_whatever_else_is_in_the_block() -> None:
    frame = nation(300)
    first, again = find_peers(frame, runs=40, seed=5), find_peers(frame, runs=40, seed=5)
    pd.testing.assert_frame_equal(first.table, again.table)
    assert not first.table["stays"].equals(find_peers(frame, runs=40, seed=6).table["stays"])


def test_a_category_counts_as_same_or_not_and_its_codes_have_no_distance() -> None:
    frame = nation(40)
    renamed = frame.assign(founder=frame["founder"].map({"national": "z", "public": "a", "private": "m"}))
    pd.testing.assert_frame_equal(find_peers(frame, runs=10).table, find_peers(renamed, runs=10).table)


def test_results_are_never_needed_and_a_single_institution_has_no_peers() -> None:
    found = find_peers(nation(1))
    assert found.of("U000").peers == () and found.of("U000").note is not None
    with pytest.raises(InvalidInput, match="not in the table"):
        found.of("U001")


def test_an_institution_without_values_has_no_peers_and_is_nobodys() -> None:
    frame = nation(30)
    frame.loc["U003"] = None
    found = find_peers(frame, runs=10)
    assert found.of("U003").peers == () and "U003" not in set(found.table["peer"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: pd.concat([f, f.iloc[:1]]), "U000"),
        (lambda f: f.assign(age=[np.inf, *f["age"][1:]]), "age"),
        (lambda f: f.assign(age=["old", *f["age"][1:]]), "age"),
        (lambda f: f.assign(has_hospital=2), "0 or 1"),
        (lambda f: f[["age"]], "two or more"),
        (lambda f: f.assign(**dict.fromkeys(f.columns, 1)), "two or more"),
    ],
)
def test_frames_that_give_no_right_result_are_refused(
    change: Callable[[pd.DataFrame], pd.DataFrame], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words) as refused:
        find_peers(change(nation(20)))
    assert refused.value.message.ja.endswith("ください。")


@pytest.mark.parametrize("settings_", [{"nearest": 0}, {"runs": -1}, {"cut_off": -0.1}, {"cut_off": np.nan}])
def test_settings_out_of_range_are_refused(settings_: dict) -> None:
    with pytest.raises(InvalidInput, match="at least one peer"):
        find_peers(nation(20), **settings_)


def test_own_groups_know_their_members() -> None:
    with pytest.raises(InvalidInput, match="XX"):
        group_of(nation(20), "U000", ["XX"])
    group = group_of(nation(20), "U000", ["U001", "U001", "U000"])
    assert [peer.code for peer in group.peers] == ["U001"] and group.peers[0].stays is None


def test_a_nearly_constant_variable_does_not_decide_alone() -> None:
    frame = nation(60).assign(constant=[0.5 + 0.001 * (position % 7) for position in range(59)] + [40.0])
    space = Space.of(frame, BINARY, CATEGORIES)
    column = space.coordinates[space.names.index("constant")]
    assert np.ptp(column) <= 8


def test_size_counts_once_though_staff_and_students_both_tell_it() -> None:
    space = Space.of(nation(30), BINARY, CATEGORIES)
    weight = dict(zip(space.names, space.weights.tolist(), strict=True))
    assert weight["log_staff"] == weight["log_students"] == 0.5 and weight["age"] == 1
    alone = Space.of(nation(30).drop(columns="log_students"), BINARY, CATEGORIES)
    assert dict(zip(alone.names, alone.weights.tolist(), strict=True))["log_staff"] == 1


def test_the_cut_off_cuts() -> None:
    frame = nation(60)
    frame.loc["U000", ["log_staff", "log_students", "stem_share", "age"]] = [14, 16, 5, 900]
    found = find_peers(frame, runs=0)
    assert found.of("U000").peers == () and found.of("U000").note is not None
    assert found.table["distance"].max() <= found.cut_off < 5


# where one stands


def test_the_place_counts_the_chance_of_the_peers_and_needs_five_with_an_interval() -> None:
    peers = [1.0, 2, 3, 4, 5]
    exact = [(value, value) for value in peers]
    assert position_among(4, (3.5, 5), peers, exact).placed == "above"
    assert position_among(2, (1, 2.5), peers, exact).placed == "below"
    wide = [(value - 3, value + 3) for value in peers]
    assert position_among(4, (3.5, 5), peers, wide).placed == "indistinguishable"
    few = position_among(4, (3.5, 5), peers, [*exact[:4], (np.nan, np.nan)])
    assert (few.placed, few.compared) == (None, 4)
    assert position_among(4, (np.nan, np.nan), peers, exact).placed is None  # a value without an interval of its own


def test_a_median_known_only_as_a_range_is_told_apart_from_both_of_its_ends() -> None:
    peers = [1.0, 2, 3, 4, 5]
    exact = [(value, value) for value in peers]
    assert position_among(4, (3.5, 5), peers, exact, (2.0, 3.4)).placed == "above"
    assert position_among(4, (3.5, 5), peers, exact, (2.0, 3.6)).placed == "indistinguishable"


def test_peers_that_cannot_be_told_apart_are_counted() -> None:
    limits = [(2, 6), (6, 10), (8, 12), (9, 13), (18, 22)]
    found = position_among(12.0, (9, 15), [4, 8, 10, 11, 20], limits)
    assert (found.placed, found.indistinguishable, found.compared) == ("indistinguishable", 2, 5)


# context


def profile(**columns: list) -> dict[str, pd.DataFrame]:
    base = {
        "submission": ["s1", "s2"],
        "staff": pd.array([99, None], dtype="Int64"),
        "staff__code": ["", "c"],
        "students_undergraduate": pd.array([600, 0], dtype="Int64"),
        "students_undergraduate__code": ["", ""],
        "students_master": pd.array([300, None], dtype="Int64"),
        "students_master__code": ["", "a"],
        "students_doctoral": pd.array([100, None], dtype="Int64"),
        "has_doctoral": ["yes", "no"],
        "students_stem": pd.array([500, 10], dtype="Int64"),
        "has_hospital": ["yes", "no"],
        "founded": pd.array([1949, None], dtype="Int64"),
    }
    return {"profile": pd.DataFrame({**base, **columns})}


ROUNDS = pd.DataFrame(
    {"submission": ["s1", "s2"], "institution": ["F1", "F2"], "year": 2026, "founder": ["national", "private"]}
)


def test_context_of_clean_tables() -> None:
    found = context_variables(profile(), ROUNDS)
    one, two = found.loc["F1"], found.loc["F2"]
    assert one["log_staff"] == pytest.approx(np.log(100)) and one["log_students"] == pytest.approx(np.log(1001))
    assert (one["graduate_share"], one["doctoral_share"], one["stem_share"]) == (0.4, 0.1, 0.5)
    assert (one["has_hospital"], one["age"], one["founder"]) == (1.0, 77, "national")
    assert two[["log_staff", "log_students", "graduate_share", "stem_share", "age"]].isna().all()
    assert two["has_hospital"] == 0.0


def test_without_doctoral_programmes_there_are_no_doctoral_students() -> None:
    found = context_variables(profile(students_undergraduate=pd.array([600, 50], dtype="Int64")), ROUNDS)
    assert found.loc["F2", "doctoral_share"] == 0.0 and found.loc["F2", "stem_share"] == pytest.approx(0.2)


def test_concentration_needs_papers_by_field() -> None:
    papers = pd.DataFrame(
        {"submission": ["s1"] * 4 + ["s2"], "field": ["a", "b", "a", "b", "all"], "papers": [30.0, 10, 30, 10, 99]}
    )
    found = context_variables({**profile(), "publications": papers}, ROUNDS)["field_concentration"]
    assert found["F1"] == pytest.approx(0.75**2 + 0.25**2) and np.isnan(found["F2"])


def test_two_submissions_of_one_institution_are_refused() -> None:
    with pytest.raises(InvalidInput, match="F1"):
        context_variables(profile(), ROUNDS.assign(institution="F1"))


def test_contexts_of_several_years_are_those_of_each_year() -> None:
    rounds = ROUNDS.assign(year=[2027, 2026], institution="F1")
    found = context_by_year(profile(), rounds)
    assert list(found) == [2027, 2026]
    for year, context in found.items():
        pd.testing.assert_frame_equal(context, context_variables(profile(), rounds[rounds["year"] == year]))
    with pytest.raises(InvalidInput, match="F1"):
        context_by_year(profile(), rounds.assign(year=2026))


def test_stability_of_one_institution_is_the_same_as_among_all() -> None:
    frame = nation(40, 3)
    code = str(frame.index[7])
    every = find_peers(frame, runs=60, seed=5)
    one = find_peers(frame, runs=60, seed=5, stability_of=code)
    assert one.of(code) == every.of(code) and one.of(code).peers
    assert one.table.drop(columns="stays").equals(every.table.drop(columns="stays"))
    others = one.table.loc[one.table["institution"] != code, "stays"]
    assert others.isna().all() and len(others) > 0
    with pytest.raises(InvalidInput, match="nobody"):
        find_peers(frame, stability_of="nobody")
