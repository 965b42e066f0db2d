"""Where counting runs: pandas batch by batch, DuckDB on one machine, Spark on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import pandas as pd
import pyarrow.parquet as pq

from indicators.publications.count_papers import add_up

ENGINES = ("pandas", "duckdb", "spark")
BATCH = 500_000  # rows that pandas holds at a time

Count = Callable[[Any], Any]  # a frame of papers to a frame of counts, by Narwhals expressions


class NoSpark(ImportError):
    """Spark is not installed; it is an optional dependency."""


def run_count(engine: str, table: Path | str, count: Count, keys: Sequence[str]) -> pd.DataFrame:
    """The counts of a Parquet table (a file, a folder or an address that the engine reads), sorted by ``keys``.

    Raises NoSpark where Spark is asked for and is not there.
    """
    counted = {"pandas": _with_pandas, "duckdb": _with_duckdb, "spark": _with_spark}[engine](str(table), count, keys)
    return counted.sort_values(list(keys)).reset_index(drop=True)


def _with_pandas(table: str, count: Count, keys: Sequence[str]) -> pd.DataFrame:
    """Batch by batch, so that memory does not grow with the table."""
    parts = []
    for batch in pq.ParquetFile(table).iter_batches(BATCH):
        frame = batch.to_pandas(types_mapper=pd.ArrowDtype)
        parts.append(count(nw.from_native(frame)).to_native())
    if not parts:
        frame = pq.ParquetFile(table).schema_arrow.empty_table().to_pandas(types_mapper=pd.ArrowDtype)
        parts.append(count(nw.from_native(frame)).to_native())
    whole = add_up(nw.from_native(pd.concat(parts, ignore_index=True)), keys)
    return _plain(whole.to_native())


def _with_duckdb(table: str, count: Count, keys: Sequence[str]) -> pd.DataFrame:
    with duckdb.connect() as connection:
        relation = connection.read_parquet(table)
        return _plain(count(nw.from_native(relation)).to_native().df())


def _with_spark(table: str, count: Count, keys: Sequence[str]) -> pd.DataFrame:
    counted = count(nw.from_native(spark_session().read.parquet(table))).collect("pyarrow")
    return _plain(counted.to_native().to_pandas())


def spark_session() -> Any:
    """The Spark session in force, or a new one with the master that Spark itself is set up for. Raises NoSpark."""
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise NoSpark from error
    return SparkSession.builder.appName("junkan").config("spark.ui.enabled", "false").getOrCreate()


def _plain(counts: pd.DataFrame) -> pd.DataFrame:
    """The same columns as int64, float64 and str, whichever engine made them."""
    kinds = {}
    for name in counts.columns:
        if name in ("country", "field_group", "institution"):
            kinds[name] = "str"
        else:
            kinds[name] = "float64" if name.endswith("_fractional") else "int64"
    return counts.astype(kinds)
