"""The rounds of the invented nation: opened, signed off, accepted and published; in the last one some are missing."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from app.rounds.round_control import close_round, open_round, publish_round
from app.rounds.round_errors import RoundError
from app.rounds.sign_off import accept, return_submission, sign_off
from app.storage.store import Store

MINISTRY, UNIVERSITY = "ministry_reviewer demo", "university_approver demo"
STILL_OPEN = timedelta(days=60)  # from the day the demo is built: it can be tried without a missed deadline
SIGNED_BY = "デモ 学長"
RETURNED_BECAUSE = "外国人教員の数が前年度の2倍になっています。理由を記入してください（デモ）。"
EVERY_SIGNED, EVERY_RETURNED = 3, 11  # of the last round: two of three signed off, one of eleven returned


def keep_rounds(store: Store, years: Sequence[int], now: datetime) -> None:
    """Opens the round of each year and takes it as far as it went: earlier ones are published, the last one is open.

    ``now``: the day the demo is built, from which the last round stays open for two months.
    """
    for year in years:
        is_last = year == years[-1]
        began = datetime(year, 5, 15, 0, 0, tzinfo=UTC)
        ends = now + STILL_OPEN if is_last else datetime(year, 7, 31, 8, 0, tzinfo=UTC)
        open_round(store, MINISTRY, began, year=year, closes=ends, kinds=("university",))
        forms = store.submissions(year=year)
        for place, submission in enumerate(forms["id"]):
            if not is_last or place % EVERY_SIGNED:
                _take_on(store, str(submission), datetime(year, 7, 1, tzinfo=UTC), is_accepted=not is_last)
            if is_last and place % EVERY_RETURNED == 0:
                with contextlib.suppress(RoundError):
                    moment = datetime(year, 7, 20, tzinfo=UTC)
                    return_submission(store, MINISTRY, moment, str(submission), reason=RETURNED_BECAUSE)
        if not is_last:
            close_round(store, MINISTRY, datetime(year, 9, 1, tzinfo=UTC), year=year)
            with contextlib.suppress(RoundError):  # of a nation in which nothing could be accepted
                publish_round(store, MINISTRY, datetime(year, 10, 1, tzinfo=UTC), year=year)


def _take_on(store: Store, submission: str, moment: datetime, *, is_accepted: bool) -> None:
    """Signs a form off and, where wanted, accepts it; one with errors or open points stays as it is."""
    with contextlib.suppress(RoundError):
        sign_off(store, UNIVERSITY, moment, submission, name=SIGNED_BY)
        if is_accepted:
            accept(store, MINISTRY, moment + timedelta(days=30), submission)
