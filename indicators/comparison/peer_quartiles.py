"""Where a value stands among those of peers, who stay anonymous (METHODS 8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from indicators.errors import InputRefused
from indicators.scoring.benchmark import placed_by_interval
from schemas.dictionary.declaration import Text

Array = np.ndarray[Any, Any]
LEAST_PEERS = 5


@dataclass(frozen=True)
class Position:
    """A value among peers: quartile points, the quarter it lies in (1 lowest to 4), and the overlap of intervals.

    ``placed`` is ``above``, ``below`` or ``indistinguishable`` from the median by its own interval;
    ``overlapping`` is the number of peers whose interval meets it. All None, with a ``note``, below 5 peers.
    """

    count: int
    quartiles: tuple[float, float, float] | None
    quarter: int | None
    placed: str | None
    overlapping: int | None
    note: Text | None


def position_among(
    own: float,
    peers: Sequence[float],
    *,
    interval: tuple[float, float] | None = None,
    peer_intervals: Sequence[tuple[float, float]] | None = None,
) -> Position:
    """Where ``own`` stands among anonymous peers, whose values show only as quartiles of five or more.

    Missing peers are left out. Quartiles as numpy's ``linear`` (Hyndman and Fan 1996, type 7). A value on a
    quartile counts into the lower quarter. Raises InputRefused for infinities or intervals of another number.
    """
    values, limits = _known(own, peers, peer_intervals)
    if len(values) < LEAST_PEERS:
        note = Text(
            ja=f"比較対象が{LEAST_PEERS}機関に満たないため、四分位を表示していません。比較対象を加えてください。",
            en=f"Quartiles are not shown because there are fewer than {LEAST_PEERS} institutions to compare with. "
            "Please add some.",
        )
        return Position(len(values), None, None, None, None, note)
    low, middle, high = (float(q) for q in np.quantile(values, [0.25, 0.5, 0.75]))
    quarter = 1 + sum(own > edge for edge in (low, middle, high))
    placed = overlapping = None
    if interval is not None:
        placed = str(placed_by_interval(np.array([interval[0]]), np.array([interval[1]]), middle)[0])
        if limits is not None:
            overlapping = int(((limits[:, 0] <= interval[1]) & (limits[:, 1] >= interval[0])).sum())
    return Position(len(values), (low, middle, high), quarter, placed, overlapping, None)


def _known(
    own: float, peers: Sequence[float], intervals: Sequence[tuple[float, float]] | None
) -> tuple[Array, Array | None]:
    values = np.asarray(peers, dtype=float)
    limits = None if intervals is None else np.asarray(intervals, dtype=float).reshape(-1, 2)
    if not np.isfinite(own) or np.isinf(values).any() or (limits is not None and len(limits) != len(values)):
        raise InputRefused(
            Text(
                ja="値に無限大や欠損があるか、区間の数が機関の数と違います。値と区間を確認してください。",
                en="A value is infinite or missing, or there are not as many intervals as peers. Please check both.",
            )
        )
    has = ~np.isnan(values)
    return values[has], None if limits is None else limits[has]
