"""Files of a store at an address: an object store over the network, and a protocol that writes beside and renames."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from s3fs import S3FileSystem

from app.access import LOCAL
from app.storage import problems
from app.storage.backup import MANIFEST, back_up, restore
from app.storage.database.connection import transaction
from app.storage.database.copies import copy_database
from app.storage.files import refusals
from app.storage.files.file_place import LocalPlace, RemotePlace, address_without_secrets, place_of
from app.storage.files.folder import BACKUPS
from app.storage.problems import StoreError
from app.storage.store import Store
from tests.app.storage.test_kill_and_full_disk import SEED, keep_while_killed, kill_at
from tests.app.storage.test_storage import NOON, REASON, keep, mode, upload
from tests.support.object_store import SECRET, new_bucket, object_store
from tests.support.postgresql import new_database
from tests.support.served_demo import free_port

KILLS, LAST_STEP = 8, 60


@pytest.fixture(scope="module")
def variables() -> Iterator[dict[str, str]]:
    with object_store() as found:
        yield found


@pytest.fixture
def address(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty place in an object store that this process may use."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return f"s3://{new_bucket(variables)}/junkan"


@pytest.fixture(params=["object store", "renaming"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> RemotePlace:
    """An empty place that fsspec reaches, of either kind."""
    if request.param == "object store":
        return RemotePlace(request.getfixturevalue("address"))
    return RemotePlace(f"local://{tmp_path}/files")


def opened(place: RemotePlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store with its database in a folder and its files in a place."""
    monkeypatch.setattr("app.storage.store_location.place_of", lambda _: place)
    return Store.open(tmp_path / "store", files="where it lies")


def test_files_at_an_address_are_kept_checked_mended_and_erased(
    place: RemotePlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(place, tmp_path, monkeypatch)
    first, second = keep(store, b"PK one"), keep(store, b"PK two")
    refused = store.refuse(upload(b"macros"), "FMT-41", REASON)["sha256"]
    assert [store.bytes_of(one) for one in (first, second)] == [b"PK one", b"PK two"]
    assert store.refused()[0]["kept"] and place.read(f"refused/{refused}.xlsx") == b"macros"
    assert store.check() == [] and store.readiness() == []
    assert {path.name for path in (tmp_path / "store").iterdir()} <= {
        "store.sqlite",
        "store.sqlite-wal",
        "store.sqlite-shm",
        "store.sqlite-written",
    }
    with transaction(store.engine) as connection:
        copied = copy_database(connection, place, BACKUPS, "before-0001")
    assert place.read(copied).startswith(b"SQLite format 3") and store.check() == []
    left = ["blobs/" + "f" * 64, "blobs/.part-x", "refused/.part-y", ".part-z", "backups/.part-w"]
    for name in left:
        place.write(name, b"half")
    assert {line.en.rsplit(": ", 1)[1] for line in store.check()} == {*left}
    assert {*store.mend(LOCAL)} == {problems.line(problems.REMOVED, name) for name in left} and store.check() == []
    hashes = store.submissions(all_versions=True).set_index("id")["sha256"]
    place.write(f"blobs/{hashes[first]}", b"changed")
    place.remove(f"blobs/{hashes[second]}")
    found = [problems.line(problems.MISSING_BLOB, f"blobs/{hashes[second]}")]
    assert store.check() == [*found, problems.line(problems.WRONG_HASH, f"blobs/{hashes[first]}")]
    for submission, said in ((first, problems.BLOB_CHANGED), (second, problems.BLOB_MISSING)):
        with pytest.raises(StoreError) as told:
            store.bytes_of(submission)
        assert told.value.text == said
    keep(store, b"PK one", year=2031)
    keep(store, b"PK two", year=2032)
    assert store.check() == [] and store.bytes_of(first) == b"PK one"
    store.erase(keep(store, b"PK to erase", year=2033), "names in it", LOCAL)
    assert store.check() == [] and len(place.names("blobs")) == 2
    store.close()


def test_the_oldest_refused_files_make_room_at_an_address_too(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "QUOTA", 24_000)
    kept = refusals.Refusals(place_of(address))
    for n in range(4):
        told: dict[str, Any] = {"file_name": "x.xlsx", "by": "local", "received_at": NOON, "rule": "FMT-41"}
        record = kept.keep(bytes([n]) * 6_000, reason=REASON, **told)
    assert len(record["removed"]) == 1 and [one["kept"] for one in kept.records()].count(True) == 3


def test_a_backup_goes_from_and_to_an_address(
    address: str, tmp_path: Path, postgresql_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, bucket = new_database(postgresql_server, uuid4().hex), address.rpartition("/")[0]
    store = Store.open(url, files=address)
    first = keep(store, b"PK one")
    store.refuse(upload(b"macros"), "FMT-41", REASON)
    for out in (tmp_path / "backup", f"{bucket}/backup"):
        back_up(store, out)
        with pytest.raises(StoreError) as told:
            back_up(store, out)
        assert told.value.text == problems.BACKUP_NOT_EMPTY
    assert {mode(path) for path in (tmp_path / "backup").rglob("*") if path.is_file()} == {0o600}
    keep(store, b"PK two")
    store.close()
    for source, files in ((tmp_path / "backup", f"{bucket}/again"), (f"{bucket}/backup", tmp_path / "again")):
        empty = new_database(postgresql_server, uuid4().hex)
        restore(source, empty, files)
        again = Store.open(empty, files=files)
        assert again.bytes_of(first) == b"PK one" and again.check() == [] and again.refused()[0]["kept"]
        assert list(again.submissions(all_versions=True)["id"]) == [first]
        keep(again, b"PK goes on")
        again.close()
        with pytest.raises(StoreError) as told:
            restore(source, new_database(postgresql_server, uuid4().hex), files)
        assert told.value.text == problems.RESTORE_NOT_EMPTY
    changed = place_of(f"{bucket}/backup")
    changed.write(next(name for name in changed.tree() if name.startswith("blobs/")), b"changed")
    with pytest.raises(StoreError, match="differs from what was written"):
        restore(f"{bucket}/backup", new_database(postgresql_server, uuid4().hex), f"{bucket}/none")
    changed.remove(MANIFEST)
    with pytest.raises(StoreError, match=MANIFEST):
        restore(f"{bucket}/backup", new_database(postgresql_server, uuid4().hex), f"{bucket}/none")
    assert place_of(f"{bucket}/none").is_empty(), "it is there whole or not at all"


def test_a_store_in_a_folder_may_have_its_files_at_an_address(address: str, tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store", files=address)
    kept = keep(store)
    back_up(store, tmp_path / "backup")
    store.close()
    restore(tmp_path / "backup", tmp_path / "again", f"{address}-again")
    again = Store.open(tmp_path / "again", files=f"{address}-again")
    assert again.bytes_of(kept) == b"PK one" and again.check() == []
    again.close()
    Store.open(tmp_path / "own").close()
    with pytest.raises(StoreError) as told:
        Store.open(tmp_path / "own", files=address)
    assert told.value.text == problems.FILES_ELSEWHERE
    for place, said in ((f"{address}-empty", problems.FILES_GONE), (f"{address}-again", problems.OTHER_DATABASE)):
        Store.open(tmp_path / "else", files=f"{address}-else").close()
        if said == problems.OTHER_DATABASE:
            place_of(place).write("store.json", place_of(f"{address}-else").read("store.json"))
        with pytest.raises(StoreError) as told:
            Store.open(tmp_path / "again", files=place)
        assert told.value.text == said


def test_a_kill_at_random_moments_loses_nothing_acknowledged_at_an_address(address: str, tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store", files=address)
    keep(store, b"PK before")
    store.close()

    def interrupt(step: int) -> None:
        count = kill_at(step)
        for name in ("holds", "write"):
            real = getattr(RemotePlace, name)
            setattr(RemotePlace, name, lambda *a, real=real, **k: (count(), real(*a, **k), count())[1])

    def open_store() -> Store:
        return Store.open(tmp_path / "store", files=address)

    acknowledged, killed = keep_while_killed(open_store, interrupt, KILLS, LAST_STEP)
    store = Store.open(tmp_path / "store", files=address)
    history = store.submissions(all_versions=True)
    assert set(acknowledged) <= set(history["id"]) and killed > 1, SEED
    assert {one: store.bytes_of(one) for one in acknowledged} == acknowledged, SEED
    assert all(line.ja.startswith(problems.ORPHAN_BLOB.ja) for line in store.check()), SEED
    store.mend(LOCAL)
    assert store.check() == [], SEED
    store.close()


@pytest.mark.parametrize("scheme", ["file", "local"])
def test_a_file_address_is_a_folder(tmp_path: Path, scheme: str) -> None:
    files = tmp_path / "files"
    store = Store.open(f"sqlite:///{tmp_path}/elsewhere.db", files=f"{scheme}://{files}")
    keep(store)
    assert isinstance(store.place, LocalPlace) and store.place.folder == files
    assert {mode(path) for path in files.rglob("*")} == {0o700, 0o600} and store.check() == []
    store.close()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("memory://store", problems.BAD_FILES_URL),
        ("simplecache::s3://bucket/store", problems.BAD_FILES_URL),
        ("cloud-of-tomorrow://user:pass@host/store", problems.BAD_FILES_URL),
        ("s3://", problems.BAD_FILES_URL),
        ("gs://bucket/store", problems.FILES_PACKAGE.format(protocol="gs", package="gcsfs")),
    ],
)
def test_a_place_that_keeps_no_files_is_said(tmp_path: Path, given: str, said: Any) -> None:
    with pytest.raises(StoreError) as told:
        Store.open(f"sqlite:///{tmp_path}/elsewhere.db", files=given)
    assert told.value.text == said and not (tmp_path / "elsewhere.db").exists()


def test_a_place_that_is_gone_or_refuses_is_said_and_nothing_is_acknowledged(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(S3FileSystem, "retries", 1)  # no pauses
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    store = Store.open(tmp_path / "store", files=address)
    kept = keep(store)
    there = os.environ["AWS_ENDPOINT_URL"]
    with caplog.at_level(logging.INFO):
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
        unreachable = Store(store.engine, RemotePlace(address), store.kind)
        for act in (lambda: keep(unreachable, b"PK lost"), lambda: unreachable.bytes_of(kept), unreachable.check):
            with pytest.raises(StoreError) as told:
                act()
            assert told.value.text == problems.FILES_UNREACHABLE
        assert unreachable.readiness() == [problems.FILES_UNREACHABLE]
        monkeypatch.setenv("AWS_ENDPOINT_URL", there)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        with pytest.raises(StoreError) as told:
            Store.open(tmp_path / "store", files=address)
        assert told.value.text == problems.FILES_REFUSED
        with pytest.raises(StoreError) as told:
            Store.open(tmp_path / "other", files="s3://no-bucket-of-ours/x?key=hidden")
    assert SECRET not in caplog.text and "hidden" not in caplog.text
    assert list(store.submissions(all_versions=True)["id"]) == [kept] and store.check() == []
    store.close()


def test_a_missing_bucket_is_said(address: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as told:
        Store.open(tmp_path / "store", files=f"{address.rpartition('/')[0]}-none/store")
    assert told.value.text == problems.FILES_GONE


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("sftp://user:pass@host:22/data?passphrase=x", "sftp://host:22/data"),
        ("postgresql://user:pa/ss@host/name?password=x", "postgresql://host/name"),
        ("s3://bucket/a@b", "s3://bucket/a@b"),
        ("/srv/junkan", "/srv/junkan"),
    ],
)
def test_an_address_is_shown_without_its_secrets(given: str, shown: str) -> None:
    assert address_without_secrets(given) == shown
