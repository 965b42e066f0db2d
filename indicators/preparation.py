"""Clean tables of submissions → tables that measures can sum: levels assigned, blocked cells set aside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from indicators.measures import FRACTION_SCALE, STATUS_RANK, Tables
from schemas.dictionary import WHOLE, DataDictionary

SubmissionTables = Mapping[str, pd.DataFrame]


def stack(submissions: Mapping[str, SubmissionTables]) -> dict[str, pd.DataFrame]:
    """Tables of several submissions as one frame a table, with a ``submission`` column and ``row_key``."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for submission, tables in submissions.items():
        for name, frame in tables.items():
            rows = frame.reset_index() if frame.index.name == "row_key" else frame.reset_index(drop=True)
            parts.setdefault(name, []).append(rows.assign(submission=submission))
    return {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}


def prepared(
    tables: Mapping[str, pd.DataFrame],
    rounds: pd.DataFrame,
    dictionary: DataDictionary,
    blocked: Iterable[tuple[str, str, str]] = (),
) -> Tables:
    """Tables ready for measures.

    ``rounds`` has one row a submission with its ``year``; ``blocked`` lists (submission, field, row key) of
    answers that an error concerns: they count as having no source.
    """
    centres = centre_units(tables.get("units"))
    year = rounds.set_index("submission")["year"]
    by_table: dict[str, set[tuple[str, str, str]]] = {}
    for submission, field, row_key in blocked:
        by_table.setdefault(field.split(".")[0], set()).add((submission, field.split(".")[1], row_key))
    frames, scales = {}, {}
    for name, frame in tables.items():
        levelled = with_levels(frame, name, centres, year)
        frames[name], scales[name] = _integers(levelled, name, dictionary, by_table.get(name, set()))
    return Tables(frames, scales)


def centre_units(units: pd.DataFrame | None) -> dict[str, str]:
    """Submission -> code of its centre."""
    if units is None or units.empty:
        return {}
    marked = units[units["is_centre"].astype(bool)]
    return dict(zip(marked["submission"], marked["unit"].astype(str), strict=True))


def with_levels(frame: pd.DataFrame, name: str, centres: Mapping[str, str], year: pd.Series) -> pd.DataFrame:
    """The frame with ``level`` and ``unit``: 00 is the institution, the marked unit the centre (DATA "Levels")."""
    centre = frame["submission"].map(centres).fillna("centre")
    if name == "checklist":
        level = frame["scope"].to_numpy()
        unit = np.where(level == "centre", centre, WHOLE)
        return frame.assign(level=level, unit=unit)
    if name == "researchers":
        unit = frame["unit"].astype(str).to_numpy()
        level = np.where(unit == WHOLE, "institution", np.where(unit == centre.to_numpy(), "centre", "unit"))
        return frame.assign(level=level, unit=unit)
    levelled = frame.assign(level="institution", unit=WHOLE)
    if "year" in frame:
        offset = frame["year"].astype(np.int64) - frame["submission"].map(year).astype(np.int64)
        levelled = levelled.assign(offset=offset)
    return levelled


def _integers(
    frame: pd.DataFrame, name: str, dictionary: DataDictionary, blocked: set[tuple[str, str, str]]
) -> tuple[pd.DataFrame, int]:
    """Numbers as integers with a status rank each. Fractional papers are multiplied by 1,000 when there are any."""
    numeric = [c for c in frame.columns if f"{name}.{c}" in dictionary.fields and f"{c}__code" in frame]
    source = {column: column for column in numeric}
    if name == "checklist":
        source = {"declared": "declared", "counted": "declared"}
    scale = 1
    exact: dict[str, np.ndarray[Any, Any]] = {}
    for column in source:
        values = frame[column]
        if values.dtype.kind not in "iuf":
            continue
        numbers = values.astype("Float64").fillna(0).to_numpy(np.float64)
        exact[column] = np.rint(numbers * FRACTION_SCALE).astype(np.int64)
    if any((whole % FRACTION_SCALE).any() for whole in exact.values()):
        scale = FRACTION_SCALE
    columns: dict[str, np.ndarray[Any, Any]] = {}
    for column, whole in exact.items():
        codes = frame[f"{source[column]}__code"]
        missing = frame[column].isna().to_numpy()
        coded = codes.map(STATUS_RANK).fillna(0).to_numpy(np.int64)
        rank: np.ndarray[Any, Any] = np.where(missing & (coded == 0), STATUS_RANK["no_source"], coded)
        if blocked:
            keys = zip(frame["submission"], frame["row_key"], strict=True)
            hit = np.array([(s, source[column], str(k)) in blocked for s, k in keys], dtype=bool)
            rank = np.where(hit, STATUS_RANK["no_source"], rank)
        columns[column] = np.where(rank == 0, whole if scale == FRACTION_SCALE else whole // FRACTION_SCALE, 0)
        columns[f"{column}__rank"] = rank
    return frame.assign(**columns), scale
