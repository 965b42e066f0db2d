"""The JSON of ``score``: DATA's shape, every key always present, headline first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from indicators.catalogue import Catalogue
from indicators.engine import VALUE_KEY, Scoreboard, exact_text
from indicators.indicator import LEVELS
from indicators.measures import KEYS


def scoreboards(
    board: Scoreboard, catalogue: Catalogue, rounds: pd.DataFrame, addresses: Mapping[tuple[str, str, str], str]
) -> list[dict[str, Any]]:
    """One object a submission: its indicators and pillars.

    ``addresses`` gives ``sheet!cell`` by (submission, field, row key).
    """
    cells = _cells(board, addresses)
    gaps = {key: rows for key, rows in board.gaps.groupby(VALUE_KEY, sort=False)} if len(board.gaps) else {}
    scores = {key: row for key, row in _keyed(board.scores, [*KEYS, "element"])}
    result = []
    for _, round_row in rounds.iterrows():
        submission = round_row["submission"]
        values = board.values[board.values["submission"] == submission]
        result.append(
            {
                "institution": str(round_row["institution"]),
                "year": int(round_row["year"]),
                "submission": str(submission),
                "indicators": [_indicator(row, gaps, scores, cells) for _, row in values.iterrows()],
                "pillars": _pillars(board.scores, str(submission), catalogue),
            }
        )
    return result


def _keyed(frame: pd.DataFrame, columns: list[str]) -> list[tuple[tuple[Any, ...], pd.Series]]:
    return [(tuple(row[column] for column in columns), row) for _, row in frame.iterrows()]


def _cells(board: Scoreboard, addresses: Mapping[tuple[str, str, str], str]) -> dict[tuple[Any, ...], list[str]]:
    found: dict[tuple[Any, ...], list[str]] = {}
    for row in board.value_cells.itertuples(index=False):
        key = tuple(getattr(row, column) for column in VALUE_KEY)
        address = addresses.get((str(row.submission), str(row.field), str(row.row_key)))
        if address and address not in found.setdefault(key, []):
            found[key].append(address)
    return found


def _indicator(row: pd.Series, gaps: Any, scores: Any, cells: Any) -> dict[str, Any]:
    key = tuple(row[column] for column in VALUE_KEY)
    scored = scores[(row["submission"], row["level"], row["unit"], row["indicator"])]
    is_ok = row["status"] == "ok"
    scale = int(row["scale"])
    return {
        "id": row["indicator"],
        "level": row["level"],
        "unit": row["unit"],
        "definition": row["definition"],
        "counting": row["counting"],
        "window": None if pd.isna(row["window_from"]) else [int(row["window_from"]), int(row["window_to"])],
        "value": number(row["value"]),
        "numerator": exact_text(int(row["numerator"]), scale) if is_ok or row["status"] == "zero_denominator" else None,
        "denominator": exact_text(int(row["denominator"]), scale)
        if is_ok or row["status"] == "zero_denominator"
        else None,
        "status": row["status"],
        "small": bool(row["small"]),
        "flags": row["flags"].split(),
        "interval": None if number(row["lower"]) is None else [number(row["lower"]), number(row["upper"])],
        "score": number(scored["score"]),
        "score_kind": text(scored["kind"]) if number(scored["score"]) is not None else None,
        "band": text(scored["band"]),
        "unscored_reason": text(scored["reason"]),
        "gaps": [_gap(gap) for _, gap in gaps[key].iterrows()] if key in gaps else [],
        "cells": cells.get(key, []),
    }


def _gap(gap: pd.Series) -> dict[str, Any]:
    counted = text(gap["of"]) is not None and not (pd.isna(gap["replace"]) and pd.isna(gap["add"]))
    return {
        "benchmark": gap["benchmark"],
        "entry": gap["entry"],
        "kind": gap["kind"],
        "level": gap["benchmark_level"],
        "comparable": bool(gap["comparable"]),
        "value": text(gap["benchmark_value"]),
        "gap_points": number(gap["gap_points"]),
        "gap_people": {"of": gap["of"], "replace": whole(gap["replace"]), "add": whole(gap["add"])}
        if counted
        else None,
        "verdict": text(gap["verdict"]),
        "margin": whole(gap["margin"]),
        "source": gap["source"],
        "seen": gap["seen"],
    }


def _pillars(scores: pd.DataFrame, submission: str, catalogue: Catalogue) -> list[dict[str, Any]]:
    rows = scores[(scores["submission"] == submission) & scores["element"].isin(list(catalogue.pillars))]
    order = {pillar: index for index, pillar in enumerate(catalogue.pillars)}
    keyed = rows.assign(_p=rows["element"].map(order), _l=rows["level"].map({v: i for i, v in enumerate(LEVELS)}))
    return [
        {
            "id": row["element"],
            "level": row["level"],
            "unit": row["unit"],
            "score": number(row["score"]),
            "score_kind": text(row["kind"]) if number(row["score"]) is not None else None,
            "coverage": [int(row["coverage_present"]), int(row["coverage_applicable"])],
            "dropped": str(row["dropped"]).split(),
            "bounds": None if number(row["lower"]) is None else [number(row["lower"]), number(row["upper"])],
        }
        for _, row in keyed.sort_values(["_p", "_l", "unit"], kind="stable").iterrows()
    ]


def number(value: Any) -> float | int | None:
    """A JSON number, or None for a missing one; whole numbers stay floats only when they were."""
    if value is None or pd.isna(value):
        return None
    exact = float(value)
    return None if math.isnan(exact) else exact


def whole(value: Any) -> int | None:
    """A JSON integer, or None."""
    return None if value is None or pd.isna(value) else int(value)


def text(value: Any) -> str | None:
    """A JSON string, or None."""
    return None if value is None or (not isinstance(value, str) and pd.isna(value)) or value == "" else str(value)
