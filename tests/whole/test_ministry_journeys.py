"""An officer's three errands in a real browser; each ends with what was stored or downloaded."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from app.rounds.round_events import RoundEvent, events_of
from app.rounds.submission_states import RETURNED, lines_of
from app.storage.audit import entries
from app.storage.store import Store
from app.texts import say
from tests.support.served_demo import settle

pytestmark = pytest.mark.browser
REASON = "教員数の内訳を確かめてください。"


@pytest.fixture(scope="module")
def nation(nation_with_rounds: Path) -> Path:
    return nation_with_rounds


@pytest.fixture(scope="module")
def address(address_with_rounds: str) -> str:
    return address_with_rounds


def csv_after(page: Page, button: str) -> pd.DataFrame:
    """The file that a button gives."""
    with page.expect_download() as download:
        page.get_by_role("button", name=button).first.click()
    return pd.read_csv(io.BytesIO(download.value.path().read_bytes()), encoding="utf-8-sig", dtype=str)


def once_there(page: Page, read: Callable[[], list[Any]]) -> list[Any]:
    """What ``read`` finds in the store once it finds any: a click is over before the page has run for it."""
    found = read()
    for _ in range(300):
        if found:
            break
        page.wait_for_timeout(100)
        found = read()
    return found


def test_triage_takes_a_list_without_names_and_one_with_names_that_is_logged(address, nation, page):
    known = len(entries(Store.open(nation).engine))
    page.goto(f"{address}/triage?lang=ja&year=2026")
    expect(page.get_by_role("heading", name="どこから支援するか")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("点＝3×「提出がない」")).to_be_visible(timeout=60_000)
    plain = csv_after(page, "CSVをダウンロード")
    assert len(plain) == 3 and not plain.to_csv().count("大学")
    page.get_by_text("CSVに大学名を入れる").click()
    expect(page.locator(".st-key-triage_named")).to_be_visible(timeout=60_000)
    settle(page)
    named = csv_after(page, "CSVをダウンロード")
    assert named.iloc[:, 0].str.contains("デモ").all()
    page.close()  # whoever goes at once leaves a line all the same
    rows = [row for row in entries(Store.open(nation).engine)[known:] if row["act"] == "download"]
    assert [row["subject"] for row in rows] == ["csv_triage", "triage_named"]


def test_a_reviewer_returns_a_form_with_a_reason_that_its_university_reads(address, nation, page):
    page.goto(f"{address}/review?lang=ja&year=2026")
    page.get_by_label(say("review.reason", "ja")).fill(REASON, timeout=60_000)
    page.get_by_role("button", name=say("review.return", "ja"), exact=True).click()
    engine = Store.open(nation).engine

    def returned() -> list[RoundEvent]:
        with engine.connect() as connection:
            return [one for one in events_of(connection, 2026) if one.act == "returned" and one.reason == REASON]

    (own,) = once_there(page, returned)
    with engine.connect() as connection:
        states = {line.submission: line.state for line in lines_of(connection, 2026)}
    assert states[own.submission] == RETURNED
    page.goto(f"{address}/home?lang=ja&year=2026&institution={own.institution}")
    expect(page.get_by_text(REASON).first).to_be_visible(timeout=60_000)


def test_a_table_for_the_committee_has_the_values_that_the_store_has(address, nation, page):
    page.goto(f"{address}/side_by_side?lang=ja&year=2026")
    expect(page.get_by_role("heading", name="大学を並べて見る")).to_be_visible(timeout=60_000)
    table = csv_after(page, "CSVをダウンロード").set_index("指標")
    assert table.shape[1] == 3 and table.columns.str.contains("デモ").all()
    values = Store.open(nation).values(year=2026, indicator="foreign_researcher_share", level="institution")
    of_first = values.sort_values("institution")["value"].iloc[0]
    assert table.loc["外国人研究者比率"].iloc[0].startswith(f"{of_first:.1f}")
