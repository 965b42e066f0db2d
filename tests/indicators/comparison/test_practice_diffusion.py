"""The practice exchange: counts against brute force, small counts never recoverable, no name without consent."""

from collections import Counter
from itertools import pairwise, product

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.comparison import practice_diffusion
from indicators.comparison.practice_diffusion import DETAILS, NUMBERS
from indicators.comparison.small_counts import bounds, bounds_of_part, protect_counts

ITEMS = ("A1", "E1")
some = settings(deadline=None, max_examples=20)


def frame(rows):
    """A frame of details from rows that give only what matters; declared levels are the counted ones."""
    full = []
    for row in rows:
        start = dict.fromkeys(DETAILS) | {"item": "A1", "year": 2026, "wanted": False} | row
        for scope in practice_diffusion.SCOPES:
            if start[f"{scope}_declared"] is None:
                start[f"{scope}_declared"] = start[f"{scope}_counted"]
        full.append(start)
    return pd.DataFrame(full, columns=list(DETAILS)).astype({**dict.fromkeys(NUMBERS, "Int64"), "wanted": bool})


def history(institution, levels, **last):
    """One institution's whole-institution levels from 2021 on; ``last`` holds for the first round."""
    rows = [{"institution": institution, "year": 2021 + n, "institution_counted": v} for n, v in enumerate(levels)]
    rows[0] |= last
    return rows


def everyone(code, item):
    return True


def nobody(code, item):
    return False


level = st.one_of(st.none(), st.integers(0, 3))
code = st.sampled_from([None, *practice_diffusion.LEARNT_FROM])
row = st.fixed_dictionaries(
    {
        "institution_counted": level,
        "centre_counted": level,
        "learnt_from": code,
        "binding": st.sampled_from([None, *practice_diffusion.BINDING]),
        "contract": st.sampled_from([None, *practice_diffusion.CONTRACTS]),
        "planned_level": st.one_of(st.none(), st.integers(1, 3)),
        "planned_year": st.one_of(st.none(), st.integers(2022, 2027)),
        "wanted": st.booleans(),
    }
)


@st.composite
def frames(draw, institutions=12):
    """Some institutions, two items, up to three rounds, each perhaps missing."""
    keys = [(f"U{n:02}", y, i) for n in range(institutions) for y in (2024, 2025, 2026) for i in ITEMS]
    kept = draw(st.lists(st.sampled_from(keys), unique=True, max_size=len(keys)))
    return frame([{"institution": c, "year": y, "item": i} | draw(row) for c, y, i in kept])


# what may be told


@settings(deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=4), st.integers(0, 12))
def test_every_hidden_part_and_a_hidden_total_keep_two_possible_values(counts, rest):
    total = bounds_of_part(sum(counts), sum(counts) + rest)
    told = protect_counts(counts, total)
    assert all(low <= count <= high for count, (low, high) in zip(counts, told, strict=True))
    assert all(low < high for count, (low, high) in zip(counts, told, strict=True) if 0 < count < 5)
    ranges = [range(low, high + 1) for low, high in told]
    possible = [cells for cells in product(*ranges) if total[0] <= sum(cells) <= total[1]]
    for position, (low, high) in enumerate(told):
        assert low == high or len({cells[position] for cells in possible}) > 1
    assert total[0] == total[1] or len({sum(cells) for cells in possible}) > 1


@pytest.mark.parametrize("rests", [[0], range(14)], ids=["exact total", "total out of a whole"])
def test_who_knows_the_rule_and_tries_all_counts_is_left_with_two_values(rests):
    most = 14
    behind = {}  # what is told -> all counts of which that is told
    for counts in product(range(most + 1), repeat=3):
        for rest in rests:
            whole = sum(counts) + rest
            total = bounds_of_part(sum(counts), whole) if len(rests) > 1 else bounds(whole)
            told = (bounds(whole), total, *protect_counts(counts, total))
            behind.setdefault(told, set()).add(counts)
    for told, all_counts in behind.items():
        for position in range(3):
            values = {counts[position] for counts in all_counts}
            assert len(values) > 1 or not values & {1, 2, 3, 4} or max(map(max, all_counts)) == most, told


def test_what_the_smallest_shown_count_would_tell_is_not_told():
    assert protect_counts([5, 4, 4], (13, 13)) == [(1, 11)] * 3  # (5, 5), (1, 7), (1, 7) would leave 4 and 4 alone
    assert protect_counts([20, 9, 3], (32, 32)) == [(20, 20), (1, 11), (1, 11)]
    assert protect_counts([2, 0], (1, 4)) == [(0, 4)] * 2


@given(st.integers(0, 30), st.integers(0, 30))
def test_a_count_of_a_whole_is_told_unless_it_or_the_rest_is_few(count, rest):
    low, high = bounds_of_part(count, count + rest)
    few = {1, 2, 3, 4}
    assert low <= count <= high
    assert (low < high) == bool({count, rest, count + rest} & few)


@given(st.integers(1, 9), st.data())
def test_below_ten_the_range_does_not_depend_on_which_side_is_few(whole, data):
    counts = [c for c in range(whole + 1) if bounds_of_part(c, whole)[0] < bounds_of_part(c, whole)[1]]
    if counts:
        one, other = data.draw(st.sampled_from(counts)), data.draw(st.sampled_from(counts))
        assert bounds_of_part(one, whole) == bounds_of_part(other, whole)


def test_a_count_alone():
    assert [bounds(n) for n in (0, 1, 4, 5)] == [(0, 0), (1, 4), (1, 4), (5, 5)]


# the spread


@some
@given(frames())
def test_diffusion_agrees_with_counting_by_hand(details):
    found = practice_diffusion.diffusion(details)
    for told in found.to_dict("records"):
        scope = f"{told['scope']}_counted"
        here = [
            r
            for r in details.to_dict("records")
            if r["item"] == told["item"] and r["year"] == told["year"] and not pd.isna(r[scope])
        ]
        reached = [r for r in here if r[scope] >= 2]
        answers = Counter(
            (part, r[part] if isinstance(r[part], str) else "") for r in reached for part in ("learnt_from", "binding")
        )
        counted = {"answered": len(here), "reached": len(reached)}
        true = counted.get(told["part"], answers[told["part"], told["code"]])
        assert told["low"] <= true <= told["high"]
        if told["low"] != told["high"] and told["part"] == "reached":
            assert {true, len(here) - true, len(here)} & {1, 2, 3, 4}
        if told["share"] == told["share"]:
            assert told["share"] == pytest.approx(100 * true / len(reached))
    pairs = {(r["item"], r["year"]) for r in details.to_dict("records") if not pd.isna(r["institution_counted"])}
    whole = found[found["scope"] == "institution"]
    assert set(zip(whole["item"], whole["year"], strict=True)) == pairs


def test_diffusion_of_many_is_told_exactly():
    rows = [
        {"institution": f"U{n}", "institution_counted": 3 if n < 12 else 1, "learnt_from": "own", "binding": b}
        for n, b in enumerate(["binding"] * 6 + ["offered"] * 6 + [None] * 8)
    ]
    found = practice_diffusion.diffusion(frame(rows)).set_index(["part", "code"])
    exact = {key: (r["low"], r["high"]) for key, r in found.iterrows()}
    assert exact["answered", ""] == (20, 20) and exact["reached", ""] == (12, 12)
    assert exact["learnt_from", "own"] == (12, 12) and exact["learnt_from", "wpi_centre"] == (0, 0)
    assert found.loc[("binding", "binding"), "share"] == 50


@some
@given(frames(), st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters(details, random):
    mixed = details.sample(frac=1, random_state=random.randrange(2**31)).reset_index(drop=True)
    for function in (
        practice_diffusion.diffusion,
        practice_diffusion.plans_against_outcome,
        practice_diffusion.what_came_before,
    ):
        pd.testing.assert_frame_equal(function(details), function(mixed))
    for asked in (details, mixed):
        assert practice_diffusion.solved_by_peers(asked, "U00", ["U05", "U01"], everyone).equals(
            practice_diffusion.solved_by_peers(details, "U00", ["U05", "U01"], everyone)
        )


def test_a_row_given_twice_or_a_missing_column_is_refused():
    twice = frame([{"institution": "U1"}, {"institution": "U1"}])
    for function in (
        practice_diffusion.diffusion,
        practice_diffusion.plans_against_outcome,
        practice_diffusion.what_came_before,
    ):
        with pytest.raises(ValueError, match="twice"):
            function(twice)
    with pytest.raises(ValueError, match="wanted"):
        practice_diffusion.diffusion(twice.drop(columns="wanted"))


def test_the_codes_counted_are_those_of_the_code_lists(dictionary):
    assert list(practice_diffusion.LEARNT_FROM) == list(dictionary.labels("learnt_from"))
    assert list(practice_diffusion.BINDING) == list(dictionary.labels("binding"))
    assert list(practice_diffusion.CONTRACTS) == list(dictionary.labels("contract_kinds"))
    assert set(practice_diffusion.YES_NO) == set(dictionary.labels("yes_no"))


# names


@some
@given(frames())
def test_without_consent_no_name_is_anywhere(details):
    for item in ITEMS:
        assert practice_diffusion.practitioners(details, item, nobody).empty
    solved = practice_diffusion.solved_by_peers(details, "U00", ["U01", "U02"], nobody)
    assert not any(solved["peers"]) and not any(solved["others"])
    asked = practice_diffusion.asked_of(details, "U00", nobody)
    assert not any(asked["named"])
    for counts in (
        practice_diffusion.diffusion(details),
        practice_diffusion.what_came_before(details),
        practice_diffusion.plan_tally(plans(details)),
    ):
        assert not any(f"U{n:02}" in counts.to_csv() for n in range(12))


def plans(details):
    return practice_diffusion.plans_against_outcome(details)


@some
@given(frames(), st.sets(st.tuples(st.sampled_from([f"U{n:02}" for n in range(12)]), st.sampled_from(ITEMS))))
def test_named_are_those_who_have_it_and_agree(details, agreed):
    newest = details.groupby("institution")["year"].max().to_dict()
    rows = [r for r in details.to_dict("records") if r["year"] == newest[r["institution"]]]

    def has(r, *scopes):
        return any(not pd.isna(r[f"{s}_counted"]) and r[f"{s}_counted"] >= 2 for s in scopes)

    def consent(code, item):
        return (code, item) in agreed

    for item in ITEMS:
        expected = sorted(
            r["institution"]
            for r in rows
            if r["item"] == item and has(r, "institution", "centre") and consent(r["institution"], item)
        )
        assert list(practice_diffusion.practitioners(details, item, consent)["institution"]) == expected
    peers = ["U07", "U03", "U00", "U01"]
    for found in practice_diffusion.solved_by_peers(details, "U00", peers, consent).to_dict("records"):
        solved = {
            r["institution"]
            for r in rows
            if r["item"] == found["item"] and has(r, "institution") and consent(r["institution"], r["item"])
        } - {"U00"}
        assert found["peers"] == tuple(code for code in peers if code in solved)
        assert set(found["others"]) == solved - set(peers)
    asked = {r["item"]: r for r in practice_diffusion.asked_of(details, "U00", consent).to_dict("records")}
    for item in ITEMS:
        own = [r for r in rows if r["institution"] == "U00" and r["item"] == item]
        asking = [r["institution"] for r in rows if r["item"] == item and r["wanted"] and r["institution"] != "U00"]
        assert (item in asked) == bool(asking and own and has(own[0], "institution", "centre"))
        if item in asked:
            named = [code for code in sorted(asking) if consent(code, item)]
            others = len(asking) - len(named)
            assert list(asked[item]["named"]) == named
            assert (asked[item]["low"], asked[item]["high"]) == bounds(others)


def test_a_consent_is_asked_for_at_each_call():
    details = frame([{"institution": "U1", "institution_counted": 3}])
    agreed = {("U1", "A1")}

    def ask(code, item):
        return (code, item) in agreed

    assert list(practice_diffusion.practitioners(details, "A1", ask)["institution"]) == ["U1"]
    agreed.clear()
    assert practice_diffusion.practitioners(details, "A1", ask).empty


def test_the_latest_round_of_each_institution_speaks():
    details = frame(
        [*history("U1", [3, 1]), {"institution": "U2", "year": 2021, "institution_counted": 2}]
    )  # U1 no longer has it; U2 has not handed in again
    assert list(practice_diffusion.practitioners(details, "A1", everyone)["institution"]) == ["U2"]
    assert list(practice_diffusion.latest(details, 2021)["institution"]) == ["U1", "U2"]


def test_items_asked_about_come_first_then_the_lowest():
    rows = [("A1", 1, False), ("A2", 0, False), ("A3", 3, True), ("A4", 2, False), ("A5", None, False)]
    details = frame([{"institution": "U1", "item": i, "institution_counted": v, "wanted": w} for i, v, w in rows])
    assert list(practice_diffusion.solved_by_peers(details, "U1", [], everyone)["item"]) == ["A3", "A2", "A1"]
    assert practice_diffusion.solved_by_peers(details, "U9", [], everyone).empty


# plans


@pytest.mark.parametrize(
    ("levels", "planned", "outcome", "as_of"),
    [
        ([0, 1, 2], (2, 2022), "reached", 2023),  # fiscal year 2022 ends on 31 March 2023: in time
        ([0, 1, 1, 2], (2, 2022), "late", 2024),
        ([0, 2, 0], (2, 2022), "reached", 2022),
        ([0, 1, 1], (2, 2022), "partly", 2023),
        ([1, 1, 1], (2, 2022), "short", 2023),
        ([1, 1, 0], (2, 2022), "short", 2023),
        ([None, 1, 1], (2, 2022), "short", 2023),
        ([0, 1], (2, 2022), "not_due", None),
        ([0], (2, 2022), "not_due", None),
        ([0, 1, None], (2, 2022), "not_answered", None),
        ([0, None, None], (2, 2022), "not_answered", None),
    ],
)
def test_what_became_of_a_plan(levels, planned, outcome, as_of):
    details = frame(history("U1", levels, planned_level=planned[0], planned_year=planned[1]))
    (found,) = practice_diffusion.plans_against_outcome(details).to_dict("records")
    assert found["outcome"] == outcome
    assert (None if pd.isna(found["as_of"]) else found["as_of"]) == as_of
    assert found["stated"] == 2021


def test_a_declared_level_without_evidence_awaits_it():
    rows = history("U1", [0, 1, 1], planned_level=2, planned_year=2022)
    rows[2]["institution_declared"] = 2
    (found,) = practice_diffusion.plans_against_outcome(frame(rows)).to_dict("records")
    assert found["outcome"] == "unproven"


def test_a_plan_repeated_counts_once_and_one_already_reached_is_none():
    rows = history("U1", [0, 0, 1])
    for given_again in rows:
        given_again |= {"planned_level": 2, "planned_year": 2023}
    assert len(practice_diffusion.plans_against_outcome(frame(rows))) == 1
    assert practice_diffusion.plans_against_outcome(
        frame(history("U1", [2, 2], planned_level=2, planned_year=2021))
    ).empty


@some
@given(frames())
def test_the_tally_holds_the_plans_and_adds_up(details):
    found = plans(details)
    tally = practice_diffusion.plan_tally(found)
    true = Counter(zip(found["item"], found["outcome"], strict=True)) + Counter((item, "") for item in found["item"])
    for told in tally.to_dict("records"):
        assert told["low"] <= true[told["item"], told["outcome"]] <= told["high"]
        assert told["low"] != told["high"] or not 0 < true[told["item"], told["outcome"]] < 5
    assert set(found["outcome"]) <= set(practice_diffusion.OUTCOMES)


# what came before


def test_what_was_said_before_level_two():
    rows = []
    for n in range(6):
        rows += history(f"M{n}", [1, 2], binding="binding", contract="permanent", centre_counted=3, planned_level=2)
    for n in range(5):
        rows += history(f"S{n}", [1, 1], binding="offered", centre_counted=0)
    rows += [*history("O1", [2, 2]), *history("O2", [1]), *history("O3", [None, 2])]  # in neither group
    found = practice_diffusion.what_came_before(frame(rows)).set_index(["group", "feature", "code"])
    told = {key: (r["low"], r["high"]) for key, r in found.iterrows()}
    assert told["moved_up", "all", ""] == (6, 6) and told["stayed", "all", ""] == (5, 5)
    assert told["moved_up", "binding", "binding"] == (6, 6) and told["stayed", "binding", "offered"] == (5, 5)
    assert told["moved_up", "contract", "permanent"] == (6, 6) and told["stayed", "contract", ""] == (5, 5)
    assert told["moved_up", "centre", "yes"] == (6, 6) and told["stayed", "centre", "no"] == (5, 5)
    assert told["moved_up", "planned", "yes"] == (6, 6) and told["stayed", "planned", "no"] == (5, 5)


def test_what_is_said_with_or_after_the_move_does_not_count():
    rows = [r for n in range(5) for r in history(f"M{n}", [1, 2, 3])]
    for later in rows:
        if later["year"] > 2021:
            later["binding"] = "binding"
    found = practice_diffusion.what_came_before(frame(rows)).set_index(["feature", "code"])
    assert found.loc[("binding", "binding"), "high"] == 0
    assert found.loc[("binding", ""), "low"] == 5


@some
@given(frames())
def test_every_institution_is_in_one_group_at_most(details):
    found = practice_diffusion.what_came_before(details)
    for item in ITEMS:
        true = Counter()
        for _, one in details[details["item"] == item].sort_values("year").groupby("institution"):
            known = [int(v) for v in one["institution_counted"].dropna()]
            pairs = list(pairwise(known))
            if any(a < 2 <= b for a, b in pairs):
                true["moved_up"] += 1
            elif pairs and max(known) < 2:
                true["stayed"] += 1
        told = found[(found["item"] == item) & (found["feature"] == "all")].set_index("group")
        assert set(told.index) == set(true)
        for group, count in true.items():
            assert (told.loc[group, "low"], told.loc[group, "high"]) == bounds(count)
