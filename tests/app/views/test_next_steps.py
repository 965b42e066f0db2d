"""The page for the university without a centre: no half-empty comparison, in both languages."""

import os
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.components.navigation import FILE_OF
from app.storage.store import Store
from app.storage.store_location import STORE_VARIABLE
from tests.support.page_tables import page_tables

MAIN = str(Path("app/main.py").resolve())


def without_centre(folder: Path) -> str:
    """An institution of the demo nation that named no centre."""
    store = Store.open(folder)
    answers = store.answers_of_year(2026, "profile")
    said_no = answers[(answers["field"] == "profile.has_centre") & (answers["normalised"] == "no")]
    return str(said_no["institution"].iloc[0])


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_university_without_a_centre_sees_steps_movement_and_spread(demo_store_folder, monkeypatch, language):
    monkeypatch.setitem(os.environ, STORE_VARIABLE, str(demo_store_folder))
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.query_params["institution"], app.query_params["lang"] = without_centre(demo_store_folder), language
    app.switch_page(FILE_OF["next_steps"]).run()
    assert not app.exception, app.exception
    steps, spread = page_tables(app)[:2]
    assert len(spread) == 45 and 0 < len(steps) <= 45
    assert len(app.main.subheader) == 3
    own = spread.set_index(spread["item"].str.split().str[0])["level"]
    assert own["G5"] == {"ja": "－（該当なし）", "en": "－ (not applicable)"}[language]
    assert not steps["item"].str.startswith("G5").any(), "what does not apply is nothing to take up"
    assert {"ja": "該当しないと回答した項目（1項目）", "en": "Not applicable by your answers: 1."}[
        language
    ] in app.text[1].value
