"""The page that follows a number to its cells, rules, formula, sources and approver, and the page of the log."""

import shutil
from pathlib import Path

import pytest

from app.access import APPROVER, LOCAL, Actor
from app.components.people.logged_download import log_and_make
from app.documents.number_lineage import key_of, lineage_of
from app.results.institution_results import board_of
from app.rounds.round_events import RoundEvent, record_event
from app.storage.audit import entries
from app.storage.database.connection import write_transaction
from app.storage.problems import StoreError
from app.storage.store import Store
from app.storage.store_location import STORE_VARIABLE
from app.submission.explain_findings import explain, points_of
from tests.app.views.test_views import run, words
from tests.support.page_tables import page_tables
from tests.support.round_steps import IN_TIME, begin


@pytest.fixture
def folder(demo_store_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(demo_store_folder, tmp_path / "demo"))


@pytest.fixture
def store(folder: Path) -> Store:
    return Store.open(folder)


def test_every_number_of_an_institution_has_its_lineage(store: Store) -> None:
    board = board_of(store, "DEMO-01", 2026)
    assert board is not None
    for row in board.scoreboard["indicators"][::4]:
        found = lineage_of(store, board, key_of(row))
        places = {f"{cell['sheet']}!{cell['cell']}" for cell in found["cells"] if cell["cell"]}
        assert places == set(row["cells"])
        assert found["indicator"]["formula"] and found["indicator"]["source"]["title"]
        assert len(found["benchmarks"]) == len(row["gaps"]) and all(
            one["source"]["title"] for one in found["benchmarks"]
        )
        assert found["submission"]["id"] == board.submission and found["approved"] is None
    with pytest.raises(KeyError):
        lineage_of(store, board, ("institution", "00", "unknown", "-", "-"))


def test_rules_are_said_to_be_passed_open_or_explained_and_who_approved(store: Store) -> None:
    codes = store.institutions()["code"]
    for code in codes:
        board = board_of(store, code, 2026)
        point = next((p for p in points_of(store, board.submission) if p.state == "open"), None) if board else None
        keys = [key_of(row) for row in board.scoreboard["indicators"]] if board else []
        if point is None:
            continue
        touched = [k for k in keys if point.finding["rule"] in states(store, board, k)]
        if touched:
            break
    key = touched[0]
    assert states(store, board, key)[point.finding["rule"]] == "open"
    assert "passed" in states(store, board, key).values()
    explain(store, LOCAL, board.submission, point.finding, "理由", "総務課")
    assert states(store, board, key)[point.finding["rule"]] == "explained"
    begin(store, [code])
    anna = Actor(APPROVER, code, "anna").signature
    sha256 = str((store.submission(board.submission) or {})["sha256"])
    facts = {"name": "架空 花子", "office": "研究推進部", "sha256": sha256, "form": "core", "unit": ""}
    for act, said in (("signed_off", facts), ("voided", {}), ("signed_off", facts), ("withdrawn", {})):
        with write_transaction(store.engine) as connection:
            event = RoundEvent(2026, act, anna, IN_TIME, code, board.submission, facts=said)
            record_event(connection, event)
        approved = lineage_of(store, board, key)["approved"]
        if act == "signed_off":
            assert approved is not None and (approved["by"], approved["role"]) == ("anna", APPROVER)
            assert (approved["name"], approved["office"], approved["sha256"]) == ("架空 花子", "研究推進部", sha256)
        else:
            assert approved is None, act


def states(store: Store, board, key) -> dict[str, str]:
    return {one["rule"]: one["state"] for one in lineage_of(store, board, key)["rules"]}


def test_the_page_shows_cells_rules_and_sources(folder: Path) -> None:
    app = run(folder, "lineage", lang="en", institution="DEMO-01", year="2026", indicator="foreign_researcher_share")
    assert len(page_tables(app)) == 3 and "Not signed off yet" in words(app)
    assert "SHA-256" in words(app)
    (button,) = [one for one in app.get("download_button") if one.label == "Download as JSON"]
    assert button


def test_the_log_page_shows_an_institution_its_own_rows_only(folder: Path, store: Store) -> None:
    app = run(folder, "log", lang="en", institution="DEMO-01", year="2026")
    (shown,) = page_tables(app)
    own = entries(store.engine, institution="DEMO-01")
    assert len(shown) == len(own) > 0 and set(shown["submission"]) == {row["submission"] for row in own}
    assert set(shown["act"]) == {"Form kept"}


def test_a_download_is_logged_before_its_bytes_are_made(
    folder: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STORE_VARIABLE, str(folder))
    taken: list[list[str]] = []

    def made() -> bytes:
        taken.append([row["act"] for row in entries(store.engine)][-1:])
        return b"file"

    what = {"institution": "DEMO-01", "submission": None, "what": "csv_overview"}
    assert log_and_make(LOCAL, what, made) == b"file" and taken == [["download"]]
    last = entries(store.engine)[-1]
    assert (last["subject"], last["institution"], last["facts"]) == (
        "csv_overview",
        "DEMO-01",
        {"what": "csv_overview"},
    )


def test_what_cannot_be_logged_is_not_handed_out(folder: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STORE_VARIABLE, str(folder))
    with write_transaction(store.engine) as connection:
        connection.exec_driver_sql("create trigger closed before insert on audit begin select raise(abort, 'x'); end")
    with pytest.raises(StoreError):
        log_and_make(LOCAL, {"institution": None, "submission": None, "what": "x"}, b"file")
