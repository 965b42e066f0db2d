"""The page of papers from public data: alive where papers were imported, and how to get them where none were."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.demo.filled_forms import demo_institutions, demo_issue
from app.edition import catalogue
from app.rounds.round_control import open_round
from app.storage.store import Store
from app.texts import say
from schemas.template.write_template import write_template
from tests.app.views.test_upload_page import choose, hand_in, press
from tests.app.views.test_views import run, words
from tests.support.demo_fixtures import WITH_PAPERS
from tests.support.page_tables import table_with

RULE, MORE = "R.PUB.151", 400  # declared papers beside computed ones; papers declared too many


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
    most = say("papers.beside_most", language, year="|", difference="").partition("|")[0]
    assert said.count(most) == 1, "in the answer, and not once more above the table"
    assert ("架空のデモデータ" if language == "ja" else "invented demo data") in said


def test_where_nothing_was_imported_the_page_says_how_to(demo_store_folder) -> None:
    app = run(demo_store_folder, "papers", lang="en", institution="DEMO-01", year="2026")
    said = words(app)
    assert not app.exception and "No papers of this institution" in said
    assert any("junkan import" in block.value for block in app.code)


def declared_too_many(year: str) -> bytes:
    """The form of the institution with papers, which declares many more papers of one year than public data show."""
    dictionary = catalogue().dictionary
    institution = next(one for one in demo_institutions() if one.code == WITH_PAPERS)
    issue = demo_issue(institution, 2026, dictionary)
    added = {
        (f"publications.{name}", year): issue.answers[f"publications.{name}", year] for name in ("papers", "single")
    }
    answers = {**issue.answers, **{key: value + MORE for key, value in added.items()}}
    return write_template(dictionary, replace(issue, answers=answers))


def test_a_reason_is_chosen_beside_the_numbers_and_both_reach_the_ministry(
    demo_store_folder: Path, tmp_path: Path
) -> None:
    place, now = tmp_path / "store", datetime.now(UTC)
    shutil.copytree(demo_store_folder, place)
    store = Store.open(place)
    open_round(store, "operator", now, year=2026, closes=now + timedelta(days=30), kinds=["all"])
    app = hand_in(place, declared_too_many("2023"), lang="ja", institution=WITH_PAPERS, year="2026")
    rows = table_with(app, "computed_papers").set_index("year")
    assert rows.loc["2023", "difference"].startswith("+") and say("papers.beside", "ja") in words(app)
    submission = store.submission_of_record(WITH_PAPERS, 2026)
    assert submission is not None
    (found,) = [one for one in store.findings(submission) if one["rule"] == RULE]
    app = choose(app, found["id"])
    (reasons,) = [one for one in app.selectbox if str(one.key).startswith("explain_reason")]
    assert len(reasons.options) == 5, "none, and four to choose from"
    reasons.set_value("reason_coverage")
    app = press(app, say("explain.save", "ja"))
    app = run(place, "upload", lang="ja", institution=WITH_PAPERS, year="2026")
    assert set(table_with(app, "computed_papers")["year"]) == set(rows.index), "before it is signed off"
    app = run(place, "review", lang="en")
    app.selectbox(key="review_pick").set_value(submission).run(timeout=60)
    assert not app.exception, app.exception
    assert "理由：データベースの収録範囲" in words(app) and say("papers.beside", "en") in words(app)
    assert (
        table_with(app, "computed_papers").set_index("year").loc["2023", "difference"] == rows.loc["2023", "difference"]
    )
    store.close()
