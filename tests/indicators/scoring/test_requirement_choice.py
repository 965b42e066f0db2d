"""The order of gaps to requirements and what counts as judged, on made-up scoreboards."""

from __future__ import annotations

from typing import Any

from indicators.scoring.requirement_gaps import FIRST, RequirementGaps, requirement_gaps


def gap(replace: int | None = None, of: str = "people", **changed: Any) -> dict[str, Any]:
    people = None if replace is None else {"of": of, "replace": replace, "add": None}
    own = {"kind": "requirement", "comparable": True, "value": "30", "verdict": "not_met", "gap_people": people}
    return {**own, **changed}


def row(name: str, *gaps: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {"id": name, "level": "institution", "value": 20.0, "gaps": list(gaps), **changed}


def chosen(*rows: dict[str, Any]) -> RequirementGaps:
    return requirement_gaps({"indicators": list(rows)})


def names(pairs: Any) -> list[str]:
    return [row["id"] for row, _ in pairs]


def test_people_come_before_staff_papers_and_items() -> None:
    rows = [row(of, gap(9, of)) for of in ("items", "papers", "staff", "people")]
    found = chosen(*rows)
    assert names(found.lacking) == ["people", "staff", "papers", "items"]
    assert names(found.first) == ["people", "staff", "papers"] and len(found.first) == FIRST


def test_what_is_not_met_comes_before_a_direction_and_then_the_larger_number() -> None:
    found = chosen(row("direction", gap(9, verdict=None)), row("small", gap(1)), row("large", gap(5)))
    assert names(found.lacking) == ["large", "small", "direction"]


def test_only_requirements_and_targets_that_count_the_same_people_are_looked_at() -> None:
    others = [gap(3, kind="observed"), gap(3, kind="national"), gap(3, comparable=False)]
    assert chosen(row("other", *others)) == RequirementGaps((), (), 0, 0, ())
    found = chosen(row("second", others[0], gap(4, kind="target"), gap(7)))
    assert [own["gap_people"]["replace"] for _, own in found.lacking] == [4]


def test_units_are_left_out_and_centres_are_not() -> None:
    found = chosen(row("unit", gap(3), level="unit"), row("centre", gap(3), level="centre"))
    assert names(found.lacking) == ["centre"] and found.judged == 1


def test_met_is_counted_among_the_judged() -> None:
    found = chosen(
        row("met", gap(0, verdict="met")),
        row("lacking", gap(2)),
        row("direction", gap(0, verdict=None)),
        row("words", gap(0, value=None)),
    )
    assert (found.met, found.judged) == (1, 2) and names(found.lacking) == ["lacking"]
    assert not found.is_all_clear


def test_a_requirement_without_a_value_is_not_judged() -> None:
    found = chosen(row("met", gap(0, verdict="met")), row("missing", gap(0, verdict="met"), value=None))
    assert (found.met, found.judged) == (1, 1) and [own["id"] for own in found.unjudged] == ["missing"]
    assert not found.is_all_clear


def test_all_clear_needs_something_judged_and_nothing_lacking() -> None:
    assert chosen(row("met", gap(0, verdict="met"))).is_all_clear
    assert not chosen(row("direction", gap(0, verdict=None))).is_all_clear
    assert not chosen().is_all_clear
    assert not chosen(row("met", gap(0, verdict="met")), row("more", gap(1, verdict=None))).is_all_clear


def test_a_gap_without_people_lacks_nobody() -> None:
    found = chosen(
        row("points", gap(None)), row("add", gap(None, gap_people={"of": "people", "replace": None, "add": 3}))
    )
    assert not found.lacking and found.judged == 2
