"""The definition switch: who counts as foreign among the faculty, and what each reading leads to.

The readings are those of docs/catalogue-decisions.md 2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from indicators.catalogue.declarations import Indicator
from indicators.catalogue.load_catalogue import Catalogue
from indicators.values.values import DEPENDS

WIDE = "sgu"
Row = Mapping[str, Any]


def readings(catalogue: Catalogue, indicator: str) -> tuple[Indicator, ...]:
    """The readings that ``indicator`` is one of, narrowest first; empty where there is one definition only.

    The wide reading (外国人教員等) is an indicator of its own over the same people.
    """
    for base in catalogue.indicators.values():
        if not base.variants:
            continue
        wide = [i for i in catalogue.indicators.values() if (i.definition_key, i.population) == (WIDE, base.population)]
        family = (*base.by_definition, *wide)
        if indicator in {one.id for one in family}:
            return family
    return ()


def definitions(catalogue: Catalogue) -> tuple[str, ...]:
    """The definitions that one indicator may be read by, the headline's first."""
    found = (one.definition_key for i in catalogue.indicators.values() if i.variants for one in i.by_definition)
    return tuple(dict.fromkeys(found))


def is_marked(row: Row) -> bool:
    """Whether the band or the side of a line depends on the definition."""
    flags = row.get("flags")
    return isinstance(flags, list | tuple | str) and DEPENDS in flags


def row_of(rows: Sequence[Row], reading: Indicator, level: str) -> Row | None:
    """The row of a reading at a level in the JSON of ``score``."""
    wanted = (reading.id, reading.definition_key, level)
    return next((row for row in rows if (row["id"], row["definition"], row["level"]) == wanted), None)


def read_by(rows: Sequence[Row], catalogue: Catalogue, definition: str) -> list[Row]:
    """One row an indicator and level of the JSON of ``score``: by ``definition`` where it is read by several."""
    return [row for row in rows if row["definition"] == _read_as(catalogue, row["id"], definition)]


def panel_by(values: pd.DataFrame, catalogue: Catalogue, definition: str) -> pd.DataFrame:
    """The same of a panel: one row an institution, indicator and level."""
    wanted = {name: _read_as(catalogue, name, definition) for name in values["indicator"].unique()}
    found: pd.DataFrame = values[values["definition"] == values["indicator"].map(wanted)]
    return found


def label_of(catalogue: Catalogue, row: Row) -> Indicator:
    """The indicator that says what a row of the JSON of ``score`` is, a variant by its own name."""
    return catalogue.measured.get(f"{row['id']}:{row['definition']}", catalogue.indicators[row["id"]])


def _read_as(catalogue: Catalogue, indicator: str, definition: str) -> str:
    own = catalogue.indicators[indicator]
    known = {one.definition_key for one in own.by_definition}
    return definition if definition in known else own.definition_key
