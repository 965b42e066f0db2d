"""Who may write beside a target: one run at a time, and the next one at once after a run that was ended."""

import os
import signal
from pathlib import Path

import pytest

from app.commands.operation.unfinished_files import UnfinishedFiles
from app.rounds.round_errors import RoundError


def start_run(target: Path) -> tuple[int, int, int]:
    """A process that writes, with one of its own that lives on; its number, the other's, and what ends the other."""
    ready, told = os.pipe()
    waits, ends = os.pipe()
    run = os.fork()
    if run == 0:
        files = UnfinishedFiles(target)
        files.put("first.txt", "mark", b"first")
        os.close(ends)
        maker = os.fork()
        if maker == 0:
            os.read(waits, 1)
            os._exit(0)
        os.write(told, str(maker).encode())
        signal.pause()
    maker = int(os.read(ready, 20))
    os.close(ready)
    os.close(told)
    os.close(waits)
    return run, maker, ends


def test_one_run_writes_at_a_time_and_the_next_goes_on_though_a_process_of_an_ended_one_still_lives(tmp_path) -> None:
    target = tmp_path / "forms.zip"
    run, maker, ends = start_run(target)
    try:
        with pytest.raises(RoundError) as refused:
            UnfinishedFiles(target)
        assert "別の実行" in refused.value.text["ja"] and "Another run" in refused.value.text["en"]
        os.kill(run, signal.SIGKILL)
        os.waitpid(run, 0)
        os.kill(maker, 0)
        with UnfinishedFiles(target) as files:
            assert files.find("first.txt", "mark") is not None and files.find("first.txt", "other") is None
    finally:
        os.close(ends)
