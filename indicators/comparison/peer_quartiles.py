"""Where a value stands beside the median of its peers, whose own chance counts too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from indicators.values.difference_interval import difference_interval, side_of

Array = np.ndarray[Any, Any]
Span = tuple[float, float]
LEAST_PEERS = 5  # institutions that a quartile or a sum over institutions needs, so that it tells of no single one
STATED = 0.95
Z95 = 1.959963984540054
RUNS, SEED = 2_000, 0


@dataclass(frozen=True)
class PositionAmongPeers:
    """``placed`` is ``above``, ``below`` or ``indistinguishable`` from the median, None below five peers.

    ``indistinguishable`` of the ``compared`` peers, those with an interval, cannot be told apart from the value.
    """

    placed: str | None
    indistinguishable: int
    compared: int


def position_among(
    own: float, interval: Span, peers: Sequence[float], peer_intervals: Sequence[Span], median: Span | None = None
) -> PositionAmongPeers:
    """Where ``own`` stands, with its 95 % ``interval``, beside peers each with a value and an interval of its own.

    ``median``: between which values the median of all peers lies, where some of them may not be shown; that of
    ``peers`` where it is left out. Peers without an interval (NaN) are left out: a median of values that are up to
    chance is itself up to chance.

    Newcombe (1998) and Zou and Donner (2008), as in ``difference_interval``; the interval of the median is a
    parametric bootstrap (Efron and Tibshirani 1993, chapter 6) of 2,000 runs with a fixed seed.
    """
    limits = np.asarray(peer_intervals, dtype=float).reshape(-1, 2)
    all_values = np.asarray(peers, dtype=float)
    known = ~(np.isnan(limits).any(axis=1) | np.isnan(all_values))
    values, low, high = all_values[known], limits[known, 0], limits[known, 1]
    placed = None
    if len(values) >= LEAST_PEERS:
        middle, below, above = _median_and_chance(values, low, high)
        ends = median if median is not None else (middle, middle)
        lower, _ = difference_interval((own, *interval), (ends[1], ends[1] - below, ends[1] + above))
        _, upper = difference_interval((own, *interval), (ends[0], ends[0] - below, ends[0] + above))
        placed = side_of(np.atleast_1d(lower), np.atleast_1d(upper))[0]
    apart = side_of(*map(np.atleast_1d, difference_interval((own, *interval), (values, low, high))))
    return PositionAmongPeers(placed, int((apart == "indistinguishable").sum()), len(values))


def _median_and_chance(values: Array, low: Array, high: Array) -> tuple[float, float, float]:
    """The median of values that each scatter by themselves, and how far its 95 % interval reaches down and up."""
    spread = (high - low) / (2 * Z95)
    drawn = values + spread * np.random.default_rng(SEED).standard_normal((RUNS, len(values)))
    ends = np.quantile(np.median(drawn, axis=1), [(1 - STATED) / 2, (1 + STATED) / 2])
    middle = float(np.median(values))
    return middle, max(0.0, middle - float(ends[0])), max(0.0, float(ends[1]) - middle)
