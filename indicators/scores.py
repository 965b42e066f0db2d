"""Scores of many values between goalposts, and of their pillars, as the table ``scores`` of DATA."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from indicators.catalogue import Catalogue
from indicators.frames import assembled
from indicators.gaps import OPENING, chosen
from indicators.indicator import LEVELS
from indicators.scoring import (
    BAND_DENOMINATOR,
    BAND_ITEMS,
    LEAVE_BOTH,
    Elements,
    Goal,
    band_of_score,
    exact_band,
    goal_for,
    pillar_scores,
    printed_band,
    score,
)
from indicators.sums import KEYS, STATUSES
from indicators.values import Values, factor_of, placed

Columns = dict[str, Any]  # by column an array, or one value for all
Array = np.ndarray[Any, Any]
SCORE_COLUMNS = [
    *KEYS, "element", "score", "kind", "band", "coverage_present", "coverage_applicable", "dropped",
    "lower", "upper", "reason",
]  # fmt: skip


def score_table(values: Mapping[str, Values], catalogue: Catalogue, places: pd.DataFrame) -> pd.DataFrame:
    """Score, kind, band, coverage and the reason for no score, of every value and then of every pillar.

    ``values``: by indicator and definition; only the headline's is scored. ``places``: submission, level, unit by
    place.
    """
    scored = {name: _element_scores(own, catalogue) for name, own in values.items() if own.indicator.is_headline}
    parts = [*scored.values(), *(_pillar_scores(pillar, values, scored, catalogue) for pillar in catalogue.pillars)]
    counts = [len(part["place"]) for part in parts]
    return placed(assembled(parts, ["place", *SCORE_COLUMNS[len(KEYS) :]], counts), places)


def _element_scores(own: Values, catalogue: Catalogue) -> Columns:
    """The scores of one indicator; goalposts are those of the level, in force in the round."""
    count = len(own)
    found: Columns = {name: np.full(count, np.nan) for name in ("score", "lower", "upper")}
    found |= {name: np.full(count, None, dtype=object) for name in ("kind", "band")}
    found["reason"] = np.full(count, "no_goalpost" if own.indicator.scored else "context", dtype=object)
    for rows, goal in _goals(own, catalogue):
        for name, column in _scored(own.only(rows), goal).items():
            found[name][rows] = column
    nothing = np.zeros(count, dtype=np.int64)
    return {
        "place": own.place,
        "element": own.indicator.id,
        "coverage_present": nothing,
        "coverage_applicable": nothing,
        "dropped": "",
        **found,
    }


def _goals(own: Values, catalogue: Catalogue) -> Iterator[tuple[Array, Goal]]:
    """The values of each level and round with the goalposts that hold for them."""
    if not own.indicator.scored:
        return
    for place, level in enumerate(LEVELS):
        years: dict[Goal, list[int]] = {}
        for year in np.unique(own.year).tolist():
            goal = goal_for(own.indicator, level, catalogue, date(year, *OPENING))
            if goal is not None:
                years.setdefault(goal, []).append(year)
        for goal, rounds in years.items():
            yield (own.level == place) & np.isin(own.year, rounds), goal


def _scored(own: Values, goal: Goal) -> Columns:
    is_usable = own.is_ok & ~own.is_below
    value, low, high = (np.where(is_usable, score(x, goal), np.nan) for x in (own.value, own.lower, own.upper))
    lowest, highest = np.fmin(low, high), np.fmax(low, high)
    return {
        "score": value,
        "lower": lowest,
        "upper": highest,
        "kind": np.full(len(own), goal.kind, dtype=object),
        "band": _bands(own, goal, is_usable, lowest, highest),
        "reason": chosen(~is_usable, np.where(own.is_ok, "small_denominator", "status")),
    }


def _bands(own: Values, goal: Goal, is_usable: Array, lowest: Array, highest: Array) -> Array:
    """Printed bands, only of scores and only on a denominator (for levels: items) large enough."""
    if goal.kind != "score":
        return np.full(len(own), None, dtype=object)
    if own.indicator.measure.weighted_level is not None:
        is_large = own.items >= BAND_ITEMS
    else:
        is_large = own.denominator >= BAND_DENOMINATOR * own.scale
    band = exact_band(own.numerator, own.denominator, goal, factor_of(own.indicator))
    return chosen(is_usable & is_large, printed_band(band, band_of_score(lowest), band_of_score(highest)))


def _pillar_scores(
    pillar: str, values: Mapping[str, Values], scored: Mapping[str, Columns], catalogue: Catalogue
) -> Columns:
    """The scores of one pillar at every place where one of its weighted indicators is measured."""
    weights = {i.id: i.weight for i in catalogue.scored if i.pillar == pillar and i.weight is not None}
    own = [values[name] for name in weights]
    place = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *(each.place for each in own)]))
    columns = [np.searchsorted(place, each.place) for each in own]

    def spread(given: list[Array], empty: Any, kind: Any) -> Array:
        found = np.full((len(own), len(place)), empty, dtype=kind)
        for row, (column, one) in enumerate(zip(columns, given, strict=True)):
            found[row, column] = one
        return found

    found = pillar_scores(
        Elements(
            ids=list(weights),
            weight=np.array([*weights.values()], dtype=np.int64),
            score=spread([scored[name]["score"] for name in weights], np.nan, float),
            kind=spread([scored[name]["kind"] for name in weights], None, object),
            applies=spread([_applies(each) for each in own], False, bool),
            exists=spread([np.ones(len(each), dtype=bool) for each in own], False, bool),
        )
    )
    return {
        "place": place,
        "element": pillar,
        "score": found.score,
        "kind": found.kind,
        "band": None,
        "coverage_present": found.present,
        "coverage_applicable": found.applicable,
        "dropped": found.dropped,
        "lower": found.lower,
        "upper": found.upper,
        "reason": found.reason,
    }


def _applies(own: Values) -> Array:
    """Whether the weight of an element counts: not where it does not apply or is too small to score."""
    leaves: Array = np.isin(STATUSES[own.status], LEAVE_BOTH) | own.is_below
    return ~leaves
