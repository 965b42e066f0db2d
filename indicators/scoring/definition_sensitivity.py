"""The mark "depends on the definition": who counts as foreign decides the band or the side of a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from indicators.catalogue.declarations import LEVELS, Indicator
from indicators.catalogue.load_catalogue import Catalogue
from indicators.scoring.benchmark import verdict
from indicators.scoring.gaps import in_force
from indicators.scoring.goalposts_and_bands import exact_band, goal_for
from indicators.values.values import Values, factor_of
from schemas.dictionary.counting_day import counting_day

Array = np.ndarray[Any, Any]
DEPENDS = "depends_on_definition"
COMPARED = "foreign_degree"  # the wide reading (SGU) is another indicator and never stands beside these


def flag_sensitive_values(values: Mapping[str, Values], catalogue: Catalogue) -> dict[str, Values]:
    """``values`` by key, with the flag on both rows of an indicator that lead to different bands or verdicts.

    A verdict is here the side of each line drawn for the headline's definition, context lines included.
    """
    found = dict(values)
    for key, own in values.items():
        other = values.get(f"{own.indicator.id}:{COMPARED}")
        if own.indicator.is_headline and other is not None:
            places = np.array(sorted(_differing_positions(own, other, catalogue)), dtype=np.int64)
            found[key] = _with_flag(own, places)
            found[other.indicator.key] = _with_flag(other, places)
    return found


def _with_flag(own: Values, places: Array) -> Values:
    flags = own.flags.copy()
    is_marked = np.isin(own.place, places)
    flags[is_marked] = np.array([f"{flag} {DEPENDS}".strip() for flag in flags[is_marked]], dtype=object)
    return replace(own, flags=flags)


def _differing_positions(own: Values, other: Values, catalogue: Catalogue) -> set[int]:
    """The places where the two definitions do not lead to the same."""
    common, first, second = np.intersect1d(own.place, other.place, return_indices=True)
    both = own.is_ok[first] & other.is_ok[second]
    common, first, second = common[both], first[both], second[both]
    year, level = own.year[first], own.level[first]
    differs = np.zeros(len(common), dtype=bool)
    for rows, sides in _judgements(own.indicator, year, level, catalogue):
        one, two = (sides(values, at) for values, at in ((own, first), (other, second)))
        differs |= rows & (one != two)
    return set(common[differs].tolist())


def _judgements(indicator: Indicator, year: Array, level: Array, catalogue: Catalogue) -> Iterator[tuple[Array, Any]]:
    """For each goalpost and each line in force the rows it concerns, and what decides about values at some rows."""
    for place, name in enumerate(LEVELS):
        for one in np.unique(year).tolist():
            goal = goal_for(indicator, name, catalogue, counting_day(one))
            if goal is not None:
                per = factor_of(indicator)
                yield (
                    (level == place) & (year == one),
                    lambda own, at, goal=goal, per=per: exact_band(own.numerator[at], own.denominator[at], goal, per),
                )
    for benchmark, entry, years in in_force(catalogue.benchmarks.get(indicator.id, []), np.unique(year)):
        line = entry.line(benchmark.comparison)
        is_drawn = (benchmark.definition, benchmark.unit) == (indicator.definition_key, indicator.unit)
        if line is not None and is_drawn:
            share = Fraction(line) / factor_of(indicator)
            is_lower = benchmark.comparison == "<="
            yield (
                np.isin(year, years),
                lambda own, at, share=share, is_lower=is_lower: (
                    verdict(own.numerator[at], own.denominator[at], share, lower_is_better=is_lower).met
                ),
            )
