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


def test_a_line_of_the_journal_that_a_full_disk_cut_off_spoils_no_later_run(tmp_path) -> None:
    target = tmp_path / "letters"
    with UnfinishedFiles(target) as files:
        files.put("first.txt", "mark", b"first")
    with (tmp_path / ".letters.part" / "journal.jsonl").open("ab") as journal:
        journal.write(b'["second.txt", "ma')
    with UnfinishedFiles(target) as files:
        files.put("third.txt", "mark", b"third")
    with UnfinishedFiles(target) as files:
        assert files.find("first.txt", "mark") is not None and files.find("third.txt", "mark") is not None


@pytest.mark.parametrize("name", [".", "..", "/", ""])
def test_a_folder_in_use_is_no_place_by_whatever_name(tmp_path, monkeypatch, name: str) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(RoundError):
        UnfinishedFiles(Path(name))
    assert [one.name for one in tmp_path.iterdir()] == ["here"]
