"""Runs the benchmarks (all, or those named), each in a process of its own, and keeps the rows in results.json."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.evaluation import evaluation
from bench.row import Comparison, measured

RESULTS = Path(__file__).parent / "results.json"
ALONE = "--alone"
BENCHMARKS: dict[str, Callable[[], Comparison]] = {
    f"evaluation_{institutions}": partial(evaluation, institutions) for institutions in (200, 400, 800)
}


def main(arguments: list[str]) -> int:
    """0 when every named benchmark ran; 2 when a name is not known."""
    if arguments[:1] == [ALONE]:
        print(json.dumps(measured(arguments[1], BENCHMARKS[arguments[1]]())))
        return 0
    unknown = [name for name in arguments if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    for name in arguments or BENCHMARKS:
        row = json.loads(subprocess.run(_command(name), check=True, capture_output=True, text=True).stdout)
        print(f"{name}: {row['ours_s']} s, {row['ratio']} x {row['reference']} (target {row['target']})")
        _keep(row)
    return 0


def _command(name: str) -> list[str]:
    return [sys.executable, "-m", "bench", ALONE, name]


def _keep(row: dict[str, object]) -> None:
    """Writes the row in the place of the last one of its name."""
    rows = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []
    others = [other for other in rows if other["name"] != row["name"]]
    ordered = sorted([*others, row], key=lambda one: str(one["name"]))
    RESULTS.write_text(json.dumps(ordered, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
