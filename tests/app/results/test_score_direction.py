"""A centre that no requirement of its own call judges is scored as a direction in the account of change too."""

import pytest

from app.edition import catalogue
from app.results.score_change import Edition, account_between


def edition(year: int, kind: str, value: float) -> Edition:
    """A round in which one centre has one value of 15 points a third of the way up."""
    one = {
        "id": "foreign_researcher_share", "level": "centre", "unit": "C1", "value": value, "status": "ok",
        "score": 100 * value / 30, "score_kind": kind, "unscored_reason": None, "numerator": int(value),
        "denominator": 100,
    }  # fmt: skip
    return Edition({"year": year, "indicators": [one], "pillars": []}, catalogue())


def test_a_centre_after_its_grant_is_scored_as_a_direction_in_the_account_of_change() -> None:
    judged, after = edition(2025, "score", 12.0), edition(2026, "direction", 15.0)
    assert judged.goals("foreign_researcher_share", "centre")["foreign_researcher_share"].kind == "score"
    assert after.goals("foreign_researcher_share", "centre")["foreign_researcher_share"].kind == "direction"
    found = account_between("foreign_researcher_share", "centre", judged, after)
    assert found.last == pytest.approx(40) and found.this == pytest.approx(50)
