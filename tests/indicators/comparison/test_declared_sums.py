"""Sums over institutions are told from five institutions on, and never by a rest that gives one away."""

import pandas as pd

from indicators.comparison.declared_sums import declared_sums, rows_by_kind


def rows(**counts: tuple[int, int]) -> pd.DataFrame:
    """For each kind its number of institutions and what each declared."""
    found = [(f"I{n}", kind, float(each)) for kind, (many, each) in counts.items() for n in range(many)]
    return pd.DataFrame(found, columns=["institution", "kind", "amount"])


def test_a_sum_of_five_institutions_is_told() -> None:
    (one,) = declared_sums(rows(transfer=(5, 3)), ["transfer"])
    assert (one.total, one.institutions) == (15, 5)


def test_few_institutions_are_withheld_with_the_smallest_of_the_others() -> None:
    found = {one.kind: one.total for one in declared_sums(rows(a=(3, 9), b=(6, 2), c=(9, 4)), ["a", "b", "c", "d"])}
    assert found == {"a": None, "b": None, "c": 36, "d": 0}


def test_rows_of_a_list_are_read_by_kind() -> None:
    answers = pd.DataFrame(
        [("X", "outbound.mode", "1", "trip"), ("X", "outbound.persons", "1", "4"), ("X", "outbound.mode", "2", "")],
        columns=["institution", "field", "row_key", "normalised"],
    )
    assert rows_by_kind(answers, "outbound", "mode", "persons").values.tolist() == [["X", "trip", 4.0]]
    assert rows_by_kind(answers.iloc[:0], "outbound", "mode", "persons").empty
