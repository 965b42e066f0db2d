"""Building the demo store as a process of its own: once, also when two start, and never longer than who started it."""

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from app.commands.operation.serve import prepare_demo
from app.submission.fork_server import ROOT

FEW = (
    "import sys\nfrom app.demo import build_store\n"
    "build_store.everyone = lambda real=build_store.everyone: real()[1:2]\n"
    "if __name__ == '__main__':\n    sys.exit(build_store.main(sys.argv[1:]))\n"
)


def started(folder: Path, script: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, str(script), str(folder), "en"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_of_two_that_start_at_once_one_builds_and_both_are_served(tmp_path: Path) -> None:
    script = tmp_path / "few.py"
    script.write_text(FEW)
    both = [started(tmp_path / "demo", script) for _ in range(2)]
    told = [one.communicate()[0] for one in both]
    assert [one.returncode for one in both] == [0, 0]
    assert sorted(b"1/1" in text for text in told) == [False, True]
    assert prepare_demo(tmp_path / "demo", "en") == 0, "what is there is not built again"


def test_the_workers_of_the_build_end_with_it(tmp_path: Path) -> None:
    script = tmp_path / "few.py"
    script.write_text(FEW.replace("real()[1:2]", "real()"))
    build = started(tmp_path / "demo", script)
    children: list[int] = []
    while len(children) < 2:
        with pytest.raises(subprocess.TimeoutExpired):  # it goes on; asked without a pause, a core did nothing else
            build.wait(timeout=0.05)
        children = [int(pid) for pid in Path(f"/proc/{build.pid}/task/{build.pid}/children").read_text().split()]
    handles = [os.pidfd_open(pid) for pid in children]
    build.kill()
    build.communicate()
    for handle in handles:
        assert select.select([handle], [], [], 60)[0], "a worker outlives the build"
        os.close(handle)
