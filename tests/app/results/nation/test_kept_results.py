"""What all institutions give is kept, says what a fresh computation says, and is mended where it must be."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import delete, event, func, select

from app.access import EDITOR, READER, Actor
from app.results.cell_suppression import suppress_small_counts
from app.results.institution_results import board_of, links, panel, values_of_rounds
from app.results.nation import kept_results
from app.results.nation.kept_results import are_current
from app.results.nation.national_practice import details_of_years
from app.results.nation.national_values import national_values
from app.results.nation.renewal import KINDS, renew_after_change, renew_nation
from app.storage.database.connection import transaction
from app.storage.database.kept_frames import read_kept, state_of_institution
from app.storage.database.tables import kept_frames
from app.storage.store import Store, Upload
from app.submission.result import outcome_of

YEAR, CODE = 2026, "DEMO-01"


@pytest.fixture
def nation(demo_store_folder: Path, tmp_path: Path) -> Store:
    """A demo store of one's own, of which nothing was worked out yet."""
    shutil.copytree(demo_store_folder, tmp_path / "demo")
    store = Store.open(tmp_path / "demo")
    with transaction(store.engine) as connection:
        connection.execute(delete(kept_frames))
    return store


def hand_in_again(store: Store, workbooks: dict, processed: dict) -> None:
    """The same bytes once more: their results are kept anew."""
    result = processed[CODE, YEAR]
    upload = Upload(workbooks[CODE, YEAR], "again.xlsx", "demo", datetime(YEAR, 7, 1, tzinfo=UTC))
    store.keep(upload, outcome_of(result), result.header["institution_row"])


def asked_of(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """Whose values are read from now on; None for those of all institutions."""
    asked: list[str | None] = []
    read = store.values
    monkeypatch.setattr(store, "values", lambda **w: (asked.append(w.get("institution")), read(**w))[1])
    return asked


@pytest.mark.parametrize("role", [READER, EDITOR])
def test_a_kept_panel_shows_each_role_what_suppression_shows_it(nation: Store, role: str) -> None:
    actor = Actor(role)
    values = nation.values(year=YEAR)
    fresh = suppress_small_counts(values[values["level"] != "unit"].reset_index(drop=True), actor, None, links())
    for kept in (panel(nation, actor, YEAR), panel(nation, actor, YEAR)):
        columns = [name for name in fresh.columns if name != "flags"]
        pd.testing.assert_frame_equal(kept[columns], fresh[columns])
    assert fresh["hidden"].any() is not (role == READER)


def test_an_upload_has_only_its_own_institution_worked_out_anew(
    nation: Store, monkeypatch: pytest.MonkeyPatch, demo_workbooks: dict, processed: dict
) -> None:
    asked = asked_of(nation, monkeypatch)
    first, other_year = national_values(nation, YEAR, links()), national_values(nation, YEAR - 1, links())
    assert asked == [None, None]
    before, marks = nation.stamp(), [state_of_institution(nation.engine, code) for code in (CODE, "DEMO-03")]
    hand_in_again(nation, demo_workbooks, processed)
    assert nation.stamp() != before
    again = national_values(nation, YEAR, links())
    pd.testing.assert_frame_equal(again, first)
    pd.testing.assert_frame_equal(national_values(nation, YEAR - 1, links()), other_year)
    assert asked == [None, None, CODE]
    now = [state_of_institution(nation.engine, code) for code in (CODE, "DEMO-03")]
    assert now[0] != marks[0] and now[1] == marks[1]


def test_what_is_kept_is_no_write_of_the_store_and_ends_with_its_edition(
    nation: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = nation.stamp()
    renew_nation(nation)
    assert nation.stamp() == before and nation.check() == []
    assert all(are_current(nation, year, KINDS) for year in nation.years())
    asked = asked_of(nation, monkeypatch)
    national_values(nation, YEAR, links())
    assert asked == []
    monkeypatch.setattr(kept_results, "SHAPE", -1)
    assert read_kept(nation.engine, "values", YEAR, kept_results.edition()) is None
    national_values(nation, YEAR, links())
    assert asked == [None]


def test_an_upload_leaves_nothing_of_its_round_to_work_out(
    nation: Store,
    demo_workbooks: dict,
    processed: dict,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    renew_nation(nation, [YEAR])
    hand_in_again(nation, demo_workbooks, processed)
    renew_after_change(nation, [YEAR])
    asked = asked_of(nation, monkeypatch)
    renew_nation(nation, [YEAR])
    assert asked == []
    monkeypatch.setattr(nation, "values", None)
    hand_in_again(nation, demo_workbooks, processed)
    renew_after_change(nation, [YEAR])
    assert "worked out when it is asked for" in caplog.text, "what was kept stands whatever goes wrong after it"


def test_the_values_of_the_rounds_are_those_of_their_scoreboards(nation: Store) -> None:
    names = ("id", "level", "value", "interval", "status", "small")
    for code in nation.institutions()["code"]:
        boards = {year: board for year in nation.years(code) if (board := board_of(nation, code, year)) is not None}
        rows = [
            {"year": year, **{name: row[name] for name in names}}
            for year, board in boards.items()
            for row in board.scoreboard["indicators"]
            if row["level"] != "unit"
        ]
        found = values_of_rounds(nation, code)
        assert len(found) == len(rows) and all(row in rows for row in found)


def test_one_item_is_read_alone_and_says_what_all_of_them_say(nation: Store) -> None:
    every = details_of_years(nation)
    assert set(every["year"]) == {YEAR - 1, YEAR} and every["item"].nunique() == 45
    own = every[every["item"] == "A1"].reset_index(drop=True)
    pd.testing.assert_frame_equal(details_of_years(nation, item="A1"), own)
    own = every[every["institution"] == CODE].reset_index(drop=True)
    pd.testing.assert_frame_equal(details_of_years(nation, institution=CODE), own)


def test_results_of_an_institution_are_kept_until_they_change(
    nation: Store, demo_workbooks: dict, processed: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asked_of(nation, monkeypatch)
    first, again = (board_of(nation, CODE, YEAR) for _ in range(2))
    assert first == again and len(asked) == 1, "worked out once"
    hand_in_again(nation, demo_workbooks, processed)
    later = board_of(nation, CODE, YEAR)
    assert first is not None and later is not None and len(asked) == 2
    assert later.scoreboard["indicators"] == first.scoreboard["indicators"]


def test_what_cannot_be_kept_is_given_all_the_same(nation: Store, caplog: pytest.LogCaptureFixture) -> None:
    @event.listens_for(nation.engine, "checkout")
    def refuse_writes(connection: Any, record: Any, proxy: Any) -> None:
        connection.execute("PRAGMA query_only = ON")

    assert len(national_values(nation, YEAR, links())) and board_of(nation, CODE, YEAR) is not None
    with nation.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(kept_frames)).scalar() == 0
    assert "is not kept" in caplog.text
