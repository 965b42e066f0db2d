"""Shares of runs and Sobol indices: agreement with the plain computation, and simulations with known truth."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.composite import RecipeError, follow, parse_recipe, read_panel
from indicators.composite.methods.ranks import ranks
from indicators.composite.panel import Panel
from indicators.composite.recipe.problems import PanelError
from indicators.composite.uncertainty import draws as model_of
from indicators.composite.uncertainty import sampling
from indicators.composite.uncertainty.rank_sets import simultaneous_rank_sets
from indicators.composite.uncertainty.robustness import (
    INPUTS,
    RANK_CLASSES,
    balanced_runs,
    leave_one_out,
    rank_robustness,
    smaa,
)
from indicators.composite.uncertainty.sobol import sobol_indices

CODES = [f"I{i}" for i in range(6)]


def meta_table(*, shares: bool = False) -> pd.DataFrame:
    rows = [
        (
            1,
            code,
            -1 if i == 2 else 1,
            1 + i % 3,
            "P" if i < 3 else "Q",
            "Indicator",
            "N" if shares else "",
            -1,
            1.5,
        )
        for i, code in enumerate(CODES)
    ]
    rows += [
        (2, "P", 1, 2, "T", "Aggregate", "", None, None),
        (2, "Q", 1, 1, "T", "Aggregate", "", None, None),
        (3, "T", 1, None, "", "Aggregate", "", None, None),
    ]
    names = [
        "Level",
        "iCode",
        "Direction",
        "Weight",
        "Parent",
        "Type",
        "Denominator",
        "GoalLower",
        "GoalUpper",
    ]
    table = pd.DataFrame(rows, columns=names)
    if shares:
        extra = pd.DataFrame([{"iCode": "N", "Type": "Denominator"}])
        table = pd.concat([table.assign(Counts=[code in CODES for code in table["iCode"]]), extra], ignore_index=True)
    return table


def panel(units: int = 12, years: int = 1, gaps: int = 0, seed: int = 0) -> Panel:
    rng = np.random.default_rng(seed)
    x = rng.uniform(size=(units * years, len(CODES)))
    x.ravel()[rng.choice(x.size, gaps, replace=False)] = np.nan
    table = pd.DataFrame(x, columns=CODES)
    table["uCode"] = [f"u{i:02d}" for i in range(units)] * years
    table["Time"] = np.repeat(2020 + np.arange(years), units)
    return read_panel(table, meta_table())


def two_sources() -> list[np.random.Generator]:
    return [np.random.default_rng(s) for s in (0, 1)]


def recipe(normalise: str = "min_max", aggregate: str = "arithmetic", *before: dict, **options):
    steps = [*before, {"normalise": {"method": normalise}}, {"aggregate": {"method": aggregate} | options}]
    return parse_recipe({"steps": steps})


@pytest.mark.parametrize("normalise", ["min_max", "z_score", "rank", "goalposts", "percentile_rank"])
@pytest.mark.parametrize("aggregate", ["arithmetic", "copeland"])
def test_the_model_without_variation_is_the_recipe(normalise, aggregate):
    table, steps = panel(years=2), recipe(normalise, aggregate)
    model, result = model_of.compile_model(table, steps)
    found, failed = model_of.scores(model, model.base[None], model.weights, model_of.MethodChoice())
    assert not failed.any()
    assert found[0] == pytest.approx(follow(table, steps).levels[-1][:, 0], abs=1e-12)
    assert found[0] == pytest.approx(result.levels[-1][:, 0], abs=1e-12)


def test_treatment_in_the_model_is_the_recipe():
    rng = np.random.default_rng(3)
    table = pd.DataFrame(rng.lognormal(sigma=2, size=(30, 6)), columns=CODES)
    table["uCode"] = [f"u{i}" for i in range(30)]
    steps = recipe("min_max", "arithmetic", {"treat": {"winsorise_max": 2, "then": "log"}})
    model, result = model_of.compile_model(read_panel(table, meta_table()), steps)
    assert result.report.treated
    found, _ = model_of.scores(model, model.base[None], model.weights, model_of.MethodChoice())
    untreated, _ = model_of.scores(model, model.base[None], model.weights, model_of.MethodChoice(treated=False))
    assert found[0] == pytest.approx(result.levels[-1][:, 0], abs=1e-12)
    assert not np.allclose(untreated, found)
    assert model.varies["treatment"]


def test_runs_agree_with_a_plain_loop_over_the_same_draws():
    table, steps = panel(), recipe()
    found = rank_robustness(table, steps, runs=200, seed=5)
    model, _ = model_of.compile_model(table, steps)
    sources = [np.random.default_rng(s) for s in np.random.SeedSequence(5).spawn(4)]
    choices = sampling.draw_choices(model, 200, sources[0])
    x, sign = table.values, np.array([1, 1, -1, 1, 1, 1])
    low, high = x.min(axis=0), x.max(axis=0)
    shares = np.where(sign > 0, (x - low) / (high - low), (high - x) / (high - low))
    below = np.array([[sum(sign[c] * x[:, c] < sign[c] * x[r, c]) for c in range(6)] for r in range(12)])
    seen = np.empty((12, 200))
    for draw, choice in enumerate(choices):
        one, two = (w[0] for w in sampling.draw_weights(model, 1, sources[1]))
        geometric = choice.aggregation == 1
        y = below + 1.0 if choice.normalisation == 1 else 100 * shares
        if geometric and choice.normalisation == 0:
            y = 1 + 0.99 * y
        total = np.zeros(12)
        if geometric:
            p = np.exp(np.log(y[:, :3]) @ one[:3] / one[:3].sum())
            q = np.exp(np.log(y[:, 3:]) @ one[3:] / one[3:].sum())
            total = np.exp((two[0] * np.log(p) + two[1] * np.log(q)) / two.sum())
        else:
            p = y[:, :3] @ one[:3] / one[:3].sum()
            q = y[:, 3:] @ one[3:] / one[3:].sum()
            total = (two[0] * p + two[1] * q) / two.sum()
        seen[:, draw] = ranks(total)
    ordered = np.sort(seen, axis=1)
    assert found.low.tolist() == ordered[:, 9].tolist()
    assert found.median.tolist() == ordered[:, 99].tolist()
    assert found.high.tolist() == ordered[:, 189].tolist()
    assert found.acceptability[:, 0] == pytest.approx((seen == 1).mean(axis=1))
    assert found.acceptability[:, 1] == pytest.approx(((seen >= 2) & (seen <= 10)).mean(axis=1))
    ahead = found.ahead[0][1]
    assert ahead is not None and ahead[3, 7] == pytest.approx((seen[3] < seen[7]).mean())


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 40))
def test_results_do_not_depend_on_the_size_of_blocks(seed, block):
    table, steps = panel(units=5, gaps=3), recipe()
    kept = sampling.BLOCK_CELLS
    try:
        a = rank_robustness(table, steps, runs=50, seed=seed)
        sampling.BLOCK_CELLS = block * 30
        b = rank_robustness(table, steps, runs=50, seed=seed)
    finally:
        sampling.BLOCK_CELLS = kept
    assert np.array_equal(a.low, b.low) and np.array_equal(a.acceptability, b.acceptability)


def test_same_seed_same_numbers_and_another_seed_others():
    table, steps = panel(gaps=8), recipe("goalposts")
    a, b, c = (rank_robustness(table, steps, runs=300, seed=s) for s in (1, 1, 2))
    assert np.array_equal(a.acceptability, b.acceptability) and np.array_equal(a.bands, b.bands)
    assert not np.array_equal(a.acceptability, c.acceptability)


def test_shares_add_up_and_rows_keep_to_their_year():
    table = panel(units=15, years=3, gaps=20)
    found = rank_robustness(table, recipe("goalposts"), runs=200, seed=1)
    assert found.acceptability.sum(axis=1) == pytest.approx(np.ones(45))
    assert found.bands is not None and found.bands.sum(axis=1) == pytest.approx(np.ones(45))
    assert (found.low <= found.median).all() and (found.median <= found.high).all()
    assert found.high.max() <= 15
    assert len(found.ahead) == 3 and found.failed == 0


def test_bands_only_with_goalposts_and_by_hand():
    assert rank_robustness(panel(), recipe(), runs=20).bands is None
    assert rank_robustness(panel(), recipe("goalposts", "copeland"), runs=20).bands is None
    table = pd.DataFrame({code: [1.5, -1.0, 0.25, 0.2] for code in CODES} | {"uCode": list("abcd")})
    table["I2"] = [-1.0, 1.5, 0.25, 0.2]
    found = rank_robustness(read_panel(table, meta_table()), recipe("goalposts"), runs=50)
    assert found.bands is not None
    assert found.bands[0].tolist() == [1, 0, 0, 0, 0]
    assert found.bands[1].tolist() == [0, 0, 0, 0, 1]
    assert found.bands[2].tolist() == [0, 0, 1, 0, 0]


def test_missing_cells_are_drawn_between_the_goalposts():
    model, _ = model_of.compile_model(panel(gaps=10), recipe("goalposts"))
    x = sampling.draw_data(model, 4000, *two_sources())
    drawn = x[:, model.uncertain]
    assert model.uncertain.sum() == 10
    assert drawn.min() >= -1 and drawn.max() <= 1.5
    assert drawn.mean(axis=0) == pytest.approx(np.full(10, 0.25), abs=0.06)
    assert (x[:, ~model.uncertain] == model.base[~model.uncertain]).all()


def test_shares_of_people_are_drawn_from_their_beta_distribution():
    counts = pd.DataFrame({code: [3, 40, 0] for code in CODES} | {"uCode": list("abc"), "N": [10, 200, 20]})
    steps = recipe("goalposts", "arithmetic", {"denominate": {}})
    model, _ = model_of.compile_model(read_panel(counts, meta_table(shares=True)), steps)
    x = sampling.draw_data(model, 20000, *two_sources())[:, :, 0]
    for row, (f, n) in enumerate([(3, 10), (40, 200), (0, 20)]):
        a, b = f + 0.5, n - f + 0.5
        assert x[:, row].mean() == pytest.approx(a / (a + b), abs=0.003)
        assert x[:, row].var() == pytest.approx(a * b / ((a + b) ** 2 * (a + b + 1)), rel=0.06)
    undeclared = meta_table(shares=True).assign(Counts=["", *[True] * 5, *[""] * 4])
    model, _ = model_of.compile_model(read_panel(counts, undeclared), steps)
    assert not model.shares[:, 0].any() and model.shares[:, 1].all()
    counts["I0"] = [3.5, 40, 0]
    with pytest.raises(PanelError, match="I0 has Counts true, but not all"):
        model_of.compile_model(read_panel(counts, meta_table(shares=True)), steps)


def test_shares_of_many_units_are_drawn_toward_what_they_have_in_common():
    rng = np.random.default_rng(4)
    n = np.repeat([25, 2_000], 60)
    table = pd.DataFrame({code: rng.binomial(n, rng.beta(12, 48, len(n))) for code in CODES})
    table = table.assign(uCode=[f"u{i:03}" for i in range(len(n))], N=n)
    panel_ = read_panel(table, meta_table(shares=True))
    model, _ = model_of.compile_model(panel_, recipe("goalposts", "arithmetic", {"denominate": {}}))
    expected = model.alpha / (model.alpha + model.beta)
    plain = np.where(model.whole > 0, model.part / model.whole, np.nan)
    small = model.whole[:, 0] < 100
    assert expected[small].std() < 0.6 * plain[small].std()
    assert expected[~small].std() == pytest.approx(plain[~small].std(), rel=0.05)


def test_rank_sets_hold_all_ranks_at_once_and_are_blank_without_chance():
    rng, held = np.random.default_rng(5), []
    for _ in range(100):
        truth = np.linspace(0, 3, 12)
        error = rng.uniform(0.1, 0.5, 12)
        low, high = simultaneous_rank_sets(truth + error * rng.standard_normal(12), error, runs=200)
        held.append(((low <= ranks(truth)) & (ranks(truth) <= high)).all())
    assert np.mean(held) >= 0.93
    low, high = simultaneous_rank_sets(np.array([3.0, np.nan, 1.0]), np.zeros(3))
    assert low[[0, 2]].tolist() == high[[0, 2]].tolist() == [1, 2] and np.isnan(low[1])
    assert np.isnan(rank_robustness(panel(), recipe(), runs=5).set_low).all()


def test_weights_are_dirichlet_within_each_group():
    model, _ = model_of.compile_model(panel(), recipe())
    drawn = sampling.draw_weights(model, 20000, np.random.default_rng(0))[0][:, :3]
    shares = drawn / drawn.sum(axis=1, keepdims=True)
    own = np.array([1, 2, 3]) / 6
    assert shares.mean(axis=0) == pytest.approx(own, abs=0.003)
    assert shares.var(axis=0) == pytest.approx(own * (1 - own) / 51, rel=0.06)
    uniform = sampling.draw_weights(model, 20000, np.random.default_rng(0), uniform=True)[0][:, :3]
    assert (uniform / uniform.sum(axis=1, keepdims=True)).var(axis=0) == pytest.approx([1 / 18] * 3, rel=0.06)


def test_smaa_agrees_with_geometry():
    # With weights (w, 1 − w) uniform, a = (1, 0) is ahead of b = (0, 2) when w > 2 (1 − w), that is w > 2/3.
    meta = pd.DataFrame(
        [
            (1, "X", 1, 1, "T", "Indicator"),
            (1, "Y", 1, 1, "T", "Indicator"),
            (2, "T", 1, None, "", "Aggregate"),
        ],
        columns=["Level", "iCode", "Direction", "Weight", "Parent", "Type"],
    )
    data = pd.DataFrame({"uCode": ["a", "b", "c"], "X": [1, 0, -5], "Y": [0, 2, -5]})
    steps = parse_recipe({"steps": [{"aggregate": {"method": "arithmetic"}}]})
    found = smaa(read_panel(data, meta), steps, runs=20000, seed=1)
    assert found.acceptability[0, 0] == pytest.approx(1 / 3, abs=0.015)
    assert found.acceptability[1, 0] == pytest.approx(2 / 3, abs=0.015)
    assert found.low[2] == found.high[2] == 3
    assert found.varies == dict.fromkeys(INPUTS, False) | {"weights": True}


def test_failed_runs_are_counted_and_do_not_spoil_the_others():
    found = rank_robustness(panel(), recipe("z_score"), runs=400, seed=2)
    model, _ = model_of.compile_model(panel(), recipe("z_score"))
    source = np.random.default_rng(np.random.SeedSequence(2).spawn(4)[0])
    choices = sampling.draw_choices(model, 400, source)
    expected = sum(c.normalisation == 0 and c.aggregation == 1 for c in choices)
    assert found.failed == expected > 0
    assert found.left_out == ("geometric",), "it can never be computed on z-scores"
    assert found.dropped == sum(c.aggregation == 1 for c in choices)
    assert not np.isnan(found.median).any()
    assert found.acceptability.sum(axis=1) == pytest.approx(np.ones(12))
    sobol = sobol_indices(panel(), recipe("z_score"), base=64, seed=2)
    assert sobol.failed > 0 and 0 < sobol.left_out < 64
    assert np.isfinite(sobol.first).all()


def test_a_unit_without_score_is_left_out():
    table = panel()
    values = table.values.copy()
    values[4] = np.nan
    data = pd.DataFrame(values, columns=CODES).assign(uCode=table.units)
    found = rank_robustness(read_panel(data, meta_table()), recipe(), runs=30)
    assert math.isnan(found.median[4]) and math.isnan(found.rank[4]) and np.isnan(found.acceptability[4]).all()
    assert np.nanmax(found.high) <= 11
    ahead = found.ahead[0][1]
    assert ahead is not None and np.isnan(ahead[4]).all() and np.isnan(ahead[:, 4]).all()


def test_a_dominating_unit_is_always_first():
    table = panel()
    values = table.values.copy()
    values[6] = [2, 2, -2, 2, 2, 2]
    data = pd.DataFrame(values, columns=CODES).assign(uCode=table.units)
    found = rank_robustness(read_panel(data, meta_table()), recipe(), runs=100)
    assert found.low[6] == found.high[6] == 1 and found.acceptability[6, 0] == 1
    assert smaa(read_panel(data, meta_table()), recipe(), runs=100).acceptability[6, 0] == 1


def test_order_of_rows_does_not_matter():
    table = panel(gaps=5)
    data = pd.DataFrame(table.values, columns=CODES).assign(uCode=table.units)
    a = rank_robustness(read_panel(data, meta_table()), recipe(), runs=60, seed=3)
    b = rank_robustness(read_panel(data.iloc[::-1], meta_table()), recipe(), runs=60, seed=3)
    assert a.panel.units == b.panel.units and np.array_equal(a.acceptability, b.acceptability)


def test_leave_one_out_by_recomputation():
    table, steps = panel(), recipe()
    found = leave_one_out(table, steps)
    nominal = follow(table, steps).ranks()[:, -1]
    without = meta_table().query("iCode != 'I1'")
    data = pd.DataFrame(table.values, columns=CODES).assign(uCode=table.units)
    again = follow(read_panel(data, without), steps).ranks()[:, -1]
    assert found["I1"] == pytest.approx(np.abs(again - nominal).mean())
    assert set(found) == {*CODES, "P", "Q"}


def test_rank_classes_cover_every_rank_once():
    for rank in (1, 2, 10, 11, 25, 26, 50, 51, 100, 101, 5000):
        assert sum(first <= rank <= (last or math.inf) for first, last in RANK_CLASSES) == 1


# Sobol.


def test_inputs_that_do_not_vary_have_index_zero():
    found = sobol_indices(panel(), recipe(), base=128, seed=1)
    by_name = dict(zip(found.inputs, found.total, strict=True))
    first = dict(zip(found.inputs, found.first, strict=True))
    assert by_name["treatment"] == by_name["data"] == first["data"] == 0
    assert by_name["weights"] > 0 and by_name["aggregation"] > 0
    assert found.runs == 128 * 7 and found.failed == 0


def test_sobol_is_the_saltelli_estimator_on_centred_output():
    table, steps = panel(gaps=6), recipe()
    found = sobol_indices(table, steps, base=32, seed=4)
    again = sobol_indices(table, steps, base=32, seed=4)
    assert np.array_equal(found.first, again.first)
    assert np.array_equal(found.first_half_width, again.first_half_width)
    from SALib.sample import sobol as sample

    from indicators.composite.uncertainty import sobol

    problem = {"num_vars": 5, "names": list(INPUTS), "bounds": [[0.0, 1.0]] * 5}
    source = np.random.default_rng(np.random.SeedSequence(4, spawn_key=(11,)).spawn(2)[0])
    triggers = sample.sample(problem, 32, calc_second_order=False, seed=source)
    model, _ = model_of.compile_model(table, steps)
    nominal = ranks(model.nominal)
    y = np.array([sobol.shift_of_draw(model, row, nominal, 4) for row in triggers.tolist()]).reshape(32, 7)
    y = (y - y.mean()) / y.std()
    a, ab, b = y[:, 0], y[:, 1:6], y[:, 6]
    variance = np.var(np.r_[a, b])
    assert found.first == pytest.approx([(b * (ab[:, i] - a)).mean() / variance for i in range(5)], abs=1e-12)
    assert found.total == pytest.approx([((a - ab[:, i]) ** 2).mean() / 2 / variance for i in range(5)], abs=1e-12)


@pytest.mark.parametrize("base", [0, 1, 3, 100, -4])
def test_sobol_needs_a_power_of_two(base):
    with pytest.raises(RecipeError, match="power of two"):
        sobol_indices(panel(), recipe(), base=base)


def test_one_unit_never_moves():
    table = panel(units=1)
    found = sobol_indices(table, recipe("goalposts"), base=8, seed=0)
    assert found.mean_shift == 0 and (found.total == 0).all()
    # The listed min-max alternative is not defined on one unit, and is counted as such.
    assert 0 < found.failed < found.runs


@pytest.mark.parametrize("runs", [0, -5, 10**9])
def test_number_of_runs_has_limits(runs):
    with pytest.raises(RecipeError, match=f"--robustness {runs}"):
        rank_robustness(panel(), recipe(), runs=runs)


def test_robustness_needs_an_index():
    steps = parse_recipe({"steps": [{"normalise": {"method": "min_max"}}]})
    with pytest.raises(RecipeError, match="aggregate step"):
        rank_robustness(panel(), steps, runs=10)


def test_what_fails_now_and_then_leaves_every_method_its_equal_chance():
    model, _ = model_of.compile_model(panel(), recipe())
    choices = sampling.draw_choices(model, 600, np.random.default_rng(0))
    failed = np.array([c.aggregation == 1 and n % 3 == 0 for n, c in enumerate(choices)])
    kept, left_out = balanced_runs(choices, failed, model)
    assert left_out == () and not (kept & failed).any()
    before, after = (
        [sum(c.aggregation == way for c, k in zip(choices, which, strict=True) if k) for way in (0, 1)]
        for which in (np.ones(600, dtype=bool), kept)
    )
    assert after[1] / after[0] == pytest.approx(before[1] / before[0], rel=0.25)
    assert (kept | failed).sum() < 600, "the others of the same number go too"


def test_no_run_at_all_is_said():
    # Geometric means of z-scores: the nominal run is refused, naming the element.
    with pytest.raises(PanelError, match="cannot be computed by geometric"):
        rank_robustness(panel(), recipe("z_score", "geometric"), runs=10)


# A simulation whose truth is not the model's own: intervals of ranks under overdispersed hiring.


def test_rank_intervals_hold_for_overdispersed_hiring():
    """The unit with the highest true share lies in its 5–95 % rank interval in most simulated nations."""
    rng = np.random.default_rng(11)
    meta = meta_table(shares=True)
    steps = recipe("goalposts", "arithmetic", {"denominate": {}})
    inside = 0
    cases = 0
    for _ in range(12):
        n = rng.integers(40, 400, size=15)
        truth = np.sort(rng.beta(6, 14, size=15))
        hired = rng.beta(truth[:, None] * 200, (1 - truth[:, None]) * 200, size=(15, len(CODES)))
        counts = rng.binomial(n[:, None], hired)
        counts[:, 2] = n - counts[:, 2]
        data = pd.DataFrame(counts, columns=CODES).assign(uCode=[f"u{i:02d}" for i in range(15)], N=n)
        found = rank_robustness(read_panel(data, meta), steps, runs=200, seed=1)
        true_rank = ranks(truth)
        inside += int(((found.low <= true_rank) & (true_rank <= found.high)).sum())
        cases += 15
    assert 0.7 <= inside / cases <= 1
