"""The page of papers from public data: alive where papers were imported, and how to get them where none were."""

import pytest

from tests.app.views.test_views import run, words
from tests.support.demo_fixtures import WITH_PAPERS


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_charts_of_what_was_imported(demo_store_folder, language: str) -> None:
    app = run(demo_store_folder, "papers", lang=language, institution=WITH_PAPERS, year="2026")
    assert not app.exception
    said = words(app)
    japanese = ("共著相手の国・地域", "共著相手の機関", "分野別の国際共著とTop10%論文", "申告値と公開データの値")
    english = ("Partner countries", "Partner organisations", "International papers and the top 10 % by field")
    expected = japanese if language == "ja" else english
    for heading in expected:
        assert heading in said
    assert ("架空のデモデータ" if language == "ja" else "invented demo data") in said


def test_where_nothing_was_imported_the_page_says_how_to(demo_store_folder) -> None:
    app = run(demo_store_folder, "papers", lang="en", institution="DEMO-01", year="2026")
    said = words(app)
    assert not app.exception and "No papers of this institution" in said
    assert any("junkan import" in block.value for block in app.code)
