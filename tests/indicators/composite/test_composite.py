"""The composite steps against hand computations in plain Python, and the laws they must keep."""

import itertools
import math
import statistics
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from indicators.composite import PanelError, RecipeError, follow, parse_recipe, read_panel
from indicators.composite.methods import aggregate as mean
from indicators.composite.methods import diagnostics, impute, normalise, prepare, treat, weights
from indicators.composite.methods.ranks import ranks
from indicators.composite.panel import Panel
from indicators.composite.pipeline import CompositeResult

NONE = None
META = [
    ("A", 1, 1, 1, "P", None, None, None),
    ("B", 1, -1, 2, "P", 0.5, 0, 8),
    ("C", 1, 1, 1.5, "Q", 40, 0, 50),
    ("D", 1, 1, 0.5, "Q", 9, 1, 9),
    ("P", 2, 1, 3, "T", None, None, None),
    ("Q", 2, 1, 2, "T", None, None, None),
    ("T", 3, 1, None, "", None, None, None),
]
COLUMNS = {
    "A": [1, 2, 3, 4, 7],
    "B": [4.0, None, 1.0, 2.0, 6.0],
    "C": [5, 30, 20, 10, 30],
    "D": [2.5, 3.5, None, 8.0, 1.0],
}
WEIGHTS = {code: weight for code, _, _, weight, *_ in META}
SIGN = {code: sign for code, _, sign, *_ in META}
CHILDREN = {"P": ["A", "B"], "Q": ["C", "D"], "T": ["P", "Q"]}


def meta_table(changes: dict[str, dict[str, object]] | None = None) -> pd.DataFrame:
    rows = []
    for code, level, sign, weight, parent, target, lower, upper in META:
        row = {
            "Level": level,
            "iCode": code,
            "iName": f"name of {code}",
            "Direction": sign,
            "Weight": weight,
            "Parent": parent,
            "Type": "Indicator" if level == 1 else "Aggregate",
            "Target": 10 if code == "A" else target,
            "GoalLower": 0 if code == "A" else lower,
            "GoalUpper": 5 if code == "A" else upper,
        }
        rows.append(row | (changes or {}).get(code, {}))
    return pd.DataFrame(rows)


def panel(columns: dict[str, list] | None = None, meta: pd.DataFrame | None = None, **extra: list) -> Panel:
    columns = COLUMNS if columns is None else columns
    n = len(next(iter(columns.values())))
    units = extra.pop("uCode", [f"u{i}" for i in range(n)])
    return read_panel(pd.DataFrame({"uCode": units, **extra, **columns}), meta_table() if meta is None else meta)


def run(steps: list, **kwargs) -> CompositeResult:
    return follow(panel(**kwargs), parse_recipe({"steps": steps}))


def column(result: CompositeResult, code: str) -> list[float | None]:
    """Scores in the order of the file, None for gaps."""
    values = result.scores()[np.argsort(result.panel.position), result.codes().index(code)]
    return [None if math.isnan(v) else v for v in values]


def same(found, expected) -> None:
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        assert (a is None) == (b is None), (found, expected)
        if b is not None:
            assert a == pytest.approx(b, rel=1e-9, abs=1e-9)


def present(values):
    return [v for v in values if v is not None]


# Independent definitions: one column, plain Python, None for gaps.


def hand_normalise(method: str, values: list, sign: int, code: str, **p) -> list:
    v = present(values)
    lo, hi, n = min(v), max(v), len(v)
    worst, best = (lo, hi) if sign > 0 else (hi, lo)
    target, lower, upper = {
        "A": (10, 0, 5),
        "B": (0.5, 0, 8),
        "C": (40, 0, 50),
        "D": (9, 1, 9),
    }[code]

    def one(x):
        below = sum(1 for y in v if sign * y < sign * x)
        if method == "min_max":
            share = (x - lo) / (hi - lo) if sign > 0 else (hi - x) / (hi - lo)
            return p.get("lower", 0) + share * (p.get("upper", 100) - p.get("lower", 0))
        if method == "z_score":
            return sign * (x - statistics.mean(v)) / statistics.stdev(v)
        if method == "rank":
            return below + 1
        if method == "borda":
            return below
        if method == "percentile_rank":
            return below / (n - 1)
        if method == "distance_to_max":
            return 1 - (best - x) / (best - worst)
        if method == "distance_to_reference":
            ref = values[p["row"]]
            share = 1 - (ref - x) / (ref - worst)
            return min(1, share) if p.get("cap") else share
        if method == "distance_to_target":
            share = (x - lo) / (target - lo) if sign > 0 else (hi - x) / (hi - target)
            return min(1, share) if p.get("cap") else share
        share = (x - lower) / (upper - lower) if sign > 0 else (upper - x) / (upper - lower)
        if method == "scaled":
            return share
        if method == "goalposts":
            return min(1, max(0, share))
        return x / hi

    return [None if x is None else one(x) for x in values]


@pytest.mark.parametrize(
    ("settings_", "by_hand"),
    [
        ({"method": "min_max"}, {}),
        ({"method": "min_max", "lower": "0.1", "upper": 1}, {"lower": 0.1, "upper": 1}),
        ({"method": "z_score"}, {}),
        ({"method": "rank"}, {}),
        ({"method": "borda"}, {}),
        ({"method": "percentile_rank"}, {}),
        ({"method": "distance_to_max"}, {}),
        ({"method": "distance_to_reference", "reference": "u3"}, {"row": 3}),
        ({"method": "distance_to_reference", "reference": "u3", "cap": True}, {"row": 3, "cap": True}),
        ({"method": "distance_to_target"}, {}),
        ({"method": "distance_to_target", "cap": True}, {"cap": True}),
        ({"method": "goalposts"}, {}),
        ({"method": "scaled"}, {}),
    ],
)
def test_normalise_by_hand(settings_, by_hand):
    result = run([{"normalise": settings_}])
    for code, values in COLUMNS.items():
        expected = hand_normalise(settings_["method"], values, SIGN[code], code, **by_hand)
        same(column(result, code), expected)


def test_fraction_of_max_by_hand_and_refused_for_lower_is_better():
    upward = meta_table({"B": {"Direction": 1}})
    result = run([{"normalise": {"method": "fraction_of_max"}}], meta=upward)
    for code, values in COLUMNS.items():
        same(column(result, code), hand_normalise("fraction_of_max", values, 1, code))
    with pytest.raises(PanelError, match="B cannot be normalised by fraction_of_max"):
        run([{"normalise": {"method": "fraction_of_max"}}])


def hand_mean(method: str, values: list, own: list, power: float = 1) -> float | None:
    pairs = [(x, w) for x, w in zip(values, own, strict=True) if x is not None]
    if not pairs:
        return None
    total = sum(w for _, w in pairs)
    if method == "arithmetic":
        return sum(w * x for x, w in pairs) / total
    if method == "geometric":
        return math.prod(x ** (w / total) for x, w in pairs)
    if method == "harmonic":
        return 0.0 if any(x == 0 for x, _ in pairs) else total / sum(w / x for x, w in pairs)
    return (sum(w * x**power for x, w in pairs) / total) ** (1 / power)


@pytest.mark.parametrize(
    ("method", "power"),
    [
        ("arithmetic", None),
        ("geometric", None),
        ("harmonic", None),
        ("generalised_mean", 2),
        ("generalised_mean", "-1.5"),
        ("generalised_mean", "0.5"),
        ("generalised_mean", 1),
    ],
)
def test_aggregate_by_hand(method, power):
    step = {"method": method} | ({} if power is None else {"power": power})
    result = run([{"normalise": {"method": "min_max", "lower": 1}}, {"aggregate": step}])
    scores = {code: hand_normalise("min_max", values, SIGN[code], code, lower=1) for code, values in COLUMNS.items()}
    for parent, codes in CHILDREN.items():
        own = [WEIGHTS[code] for code in codes]
        scores[parent] = [
            hand_mean(method, list(row), own, float(power or 1))
            for row in zip(*(scores[c] for c in codes), strict=True)
        ]
        same(column(result, parent), scores[parent])


def test_power_zero_is_the_geometric_mean():
    x, w = np.array([[2.0, 8.0, np.nan]]), np.array([[1.0], [3.0], [1.0]])
    assert mean.generalised_mean(x, w, 0) == pytest.approx(mean.geometric(x, w))
    assert mean.generalised_mean(x, w, 1e-6) == pytest.approx(mean.geometric(x, w), rel=1e-4)


def test_copeland_by_hand():
    rows = [[3, None, 1], [1, 2, 1], [2, 5, 4], [None, None, None], [2, 5, 4]]
    own = [2.0, 1.0, 1.5]
    expected = []
    for i, mine in enumerate(rows):
        score = 0
        for j, other in enumerate(rows):
            if i == j:
                continue
            ahead = sum(
                w * ((a > b) - (a < b))
                for a, b, w in zip(mine, other, own, strict=True)
                if a is not None and b is not None
            )
            score += (ahead > 0) - (ahead < 0)
        expected.append(None if all(v is None for v in mine) else float(score))
    x = np.array([[np.nan if v is None else v for v in row] for row in rows], dtype=float)
    found = mean.copeland(x, np.array(own)[:, None])[:, 0]
    same([None if math.isnan(v) else v for v in found], expected)


def test_copeland_compares_within_a_year_only():
    columns = {code: [1.0, 2.0, 3.0, 4.0] for code in "ABCD"}
    result = run(
        [{"normalise": {"method": "rank"}}, {"aggregate": {"method": "copeland"}}],
        columns=columns,
        meta=meta_table({"B": {"Direction": 1}}),
        uCode=["a", "b", "a", "b"],
        Time=[2020, 2020, 2021, 2021],
    )
    assert column(result, "T") == [-1, 1, -1, 1]


def test_by_level_given_weights_and_report():
    step = {
        "method": "arithmetic",
        "weights": {"A": "0.25", "B": "0.75"},
        "by_level": {3: {"method": "geometric", "weights": "equal"}},
    }
    result = run([{"normalise": {"method": "min_max", "lower": 1}}, {"aggregate": step}])
    scores = {c: hand_normalise("min_max", v, SIGN[c], c, lower=1) for c, v in COLUMNS.items()}
    p = [hand_mean("arithmetic", list(r), [1, 3]) for r in zip(scores["A"], scores["B"], strict=True)]
    q = [hand_mean("arithmetic", list(r), [3, 1]) for r in zip(scores["C"], scores["D"], strict=True)]
    same(column(result, "T"), [hand_mean("geometric", list(r), [1, 1]) for r in zip(p, q, strict=True)])
    assert result.report.weights == pytest.approx({"A": 0.25, "B": 0.75, "C": 0.75, "D": 0.25, "P": 0.5, "Q": 0.5})
    assert sum(result.report.effective_weights[c] for c in "ABCD") == pytest.approx(1)


@pytest.mark.parametrize(("share", "kept"), [("2/3", True), ("0.6666", True), ("0.67", False), ("1/3", True)])
def test_thresholds_are_compared_as_counts(share, kept):
    assert prepare.has_enough(2, 3, Fraction(share)) == kept


def test_thresholds_that_floats_get_wrong():
    # 0.7 · 10 is 7.000000000000001 in floats for 7 of 10 read as 0.7 = 0.70000000000000007.
    for present_, all_ in [(7, 10), (3, 5), (29, 50), (57, 100)]:
        assert prepare.has_enough(present_, all_, Fraction(present_, all_))
        assert not prepare.has_enough(present_ - 1, all_, Fraction(present_, all_))


def test_screen_counts_and_forces():
    columns = {**COLUMNS, "A": [1, None, 3, None, 7]}
    steps = [{"screen": {"min_available": "3/4", "force_in": ["u1"], "force_out": ["u4"]}}]
    result = run(steps, columns=columns)
    assert result.panel.units == ("u0", "u1", "u2", "u3")
    result = run([{"screen": {"min_available": "3/4"}}], columns=columns)
    assert result.panel.units == ("u0", "u2", "u3", "u4")
    assert [(d["uCode"], d["reason"], d["available"]) for d in result.report.dropped] == [("u1", "min_available", 2)]
    with pytest.raises(RecipeError, match="Did you mean 'u4'"):
        run([{"screen": {"force_in": ["uu4"]}}])
    with pytest.raises(PanelError, match="leaves no unit"):
        run([{"screen": {"force_out": [f"u{i}" for i in range(5)]}}])


def test_min_available_withholds_and_says_so():
    normal = {"normalise": {"method": "min_max"}}
    result = run([normal, {"aggregate": {"method": "arithmetic", "min_available": 1}}])
    assert column(result, "P")[1] is None and column(result, "Q")[2] is None
    assert column(result, "T")[1] is None
    assert any("P is withheld" in w["en"] and "u1" in w["en"] for w in result.report.warnings)
    result = run([normal, {"aggregate": {"method": "arithmetic", "min_available": "1/2"}}])
    assert None not in column(result, "T")


def with_denominator() -> pd.DataFrame:
    meta = meta_table({"A": {"Denominator": "N", "Scale": 100}})
    extra = pd.DataFrame([{"iCode": "N", "iName": "people", "Type": "Denominator"}])
    return pd.concat([meta, extra], ignore_index=True)


def test_denominate_by_hand_and_zero_named():
    result = run([{"denominate": {}}], meta=with_denominator(), N=[10, 10, 20, 50, None])
    same(column(result, "A"), [10, 20, 15, 8, None])
    assert any("A became missing" in w["en"] for w in result.report.warnings)
    with pytest.raises(PanelError, match="N of A is 0 for u2"):
        run([{"denominate": {}}], meta=with_denominator(), N=[10, 10, 0, 50, 1])
    with pytest.raises(PanelError, match="no Denominator"):
        run([{"denominate": {}}])


@pytest.mark.parametrize("average", ["mean", "median"])
def test_impute_columns_and_groups(average):
    take = getattr(statistics, average)
    columns = {**COLUMNS, "C": [10, None, 20, 5, 30], "B": [4.0, None, None, 2.0, 6.0]}
    result = run([{"impute": {"method": average}}], columns=columns)
    same(column(result, "B"), [4, take([4, 2, 6]), take([4, 2, 6]), 2, 6])
    region = ["x", "x", "y", "", "x"]
    step = {"impute": {"method": f"group_{average}", "group": "Region"}}
    result = run([step], columns=columns, Region=region)
    same(column(result, "B"), [4, take([4, 6]), None, 2, 6])
    same(column(result, "C"), [10, take([10, 30]), 20, 5, 30])
    assert any("Gaps left after step 1 (impute): 2, in B, D" in w["en"] for w in result.report.warnings)
    assert {(i["iCode"], i["uCode"]) for i in result.report.imputed} == {("B", "u1"), ("C", "u1")}


@pytest.mark.parametrize("average", ["mean", "median"])
def test_impute_rows_within_the_parent_on_the_min_max_scale(average):
    take = getattr(statistics, average)
    x = [[1.0, 8.0, None, 5.0], [3.0, 2.0, 10.0, 6.0], [5.0, 5.0, 30.0, None]]
    sign, parents = [1, -1, 1, 1], [0, 0, 0, 1]
    table = np.array([[np.nan if v is None else v for v in row] for row in x])
    filled = impute.by_row(table, np.array(sign), np.array(parents), average)
    scaled = [hand_normalise("min_max", [row[c] for row in x], sign[c], "A", upper=1)[0] for c in range(2)]
    assert filled[0, 2] == pytest.approx(10 + take(scaled) * (30 - 10), abs=1e-9)
    assert math.isnan(filled[2, 3])
    kept = ~np.isnan(table)
    assert (filled[kept] == table[kept]).all()


def test_impute_over_years_whatever_the_order():
    years = [2023, 2020, 2022, 2021, 2024, 2020, 2022]
    units = ["a", "a", "a", "a", "a", "b", "b"]
    series = [None, None, 4.0, 2.0, 10.0, 5.0, None]
    other = [1.0, 2, 3, 4, 5, 6, 7]
    expected = {
        "latest": [4, None, 4, 2, 10, 5, 5],
        "linear": [7, 2, 4, 2, 10, 5, 5],
        "constant": [4, 2, 4, 2, 10, 5, 5],
    }
    for order in ([0, 1, 2, 3, 4, 5, 6], [6, 3, 1, 5, 0, 2, 4]):
        columns = {"A": series, "B": other, "C": other, "D": other}
        shuffled = {code: [values[i] for i in order] for code, values in columns.items()}
        for method, wanted in expected.items():
            result = run(
                [{"impute": {"method": method}}],
                columns=shuffled,
                uCode=[units[i] for i in order],
                Time=[years[i] for i in order],
            )
            same(column(result, "A"), [wanted[i] for i in order])
    with pytest.raises(RecipeError, match="needs a Time column"):
        run([{"impute": {"method": "linear"}}])


def test_skew_and_kurtosis_agree_with_scipy():
    x = np.random.default_rng(3).lognormal(size=(40, 3))
    x[3, 1] = np.nan
    skew, kurtosis = treat.skew_and_kurtosis(x)
    for c in range(3):
        own = x[~np.isnan(x[:, c]), c]
        assert skew[c] == pytest.approx(stats.skew(own, bias=False))
        assert kurtosis[c] == pytest.approx(stats.kurtosis(own, bias=False))


def hand_winsorise(values: list[float], at_most: int, max_skew: float, max_kurtosis: float) -> list[float]:
    now = list(values)
    while True:
        skew, kurtosis = stats.skew(now, bias=False), stats.kurtosis(now, bias=False)
        if abs(skew) < max_skew or kurtosis < max_kurtosis:
            return now
        end = max(now) if skew >= 0 else min(now)
        rest = [v for v in now if v != end]
        new = max(rest) if skew >= 0 else min(rest)
        moved = [new if v == end else v for v in now]
        if sum(a != b for a, b in zip(moved, values, strict=True)) > at_most:
            return now
        now = moved


OUTLIERS = [1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 30, 100]


def test_treat_leaves_winsorises_then_transforms_the_original():
    plain = np.arange(1.0, 15)
    assert treat.treat(plain).done == "nothing"
    found = treat.treat(np.array(OUTLIERS), winsorise_max=5)
    same(found.values, hand_winsorise(OUTLIERS, 5, 2, 3.5))
    assert found.done == "winsorised" and found.passes and found.winsorised.sum() == 1
    low = treat.treat(-np.array(OUTLIERS), winsorise_max=5)
    same(low.values, [-v for v in found.values])
    logged = treat.treat(np.array([*OUTLIERS, np.nan]), winsorise_max=0, then="log")
    same(logged.values[:-1], [math.log(v - 1 + 0.01 * 99) for v in OUTLIERS])
    assert math.isnan(logged.values[-1]) and logged.done == "log"
    kept = treat.treat(np.array(OUTLIERS), winsorise_max=0)
    assert kept.done == "nothing" and not kept.passes and (kept.values == OUTLIERS).all()


def test_tied_points_never_exceed_the_limit():
    values = [0.0] * 30 + [50.0, 50.0, 90.0]
    found = treat.treat(np.array(values), winsorise_max=2)
    same(found.values, hand_winsorise(values, 2, 2, 3.5))
    assert found.winsorised.sum() <= 2 and not found.passes


def test_box_cox_by_the_likelihood_of_its_parameter():
    values = np.array(OUTLIERS)
    changed, power = treat.box_cox(values)
    shifted = [(v - 1) / 99 + 0.01 for v in OUTLIERS]
    same(changed, [(v**power - 1) / power for v in shifted])
    best = stats.boxcox_llf(power, shifted)
    assert all(best >= stats.boxcox_llf(power + step, shifted) for step in (-0.2, -0.01, 0.01, 0.2))
    assert (np.diff(changed) > 0).all()


def likelihood(power: float, u: list[float]) -> float:
    logs = [math.log(v) for v in u]
    y = logs if power == 0 else [math.expm1(power * log) / power for log in logs]
    return -len(u) / 2 * math.log(statistics.pvariance(y)) + (power - 1) * math.fsum(logs)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=5, max_size=30, unique=True), st.sampled_from([1e-6, 1.0, 1e12]))
def test_box_cox_is_exact_and_knows_no_unit(values, unit):
    """λ is where the likelihood is flat, to more digits than a search for its maximum can give."""
    whole = np.array(values, dtype=float)
    changed, power = treat.box_cox(whole * unit)
    shifted = [(v - min(values)) / (max(values) - min(values)) + 0.01 for v in values]
    around = [likelihood(power + step, shifted) for step in (-1e-4, 1e-4)]
    assert abs(around[0] - around[1]) <= 1e-9 * max(1, abs(around[0]))
    assert power == pytest.approx(treat.box_cox(whole)[1], abs=1e-9)
    assert changed == pytest.approx(treat.box_cox(whole)[0], rel=1e-9, abs=1e-9)
    assert (np.diff(changed[np.argsort(whole)]) > 0).all()


def test_treat_in_a_recipe_is_reported_and_guards_targets():
    columns = dict.fromkeys("ABCD", OUTLIERS)
    columns["D"] = [5.0] * 14
    found = run([{"treat": {"winsorise_max": 1}}], columns=columns)
    assert {t["iCode"]: len(t["cells"]) for t in found.report.treated} == {"A": 1, "B": 1, "C": 1}
    assert found.report.treated[0]["cells"][0] == {
        "step": 1, "uCode": "u13", "Time": None, "before": 100.0, "after": 30.0,
    }  # fmt: skip
    assert any("D has fewer than four values or no spread" in w["en"] for w in found.report.warnings)
    steps = [{"treat": {"winsorise_max": 0, "then": "log"}}, {"normalise": {"method": "goalposts"}}]
    with pytest.raises(PanelError, match="A, B, C was transformed"):
        run(steps, columns=columns)


def test_treatment_looks_at_the_rows_of_the_next_normalise_step():
    columns = dict.fromkeys("ABCD", OUTLIERS + OUTLIERS)
    where = {"uCode": [f"u{i}" for i in range(14)] * 2, "Time": [2020] * 14 + [2021] * 14}
    steps = [{"treat": {"winsorise_max": 0, "then": "log"}}]
    each = run([*steps, {"normalise": {"method": "min_max"}}], columns=columns, **where)
    pooled = run([*steps, {"normalise": {"method": "min_max", "over": "all_years"}}], columns=columns, **where)
    assert {t["Time"] for t in each.report.treated} == {2020, 2021}
    assert {t["Time"] for t in pooled.report.treated} == {None}


def test_years_apart_or_together():
    values = [1.0, 3.0, 2.0, 6.0]
    columns = dict.fromkeys("ABCD", values)
    where = {"uCode": ["a", "b", "a", "b"], "Time": [2020, 2020, 2021, 2021]}
    each = run([{"normalise": {"method": "min_max"}}], columns=columns, **where)
    both = run([{"normalise": {"method": "min_max", "over": "all_years"}}], columns=columns, **where)
    same(column(each, "A"), [0, 100, 0, 100])
    same(column(both, "A"), [0, 40, 20, 100])
    reference = {"normalise": {"method": "distance_to_reference", "reference": "b", "over": "all_years"}}
    upward = meta_table({"B": {"Direction": 1}})
    same(column(run([reference], columns=columns, meta=upward, **where), "A"), [0, 0.4, 0.2, 1])
    assert each.ranks()[:, 0].tolist() == [2, 1, 2, 1]


def test_ranks_by_hand_with_ties_at_twelve_digits():
    scores = [3.0, 1.0, 3.0 + 1e-15, np.nan, 0.1 + 0.2, 0.3, -2.0]
    assert ranks(np.array(scores)).tolist()[:3] == [1, 3, 1]
    assert ranks(np.array(scores)).tolist()[4:] == [4, 4, 6]
    assert math.isnan(ranks(np.array(scores))[3])
    assert ranks(np.array([1.0, 1.0 + 1e-11])).tolist() == [2, 1]
    block = np.array([[1.0, 2.0, 2.0], [5.0, np.nan, 6.0]])
    assert ranks(block)[0].tolist() == [3, 1, 1]


def test_pca_weights_and_sign():
    rng = np.random.default_rng(5)
    base = rng.normal(size=200)
    x = np.column_stack([base + rng.normal(size=200), -base + rng.normal(size=200), rng.normal(size=200)])
    loadings, shares = weights.principal_components(x)
    values, vectors = np.linalg.eigh(np.corrcoef(x, rowvar=False))
    assert shares == pytest.approx(values[::-1] / 3)
    assert abs(loadings[:, 0]) == pytest.approx(abs(vectors[:, 2]) * math.sqrt(values[2]))
    assert all(loadings[abs(loadings[:, c]).argmax(), c] > 0 for c in range(3))
    assert weights.pca_weights(x) == pytest.approx(vectors[:, 2] ** 2)
    with pytest.raises(ValueError, match="three complete rows"):
        weights.pca_weights(np.ones((10, 2)))


def test_optimised_weights_give_the_importance_asked_for():
    rng = np.random.default_rng(6)
    x = rng.normal(size=(300, 3)) @ np.array([[1, 0.5, 0.2], [0, 1, 0.3], [0, 0, 1]])
    for importance in ([1, 1, 1], [2, 3, 3]):
        w = weights.optimised_weights(x, np.array(importance, dtype=float))
        r = np.array([np.corrcoef(x[:, i], x @ w)[0, 1] for i in range(3)])
        assert r / r.sum() == pytest.approx(np.array(importance) / sum(importance), abs=1e-9)
    with pytest.raises(ValueError, match="no positive weights"):
        third = x[:, 0] + x[:, 1] + 0.1 * x[:, 2]
        weights.optimised_weights(np.column_stack([x[:, 0], x[:, 1], third]), np.ones(3))


def test_data_weights_run_level_by_level():
    rng = np.random.default_rng(7)
    columns = {c: rng.normal(size=30).tolist() for c in "ABCD"}
    for method in ("pca", "optimised"):
        steps = [
            {"normalise": {"method": "min_max"}},
            {"aggregate": {"method": "arithmetic", "weights": method, "by_level": {3: {"weights": "equal"}}}},
        ]
        report = run(steps, columns=columns).report
        assert report.weights["A"] + report.weights["B"] == pytest.approx(1)
        assert min(report.weights.values()) > 0
    steps = [
        {"normalise": {"method": "rank"}},
        {"aggregate": {"method": "arithmetic", "weights": "pca"}},
    ]
    with pytest.raises(PanelError, match="no pca weights below P"):
        run(steps, columns={**columns, "A": [1.0] * 30})


def test_diagnostics_by_hand():
    own, parents = (
        [np.array([0.25, 0.75, 1.0]), np.array([0.4, 0.6])],
        [np.array([0, 0, 1]), np.array([0, 0])],
    )
    first, second = diagnostics.effective_weights(own, parents)
    assert first == pytest.approx([0.1, 0.3, 0.6]) and second == pytest.approx([0.4, 0.6])
    x = np.array([[1.0, 2], [2, 3], [3, 5], [np.nan, 1]])
    columns = [[1, 2, 3], [2, 3, 5]]
    sums = [3, 5, 8]
    alpha = 2 * (1 - sum(statistics.variance(c) for c in columns) / statistics.variance(sums))
    assert diagnostics.cronbach_alpha(x) == pytest.approx(alpha)
    assert diagnostics.correlation(x[:, 0], x[:, 1]) == pytest.approx(statistics.correlation(*columns))


# What is wrong is named and refused.


def message(steps, **kwargs) -> str:
    with pytest.raises((PanelError, RecipeError)) as caught:
        run(steps, **kwargs)
    assert all("ください" in m.ja and m.en for m in caught.value.messages)
    return str(caught.value)


NORMAL = {"normalise": {"method": "min_max"}}
MEAN = {"aggregate": {"method": "arithmetic"}}


@pytest.mark.parametrize("method", ["min_max", "z_score", "distance_to_max"])
def test_constant_column_is_named(method):
    text = message([{"normalise": {"method": method}}], columns={**COLUMNS, "C": [0.1] * 5})
    assert "Indicator C has the same value everywhere" in text and "goalposts" in text


@pytest.mark.parametrize("method", ["rank", "borda", "percentile_rank"])
def test_constant_column_has_tied_ranks(method):
    result = run([{"normalise": {"method": method}}], columns={**COLUMNS, "C": [7] * 5})
    assert set(column(result, "C")) == {1 if method == "rank" else 0}


def test_single_unit():
    columns = {code: [3.0] for code in "ABCD"}
    assert "A, B, C, D has the same value" in message([NORMAL], columns=columns)
    assert "A, B, C, D has the same value" in message([{"normalise": {"method": "percentile_rank"}}], columns=columns)
    result = run([{"normalise": {"method": "goalposts"}}, MEAN], columns=columns)
    assert result.ranks()[0].tolist() == [1] * 7


def test_unit_and_indicator_without_values():
    columns = {code: [*values, None] for code, values in COLUMNS.items()}
    result = run([NORMAL, MEAN], columns=columns)
    assert column(result, "T")[5] is None and math.isnan(result.ranks()[5, -1])
    assert any("u5" in w["en"] for w in result.report.warnings)
    result = run([NORMAL, MEAN], columns={**COLUMNS, "C": [None] * 5})
    assert result.report.dropped == [{"iCode": "C", "reason": "no_values"}]
    assert column(result, "Q")[2] is None and column(result, "Q")[0] is not None


@pytest.mark.parametrize("cell", [float("inf"), float("-inf"), "inf", "nan", "abc", "1,5", "1_0", True])
def test_cells_that_are_no_numbers(cell):
    columns = {**COLUMNS, "C": [10, 30, cell, 5, 30]}
    assert "Row 4, column C" in message([NORMAL], columns=columns)


def test_text_that_is_a_number_and_integer_columns():
    as_text = {c: ["" if v is None else str(v) for v in values] for c, values in COLUMNS.items()}
    a, b = run([NORMAL, MEAN], columns=as_text), run([NORMAL, MEAN])
    assert np.array_equal(a.scores(), b.scores(), equal_nan=True)


@pytest.mark.parametrize("weight", [0, -1, None])
def test_weights_that_are_not_positive(weight):
    text = message([NORMAL, MEAN], meta=meta_table({"B": {"Weight": weight}}))
    assert "B" in text and "positive" in text
    if weight is not None:
        step = {"aggregate": {"method": "arithmetic", "weights": {"B": weight}}}
        assert "weights in the recipe" in message([NORMAL, step])
    run([NORMAL, {"aggregate": {"method": "arithmetic", "weights": "equal"}}])


def test_all_weights_zero():
    zero = {code: {"Weight": 0} for code in "ABCDPQ"}
    text = message([NORMAL, MEAN], meta=meta_table(zero))
    assert "weight 0 of A, B, C, D" in text


def test_targets_and_goalposts_that_do_not_fit():
    target = [{"normalise": {"method": "distance_to_target"}}]
    for bad in (5, 3, None):
        assert "Indicator C needs a Target" in message(target, meta=meta_table({"C": {"Target": bad}}))
    assert "Indicator B needs a Target" in message(target, meta=meta_table({"B": {"Target": 6}}))
    posts = [{"normalise": {"method": "goalposts"}}]
    assert "GoalLower < GoalUpper" in message(posts, meta=meta_table({"C": {"GoalLower": 50}}))
    reference = [{"normalise": {"method": "distance_to_reference", "reference": "u3"}}]
    assert "reference unit u3" in message(reference, columns={**COLUMNS, "D": [2.5, 3.5, 9, None, 1]})
    unknown = [{"normalise": {"method": "distance_to_reference", "reference": "u33"}}]
    assert "nearest code: u3" in message(unknown)


@pytest.mark.parametrize("method", ["geometric", "harmonic"])
def test_zero_under_a_mean_of_positives_is_zero_and_reported(method):
    result = run([NORMAL, {"aggregate": {"method": method}}])
    assert column(result, "P")[0] == 0
    warned = [w["en"] for w in result.report.warnings if w["en"].startswith(f"P is 0 by {method}")]
    assert len(warned) == 1 and "u0" in warned[0] and "'lower: 1'" in warned[0]


@pytest.mark.parametrize("method", ["geometric", "harmonic"])
def test_negative_under_a_mean_of_positives_is_refused(method):
    text = message([{"normalise": {"method": "z_score"}}, {"aggregate": {"method": method}}])
    assert f"P cannot be computed by {method}" in text and "u0" in text
    steps = [{"normalise": {"method": "z_score"}}, {"aggregate": {"method": "generalised_mean", "power": 2}}]
    assert "negative" in message(steps)


def test_duplicates_are_refused():
    assert "u0" in message([NORMAL], uCode=["u0", "u1", "u0", "u3", "u4"])
    years = {"uCode": ["u0", "u1", "u0", "u3", "u4"], "Time": [1, 1, 2, 1, 1]}
    run([{"normalise": {"method": "rank"}}], **years)
    assert "u0 (2020)" in message([NORMAL], uCode=["u0"] * 5, Time=[2020, 2020, 2021, 2022, 2023])
    twice = pd.concat([meta_table(), meta_table().iloc[[1]]], ignore_index=True)
    assert "iCode B more than once" in message([NORMAL], meta=twice)


def test_metadata_that_do_not_hang_together():
    assert "nearest: P" in message([NORMAL], meta=meta_table({"A": {"Parent": "PP"}}))
    assert "Direction of A" in message([NORMAL], meta=meta_table({"A": {"Direction": 0}}))
    assert "Did you mean 'Indicator'" in message([NORMAL], meta=meta_table({"A": {"Type": "indicater"}}))
    assert "no column A" in message([NORMAL], columns={k: v for k, v in COLUMNS.items() if k != "A"})
    assert "Weight: 'heavy'" in message([NORMAL], meta=meta_table({"A": {"Weight": "heavy"}}))
    lone = meta_table({"C": {"Parent": "P"}, "D": {"Parent": "P"}})
    assert "No element of iMeta has Q" in message([NORMAL], meta=lone)
    assert "no rows" in message([NORMAL], columns={c: [] for c in "ABCD"})


def test_columns_outside_the_metadata_are_reported():
    result = run([NORMAL], extra=[1, 2, 3, 4, 5])
    assert any("extra" in w["en"] for w in result.report.warnings)


@pytest.mark.parametrize(
    ("document", "hint"),
    [
        ({"step": []}, "steps:"),
        ({"steps": [{"normalize": {}}]}, "Did you mean 'normalise'"),
        ({"steps": [{"normalise": {"method": "minmax"}}]}, "Did you mean 'min_max'"),
        ({"steps": [{"normalise": {"method": "min_max", "uper": 1}}]}, "Did you mean 'upper'"),
        ({"steps": [{"normalise": {}}]}, "has no method"),
        ({"steps": [{"normalise": {"method": "min_max", "lower": 5, "upper": 5}}]}, "lower smaller"),
        ({"steps": [{"normalise": {"method": "distance_to_reference"}}]}, "needs 'reference"),
        ({"steps": [{"screen": {"min_available": "3/2"}}]}, "outside 0 to 1"),
        ({"steps": [{"screen": {"min_available": "2/0"}}]}, "cannot be read as a number"),
        ({"steps": [{"screen": {"force_in": ["a"], "force_out": ["a"]}}]}, "both force_in and force_out"),
        ({"steps": [{"impute": {"method": "group_mean"}}]}, "needs a group"),
        ({"steps": [{"aggregate": {"method": "generalised_mean"}}]}, "needs a power"),
        ({"steps": [{"aggregate": {"method": "geometric", "weights": "optimised"}}]}, "arithmetic only"),
        ({"steps": [{"aggregate": {"method": "arithmetic", "weights": "equl"}}]}, "Did you mean 'equal'"),
        (
            {"steps": [{"aggregate": {"method": "arithmetic", "by_level": {2: {"metod": "x"}}}}]},
            "Did you mean 'method'",
        ),
        ({"steps": [MEAN, NORMAL]}, "move it before aggregate"),
        ({"steps": [{"a": 1, "b": 2}]}, "exactly one name"),
        ({"steps": [NORMAL], "seed": 1}, "choose from"),
    ],
)
def test_recipes_that_are_not_understood(document, hint):
    with pytest.raises(RecipeError) as caught:
        parse_recipe(document)
    assert hint in str(caught.value)


def test_recipes_that_do_not_fit_the_panel():
    level = {"aggregate": {"method": "arithmetic", "by_level": {4: {"method": "geometric"}}}}
    assert "by_level 4 does not exist" in message([NORMAL, level])
    code = {"aggregate": {"method": "arithmetic", "weights": {"AA": 1}}}
    assert "Did you mean 'A'" in message([NORMAL, code])
    assert "Lower is better for B" in message([MEAN])
    group = {"impute": {"method": "group_mean", "group": "Regoin"}}
    assert "Did you mean 'Region'" in message([group], Region=list("xxyyy"))


def test_settings_without_effect_are_reported():
    result = run([{"normalise": {"method": "z_score", "lower": 0, "upper": 100}}])
    assert result.report.warnings[-1]["en"] == (
        "Step 1 (normalise): lower, upper has no effect with the chosen method."
    )


def test_numbers_are_taken_as_written_and_the_recipe_reads_back():
    steps = [
        {"screen": {"min_available": "0.1"}},
        {"denominate": None},
        {"impute": {"method": "mean"}},
        NORMAL,
        {
            "aggregate": {
                "method": "arithmetic",
                "min_available": 0.8,
                "by_level": {2: {"min_available": "1/3"}},
            }
        },
    ]
    recipe = parse_recipe({"steps": steps})
    assert recipe.steps[0].min_available == Fraction(1, 10)
    assert recipe.steps[4].rule(3).min_available == Fraction(4, 5)
    assert recipe.steps[4].rule(2).min_available == Fraction(1, 3)
    assert recipe.steps[4].rule(2).method == "arithmetic"
    assert parse_recipe(recipe.document()) == recipe


def test_a_second_aggregate_replaces_the_first_and_says_so():
    result = run([NORMAL, {"aggregate": {"method": "copeland"}}, MEAN])
    assert np.array_equal(result.scores(), run([NORMAL, MEAN]).scores(), equal_nan=True)
    assert any("replaces" in w["en"] for w in result.report.warnings)


# Laws.

cells = st.one_of(st.none(), st.integers(-50, 50).map(float), st.floats(-1e3, 1e3, allow_subnormal=False))
tables = st.integers(3, 7).flatmap(
    lambda n: st.fixed_dictionaries({c: st.lists(cells, min_size=n, max_size=n) for c in "ABCD"})
)
RANKED = [{"normalise": {"method": "percentile_rank"}}, MEAN]
POSTS = [{"normalise": {"method": "goalposts"}}, MEAN]


@settings(max_examples=60, deadline=None)
@given(tables, st.randoms(use_true_random=False))
def test_order_of_rows_never_matters(columns, random):
    n = len(columns["A"])
    order = list(range(n))
    random.shuffle(order)
    where = {"uCode": [f"u{i // 2}" for i in range(n)], "Time": [2020 + i % 2 for i in range(n)]}
    shuffled = {c: [v[i] for i in order] for c, v in columns.items()}
    moved = {k: [v[i] for i in order] for k, v in where.items()}
    a = run(POSTS, columns=columns, **where)
    b = run(POSTS, columns=shuffled, **moved)
    assert a.panel.units == b.panel.units
    assert np.array_equal(a.scores(), b.scores(), equal_nan=True)
    assert np.array_equal(a.ranks(), b.ranks(), equal_nan=True)
    for code in ("A", "T"):
        same(column(b, code), [column(a, code)[i] for i in order])


@settings(max_examples=60, deadline=None)
@given(tables, st.integers(0, 2), st.sampled_from("ABCD"), st.floats(0, 100))
def test_a_better_value_never_lowers_a_score(columns, row, code, better):
    if columns[code][row] is None:
        return
    raised = {c: list(v) for c, v in columns.items()}
    raised[code][row] += SIGN[code] * better
    for steps in (POSTS, [{"normalise": {"method": "rank"}}, {"aggregate": {"method": "geometric"}}]):
        before, after = column(run(steps, columns=columns), "T"), column(run(steps, columns=raised), "T")
        assert after[row] >= before[row] - 1e-9


@settings(max_examples=60, deadline=None)
@given(tables)
def test_goalpost_scores_do_not_depend_on_the_others(columns):
    alone = {c: v[:1] for c, v in columns.items()}
    same(column(run(POSTS, columns=alone), "T"), column(run(POSTS, columns=columns), "T")[:1])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.floats(0.01, 100), min_size=3, max_size=3), min_size=1, max_size=5),
    st.lists(st.floats(0.1, 10), min_size=3, max_size=3),
)
def test_means_are_ordered_and_lie_between_the_extremes(rows, own):
    x, w = np.array(rows), np.array(own)[:, None]
    found = [mean.harmonic(x, w), mean.geometric(x, w), mean.arithmetic(x, w), mean.generalised_mean(x, w, 3)]
    for smaller, larger in itertools.pairwise(found):
        assert (smaller <= larger * (1 + 1e-9)).all()
    assert (found[0][:, 0] >= x.min(axis=1) * (1 - 1e-9)).all()
    assert (found[3][:, 0] <= x.max(axis=1) * (1 + 1e-9)).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=4, max_size=20))
def test_treatment_keeps_the_order(values):
    for then in ("none", "log", "box_cox"):
        found = treat.treat(np.array(values), winsorise_max=2, then=then)
        order = np.argsort(values)
        assert (np.diff(found.values[order]) >= -1e-9 * np.ptp(values)).all() or not found.passes


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.just(math.nan), st.integers(-3, 3).map(float)), min_size=1, max_size=12))
def test_rank_normalisations_count(values):
    x = np.array(values)[:, None]
    found = normalise.rank_from_bottom(x, np.array([1.0]))[:, 0]
    for value, rank in zip(values, found, strict=True):
        if math.isnan(value):
            assert math.isnan(rank)
        else:
            assert rank == 1 + sum(1 for other in values if other < value)
            assert ranks(x[:, 0])[values.index(value)] == 1 + sum(1 for other in values if other > value)


def test_blocks_of_draws_equal_single_tables():
    rng = np.random.default_rng(8)
    x = rng.uniform(1, 9, size=(3, 6, 4))
    x[0, 2, 1] = np.nan
    sign, w = np.array([1.0, -1, 1, 1]), rng.uniform(0.1, 1, size=(4, 2))
    for function in (
        normalise.min_max,
        normalise.z_score,
        normalise.rank_from_bottom,
        normalise.percentile_rank,
    ):
        block = function(x, sign)
        for d in range(3):
            assert np.array_equal(block[d], function(x[d], sign), equal_nan=True)
    for function in (mean.arithmetic, mean.geometric, mean.harmonic, mean.copeland):
        block = function(x, w)
        for d in range(3):
            assert block[d] == pytest.approx(function(x[d], w), nan_ok=True)
