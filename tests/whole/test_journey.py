"""One journey in a real browser: upload, mend, compare, print; the PDF is read back."""

import io

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from app.documents.scorecard.pdf import font_coverage
from app.edition import catalogue
from app.texts import say, texts
from schemas.register import load_register
from schemas.xlsx.read_workbook import read_workbook

pytestmark = pytest.mark.browser


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


def test_a_page_prints_whole_tables_without_the_sidebar(address, page):
    page.goto(f"{address}/overview?lang=ja&institution=DEMO-01&year=2026")
    expect(page.get_by_role("heading", name="差の一覧")).to_be_visible(timeout=60_000)
    table = page.locator(".print-table tbody")
    expect(table.first).to_be_attached(timeout=60_000)
    labels = table.first.locator("tr th:first-child").all_text_contents()
    printed = PdfReader(io.BytesIO(page.pdf(format="A4")))
    text = "".join("".join(sheet.extract_text() for sheet in printed.pages).split())
    assert len(labels) > 40 and all("".join(label.split()) in text for label in labels)
    assert "表示言語" not in text and "CSVをダウンロード" not in text


def test_a_short_table_sorts_by_the_heading_that_is_pressed(address, page):
    page.goto(f"{address}/side_by_side?lang=ja&institution=DEMO-01&year=2026")
    table = page.locator(".short-table").first
    expect(table).to_be_visible(timeout=60_000)
    before = table.locator("tbody tr th:first-child").all_text_contents()
    table.locator("thead button").first.press("Enter")
    expect(table.locator("thead th").first).to_have_attribute("aria-sort", "ascending")
    after = table.locator("tbody tr th:first-child").all_text_contents()
    assert after != before and sorted(after) == sorted(before)


def test_an_unknown_address_is_told_in_the_language_of_the_page(address, page):
    page.goto(f"{address}/nowhere?lang=ja&institution=DEMO-01&year=2026")
    expect(page.get_by_text("ページが見つかりません")).to_be_visible(timeout=60_000)
    assert page.get_by_text("Page not found").count() == 0


def test_the_first_page_opens_by_its_name_too(address, page):
    page.goto(f"{address}/home?lang=ja&institution=DEMO-03&year=2026")
    expect(page.get_by_role("heading", level=1)).to_have_text(say("nav.home", "ja"), timeout=60_000)
    assert page.get_by_role("dialog").count() == 0
    assert "institution=DEMO-03" in page.url


def test_the_fonts_that_ship_hold_every_character(address, page):
    page.goto(f"{address}/handbook?lang=ja")
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=60_000)
    characters = sorted({*all_characters(), *"～髙﨑𠮷濵德㈱①▲"})
    page.evaluate(
        """([text, family]) => { const box = document.createElement('p'); box.id = 'sample';
        box.style.fontFamily = family; box.textContent = text; document.body.append(box); }""",
        ["".join(characters), "'Noto Sans JP', 'Noto Sans JP More', monospace"],
    )
    page.evaluate("document.fonts.ready")
    tools = page.context.new_cdp_session(page)
    tools.send("DOM.enable")
    tools.send("CSS.enable")
    root = tools.send("DOM.getDocument")["root"]["nodeId"]
    node = tools.send("DOM.querySelector", {"nodeId": root, "selector": "#sample"})["nodeId"]
    fonts = tools.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
    assert [font["familyName"] for font in fonts if not font["isCustomFont"]] == []
    assert {ord(c) for c in characters} <= font_coverage()


def all_characters() -> set[str]:
    """Every visible character of the texts, of the labels of what is declared, and of the register's names."""
    found = {c for text in texts().values() for c in (*text.ja, *text.en)}
    found |= {c for i in load_register().institutions.values() for c in (*i.name_ja, *i.name_en)}
    found |= {c for one in catalogue().indicators.values() for c in (*one.label.ja, *one.label.en)}
    return {c for c in found if c.isprintable() and not c.isspace()}
