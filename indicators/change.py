"""Change: why a score moved between two editions, how fast a value moves, and when it would arrive (METHODS 9)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import theilslopes

from indicators.refused import InputRefused
from schemas.declaration import Text

Array = np.ndarray[Any, Any]
Cause = Literal["performance", "revision", "definitions", "benchmarks", "weights"]
CAUSES: tuple[Cause, ...] = ("performance", "revision", "definitions", "benchmarks", "weights")
SLOPE_FROM = 3
INTERVAL_FROM = 5
LONGEST_WAIT = 100  # years; a line this slow says nothing about a year of arrival
FARTHEST = 10_000  # years, at which the late end of an interval is cut
BREAK, OTHER_DEFINITION = "b", "de"

ONE_EDITION = Text(
    ja="一方の年度にしか得点がないため、年度間の比較はできません。両年度の値をそれぞれご覧ください。",
    en="There is a score in one edition only, so the two cannot be compared. Please read each by itself.",
)
NOT_BETWEEN = Text(
    ja="今年度と前年度の条件を組み合わせると得点を計算できないため、変化の内訳は示せません。"
    "両年度の値をそれぞれご覧ください。",
    en="The score cannot be computed with inputs of both editions together, so its change has no account. "
    "Please read each edition by itself.",
)


# the account of a change


@dataclass(frozen=True)
class Account:
    """What moved a score: ``last + Σ parts = this``, in points.

    Where the two editions cannot be compared ``parts`` is empty and ``reason`` says why.
    """

    last: float | None
    this: float | None
    parts: Mapping[str, float]
    reason: Text | None = None

    @property
    def comparable(self) -> bool:
        """Whether the change has an account."""
        return self.reason is None


def account_of_change(score: Callable[..., float | None], last: Mapping[str, Any], this: Mapping[str, Any]) -> Account:
    """Splits a change of score among CAUSES.

    ``last`` and ``this`` give for each cause its input in either edition; ``score`` is called with these five
    as keyword arguments and returns points, or None where there is no score. For ``performance`` and
    ``revision`` see ``counts_between``. Raises InputRefused for a missing cause or an infinite score.

    Shapley, L. S. (1953), see ``shapley``.
    """
    for edition in (last, this):
        missing = [cause for cause in CAUSES if cause not in edition]
        if missing:
            raise InputRefused(
                Text(
                    ja=f"変化の要因「{missing[0]}」の入力がありません。両年度の入力を渡してください。",
                    en=f"The input for '{missing[0]}' is missing. Please give it for both editions.",
                )
            )

    def worth(changed: frozenset[str]) -> float | None:
        return score(**{cause: (this if cause in changed else last)[cause] for cause in CAUSES})

    return account(worth, CAUSES)


def account(worth: Callable[[frozenset[str]], float | None], causes: Sequence[str]) -> Account:
    """The account of a score given for every set of causes that already stand as in this edition.

    Calls ``worth`` once for each of the 2^k sets. Raises InputRefused for repeated causes or infinite scores.
    """
    if len(set(causes)) != len(causes) or not causes:
        raise InputRefused(
            Text(
                ja="変化の要因が空か、重複しています。要因を一つずつ渡してください。",
                en="The causes are empty or repeated. Please give each of them once.",
            )
        )
    values = {changed: _number(worth(changed)) for changed in _subsets(causes)}
    before, after = values[frozenset()], values[frozenset(causes)]
    if before is None or after is None:
        return Account(before, after, {}, ONE_EDITION)
    known = {changed: value for changed, value in values.items() if value is not None}
    if len(known) < len(values):
        return Account(before, after, {}, NOT_BETWEEN)
    return Account(before, after, shapley(known, causes))


def shapley(worth: Mapping[frozenset[str], float], causes: Sequence[str]) -> dict[str, float]:
    """The Shapley value of each cause: its mean marginal effect over all orders in which causes may come.

    ``worth`` has a value for each of the 2^k subsets of ``causes``. The values add up to worth(all) −
    worth(none) to 1e-9 or better, and a cause that changes nothing gets exactly 0.

    Shapley, L. S. (1953). A value for n-person games. Contributions to the Theory of Games II, 307-317;
    for decompositions: Shorrocks, A. F. (2013). Journal of Economic Inequality 11, 99-126.
    """
    total = len(causes)
    parts = {}
    for cause in causes:
        others = [other for other in causes if other != cause]
        parts[cause] = math.fsum(
            (worth[before | {cause}] - worth[before]) / (total * math.comb(total - 1, len(before)))
            for before in _subsets(others)
        )
    return parts


def counts_between(original: ArrayLike, revised: ArrayLike, this: ArrayLike, *, moved: bool, mended: bool) -> Array:
    """Counts with this edition's movement (``moved``), the revision of last edition's counts, both or neither.

    ``original + moved·(this − revised) + mended·(revised − original)``: nothing, both and the revision alone
    give the three tables themselves; where nothing was revised, ``mended`` has no effect, and where nothing
    moved, ``moved`` has none. Raises InputRefused where movement without revision gives a negative count.
    """
    old, new, now = (np.asarray(table) for table in (original, revised, this))
    if not old.shape == new.shape == now.shape or any(table.dtype.kind not in "iu" for table in (old, new, now)):
        raise InputRefused(
            Text(
                ja="前年度、訂正後の前年度、今年度の人数を、同じ大きさの整数の表で渡してください。",
                en="Please give last edition's counts, the revised ones and this edition's as tables of whole "
                "numbers of one size.",
            )
        )
    counts: Array = old.astype(np.int64) + int(moved) * (now.astype(np.int64) - new) + int(mended) * (new - old)
    if (counts < 0).any():
        raise InputRefused(
            Text(
                ja="前年度の値の訂正が大きいため、訂正と実績を分けられません。訂正後の前年度と比べてください。",
                en="Last year's figures were revised too much to tell the revision from the movement. Please compare "
                "with the revised year.",
            )
        )
    return counts


def shared(last: Iterable[str], this: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(in both editions, in one only): elements of the second are "not comparable". Sorted by name."""
    before, after = set(last), set(this)
    return tuple(sorted(before & after)), tuple(sorted(before ^ after))


def _subsets(causes: Sequence[str]) -> list[frozenset[str]]:
    return [frozenset(chosen) for size in range(len(causes) + 1) for chosen in combinations(causes, size)]


def _number(value: float | None) -> float | None:
    if value is None or math.isnan(value):
        return None
    if math.isinf(value):
        raise InputRefused(
            Text(
                ja="得点が無限大になりました。目標値と基準値が同じでないかを確認してください。",
                en="A score is infinite. Please check that floor and target differ.",
            )
        )
    return float(value)


# trend and arrival


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
