"""Filling gaps. Source of the methods: OECD/JRC Handbook (2008), step 3. Observed values never change."""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from indicators.composite.methods.array_types import Floats, Ints, Labels
from indicators.composite.methods.normalise import Direction, worst_and_best

Average = Literal["mean", "median"]


def by_column(x: Floats, average: Average) -> Floats:
    """``x`` (units, indicators) with gaps set to the mean or median of the values present in their column.

    A column without values stays empty.
    """
    return np.where(np.isnan(x), _average(x, average, axis=0)[None, :], x)


def by_group(x: Floats, labels: Labels, average: Average) -> Floats:
    """As ``by_column`` within the units that share a label; units without a label keep their gaps."""
    filled = x.copy()
    for label in sorted(set(labels) - {""}):
        rows = labels == label
        filled[rows] = by_column(x[rows], average)
    return filled


def by_row(x: Floats, direction: Direction, parents: Ints, average: Average) -> Floats:
    """Gaps set to the mean or median of the unit's other indicators under the same parent.

    The averages are taken on a 0–1 min–max scale on which more is better and brought back to the
    indicator's own scale. A constant indicator takes its constant and lends nothing to the others.
    """
    worst, best = (ends[0] for ends in worst_and_best(x, direction))
    span = best - worst
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(span == 0, np.nan, (x - worst) / span)
    filled = x.copy()
    for parent in np.unique(parents):
        columns = np.flatnonzero(parents == parent)
        level = _average(scaled[:, columns], average, axis=1)[:, None]
        back = np.where(span[columns] == 0, worst[columns], worst[columns] + level * span[columns])
        filled[:, columns] = np.where(np.isnan(x[:, columns]), back, x[:, columns])
    return filled


def _average(x: Floats, average: Average, axis: int) -> Floats:
    """Mean or median of what is present, NaN where nothing is."""
    empty = np.asarray(np.isnan(x).all(axis=axis))
    held = np.where(np.expand_dims(empty, axis), 0.0, x)
    found = np.nanmean(held, axis=axis) if average == "mean" else np.nanmedian(held, axis=axis)
    return np.where(empty, np.nan, found)


def over_years(
    x: Floats, units: Sequence[str], years: Floats, method: Literal["latest", "linear", "constant"]
) -> Floats:
    """Gaps filled from the same unit's other years, by year whatever the order of the rows.

    ``latest``: last earlier value, gaps before the first value stay. ``linear``: interpolated, ends take
    the nearest. ``constant``: last earlier value, gaps before the first value take the first one.
    """
    fills: dict[str, Callable[[Floats, Floats], Floats]] = {
        "latest": _latest,
        "linear": _linear,
        "constant": _constant,
    }
    filled = x.copy()
    rows_of: dict[str, list[int]] = {}
    for row, unit in enumerate(units):
        rows_of.setdefault(unit, []).append(row)
    for found in rows_of.values():
        rows = np.array(found)
        if not np.isnan(x[rows]).any():
            continue
        rows = rows[np.argsort(years[rows])]
        for column in np.flatnonzero(np.isnan(x[rows]).any(axis=0)):
            filled[rows, column] = fills[method](years[rows], x[rows, column])
    return filled


def _latest(years: Floats, series: Floats) -> Floats:
    last = np.maximum.accumulate(np.where(np.isnan(series), -1, np.arange(len(series))))
    return np.where(last < 0, np.nan, series[last])


def _constant(years: Floats, series: Floats) -> Floats:
    present = series[~np.isnan(series)]
    carried = _latest(years, series)
    return carried if not len(present) else np.where(np.isnan(carried), present[0], carried)


def _linear(years: Floats, series: Floats) -> Floats:
    present = ~np.isnan(series)
    if not present.any():
        return series
    line = np.interp(years, years[present], series[present])
    return np.where(present, series, line)
