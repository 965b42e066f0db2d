"""Pages show the form that an institution handed in, whichever of the three it is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.access import LOCAL
from app.demo.filled_forms import sample_issues
from app.demo.full_and_centre_forms import more_samples
from app.results.institution_results import board_of, context_of_year, panel
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
