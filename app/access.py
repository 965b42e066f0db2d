"""Who may see and do what: one policy, asked by every view, command and download."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from schemas.dictionary.declaration import Text

Action = Literal[
    "view_own",
    "give_consent",
    "upload",
    "download_workbook",
    "download_scorecard",
    "view_comparison",
    "view_ministry",
    "view_handbook",
    "issue_form",
]
ACTIONS: frozenset[str] = frozenset(get_args(Action))


@dataclass(frozen=True)
class Actor:
    """Who asks: a role and, for people of one institution, its code."""

    role: str
    institution: str | None


LOCAL = Actor("local", None)
POLICY: Mapping[str, frozenset[str]] = {"local": ACTIONS}

FORBIDDEN = Text(
    ja="現在の権限では、この操作はできません。必要な場合は運用担当者にご連絡ください。",
    en="Your role does not allow this. If you need it, ask the operator.",
)


class Forbidden(PermissionError):
    """The actor may not do this; ``text`` says so in both languages."""

    def __init__(self, text: Text = FORBIDDEN) -> None:
        super().__init__(text.en)
        self.text = text


def may(actor: Actor, action: Action, institution: str | None = None) -> bool:
    """Whether ``actor`` may do ``action``, for ``institution`` where it concerns one. Unknown roles: nothing."""
    is_own = actor.institution is None or institution in (None, actor.institution)
    return is_own and action in POLICY.get(actor.role, frozenset())


def demand(actor: Actor, action: Action, institution: str | None = None) -> None:
    """Raises Forbidden unless ``may(actor, action, institution)``."""
    if not may(actor, action, institution):
        raise Forbidden()


def sees_small_counts(actor: Actor, institution: str, page_institution: str | None) -> bool:
    """Whether counts 1-4 of ``institution`` may be drawn: only on its own page, for those who may view it."""
    return page_institution == institution and may(actor, "view_own", institution)


def is_loopback(address: str) -> bool:
    """Whether an address can be reached from this machine only."""
    try:
        return address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
