"""``junkan admin``: makes, checks and mends, backs up and restores a store; its log, its users, erased workbooks."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pandas as pd

from app.access import OPERATOR, Actor
from app.commands.exit_codes import (
    FINDINGS,
    FINE,
    NOT_ALLOWED,
    Options,
    UsageProblem,
    as_json,
    checked_ending,
    tell,
    warn,
    write_bytes,
    write_text,
)
from app.documents.export.safe_csv import csv_bytes
from app.rounds.population import body_of_code, words_in
from app.storage import problems
from app.storage.audit import entries, note
from app.storage.backup import back_up, restore
from app.storage.database.people import add_user, disable_user, enable_user, invite, users_of
from app.storage.files.file_place import address_without_secrets
from app.storage.problems import StoreError
from app.storage.store import Store
from app.storage.store_location import files_given, is_store
from app.texts import say

USER_ACTS = ("add", "list", "disable", "enable", "invite")
LOG_COLUMNS = [
    "sequence", "at", "by", "role", "act", "subject", "institution", "submission", "facts", "before", "hash",
]  # fmt: skip
NEEDS = {"backup": ("--out", "out"), "restore": ("--from", "source")}


def run_admin(options: Options, language: str) -> int:
    """Does one thing to a store: 0 all is well, 11 something is amiss, 13 it cannot be done, and why is said.

    Raises UsageProblem for an action without the folder it needs.
    """
    name, attribute = NEEDS.get(options.action, ("", "action"))
    if getattr(options, attribute) is None:
        raise UsageProblem("missing", what=name)
    if options.words and options.action != "user":
        raise UsageProblem("extra_argument", given=options.words[0])
    try:
        if options.action in APART:
            return APART[options.action](options, language)
        with closing(opened_store(options)) as store:
            return ACTIONS[options.action](store, options, language)
    except StoreError as problem:
        warn(problem.text[language])
        return FINDINGS if options.action == "check" else NOT_ALLOWED


def make_store(options: Options, language: str) -> int:
    """Makes a new store, for real data unless it is for the demo. Raises StoreError where there is one."""
    if is_store(options.store, _files(options)):
        raise StoreError(problems.STORE_EXISTS)
    with closing(Store.open(options.store, "demo" if options.demo else "real", files=_files(options))) as store:
        note(store.engine, operator(), "admin_init", "store", kind=store.kind)
        tell(say("admin.made", language, folder=store.place, kind=problems.KINDS[store.kind]))
    return FINE


def check_store(store: Store, options: Options, language: str) -> int:
    """Says what is amiss in a store, a line each, after mending what is harmless where that is wanted."""
    for line in store.mend(operator()) if options.mend else ():
        tell(line[language])
    found = store.check()
    for line in found:
        tell(line[language])
    if found:
        warn(say("admin.amiss" if options.mend else "admin.amiss_mend", language, n=len(found)))
        return FINDINGS
    waiting, pending = len(store.waiting()), len(store.pending())
    if waiting or pending:
        tell(say("admin.open_work", language, waiting=waiting, pending=pending))
    warn(say("admin.well", language))
    return FINE


def back_up_store(store: Store, options: Options, language: str) -> int:
    """Backs a store up into a folder or to an address while it is in use."""
    manifest = back_up(store, options.out)
    note(store.engine, operator(), "admin_backup", "store", files=len(manifest["files"]))
    tell(say("admin.backed_up", language, folder=address_without_secrets(options.out), n=len(manifest["files"])))
    return FINE


def restore_store(options: Options, language: str) -> int:
    """Restores a backup to an empty folder, or a database with its files, opens it and checks it."""
    manifest = restore(options.source, options.store, _files(options))
    with closing(opened_store(options)) as store:
        note(store.engine, operator(), "admin_restore", "store", made_at=manifest["made_at"])
        made, shown = manifest["made_at"], address_without_secrets(options.store)
        tell(say("admin.restored", language, folder=shown, made=made, n=len(manifest["files"])))
        return check_store(store, options, language)


def show_log(store: Store, options: Options, language: str) -> int:
    """Writes the rows of the log; without an output one line each, oldest first."""
    checked_ending("--csv", options.csv, ".csv")
    checked_ending("--json", options.json, ".json")
    rows = entries(store.engine, institution=options.institution)
    if options.institution is not None and not rows:
        body_of_code(store, options.institution)  # a code that is none is said, not answered by nothing
    if options.json is not None:
        write_text(options.json, as_json(rows))
    if options.csv is not None:
        write_bytes(Path(options.csv), log_csv(rows))
    if options.json is None and options.csv is None:
        for row in rows:
            told = (row["sequence"], row["at"], row["role"], row["by"], row["act"], row["subject"], row["institution"])
            tell("  ".join(str(word) for word in told if word not in (None, "")))
    return FINE


def log_csv(rows: list[dict[str, object]]) -> bytes:
    """Rows of the log as CSV, facts as JSON in one cell."""
    flat = [{**row, "facts": json.dumps(row["facts"], ensure_ascii=False, sort_keys=True)} for row in rows]
    return csv_bytes(pd.DataFrame(flat, columns=LOG_COLUMNS))


def manage_user(store: Store, options: Options, language: str) -> int:
    """``add NAME --role R [--institution CODE,…]``, ``list``, ``disable NAME``, ``enable NAME`` or ``invite NAME``.

    Raises UsageProblem for another word or a missing name, StoreError for what the store cannot do.
    """
    act, *names = options.words or ("",)
    if act not in USER_ACTS:
        raise UsageProblem("not_one_of", option="admin user", given=act or "–", known=", ".join(USER_ACTS))
    if act == "list":
        return list_users(store, options, language)
    if not names or not names[0].strip():
        raise UsageProblem("missing", what="NAME")
    if len(names) > 1:
        raise UsageProblem("extra_argument", given=names[1])
    if act == "add":
        if options.role is None:
            raise UsageProblem("missing", what="--role")
        given = words_in(options.institution)
        codes = [body_of_code(store, code).institution for code in given]
        add_user(store.engine, operator(), names[0], options.role, codes)
        warn(say("people.added", language, name=names[0], role=say(f"role.{options.role}", language)))
    elif act == "disable":
        disable_user(store.engine, operator(), names[0])
        warn(say("people.disabled", language, name=names[0]))
    elif act == "enable":
        enable_user(store.engine, operator(), names[0])
        warn(say("people.enabled", language, name=names[0]))
    else:
        tell(invite(store.engine, operator(), names[0]))
        warn(say("people.invited", language, name=names[0]))
    return FINE


def list_users(store: Store, options: Options, language: str) -> int:
    """Every user on a line, or as JSON."""
    checked_ending("--json", options.json, ".json")
    rows = users_of(store.engine)
    if options.json is not None:
        write_text(options.json, as_json(rows))
        return FINE
    for row in rows:
        scope = ",".join(row["institutions"] or ["*"])
        state = say(f"people.state_{row['state']}", language)
        linked = say("people.linked" if row["linked"] else "people.not_linked", language)
        tell(f"{row['id']}  {row['role']}  {scope}  {state}  {linked}")
    return FINE


def erase_workbook(store: Store, options: Options, language: str) -> int:
    """Removes the bytes of a workbook with a reason. Raises UsageProblem without submission or reason, StoreError."""
    for name in ("submission", "reason"):
        if not (getattr(options, name) or "").strip():
            raise UsageProblem("missing", what=f"--{name}")
    store.erase(options.submission, options.reason.strip(), operator())
    warn(say("people.erased", language, id=options.submission))
    return FINE


def operator() -> Actor:
    """Whoever runs a command: the account on this machine."""
    return Actor(OPERATOR, None, account())


def account() -> str:
    """The name of the account on this machine; its number where it has none, as in a container."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def opened_store(options: Options) -> Store:
    """The store, which must be there already. Raises StoreError."""
    if not is_store(options.store, _files(options)):
        raise StoreError(problems.NO_STORE)
    return Store.open(options.store, files=_files(options))


def _files(options: Options) -> str | None:
    return options.store_files or files_given()


APART: dict[str, Callable[[Options, str], int]] = {"init": make_store, "restore": restore_store}  # of a store to come
ACTIONS: dict[str, Callable[[Store, Options, str], int]] = {
    "check": check_store,
    "backup": back_up_store,
    "log": show_log,
    "user": manage_user,
    "erase": erase_workbook,
}
