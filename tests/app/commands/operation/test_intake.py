"""Batch intake: every workbook of files, folders and archives is kept once, or told why not; nothing stops the rest."""

import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.access import LOCAL
from app.cli import main
from app.commands.operation.given_workbooks import Unfit, given_workbooks
from app.commands.operation.intake import COLUMNS
from app.commands.operation.take_batch import take_batch
from app.demo.filled_forms import demo_institutions, demo_issue
from app.rounds.round_control import open_round
from app.storage.database.connection import write_transaction
from app.storage.store import Store
from app.storage.versions import put_institution
from app.texts import say
from schemas.template.write_template import write_template
from schemas.xlsx.refusal import MAX_PACKED_MIB, MIB

JUNK = b"no workbook at all"


@pytest.fixture(scope="module")
def folder(tmp_path_factory, demo_workbooks) -> Path:
    """A folder with a form, one that is none in the middle, a folder below with another form, and a note."""
    made = tmp_path_factory.mktemp("given")
    (made / "b").mkdir()
    (made / "a.xlsx").write_bytes(demo_workbooks["DEMO-01", 2025])
    (made / "b" / "broken.xlsx").write_bytes(JUNK)
    (made / "b" / "~$c.xlsx").write_bytes(JUNK)
    (made / "c.xlsx").write_bytes(demo_workbooks["DEMO-03", 2025])
    (made / "note.txt").write_text("read me")
    return made


def intake(capsys, *arguments, store: Path) -> tuple[int, dict[str, dict[str, str]], str]:
    """Exit code, the report by file name, and the error stream."""
    code = main(["--lang", "en", "intake", *map(str, arguments), "--store", str(store)])
    told = capsys.readouterr()
    lines = [line.split("\t") for line in told.out.splitlines()]
    assert not lines or lines[0] == COLUMNS
    rows = [dict(zip(COLUMNS, line, strict=True)) for line in lines[1:]]
    return code, {Path(row["file"]).name: row for row in rows}, told.err


def kept(store: Path) -> dict[str, bytes]:
    """The bytes of every submission of a store, by receipt, in whatever state."""
    opened = Store.open(store)
    try:
        return {str(key): opened.bytes_of(key) for key in opened.submissions(all_versions=True)["id"]}
    finally:
        opened.close()


def test_a_folder_is_taken_whole_and_taken_again_only_recognised(folder, tmp_path, capsys, monkeypatch):
    store = tmp_path / "store"
    monkeypatch.setenv("LOGNAME", "yamada")
    code, rows, said = intake(capsys, folder, "--demo", store=store)
    assert [rows[name]["outcome"] for name in ("a.xlsx", "broken.xlsx", "c.xlsx")] == ["kept", "refused", "kept"]
    assert code == 10 and rows["broken.xlsx"]["reason"]
    assert rows["a.xlsx"]["institution"] == "DEMO-01" and rows["a.xlsx"]["year"] == "2025"
    assert "2 files that are no workbook" in said and "note.txt" in said
    assert {row["receipt"] for row in rows.values()} - {""} == {*kept(store)}

    assert say("intake.nation", "en") in said
    assert main(["admin", "log", "--store", str(store)]) == 0
    assert (
        capsys.readouterr().out.count("local  yamada  upload  ") == 2
    )  # the account that took them, as the guide says

    again, same, nothing_new = intake(capsys, folder, store=store)
    assert say("intake.nation", "en") not in nothing_new
    assert again == code and kept(store).keys() == {rows["a.xlsx"]["receipt"], rows["c.xlsx"]["receipt"]}
    expected = {name: row | {"outcome": "already"} if row["receipt"] else row for name, row in rows.items()}
    assert same == expected

    erased = rows["a.xlsx"]["receipt"]
    words = ["--submission", erased, "--reason", "names in it"]
    assert main(["admin", "erase", "--store", str(store), *words]) == 0
    capsys.readouterr()
    _, given_back, _ = intake(capsys, folder / "a.xlsx", store=store)
    assert given_back["a.xlsx"]["outcome"] == "kept" and erased in kept(store), "what was erased is not kept already"


def test_an_archive_is_read_without_being_unpacked(demo_workbooks, tmp_path, capsys):
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("2025/大学.xlsx", demo_workbooks["DEMO-12", 2025])
        made.writestr("../../outside.xlsx", demo_workbooks["DEMO-12", 2026])
        made.writestr("twin.xlsx", demo_workbooks["DEMO-12", 2025])
        made.writestr("list.csv", "a,b")
    code, rows, said = intake(capsys, archive, "--demo", store=tmp_path / "store")
    # Which of two equal files is judged first is up to the workers.
    assert {rows[name]["outcome"] for name in ("大学.xlsx", "twin.xlsx")} == {"kept", "already"}
    assert len(rows) == 3 and rows["outside.xlsx"]["outcome"] == "refused"
    assert code == 10 and "list.csv" in said and "leads out" in rows["outside.xlsx"]["reason"]
    assert list(kept(tmp_path / "store").values()) == [demo_workbooks["DEMO-12", 2025]]
    assert {path.name for path in tmp_path.iterdir()} == {"all.zip", "store"}


def test_archives_that_cannot_be_read_say_why(tmp_path):
    (tmp_path / "damaged.zip").write_bytes(JUNK)
    large = tmp_path / "large.zip"
    with zipfile.ZipFile(large, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("zeros.xlsx", bytes(MAX_PACKED_MIB * MIB + 1))
        made.writestr("japanese.xlsx", b"x")
    data = bytearray(large.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the second member, as if it had a password
        data[data.rindex(mark) + at] |= 1
    large.write_bytes(data)
    with given_workbooks([tmp_path / "damaged.zip", large]) as batch:
        assert len(batch.workbooks) == 3
        for given, word in zip(batch.workbooks, ("archive", "20 MB", "password"), strict=True):
            with pytest.raises(Unfit, match=word):
                given.read()


def zipped(**members: bytes) -> bytes:
    """An archive of members by name; ``__`` stands for a dot."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)
    return made.getvalue()


def test_archives_in_an_archive_are_read_and_not_deeper_ones(tmp_path):
    deep = zipped(deep__xlsx=b"x")
    good = zipped(inner__xlsx=b"inner", deeper__zip=deep, old__xls=b"old", note__txt=b"n")
    whole = zipped(good__zip=good, broken__zip=JUNK, first__xlsx=b"first")
    (tmp_path / "all.zip").write_bytes(whole)
    with given_workbooks([tmp_path / "all.zip"]) as batch:
        found = {given.name.removeprefix(f"{tmp_path}/all.zip/"): given for given in batch.workbooks}
        assert list(found) == [
            "good.zip/inner.xlsx",
            "good.zip/deeper.zip",
            "good.zip/old.xls",
            "broken.zip",
            "first.xlsx",
        ]
        assert [one.removeprefix(f"{tmp_path}/all.zip/") for one in batch.left_out] == ["good.zip/note.txt"]
        assert found["good.zip/inner.xlsx"].read() == b"inner" and found["first.xlsx"].read() == b"first"
        for name, word in (("good.zip/deeper.zip", "by itself"), ("broken.zip", "cannot be read")):
            with pytest.raises(Unfit, match=word):
                found[name].read()
    assert {one.name for one in tmp_path.iterdir()} == {"all.zip"}


def test_a_pipe_in_a_folder_is_left_out_and_a_broken_link_named(tmp_path):
    os.mkfifo(tmp_path / "pipe.xlsx")
    (tmp_path / "lost.xlsx").symlink_to("nowhere")
    with given_workbooks([tmp_path]) as batch:
        assert batch.left_out == [str(tmp_path / "pipe.xlsx")]
        assert [one.file_name for one in batch.workbooks] == ["lost.xlsx"]


def test_names_in_the_code_page_of_windows_are_read(tmp_path):
    archive = tmp_path / "windows.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("AAAA.xlsx", b"x")
    archive.write_bytes(archive.read_bytes().replace(b"AAAA", "大学".encode("cp932")))
    with given_workbooks([archive]) as batch:
        assert batch.workbooks[0].file_name == "大学.xlsx"


def test_another_round_is_told_and_not_taken(folder, demo_workbooks, tmp_path, capsys):
    other = tmp_path / "other.xlsx"
    other.write_bytes(demo_workbooks["DEMO-01", 2026])
    code, rows, _ = intake(capsys, other, folder / "a.xlsx", "--demo", "--round", "2025", store=tmp_path / "store")
    assert code == 11 and [rows["other.xlsx"]["outcome"], rows["a.xlsx"]["outcome"]] == ["other_round", "kept"]
    assert rows["other.xlsx"]["year"] == "2026" and not rows["other.xlsx"]["receipt"]
    assert list(kept(tmp_path / "store").values()) == [demo_workbooks["DEMO-01", 2025]]


def test_numbers_are_lost_only_where_that_is_said(dictionary, demo_workbooks, tmp_path, capsys):
    institution = next(i for i in demo_institutions() if i.code == "DEMO-01")
    emptied = demo_issue(institution, 2025, dictionary)
    full, sparse = tmp_path / "full.xlsx", tmp_path / "sparse.xlsx"
    full.write_bytes(demo_workbooks["DEMO-01", 2025])
    answers = dict(list(emptied.answers.items())[: len(emptied.answers) // 2])
    sparse.write_bytes(write_template(dictionary, emptied.__class__(**{**vars(emptied), "answers": answers})))
    store = tmp_path / "store"
    _, first, _ = intake(capsys, full, "--demo", store=store)
    code, asked, _ = intake(capsys, sparse, store=store)
    assert code == 11 and asked["sparse.xlsx"]["outcome"] == "asks" and not asked["sparse.xlsx"]["receipt"]
    assert first["full.xlsx"]["receipt"] in asked["sparse.xlsx"]["reason"]
    assert "--replace" in asked["sparse.xlsx"]["reason"] and kept(store).keys() == {first["full.xlsx"]["receipt"]}

    _, replaced, _ = intake(capsys, sparse, "--replace", store=store)
    assert replaced["sparse.xlsx"]["outcome"] == "kept" and len(kept(store)) == 2
    _, older, _ = intake(capsys, full, store=store)
    assert older["full.xlsx"]["outcome"] == "asks" and "--replace" in older["full.xlsx"]["reason"]
    _, restored, _ = intake(capsys, full, "--replace", store=store)
    assert restored["full.xlsx"]["receipt"] == first["full.xlsx"]["receipt"] and len(kept(store)) == 2


def test_a_store_of_the_other_kind_keeps_nothing(folder, tmp_path, capsys):
    store = tmp_path / "store"
    code, rows, _ = intake(capsys, folder / "a.xlsx", store=store)  # new, so for real data
    assert code == 10 and rows["a.xlsx"]["outcome"] == "refused" and kept(store) == {}
    assert intake(capsys, folder / "a.xlsx", "--demo", store=store)[0] == 13
    assert intake(capsys, tmp_path / "nowhere.xlsx", store=store)[0] == 2


def test_the_report_as_json_stands_alone(folder, tmp_path, capsys):
    store = tmp_path / "store"
    assert main(["intake", str(folder / "b"), "--store", str(store), "--demo", "--json"]) == 10
    told = json.loads(capsys.readouterr().out)
    assert told["counts"] == {"refused": 1} and {*told["files"][0]} == {*COLUMNS}
    assert told["files"][0]["reason"].keys() == {"ja", "en"}


def test_a_run_that_is_killed_goes_on_where_it_was(demo_workbooks, tmp_path, capsys):
    given = tmp_path / "given"
    given.mkdir()
    handed_in = {key: data for key, data in demo_workbooks.items() if key[0] != "DEMO-12"}
    for (code, year), data in handed_in.items():
        (given / f"{code}_{year}.xlsx").write_bytes(data)
    store = tmp_path / "store"
    command = [sys.executable, "-m", "app.cli", "intake", str(given), "--store", str(store), "--demo"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, process_group=0) as run:
        assert run.stdout is not None
        lines = [run.stdout.readline().decode().rstrip("\n").split("\t") for _ in range(3)]
        os.killpg(run.pid, signal.SIGKILL)
    acknowledged = {Path(line[0]).name: dict(zip(COLUMNS, line, strict=True)) for line in lines[1:]}
    assert len(acknowledged) == 2 and all(row["outcome"] == "kept" for row in acknowledged.values())

    code, rows, _ = intake(capsys, given, store=store)
    assert code in (0, 11) and len(rows) == len(handed_in)
    for name, row in acknowledged.items():
        assert rows[name]["outcome"] == "already" and rows[name]["receipt"] == row["receipt"]
    assert sorted(kept(store).values()) == sorted(handed_in.values())
    opened = Store.open(store)
    opened.mend(LOCAL)
    assert opened.check() == [] and opened.pending() == []
    opened.close()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_broken_off_writes_what_it_has_done(folder, tmp_path, capsys, monkeypatch, number, code):
    def ended_after_one(*arguments, **more):
        for one in take_batch(*arguments, **more):
            yield one
            os.kill(os.getpid(), number)

    monkeypatch.setattr("app.commands.operation.intake.take_batch", ended_after_one)
    before, store, report = signal.getsignal(signal.SIGTERM), tmp_path / "store", tmp_path / "report.json"
    assert intake(capsys, folder, "--demo", "--json", report, store=store)[0] == code
    told = json.loads(report.read_text("utf-8"))
    assert told["broken_off"] and Path(told["files"][0]["file"]).name == "a.xlsx"
    assert {one["receipt"] for one in told["files"]} - {""} == {*kept(store)}, "those under way are told too"
    assert told["counts"]["kept"] >= 1 and signal.getsignal(signal.SIGTERM) == before
    monkeypatch.undo()
    ended, rows, said = intake(capsys, folder, "--json", report, store=store)
    assert ended == 10 and rows["a.xlsx"]["outcome"] == "already" and "3 files were dealt with" in said
    assert not json.loads(report.read_text("utf-8"))["broken_off"]


def test_a_form_that_its_round_does_not_take_is_kept_and_told(demo_workbooks, tmp_path, capsys):
    (tmp_path / "late.xlsx").write_bytes(demo_workbooks["DEMO-01", 2026])
    store = Store.open(tmp_path / "store", "demo")
    now = datetime.now(UTC)
    given = {"code": "DEMO-03", "kind": "university", "name_ja": "デモ大学"}
    with write_transaction(store.engine) as connection:
        put_institution(connection, given)
    open_round(store, "operator", now, year=2026, closes=now + timedelta(days=1), kinds=["all"])
    store.close()
    code, rows, said = intake(capsys, tmp_path / "late.xlsx", "--round", "2026", store=tmp_path / "store")
    assert (code, rows["late.xlsx"]["outcome"]) == (11, "aside") and "not asked" in rows["late.xlsx"]["reason"]
    assert kept(tmp_path / "store") == {rows["late.xlsx"]["receipt"]: demo_workbooks["DEMO-01", 2026]}
    assert "not counted 1" in said
