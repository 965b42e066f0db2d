"""What a series of values rests on: the counts behind each year, and how many people stay from year to year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.results.score_change import Edition
from indicators.catalogue.declarations import Indicator
from indicators.catalogue.load_catalogue import Catalogue
from indicators.values.values import is_counted_share

HIRES = "hires"  # the population whose number is the people hired in a year
STAFF = "researchers"  # the population that they join


def counts_behind(indicator: Indicator, rows: Iterable[Mapping[str, Any]]) -> list[tuple[int, int] | None]:
    """Part and whole of each value; None for what is no share of things counted, and for a year without a value."""
    return [
        (row["numerator"], row["denominator"]) if is_counted_share(indicator) and row["value"] is not None else None
        for row in rows
    ]


def retention_rate(indicator: Indicator, level: str, catalogue: Catalogue, editions: Iterable[Edition]) -> float | None:
    """The share of researchers who stay from one year to the next, from the people hired; None where not asked."""
    if indicator.population != STAFF:
        return None
    of_hires = next((i.id for i in catalogue.indicators.values() if i.population == HIRES), None)
    rates = []
    for edition in editions:
        staff = edition.row(indicator.id, level)
        hired = None if of_hires is None else edition.row(of_hires, level)
        if staff is not None and hired is not None and staff["denominator"] and hired["denominator"] is not None:
            rates.append(min(1.0, hired["denominator"] / staff["denominator"]))
    return 1 - sum(rates) / len(rates) if rates and sum(rates) > 0 else None


def window_length(indicator: Indicator) -> int:
    """How many years a value sums up; 1 where it is that of a single year."""
    return 1 if indicator.window is None else indicator.window[1] - indicator.window[0] + 1
