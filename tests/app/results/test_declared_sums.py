"""Sums over institutions hold only counts that could be told one by one, and are told from five institutions on."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from app.edition import catalogue
from app.results.declared_sums import (
    declared_sums,
    hidden_in_panel,
    hidden_kinds,
    hidden_nested,
    rows_by_field,
    rows_by_kind,
)

KINDS = ["a", "b", "c", "d"]


def rows(*institutions: dict[str, int]) -> pd.DataFrame:
    """The counts of institutions I0, I1 … by kind."""
    found = [(f"I{n}", kind, float(count)) for n, counts in enumerate(institutions) for kind, count in counts.items()]
    return pd.DataFrame(found, columns=["institution", "kind", "amount"]).astype({"amount": "float64"})


def test_a_sum_of_five_institutions_is_told() -> None:
    found = rows(*[{"a": 9}] * 5)
    (one, *others) = declared_sums(found, KINDS, hidden_kinds(found))
    assert (one.total, one.institutions, one.left_out) == (45, 5, 0)
    assert [other.total for other in others] == [0, 0, 0]


def test_four_institutions_are_not() -> None:
    found = rows(*[{"a": 9}] * 4)
    assert declared_sums(found, ["a"], hidden_kinds(found))[0].total is None


def test_a_small_count_is_in_no_sum_nor_is_what_would_give_it_away() -> None:
    found = rows(*[{"a": 9, "b": 7}] * 5, {"a": 3, "b": 20, "c": 30})
    assert hidden_kinds(found) >= {("I5", "a"), ("I5", "b")} and ("I5", "c") not in hidden_kinds(found)
    sums = {one.kind: (one.total, one.left_out) for one in declared_sums(found, KINDS, hidden_kinds(found))}
    assert sums["a"] == (45, 1) and sums["b"] == (35, 1) and sums["c"] == (None, 0)


def test_who_holds_the_counts_sees_all_of_them() -> None:
    found = rows(*[{"a": 3}] * 5)
    assert declared_sums(found, ["a"])[0].total == 15
    assert declared_sums(found, ["a"], hidden_kinds(found))[0].total is None


@given(st.lists(st.dictionaries(st.sampled_from(KINDS), st.integers(0, 30), min_size=1), min_size=1, max_size=9))
def test_every_count_in_a_sum_could_stand_alone(institutions: list[dict[str, int]]) -> None:
    found = rows(*institutions)
    hidden = hidden_kinds(found)
    told = [
        int(amount)
        for one, kind, amount in zip(found["institution"], found["kind"], found["amount"], strict=True)
        if (one, kind) not in hidden
    ]
    assert not [count for count in told if 0 < count < 5]
    for number, counts in enumerate(institutions):
        small = [kind for kind, count in counts.items() if 0 < count < 5]
        away = [kind for kind in counts if (f"I{number}", kind) in hidden]
        assert not small or len(away) > 1 or sum(counts.values()) < 5, "one rest alone would give it away"
    for one in declared_sums(found, KINDS, hidden):
        assert one.total is None or one.total == 0 or one.institutions >= 5


def test_nested_counts_go_together() -> None:
    found = rows({"enrolled": 100, "any": 60, "most": 58}, {"enrolled": 100, "any": 60, "most": 40})
    assert {one for one, _ in hidden_nested(found, ["enrolled", "any", "most"])} == {"I0"}


def test_what_the_panel_hides_is_in_no_sum() -> None:
    panel = pd.DataFrame(
        {"institution": ["I0", "I1"], "indicator": ["projects_sicorp", "projects_aspire"], "hidden": [True, False]}
    )
    assert hidden_in_panel(panel, catalogue(), "projects", "programme") == {("I0", "sicorp")}
    assert hidden_in_panel(panel.iloc[:0], catalogue(), "projects", "programme") == frozenset()


def test_rows_of_a_list_are_read_by_kind() -> None:
    answers = pd.DataFrame(
        [("X", "outbound.mode", "1", "trip"), ("X", "outbound.persons", "1", "4"), ("X", "outbound.mode", "2", "")],
        columns=["institution", "field", "row_key", "normalised"],
    )
    assert rows_by_kind(answers, "outbound", "mode", "persons").values.tolist() == [["X", "trip", 4.0]]
    assert rows_by_kind(answers.iloc[:0], "outbound", "mode", "persons").empty
    single = pd.DataFrame(
        [("X", "doctoral.enrolled", "", "40"), ("X", "doctoral.foreign", "", "8"), ("Y", "doctoral.enrolled", "", "m")],
        columns=["institution", "field", "row_key", "normalised"],
    )
    assert rows_by_field(single, "doctoral", ["enrolled"]).values.tolist() == [["X", "enrolled", 40.0]]
