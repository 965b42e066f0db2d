"""Rules that need an indicator or its interval: which values are unlikely in themselves or beside last round's.

They share ids, texts and findings with schemas/rules.yaml. Thresholds are start values of the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from indicators.indicator import Indicator
from schemas.check_kinds import ByValue
from schemas.finding import Finding
from schemas.rule import Rule, load_rules

RULES_FILE = Path(__file__).parent / "rules.yaml"
PLACE = ["indicator", "level", "unit", "definition", "counting"]
Row = dict[str, Any]


@cache
def value_rules() -> dict[str, Rule]:
    """The rules of indicators/rules.yaml by id; raises DeclarationError with every fault."""
    return load_rules(RULES_FILE)


@cache
def all_rules() -> dict[str, Rule]:
    """Every rule of both homes by id, those on counts first. Raises ValueError for an id that stands in both."""
    on_counts, on_values = load_rules(), value_rules()
    if twice := on_counts.keys() & on_values.keys():
        raise ValueError(f"rules declared in both homes: {', '.join(sorted(twice))}")
    return {**on_counts, **on_values}


def judge_values(
    values: pd.DataFrame,
    previous: pd.DataFrame | None,
    indicators: Mapping[str, Indicator],
    rules: Mapping[str, Rule] | None = None,
) -> list[Finding]:
    """Findings about the values of one submission.

    ``values`` and ``previous`` are tables ``values`` of DATA (value, lower and upper in the indicator's unit) of this
    round and the last; without the last, rules that compare are silent. Values with another status than ok are
    left out. The interval is Wilson's (1927), as in METHODS 2.
    """
    now, before = _known(values), _known(previous)
    return [
        finding
        for rule in (value_rules() if rules is None else rules).values()
        if rule.status == "active" and isinstance(rule.check, ByValue)
        for finding in _judged(rule, rule.check, now, before, indicators)
    ]


def _known(values: pd.DataFrame | None) -> dict[tuple[str, ...], Row]:
    if values is None or values.empty:
        return {}
    ok = values[values["status"] == "ok"]
    rows: Sequence[Row] = [{str(key): value for key, value in row.items()} for row in ok.to_dict("records")]
    return {tuple(str(row[column]) for column in PLACE): row for row in rows}


def _judged(
    rule: Rule,
    spec: ByValue,
    now: Mapping[tuple[str, ...], Row],
    before: Mapping[tuple[str, ...], Row],
    indicators: Mapping[str, Indicator],
) -> Iterator[Finding]:
    for place, row in now.items():
        last = before.get(place)
        if row["indicator"] not in spec.indicators or not _is_large(row, spec) or not _is_odd(spec, row, last):
            continue
        indicator = indicators[row["indicator"]]
        told = {"label": indicator.label, "now": shown(row["value"]), **_of_last(last)}
        field = f"{row['indicator']}.{row['definition']}"
        yield rule.finding(told, field=field, row_key=f"{row['level']}/{row['unit']}", value=shown(row["value"]))


def _is_large(row: Row, spec: ByValue) -> bool:
    return int(row["denominator"]) >= spec.minimum * int(row["scale"])


def _is_odd(spec: ByValue, row: Row, last: Row | None) -> bool:
    value = float(row["value"])
    if spec.test == "outside":
        return (spec.low is not None and value < spec.low) or (spec.high is not None and value > spec.high)
    if last is None or not _is_large(last, spec):
        return False
    if spec.test == "moved":
        return abs(value - float(last["value"])) > spec.points
    if pd.isna(last["lower"]) or pd.isna(last["upper"]):
        return False
    return not float(last["lower"]) <= value <= float(last["upper"])


def _of_last(last: Row | None) -> dict[str, str]:
    names = {"before": "value", "low": "lower", "high": "upper"}
    return {} if last is None else {name: shown(last[column]) for name, column in names.items()}


def shown(value: Any) -> str:
    """A value with one decimal, as sentences write it."""
    return "－" if pd.isna(value) else f"{float(value):.1f}"
