"""Which gaps to requirements come first, how many are met, and which cannot be judged: one answer for every entity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

REQUIRED = ("requirement", "target")
UNITS = ("people", "staff", "papers", "items")
LEVELS = ("institution", "centre")
FIRST = 3
Row = Mapping[str, Any]


@dataclass(frozen=True)
class RequirementGaps:
    """The requirements of one scoreboard.

    ``first``: up to three (row, gap) that lack something. ``lacking``: all such. ``met`` of ``judged`` requirements in
    numbers at their own level, targets apart. ``unjudged``: rows with a requirement and no value to judge.
    """

    first: tuple[tuple[Row, Row], ...]
    lacking: tuple[tuple[Row, Row], ...]
    met: int
    judged: int
    unjudged: tuple[Row, ...]

    @property
    def is_all_clear(self) -> bool:
        """Whether something was judged, nothing lacks, and nothing had to be left out."""
        return self.judged > 0 and not self.lacking and not self.unjudged


def requirement_gaps(board: Mapping[str, Any]) -> RequirementGaps:
    """The gaps to requirements of a scoreboard in the JSON of ``score``.

    People come before papers and items; within each, a requirement that is not met at its own level comes
    before a direction, then the larger number.
    """
    pairs, unjudged = [], []
    for row in board["indicators"]:
        gaps = [gap for gap in row["gaps"] if gap["kind"] in REQUIRED and gap["comparable"]]
        if row["level"] not in LEVELS or not gaps:
            continue
        pairs.append((row, gaps[0]))
        if row["value"] is None and gaps[0]["kind"] == "requirement":
            unjudged.append(row)
    verdicts = [gap for row, gap in pairs if row["value"] is not None and gap["value"] is not None and gap["verdict"]]
    counted = [gap for gap in verdicts if gap["kind"] == "requirement"]
    lacking = [(row, gap) for row, gap in pairs if gap["gap_people"] and gap["gap_people"]["replace"]]
    lacking.sort(key=lambda pair: _order(pair[1]))
    met = sum(gap["verdict"] == "met" for gap in counted)
    return RequirementGaps(tuple(lacking[:FIRST]), tuple(lacking), met, len(counted), tuple(unjudged))


def _order(gap: Row) -> tuple[int, bool, int]:
    people = gap["gap_people"]
    return UNITS.index(people["of"]), gap["verdict"] is None, -people["replace"]


def requirements_json(board: Mapping[str, Any]) -> dict[str, Any]:
    """``requirement_gaps`` of a scoreboard as it stands in the JSON of ``score``.

    ``net_increase`` is how many more there have to be at the present size, those who leave meanwhile replaced.
    """
    found = requirement_gaps(board)
    return {
        "judged": found.judged,
        "met": found.met,
        "unjudged": [{"id": row["id"], "level": row["level"], "status": row["status"]} for row in found.unjudged],
        "first": [
            {
                "id": row["id"],
                "level": row["level"],
                "benchmark": gap["benchmark"],
                "is_required": bool(gap["verdict"]),
                "of": gap["gap_people"]["of"],
                "net_increase": gap["gap_people"]["replace"],
            }
            for row, gap in found.first
        ],
    }
