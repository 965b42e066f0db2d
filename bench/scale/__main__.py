"""A national run over generated works, set against reading the same columns of the same files.

``python -m bench.scale FOLDER WORKS...`` prints a row for each size: seconds to read the columns with two threads
(the physical limit), seconds and peak memory of ``junkan count`` with DuckDB on two cores, in a child each.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench.scale.generate_works import WORKS_A_FILE, write_works
from indicators.publications.national_counts import COLUMNS

READ = """
import sys, resource, pyarrow as pa, pyarrow.parquet as pq
pa.set_cpu_count(2)
for path in sys.argv[2:]:
    for batch in pq.ParquetFile(path, pre_buffer=True).iter_batches(50_000, columns=sys.argv[1].split(",")):
        pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
COUNT = """
import sys, resource
from app.cli import main
code = main(["count", sys.argv[1], "--country", "JP", "--years", "2015-2024", "--out", sys.argv[2]])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
sys.exit(code)
"""
TARGET_RATIO, TARGET_MIB = 4.0, 4096


def child(code: str, *arguments: str) -> tuple[float, float]:
    """Seconds and peak memory (MiB) of Python code in a child that runs on two cores."""
    allowed = set(sorted(os.sched_getaffinity(0))[:2])
    start = time.perf_counter()
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, preexec_fn=lambda: os.sched_setaffinity(0, allowed)
    )
    return time.perf_counter() - start, int(done.stdout.split()[-1]) / 1024


def measure(folder: Path, works: int) -> dict[str, object]:
    """The row of one size: its files are linked into a folder of their own."""
    files = write_works(folder, works)[: -(-works // WORKS_A_FILE)]
    chosen = folder / f"first_{works}"
    shutil.rmtree(chosen, ignore_errors=True)
    chosen.mkdir()
    for path in files:
        (chosen / path.name).symlink_to(path.resolve())
    names = [str(path) for path in files]
    child(READ, ",".join(COLUMNS), *names)  # once for the disk
    read_s, _ = child(READ, ",".join(COLUMNS), *names)
    count_s, peak = child(COUNT, str(chosen), str(folder / f"counts_{works}.csv"))
    return {
        "works": works,
        "mib_on_disk": round(sum(path.stat().st_size for path in files) / 2**20),
        "read_s": round(read_s, 1),
        "count_s": round(count_s, 1),
        "ratio": round(count_s / read_s, 2),
        "target_ratio": TARGET_RATIO,
        "peak_mib": round(peak),
        "target_mib": TARGET_MIB,
        "seconds_a_million": round(count_s / works * 1e6, 1),
    }


def main(arguments: Sequence[str]) -> None:
    """Prints a row for each size and keeps them in ``results.json`` of the folder."""
    folder = Path(arguments[0])
    rows = []
    for works in sorted(map(int, arguments[1:])):
        rows.append(measure(folder, works))
        print(json.dumps(rows[-1]), flush=True)
    (folder / "results.json").write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
