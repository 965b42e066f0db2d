"""Rules that need an indicator or its interval.

They say which values are unlikely in themselves, beside last round's, or beside those of other institutions and
published figures, where such are given. They share ids, texts and findings with
schemas/rules/rules.yaml. Thresholds are start values of the catalogue.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from indicators.catalogue.declarations import Indicator
from indicators.catalogue.load_catalogue import Catalogue
from indicators.comparison.small_counts import SMALLEST_SHOWN, TELLABLE, is_few
from indicators.published.compare import OTHER_YEARS, SECONDARY, comparison
from schemas.dictionary.format_number import difference_shown, format_number
from schemas.rules.check_kinds import ByValue
from schemas.rules.finding import Finding
from schemas.rules.rule import Rule, load_rules

RULES_FILE = Path(__file__).parent / "rules.yaml"
PLACE = ["indicator", "level", "unit", "definition", "counting"]
SERIES = ["indicator", "definition", "counting"]
WHOLE = "institution"
SAME = 1e-9
COARSE = 5  # steps in which figures of other institutions are told
PERCENT, MOST = 100.0, 1e9  # the greatest share, and a rate that no limit is known of
FENCE = 3  # distances between the quartiles beyond which a value is far out
OWN_TESTS = frozenset({"outside_interval", "moved", "outside"})
# What is needed of the values of others.
OF_OTHERS = [*SERIES, "institution", "level", "status", "value", "numerator", "denominator"]
Array = np.ndarray[Any, Any]
Row = dict[str, Any]
Place = tuple[str, ...]  # the values of PLACE


@cache
def value_rules() -> dict[str, Rule]:
    """The rules of indicators/plausibility/rules.yaml by id; raises DeclarationError with every fault."""
    return load_rules(RULES_FILE)


@cache
def all_rules() -> dict[str, Rule]:
    """Every rule of both homes by id, those on counts first. Raises ValueError for an id that stands in both."""
    on_counts, on_values = load_rules(), value_rules()
    if twice := on_counts.keys() & on_values.keys():
        raise ValueError(f"rules declared in both homes: {', '.join(sorted(twice))}")
    return {**on_counts, **on_values}


def judge_all(
    values: pd.DataFrame,
    catalogue: Catalogue,
    *,
    previous: pd.DataFrame | None = None,
    others: pd.DataFrame | None = None,
    published: pd.DataFrame | None = None,
) -> list[Finding]:
    """Findings of every rule about the values of one submission; a rule is silent where what it compares is None.

    ``values`` and ``previous``: tables ``values`` of this round and the last (value, lower and upper in the
    indicator's unit); ``others``: OF_OTHERS of those of other institutions in this round; ``published``: the
    ``published_values`` of the institution. Values with another status than ok are left out.
    """
    indicators, now = catalogue.indicators, _index_rows(values)
    whole = [row for row in now.values() if row["level"] == WHOLE]
    found = _beside_last(now, _index_rows(previous), indicators)
    if others is not None:
        found += _beside_others(whole, others, indicators)
    if published is not None:
        found += _beside_published(whole, comparison(values, published, catalogue), indicators)
    return found


@cache
def compared_with_others() -> frozenset[str]:
    """The indicators whose values a rule sets beside those of other institutions."""
    return frozenset(name for _, spec in _active({"outside_others"}) for name in spec.indicators)


def _beside_last(
    now: Mapping[Place, Row], before: Mapping[Place, Row], indicators: Mapping[str, Indicator]
) -> list[Finding]:
    """Findings about values in themselves and beside last round's, by Wilson's (1927) interval (docs/methods.md 2)."""
    return [
        finding
        for rule, spec in _active(OWN_TESTS)
        for position, row in now.items()
        if row["indicator"] in spec.indicators and _is_large(row, spec) and _is_odd(spec, row, before.get(position))
        for finding in [_finding(rule, row, indicators, _of_last(before.get(position)))]
    ]


def _beside_others(whole: Sequence[Row], others: pd.DataFrame, indicators: Mapping[str, Indicator]) -> list[Finding]:
    """Findings about values of whole institutions that lie far from those of other institutions.

    The institution's own rows among ``others`` are left out. A value is far out where all of its
    interval (the value itself where it has none) lies beyond the outer fences: the quartiles and three times their
    distance, as in Tukey, J. W. (1977), Exploratory Data Analysis, Addison-Wesley, 2C and 2D. Silent with fewer other
    institutions than the rule asks for, and where the quartiles are equal.
    """
    if others.empty:
        return []
    known = others[(others["status"] == "ok") & (others["level"] == WHOLE)]
    series = dict(list(known.groupby(SERIES, sort=False)))
    return [
        _finding(rule, row, indicators, told)
        for rule, spec in _active({"outside_others"})
        for row in whole
        if row["indicator"] in spec.indicators and _is_large(row, spec)
        if (same := series.get(tuple(row[name] for name in SERIES))) is not None
        if (told := _far_out(spec, row, same, indicators[row["indicator"]])) is not None
    ]


def _far_out(spec: ByValue, row: Row, same: pd.DataFrame, indicator: Indicator) -> dict[str, str] | None:
    """Coarse quartiles and number of the others where a value is far out; None where it is not, or they are too few.

    ``same``: the values of whole institutions of the same indicator, definition and counting.
    """
    same = same[same["institution"] != row.get("institution")].drop_duplicates("institution")
    if len(same) < spec.others:
        return None
    least, greatest = values_of_others(same, indicator)
    low, high = float(np.nanquantile(least, 0.25)), float(np.nanquantile(greatest, 0.75))
    reach = FENCE * (high - low)
    ends = [row["value"] if pd.isna(row[end]) else row[end] for end in ("lower", "upper")]
    if reach <= 0 or (float(ends[0]) <= high + reach and float(ends[1]) >= low - reach):
        return None
    told = coarse_quartiles(least, greatest)
    return {"low": str(told[0]), "high": str(told[1]), "count": str(len(same))}


def coarse_quartiles(least: Array, greatest: Array) -> tuple[int, int]:
    """The quartiles of others as they are told: no closer than to COARSE, outwards, since one is that of one or two."""
    low, high = np.nanquantile(least, 0.25), np.nanquantile(greatest, 0.75)
    return COARSE * math.floor(low / COARSE), COARSE * math.ceil(high / COARSE)


def values_of_others(rows: pd.DataFrame, indicator: Indicator) -> tuple[Array, Array]:
    """The least and greatest that each value may be where a count of 1 to 4 lies behind it, else the value twice.

    So neither whether a finding is made nor what it says depends on such a count (docs/methods.md 11).
    """
    value = rows["value"].to_numpy(float)
    if indicator.measure.share is None and indicator.measure.rate is None:
        return value, value
    part, whole = (_exact(rows, name) for name in ("numerator", "denominator"))
    few_part, few_whole = is_few(part), is_few(whole)
    is_share = indicator.measure.share is not None
    is_open = few_whole
    if is_share:
        is_open = is_open | is_few(whole - part) | (few_part & (whole < TELLABLE))
    one = value / np.where(few_part, part, 1.0)
    least = np.where(is_open, 0.0, np.where(few_part, one, value))
    greatest = np.where(few_part, (SMALLEST_SHOWN - 1) * one, value)
    return least, np.where(is_open, PERCENT if is_share else MOST, greatest)


def _exact(rows: pd.DataFrame, name: str) -> Array:
    """Counts as numbers; as in the store exact texts, as in memory integers over their scale."""
    plain = pd.to_numeric(rows[name], errors="coerce").to_numpy(float, copy=True)
    if pd.api.types.is_numeric_dtype(rows[name].dtype):
        return plain / (rows["scale"].to_numpy(float) if "scale" in rows else 1.0)
    fractions = np.flatnonzero(np.isnan(plain) & rows[name].notna().to_numpy(bool))
    plain[fractions] = [float(Fraction(str(text))) for text in rows[name].iloc[fractions]]
    return plain


def _beside_published(
    whole: Sequence[Row], compared: pd.DataFrame, indicators: Mapping[str, Indicator]
) -> list[Finding]:
    """Findings about values that differ much from published figures of the same institution and the same years.

    ``compared``: of `indicators.published.compare`. A figure seen only at second hand, or of other years, is left out.
    """
    return [
        _finding(rule, row, indicators, told)
        for rule, spec in _active({"beside_published"})
        for pair in compared.to_dict("records")
        if pair["indicator"] in spec.indicators and not {OTHER_YEARS, SECONDARY} & set(pair["flags"])
        for row in whole
        if _is_declared(row, pair) and _is_large(row, spec)
        if abs(difference_shown(pair["published"], row["value"])) > spec.points
        for told in [{"published": value_text(pair["published"]), "source": pair["source"], "years": pair["as_of"]}]
    ]


def _is_declared(row: Row, pair: Mapping[Any, Any]) -> bool:
    """Whether a comparison is of this value and not of one by another definition or counting."""
    return bool(row["indicator"] == pair["indicator"] and abs(float(row["value"]) - pair["declared"]) < SAME)


def _active(tests: Collection[str]) -> Iterator[tuple[Rule, ByValue]]:
    for rule in value_rules().values():
        if rule.status == "active" and isinstance(rule.check, ByValue) and rule.check.test in tests:
            yield rule, rule.check


def _finding(rule: Rule, row: Row, indicators: Mapping[str, Indicator], more: Mapping[str, str]) -> Finding:
    told = {"label": indicators[row["indicator"]].label, "now": value_text(row["value"]), **more}
    field = f"{row['indicator']}.{row['definition']}"
    return rule.finding(told, field=field, row_key=f"{row['level']}/{row['unit']}", value=value_text(row["value"]))


def _index_rows(values: pd.DataFrame | None) -> dict[Place, Row]:
    if values is None or values.empty:
        return {}
    ok = values[values["status"] == "ok"]
    rows: Sequence[Row] = [{str(key): value for key, value in row.items()} for row in ok.to_dict("records")]
    return {tuple(str(row[column]) for column in PLACE): row for row in rows}


def _is_large(row: Row, spec: ByValue) -> bool:
    exact = Fraction(str(row["denominator"]))  # scaled integers in memory, exact text in the store
    return exact >= spec.minimum * (1 if isinstance(row["denominator"], str) else int(row["scale"]))


def _is_odd(spec: ByValue, row: Row, last: Row | None) -> bool:
    """Whether a value is odd by the numbers as they are told: none reads as inside the limits it is said to pass."""
    value = float(row["value"])
    if spec.test == "outside":
        return _is_outside(value, spec.low, spec.high)
    if last is None or not _is_large(last, spec):
        return False
    if spec.test == "moved":
        return abs(difference_shown(float(last["value"]), value)) > spec.points
    return (
        not pd.isna(last["lower"]) and not pd.isna(last["upper"]) and _is_outside(value, last["lower"], last["upper"])
    )


def _is_outside(value: float, low: float | None, high: float | None) -> bool:
    is_below = low is not None and difference_shown(low, value) < 0
    return is_below or (high is not None and difference_shown(high, value) > 0)


def _of_last(last: Row | None) -> dict[str, str]:
    names = {"before": "value", "low": "lower", "high": "upper"}
    return {} if last is None else {name: value_text(last[column]) for name, column in names.items()}


def value_text(value: Any) -> str:
    """A value with one decimal, as sentences write it."""
    return "－" if pd.isna(value) else format_number(float(value))
