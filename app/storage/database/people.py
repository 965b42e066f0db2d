"""People who sign in: users with a role and institutions, invitations, and sessions that can be ended from here.

An identity is issuer and subject of an OpenID Connect provider; neither names nor addresses are kept. A session is
known by the hash of the claims of one sign-in, so that a copied cookie ends with the session it was copied from.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from app.access import ROLES, UNIVERSITY_ROLES, Actor
from app.storage import problems
from app.storage.audit import record
from app.storage.database import tables
from app.storage.database.connection import write_transaction
from app.storage.problems import StoreError
from schemas.dictionary.declaration import Text

ACTIVE, DISABLED = "active", "disabled"
BY_ADMIN, BY_CLAIMS = "admin", "claims"
LONGEST_SESSION = timedelta(hours=8)
INVITED_FOR = timedelta(days=14)
OF_A_SIGN_IN = ("iss", "sub", "iat", "auth_time", "nonce", "jti", "sid")
Claims = Mapping[str, Any]


@dataclass(frozen=True)
class Granted:
    """What a mapping of claims gives: a role, and the institutions it is held for (None: all)."""

    role: str
    institutions: tuple[str, ...] | None


class NotSignedIn(Exception):
    """Whoever signed in may not go on; ``text`` says why and what to do, ``is_unknown`` that an invitation helps."""

    def __init__(self, text: Text, *, is_unknown: bool = False) -> None:
        super().__init__(text.en)
        self.text = text
        self.is_unknown = is_unknown


def add_user(engine: Engine, actor: Actor, name: str, role: str, institutions: Collection[str] = ()) -> None:
    """Adds a user of a role, for some institutions or, for a role of the ministry or the operator, for all.

    Raises StoreError for an unknown role, a role of a university without institution, and a name that is taken.
    """
    if role not in ROLES:
        raise StoreError(problems.UNKNOWN_ROLE.format(role=role, known=", ".join(ROLES)))
    if role in UNIVERSITY_ROLES and not institutions:
        raise StoreError(problems.ROLE_NEEDS_INSTITUTION)
    scope = sorted(institutions) or None
    with write_transaction(engine) as connection:
        if _user(connection, name) is not None:
            raise StoreError(problems.USER_EXISTS.format(name=name))
        row = {"id": name, "role": role, "institutions": scope, "state": ACTIVE, "source": BY_ADMIN}
        connection.execute(insert(tables.users), {**row, "created_at": datetime.now(UTC)})
        record(connection, actor, "user_add", name, given_role=role, institutions=scope)


def users_of(engine: Engine) -> list[dict[str, Any]]:
    """Every user with role, institutions, state and whether an identity is linked, by name."""
    table = tables.users
    with engine.connect() as connection:
        rows = connection.execute(select(table).order_by(table.c.id)).mappings().all()
    names = ("id", "role", "institutions", "state", "source")
    return [{**{name: row[name] for name in names}, "linked": row["subject"] is not None} for row in rows]


def disable_user(engine: Engine, actor: Actor, name: str) -> None:
    """Shuts a user out at once, and ends every session. Raises StoreError for an unknown one."""
    with write_transaction(engine) as connection:
        _find_user(connection, name)
        mine = tables.users.c.id == name
        connection.execute(update(tables.users).where(mine).values(state=DISABLED))
        open_ones = (tables.sessions.c.user == name, tables.sessions.c.ended_at.is_(None))
        connection.execute(update(tables.sessions).where(*open_ones).values(ended_at=datetime.now(UTC)))
        record(connection, actor, "user_disable", name)


def enable_user(engine: Engine, actor: Actor, name: str) -> None:
    """Lets a disabled user in again, with the role and identity it had. Raises StoreError for an unknown one."""
    with write_transaction(engine) as connection:
        _find_user(connection, name)
        connection.execute(update(tables.users).where(tables.users.c.id == name).values(state=ACTIVE))
        record(connection, actor, "user_enable", name)


def invite(engine: Engine, actor: Actor, name: str) -> str:
    """A code that links the identity of whoever gives it first to a user; only its hash is kept.

    Raises StoreError for an unknown or disabled user.
    """
    code = secrets.token_urlsafe(24)
    with write_transaction(engine) as connection:
        if _find_user(connection, name)["state"] == DISABLED:
            raise StoreError(problems.INVITED_IS_DISABLED.format(name=name))
        row = {"code_hash": _hash(code), "user": name, "expires_at": datetime.now(UTC) + INVITED_FOR}
        connection.execute(insert(tables.invitations), row)
        record(connection, actor, "user_invite", name)
    return code


def accept_invitation(engine: Engine, code: str, claims: Claims, now: datetime) -> None:
    """Links an identity to the user that was invited. Raises NotSignedIn for a code that does not hold."""
    issuer, subject = str(claims.get("iss", "")), str(claims.get("sub", ""))
    table = tables.invitations
    with write_transaction(engine) as connection:
        row = connection.execute(select(table).where(table.c.code_hash == _hash(code.strip()))).mappings().first()
        if not issuer or not subject or row is None or row["used_at"] is not None or row["expires_at"] < now:
            raise NotSignedIn(problems.BAD_INVITATION, is_unknown=True)
        connection.execute(update(table).where(table.c.code_hash == row["code_hash"]).values(used_at=now))
        users, mine = tables.users, tables.users.c.id == row["user"]
        linked = users.c.issuer == issuer, users.c.subject == subject  # by claims that give nothing any more
        connection.execute(update(users).where(*linked).values(issuer=None, subject=None))
        connection.execute(update(users).where(mine).values(issuer=issuer, subject=subject))


def session_id(claims: Claims) -> str:
    """What one sign-in is known by: the hash of its claims; the same for a copy of its cookie."""
    return _hash("|".join(str(claims.get(name, "")) for name in OF_A_SIGN_IN))


def actor_of(engine: Engine, claims: Claims, granted: Granted | None, now: datetime) -> Actor:
    """Who signed in, with the role held at this moment. Asked at each run of a page.

    ``granted`` is what the mapping of claims gives; it makes a user on the first sign-in, and is brought up to date
    with each new one. Raises NotSignedIn for a user who is unknown, disabled or was given a role by claims that give
    none now, and for a session that was ended or is too old.
    """
    key = session_id(claims)
    with engine.connect() as connection:
        user = _user_by_identity(connection, claims)
        session = _session(connection, key)
    if session is None:
        user = _begin(engine, claims, granted, now)
        session = {"started_at": now, "ended_at": None}
    if user is None or user["state"] != ACTIVE:
        raise NotSignedIn(problems.USER_DISABLED)
    if session["ended_at"] is not None:
        raise NotSignedIn(problems.SESSION_ENDED)
    if now - session["started_at"] > LONGEST_SESSION:
        raise NotSignedIn(problems.SESSION_OLD)
    return Actor(user["role"], user["institutions"], user["id"])


def has_open_session(engine: Engine, claims: Claims, now: datetime) -> bool:
    """Whether a page has begun the session of a sign-in, and it goes on: not ended, not too old, its user active."""
    with engine.connect() as connection:
        if _session(connection, session_id(claims)) is None:
            return False
    try:
        actor_of(engine, claims, None, now)
    except NotSignedIn:
        return False
    return True


def _begin(engine: Engine, claims: Claims, granted: Granted | None, now: datetime) -> dict[str, Any]:
    """Begins the session of a sign-in; its user. Raises NotSignedIn."""
    issued = datetime.fromtimestamp(float(claims.get("iat") or 0), UTC)
    if now - issued > LONGEST_SESSION:
        raise NotSignedIn(problems.SESSION_OLD)
    with write_transaction(engine) as connection:
        user = _user_by_identity(connection, claims)
        if granted is None and (user is None or user["source"] == BY_CLAIMS):  # what claims gave ends with them
            raise NotSignedIn(problems.USER_UNKNOWN if user is None else problems.ROLE_ENDED, is_unknown=True)
        if granted is not None and (user is None or user["source"] == BY_CLAIMS):
            user = _put_granted(connection, claims, user, granted, now)
        assert user is not None
        if user["state"] != ACTIVE:
            raise NotSignedIn(problems.USER_DISABLED)
        if _session(connection, session_id(claims)) is None:
            row = {"id": session_id(claims), "user": user["id"], "started_at": now}
            connection.execute(insert(tables.sessions), row)
            record(connection, Actor(user["role"], (), user["id"]), "sign_in", user["id"])
    return user


def _put_granted(
    connection: Connection, claims: Claims, user: Mapping[str, Any] | None, granted: Granted, now: datetime
) -> dict[str, Any]:
    issuer, subject = str(claims["iss"]), str(claims["sub"])
    scope = None if granted.institutions is None else sorted(granted.institutions)
    if user is not None:
        mine = tables.users.c.id == user["id"]
        connection.execute(update(tables.users).where(mine).values(role=granted.role, institutions=scope))
        return {**user, "role": granted.role, "institutions": scope}
    row: dict[str, Any] = {"id": f"u-{_hash(f'{issuer}|{subject}')[:12]}", "role": granted.role, "institutions": scope}
    row |= {"state": ACTIVE, "source": BY_CLAIMS, "issuer": issuer, "subject": subject, "created_at": now}
    connection.execute(insert(tables.users), row)
    return row


def end_session(engine: Engine, claims: Claims, now: datetime) -> None:
    """Ends the session of a sign-in for good: neither its cookie nor a copy of it opens anything again."""
    table = tables.sessions
    with write_transaction(engine) as connection:
        session = _session(connection, session_id(claims))
        if session is None or session["ended_at"] is not None:
            return
        connection.execute(update(table).where(table.c.id == session["id"]).values(ended_at=now))
        user = _find_user(connection, session["user"])
        record(connection, Actor(user["role"], (), user["id"]), "sign_out", user["id"])


def sender_of(engine: Engine, signature: str) -> Actor | None:
    """Who left a signature, with the role held now; None for one without a person, as on a machine of its own.

    A user who is unknown or disabled by now may do nothing.
    """
    signed = Actor.from_signature(signature)
    if not signed.person:
        return None
    with engine.connect() as connection:
        user = _user(connection, signed.person)
    if user is None or user["state"] != ACTIVE:
        return signed
    return Actor(user["role"], user["institutions"], user["id"])


def user_named(engine: Engine, name: str) -> Actor | None:
    """A user of the store with the role held now; may do nothing when disabled. None for a name that is no user's."""
    with engine.connect() as connection:
        user = _user(connection, name)
    if user is None:
        return None
    if user["state"] != ACTIVE:
        return Actor(DISABLED, (), user["id"])
    return Actor(user["role"], user["institutions"], user["id"])


def granted_by(claims: Claims, mapping: Mapping[str, Any]) -> Granted | None:
    """Role and institutions that a mapping gives for claims; None where it gives no role that can be used.

    ``mapping`` has, for ``role`` and ``institution``, the name of a claim (``claim``) and its ``values``.
    """
    roles = _mapped_names(claims, mapping.get("role") or {})
    institutions = _mapped_names(claims, mapping.get("institution") or {})
    role = next((one for one in ROLES if one in roles), None)
    if role is None or (role in UNIVERSITY_ROLES and not institutions):
        return None
    return Granted(role, tuple(institutions) if role in UNIVERSITY_ROLES else None)


def _mapped_names(claims: Claims, rule: Mapping[str, Any]) -> list[str]:
    given = claims.get(str(rule.get("claim", "")))
    words: Sequence[Any] = given if isinstance(given, list | tuple) else [given]
    values = rule.get("values") or {}
    named = {str(value): str(name) for value, name in values.items()}  # YAML reads a code of digits as a number
    return [named[str(word)] for word in words if str(word) in named]


def _user(connection: Connection, name: str) -> dict[str, Any] | None:
    row = connection.execute(select(tables.users).where(tables.users.c.id == name)).mappings().first()
    return None if row is None else dict(row)


def _find_user(connection: Connection, name: str) -> dict[str, Any]:
    user = _user(connection, name)
    if user is None:
        raise StoreError(problems.NO_SUCH_USER.format(name=name))
    return user


def _user_by_identity(connection: Connection, claims: Claims) -> dict[str, Any] | None:
    table = tables.users
    mine = (table.c.issuer == str(claims.get("iss", "")), table.c.subject == str(claims.get("sub", "")))
    row = connection.execute(select(table).where(*mine)).mappings().first()
    return None if row is None else dict(row)


def _session(connection: Connection, key: str) -> dict[str, Any] | None:
    row = connection.execute(select(tables.sessions).where(tables.sessions.c.id == key)).mappings().first()
    return None if row is None else dict(row)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
