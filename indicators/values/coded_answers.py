"""Answers as integers with the status of each: choices, numbers, and what rests on evidence with an error."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from indicators.values.dictionary_encoding import filled_positions, positions
from indicators.values.tables import FRACTION_SCALE, NO_SOURCE, RANK, STATUS_RANK, M
from schemas.dictionary.dictionary import DataDictionary

Array = np.ndarray[Any, Any]
COUNTED_TYPES = frozenset({"count", "decimal", "level"})
EVIDENCE = ("evidence_kind", "evidence", "evidence_scope")  # decide whether a level above 1 counts
CHOSEN_TYPES = frozenset({"choice", "yes_no"})
CODE_RANKS = np.array([*STATUS_RANK.values(), NO_SOURCE], dtype=RANK)  # the last one for a code that nobody knows


# choices


def choices(frame: pd.DataFrame, name: str, dictionary: DataDictionary, shut: pd.DataFrame) -> dict[str, Any]:
    """Integer columns beside every answered choice ``x`` of a table.

    ``x__given`` is 1 where it was answered; ``x__given__rank`` and ``x__unclear`` are the status rank of the
    answer; ``x__blocked`` is that of an error alone. In lists ``x__blank`` says whether the cell is blank.
    """
    lists = dictionary.open_lists
    columns: dict[str, Any] = {}
    for f in dictionary.fields_of.get(name, []):
        if f.column not in frame or f.type in COUNTED_TYPES:
            continue
        is_shut = _is_blocked(frame["submission"], frame, f.id, shut)
        is_blank = frame[f.column].isna().to_numpy(bool)
        blocked = is_shut * RANK(NO_SOURCE)
        if f.type in CHOSEN_TYPES:
            rank = _choice_ranks(
                frame, f.column, is_blank, M if name in lists or f.required == "optional" else NO_SOURCE
            )
            rank = np.maximum(rank, blocked)
            columns[f"{f.column}__given"] = np.where(rank == 0, 1, 0)
            columns[f"{f.column}__given__rank"] = columns[f"{f.column}__unclear"] = rank
            columns[f"{f.column}__blocked"] = blocked
        if name in lists:
            columns[f"{f.column}__blank"] = np.where(is_blank, "blank", "given")
            columns[f"{f.column}__blank__unclear"] = blocked
    return columns


def _choice_ranks(frame: pd.DataFrame, column: str, is_blank: Array, blank: int) -> Array:
    """Status rank of each answer to a choice; ``blank`` is that of a cell without answer or code."""
    if f"{column}__code" not in frame:
        return is_blank * RANK(blank)
    rank = _code_ranks(frame[f"{column}__code"])
    return np.where(is_blank & (rank == 0), blank, rank)


def _code_ranks(codes: pd.Series) -> Array:
    """Status rank of each code: an empty or absent one leaves the answer to speak, an unknown one has no source."""
    rank = np.zeros(len(codes), dtype=RANK)
    rows = filled_positions(codes)
    if len(rows):
        rank[rows] = CODE_RANKS[positions(pd.Series(codes.array.take(rows)), [*STATUS_RANK])]
    return rank


# numbers


def integers(
    frame: pd.DataFrame, name: str, dictionary: DataDictionary, shut: pd.DataFrame
) -> tuple[dict[str, Array], int]:
    """Numbers as integers with a status rank each. Fractional papers are multiplied by 1,000 when there are any."""
    declared = {f.column: f for f in dictionary.fields_of.get(name, []) if f.type in COUNTED_TYPES}
    source = {column: column for column in declared if column in frame and f"{column}__code" in frame}
    if "declared" in source and "counted" in frame:
        source["counted"] = "declared"
    exact = {column: _whole_or_thousandths(frame[column]) for column in source}
    scale = FRACTION_SCALE if any(own == FRACTION_SCALE for _, own in exact.values()) else 1
    coded = {given_as: _code_ranks(frame[f"{given_as}__code"]) for given_as in dict.fromkeys(source.values())}
    columns: dict[str, Array] = {}
    for column, (numbers, own) in exact.items():
        blank = M if declared[source[column]].required == "optional" else NO_SOURCE
        rank = _ranks(frame, f"{name}.{source[column]}", column, coded[source[column]], shut, blank)
        numbers[np.flatnonzero(rank != 0)] = 0
        columns[column] = numbers if scale == own else numbers * (scale // own)
        columns[f"{column}__rank"] = rank
    return columns, scale


def _whole_or_thousandths(values: pd.Series) -> tuple[Array, int]:
    """(integers, what they were multiplied by): 1 where all are whole numbers, else FRACTION_SCALE; 0 for a gap."""
    if pd.api.types.is_integer_dtype(values.dtype):
        return values.to_numpy(np.int64, na_value=0, copy=True), 1
    numbers = pd.to_numeric(values).to_numpy(np.float64, na_value=0.0)
    thousandths: Array = np.rint(numbers * FRACTION_SCALE).astype(np.int64)
    whole, rest = np.divmod(thousandths, FRACTION_SCALE)
    return (thousandths, FRACTION_SCALE) if rest.any() else (whole, 1)


def _ranks(frame: pd.DataFrame, field: str, column: str, codes: Array, shut: pd.DataFrame, blank: int) -> Array:
    """Status rank of each answer: of its code; ``blank`` without code and number; no source with an error."""
    rank = codes.copy()
    gaps = np.flatnonzero(frame[column].isna().to_numpy(bool))
    rank[gaps[rank[gaps] == 0]] = blank
    if len(shut):
        rank[_is_blocked(frame["submission"], frame, field, shut)] = NO_SOURCE
    return rank


def _is_blocked(submissions: pd.Series, frame: pd.DataFrame, field: str, shut: pd.DataFrame) -> Array:
    own = shut[shut["field"] == field] if len(shut) else shut
    if own.empty:
        return np.zeros(len(frame), dtype=bool)
    keys = pd.MultiIndex.from_arrays([submissions.astype(str), frame["row_key"].astype(str)])
    return keys.isin(pd.MultiIndex.from_frame(own[["submission", "row_key"]]))


def without_blocked_evidence(checklist: pd.DataFrame, shut: pd.DataFrame) -> pd.DataFrame:
    """A level above 1 rests on its evidence: with an error in that, it has no source either."""
    fields = [f"checklist_details.{column}" for column in EVIDENCE]
    own = shut[shut["field"].isin(fields)] if len(shut) else shut
    if own.empty:
        return checklist
    keys = pd.MultiIndex.from_arrays([checklist["submission"].astype(str), checklist["item"].astype(str)])
    hit = keys.isin(pd.MultiIndex.from_frame(own[["submission", "row_key"]])) & (checklist["declared"] > 1).to_numpy()
    return checklist.assign(
        counted=checklist["counted"].mask(hit, 0),
        counted__rank=np.where(hit, NO_SOURCE, checklist["counted__rank"].to_numpy()),
    )
