"""A store is made, checked, mended, backed up while in use, and restored whole or not at all."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from app.access import LOCAL
from app.cli import main
from app.commands.operation.admin import account
from app.storage.audit import entries
from app.storage.backup import MANIFEST, back_up
from app.storage.database.connection import transaction
from app.storage.files.file_place import LocalPlace
from app.storage.problems import StoreError
from app.storage.store import Store, Upload
from app.storage.versions import Outcome
from app.submission.receive_upload import receive
from app.submission.result import outcome_of
from tests.support.postgresql import new_database


def admin(capsys, *arguments) -> tuple[int, str, str]:
    """Exit code, standard output and error stream, in English."""
    code = main(["--lang", "en", "admin", *map(str, arguments)])
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.fixture
def demo(demo_store_folder, tmp_path) -> Path:
    """A demo store of six submissions, its own copy."""
    return Path(shutil.copytree(demo_store_folder, tmp_path / "demo"))


def contents(folder: Path) -> dict[str, object]:
    """Bytes, results and state of every submission."""
    store = Store.open(folder)
    try:
        rows = store.submissions(all_versions=True).to_dict("records")
        return {
            str(row["id"]): (row, store.bytes_of(row["id"]), store.values(submission=row["id"]).to_csv())
            for row in rows
        }
    finally:
        store.close()


def test_a_store_is_made_once(tmp_path, capsys):
    code, said, _ = admin(capsys, "init", "--store", tmp_path / "new", "--demo")
    assert code == 0 and "demo data" in said
    assert Store.open(tmp_path / "new").kind == "demo"
    code, _, why = admin(capsys, "init", "--store", tmp_path / "new")
    assert code == 13 and "already" in why


def test_check_names_what_is_amiss_and_mend_clears_what_is_harmless(demo, capsys):
    assert admin(capsys, "check", "--store", demo)[0] == 0
    (demo / "blobs" / "0").write_bytes(b"left by a process that died")
    (demo / "store.sqlite").chmod(0o644)
    code, said, _ = admin(capsys, "check", "--store", demo)
    assert code == 11 and "blobs/0" in said and "store.sqlite (0644)" in said
    assert admin(capsys, "check", "--store", demo, "--mend")[0] == 0
    assert admin(capsys, "check", "--store", demo)[0] == 0
    next((demo / "blobs").iterdir()).unlink()
    code, said, why = admin(capsys, "check", "--store", demo, "--mend")
    assert code == 11 and "missing" in said and "backup" in why


def test_check_notices_a_damaged_database(demo, capsys):
    file = demo / "store.sqlite"
    data = bytearray(file.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 8192] = bytes(8192)
    file.write_bytes(data)
    before = {path.name for path in (demo / "blobs").iterdir()}
    code, said, _ = admin(capsys, "check", "--store", demo)
    assert code == 11 and "damaged database" in said
    code, _, why = admin(capsys, "check", "--store", demo, "--mend")  # what belongs to a submission is not known
    assert code == 11 and "from a backup" in why and {path.name for path in (demo / "blobs").iterdir()} == before
    assert admin(capsys, "backup", "--store", demo, "--out", demo.with_name("backup"))[0] == 13


def test_a_restored_store_is_the_same_and_goes_on(demo, demo_workbooks, tmp_path, capsys):
    before, backup, restored = contents(demo), tmp_path / "backup", tmp_path / "restored"
    store = Store.open(demo)  # in use while it is copied
    refused = tmp_path / "junk.xlsx"
    refused.write_bytes(b"no workbook")
    assert main(["intake", str(refused), "--store", str(demo)]) == 10
    assert admin(capsys, "backup", "--store", demo, "--out", backup)[0] == 0
    store.close()
    shutil.rmtree(demo)
    assert admin(capsys, "restore", "--from", backup, "--store", restored)[0] == 0
    assert contents(restored) == before
    assert [record["file_name"] for record in Store.open(restored).refused()] == ["junk.xlsx"]

    known, key = tmp_path / "known.xlsx", ("DEMO-03", 2026)
    known.write_bytes(demo_workbooks[key])
    capsys.readouterr()
    main(["intake", str(known), str(refused), "--store", str(restored), "--json"])
    told = json.loads(capsys.readouterr().out)["files"]
    assert [one["outcome"] for one in told] == ["already", "refused"] and told[0]["receipt"] in before


def test_a_backup_holds_what_was_kept_while_it_was_made(tmp_path, demo_workbooks, processed, capsys, monkeypatch):
    """A form that is kept after the first pass over the files, and what it replaces, are in the set or not at all."""
    (first, data), (second, other) = list(demo_workbooks.items())[:2]
    store = Store.open(tmp_path / "store", "demo")

    def keep(key: tuple[str, int], one: bytes) -> None:
        outcome: Outcome = outcome_of(processed[key])
        row = processed[key].header["institution_row"]
        store.keep(Upload(one, "x.xlsx", "local", datetime(2026, 6, 10, tzinfo=UTC)), outcome, row)

    keep(first, data)
    passes: list[Callable[[], None]] = [lambda: keep(second, other)]

    def write_then_keep(place: LocalPlace, name: str, data: bytes, moment: datetime | None = None) -> None:
        write(place, name, data, moment)
        if passes and place.folder.name == "backup":
            passes.pop()()

    write = LocalPlace.write
    monkeypatch.setattr(LocalPlace, "write", write_then_keep)
    back_up(store, tmp_path / "backup")
    store.close()
    assert admin(capsys, "restore", "--from", tmp_path / "backup", "--store", tmp_path / "again")[0] == 0
    assert contents(tmp_path / "again") == contents(tmp_path / "store") and len(contents(tmp_path / "again")) == 2


@pytest.mark.parametrize("fault", ["changed", "missing", "added", "unfinished"])
def test_a_backup_that_is_not_as_it_was_written_restores_nothing(demo, tmp_path, capsys, fault):
    backup = tmp_path / "backup"
    assert admin(capsys, "backup", "--store", demo, "--out", backup)[0] == 0
    blob = next((backup / "blobs").iterdir())
    if fault == "changed":
        blob.write_bytes(blob.read_bytes()[:-1] + b"x")
    elif fault == "missing":
        blob.unlink()
    elif fault == "added":
        (backup / "blobs" / "more").write_bytes(b"x")
    else:
        (backup / MANIFEST).unlink()
    code, _, why = admin(capsys, "restore", "--from", backup, "--store", tmp_path / "restored")
    assert code == 13 and "another backup" in why and not (tmp_path / "restored").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_nothing_is_written_over(demo, tmp_path, capsys):
    backup = tmp_path / "backup"
    assert admin(capsys, "backup", "--store", demo, "--out", backup)[0] == 0
    assert admin(capsys, "backup", "--store", demo, "--out", backup)[0] == 13
    before = contents(demo)
    assert admin(capsys, "restore", "--from", backup, "--store", demo)[0] == 13
    assert contents(demo) == before


def test_a_store_that_lost_a_file_gives_no_backup(demo, tmp_path):
    next((demo / "blobs").iterdir()).unlink()
    store = Store.open(demo)
    with pytest.raises(StoreError, match="not finished"):
        back_up(store, tmp_path / "backup")
    store.close()
    assert not (tmp_path / "backup" / MANIFEST).exists()


def test_a_server_is_backed_up_and_restored_to_an_empty_one_and_goes_on(
    postgresql_server, postgresql_url, demo_workbooks, tmp_path, capsys
):
    files, backup = tmp_path / "files", tmp_path / "backup"
    server = ("--store", postgresql_url, "--files", files)
    assert admin(capsys, "check", *server)[0] == 11 and not files.exists()  # nothing is made by looking
    assert admin(capsys, "init", *server, "--demo")[0] == 0
    store = Store.open(postgresql_url, files=files)
    first, second = (demo_workbooks["DEMO-01", year] for year in (2025, 2026))
    kept = receive(store, LOCAL, first, "first.xlsx").submission
    values = store.values(submission=kept).to_csv()
    store.close()
    assert admin(capsys, "check", *server)[0] == 0
    assert admin(capsys, "backup", *server, "--out", backup)[0] == 0
    assert (backup / "database.zip").is_file()
    code, _, why = admin(capsys, "restore", "--from", backup, "--store", tmp_path / "restored")
    assert code == 13 and "empty database" in why and not (tmp_path / "restored").exists()
    assert admin(capsys, "restore", "--from", backup, *server)[0] == 13, "its folder holds something"
    taken = ("--store", postgresql_url, "--files", tmp_path / "new")
    code, _, why = admin(capsys, "restore", "--from", backup, *taken)
    assert code == 13 and not (tmp_path / "new").exists(), "its database holds something"
    empty = new_database(postgresql_server, "restored")
    assert admin(capsys, "restore", "--from", backup, "--store", empty, "--files", tmp_path / "new")[0] == 0
    again = Store.open(empty, files=tmp_path / "new")
    assert again.bytes_of(kept) == first and again.values(submission=kept).to_csv() == values
    assert [row["act"] for row in entries(again.engine)] == ["admin_init", "upload", "admin_restore"]
    assert receive(again, LOCAL, second, "second.xlsx").submission and again.check() == []
    with pytest.raises(DatabaseError, match="only added to"), transaction(again.engine) as connection:
        connection.execute(text("DELETE FROM audit"))
    again.close()


@pytest.mark.parametrize(("action", "wanted"), [("backup", "--out"), ("restore", "--from")])
def test_an_action_without_its_folder_names_the_option(tmp_path, capsys, action, wanted):
    code, _, why = admin(capsys, action, "--store", tmp_path / "store")
    assert code == 2 and wanted in why and not (tmp_path / "store").exists()


def test_the_log_says_who_did_what_and_a_tampered_row_is_found(demo, tmp_path, capsys):
    assert admin(capsys, "backup", "--store", demo, "--out", tmp_path / "backup")[0] == 0
    code, said, _ = admin(capsys, "log", "--store", demo, "--json")
    rows = json.loads(said)
    assert code == 0 and [row["act"] for row in rows] == ["upload"] * 6 + ["admin_backup"]
    assert rows[-1]["role"] == "operator" and rows[-1]["by"] and rows[0]["institution"].startswith("DEMO-")
    one = rows[0]["institution"]
    code, _, _ = admin(capsys, "log", "--store", demo, "--institution", one, "--csv", tmp_path / "log.csv")
    written = (tmp_path / "log.csv").read_text("utf-8-sig").splitlines()
    assert code == 0 and len(written) == 1 + sum(row["institution"] == one for row in rows)
    assert admin(capsys, "log", "--store", demo)[1].count("upload") == 6
    with closing(sqlite3.connect(demo / "store.sqlite")) as database, database:
        database.execute("DROP TRIGGER audit_no_update")
        database.execute("UPDATE audit SET role = 'nobody' WHERE sequence = 3")
    code, said, _ = admin(capsys, "check", "--store", demo)
    assert code == 11 and "audit 3" in said


def test_an_account_without_a_name_is_told_by_its_number(monkeypatch):
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 4_000_001)
    assert account() == "4000001"


def test_words_that_no_act_takes_and_codes_that_are_none_are_said(demo, capsys):
    for act in ("check", "log", "init"):
        assert admin(capsys, act, "DEMO-01", "--store", demo)[::2] == (
            2,
            "DEMO-01 is one word too many. Please see --help.\n",
        )
    added = ("--role", "operator", "--store", demo)
    assert admin(capsys, "user", "add", " ", *added)[2] == "NAME is missing. Please see --help.\n"
    assert "suzuki is one word too many" in admin(capsys, "user", "add", "sato", "suzuki", *added)[2]
    code, said, told = admin(capsys, "log", "--store", demo, "--institution", "F10111010001")
    assert (code, said) == (13, "") and "F101110100010" in told


def test_users_are_added_listed_invited_and_disabled(demo, capsys):
    add = ("user", "add", "anna", "--store", demo, "--role", "university_editor", "--institution", "DEMO-01,DEMO-02")
    assert admin(capsys, *add)[0] == 0
    code, _, why = admin(capsys, *add)
    assert code == 13 and "already" in why
    code, invitation, _ = admin(capsys, "user", "invite", "anna", "--store", demo)
    assert code == 0 and len(invitation.strip()) > 20
    assert admin(capsys, "user", "disable", "anna", "--store", demo)[0] == 0
    code, listed, _ = admin(capsys, "user", "list", "--store", demo, "--json")
    (user,) = json.loads(listed)
    assert code == 0 and user["institutions"] == ["DEMO-01", "DEMO-02"] and user["state"] == "disabled"
    assert "anna" in admin(capsys, "user", "list", "--store", demo)[1]
    code, _, why = admin(capsys, "user", "invite", "anna", "--store", demo)
    assert code == 13 and "disabled" in why
    assert admin(capsys, "user", "enable", "anna", "--store", demo)[0] == 0
    assert admin(capsys, "user", "invite", "anna", "--store", demo)[0] == 0
    code, _, why = admin(capsys, *add[:2], "carl", *add[3:-1], "F104110100857")
    assert code == 13 and "F104110100856" in why, "the nearest code"
    assert admin(capsys, "user", "add", "--store", demo)[0] == 2
    assert admin(capsys, "user", "frob", "--store", demo)[0] == 2
    assert admin(capsys, "user", "add", "ben", "--store", demo, "--role", "king")[0] == 13


def test_the_file_of_a_submission_is_erased_with_a_reason(demo, capsys):
    receipt = Store.open(demo).submission_of_record("DEMO-01", 2026)
    assert admin(capsys, "erase", "--store", demo, "--submission", receipt)[0] == 2
    assert admin(capsys, "erase", "--store", demo, "--submission", receipt, "--reason", "names in it")[0] == 0
    assert admin(capsys, "check", "--store", demo)[0] == 0
    code, _, why = admin(capsys, "erase", "--store", demo, "--submission", receipt, "--reason", "again")
    assert code == 13 and "names in it" in why
    assert "erase" in admin(capsys, "log", "--store", demo, "--institution", "DEMO-01")[1]
    assert len(Store.open(demo).values(submission=receipt))
    assert admin(capsys, "erase", "--store", demo, "--submission", "f" * 16, "--reason", "x")[0] == 13


def test_what_a_command_could_not_do_is_said_once_and_in_one_language(demo):
    words = ["admin", "erase", "--store", str(demo), "--submission", "f" * 16, "--reason", "x"]
    done = subprocess.run([sys.executable, "-m", "app.cli", "--lang", "en", *words], capture_output=True, text=True)
    assert done.returncode == 13 and len(done.stderr.splitlines()) == 1 and done.stderr.isascii()
