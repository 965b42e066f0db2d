"""Explanations are accepted or returned with a question; both sides see the thread, and the form is open again."""

from __future__ import annotations

import pytest

from app.access import LOCAL, Actor
from app.rounds.review import accept_explanation, points_for_review, return_explanation
from app.rounds.round_control import close_round
from app.rounds.round_errors import RoundError
from app.rounds.round_record import find_body
from app.rounds.sign_off import accept, sign_off
from app.storage.explanations import keep_explanations
from app.storage.store import Store
from app.storage.track_record import track_records
from app.submission.explain_findings import explain, points_of, take_back
from schemas.explanations.explanation import Explanation
from tests.app.rounds.test_sign_off import line
from tests.app.storage.test_storage import FINDING
from tests.support.round_steps import CHECK, CODES, IN_TIME, LATE, begin, hand_in

POINT = (FINDING["rule"], FINDING["field"], FINDING["row_key"])
TEXT = "新しい研究棟ができたため"


def refused(key: str):
    return pytest.raises(RoundError, check=lambda error: error.key == key)


def say(store: Store, submission: str, text: str = TEXT) -> None:
    keep_explanations(store.engine, submission, [Explanation(CODES[0], *POINT, text, "国際課", "", None, None)], LOCAL)


@pytest.fixture
def kept(store: Store) -> str:
    """A form with one point to check, which is explained."""
    begin(store)
    submission = hand_in(store, findings=[CHECK], status="check")
    say(store, submission)
    return submission


def test_a_question_returns_the_form_and_the_answer_brings_it_back(store: Store, kept: str) -> None:
    sign_off(store, "approver", IN_TIME, kept, name="架空 花子")
    with refused("question_needed"):
        return_explanation(store, "reviewer", IN_TIME, kept, POINT, TEXT, question=" ")
    with refused("reason_too_long"):
        return_explanation(store, "reviewer", IN_TIME, kept, POINT, TEXT, question="長" * 1001)
    return_explanation(store, "reviewer", IN_TIME, kept, POINT, TEXT, question="何人増えましたか")
    found = line(store)
    assert (found.state, found.reason, found.sign_off) == ("returned", "何人増えましたか", None)
    assert (found.open_points, found.questions) == (1, 1)
    assert [point.state for point in points_of(store, kept)] == ["returned"]
    with refused("not_ready_to_explain"):
        sign_off(store, "approver", IN_TIME, kept, name="架空 花子")
    say(store, kept, "12人増えました")
    sign_off(store, "approver", IN_TIME, kept, name="架空 花子")
    (point,) = points_for_review(store, kept)
    assert point.state == "given"
    assert [(m.act, m.text, m.is_collectors) for m in point.messages] == [
        ("explained", TEXT, False),
        ("returned", "何人増えましたか", True),
        ("explained", "12人増えました", False),
    ]
    accept(store, "reviewer", IN_TIME, kept)
    assert points_for_review(store, kept)[0].state == "accepted"
    record = track_records(store)[FINDING["rule"]]
    assert (record.explained, record.accepted, record.returned) == (1, 1, 1)


def test_an_explanation_changed_meanwhile_is_not_answered(store: Store, kept: str) -> None:
    say(store, kept, "別の説明")
    for act in (accept_explanation, return_explanation):
        more = {"question": "?"} if act is return_explanation else {}
        with refused("explanation_gone"):
            act(store, "reviewer", IN_TIME, kept, POINT, TEXT, **more)
    accept_explanation(store, "reviewer", IN_TIME, kept, POINT, "別の説明")
    assert points_for_review(store, kept)[0].state == "accepted" and line(store).state == "ready"


def test_a_question_after_the_deadline_opens_the_round_for_that_institution(store: Store, kept: str) -> None:
    sign_off(store, "approver", IN_TIME, kept, name="架空 花子")
    close_round(store, "ministry", LATE, year=2026)
    until = return_explanation(store, "reviewer", LATE, kept, POINT, TEXT, question="?")
    with store.engine.connect() as connection:
        body = find_body(connection, 2026, CODES[0])
    assert body is not None and until is not None and body.open_until == until


def test_the_same_text_again_is_no_answer(store: Store, kept: str) -> None:
    return_explanation(store, "reviewer", IN_TIME, kept, POINT, TEXT, question="?")
    again = [Explanation(CODES[0], *POINT, TEXT, "国際課", "", None, None)]
    second = hand_in(store, b"PK two", findings=[CHECK], status="check", explanations=again)
    assert (line(store).submission, line(store).state, line(store).questions) == (second, "to_explain", 1)


def test_what_is_settled_is_not_explained_anew(store: Store) -> None:
    begin(store, closes=IN_TIME.replace(year=2090))
    kept = hand_in(store, findings=[CHECK], status="check")
    say(store, kept)
    sign_off(store, "approver", IN_TIME, kept, name="架空 花子")
    editor = Actor("university_editor", CODES[0], "e")
    finding = store.findings(kept)[0]
    with refused("explain_signed"):
        explain(store, editor, kept, finding, "text", "office")
    with refused("explain_signed"):
        take_back(store, editor, kept, finding)
    close_round(store, "ministry", IN_TIME, year=2026)
    with refused("explain_closed"):
        explain(store, editor, kept, finding, "text", "office")
