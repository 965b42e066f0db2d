"""One row of the benchmark: two callables run in turn, their medians and the memory at the peak."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

RUNS = 7


@dataclass(frozen=True)
class Comparison:
    """What is timed, and beside what: a reference run, or where there is none a limit in seconds.

    ``target`` is the ratio wanted at most, ``runs`` how often each is timed.
    """

    what: str
    ours: Callable[[], None]
    reference: str
    reference_run: Callable[[], None] | None
    target: float
    runs: int = RUNS
    limit_s: float = 0.0


def measured(name: str, comparison: Comparison) -> dict[str, Any]:
    """The row of one comparison: medians of alternating runs, after one of each that does not count."""
    pairs = [(_seconds(comparison.ours), _reference_seconds(comparison)) for _ in range(comparison.runs + 1)][1:]
    ours, reference = (statistics.median(column) for column in zip(*pairs, strict=True))
    return {
        "name": name,
        "what": comparison.what,
        "ours_s": round(ours, 4),
        "reference": comparison.reference,
        "reference_s": round(reference, 4),
        "ratio": round(ours / reference, 2),
        "target": comparison.target,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _seconds(run: Callable[[], None]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def _reference_seconds(comparison: Comparison) -> float:
    return comparison.limit_s if comparison.reference_run is None else _seconds(comparison.reference_run)
