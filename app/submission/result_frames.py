"""The frames that a store keeps of one submission, as its tables (docs/data-shapes.md 4)."""

from __future__ import annotations

import pandas as pd

from indicators.engine.evaluate import Scoreboard, exact_text


def stored_values(board: Scoreboard) -> pd.DataFrame:
    """The values with exact text for numerator and denominator, as a store keeps them."""
    values = board.values
    texts_of = [
        [str(exact_text(int(n), int(s))) for n, s in zip(values[column], values["scale"], strict=True)]
        for column in ("numerator", "denominator")
    ]
    return values.assign(numerator=texts_of[0], denominator=texts_of[1])


def with_cells(cells: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """The lineage ``value_cells`` with sheet and cell of each answer; rows counted from a long list are no answers."""
    places = answers[["submission", "field", "row_key", "sheet", "cell"]]
    return cells.merge(places, on=["submission", "field", "row_key"])
