"""Every page in both languages under axe-core's rules for WCAG 2.2 A and AA, in a real browser."""

from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from app.components.navigation import NAMES
from app.components.session import KEYS
from tests.support.served_demo import settle, turn_to

pytestmark = pytest.mark.browser
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
# What the framework draws itself and gives no means to change: rule -> the part of the page that it draws.
FRAMEWORK = {"target-size": "stMultiSelect", "list": "stSidebarNav", "listitem": "stSidebarNav"}


def ours(page: Page, rule: str, target: str) -> bool:
    """Whether an element that breaks a rule is drawn by the product."""
    part = FRAMEWORK.get(rule)
    return part is None or not page.locator(target).first.evaluate(
        "(element, part) => element.closest(`[data-testid=${part}]`) !== null", part
    )


# Names in Latin letters alone, of what is no text of a page or of a user and no part of a chart.
ENGLISH_NAMES = """() => [...document.querySelectorAll('[aria-label], [placeholder]')]
  .filter(one => !one.closest('[data-testid=stHtml], [data-testid=stVegaLiteChart]'))
  .map(one => one.getAttribute('aria-label') ?? one.getAttribute('placeholder'))
  .filter(name => /^[ -~]*[A-Za-z]{3}[ -~]*$/.test(name))"""


HOSTILE = "![x](http://evil.example/a.png) [y](http://evil.example) <img src=http://evil.example/b>"
CARRIED = "&".join(f"{key}={quote(HOSTILE)}" for key in KEYS if key not in ("lang", "institution", "year"))


@pytest.mark.parametrize(
    ("language", "carried"), [("ja", ""), ("en", CARRIED)], ids=["ja", "en, with a hostile address"]
)
def test_every_page_keeps_the_rules_of_access_and_fetches_nothing_foreign(
    address: str, page: Page, language: str, carried: str
) -> None:
    """No page breaks a rule, in Japanese or in English, nor links or fetches what an address carries."""
    faults: list[str] = []
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    place = f"lang={language}&institution=DEMO-01&year=2026"
    page.goto(f"{address}/?{place}&{carried}")
    settle(page)
    page.evaluate(Axe().axe_script)  # once: the document stays when the app turns to another page
    for name in NAMES:
        if name != NAMES[0]:
            turn_to(page, name, language, f"{place}&{carried}")
        page.wait_for_function("language => document.documentElement.lang === language", arg=language)
        if language == "ja":
            faults += [f"{name}: in English: {label}" for label in page.evaluate(ENGLISH_NAMES)]
        for one in page.evaluate("rules => axe.run(rules).then(found => found.violations)", RULES):
            faults += [
                f"{name}: {one['id']}: {node['html'][:200]}"
                for node in one["nodes"]
                if ours(page, one["id"], node["target"][0])
            ]
        faults += [f"{name}: {link}" for link in foreign(page)]
    turn_to(page, "handbook", language, place)
    page.get_by_role("textbox").first.fill(HOSTILE)
    page.keyboard.press("Enter")
    expect(page.get_by_text("evil.example").first).to_be_visible()
    at_home = (address, address.replace("http", "ws"), "data:", "blob:")
    faults += [*foreign(page), *(url for url in asked if not url.startswith(at_home))]
    assert not faults, "\n".join(faults)


def foreign(page: Page) -> list[str]:
    """What on a page leads to the address that the visitor's own carries, or is fetched from it."""
    return page.locator("a[href*='evil.example'], img[src*='evil.example']").evaluate_all(
        "all => all.map(one => one.outerHTML)"
    )
