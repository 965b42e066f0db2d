"""The order in which open items could be taken up: most solved by similar ones, what others rest on first."""

import pandas as pd

from indicators.comparison.next_steps import item_decisions, movement, movement_by_item, next_steps
from indicators.comparison.practice_diffusion import DETAILS
from schemas.dictionary.dictionary import load_dictionary

ITEMS = [item.code for item in load_dictionary().checklist.items]
LEVELS = ("institution_declared", "institution_counted", "centre_declared", "centre_counted")


def details(*rows: tuple[str, int, str, int | None]) -> pd.DataFrame:
    """Rows of institution, year, item and level."""
    frame = pd.DataFrame(
        [
            {"institution": who, "year": year, "item": item, "institution_counted": level}
            for who, year, item, level in rows
        ]
    ).reindex(columns=list(DETAILS))
    return frame.astype(dict.fromkeys(LEVELS, "Int64"))


def nation(solved: dict[str, int], of: int = 20) -> list[tuple[str, int, str, int | None]]:
    return [(f"N{n:02}", 2026, item, 2 if n < k else 0) for item, k in solved.items() for n in range(of)]


def test_what_most_similar_institutions_solved_comes_first() -> None:
    rows = [*nation({"E1": 6, "F2": 14}), ("X", 2026, "E1", 0), ("X", 2026, "F2", 1)]
    steps = next_steps(details(*rows), "X", [], ["E1", "F2"])
    assert [step.item for step in steps] == ["F2", "E1"]
    assert steps[0].solved == (14, 14) and steps[0].similar == 20 and steps[0].level == 1


def test_an_item_never_stands_before_one_it_rests_on() -> None:
    rows = [*nation({"A1": 6, "B1": 15, "A2": 6}), *(("X", 2026, item, 0) for item in ("A1", "A2", "B1"))]
    steps = next_steps(details(*rows), "X", [], ["A1", "A2", "B1"])
    assert [step.item for step in steps][-1] == "B1" and set(steps[-1].after) == {"A1", "A2"}


def test_the_nearest_decide_where_there_are_five_and_small_counts_are_hidden() -> None:
    rows = [*nation({"E1": 10, "F2": 10}), ("X", 2026, "E1", 0), ("X", 2026, "F2", 0)]
    near = [f"N{n:02}" for n in range(8, 14)]
    steps = {step.item: step for step in next_steps(details(*rows), "X", near, ["E1", "F2"])}
    assert steps["E1"].similar == 6 and steps["E1"].solved[0] < steps["E1"].solved[1]


def test_solved_items_are_not_suggested_and_unanswered_ones_are() -> None:
    rows = [*nation({"E1": 10, "F2": 10}), ("X", 2026, "E1", 2), ("X", 2026, "F2", None)]
    assert [(step.item, step.level) for step in next_steps(details(*rows), "X", [], ["E1", "F2"])] == [("F2", None)]


def test_movement_is_told_of_oneself_and_counted_of_others() -> None:
    rows = [("X", 2025, "E1", 0), ("X", 2026, "E1", 2), ("X", 2025, "F2", 1), ("X", 2026, "F2", 1)]
    many = [(f"N{n}", year, "E1", 0 if year == 2025 else 2 if n < 7 else 0) for n in range(20) for year in (2025, 2026)]
    frame = details(*rows, *many)
    assert movement(frame, "X", 2026) == [("E1", 0, 2)] and movement(frame, "X", 2025) == []
    assert movement_by_item(frame, 2026)["E1"] == (8, 8)


def test_every_item_has_its_decision_and_no_circle() -> None:
    decisions = item_decisions()
    assert set(decisions) == set(ITEMS)
    done: set[str] = set()
    while len(done) < len(ITEMS):
        ready = {item for item, one in decisions.items() if item not in done and set(one.needs) <= done}
        assert ready, "items rest on each other in a circle"
        done |= ready
