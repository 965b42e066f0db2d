"""An open store notices that its database was deleted or replaced; files without a database are no new store."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from app.access import LOCAL
from app.storage import problems
from app.storage.database.identity import DatabaseFile, Identity
from app.storage.practice import said_on_page
from app.storage.store import Store
from app.storage.store_location import Kind
from schemas.dictionary.declaration import Text
from tests.app.storage.test_storage import REASON, keep, mode, upload


def refused_by(store: Store) -> set[Text]:
    """What every kind of writing and reading says of a store."""
    attempts: list[Callable[[], object]] = [
        lambda: keep(store, b"PK later"),
        lambda: store.refuse(upload(b"later"), "FMT-41", REASON),
        store.stamp,
        store.years,
        lambda: said_on_page(store),
    ]
    said = set()
    for attempt in attempts:
        with pytest.raises(problems.StoreError) as refused:
            attempt()
        said.add(refused.value.text)
    assert [found.en for found in store.readiness()] == [refused.value.text.en]
    return said


def remove_database(folder: Path) -> None:
    for path in folder.glob("store.sqlite*"):
        path.unlink()


def test_a_deleted_database_takes_no_upload(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store")
    keep(store)
    assert store.readiness() == []
    remove_database(tmp_path / "store")
    assert refused_by(store) == {problems.DATABASE_GONE}
    assert not list((tmp_path / "store").glob("store.sqlite*")), "none is made anew behind an open store"
    with pytest.raises(problems.StoreError) as refused:
        Store.open(tmp_path / "store")
    assert refused.value.text == problems.DATABASE_MISSING


@pytest.mark.parametrize("same_store", [True, False])
def test_a_database_put_in_its_place_takes_no_upload(tmp_path: Path, same_store: bool) -> None:
    store = Store.open(tmp_path / "store")
    keep(store)
    other = Store.open(tmp_path / "other")
    keep(other)
    other.close()
    copied = tmp_path / ("store" if same_store else "other") / "store.sqlite"
    with sqlite3.connect(copied) as source, sqlite3.connect(tmp_path / "copy.sqlite") as copy:
        source.backup(copy)
    keep(store, b"PK after the copy")
    os.replace(tmp_path / "copy.sqlite", tmp_path / "store" / "store.sqlite")
    assert refused_by(store) == {problems.DATABASE_REPLACED}
    for ending in ("-wal", "-shm"):
        (tmp_path / "store" / f"store.sqlite{ending}").unlink(missing_ok=True)
    if same_store:
        again = Store.open(tmp_path / "store")
        assert len(again.submissions(all_versions=True)) == 1 and problems.ORPHAN_BLOB.ja in again.check()[0].ja
    else:
        with pytest.raises(problems.StoreError) as refused:
            Store.open(tmp_path / "store")
        assert refused.value.text == problems.OTHER_DATABASE


def written_over(tmp_path: Path, store: Store, reads_from: int | None) -> list[str]:
    """Keeps twelve uploads, and writes an earlier copy of the database into the very file that is open."""
    path = tmp_path / "store" / "store.sqlite"
    keep(store)
    with sqlite3.connect(path) as source, sqlite3.connect(tmp_path / "copy.sqlite") as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
    acknowledged = []
    reader = sqlite3.connect(path)
    for number in range(12):
        if number == reads_from:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM submissions").fetchone()  # keeps the log from being emptied
        acknowledged.append(keep(store, b"PK %d" % number))
    with path.open("r+b") as same_file:
        same_file.write((tmp_path / "copy.sqlite").read_bytes())
        same_file.truncate()
    reader.close()
    return acknowledged


def test_a_backup_written_into_the_open_file_takes_no_upload(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store")
    written_over(tmp_path, store, None)
    assert refused_by(store) == {problems.DATABASE_OLDER}


def test_with_a_live_log_it_takes_none_either_or_loses_none(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store")
    acknowledged = written_over(tmp_path, store, 6)
    try:
        acknowledged.append(keep(store, b"PK later"))
    except problems.StoreError as refused:
        assert refused.text in (problems.DATABASE_OLDER, problems.DATABASE_REPLACED)
        return
    store.close()
    again = Store.open(tmp_path / "store")
    assert set(acknowledged) <= set(again.submissions(all_versions=True)["id"]) and again.check() == []


def test_writers_of_other_processes_are_no_replacement(tmp_path: Path) -> None:
    store, other = Store.open(tmp_path / "store"), Store.open(tmp_path / "store")
    for number in range(6):
        keep(store if number % 2 else other, b"PK %d" % number)
    assert len(store.submissions(all_versions=True)) == len(other.submissions(all_versions=True)) == 6
    other.close()
    keep(store, b"PK last")
    assert store.check() == []


def test_a_commit_into_a_file_deleted_at_the_last_moment_is_not_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.open(tmp_path / "store")
    keep(store)
    monkeypatch.setattr("app.storage.store.put_from_sheet", lambda *_: remove_database(tmp_path / "store"))
    with pytest.raises(problems.StoreError) as refused:
        keep(store, b"PK two")
    assert refused.value.text == problems.DATABASE_GONE


def test_a_log_deleted_while_serving_is_noticed(tmp_path: Path) -> None:
    """The log takes what is committed; deleted, it takes it where nobody will read it."""
    store = Store.open(tmp_path / "store")
    keep(store)
    for ending in ("-wal", "-shm"):
        (tmp_path / "store" / f"store.sqlite{ending}").unlink()
    with pytest.raises(problems.StoreError):
        keep(store, b"PK two")


def test_a_write_of_another_process_is_told_from_a_copy_over_the_file(tmp_path: Path) -> None:
    store, other = Store.open(tmp_path / "store"), Store.open(tmp_path / "store")
    file = DatabaseFile(tmp_path / "store" / "store.sqlite")
    keep(store)
    older = file.path.read_bytes()
    assert file.is_noted()
    keep(other, b"PK two")
    assert file.is_noted() and len(store.submissions(all_versions=True)) == 2
    file.path.write_bytes(older)
    assert not file.is_noted()


@pytest.mark.parametrize("state", ["copied back", "emptied", "another"])
def test_a_server_database_that_is_changed_beneath_the_store_is_noticed(
    postgresql_url: str, tmp_path: Path, state: str
) -> None:
    store = Store.open(postgresql_url, files=tmp_path / "files")
    keep(store)
    keep(store, b"PK two")
    change = {
        "copied back": "UPDATE store_info SET revision = 1",
        "another": "UPDATE store_info SET store_id = 'other'",
        "emptied": "DROP SCHEMA public CASCADE; CREATE SCHEMA public",
    }[state]
    engine = create_engine(postgresql_url)
    with engine.begin() as connection:
        connection.execute(text(change))
    engine.dispose()
    expected = problems.DATABASE_OLDER if state == "copied back" else problems.DATABASE_REPLACED
    with pytest.raises(problems.StoreError) as refused:
        keep(store, b"PK three")
    assert refused.value.text == expected and [found.en for found in store.readiness()] == [expected.en]
    store.close()
    if state != "copied back":
        with pytest.raises(problems.StoreError) as refused:
            Store.open(postgresql_url, files=tmp_path / "files")
        wanted = problems.DATABASE_MISSING if state == "emptied" else problems.OTHER_DATABASE
        assert refused.value.text == wanted


@pytest.mark.parametrize("left", ["nothing", "zero bytes", "no tables", "no row"])
@pytest.mark.parametrize("wanted", [None, "demo", "real"])
@pytest.mark.parametrize("has_files", [True, False])
def test_a_store_whose_database_is_lost_is_never_a_new_one(
    tmp_path: Path, left: str, wanted: Kind | None, has_files: bool
) -> None:
    folder = tmp_path / "store"
    store = Store.open(folder)
    keep(store)
    store.close()
    if left == "no row":
        with sqlite3.connect(folder / "store.sqlite") as database:
            database.execute("DELETE FROM store_info")
    else:
        remove_database(folder)
    if left in ("zero bytes", "no tables"):
        (folder / "store.sqlite").touch(0o600)
    if left == "no tables":
        with sqlite3.connect(folder / "store.sqlite") as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("VACUUM")
    if not has_files:
        for path in (folder / "blobs").iterdir():
            path.unlink()
    before = sorted(path.name for path in folder.iterdir())
    with pytest.raises(problems.StoreError) as refused:
        Store.open(folder, wanted)
    assert refused.value.text == problems.DATABASE_MISSING
    assert sorted(p.name for p in folder.iterdir() if "-" not in p.name) == [n for n in before if "-" not in n]


def test_files_of_an_older_store_without_a_marker_are_no_new_store_either(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    store = Store.open(folder)
    keep(store)
    store.close()
    (folder / "store.json").unlink()
    assert Store.open(folder).years() == [2026] and (folder / "store.json").exists(), "an older store is marked"
    (folder / "store.json").unlink()
    remove_database(folder)
    with pytest.raises(problems.StoreError) as refused:
        Store.open(folder)
    assert refused.value.text == problems.DATABASE_MISSING


def test_files_of_one_store_and_the_database_of_another_do_not_open(tmp_path: Path, postgresql_url: str) -> None:
    Store.open(tmp_path / "store").close()
    marker = json.loads((tmp_path / "store" / "store.json").read_text())
    assert marker["kind"] == "real" and len(marker["store_id"]) == 32
    with pytest.raises(problems.StoreError) as refused:
        Store.open(postgresql_url, files=tmp_path / "store")
    assert refused.value.text in (problems.DATABASE_MISSING, problems.OTHER_DATABASE)


def test_a_store_in_memory_would_keep_nothing_and_is_refused(tmp_path: Path) -> None:
    for url in ("sqlite://", "sqlite:///:memory:"):
        with pytest.raises(problems.StoreError) as refused:
            Store.open(url, files=tmp_path / "files")
        assert refused.value.text == problems.BAD_URL


def test_a_database_file_named_by_url_is_open_to_its_owner_only(tmp_path: Path) -> None:
    url, place = f"sqlite:///{tmp_path}/data/elsewhere.db", tmp_path / "data"
    store = Store.open(url, files=tmp_path / "files")
    keep(store)
    assert mode(place) == 0o700 and {mode(path) for path in place.iterdir()} == {0o600}
    (place / "elsewhere.db").chmod(0o644)
    assert store.check() == [problems.line(problems.WRONG_MODE, f"{place}/elsewhere.db (0644)")]
    assert store.mend(LOCAL) == [problems.line(problems.CLOSED, f"{place}/elsewhere.db")]
    assert mode(place / "elsewhere.db") == 0o600 and store.check() == []


def test_a_server_that_ends_is_said_and_one_that_is_back_is_used_again(tmp_path: Path, postgresql_url: str) -> None:
    store = Store.open(postgresql_url, files=tmp_path / "files")
    keep(store)
    engine = create_engine(postgresql_url, isolation_level="AUTOCOMMIT")
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = "
    with engine.connect() as connection:
        connection.execute(text(f"{ended} current_database()"))
    assert keep(store, b"PK two") == store.current("0001", 2026), "a lost connection is made anew"
    with store.engine.connect() as reader:
        reader.execute(text("SELECT 1"))
        with engine.connect() as connection:
            connection.execute(text(f"{ended} current_database()"))
        with pytest.raises(problems.StoreError) as refused:
            reader.execute(text("SELECT 1"))
    assert refused.value.text == problems.UNREACHABLE
    engine.dispose()
    store.close()


def test_the_file_is_looked_through_only_where_somebody_else_wrote_it(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store")
    keep(store)
    path = next((tmp_path / "store").glob("store.sqlite"))
    with closing(sqlite3.connect(path)) as reader:
        store_id, revision = reader.execute("SELECT store_id, revision FROM store_info").fetchone()
    identity = Identity(store_id, DatabaseFile(path))
    identity.verify(revision)
    whole = path.read_bytes()
    # A log keeps the first write of the process from being the whole story: only then is the file looked through.
    path.with_name("store.sqlite-wal").write_bytes(b"x")
    path.write_bytes(whole[:-4096] + b"\xff" * 4096)
    with identity.writing():
        with identity.writing():
            identity.notice_overwriting()  # what changes now is its own; whoever comes later looks
        identity.notice_overwriting()
    with pytest.raises(problems.StoreError) as refused:
        identity.notice_overwriting()
    assert refused.value.text == problems.DATABASE_REPLACED
