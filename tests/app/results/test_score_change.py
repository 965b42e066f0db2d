"""Why a score moved: planted causes come back alone, parts add up, and chart, sentence and page say the same."""

from __future__ import annotations

import copy
import dataclasses
import io
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import altair as alt
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from app.charts.university.change_chart import account_rows, axis_ends, sentence_for_account, waterfall
from app.components.navigation import FILE_OF
from app.demo.filled_forms import demo_institutions
from app.edition import catalogue
from app.results.institution_results import board_of
from app.results.score_change import Edition, account_between, answered_once, as_published
from app.storage.store import Store, Upload
from app.storage.store_location import STORE_VARIABLE
from app.submission.process_workbook import process
from app.submission.result import Result, outcome_of
from indicators.catalogue.declarations import Level
from indicators.change.score_decomposition import CAUSES, NOT_BETWEEN, ONE_EDITION, Account
from schemas.dictionary.declaration import Text
from schemas.dictionary.format_number import format_number, signed_number
from tests.support.judged_rounds import filled_rounds
from tests.support.page_tables import page_tables

LABEL = Text(ja="研究者", en="Researchers")
SHARE = "foreign_researcher_share"
ELEMENTS = [*catalogue().pillars, *catalogue().indicators]
LEVELS: tuple[Level, ...] = ("institution", "centre")


@pytest.fixture(scope="module")
def editions(processed: dict[tuple[str, int], Result]) -> dict[tuple[str, int], Edition]:
    return {key: Edition(result.header["score"]["scoreboards"][0], catalogue()) for key, result in processed.items()}


def with_counts(edition: Edition, part: int, whole: int) -> Edition:
    """The edition with other counts, value and score of the institution's foreign share."""
    board = copy.deepcopy(edition.scoreboard)
    row = Edition(board, catalogue()).row(SHARE, "institution")
    assert isinstance(row, dict)
    goal = Edition(board, catalogue()).goals(SHARE, "institution")[SHARE]
    value = 100 * part / whole
    score = 100 * min(1.0, max(0.0, (value - float(goal.floor)) / float(goal.target - goal.floor)))
    row.update(numerator=part, denominator=whole, value=value, score=score)
    return Edition(board, catalogue())


def with_catalogue(edition: Edition, **changes: Any) -> Edition:
    """The edition under another catalogue; ``changes`` are fields of the foreign share's indicator."""
    known = dict(catalogue().indicators)
    known[SHARE] = known[SHARE].model_copy(update=changes)
    return Edition(edition.scoreboard, dataclasses.replace(catalogue(), indicators=known, hash="another"))


@pytest.mark.parametrize("code", ["DEMO-01", "DEMO-03", "DEMO-12"])
def test_every_account_adds_up_to_the_stored_scores_and_only_performance_moves(editions, code) -> None:
    last, this = editions[code, 2025], editions[code, 2026]
    accounts = {
        (element, level): account_between(element, level, last, this) for element in ELEMENTS for level in LEVELS
    }
    compared = {key: found for key, found in accounts.items() if found.comparable}
    assert len(compared) >= 5
    for (element, level), found in accounts.items():
        assert (found.last, found.this) == pytest.approx(
            (last.stored_score(element, level), this.stored_score(element, level))
        )
        if (element, level) not in compared:
            assert found.reason == ONE_EDITION
    for found in compared.values():
        assert found.last + sum(found.parts.values()) == pytest.approx(found.this, abs=1e-9)
        assert {cause for cause, points in found.parts.items() if points} <= {"performance"}
    assert any(found.parts["performance"] > 1 for found in compared.values())


def test_a_revision_alone_is_found_alone(editions) -> None:
    last = with_counts(editions["DEMO-03", 2025], 30, 800)
    revised = with_counts(last, 40, 800)
    found = account_between(SHARE, "institution", last, revised, revised)
    assert found.parts["revision"] == pytest.approx(found.this - found.last)
    assert found.parts["revision"] > 0
    assert {cause for cause, points in found.parts.items() if points} == {"revision"}


def test_revision_and_performance_are_told_apart(editions) -> None:
    last = with_counts(editions["DEMO-03", 2025], 30, 800)
    revised, this = with_counts(last, 40, 800), with_counts(last, 44, 800)
    found = account_between(SHARE, "institution", last, this, revised)
    whole = found.this - found.last
    assert found.parts["revision"] == pytest.approx(whole * 10 / 14)
    assert found.parts["performance"] == pytest.approx(whole * 4 / 14)


def test_weights_that_change_move_a_pillar_only_through_weights(editions) -> None:
    before = editions["DEMO-01", 2026]
    heavier = with_catalogue(before, weight=(catalogue().indicators[SHARE].weight or 1) + 40)
    pillar = catalogue().indicators[SHARE].pillar
    board = copy.deepcopy(before.scoreboard)
    for row in board["indicators"]:
        row["score_kind"] = "score"  # as if the centre were judged by every line of its call
    low = Edition(board, catalogue()).row(SHARE, "centre")
    assert isinstance(low, dict)
    low.update(value=low["value"] / 4, score=None)
    goal = before.goals(SHARE, "centre")[SHARE]
    low["score"] = 100 * (low["value"] - float(goal.floor)) / float(goal.target - goal.floor)
    weights = before.weights(pillar)
    scores = {name: Edition(board, catalogue()).stored_score(name, "centre") for name in weights}
    present = {name: value for name, value in scores.items() if value is not None}

    def stored(under: Edition) -> Edition:
        used = under.weights(pillar)
        mean = sum(used[n] * v for n, v in present.items()) / sum(used[n] for n in present)
        own = copy.deepcopy(board)
        next(p for p in own["pillars"] if p["id"] == pillar and p["level"] == "centre")["score"] = mean
        return Edition(own, under.catalogue)

    last, this = stored(Edition(board, catalogue())), stored(Edition(board, heavier.catalogue))
    found = account_between(pillar, "centre", last, this)
    assert found.comparable and found.this != pytest.approx(found.last)
    assert {cause for cause, points in found.parts.items() if abs(points) > 1e-9} == {"weights"}
    assert found.parts["weights"] == pytest.approx(found.this - found.last)


def test_a_floor_that_changes_is_definition_and_method(editions) -> None:
    last = with_counts(editions["DEMO-01", 2026], 300, 4000)
    post = catalogue().indicators[SHARE].goalposts["institution"]
    moved = with_catalogue(
        last, goalposts={**catalogue().indicators[SHARE].goalposts, "institution": post.model_copy(update={"floor": 5})}
    )
    goal = moved.goals(SHARE, "institution")[SHARE]
    assert goal.floor == 5
    board = copy.deepcopy(last.scoreboard)
    row = Edition(board, catalogue()).row(SHARE, "institution")
    assert isinstance(row, dict)
    row["score"] = 100 * (7.5 - 5) / float(goal.target - 5)
    found = account_between(SHARE, "institution", last, Edition(board, moved.catalogue))
    assert {cause for cause, points in found.parts.items() if points} == {"definitions"}
    assert found.parts["definitions"] < 0


def test_a_target_that_changes_is_benchmark(editions) -> None:
    last = with_counts(editions["DEMO-01", 2026], 300, 4000)
    known = catalogue().benchmarks[SHARE]
    higher = [
        benchmark.model_copy(
            update={
                "entries": [
                    entry if entry.value is None else entry.model_copy(update={"value": entry.value * 2})
                    for entry in benchmark.entries
                ]
            }
        )
        for benchmark in known
    ]
    moved = dataclasses.replace(catalogue(), benchmarks={**catalogue().benchmarks, SHARE: higher}, hash="another")
    board = copy.deepcopy(last.scoreboard)
    row = Edition(board, catalogue()).row(SHARE, "institution")
    assert isinstance(row, dict)
    row["score"] /= 2
    found = account_between(SHARE, "institution", last, Edition(board, moved))
    assert {cause for cause, points in found.parts.items() if points} == {"benchmarks"}
    assert found.parts["benchmarks"] == pytest.approx(-found.last / 2)


def test_scores_stored_under_other_rules_have_no_account(editions) -> None:
    last, this = editions["DEMO-01", 2025], editions["DEMO-01", 2026]
    board = copy.deepcopy(last.scoreboard)
    row = Edition(board, catalogue()).row(SHARE, "institution")
    assert isinstance(row, dict)
    row["score"] += 1
    found = account_between(SHARE, "institution", Edition(board, catalogue()), this)
    assert not found.comparable and not found.parts
    assert "別の版" in found.reason.ja


def test_what_was_answered_in_one_year_only_is_named(editions) -> None:
    last, this = editions["DEMO-01", 2025], editions["DEMO-01", 2026]
    pillar = catalogue().indicators[SHARE].pillar
    assert answered_once(pillar, "institution", last, this) == ()
    board = copy.deepcopy(this.scoreboard)
    row = Edition(board, catalogue()).row(SHARE, "institution")
    assert isinstance(row, dict)
    row.update(status="m", value=None, score=None)
    assert answered_once(pillar, "institution", last, Edition(board, catalogue())) == (SHARE,)


# chart, sentence, page ---------------------------------------------------------------------------------------

POINTS = st.floats(-20, 20, allow_nan=False)


def made(last: float, parts: list[float]) -> Account:
    return Account(last, last + sum(parts), dict(zip(CAUSES, parts, strict=True)))


@given(st.floats(0, 100), st.lists(POINTS, min_size=5, max_size=5), st.sampled_from(["ja", "en"]))
def test_each_bar_begins_where_the_one_before_ended(last: float, parts: list[float], language: str) -> None:
    rows = account_rows(made(last, parts), language)
    assert list(rows["step"]) == ["last", *CAUSES, "this"]
    ends = list(rows["end"])
    assert list(rows["start"])[1:-1] == ends[:-2]
    assert ends[-2] == pytest.approx(ends[-1], abs=1e-9)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_chart_draws_and_says_the_account(language: str) -> None:
    account = made(40.0, [5.0, 0.0, 0.0, -2.0, 0.01])
    chart = waterfall(account, LABEL, language)
    assert isinstance(chart, alt.LayerChart)
    spec = chart.to_dict()
    assert spec["description"] == sentence_for_account(account, LABEL, language)
    drawn = [row["shown"] for rows in spec["datasets"].values() if len(rows) == 2 + len(CAUSES) for row in rows]
    assert drawn == ["40.0", "+5.0", "0.0", "0.0", "−2.0", "0.0", "43.0"]
    assert "+5.0" in spec["description"] and "−2.0" in spec["description"]
    assert ("重み" if language == "ja" else "Weights") not in spec["description"]


@pytest.mark.parametrize(
    ("last", "moved", "ends"),
    [(40.0, 0.4, (39, 41)), (40.0, 6.0, (35, 50)), (20.0, 43.0, (0, 100)), (99.5, 0.5, (99, 100)), (0.0, 1.0, (0, 2))],
)
def test_small_steps_are_drawn_on_an_axis_of_their_own(last: float, moved: float, ends: tuple[float, float]) -> None:
    account = made(last, [moved, 0.0, 0.0, 0.0, 0.0])
    assert axis_ends(account_rows(account, "ja")) == ends
    shown = waterfall(account, LABEL, "ja").to_dict()["title"]["subtitle"][0]
    assert f"{ends[0]}点から{ends[1]}点まで" in shown


def test_a_score_that_stayed_did_not_become_what_it_was() -> None:
    account = made(40.0, [0.01, 0.0, 0.0, -0.01, 0.0])
    assert sentence_for_account(account, LABEL, "ja") == "研究者のスコアは、前年度と同じ40.0点です。"


def test_a_change_without_an_account_says_why() -> None:
    account = Account(None, 40.0, {}, ONE_EDITION)
    assert "一方の年度" in sentence_for_account(account, LABEL, "ja")
    assert "no score" in sentence_for_account(account, LABEL, "en")
    assert account_rows(Account(1.0, 2.0, {}, NOT_BETWEEN), "ja").empty
    with pytest.raises(ValueError, match="account"):
        waterfall(account, LABEL, "ja")


@pytest.mark.parametrize(("points", "text"), [(0.04, "0.0"), (-0.04, "0.0"), (0.05, "+0.1"), (-1.25, "−1.3")])
def test_signs(points: float, text: str) -> None:
    assert signed_number(points) == text


def test_the_stored_boards_give_the_same_account_as_the_engine(demo_store_folder, editions) -> None:
    store = Store.open(demo_store_folder)
    kept = {year: board_of(store, "DEMO-01", year) for year in (2025, 2026)}
    ours = [Edition(kept[year].scoreboard, catalogue()) for year in (2025, 2026)]
    theirs = [editions["DEMO-01", year] for year in (2025, 2026)]
    for element in catalogue().pillars:
        for level in LEVELS:
            found, wanted = account_between(element, level, *ours), account_between(element, level, *theirs)
            assert (found.last, found.this, found.reason) == (wanted.last, wanted.this, wanted.reason)
            assert found.parts == pytest.approx(wanted.parts, abs=1e-9)


@pytest.fixture(scope="module")
def three_rounds(tmp_path_factory) -> Path:
    """A demo store with one institution and three rounds."""
    folder = tmp_path_factory.mktemp("rounds") / "demo"
    store = Store.open(folder, "demo")
    chosen = next(institution for institution in demo_institutions() if institution.code == "DEMO-06")
    for form in filled_rounds(chosen):
        store.keep(form.upload, form.outcome, form.institution_row)
    store.close()
    return folder


@pytest.mark.parametrize(
    ("language", "wanted"),
    [
        ("ja", ["3年分", "変化はすべて実績によるもの", "同じ版の指標"]),
        ("en", ["over 3 years", "All of it is performance", "same edition"]),
    ],
)
def test_the_page_shows_account_pace_and_arrival(three_rounds, monkeypatch, language, wanted) -> None:
    monkeypatch.setenv(STORE_VARIABLE, str(three_rounds))
    app = AppTest.from_file(str(Path("app/main.py").resolve()), default_timeout=60)
    for key, value in {"lang": language, "institution": "DEMO-06", "year": "2026", "indicator": SHARE}.items():
        app.query_params[key] = value
    app.switch_page(FILE_OF["change"]).run()
    assert not app.exception, app.exception
    said = "\n".join(
        str(each.value) for kind in ("text", "caption", "info", "subheader") for each in getattr(app, kind)
    )
    assert all(word in said for word in wanted), said
    assert ("到達" if language == "ja" else "arrival") in said
    accounts = [table for table in page_tables(app) if list(table.columns) == ["name", "shown"]]
    assert len(accounts) == 2 and all(len(table) == 7 for table in accounts)
    store = Store.open(three_rounds)
    boards = [board_of(store, "DEMO-06", year) for year in (2025, 2026)]
    scores = [Edition(board.scoreboard, catalogue()).stored_score(SHARE, "institution") for board in boards]
    assert accounts[0]["shown"].tolist()[0::6] == [format_number(score) for score in scores]


# a form of last year that was put right


def with_professors(data: bytes, foreign: int) -> bytes:
    """A filled form in which the number of foreign professors is another one."""
    book, out = openpyxl.load_workbook(io.BytesIO(data)), io.BytesIO()
    book["研究者"]["D10"] = foreign
    book.save(out)
    return out.getvalue()


@pytest.fixture(scope="module")
def versions(demo_workbooks: dict[tuple[str, int], bytes]) -> dict[str, bytes]:
    last = demo_workbooks["DEMO-03", 2025]
    return {
        "draft": with_professors(last, 2),
        "last": last,
        "revised": with_professors(last, 12),
        "this": demo_workbooks["DEMO-03", 2026],
    }


@cache
def judged(data: bytes) -> Result:
    return process(data)


def stored(folder: Path, versions: dict[str, bytes], *kept: tuple[str, datetime]) -> Store:
    """A demo store with these versions, received on these days."""
    store = Store.open(folder, "demo")
    for name, day in kept:
        result = judged(versions[name])
        upload = Upload(versions[name], f"{name}.xlsx", "demo", day.replace(tzinfo=UTC))
        store.keep(upload, outcome_of(result), result.header["institution_row"])
    return store


def editions_in(store: Store) -> tuple[Edition | None, Edition, Edition]:
    """Last year as published (None where it was never replaced), as it stands now, and this year."""
    now, this = (Edition(board_of(store, "DEMO-03", year).scoreboard, catalogue()) for year in (2025, 2026))
    return as_published(store, "DEMO-03", now), now, this


IN_TIME, LATE, THIS_ROUND = datetime(2025, 6, 10), datetime(2026, 5, 20), datetime(2026, 6, 10)
PILLAR = catalogue().indicators[SHARE].pillar


def test_a_correction_after_the_year_is_revision_from_the_store(tmp_path, versions) -> None:
    store = stored(
        tmp_path / "demo",
        versions,
        ("draft", datetime(2025, 6, 1)),
        ("last", IN_TIME),
        ("this", THIS_ROUND),
        ("revised", LATE),
    )
    published, now, this = editions_in(store)
    assert published is not None
    counts = {name: edition.row(SHARE, "institution") for name, edition in (("p", published), ("n", now))}
    assert counts["n"]["numerator"] - counts["p"]["numerator"] == 7  # 12 professors where 5 were published
    for element in (SHARE, PILLAR):
        found = account_between(element, "institution", published, this, revised=now)
        assert found.comparable
        assert found.last == pytest.approx(published.stored_score(element, "institution"))
        assert found.last + sum(found.parts.values()) == pytest.approx(found.this, abs=1e-9)
        assert found.parts["revision"] > 0
        assert {cause for cause, points in found.parts.items() if abs(points) > 1e-9} == {"performance", "revision"}


def test_what_was_replaced_within_the_year_was_a_draft(tmp_path, versions) -> None:
    store = stored(
        tmp_path / "demo", versions, ("draft", datetime(2025, 6, 1)), ("last", IN_TIME), ("this", THIS_ROUND)
    )
    assert editions_in(store)[0] is None


def test_where_every_version_came_late_the_first_one_was_published(tmp_path, versions) -> None:
    store = stored(tmp_path / "demo", versions, ("last", LATE), ("this", THIS_ROUND), ("revised", datetime(2026, 7, 1)))
    published, now, _ = editions_in(store)
    assert published is not None and published.row(SHARE, "institution") != now.row(SHARE, "institution")
    assert published.scoreboard["year"] == now.scoreboard["year"]


@pytest.mark.parametrize(
    ("moment", "in_time"), [(datetime(2026, 3, 31, 14, 59), True), (datetime(2026, 3, 31, 15, 1), False)]
)
def test_the_year_ends_on_31_march_in_japan(tmp_path, versions, moment, in_time) -> None:
    store = stored(tmp_path / "demo", versions, ("draft", IN_TIME), ("last", moment), ("this", THIS_ROUND))
    assert (editions_in(store)[0] is None) == in_time


@pytest.mark.parametrize(("language", "wanted"), [("ja", "前年度の訂正"), ("en", "Revision")])
def test_the_page_tells_the_revision_from_the_performance(tmp_path, versions, monkeypatch, language, wanted) -> None:
    store = stored(tmp_path / "demo", versions, ("last", IN_TIME), ("this", THIS_ROUND), ("revised", LATE))
    published, now, this = editions_in(store)
    store.close()
    monkeypatch.setenv(STORE_VARIABLE, str(tmp_path / "demo"))
    app = AppTest.from_file(str(Path("app/main.py").resolve()), default_timeout=60)
    for key, value in {"lang": language, "institution": "DEMO-03", "year": "2026", "indicator": SHARE}.items():
        app.query_params[key] = value
    app.switch_page(FILE_OF["change"]).run()
    assert not app.exception, app.exception
    account = next(frame for frame in page_tables(app) if list(frame.columns) == ["name", "shown"])
    shown = dict(zip(account["name"], account["shown"], strict=True))
    level: Level = "institution"
    expected = account_between(SHARE, level, published, this, revised=now)
    assert shown[wanted] == signed_number(expected.parts["revision"]) != signed_number(0.0)
    assert account["shown"].iloc[0] == format_number(expected.last)
