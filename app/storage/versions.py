"""A submission as a version: what is kept of it, and how it takes the place of the one before.

One that its round does not take (past the deadline, say) is kept ``aside`` with the reason: whole, and current never.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.metadata import version
from typing import Any, Protocol

import pandas as pd
from sqlalchemy import Connection, Select, Table, delete, func, insert, select, update

from app.storage.column_types import storable
from app.storage.database import tables
from app.storage.database.identity import revision_of
from app.storage.database.rows import finding_rows, rows_of
from app.storage.files.durable import sha256_of
from app.storage.problems import UNKNOWN_SUBMISSION, StoreError
from schemas.dictionary.dictionary import CENTRE
from schemas.explanations.explanation import Explanation

CURRENT, SUPERSEDED, ASIDE = "current", "superseded", "aside"
FORM_KEY = ("institution", "year", "form", "unit")
ID_LENGTH = 16
TableRows = tuple[Table, Sequence[Mapping[str, object]]]
DEPENDENT = (tables.scores, tables.gaps, tables.value_cells, tables.values, tables.findings)
READ = (tables.answers, tables.counted_tables)


@dataclass(frozen=True)
class Upload:
    """A file as it came in. ``received_at`` carries its zone; it is kept in UTC."""

    data: bytes
    file_name: str
    by: str
    received_at: datetime

    def __post_init__(self) -> None:
        if self.received_at.tzinfo is None:
            raise ValueError("received_at needs a time zone")


@dataclass(frozen=True)
class WaitingUpload(Upload):
    """A file that waits: for a worker, or with ``asks`` for an answer. ``chosen`` is what stood beside it.

    ``institution`` is whose form it is, once that is known; None in ``chosen`` means that nothing is to be asked.
    """

    chosen: Mapping[str, Any] | None = None
    institution: str | None = None
    asks: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What reading and evaluating an accepted file gave; frames have the columns of the data design.

    The store fills ``submission``, ``institution`` and ``year`` of every row. ``status`` is the worst
    severity found (``ok``, ``check``, ``error``); ``findings`` are in the shape of "JSON of validate";
    ``explanations`` are those on the sheet of the file, ``marked`` the marked workbook where it was made; ``counted``
    are the rows of tables counted from a long list. ``unit`` is the code of the centre that the form is about; empty
    for a form of the whole institution. ``centre`` is the centre that it compares, or is about.
    """

    institution: str
    year: int
    form: str
    is_demo: bool
    dictionary_hash: str
    catalogue_hash: str
    status: str
    answers: pd.DataFrame
    findings: Sequence[Mapping[str, Any]]
    values: pd.DataFrame
    value_cells: pd.DataFrame
    gaps: pd.DataFrame
    scores: pd.DataFrame
    explanations: Sequence[Explanation] = ()
    counted: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    marked: bytes | None = None
    unit: str = ""
    centre: str = ""

    @property
    def key(self) -> dict[str, object]:
        """What its versions are counted by: institution, year, form and unit."""
        return {name: getattr(self, name) for name in FORM_KEY}


def submission_id(institution: str, year: int, form: str, unit: str, sequence: int, sha256: str) -> str:
    """The id of a submission: the same inputs always give the same 16 hexadecimal digits."""
    named = f"{institution}|{year}|{form}|{sequence}|{sha256}" + (f"|{unit}" if unit else "")
    return hashlib.sha256(named.encode()).hexdigest()[:ID_LENGTH]


@cache
def software() -> str:
    """The version of this software."""
    return version("junkan")


def result_rows(outcome: Outcome) -> list[TableRows]:
    """Rows of every result without their submission, parents before what refers to them.

    Raises ValueError when a frame is not in the agreed shape.
    """
    context = {"submission": "", "institution": outcome.institution, "year": outcome.year}
    return [
        (tables.answers, rows_of(tables.answers, outcome.answers, context)),
        (tables.findings, finding_rows(outcome.findings)),
        (tables.values, rows_of(tables.values, outcome.values, context)),
        (tables.value_cells, rows_of(tables.value_cells, outcome.value_cells, context)),
        (tables.gaps, rows_of(tables.gaps, outcome.gaps, context)),
        (tables.scores, rows_of(tables.scores, outcome.scores, context)),
        (tables.counted_tables, [{"name": name, "rows": list(rows)} for name, rows in outcome.counted.items()]),
    ]


def put_results(connection: Connection, submission: str, rows: Sequence[TableRows]) -> None:
    """Adds ``rows`` (of ``result_rows``) to a submission."""
    for table, found in rows:
        if found:
            connection.execute(insert(table), [{**row, "submission": submission} for row in found])


def owner_row(code: str, given: Mapping[str, str]) -> dict[str, str]:
    """``given`` as a row of ``institutions``; ValueError for an unknown column or another code."""
    unknown = set(given) - set(tables.institutions.columns.keys())
    if unknown or given.get("code", code) != code:
        raise ValueError(f"institutions: unknown columns {sorted(unknown)}, or another code")
    return {"code": code, **given}


def put_institution(connection: Connection, row: Mapping[str, str]) -> None:
    """Adds the institution, or brings the given columns up to date."""
    table = tables.institutions
    mine = table.c.code == row["code"]
    if connection.scalar(select(table.c.code).where(mine)) is None:
        connection.execute(insert(table), dict(row))
    else:
        connection.execute(update(table).where(mine).values(**row))


def same_bytes(connection: Connection, outcome: Outcome, sha256: str) -> str | None:
    """Id of the newest version of this form that was handed in as exactly these bytes, or None."""
    table = tables.submissions
    query = where(select(table.c.id), table, **outcome.key, sha256=sha256)
    found: str | None = connection.scalar(query.order_by(table.c.sequence.desc()).limit(1))
    return found


class Admission(Protocol):
    """Asked inside the transaction of a write whether a version may stand, and told which one stands then."""

    def refuse(self, connection: Connection, institution: str, year: int, form: str) -> str | None:
        """Why a version of this form may not become current now, as a key of texts; None where it may."""

    def note(self, connection: Connection, submission: str) -> None:
        """A version became current that was not."""


def put_submission(
    connection: Connection, upload: Upload, outcome: Outcome, revision: int, aside: str | None = None
) -> str:
    """Adds the submission as the current version, without its results; its id. With ``aside``, why it is not."""
    table, sha256, key = tables.submissions, sha256_of(upload.data), outcome.key
    last = connection.scalar(where(select(func.max(table.c.sequence)), table, **key)) or 0
    earlier = supersede(connection, **key) if aside is None else None
    row = {
        "id": submission_id(outcome.institution, outcome.year, outcome.form, outcome.unit, last + 1, sha256),
        **key,
        "centre": outcome.centre,
        "sequence": last + 1,
        "received_at": upload.received_at,
        "by": storable(upload.by),
        "sha256": sha256,
        "size": len(upload.data),
        "file_name": storable(upload.file_name),
        "state": CURRENT if aside is None else ASIDE,
        "reason": aside,
        "status": outcome.status,
        "supersedes": earlier,
        "dictionary_hash": outcome.dictionary_hash,
        "catalogue_hash": outcome.catalogue_hash,
        "software": software(),
        "current_since": revision,
    }
    connection.execute(insert(table), row)
    return str(row["id"])


def supersede(connection: Connection, **key: object) -> str | None:
    """Makes the current version of a form superseded; its id, or None where there is none."""
    table = tables.submissions
    earlier: str | None = connection.scalar(where(select(table.c.id), table, **key, state=CURRENT))
    if earlier is not None:
        connection.execute(update(table).where(table.c.id == earlier).values(state=SUPERSEDED))
    return earlier


def set_current(connection: Connection, submission: str, revision: int) -> None:
    """Makes a kept version the current one of its form, and the one that speaks. StoreError for an unknown one."""
    table = tables.submissions
    mine = table.c.id == submission
    row = connection.execute(select(*(table.c[name] for name in FORM_KEY)).where(mine)).mappings().first()
    if row is None:
        raise StoreError(UNKNOWN_SUBMISSION)
    supersede(connection, **row)
    connection.execute(update(table).where(mine).values(state=CURRENT, reason=None, current_since=revision))


def where(query: Select[Any], table: Table, **wanted: object) -> Select[Any]:
    """``query`` narrowed to the given column values of ``table``; None asks for nothing."""
    given = {name: value for name, value in wanted.items() if value is not None}
    return query.where(*(table.c[name] == value for name, value in given.items()))


def current_forms(connection: Connection, institution: str) -> dict[tuple[int, str, str], str]:
    """The current submission of each form of an institution, by year, form and unit (empty but for centres)."""
    table = tables.submissions
    columns = (table.c.year, table.c.form, table.c.unit, table.c.id)
    query = where(select(*columns), table, institution=institution, state=CURRENT)
    rows = connection.execute(query.order_by(*columns[:3]))
    return {(int(year), str(form), str(unit)): str(key) for year, form, unit, key in rows}


class Outdated(Exception):
    """A form that results rest on was replaced, or one came in, while they were worked out: work them out anew."""


def refuse_outdated(connection: Connection, outcome: Outcome, beside: Mapping[tuple[int, str, str], str]) -> None:
    """Raises Outdated unless ``beside`` are the other current submissions of the institution in both rounds.

    These are the round of ``outcome`` and the one before. A key without id says that there is none.
    """
    own = (outcome.year, outcome.form, outcome.unit)
    every = current_forms(connection, outcome.institution).items()
    now = {key: one for key, one in every if key[0] in (outcome.year - 1, outcome.year) and key != own}
    if now != {key: one for key, one in beside.items() if one}:
        raise Outdated


def is_standing(connection: Connection, submission: str) -> bool:
    """Whether a version counts already: one of a centre's form as the current one, another as the one that speaks."""
    table = tables.submissions
    columns = (table.c.institution, table.c.year, table.c.form, table.c.state)
    row = connection.execute(select(*columns).where(table.c.id == submission)).one()
    if row.form == CENTRE:
        return bool(row.state == CURRENT)
    of_record = submissions_of_record(row.institution, row.year)
    return connection.scalar(select(table.c.id).where(table.c.id == submission, table.c.id.in_(of_record))) is not None


def submissions_of_record(institution: str | None = None, year: int | None = None) -> Select[tuple[str]]:
    """Ids of the submissions that speak, one for each institution and year (of ``institution``, of ``year``).

    Of the current ones the form that became current last; the form of the centre only where there is no other.
    """
    table = tables.submissions
    order = (table.c.form == CENTRE, table.c.current_since.desc(), table.c.id.desc())
    place = func.row_number().over(partition_by=(table.c.institution, table.c.year), order_by=order)
    current = where(select(table.c.id, place.label("place")), table, institution=institution, year=year, state=CURRENT)
    ranked = current.subquery()
    return select(ranked.c.id).where(ranked.c.place == 1)


def put_new_results(
    connection: Connection,
    submission: str,
    outcome: Outcome,
    rows: Sequence[TableRows],
    marked_sha256: str | None,
    *,
    with_answers: bool = False,
) -> None:
    """Puts ``rows`` (of ``result_rows``) in place of the results of a kept submission.

    Its answers stay as they are, unless they were read anew (``with_answers``).
    """
    wanted = (*DEPENDENT, *(READ if with_answers else ()))
    for table in wanted:
        connection.execute(delete(table).where(table.c.submission == submission))
    put_results(connection, submission, [(table, found) for table, found in rows if table in wanted])
    judged: dict[str, object] = {
        "status": outcome.status,
        "catalogue_hash": outcome.catalogue_hash,
        "software": software(),
    }
    judged |= {"centre": outcome.centre, "results_since": revision_of(connection)}
    own = tables.submissions.c.id == submission
    connection.execute(update(tables.submissions).where(own).values(**judged, marked_sha256=marked_sha256))
