"""What an institution promised itself: its own targets beside its values, with a score between floor and target."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pandas as pd

from indicators.catalogue.load_catalogue import Catalogue

TABLE = "own_targets"
LEVEL = "institution"


def own_targets(answers: pd.DataFrame) -> list[dict[str, str]]:
    """The complete rows of the sheet of own targets, in their order: indicator, value, year, source, document, cell.

    ``answers``: field, row_key, normalised, blocked, sheet and cell of one submission. Rows without indicator, value
    or year, and those that an error concerns, are left out; the rules ask about them.
    """
    mine = answers[answers["field"].str.startswith(f"{TABLE}.")]
    blocked = set(mine.loc[mine["blocked"].astype(bool), "row_key"])
    rows: dict[str, dict[str, str]] = {}
    for row in mine[~mine["row_key"].isin(blocked)].to_dict("records"):
        column = str(row["field"]).split(".")[1]
        kept = rows.setdefault(str(row["row_key"]), {})
        kept[column] = str(row["normalised"] or "")
        if column == "value":
            kept["cell"] = f"{row['sheet']}!{row['cell']}" if row["cell"] else ""
    return [row for row in rows.values() if all(row.get(name) for name in ("indicator", "value", "year"))]


def own_target_scores(
    indicators: list[dict[str, Any]], targets: list[dict[str, str]], year: int, catalogue: Catalogue
) -> list[dict[str, Any]]:
    """Each own target beside the institution's value: distance, whether it is reached, and a score of 0 to 100.

    ``indicators``: the rows of a scoreboard in the JSON of ``score``. The score is that of every other goalpost,
    100 · clip((value − floor) ÷ (target − floor), 0, 1), from the floor of the indicator's goalpost, or 0 where it
    has none, of the kind ``score``. Targets of a year before ``year`` and of indicators that do not exist have no
    score; a rule says so.
    """
    values = {row["id"]: row for row in reversed(indicators) if row["level"] == LEVEL}
    found = []
    for target in targets:
        indicator = catalogue.indicators.get(target["indicator"])
        if indicator is None or int(target["year"]) < year:
            continue
        value = values.get(indicator.id, {}).get("value")
        line = Fraction(target["value"])
        post = indicator.goalposts.get("institution")
        floor = Fraction(0) if post is None else post.floor
        found.append(
            {
                "indicator": indicator.id,
                "value": target["value"],
                "year": int(target["year"]),
                "source": target.get("source") or None,
                "document": target.get("document") or None,
                "cell": target.get("cell") or None,
                "current": value,
                "gap": None if value is None else value - float(line),
                "verdict": None if value is None else _verdict(value, line, indicator.better),
                "score": None if value is None else _score(value, floor, line),
                "score_kind": "score",
                "floor": str(floor),
            }
        )
    return found


def _verdict(value: float, line: Fraction, better: str) -> str:
    is_reached = value <= float(line) if better == "lower" else value >= float(line)
    return "met" if is_reached else "not_met"


def _score(value: float, floor: Fraction, line: Fraction) -> float | None:
    if line == floor:
        return None
    return 100 * min(1.0, max(0.0, (value - float(floor)) / float(line - floor)))


def with_own_targets(board: Mapping[str, Any], answers: pd.DataFrame, catalogue: Catalogue) -> dict[str, Any]:
    """A scoreboard in the JSON of ``score`` with the institution's own targets under ``own_targets``."""
    scores = own_target_scores(board["indicators"], own_targets(answers), int(board["year"]), catalogue)
    return {**board, "own_targets": scores}
