"""The example of docs/deploy with two replicas over one PostgreSQL and an object store: one is killed under load.

Nothing is lost, and a backup of both, restored to empty ones, holds every acknowledged upload.
"""

from __future__ import annotations

import re
import shutil
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from subprocess import Popen
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from app.access import LOCAL
from app.storage.backup import back_up, restore
from app.storage.store import Store, Upload
from app.submission.result import outcome_of
from tests.support.object_store import new_bucket, object_store
from tests.support.postgresql import new_database, server
from tests.support.proxy import BASE, HOST, proxy
from tests.support.reshape import with_comment
from tests.support.served_demo import QUIET, free_port, settle
from tests.support.signed_in import provider, served, sign_in, write_secrets

pytestmark = pytest.mark.browser
RECEIPT = re.compile(r"\(receipt ([\w.-]+)\)")
ROUNDS = 3


class Service(NamedTuple):
    """Address, port of the proxy, replicas by port, store, bucket, URL of a server's databases, the proxy's logs."""

    address: str
    port: int
    replicas: dict[int, Popen]
    store: Store
    bucket: str
    databases: str
    logs: Path


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder, port, ports = tmp_path_factory.mktemp("service"), free_port(), (free_port(), free_port())
    address = f"https://{HOST}:{port}/{BASE}"
    with ExitStack() as stack:
        databases, known = stack.enter_context(server()), stack.enter_context(object_store())
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in known.items():
            patch.setenv(name, value)
        url, bucket = new_database(databases, "junkan"), new_bucket(known)
        files = f"s3://{bucket}/store"
        store = Store.open(url, "demo", files=files)
        variables = write_secrets(folder, address, stack.enter_context(provider()))
        given = ["--store", url, "--files", files]
        replicas = {one: stack.enter_context(served(one, given, variables, BASE)) for one in ports}
        logs = stack.enter_context(proxy(port, ports))
        yield Service(address, port, replicas, store, bucket, databases, logs)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser that finds the public name on this machine."""
    with sync_playwright() as tools:
        named = f"--host-resolver-rules=MAP {HOST} 127.0.0.1"
        chromium = tools.chromium.launch(executable_path=shutil.which("chromium"), args=[*QUIET, named])
        yield chromium
        chromium.close()


def opened(browser: Browser) -> BrowserContext:
    return browser.new_context(locale="en-GB", ignore_https_errors=True)


def drop(page: Page, name: str, data: bytes) -> None:
    mime = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    page.set_input_files("input[type=file]", {"name": name, "mimeType": mime, "buffer": data})


def acknowledged(page: Page, known: set[str]) -> str:
    """The receipt that the page shows for an upload, once it is one not ``known`` before."""
    line = page.get_by_text(re.compile("^Kept for"))
    for receipt in known:
        line = line.filter(has_not_text=receipt)
    expect(line).to_be_visible(timeout=120_000)
    (found,) = RECEIPT.findall(line.inner_text())
    return str(found)


def replica_of(service: Service) -> int:
    """The port of the replica that answered the last request of a browser, by the log of the proxy."""
    lines = (service.logs / "junkan.log").read_text("utf-8").splitlines()
    found = [re.search(r"127\.0\.0\.1:(\d+)$", line) for line in lines]
    return int([one for one in found if one is not None][-1].group(1))


def status_without_cookie(service: Service, path: str) -> int:
    """The answer of the proxy to whoever has not signed in."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    asked = urllib.request.Request(f"https://127.0.0.1:{service.port}/{BASE}{path}", headers={"Host": HOST})
    try:
        with urllib.request.urlopen(asked, context=context) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_whoever_has_not_signed_in_reaches_no_file_and_no_metrics(service: Service) -> None:
    assert status_without_cookie(service, "/media/abc.pdf") == 403
    assert status_without_cookie(service, "/_stcore/upload_file/s/f") == 403
    assert status_without_cookie(service, "/_stcore/metrics") == 404
    assert status_without_cookie(service, "/_stcore/health") == 200


def test_cookies_are_secure_and_the_policy_lets_the_page_work(service: Service, browser: Browser) -> None:
    context = opened(browser)
    said: list[str] = []
    context.on("console", lambda message: said.append(message.text))
    page = sign_in(context, service.address, "reviewer")
    expect(page.get_by_text("ministry reviewer")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "en", "the page's own script runs under the policy"
    cookies = {cookie["name"]: cookie for cookie in context.cookies()}
    assert {"_streamlit_user", "_streamlit_xsrf", "junkan_node"} <= set(cookies)
    assert all(cookie["secure"] for name, cookie in cookies.items() if name.startswith(("_streamlit", "junkan")))
    assert cookies["_streamlit_user"]["httpOnly"] and not cookies["_streamlit_xsrf"]["httpOnly"]
    assert [text for text in said if "Content Security Policy" in text] == []
    context.close()


def test_a_replica_killed_under_load_loses_no_acknowledged_upload(
    service: Service, browser: Browser, demo_workbooks, processed
) -> None:
    for (code, year), result in processed.items():
        if year == 2025:
            upload = Upload(demo_workbooks[code, year], f"{code}.xlsx", "demo", datetime(2025, 6, 10, tzinfo=UTC))
            service.store.keep(upload, outcome_of(result), result.header["institution_row"])
    first, second = opened(browser), opened(browser)
    pages = {"DEMO-01": sign_in(first, service.address, "approver-1")}
    doomed = replica_of(service)
    pages["DEMO-03"] = sign_in(second, service.address, "approver-3")
    while replica_of(service) == doomed:
        second.clear_cookies(name="junkan_node")
        pages["DEMO-03"].reload()
        settle(pages["DEMO-03"])
    receipts: dict[str, dict[str, bytes]] = {code: {} for code in pages}
    for page in pages.values():
        page.goto(f"{service.address}/upload")
        settle(page)
    for number in range(ROUNDS):
        files = {code: with_comment(demo_workbooks[code, 2026], f"version {number}") for code in pages}
        for code, page in pages.items():
            with page.expect_response(lambda answer: "upload_file" in answer.url) as sent:
                drop(page, f"{code}.xlsx", files[code])
            assert sent.value.status == 204
        if number == 1:
            service.replicas[doomed].kill()
            pages["DEMO-01"].reload()
            settle(pages["DEMO-01"])
            drop(pages["DEMO-01"], "DEMO-01.xlsx", files["DEMO-01"])
        for code, page in pages.items():
            receipts[code][acknowledged(page, set(receipts[code]))] = files[code]
    assert service.replicas[doomed].poll() is not None and replica_of(service) != doomed
    for code, kept in receipts.items():
        assert len(kept) == ROUNDS, code
        for receipt, data in kept.items():
            assert service.store.bytes_of(receipt) == data, receipt
    first.close()
    second.close()
    assert_a_restored_backup_holds(service, {one: data for kept in receipts.values() for one, data in kept.items()})


def assert_a_restored_backup_holds(service: Service, acknowledged: dict[str, bytes]) -> None:
    """What was acknowledged is in a backup at another address, and in the store that is made of it."""
    service.store.mend(LOCAL)  # what the killed replica left behind
    assert service.store.check() == []
    back_up(service.store, f"s3://{service.bucket}/backup")
    empty, files = new_database(service.databases, "again"), f"s3://{service.bucket}/again"
    restore(f"s3://{service.bucket}/backup", empty, files)
    again = Store.open(empty, files=files)
    assert {receipt: again.bytes_of(receipt) for receipt in acknowledged} == acknowledged and again.check() == []
    again.close()
