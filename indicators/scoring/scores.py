"""Scores of many values between goalposts, and of their pillars, as the table ``scores``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from indicators.catalogue.declarations import LEVELS
from indicators.catalogue.load_catalogue import Catalogue
from indicators.scoring.calls import unjudged_centres
from indicators.scoring.goalposts_and_bands import (
    LEAVE_BOTH,
    PRINTED,
    Elements,
    Goal,
    band_of_score,
    exact_band,
    goal_for,
    pillars_in_words,
    printed_position,
    score,
)
from indicators.values.dictionary_encoding import SHORT, DictionaryColumn, assemble_frame, chosen_positions
from indicators.values.sums import BAND_DENOMINATOR, BAND_ITEMS
from indicators.values.tables import KEYS, STATUSES
from indicators.values.values import Values, factor_of
from schemas.dictionary.counting_day import counting_day

Columns = dict[str, Any]  # by column an array, or one value for all
Array = np.ndarray[Any, Any]
KINDS = (None, "score", "direction", "reference")
REASONS = (None, "no_goalpost", "context", "small_denominator", "status")
SCORE_COLUMNS = [
    *KEYS, "element", "score", "kind", "band", "coverage_present", "coverage_applicable", "dropped",
    "lower", "upper", "reason",
]  # fmt: skip


def score_table(values: Mapping[str, Values], catalogue: Catalogue, entities: pd.DataFrame) -> pd.DataFrame:
    """Score, kind, band, coverage and the reason for no score, of every value and then of every pillar.

    ``values``: by indicator and definition; only the headline's is scored. ``entities``: submission, level, unit by
    entity.
    """
    scored = {
        name: _element_scores(own, catalogue, entities) for name, own in values.items() if own.indicator.is_headline
    }
    parts = [*scored.values(), *(_pillar_scores(pillar, values, scored, catalogue) for pillar in catalogue.pillars)]
    return assemble_frame(parts, SCORE_COLUMNS, entities)


def _element_scores(own: Values, catalogue: Catalogue, entities: pd.DataFrame) -> Columns:
    """The scores of one indicator; goalposts are those of the level, in force in the round.

    Where the target is a requirement of calls, a centre that is not judged by one is scored as a direction.
    """
    count = len(own)
    points = {name: np.full(count, np.nan) for name in ("score", "lower", "upper")}
    words = {name: np.zeros(count, dtype=np.int8) for name in ("kind", "band", "reason")}
    words["reason"][:] = REASONS.index("no_goalpost" if own.indicator.scored else "context")
    found = {**points, **words}
    for rows, goal in _goals(own, catalogue):
        at = chosen_positions(rows)
        for name, column in _score_values(own.only(rows), goal).items():
            found[name][at] = column
    _mark_directions(own, catalogue, entities, found)
    nothing = np.zeros(count, dtype=SHORT)
    return {
        "entity": own.entity,
        "element": own.indicator.id,
        "coverage_present": nothing,
        "coverage_applicable": nothing,
        "dropped": "",
        **points,
        **{
            name: DictionaryColumn(words[name], texts)
            for name, texts in (("kind", KINDS), ("band", PRINTED), ("reason", REASONS))
        },
    }


def _mark_directions(own: Values, catalogue: Catalogue, entities: pd.DataFrame, found: Columns) -> None:
    """Turns scores of centres into directions, without a band, where no requirement of their call is a verdict."""
    turned = unjudged_centres(own, catalogue, entities) & (found["kind"] == KINDS.index("score"))
    found["kind"][turned], found["band"][turned] = KINDS.index("direction"), 0


def _goals(own: Values, catalogue: Catalogue) -> Iterator[tuple[Array, Goal]]:
    """The values of each level and round with the goalposts that hold for them."""
    if not own.indicator.scored or not len(own):
        return
    for position, level in enumerate(LEVELS):
        years: dict[Goal, list[int]] = {}
        for year in own.years.tolist():
            goal = goal_for(own.indicator, level, catalogue, counting_day(year))
            if goal is not None:
                years.setdefault(goal, []).append(year)
        for goal, rounds in years.items():
            is_held = own.level == position
            yield is_held if len(rounds) == len(own.years) else is_held & np.isin(own.year, rounds), goal


def _score_values(own: Values, goal: Goal) -> dict[str, Array]:
    """Scores and their ends; kind, band and reason as positions in KINDS, PRINTED and REASONS."""
    is_usable = own.is_ok & ~own.is_below
    value, low, high = (np.where(is_usable, score(x, goal), np.nan) for x in (own.value, own.lower, own.upper))
    lowest, highest = np.fmin(low, high), np.fmax(low, high)
    return {
        "score": value,
        "lower": lowest,
        "upper": highest,
        "kind": np.full(len(own), KINDS.index(goal.kind)),
        "band": _bands(own, goal, is_usable, lowest, highest),
        "reason": np.where(
            is_usable, 0, np.where(own.is_ok, REASONS.index("small_denominator"), REASONS.index("status"))
        ),
    }


def _bands(own: Values, goal: Goal, is_usable: Array, lowest: Array, highest: Array) -> Array:
    """Printed bands, only of scores and only on a denominator (for levels: items) large enough."""
    if goal.kind != "score":
        return np.zeros(len(own), dtype=np.int64)
    if own.indicator.measure.weighted_level is not None:
        is_large = own.items >= BAND_ITEMS
    else:
        is_large = own.denominator >= BAND_DENOMINATOR * own.scale
    band = exact_band(own.numerator, own.denominator, goal, factor_of(own.indicator))
    return np.where(is_usable & is_large, printed_position(band, band_of_score(lowest), band_of_score(highest)), 0)


def _pillar_scores(
    pillar: str, values: Mapping[str, Values], scored: Mapping[str, Columns], catalogue: Catalogue
) -> Columns:
    """The scores of one pillar at every entity where one of its weighted indicators is measured."""
    weights = {i.id: i.weight for i in catalogue.scored if i.pillar == pillar and i.weight is not None}
    own = [values[name] for name in weights]
    entity, columns = _common_entities([each.entity for each in own])

    def spread(given: list[Array], empty: Any) -> Array:
        found = np.full((len(own), len(entity)), empty)
        for row, (column, one) in enumerate(zip(columns, given, strict=True)):
            found[row, column] = one
        return found

    found = pillars_in_words(
        Elements(
            ids=list(weights),
            weight=np.array([*weights.values()], dtype=SHORT),
            score=spread([scored[name]["score"] for name in weights], np.nan),
            kind=DictionaryColumn(spread([scored[name]["kind"].codes for name in weights], 0), KINDS),
            applies=spread([_applies(each) for each in own], False),
            exists=spread([np.ones(len(each), dtype=bool) for each in own], False),
        )
    )
    return {
        "entity": entity,
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


def _common_entities(entities: list[Array]) -> tuple[Array, list[Array]]:
    """All entities that occur, ascending; and for each list of entities where they stand among them."""
    is_here = np.zeros(max((int(own.max(initial=-1)) for own in entities), default=-1) + 1, dtype=bool)
    for own in entities:
        is_here[own] = True
    position = np.cumsum(is_here) - 1
    return np.flatnonzero(is_here), [position[own] for own in entities]


def _applies(own: Values) -> Array:
    """Whether the weight of an element counts: not where it does not apply or is too small to score."""
    leaves: Array = np.isin(STATUSES.tolist(), LEAVE_BOTH)[own.status] | own.is_below
    return ~leaves
