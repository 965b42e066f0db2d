"""Results of a submission that a later one has replaced: what was read at the time, as it was stored."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pandas as pd

from app.results.institution_results import Board, board_of
from app.rounds.submission_states import published_submission
from app.storage.store import Store

JAPAN = timezone(timedelta(hours=9))


def published_board(store: Store, institution: str, year: int) -> Board | None:
    """The results of a round as they were published; None where nothing has replaced them since.

    Published is what the ministry published last. In a year without a published round it is what stood at the end of
    the round's fiscal year (31 March, Japan), until when a replaced form was a draft; where every version came later,
    the first one.
    """
    of_record = store.submission_of_record(institution, year)
    in_round = published_submission(store.engine, institution, year)
    if in_round is not None:
        return None if in_round == of_record else board_of(store, institution, year, in_round)
    versions = store.submissions(institution, year, all_versions=True)
    forms = versions.loc[versions["id"] == of_record, "form"]
    versions = versions[versions["form"].isin(forms)].sort_values("sequence")
    if len(versions) < 2:
        return None
    in_time = versions[pd.to_datetime(versions["received_at"], utc=True) < datetime(year + 1, 4, 1, tzinfo=JAPAN)]
    published = str(in_time["id"].iloc[-1] if len(in_time) else versions["id"].iloc[0])
    return None if published == of_record else board_of(store, institution, year, published)
