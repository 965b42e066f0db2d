"""What a store holds, as frames: submissions, answers, findings, values, gaps, scores, lineage."""

from __future__ import annotations

from typing import Any, cast

import pandas as pd
from sqlalchemy import Engine, Select, Table, and_, or_, select

from app.storage.database import tables
from app.storage.database.connection import identity_of
from app.storage.database.rows import finding_of, frame_of
from app.storage.versions import CURRENT, FORM_KEY, current_forms, submissions_of_record, where
from schemas.dictionary.dictionary import CENTRE


class StoredResults:
    """The reading side of a store; every frame has the dtypes of its table, also when it is empty."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def submissions(
        self,
        institution: str | None = None,
        year: int | None = None,
        *,
        all_versions: bool = False,
        of_record_only: bool = False,
    ) -> pd.DataFrame:
        """Submissions, one row each, by institution, year, form, unit and version; only current ones unless asked.

        ``of_record_only`` gives the one of each institution and year that speaks for it.
        """
        table = tables.submissions
        state = None if all_versions else CURRENT
        query = where(select(table), table, institution=institution, year=year, state=state)
        query = query.where(table.c.id.in_(submissions_of_record(institution, year))) if of_record_only else query
        order = (table.c[name] for name in (*FORM_KEY, "sequence"))
        return self._frame(query.order_by(*order))

    def submission_of_record(self, institution: str, year: int) -> str | None:
        """Id of the submission that speaks for an institution in a year, or None."""
        table = tables.submissions
        query = where(select(table.c.id), table, institution=institution, year=year).where(
            table.c.id.in_(submissions_of_record(institution, year))
        )
        with self._engine.connect() as connection:
            found: str | None = connection.scalar(query)
        return found

    def current(self, institution: str, year: int, form: str = "core", unit: str | None = None) -> str | None:
        """Id of the current submission of a form, or None; without ``unit`` the one that became current last."""
        table = tables.submissions
        wanted = {"institution": institution, "year": year, "form": form, "unit": unit, "state": CURRENT}
        query = where(select(table.c.id), table, **wanted).order_by(table.c.current_since.desc())
        with self._engine.connect() as connection:
            found: str | None = connection.scalar(query.limit(1))
        return found

    def submission(self, submission: str) -> dict[str, Any] | None:
        """The row of one submission, or None for an unknown id."""
        table = tables.submissions
        with self._engine.connect() as connection:
            row = connection.execute(select(table).where(table.c.id == submission)).mappings().first()
        return None if row is None else dict(row)

    def current_forms(self, institution: str) -> dict[tuple[int, str, str], str]:
        """Ids of the current submissions of an institution, by year, form and unit (empty but for centres)."""
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

    def answers_behind(self, submission: str, **key: str) -> pd.DataFrame:
        """Answers of one submission that one of its values rests on; ``key``: level, unit, indicator and the like."""
        table, behind = tables.answers, tables.value_cells
        same = and_(*(table.c[name] == behind.c[name] for name in tables.ANSWER_KEY))
        query = where(select(table).join(behind, same), behind, submission=submission, **key)
        return self._frame(query.distinct().order_by(table.c.field, table.c.row_key))

    def answers_of_year(self, year: int, table_name: str, institution: str | None = None) -> pd.DataFrame:
        """Answers of one table of the form (``profile``) of the submissions of record of a year, with institution.

        ``institution`` narrows them to one.
        """
        table, owner = tables.answers, tables.submissions
        query = _of_one(select(table, owner.c.institution), table, None, institution, year)
        query = query.where(table.c.field.startswith(f"{table_name}.", autoescape=True))
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
        every_centre: bool = False,
    ) -> pd.DataFrame:
        """Values of submissions of record, or of one; numerator and denominator are exact text (``12``, ``p/q``).

        Of submissions of record the centre that they compare stands for their centres, unless ``every_centre`` is
        wanted; one has values of all of them.
        """
        table = tables.values
        query = _of_one(select(table), table, submission, institution, year)
        query = query if every_centre else _about_compared(query, table, submission)
        wanted = {"institution": institution, "year": year, "indicator": indicator, "level": level}
        order = ("institution", "year", "level", "unit", "indicator", "definition", "counting")
        return self._frame(where(query, table, **wanted).order_by(*(table.c[name] for name in order)))

    def gaps(
        self,
        *,
        submission: str | None = None,
        institution: str | None = None,
        year: int | None = None,
        level: str | None = None,
        every_centre: bool = False,
    ) -> pd.DataFrame:
        """Gaps of submissions of record, or of one, with institution and year; of centres as in ``values``."""
        return self._results(tables.gaps, submission, institution, year, every_centre=every_centre, level=level)

    def scores(
        self,
        *,
        submission: str | None = None,
        institution: str | None = None,
        year: int | None = None,
        level: str | None = None,
    ) -> pd.DataFrame:
        """Scores of submissions of record, or of one, with institution and year."""
        return self._results(tables.scores, submission, institution, year, level=level)

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

    def revision(self) -> int:
        """The number of writes so far. Raises StoreError when the database is no longer that of the store."""
        with self._engine.connect() as connection:
            return identity_of(self._engine).confirm(connection)

    def stamp(self) -> str:
        """A short text that changes with every write: what was read before may then be out of date."""
        return f"{identity_of(self._engine).store_id}|{self.revision()}"

    def _results(
        self,
        table: Table,
        submission: str | None,
        institution: str | None,
        year: int | None,
        *,
        every_centre: bool = False,
        **wanted: object,
    ) -> pd.DataFrame:
        owner = tables.submissions
        query = _of_one(select(table, owner.c.institution, owner.c.year), table, submission, institution, year)
        query = query if every_centre else _about_compared(query, table, submission)
        query = where(where(query, owner, institution=institution, year=year), table, **wanted)
        return self._frame(query.order_by(owner.c.institution, owner.c.year, *table.primary_key.columns))

    def _frame(self, query: Select[Any]) -> pd.DataFrame:
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return frame_of(cast(Any, query.selected_columns), rows)


def _about_compared(query: Select[Any], table: Table, submission: str | None) -> Select[Any]:
    """Across institutions only the rows about the centre that each compares, since a nation has one a member."""
    if submission is not None:
        return query
    centre = tables.submissions.c.centre
    return query.where(or_(table.c.level != CENTRE, centre == "", table.c.unit == centre))


def _of_one(
    query: Select[Any], table: Table, submission: str | None, institution: str | None = None, year: int | None = None
) -> Select[Any]:
    """Rows of one submission, whatever became of it, or of the submission of record of each institution and year."""
    owner = tables.submissions
    query = query.join(owner, owner.c.id == table.c.submission)
    if submission is not None:
        return query.where(owner.c.id == submission)
    return query.where(owner.c.id.in_(submissions_of_record(institution, year)))
