"""Runs every check and test, says how long each took, and stops at the first that fails."""

import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent
CHECKS = {
    "format": ["ruff", "format", "--check", "--quiet", "."],
    "lint": ["ruff", "check", "--quiet", "."],
    "types": ["mypy"],
    "audit": ["python", "tests/dependency_audit.py"],
}
# One run for all: a worker that is through with one room goes on with the next, and loads what they share once.
TOGETHER = [f"tests/{room}" for room in ("whole", "app", "schemas", "indicators", "golden", "mutation")]
SUITES = {
    "rooms": ["pytest", "--noconftest", "tests/test_architecture.py"],
    "tests": ["pytest", *TOGETHER],
}


def main(only: str) -> int:
    """0 when everything passes."""
    for name, command in {**CHECKS, **({} if only == "check" else SUITES)}.items():
        began = time.monotonic()
        # By file, so that what a module makes for its tests is made once and not once a worker.
        parallel = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"] if command[0] == "pytest" else []
        done = subprocess.run([str(BIN / command[0]), *command[1:], *parallel])
        sys.stdout.write(f"{name}: {time.monotonic() - began:.0f} s\n")
        sys.stdout.flush()
        if done.returncode != 0:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
