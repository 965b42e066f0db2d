"""What was said about the points to check of one upload: on its sheet, in the app, or last time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.explanations.explanation import (
    Explanation,
    explanation_of,
    holding_explanations,
    offered_again,
    read_explanations,
)
from schemas.reading.answer import Submission
from schemas.rules.finding import Finding


@dataclass(frozen=True)
class GivenExplanations:
    """``on_sheet`` are the explanations on the sheet of this upload, ``elsewhere`` those given earlier in this round
    that still hold, by finding id. ``offered`` are last round's texts by finding id; None where nobody can know.
    """

    on_sheet: Sequence[Explanation]
    elsewhere: Mapping[str, Explanation]
    offered: Mapping[str, str] | None

    @property
    def explained(self) -> frozenset[str]:
        """Ids of the findings that are explained."""
        return frozenset({one.finding for one in self.on_sheet} | self.elsewhere.keys())


def gather_explanations(
    submission: Submission, findings: Sequence[Finding], before: Submission | None, kept: Sequence[Mapping[str, Any]]
) -> GivenExplanations:
    """What was said about the points to check among ``findings``.

    ``before`` is last round's form; ``kept`` are explanations as plain data (``Explanation.as_json``), each with the
    ``year`` of the round it was given in. Those of earlier rounds are offered, never taken as given.
    """
    by_age = [(int(row["year"]), explanation_of(submission.institution, row)) for row in kept]
    now = holding_explanations([one for year, one in by_age if year == submission.year], submission, findings)
    earlier = holding_explanations([one for year, one in by_age if year < submission.year], submission, findings)
    offered = {**offered_again(before, submission, findings), **{key: one.text for key, one in earlier.items()}}
    on_sheet = read_explanations(submission, findings, offered)
    is_known = before is not None or bool(kept)
    return GivenExplanations(on_sheet, now, offered if is_known else None)
