"""Every act of the command line that is done in the name of a user of the store asks the policy that pages ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.access import APPROVER, EDITOR, FORBIDDEN, LOCAL, OPERATOR, READER, REVIEWER, ROLES, UNIVERSITY_ROLES
from app.cli import main
from app.commands.operation.round_command import ACTS
from app.storage.database.people import add_user, disable_user
from app.storage.store import Store
from tests.support.round_steps import CODES, begin

GIVEN = {
    "open": ("--year", "2027", "--deadline", "2099-06-30"),
    "extend": ("--deadline", "2099-06-30"),
    "reopen": ("--institution", CODES[0], "--until", "2099-06-30", "--reason", "late"),
    "accept": ("--institution", CODES[0]),
    "return": ("--institution", CODES[0], "--reason", "see sheet 3"),
    "forms": ("--form", "none"),  # past the policy it is refused for its form
    "letters": ("--state", "published"),
    "edition": (),
}
MANAGES = {REVIEWER, OPERATOR}
REVIEWS = {REVIEWER}
ALLOWED = {
    **dict.fromkeys(("open", "extend", "close", "reopen", "publish", "letters", "status"), MANAGES),
    **dict.fromkeys(("accept", "return", "forms"), REVIEWS),
    "edition": {EDITOR, APPROVER, READER, REVIEWER, OPERATOR},
    "recompute": {READER, REVIEWER},
}


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A store with a round and a user of each role, and one that was disabled."""
    folder = tmp_path_factory.mktemp("policy") / "store"
    store = Store.open(folder)
    begin(store)
    for role in ROLES:
        add_user(store.engine, LOCAL, role, role, CODES[:1] if role in UNIVERSITY_ROLES else ())
    add_user(store.engine, LOCAL, "gone", REVIEWER)
    disable_user(store.engine, LOCAL, "gone")
    store.close()
    return folder


def is_forbidden(capsys, place: Path, out: Path, act: str, person: str) -> bool:
    needs = ("--out", str(out)) if act in ("forms", "letters", "edition") else ()
    words = ("admin", "round", act, *GIVEN.get(act, ()), *needs, "--by", person, "--store", str(place))
    code = main(["--lang", "en", *words])
    told = capsys.readouterr().err
    assert (FORBIDDEN.en in told) <= (code == 13)
    return FORBIDDEN.en in told


def test_the_table_has_every_act() -> None:
    assert set(ALLOWED) == set(ACTS)


@pytest.mark.parametrize("act", sorted(ALLOWED))
def test_an_act_in_the_name_of_a_user_is_allowed_by_the_role(act, place, tmp_path, capsys) -> None:
    refused = {role for role in ROLES if is_forbidden(capsys, place, tmp_path / role, act, role)}
    assert refused == set(ROLES) - ALLOWED[act]
    assert is_forbidden(capsys, place, tmp_path / "gone", act, "gone"), "a user who was disabled"
    assert not is_forbidden(capsys, place, tmp_path / "own", act, "somebody at this machine")
