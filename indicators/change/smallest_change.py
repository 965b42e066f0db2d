"""The fewest people who would move a verdict or a band, recomputed with the functions that give these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from indicators.errors import InvalidInput
from indicators.scoring.benchmark import verdict
from indicators.values.sums import BAND_DENOMINATOR
from schemas.dictionary.sentences import Sentences

sentences = Sentences(__file__)

Judge = Callable[[int, int], str]
Way = Literal["replace_in", "replace_out", "part_joins", "part_leaves", "rest_joins", "rest_leaves"]
# How the part and the whole move with each person.
WAYS: dict[Way, tuple[int, int]] = {
    "replace_in": (1, 0),
    "replace_out": (-1, 0),
    "part_joins": (1, 1),
    "part_leaves": (-1, -1),
    "rest_joins": (0, 1),
    "rest_leaves": (0, -1),
}
FURTHEST = 1_000_000  # people; nothing an institution could do lies beyond


# counts


@dataclass(frozen=True)
class CountChange:
    """A change of counts that moves the outcome: in which way, by how many people, and to what."""

    way: Way
    people: int
    part: int
    whole: int
    before: str
    after: str


@dataclass(frozen=True)
class NearestCountChange:
    """The smallest change, None where nothing moves the outcome, and the smallest of each way that can."""

    outcome: str
    best: CountChange | None
    by_way: tuple[CountChange, ...]


def verdict_at(line: Fraction, *, lower_is_better: bool = False) -> Judge:
    """A judge by a requirement at ``line`` (a share in 0..1): ``met`` or ``not_met``."""

    def judge(part: int, whole: int) -> str:
        found = verdict(np.array([part]), np.array([whole]), line, lower_is_better=lower_is_better)
        return "met" if found.met[0] else "not_met"

    return judge


def nearest_change_of_counts(part: int, whole: int, judge: Judge) -> NearestCountChange:
    """The fewest people who move the outcome of ``part`` of ``whole``.

    A person replaced counts once, and so does one who joins or leaves. ``judge`` must be monotone in the
    share; an outcome ``""`` is never taken for a change. Among equal numbers the order of WAYS decides.
    Raises InvalidInput for counts that are no part of a whole or have no outcome.
    """
    _check_counts(part, whole)
    outcome = judge(part, whole)
    if not outcome:
        raise InvalidInput(sentences("no_band", whole=whole, least=BAND_DENOMINATOR))
    found = [_along(way, part, whole, judge, outcome) for way in WAYS]
    ways = tuple(change for change in found if change is not None)
    return NearestCountChange(outcome, min(ways, key=lambda change: change.people, default=None), ways)


def _along(way: Way, part: int, whole: int, judge: Judge, outcome: str) -> CountChange | None:
    """The first step along a way at which the outcome differs: doubling, then halving the distance."""
    up_part, up_whole = WAYS[way]
    last = _room(way, part, whole)

    def after(people: int) -> str:
        return judge(part + up_part * people, whole + up_whole * people)

    while last > 0 and not after(last):
        last -= 1
    low, high = 0, min(1, last)
    while high < last and after(high) == outcome:
        low, high = high, min(last, 2 * high)
    if high == 0 or after(high) == outcome:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if after(middle) == outcome else (low, middle)
    return CountChange(way, high, part + up_part * high, whole + up_whole * high, outcome, after(high))


def _room(way: Way, part: int, whole: int) -> int:
    """How many people can move in this way while counts stay counts of somebody."""
    rest = whole - part
    room: dict[Way, int] = {
        "replace_in": rest,
        "replace_out": part,
        "part_joins": FURTHEST,
        "part_leaves": min(part, whole - 1),
        "rest_joins": FURTHEST,
        "rest_leaves": min(rest, whole - 1),
    }
    return room[way]


def _check_counts(part: int, whole: int) -> None:
    counts = (part, whole)
    if any(isinstance(n, bool) or not isinstance(n, int) for n in counts) or not 0 <= part <= whole or whole < 1:
        raise InvalidInput(sentences("bad_part", part=part, whole=whole))
