"""The upload page: points to check are explained in place, undone, and last year's explanation is offered."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
import streamlit as st
from streamlit.runtime.scriptrunner_utils.exceptions import StopException
from streamlit.testing.v1 import AppTest

from app.access import LOCAL
from app.components import session
from app.components.handing_in.upload_job import start_job, watch_job
from app.demo.filled_forms import demo_issue
from app.edition import catalogue
from app.storage.problems import DATABASE_GONE
from app.storage.store import Store, Upload
from app.storage.store_location import STORE_VARIABLE
from app.submission.explain_findings import explain, points_of
from app.submission.receive_upload import Chosen
from app.texts import say
from schemas.template.write_template import write_template
from tests.app.submission.test_explain_findings import INSTITUTION, RULE, handed_in, judged, point, workbook
from tests.app.views.test_views import run, words
from tests.support.page_tables import page_tables

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEXT = "全員が研修を受けたため"


@pytest.fixture(scope="module")
def explained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo store with last year's form, one point of which was explained."""
    folder = tmp_path_factory.mktemp("explained") / "demo"
    store = Store.open(folder, "demo")
    data = workbook(2025)
    result = judged(data)
    submission = handed_in(store, data, result)
    explain(store, LOCAL, submission, point(result), TEXT, "人事課")
    store.close()
    return folder


@pytest.fixture
def folder(explained: Path, tmp_path: Path) -> Path:
    """The same store for a test to write into."""
    return shutil.copytree(explained, tmp_path / "demo")


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [one for one in app.button if one.label == label]
    app = button.click().run(timeout=60)
    assert not app.exception, app.exception
    return app


def choose(app: AppTest, finding: str) -> AppTest:
    (box,) = [one for one in app.selectbox if str(one.key).startswith("explain_pick")]
    return box.set_value(finding).run(timeout=60)


def states(folder: Path, year: int) -> dict[str, str]:
    store = Store.open(folder)
    submission = store.current("DEMO-01", year)
    assert submission is not None
    found = {str(p.finding["rule"]): p.state for p in points_of(store, submission)}
    store.close()
    return found


def test_a_point_is_explained_in_place_and_every_step_can_be_undone(folder: Path) -> None:
    app = run(folder, "upload", lang="ja", institution="DEMO-01", year="2025")
    said = words(app)
    assert "要確認の事項の説明" in said and "1件が説明済みです" in said
    other = next(rule for rule, state in states(folder, 2025).items() if state == "open")
    app.text_area[0].set_value("  ")
    app = press(app, "説明を保存")
    assert "説明が空欄です" in words(app) and states(folder, 2025)[other] == "open"
    app.text_area[0].set_value("制度の改正によるものです")
    app = press(app, "説明を保存")
    assert states(folder, 2025)[other] == "explained" and "説明を保存しました" in words(app)
    app = press(app, "元に戻す")
    assert states(folder, 2025)[other] == "open"
    assert app.text_area[0].value == "制度の改正によるものです", "the words are not lost"


def test_an_explanation_is_taken_back_and_brought_back(folder: Path) -> None:
    app = run(folder, "upload", lang="en", institution="DEMO-01", year="2025")
    app = choose(app, str(point(judged(workbook(2025)))["id"]))
    assert app.text_area[0].value == TEXT
    app = press(app, "Take the explanation back")
    assert states(folder, 2025)[RULE] == "open" and "taken back" in words(app)
    app = press(app, "Undo")
    assert states(folder, 2025)[RULE] == "explained"


def test_after_an_upload_last_years_explanation_is_filled_in_and_counts_once_saved(folder: Path) -> None:
    app = run(folder, "upload", lang="ja")
    app = app.file_uploader(key="upload_file").upload("記入.xlsx", workbook(2026, 96), XLSX).run(timeout=120)
    assert not app.exception, app.exception
    assert states(folder, 2026)[RULE] == "offered" and "前回の説明を使える事項が1件" in words(app)
    frame = next(one for one in page_tables(app) if "explained" in one)
    assert set(frame["explained"]) == {"未説明", "前回の説明あり"}
    app = choose(app, str(point(judged(workbook(2026, 96)))["id"]))
    assert app.text_area[0].value == TEXT
    app = press(app, "説明を保存")
    assert states(folder, 2026)[RULE] == "explained"
    frame = next(one for one in page_tables(app) if "explained" in one)
    assert "説明済み" in set(frame["explained"])


def test_words_of_users_stay_plain_text(folder: Path) -> None:
    app = run(folder, "upload", lang="ja", institution="DEMO-01", year="2025")
    app.text_area[0].set_value("**太字** <b>x</b> [a](http://x)")
    app = press(app, "説明を保存")
    assert not [one for one in app.markdown if "<b>" in str(one.value) or "**太字**" in str(one.value)]


# What is replaced, and every version kept


@cache
def emptied(year: int) -> bytes:
    """The form of an institution without a single count."""
    issue = replace(demo_issue(INSTITUTION, year, catalogue().dictionary), answers={})
    return write_template(catalogue().dictionary, issue)


def versions(folder: Path) -> dict[int, tuple[str, str]]:
    """State and id of each version of DEMO-01's form of 2025."""
    store = Store.open(folder)
    found = store.submissions("DEMO-01", 2025, all_versions=True)
    store.close()
    return {int(row["sequence"]): (str(row["state"]), str(row["id"])) for _, row in found.iterrows()}


def hand_in(folder: Path, data: bytes, **query: str) -> AppTest:
    app = run(folder, "upload", **query)
    app = app.file_uploader(key="upload_file").upload("記入.xlsx", data, XLSX).run(timeout=120)
    assert not app.exception, app.exception
    return app


@pytest.mark.parametrize("language", ["ja", "en"])
def test_an_emptied_form_over_a_complete_one_asks_first_and_can_be_left(folder: Path, language: str) -> None:
    ((_, first),) = versions(folder).values()
    app = hand_in(folder, emptied(2025), lang=language, institution="DEMO-01", year="2025")
    said = words(app)
    assert say("replace.title", language) in said and first in said
    share = catalogue().indicators["foreign_researcher_share"].label[language]
    assert share in said and len(versions(folder)) == 1
    app = press(app, say("replace.leave", language))
    assert say("replace.left", language) in words(app) and versions(folder) == {1: ("current", first)}


def test_what_took_the_place_of_a_version_gives_it_back(folder: Path) -> None:
    ((_, first),) = versions(folder).values()
    app = hand_in(folder, emptied(2025), lang="ja", institution="DEMO-01", year="2025")
    app = press(app, say("replace.keep", "ja"))
    assert versions(folder)[1] == ("superseded", first) and versions(folder)[2][0] == "current"
    app = run(folder, "upload", lang="ja", receipt=first)
    assert first in words(app) and app.query_params["institution"] == "DEMO-01"
    app = press(app, say("upload.stand_again", "ja"))
    assert versions(folder)[1] == ("current", first) and versions(folder)[2][0] == "superseded"
    assert Store.open(folder).pending() == [], "it was evaluated anew"


def test_the_same_bytes_again_ask_nothing_and_make_no_version(folder: Path) -> None:
    before = versions(folder)
    app = hand_in(folder, workbook(2025), lang="ja", institution="DEMO-01", year="2025")
    assert "まだ保存していません" not in words(app) and versions(folder) == before
    assert app.query_params["receipt"] == before[1][1]


def test_a_second_browser_finds_findings_and_files_by_the_receipt(folder: Path) -> None:
    app = hand_in(folder, workbook(2026, 96), lang="ja", institution="DEMO-01", year="2025")
    receipt = app.query_params["receipt"]
    app = run(folder, "upload", lang="ja", receipt=receipt)
    assert receipt in words(app) and app.query_params["year"] == "2026"
    assert set(next(one for one in page_tables(app) if "explained" in one)["explained"]) >= {"未説明"}
    labels = {one.label for one in app.get("download_button")}
    assert labels >= {say("upload.original", "ja"), say("upload.marked", "ja")}
    app = app.text_input(key="finding_search").set_value("ZZZZ").run(timeout=60)
    assert say("upload.nothing_found", "ja") in [one.value for one in app.info]
    app = press(app, say("scorecard.make", "ja"))
    assert say("scorecard.download", "ja") in {one.label for one in app.get("download_button")}
    store = Store.open(folder)
    assert store.marked_of(receipt) and store.bytes_of(receipt) == workbook(2026, 96)
    app = run(folder, "upload", lang="ja", receipt="f" * 16)
    assert say("upload.unknown_receipt", "ja", id="f" * 16) in [str(one.value) for one in app.text]


def test_a_version_kept_without_its_marked_copy_is_marked_on_demand(folder: Path) -> None:
    ((_, first),) = versions(folder).values()
    app = run(folder, "upload", lang="ja", receipt=first)
    assert say("upload.marked", "ja") not in {one.label for one in app.get("download_button")}
    app = press(app, say("upload.mark_again", "ja"))
    assert say("upload.marked", "ja") in {one.label for one in app.get("download_button")}


class ClosedPage:
    """A progress bar of a page that was closed: the framework ends its run when the bar is to move."""

    def progress(self, *_: object, **__: object) -> None:
        raise StopException


@pytest.mark.parametrize("asks", [False, True])
def test_an_upload_goes_on_when_its_page_is_closed_and_is_found_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, asks: bool
) -> None:
    monkeypatch.setenv(STORE_VARIABLE, str(folder))
    store, data, before = session.store(), workbook(2025, 96), versions(folder)
    chosen = Chosen("DEMO-03", 2026) if asks else None
    with monkeypatch.context() as closed:
        closed.setattr(st, "progress", lambda *_, **__: ClosedPage())
        job = start_job(store, LOCAL, Upload(data, "記入済み.xlsx", LOCAL.signature, datetime.now(UTC)), chosen)
        with pytest.raises(StopException):
            watch_job(session.Page("ja", LOCAL, None, None), job)
    app = run(folder, "upload", lang="ja", institution="DEMO-01", year="2025")
    if asks:
        assert "まだ保存していません" in words(app) and versions(folder) == before
        app = press(app, say("replace.keep", "ja"))
    else:
        assert say("upload.marked", "ja") in {one.label for one in app.get("download_button")}
    (new,) = set(versions(folder)) - set(before)
    assert versions(folder)[new][0] == "current"
    app = run(folder, "upload", lang="ja", institution="DEMO-01", year="2026")
    assert say("waiting.found_again", "ja", name="記入済み.xlsx") not in words(app)


def test_an_older_version_is_chosen_from_the_history(folder: Path) -> None:
    app = hand_in(folder, workbook(2026, 96), lang="ja", institution="DEMO-01", year="2025")
    ((_, first),) = versions(folder).values()
    app.selectbox(key="version_choice").set_value(first).run(timeout=60)
    app.button(key="version_show").click().run(timeout=60)
    assert not app.exception, app.exception
    assert app.query_params["receipt"] == first


def test_what_had_to_go_for_a_refused_file_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.storage.files.refusals.QUOTA", 10_000)
    app = hand_in(folder, b"x" * 4000, lang="ja")
    app = hand_in(folder, b"y" * 4000, lang="ja")
    assert "受け付けなかったファイルを削除しました" in words(app)


def test_a_database_that_is_gone_is_said_on_the_page(folder: Path) -> None:
    app = run(folder, "upload", lang="ja")
    for path in folder.glob("store.sqlite*"):
        path.unlink()
    app = app.run(timeout=60)
    assert not app.exception
    assert [str(one.value) for one in app.error] == [DATABASE_GONE.ja]


def test_a_file_of_another_kind_is_answered_by_the_product_in_the_readers_language(folder: Path) -> None:
    app = run(folder, "upload", lang="ja")
    uploader = app.file_uploader(key="upload_file")
    assert not uploader.proto.type, "a filter of the uploader would answer first, in English"
    app = uploader.upload("記入.csv", "学校コード,研究者\nF101,12\n".encode(), "text/csv").run(timeout=120)
    assert "CSV などの文字だけのファイルです" in words(app)
