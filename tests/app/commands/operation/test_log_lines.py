"""The log of a process: JSON lines of who did what, without a name, a file name or a cell, rotated by size."""

from __future__ import annotations

import json
import logging
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.access import EDITOR, OPERATOR, Actor
from app.commands.operation.log_lines import LOGGER, set_up_log
from app.storage.audit import entries, record
from app.storage.database.connection import write_transaction
from app.storage.database.people import add_user
from app.storage.store import Store, Upload
from tests.app.storage.test_storage import SECRET, outcome
from tests.support.round_steps import CODES, begin

PERSON, FILE = "佐藤花子", "佐藤の調査票.xlsx"


@pytest.fixture
def log_to() -> Iterator[Callable[..., Path]]:
    """Sets a log up in a file, and takes it down after the test."""
    made: list[logging.Handler] = []
    log = logging.getLogger(LOGGER)
    before = log.level, log.propagate

    def set_up(path: Path, **more: Any) -> Path:
        made.append(set_up_log(str(path), **more))
        return path

    yield set_up
    for handler in made:
        log.removeHandler(handler)
        handler.close()
    log.level, log.propagate = before


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_acts_stand_with_role_and_number_and_nobody_is_named(tmp_path: Path, log_to: Callable[..., Path]) -> None:
    path = log_to(tmp_path / "logs" / "8601.jsonl")
    store = Store.open(tmp_path / "store", "real")
    begin(store)
    add_user(store.engine, Actor(OPERATOR, None, "root"), PERSON, EDITOR, [CODES[0]])
    signature = Actor(EDITOR, CODES[0], PERSON).signature
    upload = Upload(b"PK one", FILE, signature, datetime(2026, 6, 1, tzinfo=UTC))
    kept = store.keep(upload, outcome(institution=CODES[0]), {"code": CODES[0], "name_ja": "架空大学"})
    told = lines(path)
    acts = {one["act"]: one for one in told if "act" in one}
    assert {"round_open", "user_add", "upload"} <= set(acts)
    sent = acts["upload"]
    assert (sent["role"], sent["institution"], sent["submission"]) == (EDITOR, CODES[0], kept)
    row = next(one for one in entries(store.engine) if one["act"] == "upload")
    assert sent["entry"] == row["sequence"] and row["by"] == PERSON, "the number leads to the log of the store"
    assert len(sent["who"]) == 12 and all({"at", "level"} <= set(one) for one in told)
    text = path.read_text("utf-8")
    assert not [one for one in (PERSON, FILE, SECRET, "架空大学") if one in text]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_was_rolled_back_was_not_done(tmp_path: Path, log_to: Callable[..., Path]) -> None:
    path = log_to(tmp_path / "log.jsonl")
    store = Store.open(tmp_path / "store", "real")
    with pytest.raises(KeyboardInterrupt), write_transaction(store.engine) as connection:
        record(connection, Actor(OPERATOR), "erase", "x")
        raise KeyboardInterrupt
    add_user(store.engine, Actor(OPERATOR), "ben", OPERATOR)
    assert [one["act"] for one in lines(path) if "act" in one and one["act"] != "admin_init"] == ["user_add"]


def test_a_fault_is_told_by_kind_and_place_without_its_message(tmp_path: Path, log_to: Callable[..., Path]) -> None:
    path = log_to(tmp_path / "log.jsonl")
    try:
        raise ValueError(SECRET)
    except ValueError:
        logging.getLogger(LOGGER).exception("page failed")
    (found,) = lines(path)
    assert (found["text"], found["fault"], found["level"]) == ("page failed", "ValueError", "error")
    assert found["where"] and SECRET not in path.read_text("utf-8")


def test_files_rotate_by_size_and_the_oldest_go(tmp_path: Path, log_to: Callable[..., Path]) -> None:
    log_to(tmp_path / "log.jsonl", largest=400, kept=2)
    for number in range(40):
        logging.getLogger(LOGGER).info("line %d", number)
    found = sorted(one.name for one in tmp_path.iterdir())
    assert found == ["log.jsonl", "log.jsonl.1", "log.jsonl.2"]
    assert {stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()} == {0o600}
