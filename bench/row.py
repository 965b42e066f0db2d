"""One row of the benchmark: two callables run in turn, their medians and the memory at the peak.

``peak_mb`` is what the process held at most, material and reference included; ``extra_mb`` is the most that one
of our own runs took beyond what the process held before it, told by Linux (without it the row says None).
"""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RUNS = 7
RESET, STATUS, RESET_PEAK = Path("/proc/self/clear_refs"), Path("/proc/self/status"), "5"


def own_processor_s() -> float:
    """Processor time of this process and of those that it waited for, in seconds."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


@dataclass(frozen=True)
class Comparison:
    """What is timed, and beside what: a reference run, or where there is none a limit in seconds.

    ``target`` is the ratio wanted at most, ``runs`` how often each is timed, ``prepare`` what must hold before
    each of our own runs and is not timed. ``processor_s`` tells the processor time taken so far, in seconds; where
    ``limits_processor`` the limit is one of processor time, not of time on the clock. ``uncounted`` is how many runs
    come first that do not count; none where a run is long and starts cold in use too. ``clock`` is what the ratio
    compares: processor time where all is done in this process, so that whoever else uses the machine does not matter.
    """

    what: str
    ours: Callable[[], None]
    reference: str
    reference_run: Callable[[], None] | None
    target: float
    runs: int = RUNS
    limit_s: float = 0.0
    prepare: Callable[[], None] = lambda: None
    processor_s: Callable[[], float] = own_processor_s
    limits_processor: bool = False
    uncounted: int = 1
    clock: Callable[[], float] = time.perf_counter


def measured(name: str, comparison: Comparison) -> dict[str, Any]:
    """The row of one comparison: medians of alternating runs, after those that do not count."""
    extras: list[float | None] = []
    times: list[tuple[float, float, float]] = []
    for _ in range(comparison.runs + comparison.uncounted):
        comparison.prepare()
        before = _fresh_peak()
        used = comparison.processor_s()
        ours = _seconds(comparison.ours, comparison.clock)
        used = comparison.processor_s() - used
        extras.append(None if before is None else _status("VmHWM") - before)
        times.append((ours, used, _reference_seconds(comparison)))
    ours, used, reference = (statistics.median(column) for column in zip(*times[comparison.uncounted :], strict=True))
    known = [extra for extra in extras if extra is not None]
    return {
        "name": name,
        "what": comparison.what,
        "ours_s": round(ours, 4),
        "ours_processor_s": round(used, 4),
        "reference": comparison.reference,
        "reference_s": round(reference, 4),
        "ratio": round((used if comparison.limits_processor else ours) / reference, 2),
        "target": comparison.target,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "extra_mb": round(max(known)) if known else None,
    }


def _fresh_peak() -> float | None:
    """Forgets the highest use of memory so far; MiB in use now, None where the system keeps no such figure."""
    try:
        RESET.write_text(RESET_PEAK)
    except OSError:
        return None
    return _status("VmRSS")


def _status(name: str) -> float:
    """A figure of this process in MiB."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) / 1024


def _seconds(run: Callable[[], None], clock: Callable[[], float]) -> float:
    began = clock()
    run()
    return clock() - began


def fastest(ways: Sequence[Callable[[Any], Any]], material: Any) -> Callable[[Any], Any]:
    """The way that takes the least processor time on some material: a reference is the better of plain ones."""
    return min(ways, key=lambda way: min(_seconds(lambda: way(material), time.process_time) for _ in range(5)))


def _reference_seconds(comparison: Comparison) -> float:
    if comparison.reference_run is None:
        return comparison.limit_s
    return _seconds(comparison.reference_run, comparison.clock)
