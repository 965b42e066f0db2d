"""The line of a centre is that of its own call; an institution has a direction."""

from fractions import Fraction
from typing import Any

import pytest

from app.edition import catalogue
from app.results.score_change import Edition, account_between
from indicators.scoring.requirement_line import requirement_line

BENCHMARK = catalogue().benchmark("foreign_researcher_share", "wpi_requirement")


def row(standing: str | None, value: str | None) -> dict[str, Any]:
    return {"level": "centre", "gaps": [{"benchmark": BENCHMARK.id, "standing": standing, "value": value}]}


@pytest.mark.parametrize(
    ("standing", "value", "share", "is_judged"),
    [
        ("judged", "30", Fraction(3, 10), True),
        ("after_grant", "30", Fraction(3, 10), False),
        ("not_wpi", "30", Fraction(3, 10), False),
        ("no_figure", None, None, False),
        ("call_unknown", None, None, False),
    ],
)
def test_a_centre_is_at_the_line_of_its_own_call(
    standing: str, value: str | None, share: Fraction | None, is_judged: bool
) -> None:
    found = requirement_line(row(standing, value), BENCHMARK, 2026)
    assert (found.share, found.is_judged, found.standing) == (share, is_judged, standing)


def test_an_institution_has_the_newest_line_as_a_direction() -> None:
    found = requirement_line({"level": "institution", "gaps": []}, BENCHMARK, 2026)
    assert found.share == Fraction(3, 10) and not found.is_judged


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
