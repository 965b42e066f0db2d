"""Results of a submission that a later one has replaced: what was read at the time, as it was stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, cast

import pandas as pd
from sqlalchemy import Table, select

from app.board import Board, board_of
from app.storage import tables
from app.storage.rows import frame_of
from app.storage.store import Store

JAPAN = timezone(timedelta(hours=9))


@dataclass(frozen=True)
class _Standing:
    """A store as a board reads it, in which one submission stands instead of the current one."""

    store: Store
    submission: str

    def current(self, institution: str, year: int, form: str = "core") -> str:
        return self.submission

    def submissions(self, institution: str, year: int) -> pd.DataFrame:
        return self.store.submissions(institution, year, all_versions=True)

    def institutions(self) -> pd.DataFrame:
        return self.store.institutions()

    def value_cells(self, submission: str) -> pd.DataFrame:
        return self.store.value_cells(submission)

    def values(self, **_: object) -> pd.DataFrame:
        return self._rows(tables.values)

    def gaps(self, **_: object) -> pd.DataFrame:
        return self._rows(tables.gaps)

    def scores(self, **_: object) -> pd.DataFrame:
        return self._rows(tables.scores)

    def _rows(self, table: Table) -> pd.DataFrame:
        query = select(table).where(table.c.submission == self.submission).order_by(*table.primary_key.columns)
        with self.store.engine.connect() as connection:
            return frame_of(cast(Any, query.selected_columns), connection.execute(query).all())


def published_board(store: Store, institution: str, year: int, form: str = "core") -> Board | None:
    """The results of a round as they were published; None where nothing has replaced them since.

    Published is what stood at the end of the round's fiscal year (31 March, Japan): until then a replaced form
    was a draft. Where every version came later, it is the first one.
    """
    versions = store.submissions(institution, year, all_versions=True)
    versions = versions[versions["form"] == form].sort_values("sequence")
    if len(versions) < 2:
        return None
    in_time = versions[pd.to_datetime(versions["received_at"], utc=True) < datetime(year + 1, 4, 1, tzinfo=JAPAN)]
    published = str(in_time["id"].iloc[-1] if len(in_time) else versions["id"].iloc[0])
    if published == store.current(institution, year, form):
        return None
    return board_of(cast(Store, _Standing(store, published)), institution, year, form)
