"""Says which mutants of a module no test finds: ``make mutate ONLY=gaps`` (or another name in targets.yaml).

``EVERY=3`` tries each third mutant only. Ends with 1 when less than what is asked for is found, or when a mutant that
must be found is not; a survivor that docs/mutation.md gives no reason for is said to lack one.
"""

from __future__ import annotations

import os
import resource
import sys
from typing import Any

import numpy
import pandas
import pandera.pandas
import scipy.stats
import yaml

import tests.conftest
from tests.mutation.mutants import FOUND, ROOT, SLOWER, SURVIVED, Mutant, changed_file, drawn_mutants, fate

LOADED = (numpy, pandas, pandera.pandas, scipy.stats, tests.conftest)  # once, for every test process that is forked
TARGETS = ROOT / "tests" / "mutation" / "targets.yaml"
SURVIVORS = ROOT / "docs" / "mutation.md"
ASKED = 0.85
LONGEST = 600


def main(name: str, every: int) -> int:
    """0 when enough is found; 2 for a name that is not known."""
    targets = yaml.safe_load(TARGETS.read_text("utf-8"))
    if name not in targets:
        sys.stderr.write(f"no target {name!r}; there are {', '.join(targets)}\n")
        return 2
    return 0 if passes(name, targets[name], every) else 1


def passes(name: str, target: dict[str, Any], every: int) -> bool:
    """Whether the tests of a target find enough; writes each survivor as soon as it is known."""
    tests = target["tests"]
    if fate(None, tests, LONGEST) != SURVIVED:
        write(f"{name}: the tests fail without any change")
        return False
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = int(SLOWER * (used.ru_utime + used.ru_stime)) + 10
    required = [required_mutant(one) for one in target.get("required", ())]
    lost = [mutant for mutant in required if fate(mutant, tests, seconds) != FOUND]
    for mutant in lost:
        write(f"MUST BE FOUND {said(mutant)}")
    mutants = [one for file in target["files"] for one in drawn_mutants(file, target.get("only", {}).get(file, ()))]
    mutants, survivors = mutants[::every], []
    for mutant in mutants:
        if fate(mutant, tests, seconds) == SURVIVED:
            survivors.append(mutant)
            write(f"survived {said(mutant)}")
    found, page = len(mutants) - len(survivors), SURVIVORS.read_text("utf-8") if SURVIVORS.exists() else ""
    unexplained = [mutant for mutant in survivors if f"`{mutant.after}`" not in page]
    for mutant in unexplained:
        write(f"no reason in docs/mutation.md: {said(mutant)}")
    write(f"{name}: {found} of {len(mutants)} found ({100 * found / len(mutants):.1f} %), {len(required)} required")
    return not lost and found >= ASKED * len(mutants)


def required_mutant(declared: dict[str, str]) -> Mutant:
    """A mutant that must be found, declared by its file and the text before and after."""
    source = (ROOT / declared["file"]).read_text("utf-8")
    if source.count(declared["before"]) != 1:
        raise SystemExit(
            f"{declared['before']!r} stands {source.count(declared['before'])} times in {declared['file']}"
        )
    return changed_file(declared["file"], source, source.replace(declared["before"], declared["after"]))


def said(mutant: Mutant) -> str:
    """A mutant in one line."""
    return f"{mutant.file}:{mutant.line}  {mutant.before}  →  {mutant.after}"


def write(line: str) -> None:
    """A line, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main(*(sys.argv[1:2] or [""]), int(*(sys.argv[2:3] or ["1"]))))
