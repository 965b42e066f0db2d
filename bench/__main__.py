"""Runs the benchmarks (all, or those named), each in a process of its own, and keeps the rows in results.json.

``simulation``, ``calibration`` and ``suppression`` among the names check chance and secrecy, with results of their own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.composite import beside_pymcdm, beside_scikit_criteria, composite, scores_alone
from bench.evaluation import evaluation
from bench.intake import batch, cold_validate, command_line, growth, intake, warm_worker
from bench.peers import peers
from bench.robustness import robustness
from bench.row import Comparison, measured
from bench.scorecard import scorecards

RESULTS = Path(__file__).parent / "results.json"
ALONE = "--alone"
# Threads of the linear algebra would make processor time depend on the machine.
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
CHECKS = ("simulation", "calibration", "suppression")
BENCHMARKS: dict[str, Callable[[], Comparison]] = {
    **{f"evaluation_{n}": partial(evaluation, n) for n in (200, 400, 800)},
    **{f"evaluation_800_{years}_years": partial(evaluation, 800, years) for years in (2, 5)},
    "evaluation_800_without_peers": partial(evaluation, 800, with_peers=False),
    **{f"composite_{n}": partial(composite, n, target=target) for n, target in ((800, 3), (12_500, 2), (50_000, 2))},
    **{f"composite_800_{years}_years": partial(composite, 800, years, target=3) for years in (2, 5, 10)},
    "composite_scores_800": partial(scores_alone, 800),
    "composite_beside_scikit_criteria": partial(beside_scikit_criteria, 50_000),
    "composite_beside_pymcdm": partial(beside_pymcdm, 50_000),
    **{f"robustness_{draws}": partial(robustness, draws) for draws in (1_000, 3_000, 10_000)},
    **{f"peers_{n}": partial(peers, n) for n in (100, 200, 400)},
    "scorecards": scorecards,
    **{f"intake_{papers}": partial(intake, papers) for papers in (25_000, 50_000, 100_000)},
    "intake_100000_faulty": partial(intake, 100_000, faulty=True),
    "intake_growth": partial(growth, 100_000, 4),
    "intake_core_form": warm_worker,
    "intake_batch_80": partial(batch, 80),
    "intake_batch_800": partial(batch, 800),
    "command_line": command_line,
    "command_line_validate": cold_validate,
}


def main(arguments: list[str]) -> int:
    """0 when every named benchmark ran; 2 when a name is not known; else 1 when a stated rate does not hold."""
    if arguments[:1] == [ALONE]:
        print(json.dumps(measured(arguments[1], BENCHMARKS[arguments[1]]())))
        return 0
    known = [*BENCHMARKS, *CHECKS]
    unknown = [name for name in arguments if name not in known]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    code = 0
    for name in arguments or known:
        if name in CHECKS:
            code = max(code, subprocess.run([sys.executable, "-m", f"bench.{name}"]).returncode)
            continue
        run = subprocess.run(
            _command(name), check=True, capture_output=True, text=True, env={**os.environ, **ONE_THREAD}
        )
        row = json.loads(run.stdout)
        took = f"{row['ours_s']} s ({row['ours_processor_s']} s of processor time)"
        print(f"{name}: {took}, {row['ratio']} x {row['reference']} (target {row['target']})")
        keep_row(row)
    return code


def _command(name: str) -> list[str]:
    return [sys.executable, "-m", "bench", ALONE, name]


def keep_row(row: dict[str, object]) -> None:
    """Writes the row in the place of the last one of its name."""
    rows = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []
    others = [other for other in rows if other["name"] != row["name"]]
    ordered = sorted([*others, row], key=lambda one: str(one["name"]))
    RESULTS.write_text(json.dumps(ordered, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
