"""The WPI call of each centre, whether its grant runs, and whether it has several hosts, from the list of units."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
    if units is None or units.empty:
        return CentreCalls(call, grant, is_shared)
    marked = units["is_centre"].to_numpy(bool)
    centres, number = units[marked], numbers[marked]
    shut = set(blocked[blocked["field"].isin(CALL_FIELDS)].itertuples(index=False, name=None))
    said = [_known_answers(centres, column, number, order, shut) for column in ("kind", "call_year", "call_type")]
    status, hosts = (_known_answers(centres, column, number, order, shut) for column in ("status", "hosts"))
    call[number] = _by_answer(zip(*said, strict=True), lambda answers: call_key(*answers))
    grant[number] = _by_answer(status, lambda answer: str(answer or ""))
    is_shared[number] = _by_answer(hosts, lambda answer: len(read_hosts(str(answer or ""))) > 1)
    return CentreCalls(call, grant, is_shared)


def _by_answer(answers: Iterable[Any], read: Callable[[Any], Any]) -> list[Any]:
    """What each answer says; few differ among many forms, and each different one is read once."""
    answers = list(answers)
    meaning = {answer: read(answer) for answer in set(answers)}
    return [meaning[answer] for answer in answers]


def _known_answers(
    centres: pd.DataFrame, column: str, number: Array, order: list[str], shut: set[tuple[str, str, str]]
) -> list[Any]:
    """The answers of one column by centre; None where there is none, or where an error blocks it."""
    if column not in centres:
        return [None] * len(centres)
    answers = centres[column].astype(object).where(centres[column].notna(), None).tolist()
    if not shut:
        return answers
    rows = centres["row_key"].astype(str) if "row_key" in centres else [""] * len(centres)
    keys = ((str(order[n]), f"units.{column}", row) for n, row in zip(number.tolist(), rows, strict=True))
    return [None if key in shut else answer for key, answer in zip(keys, answers, strict=True)]
