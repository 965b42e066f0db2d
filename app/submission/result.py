"""What a worker returns of one workbook, and what the store keeps of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from app.storage.versions import Outcome
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
