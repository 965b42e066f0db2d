"""Frames worked out of the results of all institutions of a year, kept with what each institution's rows rest on."""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Engine, delete, func, insert, select
from sqlalchemy.exc import InternalError, OperationalError

from app.storage.database import tables
from app.storage.database.connection import identity_of, transaction
from app.storage.versions import submissions_of_record

log = logging.getLogger("junkan")
ROWS_TOGETHER = 4_000  # of a kept frame, so that reading a part of it opens little of the rest


@dataclass(frozen=True)
class KeptFrame:
    """Rows of all institutions of a year, and by institution the state of the results they were worked out from."""

    states: Mapping[str, str]
    rows: bytes

    def frame(self, **wanted: str) -> pd.DataFrame:
        """The rows, or those with the ``wanted`` values of columns."""
        filters = [(name, "==", value) for name, value in wanted.items()]
        return pd.read_parquet(io.BytesIO(self.rows), filters=filters or None)


def states_of_year(engine: Engine, year: int) -> dict[str, str]:
    """By institution the submission that speaks for it in a year, with the write since which its results stand."""
    return states_of_years(engine, year).get(year, {})


def states_of_years(engine: Engine, year: int | None = None) -> dict[int, dict[str, str]]:
    """The same by year, of every year with a submission."""
    table = tables.submissions
    since = func.coalesce(table.c.results_since, 0)
    query = select(table.c.year, table.c.institution, table.c.id, since)
    query = query.where(table.c.id.in_(submissions_of_record(year=year))).order_by(table.c.institution)
    found: dict[int, dict[str, str]] = {}
    with engine.connect() as connection:
        for of_year, institution, submission, write in connection.execute(query):
            found.setdefault(int(of_year), {})[str(institution)] = f"{submission}:{write}"
    return found


def state_of_institution(engine: Engine, institution: str, year: int | None = None) -> str:
    """A text that changes with the forms of an institution, their results, and what its rounds say of them.

    ``year`` narrows the forms to those of one year.
    """
    table, events = tables.submissions, tables.round_events
    columns = (table.c.id, table.c.state, table.c.current_since, table.c.results_since)
    forms = select(*columns).where(table.c.institution == institution).order_by(table.c.id)
    forms = forms if year is None else forms.where(table.c.year == year)
    last = select(func.max(events.c.number)).where(events.c.institution == institution)
    with engine.connect() as connection:
        told = [tuple(row) for row in connection.execute(forms)]
        return repr((told, connection.scalar(last)))


def read_kept(engine: Engine, kind: str, year: int, edition: str) -> KeptFrame | None:
    """The frame of a kind and year as it was kept by ``edition`` of the software and catalogue; None for none."""
    table = tables.kept_frames
    query = select(table.c.states, table.c.rows).where(
        table.c.kind == kind, table.c.year == year, table.c.edition == edition
    )
    with engine.connect() as connection:
        row = connection.execute(query).first()
    return None if row is None else KeptFrame(row.states, row.rows)


def states_of_kept(engine: Engine, year: int, edition: str) -> dict[str, Mapping[str, str]]:
    """By kind the states that its kept frame of a year rests on."""
    table = tables.kept_frames
    query = select(table.c.kind, table.c.states).where(table.c.year == year, table.c.edition == edition)
    with engine.connect() as connection:
        return {str(kind): states for kind, states in connection.execute(query)}


def keep_frame(
    engine: Engine, kind: str, year: int, edition: str, states: Mapping[str, str], frame: pd.DataFrame
) -> KeptFrame:
    """Keeps a frame in place of the one before."""
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False, compression="zstd", row_group_size=ROWS_TOGETHER)
    return keep_rows(engine, kind, year, edition, states, buffer.getvalue())


def keep_rows(engine: Engine, kind: str, year: int, edition: str, states: Mapping[str, str], rows: bytes) -> KeptFrame:
    """Keeps what was worked out, as bytes, in place of what was kept of this kind and year before.

    It says nothing that the store does not say already, so that it is no write of the store: no revision is counted,
    and where the database cannot be written it is given all the same and worked out again another time.
    """
    table = tables.kept_frames
    row = {"kind": kind, "year": year, "edition": edition, "states": dict(states), "rows": rows}
    try:
        with ExitStack() as until_noted, transaction(engine) as connection:
            until_noted.enter_context(identity_of(engine).noting())
            connection.execute(delete(table).where(table.c.kind == kind, table.c.year == year))
            connection.execute(insert(table), row)
    except (InternalError, OperationalError, OSError) as error:
        log.warning("%s of %s is not kept: %s", kind, year, type(error).__name__)
    return KeptFrame(states, rows)
