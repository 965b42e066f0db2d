"""Trend: how fast a value moves, and when it would arrive at a target.

Staff persist from year to year, so that the shares of neighbouring years resemble one another although nothing
changes. The interval allows for it: it is that of a line through years which are alike as far as people stay.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.stats import norm, theilslopes

from indicators.errors import InvalidInput
from indicators.values.values import FEWEST
from schemas.dictionary.declaration import Text
from schemas.dictionary.sentences import Sentences

sentences = Sentences(__file__)

Array = np.ndarray[Any, Any]
Count = tuple[int, int]  # part, whole
SLOPE_FROM = 3
INTERVAL_FROM = 5
LONGEST_WAIT = 100  # years; a line this slow says nothing about a year of arrival
FARTHEST = 10_000  # years, at which the late end of an interval is cut
BREAK, OTHER_DEFINITION = "b", "de"
STATED = 0.95
RUNS, SEED = 4_000, 0
MOST_PERSISTENT = 0.98


@dataclass(frozen=True)
class Trend:
    """How fast a value moves, in its unit a year.

    ``years`` are those used, after the last break. ``slope`` and ``level`` (the line's value in the last
    year) are None below 3 points. ``interval`` (95 %) is None where ``why_none`` says why. ``value`` is the last one.
    ``scatter`` holds what chance adds to slope and level, (2, runs), where the slope is certain.
    """

    years: tuple[int, ...]
    value: float
    slope: float | None
    level: float | None
    interval: tuple[float, float] | None
    why_none: Text | None = None
    scatter: Array | None = field(default=None, compare=False, repr=False)

    @property
    def is_certain(self) -> bool:
        """Whether the interval exists and excludes zero."""
        return self.interval is not None and (self.interval[0] > 0 or self.interval[1] < 0)


def trend(
    years: Sequence[int],
    values: Sequence[float | None],
    flags: Sequence[str] | None = None,
    *,
    counts: Sequence[Count | None] | None = None,
    persistence: float | None = None,
    window: int = 1,
) -> Trend:
    """Theil-Sen slope from 3 points, with an interval from 5 consecutive years of counted shares.

    Parameters
    ----------
    years, values
        In any order; years without a value are left out.
    flags
        The marks of each year, several apart by spaces: a series starts anew at ``b`` and wherever ``de`` begins or
        ends.
    counts
        Part and whole behind each value. Without them there is no interval: nothing tells chance from change.
    persistence
        The share of people who stay from one year to the next, 0 to 1; estimated from the series where it is None.
    window
        How many years each value sums up, so that neighbouring values share papers.

    Raises
    ------
    InvalidInput
        For years, values or counts that are none.

    Notes
    -----
    The interval is a parametric simulation of the same slope over years in which nothing changes: shares of binomial
    variance whose correlation at a lag of k years is persistence**k (each post is filled again with the chance
    1 - persistence; McKenzie 1985, binomial AR(1)), or 1 - k/window. Persistence is estimated from the mean square of
    the yearly differences (the variogram; Cressie 1993, section 2.4).

    References
    ----------
    Theil, H. (1950). Proc. KNAW 53; Sen, P. K. (1968). JASA 63(324), 1379-1389 (as in scipy.stats.theilslopes).
    McKenzie, E. (1985). Some simple models for discrete variate time series. Water Resources Bulletin 21, 645-650.
    Hamed, K. H. and Rao, A. R. (1998). A modified Mann-Kendall trend test for autocorrelated data. Journal of
    Hydrology 204, 182-196, on what goes wrong when persistence is left out.
    """
    points = _since_break(_points(years, values, flags, counts))
    x, y = [point.year for point in points], [point.value for point in points]
    if len(points) < SLOPE_FROM:
        return Trend(tuple(x), y[-1], None, None, None, _too_short(len(points)))
    fit = theilslopes(y, x)
    slope, level = float(fit.slope), float(fit.intercept + fit.slope * x[-1])
    why = _why_no_interval(points)
    if why is not None:
        return Trend(tuple(x), y[-1], slope, level, None, why)
    half = float(np.quantile(np.abs(_scatter(points, persistence, window)[0]), STATED))
    found = Trend(tuple(x), y[-1], slope, level, (slope - half, slope + half))
    if not found.is_certain:
        return found
    # Where something changes, shares scatter as they do along the line.
    line = (level + slope * (np.array(x) - x[-1])) / _unit_of(points)
    return replace(found, scatter=_scatter(points, persistence, window, line))


def _why_no_interval(points: Sequence[_Point]) -> Text | None:
    """Why a series of years has no interval; None where it has one."""
    years, counted = [point.year for point in points], [point.count for point in points]
    if len(points) < INTERVAL_FROM:
        return sentences("interval_from", least=INTERVAL_FROM)
    if any(count is None for count in counted):
        return sentences("no_share")
    if years[-1] - years[0] != len(years) - 1:
        return sentences("year_without_value")
    if min(count[1] for count in counted if count is not None) < FEWEST:
        return sentences("small_count", n=FEWEST - 1)
    if len({point.value for point in points}) == 1:
        return sentences("same_value")
    return None


def _scatter(points: Sequence[_Point], persistence: float | None, window: int, line: Array | None = None) -> Array:
    """What chance alone makes of slope and level, (2, runs), in the unit of the values.

    Shares scatter about the mean of all years, or about ``line`` (a share for each year).
    """
    part, whole = np.array([point.count for point in points], dtype=float).T
    share: Any = (part.sum() + 1) / (whole.sum() + 2)  # never 0 or 1, where nothing could scatter
    if line is not None:
        share = np.clip(line, 1 / (whole + 2), 1 - 1 / (whole + 2))
    spread = np.sqrt(share * (1 - share) / whole)
    lag = np.abs(np.subtract.outer(np.arange(len(points)), np.arange(len(points))))
    if window > 1:
        correlation = np.maximum(1 - lag / window, 0.0)
    else:
        kept = _persistence(part / whole, spread) if persistence is None else persistence
        correlation = float(np.clip(kept, 0.0, MOST_PERSISTENT)) ** lag
    root = np.linalg.cholesky(correlation + 1e-9 * np.eye(len(points)))
    paths = np.random.default_rng(SEED).standard_normal((RUNS, len(points))) @ root.T * spread
    slope, level = _lines(paths)
    return np.stack([slope, level]) * _unit_of(points)


def _persistence(share: Array, spread: Array) -> float:
    """How alike neighbouring years are: 1 - half the mean square of the differences over the binomial variance."""
    return 1 - float(np.mean(np.diff(share) ** 2) / (2 * np.mean(spread**2)))


def _lines(paths: Array) -> Array:
    """Theil-Sen slopes and levels in the last year of many series of consecutive years, (2, series)."""
    count = paths.shape[1]
    first, second = np.triu_indices(count, 1)
    slope = np.median((paths[:, second] - paths[:, first]) / (second - first), axis=1)
    return np.stack([slope, np.median(paths, axis=1) + slope * (count - 1) / 2])


def _unit_of(points: Sequence[_Point]) -> float:
    """What a share of 1 is in the unit of the values: 100 where they are percentages."""
    known = [(p.value, p.count[0] / p.count[1]) for p in points if p.count is not None and p.count[0] > 0]
    return known[0][0] / known[0][1]


@dataclass(frozen=True)
class Arrival:
    """When a target would be reached: ``year`` with the ``earliest`` and ``latest`` that chance leaves open (95 %).

    No year unless there are at least 5 points, a slope that is certain, and at most LONGEST_WAIT years to go;
    ``latest`` is None where no year is late enough. ``text`` says what holds.
    """

    year: int | None
    earliest: int | None
    latest: int | None
    text: Text


def arrival(found: Trend, target: float, *, lower_is_better: bool = False) -> Arrival:
    """The year in which the trend's line reaches ``target`` (in the unit of the values), or why none is given.

    Raises InvalidInput for a target that is no number.
    """
    if not math.isfinite(target):
        raise InvalidInput(
            Text(ja="目標値が数ではありません。数で渡してください。", en="The target is no number. Please give one.")
        )
    sign = -1 if lower_is_better else 1
    if sign * (found.value - target) >= 0:
        return Arrival(None, None, None, sentences("reached"))
    if found.slope is None or found.level is None:
        return Arrival(None, None, None, _too_short(len(found.years)))
    if found.interval is None or not found.is_certain:
        why = found.why_none
        text = sentences("chance_alone") if why is None else sentences("no_year", reason=why)
        return Arrival(None, None, None, text)
    distance, last = max(0.0, sign * (target - found.level)), found.years[-1]
    expected_wait = distance / (sign * found.slope) if sign * found.slope > 0 else math.inf
    if expected_wait > LONGEST_WAIT:
        return Arrival(None, None, None, sentences("never_reached"))
    waits = (expected_wait, *_waits(found, target, sign))
    expected, earliest, latest = (last + _whole_years(wait) for wait in waits)
    is_open = waits[2] >= FARTHEST
    key = "reached_from" if is_open else "reached_in" if earliest == latest else "reached_between"
    text = sentences(key, expected=expected, earliest=earliest, latest=latest)
    return Arrival(expected, earliest, None if is_open else latest, text)


def _whole_years(wait: float) -> int:
    """The first year's end at which a line has arrived: one that arrives exactly at a year's end is not late."""
    # The line is computed in floating point, so that 3 years may come out as a little more than 3.
    return max(1, math.ceil(round(min(wait, FARTHEST), 9)))


def _waits(found: Trend, target: float, sign: int) -> tuple[float, float]:
    """The earliest and the latest of the years to go, when chance moves both the line's slope and its level.

    A year is printed only where the slope is certain, and among such slopes those that chance made steep are too many.
    The latest year allows for it: its slopes are those from which one seen to be certain would come out no flatter.

    Lee, J. D., Sun, D. L., Sun, Y. and Taylor, J. E. (2016). Exact post-selection inference. Annals of Statistics 44,
    907-927 (a normal estimate beyond a known threshold).
    """
    if found.scatter is None or found.slope is None or found.level is None or found.interval is None:
        raise ValueError("no scatter without an interval")
    seen, half = sign * found.slope, (found.interval[1] - found.interval[0]) / 2
    # A line turns about the middle of its years, so that what moves its level there does not move its slope.
    middle = (found.years[-1] - found.years[0]) / 2
    shift = sign * (found.scatter[1] - middle * found.scatter[0])
    chance = (np.arange(RUNS) + 0.5) / RUNS
    error = float(found.scatter[0].std())
    steep, flat = seen + error * norm.ppf(chance), _slopes_behind_certain(seen, half, error, chance)
    ends = ((1 - STATED) / 2, (1 + STATED) / 2)
    low, high = (
        np.quantile(_years_to_go(slopes, sign * (target - found.level), (seen, middle), shift), end)
        for slopes, end in zip((steep, flat), ends, strict=True)
    )
    return float(low), float(high)


def _slopes_behind_certain(seen: float, half: float, error: float, chance: Array) -> Array:
    """Quantiles of the true slope behind one that was seen and is beyond ``half``, as it had to be to be looked at."""
    grid = np.linspace(seen - 12 * error, seen + 6 * error, 2_000)
    reached = np.exp(norm.logsf((seen - grid) / error) - norm.logsf((half - grid) / error))
    slopes: Array = np.interp(chance, np.maximum.accumulate(reached), grid)
    return slopes


def _years_to_go(slopes: Array, distance: float, turn: tuple[float, float], shift: Array) -> Array:
    """Years until lines of these slopes have gone the distance; the slope seen and half the years say how they turn."""
    seen, middle = turn
    left = np.maximum(distance + (seen - slopes) * middle + shift, 0.0)
    wait = np.full(len(slopes), float(FARTHEST))
    np.divide(left, slopes, out=wait, where=slopes > 0)
    capped: Array = np.minimum(wait, FARTHEST)
    return capped


def _too_short(count: int) -> Text:
    return sentences("too_few_years", count=count, least=SLOPE_FROM)


@dataclass(frozen=True)
class _Point:
    """One year of a series: value, counts behind it, a break before it, another definition."""

    year: int
    value: float
    count: Count | None
    is_after_break: bool
    is_other: bool


def _points(
    years: Sequence[int],
    values: Sequence[float | None],
    flags: Sequence[str] | None,
    counts: Sequence[Count | None] | None,
) -> list[_Point]:
    marks = flags if flags is not None else [""] * len(years)
    behind = counts if counts is not None else [None] * len(years)
    if not len(years) == len(values) == len(marks) == len(behind):
        raise InvalidInput(sentences("unequal_lengths"))
    whole = [year for year in years if isinstance(year, int | np.integer) and not isinstance(year, bool)]
    if len(whole) < len(years) or len(set(whole)) < len(whole):
        raise InvalidInput(sentences("bad_year"))
    rows = zip(map(int, years), values, behind, (frozenset(str(mark).split()) for mark in marks), strict=True)
    points: list[_Point] = []
    broken = False
    for year, value, count, mark in sorted(rows, key=lambda row: row[0]):
        broken = broken or BREAK in mark
        if value is None or (isinstance(value, float | np.floating) and math.isnan(value)):
            continue
        points.append(_Point(year, _value(value, year), _count(count, year), broken, OTHER_DEFINITION in mark))
        broken = False
    if not points:
        raise InvalidInput(sentences("no_values"))
    return points


def _value(value: object, year: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or math.isinf(value):
        raise InvalidInput(sentences("bad_value", year=year, value=value))
    return float(value)


def _count(count: Count | None, year: int) -> Count | None:
    if count is None:
        return None
    part, whole = count
    if not 0 <= part <= whole or int(part) != part or int(whole) != whole or whole < 1:
        raise InvalidInput(sentences("bad_counts", year=year, part=part, whole=whole))
    return int(part), int(whole)


def _since_break(points: list[_Point]) -> list[_Point]:
    start = 0
    for index in range(1, len(points)):
        point = points[index]
        if point.is_after_break or point.is_other != points[index - 1].is_other:
            start = index
    return points[start:]
