"""The same expressions on every engine, against papers counted by hand."""

from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.publications.count_papers import MEASURES, count_papers, count_partners, count_top10_by_country
from indicators.publications.engines import count_table
from indicators.publications.publication_row import PublicationRow
from tests.support.paper_files import write_tables

KEYS = ["year", "field_group"]


def row(**given_values: object) -> PublicationRow:
    values: dict[str, object] = {
        "file": "f",
        "line": 1,
        "record_id": "R",
        "doi": "",
        "year": 2023,
        "type": "article",
        "n_authors": 2,
        "n_institutions": 2,
        "countries": ("JP",),
        "own": 1,
        "international": 0,
        "single": 0,
        "own_corresponding": None,
        "hyper_authored": 0,
        "percentile": None,
        "top10": None,
        "field_group": "physics",
        "own_fraction": 0.5,
        "country_fractions": (1.0,),
        "title_key": "",
        "author_key": "",
    }
    return PublicationRow(**{**values, **given_values})  # type: ignore[arg-type]


def counted(rows: list[PublicationRow], folder: Path, engine: str, types: str = "all") -> pd.DataFrame:
    tables = write_tables(rows, folder)
    return count_table(engine, tables.papers, lambda papers: count_papers(papers, KEYS, types), KEYS)


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_by_hand(tmp_path: Path, engine: str) -> None:
    rows = [
        row(international=1, top10=1, own_corresponding=1, own_fraction=1 / 3),
        row(single=1, own_fraction=1.0, top10=0),
        row(international=None, single=None, own_fraction=0.25),
        row(own=0, own_fraction=0.0),
        row(type="preprint"),
        row(type="proceedings", n_authors=101, own_fraction=0.125),
        row(year=2022, field_group=""),
    ]
    found = counted(rows, tmp_path, engine)
    assert found[KEYS].to_numpy().tolist() == [[2022, ""], [2023, "physics"]]
    of_2023 = found.iloc[1]
    expected = {"papers": 3, "unknown": 1, "international": 1, "domestic": 1, "single": 1, "top10_known": 2}
    expected |= {"top10_papers": 1, "top10_international": 1, "top10_domestic": 0, "corresponding_known": 1}
    expected |= {"international_corresponding": 1, "up_to_100_authors": 2, "up_to_100_authors_international": 1}
    assert {name: of_2023[name] for name in expected} == expected
    assert of_2023["papers_fractional"] == pytest.approx(float(Fraction(1, 3) + 1 + Fraction(1, 8)), rel=1e-12)
    assert counted(rows, tmp_path, engine, "article_review").iloc[1]["papers"] == 2


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_nothing_to_count(tmp_path: Path, engine: str) -> None:
    assert counted([], tmp_path, engine).empty


FLAG = st.sampled_from([0, 1, None])
ROWS = st.lists(
    st.builds(
        row,
        year=st.integers(2020, 2023),
        type=st.sampled_from(["article", "review", "proceedings", "preprint", "erratum", ""]),
        field_group=st.sampled_from(["physics", "chemistry", ""]),
        own=st.integers(0, 1),
        international=FLAG,
        single=FLAG,
        top10=FLAG,
        own_corresponding=FLAG,
        n_authors=st.integers(0, 200),
        own_fraction=st.fractions(0, 1, max_denominator=97).map(float),
    ),
    max_size=60,
)


@settings(max_examples=25, deadline=None)
@given(ROWS, st.sampled_from(["all", "article_review", "article_review_proceedings"]))
def test_pandas_and_duckdb_agree(tmp_path_factory, rows: list[PublicationRow], types: str) -> None:
    folder = tmp_path_factory.mktemp("papers")
    assert_same(counted(rows, folder, "pandas", types), counted(rows, folder, "duckdb", types))


def assert_same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """Integers are identical, fractions agree to 1e-12."""
    whole = [*KEYS, *MEASURES]
    pd.testing.assert_frame_equal(one[whole], other[whole])
    parts = [f"{name}_fractional" for name in MEASURES]
    pd.testing.assert_frame_equal(one[parts], other[parts], rtol=1e-12, atol=1e-12)


def test_batches_of_pandas_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row(year=2020 + n % 3, own_fraction=1 / (1 + n % 7), international=n % 2) for n in range(1_000)]
    whole = counted(rows, tmp_path, "pandas")
    monkeypatch.setattr("indicators.publications.engines.BATCH", 7)
    assert_same(counted(rows, tmp_path, "pandas"), whole)


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_partners_and_top10_of_every_country(tmp_path: Path, engine: str) -> None:
    rows = [
        row(countries=("JP", "US"), country_fractions=(0.25, 0.75), international=1, top10=1),
        row(countries=("JP", "US"), country_fractions=(0.5, 0.5), international=1, n_authors=300),
        row(countries=("US",), own=0, top10=1),
        row(countries=("JP",), top10=None),
    ]
    countries = write_tables(rows, tmp_path).countries
    by = ["year", "country"]
    partners = count_table(engine, countries, lambda frame: count_partners(frame, "all"), by)
    assert partners.to_numpy().tolist() == [[2023, "JP", 1], [2023, "US", 1]]
    by = ["country", "year"]
    top10 = count_table(engine, countries, lambda frame: count_top10_by_country(frame, "all"), by).set_index("country")
    assert top10.loc["JP", ["international", "domestic"]].tolist() == [1, 0]
    assert top10.loc["US", ["international", "domestic"]].tolist() == [1, 1]
    assert top10.loc["US", ["international_fractional", "domestic_fractional"]].tolist() == [0.75, 1.0]
