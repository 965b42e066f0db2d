"""The workers: one limited, isolated process for each file, which is told what to do and asks nothing."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from app.submission import fork_server, worker, worker_pool
from app.submission.background import NOTHING_KNOWN, Background, background_after
from app.submission.worker_pool import TIME_OVER, Busy, WorkerPool, run_once
from app.submission.worker_protocol import send
from indicators.plausibility.plausibility_rules import OF_OTHERS
from indicators.published.values import PublishedValue, frame_of
from schemas.xlsx.refusal import Refusal


@pytest.fixture(scope="module")
def workers():
    pool = WorkerPool()
    yield pool
    pool.close()


def judged(workers, data, background=NOTHING_KNOWN, mark=False, progress=lambda step: None):
    with workers.open(data, progress) as trip:
        return trip.process(background, mark=mark)


def test_a_filled_form_comes_back_with_findings_frames_and_marks(workers, samples):
    steps: list[str] = []
    with workers.open(samples["sample-average"], steps.append) as trip:
        assert trip.key == ("DEMO-S2", 2026, "core", "") and trip.identity["is_demo"]
        result = trip.process(NOTHING_KNOWN, mark=True)
    assert result.validation["status"] in ("ok", "check")
    assert {"answers", "values", "gaps", "scores", "value_cells"} == set(result.frames)
    assert result.marked and result.marked[:2] == b"PK"
    assert steps == ["read", "tables", "rules", "values", "gaps", "scores", "mark"]


@pytest.mark.parametrize("data", [b"", b"junk" * 1_000, b"PK\x03\x04 not really", b"\xd0\xcf\x11\xe0" + b"0" * 600])
def test_what_cannot_be_read_is_refused(workers, data):
    with pytest.raises(Refusal), workers.open(data):
        pass


def test_last_rounds_form_is_compared_from_what_was_kept_of_it(workers, demo_workbooks, processed):
    def rules(year):
        background = background_after(processed["DEMO-01", year])
        return {f["rule"] for f in judged(workers, demo_workbooks["DEMO-01", 2026], background).validation["findings"]}

    assert "R.RES.014" in rules(2026) and "R.RES.014" not in rules(2025)


def test_a_worker_that_dies_is_a_refusal_and_the_next_file_is_served(workers, samples):
    with workers.open(samples["sample-strong"]) as trip:
        (child,) = children_of(workers.server_pid)
        os.kill(child, signal.SIGKILL)
        with pytest.raises(Refusal) as refused:
            trip.process(NOTHING_KNOWN)
        assert refused.value.rule == TIME_OVER
    assert judged(workers, samples["sample-strong"]).refusal is None


def test_a_fork_server_that_dies_is_started_anew(samples):
    pool = WorkerPool()
    pool.start()
    ended = pool.server_pid
    os.kill(ended, signal.SIGKILL)
    os.waitpid(ended, 0)
    assert judged(pool, samples["sample-strong"]).refusal is None
    pool.close()


def test_workers_of_a_process_that_ends_leave_their_files_busy_and_not_refused(samples):
    pool = WorkerPool()
    with pool.open(samples["sample-strong"]) as trip:
        (child,) = children_of(pool.server_pid)
        handle = os.pidfd_open(child)
        pool.end()
        assert select.select([handle], [], [], 30)[0], "the worker goes on"
        os.close(handle)
        with pytest.raises(Busy):
            trip.process(NOTHING_KNOWN)
    with pytest.raises(Busy), pool.open(samples["sample-strong"]):
        pass


def children_of(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


# limits ----------------------------------------------------------------------------------------------------------


def limited(code: str, **limits: object) -> subprocess.CompletedProcess[str]:
    """What a forked child with these limits prints."""
    changes = "".join(f"fork_server.{name} = {value!r}\n" for name, value in limits.items())
    text = (
        "import os\nfrom app.submission import fork_server\n"
        f"{changes}parent = os.getpid()\n"
        "if (child := os.fork()) == 0:\n    fork_server.limit_child(parent)\n"
        + "".join(f"    {line}\n" for line in code.splitlines())
        + "    os._exit(0)\nprint(os.waitpid(child, 0)[1])\n"
    )
    return subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)


def test_memory_is_limited_in_the_worker():
    code = "try:\n    bytearray(2 * fork_server.MEMORY)\nexcept MemoryError:\n    os.write(1, b'refused ')"
    assert limited(code).stdout.split() == ["refused", "0"]


def test_processor_time_is_limited_but_waiting_is_not():
    ended = int(limited("while True: pass", PROCESSOR_SECONDS=1).stdout)
    assert ended in (signal.SIGXCPU, signal.SIGKILL)
    assert int(limited("import select\nselect.select([], [], [], 1.2)", PROCESSOR_SECONDS=1).stdout) == 0


def test_a_worker_that_does_not_get_to_the_end_is_busy_not_refused():
    assert int(limited("import select\nselect.select([], [], [])", WALL_SECONDS=0.2).stdout) == signal.SIGALRM


def test_where_no_worker_comes_free_the_pool_is_busy(workers, samples, monkeypatch):
    with contextlib.ExitStack() as others:
        for _ in os.sched_getaffinity(0):
            others.enter_context(workers.open(samples["sample-strong"]))
        children = children_of(workers.server_pid)
        monkeypatch.setattr(fork_server, "WALL_SECONDS", 0.1)
        with pytest.raises(Busy), workers.open(samples["sample-strong"]):
            pass
        assert children_of(workers.server_pid) == children, "nothing was started for it"


# isolation -------------------------------------------------------------------------------------------------------

LOOK = (
    "import os, sys\nfrom app.submission.worker_pool import WorkerPool\n"
    "pool = WorkerPool()\npool.start()\n"
    "data = open(sys.argv[1], 'rb').read()\n"
    "with pool.open(data) as trip:\n"
    "    (child,) = open(f'/proc/{pool._server.pid}/task/{pool._server.pid}/children').read().split()\n"
    "    print(open(f'/proc/{child}/environ').read())\n"
    "    print(os.readlink(f'/proc/{child}/cwd'))\n"
    "    print(len(os.listdir(f'/proc/{pool._server.pid}/task')))\n"
    "pool.close()\n"
)


def test_a_worker_takes_nothing_from_the_folder_and_the_environment_of_its_user(tmp_path, samples):
    (tmp_path / "numpy.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nraise SystemExit\n")
    (tmp_path / "form.xlsx").write_bytes(samples["sample-strong"])
    told = {**os.environ, "JUNKAN_STORE": "postgresql://u:secret@h/d", "PYTHONPATH": str(fork_server.ROOT)}
    command = [sys.executable, "-P", "-c", LOOK, "form.xlsx"]
    done = subprocess.run(command, cwd=tmp_path, env=told, capture_output=True, text=True, check=True)
    environment, folder, threads = done.stdout.splitlines()[-3:]
    assert "secret" not in done.stdout and "JUNKAN" not in environment
    assert Path(folder) != tmp_path and "junkan-" in folder
    assert threads == "1", "forking is safe in a process of one thread only"
    assert not (tmp_path / "ran").exists()


def test_workers_end_with_the_process_that_started_them(samples, tmp_path):
    (tmp_path / "form.xlsx").write_bytes(samples["sample-strong"])
    code = (
        "import os, sys, signal\nfrom app.submission.worker_pool import WorkerPool\n"
        "pool = WorkerPool()\nreading, writing = os.pipe()\n"
        "with pool.open(open(sys.argv[1], 'rb').read()) as trip:\n"
        "    (child,) = open(f'/proc/{pool._server.pid}/task/{pool._server.pid}/children').read().split()\n"
        "    print(pool._server.pid, child, flush=True)\n    os.read(reading, 1)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "form.xlsx")],
        stdout=subprocess.PIPE,
        text=True,
        cwd=fork_server.ROOT,
    )
    assert parent.stdout is not None
    ours = [int(word) for word in parent.stdout.readline().split()]
    handles = [os.pidfd_open(pid) for pid in ours]
    parent.kill()
    parent.wait()
    for handle in handles:
        assert select.select([handle], [], [], 30)[0], "a worker outlives its parent"
        os.close(handle)


# faults ----------------------------------------------------------------------------------------------------------


def test_a_fault_of_ours_is_told_by_its_place_without_cell_values():
    try:
        raise ValueError("研究者!D7 = 12")
    except ValueError as fault:
        told = worker.where_of(fault)
    assert told.startswith("ValueError at test_worker.py") and "D7" not in told


def test_a_fault_is_a_refusal_with_a_number_that_the_log_holds(caplog):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        send(theirs.makefile("wb"), {"fault": "ValueError at x.py:1 f"})
        with pytest.raises(Refusal) as refused:
            worker_pool.Worker(ours).run({"task": "identify"}, [b""], lambda step: None)
    assert refused.value.rule == worker_pool.OUR_FAULT
    assert str(refused.value.params["number"]) in caplog.text and "x.py:1" in caplog.text


def test_half_a_message_is_no_result():
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            theirs.sendall(b'{"ready": true, "sizes": []}\n{"result": {}, "sizes": [100]}\nabc')
        with pytest.raises(Refusal) as refused:
            worker_pool.Worker(ours).run({"task": "identify"}, [b""], lambda step: None)
    assert refused.value.rule == TIME_OVER


# background ------------------------------------------------------------------------------------------------------


def test_values_of_others_and_published_figures_reach_the_rules_in_the_worker(workers, samples):
    alone = judged(workers, samples["sample-strong"])
    who, values = alone.header["institution"], alone.frames["values"]
    (own,) = values[(values["indicator"] == "foreign_researcher_share") & (values["level"] == "institution")].to_dict(
        "records"
    )
    low = own["value"] / 20
    others = pd.DataFrame(
        [{**{c: own[c] for c in OF_OTHERS}, "institution": f"X{n}", "value": low * (1 + n % 3 / 10)} for n in range(12)]
    )
    declared = values[values["indicator"] == "intl_coauthored_share_full"].iloc[0]
    years = f"{declared['window_from']}-{declared['window_to']}"
    share = float(declared["value"]) - 20
    figure = PublishedValue("leiden", who, "leiden_PP_int_collab", years, "full", share, None, True, "direct")
    published = frame_of([figure]).drop(columns="bounds")
    beside = judged(workers, samples["sample-strong"], Background(others=others, published=published))
    more = {f["rule"] for f in beside.validation["findings"]} - {f["rule"] for f in alone.validation["findings"]}
    assert more == {"R.RES.203", "R.PUB.041"}


def test_an_explanation_given_before_reaches_the_worker(workers, samples):
    found = judged(workers, samples["sample-faulty"])
    soft = [f for f in found.validation["findings"] if f["severity"] == "check"]
    words = {key: soft[0][key] for key in ("rule", "field", "row_key")}
    given = {**words, "text": "理由", "office": "", "choice": "", "value_low": None, "value_high": None}
    for year, explained in ((found.header["year"], [soft[0]["id"]]), (found.header["year"] - 1, [])):
        again = judged(workers, samples["sample-faulty"], Background(explanations=[{**given, "year": year}]))
        assert again.header["explained"] == explained


# other tasks -----------------------------------------------------------------------------------------------------


def test_a_form_is_filled_in_and_carried_in_a_worker_too(workers, samples):
    result, made = workers.run("issue", samples["sample-strong"], form="core", year=2027, institution="F101110100010")
    assert (result, made) == ({"institution": "DEMO-S1"}, []), "of another institution nothing is made"
    result, made = workers.run("migrate", samples["sample-strong"], form="full", year=None)
    assert result["carried"] > 300 and made[0][:2] == b"PK"
    with pytest.raises(Refusal):
        run_once("migrate", b"junk")
