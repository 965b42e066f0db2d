"""The worker: one request, answered in a process of its own, within limits."""

import subprocess
import sys

import pandas as pd
import pytest

from app.submission import worker
from app.submission.check_in_worker import check, in_worker
from app.submission.worker import TIME_OVER, WorkerPool, converse
from indicators.plausibility.plausibility_rules import OF_OTHERS
from indicators.published.values import PublishedValue, frame_of
from schemas.xlsx.refusal import Refusal


@pytest.fixture(scope="module")
def workers():
    pool = WorkerPool(spares=1)
    yield pool
    pool.close()


def test_a_filled_form_comes_back_with_findings_frames_and_marks(workers, samples):
    steps: list[str] = []
    checked = check(samples["sample-average"], mark=True, progress=steps.append, workers=workers)
    assert checked.validation["status"] in ("ok", "check")
    assert checked.header["institution"].startswith("DEMO-")
    assert {"answers", "values", "gaps", "scores", "value_cells"} == set(checked.frames)
    assert checked.marked and checked.marked[:2] == b"PK"
    assert steps == ["read", "tables", "rules", "values", "gaps", "scores", "mark"]


@pytest.mark.parametrize("data", [b"", b"junk" * 1_000, b"PK\x03\x04 not really", b"\xd0\xcf\x11\xe0" + b"0" * 600])
def test_what_cannot_be_read_is_refused_with_words(workers, data):
    checked = check(data, workers=workers)
    assert checked.refusal is not None
    assert checked.validation["status"] == "refused"
    finding = checked.validation["findings"][0]
    assert finding["message"]["ja"] and finding["remedy"]["en"]
    assert "{" not in finding["message"]["ja"] + finding["remedy"]["en"]


def test_last_rounds_workbook_is_asked_for_by_institution_year_and_form(workers, demo_workbooks):
    asked: list[tuple[str, int, str]] = []

    def previous(institution: str, year: int, form: str) -> bytes | None:
        asked.append((institution, year, form))
        return demo_workbooks[institution, year]

    with_last = check(demo_workbooks["DEMO-01", 2026], previous=previous, workers=workers)
    assert asked == [("DEMO-01", 2025, "core")]
    same = check(demo_workbooks["DEMO-01", 2026], previous=lambda *_: demo_workbooks["DEMO-01", 2026], workers=workers)
    assert "R.RES.014" in {f["rule"] for f in same.validation["findings"]}
    assert "R.RES.014" not in {f["rule"] for f in with_last.validation["findings"]}


def test_a_worker_that_dies_is_a_refusal_and_the_next_file_is_served(workers, samples):
    dead = subprocess.Popen([sys.executable, "-c", "raise SystemExit(9)"], stdin=-1, stdout=-1)
    answer, parts = converse(dead, {}, b"x", lambda step: None, lambda *_: None)
    assert answer["refusal"]["rule"] == TIME_OVER
    assert parts == []
    assert check(samples["sample-strong"], workers=workers).refusal is None


def test_a_worker_that_takes_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(worker, "SECONDS", 0.5)
    stuck = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=-1, stdout=-1)
    answer, _ = converse(stuck, {}, b"x", lambda step: None, lambda *_: None)
    assert answer["refusal"]["rule"] == TIME_OVER
    assert stuck.poll() is not None


def test_half_a_message_is_no_result():
    code = 'import sys; sys.stdout.write(\'{"result": {}, "frames": ["values"], "sizes": [100]}\\nabc\')'
    half = subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1)
    answer, _ = converse(half, {}, b"x", lambda step: None, lambda *_: None)
    assert answer["refusal"]["rule"] == TIME_OVER


def test_memory_is_limited_in_the_worker():
    code = (
        "import resource\nfrom app import worker\nworker._limit()\n"
        "try:\n    block = bytearray(2 * worker.MEMORY)\nexcept MemoryError:\n    print('refused')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "refused"


def test_a_fault_of_ours_is_said_with_a_number_and_logged_without_cell_values(workers, samples, monkeypatch, caplog):
    code = (
        "import sys, os\nfrom app import submission, worker\n"
        "def fail(*_): raise ValueError('研究者!D7 = 12')\nsubmission.process = fail\nworker.main()\n"
    )
    broken = subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, stderr=-3)
    answer, _ = converse(broken, {}, samples["sample-strong"], lambda step: None, lambda *_: None)
    assert answer["refusal"]["rule"] == worker.OUR_FAULT
    assert answer["refusal"]["params"]["number"] in caplog.text
    assert "ValueError" in caplog.text and "D7" not in caplog.text


def test_what_a_check_needs_is_asked_for_by_kind_and_key(workers, samples):
    asked: list[tuple[object, ...]] = []

    def note(kind: str, given):
        def answer(*key):
            asked.append((kind, *key))
            return given

        return answer

    kinds = {"previous": None, "beside": None, "explanations": [], "others": None, "published": None}
    sources = {kind: note(kind, given) for kind, given in kinds.items()}
    checked = check(samples["sample-strong"], workers=workers, **sources)
    who, year = checked.header["institution"], checked.header["year"]
    rounds = [("previous", who, year - 1, "core"), ("beside", who, year, "centre")]
    assert asked == [*rounds, ("others", year), ("published", who), ("explanations", who)]


def test_values_of_others_and_published_figures_reach_the_rules_in_the_worker(workers, samples):
    alone = check(samples["sample-strong"], workers=workers)
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
    beside = check(
        samples["sample-strong"], others=lambda year: others, published=lambda code: published, workers=workers
    )
    more = {f["rule"] for f in beside.validation["findings"]} - {f["rule"] for f in alone.validation["findings"]}
    assert more == {"R.RES.203", "R.PUB.041"}


def test_an_explanation_given_before_reaches_the_worker(workers, samples):
    found = check(samples["sample-faulty"], workers=workers)
    soft = [f for f in found.validation["findings"] if f["severity"] == "check"]
    words = {key: soft[0][key] for key in ("rule", "field", "row_key")}
    said = {**words, "text": "理由", "office": "", "choice": "", "value_low": None, "value_high": None}
    for year, explained in ((found.header["year"], [soft[0]["id"]]), (found.header["year"] - 1, [])):
        again = check(samples["sample-faulty"], explanations=lambda _, y=year: [{**said, "year": y}], workers=workers)
        assert again.header["explained"] == explained


def test_a_form_is_filled_in_and_carried_in_a_worker_too(samples):
    result, made = in_worker("issue", samples["sample-strong"], form="core", year=2027, institution="F101110100010")
    assert (result, made) == ({"institution": "DEMO-S1"}, []), "of another institution nothing is made"
    result, made = in_worker("migrate", samples["sample-strong"], form="full", year=None)
    assert result["carried"] > 300 and made[0][:2] == b"PK"
    with pytest.raises(Refusal):
        in_worker("migrate", b"junk")


def test_a_task_stays_within_the_time(monkeypatch):
    monkeypatch.setattr(worker, "SECONDS", 0.2)
    with pytest.raises(Refusal) as refused:
        in_worker("migrate", b"PK\x03\x04")
    assert refused.value.rule == TIME_OVER
