"""Stores of every earlier schema, with data in them, open with all of it; a copy of the database is made first."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, text

from app.storage import problems
from app.storage.backup import MANIFEST, restore
from app.storage.database import tables
from app.storage.database.connection import engine_for, transaction
from app.storage.database.copies import copy_database
from app.storage.database.migrate import MIGRATIONS
from app.storage.explanations import threads_of
from app.storage.files.durable import sha256_of
from app.storage.files.file_place import LocalPlace
from app.storage.practice import said_on_page, standing_consents
from app.storage.store import Store
from tests.app.storage.test_storage import keep, mode
from tests.support.postgresql import new_database

EARLIER = ["0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011"]
DATA = {"a" * 16: b"PK core", "b" * 16: b"PK full", "c" * 16: b"PK core 2"}
# The clock was set back before the second version of core: its number tells that it came later.
SUBMISSIONS = (
    ("a" * 16, "core", 1, "2026-06-02"),
    ("b" * 16, "full", 1, "2026-06-01"),
    ("c" * 16, "core", 2, "2026-05-01"),
)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The URL of an empty database and a folder for files with the workbooks of the data."""
    files = tmp_path / "store"
    for name in ("blobs", "refused"):
        (files / name).mkdir(parents=True)
    for data in DATA.values():
        (files / "blobs" / sha256_of(data)).write_bytes(data)
    if request.param == "sqlite":
        (files / "store.sqlite").touch(0o600)
        yield f"sqlite:///{files}/store.sqlite", files
    else:
        yield request.getfixturevalue("postgresql_url"), files


def insert(connection: Connection, table: str, **row: object) -> None:
    names = ", ".join(f'"{name}"' for name in row)
    connection.execute(text(f'INSERT INTO "{table}" ({names}) VALUES ({", ".join(f":{n}" for n in row)})'), row)


def fill(connection: Connection, revision: str) -> None:
    """A real store as the software of ``revision`` kept it."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
    own = {"store_id": "s" * 32, "revision": 20} if revision >= "0004" else {}
    insert(connection, "store_info", id=1, kind="real", created_at="2026-01-01 00:00:00", software="0.0.9", **own)
    insert(connection, "institutions", code="0001", name_ja="架空大学")
    for key, form, sequence, day in SUBMISSIONS:
        state = "superseded" if key.startswith("a") else "current"
        made = {"by": "local", "sha256": sha256_of(DATA[key]), "size": len(DATA[key]), "file_name": "f.xlsx"}
        hashes = dict.fromkeys(("dictionary_hash", "catalogue_hash", "software"), "x")
        own = {"id": key, "institution": "0001", "year": 2026, "form": form, "sequence": sequence, "state": state}
        own |= {"current_since": int(key[0], 16)} if revision >= "0004" else {}
        own |= {"unit": ""} if revision >= "0005" else {}
        own |= {"centre": ""} if revision >= "0008" else {}
        insert(connection, "submissions", **own, **made, **hashes, received_at=f"{day} 00:00:00", status="check")
        answer = {"submission": key, "field": "researchers.total", "row_key": "00|professor", "normalised": "12"}
        new = {"applies": True, "blocked": False} if revision >= "0003" else {}
        insert(connection, "answers", **answer, raw="12", code="", sheet="研究者", cell="C7", **new)
        value = {"level": "institution", "unit": "00", "indicator": "x", "definition": "-", "counting": "-"}
        insert(connection, "values", submission=key, **value, institution="0001", year=2026, status="ok", value=1.5)
        lineage = {"field": answer["field"], "row_key": answer["row_key"]}
        insert(connection, "value_cells", submission=key, **value, **lineage)
    insert(
        connection, "explanations", institution="0001", rule="R", field="f", row_key="", text="理由", by="総務課",
        state="given", from_submission="c" * 16,
    )  # fmt: skip
    if revision >= "0007":
        insert(
            connection, "explanation_messages", number=1, institution="0001", rule="R", field="f", row_key="",
            submission="c" * 16, act="explained", text="理由", by="総務課", at="2026-05-01 00:00:00",
        )  # fmt: skip
    if revision >= "0002":
        for sequence, given in ((1, False), (2, True)):
            pair = {"institution": "0001", "item": "A1", "sequence": sequence, "given": given}
            pair |= {"revision": sequence} if revision >= "0004" else {}
            insert(connection, "consents", **pair, by="office", at=f"2026-0{8 - sequence}-01 00:00:00")
    if revision >= "0003":
        waits = {"file_name": "w.xlsx", "by": "local", "received_at": "2026-06-03 00:00:00"}
        waits |= {"since": 20} if revision >= "0004" else {}
        insert(connection, "waiting_uploads", sha256=sha256_of(DATA["a" * 16]), **waits)


def made(place: tuple[str, Path], revision: str) -> None:
    engine = engine_for(place[0])
    with transaction(engine) as connection:
        fill(connection, revision)
    engine.dispose()


@pytest.mark.parametrize("revision", EARLIER)
def test_a_store_of_every_earlier_schema_opens_with_all_its_data(place: tuple[str, Path], revision: str) -> None:
    made(place, revision)
    for _ in range(2):
        store = Store.open(place[0], files=place[1])
        assert store.kind == "real" and {key: store.bytes_of(key) for key in DATA} == DATA
        assert store.current("0001", 2026) == "c" * 16 and store.current("0001", 2026, "full") == "b" * 16
        assert store.submission_of_record("0001", 2026) == "c" * 16, "its first version came after the full form"
        assert store.values()["submission"].tolist() == ["c" * 16] and len(store.answers("a" * 16)) == 1
        assert len(store.value_cells("c" * 16)) == 1
        assert (standing_consents(store) == {("0001", "A1")}) is (revision >= "0002")
        assert [upload.data for upload in store.waiting()] == ([b"PK core"] if revision >= "0003" else [])
        ((message,),) = threads_of(store.engine, "0001").values()
        assert (message.act, message.text, message.by) == ("explained", "理由", "総務課")
        first_revision = store.revision()
        store.close()
    store = Store.open(place[0], files=place[1])
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
        assert set(inspect(connection).get_table_names()) == {*tables.metadata.tables, "alembic_version"}
    new = keep(store, b"PK core 3")
    assert store.submission_of_record("0001", 2026) == new and store.revision() == first_revision + 1
    assert store.submissions(all_versions=True)["sequence"].tolist() == [1, 2, 3, 1]
    if revision >= "0002":
        assert said_on_page(store)["0001", "A1"].given
    store.close()


def add_centre(connection: Connection, key: str, unit: str) -> None:
    """The current form of a centre, with one value of that centre."""
    made = {"by": "local", "sha256": sha256_of(DATA["a" * 16]), "size": 1, "file_name": "f.xlsx", "status": "ok"}
    made |= dict.fromkeys(("dictionary_hash", "catalogue_hash", "software"), "x")
    own = {"id": key, "institution": "0001", "year": 2026, "form": "centre", "unit": unit, "sequence": 1}
    own |= {"state": "current", "current_since": 19, "received_at": "2026-06-04 00:00:00"}
    insert(connection, "submissions", **own, **made)
    value = {"level": "centre", "unit": unit, "indicator": "x", "definition": "-", "counting": "-", "status": "ok"}
    insert(connection, "values", submission=key, **value, institution="0001", year=2026, value=2.5)
    gap = {**{k: v for k, v in value.items() if k != "status"}, "benchmark": "b", "entry": "e", "kind": "requirement"}
    insert(connection, "gaps", submission=key, **gap, benchmark_level="centre", comparable=True, verdict="met")


@pytest.mark.parametrize("revision", ["0005", "0006"])
def test_the_centre_of_each_form_is_filled_in_and_what_rests_on_several_is_judged_anew(
    place: tuple[str, Path], revision: str
) -> None:
    engine = engine_for(place[0])
    with transaction(engine) as connection:
        fill(connection, revision)
        for key, unit in (("d" * 16, "K1"), ("e" * 16, "K2")):
            add_centre(connection, key, unit)
        value = {"level": "centre", "unit": "K1", "indicator": "x", "definition": "-", "counting": "-", "status": "ok"}
        insert(connection, "values", submission="c" * 16, **value, institution="0001", year=2026, value=2.0)
    engine.dispose()
    store = Store.open(place[0], files=place[1])
    centres = store.submissions().set_index("id")["centre"]
    assert centres.to_dict() == {"b" * 16: "", "c" * 16: "K1", "d" * 16: "K1", "e" * 16: "K2"}
    assert sorted(store.pending()) == ["b" * 16, "c" * 16], "one centre's form alone was used in their results"
    assert store.gaps(submission="d" * 16)["standing"].tolist() == ["judged"]
    assert store.values(level="centre")["submission"].tolist() == ["c" * 16]
    store.close()


@pytest.mark.parametrize("revision", EARLIER)
def test_a_copy_of_the_database_is_made_first(place: tuple[str, Path], revision: str) -> None:
    made(place, revision)
    Store.open(place[0], files=place[1]).close()
    Store.open(place[0], files=place[1]).close()
    (copy,) = (place[1] / "backups").iterdir()
    assert mode(copy) == 0o600 and mode(copy.parent) == 0o700
    if copy.suffix == ".zip":
        with zipfile.ZipFile(copy) as archive:
            rows = {name: archive.read(name).decode() for name in archive.namelist()}
        kept = list(csv.DictReader(io.StringIO(rows["submissions.csv"])))
        assert {row["id"] for row in kept} == set(DATA) and ("unit" in kept[0]) is (revision >= "0005")
        assert rows["alembic_version.csv"].split()[1] == revision
    else:
        with sqlite3.connect(copy) as database:
            assert database.execute("SELECT version_num FROM alembic_version").fetchone() == (revision,)
            assert database.execute("SELECT count(*) FROM value_cells").fetchone() == (3,)
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_store_that_cannot_be_copied_is_not_migrated(
    place: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    made(place, "0001")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.storage.database.copies.os.fsync", full)
    with pytest.raises(problems.StoreError) as refused:
        Store.open(place[0], files=place[1])
    assert refused.value.text == problems.NOT_WRITABLE and not list((place[1] / "backups").iterdir())
    engine = create_engine(place[0])
    with engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == "0001"
    engine.dispose()
    monkeypatch.undo()
    assert Store.open(place[0], files=place[1]).years() == [2026]


@pytest.mark.parametrize("revision", [one for one in EARLIER if one < "0005"])
def test_a_centre_that_was_replaced_by_another_stands_again(place: tuple[str, Path], revision: str) -> None:
    engine = engine_for(place[0])
    units = [("d" * 16, "WPI1"), ("e" * 16, "WPI2"), ("f" * 16, "WPI1")]
    with transaction(engine) as connection:
        fill(connection, revision)
        for sequence, (key, unit) in enumerate(units, 1):
            own = {"id": key, "institution": "0001", "year": 2026, "form": "centre", "sequence": sequence}
            own |= {"state": "current" if sequence == 3 else "superseded", "status": "ok", "size": 1, "sha256": key}
            own |= dict.fromkeys(("by", "file_name", "dictionary_hash", "catalogue_hash", "software"), "x")
            own |= {"current_since": 16 + sequence} if revision >= "0004" else {}
            insert(connection, "submissions", **own, received_at=f"2026-06-1{sequence} 00:00:00")
            new = {"applies": True, "blocked": False} if revision >= "0003" else {}
            answer = {"submission": key, "field": "units.unit", "row_key": "1"}
            insert(connection, "answers", **answer, raw=unit, normalised=unit, **new)
    engine.dispose()
    store = Store.open(place[0], files=place[1])
    assert store.current("0001", 2026, "centre", "WPI1") == "f" * 16
    assert store.current("0001", 2026, "centre", "WPI2") == "e" * 16
    history = store.submissions("0001", 2026, all_versions=True).set_index("id")
    assert history.loc[[key for key, _ in units], "sequence"].tolist() == [1, 1, 2]
    assert history.loc[["a" * 16, "b" * 16, "c" * 16], "unit"].tolist() == ["", "", ""]
    assert store.submission_of_record("0001", 2026) == "c" * 16
    store.close()


@pytest.mark.parametrize("revision", ["0001", "0004", EARLIER[-1]])
def test_a_restored_backup_of_an_earlier_schema_is_brought_up_to_date_after_a_copy(
    request: pytest.FixtureRequest, place: tuple[str, Path], revision: str, tmp_path: Path
) -> None:
    made(place, revision)
    backup, is_server = tmp_path / "backup", place[0].startswith("postgresql")
    for name in ("blobs", "refused"):
        (backup / name).mkdir(parents=True)
    engine = engine_for(place[0])
    with transaction(engine) as connection:
        copied = copy_database(connection, LocalPlace(backup), "", "database", is_dated=False)
    engine.dispose()
    for data in DATA.values():
        (backup / "blobs" / sha256_of(data)).write_bytes(data)
    hashes = {
        path.relative_to(backup).as_posix(): sha256_of(path.read_bytes())
        for path in backup.rglob("*")
        if path.is_file()
        for path in backup.rglob("*")
        if path.is_file()
    }
    whose = {"store_id": "s" * 32, "kind": "real", "made_at": "2026-06-01", "database": copied}
    (backup / MANIFEST).write_text(json.dumps({**whose, "files": hashes}))
    folder = tmp_path / "restored"
    url = new_database(request.getfixturevalue("postgresql_server"), f"r{revision}") if is_server else folder
    restore(backup, url, folder)
    if revision < "0004":  # such stores had no id of their own yet
        (folder / "store.json").unlink()
    store = Store.open(url, files=folder)
    assert {key: store.bytes_of(key) for key in DATA} == DATA and len(store.values()) == 1
    assert len(list((folder / "backups").iterdir())) == 1
    keep(store, b"PK core 3")
    store.close()
