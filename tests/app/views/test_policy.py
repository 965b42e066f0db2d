"""Whoever may nothing meets a refusal on every page and in every act."""

from pathlib import Path

import pytest

from app import access
from app.components import session
from app.components.navigation import NAMES
from app.storage.explanations import GIVEN, Kept
from app.storage.store import Store
from app.submission.explain_findings import ExplanationStep, explain, take_back, undo
from app.submission.receive_upload import receive
from schemas.explanations.explanation import Explanation
from tests.app.views.test_views import run, words
from tests.support.page_tables import page_tables

NOBODY = access.Actor("nobody", None)
OF_ANOTHER = access.Actor("local", "DEMO-12")
REFUSAL = access.FORBIDDEN.en


@pytest.mark.parametrize("page", NAMES)
def test_a_denied_actor_meets_a_refusal_on_every_page(
    demo_store_folder: Path, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "LOCAL", NOBODY)
    app = run(demo_store_folder, page, lang="en", institution="DEMO-01", year="2026")
    assert REFUSAL in words(app)
    assert not page_tables(app) and not app.get("download_button") and not app.get("file_uploader")


def test_nobody_may_hand_in_a_form(demo_store_folder: Path) -> None:
    with pytest.raises(access.Forbidden):
        receive(Store.open(demo_store_folder), NOBODY, b"PK", "form.xlsx")


def test_nothing_is_explained_for_another_institution(demo_store_folder: Path) -> None:
    store = Store.open(demo_store_folder)
    submission = store.submission_of_record("DEMO-01", 2026)
    assert submission is not None
    finding = {"id": "0", "rule": "R.RES.013", "field": "researchers.total", "row_key": "", "value": ""}
    with pytest.raises(access.Forbidden):
        explain(store, OF_ANOTHER, submission, finding, "text", "office")
    with pytest.raises(access.Forbidden):
        take_back(store, OF_ANOTHER, submission, finding)
    given = Explanation("DEMO-01", "R.RES.013", "researchers.total", "", "text", "office", "", None, None)
    with pytest.raises(access.Forbidden):
        undo(store, OF_ANOTHER, ExplanationStep(Kept(given, GIVEN, submission, 2026), None))


def test_no_scorecard_of_another_institution_is_made(demo_store_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "LOCAL", OF_ANOTHER)
    app = run(demo_store_folder, "scorecard", lang="en", institution="DEMO-01", year="2026")
    assert "not known here" in words(app) and not app.get("download_button")
