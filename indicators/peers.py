"""Peers: which institutions are alike by context, never by results, and where one stands among them (METHODS 8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import iqr, median_abs_deviation

from indicators.benchmark import placed_by_interval
from indicators.mix import InputRefused
from schemas.declaration import Text

Array = np.ndarray[Any, Any]
NEAREST = 15
CUT_OFF_QUANTILE = 0.9
NEEDED_SHARED = Fraction(2, 3)
RUNS = 500
SPREAD_OF_WEIGHTS = 0.5
MATCH_WEIGHT = 0.5  # of binary variables and categories
LEAST_PEERS = 5
BINARY = ("has_hospital",)
CATEGORIES = ("founder",)
SAME = 1e-12  # relative difference below which two squared distances are a tie
BLOCK = 25_000  # pairs of institutions worked on at a time: they stay in the processor's cache

STUDENTS = ("students_undergraduate", "students_master", "students_doctoral")


# the variables


def context_variables(tables: Mapping[str, pd.DataFrame], rounds: pd.DataFrame) -> pd.DataFrame:
    """The context of each institution of one edition, indexed by its code; what is not known is missing.

    ``tables``: stacked clean tables with ``profile`` (and ``publications`` where asked by field). ``rounds``:
    submission, institution, year, and ``founder`` where the register has it. Columns: log_staff and
    log_students (natural log of 1 + people), graduate_share, doctoral_share and stem_share (of students),
    has_hospital (0 or 1), field_concentration (Herfindahl of papers), age (years), founder.
    Raises InputRefused where an institution has two submissions.
    """
    if rounds["institution"].duplicated().any():
        raise _repeated(rounds["institution"])
    profile = rounds.merge(tables["profile"], on="submission", how="left", suffixes=("", "_profile"))
    undergraduate, master, doctoral = (_people(profile, column) for column in STUDENTS)
    doctoral = doctoral.where(_text(profile, "has_doctoral") != "no", 0.0)
    students = undergraduate + master + doctoral
    some = students.where(students > 0)
    stem = _people(profile, "students_stem")
    frame = pd.DataFrame(
        {
            "log_staff": np.log1p(_people(profile, "staff")),
            "log_students": np.log1p(some),
            "graduate_share": (master + doctoral) / some,
            "doctoral_share": doctoral / some,
            "stem_share": (stem / some).clip(upper=1.0),
            "has_hospital": _text(profile, "has_hospital").map({"yes": 1.0, "no": 0.0}).astype(float),
            "field_concentration": profile["submission"].map(_concentration(tables.get("publications"))).astype(float),
            "age": profile["year"].astype(float) - _numbers(profile, "founded"),
            "founder": _text(profile, "founder"),
        }
    )
    return frame.set_index(pd.Index(profile["institution"].astype(str), name="institution"))


def _numbers(profile: pd.DataFrame, column: str) -> pd.Series:
    if column not in profile:
        return pd.Series(np.nan, index=profile.index)
    return profile[column].astype("Float64").astype(float)


def _people(profile: pd.DataFrame, column: str) -> pd.Series:
    """A count; 0 where it does not apply, missing where it is withheld or not known."""
    numbers = _numbers(profile, column)
    if f"{column}__code" not in profile:
        return numbers
    code = profile[f"{column}__code"].fillna("")
    return numbers.mask(code == "a", 0.0).mask(code.isin(["m", "x", "nc", "c"]), np.nan)


def _text(profile: pd.DataFrame, column: str) -> pd.Series:
    if column not in profile:
        return pd.Series([None] * len(profile), index=profile.index, dtype=object)
    return profile[column].astype(object).where(profile[column].notna(), None)


def _concentration(publications: pd.DataFrame | None) -> dict[str, float]:
    """Σ of squared shares of papers by field, for submissions that give more than a total."""
    if publications is None or not {"field", "papers"} <= set(publications.columns):
        return {}
    by_field = publications[publications["field"] != "all"]
    papers = by_field["papers"].astype("Float64").groupby([by_field["submission"], by_field["field"]]).sum(min_count=1)
    totals = papers.groupby(level=0).transform("sum")
    squares = ((papers / totals.where(totals > 0)) ** 2).groupby(level=0).sum(min_count=1)
    return {str(name): float(value) for name, value in squares.dropna().items()}


# the peers


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

    ``table`` has a row a pair: institution, rank, peer, distance, separating_1, separating_2, stays.
    ``left_out`` are variables in which no two institutions differ; they separate nobody.
    """

    table: pd.DataFrame
    codes: tuple[str, ...]
    cut_off: float
    nearest: int
    left_out: tuple[str, ...]

    def of(self, code: str) -> PeerGroup:
        """The peers of one institution. Raises InputRefused for a code that is not in the frame."""
        if code not in self.codes:
            raise _unknown_code(code)
        rows = self.table[self.table["institution"] == code]
        separating = zip(rows["separating_1"], rows["separating_2"], strict=True)
        found = zip(rows["peer"], rows["distance"], separating, rows["stays"], strict=True)
        peers = tuple(
            Peer(str(peer), float(distance), tuple(str(name) for name in names if name), float(stays))
            for peer, distance, names, stays in found
        )
        return PeerGroup(code, peers, few_peers(len(peers)) if len(peers) < self.nearest else None)


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
    binary: Sequence[str] = BINARY,
    categories: Sequence[str] = CATEGORIES,
) -> Peers:
    """The ``nearest`` institutions of each that lie within the cut-off; never padded; ties by code.

    ``frame``: institutions × context variables, index = code, missing where not known; columns in ``binary``
    hold 0 and 1, those in ``categories`` codes, both at weight ½. Distance: root of the weighted mean square of
    scaled differences over the variables both have (at least two thirds of all). ``cut_off``: that of the
    last closed edition; None takes the 90th percentile of all nearest distances of this frame. ``stays``: share
    of ``runs`` that each leave one variable out, in turn, and multiply each weight by U(0.5, 1.5); 0 runs give
    NaN. Order of rows and columns does not matter but for the draws. Raises InputRefused.

    Gower, J. C. (1971). A general coefficient of similarity and some of its properties. Biometrics 27, 857-871
    (shared variables); scales as Rousseeuw and Croux (1993), JASA 88, 1273-1283.
    """
    if nearest < 1 or runs < 0 or (cut_off is not None and not cut_off >= 0):
        raise InputRefused(
            Text(
                ja="比較する機関の数は1以上、試行の回数と距離の上限は0以上にしてください。",
                en="Please ask for at least one peer, and for runs and a cut-off that are not negative.",
            )
        )
    space = _Space.of(frame, binary, categories)
    near = _nearest(space, nearest)
    limit = cut_off if cut_off is not None else _cut_off(near)
    stays = _stability(space, near, limit, runs, seed)
    return Peers(_table(space, near, limit, stays), space.codes, limit, nearest, space.left_out)


def group_of(
    frame: pd.DataFrame,
    code: str,
    members: Sequence[str],
    *,
    binary: Sequence[str] = BINARY,
    categories: Sequence[str] = CATEGORIES,
) -> PeerGroup:
    """A group chosen by hand, or aspirants (hosts of WPI centres): all members, nearest first, without cut-off.

    A member that shares too few variables has distance NaN and stands last. Raises InputRefused for unknown codes.
    """
    space = _Space.of(frame, binary, categories)
    for name in (code, *members):
        if name not in space.codes:
            raise _unknown_code(name)
    row = space.codes.index(code)
    distances = np.sqrt(space.squares(slice(row, row + 1))[0])
    chosen = sorted({space.codes.index(name) for name in members} - {row}, key=lambda i: (distances[i], i))
    places = np.array([*space.names, ""], dtype=object)
    first, second = _two_largest(space, np.full(len(chosen), row), np.array(chosen, dtype=np.int64))
    peers = tuple(
        Peer(space.codes[i], _finite(float(distances[i])), tuple(str(places[k]) for k in pair if k >= 0), None)
        for i, *pair in zip(chosen, first, second, strict=True)
    )
    return PeerGroup(code, peers, None)


def _finite(distance: float) -> float:
    return distance if np.isfinite(distance) else float("nan")


# distances


@dataclass(frozen=True)
class _Space:
    """Institutions in the order of their codes, as scaled coordinates: variables × institutions."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    coordinates: Array
    is_category: Array
    weights: Array
    left_out: tuple[str, ...]

    @classmethod
    def of(cls, frame: pd.DataFrame, binary: Sequence[str], categories: Sequence[str]) -> _Space:
        codes = frame.index.astype(str)
        if codes.duplicated().any():
            raise _repeated(pd.Series(codes))
        ordered = frame.set_axis(codes).sort_index()
        names, rows, weights, kinds, left_out = [], [], [], [], []
        for name in sorted(str(column) for column in ordered.columns):
            matched = name in binary or name in categories
            column = _category(ordered[name]) if name in categories else _numeric(ordered[name], name in binary)
            scale = _spread(column, matched)
            if scale == 0:
                left_out.append(name)
                continue
            names.append(name)
            rows.append(column / scale)
            weights.append(MATCH_WEIGHT if matched else 1.0)
            kinds.append(name in categories)
        coordinates = np.array(rows, dtype=float).reshape(len(rows), len(ordered))
        if len(ordered) > 1 and len(names) < 2:
            raise InputRefused(
                Text(
                    ja="機関の間で異なる変数が二つ以上必要です。変数を加えてください。",
                    en="Peers need two or more variables in which institutions differ. Please add variables.",
                )
            )
        return cls(
            tuple(ordered.index),
            tuple(names),
            coordinates,
            np.array(kinds, dtype=bool),
            np.array(weights, dtype=float),
            tuple(left_out),
        )

    @property
    def blocks(self) -> list[slice]:
        """Rows in portions that keep the pairs worked on at a time within BLOCK."""
        step = max(1, BLOCK // max(1, len(self.codes)))
        return [slice(start, start + step) for start in range(0, len(self.codes), step)]

    def squared(self, one: Array, other: Array) -> Array:
        """Squared differences of coordinates; 0 or 1 for categories; NaN where either is not known."""
        squared: Array = (one - other) ** 2
        squared[self.is_category] = np.minimum(np.ceil(squared[self.is_category]), 1.0)
        return squared

    def differences(self, rows: slice) -> tuple[Array, Array]:
        """Squared differences (0 where not shared) and what is shared: variables × rows × institutions."""
        own, all_ = self.coordinates[:, rows, None], self.coordinates[:, None, :]
        squared = self.squared(own, all_)
        shared = ~np.isnan(squared)
        return np.where(shared, squared, 0.0), shared

    def apart(self, rows: slice, shared: Array, used: int) -> Array:
        """Pairs with no distance: an institution and itself, and those that share too little."""
        counts = shared.sum(axis=0)
        none = counts * NEEDED_SHARED.denominator < used * NEEDED_SHARED.numerator
        places = np.arange(*rows.indices(len(self.codes)))
        none[np.arange(len(places)), places] = True
        return np.asarray(none)

    def squares(self, rows: slice) -> Array:
        """Squared distances of some institutions to all, infinite where there is none."""
        squared, shared = self.differences(rows)
        total, weight = np.zeros(shared.shape[1:]), np.zeros(shared.shape[1:])
        for w, difference, has in zip(self.weights, squared, shared, strict=True):
            total += w * difference
            weight += w * has
        none = self.apart(rows, shared, len(self.names))
        found = np.full(total.shape, np.inf)
        np.divide(total, weight, out=found, where=~none & (weight > 0))
        return found


def _numeric(column: pd.Series, is_binary: bool) -> Array:
    """A column as floats; InputRefused for text, infinities, or a binary that is not 0 or 1."""
    try:
        numbers = column.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        numbers = None
    fault = np.ones(len(column), dtype=bool) if numbers is None else np.isinf(numbers)
    if numbers is not None and is_binary:
        fault = ~np.isin(numbers, [0.0, 1.0]) & ~np.isnan(numbers)
    if numbers is None or fault.any():
        wanted = ("0か1", "0 or 1") if is_binary else ("有限の数", "a finite number")
        where = f"{column.name}" if numbers is None else f"{column.name}（{column.index[int(fault.argmax())]}）"
        raise InputRefused(
            Text(
                ja=f"変数「{where}」に、{wanted[0]}でない値があります。値を直すか空欄にしてください。",
                en=f"The variable '{where}' holds something other than {wanted[1]}. Please correct or clear it.",
            )
        )
    return numbers


def _category(column: pd.Series) -> Array:
    """Codes of a category as numbers; only whether two are equal counts."""
    numbers, _ = pd.factorize(column.astype(object).where(column.notna(), None), sort=False)
    return np.where(numbers < 0, np.nan, numbers.astype(float))


def _spread(column: Array, matched: bool) -> float:
    """Scale of a variable: MAD, if 0 the interquartile range, if 0 the standard deviation; 0 where constant.

    Each is given in standard deviations of a normal distribution, so that the three are alike.
    """
    known = column[~np.isnan(column)]
    if len(known) < 2 or known.min() == known.max():
        return 0.0
    if matched:
        return 1.0
    scales = (median_abs_deviation(known, scale="normal"), iqr(known, scale="normal"), known.std(ddof=1))
    return float(next(scale for scale in scales if scale > 0))


# nearest, cut-off, stability


def _nearest(space: _Space, nearest: int) -> tuple[Array, Array]:
    """Places and squared distances of the nearest, by distance then code; infinite where there is nobody."""
    width = min(nearest, max(0, len(space.codes) - 1))
    places, squares = [np.zeros((0, width), dtype=np.int64)], [np.zeros((0, width))]
    for rows in space.blocks if width else []:
        all_squares = space.squares(rows)
        order = np.argsort(all_squares, axis=1, kind="stable")[:, :width]
        places.append(order)
        squares.append(np.take_along_axis(all_squares, order, axis=1))
    if not width:
        return np.zeros((len(space.codes), 0), dtype=np.int64), np.zeros((len(space.codes), 0))
    return np.concatenate(places), np.concatenate(squares)


def _cut_off(near: tuple[Array, Array]) -> float:
    distances = np.sqrt(near[1][np.isfinite(near[1])])
    return float(np.quantile(distances, CUT_OFF_QUANTILE)) if distances.size else 0.0


def _stability(space: _Space, near: tuple[Array, Array], limit: float, runs: int, seed: int) -> Array:
    """Share of runs in which each of the nearest remains among the nearest within the cut-off."""
    places, width = near[0], near[0].shape[1]
    if not runs or not width:
        return np.full(places.shape, np.nan)
    rng = np.random.default_rng(seed)
    factors = rng.uniform(1 - SPREAD_OF_WEIGHTS, 1 + SPREAD_OF_WEIGHTS, (runs, len(space.names)))
    weights = space.weights * factors
    out = np.arange(runs) % len(space.names)
    weights[np.arange(runs), out] = 0.0
    stays = np.zeros(places.shape, dtype=np.int64)
    for rows in space.blocks:
        pairs = _Pairs(space, rows, places[rows], limit**2 * (1 + SAME))
        for run in range(runs):
            stays[rows] += pairs.stay(weights[run], int(out[run]))
    return stays / runs


class _Pairs:
    """The pairs of some institutions with all, prepared for many runs."""

    def __init__(self, space: _Space, rows: slice, places: Array, limit: float) -> None:
        squared, shared = space.differences(rows)
        self.places, self.limit = places, limit
        self.shape = squared.shape[1:]
        self.squared = squared.reshape(len(squared), -1)
        self.is_complete = bool(shared.all())
        self.shared = shared.reshape(len(shared), -1).astype(float)
        used = len(space.names) - 1
        self.none = [
            space.apart(rows, np.delete(shared, out, axis=0), used)
            for out in range(1 if self.is_complete else used + 1)
        ]

    def stay(self, weights: Array, out: int) -> Array:
        """Whether each of ``places`` is among the nearest within the limit under these weights."""
        total = (weights @ self.squared).reshape(self.shape)
        if self.is_complete:
            total /= weights.sum()
        else:
            weight = (weights @ self.shared).reshape(self.shape)
            np.divide(total, weight, out=total, where=weight > 0)
        total[self.none[0 if self.is_complete else out]] = np.inf
        width = self.places.shape[1]
        last = np.partition(total, width - 1, axis=1)[:, width - 1 : width]
        own = np.take_along_axis(total, self.places, axis=1)
        stays = (own <= last * (1 + SAME)) & (own <= self.limit)
        crowded = np.flatnonzero((total <= last * (1 + SAME)).sum(axis=1) > width)
        for row in crowded[np.isfinite(last[crowded, 0])]:
            stays[row] &= np.isin(self.places[row], _first(total[row], float(last[row, 0]), width))
        return np.asarray(stays)


def _first(squares: Array, last: float, width: int) -> Array:
    """The nearest ``width`` where several tie for the last places: the ties in the order of their codes."""
    closer = np.flatnonzero(squares < last * (1 - SAME))
    ties = np.flatnonzero((squares >= last * (1 - SAME)) & (squares <= last * (1 + SAME)))
    return np.concatenate([closer, ties[: width - len(closer)]])


def _table(space: _Space, near: tuple[Array, Array], limit: float, stays: Array) -> pd.DataFrame:
    places, squares = near
    own, rank = np.nonzero(np.isfinite(squares) & (np.sqrt(squares) <= limit))
    other = places[own, rank]
    codes = np.array(space.codes, dtype=object)
    names = np.array([*space.names, ""], dtype=object)
    first, second = _two_largest(space, own, other)
    return pd.DataFrame(
        {
            "institution": codes[own],
            "rank": rank + 1,
            "peer": codes[other],
            "distance": np.sqrt(squares[own, rank]),
            "separating_1": names[first],
            "separating_2": names[second],
            "stays": stays[own, rank],
        }
    )


def _two_largest(space: _Space, own: Array, other: Array) -> tuple[Array, Array]:
    """Places of the two variables that separate each pair most; −1 where fewer differ."""
    if len(space.names) < 2:
        return np.full(len(own), -1), np.full(len(own), -1)
    squared = space.squared(space.coordinates[:, own], space.coordinates[:, other])
    pull = np.where(np.isnan(squared), 0.0, squared) * space.weights[:, None]
    order = np.argsort(-pull, axis=0, kind="stable")[:2]
    largest = np.where(np.take_along_axis(pull, order, axis=0) > 0, order, -1)
    return largest[0], largest[1]


# where one stands


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


# what is refused


def _repeated(codes: pd.Series) -> InputRefused:
    code = codes[codes.duplicated()].iloc[0]
    return InputRefused(
        Text(
            ja=f"学校コード「{code}」の行が二つ以上あります。一つの年度の、1機関1行の表を渡してください。",
            en=f"The code '{code}' has more than one row. Please give one row for each institution, of one edition.",
        )
    )


def _unknown_code(code: str) -> InputRefused:
    return InputRefused(
        Text(
            ja=f"学校コード「{code}」は表にありません。コードを確認してください。",
            en=f"The code '{code}' is not in the table. Please check it.",
        )
    )
