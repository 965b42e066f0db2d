"""Gaps of values to benchmark entries: which entry speaks, at which level, in points and in people, by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from indicators.catalogue.declarations import LEVELS, Benchmark
from indicators.catalogue.load_catalogue import Catalogue, load_catalogue
from indicators.scoring.gaps import foreign_hires, gap_table, is_comparable
from indicators.values.dictionary_encoding import DictionaryColumn
from indicators.values.tables import STATUS_RANK, Tables
from indicators.values.values import METHODS, WILSON, Values, factor_of
from indicators.values.wilson_interval import wilson

SHARE, RATE, NUMBER, MEDIAN = "foreign_researcher_share", "inbound_long_rate", "researcher_number", "ra_hourly_pay"
SCORE, ROLLOUT, COAUTHORED = "english_admin_score", "rollout_rate", "intl_coauthored_share_full"
TEXT = {"ja": "例", "en": "example"}
ENTRY = {"from": "2000-04-01", "last_confirmed": "2025-04-01", "source": "s", "seen": "primary", "why": TEXT}
YEARS = (2025, 2026)
CALL: dict[str, Any] = {"call": {"year": 2017, "types": ["regular"]}}
CALLS = {"call": "2017/regular", "grant": "in_grant", "is_shared": False}  # of every entity; only centres' are read


@lru_cache
def catalogue() -> Catalogue:
    return load_catalogue()


def benchmark(indicator: str, *entries: dict[str, Any], **changed: Any) -> Benchmark:
    """A requirement of the indicator's own people; one entry of 30 where none is given."""
    own = catalogue().indicators[indicator]
    declared = {
        "id": "b",
        "kind": "requirement",
        "level": "institution",
        "label": TEXT,
        "population": TEXT,
        "population_key": own.population,
        "definition": own.definition_key,
        "counting": own.counting,
        "comparison": ">=",
        "unit": "percent",
        "authority": "ministry",
        "entries": [{**ENTRY, "text": e.get("value", ""), **e} for e in entries or ({"value": "30"},)],
        **changed,
    }
    return Benchmark.model_validate(declared)


def values(
    indicator: str, counts: Sequence[tuple[float, float]], *, level: str = "institution", scale: int = 1, **changed: Any
) -> Values:
    """One value for each (part, whole), each of a submission of its own, in 2026."""
    own = catalogue().indicators[indicator]
    part, whole = (np.array([round(pair[i] * scale) for pair in counts], dtype=np.int64) for i in (0, 1))
    low, high = wilson(part, whole)
    count = len(counts)
    found = Values(
        indicator=own,
        scale=scale,
        entity=np.arange(count),
        level=np.full(count, LEVELS.index(level)),
        year=np.full(count, 2026),
        status=np.full(count, STATUS_RANK["ok"]),
        numerator=part,
        denominator=whole,
        value=factor_of(own) * part / whole,
        lower=100 * low,
        upper=100 * high,
        method=DictionaryColumn(np.full(count, WILSON, dtype=np.int8), METHODS),
        is_small=np.zeros(count, dtype=bool),
        is_below=np.zeros(count, dtype=bool),
        items=np.zeros(count, dtype=np.int64),
        items_met=np.zeros(count, dtype=np.int64),
        depends=np.zeros(count, dtype=bool),
    )
    return replace(found, **changed)


def gaps(own: Values, *lines: Benchmark, hires: Sequence[int] | None = None) -> pd.DataFrame:
    count = len(own)
    entities = pd.DataFrame(
        {
            "submission": [f"s{at}" for at in range(count)],
            "level": [LEVELS[at] for at in own.level],
            "unit": "00",
            "institution": "X",
            "year": own.year,
            "number": np.arange(count),
            **CALLS,
        }
    )
    known = replace(catalogue(), benchmarks={own.indicator.id: list(lines)})
    recent = np.zeros(count, dtype=np.int64) if hires is None else np.array(hires)
    return gap_table({own.indicator.key: own}, known, entities, recent)


def column(frame: pd.DataFrame, name: str) -> list[Any]:
    return [None if pd.isna(value) else value for value in frame[name]]


# in whole people


def test_a_share_lacks_points_and_people() -> None:
    found = gaps(values(SHARE, [(29, 100), (30, 100), (33, 100)]), benchmark(SHARE), hires=[0, 0, 5])
    assert column(found, "gap_points") == pytest.approx([-1, 0, 3])
    assert column(found, "replace") == [1, 0, 0] and column(found, "add") == [2, 0, 0]
    assert column(found, "verdict") == ["not_met", "met", "met"] and column(found, "margin") == [-1, 0, 3]
    assert column(found, "fragile") == [False, True, True]
    assert column(found, "of") == ["people"] * 3 and column(found, "benchmark_value") == ["30"] * 3
    assert column(found, "submission") == ["s0", "s1", "s2"] and column(found, "entry") == ["2000-04-01"] * 3


def test_lower_is_better_turns_points_and_people() -> None:
    line = benchmark(SHARE, {"low": "10", "high": "30"}, comparison="<=")
    found = gaps(values(SHARE, [(29, 100), (40, 100)]), line)
    assert column(found, "gap_points") == pytest.approx([1, -10])
    assert column(found, "replace") == [0, 10] and column(found, "add") == [0, 34]
    assert column(found, "verdict") == ["met", "not_met"] and column(found, "margin") == [1, -10]


def test_a_range_is_reached_at_its_lower_end() -> None:
    found = gaps(values(SHARE, [(12, 100)]), benchmark(SHARE, {"low": "10", "high": "30"}))
    assert column(found, "gap_points") == pytest.approx([2]) and column(found, "verdict") == ["met"]


def test_a_rate_has_no_gap_by_adding_and_a_number_none_by_replacing() -> None:
    rate = gaps(values(RATE, [(3, 150), (9, 150)]), benchmark(RATE, {"value": "4"}))
    assert column(rate, "replace") == [3, 0] and column(rate, "add") == [None, None]
    number = gaps(
        values(NUMBER, [(65, 1), (71, 1)], level="centre"), benchmark(NUMBER, {"value": "70", **CALL}, level="centre")
    )
    assert column(number, "replace") == [None, None] and column(number, "add") == [5, 0]
    assert column(number, "margin") == [-5, 1]


def test_levels_reached_are_counted_items() -> None:
    found = gaps(values(ROLLOUT, [(9, 40)]), benchmark(ROLLOUT, {"value": "25"}))
    assert column(found, "replace") == [1] and column(found, "add") == [2] and column(found, "margin") == [-1]


def test_fractions_have_points_but_neither_people_nor_verdict() -> None:
    own = values(COAUTHORED, [(29.5, 100), (31, 100), (30, 100.5)], scale=1000)
    found = gaps(own, benchmark(COAUTHORED))
    assert column(found, "gap_points") == pytest.approx([-0.5, 1, 3000 / 100.5 - 30])
    for name in ("replace", "add", "margin"):
        assert [value is None for value in column(found, name)] == [True, False, True], name
    assert column(found, "verdict") == [None, "met", None] and column(found, "margin")[1] == 1


def test_a_median_has_a_verdict_and_no_people() -> None:
    found = gaps(values(MEDIAN, [(2000, 1), (2500, 1)]), benchmark(MEDIAN, {"value": "2500"}, unit="yen_per_hour"))
    assert column(found, "verdict") == ["not_met", "met"]
    assert column(found, "replace") == column(found, "add") == column(found, "margin") == [None, None]
    assert column(found, "fragile") == [False, False]


def test_what_nobody_counts_has_points_alone() -> None:
    found = gaps(values("secure_post_gap", [(3, 100)]), benchmark("secure_post_gap"))
    assert column(found, "gap_points") == pytest.approx([-27])
    assert column(found, "verdict") == column(found, "replace") == column(found, "margin") == [None]


def test_counts_of_what_has_no_name_have_points_alone() -> None:
    found = gaps(values("short_mobility_rate", [(3, 150)]), benchmark("short_mobility_rate", {"value": "4"}))
    assert column(found, "gap_points") == pytest.approx([-2]) and column(found, "replace") == [None]


def test_papers_are_never_fragile_by_hires_of_people() -> None:
    own = values(COAUTHORED, [(34, 100)])
    assert column(gaps(own, benchmark(COAUTHORED), hires=[9]), "fragile") == [False]
    assert column(gaps(values(SHARE, [(34, 100)]), benchmark(SHARE), hires=[9]), "fragile") == [True]


# levels and comparability


@pytest.mark.parametrize(
    ("at", "line", "verdict"),
    [
        ("institution", "institution", "met"),
        ("centre", "centre", "met"),
        ("institution", "centre", None),
        ("centre", "institution", None),
        ("unit", "programme", None),
        ("unit", "unit", "met"),
        ("institution", "programme", None),
        ("centre", "programme", None),
    ],
)
def test_a_verdict_only_at_the_benchmarks_own_level(at: str, line: str, verdict: str | None) -> None:
    found = gaps(values(SHARE, [(34, 100)], level=at), benchmark(SHARE, level=line))
    assert column(found, "comparable") == [True] and column(found, "verdict") == [verdict]
    assert column(found, "replace") == [0] and (column(found, "margin") == [None]) == (verdict is None)
    assert column(found, "fragile") == [False]


@pytest.mark.parametrize(
    "changed",
    [
        {"level": "country"},
        {"level": "sector"},
        {"population_key": "other"},
        {"definition": "sgu"},
        {"counting": "full"},
    ],
)
def test_another_population_or_definition_is_no_gap(changed: dict[str, str]) -> None:
    line = benchmark(SHARE, **changed)
    assert not is_comparable(catalogue().indicators[SHARE], line)
    found = gaps(values(SHARE, [(29, 100)]), line)
    assert column(found, "comparable") == [False] and column(found, "of") == [None]
    for name in ("gap_points", "replace", "add", "margin", "verdict"):
        assert column(found, name) == [None], name
    assert column(found, "fragile") == [False] and column(found, "benchmark_value") == ["30"]


# observed values


def test_an_observed_value_is_told_apart_only_beyond_both_sides_chance() -> None:
    line = benchmark(SHARE, {"value": "30", "whole": 100}, kind="observed")
    found = gaps(values(SHARE, [(20, 100), (38, 100), (55, 100), (5, 100)]), line)
    assert column(found, "verdict") == ["indistinguishable", "indistinguishable", "above", "below"]
    assert column(found, "replace") == column(found, "margin") == [None] * 4
    assert column(found, "gap_points") == pytest.approx([-10, 8, 25, -25])


def test_the_observed_sides_own_chance_is_that_of_its_published_count() -> None:
    own = values(SHARE, [(4000, 10_000)])
    few, many = ({"value": "30", "whole": whole} for whole in (20, 2_000))
    assert column(gaps(own, benchmark(SHARE, few, kind="observed")), "verdict") == ["indistinguishable"]
    assert column(gaps(own, benchmark(SHARE, many, kind="observed")), "verdict") == ["above"]
    near = values(SHARE, [(3_130, 10_000)])
    assert column(gaps(near, benchmark(SHARE, {"value": "30", "whole": 1_000_000}, kind="national")), "verdict") == [
        "above"
    ]


def test_the_observed_sides_interval_ends_where_wilsons_does() -> None:
    # 30 of 100: up to 39.58 %; a share of a million is known to a tenth of a point.
    line = benchmark(SHARE, {"value": "30", "whole": 100}, kind="observed")
    found = gaps(values(SHARE, [(395_000, 1_000_000), (396_000, 1_000_000)]), line)
    assert column(found, "verdict") == ["indistinguishable", "above"]


def test_a_rounded_observed_value_lies_within_its_own_interval() -> None:
    # 0.4 % of 100 people is rounded to nobody: the interval of nobody begins at 0 and would leave the value out.
    line = benchmark(SHARE, {"value": "0.4", "whole": 100}, kind="peers")
    assert column(gaps(values(SHARE, [(1, 250)]), line), "verdict") == ["indistinguishable"]
    top = benchmark(SHARE, {"value": "99.6", "whole": 100}, kind="peers")
    assert column(gaps(values(SHARE, [(249, 250)]), top), "verdict") == ["indistinguishable"]


def test_an_observed_value_without_its_count_says_nothing() -> None:
    line = benchmark(SHARE, {"value": "30"}, kind="observed")
    assert column(gaps(values(SHARE, [(90, 100)]), line), "verdict") == [None]


def test_an_observed_value_of_another_level_has_no_side() -> None:
    line = benchmark(SHARE, {"value": "30", "whole": 100}, kind="observed", level="centre")
    assert column(gaps(values(SHARE, [(90, 100)]), line), "verdict") == [None]


# requirements in words


def test_items_below_level_two_lack() -> None:
    own = values(SCORE, [(50, 100), (100, 100)], level="centre")
    own = replace(own, items=np.array([12, 12]), items_met=np.array([9, 12]))
    line = benchmark(SCORE, {"words": TEXT, **CALL}, level="centre", unit="items")
    found = gaps(own, line)
    assert column(found, "replace") == [3, 0] and column(found, "margin") == [-3, 0]
    assert column(found, "verdict") == ["not_met", "met"] and column(found, "gap_points") == [None, None]
    assert column(found, "benchmark_value") == [None, None] and column(found, "of") == ["items", "items"]
    elsewhere = gaps(own, benchmark(SCORE, {"words": TEXT}, level="institution", unit="items"))
    assert column(elsewhere, "replace") == [3, 0]
    assert column(elsewhere, "margin") == column(elsewhere, "verdict") == [None, None]


# which entry speaks


def test_each_entry_holds_in_its_own_rounds() -> None:
    line = benchmark(SHARE, {"value": "20", "from": "2010-04-01"}, {"value": "30", "from": "2026-04-01"})
    own = replace(values(SHARE, [(25, 100), (25, 100)]), year=np.array(YEARS))
    found = gaps(own, line)
    assert list(
        zip(column(found, "submission"), column(found, "benchmark_value"), column(found, "verdict"), strict=True)
    ) == [
        ("s0", "20", "met"),
        ("s1", "30", "not_met"),
    ]


def test_an_entry_that_has_ended_or_not_begun_says_nothing() -> None:
    ended = benchmark(SHARE, {"value": "20", "from": "2010-04-01", "until": "2020-03-31"})
    later = benchmark(SHARE, {"value": "20", "from": "2030-04-01"})
    assert gaps(values(SHARE, [(25, 100)]), ended, later).empty


def test_values_without_a_number_have_no_gap_but_the_requirement_that_would_judge_them() -> None:
    own = values(SHARE, [(25, 100), (25, 100), (25, 100)])
    own = replace(
        own,
        status=np.array([STATUS_RANK["ok"], STATUS_RANK["m"], STATUS_RANK["ok"]]),
        value=np.array([25.0, 25.0, np.nan]),
    )
    others = [benchmark(SHARE, level="centre"), benchmark(SHARE, kind="observed"), benchmark(SHARE, population_key="x")]
    assert set(column(gaps(own, *others), "submission")) == {"s0"}
    found = gaps(own, benchmark(SHARE))
    assert column(found, "submission") == ["s1", "s2", "s0"]
    assert column(found, "gap_points") == [*column(found, "replace")[:2], -5.0] == [None, None, -5.0]
    assert column(found, "comparable") == [True] * 3 and column(found, "of") == ["people"] * 3
    assert column(found, "verdict") == [None, None, "not_met"]


def test_an_indicator_without_benchmarks_has_no_gaps_and_the_next_one_its_own() -> None:
    own, other = values(SHARE, [(25, 100)]), values(RATE, [(3, 150)])
    entities = pd.DataFrame({"submission": ["s"], "level": ["institution"], "unit": ["00"], "number": [0], **CALLS})
    known = replace(catalogue(), benchmarks={RATE: [benchmark(RATE, {"value": "4"})]})
    found = gap_table({"one": own, "two": other}, known, entities, np.zeros(1, dtype=np.int64))
    assert column(found, "indicator") == [RATE]


# foreign hires of last year


def tables(frame: pd.DataFrame | None, entities: int = 4, scale: int = 1) -> Tables:
    frames = {} if frame is None else {"researchers": frame}
    return Tables(frames, {"researchers": scale}, pd.DataFrame({"level": ["institution"] * entities}), {}, {}, {})


def test_foreign_hires_are_summed_by_place() -> None:
    frame = pd.DataFrame({"entity": [0, 2, 2], "foreign_hired": [4, 3, 2], "foreign_hired__rank": [0, 0, 0]})
    assert foreign_hires(tables(frame)).tolist() == [4, 0, 5, 0]
    assert foreign_hires(tables(frame.assign(foreign_hired=[2000, 1000, 3000]), scale=1000)).tolist() == [2, 0, 4, 0]


def test_nobody_is_hired_where_it_was_not_asked() -> None:
    assert foreign_hires(tables(None)).tolist() == [0, 0, 0, 0]
    assert foreign_hires(tables(pd.DataFrame({"entity": [0]}))).tolist() == [0, 0, 0, 0]
