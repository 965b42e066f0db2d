"""The store on real files: nothing acknowledged is lost, nothing half is kept, nothing is open to others."""

from __future__ import annotations

import json
import logging
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DatabaseError

from app.access import LOCAL
from app.results.nation.national_practice import details_of_years
from app.storage import problems
from app.storage.column_types import exact_text, storable
from app.storage.database import tables
from app.storage.database.connection import engine_for
from app.storage.files import refusals
from app.storage.store import Outcome, Store, StoreError, Upload
from app.submission.result import Result, outcome_of
from schemas.dictionary.declaration import Text

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECRET = "秘密の氏名"
REASON = Text(ja="マクロが含まれています。", en="The file contains macros.")
KEY = {"level": "institution", "unit": "00", "indicator": "foreign_researcher_share"}
HEADLINE = {**KEY, "definition": "nationality", "counting": "-"}
FINDING = {
    "id": "a1b2c3d4e5f6",
    "rule": "R.RES.001",
    "severity": "error",
    "scope": "row",
    "sheet": "研究者",
    "cell": "D7",
    "cells": ["D7", "E7"],
    "count": 2,
    "field": "researchers.foreign",
    "row_key": "00|professor",
    "value": SECRET,
    "message": {"ja": "総数を超えています。", "en": "Above the total."},
    "remedy": {"ja": "D7を直してください。", "en": "Correct D7."},
    "group": "R.RES.001|researchers.foreign",
}


def upload(data: bytes = b"PK one", **more: Any) -> Upload:
    return Upload(**{"data": data, "file_name": f"{SECRET}.xlsx", "by": "local", "received_at": NOON} | more)


def outcome(**more: Any) -> Outcome:
    answer = {"raw": SECRET, "normalised": 12.0, "code": "", "flag": "", "remark": None, "sheet": "研究者"}
    answer |= {"problem": None, "applies": True, "blocked": False}
    answers = [
        {"field": "researchers.foreign", "row_key": "00|professor", "cell": "D7", "read_as": "12", **answer},
        {"field": "researchers.total", "row_key": "00|professor", "cell": "C7", "read_as": "", **answer},
    ]
    value = HEADLINE | {
        "indicator_version": 1,
        "window_from": None,
        "window_to": None,
        "numerator": 12,
        "denominator": Fraction(801, 2),
        "value": 2.996,
        "lower": 1.5,
        "upper": 5.0,
        "interval_method": "wilson",
        "status": "ok",
        "small": False,
        "flags": "b summed",
        "scale": 2,
    }
    cells = [HEADLINE | {"field": a["field"], "row_key": a["row_key"]} for a in answers]
    gap = HEADLINE | {
        "benchmark": "wpi_requirement",
        "standing": "judged",
        "entry": "2012-04-01",
        "kind": "requirement",
        "comparable": True,
        "benchmark_level": "centre",
        "benchmark_value": "30",
        "gap_points": -27.0,
        "of": "people",
        "replace": 109,
        "add": None,
        "verdict": None,
        "margin": None,
        "fragile": False,
        "source": "mext_wpi_fy2012",
        "seen": "primary",
    }
    score = {
        "level": "institution",
        "unit": "00",
        "element": "researchers",
        "score": 10.0,
        "kind": "direction",
        "band": None,
        "coverage_present": 2,
        "coverage_applicable": 3,
        "dropped": ["foreign_pi_share"],
        "lower": None,
        "upper": None,
        "reason": None,
    }
    frames = {"answers": answers, "values": [value], "value_cells": cells, "gaps": [gap], "scores": [score]}
    made = {name: pd.DataFrame(rows) for name, rows in frames.items()} | {"findings": [FINDING]}
    head = {"institution": "0001", "year": 2026, "form": "core", "is_demo": False, "status": "error"}
    return Outcome(**head | {"dictionary_hash": "d" * 16, "catalogue_hash": "c" * 16} | made | more)


def owner(code: str = "0001", name: str = "架空大学") -> dict[str, str]:
    return {"code": code, "name_ja": name, "name_en": "Imaginary University"}


def keep(store: Store, data: bytes = b"PK one", **more: Any) -> str:
    made = outcome(**more)
    return store.keep(upload(data), made, owner(made.institution))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# Round trip


def test_what_is_kept_comes_back(store: Store) -> None:
    submission = keep(store, b"PK the very bytes")
    assert store.bytes_of(submission) == b"PK the very bytes"
    assert store.findings(submission) == [FINDING]
    answers = store.answers(submission)
    assert answers["normalised"].tolist() == ["12", "12"] and answers["raw"].tolist() == [SECRET, SECRET]
    value = store.values().iloc[0]
    assert (value["numerator"], value["denominator"], value["flags"]) == ("12", "801/2", ["b", "summed"])
    assert (value["institution"], value["year"], value["submission"]) == ("0001", 2026, submission)
    assert pd.isna(value["window_from"]) and not value["small"]
    gap = store.gaps().set_index("indicator").loc["foreign_researcher_share"]
    assert gap["replace"] == 109 and pd.isna(gap["add"]) and pd.isna(gap["verdict"])
    assert store.scores().set_index("element").loc["researchers", "dropped"] == ["foreign_pi_share"]
    lineage = store.value_cells(submission)
    assert (lineage["sheet"] + "!" + lineage["cell"]).tolist() == ["研究者!D7", "研究者!C7"]


def test_columns_are_those_of_the_design(store: Store) -> None:
    keep(store)
    assert list(store.values().columns) == list(tables.values.columns.keys())
    assert list(store.gaps().columns) == [*tables.gaps.columns.keys(), "institution", "year"]
    assert list(store.submissions().columns) == list(tables.submissions.columns.keys())


def test_an_empty_store_answers_with_empty_frames_of_the_same_types(store: Store) -> None:
    empty = store.values(), store.gaps(), store.scores(), store.submissions(), store.institutions()
    keep(store)
    full = store.values(), store.gaps(), store.scores(), store.submissions(), store.institutions()
    for before, after in zip(empty, full, strict=True):
        assert before.empty and (before.dtypes == after.dtypes).all()
    assert store.years() == [2026] and store.years("9999") == [] and store.current("9999", 2026) is None


def test_filters_narrow_what_is_read(store: Store) -> None:
    keep(store)
    keep(store, institution="0002", year=2025)
    assert store.values(institution="0002")["year"].tolist() == [2025]
    assert store.values(year=2026, indicator=KEY["indicator"], level="institution").shape[0] == 1
    assert store.values(level="centre").empty and store.scores(year=2024).empty
    assert store.gaps(institution="0001", year=2026).shape[0] == 1 and store.gaps(level="unit").empty
    assert store.years() == [2025, 2026] and store.years("0001") == [2026]
    assert store.institutions()["code"].tolist() == ["0001", "0002"]


def test_times_are_kept_in_utc_and_need_a_zone(store: Store) -> None:
    tokyo = datetime(2026, 6, 1, 21, tzinfo=timezone(timedelta(hours=9)))
    store.keep(upload(received_at=tokyo), outcome(), owner())
    assert store.submissions()["received_at"].tolist() == [pd.Timestamp(NOON)]
    with pytest.raises(ValueError, match="zone"):
        upload(received_at=datetime(2026, 6, 1))


@pytest.mark.parametrize("broken", ["\ud83d", "a\x00b"])
def test_text_that_no_database_takes_is_kept_readable(store: Store, broken: str) -> None:
    store.keep(upload(file_name=broken), outcome(), owner())
    assert "\ufffd" in store.submissions()["file_name"].item()


@given(st.text())
def test_any_other_text_is_kept_as_it_is(words: str) -> None:
    assert storable(words) == words.replace("\x00", "\ufffd")


@given(st.fractions())
def test_exact_numbers_stay_exact(number: Fraction) -> None:
    assert Fraction(exact_text(number)) == number


@pytest.mark.parametrize("number", [0.1, True, float("inf"), "twelve"])
def test_inexact_numbers_are_not_taken(number: object) -> None:
    with pytest.raises(ValueError):
        exact_text(number)


# Versions


def test_a_new_upload_supersedes_the_one_before(store: Store) -> None:
    first, second = keep(store, b"PK one"), keep(store, b"PK two")
    assert store.current("0001", 2026) == second != first
    assert store.submissions()["id"].tolist() == [second]
    history = store.submissions("0001", 2026, all_versions=True).set_index("id")
    assert history["sequence"].tolist() == [1, 2]
    assert history["state"].to_dict() == {first: "superseded", second: "current"}
    assert history.loc[second, "supersedes"] == first and pd.isna(history.loc[first, "supersedes"])
    assert store.values()["submission"].tolist() == [second]
    assert store.bytes_of(first) == b"PK one" and store.findings(first) == [FINDING]


def test_the_same_bytes_again_are_recognised_and_make_no_new_version(store: Store) -> None:
    first = keep(store)
    assert keep(store, status="check") == first
    history = store.submissions(all_versions=True)
    assert history["sequence"].tolist() == [1] and history["status"].tolist() == ["check"]
    assert store.recognise(outcome(), b"PK one") == first and store.recognise(outcome(), b"PK two") is None
    assert store.recognise(outcome(form="full"), b"PK one") is None
    second = keep(store, b"PK two")
    assert keep(store) == first and store.current("0001", 2026) == first
    states = store.submissions(all_versions=True).set_index("id")["state"].to_dict()
    assert states == {first: "current", second: "superseded"} and store.check() == []


def test_forms_and_years_are_counted_apart(store: Store) -> None:
    keep(store)
    centre = keep(store, form="centre")
    keep(store, year=2025)
    assert store.submissions()["sequence"].tolist() == [1, 1, 1]
    assert store.current("0001", 2026, "centre") == centre


def test_the_id_names_what_it_is_made_of(tmp_path: Path) -> None:
    ids = [keep(Store.open(tmp_path / name)) for name in ("a", "b")]
    assert ids[0] == ids[1] and len(ids[0]) == 16
    assert keep(Store.open(tmp_path / "c"), b"PK other") != ids[0]


def test_an_institution_is_brought_up_to_date(store: Store) -> None:
    store.keep(upload(), outcome(), {**owner(), "ror": "https://ror.org/x"})
    store.keep(upload(), outcome(), owner(name="新架空大学"))
    row = store.institutions().iloc[0]
    assert (row["name_ja"], row["ror"]) == ("新架空大学", "https://ror.org/x")


def test_two_threads_get_their_versions_in_turn(store: Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        ids = list(pool.map(lambda n: keep(store, b"PK %d" % n), range(12)))
        shapes = list(pool.map(lambda _: store.values().shape[0], range(12)))
    assert len(set(ids)) == 12 and set(shapes) == {1}
    history = store.submissions(all_versions=True)
    assert history["sequence"].tolist() == list(range(1, 13))
    assert (history["state"] == "current").sum() == 1
    assert {store.bytes_of(i) for i in ids} == {b"PK %d" % n for n in range(12)}


def test_several_may_open_a_new_store_at_once(open_store: Callable[..., Store]) -> None:
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: open_store("demo"), range(4)))
    assert [s.kind for s in stores] == ["demo"] * 4
    keep(stores[0], is_demo=True)
    assert stores[3].years() == [2026]
    for opened in stores:
        opened.close()


def test_the_stamp_changes_with_every_version(store: Store) -> None:
    seen = [store.stamp()]
    for _ in range(2):
        keep(store)
        seen.append(store.stamp())
    assert len(set(seen)) == 3 and store.stamp() == seen[-1]


# What does not fit


@pytest.mark.parametrize(
    ("frame", "change", "said"),
    [
        ("values", {"numerator": 0.1}, "values.numerator"),
        ("values", {"year": 2025}, "another year"),
        ("values", {"small": "perhaps"}, "values.small"),
        ("scores", {"coverage_present": 0.5}, "scores.coverage_present"),
    ],
)
def test_frames_out_of_shape_are_named_and_leave_nothing(
    store: Store, frame: str, change: dict[str, Any], said: str
) -> None:
    made = getattr(outcome(), frame).assign(**change)
    with pytest.raises(ValueError, match=said):
        keep(store, **{frame: made})
    assert store.submissions(all_versions=True).empty and store.check() == []


def test_a_missing_column_is_named(store: Store) -> None:
    with pytest.raises(ValueError, match="margin"):
        keep(store, gaps=outcome().gaps.drop(columns="margin"))
    with pytest.raises(ValueError, match="colour"):
        keep(store, findings=[{**FINDING, "colour": "red"}])
    with pytest.raises(ValueError, match="campus"):
        store.keep(upload(), outcome(), {**owner(), "campus": "east"})


def test_lineage_to_an_answer_that_is_not_there_keeps_nothing(store: Store) -> None:
    made = outcome()
    with pytest.raises(StoreError) as refused:
        keep(store, answers=made.answers.iloc[:1])
    assert refused.value.text == problems.INCONSISTENT and SECRET not in str(refused.value)
    assert store.submissions(all_versions=True).empty and store.institutions().empty
    assert len(store.check()) == 1 and problems.ORPHAN_BLOB.ja in store.check()[0].ja


def test_an_unknown_submission_is_said(store: Store) -> None:
    with pytest.raises(StoreError) as refused:
        store.bytes_of("0" * 16)
    assert refused.value.text == problems.UNKNOWN_SUBMISSION


# Demo or real, for good


def test_a_new_store_is_real_unless_asked(tmp_path: Path) -> None:
    assert Store.open(tmp_path / "a").kind == "real"
    assert Store.open(str(tmp_path / "b"), "demo").kind == "demo"
    assert Store.open(tmp_path / "b").kind == "demo"


@pytest.mark.parametrize(("kind", "is_demo"), [("demo", False), ("real", True)])
def test_a_store_refuses_the_others_uploads(tmp_path: Path, kind: Any, is_demo: bool) -> None:
    store = Store.open(tmp_path / "store", kind)
    with pytest.raises(StoreError) as refused:
        keep(store, is_demo=is_demo)
    assert refused.value.text in (problems.DEMO_INTO_REAL, problems.REAL_INTO_DEMO)
    assert store.submissions().empty and store.check() == []
    keep(store, is_demo=not is_demo)


@pytest.mark.parametrize(("kind", "other"), [("demo", "real"), ("real", "demo")])
def test_a_store_never_changes_its_kind(tmp_path: Path, kind: Any, other: Any) -> None:
    Store.open(tmp_path / "store", kind).close()
    with pytest.raises(StoreError) as refused:
        Store.open(tmp_path / "store", other)
    assert "{" not in refused.value.text.ja + refused.value.text.en
    assert Store.open(tmp_path / "store", kind).kind == kind


# Where it cannot be


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("mine")
    tmp_path.chmod(0o755)
    with pytest.raises(StoreError) as refused:
        Store.open(tmp_path)
    assert refused.value.text == problems.FOLDER_IN_USE
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.docx"] and mode(tmp_path) == 0o755


def test_a_file_is_no_place_for_a_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StoreError) as refused:
        Store.open(tmp_path / "file")
    assert refused.value.text == problems.NOT_A_FOLDER


def test_a_damaged_database_is_said(tmp_path: Path) -> None:
    Store.open(tmp_path / "store").close()
    (tmp_path / "store" / "store.sqlite").write_bytes(b"no database " * 1000)
    with pytest.raises(StoreError) as refused:
        Store.open(tmp_path / "store")
    assert refused.value.text == problems.UNREADABLE


def test_a_store_of_a_newer_version_is_said(tmp_path: Path) -> None:
    Store.open(tmp_path / "store").close()
    engine = create_engine(f"sqlite:///{tmp_path}/store/store.sqlite")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreError) as refused:
        Store.open(tmp_path / "store")
    assert refused.value.text == problems.NEWER


def test_a_disk_that_cannot_be_written_is_said(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.storage.files.durable.os.fsync", full)
    with pytest.raises(StoreError) as refused:
        keep(store)
    assert refused.value.text == problems.NOT_WRITABLE
    with pytest.raises(StoreError):
        store.refuse(upload(), "FMT-41", REASON)
    monkeypatch.undo()
    assert store.submissions().empty and store.refused() == [] and store.check() == []


def test_a_database_url_needs_a_folder_for_files(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/elsewhere.db"
    with pytest.raises(StoreError) as refused:
        Store.open(url)
    assert refused.value.text == problems.FILES_NEEDED
    store = Store.open(url, "demo", files=tmp_path / "files")
    assert store.bytes_of(keep(store, is_demo=True)) == b"PK one" and store.check() == []
    assert sorted(p.name for p in (tmp_path / "files").iterdir()) == ["blobs", "refused", "store.json"]
    assert Store.open(url, files=tmp_path / "files").kind == "demo"


# Tables


def test_the_migrations_make_exactly_the_tables(tmp_path: Path) -> None:
    Store.open(tmp_path / "store").close()
    engine = create_engine(f"sqlite:///{tmp_path}/store/store.sqlite")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []
        assert set(inspect(connection).get_table_names()) == {*tables.metadata.tables, "alembic_version"}
    engine.dispose()


def test_the_migrations_make_the_same_tables_in_postgresql(postgresql_url: str, tmp_path: Path) -> None:
    opened = Store.open(postgresql_url, files=tmp_path / "files")
    with opened.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []
    opened.close()


def test_codes_are_ordered_the_same_in_every_database(open_store: Callable[..., Store]) -> None:
    opened = open_store()
    codes = ["F10", "f09", "F1-0", "F1_0", "F1", "大学", "あ", "ア", "é"]
    for code in codes:
        keep(opened, institution=code)
    assert opened.institutions()["code"].tolist() == sorted(codes)
    opened.close()


def test_a_demo_nation_reads_alike_in_every_database(
    demo_store_folder: Path,
    processed: dict[tuple[str, int], Result],
    postgresql_url: str,
    tmp_path: Path,
) -> None:
    ours, theirs = Store.open(demo_store_folder), Store.open(postgresql_url, "demo", files=tmp_path / "files")
    for (code, year), result in processed.items():
        sent = Upload(b"%s %d" % (code.encode(), year), f"{code}.xlsx", "demo", datetime(year, 6, 10, tzinfo=UTC))
        theirs.keep(sent, outcome_of(result), result.header["institution_row"])
    for read in (Store.institutions, Store.values, Store.gaps, Store.scores, details_of_years):
        wanted, found = read(ours), read(theirs)
        hidden = ["submission"] if "submission" in wanted else []
        pd.testing.assert_frame_equal(found.drop(columns=hidden), wanted.drop(columns=hidden))
    for code, year in processed:
        pair = [s.current(code, year) for s in (ours, theirs)]
        assert ours.findings(str(pair[0])) == theirs.findings(str(pair[1]))
    ours.close()
    theirs.close()


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("postgresql+psycopg://nobody@/none?host=/nowhere", problems.UNREACHABLE),
        ("mariadb-of-tomorrow://host/name", problems.BAD_URL),
        ("postgresql+asyncpg://host/name", problems.BAD_URL),
        ("://", problems.BAD_URL),
        ("file:store", problems.BAD_URL),
        ("file:///somewhere/store", problems.BAD_URL),
        ("C:\\store", problems.BAD_URL),
        ("postgresql:nobody@host/none", problems.BAD_URL),
        ("s3://bucket/store", problems.BAD_URL),
    ],
)
def test_a_database_that_cannot_be_had_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, location: str, said: Text
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError) as refused:
        Store.open(location, files=tmp_path / "files")
    assert refused.value.text == said
    assert not [path for path in tmp_path.iterdir() if path.name != "files"], "no folder is made by that name"


def test_a_folder_that_is_there_may_be_called_as_it_likes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a:b").mkdir()
    Store.open("a:b").close()
    assert (tmp_path / "a:b" / "store.json").is_file()


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ({"indicator": "x", "level": "institution", "year": 2026}, "ix_values_indicator"),
        ({"institution": "x", "year": 2026}, "ix_values_institution"),
    ],
)
def test_pages_read_by_an_index(tmp_path: Path, wanted: dict[str, object], index: str) -> None:
    Store.open(tmp_path / "store").close()
    engine = create_engine(f"sqlite:///{tmp_path}/store/store.sqlite")
    where = " AND ".join(f'"{column}" = :{column}' for column in wanted)
    with engine.connect() as connection:
        plan = connection.execute(text(f'EXPLAIN QUERY PLAN SELECT * FROM "values" WHERE {where}'), wanted)
        assert index in str(plan.all())
    engine.dispose()


# Open to nobody else, and silent


def test_only_the_owner_can_read(tmp_path: Path) -> None:
    place = tmp_path / "new" / "store"
    store = Store.open(place)
    keep(store)
    store.refuse(upload(b"macros"), "FMT-41", REASON)
    names = {path.name for path in place.iterdir()}
    assert names >= {"store.sqlite", "store.sqlite-wal", "store.sqlite-shm", "blobs", "refused"}
    for path in [place, *place.rglob("*")]:
        assert mode(path) == (0o700 if path.is_dir() else 0o600), path
    assert store.check() == []


@pytest.mark.parametrize("open_store", ["sqlite"], indirect=True)
def test_a_check_names_everything_amiss(store: Store, tmp_path: Path) -> None:
    place = tmp_path / "store"
    kept = [keep(store, b"PK %d" % n, year=2020 + n) for n in range(3)]
    hashes = store.submissions().set_index("id")["sha256"]
    (place / "blobs" / hashes[kept[0]]).unlink()
    (place / "blobs" / hashes[kept[1]]).write_bytes(b"changed")
    (place / "blobs" / ("f" * 64)).write_bytes(b"orphan")
    (place / "blobs" / ".part-x").write_bytes(b"half")
    (place / "refused" / "a.xlsx").write_bytes(b"why")
    (place / "store.sqlite").chmod(0o644)
    found = store.check()
    for what in ("ORPHAN_BLOB", "MISSING_BLOB", "WRONG_HASH", "UNFINISHED", "NO_REASON", "WRONG_MODE"):
        assert any(getattr(problems, what).ja in line.ja for line in found), what
    assert any("store.sqlite (0644)" in line.en for line in found)
    for submission, said in ((kept[0], problems.BLOB_MISSING), (kept[1], problems.BLOB_CHANGED)):
        with pytest.raises(StoreError) as refused:
            store.bytes_of(submission)
        assert refused.value.text == said
    keep(store, b"PK 1", year=2030)
    assert store.bytes_of(kept[1]) == b"PK 1"


def test_the_log_names_no_file_and_no_cell(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        submission = keep(store)
        store.refuse(upload(), "FMT-41", REASON)
        with pytest.raises(StoreError):
            keep(store, b"PK two", answers=outcome().answers.iloc[:1])
        with pytest.raises(ValueError) as named:
            keep(store, values=outcome().values.assign(numerator=SECRET))
    assert submission in caplog.text and "6 bytes" in caplog.text and "FMT-41" in caplog.text
    assert SECRET not in caplog.text and SECRET not in str(named.value)
    assert {record.name for record in caplog.records if record.levelno >= logging.WARNING} == {"junkan"}


def test_errors_of_the_database_carry_no_cells(tmp_path: Path) -> None:
    (tmp_path / "empty.sqlite").touch()
    engine = engine_for(f"sqlite:///{tmp_path}/empty.sqlite")
    with pytest.raises(DatabaseError) as failed, engine.begin() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (:cell)"), {"cell": SECRET})
    assert SECRET not in str(failed.value)


# Refused files


def test_a_refused_file_is_kept_with_its_reason(store: Store) -> None:
    record = store.refuse(upload(b"macros"), "FMT-41", REASON)
    assert store.place.read(f"refused/{record['sha256']}.xlsx") == b"macros"
    (found,) = store.refused()
    assert found == record | {"kept": True}
    assert (found["rule"], found["reason"], found["size"]) == ("FMT-41", REASON.model_dump(), 6)
    assert (found["file_name"], found["by"]) == (f"{SECRET}.xlsx", "local")
    assert found["received_at"] == NOON.isoformat() and found["notes"] == []


def test_a_file_name_never_chooses_a_path(store: Store, tmp_path: Path) -> None:
    sha256 = store.refuse(upload(file_name="../../escape.xlsx"), "FMT-41", REASON)["sha256"]
    kept = {path.name for path in (tmp_path / "store" / "refused").iterdir()}
    assert kept == {f"{sha256}.json", f"{sha256}.xlsx"} and not (tmp_path / "escape.xlsx").exists()


def test_of_a_file_above_the_limit_only_the_record_is_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "LARGEST", 10)
    store.refuse(upload(b"x" * 10), "FMT-41", REASON)
    store.refuse(upload(b"x" * 11, received_at=NOON + timedelta(1)), "FMT-48", REASON)
    assert [(r["size"], r["kept"]) for r in store.refused()] == [(11, False), (10, True)]
    assert store.refused()[0]["notes"] == [problems.REFUSED_TOO_LARGE.model_dump()]


def test_the_oldest_refused_files_make_room_and_it_is_said(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "QUOTA", 40_000)
    folder = tmp_path / "store" / "refused"
    for day in (2, 0, 1, 3, 4):
        record = store.refuse(upload(bytes([day]) * 10_000, received_at=NOON + timedelta(day)), "FMT-41", REASON)
        assert sum(path.stat().st_size for path in folder.iterdir()) <= 40_000
    kept = [(r["received_at"][:10], r["kept"]) for r in store.refused()]
    assert kept == [
        ("2026-06-05", True),
        ("2026-06-04", True),
        ("2026-06-03", True),
        ("2026-06-02", False),
        ("2026-06-01", False),
    ]
    assert len(record["removed"]) == 1 and "1件" in record["notes"][0]["ja"]
    assert store.check() == []


def test_when_records_alone_fill_the_space_the_oldest_go(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "QUOTA", 12_000)
    for minute in range(30):
        store.refuse(upload(b"%d" % minute, received_at=NOON + timedelta(minutes=minute)), "FMT-41", REASON)
    found = store.refused()
    assert 0 < len(found) < 30 and found[0]["received_at"] == (NOON + timedelta(minutes=29)).isoformat()


def test_the_same_file_refused_again_replaces_its_record(store: Store) -> None:
    store.refuse(upload(), "FMT-41", REASON)
    store.refuse(upload(received_at=NOON + timedelta(1)), "FMT-42", REASON)
    (found,) = store.refused()
    assert found["rule"] == "FMT-42" and found["kept"]


# Killed at any point

KILLER = """
import json, os, sys
from pathlib import Path

from sqlalchemy import Engine, event

sys.path[:0] = [{root!r}, {here!r}]
import test_storage as t

steps = limit = 0


def step(*_):
    global steps
    steps += 1
    if steps == limit:
        os._exit(9)


def around(function):
    def stepped(*args, **more):
        step()
        result = function(*args, **more)
        step()
        return result
    return stepped


def arm(at):
    global limit
    limit = at
    for name in ("fsync", "replace"):
        setattr(os, name, around(getattr(os, name)))
    for moment in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(Engine, moment, step)


def run(work, at):
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        arm(at)
        os.write(write, work().encode())
        os._exit(0)
    os.close(write)
    said = os.fdopen(read).read()
    return said, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def sweep(work, stride):
    for at in range(1, 10_000, stride):
        said, code = run(lambda: work(at), at)
        yield at, said, code
        if code != 9:
            return


def opened(at):
    t.Store.open({place!r} + "/opened-%d" % at, "demo").close()
    return "opened"


def kept(at):
    return t.keep(t.Store.open({place!r} + "/kept"), b"PK %d" % at)


t.Store.open({place!r} + "/kept").close()
# Making a store is hundreds of like statements, one migration after another; keeping is few, and each counts.
print(json.dumps([list(sweep(opened, 19)), list(sweep(kept, 1))]))
"""


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[list[Any]]]:
    """A child process per step of opening and keeping, each killed there; what it had acknowledged before."""
    place = tmp_path_factory.mktemp("killed")
    here = Path(__file__).parent
    script = KILLER.format(root=str(here.parents[2]), here=str(here), place=str(place))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return place, json.loads(done.stdout)


def test_a_store_killed_while_it_is_made_opens_again(killed: tuple[Path, list[list[Any]]]) -> None:
    place, (steps, _) = killed
    assert len(steps) > 20 and [code for _, _, code in steps[:-1]] == [9] * (len(steps) - 1)
    assert steps[-1][1:] == ["opened", 0]
    for at, _, _ in steps:
        store = Store.open(place / f"opened-{at}", "demo")
        assert store.kind == "demo" and all(line.ja.startswith(problems.UNFINISHED.ja) for line in store.check())
        store.mend(LOCAL)
        assert store.check() == []
        keep(store, is_demo=True)
        store.close()


def test_a_kill_at_any_point_loses_nothing_acknowledged_and_keeps_nothing_half(
    killed: tuple[Path, list[list[Any]]],
) -> None:
    place, (_, steps) = killed
    assert len(steps) > 30 and steps[-1][2] == 0
    store = Store.open(place / "kept")
    history = store.submissions(all_versions=True)
    acknowledged = [(at, said) for at, said, _ in steps if said]
    assert acknowledged and {said for _, said in acknowledged} <= set(history["id"])
    for at, said in acknowledged:
        assert store.bytes_of(said) == b"PK %d" % at
    assert 0 < len(history) < len(steps)
    assert history["sequence"].tolist() == list(range(1, len(history) + 1))
    assert history["state"].tolist() == ["superseded"] * (len(history) - 1) + ["current"]
    for submission in history["id"]:
        assert store.bytes_of(submission).startswith(b"PK ")
        assert len(store.answers(submission)) == 2 and store.findings(submission) == [FINDING]
        assert len(store.value_cells(submission)) == 2
    left = store.check()
    assert left and all(line.ja.startswith((problems.ORPHAN_BLOB.ja, problems.UNFINISHED.ja)) for line in left), left


# Which form speaks


def test_the_form_received_last_speaks_for_its_institution_and_that_of_the_centre_only_alone(store: Store) -> None:
    centre = keep(store, form="centre")
    assert store.submission_of_record("0001", 2026) == centre and store.values()["submission"].tolist() == [centre]
    core = store.keep(upload(received_at=NOON + timedelta(1)), outcome(), owner())
    full = store.keep(upload(received_at=NOON + timedelta(2)), outcome(form="full"), owner())
    keep(store, form="centre")
    assert store.submission_of_record("0001", 2026) == full and store.submission_of_record("0001", 2025) is None
    for read in (store.values, store.gaps, store.scores):
        assert read()["submission"].tolist() == [full] and read(submission=core)["submission"].tolist() == [core]
    assert store.answers_of_year(2026, "researchers")["submission"].unique().tolist() == [full]
    assert store.submissions(of_record_only=True)["id"].tolist() == [full]
    again = store.keep(upload(received_at=NOON + timedelta(3)), outcome(), owner())
    assert store.submission_of_record("0001", 2026) == again
    assert store.values(submission=core)["submission"].tolist() == [core]
