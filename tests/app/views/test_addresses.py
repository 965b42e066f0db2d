"""Addresses: what they ask for and is unknown is said to be so; what they carry is never drawn or fetched."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.components.navigation import NAMES
from app.components.session import KEYS
from app.texts import say
from tests.app.views.test_views import run, words
from tests.support.page_tables import page_tables

OF_INSTITUTION = ("overview", "indicator", "comparison", "peers", "change", "whatif", "items", "scorecard")
HOSTILE = "![x](http://evil.example/a.png) [y](http://evil.example) <img src=http://evil.example/b>"


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("page", OF_INSTITUTION)
def test_an_unknown_institution_is_said_to_be_unknown(demo_store_folder: Path, page: str, language: str) -> None:
    said = words(run(demo_store_folder, page, lang=language, institution="DEMO-99", year="2026"))
    assert "DEMO-99" in said
    assert ("登録されていません" if language == "ja" else "not known here") in said
    assert ("年度「2026」の提出がありません" if language == "ja" else "asks for the round") not in said


def test_where_nothing_was_handed_in_an_address_leads_to_the_first_step(tmp_path: Path) -> None:
    app = run(tmp_path / "empty", "overview", lang="ja", institution="DEMO-01", year="2026")
    said = words(app)
    assert "上の一覧から" not in said and say("empty.no_results", "ja") in said and [title.value for title in app.title]


def test_an_unknown_year_is_said_to_be_unknown(demo_store_folder: Path) -> None:
    said = words(run(demo_store_folder, "overview", lang="en", institution="DEMO-01", year="1999"))
    assert "asks for the round 1999" in said and "Where we stand" not in said


def test_an_unknown_indicator_is_said_to_be_unknown(demo_store_folder: Path) -> None:
    app = run(demo_store_folder, "indicator", lang="en", institution="DEMO-01", year="2026", indicator="nonsense")
    assert "asks for the indicator nonsense" in words(app) and not app.metric


def test_after_a_choice_the_page_is_shown(demo_store_folder: Path) -> None:
    app = run(demo_store_folder, "overview", lang="en", institution="DEMO-99", year="2026")
    app.selectbox(key="institution").select("DEMO-03").run()
    said = words(app)
    assert "DEMO-99" not in said and not app.exception and page_tables(app)


def test_a_known_address_says_nothing_of_the_kind(demo_store_folder: Path) -> None:
    said = words(run(demo_store_folder, "overview", lang="en", institution="DEMO-01", year="2026"))
    assert "The address asks" not in said


@pytest.mark.parametrize("page", NAMES)
def test_no_view_draws_what_an_address_carries(demo_store_folder: Path, page: str) -> None:
    hostile = {key: HOSTILE for key in KEYS if key not in ("lang", "institution", "year")}
    known = {"lang": "ja", "institution": "DEMO-01", "year": "2026"}
    for query in (known | hostile, {**known, "institution": HOSTILE}, {**known, "year": HOSTILE}):
        app = run(demo_store_folder, page, **query)
        for kind in ("markdown", "caption", "info", "warning", "error", "success", "title", "subheader", "header"):
            assert not any("evil.example" in str(element.value) for element in getattr(app, kind)), kind
        assert not any("evil.example" in str(element.label) for element in (*app.button, *app.expander, *app.checkbox))


@pytest.mark.parametrize(("page", "key"), [("handbook", "handbook_search"), ("form", "form_search")])
def test_no_view_draws_words_that_are_searched_for(demo_store_folder: Path, page: str, key: str) -> None:
    app = run(demo_store_folder, page, lang="ja", institution="DEMO-01", year="2026")
    app.text_input(key=key).input(HOSTILE).run()
    assert any("evil.example" in text.value for text in app.text)
    for kind in ("markdown", "caption", "info", "warning", "error", "success"):
        assert not any("evil.example" in str(element.value) for element in getattr(app, kind)), kind
