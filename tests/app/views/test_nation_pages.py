"""The ministry's pages: what they say first, their rules at hand, and what leaves them in a file."""

import io
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pandas as pd
import pytest

from app.access import READER
from app.components.navigation import FILE_OF
from app.demo.filled_forms import demo_institutions
from app.storage.store import Store, Upload
from app.submission.process_workbook import process
from app.submission.result import outcome_of
from app.texts import say
from tests.app.views.test_views import run, words
from tests.support.downloads import offered_files
from tests.support.page_tables import page_tables
from tests.support.sample_forms import sample_bytes

PAGES = ("ministry", "triage", "movers", "rollout", "side_by_side", "composite", "exports")
NAMES = [one.name_en for one in demo_institutions()]


@pytest.fixture
def app(demo_store_folder):
    """A reader of the ministry."""
    return run(demo_store_folder, "home", role=READER, lang="en", institution="DEMO-01", year="2026")


def test_whom_to_help_prints_its_rule_and_changes_with_it(app):
    app.switch_page(FILE_OF["triage"]).run()
    assert not app.exception
    assert "Points = 3 × has not handed in" in words(app)
    for name in ("not_in", "below_line", "lowest_quarter", "fell", "asks"):
        app.slider(key=f"triage_weight_{name}").set_value(0)
    app.run()
    assert say("triage.nobody", "en") in words(app)


def test_whom_to_help_exports_no_name_until_asked(app, monkeypatch):
    files = offered_files(monkeypatch)
    app.switch_page(FILE_OF["triage"]).run()
    plain = b"".join(one.data for one in files if one.name.startswith("triage")).decode("utf-8-sig")
    assert plain and not any(name in plain for name in NAMES) and "DEMO-" not in plain
    files.clear()
    app.checkbox(key="triage_with_names").check().run()
    named = b"".join(one.data for one in files if one.name.startswith("triage")).decode("utf-8-sig")
    assert any(name in named for name in NAMES)


def test_where_only_a_centre_has_come_nobody_is_said_to_have_handed_in_nothing(tmp_path):
    outcome = outcome_of(process(sample_bytes("sample-centre")))
    store = Store.open(tmp_path / "demo", "demo")
    row = {"code": outcome.institution, "name_ja": "架空大学"}
    store.keep(Upload(b"PK", "centre.xlsx", "local", datetime.now(UTC)), outcome, row)
    store.close()
    app = run(tmp_path / "demo", "triage", role=READER, lang="en")
    assert [one.value for one in app.info] == [say("empty.centres_only", "en")]


def test_movers_are_those_whose_interval_excludes_zero(app):
    app.switch_page(FILE_OF["movers"]).run()
    assert not app.exception
    assert "of 3 institutions" in words(app) or "of 2 institutions" in words(app) or "of 1 institution" in words(app)


def test_those_that_moved_stand_in_a_table_with_their_interval(demo_store_folder, tmp_path):
    """One institution's earlier share is made much smaller than it was, so that its rise is certain."""
    folder = tmp_path / "store"
    shutil.copytree(demo_store_folder, folder)
    with closing(sqlite3.connect(folder / "store.sqlite")) as database, database:
        earlier = database.execute('select min(year) from "values"').fetchone()[0]
        own = (
            "institution = 'DEMO-01' and level = 'institution' and year = ? and indicator = 'foreign_researcher_share'"
        )
        lower = "numerator = '40', denominator = '4000', value = 1.0, lower = 0.7, upper = 1.4, small = 0"
        assert database.execute(f'update "values" set {lower} where {own}', (earlier,)).rowcount
        database.execute("delete from kept_frames")
    app = run(folder, "movers", role=READER, lang="en", institution="DEMO-01", year="2026")
    app.selectbox(key="movers_since").set_value(earlier).run()
    assert not app.exception
    (row,) = page_tables(app)[0].to_dict("records")
    assert row["before"] == "1.0 %" and row["change"].startswith("↑ +") and " – " in row["interval"]


def test_a_composite_of_three_institutions_shows_no_ranks(app):
    app.switch_page(FILE_OF["composite"]).run()
    assert not app.exception
    assert say("composite_page.few", "en") in words(app) and not page_tables(app)
    assert "Not for allocating funds" in words(app)


def test_the_files_are_listed_with_their_columns(app, monkeypatch):
    files = offered_files(monkeypatch)
    app.switch_page(FILE_OF["exports"]).run()
    table = page_tables(app)[0].set_index("file")
    indicators = pd.read_csv(
        io.BytesIO(next(one.data for one in files if one.name == "indicators.csv")), encoding="utf-8-sig"
    )
    assert table.loc["indicators.csv", "columns"].split(", ") == list(indicators.columns)
    assert int(table.loc["indicators.csv", "rows"].replace(",", "")) == len(indicators)
    assert "How to cite" in words(app)


def test_every_page_of_the_ministry_runs_in_its_role_in_japanese_too(demo_store_folder):
    app = run(demo_store_folder, "home", role=READER, lang="ja", institution="DEMO-01", year="2026")
    for name in PAGES:
        app.switch_page(FILE_OF[name]).run()
        assert not app.exception, (name, app.exception)
