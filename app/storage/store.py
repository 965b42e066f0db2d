"""The store: every accepted upload as a version with its results, every refused one with its reason.

A file is written and synced first, then one transaction commits: whenever the process dies, each
acknowledged submission is there byte for byte, and no half one. A store holds demo data or real data for
good. The log (``junkan``) names ids, rules and sizes, never a file name or a cell.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pandas as pd
from sqlalchemy import Engine, Select, Table, and_, delete, func, insert, select

from app.storage import problems, tables
from app.storage.column_types import storable
from app.storage.database import writing
from app.storage.explanations import put_from_sheet
from app.storage.files import BLOBS, REFUSED, Blobs, sha256_of, wrong_modes
from app.storage.problems import StoreError
from app.storage.refusals import Refusals
from app.storage.rows import finding_of, frame_of
from app.storage.store_location import Kind, opened
from app.storage.versions import (
    CURRENT,
    ID_LENGTH,
    Outcome,
    Upload,
    current_forms,
    owner_row,
    put_institution,
    put_results,
    put_submission,
    refuse_outdated,
    replace_results,
    result_rows,
    submissions_of_record,
    where,
)
from schemas.dictionary.declaration import Text

log = logging.getLogger("junkan")


class Store:
    """One store; safe to use from several threads. Open it with ``Store.open``."""

    def __init__(self, engine: Engine, folder: Path, kind: Kind) -> None:
        self._engine = engine
        self._folder = folder
        self._kind = kind
        self._blobs = Blobs(folder / BLOBS)
        self._refusals = Refusals(folder / REFUSED)

    @staticmethod
    def open(location: Path | str, kind: Kind | None = None, *, files: Path | None = None) -> Store:
        """The store at ``location``: a folder (made when missing), or a database URL with a folder ``files``.

        ``kind`` None takes a store as it is and makes a new one real. Raises StoreError when the store is of
        another kind, the place cannot be used, or a newer version of the software made it.
        """
        return Store(*opened(location, kind, files))

    @property
    def engine(self) -> Engine:
        """The database behind the store."""
        return self._engine

    @property
    def kind(self) -> Kind:
        """``demo`` or ``real``, for good."""
        return self._kind

    def close(self) -> None:
        """Gives the database connections back."""
        self._engine.dispose()

    # ---- writing

    def keep(
        self,
        upload: Upload,
        outcome: Outcome,
        institution_row: Mapping[str, str],
        *,
        renewed: Mapping[str, Outcome] | None = None,
        beside: Mapping[tuple[int, str], str] | None = None,
    ) -> str:
        """Keeps an accepted upload as the newest version and returns its submission id.

        ``institution_row`` holds columns of ``institutions`` for this institution. The version before, if
        any, becomes ``superseded``. ``renewed`` holds new results of other submissions, kept in the same transaction:
        all of it stands, or nothing. ``beside`` are the institution's current submissions by year and form that the
        results rest on. Raises Outdated when these are no longer current; StoreError for demo data in a real store
        and the reverse, or when nothing could be kept; ValueError when the frames are not in the agreed shape.
        """
        self._refuse_other_kind(outcome.is_demo)
        rows = result_rows(outcome)
        others = {key: (one.status, result_rows(one)) for key, one in (renewed or {}).items()}
        owner = owner_row(outcome.institution, institution_row)
        try:
            self._blobs.keep(upload.data)
        except OSError as error:
            log.warning("file not kept: %s (%d bytes)", type(error).__name__, len(upload.data))
            raise StoreError(problems.NOT_WRITABLE) from None
        with writing(self._engine) as connection:
            if beside is not None:
                refuse_outdated(connection, outcome.institution, beside)
            put_institution(connection, owner)
            submission, sequence = put_submission(connection, upload, outcome)
            put_results(connection, submission, rows)
            for key, (status, own) in others.items():
                replace_results(connection, key, status, own)
            put_from_sheet(connection, submission, outcome.year, outcome.explanations)
        log.info("kept submission %s, version %d, %d bytes", submission, sequence, len(upload.data))
        return submission

    def keep_waiting(self, upload: Upload) -> None:
        """Keeps an upload for which no worker was free, until it is worked off. Raises StoreError."""
        table = tables.waiting_uploads
        try:
            sha256 = self._blobs.keep(upload.data)
        except OSError as error:
            log.warning("file not kept: %s (%d bytes)", type(error).__name__, len(upload.data))
            raise StoreError(problems.NOT_WRITABLE) from None
        row = {"file_name": storable(upload.file_name), "by": storable(upload.by), "received_at": upload.received_at}
        with writing(self._engine) as connection:
            connection.execute(delete(table).where(table.c.sha256 == sha256))
            connection.execute(insert(table), {"sha256": sha256, **row})
        log.info("upload waits, %d bytes", len(upload.data))

    def waiting(self) -> list[Upload]:
        """The uploads that wait, in the order they came in. Raises StoreError when a file is missing or changed."""
        table = tables.waiting_uploads
        with self._engine.connect() as connection:
            rows = connection.execute(select(table).order_by(table.c.received_at, table.c.sha256)).mappings().all()
        return [Upload(self._blobs.read(r["sha256"]), r["file_name"], r["by"], r["received_at"]) for r in rows]

    def drop_waiting(self, upload: Upload) -> None:
        """Takes an upload that was worked off from those that wait."""
        table = tables.waiting_uploads
        with writing(self._engine) as connection:
            connection.execute(delete(table).where(table.c.sha256 == sha256_of(upload.data)))

    def refuse(self, upload: Upload, rule: str, reason: Text) -> Path:
        """Keeps a refused upload, unread, with the rule and the reason; returns the path of the record (JSON).

        Its ``notes`` say when the file was too large to keep or older ones had to go (``removed``).
        """
        try:
            record = self._refusals.keep(
                upload.data,
                file_name=upload.file_name,
                by=upload.by,
                received_at=upload.received_at,
                rule=rule,
                reason=reason,
            )
        except OSError as error:
            log.warning("refusal not kept: %s (%d bytes)", type(error).__name__, len(upload.data))
            raise StoreError(problems.NOT_WRITABLE) from None
        log.info("refused %s by %s, %d bytes", record.stem[:ID_LENGTH], rule, len(upload.data))
        return record

    # ---- reading

    def refused(self) -> list[dict[str, Any]]:
        """Records of refused uploads, newest first, each with ``kept``: whether its file is still here."""
        return self._refusals.records()

    def submissions(
        self,
        institution: str | None = None,
        year: int | None = None,
        *,
        all_versions: bool = False,
        of_record_only: bool = False,
    ) -> pd.DataFrame:
        """Submissions, one row each, by institution, year, form and version; only current ones unless asked.

        ``of_record_only`` gives the one of each institution and year that speaks for it.
        """
        table = tables.submissions
        state = None if all_versions else CURRENT
        query = where(select(table), table, institution=institution, year=year, state=state)
        query = query.where(table.c.id.in_(submissions_of_record())) if of_record_only else query
        order = (table.c.institution, table.c.year, table.c.form, table.c.sequence)
        return self._frame(query.order_by(*order))

    def submission_of_record(self, institution: str, year: int) -> str | None:
        """Id of the submission that speaks for an institution in a year, or None."""
        table = tables.submissions
        query = where(select(table.c.id), table, institution=institution, year=year).where(
            table.c.id.in_(submissions_of_record())
        )
        with self._engine.connect() as connection:
            found: str | None = connection.scalar(query)
        return found

    def current(self, institution: str, year: int, form: str = "core") -> str | None:
        """Id of the current submission of a form, or None."""
        table = tables.submissions
        wanted = {"institution": institution, "year": year, "form": form, "state": CURRENT}
        with self._engine.connect() as connection:
            found: str | None = connection.scalar(where(select(table.c.id), table, **wanted))
        return found

    def bytes_of(self, submission: str) -> bytes:
        """The submitted file, verified against its hash. Raises StoreError when unknown, missing or changed."""
        table = tables.submissions
        with self._engine.connect() as connection:
            sha256 = connection.scalar(select(table.c.sha256).where(table.c.id == submission))
        if sha256 is None:
            raise StoreError(problems.UNKNOWN_SUBMISSION)
        return self._blobs.read(sha256)

    def current_forms(self, institution: str) -> dict[tuple[int, str], str]:
        """Ids of the current submissions of an institution, by year and form."""
        with self._engine.connect() as connection:
            return current_forms(connection, institution)

    def counted_tables(self, submission: str) -> dict[str, list[dict[str, Any]]]:
        """The rows of the tables counted from the long list of a submission, by table; none where it has no list."""
        table = tables.counted_tables
        query = select(table.c.name, table.c.rows).where(table.c.submission == submission)
        with self._engine.connect() as connection:
            return {str(name): list(rows) for name, rows in connection.execute(query)}

    def answers(self, submission: str) -> pd.DataFrame:
        """Answers of one submission."""
        table = tables.answers
        query = select(table).where(table.c.submission == submission)
        return self._frame(query.order_by(table.c.field, table.c.row_key))

    def answers_of_year(self, year: int, table_name: str) -> pd.DataFrame:
        """Answers of one of DATA's tables (``profile``) of the speaking submissions of a year, with institution."""
        table, owner = tables.answers, tables.submissions
        query = _of_one(select(table, owner.c.institution), table, None)
        query = query.where(owner.c.year == year, table.c.field.startswith(f"{table_name}.", autoescape=True))
        return self._frame(query.order_by(owner.c.institution, table.c.field, table.c.row_key))

    def findings(self, submission: str) -> list[dict[str, Any]]:
        """Findings of one submission as they were kept, in their order."""
        table = tables.findings
        query = select(table).where(table.c.submission == submission).order_by(table.c.position)
        with self._engine.connect() as connection:
            return [finding_of(dict(row)) for row in connection.execute(query).mappings()]

    def values(
        self,
        *,
        submission: str | None = None,
        institution: str | None = None,
        year: int | None = None,
        indicator: str | None = None,
        level: str | None = None,
    ) -> pd.DataFrame:
        """Values of speaking submissions, or of one; numerator and denominator are exact text (``12``, ``p/q``)."""
        table = tables.values
        query = _of_one(select(table), table, submission)
        wanted = {"institution": institution, "year": year, "indicator": indicator, "level": level}
        order = ("institution", "year", "level", "unit", "indicator", "definition", "counting")
        return self._frame(where(query, table, **wanted).order_by(*(table.c[name] for name in order)))

    def gaps(
        self,
        *,
        submission: str | None = None,
        institution: str | None = None,
        year: int | None = None,
        indicator: str | None = None,
        level: str | None = None,
    ) -> pd.DataFrame:
        """Gaps of speaking submissions, or of one, with institution and year."""
        return self._results(tables.gaps, submission, institution, year, indicator=indicator, level=level)

    def scores(
        self,
        *,
        submission: str | None = None,
        institution: str | None = None,
        year: int | None = None,
        element: str | None = None,
        level: str | None = None,
    ) -> pd.DataFrame:
        """Scores of speaking submissions, or of one, with institution and year; ``element``: indicator or pillar."""
        return self._results(tables.scores, submission, institution, year, element=element, level=level)

    def value_cells(self, submission: str) -> pd.DataFrame:
        """Lineage of one submission: value key, answer key, and where the answer stands (sheet, cell)."""
        table, answers = tables.value_cells, tables.answers
        same = and_(*(table.c[name] == answers.c[name] for name in tables.ANSWER_KEY))
        query = select(table, answers.c.sheet, answers.c.cell).join(answers, same)
        return self._frame(query.where(table.c.submission == submission).order_by(*table.primary_key.columns))

    def institutions(self) -> pd.DataFrame:
        """Institutions that have handed in, by code."""
        return self._frame(select(tables.institutions).order_by(tables.institutions.c.code))

    def years(self, institution: str | None = None) -> list[int]:
        """Years with a current submission (of ``institution``), earliest first."""
        table = tables.submissions
        query = where(select(table.c.year).distinct(), table, institution=institution, state=CURRENT)
        with self._engine.connect() as connection:
            return list(connection.scalars(query.order_by(table.c.year)))

    def stamp(self) -> str:
        """A short text that changes with every submission kept: what was read before may then be out of date."""
        table = tables.submissions
        with self._engine.connect() as connection:
            count, newest = connection.execute(select(func.count(), func.max(table.c.received_at))).one()
        return f"{count}|{newest}"

    def check(self) -> list[str]:
        """What is amiss, one bilingual line each; empty when all is well. Reads every stored file.

        Finds files that belong to no submission (a process that died before its transaction leaves one:
        harmless), missing, changed and unfinished files, and access open to others.
        """
        with self._engine.connect() as connection:
            wanted = set(connection.scalars(select(tables.submissions.c.sha256)))
            wanted |= set(connection.scalars(select(tables.waiting_uploads.c.sha256)))
        return [*self._blobs.check(wanted), *self._refusals.check(), *wrong_modes(self._folder)]

    def _results(
        self, table: Table, submission: str | None, institution: str | None, year: int | None, **wanted: object
    ) -> pd.DataFrame:
        owner = tables.submissions
        query = _of_one(select(table, owner.c.institution, owner.c.year), table, submission)
        query = where(where(query, owner, institution=institution, year=year), table, **wanted)
        return self._frame(query.order_by(owner.c.institution, owner.c.year, *table.primary_key.columns))

    def _frame(self, query: Select[Any]) -> pd.DataFrame:
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return frame_of(cast(Any, query.selected_columns), rows)

    def _refuse_other_kind(self, is_demo: bool) -> None:
        if is_demo and self._kind == "real":
            raise StoreError(problems.DEMO_INTO_REAL)
        if not is_demo and self._kind == "demo":
            raise StoreError(problems.REAL_INTO_DEMO)


def _of_one(query: Select[Any], table: Table, submission: str | None) -> Select[Any]:
    """Rows of one submission, whatever became of it, or of one for each institution and year: the speaking one."""
    owner = tables.submissions
    query = query.join(owner, owner.c.id == table.c.submission)
    return query.where(owner.c.id.in_(submissions_of_record()) if submission is None else owner.c.id == submission)
