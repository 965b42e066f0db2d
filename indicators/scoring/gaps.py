"""Gaps of many values to the benchmarks in force, as the table ``gaps``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from indicators.catalogue.declarations import LEVELS, Benchmark, BenchmarkEntry, Indicator
from indicators.catalogue.load_catalogue import Catalogue
from indicators.scoring.benchmark import gap_in_people, is_fragile, verdict
from indicators.scoring.calls import JUDGED, STANDINGS, WITHOUT_CALLS, BenchmarkLine, lines_for
from indicators.scoring.requirement_gaps import REQUIRED
from indicators.values.dictionary_encoding import DictionaryColumn, NullableInts, assemble_frame
from indicators.values.difference_interval import SIDES, difference_interval, side_positions
from indicators.values.tables import Tables
from indicators.values.values import VALUE_KEY, Values, factor_of
from indicators.values.wilson_interval import wilson
from schemas.register.centres import load_centres

Array = np.ndarray[Any, Any]
GAP_COLUMNS = [
    *VALUE_KEY, "benchmark", "entry", "kind", "benchmark_level", "comparable", "benchmark_value", "gap_points",
    "of", "replace", "add", "verdict", "margin", "fragile", "source", "seen", "standing",
]  # fmt: skip
COMPARED_LEVELS = (*LEVELS, "programme")  # a country or a sector is another population
VERDICTS = (None, "not_met", "met")


def foreign_hires(tables: Tables) -> Array:
    """Foreign hires of last fiscal year for every entity, as far as they are known."""
    frame, count = tables.frames.get("researchers"), len(tables.entities)
    if frame is None or "foreign_hired__rank" not in frame:
        return np.zeros(count, dtype=np.int64)
    hired = np.zeros(count, dtype=np.int64)
    np.add.at(hired, frame["entity"].to_numpy(np.int64), frame["foreign_hired"].to_numpy(np.int64))
    return hired // tables.scale["researchers"]


def gap_table(values: Mapping[str, Values], catalogue: Catalogue, entities: pd.DataFrame, hires: Array) -> pd.DataFrame:
    """The gap of every value with a number to every benchmark entry in force in its round.

    A value without a number has a row, without figures, for each requirement or target that would judge it.
    ``values``: by indicator and definition. ``entities``: submission, level, unit, and the calls of centres by entity.
    ``hires``: foreign hires by entity. A requirement of calls is set beside each centre as far as it is that of its
    own call (`indicators.scoring.calls`).
    """
    parts: list[dict[str, Any]] = []
    for own in values.values():
        lines = catalogue.benchmarks.get(own.indicator.id, [])
        if not lines or not len(own):
            continue
        has_number = own.is_ok & ~np.isnan(own.value)
        usable, missing = own.only(has_number), own.only(~has_number)
        for benchmark in lines:
            parts += _unjudged_rows(missing, benchmark, entities)
            for line in lines_for(benchmark, usable, entities):
                rows = usable.only(line.rows)
                if line.entry is None:
                    parts.append(_no_figure(rows, benchmark, line, catalogue))
                else:
                    parts.append(_gap_rows(rows, benchmark, line.entry, hires, line.standing))
    return assemble_frame(parts, GAP_COLUMNS, entities)


def is_comparable(indicator: Indicator, benchmark: Benchmark) -> bool:
    """Whether the benchmark counts the same people or papers by the same definition."""
    counted = benchmark.population_key, benchmark.definition, benchmark.counting
    own = indicator.population, indicator.definition_key, indicator.counting
    return benchmark.level in COMPARED_LEVELS and counted == own


def _gap_rows(
    rows: Values, benchmark: Benchmark, entry: BenchmarkEntry, hires: Array, standing: Array
) -> dict[str, Any]:
    """Gaps of one indicator to one entry for many values, by column; ``standing`` says for which it is a verdict."""
    indicator = rows.indicator
    comparable = is_comparable(indicator, benchmark)
    line = entry.line(benchmark.comparison)
    figures: dict[str, Any] = {}
    if comparable and line is None:
        figures = _items_gap(benchmark, rows, standing)
    elif comparable and line is not None:
        figures = _points_gap(rows, benchmark, entry, line, hires, standing)
    return {
        **_columns(rows, benchmark, entry.id, comparable=comparable),
        **_from_entry(benchmark, entry),
        **figures,
        "standing": _standings(standing),
    }


def _unjudged_rows(missing: Values, benchmark: Benchmark, entities: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Rows without figures for values without a number that a requirement or target would judge."""
    if not len(missing) or benchmark.kind not in REQUIRED or not is_comparable(missing.indicator, benchmark):
        return
    for line in lines_for(benchmark, missing, entities):
        rows = missing.only(line.rows)
        judged = _is_decided(rows, benchmark, line.standing)
        if line.entry is not None and judged.any():
            yield {
                **_columns(rows.only(judged), benchmark, line.entry.id, comparable=True),
                **_from_entry(benchmark, line.entry),
                "standing": _standings(line.standing[judged]),
            }


def _standings(standing: Array) -> DictionaryColumn:
    """The names of standings; none where the benchmark knows no calls."""
    return DictionaryColumn(standing - WITHOUT_CALLS, (None, *STANDINGS))


def _no_figure(rows: Values, benchmark: Benchmark, line: BenchmarkLine, catalogue: Catalogue) -> dict[str, Any]:
    """A requirement for which no figure of the call was confirmed: no gap and no verdict, and a row that says so."""
    year, _, kind = line.call.partition("/")
    call = load_centres().call_of(int(year), kind) if year else None
    source = call.source if call else load_centres().calls[0].source
    return {
        **_columns(rows, benchmark, f"FY{year} {kind}" if year else "unknown", comparable=False),
        "source": source,
        "seen": catalogue.sources[source].seen if source in catalogue.sources else "second_hand",
        "standing": _standings(line.standing),
    }


def _from_entry(benchmark: Benchmark, entry: BenchmarkEntry) -> dict[str, Any]:
    return {
        "benchmark_value": entry.line_text(benchmark.comparison),
        "source": entry.source,
        "seen": entry.seen,
    }


def _columns(rows: Values, benchmark: Benchmark, entry: str, *, comparable: bool) -> dict[str, Any]:
    """The columns of gaps before any figure is known."""
    indicator = rows.indicator
    return {
        "entity": rows.entity,
        "indicator": indicator.id,
        "definition": indicator.definition_key,
        "counting": indicator.counting,
        "benchmark": benchmark.id,
        "entry": entry,
        "kind": benchmark.kind,
        "benchmark_level": benchmark.level,
        "comparable": np.full(len(rows), comparable),
        "benchmark_value": None,
        "gap_points": np.full(len(rows), np.nan),
        "of": indicator.of if comparable else None,
        **{name: nothing(len(rows)) for name in ("replace", "add", "margin")},
        "verdict": None,
        "fragile": np.zeros(len(rows), dtype=bool),
    }


def _items_gap(benchmark: Benchmark, rows: Values, standing: Array) -> dict[str, Any]:
    """A requirement in words: items still below level 2 among those that apply."""
    lacking = rows.items - rows.items_met
    own = _is_decided(rows, benchmark, standing)
    return {
        "replace": where_kept(lacking, np.ones(len(rows), dtype=bool)),
        "margin": where_kept(-lacking, own),
        "verdict": _verdicts(own, lacking == 0),
    }


def _points_gap(
    rows: Values, benchmark: Benchmark, entry: BenchmarkEntry, line: Fraction, hires: Array, standing: Array
) -> dict[str, Any]:
    """Gap in points, in whole people where they are countable, and the verdict at the benchmark's own level."""
    lower_is_better = benchmark.comparison == "<="
    points = (rows.value - float(line)) * (-1 if lower_is_better else 1)
    own = _is_decided(rows, benchmark, standing)
    if benchmark.kind in ("observed", "national", "peers"):
        side = np.full(len(rows), SIDES.index(None), dtype=np.int8)
        estimate = (rows.value[own], rows.lower[own], rows.upper[own])
        side[own] = side_positions(*difference_interval(estimate, _observed_interval(line, entry.whole)))
        return {"gap_points": points, "verdict": DictionaryColumn(side, SIDES)}
    indicator, scale = rows.indicator, rows.scale
    is_countable = (rows.numerator % scale == 0) & (rows.denominator % scale == 0) & _counts_things(indicator)
    part, whole = rows.numerator // scale, rows.denominator // scale
    share = line / factor_of(indicator)
    replace, add = _in_people(indicator, part, whole, share, lower_is_better)
    found = verdict(part, whole, share, lower_is_better=lower_is_better)
    # A median is no count, but it stands as it was asked, so that it is exactly above or below a line.
    decided = own & (is_countable | (indicator.measure.median is not None))
    recent = hires[rows.entity] if indicator.of == "people" else np.zeros_like(part)
    return {
        "gap_points": points,
        "replace": nothing(len(rows)) if replace is None else where_kept(replace, is_countable),
        "add": nothing(len(rows)) if add is None else where_kept(add, is_countable),
        "margin": where_kept(found.margin, decided & is_countable),
        "verdict": _verdicts(decided, found.met),
        "fragile": decided & is_countable & is_fragile(found.margin, found.met, recent),
    }


def _observed_interval(line: Fraction, whole: int | None) -> tuple[float, float, float]:
    """An observed percentage with the ends of its own interval; NaN where how many it is a share of is not known.

    What was observed elsewhere was itself up to chance: taken as exact, it would be told apart too often.
    """
    if whole is None:
        return float(line), np.nan, np.nan
    ends = wilson(np.array([round(line * whole / 100)]), np.array([whole]))
    low, high = (100 * float(end[0]) for end in ends)
    return float(line), min(low, float(line)), max(high, float(line))


def _verdicts(decided: Array, is_met: Array) -> DictionaryColumn:
    """Met or not where it is decided."""
    return DictionaryColumn(np.where(decided, np.where(is_met, 2, 1), 0), VERDICTS)


def _is_decided(rows: Values, benchmark: Benchmark, standing: Array) -> Array:
    """Whether each value is at the benchmark's own level, and at the line of its own call where it is one of calls."""
    own: Array = rows.level == (LEVELS.index(benchmark.level) if benchmark.level in LEVELS else -1)
    return own & (standing == JUDGED) if benchmark.is_by_call else own


def _counts_things(indicator: Indicator) -> bool:
    """Whether the numerator counts whole things; the points of a scale and differences do not."""
    measure = indicator.measure
    is_count = measure.pair is not None or measure.number is not None or measure.levels_reached is not None
    return indicator.of is not None and is_count


def _in_people(
    indicator: Indicator, part: Array, whole: Array, share: Fraction, lower_is_better: bool
) -> tuple[Array | None, Array | None]:
    """(replace, add): a rate's whole is another population, so it has no ``add``; a number can only grow."""
    if indicator.measure.share is not None or indicator.measure.levels_reached is not None:
        return gap_in_people(part, whole, share, lower_is_better=lower_is_better)
    people = np.maximum(-verdict(part, whole, share, lower_is_better=lower_is_better).margin, 0)
    return (None, people) if indicator.measure.number is not None else (people, None)


def nothing(count: int) -> NullableInts:
    """``count`` missing whole numbers."""
    return NullableInts(np.zeros(count, dtype=np.int64), np.ones(count, dtype=bool))


def where_kept(numbers: Array, keep: Array) -> NullableInts:
    """``numbers`` where ``keep``, else missing."""
    return NullableInts(numbers.astype(np.int64), ~np.asarray(keep, dtype=bool))
