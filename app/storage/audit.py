"""The log of a store: who did what, when, and from which submission, in a chain that shows every later change.

Each row holds the hash of the row before it and its own (SHA-256 over its content and that hash), and the head holds
how many rows there are: a row that was changed, taken away or put in between is found. The database itself refuses
changes and deletions (triggers). Facts are ids, rules, sizes and reasons, never cell values or file names.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from sqlalchemy import Connection, Engine, insert, or_, select, update

from app.access import Actor
from app.storage.column_types import storable
from app.storage.database import tables
from app.storage.database.connection import NOTED, write_transaction
from app.storage.problems import AUDIT_CUT, AUDIT_DIFFERS, line
from schemas.dictionary.declaration import Text

Act = Literal[
    "admin_init",
    "admin_backup",
    "admin_restore",
    "admin_mend",
    "upload",
    "refuse",
    "make_current",
    "explain",
    "take_back",
    "undo",
    "consent",
    "end_consent",
    "download",
    "erase",
    "user_add",
    "user_disable",
    "user_enable",
    "user_invite",
    "sign_in",
    "sign_out",
    "round_open",
    "round_extend",
    "round_close",
    "round_reopen",
    "round_publish",
    "sign_off",
    "withdraw_sign_off",
    "void_sign_off",
    "accept",
    "return",
    "keep_plan",
]
ACTS: frozenset[str] = frozenset(get_args(Act))
FIRST = "0" * 64  # what the first row names as the one before it
HASHED = ("sequence", "at", "by", "role", "act", "subject", "institution", "submission", "facts")


def record(
    connection: Connection,
    actor: Actor,
    act: Act,
    subject: str,
    *,
    institution: str | None = None,
    submission: str | None = None,
    **facts: Any,
) -> int:
    """Adds a row to the log inside a write (``write_transaction``), so that it stands with what was done or not at all.

    ``subject`` names what was acted on; ``institution`` is the one that is shown the row. Returns its number. Raises
    ValueError for an unknown act.
    """
    if act not in ACTS:
        raise ValueError(f"unknown act {act}")
    head = connection.execute(select(tables.audit_head)).mappings().first()
    length, before = (0, FIRST) if head is None else (head["length"], head["hash"])
    row: dict[str, Any] = {
        "sequence": length + 1,
        "at": datetime.now(UTC),
        "by": storable(actor.person),
        "role": storable(actor.role),
        "act": act,
        "subject": storable(subject),
        "institution": institution,
        "submission": submission,
        "facts": {name: value for name, value in facts.items() if value is not None},
        "before": before,
    }
    row["hash"] = hash_of(row)
    connection.execute(insert(tables.audit), row)
    new = {"length": length + 1, "hash": row["hash"]}
    change = insert(tables.audit_head).values(id=1, **new) if head is None else update(tables.audit_head).values(**new)
    connection.execute(change)
    connection.info.get(NOTED, []).append(_as_told(row))
    return length + 1


def _as_told(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as the log of the process tells it: whoever acted as a short hash, no subject, no reasons."""
    who = hashlib.sha256(row["by"].encode()).hexdigest()[:12] if row["by"] else ""
    told = {"act": row["act"], "entry": row["sequence"], "role": row["role"], "who": who}
    return told | {name: row[name] for name in ("institution", "submission") if row[name]}


def note(engine: Engine, actor: Actor, act: Act, subject: str, **facts: Any) -> None:
    """Adds a row of its own to the log, for an act that changes nothing else (a download). Raises StoreError."""
    with write_transaction(engine) as connection:
        record(connection, actor, act, subject, **facts)


def hash_of(row: Mapping[Any, Any]) -> str:
    """SHA-256 of the content of a row together with the hash of the row before it."""
    content = [row["before"], *(row[name] for name in HASHED)]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_moment)
    return hashlib.sha256(storable(text).encode()).hexdigest()


def _moment(value: Any) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"{type(value).__name__} in the log")
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def entries(engine: Engine, *, institution: str | None = None, newest_first: bool = False) -> list[dict[str, Any]]:
    """Rows of the log, all or those that concern one institution, as plain data for people and machines."""
    table = tables.audit
    query = select(table) if institution is None else select(table).where(table.c.institution == institution)
    order = table.c.sequence.desc() if newest_first else table.c.sequence
    with engine.connect() as connection:
        return [_plain(row) for row in connection.execute(query.order_by(order)).mappings()]


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {**row, "at": row["at"].isoformat(timespec="seconds")}


def check_chain(connection: Connection) -> Iterator[Text]:
    """One line for each row that is not as it was written, and one where rows are missing or the head differs."""
    before, length = FIRST, 0
    for row in connection.execute(select(tables.audit).order_by(tables.audit.c.sequence)).mappings():
        length += 1
        if row["sequence"] != length or row["before"] != before or not _is_whole(row):
            yield line(AUDIT_DIFFERS, f"audit {row['sequence']}")
        before, length = row["hash"], row["sequence"]
    head = connection.execute(select(tables.audit_head)).mappings().first()
    if (length, before) != ((0, FIRST) if head is None else (head["length"], head["hash"])):
        yield line(AUDIT_CUT, f"audit {length}")


def _is_whole(row: Mapping[Any, Any]) -> bool:
    return bool(hash_of(row) == row["hash"])


def check_references(connection: Connection) -> Iterator[Text]:
    """One line for each row of the log that names a submission or institution that the store does not hold."""
    table = tables.audit
    submissions, institutions = tables.submissions.c.id, tables.institutions.c.code
    lost = or_(
        table.c.submission.is_not(None) & table.c.submission.not_in(select(submissions)),
        table.c.submission.is_not(None) & table.c.institution.not_in(select(institutions)),
    )
    for sequence in connection.scalars(select(table.c.sequence).where(lost).order_by(table.c.sequence)):
        yield line(AUDIT_DIFFERS, f"audit {sequence}")
