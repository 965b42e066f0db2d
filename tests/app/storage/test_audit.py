"""The log: who did what stands with what was done; nothing in it can be changed, and a change by force is found."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from app.access import APPROVER, EDITOR, LOCAL, Actor
from app.storage.audit import ACTS, entries, note, record
from app.storage.database.connection import transaction, write_transaction
from app.storage.practice import say_consent
from app.storage.store import Store
from tests.app.storage.test_storage import REASON, SECRET, keep, outcome, owner, upload

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
ANNA = Actor(APPROVER, "0001", "anna")
TRIGGERS = {
    "sqlite": ("DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"),
    "postgresql": ("DROP TRIGGER audit_is_kept ON audit",),
}


def without_triggers(store: Store, *commands: str) -> None:
    """Changes the log as somebody could who owns the database."""
    with transaction(store.engine) as connection:
        for command in (*TRIGGERS[connection.dialect.name], *commands):
            connection.execute(text(command))


def test_what_is_done_is_logged_with_who_and_from_which_submission(store: Store) -> None:
    made = outcome()
    sent = upload(b"PK one", by=Actor(EDITOR, "0001", "ben").signature)
    one = store.keep(sent, made, owner(made.institution))
    two = keep(store, b"PK two")
    institution = store.submission(one)["institution"]  # type: ignore[index]
    store.make_current(one, ANNA)
    store.refuse(upload(b"macros"), "FMT-41", REASON)
    say_consent(store, institution, "A1", given=True, by=ANNA.signature, at=NOON)
    note(store.engine, ANNA, "download", one, institution=institution, submission=one, what="original")
    rows = entries(store.engine)
    assert [(row["act"], row["role"], row["by"], row["subject"]) for row in rows] == [
        ("upload", EDITOR, "ben", one),
        ("upload", "local", "", two),
        ("make_current", APPROVER, "anna", one),
        ("refuse", "local", "", "FMT-41"),
        ("consent", APPROVER, "anna", "A1"),
        ("download", APPROVER, "anna", one),
    ]
    assert rows[0]["submission"] == one and rows[0]["facts"]["size"] == 6
    assert [row["sequence"] for row in entries(store.engine, institution=institution)] == [1, 2, 3, 5, 6]
    assert entries(store.engine, institution="another") == []
    assert SECRET not in str(rows), "neither file names nor cell values"
    assert store.check() == []


@pytest.mark.parametrize("command", ["UPDATE audit SET by = 'x'", "DELETE FROM audit"])
def test_the_database_refuses_to_change_the_log(store: Store, command: str) -> None:
    keep(store, b"PK one")
    with pytest.raises(DatabaseError, match="only added to"), transaction(store.engine) as connection:
        connection.execute(text(command.replace("by =", '"by" =')))
    assert store.check() == []


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("UPDATE audit SET \"by\" = 'x' WHERE sequence = 2", ["audit 2"]),
        ("UPDATE audit SET \"at\" = '2020-01-01 00:00:00' WHERE sequence = 1", ["audit 1"]),
        ("UPDATE audit SET facts = '{}' WHERE sequence = 3", ["audit 3"]),
        ("DELETE FROM audit WHERE sequence = 2", ["audit 3"]),
        ("DELETE FROM audit WHERE sequence = 3", ["audit 2"]),
        ("DELETE FROM audit", ["audit 0"]),
        ("UPDATE audit_head SET length = 9", ["audit 3"]),
    ],
)
def test_a_change_by_force_is_found(store: Store, command: str, found: list[str]) -> None:
    for data in (b"PK one", b"PK two", b"PK three"):
        keep(store, data)
    assert store.check() == []
    without_triggers(store, command)
    lines = store.check()
    assert [line.en.rsplit(": ", 1)[1] for line in lines] == found


def test_a_row_that_names_a_submission_that_is_not_there_is_found(store: Store) -> None:
    note(store.engine, LOCAL, "download", "x", submission="f" * 16)
    assert [line.en.rsplit(": ", 1)[1] for line in store.check()] == ["audit 1"]


def test_a_row_stands_with_its_write_or_not_at_all(store: Store) -> None:
    with pytest.raises(RuntimeError), write_transaction(store.engine) as connection:
        record(connection, LOCAL, "erase", "x")
        raise RuntimeError
    assert entries(store.engine) == [] and store.check() == []
    with pytest.raises(ValueError, match="unknown act"), write_transaction(store.engine) as connection:
        record(connection, LOCAL, "burn", "x")  # type: ignore[arg-type]


def test_every_act_has_its_words_in_both_languages() -> None:
    from app.texts import texts

    assert {f"log.act_{act}" for act in ACTS} <= texts().keys()
