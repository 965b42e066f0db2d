"""Which line of a requirement holds for a centre: that of its own call, as a verdict only while its grant runs.

A centre is judged by the entries of the year and type of its call. Where no figure of that call was confirmed there is
no verdict; after the grant, and for centres outside the programme, the line is a direction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from indicators.catalogue.declarations import LEVELS, Benchmark, BenchmarkEntry
from indicators.catalogue.load_catalogue import Catalogue
from indicators.values.centre_calls import NO_CALL, NOT_WPI
from indicators.values.dictionary_encoding import DictionaryColumn
from indicators.values.values import Values
from schemas.dictionary.counting_day import counting_day

Array = np.ndarray[Any, Any]
CENTRE = LEVELS.index("centre")
STANDINGS = (
    *("judged", "direction", "after_grant", "status_unknown"),
    *("one_of_hosts", "not_wpi", "no_figure", "call_unknown"),
)
# Positions in STANDINGS.
JUDGED, DIRECTION, AFTER_GRANT, STATUS_UNKNOWN, ONE_HOST, OUTSIDE, NO_FIGURE, CALL_UNKNOWN = range(len(STANDINGS))
WITHOUT_CALLS = -1  # the benchmark knows no calls
ENDED = ("after_grant", "academy")


@dataclass(frozen=True)
class BenchmarkLine:
    """An entry (None: there is no figure) with the values it is set beside, and how it holds for each of them.

    ``rows`` has one bool a value; ``standing`` a position in STANDINGS (WITHOUT_CALLS where the benchmark knows no
    calls) for each chosen value. ``call`` names the call for which there is no figure.
    """

    entry: BenchmarkEntry | None
    rows: Array
    standing: Array
    call: str = ""


def lines_for(benchmark: Benchmark, own: Values, entities: pd.DataFrame) -> Iterator[BenchmarkLine]:
    """Every entry of a benchmark with the values that it is set beside in their round.

    ``entities``: call, grant and whether a centre has several hosts, by entity.
    """
    is_own = np.zeros(len(own), dtype=bool)
    if benchmark.is_by_call:
        (call, calls), (grant, grants) = (_different(entities[name]) for name in ("call", "grant"))
        call, state = call[own.entity], DictionaryColumn(grant[own.entity], grants)
        shared = entities["is_shared"].to_numpy(bool)[own.entity]
        is_own = (own.level == CENTRE) & np.array([name != NOT_WPI for name in calls])[call]
    for entry, rows in _in_force(benchmark, own, ~is_own):
        if benchmark.is_by_call:
            outside = np.where((own.level == CENTRE)[rows], OUTSIDE, DIRECTION)
            yield BenchmarkLine(entry, rows, outside.astype(np.int8))
        else:
            yield BenchmarkLine(entry, rows, _all_standing(WITHOUT_CALLS, rows))
    for which in dict.fromkeys(call[is_own].tolist()) if benchmark.is_by_call else ():
        yield from _of_call(benchmark, own, is_own & (call == which), calls[which], state, shared)


def _different(texts: pd.Series) -> tuple[Array, list[str]]:
    """(position of each text among the different ones, these)."""
    if isinstance(texts.dtype, pd.CategoricalDtype):
        return texts.cat.codes.to_numpy(), texts.cat.categories.astype(str).tolist()
    positions, different = pd.factorize(texts)
    return positions, [str(text) for text in different]


def _in_force(benchmark: Benchmark, own: Values, chosen: Array) -> Iterator[tuple[BenchmarkEntry, Array]]:
    holding = {year: benchmark.in_force(counting_day(year)) for year in own.years.tolist()}
    for entry in benchmark.entries:
        years = [year for year, entries in holding.items() if entry in entries]
        rows = chosen if len(years) == len(holding) else chosen & np.isin(own.year, years)
        if rows.any():
            yield entry, rows


def _of_call(
    benchmark: Benchmark, own: Values, chosen: Array, call: str, grant: DictionaryColumn, shared: Array
) -> Iterator[BenchmarkLine]:
    """The lines of the centres of one call."""
    found: dict[str, list[int]] = {}
    entries: dict[str, BenchmarkEntry | None] = {}
    for year in np.unique(own.year[chosen]).tolist():
        entry = None if call == NO_CALL else benchmark.entry_of_call(call, counting_day(year))
        key = entry.id if entry else ""
        entries[key] = entry
        found.setdefault(key, []).append(year)
    for key, years in found.items():
        rows, entry = chosen & np.isin(own.year, years), entries[key]
        if entry is None:
            yield BenchmarkLine(None, rows, _all_standing(NO_FIGURE if call else CALL_UNKNOWN, rows), call)
        else:
            yield BenchmarkLine(entry, rows, _line_statuses(grant[rows], shared[rows] & (benchmark.unit == "people")))


def _line_statuses(grant: DictionaryColumn, is_part: Array) -> Array:
    """How the line of its own call holds for each centre."""
    is_over, is_running = (
        np.array([text in states for text in grant.texts])[grant.codes] for states in (ENDED, ("in_grant",))
    )
    standing = np.where(
        is_over, AFTER_GRANT, np.where(~is_running, STATUS_UNKNOWN, np.where(is_part, ONE_HOST, JUDGED))
    )
    found: Array = standing.astype(np.int8)
    return found


def _all_standing(standing: int, rows: Array) -> Array:
    return np.full(np.count_nonzero(rows), standing, dtype=np.int8)


def unjudged_centres(own: Values, catalogue: Catalogue, entities: pd.DataFrame) -> Array:
    """Whether each value is of a centre whose score would rest on a requirement that is no verdict for it.

    That is so where the target of the goalpost of centres is a requirement of calls, and the centre is not judged by
    one of its own call. Such a score is a direction, without a band.
    """
    post = own.indicator.goalposts.get("centre")
    if post is None or post.target.benchmark is None or post.kind != "score":
        return np.zeros(len(own), dtype=bool)
    benchmark = catalogue.benchmark(own.indicator.id, post.target.benchmark)
    return ~is_judged(benchmark, own, entities) if benchmark.is_by_call else np.zeros(len(own), dtype=bool)


def is_judged(benchmark: Benchmark, own: Values, entities: pd.DataFrame) -> Array:
    """Whether each value of a centre is at a line of its own call while the grant runs; all of other levels are."""
    found: Array = own.level != CENTRE
    for line in lines_for(benchmark, own, entities):
        found[np.flatnonzero(line.rows)[line.standing == JUDGED]] = True
    return found
