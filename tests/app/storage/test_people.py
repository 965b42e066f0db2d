"""Users are added, invited, linked to an identity, and shut out at once; sessions end for good; bytes are erased."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from app.access import EDITOR, OPERATOR, READER, Actor
from app.storage.audit import entries
from app.storage.database.people import (
    LONGEST_SESSION,
    Granted,
    NotSignedIn,
    accept_invitation,
    actor_of,
    add_user,
    disable_user,
    end_session,
    granted_by,
    invite,
    users_of,
)
from app.storage.problems import StoreError
from app.storage.store import Store
from tests.app.storage.test_storage import keep, outcome, owner, upload

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
ROOT = Actor(OPERATOR, None, "root")


def claims(subject: str = "anna", at: datetime = NOW, nonce: str = "1") -> dict[str, object]:
    return {"iss": "https://id.example", "sub": subject, "iat": at.timestamp(), "nonce": nonce}


def test_a_user_signs_in_by_invitation_with_the_role_and_institutions_given(store: Store) -> None:
    add_user(store.engine, ROOT, "anna", EDITOR, ["0001", "0002"])
    with pytest.raises(NotSignedIn) as unknown:
        actor_of(store.engine, claims(), None, NOW)
    assert unknown.value.is_unknown
    code = invite(store.engine, ROOT, "anna")
    accept_invitation(store.engine, code, claims(), datetime.now(UTC))
    actor = actor_of(store.engine, claims(), None, NOW)
    assert actor == Actor(EDITOR, ["0001", "0002"], "anna")
    for again in (code, "", "wrong"):
        with pytest.raises(NotSignedIn):
            accept_invitation(store.engine, again, claims("eve"), datetime.now(UTC))
    assert [row["act"] for row in entries(store.engine)] == ["user_add", "user_invite", "sign_in"]
    assert code not in str(entries(store.engine)) and "anna" not in str(claims("x"))


def test_an_old_invitation_does_not_hold(store: Store) -> None:
    add_user(store.engine, ROOT, "anna", READER)
    code = invite(store.engine, ROOT, "anna")
    with pytest.raises(NotSignedIn):
        accept_invitation(store.engine, code, claims(), datetime.now(UTC) + timedelta(days=15))


def test_a_copied_cookie_opens_nothing_after_sign_out_and_a_new_sign_in_does(store: Store) -> None:
    granted = Granted(READER, None)
    copied = claims()
    assert actor_of(store.engine, copied, granted, NOW).role == READER
    end_session(store.engine, copied, NOW)
    with pytest.raises(NotSignedIn, match="ended"):
        actor_of(store.engine, dict(copied), granted, NOW)
    later = NOW + timedelta(minutes=1)
    assert actor_of(store.engine, claims(at=later, nonce="2"), granted, later).role == READER


def test_a_session_ends_with_its_age_and_an_old_cookie_begins_none(store: Store) -> None:
    granted = Granted(READER, None)
    actor_of(store.engine, claims(), granted, NOW)
    late = NOW + LONGEST_SESSION + timedelta(seconds=1)
    for given in (claims(), claims("ben")):
        with pytest.raises(NotSignedIn, match="too old"):
            actor_of(store.engine, given, granted, late)


def test_a_disabled_user_is_out_at_once_and_a_changed_role_holds_at_once(store: Store) -> None:
    granted = Granted(EDITOR, ("0001",))
    name = actor_of(store.engine, claims(), granted, NOW).person
    disable_user(store.engine, ROOT, name)
    for given in (claims(), claims(at=NOW + timedelta(minutes=5), nonce="2")):
        with pytest.raises(NotSignedIn, match="disabled"):
            actor_of(store.engine, given, granted, NOW + timedelta(minutes=5))
    new = claims("ben")
    assert actor_of(store.engine, new, Granted(EDITOR, ("0001",)), NOW).institutions == {"0001"}
    assert actor_of(store.engine, claims("ben", nonce="2"), Granted(READER, None), NOW).role == READER
    assert actor_of(store.engine, new, None, NOW).role == READER, "the role is looked up at each run"


def test_who_cannot_be_added_is_said(store: Store) -> None:
    for name, role, institutions, words in (
        ("anna", "king", [], "no role king"),
        ("anna", EDITOR, [], "at least one school code"),
    ):
        with pytest.raises(StoreError, match=words):
            add_user(store.engine, ROOT, name, role, institutions)
    add_user(store.engine, ROOT, "anna", READER)
    with pytest.raises(StoreError, match="a user anna already"):
        add_user(store.engine, ROOT, "anna", READER)
    for act in (disable_user, invite):
        with pytest.raises(StoreError, match="no user ben"):
            act(store.engine, ROOT, "ben")
    assert [row["id"] for row in users_of(store.engine)] == ["anna"]


MAPPING = {
    "role": {"claim": "role", "values": {"kyoin": EDITOR, "mext": READER}},
    "institution": {"claim": "org", "values": {"u.example": "0001"}},
}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"role": "kyoin", "org": "u.example"}, Granted(EDITOR, ("0001",))),
        ({"role": ["x", "mext"], "org": "u.example"}, Granted(READER, None)),
        ({"role": "kyoin"}, None),
        ({"role": "kyoin", "org": "another.example"}, None),
        ({"role": "root"}, None),
        ({}, None),
    ],
)
def test_claims_give_a_role_by_the_mapping_and_unknown_ones_none(given, expected) -> None:
    assert granted_by(given, MAPPING) == expected
    assert granted_by(given, {}) is None


def test_a_code_of_digits_that_yaml_reads_as_a_number_is_found() -> None:
    mapping = {**MAPPING, "institution": {"claim": "org", "values": {101110: "0001"}}}
    assert granted_by({"role": "kyoin", "org": "101110"}, mapping) == Granted(EDITOR, ("0001",))


def test_a_role_by_claims_ends_with_them_and_an_invitation_still_lets_in(store: Store) -> None:
    actor_of(store.engine, claims(), Granted(EDITOR, ("0001",)), NOW)
    for moment in (1, 2):  # also when it is tried again
        with pytest.raises(NotSignedIn, match="no longer gives you a role") as ended:
            actor_of(store.engine, claims(nonce=f"later {moment}"), None, NOW)
        assert ended.value.is_unknown
    add_user(store.engine, ROOT, "anna", READER)
    accept_invitation(store.engine, invite(store.engine, ROOT, "anna"), claims(), NOW)
    actor = actor_of(store.engine, claims(nonce="later"), None, NOW)
    assert (actor.person, actor.role) == ("anna", READER)


def test_erased_bytes_are_gone_and_the_values_and_the_log_stay(store: Store) -> None:
    one, two = keep(store, b"PK one"), keep(store, b"PK two")
    store.erase(one, "個人名が含まれていたため", ROOT)
    with pytest.raises(StoreError, match="erased"):
        store.bytes_of(one)
    assert store.bytes_of(two) == b"PK two" and store.check() == []
    assert len(store.values(submission=one)) and len(store.answers(one))
    assert entries(store.engine)[-1]["facts"]["reason"] == "個人名が含まれていたため"
    assert keep(store, b"PK one") == one and store.bytes_of(one) == b"PK one", "given again, it is there again"
    store.erase(one, "x", ROOT)
    late = SimpleNamespace(refuse=lambda *_: "past")
    made = outcome()
    given = store.keep(upload(b"PK one"), made, owner(made.institution), admission=late)
    assert given == one and store.bytes_of(one) == b"PK one", "also after the deadline"
    assert store.check() == []
    with pytest.raises(StoreError):
        store.erase("f" * 16, "x", ROOT)
