"""The iData table of values, as somebody who computes a composite from the exported iMeta table makes it."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pandas as pd

from app.documents.export.data_package import denominator_of, is_share, scored_at
from indicators.catalogue.declarations import Level
from indicators.catalogue.load_catalogue import Catalogue


def data_table(values: pd.DataFrame, catalogue: Catalogue, level: Level, on: date) -> pd.DataFrame:
    """The iData table of a level from the table ``values``: one row an institution and year.

    Scored shares are numerators with their denominators beside them; every other indicator is its value. What
    has no number, or is scored and below its minimum denominator, stays empty.
    """
    own = values[values["level"] == level]
    scored = scored_at(catalogue, level, on)
    keys = {"uCode": own["institution"], "Time": own["year"]}
    columns: dict[str, pd.Series] = {}
    for indicator in (i for i in catalogue.indicators.values() if level in i.levels):
        headline = (own["definition"] == indicator.definition_key) & (own["counting"] == indicator.counting)
        rows = own[(own["indicator"] == indicator.id) & headline]
        index = pd.MultiIndex.from_arrays([rows["institution"], rows["year"]], names=list(keys))
        counted = is_share(indicator) and indicator.id in scored
        usable = (rows["status"] == "ok") & ~(rows["below_minimum"] & (indicator.id in scored))
        columns[indicator.id] = _numbers(rows["numerator" if counted else "value"].where(usable), index)
        if counted:
            columns[denominator_of(indicator)] = _numbers(rows["denominator"].where(usable), index)
    frame = pd.DataFrame(columns)
    frame.index.names = list(keys)
    return frame.sort_index().reset_index().assign(uName=lambda table: table["uCode"])


def _numbers(texts: pd.Series, index: pd.MultiIndex) -> pd.Series:
    found = [None if pd.isna(text) or text == "" else float(Fraction(str(text))) for text in texts]
    return pd.Series(found, index=index, dtype="float64")
