"""A round is opened, extended, closed, reopened and published; what cannot be done is said, and changes nothing."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest

from app.access import LOCAL
from app.edition import catalogue
from app.rounds.admission import RoundAdmission, refusal_text, result_of
from app.rounds.frozen_edition import edition_archive, unpack_edition
from app.rounds.moments import moment_text, parse_moment
from app.rounds.population import DEFAULT_KINDS, choose_population
from app.rounds.round_control import close_round, extend_round, publish_round, reopen_for
from app.rounds.round_errors import RoundError
from app.rounds.round_record import find_body, rounds_of
from app.rounds.sign_off import accept, sign_off
from app.rounds.submission_states import published_submission
from app.rounds.tracker import track_round
from app.storage.store import Store
from indicators.catalogue.load_catalogue import load_catalogue
from tests.support.round_steps import CLOSES, CODES, IN_TIME, LATE, OPENS, begin, hand_in

ACTOR = "ministry"


def refused(key: str):
    return pytest.raises(RoundError, check=lambda error: error.key == key)


def state_of(store: Store, code: str = CODES[0]) -> str:
    tracker = track_round(store, 2026, IN_TIME)
    return next(one.state for one in tracker.standings if one.body.institution == code)


def row_state(store: Store, submission: str) -> str:
    row = store.submission(submission)
    assert row is not None
    return str(row["state"])


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        ("2026-06-30", CLOSES),
        ("2026-06-30 17:00", CLOSES),
        ("2026-06-30T17:00+09:00", CLOSES),
        ("2026-06-30T08:00Z", CLOSES),
        ("2026-06-30 04:00 -0400", CLOSES),
    ],
)
def test_a_moment_is_japans_time_unless_it_says_otherwise(given: str, moment: datetime) -> None:
    assert parse_moment(given) == moment


@pytest.mark.parametrize(
    "given",
    ["2026-06-31", "2026-06-30 24:00", "30 June", "2026-06-30 17:00:30", "9999-12-31T23:00Z", "0001-01-01 00:00", ""],
)
def test_what_is_no_moment_is_refused(given: str) -> None:
    with pytest.raises(ValueError):
        parse_moment(given)


def test_a_deadline_is_said_with_weekday_and_hour() -> None:
    assert moment_text(CLOSES, "ja") == "2026年6月30日（火）17時（日本時間）"
    assert moment_text(CLOSES, "en") == "Tuesday 30 June 2026, 17:00 (Japan time)"
    assert moment_text(CLOSES + timedelta(minutes=30), "ja").startswith("2026年6月30日（火）17時30分")


def test_a_round_keeps_what_it_was_opened_with(store: Store, tmp_path: Path) -> None:
    begin(store)
    (found,) = rounds_of(store.engine)
    assert (found.year, found.opens, found.closes) == (2026, OPENS, CLOSES)
    assert found.forms == ("core", "full", "centre", "short")
    assert found.catalogue_hash == catalogue().hash
    assert unpack_edition(store, found.edition_sha256, tmp_path / "edition") > 50
    assert load_catalogue(tmp_path / "edition" / "indicators").hash == catalogue().hash
    assert store.check() == []
    with refused("folder_in_use"):
        unpack_edition(store, found.edition_sha256, tmp_path / "edition")


def test_the_frozen_edition_is_the_same_bytes_each_time() -> None:
    made = edition_archive()
    assert made == edition_archive()
    names = zipfile.ZipFile(BytesIO(made)).namelist()
    assert {"schemas/rules/rules.yaml", "indicators/catalogue/pillars.yaml"} <= set(names)


def test_the_population_is_of_the_kinds_named_with_exceptions(store: Store) -> None:
    bodies = choose_population(store, 2026, DEFAULT_KINDS, without=CODES[:1], besides=())
    assert len(bodies) > 750 and CODES[0] not in {body.institution for body in bodies}
    more = choose_population(store, 2026, ["national_rd_agency"], (), CODES[:1])
    assert {body.kind for body in more} == {"national_rd_agency", "university"}
    every = choose_population(store, 2026, ["all"], (), ())
    assert len(every) > len(bodies) and len({body.institution for body in every}) == len(every)


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"kinds": ["college"]}, "unknown_kind"),
        ({"besides": ["F000000000000"]}, "unknown_body"),
        ({"without": ["F000000000000"]}, "unknown_exception"),
        ({"besides": ()}, "nobody"),
        ({"forms": ["core", "long"]}, "unknown_form"),
        ({"closes": OPENS - timedelta(days=1)}, "deadline_over"),
        ({"opens": CLOSES + timedelta(days=1)}, "deadline_before_opening"),
    ],
)
def test_a_round_that_cannot_be_is_not_opened(store: Store, more: dict[str, object], key: str) -> None:
    with refused(key):
        begin(store, **more)
    assert rounds_of(store.engine) == []


def test_one_round_is_open_at_a_time(store: Store) -> None:
    begin(store)
    with refused("again_open"):
        begin(store)
    with refused("other_open") as error:
        begin(store, year=2027, closes=CLOSES + timedelta(days=365))
    assert "2026" in error.value.text.en and "close --year 2026" in error.value.text.ja
    close_round(store, ACTOR, IN_TIME, year=2026)
    begin(store, year=2027, closes=CLOSES + timedelta(days=365))
    with refused("other_open"):
        extend_round(store, ACTOR, LATE, year=2026, closes=LATE + timedelta(days=1), reason="")


def test_the_deadline_moves_later_only(store: Store) -> None:
    begin(store)
    with refused("deadline_earlier"):
        extend_round(store, ACTOR, IN_TIME, year=2026, closes=CLOSES - timedelta(days=1), reason="")
    later = extend_round(store, ACTOR, LATE, year=2026, closes=CLOSES + timedelta(days=7), reason="typhoon")
    assert (later.state, later.phase(LATE)) == ("extended", "open")
    assert row_state(store, hand_in(store, now=LATE)) == "current"
    with refused("none_of_year"):
        extend_round(store, ACTOR, LATE, year=2030, closes=CLOSES + timedelta(days=9), reason="")


def test_a_late_upload_is_kept_aside_and_told_why(store: Store) -> None:
    begin(store)
    first = hand_in(store)
    admission = RoundAdmission("university", LATE)
    late = hand_in(store, b"PK two", now=LATE, admission=admission)
    assert (row_state(store, first), row_state(store, late)) == ("current", "aside")
    assert store.bytes_of(late) == b"PK two" and store.submission_of_record(CODES[0], 2026) == first
    aside, _ = result_of(store, admission, late)
    assert aside is not None and "17時" in aside.ja and late in aside.en and "reopen" in aside.en
    again = RoundAdmission("university", LATE)
    assert hand_in(store, b"PK one", now=LATE, admission=again) == first
    assert result_of(store, again, first) == (None, []), "what counts already goes on counting"
    assert track_round(store, 2026, LATE).standings[0].aside == 1


def test_a_round_closed_while_a_file_is_checked_keeps_it_aside(store: Store) -> None:
    begin(store)
    admission = RoundAdmission("university", IN_TIME)
    with store.engine.connect() as connection:
        assert admission.refuse(connection, CODES[0], 2026, "core") is None
    close_round(store, ACTOR, IN_TIME, year=2026)
    kept = hand_in(store, admission=admission)
    assert row_state(store, kept) == "aside" and admission.refused == "closed"
    with refused("already_closed"):
        close_round(store, ACTOR, IN_TIME, year=2026)


def test_reopened_for_one_the_late_file_counts_when_it_comes_again(store: Store) -> None:
    begin(store)
    with refused("reopen_open"):
        reopen_for(store, ACTOR, IN_TIME, year=2026, institution=CODES[0], until=CLOSES, reason="x")
    late = hand_in(store, now=LATE)
    until = LATE + timedelta(days=3)
    for more, key in (({"reason": " "}, "reason_needed"), ({"institution": "X"}, "body_not_asked")):
        with refused(key):
            given = {"year": 2026, "institution": CODES[0], "until": until, "reason": "flood"} | more
            reopen_for(store, ACTOR, LATE, **given)
    reopen_for(store, ACTOR, LATE, year=2026, institution=CODES[0], until=until, reason="flood")
    assert hand_in(store, now=LATE) == late and row_state(store, late) == "current"
    assert store.submission(late)["reason"] is None
    assert row_state(store, hand_in(store, code=CODES[1], now=LATE)) == "aside"
    assert row_state(store, hand_in(store, b"PK 3", now=until + timedelta(minutes=1))) == "aside"


def test_a_kept_version_stands_again_only_while_the_round_takes_it(store: Store) -> None:
    begin(store)
    first, second = hand_in(store), hand_in(store, b"PK two")
    assert store.make_current(first, LOCAL, RoundAdmission("university", LATE)) == "past"
    assert row_state(store, second) == "current"
    assert store.make_current(first, LOCAL, RoundAdmission("university", IN_TIME)) is None
    assert row_state(store, first) == "current"


@pytest.mark.parametrize(
    ("more", "now", "key"),
    [
        ({"code": "F101110100047"}, IN_TIME, "not_asked"),
        ({"form": "full"}, IN_TIME, "other_form"),
        ({}, OPENS - timedelta(days=1), "not_open"),
        ({}, LATE, "past"),
    ],
)
def test_what_a_round_does_not_ask_is_kept_and_said(store: Store, more: dict, now: datetime, key: str) -> None:
    begin(store, forms=["core"])
    admission = RoundAdmission("university", now)
    kept = hand_in(store, now=now, admission=admission, **more)
    assert admission.refused == key and row_state(store, kept) == "aside"
    said = refusal_text(store, key, 2026, CODES[0], kept)
    assert kept in said.ja and kept in said.en and "{" not in said.ja + said.en


def test_a_form_of_a_year_without_round_is_kept_with_a_note(store: Store) -> None:
    begin(store)
    admission = RoundAdmission("university", IN_TIME)
    kept = hand_in(store, year=2025, admission=admission)
    aside, (note,) = result_of(store, admission, kept)
    assert aside is None and row_state(store, kept) == "current" and "2026" in note.en


def test_what_is_accepted_is_published_and_stays_when_it_is_revised(store: Store) -> None:
    begin(store)
    first = hand_in(store)
    sign_off(store, "approver", IN_TIME, first, name="架空 花子")
    with refused("publish_open"):
        publish_round(store, ACTOR, IN_TIME, year=2026)
    close_round(store, ACTOR, LATE, year=2026)
    with refused("publish_nothing"):
        publish_round(store, ACTOR, LATE, year=2026)
    accept(store, ACTOR, LATE, first)
    made = publish_round(store, ACTOR, LATE, year=2026)
    assert (made.population, made.published, made.revised, made.left_out) == (3, 1, 0, 2)
    assert state_of(store) == "published"
    with refused("publish_nothing_new"):
        publish_round(store, ACTOR, LATE, year=2026)
    with refused("extend_published"):
        extend_round(store, ACTOR, LATE, year=2026, closes=LATE + timedelta(days=9), reason="")
    until = LATE + timedelta(days=30)
    reopen_for(store, ACTOR, LATE, year=2026, institution=CODES[0], until=until, reason="error found")
    revised = hand_in(store, b"PK revised", now=LATE)
    assert state_of(store) == "ready" and store.bytes_of(first) == b"PK one"
    assert not store.values(submission=first).empty, "the old numbers are kept"
    assert published_submission(store.engine, CODES[0], 2026) == first
    sign_off(store, "approver", LATE, revised, name="架空 花子")
    accept(store, ACTOR, LATE, revised)
    again = publish_round(store, ACTOR, LATE, year=2026)
    assert (again.published, again.revised, again.left_out) == (1, 1, 2)
    assert published_submission(store.engine, CODES[0], 2026) == revised


def test_the_population_stays_as_it_was_opened(store: Store) -> None:
    begin(store)
    with store.engine.connect() as connection:
        body = find_body(connection, 2026, CODES[0])
    assert body is not None and body.name_ja == "北海道大学" and body.kind == "university"
    assert track_round(store, 2026, datetime.now(UTC)).population == 3
