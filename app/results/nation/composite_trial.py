"""A composite of scores to try: its ranks over all weights within limits, and which choice moves them most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from indicators.comparison.peer_quartiles import LEAST_PEERS
from indicators.composite.methods.array_types import Floats
from indicators.composite.uncertainty.weight_limits import draw_weights, rank_limits

RUNS = 2_000
MOST_EXACT = 150  # institutions for which the integer programmes are solved while somebody waits
LEAST_SCORE = 1.0  # a geometric mean knows no zero; scores run from 0 to 100
EQUAL, GEOMETRIC = "equal", "geometric"


@dataclass(frozen=True)
class Trial:
    """``table``: by institution value, rank, best, worst, share (of weights in the top quarter).

    ``choices``: what was changed (an element left out, EQUAL, GEOMETRIC), mean shift of rank, institutions that change
    quarter; the greatest shift first. ``left_out``: institutions that lack a score. ``is_exact``: whether best and
    worst are reached by some weights; of many institutions they are what pairs allow, never too narrow.
    """

    table: pd.DataFrame
    choices: pd.DataFrame
    left_out: int
    is_exact: bool


def try_composite(scores: pd.DataFrame, weights: Mapping[str, float], spread: float) -> Trial | None:
    """The weighted mean of ``scores`` (institutions × elements, missing where there is none), and what it depends on.

    ``spread``: by which part of itself each weight may differ. None for fewer than five institutions with every score.
    Raises InvalidInput where no weights lie within the limits.
    """
    names = [name for name in weights if weights[name] > 0]
    whole = scores[names].dropna()
    if len(whole) < LEAST_PEERS or len(names) < 2:
        return None
    given = np.array([weights[name] for name in names], dtype=float)
    given = given / given.sum()
    low, high = given * (1 - spread), np.minimum(1.0, given * (1 + spread))
    values = whole.to_numpy(float)
    is_exact = len(whole) <= MOST_EXACT
    best, worst = rank_limits(values, low, high, pairs_only=not is_exact)
    drawn = draw_weights(low, high, RUNS) @ values.T
    quarter = max(1, len(whole) // 4)
    share = (_ranks(drawn) <= quarter).mean(axis=0)
    composite = values @ given
    rank = _ranks(composite[None, :])[0]
    columns = {"value": composite, "rank": rank, "best": best, "worst": worst, "share": share}
    table = pd.DataFrame(columns, index=whole.index).sort_values("value", ascending=False, kind="stable")
    return Trial(table, _choices(values, given, names, rank, quarter), len(scores) - len(whole), is_exact)


def _ranks(composite: Floats) -> Floats:
    """Rank (1 is best) of each column in each row; ties share the better rank."""
    order = np.sort(-composite, axis=1)
    return np.array([np.searchsorted(row, -own, side="left") for row, own in zip(order, composite, strict=True)]) + 1.0


def _choices(values: Floats, given: Floats, names: Sequence[str], rank: Floats, quarter: int) -> pd.DataFrame:
    others = {name: values @ _without(given, position) for position, name in enumerate(names)}
    others[EQUAL] = values.mean(axis=1)
    others[GEOMETRIC] = np.exp(np.log(np.maximum(values, LEAST_SCORE)) @ given)
    rows = []
    for choice, composite in others.items():
        changed = _ranks(composite[None, :])[0]
        moved = int(((changed - 1) // quarter != (rank - 1) // quarter).sum())
        rows.append({"choice": choice, "shift": float(np.abs(changed - rank).mean()), "moved": moved})
    return pd.DataFrame(rows).sort_values("shift", ascending=False, kind="stable", ignore_index=True)


def _without(given: Floats, position: int) -> Floats:
    rest = given.copy()
    rest[position] = 0.0
    found: Floats = rest / rest.sum()
    return found
