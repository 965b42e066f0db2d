"""Peak memory and time of ``junkan import`` over OpenAlex works as JSON Lines, at two sizes, each in a child process.

``python -m bench.scale.import_memory FOLDER SIZE...`` uses the generated works of FOLDER.
"""

from __future__ import annotations

import gzip
import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from bench.scale.generate_works import WORKS_A_FILE, write_works

CHILD = "import resource, sys; from app.cli import main; code = main(sys.argv[1:]); "
CHILD += "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss); sys.exit(code)"


def write_json_lines(folder: Path, works: int) -> Path:
    """The first works of the generated data set as packed JSON Lines."""
    target = folder / f"works_{works}.jsonl.gz"
    if target.is_file():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    left, beside = works, target.with_suffix(".part")
    with gzip.open(beside, "wt", encoding="utf-8", compresslevel=1) as lines:
        for path in write_works(folder / "parquet", -(-works // WORKS_A_FILE) * WORKS_A_FILE):
            for batch in pq.ParquetFile(path).iter_batches(5_000):
                for work in batch.slice(0, max(left, 0)).to_pylist():
                    lines.write(json.dumps(work) + "\n")
                left -= batch.num_rows
    beside.replace(target)
    return target


def measure(source: Path, out: Path) -> dict[str, float]:
    """Seconds and peak memory (MiB) of one import in a child."""
    options = ["import", "--kind", "openalex", str(source), "--country", "JP", "--out", str(out)]
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", CHILD, *options], capture_output=True, text=True, check=True)
    peak = int(done.stdout.split()[-1]) / 1024
    return {"seconds": round(time.perf_counter() - start, 1), "peak_mib": round(peak, 1)}


def main(arguments: Sequence[str]) -> None:
    """Prints a row for each size."""
    folder = Path(arguments[0])
    for size in map(int, arguments[1:]):
        row = measure(write_json_lines(folder, size), folder / f"import_{size}")
        print(json.dumps({"works": size, **row}), flush=True)
    print(json.dumps({"own_peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))


if __name__ == "__main__":
    main(sys.argv[1:])
