"""Peers: which institutions are alike by context, never by results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from indicators.comparison.distance import Array, Space
from indicators.errors import InvalidInput
from indicators.values.dictionary_encoding import take_texts
from schemas.dictionary.declaration import Text

NEAREST = 15
CUT_OFF_QUANTILE = 0.9
RUNS = 500
SPREAD_OF_WEIGHTS = 0.5
BINARY = ("has_hospital",)
CATEGORIES = ("founder",)
GROUPS_FOR_EACH = 6
PAIRS = 200_000  # distances of so many pairs at a time are looked through
SAME = 1e-12  # relative difference below which two squared distances are a tie


@dataclass(frozen=True)
class Peer:
    """One institution beside another: distance, the two variables that separate them most, stability.

    ``stays`` is the share of runs in which it remains a peer; None in groups one chose oneself.
    """

    code: str
    distance: float
    separating: tuple[str, ...]
    stays: float | None


@dataclass(frozen=True)
class PeerGroup:
    """The peers of one institution, nearest first, and a sentence where they are fewer than asked for."""

    code: str
    peers: tuple[Peer, ...]
    note: Text | None


@dataclass(frozen=True)
class Peers:
    """The peers of every institution.

    ``positions`` and ``squares`` (squared distances, infinite where there is nobody) have a row an institution of
    ``space`` and a column a rank; ``stays`` is the stability of each pair. Whoever is farther than ``cut_off`` is no
    peer.
    """

    space: Space
    positions: Array
    squares: Array
    stays: Array
    cut_off: float
    nearest: int

    @property
    def codes(self) -> tuple[str, ...]:
        """The institutions in the order of their codes."""
        return self.space.codes

    @property
    def left_out(self) -> tuple[str, ...]:
        """Variables in which no two institutions differ; they separate nobody."""
        return self.space.left_out

    @cached_property
    def is_peer(self) -> Array:
        """Whether each of the nearest lies within the cut-off."""
        return np.isfinite(self.squares) & (np.sqrt(self.squares) <= self.cut_off)

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a pair: institution, rank, peer, distance, stays."""
        own, rank = np.nonzero(self.is_peer)
        return pd.DataFrame(
            {
                "institution": take_texts(self.codes, own),
                "rank": rank + 1,
                "peer": take_texts(self.codes, self.positions[own, rank]),
                "distance": np.sqrt(self.squares[own, rank]),
                "stays": self.stays[own, rank],
            }
        )

    def of(self, code: str) -> PeerGroup:
        """The peers of one institution. Raises InvalidInput for a code that is not in the frame."""
        if code not in self.codes:
            raise _unknown_code(code)
        row = self.codes.index(code)
        near = self.is_peer[row]
        other, stays = self.positions[row][near], self.stays[row][near].tolist()
        peers = _described(self.space, row, other, np.sqrt(self.squares[row][near]), stays)
        return PeerGroup(code, peers, few_peers(len(peers)) if len(peers) < self.nearest else None)


def _described(
    space: Space, own: int, other: Array, distances: Array, stays: Sequence[float | None]
) -> tuple[Peer, ...]:
    """Institutions beside one, each with the two variables that separate them most."""
    separating = zip(*_two_largest(space, np.full(len(other), own), other), strict=True)
    return tuple(
        Peer(space.codes[position], distance, tuple(space.names[k] for k in pair if k >= 0), stay)
        for position, distance, pair, stay in zip(other.tolist(), distances.tolist(), separating, stays, strict=True)
    )


def few_peers(count: int) -> Text:
    """The sentence for an institution with fewer close peers than asked for."""
    if count == 0:
        return Text(
            ja="条件の近い機関は見つかりませんでした。比較したい機関を自分で選んでください。",
            en="No close peers were found. Please choose institutions to compare with yourself.",
        )
    return Text(
        ja=f"条件の近い機関は{count}機関だけです。少ない数との比較として参考にしてください。",
        en=f"Only {count} close {'peer' if count == 1 else 'peers'}. Please read the comparison with this in mind.",
    )


def find_peers(
    frame: pd.DataFrame,
    *,
    cut_off: float | None = None,
    nearest: int = NEAREST,
    runs: int = RUNS,
    seed: int = 0,
    stability_of: str | None = None,
    binary: Sequence[str] = BINARY,
    categories: Sequence[str] = CATEGORIES,
) -> Peers:
    """The ``nearest`` institutions of each that lie within the cut-off; never padded; ties by code.

    ``frame``: institutions × context variables, index = code, missing where not known; columns in ``binary``
    hold 0 and 1, those in ``categories`` codes, both at weight ½. Distance: root of the weighted mean square of
    scaled differences over the variables both have (at least two thirds of all). ``cut_off``: that of the
    last closed edition; None takes the 90th percentile of all nearest distances of this frame. ``stays``: share
    of ``runs`` that each leave one variable out, in turn, and multiply each weight by U(0.5, 1.5); 0 runs give
    NaN, as do the others where ``stability_of`` names one institution (its draws are the same either way).
    Order of rows and columns does not matter but for the draws. Raises InvalidInput.

    Gower, J. C. (1971). A general coefficient of similarity and some of its properties. Biometrics 27, 857-871
    (shared variables); scales as Rousseeuw and Croux (1993), JASA 88, 1273-1283.
    """
    if nearest < 1 or runs < 0 or (cut_off is not None and not cut_off >= 0):
        raise InvalidInput(
            Text(
                ja="比較する機関の数は1以上、試行の回数と距離の上限は0以上にしてください。",
                en="Please ask for at least one peer, and for runs and a cut-off that are not negative.",
            )
        )
    space = Space.of(frame, binary, categories)
    near = _nearest(space, nearest)
    limit = cut_off if cut_off is not None else _cut_off(near)
    if stability_of is not None and stability_of not in space.codes:
        raise _unknown_code(stability_of)
    only = None if stability_of is None else space.codes.index(stability_of)
    stays = _stability(space, near, limit, runs, seed, only)
    return Peers(space, *near, stays, limit, nearest)


def group_of(
    frame: pd.DataFrame,
    code: str,
    members: Sequence[str],
    *,
    binary: Sequence[str] = BINARY,
    categories: Sequence[str] = CATEGORIES,
) -> PeerGroup:
    """A group chosen by hand, or aspirants (hosts of WPI centres): all members, nearest first, without cut-off.

    A member that shares too few variables has distance NaN and stands last. Raises InvalidInput for unknown codes.
    """
    space = Space.of(frame, binary, categories)
    for name in (code, *members):
        if name not in space.codes:
            raise _unknown_code(name)
    row = space.codes.index(code)
    chosen = np.array(sorted({space.codes.index(name) for name in members} - {row}), dtype=np.int64)
    own = np.full(len(chosen), row)
    squares = space.pairs(own, chosen)
    distances = np.sqrt(np.where(np.isfinite(squares), squares, np.nan))
    nearest = np.argsort(distances, kind="stable")
    chosen, distances = chosen[nearest], distances[nearest]
    return PeerGroup(code, _described(space, row, chosen, distances, [None] * len(chosen)), None)


# nearest, cut-off, stability


def _nearest(space: Space, nearest: int) -> tuple[Array, Array]:
    """Positions and squared distances of the nearest, by distance then code; infinite where there is nobody."""
    width = min(nearest, max(0, len(space.codes) - 1))
    if not width:
        return np.zeros((len(space.codes), 0), dtype=np.int64), np.zeros((len(space.codes), 0))
    found = [_closest(space, rows, width) for rows in space.portions(PAIRS)]
    return np.concatenate([positions for positions, _ in found]), np.concatenate([squares for _, squares in found])


def _closest(space: Space, rows: slice, width: int) -> tuple[Array, Array]:
    """Positions and squared distances of the ``width`` nearest of some institutions, ascending; ties by code.

    Rough distances say who may be among them, and only those are measured exactly.
    """
    rough, error = space.roughly(rows)
    last = _at_least_nearest(rough, width)
    bound = np.where(np.isnan(last), np.inf, last + 2 * error).astype(rough.dtype)
    own, position = np.divmod(np.flatnonzero(rough <= bound[:, None]), len(space.codes))
    squares = space.pairs(own + rows.start, position)
    # Those of each institution side by side, in the order of their codes, which a stable sort keeps where they tie.
    count = np.bincount(own, minlength=len(rough))
    place = np.arange(len(own)) - (np.cumsum(count) - count).repeat(count)
    shape = len(rough), max(width, count.max(initial=0))
    positions, found = np.zeros(shape, dtype=np.int64), np.full(shape, np.inf)
    positions[own, place], found[own, place] = position, squares
    order = np.argsort(found, axis=1, kind="stable")[:, :width]
    return np.take_along_axis(positions, order, axis=1), np.take_along_axis(found, order, axis=1)


def _at_least_nearest(rough: Array, width: int) -> Array:
    """For each row a number that ``width`` of its distances do not exceed; NaN or infinite where there are fewer.

    The nearest of every group of institutions stand for their group: so many groups that few of the nearest share one.
    """
    groups = min(rough.shape[1], GROUPS_FOR_EACH * width)
    size = rough.shape[1] // groups
    nearest = np.fmin.reduce(rough[:, : size * groups].reshape(len(rough), size, groups), axis=1)
    if size * groups < rough.shape[1]:
        nearest = np.column_stack([nearest, rough[:, size * groups :]])
    found: Array = np.partition(nearest, width - 1, axis=1)[:, width - 1]
    return found


def _cut_off(near: tuple[Array, Array]) -> float:
    distances = np.sqrt(near[1][np.isfinite(near[1])])
    return float(np.quantile(distances, CUT_OFF_QUANTILE)) if distances.size else 0.0


def _stability(space: Space, near: tuple[Array, Array], limit: float, runs: int, seed: int, only: int | None) -> Array:
    """Share of runs in which each of the nearest remains among the nearest within the cut-off."""
    positions, width = near[0], near[0].shape[1]
    if not runs or not width:
        return np.full(positions.shape, np.nan)
    rng = np.random.default_rng(seed)
    factors = rng.uniform(1 - SPREAD_OF_WEIGHTS, 1 + SPREAD_OF_WEIGHTS, (runs, len(space.names)))
    weights = space.weights * factors
    out = np.arange(runs) % len(space.names)
    weights[np.arange(runs), out] = 0.0
    asked = space.blocks if only is None else [slice(only, only + 1)]
    stays = np.full(positions.shape, np.nan)
    for rows in asked:
        stays[rows] = 0.0
        pairs = _Pairs(space, rows, positions[rows], limit**2 * (1 + SAME))
        for run in range(runs):
            stays[rows] += pairs.stay(weights[run], int(out[run]))
    return stays / runs


class _Pairs:
    """The pairs of some institutions with all, prepared for many runs."""

    def __init__(self, space: Space, rows: slice, positions: Array, limit: float) -> None:
        squared, shared = space.differences(rows)
        self.positions, self.limit = positions, limit
        self.shape = squared.shape[1:]
        self.squared_differences = squared.reshape(len(squared), -1)
        self.is_complete = bool(shared.all())
        self.shared = shared.reshape(len(shared), -1).astype(float)
        used = len(space.names) - 1
        self.none = [
            space.apart(rows, np.delete(shared, out, axis=0), used)
            for out in range(1 if self.is_complete else used + 1)
        ]

    def stay(self, weights: Array, out: int) -> Array:
        """Whether each of ``positions`` is among the nearest within the limit under these weights."""
        total = (weights @ self.squared_differences).reshape(self.shape)
        if self.is_complete:
            total /= weights.sum()
        else:
            weight = (weights @ self.shared).reshape(self.shape)
            np.divide(total, weight, out=total, where=weight > 0)
        total[self.none[0 if self.is_complete else out]] = np.inf
        width = self.positions.shape[1]
        last = np.partition(total, width - 1, axis=1)[:, width - 1 : width]
        own = np.take_along_axis(total, self.positions, axis=1)
        stays = (own <= last * (1 + SAME)) & (own <= self.limit)
        crowded = np.flatnonzero((total <= last * (1 + SAME)).sum(axis=1) > width)
        for row in crowded[np.isfinite(last[crowded, 0])]:
            stays[row] &= np.isin(self.positions[row], _first(total[row], float(last[row, 0]), width))
        return np.asarray(stays)


def _first(squares: Array, last: float, width: int) -> Array:
    """The nearest ``width`` where several tie for the last places: the ties in the order of their codes."""
    closer = np.flatnonzero(squares < last * (1 - SAME))
    ties = np.flatnonzero((squares >= last * (1 - SAME)) & (squares <= last * (1 + SAME)))
    return np.concatenate([closer, ties[: width - len(closer)]])


def _two_largest(space: Space, own: Array, other: Array) -> tuple[Array, Array]:
    """Positions of the two variables that separate each pair most; −1 where fewer differ."""
    if len(space.names) < 2:
        return np.full(len(own), -1), np.full(len(own), -1)
    squared = space.squared_differences(space.coordinates[:, own], space.coordinates[:, other])
    pull = np.where(np.isnan(squared), 0.0, squared) * space.weights[:, None]
    pairs, found = np.arange(len(own)), []
    for _ in range(2):
        largest = pull.argmax(axis=0)
        found.append(np.where(pull[largest, pairs] > 0, largest, -1))
        pull[largest, pairs] = 0.0
    return found[0], found[1]


def _unknown_code(code: str) -> InvalidInput:
    return InvalidInput(
        Text(
            ja=f"学校コード「{code}」は表にありません。コードを確認してください。",
            en=f"The code '{code}' is not in the table. Please check it.",
        )
    )
