"""Signing in at a real provider, in a real browser: the role that is held, and every way in which it ends."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select, update

from app.access import EDITOR, OPERATOR, Actor
from app.storage.database import tables
from app.storage.database.connection import write_transaction
from app.storage.database.people import LONGEST_SESSION, add_user, disable_user, invite, users_of
from app.storage.store import Store
from tests.support.served_demo import free_port
from tests.support.signed_in import provider, served, sign_in, write_secrets

pytestmark = pytest.mark.browser
ROOT = Actor(OPERATOR, None, "root")


class Served(NamedTuple):
    """The address under which the app is reached, and its store."""

    address: str
    store: Store


@pytest.fixture(scope="module")
def app(demo_store_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("behind")
    store = shutil.copytree(demo_store_folder, folder / "store")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with provider() as identity:
        variables = write_secrets(folder, address, identity)
        with served(port, ["--store", str(store)], variables):
            yield Served(address, Store.open(store))


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(locale="en-GB", viewport={"width": 1366, "height": 768})
    yield opened
    opened.close()


def test_nothing_but_the_sign_in_meets_whoever_has_not_signed_in(app: Served, context: BrowserContext) -> None:
    page = context.new_page()
    for name in ("", "people", "round", "upload"):
        page.goto(f"{app.address}/{name}?institution=DEMO-01&year=2026&role=operator")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=60_000)
        assert page.locator("[data-testid=stSidebar]").count() == 0
        assert page.locator("input[type=file], [data-testid=stDownloadButton]").count() == 0


def status_of_files(app: Served, context: BrowserContext) -> list[int]:
    """What the addresses of a download and of an upload answer to whoever has the cookies of a browser."""
    download = context.request.get(f"{app.address}/media/none.pdf")
    upload = context.request.put(f"{app.address}/_stcore/upload_file/none/none", data=b"PK")
    return [download.status, upload.status]


def test_files_ask_for_a_session_and_not_only_for_a_cookie(app: Served, context: BrowserContext) -> None:
    assert status_of_files(app, context) == [403, 403]
    forged = {"name": "_streamlit_user", "value": "made-up", "url": app.address}
    context.add_cookies([forged])
    assert status_of_files(app, context) == [403, 403]
    told = context.request.get(f"{app.address}/media/none.pdf").text()
    assert "サインイン" in told and "sign in" in told


def test_a_link_that_was_passed_on_opens_nothing_for_another_who_signed_in(app: Served, browser: Browser) -> None:
    mine, other = (browser.new_context(locale="en-GB") for _ in range(2))
    sign_in(other, app.address, "reviewer")
    page = sign_in(mine, app.address, "approver-3")
    page.goto(f"{app.address}/handbook?section=screens&id=overview")
    picture = page.locator("[data-testid=stImage] img").first
    expect(picture).to_be_visible(timeout=60_000)
    link = urljoin(page.url, str(picture.get_attribute("src")))
    page.goto(f"{app.address}/log")
    with page.expect_download(timeout=60_000) as taken:
        page.locator("[data-testid=stDownloadButton] button").first.click()
    assert "/media/" in link and "/media/" in taken.value.url
    for one in (link, taken.value.url):
        assert mine.request.get(one).status == 200
        refused = other.request.get(one)
        assert refused.status == 404 and "本人" in refused.text() and "yourself" in refused.text()
    for context in (mine, other):
        context.close()


def test_a_claim_gives_a_role_and_its_institution(app: Served, context: BrowserContext) -> None:
    page = sign_in(context, app.address, "approver-3")
    expect(page.get_by_text("university approver")).to_be_visible()
    expect(page.get_by_text("Demo National University Three").first).to_be_visible()
    page.goto(f"{app.address}/people?institution=DEMO-01")
    expect(page.get_by_text("asks for the institution DEMO-01")).to_be_visible(timeout=60_000)
    assert page.get_by_text("Demo National University One").count() == 0, "a link reaches no other institution"
    assert page.get_by_role("heading", name="Users and service").count() == 0, "nor a page of another role"


def test_an_unknown_claim_opens_nothing_and_an_invitation_opens_its_role(app: Served, browser: Browser) -> None:
    king = browser.new_context(locale="en-GB")
    page = king.new_page()
    page.goto(app.address)
    enter(page, "king")
    expect(page.get_by_text("not registered here yet")).to_be_visible(timeout=60_000)
    assert page.locator("[data-testid=stSidebar]").count() == 0
    king.close()
    add_user(app.store.engine, ROOT, "anna", EDITOR, ["DEMO-12"])
    code = invite(app.store.engine, ROOT, "anna")
    guest = browser.new_context(locale="en-GB")
    page = guest.new_page()
    page.goto(app.address)
    enter(page, "guest")
    page.get_by_label("Invitation").fill(code)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_text("university editor")).to_be_visible(timeout=60_000)
    disable_user(app.store.engine, ROOT, "anna")
    page.reload()
    expect(page.get_by_text("was disabled")).to_be_visible(timeout=60_000)
    guest.close()


def enter(page: Page, person: str) -> None:
    page.get_by_role("button", name="Sign in", exact=True).click(timeout=60_000)
    page.get_by_role("button", name=person, exact=True).click()


def test_a_session_ends_with_its_age(app: Served, context: BrowserContext) -> None:
    page = sign_in(context, app.address, "approver-1")
    with write_transaction(app.store.engine) as connection:
        (user,) = [one["id"] for one in users_of(app.store.engine) if one["institutions"] == ["DEMO-01"]]
        mine = tables.sessions.c.user == user
        began = connection.execute(select(tables.sessions.c.started_at).where(mine)).scalar_one()
        late = began - LONGEST_SESSION - timedelta(minutes=1)
        connection.execute(update(tables.sessions).where(mine).values(started_at=late))
    page.reload()
    expect(page.get_by_text("too old and has ended")).to_be_visible(timeout=60_000)
    assert page.locator("[data-testid=stSidebar]").count() == 0


def test_a_copied_cookie_opens_nothing_after_sign_out(app: Served, browser: Browser, context: BrowserContext) -> None:
    page = sign_in(context, app.address, "reviewer")
    expect(page.get_by_text("ministry reviewer")).to_be_visible()
    copied = context.cookies()
    assert any(cookie["name"] == "_streamlit_user" for cookie in copied)
    thief = browser.new_context(locale="en-GB")
    thief.add_cookies(copied)
    assert 403 not in [status_of_files(app, thief)[0], status_of_files(app, context)[0]], "a session that goes on"
    other = thief.new_page()
    other.goto(app.address)
    expect(other.get_by_text("ministry reviewer")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/oauth2/end_session**")
    other.reload()
    expect(other.get_by_text("session was ended")).to_be_visible(timeout=60_000)
    again = thief.new_page()
    again.goto(app.address)
    expect(again.get_by_text("session was ended")).to_be_visible(timeout=60_000)
    assert again.locator("[data-testid=stSidebar]").count() == 0
    assert status_of_files(app, thief) == [403, 403]
    thief.close()
    page.goto(app.address)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=60_000)
