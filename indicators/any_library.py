"""Sums of a table of any library that Narwhals knows, for tables that do not fit pandas; the same as ``sums``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import pandas as pd
from narwhals.typing import IntoFrame

from indicators.tables import KEYS


def term_sums(
    frame: IntoFrame, columns: Sequence[str], where: Mapping[str, Sequence[Any]], by: Sequence[str] = tuple(KEYS)
) -> pd.DataFrame:
    """Sums of ``columns`` over the rows of ``where``, for each group of ``by``.

    ``frame`` is of any library Narwhals knows, with an integer ``x`` and ``x__rank`` for each column. Returns
    ``by`` and for each column ``x__sum``, ``x__worst`` and ``x__best`` (largest and smallest status rank); the
    order of the groups is not defined.
    """
    rows = nw.from_native(frame)
    for column, codes in where.items():
        rows = rows.filter(nw.col(column).is_in(list(codes)))
    whole = nw.Int64()
    aggregates = [
        aggregate
        for column in columns
        for aggregate in (
            nw.col(column).sum().alias(f"{column}__sum"),
            nw.col(f"{column}__rank").max().alias(f"{column}__worst"),
            nw.col(f"{column}__rank").min().alias(f"{column}__best"),
        )
    ]
    grouped = rows.group_by(list(by)).agg(*aggregates)
    collected = grouped.collect() if isinstance(grouped, nw.LazyFrame) else grouped
    numbers = [nw.col(name).cast(whole) for name in collected.columns if name not in by]
    found: pd.DataFrame = collected.with_columns(*numbers).to_pandas()
    return found
