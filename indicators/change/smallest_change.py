"""The smallest change that would move a verdict or a band: of people, or of a pillar's weights.

Every answer is recomputed with the functions that give verdicts, bands and pillars.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np

from indicators.errors import InvalidInput
from indicators.scoring.benchmark import verdict
from indicators.scoring.goalposts_and_bands import BAND_EDGES, Elements, Goal, band_of_score, exact_band, pillar_scores
from indicators.values.sums import BAND_DENOMINATOR
from schemas.dictionary.declaration import Text

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


def band_at(goal: Goal) -> Judge:
    """A judge by the bands of a goal in percent: ``1`` to ``5``, and ``""`` where people are too few for one."""

    def judge(part: int, whole: int) -> str:
        if whole < BAND_DENOMINATOR:
            return ""
        return str(exact_band(np.array([part]), np.array([whole]), goal)[0])

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
        raise InvalidInput(
            Text(
                ja=f"総数が{whole}人のため、帯を示せません。{BAND_DENOMINATOR}人以上になると表示します。",
                en=f"With {whole} people there is no band. It is shown from {BAND_DENOMINATOR} people on.",
            )
        )
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
        raise InvalidInput(
            Text(
                ja=f"人数（{part}人／{whole}人）を確認してください。総数は1以上、うち数は総数以下の整数です。",
                en=f"Please check the counts ({part} of {whole}): whole numbers, at least one person, the part no "
                "larger than the whole.",
            )
        )


# weights


@dataclass(frozen=True)
class Element:
    """An indicator's part in a pillar: its weight, its score (None where it has none) and the score's kind.

    ``applies`` is False where the weight does not count at all.
    """

    id: str
    weight: int
    score: float | None
    kind: str | None = "score"
    applies: bool = True


@dataclass(frozen=True)
class WeightChange:
    """Weights that move a pillar's band: how many units of weight in all, the new weights, before and after."""

    units: int
    weights: dict[str, int]
    before: int
    after: int
    score_before: float
    score_after: float


@dataclass(frozen=True)
class Pillar:
    """A pillar at one place: score and kind, weight present and applicable, and band (0 without a score)."""

    score: float | None
    kind: str | None
    present: int
    applicable: int
    band: int


def pillar_of(elements: Sequence[Element]) -> Pillar:
    """Score, kind, coverage and band (1 to 5, 0 without score) of one pillar, by ``scoring.pillar_scores``."""
    points = np.array([np.nan if e.score is None else e.score for e in elements], dtype=float).reshape(-1, 1)
    kinds = np.array([e.kind for e in elements], dtype=object).reshape(-1, 1)
    applies = np.array([e.applies for e in elements], dtype=bool).reshape(-1, 1)
    weights = np.array([e.weight for e in elements], dtype=np.int64)
    names = [e.id for e in elements]
    found = pillar_scores(Elements(names, weights, points, kinds, applies, np.ones_like(applies)))
    score = None if np.isnan(found.score[0]) else float(found.score[0])
    band = int(band_of_score(found.score)[0])
    return Pillar(score, found.kind[0], int(found.present[0]), int(found.applicable[0]), band)


def nearest_change_of_weights(elements: Sequence[Element]) -> WeightChange | None:
    """The fewest units of weight, added or taken, that move the band of a pillar; None where none can.

    Weights stay whole numbers from 1; only elements that make the score are changed, and coverage stays
    sufficient. A unit's pull on ``Σ w·(score − edge)`` does not depend on the others, so taking the strongest
    pulls first is best (checked by brute force). Raises InvalidInput for weights or scores out of range.
    """
    _check_elements(elements)
    now = pillar_of(elements)
    if now.score is None:
        raise InvalidInput(
            Text(
                ja="この分野には得点がありません。得点のある指標をそろえてから、もう一度お試しください。",
                en="This pillar has no score. Please try again once enough of its indicators have one.",
            )
        )
    found = [_toward(elements, now, upward) for upward in (True, False)]
    return min((change for change in found if change), key=lambda change: change.units, default=None)


def _toward(elements: Sequence[Element], now: Pillar, upward: bool) -> WeightChange | None:
    edge = dict(BAND_EDGES).get(now.band + 1 if upward else now.band)
    pulls = {}
    if edge is not None:
        pulls = {e.id: ((e.score or 0.0) - edge) * (1 if upward else -1) for e in _used(elements, now)}
    if not pulls or max(pulls.values()) < 0:
        return None

    def after(units: int) -> int:
        return pillar_of(_pulled(elements, pulls, now, units)).band

    high = 1
    while after(high) == now.band:
        if high > FURTHEST:
            return None
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if after(middle) == now.band else (low, middle)
    changed = _pulled(elements, pulls, now, high)
    then = pillar_of(changed)
    weights = {element.id: element.weight for element in changed}
    return WeightChange(high, weights, now.band, then.band, now.score or 0.0, then.score or 0.0)


def _pulled(elements: Sequence[Element], pulls: dict[str, float], now: Pillar, units: int) -> list[Element]:
    """The elements with ``units`` of weight moved where they pull most.

    Units are taken from elements that hold back harder than the strongest pulls, as far as their weights and
    the coverage allow; all others go to the strongest.
    """
    best = max(pulls, key=lambda name: (pulls[name], name))
    weights = {element.id: element.weight for element in elements}
    spare = units
    if now.present < now.applicable:
        spare = min(units, (now.present - 2 * (now.applicable - now.present) + units) // 2)
    for name in sorted(pulls, key=lambda name: (pulls[name], name)):
        if -pulls[name] <= pulls[best]:
            break
        taken = min(weights[name] - 1, spare)
        weights[name], spare, units = weights[name] - taken, spare - taken, units - taken
    weights[best] += units
    return [replace(element, weight=weights[element.id]) for element in elements]


def _used(elements: Sequence[Element], now: Pillar) -> list[Element]:
    return [e for e in elements if e.kind == now.kind and e.applies and e.score is not None]


def _check_elements(elements: Sequence[Element]) -> None:
    names = [element.id for element in elements]
    for element in elements:
        points = element.score
        if element.weight < 1 or names.count(element.id) > 1 or not (points is None or 0 <= points <= 100):
            raise InvalidInput(
                Text(
                    ja=f"「{element.id}」を確認してください。重みは1以上の整数、得点は0～100で、idは重複できません。",
                    en=f"Please check '{element.id}': weights are whole numbers from 1, scores lie in 0 to 100, and "
                    "ids stand once.",
                )
            )
