"""One trip: identify, gather, process, keep. Each workbook is read and judged once; all of it is kept or nothing."""

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app.access import EDITOR, LOCAL, Actor, Forbidden
from app.demo.filled_forms import sample_issues
from app.demo.full_and_centre_forms import more_samples
from app.edition import catalogue
from app.storage import store as storage
from app.storage.database.people import add_user
from app.storage.files.blobs import Blobs
from app.storage.problems import StoreError
from app.storage.store import Store, Upload
from app.storage.versions import Outdated
from app.submission import process_workbook, worker, worker_pool
from app.submission.background import Background, form_of_result
from app.submission.explain_findings import explain
from app.submission.process_workbook import open_workbook, process
from app.submission.receive_upload import Chosen, answer_waiting, questions_of, receive, work_off
from app.submission.replacement_reason import loss_reason
from app.submission.result import outcome_of
from app.submission.worker_pool import Busy, WorkerPool
from indicators.plausibility.plausibility_rules import value_rules
from schemas.form.issue import Given
from schemas.template.write_template import write_template
from schemas.xlsx.refusal import Refusal
from tests.support import hostile
from tests.support.reshape import with_comment

CORE = sample_issues(catalogue().dictionary)["sample-strong"]
CENTRE = more_samples(catalogue().dictionary)["sample-centre"]
COUNT = ("researchers.foreign", "centre/professor")
MORE = {COUNT: int(str(CENTRE.answers[COUNT])) + 2}
DIFFERENT = "R.CEN.001"
CODE, YEAR = CORE.institution.code, CORE.year


@cache
def core(year: int = YEAR) -> bytes:
    return write_template(catalogue().dictionary, replace(CORE, year=year))


@cache
def centre(more: bool = True) -> bytes:
    answers: dict[tuple[str, str], Given] = {**CENTRE.answers, **(MORE if more else {})}
    return write_template(catalogue().dictionary, replace(CENTRE, answers=answers))


class WorkersHere(WorkerPool):
    """The real worker in a thread of this process, where a test can count what it does."""

    def _fork_worker(self) -> socket.socket:
        ours, theirs = socket.socketpair()

        def serve() -> None:
            with theirs:
                worker.serve(theirs.makefile("rb"), theirs.makefile("wb"))

        threading.Thread(target=serve, daemon=True).start()
        return ours


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "store", "demo")
    yield opened
    opened.close()


def spied(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, calls: list[Any], key: Any) -> None:
    real = getattr(owner, name)

    def spy(*arguments: Any, **options: Any) -> Any:
        calls.append(key(*arguments, **options))
        return real(*arguments, **options)

    monkeypatch.setattr(owner, name, spy)


def test_an_upload_with_everything_beside_it_is_read_and_judged_once(
    demo: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = WorkersHere()
    last = receive(demo, LOCAL, core(YEAR - 1), "last.xlsx", workers=workers)
    receive(demo, LOCAL, centre(), "centre.xlsx", workers=workers)
    point = next(f for f in last.result.validation["findings"] if f["severity"] == "check")
    explain(demo, LOCAL, str(last.submission), point, "理由", "")
    opened: list[int] = []
    evaluated: list[str] = []
    told: list[str] = []
    spied(monkeypatch, process_workbook, "read_workbook", opened, lambda data, **_: len(data))
    spied(monkeypatch, process_workbook, "open_package", opened, lambda data: 0)
    spied(monkeypatch, process_workbook, "evaluate", evaluated, lambda tables, _, rounds, **__: rounds["form"][0])
    spied(monkeypatch, worker, "send", told, lambda _, header, *__: next(iter(header)))
    monkeypatch.setattr(Store, "bytes_of", lambda *_: pytest.fail("a kept workbook was opened"))
    received = receive(demo, LOCAL, core(), "core.xlsx", workers=workers)
    assert received.result.header["beside"] == "centre"
    assert opened == [0, len(core())], "the guard, then the reader, once and on the same bytes"
    assert evaluated == ["core", "centre"], "the form that came in, and the one that is judged beside it"
    assert Counter(told) == {"ready": 1, "progress": 7, "result": 2}, "the worker reports and asks nothing"


def test_no_rule_about_values_is_an_error_so_nothing_blocks_after_the_values_are_known() -> None:
    assert {rule.severity for rule in value_rules().values()} <= {"check", "note"}


def test_a_form_beside_gives_the_same_results_whichever_comes_first(demo: Store, tmp_path: Path) -> None:
    other = Store.open(tmp_path / "other", "demo")
    for store, order in ((demo, (core(), centre())), (other, (centre(), core()))):
        for data in order:
            receive(store, LOCAL, data, "form.xlsx", workers=WorkersHere())
    for form in ("core", "centre"):
        first, second = (str(store.current(CODE, YEAR, form)) for store in (demo, other))
        assert demo.findings(first) == other.findings(second)
        for frame in ("values", "gaps", "scores"):
            ours, theirs = (getattr(s, frame)(submission=key) for s, key in ((demo, first), (other, second)))
            assert ours.drop(columns="submission").equals(theirs.drop(columns="submission"))
    assert DIFFERENT in {f["rule"] for f in other.findings(str(other.current(CODE, YEAR, "centre")))}
    other.close()


def test_a_form_and_those_that_rest_on_it_are_kept_together_or_not_at_all(
    demo: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = receive(demo, LOCAL, core(), "core.xlsx", workers=WorkersHere()).submission
    before = demo.values(submission=kept)

    def fail(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(storage, "put_from_sheet", fail)
    with pytest.raises(KeyboardInterrupt):
        receive(demo, LOCAL, centre(), "centre.xlsx", workers=WorkersHere())
    assert demo.current(CODE, YEAR, "centre") is None, "nothing was kept"
    assert demo.values(submission=kept).equals(before)


def test_a_form_that_comes_in_meanwhile_is_not_missed(demo: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    late = outcome_of(process(centre()))
    real, calls = Store.keep, []

    def keep(store: Store, upload: Upload, *arguments: Any, **options: Any) -> str:
        calls.append(upload.file_name)
        if len(calls) == 1:
            sent = Upload(centre(), "centre.xlsx", "local", datetime(2026, 6, 1, tzinfo=UTC))
            real(store, sent, late, {"code": CODE, "name_ja": "x"})
        return real(store, upload, *arguments, **options)

    monkeypatch.setattr(Store, "keep", keep)
    received = receive(demo, LOCAL, core(), "core.xlsx", workers=WorkersHere())
    assert calls == ["core.xlsx", "core.xlsx"] and received.result.header["beside"] == "centre"
    assert len(demo.submissions(all_versions=True)) == 2


def test_outdated_results_are_refused_by_the_store(demo: Store) -> None:
    made = process(core())
    sent = Upload(core(), "core.xlsx", "local", datetime(2026, 6, 1, tzinfo=UTC))
    with pytest.raises(Outdated):
        demo.keep(sent, outcome_of(made), made.header["institution_row"], beside={(YEAR, "centre", ""): "gone"})
    assert demo.submissions().empty


# what is missing or full -----------------------------------------------------------------------------------------


def test_a_missing_file_of_last_year_stops_nothing(demo: Store) -> None:
    receive(demo, LOCAL, core(YEAR - 1), "last.xlsx", workers=WorkersHere())
    for path in (Path(str(demo.place)) / "blobs").iterdir():
        path.unlink()
    received = receive(demo, LOCAL, core(), "core.xlsx", workers=WorkersHere())
    assert received.submission is not None
    assert "FMT-64" not in {f["rule"] for f in received.result.validation["findings"]}, "its answers are compared"


def test_a_record_of_last_year_that_cannot_be_read_is_left_out_with_a_note() -> None:
    last = form_of_result(process(core(YEAR - 1)))
    counts = last.answers["field"] == "researchers.total"
    broken = last.answers.assign(normalised=last.answers["normalised"].mask(counts, "twelve"))
    result = process(core(), Background(previous=replace(last, answers=broken)))
    (note,) = [f for f in result.validation["findings"] if f["rule"] == "FMT-64"]
    assert note["severity"] == "note" and "前回" in note["message"]["ja"]


class NoWorkers(WorkerPool):
    def open(self, *_: Any, **__: Any) -> Any:
        raise Busy


def ended_workers() -> WorkerPool:
    """The workers of a server that has been told to end."""
    pool = WorkerPool()
    pool.end()
    return pool


@pytest.mark.parametrize("none", [NoWorkers, ended_workers])
def test_an_upload_that_finds_no_worker_waits_and_is_worked_off(
    demo: Store, monkeypatch: pytest.MonkeyPatch, none: Any
) -> None:
    monkeypatch.setattr("app.submission.receive_upload.worker_pool", none)
    received = receive(demo, LOCAL, core(), "core.xlsx")
    assert received.is_waiting and received.submission is None
    assert [upload.file_name for upload in demo.waiting()] == ["core.xlsx"]
    assert demo.refused() == [] and demo.check() == []
    assert work_off(demo, LOCAL, WorkersHere()) == 1
    assert demo.waiting() == [] and demo.current(CODE, YEAR) is not None


def test_twenty_uploads_at_once_are_all_accepted(demo: Store) -> None:
    told: dict[tuple[str, str], Given] = {("profile.office", ""): "国際課"}
    form = write_template(catalogue().dictionary, replace(CORE, form="short", lists={}, answers=told))

    def upload(number: int) -> Any:
        return receive(
            demo, LOCAL, with_comment(form, str(number)), f"{number}.xlsx", workers=worker_pool.worker_pool()
        )

    with ThreadPoolExecutor(20) as people:
        kept = [received.submission for received in people.map(upload, range(20))]
    assert None not in kept and len(set(kept)) == 20
    assert demo.submissions(all_versions=True)["sequence"].max() == 20


# the guard -------------------------------------------------------------------------------------------------------


def test_a_marked_bomb_is_refused_by_the_guard_before_anything_opens_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_workbook, "unmark_workbook", lambda *_: pytest.fail("opened before the guard"))
    with pytest.raises(Refusal) as refused:
        open_workbook(hostile.bomb(450 << 20))
    assert refused.value.rule == "FMT-48"


@pytest.mark.parametrize("task", ["issue", "migrate"])
def test_the_guard_comes_first_for_every_file(task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_workbook, "unmark_workbook", lambda *_: pytest.fail("opened before the guard"))
    wanted = {"institution": CODE, "form": "core", "year": YEAR}
    with pytest.raises(Refusal) as refused:
        WorkersHere().run(task, hostile.bomb(450 << 20), **wanted)
    assert refused.value.rule == "FMT-48"


def test_a_store_of_the_other_kind_refuses_before_anything_is_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Store.open(tmp_path / "real", "real")
    monkeypatch.setattr(worker_pool.Trip, "process", lambda *_, **__: pytest.fail("judged"))
    received = receive(real, LOCAL, core(), "core.xlsx", workers=WorkersHere())
    assert received.result.refusal is not None and received.result.refusal.rule == "FMT-62"
    assert [record["rule"] for record in real.refused()] == ["FMT-62"]
    real.close()


def test_a_store_error_says_that_nothing_was_kept_and_it_is_true(demo: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> str:
        raise OSError

    monkeypatch.setattr(Blobs, "keep", full)
    with pytest.raises(StoreError):
        receive(demo, LOCAL, core(), "core.xlsx", workers=WorkersHere())
    assert demo.submissions(all_versions=True).empty


def emptier() -> bytes:
    """The same form with fewer numbers."""
    fewer = {key: value for key, value in CORE.answers.items() if key[0] != "researchers.female"}
    return write_template(catalogue().dictionary, replace(CORE, answers=fewer))


@pytest.fixture
def asking(demo: Store, monkeypatch: pytest.MonkeyPatch) -> tuple[Store, str]:
    """A store with a form, and an emptier one that had to wait and was checked since."""
    first = receive(demo, LOCAL, core(), "core.xlsx", workers=WorkersHere()).submission
    assert first is not None

    class NoWorkers(WorkerPool):
        def open(self, *_: Any, **__: Any) -> Any:
            raise Busy

    monkeypatch.setattr("app.submission.receive_upload.worker_pool", NoWorkers)
    assert receive(demo, LOCAL, emptier(), "emptier.xlsx", chosen=Chosen(CODE, YEAR)).is_waiting
    assert work_off(demo, LOCAL, WorkersHere()) == 0
    return demo, first


def test_an_upload_that_waited_asks_before_it_takes_the_place_of_another(asking: tuple[Store, str]) -> None:
    store, first = asking
    assert store.current(CODE, YEAR) == first and store.waiting() == [] and store.check() == []
    (upload,) = store.asking()
    assert (upload.file_name, upload.institution) == ("emptier.xlsx", CODE)
    lost = {name for one in questions_of(upload) for name in one.lost}
    assert "researchers.female" in lost and all(one.submission == first for one in questions_of(upload))
    assert work_off(store, LOCAL, WorkersHere()) == 0 and len(store.asking()) == 1


def test_a_version_that_was_replaced_asks_before_it_comes_back(demo: Store) -> None:
    first = receive(demo, LOCAL, core(), "core.xlsx", workers=WorkersHere()).submission
    chosen = Chosen(CODE, YEAR)
    assert receive(demo, LOCAL, core(), "core.xlsx", workers=WorkersHere(), chosen=chosen).submission == first
    second = receive(demo, LOCAL, emptier(), "emptier.xlsx", workers=WorkersHere()).submission
    asked = receive(demo, LOCAL, core(), "core.xlsx", workers=WorkersHere(), chosen=chosen)
    assert asked.submission is None and demo.current(CODE, YEAR) == second, (
        "a replayed upload changes nothing by itself"
    )
    (warning,) = asked.warnings
    assert warning.kind == "older_version" and str(first) in loss_reason(warning).ja
    assert str(second) in loss_reason(warning).en
    assert receive(demo, LOCAL, core(), "core.xlsx", workers=WorkersHere()).submission == first
    assert demo.current(CODE, YEAR) == first


def test_a_form_handed_in_again_asks_before_it_speaks_in_place_of_another(demo: Store) -> None:
    first = receive(demo, LOCAL, emptier(), "emptier.xlsx", workers=WorkersHere()).submission
    full = replace(outcome_of(process(core())), form="full")
    speaking = demo.keep(
        Upload(b"PK", "full.xlsx", "local", datetime.now(UTC)), full, {"code": CODE, "name_ja": "架空大学"}
    )
    again = receive(demo, LOCAL, emptier(), "emptier.xlsx", workers=WorkersHere(), chosen=Chosen(CODE, YEAR))
    assert again.submission is None and demo.submission_of_record(CODE, YEAR) == speaking
    assert [(one.kind, one.submission) for one in again.warnings] == [("other_form", speaking)]
    assert demo.current(CODE, YEAR) == first


def test_what_waits_is_judged_by_what_its_sender_may_do(demo: Store) -> None:
    root = Actor("operator", None, "root")
    add_user(demo.engine, root, "anna", EDITOR, ["DEMO-99"])
    add_user(demo.engine, root, "ben", EDITOR, [CODE])
    with pytest.raises(Forbidden) as told:
        receive(demo, Actor(EDITOR, ["DEMO-99"], "anna"), core(), "core.xlsx", workers=WorkersHere())
    assert (
        CODE in told.value.text.ja and "別の機関" in told.value.text.ja and "another institution" in told.value.text.en
    )
    for person in ("anna", "gone"):
        signature = Actor(EDITOR, (), person).signature
        demo.keep_waiting(Upload(core(), "core.xlsx", signature, datetime(2026, 6, 1, tzinfo=UTC)))
        assert work_off(demo, LOCAL, WorkersHere()) == 0, person
        assert demo.waiting() == [] and demo.current(CODE, YEAR) is None, person
    (first, *_) = demo.refused()
    assert first["rule"] == "not_allowed"
    signature = Actor(EDITOR, (), "ben").signature
    demo.keep_waiting(Upload(core(), "core.xlsx", signature, datetime(2026, 6, 1, tzinfo=UTC)))
    assert work_off(demo, LOCAL, WorkersHere()) == 1 and demo.current(CODE, YEAR) is not None


def test_its_answer_keeps_it_or_lets_it_go(asking: tuple[Store, str]) -> None:
    store, first = asking
    (upload,) = store.asking()
    with pytest.raises(Forbidden):
        answer_waiting(store, Actor("nobody"), upload, keep=True)
    assert answer_waiting(store, LOCAL, upload, keep=False) is None
    assert store.asking() == [] and store.current(CODE, YEAR) == first
    store.keep_waiting(upload, {"institution": CODE, "year": YEAR, "asks": "all", "only_round": None})
    work_off(store, LOCAL, WorkersHere())
    (again,) = store.asking()
    received = answer_waiting(store, LOCAL, again, keep=True, workers=WorkersHere())
    assert received is not None and store.current(CODE, YEAR) == received.submission != first
    assert store.asking() == [] and store.bytes_of(first) == core()
