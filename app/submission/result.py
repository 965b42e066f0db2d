"""What a worker returns of one workbook, and what the store keeps of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from app.storage.versions import Outcome
    from indicators.engine.evaluate import Scoreboard
    from schemas.rules.finding import Finding


@dataclass(frozen=True)
class Result:
    """Everything one workbook gave: who and when, findings as JSON, frames by table, and the marked workbook.

    A workbook that cannot be read gives ``refusal``, its one finding, and no frames. ``dependents`` are forms that
    the store holds already and that were judged anew beside this one.
    """

    header: Mapping[str, Any]
    frames: Mapping[str, pd.DataFrame]
    marked: bytes | None = None
    refusal: Finding | None = None
    dependents: tuple[Result, ...] = field(default=())

    @property
    def validation(self) -> dict[str, Any]:
        """The JSON of ``validate``."""
        return dict(self.header["validation"])

    @property
    def status(self) -> str:
        """``ok``, ``check``, ``error`` or ``refused``."""
        return str(self.header["validation"]["status"])


def outcome_of(result: Result) -> Outcome:
    """What the store keeps of the result of an accepted workbook."""
    from app.storage.versions import Outcome
    from schemas.explanations.explanation import explanation_of

    header, frames = result.header, result.frames
    return Outcome(
        institution=header["institution"],
        year=header["year"],
        form=header["form"],
        is_demo=header["is_demo"],
        dictionary_hash=header["dictionary_hash"],
        catalogue_hash=header["catalogue_hash"],  # of the edition that judged it
        status=result.status,
        answers=frames["answers"],
        findings=header["validation"]["findings"],
        values=frames["values"],
        value_cells=frames["value_cells"],
        gaps=frames["gaps"],
        scores=frames["scores"],
        explanations=[explanation_of(header["institution"], one) for one in header["explanations"]],
        counted=header["counted"],
        marked=result.marked,
        unit=header["unit"],
        centre=header["centre"],
    )


def stored_values(board: Scoreboard) -> pd.DataFrame:
    """The values with exact text for numerator and denominator, as a store keeps them."""
    from indicators.engine.evaluate import exact_text

    values = board.values
    texts_of = [
        [str(exact_text(int(n), int(s))) for n, s in zip(values[column], values["scale"], strict=True)]
        for column in ("numerator", "denominator")
    ]
    return values.assign(numerator=texts_of[0], denominator=texts_of[1])


def with_cells(cells: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """The lineage ``value_cells`` with sheet and cell of each answer; rows counted from a long list are no answers."""
    cell_refs = answers[["submission", "field", "row_key", "sheet", "cell"]]
    return cells.merge(cell_refs, on=["submission", "field", "row_key"])
