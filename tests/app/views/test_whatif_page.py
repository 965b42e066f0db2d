"""The page of what-if: any scored indicator, three paths, a plan that is kept and its outcome."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.edition import catalogue
from app.results.institution_results import board_of
from app.storage.database.plans import kept_plans
from app.storage.store import Store
from tests.app.views.test_views import run, words
from tests.support.demo_fixtures import CODES
from tests.support.page_tables import page_tables

OWN = "DEMO-03"
SHARE = "foreign_researcher_share"
LEVEL = f"whatif_level_{SHARE}"


def page(folder: Path, indicator: str = SHARE, year: str = "2026", **more: str | None) -> AppTest:
    return run(folder, "whatif", lang="ja", institution=OWN, year=year, indicator=indicator, **more)


@pytest.mark.parametrize("indicator", [one.id for one in catalogue().scored])
def test_every_scored_indicator_can_be_tried(demo_store_folder: Path, indicator: str) -> None:
    app = page(demo_store_folder, indicator)
    label = catalogue().indicators[indicator].label.ja
    assert f"{label}（" in words(app)
    trial = page_tables(app)[0]
    assert list(trial["which"]) == ["報告した値", "試算"] and trial["value"].nunique() == 1
    inputs = [one for one in app.number_input if str(one.key).startswith("part_")]
    if inputs:
        inputs[0].set_value(inputs[0].value + 1).run()
    else:
        app.slider[0].set_value(min(100.0, app.slider[0].value + 10)).run()
    assert page_tables(app)[0]["value"].nunique() == 2


def test_three_paths_tell_hires_and_net_increase_apart(demo_store_folder: Path) -> None:
    app = page(demo_store_folder)
    app.segmented_control(key=LEVEL).set_value("institution").run()
    said = "\n".join(str(html.body) for html in app.get("html"))
    assert said.count("それまでの外国人の採用（延べ）") == said.count("外国人の増加（差し引き）") >= 1
    plan = page_tables(app)[-1]
    assert set(plan["path"]) <= {"増員しない", "増員する", "採用を広く開く"} and len(set(plan["path"])) >= 1
    for _, years in plan.groupby("path"):
        assert [int(n) for n in years["year"]] == list(range(1, len(years) + 1))


def test_a_plan_kept_in_one_round_stands_beside_the_outcome_of_the_next(demo_store_folder: Path) -> None:
    before = page(demo_store_folder, year="2025")
    before.segmented_control(key=LEVEL).set_value("institution").run()
    part = next(one for one in before.number_input if str(one.key).startswith("part_"))
    part.set_value(part.value + 3).run()
    next(one for one in before.button if "keep_" in str(one.key) and SHARE in str(one.key)).click().run()
    assert "計画を残しました" in words(before)
    store = Store.open(demo_store_folder)
    (kept,) = kept_plans(store.engine, OWN)
    store.close()
    assert kept.year == 2025 and kept.steps[0]["part"] == part.value and kept.level == "institution"
    after = page(demo_store_folder)
    after.segmented_control(key=LEVEL).set_value("institution").run()
    assert "2025年度に残した計画では、2026年度は" in words(after)
    assert f"{kept.steps[0]['part']:,} / {kept.steps[0]['whole']:,}" in words(after)


def test_the_ministry_sees_the_trial_and_keeps_no_plan(demo_store_folder: Path) -> None:
    app = page(demo_store_folder, role="ministry_reader")
    assert not [one for one in app.button if "keep_" in str(one.key)]


@pytest.mark.parametrize("code", CODES)
def test_a_centre_is_judged_only_where_the_line_of_its_own_call_is_a_verdict(
    demo_store_folder: Path, code: str
) -> None:
    app = run(demo_store_folder, "whatif", lang="ja", institution=code, year="2026", indicator=SHARE)
    board = board_of(Store.open(demo_store_folder), code, 2026)
    assert board is not None
    rows = [row for row in board.scoreboard["indicators"] if row["id"] == SHARE and row["level"] == "centre"]
    verdicts = {gap["verdict"] for row in rows for gap in row["gaps"] if gap["benchmark"] == "wpi_requirement"}
    assert ("met" in page_tables(app)[0]) == bool(verdicts - {None})
