"""The JSON of ``score``: every key always present, headline first; ``scoreboard.schema.json`` is its schema."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from indicators.catalogue.declarations import LEVELS
from indicators.catalogue.load_catalogue import Catalogue
from indicators.engine.centre_results import ListedCentre, best_centres, centre_records
from indicators.engine.evaluate import Scoreboard, exact_text
from indicators.scoring.requirement_gaps import requirements_json
from indicators.values.tables import KEYS
from indicators.values.values import VALUE_KEY

WITH_COUNTS = ("ok", "zero_denominator")
Record = dict[str, Any]
Key = tuple[Any, ...]


def scoreboards(
    board: Scoreboard,
    catalogue: Catalogue,
    rounds: pd.DataFrame,
    addresses: Mapping[tuple[str, str, str], str],
    centres: Mapping[str, Sequence[ListedCentre]] | None = None,
) -> list[dict[str, Any]]:
    """One object a submission: indicators, pillars, centres with the best of them, and what requirements lack.

    ``addresses`` gives ``sheet!cell`` by (submission, field, row key), ``centres`` those of each submission. The
    targets an institution set itself stand in its answers; `indicators.scoring.own_targets` puts them in.
    """
    cells = _cells(board.value_cells, addresses)
    # A store keeps rows in an order of its own; which requirement comes first is for the catalogue to say.
    known = [
        (name, line, entry) for name, lines in catalogue.benchmarks.items() for line in lines for entry in line.entries
    ]
    rank = {(name, line.id, entry.id): at for at, (name, line, entry) in enumerate(known)}
    gaps = {
        key: sorted(rows, key=lambda gap: rank.get((gap["indicator"], gap["benchmark"], gap["entry"]), len(rank)))
        for key, rows in _group_rows(board.gaps, VALUE_KEY).items()
    }
    scores = {key: rows[0] for key, rows in _group_rows(board.scores, [*KEYS, "element"]).items()}
    values = _group_rows(board.values, ["submission"])
    pillars = _group_rows(board.scores[board.scores["element"].isin(list(catalogue.pillars))], ["submission"])
    found = []
    for one in _records(rounds):
        key = one["submission"]
        indicators = [_indicator(row, gaps, scores, cells) for row in values.get((key,), [])]
        records = centre_records((centres or {}).get(str(key), ()), indicators, catalogue)
        found.append(
            {
                "institution": str(one["institution"]),
                "year": int(one["year"]),
                "submission": str(key),
                "indicators": indicators,
                "pillars": _pillars(pillars.get((key,), []), catalogue),
                "own_targets": [],
                "centres": records,
                "best_centres": best_centres(records, catalogue),
            }
        )
    return [{**one, "requirements": requirements_json(one)} for one in found]


def _records(frame: pd.DataFrame) -> list[Record]:
    names = [str(name) for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in _rows(frame, names)]


def _rows(frame: pd.DataFrame, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """The values of each row; texts come as one array, since one by one they take long."""
    is_text = [isinstance(frame[name].dtype, pd.StringDtype) for name in columns]
    values = (
        frame[n].to_numpy(object).tolist() if text else frame[n].tolist()
        for n, text in zip(columns, is_text, strict=True)
    )
    return zip(*values, strict=True)


def _group_rows(frame: pd.DataFrame, columns: Sequence[str]) -> dict[Key, list[Record]]:
    found: dict[Key, list[Record]] = {}
    for row in _records(frame):
        found.setdefault(tuple(row[column] for column in columns), []).append(row)
    return found


def _cells(value_cells: pd.DataFrame, addresses: Mapping[tuple[str, str, str], str]) -> dict[Key, list[str]]:
    found: dict[Key, dict[str, None]] = {}
    for submission, *key, field, row_key in _rows(value_cells, [*VALUE_KEY, "field", "row_key"]):
        if cell_ref := addresses.get((str(submission), str(field), str(row_key))):
            found.setdefault((submission, *key), {})[cell_ref] = None
    return {key: [*cell_refs] for key, cell_refs in found.items()}


def _indicator(
    row: Record, gaps: Mapping[Key, list[Record]], scores: Mapping[Key, Record], cells: Mapping[Key, list[str]]
) -> Record:
    key = tuple(row[column] for column in VALUE_KEY)
    scored = scores[(row["submission"], row["level"], row["unit"], row["indicator"])]
    is_ok, has_counts = row["status"] == "ok", row["status"] in WITH_COUNTS
    scale = int(row["scale"])
    score = number(scored["score"])
    return {
        "id": row["indicator"],
        "level": row["level"],
        "unit": row["unit"],
        "definition": row["definition"],
        "counting": row["counting"],
        "window": None if pd.isna(row["window_from"]) else [int(row["window_from"]), int(row["window_to"])],
        "value": number(row["value"]),
        "numerator": exact_text(int(row["numerator"]), scale) if has_counts else None,
        "denominator": exact_text(int(row["denominator"]), scale) if has_counts else None,
        "status": row["status"],
        "small": bool(row["small"]),
        "flags": row["flags"].split(),
        "interval": _interval(row["lower"], row["upper"]) if is_ok else None,
        "score": score,
        "score_kind": text(scored["kind"]),
        "band": text(scored["band"]),
        "unscored_reason": text(scored["reason"]),
        "gaps": [_gap(gap) for gap in gaps.get(key, [])],
        "cells": cells.get(key, []),
    }


def _interval(lower: Any, upper: Any) -> list[float] | None:
    low, high = number(lower), number(upper)
    return None if low is None or high is None else [low, high]


def _gap(gap: Record) -> Record:
    of, replace, add = text(gap["of"]), whole(gap["replace"]), whole(gap["add"])
    is_counted = of is not None and (replace is not None or add is not None)
    return {
        "benchmark": gap["benchmark"],
        "entry": gap["entry"],
        "kind": gap["kind"],
        "level": gap["benchmark_level"],
        "comparable": bool(gap["comparable"]),
        "value": text(gap["benchmark_value"]),
        "gap_points": number(gap["gap_points"]),
        "gap_people": {"of": of, "replace": replace, "add": add} if is_counted else None,
        "verdict": text(gap["verdict"]),
        "margin": whole(gap["margin"]),
        "source": gap["source"],
        "seen": gap["seen"],
        "standing": text(gap["standing"]),
    }


def _pillars(rows: Iterable[Record], catalogue: Catalogue) -> list[Record]:
    order = {pillar: position for position, pillar in enumerate(catalogue.pillars)}
    ordered = sorted(rows, key=lambda row: (order[row["element"]], LEVELS.index(row["level"]), row["unit"]))
    return [
        {
            "id": row["element"],
            "level": row["level"],
            "unit": row["unit"],
            "score": number(row["score"]),
            "score_kind": text(row["kind"]),
            "coverage": [int(row["coverage_present"]), int(row["coverage_applicable"])],
            "dropped": str(row["dropped"]).split(),
            "bounds": _interval(row["lower"], row["upper"]),
        }
        for row in ordered
    ]


def number(value: Any) -> float | None:
    """A JSON number, or None for a missing one."""
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
