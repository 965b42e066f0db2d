"""One journey in a real browser: upload, mend, compare, print; the PDF is read back."""

import io
import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pypdf import PdfReader

from app.storage.store_location import STORE_VARIABLE
from schemas.xlsx.read_workbook import read_workbook

pytestmark = pytest.mark.browser
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def address(demo_store_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("served") / "demo"
    shutil.copytree(demo_store_folder, folder)
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.address", "127.0.0.1"]
    server = subprocess.Popen(
        [*command, "--server.port", str(port)],
        env={**os.environ, STORE_VARIABLE: str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/_stcore/health", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    """Returns when the server answers; fails when it ends first."""
    while server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            continue
    raise AssertionError("the server ended before it answered")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as tools:
        chromium = tools.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="ja-JP", viewport={"width": 1366, "height": 768})
    opened = context.new_page()
    opened.set_default_timeout(60_000)
    yield opened
    context.close()


def test_from_upload_to_a_printed_scorecard(address, page, samples, tmp_path):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    faulty = tmp_path / "記入済み.xlsx"
    faulty.write_bytes(samples["sample-faulty"])
    page.goto(f"{address}/upload")
    expect(page.get_by_role("heading", name="アップロードと確認")).to_be_visible(timeout=60_000)
    page.set_input_files("input[type=file]", str(faulty))
    page.get_by_role("button", name="このファイルを保存する").click(timeout=60_000)  # it is another institution's
    expect(page.get_by_text("確認が終わりました")).to_be_visible(timeout=60_000)
    with page.expect_download() as download:
        page.get_by_role("button", name="印の付いたブックをダウンロード").click()
    marked = tmp_path / "marked.xlsx"
    download.value.save_as(marked)
    assert next(iter(read_workbook(marked.read_bytes()).sheets)) == "結果"

    page.goto(f"{address}/scorecard?institution=DEMO-01&year=2026&lang=ja")
    page.get_by_role("button", name="PDFを作成する").click()
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("button", name="PDFをダウンロード").click()
    pdf = tmp_path / "card.pdf"
    download.value.save_as(pdf)
    text = "".join(p.extract_text() for p in PdfReader(io.BytesIO(pdf.read_bytes())).pages)
    assert "デモ国立第一大学" in text and "デモデータ" in text
    assert page.evaluate("document.documentElement.lang") == "ja"
    strangers = [url for url in asked if not url.startswith((address, address.replace("http", "ws"), "data:", "blob:"))]
    assert strangers == []


def test_language_switch_keeps_the_place_and_a_link_can_be_shared(address, page):
    page.goto(f"{address}/indicator?institution=DEMO-03&year=2025&indicator=foreign_pi_share&lang=ja")
    expect(page.get_by_role("heading", name="指標の詳細")).to_be_visible(timeout=60_000)
    page.get_by_role("radio", name="English").or_(page.get_by_role("button", name="English")).first.click()
    expect(page.get_by_role("heading", name="One indicator")).to_be_visible(timeout=60_000)
    page.wait_for_url("**/indicator?*lang=en*")
    for part in ("institution=DEMO-03", "year=2025", "indicator=foreign_pi_share"):
        assert part in page.url
    assert page.evaluate("document.documentElement.lang") == "en"
