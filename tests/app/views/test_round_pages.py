"""Round, review, home and sign-off pages: driven by hand from opening to acceptance."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.access import LOCAL, OPERATOR
from app.components.navigation import FILE_OF
from app.documents.scorecard.card import card_of
from app.documents.scorecard.context import scorecard_context
from app.edition import catalogue
from app.results.institution_results import board_of
from app.rounds.round_control import close_round, open_round
from app.rounds.round_record import rounds_of
from app.rounds.sign_off import return_submission, sign_off
from app.rounds.submission_states import lines_of
from app.storage.explanations import keep_explanations
from app.storage.store import Store
from schemas.explanations.explanation import Explanation
from tests.app.views.test_views import run, words


@pytest.fixture
def place(demo_store_folder: Path, tmp_path: Path) -> Path:
    """A demo store of its own, without a round."""
    shutil.copytree(demo_store_folder, tmp_path / "store")
    return tmp_path / "store"


@pytest.fixture
def opened(place: Path) -> Path:
    """The same with an open round of 2026."""
    store = Store.open(place)
    now = datetime.now(UTC)
    open_round(store, "operator", now, year=2026, closes=now + timedelta(days=30), kinds=["all"])
    store.close()
    return place


def state(place: Path, code: str) -> str:
    store = Store.open(place)
    with store.engine.connect() as connection:
        found = lines_of(connection, 2026, code)
    store.close()
    return found[0].state


def explain_all(place: Path, code: str) -> str:
    """Explains every point to check of an institution's form; its id."""
    store = Store.open(place)
    submission = store.submission_of_record(code, 2026)
    assert submission is not None
    made = [
        Explanation(code, f["rule"], f["field"], f["row_key"], "増員のため", "国際課", "", None, None)
        for f in store.findings(submission)
        if f["severity"] == "check"
    ]
    keep_explanations(store.engine, submission, made, LOCAL)
    store.close()
    return submission


def press(app: AppTest, label: str) -> AppTest:
    found = next(button for button in app.button if button.label == label)
    found.click().run()
    assert not app.exception, app.exception
    return app


def test_a_round_is_opened_and_closed_on_its_page(place: Path) -> None:
    app = run(place, "round", lang="en")
    assert "There is no round yet" in words(app)
    app.text_input(key="round_open_without").set_value("DEMO-98,DEMO-99、DEMO-97")
    press(app, "Open it")
    assert any("DEMO-98 is not among" in str(one.value) for one in app.error)
    app.text_input(key="round_open_without").set_value("")
    press(app, "Open it")
    assert "3 institutions are asked" in words(app) and "Nothing uploaded: 0 of 3 (0.0 %)" in words(app)
    press(app, "Open it")
    assert any("is open already" in str(one.value) for one in app.error)
    press(app, "Close the round")
    assert "closed" in words(app)
    store = Store.open(place)
    assert [one.state for one in rounds_of(store.engine)] == ["closed"]
    store.close()
    press(app, "Publish")
    assert any("accepted" in str(one.value) for one in app.error)


def test_the_operator_runs_a_round_on_its_page_and_opens_no_figures(opened: Path) -> None:
    app = run(opened, "round", role=OPERATOR, lang="en")
    assert "3 institutions are asked" in words(app)
    press(app, "Close the round")
    assert "closed" in words(app)
    for name in ("review", "ministry", "overview", "upload"):
        with pytest.raises(ValueError, match="Could not find"):
            app.switch_page(FILE_OF[name])


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_home_says_deadline_state_and_what_is_next(opened: Path, language: str) -> None:
    said = words(run(opened, "home", lang=language, institution="DEMO-01", year="2026"))
    assert ("提出期限" if language == "ja" else "Deadline") in said
    assert ("状態：" if language == "ja" else "State: ") in said


def test_sign_off_review_and_acceptance_on_the_pages(opened: Path) -> None:
    code = "DEMO-03"
    submission = explain_all(opened, code)
    assert state(opened, code) == "ready"
    app = run(opened, "upload", lang="en", institution=code, year="2026")
    press(app, "Sign off")
    assert any("Please give the name" in str(one.value) for one in app.error)
    next(one for one in app.text_input if one.label == "Name of the approver").set_value("架空 花子")
    press(app, "Sign off")
    assert "Signed off by 架空 花子" in words(app) and state(opened, code) == "signed_off"
    store = Store.open(opened)
    board = board_of(store, code, 2026)
    assert board is not None and board.score["sign_off"]["name"] == "架空 花子"
    row = store.submission(submission)
    assert row is not None and board.score["sign_off"]["sha256"] == row["sha256"]
    card = card_of(board.score, board.institution_row, "en", True, catalogue())
    assert "架空 花子" in scorecard_context(card)["status"]
    store.close()
    app = run(opened, "review", lang="en")
    next(one for one in app.text_area if one.label.startswith("Question")).set_value("何人ですか")
    press(app, "Return with the question")
    assert state(opened, code) == "returned" and "何人ですか" in words(app)
    app = run(opened, "upload", lang="en", institution=code, year="2026")
    assert "The ministry has returned it" in words(app) and "何人ですか" in words(app)
    explain_all(opened, code)
    store = Store.open(opened)
    sign_off(store, "university_approver", datetime.now(UTC), submission, name="架空 花子")
    store.close()
    press(run(opened, "review", lang="en"), "Accept the submission")
    assert state(opened, code) == "accepted"


def test_the_page_of_all_institutions_counts_those_that_were_asked(place: Path) -> None:
    said = words(run(place, "ministry", lang="en", year="2026"))
    assert "no round of this year" in said
    store = Store.open(place)
    now = datetime.now(UTC)
    more = {"closes": now + timedelta(days=30), "kinds": ["all"], "without": ["DEMO-12"]}
    open_round(store, "operator", now, year=2026, **more)
    store.close()
    said = words(run(place, "ministry", lang="en", year="2026"))
    assert "asks 2 institutions; 2 (100.0 %) have handed in. 0 have not" in said


def test_a_step_that_comes_too_late_says_so(opened: Path) -> None:
    code = "DEMO-03"
    explain_all(opened, code)
    app = run(opened, "upload", lang="en", institution=code, year="2026")
    next(one for one in app.text_input if one.label == "Name of the approver").set_value("A")
    store = Store.open(opened)
    close_round(store, "operator", datetime.now(UTC), year=2026)
    press(app, "Sign off")
    assert any("is closed" in str(one.value) for one in app.error) and state(opened, code) == "ready"
    submission = store.submission_of_record(code, 2026)
    assert submission is not None
    until = return_submission(store, "reviewer", datetime.now(UTC), submission, reason="see table 2")
    store.close()
    assert until is not None
    said = words(run(opened, "home", lang="en", institution=code, year="2026"))
    assert "open again for your institution alone" in said and "see table 2" in said
