"""The WPI call of each centre, whether its grant runs, and whether it has several hosts, from the list of units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from schemas.register.centres import load_centres, read_hosts

Array = np.ndarray[Any, Any]
NO_CALL, NOT_WPI = "", "-"
WPI = "wpi_centre"
CALL_FIELDS = ("units.kind", "units.call_year", "units.call_type", "units.status")


@dataclass(frozen=True)
class CentreCalls:
    """For each submission about its centre: the call as ``year/type``, the status, and whether hosts share it.

    ``call`` is empty where it is not known, ``-`` for a centre outside the programme; ``grant`` is empty where it is
    not known.
    """

    call: Array
    grant: Array
    is_shared: Array


def call_key(kind: Any, year: Any, call_type: Any) -> str:
    """The call of a centre as ``year/type``; of a year with one call the type may be left out."""
    if kind is None:
        return NO_CALL
    if kind != WPI:
        return NOT_WPI
    known = load_centres().call_of(int(year), str(call_type or "")) if year is not None else None
    if known is not None:
        return f"{known.year}/{known.type}"
    is_later = year is not None and int(year) > load_centres().last_year and call_type is not None
    return f"{int(year)}/{call_type}" if is_later else NO_CALL


def centre_calls(units: pd.DataFrame | None, numbers: Array, order: list[str], blocked: pd.DataFrame) -> CentreCalls:
    """The calls of the centres of all submissions; ``numbers`` are their positions by row of ``units``.

    An answer that an error blocks (columns submission, field, row_key) is not known.
    """
    count = len(order)
    call, grant = np.full(count, NO_CALL, dtype=object), np.full(count, "", dtype=object)
    is_shared = np.zeros(count, dtype=bool)
    shut = set(blocked[blocked["field"].isin(CALL_FIELDS)].itertuples(index=False, name=None))
    for number, row in _centres(units, numbers):

        def said(column: str, number: int = number, row: Mapping[str, Any] = row) -> Any:
            value = row.get(column)
            key = (str(order[number]), f"units.{column}", str(row.get("row_key", "")))
            return None if value is None or pd.isna(value) or key in shut else value

        call[number] = call_key(said("kind"), said("call_year"), said("call_type"))
        grant[number] = str(said("status") or "")
        is_shared[number] = len(read_hosts(str(said("hosts") or ""))) > 1
    return CentreCalls(call, grant, is_shared)


def _centres(units: pd.DataFrame | None, numbers: Array) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Position of the submission and answers of each unit that is the centre of its form."""
    if units is None or units.empty:
        return
    marked = units["is_centre"].to_numpy(bool)
    for number, row in zip(numbers[marked].tolist(), units[marked].to_dict("records"), strict=True):
        yield int(number), {str(name): value for name, value in row.items()}
