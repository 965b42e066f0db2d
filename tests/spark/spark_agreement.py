"""Spark counts what pandas and DuckDB count. Run by ``make test-spark``, for it needs Java and its own packages.

The session takes its master from SPARK_MASTER; ``make test-spark`` sets a local cluster of two worker processes.
"""

import os
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from pyspark.sql import SparkSession

from bench.scale.generate_works import World, make_works
from indicators.publications.count_papers import count_papers, count_partners, count_top10_by_country
from indicators.publications.engines import count_table
from indicators.publications.national_counts import COLUMNS, KEYS, count_institutions
from tests.indicators.publications.test_count_papers import row
from tests.support.paper_files import write_tables

MASTER = os.environ.get("SPARK_MASTER", "local-cluster[2,1,1024]")


@pytest.fixture(scope="module", autouse=True)
def session():
    builder = SparkSession.builder.master(MASTER).appName("agreement").config("spark.ui.enabled", "false")
    running = builder.config("spark.sql.shuffle.partitions", "4").getOrCreate()
    assert running.sparkContext.master == MASTER
    yield running
    running.stop()


def assert_agree(table: Path, count, keys, columns=None) -> pd.DataFrame:
    pandas, duckdb, spark = (
        count_table(engine, table, count, keys, columns) for engine in ("pandas", "duckdb", "spark")
    )
    whole = [name for name in pandas if not name.endswith("_fractional")]
    parts = [name for name in pandas if name.endswith("_fractional")]
    for other in (duckdb, spark):
        pd.testing.assert_frame_equal(pandas[whole], other[whole])
        pd.testing.assert_frame_equal(pandas[parts], other[parts], rtol=1e-12, atol=1e-12)
    return pandas


def test_papers_of_one_institution(tmp_path: Path) -> None:
    flags = [None, 0, 1]
    rows = [
        row(
            year=2020 + n % 4,
            field_group=["physics", ""][n % 2],
            type=["article", "review", "preprint"][n % 3],
            international=flags[n % 3],
            single=flags[n % 3] and 0,
            top10=flags[n % 2],
            countries=("JP", "US"),
            country_fractions=(1 / (1 + n % 7), 1 / (2 + n % 5)),
            own_fraction=1 / (1 + n % 11),
            n_authors=n % 130,
        )
        for n in range(5_000)
    ]
    tables = write_tables(rows, tmp_path)
    keys = ["year", "field_group"]
    found = assert_agree(tables.papers, partial(count_papers, keys=keys, document_types="all"), keys)
    assert found["papers"].sum() > 1_000
    assert_agree(tables.countries, partial(count_partners, document_types="all"), ["year", "country"])
    assert_agree(tables.countries, partial(count_top10_by_country, document_types="all"), ["country", "year"])


def test_every_institution_of_a_country(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(make_works(World(), 0, 5_000), tmp_path / "works.parquet")
    count = partial(count_institutions, country="JP", first_year=2015, last_year=2024, document_types="all")
    assert len(assert_agree(tmp_path / "works.parquet", count, KEYS, COLUMNS)) > 500
