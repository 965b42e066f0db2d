"""tables → values → gaps and scores: one pipeline, read top to bottom in ``evaluate``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from indicators.benchmark import gap_in_people, is_fragile, placed_by_interval, verdict
from indicators.catalogue import Catalogue
from indicators.indicator import LEVELS, Benchmark, BenchmarkEntry, Indicator, Level
from indicators.interval import wilson
from indicators.measures import KEYS, Tables, fields_of, measure, term_sums
from indicators.preparation import prepared
from indicators.scoring import (
    BAND_DENOMINATOR,
    BAND_ITEMS,
    Element,
    PillarScore,
    band_of_score,
    exact_band,
    goal_for,
    pillar_score,
    printed_band,
    score,
)

SMALL = 20
VALUE_KEY = [*KEYS, "indicator", "definition", "counting"]


@dataclass(frozen=True)
class Scoreboard:
    """Everything computed for some submissions, as the tables of DATA.

    ``values``, ``gaps``, ``scores`` (indicators and pillars) and ``value_cells`` (which answers made a value).
    """

    values: pd.DataFrame
    gaps: pd.DataFrame
    scores: pd.DataFrame
    value_cells: pd.DataFrame


def evaluate(
    tables: Mapping[str, pd.DataFrame],
    catalogue: Catalogue,
    rounds: pd.DataFrame,
    *,
    blocked: Iterable[tuple[str, str, str]] = (),
    lineage: bool = True,
    progress: Callable[[str], None] = lambda _: None,
) -> Scoreboard:
    """Values, gaps and scores of every indicator for every submission in ``tables``.

    ``tables``: stacked clean tables (``preparation.stack``). ``rounds``: submission, institution, year.
    ``blocked``: (submission, field, row key) that an error concerns.
    """
    progress("values")
    ready = prepared(tables, rounds, catalogue.dictionary, blocked)
    measured = measure_all(ready, catalogue)
    values = pd.concat(
        [_values(catalogue.indicators[i], rows, rounds) for i, rows in measured.items()], ignore_index=True
    )
    progress("gaps")
    gaps = _gaps(values, catalogue, _foreign_hires(ready))
    progress("scores")
    scores = _scores(values, catalogue)
    cells = _value_cells(ready, catalogue) if lineage else pd.DataFrame(columns=[*VALUE_KEY, "field", "row_key"])
    return Scoreboard(_in_order(values, catalogue), gaps, scores, cells)


def measure_all(tables: Tables, catalogue: Catalogue) -> dict[str, pd.DataFrame]:
    """The exact ratios of every indicator; those that refer to others come after them."""
    measured: dict[str, pd.DataFrame] = {}
    for indicator in sorted(catalogue.indicators.values(), key=lambda i: i.measure.difference is not None):
        measured[indicator.id] = measure(indicator, tables, catalogue, measured)
    return {name: measured[name] for name in catalogue.indicators}


# values

FACTOR = {"percent": 100, "points": 100, "score": 100, "number": 1, "per_100": 100}


def _values(indicator: Indicator, rows: pd.DataFrame, rounds: pd.DataFrame) -> pd.DataFrame:
    """The rows of one indicator in the shape of DATA ``values`` (integers kept beside the exact text)."""
    known = rows.merge(rounds[["submission", "institution", "year"]], on="submission", how="left")
    part, whole = known["numerator"].to_numpy(np.int64), known["denominator"].to_numpy(np.int64)
    ok = (known["status"] == "ok").to_numpy()
    below = ok & (whole < indicator.minimum * known["scale"].to_numpy(np.int64)) if indicator.minimum else ok & False
    shown = ok & ~below if indicator.measure.levels_reached is not None else ok
    factor = FACTOR[indicator.unit]
    value = np.divide(factor * part, whole, out=np.full(len(known), np.nan), where=shown & (whole != 0))
    lower, upper, method = _intervals(indicator, part, whole, ok, known["scale"].to_numpy(np.int64))
    year = known["year"].to_numpy(np.int64)
    window = indicator.window
    known = known.assign(
        indicator=indicator.id,
        definition=indicator.definition_key,
        counting=indicator.counting,
        indicator_version=indicator.version,
        window_from=pd.array(year + window[0] if window else [None] * len(known), dtype="Int64"),
        window_to=pd.array(year + window[1] if window else [None] * len(known), dtype="Int64"),
        value=value,
        lower=lower,
        upper=upper,
        interval_method=method,
        small=ok & (_size(indicator, known) < SMALL),
        below_minimum=below,
        flags="",
    )
    for column in ("items", "items_met"):
        if column not in known:
            known[column] = 0
    return known


def _size(indicator: Indicator, rows: pd.DataFrame) -> np.ndarray[Any, Any]:
    """What ``small`` compares with: people, papers, or twice the items (ten items are enough)."""
    size: np.ndarray[Any, Any] = rows["denominator"].to_numpy(np.int64) // rows["scale"].to_numpy(np.int64)
    if indicator.measure.weighted_level is not None:
        size = rows["items"].to_numpy(np.int64) * (BAND_DENOMINATOR // BAND_ITEMS)
    elif indicator.measure.levels_reached is not None:
        size = size * (BAND_DENOMINATOR // BAND_ITEMS)
    elif indicator.measure.difference is not None:
        size = np.full(len(rows), SMALL, dtype=np.int64)
    return size


def _intervals(
    indicator: Indicator,
    part: np.ndarray[Any, Any],
    whole: np.ndarray[Any, Any],
    ok: np.ndarray[Any, Any],
    scale: np.ndarray[Any, Any],
) -> tuple[Any, Any, str]:
    """Wilson interval in the unit for shares by full counting; none for levels, differences, fractions."""
    nothing = np.full(len(part), np.nan)
    if indicator.measure.share is None or indicator.counting == "fractional":
        return nothing, nothing, ""
    low, high = wilson(part / scale, whole / scale)
    return np.where(ok, 100 * low, np.nan), np.where(ok, 100 * high, np.nan), "wilson"


def _in_order(values: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Rows by submission, indicator in catalogue order, level institution-centre-unit."""
    order = {name: index for index, name in enumerate(catalogue.indicators)}
    keys = values.assign(
        _i=values["indicator"].map(order), _l=values["level"].map({v: i for i, v in enumerate(LEVELS)})
    )
    return (
        keys.sort_values(["submission", "_i", "_l", "unit"], kind="stable")
        .drop(columns=["_i", "_l"])
        .reset_index(drop=True)
    )


def exact_text(value: int, scale: int) -> int | str:
    """A count as an integer, or as the text ``p/q`` when the scale leaves a fraction."""
    number = Fraction(value, scale)
    return number.numerator if number.denominator == 1 else f"{number.numerator}/{number.denominator}"


def _groups(frame: pd.DataFrame, keys: list[str]) -> Iterator[tuple[tuple[Any, ...], pd.DataFrame]]:
    """The groups of a frame; a border where the library knows the key's type only as hashable."""
    for key, rows in frame.groupby(keys, sort=False):
        yield tuple(key) if isinstance(key, tuple) else (key,), rows


# gaps

GAP_COLUMNS = [
    *VALUE_KEY, "benchmark", "entry", "kind", "benchmark_level", "comparable", "benchmark_value", "gap_points",
    "of", "replace", "add", "verdict", "margin", "fragile", "source", "seen",
]  # fmt: skip


def _foreign_hires(tables: Tables) -> pd.DataFrame:
    """Foreign hires of last fiscal year by submission, level and unit."""
    frame = tables.frames.get("researchers")
    if frame is None or "foreign_hired" not in frame:
        return pd.DataFrame({key: [] for key in [*KEYS, "hires"]})
    return term_sums(frame, ["foreign_hired"], {}).rename(columns={"total": "hires"})[[*KEYS, "hires"]]


def _gaps(values: pd.DataFrame, catalogue: Catalogue, hires: pd.DataFrame) -> pd.DataFrame:
    usable = values[values["status"] == "ok"].merge(hires, on=KEYS, how="left")
    usable["hires"] = usable["hires"].fillna(0).astype(np.int64)
    parts = [
        _gap_rows(catalogue.indicators[name], benchmark, entry, rows)
        for (name, year), rows in _groups(usable, ["indicator", "year"])
        for benchmark in catalogue.benchmarks.get(name, [])
        for entry in benchmark.in_force(date(year, 5, 1))
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=GAP_COLUMNS)


def is_comparable(indicator: Indicator, benchmark: Benchmark) -> bool:
    """Whether the benchmark counts the same people or papers by the same definition (CATALOGUE 7, METHODS 3)."""
    return (benchmark.population_key, benchmark.definition, benchmark.counting) == (
        indicator.population,
        indicator.definition_key,
        indicator.counting,
    )


def _gap_rows(indicator: Indicator, benchmark: Benchmark, entry: BenchmarkEntry, rows: pd.DataFrame) -> pd.DataFrame:
    """Gaps of one indicator to one entry for many rows."""
    comparable = is_comparable(indicator, benchmark) and benchmark.level in LEVELS
    base = rows[VALUE_KEY].assign(
        benchmark=benchmark.id,
        entry=entry.id,
        kind=benchmark.kind,
        benchmark_level=benchmark.level,
        comparable=comparable,
        benchmark_value=entry.text or None,
        gap_points=np.nan,
        of=indicator.of if comparable else None,
        verdict=None,
        fragile=False,
        source=entry.source,
        seen=entry.seen,
    )
    whole_numbers = {name: pd.array([None] * len(rows), dtype="Int64") for name in ("replace", "add", "margin")}
    base = base.assign(**whole_numbers)
    if not comparable:
        return base[GAP_COLUMNS]
    if entry.value is None:
        return _items_gap(base, benchmark, rows)[GAP_COLUMNS]
    return _points_gap(base, indicator, benchmark, entry.value, rows)[GAP_COLUMNS]


def _items_gap(base: pd.DataFrame, benchmark: Benchmark, rows: pd.DataFrame) -> pd.DataFrame:
    """A requirement in words: items still below level 2 among those that apply."""
    lacking = rows["items"].to_numpy(np.int64) - rows["items_met"].to_numpy(np.int64)
    own = rows["level"].to_numpy() == benchmark.level
    return base.assign(
        replace=pd.array(lacking, dtype="Int64"),
        margin=_where(-lacking, own),
        verdict=_chosen(own, np.where(lacking == 0, "met", "not_met")),
    )


def _points_gap(
    base: pd.DataFrame, indicator: Indicator, benchmark: Benchmark, line: Fraction, rows: pd.DataFrame
) -> pd.DataFrame:
    sign = -1 if benchmark.comparison == "<=" else 1
    lower_is_better = sign < 0
    base = base.assign(gap_points=sign * (rows["value"].to_numpy(float) - float(line)))
    own = rows["level"].to_numpy() == benchmark.level
    if benchmark.kind in ("observed", "national", "peers"):
        placed = placed_by_interval(rows["lower"].to_numpy(float), rows["upper"].to_numpy(float), float(line))
        return base.assign(verdict=_chosen(own, placed))
    scale = rows["scale"].to_numpy(np.int64)
    part, whole = rows["numerator"].to_numpy(np.int64), rows["denominator"].to_numpy(np.int64)
    countable = (part % scale == 0) & (whole % scale == 0) & (indicator.of is not None)
    part, whole = part // scale, whole // scale
    replace, add = gap_in_people(part, whole, line / 100, lower_is_better=lower_is_better)
    found = verdict(part, whole, line / 100, lower_is_better=lower_is_better)
    decided = own & countable
    return base.assign(
        replace=_where(replace, countable),
        add=_where(add, countable) if add is not None else pd.array([None] * len(rows), dtype="Int64"),
        margin=_where(found.margin, decided),
        verdict=_chosen(decided, np.where(found.met, "met", "not_met")),
        fragile=decided & is_fragile(found.margin, found.met, rows["hires"].to_numpy(np.int64)),
    )


def _chosen(keep: Any, words: Any) -> np.ndarray[Any, Any]:
    """``words`` where ``keep``, else None."""
    chosen = np.asarray(words, dtype=object).copy()
    chosen[~np.asarray(keep, dtype=bool)] = None
    return chosen


def _where(numbers: np.ndarray[Any, Any], keep: np.ndarray[Any, Any]) -> pd.arrays.IntegerArray:
    return pd.arrays.IntegerArray(numbers.astype(np.int64), ~np.broadcast_to(keep, numbers.shape).copy())


# scores

SCORE_COLUMNS = [
    *KEYS, "element", "score", "kind", "band", "coverage_present", "coverage_applicable", "dropped",
    "lower", "upper", "reason",
]  # fmt: skip


def _scores(values: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    elements = [
        _element_scores(catalogue.indicators[name], level, year, rows, catalogue)
        for (name, level, year), rows in _groups(values, ["indicator", "level", "year"])
    ]
    scored = pd.concat(elements, ignore_index=True)
    pillars = _pillar_scores(scored, catalogue)
    return pd.concat([scored[SCORE_COLUMNS], pillars], ignore_index=True)


def _element_scores(
    indicator: Indicator, level: Level, year: int, rows: pd.DataFrame, catalogue: Catalogue
) -> pd.DataFrame:
    """Score, kind, band and the reason for no score, for one indicator, level and round."""
    base = rows[KEYS].assign(
        element=indicator.id, pillar=indicator.pillar, status=rows["status"], weight=indicator.weight or 0,
        coverage_present=0, coverage_applicable=0, dropped="", lower=np.nan, upper=np.nan,
        score=np.nan, kind=None, band=None, is_small=False,
    )  # fmt: skip
    if not indicator.scored:
        return base.assign(reason="context")
    goal = goal_for(indicator, level, catalogue, date(year, 5, 1))
    if goal is None:
        return base.assign(reason="no_goalpost")
    ok = (rows["status"] == "ok").to_numpy()
    small = rows["below_minimum"].to_numpy(bool)
    usable = ok & ~small
    points = np.where(usable, score(rows["value"].to_numpy(float), goal), np.nan)
    reason = _chosen(~ok | small, np.where(~ok, "status", "small_denominator"))
    low = np.where(usable, score(rows["lower"].to_numpy(float), goal), np.nan)
    high = np.where(usable, score(rows["upper"].to_numpy(float), goal), np.nan)
    band = _bands(indicator, goal, rows, usable, low, high) if goal.kind == "score" else [None] * len(rows)
    return base.assign(
        score=points,
        kind=goal.kind,
        band=np.asarray(band, dtype=object),
        reason=reason,
        is_small=small,
        lower=low,
        upper=high,
    )


def _bands(
    indicator: Indicator, goal: Any, rows: pd.DataFrame, usable: np.ndarray[Any, Any], low: Any, high: Any
) -> list[str | None]:
    part, whole = rows["numerator"].to_numpy(np.int64), rows["denominator"].to_numpy(np.int64)
    enough = usable & (_size(indicator, rows) >= BAND_DENOMINATOR)
    own = exact_band(part, whole, goal)
    printed = printed_band(own, band_of_score(low), band_of_score(high))
    return [text if fine else None for text, fine in zip(printed, enough.tolist(), strict=True)]


def _pillar_scores(scored: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    rows = []
    weighted = scored[scored["weight"] > 0]
    for (submission, level, unit, pillar), part in weighted.groupby([*KEYS, "pillar"], sort=False):
        elements = [
            Element(e, int(w), None if np.isnan(s) else float(s), k, st, bool(small))
            for e, w, s, k, st, small in zip(
                part["element"], part["weight"], part["score"], part["kind"], part["status"], part["is_small"],
                strict=True,
            )
        ]  # fmt: skip
        rows.append(_pillar_row((submission, level, unit), str(pillar), pillar_score(elements)))
    return pd.DataFrame(rows, columns=SCORE_COLUMNS)


def _pillar_row(key: tuple[Any, Any, Any], pillar: str, found: PillarScore) -> tuple[Any, ...]:
    low, high = found.bounds or (np.nan, np.nan)
    value = np.nan if found.score is None else found.score
    return (
        *key,
        pillar,
        value,
        found.kind,
        None,
        found.present,
        found.applicable,
        " ".join(found.dropped),
        low,
        high,
        found.reason,
    )


# lineage


def _value_cells(tables: Tables, catalogue: Catalogue) -> pd.DataFrame:
    """Which answers made each value: value key, field, row key."""
    parts = []
    for indicator in catalogue.indicators.values():
        difference = indicator.measure.difference or indicator.measure.levels_reached
        for table, column, where in fields_of(indicator, catalogue):
            frame = tables.frames.get(table)
            if frame is None or column not in frame:
                continue
            rows = frame
            for key, codes in where.items():
                rows = rows[rows[key].isin(codes)]
            if indicator.window is not None and "offset" in rows:
                rows = rows[rows["offset"].between(*indicator.window)]
            if difference is not None:
                rows = rows[rows["level"] != "unit"].assign(level="institution", unit="00")
            rows = rows[rows["level"].isin(indicator.levels)]
            parts.append(
                rows[[*KEYS, "row_key"]].assign(
                    indicator=indicator.id,
                    definition=indicator.definition_key,
                    counting=indicator.counting,
                    field=f"{table}.{column}",
                )
            )
    columns = [*VALUE_KEY, "field", "row_key"]
    return pd.concat(parts, ignore_index=True)[columns].drop_duplicates() if parts else pd.DataFrame(columns=columns)
