"""The policy, and that what is hidden cannot be worked out from what is shown."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction
from functools import cache
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import orth

from app.access import FORBIDDEN, LOCAL, Action, Actor, Forbidden, demand, may, sees_small_counts
from app.edition import catalogue
from app.results.cell_suppression import suppress_small_counts
from app.results.linked_counts import Counts, Links, links_of
from indicators.comparison.small_counts import FEW
from tests.support.each_case import for_each

NOBODY = Actor("visitor", None)
LINKS = Links(
    counts={
        ("all", "-"): Counts(frozenset("abcd"), frozenset("ABCD")),
        **{(name, "-"): Counts(frozenset(name), frozenset(name.upper())) for name in "abc"},
    },
    derived={"gap": ("all",)},
    open_items=frozenset({"items"}),
)


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    base = {"institution": "X", "year": 2026, "level": "institution", "unit": "00", "indicator": "share"}
    more = {"definition": "-", "counting": "-", "status": "ok", "lower": 1.0, "upper": 2.0, "score": 3.0}
    return pd.DataFrame([base | more | {"value": 4.0, "gap_points": 5.0, "verdict": "met"} | row for row in rows])


def seen(rows: pd.DataFrame, page: str | None = None, links: Links | None = None) -> pd.DataFrame:
    return suppress_small_counts(rows, LOCAL, page, links)


@for_each("action", get_args(Action))
def test_local_may_everything_and_unknown_roles_nothing(action: Action) -> None:
    assert may(LOCAL, action) and may(LOCAL, action, "X")
    demand(LOCAL, action, "X")
    assert not may(NOBODY, action) and not may(Actor("", "X"), action, "X")
    with pytest.raises(Forbidden) as refused:
        demand(NOBODY, action, "X")
    assert refused.value.text == FORBIDDEN and FORBIDDEN.ja and FORBIDDEN.en


def test_an_unknown_action_is_refused_even_to_local() -> None:
    assert not may(LOCAL, "erase_everything")  # type: ignore[arg-type]


def test_an_actor_of_one_institution_is_kept_to_it() -> None:
    assert may(Actor("local", "X"), "view_own", "X")
    assert not may(Actor("local", "X"), "view_own", "Y")


def test_small_counts_are_seen_on_the_own_page_only() -> None:
    assert sees_small_counts(LOCAL, "X", "X")
    assert not sees_small_counts(LOCAL, "X", "Y")
    assert not sees_small_counts(LOCAL, "X", None)
    assert not sees_small_counts(NOBODY, "X", "X")


@for_each(
    "part, whole, shown",
    [
        ("3", "400", (FEW, "400")),
        ("396", "400", (None, "400")),
        ("1", "9", (None, "9")),
        ("5", "6", (None, "6")),
        ("0", "3", (None, FEW)),
        ("3", "4", (None, FEW)),
        (None, "4", (None, FEW)),
        ("4", None, (FEW, None)),
        ("7/2", "40", (FEW, "40")),
    ],
)
def test_a_small_count_takes_every_figure_of_its_row_along(part: Any, whole: Any, shown: Any) -> None:
    row = seen(frame({"numerator": part, "denominator": whole})).iloc[0]
    assert row["hidden"]
    assert tuple(None if pd.isna(row[c]) else row[c] for c in ("numerator", "denominator")) == shown
    assert row[["value", "lower", "upper", "score", "gap_points", "verdict"]].isna().all()
    assert row["status"] == "ok" and row["indicator"] == "share"


@for_each("part, whole", [("5", "10"), ("0", "400"), ("30", "30"), ("0", "0"), (None, None)])
def test_other_rows_stay_as_they_are(part: Any, whole: Any) -> None:
    before = frame({"numerator": part, "denominator": whole})
    after = seen(before).iloc[0]
    assert not after["hidden"] and after["value"] == 4.0 and after["verdict"] == "met"
    assert [None if pd.isna(after[c]) else after[c] for c in ("numerator", "denominator")] == [part, whole]


def test_a_figure_nobody_thought_of_is_hidden_too() -> None:
    rows = frame({"numerator": 3, "denominator": 40, "new_figure": 7.5})
    assert pd.isna(seen(rows).iloc[0]["new_figure"])


def test_the_own_page_shows_everything_and_the_frame_given_is_untouched() -> None:
    rows = frame({"numerator": 3, "denominator": 40}, {"institution": "Y", "numerator": 3, "denominator": 40})
    before = rows.copy(deep=True)
    after = seen(rows, "X")
    assert after["hidden"].tolist() == [False, True] and after["numerator"].tolist() == ["3", FEW]
    assert suppress_small_counts(rows, NOBODY, "X")["hidden"].all()
    pd.testing.assert_frame_equal(rows, before)


def test_an_empty_frame_keeps_its_columns() -> None:
    empty = frame({"numerator": 3, "denominator": 40}).iloc[:0]
    assert list(seen(empty).columns) == [*empty.columns, "hidden"] and seen(empty).empty


def test_checklist_items_are_no_secret() -> None:
    rows = frame({"indicator": "items", "numerator": 3, "denominator": 69})
    assert not seen(rows, links=LINKS)["hidden"].any()


def test_what_is_computed_from_a_hidden_row_is_hidden() -> None:
    rows = frame(
        {"indicator": "all", "level": "centre", "unit": "C1", "numerator": 3, "denominator": 40},
        {"indicator": "all", "numerator": 50, "denominator": 400},
        {"indicator": "gap", "numerator": -19, "denominator": 400},
        {"indicator": "gap", "numerator": -19, "denominator": 400, "institution": "Y"},
    )
    after = seen(rows, links=LINKS)
    assert after["hidden"].tolist() == [True, False, True, False]


def test_the_rest_of_an_institution_beside_its_centre_is_hidden_when_small() -> None:
    rows = frame(
        {"indicator": "all", "level": "centre", "unit": "C1", "numerator": 23, "denominator": 90},
        {"indicator": "all", "numerator": 25, "denominator": 400},
    )
    assert seen(rows, links=LINKS)["hidden"].tolist() == [True, False]


def test_no_more_is_hidden_than_needed() -> None:
    rows = frame(
        {"indicator": "all", "numerator": 33, "denominator": 485},
        *({"indicator": n, "numerator": k, "denominator": 120} for n, k in zip("abc", (3, 5, 15), strict=True)),
    )
    assert seen(rows, links=LINKS)["hidden"].tolist() == [False, True, False, False]
    beside = rows.assign(numerator=[23, 3, 5, 15])
    after = seen(beside, links=LINKS)
    assert after["hidden"].tolist() == [False, True, True, False]
    assert after["denominator"].tolist() == ["485", "120", "120", "120"]


def test_links_follow_from_the_measures() -> None:
    links = links_of(catalogue())
    counts = {key: links.counts[key, "nationality"] for key in ("foreign_researcher_share", "foreign_professor_share")}
    whole, professors = counts.values()
    assert professors.numerator < whole.numerator and professors.denominator < whole.denominator
    leading = links.counts["foreign_pi_share", "nationality"]
    assert not leading.numerator & whole.numerator
    assert links.counts["foreign_female_share", "nationality"].denominator == whole.numerator
    narrow, wide = (links.counts["foreign_faculty_share", key] for key in ("nationality", "foreign_degree"))
    assert narrow.numerator < wide.numerator and narrow.denominator == wide.denominator
    assert wide.numerator < links.counts["foreign_faculty_wide_share", "sgu"].numerator
    assert professors.numerator < narrow.numerator < whole.numerator  # the faculty are among the researchers
    assert not links.counts["outbound_long_rate", "-"].is_part
    assert links.derived["zone_gap_researchers"] == ("foreign_researcher_share",)
    assert links.derived["secure_post_gap"] == ("foreign_secure_post_share", "secure_post_share")
    assert {"english_admin_score", "rollout_rate"} <= links.open_items


# From what is shown the hidden count is never unique.


def consistent(row: pd.Series) -> set[tuple[int, int]]:
    """Every (numerator, denominator) up to 60 that would be shown exactly like ``row``."""
    as_shown = (_none(row["numerator"]), _none(row["denominator"]))
    return {pair for pair, look in looks().items() if look == as_shown}


@cache
def looks() -> dict[tuple[int, int], tuple[Any, Any]]:
    """How every pair of counts up to 60 is shown."""
    pairs = [(part, whole) for whole in range(61) for part in range(whole + 1)]
    rows = [{"institution": f"I{at}", "numerator": n, "denominator": w} for at, (n, w) in enumerate(pairs)]
    after = seen(frame(*rows))
    shown = zip(after["numerator"], after["denominator"], strict=True)
    return {pair: (_none(part), _none(whole)) for pair, (part, whole) in zip(pairs, shown, strict=True)}


def _none(value: Any) -> Any:
    return None if pd.isna(value) else value


@settings(deadline=None)
@given(st.integers(0, 30).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_one_row_never_tells_its_hidden_count(counts: tuple[int, int]) -> None:
    part, whole = counts
    row = seen(frame({"numerator": part, "denominator": whole})).iloc[0]
    if row["hidden"]:
        possible = consistent(row)
        assert (part, whole) in possible
        assert len({p for p, _ in possible}) > 1
        assert len({w - p for p, w in possible}) > 1


@settings(deadline=None)
@given(st.lists(st.integers(0, 12), min_size=3, max_size=3), st.integers(0, 3))
def test_a_total_beside_its_parts_never_tells_a_hidden_count(parts: list[int], others: int) -> None:
    rows = frame(
        {"indicator": "all", "numerator": sum(parts) + others, "denominator": 500},
        *({"indicator": name, "numerator": n, "denominator": 100} for name, n in zip("abc", parts, strict=True)),
    )
    after = seen(rows, links=LINKS)
    shown = [_none(value) for value in after["numerator"]]
    solutions = _solutions(shown, is_whole=others == 0)
    assert tuple(parts) in solutions
    for index, part in enumerate(parts):
        if 0 < part < 5:
            assert len({solution[index] for solution in solutions}) > 1, (parts, shown)


def _solutions(shown: list[Any], *, is_whole: bool) -> set[tuple[int, ...]]:
    """Parts that agree with what is shown, as somebody who knows whether others exist would work them out."""
    total = None if shown[0] in (None, FEW) else Fraction(shown[0])
    choices = [range(1, 5) if s == FEW else range(41) if s is None else [int(s)] for s in shown[1:]]
    return {
        combination
        for combination in itertools.product(*choices)
        if total is None or (sum(combination) == total if is_whole else sum(combination) <= total)
    }


@settings(deadline=None)
@given(st.lists(st.integers(0, 12), min_size=3, max_size=3), st.integers(0, 3))
def test_denominators_are_kept_as_secret(parts: list[int], others: int) -> None:
    rows = frame(
        {"indicator": "all", "numerator": 0, "denominator": sum(parts) + others},
        *({"indicator": name, "numerator": 0, "denominator": n} for name, n in zip("abc", parts, strict=True)),
    )
    after = seen(rows, links=LINKS)
    solutions = _solutions([_none(value) for value in after["denominator"]], is_whole=others == 0)
    for index, part in enumerate(parts):
        if 0 < part < 5:
            assert len({solution[index] for solution in solutions}) > 1


@settings(deadline=None)
@given(st.permutations(range(6)))
def test_the_order_of_rows_never_matters(order: list[int]) -> None:
    rows = frame(
        {"indicator": "all", "numerator": 22, "denominator": 500},
        *({"indicator": n, "numerator": k, "denominator": 100} for n, k in zip("abc", (3, 7, 12), strict=True)),
        {"indicator": "all", "numerator": 2, "denominator": 50, "institution": "Y"},
        {"indicator": "a", "numerator": 1, "denominator": 10, "institution": "Y"},
    )
    expected = seen(rows, links=LINKS)
    mixed = seen(rows.iloc[list(order)], links=LINKS)
    pd.testing.assert_frame_equal(mixed.loc[expected.index], expected)


# A reader with a solver: over the real catalogue, nothing that is shown gives a small count back.

POSITIONS = ("professor", "associate", "assistant", "specially_appointed", "postdoc", "other")


def invented(seed: int) -> tuple[pd.DataFrame, Links]:
    """Rows of one invented institution and its centre with many small counts, for every share of the catalogue."""
    rng = random.Random(seed)
    links = real_links()
    most = rng.choice([3, 8, 30])
    people = {(place, atom): rng.choice([0, rng.randint(0, most)]) for place in PLACES for atom in atoms_of(links)}
    for _ in range(9):  # deeper than parts of parts go
        for place, part, whole in pairs_of(links):
            people[place, whole] = max(people[place, whole], people[place, part])
    rows = []
    for (indicator, definition), own in links.counts.items():
        asked = catalogue().indicators[indicator].levels
        for level in (name for name in ("institution", "centre") if name in asked and rng.random() < 0.9):
            counts = [total(people, level, atoms) for atoms in (own.numerator, own.denominator)]
            if indicator in links.derived or own.numerator is None:
                continue
            where = {"indicator": indicator, "definition": definition, "level": level}
            rows.append(
                {**where, "unit": "C1" if level == "centre" else "00", **dict(zip(COUNTS, counts, strict=True))}
            )
    return frame(*rows).drop_duplicates(["indicator", "definition", "level"]), links


@cache
def real_links() -> Links:
    """The links of the real catalogue."""
    return links_of(catalogue())


PLACES = ("centre", "elsewhere")
COUNTS = ("numerator", "denominator")


def atoms_of(links: Links) -> list[Any]:
    """Every atom of the catalogue, in an order that never changes."""
    return sorted(
        {a for own in links.counts.values() for a in [*(own.numerator or ()), *(own.denominator or ())]}, key=str
    )


def pairs_of(links: Links) -> list[tuple[str, Any, Any]]:
    """(place, part, whole) atoms of the same class of rows, where one counts some of the other's people."""
    found = {
        (place, (part, one), (whole, one))
        for own in links.counts.values()
        if own.is_part and own.numerator and own.denominator
        for part, one in own.numerator
        for whole, other in own.denominator
        if one == other and not (own.numerator & own.denominator) and len({n for n, _ in own.denominator}) == 1
        for place in PLACES
    }
    return sorted(found, key=str)


def total(people: dict[Any, int], level: str, atoms: Any) -> int | None:
    """How many people a count has at a level."""
    places = ("centre",) if level == "centre" else PLACES
    return None if atoms is None else sum(people[place, atom] for place in places for atom in atoms)


def recovered(before: pd.DataFrame, after: pd.DataFrame, links: Links) -> list[str]:
    """The small counts that sums and differences of what is shown give, whatever their number (docs/methods.md 11)."""
    every = [atoms for own in links.counts.values() for atoms in (own.numerator, own.denominator) if atoms is not None]
    alike = {atom: tuple(atom in atoms for atoms in every) for atom in atoms_of(links)}  # told apart by nothing
    index = {key: at for at, key in enumerate(itertools.product(PLACES, dict.fromkeys(alike.values())))}

    def vector(level: str, atoms: Any) -> np.ndarray[Any, Any]:
        line = np.zeros(len(index))
        for place in ("centre",) if level == "centre" else PLACES:
            line[[index[place, one] for one in {alike[atom] for atom in atoms}]] = 1
        return line

    known, targets = [], []
    for old, new in zip(before.itertuples(), after.itertuples(), strict=True):
        own, lines = links.counts[old.indicator, old.definition], []
        for name, atoms in zip(COUNTS, (own.numerator, own.denominator), strict=True):
            if atoms is None:
                continue
            line, text = vector(old.level, atoms), getattr(new, name)
            lines.append((line, int(getattr(old, name))))
            known += [] if pd.isna(text) or text == FEW else [line]
        if own.is_part and len(lines) == 2:
            lines.append((lines[1][0] - lines[0][0], lines[1][1] - lines[0][1]))
        targets += [(f"{old.indicator} {old.level}: {count}", line) for line, count in lines if 0 < count < 5]
    basis = orth(np.array(known).T)
    return [name for name, line in targets if np.abs(line - basis @ (basis.T @ line)).max() < 1e-9]


@for_each("seed", range(16))
def test_no_solver_gets_a_small_count_back_over_the_whole_catalogue(seed: int) -> None:
    before, links = invented(seed)
    after = seen(before, links=links)
    assert after["hidden"].any() and not after["hidden"].all()
    assert recovered(before, after, links) == []


def test_the_solver_finds_what_only_the_small_counts_themselves_being_hidden_would_tell() -> None:
    before, links = invented(3)
    naive = seen(before, links=Links())
    assert recovered(before, naive, links) != []
