"""Who may see and do what: one policy, asked by every view, command, query and download."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from schemas.dictionary.declaration import Text
from schemas.dictionary.user_facing_error import UserFacingError

Action = Literal[
    "view_own",
    "give_consent",
    "upload",
    "sign_off",
    "download_workbook",
    "download_scorecard",
    "view_comparison",
    "view_ministry",
    "review",
    "manage_round",
    "view_handbook",
    "issue_form",
    "view_log",
    "manage_people",
    "operate",
    "erase",
]
ACTIONS: frozenset[str] = frozenset(get_args(Action))
EDITOR, APPROVER = "university_editor", "university_approver"
READER, REVIEWER, OPERATOR = "ministry_reader", "ministry_reviewer", "operator"
UNIVERSITY_ROLES = (EDITOR, APPROVER)
ROLES = (EDITOR, APPROVER, READER, REVIEWER, OPERATOR)


@dataclass(frozen=True)
class Actor:
    """Who asks: a role, the institutions it is held for (one code, or several; None: all), and who the person is."""

    role: str
    institutions: str | Collection[str] | None = None
    person: str = ""

    def __post_init__(self) -> None:
        given = self.institutions
        scope = None if given is None else frozenset([given] if isinstance(given, str) else given)
        object.__setattr__(self, "institutions", scope)

    def serves(self, institution: str | None) -> bool:
        """Whether the role is held for an institution; without one, for any at all."""
        return self.institutions is None or institution is None or institution in self.institutions

    @property
    def signature(self) -> str:
        """Role and person as one text, as a submission and the log keep it."""
        return f"{self.role} {self.person}".strip()

    @staticmethod
    def from_signature(signature: str) -> Actor:
        """Whoever left a ``signature``; for the log only, since it may do nothing anywhere."""
        role, _, person = signature.partition(" ")
        return Actor(role, (), person)


LOCAL = Actor("local", None)
_UNIVERSITY: frozenset[str] = frozenset(
    {
        *("view_own", "give_consent", "upload", "download_workbook", "download_scorecard", "view_comparison"),
        *("view_handbook", "issue_form", "view_log"),
    }
)
_MINISTRY: frozenset[str] = frozenset(
    {"view_own", "view_comparison", "view_ministry", "view_handbook", "download_scorecard"}
)
POLICY: Mapping[str, frozenset[str]] = {
    "local": ACTIONS,
    EDITOR: _UNIVERSITY,
    APPROVER: _UNIVERSITY | {"sign_off"},
    READER: _MINISTRY,
    REVIEWER: _MINISTRY | {"review", "manage_round", "issue_form", "download_workbook", "view_log"},
    OPERATOR: frozenset({"view_handbook", "view_log", "manage_round", "manage_people", "operate", "erase"}),
}
HOLDS_COUNTS = frozenset({READER, REVIEWER})  # the ministry sees the counts that it holds

FORBIDDEN = Text(
    ja="現在の権限では、この操作はできません。必要な場合は運用担当者にご連絡ください。",
    en="Your role does not allow this. If you need it, ask the operator.",
)


class Forbidden(UserFacingError, PermissionError):
    """The actor may not do this; ``text`` says so in both languages."""

    def __init__(self, text: Text = FORBIDDEN) -> None:
        super().__init__([text])


def may(actor: Actor, action: Action, institution: str | None = None) -> bool:
    """Whether ``actor`` may do ``action``, for ``institution`` where it concerns one. Unknown roles: nothing."""
    return actor.serves(institution) and action in POLICY.get(actor.role, frozenset())


def demand(actor: Actor, action: Action, institution: str | None = None) -> None:
    """Raises Forbidden unless ``may(actor, action, institution)``."""
    if not may(actor, action, institution):
        raise Forbidden()


def sees_small_counts(actor: Actor, institution: str, page_institution: str | None) -> bool:
    """Whether counts 1-4 of ``institution`` may be drawn: on its own page, and for the ministry, which holds them."""
    is_own_page = page_institution == institution and may(actor, "view_own", institution)
    return is_own_page or (actor.role in HOLDS_COUNTS and actor.serves(institution))


SIGN_IN_KEYS = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def has_sign_in(secrets: Mapping[str, object]) -> bool:
    """Whether an OpenID Connect provider is set up: the section ``auth`` of the secrets with all that it needs."""
    auth = secrets.get("auth")
    return isinstance(auth, Mapping) and all(auth.get(key) for key in SIGN_IN_KEYS)


def is_local_request(headers: Mapping[str, str]) -> bool:
    """Whether a request came from this machine to this machine, not through a proxy or under a public name."""
    given = {name.lower(): value for name, value in headers.items()}
    host = given.get("host", "localhost").rsplit("@", 1)[-1]
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return is_loopback(name) and not any(header in given for header in FORWARDED)


def is_loopback(address: str) -> bool:
    """Whether an address can be reached from this machine only."""
    try:
        return address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
