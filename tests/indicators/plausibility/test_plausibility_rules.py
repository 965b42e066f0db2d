"""Rules on values: each fires on its example and not on its clean case; the two homes share one id space."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest

from indicators.catalogue.load_catalogue import load_catalogue
from indicators.plausibility.plausibility_rules import (
    all_rules,
    compared_with_others,
    judge_all,
    value_rules,
)
from indicators.published.values import PublishedValue, frame_of
from indicators.values.wilson_interval import wilson
from schemas.rules.check_kinds import ByValue
from schemas.rules.finding import Finding

CATALOGUE = load_catalogue()
INDICATORS = CATALOGUE.indicators
RULES = value_rules()
ACTIVE = {name: rule for name, rule in RULES.items() if rule.status == "active"}


def values_of(rows: list[dict[str, Any]]) -> pd.DataFrame | None:
    """The table ``values``; a row with ``times`` stands for that many institutions."""
    if not rows:
        return None
    whole = {"level": "institution", "unit": "00", "definition": "base", "counting": "", "scale": 1, "status": "ok"}
    dated = {"institution": "F101110100029", "year": 2026, "window_from": 2023, "window_to": 2025}
    spread = [{**row, "institution": f"{n}-{time}"} if "times" in row else row
              for n, row in enumerate(rows) for time in range(row.get("times", 1))]  # fmt: skip
    table = pd.DataFrame([{**whole, **dated, **row} for row in spread])
    low, high = wilson(table["numerator"].to_numpy(float), table["denominator"].to_numpy(float))
    share = table["numerator"] / table["denominator"]
    is_share = table["indicator"].map(lambda name: INDICATORS[name].unit != "number")
    table = table.assign(value=share * 100, lower=np.asarray(low) * 100, upper=np.asarray(high) * 100)
    return table.assign(value=table["value"].where(is_share, table["numerator"]))


def published_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    figures = [
        PublishedValue("leiden", row["institution"], row["indicator"], row["as_of"], "full", float(row["value"]), None,
                       True, row.get("grade", "direct"))
        for row in rows
    ]  # fmt: skip
    return frame_of(figures)


def found_in(example: dict[str, Any]) -> list[Finding]:
    """What all judges find, each given what the example holds for it."""
    now = values_of(example.get("values", []))
    assert now is not None
    previous, others = (values_of(example.get(name, [])) for name in ("previous", "others"))
    published = published_of(example.get("published", []))
    return judge_all(now, CATALOGUE, previous=previous, others=others, published=published)


def fired(example: dict[str, Any]) -> list[str]:
    return [finding.rule for finding in found_in(example)]


@pytest.mark.parametrize("rule", ACTIVE.values(), ids=lambda rule: rule.id)
def test_the_example_fires_its_rule_and_the_clean_case_nothing(rule: Any) -> None:
    assert fired(rule.fires) == [rule.id]
    assert fired(rule.passes) == []


@pytest.mark.parametrize("rule", ACTIVE.values(), ids=lambda rule: rule.id)
def test_every_indicator_named_exists_and_no_placeholder_stays_open(rule: Any) -> None:
    assert isinstance(rule.check, ByValue)
    assert set(rule.check.indicators) <= set(INDICATORS)
    for finding in found_in(rule.fires):
        assert "{" not in finding.message.ja + finding.message.en and not finding.blocks


BESIDE = [rule for rule in ACTIVE.values() if rule.check.test == "outside_others"]


@pytest.mark.parametrize("rule", BESIDE, ids=lambda rule: rule.id)
def test_a_value_is_silent_beside_few_others_and_beside_its_own(rule: Any) -> None:
    few = [{**row, "times": 4} for row in rule.fires["others"]]
    assert fired({**rule.fires, "others": few}) == []
    own = [{**row, "institution": "F101110100029"} for row in values_of(rule.fires["others"]).to_dict("records")]
    assert fired({**rule.fires, "others": [{k: v for k, v in row.items() if k != "times"} for row in own]}) == []
    equal = [{**row, "numerator": rule.fires["others"][0]["numerator"]} for row in rule.fires["others"]]
    assert fired({**rule.fires, "others": equal}) == [], "where half of them are equal nothing is far"


@pytest.mark.parametrize("whole", [4, 9, 40, 200])
def test_what_is_said_of_others_depends_on_no_count_of_1_to_4(whole: int) -> None:
    """The others lie on both sides of the hidden one, so that it decides both quartiles."""
    example = RULES["R.RES.203"].fires
    name = "foreign_researcher_share"
    others = [{"indicator": name, "numerator": n, "denominator": 200, "times": 1} for n in (0, 2, 4, 6, 8, 10, 20, 24)]
    for is_rest in (False, True):
        told = set()
        for few in (1, 2, 3, 4):
            part = whole - few if is_rest else few
            hidden = {"indicator": name, "numerator": part, "denominator": whole, "times": 4}
            found = found_in({"values": example["values"], "others": [*others, hidden]})
            told.add(tuple(finding.message.ja for finding in found))
        assert len(told) == 1


def test_what_is_called_outside_or_moved_is_so_by_the_numbers_told() -> None:
    name = "foreign_researcher_share"
    last = values_of([{"indicator": name, "numerator": 200, "denominator": 2000}])
    assert last is not None
    for low, high, value, odd in ((9.04, 11, 9.01, False), (9.06, 11, 9.04, True), (9, 11.04, 11.049, False)):
        now = last.assign(value=value)
        found = judge_all(now, CATALOGUE, previous=last.assign(lower=low, upper=high))
        assert [f.rule for f in found] == (["R.RES.201"] if odd else [])
    score = values_of([{"indicator": "english_admin_score", "numerator": 40, "denominator": 100}])
    assert score is not None
    for before, value, odd in ((39.96, 60.0, False), (40.0, 60.04, False), (40.0, 60.05, True), (60.1, 40.0, True)):
        found = judge_all(score.assign(value=value), CATALOGUE, previous=score.assign(value=before))
        assert [f.rule for f in found] == (["R.ADM.027"] if odd else [])


def test_without_what_they_compare_with_rules_are_silent() -> None:
    for rule in ACTIVE.values():
        now = values_of(rule.fires["values"])
        assert now is not None
        compares = {"previous", "others", "published"} & set(rule.fires)
        assert [f.rule for f in judge_all(now, CATALOGUE)] == ([] if compares else [rule.id])
    assert compared_with_others() == {name for rule in BESIDE for name in rule.check.indicators}


def test_a_small_institution_is_far_out_only_by_all_of_its_interval() -> None:
    rule = RULES["R.RES.203"]
    few = [{"indicator": "foreign_researcher_share", "numerator": 15, "denominator": 50}]
    many = [{"indicator": "foreign_researcher_share", "numerator": 300, "denominator": 1000}]
    others = rule.fires["others"]
    assert fired({"values": few, "others": others}) == []
    assert fired({"values": many, "others": others}) == [rule.id]


def test_values_as_stored_are_judged_like_those_in_memory() -> None:
    example = RULES["R.RES.203"].fires
    now, others = values_of(example["values"]), values_of(example["others"])
    assert now is not None and others is not None
    stored = now.assign(numerator=now["numerator"].astype(str), denominator=now["denominator"].astype(str), scale=1000)
    assert [f.rule for f in judge_all(stored, CATALOGUE, others=others)] == ["R.RES.203"]
    small = stored.assign(denominator="99/2")
    assert judge_all(small, CATALOGUE, others=others) == []
    assert judge_all(now, CATALOGUE, others=others.iloc[:0]) == []


def test_published_figures_of_other_years_or_second_hand_are_left_out() -> None:
    fires = RULES["R.PUB.041"].fires
    (figure,) = fires["published"]
    for odd in ({"as_of": "2015-2018"}, {"grade": "secondary"}, {"institution": "F101110100029"}):
        assert fired({**fires, "published": [{**figure, **odd}]}) == []


def test_the_list_of_2022_is_no_reason_to_doubt_an_answer_of_joint_degrees() -> None:
    one = {"indicator": "joint_degree_programmes", "institution": "F108110101423", "numerator": 1, "denominator": 1}
    assert fired({"values": [one]}) == []
    assert RULES["R.DEG.058"].status == "retired", "the id is not given again"


def test_small_denominators_and_values_that_are_missing_are_not_judged() -> None:
    example = RULES["R.PUB.042"].fires
    few = {"values": [{**row, "numerator": 4, "denominator": 10} for row in example["values"]]}
    assert fired(few) == []
    assert fired({"values": [{**row, "status": "m"} for row in example["values"]]}) == []


def test_there_are_at_least_120_rules_of_all_severities_in_one_id_space() -> None:
    active = [rule for rule in all_rules().values() if rule.status == "active"]
    assert len(active) >= 120
    assert set(Counter(rule.severity for rule in active)) == {"error", "check", "note"}
    assert all(set(rule.companions) <= set(all_rules()) for rule in active)
