"""Medians and quartiles over institutions, of all their values, that say no more of a hidden one than its row does.

A hidden value enters by the least and the greatest that it may be by what is printed in its own row. Every quantile is
computed with all of the least and with all of the greatest; the true one lies between. Both ends are worked out from
printed figures alone, so that no two groups, however they differ, tell anything of a hidden value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from indicators.catalogue.declarations import Indicator
from indicators.comparison.peer_quartiles import LEAST_PEERS
from indicators.comparison.small_counts import FEW, SMALLEST_SHOWN

Array = np.ndarray[Any, Any]
QUARTILES = (0.25, 0.5, 0.75)
MEDIAN = (0.5,)
PERCENT = 100.0
UNLIMITED = 1e9  # far beyond any value; told as no limit


@dataclass(frozen=True)
class QuantileRange:
    """The least and greatest that a quantile may be; equal where no hidden value matters."""

    low: float
    high: float


@dataclass(frozen=True)
class Quantiles:
    """Ranges of quantiles over ``count`` institutions, ``hidden`` of which have no value that may be shown."""

    ranges: tuple[QuantileRange, ...]
    count: int
    hidden: int


def quantile_ranges(rows: pd.DataFrame, indicator: Indicator, of: Sequence[float] = QUARTILES) -> Quantiles | None:
    """Quantiles of the values of ``rows``, one row an institution; None for fewer than five institutions.

    ``rows``: of ``suppress_small_counts``, all of one definition and level of ``indicator``. Rows without a value count
    for nothing. Quantiles as numpy's ``linear`` (Hyndman and Fan 1996, type 7). An end that nothing
    limits is UNLIMITED or nearly so.
    """
    known = rows[(rows["status"] == "ok") & (rows["hidden"].astype(bool) | rows["value"].notna())]
    if len(known) < LEAST_PEERS:
        return None
    is_hidden = known["hidden"].to_numpy(bool)
    value = known["value"].to_numpy(float)
    ends = [np.where(is_hidden, bound, value) for bound in _bounds(known, indicator)]
    found = [np.quantile(end, list(of), method="linear") for end in ends]
    ranges = tuple(QuantileRange(float(low), float(high)) for low, high in zip(*found, strict=True))
    return Quantiles(ranges, len(known), int(is_hidden.sum()))


def _bounds(rows: pd.DataFrame, indicator: Indicator) -> tuple[Array, Array]:
    """The least and greatest that each value may be, by the signs printed in its own row."""
    spec = indicator.measure
    low = np.full(len(rows), -UNLIMITED if spec.difference is not None else 0.0)
    if spec.share is None:
        return low, np.full(len(rows), UNLIMITED)
    whole = pd.to_numeric(rows["denominator"].where(rows["denominator"] != FEW), errors="coerce").to_numpy(float)
    is_sign = (rows["numerator"] == FEW).fillna(False).to_numpy(bool) & (whole > 0)
    one = PERCENT / np.where(is_sign, whole, 1.0)
    high = np.where(is_sign, np.minimum(PERCENT, (SMALLEST_SHOWN - 1) * one), PERCENT)
    return np.where(is_sign, one, low), high
