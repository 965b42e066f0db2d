"""Institutions of a country counted in one plan: as each counted by itself from its records, on every engine."""

import json
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from bench.scale.generate_works import World, make_works
from indicators.publications.count_papers import MEASURES, count_papers
from indicators.publications.engines import UnreadableTable, count_table
from indicators.publications.national_counts import COLUMNS, KEYS, count_institutions
from indicators.publications.publication_row import judge_record
from schemas.bibliography.openalex import read_openalex
from schemas.bibliography.own_addresses import InstitutionAddresses
from schemas.bibliography.read_problems import ProblemLog
from tests.support.paper_files import write_tables

COUNT = partial(count_institutions, country="JP", first_year=2015, last_year=2024, document_types="all")


@pytest.fixture(scope="module")
def works(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("works") / "part_0000.parquet"
    pq.write_table(make_works(World(), 0, 3_000), path)
    return path


@pytest.fixture(scope="module")
def counts(works: Path) -> pd.DataFrame:
    return count_table("duckdb", works, COUNT, KEYS, COLUMNS)


@pytest.mark.parametrize("where", ["file", "folder", "address"])
def test_pandas_and_duckdb_agree(
    works: Path, counts: pd.DataFrame, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indicators.publications.engines.BATCH", 700)
    table = {"file": works, "folder": works.parent, "address": f"file://{works.parent}"}[where]
    whole = [*KEYS, *MEASURES]
    for engine in ("pandas", "duckdb"):
        other = count_table(engine, table, COUNT, KEYS, COLUMNS)
        pd.testing.assert_frame_equal(counts[whole], other[whole])
        pd.testing.assert_frame_equal(counts.drop(columns=whole), other.drop(columns=whole), rtol=1e-12, atol=1e-12)


def test_an_institution_by_itself_has_the_same_counts(works: Path, counts: pd.DataFrame, tmp_path: Path) -> None:
    problems = ProblemLog()
    records = list(read_openalex(works, problems))
    assert len(records) == 3_000 and not problems.counts
    largest = counts.groupby("institution")["papers"].sum().nlargest(3).index
    for ror in largest:
        own = InstitutionAddresses([ror], [])
        tables = write_tables((judge_record(record, own) for record in records), tmp_path)
        alone = count_table(
            "pandas", tables.papers, partial(count_papers, keys=["year"], document_types="all"), ["year"]
        )
        together = counts[counts["institution"] == ror].groupby("year")[list(MEASURES)].sum()
        measured = [name for name in MEASURES if "corresponding" not in name]
        assert alone.set_index("year")[measured].to_dict() == together[measured].to_dict()
        parts = counts[counts["institution"] == ror]["papers_fractional"].sum()
        assert alone["papers_fractional"].sum() == pytest.approx(parts, rel=1e-12)


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_a_table_that_cannot_be_read(tmp_path: Path, engine: str) -> None:
    other = tmp_path / "other.parquet"
    pd.DataFrame({"id": ["W1"]}).to_parquet(other)
    for table in (other, tmp_path / "absent.parquet"):
        with pytest.raises(UnreadableTable):
            count_table(engine, table, COUNT, KEYS, COLUMNS)


def test_the_generator_gives_the_same_works_however_parted() -> None:
    world = World()
    first = make_works(world, 0, 200).to_pylist()
    assert json.dumps(first) == json.dumps(make_works(world, 0, 200).to_pylist())
    placed = [author["institutions"][0] for work in first for author in work["authorships"] if author["institutions"]]
    assert {place["country_code"] for place in placed} > {"JP"}
