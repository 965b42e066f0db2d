"""The rounds of the invented nation: opened, signed off, accepted and published; in the last one some are missing."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from app.rounds.round_control import close_round, open_round, publish_round
from app.rounds.round_errors import RoundError
from app.rounds.round_events import RoundEvent, record_event
from app.rounds.sign_off import return_submission
from app.rounds.submission_states import READY, lines_of
from app.storage.database.connection import write_transaction
from app.storage.store import Store

MINISTRY, UNIVERSITY = "ministry_reviewer demo", "university_approver demo"
STILL_OPEN = timedelta(days=60)  # from the day the demo is built: it can be tried without a missed deadline
SIGNED_BY = "デモ 学長"
RETURNED_BECAUSE = "外国人教員の数が前年度の2倍になっています。理由を記入してください（デモ）。"
EVERY_SIGNED, EVERY_RETURNED = 3, 11  # of the last round: two of three signed off, one of eleven returned


def keep_rounds(
    store: Store, years: Sequence[int], now: datetime, asked: Mapping[int, Sequence[str]] | None = None
) -> None:
    """Opens the round of each year and takes it as far as it went: earlier ones are published, the last one is open.

    ``now``: the day the demo is built, from which the last round stays open for two months. ``asked``: the
    institutions that exist in a year; all that the store holds where it is not given.
    """
    everyone = [str(code) for code in store.institutions()["code"]]
    for year in years:
        is_last = year == years[-1]
        began = datetime(year, 5, 15, 0, 0, tzinfo=UTC)
        ends = now + STILL_OPEN if is_last else datetime(year, 7, 31, 8, 0, tzinfo=UTC)
        gone = [code for code in everyone if asked and code not in asked[year]]
        open_round(store, MINISTRY, began, year=year, closes=ends, kinds=("university",), without=gone)
        forms = [str(submission) for submission in store.submissions(year=year)["id"]]
        chosen = [one for position, one in enumerate(forms) if not is_last or position % EVERY_SIGNED]
        _hand_on(store, year, chosen, is_accepted=not is_last)
        for submission in forms[::EVERY_RETURNED] if is_last else []:
            with contextlib.suppress(RoundError):
                moment = datetime(year, 7, 20, tzinfo=UTC)
                return_submission(store, MINISTRY, moment, submission, reason=RETURNED_BECAUSE)
        if not is_last:
            close_round(store, MINISTRY, datetime(year, 9, 1, tzinfo=UTC), year=year)
            with contextlib.suppress(RoundError):  # of a nation in which nothing could be accepted
                publish_round(store, MINISTRY, datetime(year, 10, 1, tzinfo=UTC), year=year)


def _hand_on(store: Store, year: int, chosen: Collection[str], *, is_accepted: bool) -> None:
    """Signs the chosen forms off and, where wanted, accepts them; those with open points stay as they are."""
    signed, accepted = datetime(year, 7, 1, tzinfo=UTC), datetime(year, 7, 31, tzinfo=UTC)
    with write_transaction(store.engine) as connection:
        lines = [one for one in lines_of(connection, year) if one.state == READY and one.submission in chosen]
        for line in lines:
            own = (line.institution, line.submission)
            facts: dict[str, Any] = {"name": SIGNED_BY, "office": "", "sha256": line.sha256, "form": line.form}
            facts |= {"unit": line.unit, "version": line.sequence}
            record_event(connection, RoundEvent(year, "signed_off", UNIVERSITY, signed, *own, facts=facts))
            if is_accepted:
                facts = {"sha256": line.sha256, "signed_by": SIGNED_BY}
                record_event(connection, RoundEvent(year, "accepted", MINISTRY, accepted, *own, facts=facts))
