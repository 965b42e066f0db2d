"""Takes the README's pictures from the demo: ``.venv/bin/python docs/pictures.py`` (after ``make test``)."""

import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

from app.commands.operation.serve import prepare_demo
from app.storage.store_location import DEMO_STORE, STORE_VARIABLE

HERE = Path(__file__).parent / "pictures"
OWN = "institution=DEMO-01&year=2026&lang=ja"
PAGES = {
    "overview": f"overview?{OWN}",
    "indicator": f"indicator?{OWN}&indicator=foreign_researcher_share",
    "items": f"items?{OWN}",
    "ministry": f"ministry?{OWN}",
}
SAMPLE = Path("templates/xlsx/sample-faulty.xlsx")


def main() -> None:
    """Serves a copy of the demo and pictures each page."""
    prepare_demo(DEMO_STORE.resolve(), "en")
    copy = Path("var/pictures")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(DEMO_STORE, copy)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.port", str(port)]
    server = subprocess.Popen(command, env={**os.environ, STORE_VARIABLE: str(copy.resolve())})
    try:
        wait(f"http://127.0.0.1:{port}/_stcore/health")
        take(f"http://127.0.0.1:{port}/")
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(copy)


def wait(url: str) -> None:
    """Returns when the server answers."""
    while True:
        try:
            urllib.request.urlopen(url, timeout=5)
            return
        except OSError:
            continue


def take(address: str) -> None:
    """One picture a page, and one of the findings of the faulty sample."""
    with sync_playwright() as tools:
        chromium = tools.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1366, "height": 900}, locale="ja-JP")
        for name, path in PAGES.items():
            page.goto(address + path)
            page.wait_for_selector("h1", timeout=60_000)
            page.wait_for_selector("canvas, svg.marks", timeout=60_000)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=HERE / f"{name}.png")
        page.goto(f"{address}upload?lang=ja")
        page.set_input_files("input[type=file]", str(SAMPLE), timeout=60_000)
        page.wait_for_selector("text=確認が終わりました", timeout=60_000)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=HERE / "findings.png")
        chromium.close()


if __name__ == "__main__":
    main()
