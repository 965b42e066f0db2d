"""The mark "depends on the definition": who counts as foreign decides the band or the side of a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from indicators.catalogue.declarations import LEVELS
from indicators.catalogue.load_catalogue import Catalogue
from indicators.scoring.benchmark import verdict
from indicators.scoring.calls import lines_for, unjudged_centres
from indicators.scoring.goalposts_and_bands import exact_band, goal_for
from indicators.values.values import Values, factor_of
from schemas.dictionary.counting_day import counting_day

Array = np.ndarray[Any, Any]
COMPARED = "foreign_degree"  # the wide reading (SGU) is another indicator and never stands beside these


def flag_sensitive_values(values: Mapping[str, Values], catalogue: Catalogue, frame: pd.DataFrame) -> dict[str, Values]:
    """``values`` by key, with the flag on both rows of an indicator that lead to different bands or verdicts.

    A verdict is here the side of each line drawn for the headline's definition, context lines included. ``frame``:
    call, grant and whether a centre has several hosts, by entity.
    """
    found = dict(values)
    for key, own in values.items():
        other = values.get(f"{own.indicator.id}:{COMPARED}")
        if own.indicator.is_headline and other is not None:
            entities = np.array(sorted(_differing_positions(own, other, catalogue, frame)), dtype=np.int64)
            found[key] = _with_flag(own, entities)
            found[other.indicator.key] = _with_flag(other, entities)
    return found


def _with_flag(own: Values, entities: Array) -> Values:
    return replace(own, depends=own.depends | np.isin(own.entity, entities))


def _differing_positions(own: Values, other: Values, catalogue: Catalogue, entities: pd.DataFrame) -> set[int]:
    """The entities where the two definitions do not lead to the same."""
    common, first, second = np.intersect1d(own.entity, other.entity, return_indices=True)
    both = own.is_ok[first] & other.is_ok[second]
    common, first, second = common[both], first[both], second[both]
    differs = np.zeros(len(common), dtype=bool)
    for rows, sides in _judgements(own, catalogue, entities):
        one, two = (sides(values, at) for values, at in ((own, first), (other, second)))
        differs |= rows[first] & (one != two)
    return set(common[differs].tolist())


def _judgements(own: Values, catalogue: Catalogue, entities: pd.DataFrame) -> Iterator[tuple[Array, Any]]:
    """For each goalpost and each line the values of ``own`` that it concerns, and what decides about values.

    A centre is set beside the line of its own call only, and has a band only where that line is a verdict.
    """
    indicator, factor = own.indicator, factor_of(own.indicator)
    has_band = ~unjudged_centres(own, catalogue, entities)
    for position, name in enumerate(LEVELS):
        for one in own.years.tolist():
            goal = goal_for(indicator, name, catalogue, counting_day(one))
            if goal is not None:
                yield (
                    has_band & (own.level == position) & (own.year == one),
                    lambda found, at, goal=goal: exact_band(found.numerator[at], found.denominator[at], goal, factor),
                )
    for benchmark in catalogue.benchmarks.get(indicator.id, []):
        if (benchmark.definition, benchmark.unit) != (indicator.definition_key, indicator.unit):
            continue
        for line in lines_for(benchmark, own, entities):
            value = line.entry.line(benchmark.comparison) if line.entry else None
            if value is not None:
                share, is_lower = Fraction(value) / factor, benchmark.comparison == "<="
                yield (
                    line.rows,
                    lambda found, at, share=share, is_lower=is_lower: (
                        verdict(found.numerator[at], found.denominator[at], share, lower_is_better=is_lower).met
                    ),
                )
