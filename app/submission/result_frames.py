"""The frames that a store keeps of one submission, as the tables of DATA."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from indicators.engine.evaluate import Scoreboard, exact_text
from schemas.reading.answer import Answer


def answer_frame(answers: Sequence[Answer], submission: str) -> pd.DataFrame:
    """The answers as DATA's table ``answers``."""
    return pd.DataFrame(
        [
            {
                "submission": submission,
                "field": answer.field.id,
                "row_key": answer.row_key,
                "raw": "" if answer.raw is None else str(answer.raw),
                "normalised": "" if answer.value is None else str(answer.value),
                "code": answer.code,
                "flag": "",
                "remark": "",
                "sheet": answer.sheet,
                "cell": answer.cell,
                "read_as": answer.read_as,
            }
            for answer in answers
        ]
    )


def stored_values(board: Scoreboard) -> pd.DataFrame:
    """The values with exact text for numerator and denominator, as DATA stores them."""
    values = board.values
    texts_of = [
        [str(exact_text(int(n), int(s))) for n, s in zip(values[column], values["scale"], strict=True)]
        for column in ("numerator", "denominator")
    ]
    return values.assign(numerator=texts_of[0], denominator=texts_of[1])


def with_places(cells: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """The lineage ``value_cells`` with sheet and cell of each answer; rows counted from a long list are no answers."""
    places = answers[["submission", "field", "row_key", "sheet", "cell"]]
    return cells.merge(places, on=["submission", "field", "row_key"])
