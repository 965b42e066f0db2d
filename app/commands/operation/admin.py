"""``junkan admin``: makes a store, checks and mends it, backs it up and restores it."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from contextlib import closing

from app.access import OPERATOR, Actor
from app.commands.exit_codes import FINDINGS, FINE, NOT_ALLOWED, Options, UsageProblem, tell, warn
from app.commands.operation.admin_log import show_log
from app.commands.operation.admin_people import erase_workbook, manage_user
from app.storage import problems
from app.storage.audit import note
from app.storage.backup import back_up, restore
from app.storage.files.file_place import address_without_secrets
from app.storage.problems import StoreError
from app.storage.store import Store
from app.storage.store_location import files_given, is_store
from app.texts import say

NEEDS = {"backup": ("--out", "out"), "restore": ("--from", "source")}


def run_admin(options: Options, language: str) -> int:
    """Does one thing to a store: 0 all is well, 11 something is amiss, 13 it cannot be done, and why is said.

    Raises UsageProblem for an action without the folder it needs.
    """
    name, attribute = NEEDS.get(options.action, ("", "action"))
    if getattr(options, attribute) is None:
        raise UsageProblem("missing", what=name)
    actions: dict[str, Callable[[Options, str], int]] = {
        "init": make_store,
        "check": check_store,
        "backup": back_up_store,
        "restore": restore_store,
        "log": show_log_of,
        "user": manage_user_of,
        "erase": erase_workbook_of,
    }
    try:
        return actions[options.action](options, language)
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


def check_store(options: Options, language: str) -> int:
    """Says what is amiss in a store, a line each, after mending what is harmless where that is wanted."""
    with closing(opened_store(options)) as store:
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


def back_up_store(options: Options, language: str) -> int:
    """Backs a store up into a folder or to an address while it is in use."""
    with closing(opened_store(options)) as store:
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
    return check_store(options, language)


def show_log_of(options: Options, language: str) -> int:
    """Writes who did what, all of it or what concerns one institution."""
    with closing(opened_store(options)) as store:
        return show_log(store, options, language)


def manage_user_of(options: Options, language: str) -> int:
    """Keeps the users of a store."""
    with closing(opened_store(options)) as store:
        return manage_user(store, options, operator(), language)


def erase_workbook_of(options: Options, language: str) -> int:
    """Erases the file of a submission."""
    with closing(opened_store(options)) as store:
        return erase_workbook(store, options, operator(), language)


def operator() -> Actor:
    """Whoever runs a command: the account on this machine."""
    return Actor(OPERATOR, None, getpass.getuser())


def opened_store(options: Options) -> Store:
    """The store, which must be there already. Raises StoreError."""
    if not is_store(options.store, _files(options)):
        raise StoreError(problems.NO_STORE)
    return Store.open(options.store, files=_files(options))


def _files(options: Options) -> str | None:
    return options.store_files or files_given()
