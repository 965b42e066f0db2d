"""Quantiles of which only a range may be told, in words."""

from __future__ import annotations

from app.charts.chart_rows import value_text
from app.components.session import Page
from app.results.national_quantiles import UNLIMITED, QuantileRange

UNTOLD = UNLIMITED / 2


def range_text(page: Page, found: QuantileRange, unit: str) -> str:
    """A quantile with its unit: one number where its ends read the same, else from–to, or that it cannot be told."""
    if max(abs(found.low), abs(found.high)) > UNTOLD:
        return page.say("quantile.untold")
    low, high = (value_text(end, unit, page.language) for end in (found.low, found.high))
    return low if low == high else page.say("quantile.range", low=low, high=high)
