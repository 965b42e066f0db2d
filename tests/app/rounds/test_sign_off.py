"""A form goes from uploaded to accepted; of two people who act at once one wins and the other is told."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event

from app.access import LOCAL
from app.rounds.admission import RoundAdmission, result_of, standing_sign_offs
from app.rounds.round_control import close_round
from app.rounds.round_errors import RoundError
from app.rounds.round_events import events_of
from app.rounds.round_record import find_body
from app.rounds.sign_off import accept, return_submission, sign_off, withdraw_sign_off
from app.rounds.submission_states import SubmissionLine, lines_of, sign_off_of
from app.storage.explanations import keep_explanations, threads_of
from app.storage.files.durable import sha256_of
from app.storage.store import Store
from app.storage.versions import CURRENT
from schemas.explanations.explanation import Explanation
from tests.app.storage.test_storage import FINDING
from tests.support.round_steps import CHECK, CODES, IN_TIME, LATE, begin, hand_in

NAME = "架空 花子"


def refused(key: str):
    return pytest.raises(RoundError, check=lambda error: error.key == key)


def line(store: Store, code: str = CODES[0]) -> SubmissionLine:
    with store.engine.connect() as connection:
        (found,) = lines_of(connection, 2026, code)
    return found


def sign(store: Store, submission: str, now=IN_TIME, name: str = NAME):
    return sign_off(store, "approver", now, submission, name=name, office="研究推進部")


def explain(store: Store, submission: str, text: str = "新しい研究棟ができたため") -> None:
    words = FINDING["rule"], FINDING["field"], FINDING["row_key"]
    keep_explanations(store.engine, submission, [Explanation(CODES[0], *words, text, "国際課", "", None, None)], LOCAL)


def test_the_states_follow_findings_and_explanations(store: Store) -> None:
    begin(store)
    hand_in(store, findings=[FINDING], status="error")
    assert line(store).state == "errors"
    with refused("not_ready_errors"):
        sign(store, line(store).submission)
    second = hand_in(store, b"PK two", findings=[CHECK], status="check")
    assert (line(store).state, line(store).open_points) == ("to_explain", 1)
    with refused("not_ready_to_explain"):
        sign(store, second)
    explain(store, second)
    assert line(store).state == "ready"
    store.make_current(second, LOCAL)
    assert line(store).state == "uploaded", "it is still to be evaluated anew"


def test_a_sign_off_keeps_name_moment_and_hash(store: Store) -> None:
    begin(store)
    kept = hand_in(store)
    with refused("name_needed"):
        sign(store, kept, name="  ")
    made = sign(store, kept)
    found = line(store)
    assert found.state == "signed_off" and found.sign_off == made
    assert made.as_json() == {
        "name": NAME,
        "office": "研究推進部",
        "at": "2026-06-01T12:00:00+00:00",
        "sha256": sha256_of(b"PK one"),
    }
    with refused("signed_signed_off") as error:
        sign(store, kept, name="別の人")
    assert NAME in error.value.text.ja


def test_a_sign_off_is_withdrawn_until_the_deadline(store: Store) -> None:
    begin(store)
    kept = hand_in(store)
    with refused("withdraw_nothing"):
        withdraw_sign_off(store, "approver", IN_TIME, kept, reason="")
    sign(store, kept)
    withdraw_sign_off(store, "approver", IN_TIME, kept, reason="typo")
    assert line(store).state == "ready" and line(store).sign_off is None
    sign(store, kept)
    with refused("withdraw_past"):
        withdraw_sign_off(store, "approver", LATE, kept, reason="")
    assert line(store).state == "signed_off"


def test_nothing_is_signed_after_the_deadline(store: Store) -> None:
    begin(store)
    kept = hand_in(store)
    with refused("sign_past"):
        sign(store, kept, LATE)
    close_round(store, "ministry", IN_TIME, year=2026)
    with refused("sign_closed"):
        sign(store, kept)


def test_a_new_version_voids_the_sign_off_and_says_whose(store: Store) -> None:
    begin(store)
    first = hand_in(store)
    sign(store, first)
    assert list(standing_sign_offs(store, CODES[0], 2026, "core", "")) == [("core", "")]
    same = RoundAdmission("university", IN_TIME)
    assert hand_in(store, admission=same) == first and same.voided == []
    assert line(store).state == "signed_off", "the same bytes again void nothing"
    admission = RoundAdmission("university", IN_TIME)
    second = hand_in(store, b"PK two", admission=admission)
    assert admission.voided == [NAME] and line(store).state == "ready"
    with refused("replaced"):
        sign(store, first)
    store.make_current(first, LOCAL, RoundAdmission("university", IN_TIME))
    store.renew_results(first, _same(store))
    assert (line(store).submission, line(store).state) == (first, "ready"), "a void sign-off does not come back"
    with refused("replaced"):
        sign(store, second)


def test_an_older_form_handed_in_again_speaks_in_place_of_the_signed_one_and_voids_its_sign_off(store: Store) -> None:
    begin(store, forms=("core", "full"))
    older = hand_in(store, b"PK core")
    newer = hand_in(store, b"PK full", form="full")
    assert (store.stands(older), store.stands(newer)) == (False, True)
    sign(store, newer)
    admission = RoundAdmission("university", IN_TIME)
    assert hand_in(store, b"PK core", admission=admission) == older and store.stands(older)
    assert admission.voided_beside == [(NAME, ("full", ""))] and sign_off_of(store.engine, newer) is None


def test_a_centre_and_the_whole_void_each_others_sign_off_and_two_centres_do_not(store: Store) -> None:
    begin(store)
    whole = hand_in(store)
    sign(store, whole)
    admission = RoundAdmission("university", IN_TIME)
    centre = {"form": "centre", "unit": "IRC"}
    assert list(standing_sign_offs(store, CODES[0], 2026, "centre", "IRC")) == [("core", "")]
    first = hand_in(store, b"PK IRC", admission=admission, **centre)
    assert admission.voided == [] and admission.voided_beside == [(NAME, ("core", ""))]
    said = result_of(store, admission, first)[1]
    assert any("core form" in text.en and NAME in text.ja and "基本様式" in text.ja for text in said)
    assert sign_off_of(store.engine, whole) is None
    sign(store, first)
    hand_in(store, b"PK QRC", form="centre", unit="QRC", admission=admission)
    assert admission.voided_beside == [] and sign_off_of(store.engine, first) is not None
    store.renew_results(whole, _same(store))
    sign(store, whole)
    assert hand_in(store, b"PK IRC", admission=admission, **centre) == first and admission.voided_beside == []
    assert sign_off_of(store.engine, whole) is not None, "the same bytes again change nothing"
    hand_in(store, b"PK two", admission=admission)
    assert (admission.voided, admission.voided_beside) == ([NAME], [(NAME, ("centre", "IRC"))])
    assert sign_off_of(store.engine, first) is None


def _same(store: Store) -> Any:
    from tests.app.storage.test_storage import outcome

    return outcome(institution=CODES[0], status="ok", findings=[])


def test_the_ministry_accepts_what_is_signed(store: Store) -> None:
    begin(store)
    kept = hand_in(store, findings=[CHECK], status="check")
    explain(store, kept)
    with refused("accept_unsigned"):
        accept(store, "ministry", IN_TIME, kept)
    sign(store, kept)
    accept(store, "ministry", LATE, kept)
    assert line(store).state == "accepted" and line(store).sign_off is not None
    (messages,) = threads_of(store.engine, CODES[0]).values()
    assert [message.act for message in messages] == ["explained", "accepted"]
    with refused("accept_again"):
        accept(store, "ministry", LATE, kept)
    with refused("withdraw_accepted"):
        withdraw_sign_off(store, "approver", IN_TIME, kept, reason="")


def test_what_is_returned_is_open_again_and_signed_anew(store: Store) -> None:
    begin(store)
    kept = hand_in(store)
    sign(store, kept)
    with refused("reason_needed"):
        return_submission(store, "ministry", LATE, kept, reason=" ")
    until = return_submission(store, "ministry", LATE, kept, reason="研究者数を確認してください")
    found = line(store)
    assert (found.state, found.reason, found.sign_off) == ("returned", "研究者数を確認してください", None)
    assert until is not None and until.hour == 17 and until > LATE + timedelta(days=13)
    with store.engine.connect() as connection:
        body = find_body(connection, 2026, CODES[0])
    assert body is not None and body.open_until == until
    sign(store, kept, LATE)
    assert line(store).state == "signed_off"
    return_submission(store, "ministry", LATE, kept, reason="もう一度")
    hand_in(store, b"PK two", now=LATE)
    assert line(store).state == "ready"


def test_while_the_round_is_open_a_return_gives_no_extra_time(store: Store) -> None:
    begin(store)
    assert return_submission(store, "ministry", IN_TIME, hand_in(store), reason="x") is None


def both(*acts: Callable[[], object]) -> list[object]:
    """What several acts at once gave: a result or the error each."""
    ready = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        ready.wait()
        try:
            return act()
        except RoundError as error:
            return error.key

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_of_two_who_sign_at_once_one_wins_and_the_other_is_told(store: Store) -> None:
    begin(store)
    kept = hand_in(store)
    found = both(*(lambda n=n: sign(store, kept, name=f"人{n}").name for n in range(6)))
    names = [one for one in found if str(one).startswith("人")]
    assert len(names) == 1 and sorted(map(str, found))[:5] == ["signed_signed_off"] * 5
    assert line(store).sign_off is not None and line(store).sign_off.name == names[0]


def test_sign_off_and_a_new_version_at_once_leave_no_sign_off_of_the_old(store: Store) -> None:
    begin(store)
    kept = hand_in(store)
    for n in range(5):
        before = line(store).submission
        admission = RoundAdmission("university", IN_TIME)
        signed, _ = both(
            lambda before=before: sign(store, before).name,
            lambda n=n, a=admission: hand_in(store, b"PK next %d" % n, admission=a),
        )
        assert signed == "replaced" or admission.voided == [NAME], "the loser is told"
        assert line(store).submission != before and line(store).sign_off is None
    assert kept != line(store).submission


def test_accepting_and_withdrawing_at_once_end_in_one_of_the_two(store: Store) -> None:
    begin(store)
    kept = hand_in(store)
    sign(store, kept)
    found = both(
        lambda: accept(store, "ministry", IN_TIME, kept),
        lambda: withdraw_sign_off(store, "approver", IN_TIME, kept, reason=""),
    )
    assert (line(store).state, found) in [
        ("accepted", [None, "withdraw_accepted"]),
        ("ready", ["accept_unsigned", None]),
    ]


def killed_at(statement: int, open_store: Callable[..., Store], act: Callable[[Store], object]) -> int:
    """The exit status of a process that does ``act`` and is killed at a statement; 0 where it got through."""
    process = os.fork()
    if process:
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    try:  # in the child: whatever happens, it never returns into the test
        store, seen = open_store(), count(1)

        @event.listens_for(store.engine, "before_cursor_execute")
        def kill(*_: object) -> None:
            if next(seen) == statement:
                os.kill(os.getpid(), signal.SIGKILL)

        act(store)
        os._exit(0)
    finally:
        os._exit(1)


@pytest.mark.parametrize("what", ["sign", "return"])
def test_a_process_killed_at_any_statement_leaves_the_state_whole(what: str, open_store: Callable[..., Store]) -> None:
    store = open_store()
    begin(store)
    kept = hand_in(store)
    if what == "return":
        sign(store, kept)
    before = line(store)
    store.close()
    acts: dict[str, Callable[[Store], object]] = {
        "sign": lambda one: sign(one, kept),
        "return": lambda one: return_submission(one, "ministry", LATE, kept, reason="x"),
    }
    for statement in range(1, 60):
        ended = killed_at(statement, open_store, acts[what])
        found = open_store()
        if ended == 0:
            break
        assert ended == -signal.SIGKILL and line(found) == before, f"killed at statement {statement}"
        with found.engine.connect() as connection:
            body = find_body(connection, 2026, CODES[0])
        assert body is not None and body.open_until is None
        found.close()
    assert ended == 0 and statement > 8
    assert line(found).state == ("returned" if what == "return" else "signed_off") and found.check() == []
    found.close()


def test_every_act_is_kept_in_its_order(store: Store) -> None:
    begin(store)
    kept = hand_in(store)
    sign(store, kept)
    withdraw_sign_off(store, "approver", IN_TIME, kept, reason="typo")
    with store.engine.connect() as connection:
        events = events_of(connection, 2026)
    assert [one.act for one in events] == ["opened", "signed_off", "withdrawn"]
    assert [one.number for one in events] == [1, 2, 3]
    assert json.dumps(dict(events[1].facts), ensure_ascii=False).count(NAME) == 1
    row = store.submission(kept)
    assert row is not None and row["state"] == CURRENT
