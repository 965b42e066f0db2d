"""``junkan admin user`` and ``junkan admin erase``: who may sign in, and the end of a workbook's bytes."""

from __future__ import annotations

from app.access import Actor
from app.commands.exit_codes import FINE, Options, UsageProblem, as_json, checked_ending, tell, warn, write_text
from app.rounds.population import body_of_code
from app.storage.database.people import add_user, disable_user, enable_user, invite, users_of
from app.storage.store import Store
from app.texts import say

USER_ACTS = ("add", "list", "disable", "enable", "invite")


def manage_user(store: Store, options: Options, actor: Actor, language: str) -> int:
    """``add NAME --role R [--institution CODE,…]``, ``list``, ``disable NAME``, ``enable NAME`` or ``invite NAME``.

    Raises UsageProblem for another word or a missing name, StoreError for what the store cannot do.
    """
    act, *names = options.words or ("",)
    if act not in USER_ACTS:
        raise UsageProblem("not_one_of", option="admin user", given=act, known=", ".join(USER_ACTS))
    if act == "list":
        return list_users(store, options, language)
    if len(names) != 1:
        raise UsageProblem("missing", what="NAME")
    if act == "add":
        if options.role is None:
            raise UsageProblem("missing", what="--role")
        given = [code.strip() for code in (options.institution or "").split(",") if code.strip()]
        codes = [body_of_code(store, code).institution for code in given]
        add_user(store.engine, actor, names[0], options.role, codes)
        warn(say("people.added", language, name=names[0], role=say(f"role.{options.role}", language)))
    elif act == "disable":
        disable_user(store.engine, actor, names[0])
        warn(say("people.disabled", language, name=names[0]))
    elif act == "enable":
        enable_user(store.engine, actor, names[0])
        warn(say("people.enabled", language, name=names[0]))
    else:
        tell(invite(store.engine, actor, names[0]))
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


def erase_workbook(store: Store, options: Options, actor: Actor, language: str) -> int:
    """Removes the bytes of a workbook with a reason. Raises UsageProblem without submission or reason, StoreError."""
    for name in ("submission", "reason"):
        if not (getattr(options, name) or "").strip():
            raise UsageProblem("missing", what=f"--{name}")
    store.erase(options.submission, options.reason.strip(), actor)
    warn(say("people.erased", language, id=options.submission))
    return FINE
