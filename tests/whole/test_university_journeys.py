"""A university's errands in a real browser; each ends with what was stored or downloaded."""

import io
import json
from pathlib import Path

import pytest
from playwright.sync_api import FileChooser, Page, TimeoutError, expect
from pypdf import PdfReader

from app.access import LOCAL
from app.rounds.submission_states import READY, TO_EXPLAIN, lines_of
from app.storage.audit import entries
from app.storage.database.plans import kept_plans
from app.storage.explanations import kept_explanations
from app.storage.store import Store
from app.submission.explain_findings import explain, points_of
from app.texts import say
from schemas.form.sheet_names import ROUTING_PREFIX
from schemas.reading.form_metadata import read_meta
from schemas.xlsx.read_workbook import read_workbook
from tests.support.served_demo import settle, turn_to

pytestmark = pytest.mark.browser
WHY = "新しい研究拠点の設置に伴い、年度途中に研究者を採用したためです。"
SLOW = 60_000


@pytest.fixture(scope="module")
def folder(nation_with_rounds: Path) -> Path:
    return nation_with_rounds


@pytest.fixture(scope="module")
def address(address_with_rounds: str) -> str:
    return address_with_rounds


def taken(page: Page, button: str) -> bytes:
    """The bytes of the file that a button gives."""
    with page.expect_download(timeout=SLOW) as download:
        page.get_by_role("button", name=button).first.click()
    return download.value.path().read_bytes()


def open_page(page: Page, address: str, name: str, **query: str) -> None:
    asked = "&".join(f"{key}={value}" for key, value in {"lang": "ja", "year": "2026", **query}.items())
    page.goto(f"{address}/{name}?{asked}")
    settle(page)


def test_a_first_timer_reads_what_this_is_and_takes_a_form_of_the_own_university(address, page):
    open_page(page, address, "")
    expect(page.get_by_text(say("what.local", "ja"))).to_be_visible(timeout=SLOW)
    open_page(page, address, "form")
    page.get_by_role("textbox", name=say("form.search", "ja")).fill("東北大学", timeout=SLOW)
    page.keyboard.press("Enter")
    settle(page)
    book = read_workbook(taken(page, say("form.download", "ja")))
    meta = read_meta(book)
    assert meta["form"] == "core" and meta["institution"]
    assert [name for name in book.sheets if name.startswith(ROUTING_PREFIX)]


def test_a_point_to_check_is_explained_in_place_and_kept(address, folder, page):
    store = Store.open(folder)
    before = {code: len(kept_explanations(store.engine, code)) for code in store.institutions()["code"]}
    store.close()
    for code in before:
        open_page(page, address, "upload", institution=code)
        if page.get_by_label(say("explain.text", "ja"), exact=True).count():
            break
    page.get_by_label(say("explain.text", "ja"), exact=True).first.fill(WHY)
    page.get_by_label(say("explain.office", "ja")).first.fill("国際企画課")
    page.get_by_role("button", name=say("explain.save", "ja")).first.click()
    expect(page.get_by_text(say("explain.undo", "ja"))).to_be_visible(timeout=SLOW)
    store = Store.open(folder)
    assert WHY in [kept.explanation.text for kept in kept_explanations(store.engine, code)]
    store.close()


def test_an_approver_signs_off_and_the_store_knows_by_whom(address, folder, page):
    store = Store.open(folder)
    with store.engine.connect() as connection:
        line = next(one for one in lines_of(connection, 2026) if one.state in (READY, TO_EXPLAIN))
    for point in points_of(store, line.submission):
        if point.state != "explained":
            explain(store, LOCAL, line.submission, point.finding, WHY, "国際企画課")
    store.close()
    open_page(page, address, "upload", institution=line.institution)
    page.get_by_role("textbox", name=say("place.name", "ja")).first.fill("鈴木 花子", timeout=SLOW)
    page.get_by_role("textbox", name=say("place.office", "ja")).first.fill("学長室")
    page.get_by_role("button", name=say("place.sign", "ja"), exact=True).first.click()
    expect(page.get_by_text("学長室 鈴木 花子").first).to_be_visible(timeout=SLOW)
    store = Store.open(folder)
    with store.engine.connect() as connection:
        signed = [one.sign_off for one in lines_of(connection, 2026, line.institution) if one.sign_off is not None]
    store.close()
    assert "鈴木 花子" in [one.name for one in signed]


def test_a_president_reads_one_page_keeps_a_plan_and_takes_the_scorecard(address, folder, page):
    own = "DEMO-03"
    open_page(page, address, "overview", institution=own)
    expect(page.get_by_text(say("one_page.stand", "ja"), exact=True)).to_be_visible(timeout=SLOW)
    open_page(page, address, "whatif", institution=own, indicator="foreign_researcher_share")
    page.get_by_role("button", name=say("whatif.keep_value", "ja")).first.click()
    expect(page.get_by_text(say("whatif.kept", "ja"))).to_be_visible(timeout=SLOW)
    store = Store.open(folder)
    assert [plan.indicator for plan in kept_plans(store.engine, own)] == ["foreign_researcher_share"]
    store.close()
    open_page(page, address, "scorecard", institution=own)
    page.get_by_role("button", name=say("scorecard.make", "ja")).click()
    expect(page.get_by_role("img").first).to_be_visible(timeout=SLOW)
    text = "".join(one.extract_text() for one in PdfReader(io.BytesIO(taken(page, "PDFをダウンロード"))).pages)
    assert "デモ" in text and "2026" in text


def test_an_analyst_takes_a_schema_and_comes_back_with_one_press(address, page):
    open_page(page, address, "handbook")
    page.goto(f"{address}/analyst?lang=ja")
    expect(page.get_by_role("heading", name=say("analyst.title", "ja"))).to_be_visible(timeout=SLOW)
    settle(page)
    schema = json.loads(taken(page, "scoreboard.schema.json"))
    assert schema["$schema"].startswith("https://json-schema.org/")
    page.get_by_role("link", name=say("nav.exports", "ja")).last.click()
    expect(page.get_by_role("heading", name=say("exports.title", "ja"))).to_be_visible(timeout=SLOW)
    settle(page)
    page.go_back()
    expect(page.get_by_role("heading", name=say("analyst.title", "ja"))).to_be_visible(timeout=SLOW)


def tab_to(page: Page, inside: str) -> None:
    """Goes from control to control with the tab key alone until one that fits the selector holds the focus."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate("inside => document.activeElement.matches(inside)", inside):
            return
    raise AssertionError(f"the tab key never comes to {inside}")


def file_chooser(page: Page) -> FileChooser:
    """The chooser that Enter opens on the field for a file; a run of the page may take the focus in between."""
    for _ in range(3):
        tab_to(page, "[data-testid=stFileUploaderDropzone] button")
        try:
            with page.expect_file_chooser(timeout=SLOW / 4) as chooser:
                page.keyboard.press("Enter")
            return chooser.value
        except TimeoutError:
            continue
    raise AssertionError("the field for a file cannot be opened by keyboard")


def test_from_upload_to_download_by_keyboard_alone(address, folder, page, samples, tmp_path):
    faulty = tmp_path / "記入済み.xlsx"
    faulty.write_bytes(samples["sample-faulty"])
    open_page(page, address, "upload", institution="DEMO-01")
    file_chooser(page).set_files(str(faulty))
    expect(page.get_by_role("button", name=say("upload.marked", "ja")).first).to_be_visible(timeout=SLOW)
    settle(page)
    tab_to(page, ".st-key-marked button")
    with page.expect_download(timeout=SLOW) as download:
        page.keyboard.press("Enter")
    assert next(iter(read_workbook(download.value.path().read_bytes()).sheets)) == "結果"
    page.close()  # whoever goes at once leaves a line in the log all the same
    store = Store.open(folder)
    last = entries(store.engine)[-1]
    assert (last["act"], last["facts"]) == ("download", {"what": "marked"}) and last["submission"]
    store.close()


def test_pages_hold_at_200_per_cent_and_in_forced_colours(address, browser):
    context = browser.new_context(locale="ja-JP", viewport={"width": 683, "height": 384}, forced_colors="active")
    page = context.new_page()
    open_page(page, address, "home", institution="DEMO-01")
    page.wait_for_function("() => document.documentElement.lang === 'ja'")
    overflow = {}
    for name in ("upload", "overview", "indicator", "peers", "whatif", "items", "scorecard", "analyst"):
        turn_to(page, name, "ja", "lang=ja&year=2026&institution=DEMO-01")
        overflow[name] = page.evaluate(
            """() => { const main = document.querySelector('[data-testid=stMain]');
            return Math.max(main.scrollWidth - main.clientWidth,
                            document.documentElement.scrollWidth - window.innerWidth); }"""
        )
    assert max(overflow.values()) <= 1, f"something runs over the edge and has to be scrolled sideways: {overflow}"
    context.close()
