"""Behind sign-in: who comes meets the provider first, then exactly the role that the store holds at that moment."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.access import EDITOR, OPERATOR, READER, Actor, has_sign_in, is_local_request
from app.components.navigation import FILE_OF
from app.components.people.sign_in import CLAIMS_VARIABLE
from app.storage.database.people import add_user, disable_user, invite
from app.storage.store import Store
from app.storage.store_location import STORE_VARIABLE
from tests.app.views.test_views import MAIN, words

ROOT = Actor(OPERATOR, None, "root")
AUTH = {
    "redirect_uri": "https://junkan.example/oauth2callback",
    "cookie_secret": "s" * 32,
    "client_id": "junkan",
    "client_secret": "s",
    "server_metadata_url": "https://id.example/.well-known/openid-configuration",
}


@pytest.fixture
def store(demo_store_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    folder = shutil.copytree(demo_store_folder, tmp_path / "demo")
    monkeypatch.setenv(STORE_VARIABLE, str(folder))
    monkeypatch.delenv(CLAIMS_VARIABLE, raising=False)
    return Store.open(folder)


def opened(subject: str | None, *, age: timedelta = timedelta(0), nonce: str = "1", **session: object) -> AppTest:
    """The app as somebody with these claims meets it."""
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.secrets["auth"] = AUTH
    if subject is not None:
        issued = int((datetime.now(UTC) - age).timestamp())
        given = {"iss": "https://id.example", "sub": subject, "iat": issued, "nonce": nonce}
        app.user = {"is_logged_in": True, **given}
    app.query_params["lang"] = "en"
    for key, value in session.items():
        app.session_state[key] = value
    return app.run()


def invited(store: Store, name: str, role: str, *institutions: str) -> str:
    add_user(store.engine, ROOT, name, role, institutions)
    return invite(store.engine, ROOT, name)


def test_nobody_meets_the_sign_in_and_nothing_else(store: Store) -> None:
    app = opened(None)
    assert [one.value for one in app.title] == ["Sign in"] and app.button(key="sign_in")
    assert not app.selectbox and not app.get("download_button") and not app.get("file_uploader")


def test_an_unknown_person_gives_an_invitation_and_is_let_in_with_its_role(store: Store) -> None:
    code = invited(store, "anna", EDITOR, "DEMO-03")
    app = opened("sub-1", role=OPERATOR, acting_for="DEMO-01", institution="DEMO-01")
    assert "not registered here yet" in words(app) and not app.selectbox
    app.text_input(key="invitation").set_value("wrong").run()
    app.button(key="accept").click().run()
    assert "does not hold" in words(app)
    app.text_input(key="invitation").set_value(code).run()
    app.button(key="accept").click().run()
    assert "university editor" in words(app), "what a session value says of a role counts for nothing"
    assert app.session_state["institution"] == "DEMO-03" and "Demo National University Three" in words(app)
    with pytest.raises(ValueError, match="Could not find"):
        app.switch_page(FILE_OF["people"])


def test_a_disabled_user_is_out_at_the_next_run(store: Store) -> None:
    code = invited(store, "ben", READER)
    app = opened("sub-2")
    app.text_input(key="invitation").set_value(code).run()
    app.button(key="accept").click().run()
    assert "ministry reader" in words(app)
    disable_user(store.engine, ROOT, "ben")
    app.run()
    assert "was disabled" in words(app) and not app.selectbox


def test_an_old_cookie_opens_nothing(store: Store) -> None:
    assert "too old" in words(opened("sub-3", age=timedelta(hours=9)))


def test_claims_give_a_role_by_the_mapping(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "claims.yaml").write_text("role: {claim: sub, values: {sub-4: ministry_reviewer}}\n")
    monkeypatch.setenv(CLAIMS_VARIABLE, str(tmp_path / "claims.yaml"))
    assert "ministry reviewer" in words(opened("sub-4"))
    assert "not registered here yet" in words(opened("sub-5"))


def test_a_copied_cookie_opens_nothing_after_sign_out(store: Store, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "claims.yaml").write_text("role: {claim: sub, values: {sub-6: ministry_reader}}\n")
    monkeypatch.setenv(CLAIMS_VARIABLE, str(tmp_path / "claims.yaml"))
    app = opened("sub-6")
    copied = dict(app.user)
    app.button(key="sign_out").click().run()
    again = AppTest.from_file(MAIN, default_timeout=60)
    again.secrets["auth"], again.user, again.query_params["lang"] = AUTH, copied, "en"
    again.run()
    assert "session was ended" in words(again) and not again.selectbox


def test_only_a_whole_set_up_counts_as_sign_in() -> None:
    assert has_sign_in({"auth": AUTH})
    assert not has_sign_in({}) and not has_sign_in({"auth": {**AUTH, "client_secret": ""}})


@pytest.mark.parametrize(
    ("headers", "is_local"),
    [
        ({}, True),
        ({"Host": "localhost:8501"}, True),
        ({"Host": "127.0.0.1:8501"}, True),
        ({"Host": "[::1]:8501"}, True),
        ({"Host": "junkan.example.ac.jp"}, False),
        ({"Host": "localhost:8501", "X-Forwarded-For": "10.0.0.1"}, False),
    ],
)
def test_without_sign_in_only_this_machine_is_served(headers: dict[str, str], is_local: bool) -> None:
    assert is_local_request(headers) is is_local
