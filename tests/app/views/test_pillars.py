"""The five pillars: declared sums, national series and targets, drawn in demo stores too."""

import os
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.components.navigation import FILE_OF
from app.storage.store_location import STORE_VARIABLE
from tests.support.page_tables import page_tables

MAIN = str(Path("app/main.py").resolve())


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_pillar_has_what_was_declared_and_its_targets(demo_store_folder, monkeypatch, language):
    monkeypatch.setitem(os.environ, STORE_VARIABLE, str(demo_store_folder))
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.query_params["lang"] = language
    app.run()
    app.switch_page(FILE_OF["pillars"]).run()
    assert not app.exception, app.exception
    said = "\n".join(
        str(element.value) for kind in ("text", "caption", "markdown") for element in getattr(app.main, kind)
    )
    assert not {"{", "}"} & set(said)
    assert len(app.main.subheader) == 6 and len(page_tables(app)) >= 6
    assert "230" in said and "200" in said and "Scopus" in said
