"""The declared kinds of measure, as sums over clean tables. Integers in, integers out; nothing is rounded.

Grouped sums are Narwhals expressions, so that pandas, DuckDB, polars and Spark frames give the same; what is
done with the few sums per submission and level is plain arrays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from narwhals.typing import IntoFrame

from indicators.catalogue import Catalogue
from indicators.indicator import Indicator, LevelsReached, Term, WeightedLevel

KEYS = ["submission", "level", "unit"]
FULL_LEVEL = 3
# What keeps a sum from being a number, from least to most; the largest one in a sum is its status.
STATUS_RANK = {"ok": 0, "a": 1, "c": 2, "x": 3, "nc": 4, "m": 5, "no_source": 6}
STATUSES = np.array(list(STATUS_RANK), dtype=object)
FRACTION_SCALE = 1000  # fractional papers carry at most three places


@dataclass(frozen=True)
class Tables:
    """Clean tables of many submissions, ready for measures.

    Every frame has ``submission``, ``level``, ``unit``; each numeric column ``x`` is an integer (0 where there
    is none), with ``x__rank`` for its status. ``scale`` says by what the integers of a table were multiplied.
    """

    frames: Mapping[str, pd.DataFrame]
    scale: Mapping[str, int]


def term_sums(frame: IntoFrame, columns: Sequence[str], where: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    """Sum of ``columns`` over the rows of ``where``, for each submission, level and unit.

    Returns KEYS, ``total`` (integer), ``worst`` and ``best`` (largest and smallest status rank).
    """
    rows = nw.from_native(frame)
    for column, codes in where.items():
        rows = rows.filter(nw.col(column).is_in(list(codes)))
    sums = [nw.col(column).sum().alias(f"{column}__sum") for column in columns]
    worst = [nw.col(f"{column}__rank").max().alias(f"{column}__worst") for column in columns]
    best = [nw.col(f"{column}__rank").min().alias(f"{column}__best") for column in columns]
    grouped = rows.group_by(KEYS).agg(*sums, *worst, *best)
    collected = grouped.collect() if isinstance(grouped, nw.LazyFrame) else grouped
    found: pd.DataFrame = collected.to_pandas()
    return pd.DataFrame(
        {
            **{key: found[key].to_numpy() for key in KEYS},
            "total": sum(found[f"{column}__sum"].to_numpy(np.int64) for column in columns),
            "worst": np.maximum.reduce([found[f"{column}__worst"].to_numpy(np.int64) for column in columns]),
            "best": np.minimum.reduce([found[f"{column}__best"].to_numpy(np.int64) for column in columns]),
        }
    )


def status_of(sums: pd.DataFrame, side: str = "") -> np.ndarray[Any, Any]:
    """Status rank of each sum: all ``a`` is ``a``; else the worst code; ``a`` beside numbers counts as nothing."""
    worst, best = sums[f"worst{side}"].to_numpy(), sums[f"best{side}"].to_numpy()
    return np.where(worst >= STATUS_RANK["c"], worst, np.where(best == STATUS_RANK["a"], STATUS_RANK["a"], 0))


def ratio(part: pd.DataFrame, whole: pd.DataFrame) -> pd.DataFrame:
    """Part over whole for each submission, level and unit.

    Returns KEYS, ``numerator``, ``denominator`` (integers), ``status``: the worse of the two sums', or
    ``zero_denominator``. ``known`` is True where the whole is a number although the part is not complete.
    """
    both = part.merge(whole, on=KEYS, suffixes=("_part", "_whole"))
    rank = np.maximum(status_of(both, "_part"), status_of(both, "_whole"))
    zero = (rank == 0) & (both["total_whole"].to_numpy() == 0)
    status = np.where(zero, "zero_denominator", STATUSES[rank])
    return pd.DataFrame(
        {
            **{key: both[key] for key in KEYS},
            "numerator": both["total_part"].to_numpy(),
            "denominator": both["total_whole"].to_numpy(),
            "status": status,
            "known": (status_of(both, "_whole") == 0) & (both["total_whole"].to_numpy() > 0),
        }
    )


def measure_term(term: Term, tables: Tables, catalogue: Catalogue, window: tuple[int, int] | None) -> pd.DataFrame:
    """The sums of a declared term; empty where the table is absent."""
    table = term.fields[0].split(".")[0]
    frame = tables.frames.get(table)
    if frame is None:
        return pd.DataFrame({key: [] for key in [*KEYS, "total", "worst", "best"]})
    where: dict[str, Sequence[Any]] = dict(catalogue.rows_where(term.where))
    if window is not None:
        where["offset"] = list(range(window[0], window[1] + 1))
    return term_sums(frame, [name.split(".")[1] for name in term.fields], where)


def weighted_level(spec: WeightedLevel, tables: Tables, catalogue: Catalogue) -> pd.DataFrame:
    """Attained over attainable points of the items of some groups, on counted levels.

    Beside the columns of ``ratio``: ``items_met`` (at level 2 or more) and ``items`` (applicable).
    Items that do not apply leave both; an item not known makes the score not known.
    """
    frame = tables.frames.get("checklist")
    if frame is None:
        return _empty_ratio()
    weights = {item.code: item.weight for item in catalogue.dictionary.checklist.items if item.group in spec.groups}
    rows = frame[frame["item"].isin(list(weights))]
    weight = rows["item"].map(weights).astype(np.int64)
    applies = (rows["counted__rank"] != STATUS_RANK["a"]).to_numpy(np.int64)
    parts = rows[KEYS].assign(
        attained=weight * rows["counted"] * applies,
        attainable=weight * FULL_LEVEL * applies,
        met=((rows["counted"] >= 2).to_numpy(np.int64)) * applies,
        applies=applies,
        rank=rows["counted__rank"].to_numpy(),
    )
    found = parts.groupby(KEYS, sort=False).agg(
        numerator=("attained", "sum"),
        denominator=("attainable", "sum"),
        items_met=("met", "sum"),
        items=("applies", "sum"),
        worst=("rank", "max"),
        best=("rank", "min"),
    )
    found = found.reset_index()
    found["status"] = STATUSES[status_of(found)]
    found["known"] = False
    return found.drop(columns=["worst", "best"])


def levels_reached(spec: LevelsReached, tables: Tables) -> pd.DataFrame:
    """Of the items the centre has at the threshold, how many the institution has brought to the centre's level.

    Only items asked for both scopes; at institution level.
    """
    frame = tables.frames.get("checklist")
    if frame is None:
        return _empty_ratio()
    columns = ["submission", "item", "counted", "counted__rank"]
    centre = frame[frame["level"] == "centre"][columns]
    whole = frame[frame["level"] == "institution"][columns]
    both = centre.merge(whole, on=["submission", "item"], suffixes=("_centre", "_whole"))
    rank = np.maximum(both["counted__rank_centre"].to_numpy(), both["counted__rank_whole"].to_numpy())
    asked = (rank == 0) & (both["counted_centre"].to_numpy() >= spec.threshold)
    reached = asked & (both["counted_whole"].to_numpy() >= both["counted_centre"].to_numpy())
    counted = both[["submission"]].assign(
        numerator=reached.astype(np.int64), denominator=asked.astype(np.int64), rank=rank
    )
    found = counted.groupby("submission", sort=False).agg(
        numerator=("numerator", "sum"),
        denominator=("denominator", "sum"),
        worst=("rank", "max"),
        best=("rank", "min"),
    )
    found = found.reset_index().assign(level="institution", unit="00", known=False)
    status = STATUSES[status_of(found)]
    zero = (status == "ok") & (found["denominator"].to_numpy() == 0)
    return found.assign(status=np.where(zero, "zero_denominator", status)).drop(columns=["worst", "best"])


def difference(values: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    """One indicator at two levels: a/b - c/d as an exact fraction over b·d, at institution level.

    ``values`` are the rows of that indicator as ``ratio`` gives them; ``rest`` is the institution minus the
    centre, numerator and denominator each.
    """
    columns = ["submission", "numerator", "denominator", "status"]
    centre = values[values["level"] == first][columns]
    whole = values[values["level"] == "institution"][columns]
    both = centre.merge(whole, on="submission", suffixes=("_a", "_b"))
    a, b = both["numerator_a"].to_numpy(np.int64), both["denominator_a"].to_numpy(np.int64)
    c, d = both["numerator_b"].to_numpy(np.int64), both["denominator_b"].to_numpy(np.int64)
    if second == "rest":
        c, d = c - a, d - b
    worst = np.where(both["status_a"] != "ok", both["status_a"], both["status_b"])
    zero = (worst == "ok") & ((b <= 0) | (d <= 0))
    return pd.DataFrame(
        {
            "submission": both["submission"],
            "level": "institution",
            "unit": "00",
            "numerator": a * d - c * b,
            "denominator": b * d,
            "status": np.where(zero, "zero_denominator", worst),
            "known": False,
        }
    )


def measure(
    indicator: Indicator, tables: Tables, catalogue: Catalogue, others: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """The exact ratio of one indicator for every submission, level and unit it has.

    ``others`` holds the ratios measured so far (differences refer to them). Returns the columns of ``ratio``,
    for checklist scores also ``items_met`` and ``items``; ``scale`` is what the integers were multiplied by.
    """
    spec = indicator.measure
    pair = spec.share or spec.rate
    scale = 1
    if pair is not None:
        part = measure_term(pair.part, tables, catalogue, indicator.window)
        whole = measure_term(pair.whole, tables, catalogue, indicator.window)
        found = ratio(part, whole)
        scale = tables.scale.get(pair.part.fields[0].split(".")[0], 1)
    elif spec.number is not None:
        sums = measure_term(spec.number, tables, catalogue, indicator.window)
        found = sums[KEYS].assign(numerator=sums["total"], denominator=1, status=STATUSES[status_of(sums)], known=False)
        scale = tables.scale.get(spec.number.fields[0].split(".")[0], 1)
    elif spec.weighted_level is not None:
        found = weighted_level(spec.weighted_level, tables, catalogue)
    elif spec.levels_reached is not None:
        found = levels_reached(spec.levels_reached, tables)
    elif spec.difference is not None:
        found = difference(others[spec.difference.of], spec.difference.first, spec.difference.second)
    else:
        raise ValueError(f"{indicator.id}: no measure")
    return found[found["level"].isin(indicator.levels)].assign(scale=scale).reset_index(drop=True)


def _empty_ratio() -> pd.DataFrame:
    names = [*KEYS, "numerator", "denominator", "status", "known", "items_met", "items"]
    return pd.DataFrame({name: [] for name in names})


def fields_of(indicator: Indicator, catalogue: Catalogue) -> list[tuple[str, str, dict[str, list[str]]]]:
    """(table, column, rows) of every answer an indicator rests on: which cells feed it."""
    spec = indicator.measure
    if spec.difference is not None:
        return fields_of(catalogue.indicators[spec.difference.of], catalogue)
    if spec.weighted_level is not None:
        items = [i.code for i in catalogue.dictionary.checklist.items if i.group in spec.weighted_level.groups]
        return [("checklist", "declared", {"item": items})]
    if spec.levels_reached is not None:
        return [("checklist", "declared", {})]
    pair = spec.share or spec.rate
    terms = [pair.part, pair.whole] if pair is not None else [spec.number] if spec.number else []
    return [
        (name.split(".")[0], name.split(".")[1], catalogue.rows_where(term.where))
        for term in terms
        for name in term.fields
    ]
