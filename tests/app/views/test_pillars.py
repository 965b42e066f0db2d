"""The five pillars: declared sums, national series and targets, drawn in demo stores too."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.access import LOCAL
from app.components.navigation import FILE_OF
from app.demo.filled_forms import demo_institutions
from app.demo.full_and_centre_forms import more_samples
from app.edition import catalogue
from app.storage.store import Store
from app.storage.store_location import STORE_VARIABLE
from app.submission.receive_upload import receive
from schemas.template.write_template import write_template
from tests.support.page_tables import page_tables

MAIN = str(Path("app/main.py").resolve())


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_pillar_has_what_was_declared_and_its_targets(demo_store_folder, monkeypatch, language):
    monkeypatch.setitem(os.environ, STORE_VARIABLE, str(demo_store_folder))
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.query_params["lang"] = language
    app.switch_page(FILE_OF["pillars"]).run()
    assert not app.exception, app.exception
    said = "\n".join(
        str(element.value) for kind in ("text", "caption", "markdown") for element in getattr(app.main, kind)
    )
    assert not {"{", "}"} & set(said)
    assert len(app.main.subheader) == 6 and len(page_tables(app)) == 7
    assert "230" in said and "200" in said and "Scopus" in said


SENT, FEW = 7, 3  # people of one stay; the second is too few to be told


@pytest.fixture(scope="module")
def full_forms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six institutions with a full form; the last sent three by transfer and has three projects of SICORP."""
    folder = tmp_path_factory.mktemp("pillars") / "store"
    store = Store.open(str(folder), "demo")
    dictionary = catalogue().dictionary
    sample = more_samples(dictionary)["sample-full"]
    (stay, *_), (project, *_) = sample.lists["outbound"], sample.lists["projects"]
    for number, institution in enumerate(demo_institutions()[:6]):
        people = FEW if number == 5 else SENT
        stays = [
            {**stay, "mode": mode, "persons": n, "trips": n} for mode, n in (("transfer", people), ("fellowship", 9))
        ]
        projects = [{**project, "programme": "aspire", "start": "2024-04-01"}] * 6
        lists = {**sample.lists, "outbound": stays, "projects": projects}
        form = write_template(dictionary, replace(sample, institution=institution, lists=lists))
        received = receive(store, LOCAL, form, f"{number}.xlsx")
        assert received.submission is not None
    store.close()
    return folder


def test_sums_hold_what_may_be_told_and_say_how_many_are_left_out(full_forms, monkeypatch):
    monkeypatch.setitem(os.environ, STORE_VARIABLE, str(full_forms))
    app = AppTest.from_file(MAIN, default_timeout=120)
    app.query_params["lang"] = "en"
    app.switch_page(FILE_OF["pillars"]).run()
    assert not app.exception, app.exception
    said = "\n".join(str(element.value) for kind in ("text", "caption") for element in getattr(app.main, kind))
    assert f"{5 * SENT} sent by transfer" in said
    rows = page_tables(app)[0]
    transfer = rows.iloc[0]
    assert int(transfer["total"]) == 5 * SENT and transfer["left_out"] == "<5"
    assert str(5 * SENT + FEW) not in set(rows["total"].astype(str))


def test_articles_and_flows_are_drawn_without_any_answer(demo_store_folder, monkeypatch):
    monkeypatch.setitem(os.environ, STORE_VARIABLE, str(demo_store_folder))
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.query_params["lang"] = "en"
    app.switch_page(FILE_OF["pillars"]).run()
    said = "\n".join(str(element.value) for kind in ("text", "caption") for element in getattr(app.main, kind))
    assert "From 2003 to 2022 Japan's articles" in said and "stand-in" in said
    assert (
        "Max Planck" in said
        and "NCSES" in said
        and "No institution has filled in this table" in "\n".join(str(one.value) for one in app.main.info)
    )
