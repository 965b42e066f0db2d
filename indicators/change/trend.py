"""Trend: how fast a value moves, and when it would arrive at a target (METHODS 9)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import theilslopes

from indicators.errors import InputRefused
from schemas.dictionary.declaration import Text

SLOPE_FROM = 3
INTERVAL_FROM = 5
LONGEST_WAIT = 100  # years; a line this slow says nothing about a year of arrival
FARTHEST = 10_000  # years, at which the late end of an interval is cut
BREAK, OTHER_DEFINITION = "b", "de"


@dataclass(frozen=True)
class Trend:
    """How fast a value moves, in its unit a year.

    ``years`` are those used, after the last break. ``slope`` and ``level`` (the line's value in the last
    year) are None below 3 points, ``interval`` (95 %) below 5. ``value`` is the last one.
    """

    years: tuple[int, ...]
    value: float
    slope: float | None
    level: float | None
    interval: tuple[float, float] | None

    @property
    def is_certain(self) -> bool:
        """Whether the interval exists and excludes zero."""
        return self.interval is not None and (self.interval[0] > 0 or self.interval[1] < 0)


def trend(years: Sequence[int], values: Sequence[float | None], flags: Sequence[str] | None = None) -> Trend:
    """Theil-Sen slope from 3 points, Kendall interval from 5, over the years since the last break.

    ``flags`` are the marks of each year, several apart by spaces: a series starts anew at ``b`` and wherever
    ``de`` begins or ends. Years without value are left out; order does not matter. Raises InputRefused.

    Theil, H. (1950). Proc. KNAW 53; Sen, P. K. (1968). Estimates of the regression coefficient based on
    Kendall's tau. JASA 63(324), 1379-1389 (as in scipy.stats.theilslopes).
    """
    points = _since_break(_points(years, values, flags))
    x, y = [point[0] for point in points], [point[1] for point in points]
    if len(points) < SLOPE_FROM:
        return Trend(tuple(x), y[-1], None, None, None)
    fit = theilslopes(y, x, alpha=0.95)
    interval = (float(fit.low_slope), float(fit.high_slope)) if len(points) >= INTERVAL_FROM else None
    return Trend(tuple(x), y[-1], float(fit.slope), float(fit.intercept + fit.slope * x[-1]), interval)


@dataclass(frozen=True)
class Arrival:
    """When a target would be reached: ``year`` with the ``earliest`` and ``latest`` by the slope's interval.

    No year unless there are at least 5 points, a slope that is certain, and at most LONGEST_WAIT years to go;
    ``text`` says what holds.
    """

    year: int | None
    earliest: int | None
    latest: int | None
    text: Text


def arrival(found: Trend, target: float, *, lower_is_better: bool = False) -> Arrival:
    """The year in which the trend's line reaches ``target`` (in the unit of the values), or why none is given.

    Raises InputRefused for a target that is no number.
    """
    if not math.isfinite(target):
        raise InputRefused(
            Text(ja="目標値が数ではありません。数で渡してください。", en="The target is no number. Please give one.")
        )
    sign = -1 if lower_is_better else 1
    if sign * (found.value - target) >= 0:
        return Arrival(None, None, None, Text(ja="すでに到達しています。", en="The target has been reached."))
    if found.slope is None or found.level is None:
        return Arrival(None, None, None, _too_short(len(found.years)))
    if found.interval is None or not found.is_certain:
        return Arrival(None, None, None, _only_slope(found.slope))
    speeds = sorted(sign * speed for speed in found.interval)
    distance, last = max(0.0, sign * (target - found.level)), found.years[-1]
    waits = [math.inf] if speeds[0] < 0 else [distance / v for v in (sign * found.slope, *speeds)]
    if waits[0] > LONGEST_WAIT:
        text = Text(ja="この速さでは到達しません。", en="At this pace the target will not be reached.")
        return Arrival(None, None, None, text)
    expected, latest, earliest = (last + _whole_years(wait) for wait in waits)
    text = Text(
        ja=f"この速さが続けば、{expected}年度に到達します（{earliest}～{latest}年度）。",
        en=f"If this pace lasts, the target is reached in {expected} ({earliest} to {latest}).",
    )
    return Arrival(expected, earliest, latest, text)


def _whole_years(wait: float) -> int:
    """The first year's end at which a line has arrived: one that arrives exactly at a year's end is not late."""
    # The line is computed in floating point, so that 3 years may come out as a little more than 3.
    return max(1, math.ceil(round(min(wait, FARTHEST), 9)))


def _too_short(count: int) -> Text:
    return Text(
        ja=f"比較できる年が{count}年分のため、変化の速さはまだ示せません。{SLOPE_FROM}年分がそろうと表示します。",
        en=f"Years that can be compared: {count}. The pace is shown from {SLOPE_FROM} years on.",
    )


def _only_slope(slope: float) -> Text:
    return Text(
        ja=f"1年当たりの変化は{slope:+.2f}です。到達の年を示すには、同じ向きの変化が{INTERVAL_FROM}年分以上必要です。",
        en=f"The change is {slope:+.2f} a year. A year of arrival needs {INTERVAL_FROM} or more years moving one way.",
    )


Point = tuple[int, float, bool, bool]  # year, value, a break before it, another definition


def _points(years: Sequence[int], values: Sequence[float | None], flags: Sequence[str] | None) -> list[Point]:
    marks = flags if flags is not None else [""] * len(years)
    if not len(years) == len(values) == len(marks):
        raise InputRefused(
            Text(
                ja="年、値、記号の数が違います。同じ数だけ渡してください。",
                en="Years, values and flags differ in number. Please give as many of each.",
            )
        )
    whole = [year for year in years if isinstance(year, int | np.integer) and not isinstance(year, bool)]
    if len(whole) < len(years) or len(set(whole)) < len(whole):
        raise InputRefused(
            Text(
                ja="年が整数でないか、重複しています。1年につき一つの値を渡してください。",
                en="A year is no whole number or stands twice. Please give one value for each year.",
            )
        )
    rows = zip((int(year) for year in years), values, (frozenset(str(mark).split()) for mark in marks), strict=True)
    points: list[Point] = []
    broken = False
    for year, value, mark in sorted(rows, key=lambda row: row[0]):
        broken = broken or BREAK in mark
        if value is None or (isinstance(value, float | np.floating) and math.isnan(value)):
            continue
        points.append((year, _value(value, year), broken, OTHER_DEFINITION in mark))
        broken = False
    if not points:
        raise InputRefused(
            Text(ja="値のある年がありません。値を渡してください。", en="No year has a value. Please give some.")
        )
    return points


def _value(value: object, year: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or math.isinf(value):
        raise InputRefused(
            Text(
                ja=f"{year}年の値「{value}」は数ではありません。数で渡してください。",
                en=f"The value of {year}, '{value}', is no number. Please give one.",
            )
        )
    return float(value)


def _since_break(points: list[Point]) -> list[Point]:
    start = 0
    for index in range(1, len(points)):
        _, _, broken, other = points[index]
        if broken or other != points[index - 1][3]:
            start = index
    return points[start:]
