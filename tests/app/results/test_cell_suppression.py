"""That no count of 1 to 4 can be told from everything printed about an institution, by an exact integer attacker."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import milp

from app.access import EDITOR, LOCAL, Actor
from app.demo.full_and_centre_forms import centre_issues_of_profile
from app.demo.profiles import nation
from app.edition import catalogue
from app.results.cell_suppression import COUNTS, count_suppressed, suppress_small_counts
from app.results.institution_results import links, own_values, panel, with_own_values
from app.results.linked_counts import Counts, Links
from app.storage.store import Store
from app.submission.receive_upload import receive
from app.submission.result import Result
from indicators.comparison.small_counts import FEW
from indicators.plausibility.plausibility_rules import coarse_quartiles, compared_with_others, values_of_others
from schemas.template.write_template import write_template
from tests.support.generated_nation import generated_nation, generated_rounds
from tests.support.integer_attacker import Attack, attack, attack_rounds

MOST_NARROWED = 0.01
DRAWN = replace(links(), within=())  # the generated nation is drawn without what the form sends back
FOUR = Links(
    counts={
        ("all", "-"): Counts(frozenset("abcd"), None, is_part=False),
        **{(name, "-"): Counts(frozenset(name), None, is_part=False) for name in "abcd"},
    }
)


def frame(**counts: int) -> pd.DataFrame:
    rows = [{"indicator": name, "numerator": count} for name, count in counts.items()]
    keys = {"institution": "X", "year": 2026, "level": "institution", "unit": "00", "definition": "-", "counting": "-"}
    return pd.DataFrame(rows).assign(**keys, denominator=None, value=1.0, status="ok")


def narrowed(found: list[Attack], candidates: int) -> list[Attack]:
    return [one for one in found if one.candidates == candidates]


def test_four_small_parts_of_a_small_whole_are_not_one_each() -> None:
    before = frame(all=4, a=1, b=1, c=1, d=1)
    signs = before.assign(numerator=FEW)
    assert all(one.candidates == 1 for one in attack(before, signs, FOUR))  # what signs alone would tell
    after = suppress_small_counts(before, LOCAL, None, FOUR)
    assert after["hidden"].all() and not narrowed(attack(before, after, FOUR), 1)


@pytest.mark.parametrize("seed", range(12))
def test_no_sum_of_small_parts_is_told(seed: int) -> None:
    rng = random.Random(seed)
    parts = {name: rng.randint(0, 6) for name in "abcd"}
    before = frame(all=sum(parts.values()) + rng.randint(0, 2), **parts)
    after = suppress_small_counts(before, LOCAL, None, FOUR)
    assert all(one.candidates > 2 for one in attack(before, after, FOUR))


def test_units_of_others_are_never_shown() -> None:
    before = frame(a=50).assign(level="unit")
    after = suppress_small_counts(before, LOCAL, None, FOUR)
    assert after["hidden"].all() and after["value"].isna().all()


def test_counts_that_contradict_each_other_are_hidden_where_one_is_small() -> None:
    after = suppress_small_counts(frame(all=10, a=30, b=3), LOCAL, None, FOUR)
    assert after["hidden"].all() and after["numerator"].isna().all()


def test_nothing_is_recovered_of_the_demo(processed: dict[tuple[str, int], Result]) -> None:
    values = [result.frames["values"].assign(institution=code, year=year) for (code, year), result in processed.items()]
    before = pd.concat(values, ignore_index=True)
    before = before[before["level"] != "unit"].reset_index(drop=True)
    found = attack(before, suppress_small_counts(before, LOCAL, None, links()), links())
    assert len(found) > 30
    assert not narrowed(found, 1)
    assert len(narrowed(found, 2)) <= MOST_NARROWED * len(found)


def test_nothing_is_recovered_beside_own_rows_where_institutions_have_several_centres(
    demo_store_folder: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(demo_store_folder, tmp_path / "store")
    store, dictionary = Store.open(str(folder)), catalogue().dictionary
    try:
        for issue in centre_issues_of_profile(nation()[0], 2026, dictionary):
            receive(store, LOCAL, write_template(dictionary, issue), "centre.xlsx")
        before = store.values(year=2026)
        centres = store.values(year=2026, level="centre", every_centre=True)
        assert centres.groupby("institution")["unit"].nunique().max() > 1, "some institution has several centres"
        for own in sorted(set(before["institution"])):
            reader = Actor(EDITOR, own)
            after = with_own_values(panel(store, reader, 2026), own_values(store, reader, 2026, own), own)
            others = before["institution"] != own
            found = attack(before[others], after[after["institution"] != own], links())
            assert found and not narrowed(found, 1) and not narrowed(found, 2)
    finally:
        store.close()


def test_nothing_is_recovered_of_a_generated_nation() -> None:
    before = generated_nation(150, 1, DRAWN)
    after = suppress_small_counts(before, LOCAL, None, DRAWN)
    found = attack(before, after, DRAWN)
    assert len(found) > 500
    assert not narrowed(found, 1)
    assert len(narrowed(found, 2)) <= MOST_NARROWED * len(found)


def test_quartiles_in_findings_tell_nothing_of_a_row_that_is_hidden_for_the_sake_of_others(
    processed: dict[tuple[str, int], Result],
) -> None:
    values = [result.frames["values"].assign(institution=code, year=year) for (code, year), result in processed.items()]
    before = pd.concat(values, ignore_index=True)
    after = suppress_small_counts(before, LOCAL, None, links())
    rows = before.assign(hidden=after["hidden"], **{name: before[name].astype(int) for name in COUNTS})
    is_compared = (rows["level"] == "institution") & (rows["status"] == "ok") & (rows["scale"] == 1)
    rows, tried = rows[is_compared & rows["indicator"].isin(compared_with_others())], 0
    for (name, definition), of in rows.groupby(["indicator", "definition"]):
        others, indicator = of.reset_index(drop=True), catalogue().indicators[name]
        least, greatest = values_of_others(others, indicator)
        for at in np.flatnonzero(others["hidden"] & (least == greatest) & (others["numerator"] > 0)):
            low, high = least.copy(), greatest.copy()
            one = others.loc[at]
            told = set()
            for count in range(one["numerator"] - 1, one["numerator"] + 2):
                low[at] = high[at] = one["value"] / one["numerator"] * count
                told.add(coarse_quartiles(low, high))
            tried += 1
            assert len(told) == 1, f"{name} {definition} of {one['institution']}"
    assert tried >= 5


def test_the_attacker_finds_what_hiding_the_small_counts_alone_leaves_open() -> None:
    before = generated_nation(20, 1, DRAWN)
    naive = suppress_small_counts(before, LOCAL, None, Links())
    assert narrowed(attack(before, naive, DRAWN), 1)


def test_nothing_is_recovered_from_several_rounds_whose_years_overlap() -> None:
    before = generated_rounds(16, 1, range(2022, 2027))
    found = attack_rounds(before, suppress_small_counts(before, LOCAL, None, links()))
    assert len(found) > 300
    assert not narrowed(found, 1)
    assert len(narrowed(found, 2)) <= MOST_NARROWED * len(found)
    signs = before.assign(**{name: before[name].mask(before[name].between(1, 4), FEW) for name in COUNTS})
    assert narrowed(attack_rounds(before, signs), 1), "what hiding the small counts alone would tell"


def test_papers_of_few_authors_at_home_are_among_all_at_home() -> None:
    window = {"level": "institution", "window_from": 2023, "window_to": 2025, "counting": "full", "value": 1.0}
    shares = [("intl_coauthored_share_full", 26, 50), ("intl_coauthored_share_without_hyper", 4, 28)]
    rows = [{"indicator": name, "numerator": part, "denominator": whole} for name, part, whole in shares]
    before = frame(x=1).iloc[[0, 0]].reset_index(drop=True).assign(**pd.DataFrame(rows), **window)
    assert [one.candidates for one in attack_rounds(before, before.assign(numerator=["26", FEW]))] == [1]
    after = suppress_small_counts(before, LOCAL, None, links())
    assert all(one.candidates > 2 for one in attack_rounds(before, after))


def test_the_solver_is_the_exact_one() -> None:
    assert milp([-1.0], bounds=(0, 2.5), integrality=[1]).x[0] == 2


def test_rows_hidden_beyond_need_are_those_without_a_small_count() -> None:
    before = frame(all=20, a=3, b=17, c=0, d=0)
    after = suppress_small_counts(before, LOCAL, None, FOUR)
    counted = count_suppressed(before, after["hidden"], FOUR)
    hidden = set(after.loc[after["hidden"], "indicator"])
    assert "a" in hidden and counted.rows == 5
    assert (counted.hidden, counted.beyond_need) == (len(hidden), len(hidden - {"a"}))
