"""Runs every check and test, says how long each took, and stops at the first that fails."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

BIN = Path(sys.executable).parent
# These need a core each or less, and run beside each other and beside the tests.
CHECKS = {
    "format": ["ruff", "format", "--check", "--quiet", "."],
    "lint": ["ruff", "check", "--quiet", "."],
    "audit": ["python", "tests/dependency_audit.py"],
    "rooms": ["pytest", "--noconftest", "tests/test_architecture.py"],
    "types": ["mypy"],
}
# One run for all: a worker that is through with one room goes on with the next, and loads what they share once.
TOGETHER = [f"tests/{room}" for room in ("whole", "app", "schemas", "indicators", "golden", "mutation")]
# By file, so that what a module makes for its tests is made once and not once a worker. Three workers for two cores:
# a test that waits for a browser, a server or a process leaves its core to another.
TESTS = ["pytest", *TOGETHER, "-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]
# A second thread for small matrices does nothing but wait for the first, and takes a core to do so.
ONE_THREAD = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}


def main(only: str) -> int:
    """0 when everything passes."""
    if only == "check":
        return run_beside({name: command for name, command in CHECKS.items() if name != "rooms"})
    began = time.monotonic()
    tests = subprocess.Popen([str(BIN / TESTS[0]), *TESTS[1:]], env=ONE_THREAD)
    code = run_beside(CHECKS)
    if code != 0:
        tests.send_signal(signal.SIGINT)  # as a person stops it: servers and browsers end with it
    found = tests.wait()
    tell("tests", began)
    return code or found


def run_beside(commands: dict[str, list[str]]) -> int:
    """Runs commands at once; what each said comes in one piece and in their order. Ends the others when one fails."""
    began = time.monotonic()
    running = {
        name: subprocess.Popen([str(BIN / command[0]), *command[1:]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for name, command in commands.items()
    }
    with ThreadPoolExecutor(len(running)) as readers:
        said = {name: readers.submit(lambda one=process: one.communicate()[0]) for name, process in running.items()}
        for name, process in running.items():
            sys.stdout.write(said[name].result().decode("utf-8", "replace"))
            tell(name, began)
            if process.returncode != 0:
                for other in running.values():
                    other.terminate()
                return process.returncode
    return 0


def tell(name: str, began: float) -> None:
    sys.stdout.write(f"{name}: {time.monotonic() - began:.0f} s\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
