"""The national pages: distribution, groups and a few side by side, with nothing that may not be told."""

import pandas as pd
import pytest

from app.access import LOCAL
from app.components.nation.landscape import in_groups
from app.components.session import Page
from app.storage.store import Store
from schemas.register.groups import load_groups
from tests.app.views.test_views import run, words
from tests.support.page_tables import page_tables, table_with


def test_strips_draw_every_value_that_may_be_shown_and_no_other(demo_store_folder):
    app = run(demo_store_folder, "ministry", lang="en", institution="DEMO-01", year="2026")
    assert not app.exception
    said = words(app)
    table = table_with(app, "foreign_researcher_share")
    shown = [cell for cell in table["foreign_researcher_share"] if cell[:1].isdigit()]
    reached = sum(float(cell.split()[0]) >= 30 for cell in shown)
    assert f"{reached} of the {len(shown)} institutions whose value may be shown" in said


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_group_of_fewer_than_five_has_no_median(demo_store_folder, language):
    app = run(demo_store_folder, "ministry", lang=language, institution="DEMO-01", year="2026")
    app.button_group(key="nation_group").set_value("prefecture").run()
    assert not app.exception
    sizes = Store.open(demo_store_folder).institutions()["prefecture"].value_counts()
    assert sizes.max() < 5, "no prefecture of this small nation has five"
    assert ("どの区分も5機関に満たない" if language == "ja" else "No group has five") in words(app)


def test_side_by_side_shows_the_chosen_and_withholds_small_counts(demo_store_folder):
    app = run(demo_store_folder, "side_by_side", lang="en", institution="DEMO-01", year="2026")
    assert not app.exception
    codes = list(Store.open(demo_store_folder).institutions()["code"])
    app.multiselect(key="side_institutions").set_value(codes[:5]).run()
    table = page_tables(app)[0].set_index("indicator")
    assert list(table.columns) == codes[:5]
    assert "x" in table.to_numpy(), "the demo nation has small counts among its first five"
    app.multiselect(key="side_institutions").set_value(codes[:1]).run()
    assert not page_tables(app) and "at least two" in words(app)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_rollout_lists_every_item_and_tells_no_small_count(demo_store_folder, language):
    app = run(demo_store_folder, "rollout", lang=language, institution="DEMO-01", year="2026")
    assert not app.exception
    items, zones = table_with(app, "distance"), table_with(app, "zone_gap_admin")
    assert len(items) == 45
    counts = [cell.split(" / ")[0] for cell in items["institution"] if cell]
    assert counts and not any(count in {"1", "2", "3", "4"} for count in counts)
    assert list(zones.columns) == ["name", "zone_gap_researchers", "zone_gap_admin"]


def test_an_institution_stands_in_every_programme_group_of_the_round_and_else_in_none():
    tohoku, other = "F104110100856", "DEMO-01"
    values, labels = pd.DataFrame({"institution": [tohoku, other]}), load_groups().groups
    found = {}
    for year in (2024, 2026):
        page = Page("ja", LOCAL, None, year)
        rows = in_groups(page, values, "programme")
        found[year] = [set(rows.loc[rows["institution"] == code, "group"]) for code in (tohoku, other)]
        assert found[year][1] == {page.say("landscape.no_programme")}
    assert found[2026][0] - found[2024][0] == {labels["excellence"].label.ja}, "accredited in November 2024"
    assert found[2024][0] == {labels[name].label.ja for name in ("sgu", "ru11", "wpi_host")}
