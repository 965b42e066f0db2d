"""Our own count of top-10 % papers by country: loaded into a store, drawn on the page of national context."""

import os
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.charts.chart_elements import chart_svg
from app.charts.publications.top10_chart import shown_countries, top10_lines, top10_sentence
from app.commands.exit_codes import FINE, Options
from app.commands.publications.top10_by_country import write_top10_by_country
from app.commands.published import run_published
from app.results.top10_of_countries import COLUMNS, top10_of_countries
from app.storage.store import Store
from app.storage.store_location import STORE_VARIABLE

VIEW = str(Path("app/views/nation/context.py").resolve())
COUNTRIES = ("US", "CN", "GB", "DE", "IT", "FR", "CA", "AU", "KR", "JP")
NAMES = {code: f"Land {code}" for code in COUNTRIES}
COUNTS = pd.DataFrame(
    [
        {
            "country": code,
            "year": year,
            "international": 100 * (10 - n) + year - 2020,
            "domestic": 50 * (10 - n),
            "international_fractional": 40.5 * (10 - n),
            "domestic_fractional": 50.0 * (10 - n),
        }
        for n, code in enumerate(COUNTRIES)
        for year in (2020, 2021, 2022)
    ]
)


@pytest.fixture(scope="module")
def store_folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("top10")
    write_top10_by_country(folder / "top10.csv", COUNTS, None)
    Store.open(folder / "store", "real").close()
    options = Options(action="load", store=str(folder / "store"), file=folder / "top10.csv", store_files=None)
    assert run_published(options, "en") == FINE
    return folder / "store"


@pytest.fixture(scope="module")
def rows(store_folder: Path) -> pd.DataFrame:
    store = Store.open(store_folder)
    found = top10_of_countries(store)
    store.close()
    return found


def test_the_table_goes_through_the_store_unchanged(rows: pd.DataFrame) -> None:
    assert list(rows.columns) == COLUMNS and len(rows) == len(COUNTS) * 4
    japan = rows[(rows["country"] == "JP") & (rows["year"] == 2022)]
    found = japan.set_index(["part", "counting"])["value"].to_dict()
    assert found == {
        ("domestic", "full"): 50,
        ("domestic", "fractional"): 50,
        ("international", "full"): 102,
        ("international", "fractional"): 40.5,
    }
    assert rows["source"].str.contains("own count").all()


def test_japan_is_always_among_the_countries_shown(rows: pd.DataFrame) -> None:
    assert shown_countries(rows, 3) == ["US", "CN", "JP"]
    assert shown_countries(rows[rows["country"] != "JP"], 2) == ["US", "CN"]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_chart_and_its_sentence(rows: pd.DataFrame, language: str) -> None:
    full = rows[rows["counting"] == "full"]
    sentence = top10_sentence(full, NAMES, language)
    assert "102" in sentence and "Land US" in sentence and "{" not in sentence
    picture = chart_svg(top10_lines(full, NAMES, language, sentence))
    assert "Land JP" in picture and "Land KR" not in picture


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_page_shows_it_as_our_own_count(store_folder: Path, language: str, monkeypatch) -> None:
    monkeypatch.setitem(os.environ, STORE_VARIABLE, str(store_folder))
    app = AppTest.from_file(VIEW, default_timeout=60)
    app.session_state["lang"] = language
    app.run()
    assert not app.exception, app.exception
    said = "\n".join(str(one.value) for one in app.caption)
    assert "NISTEP" in said and "own count by junkan" in said
