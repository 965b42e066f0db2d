"""Rules on values: each fires on its example and not on its clean case; the two homes share one id space."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest

from indicators.catalogue import load_catalogue
from indicators.interval import wilson
from indicators.plausibility import all_rules, judge_values, value_rules
from schemas.check_kinds import ByValue

INDICATORS = load_catalogue().indicators
RULES = value_rules()


def values_of(rows: list[dict[str, Any]]) -> pd.DataFrame | None:
    if not rows:
        return None
    whole = {"level": "institution", "unit": "00", "definition": "base", "counting": "", "scale": 1, "status": "ok"}
    table = pd.DataFrame([{**whole, **row} for row in rows])
    low, high = wilson(table["numerator"].to_numpy(float), table["denominator"].to_numpy(float))
    share = table["numerator"] / table["denominator"]
    return table.assign(value=share * 100, lower=np.asarray(low) * 100, upper=np.asarray(high) * 100)


def fired(example: dict[str, Any]) -> list[str]:
    now = values_of(example.get("values", []))
    assert now is not None
    return [finding.rule for finding in judge_values(now, values_of(example.get("previous", [])), INDICATORS)]


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_the_example_fires_its_rule_and_the_clean_case_nothing(rule: Any) -> None:
    assert fired(rule.fires) == [rule.id]
    assert fired(rule.passes) == []


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_every_indicator_named_exists_and_no_placeholder_stays_open(rule: Any) -> None:
    assert isinstance(rule.check, ByValue)
    assert set(rule.check.indicators) <= set(INDICATORS)
    now = values_of(rule.fires["values"])
    assert now is not None
    for finding in judge_values(now, values_of(rule.fires.get("previous", [])), INDICATORS):
        assert "{" not in finding.message.ja + finding.message.en and not finding.blocks


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
