"""Reading is a stream: memory does not grow with the file."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.publication_samples import OXFORD, TOKYO, authorship, institution, work

CHILD = """
import resource, sys
from pathlib import Path
from schemas.bibliography.read_problems import ProblemLog
from schemas.bibliography.read_publications import read_publications
count = sum(1 for _ in read_publications("openalex", [Path(sys.argv[1])], ProblemLog()))
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
ABSTRACT = "made-up words " * 2_000  # 28 kB: kept in memory, 4,000 of them would show
FEW, MANY = 100, 4_000
MOST_GROWTH = 40 * 1024  # KiB; the larger file has 110 MiB


def peak_of(path: Path) -> tuple[int, int]:
    done = subprocess.run([sys.executable, "-c", CHILD, str(path)], capture_output=True, text=True, check=True)
    count, peak = map(int, done.stdout.split())
    return count, peak


def write_works(path: Path, count: int, shape: str) -> Path:
    people = [authorship(institution(TOKYO)), authorship(institution(OXFORD))]
    with path.open("w", encoding="utf-8") as file:
        file.write('{"meta": {}, "results": [' if shape == "page" else "")
        for n in range(count):
            between = "," if shape == "page" and n else ""
            file.write(between + json.dumps(work(n, *people, abstract=ABSTRACT)) + "\n")
        file.write("]}" if shape == "page" else "")
    return path


@pytest.mark.parametrize("shape", ["lines", "page"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, shape: str) -> None:
    few = peak_of(write_works(tmp_path / "few.json", FEW, shape))
    many = peak_of(write_works(tmp_path / "many.json", MANY, shape))
    assert (few[0], many[0]) == (FEW, MANY)
    assert many[1] - few[1] < MOST_GROWTH
