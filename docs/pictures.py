"""Pictures of every page in both languages, from the demo: ``make pictures`` (after ``make test``)."""

import io
import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from app.commands.operation.serve import prepare_demo
from app.components.navigation import NAMES
from app.documents.handbook.screen_chapter import picture_name
from app.storage.store_location import DEMO_STORE, STORE_VARIABLE
from app.texts import say
from tests.support.served_demo import settle

HERE = Path(__file__).parent / "pictures"
SAMPLE = Path("templates/xlsx/sample-faulty.xlsx")
SCREEN = {"width": 1366, "height": 900}
PAGES = HERE / "pages"  # kept for the handbook
SMALL, QUALITY = 960, 60  # pixels wide, and of WebP
FOR_README = ("overview", "indicator", "items", "ministry")  # kept beside the README, in Japanese
LANGUAGES = ("ja", "en")


def main(folder: Path) -> None:
    """Serves a copy of the demo, pictures each page into ``folder``, and refreshes the README's own."""
    prepare_demo(DEMO_STORE.resolve(), "en")
    copy = Path("var/pictures-store")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(DEMO_STORE, copy)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.port", str(port)]
    server = subprocess.Popen(command, env={**os.environ, STORE_VARIABLE: str(copy.resolve())})
    try:
        wait(f"http://127.0.0.1:{port}/_stcore/health")
        take(f"http://127.0.0.1:{port}/", folder)
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


def take(address: str, folder: Path) -> None:
    """One whole picture a page and language, and one of the findings of the faulty sample."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as tools:
        chromium = tools.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = chromium.new_page(viewport=SCREEN, locale="ja-JP")
        for language in LANGUAGES:
            for name in NAMES:
                place = "" if name == "home" else name
                query = f"institution=DEMO-01&year=2026&lang={language}&indicator=foreign_researcher_share"
                page.goto(f"{address}{place}?{query}")
                settle(page)
                small_picture(page, PAGES / picture_name(name, language))
                picture(page, folder / f"{name}_{language}.png")
                if language == "ja" and name in FOR_README:
                    page.screenshot(path=HERE / f"{name}.png")
            page.goto(f"{address}upload?lang={language}")
            page.set_input_files("input[type=file]", str(SAMPLE), timeout=60_000)
            settle(page)
            page.get_by_role("button", name=say("upload.marked", language)).wait_for(timeout=60_000)
            picture(page, folder / f"findings_{language}.png")
            if language == "ja":
                page.screenshot(path=HERE / "findings.png")
        chromium.close()


def small_picture(page: Page, path: Path) -> None:
    """The first screen of the page, small enough to stand in the handbook."""
    path.parent.mkdir(exist_ok=True)
    taken = Image.open(io.BytesIO(page.screenshot()))
    taken.resize((SMALL, SMALL * taken.height // taken.width), Image.Resampling.LANCZOS).save(path, quality=QUALITY)


def picture(page: Page, path: Path) -> None:
    """The page down to its end: the content scrolls inside the window, so the window is made as high as it."""
    height = page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({**SCREEN, "height": min(6_000, max(SCREEN["height"], int(height)))})
    page.wait_for_load_state("networkidle")
    page.screenshot(path=path)
    page.set_viewport_size(SCREEN)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "var/pictures"))
