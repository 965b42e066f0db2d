"""Stores made by an earlier version: what they hold is there after the tables were brought up to date."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, insert, table, text
from sqlalchemy import column as named

from app.storage.database.migrate import MIGRATIONS
from app.storage.store import Store

OLD_ANSWERS = [  # field, row key, raw, normalised, code, cell
    ("researchers.total", "00/professor", "12", "12", "", "D7"),
    ("researchers.foreign", "00/professor", "約3", "", "", "E7"),
    ("researchers.total", "centre/professor", "", "", "a", "D30"),
    ("researchers.pi", "00/professor", "該当なし", "", "a", "F7"),
]
ERRORS = [  # rule, field, row key, cells
    ("R.VAL.003", "researchers.foreign", "00/professor", ["E7"]),
    ("R.RES.001", "researchers.total", "00/professor", ["D7", "F7"]),
]


def made_by(revision: str, connection: Connection) -> None:
    """The tables of an earlier revision."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def put(connection: Connection, name: str, *rows: dict[str, object]) -> None:
    connection.execute(insert(table(name, *map(named, rows[0]))), list(rows))


def fill(connection: Connection) -> None:
    """One submission as revision 0002 kept it."""
    now = datetime(2026, 6, 1)
    put(connection, "store_info", {"id": 1, "kind": "real", "created_at": now, "software": "0.1"})
    put(connection, "institutions", {"code": "F1", "name_ja": "大学"})
    words = dict.fromkeys(("by", "file_name", "dictionary_hash", "catalogue_hash", "software"), "x")
    one = {"id": "s1", "institution": "F1", "year": 2025, "form": "core", "sequence": 1, "received_at": now}
    put(
        connection,
        "submissions",
        {**one, **words, "sha256": "0" * 64, "size": 1, "state": "current", "status": "error"},
    )
    names = ("field", "row_key", "raw", "normalised", "code", "cell")
    put(
        connection,
        "answers",
        *({"submission": "s1", "sheet": "研究者", **dict(zip(names, r, strict=True))} for r in OLD_ANSWERS),
    )
    said = {
        "scope": "cell",
        "count": 1,
        "value": "",
        "group": "g",
        "message": "{}",
        "remedy": "{}",
        "severity": "error",
    }
    for n, (rule, field, row_key, cells) in enumerate(ERRORS):
        place = {"rule": rule, "field": field, "row_key": row_key, "sheet": "研究者", "cells": json.dumps(cells)}
        put(connection, "findings", {"submission": "s1", "position": n, "id": f"f{n}", **place, **said})


@pytest.fixture(params=["sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """A store that revision 0002 made and filled, opened by today's version."""
    files = tmp_path / "files"
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/old.sqlite" if is_sqlite else request.getfixturevalue("postgresql_url")
    for name in ("blobs", "refused"):
        (files / name).mkdir(parents=True, mode=0o700)
    engine = create_engine(url)
    with engine.begin() as connection:
        made_by("0002", connection)
        fill(connection)
    engine.dispose()
    return lambda: Store.open(url, files=files)


def test_answers_kept_before_say_what_was_wrong_with_them(opened: Callable[[], Store]) -> None:
    store = opened()
    answers = store.answers("s1").set_index(["field", "row_key"])
    assert len(answers) == len(OLD_ANSWERS) and answers["raw"].tolist().count("12") == 1
    assert answers["blocked"].to_dict() == {
        ("researchers.total", "00/professor"): True,
        ("researchers.foreign", "00/professor"): True,
        ("researchers.total", "centre/professor"): False,
        ("researchers.pi", "00/professor"): True,
    }
    problems = answers["problem"].dropna()
    assert problems.to_dict() == {("researchers.foreign", "00/professor"): "R.VAL.003"}
    left_out = answers.index[~answers["applies"]].tolist()
    assert left_out == [("researchers.total", "centre/professor")], "a typed code is an answer"
    assert store.counted_tables("s1") == {} and store.waiting() == []
    store.close()


def test_bringing_the_tables_up_to_date_twice_changes_nothing(opened: Callable[[], Store]) -> None:
    first = opened()
    before = first.answers("s1")
    first.close()
    again = opened()
    assert again.answers("s1").equals(before) and again.current_forms("F1") == {(2025, "core", ""): "s1"}
    with again.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM submissions")).scalar() == 1
    again.close()
