"""Pages show the form that an institution handed in, whichever of the three it is."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.access import EDITOR, LOCAL, Actor
from app.demo.filled_forms import sample_issues
from app.demo.full_and_centre_forms import more_samples
from app.results.institution_results import board_of, centres_of_year, context_of_year, links, panel
from app.results.nation.kept_results import edition
from app.results.nation.national_values import KIND, national_values
from app.storage.database.kept_frames import keep_frame, states_of_year
from app.storage.store import Store, Upload
from app.submission.process_workbook import process
from app.submission.result import outcome_of
from indicators.comparison.peers import find_peers
from schemas.dictionary.dictionary import DataDictionary
from schemas.template.write_template import write_template

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
FORMS = {"core": "sample-strong", "full": "sample-full", "centre": "sample-centre"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, dictionary: DataDictionary) -> Iterator[Store]:
    """One institution with its core, its full and its centre form, in that order."""
    issues = {**sample_issues(dictionary), **more_samples(dictionary)}
    opened = Store.open(tmp_path_factory.mktemp("board") / "demo", "demo")
    for place, name in enumerate(FORMS.values()):
        data = write_template(dictionary, issues[name])
        result = process(data)
        upload = Upload(data, f"{name}.xlsx", "demo", NOON + timedelta(hours=place))
        opened.keep(upload, outcome_of(result), result.header["institution_row"])
    yield opened
    opened.close()


def ids(store: Store) -> dict[str, str]:
    """The submission of each form."""
    found = store.submissions()
    return dict(zip(found["form"], found["id"], strict=True))


def test_a_board_is_of_the_full_form_where_that_was_received_last(store: Store) -> None:
    (code,) = store.institutions()["code"]
    board = board_of(store, code, 2026)
    assert board is not None and board.submission == ids(store)["full"]
    assert board.score["versions"]["form"].startswith("full-2026-")
    shown = {row["id"] for row in board.scoreboard["indicators"]}
    core = board_of(store, code, 2026, ids(store)["core"])
    assert core is not None and {row["id"] for row in core.scoreboard["indicators"]} < shown


def test_a_board_tells_the_catalogue_it_was_evaluated_with(store: Store) -> None:
    (code,) = store.institutions()["code"]
    board = board_of(store, code, 2026)
    assert board is not None
    assert board.score["versions"]["catalogue"] == store.submissions()["catalogue_hash"].iloc[0]


def test_an_institution_with_three_forms_stands_once_in_every_table(store: Store, tmp_path: Path) -> None:
    values = panel(store, LOCAL, 2026)
    assert not values.duplicated(["institution", "level", "indicator", "definition", "counting"]).any()
    context = context_of_year(store, 2026)
    assert context.index.is_unique and find_peers(context, runs=0).codes == tuple(context.index)


def test_a_verdict_on_a_centre_is_hidden_with_its_value(demo_store_folder: Path, tmp_path: Path) -> None:
    store = Store.open(shutil.copytree(demo_store_folder, tmp_path / "demo"))
    told = {
        (one["institution"], one["unit"], need["indicator"]): (need["standing"], need["verdict"])
        for one in centres_of_year(store, Actor(EDITOR, ()), 2026)
        for need in one["requirements"]
        if one["is_compared"]
    }
    institution, unit, indicator = next(key for key, (_, verdict) in told.items() if verdict is not None)
    values = national_values(store, 2026, links())
    is_it = (values["institution"] == institution) & (values["unit"] == unit) & (values["indicator"] == indicator)
    states = states_of_year(store.engine, 2026)
    keep_frame(store.engine, KIND, 2026, edition(), states, values.assign(hidden=values["hidden"] | is_it))
    (centre,) = [
        one
        for one in centres_of_year(store, Actor(EDITOR, ()), 2026)
        if (one["institution"], one["unit"]) == (institution, unit)
    ]
    (need,) = [one for one in centre["requirements"] if one["indicator"] == indicator]
    assert (need["standing"], need["verdict"]) == ("hidden", None), "its value is hidden for the sake of another count"
    store.close()
