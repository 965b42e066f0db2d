"""Where counting runs: pandas batch by batch, DuckDB on one machine, Spark on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import fsspec
import narwhals as nw
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

from indicators.publications.count_papers import add_up

ENGINES = ("pandas", "duckdb", "spark")
BATCH = 100_000  # rows that pandas holds at a time
MEMORY = "3GB"  # of DuckDB; what exceeds it goes to disk

Count = Callable[[Any], Any]  # a frame of papers to a frame of counts, by Narwhals expressions


class UnreadableTable(ValueError):
    """A table that cannot be read or lacks what is counted; the text is the engine's own."""


class NoSpark(ImportError):
    """Spark is not installed; it is an optional dependency."""


def count_table(
    engine: str, table: Path | str, count: Count, keys: Sequence[str], columns: Sequence[str] | None = None
) -> pd.DataFrame:
    """The counts of a Parquet table, sorted by ``keys``.

    ``table`` is a file, a folder of files, or an address that fsspec reads (``s3://bucket/works``; Spark reads its
    own). ``columns`` are those that are read (all without). Raises NoSpark where Spark is asked for and is not there,
    UnreadableTable where there is no such table or it lacks a column.
    """
    run = {"pandas": _with_pandas, "duckdb": _with_duckdb, "spark": _with_spark}[engine]
    try:
        counted = run(str(table), count, keys, columns)
    except (OSError, ValueError, duckdb.Error, nw.exceptions.NarwhalsError) as error:
        raise UnreadableTable(str(error)) from error
    return counted.sort_values(list(keys)).reset_index(drop=True)


def _with_pandas(table: str, count: Count, keys: Sequence[str], columns: Sequence[str] | None) -> pd.DataFrame:
    """Batch by batch, so that memory does not grow with the table; a paper stands in one batch whole."""
    files, place = fsspec.url_to_fs(table)
    source = ds.dataset(place, format="parquet", filesystem=files)
    wanted = list(columns) if columns else None
    empty = source.schema.empty_table()
    parts = []
    for batch in source.to_batches(columns=wanted, batch_size=BATCH):
        if batch.num_rows:
            parts.append(_counts_frame(pa.Table.from_batches([batch]), count))
    whole = add_up(nw.from_native(pd.concat(parts or [_counts_frame(empty, count)], ignore_index=True)), keys)
    return _plain(whole.to_native())


def _counts_frame(table: pa.Table, count: Count) -> pd.DataFrame:
    counts: pd.DataFrame = count(nw.from_native(table.to_pandas(types_mapper=pd.ArrowDtype))).to_native()
    return counts


def _with_duckdb(table: str, count: Count, keys: Sequence[str], columns: Sequence[str] | None) -> pd.DataFrame:
    with duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{MEMORY}'")
        files, _ = fsspec.url_to_fs(table)
        if "://" in table:
            connection.register_filesystem(files)
        is_folder = files.isdir(table)
        relation = connection.read_parquet(f"{table.rstrip('/')}/**/*.parquet" if is_folder else table)
        if columns:
            relation = relation.select(*columns)
        return _plain(count(nw.from_native(relation)).to_native().df())


def _with_spark(table: str, count: Count, keys: Sequence[str], columns: Sequence[str] | None) -> pd.DataFrame:
    frame = spark_session().read.parquet(table)
    counted = count(nw.from_native(frame.select(*columns) if columns else frame)).collect("pyarrow")
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
        if name in ("country", "field_group", "field", "institution"):
            kinds[name] = "str"
        else:
            kinds[name] = "float64" if name.endswith("_fractional") else "int64"
    return counts.astype(kinds)
