"""What every part of the invented nation is drawn with: seeded dice, shares in whole people, positions."""

from __future__ import annotations

import random
from collections.abc import Mapping

from schemas.form.issue import Given

BASE_YEAR = 2025  # the round that the parameters of a profile describe
Answers = dict[tuple[str, str], Given]
Row = dict[str, Given]
People = dict[str, dict[str, int]]  # position -> column -> persons
POSITIONS = ("professor", "associate", "assistant", "specially_appointed", "postdoc", "other")
FACULTY = POSITIONS[:3]


def dice(*parts: object) -> random.Random:
    """Random numbers that are the same for the same parts everywhere."""
    return random.Random("|".join(map(str, parts)))


def share_out(amount: int, weights: Mapping[str, int], caps: Mapping[str, int] | None = None) -> dict[str, int]:
    """``amount`` divided over the keys in proportion to their weights (Sainte-Laguë's quotients).

    No key gets more than its cap, and none with weight 0 gets anything; what then finds no place is left out.
    One more to share never takes from a key, so that stocks of two years move together.
    """
    result = dict.fromkeys(weights, 0)
    for _ in range(amount):
        free = [k for k, w in weights.items() if w > 0 and (caps is None or result[k] < caps[k])]
        if not free:
            break
        result[max(free, key=lambda k: weights[k] / (2 * result[k] + 1))] += 1
    return result


def yes_no(holds: bool) -> str:
    """The code of a yes or a no."""
    return "yes" if holds else "no"
