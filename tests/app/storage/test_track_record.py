"""The track record of rules: counted in the database as a plain loop over all versions counts it."""

import json
import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.access import LOCAL
from app.cli import main
from app.components.navigation import FILE_OF
from app.storage.explanations import keep_explanations, kept_explanations, withdraw
from app.storage.store import Store, Upload
from app.storage.store_location import STORE_VARIABLE
from app.storage.track_record import ENOUGH, TrackRecord, track_records
from app.storage.versions import Outcome
from app.texts import say
from schemas.explanations.explanation import Explanation
from schemas.rules.finding import finding_id
from schemas.rules.rule import load_rules

MAIN = Path(__file__).parents[3] / "app" / "main.py"
START = datetime(2026, 6, 1, tzinfo=UTC)
OFTEN, SELDOM, NEVER = [rule for rule, declared in load_rules().items() if declared.severity == "check"][:3]
NO_ANSWER = {"accepted": 0, "returned": 0}


class Point(NamedTuple):
    """Where a rule fired."""

    rule: str
    field: str
    row_key: str = ""


def finding(point: Point) -> dict[str, object]:
    text = {"ja": "確認", "en": "check"}
    place = {"sheet": None, "cells": [], "count": 1, "value": "1", "group": "g", "params": {}}
    named = {"id": finding_id(*point), **point._asdict(), "severity": "check", "scope": "cell"}
    return {**named, **place, "message": text, "remedy": text}


def keep(store: Store, points: list[Point], institution: str = "0001", year: int = 2026, form: str = "core") -> str:
    """The next version of a form with these findings."""
    findings = [finding(point) for point in points]
    empty = pd.DataFrame()
    frames = dict.fromkeys(("answers", "values", "value_cells", "gaps", "scores"), empty)
    number = len(store.submissions(all_versions=True))
    upload = Upload(b"PK%d" % number, "form.xlsx", "local", START + timedelta(minutes=number))
    made = Outcome(
        institution, year, form, False, "d" * 16, "c" * 16, "check", findings=findings, **frames,
    )  # fmt: skip
    return store.keep(upload, made, {"code": institution, "name_ja": "架空大学"})


def explain(store: Store, submission: str, point: Point, institution: str = "0001") -> None:
    keep_explanations(
        store.engine, submission, [Explanation(institution, *point, "理由", "総務課", "", None, None)], LOCAL
    )


def test_a_store_without_findings_has_no_record(store: Store) -> None:
    assert track_records(store) == {}
    keep(store, [])
    assert track_records(store) == {}


def test_what_is_gone_is_mended_and_what_was_explained_is_not(store: Store) -> None:
    mended, said, left = Point(OFTEN, "a"), Point(OFTEN, "b"), Point(SELDOM, "c")
    first = keep(store, [mended, mended, said, left])
    assert track_records(store) == {OFTEN: TrackRecord(OFTEN, 1, 0, 0), SELDOM: TrackRecord(SELDOM, 1, 0, 0)}
    explain(store, first, said)
    assert track_records(store)[OFTEN] == TrackRecord(OFTEN, 1, 0, 1)
    keep(store, [left])
    assert track_records(store) == {OFTEN: TrackRecord(OFTEN, 1, 1, 1), SELDOM: TrackRecord(SELDOM, 1, 0, 0)}
    keep(store, [left], year=2027)
    keep(store, [], year=2027, form="full")
    assert track_records(store)[SELDOM] == TrackRecord(SELDOM, 2, 0, 0), "another form or year is no next version"


def test_an_explanation_stands_for_the_rounds_before_not_after_and_not_once_taken_back(store: Store) -> None:
    point = Point(OFTEN, "a")
    submissions = {year: keep(store, [point], year=year) for year in (2025, 2026, 2027)}
    explain(store, submissions[2026], point)
    assert track_records(store)[OFTEN] == TrackRecord(OFTEN, 3, 0, 2)
    keep(store, [point], institution="0002")
    assert track_records(store)[OFTEN] == TrackRecord(OFTEN, 4, 0, 2), "that of one institution explains no other's"
    (kept,) = kept_explanations(store.engine, "0001")
    withdraw(store.engine, kept, LOCAL)
    assert track_records(store)[OFTEN] == TrackRecord(OFTEN, 4, 0, 0)


def test_a_long_history_is_counted_as_a_plain_loop_counts_it(store: Store) -> None:
    rng = random.Random(4)
    points = [Point(rule, field, key) for rule in (OFTEN, SELDOM) for field in "ab" for key in ("", "x")]
    versions: dict[tuple[str, int, str], list[set[Point]]] = defaultdict(list)
    said: dict[tuple[str, Point], int] = {}
    for _ in range(60):
        owner = (rng.choice(["0001", "0002", "0003"]), rng.choice([2025, 2026]), rng.choice(["core", "full"]))
        found = set(rng.sample(points, rng.randint(0, 4)))
        submission = keep(store, sorted(found), *owner)
        versions[owner].append(found)
        if found and rng.random() < 0.4:
            point = rng.choice(sorted(found))
            explain(store, submission, point, owner[0])
            said[owner[0], point] = owner[1]
    counts = {rule: [0, 0, 0] for rule in (OFTEN, SELDOM)}
    for (institution, year, _), found in versions.items():
        explained = {p for p in points if said.get((institution, p), 0) >= year}
        gone = {p for now, later in pairwise(found) for p in now - later} - explained
        seen = set().union(*found)
        for place, some in enumerate((seen, gone, seen & explained)):
            for rule in {p.rule for p in some}:
                counts[rule][place] += 1
    assert track_records(store) == {rule: TrackRecord(rule, *numbers) for rule, numbers in counts.items()}
    assert all(min(numbers) > 0 for numbers in counts.values())


@pytest.mark.parametrize(("fired", "explained", "expected"), [(10, 9, True), (10, 8, False), (9, 9, False)])
def test_a_rule_that_is_nearly_always_explained_is_for_regrading(fired: int, explained: int, expected: bool) -> None:
    assert TrackRecord(OFTEN, fired, 0, explained).is_for_regrading is expected


def test_the_command_shows_the_record_beside_each_rule(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store.open(tmp_path / "store")
    point = Point(OFTEN, "a")
    for number in range(ENOUGH):
        explain(store, keep(store, [point], f"{number:04}"), point, f"{number:04}")
    keep(store, [Point(SELDOM, "a")])
    store.close()
    place = ["--store", str(tmp_path / "store")]
    assert main(["rules", "--json", *place]) == 0
    rows = {row["id"]: row["track_record"] for row in json.loads(capsys.readouterr().out)["rules"]}
    assert rows[OFTEN] == {"fired": ENOUGH, "mended": 0, "explained": ENOUGH, **NO_ANSWER, "for_regrading": True}
    assert rows[NEVER] == {"fired": 0, "mended": 0, "explained": 0, **NO_ANSWER, "for_regrading": False}
    assert main(["rules", *place]) == 0
    shown = capsys.readouterr().out
    assert shown.rstrip().splitlines()[-1].endswith(OFTEN) and SELDOM not in shown.rstrip().splitlines()[-1]
    assert main(["rules", "--json"]) == 0
    assert "track_record" not in json.loads(capsys.readouterr().out)["rules"][0]


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The app on a store in which one rule fired in as many forms as it takes, and was always explained."""
    store = Store.open(tmp_path / "store")
    for number in range(ENOUGH):
        explain(store, keep(store, [Point(OFTEN, "a")], f"{number:04}"), Point(OFTEN, "a"), f"{number:04}")
    store.close()
    monkeypatch.setenv(STORE_VARIABLE, str(tmp_path / "store"))
    return AppTest.from_file(MAIN, default_timeout=60)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_page_of_a_rule_tells_its_record(app: AppTest, language: str) -> None:
    app.query_params["lang"] = language
    app.run()
    told = {OFTEN: say("track.told", language, fired=ENOUGH, mended=0, explained=ENOUGH, **NO_ANSWER)}
    for rule in (OFTEN, NEVER):
        app.session_state["section"], app.session_state["id"] = "rules", rule
        app.switch_page(FILE_OF["handbook"]).run()
        assert not app.exception
        assert told.get(rule, say("track.never", language)) in [str(text.value) for text in app.text]
        regrade = say("track.regrading", language) in [str(note.value) for note in app.info]
        assert regrade == (rule == OFTEN)


def test_a_store_that_is_not_there_is_said_and_not_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--store", str(tmp_path / "nowhere")]) == 13
    assert "admin init" in capsys.readouterr().err and not (tmp_path / "nowhere").exists()
