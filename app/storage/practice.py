"""The checklist of all institutions and years from the store, and who agrees to be named for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import func, insert, select

from app.access import Actor
from app.storage.audit import Act, record
from app.storage.column_types import storable
from app.storage.database import tables
from app.storage.database.connection import write_transaction
from app.storage.database.identity import revision_of
from app.storage.store import Store
from app.storage.versions import CURRENT, submissions_of_record
from indicators.comparison.practice_diffusion import DETAILS, NUMBERS, SCOPES, TEXTS
from schemas.dictionary.dictionary import CENTRE
from schemas.reading.clean_tables import counted_levels, evidence_scopes

LEVEL = "checklist.declared"
PREFIX = "checklist_details."
WANTED = ["help_wanted.first", "help_wanted.second", "help_wanted.third"]
MAY_NAME = f"{PREFIX}may_name"
EVIDENCE = ("evidence_kind", "evidence", "evidence_scope")
EVIDENCE_ASKED = {"short": ("evidence",)}  # a form that asks less of it
SAID = tuple(dict.fromkeys(n for n in (*NUMBERS, *TEXTS, *EVIDENCE) if not n.endswith(("_declared", "_counted"))))


def details_of_record(store: Store, year: int | None, institution: str | None = None) -> pd.DataFrame:
    """A row per institution and item of the submissions that speak for a year (None: for any), with columns of DETAILS.

    ``is_centre`` tells the rows of a form of a centre alone. By item, then institution, so that one item is read alone.
    """
    submissions = store.submissions(institution, year, of_record_only=True)
    ids = list(submissions["id"])
    rows = _levels(_answers(store, ids, [LEVEL]))
    rows = rows.merge(submissions[["id", "institution", "year", "form"]], left_on="submission", right_on="id")
    rows = rows.merge(_details(store, ids, []), "left", on=["submission", "item"])
    wanted = _answers(store, ids, WANTED)
    asked = pd.MultiIndex.from_frame(wanted[["submission", "normalised"]])
    return _shape_details(rows.assign(wanted=pd.MultiIndex.from_frame(rows[["submission", "item"]]).isin(asked)))


def consents(store: Store) -> frozenset[tuple[str, str]]:
    """The pairs of institution and item for which an institution agrees to be named, read at this moment.

    The current submission of its latest round speaks: a consent given in an earlier round and not given again has
    ended. A "no" in another form of that round, or of a later one, ends it as well.
    """
    every = _current_forms(store)
    of_record = _submissions_of_record(store).drop_duplicates("institution", keep="last")
    since = every["institution"].map(of_record.set_index("institution")["year"]).astype("Int64")
    heard = every[every["year"] >= since]
    said = _answers(store, list(heard["id"]), [MAY_NAME], only_given=True)
    owners = dict(zip(heard["id"], heard["institution"], strict=True))
    pairs = [(owners[id_], item) for id_, item in zip(said["submission"], said["row_key"], strict=True)]
    is_yes = (said["normalised"] == "yes") & said["submission"].isin(of_record["id"])
    agreed = {pair for pair, yes in zip(pairs, is_yes, strict=True) if yes}
    refused = {pair for pair, answer in zip(pairs, said["normalised"], strict=True) if answer != "yes"}
    return frozenset(agreed - refused)


def _submissions_of_record(store: Store) -> pd.DataFrame:
    """Those that speak for their institution, by year; the centre's only where no round has one of the whole."""
    submissions = _current_forms(store, of_record_only=True)
    is_centre = submissions["form"] == CENTRE
    has_whole = submissions["institution"].isin(submissions.loc[~is_centre, "institution"])
    return submissions[~(is_centre & has_whole)].sort_values(["year", "current_since"], kind="stable")


def _current_forms(store: Store, *, of_record_only: bool = False) -> pd.DataFrame:
    """id, institution, year, form and current_since of current submissions, or of those that speak, by institution."""
    table = tables.submissions
    columns = [table.c[name] for name in ("id", "institution", "year", "form", "current_since")]
    query = select(*columns).where(table.c.state == CURRENT).order_by(table.c.institution, table.c.year, table.c.form)
    query = query.where(table.c.id.in_(submissions_of_record())) if of_record_only else query
    with store.engine.connect() as connection:
        rows: list[Any] = list(connection.execute(query).all())
    return pd.DataFrame([tuple(row) for row in rows], columns=[column.name for column in columns])


def institutions_with_whole(store: Store) -> set[str]:
    """The institutions of which a form of the whole is current in some year."""
    table = tables.submissions
    query = select(table.c.institution).where(table.c.state == CURRENT, table.c.form != CENTRE).distinct()
    with store.engine.connect() as connection:
        return set(connection.scalars(query))


def _details(store: Store, ids: list[str], items: list[str], names: Sequence[str] = SAID) -> pd.DataFrame:
    """submission, item and what was said about it, a column for each of the fields ``names``."""
    fields = [f"{PREFIX}{name}" for name in names]
    given = _answers(store, ids, fields, items, only_given=True)
    wide = given.pivot(index=["submission", "row_key"], columns="field", values="normalised")
    columns = {field: field.removeprefix(PREFIX) for field in fields}
    return wide.rename(columns=columns).rename_axis(index=["submission", "item"]).reset_index()


def _answers(
    store: Store,
    ids: list[str],
    fields: list[str],
    row_keys: Sequence[str] = (),
    *,
    only_given: bool = False,
) -> pd.DataFrame:
    """Answers of these submissions to these fields (in these rows), as their key and value.

    Columns: submission, field, row_key, normalised.
    """
    table = tables.answers
    columns = (table.c.submission, table.c.field, table.c.row_key, table.c.normalised)
    # Named submissions and fields are found by the key; joined with submissions, SQLite reads every answer.
    query = select(*columns).where(table.c.submission.in_(ids), table.c.field.in_(fields))
    query = query.where(table.c.row_key.in_(row_keys)) if row_keys else query
    query = query.where(table.c.normalised != "") if only_given else query
    with store.engine.connect() as connection:
        rows: list[Any] = list(connection.execute(query).all())
    return pd.DataFrame([tuple(row) for row in rows], columns=[column.name for column in columns], dtype=object)


def _levels(answers: pd.DataFrame) -> pd.DataFrame:
    """submission, item and the declared level of each scope, a row an item also where none is given."""
    numbers = pd.to_numeric(answers["normalised"].replace("", None), errors="coerce").astype("Int64")
    keys = answers["row_key"].astype(str).str.split("/")
    long = pd.DataFrame(
        {"submission": answers["submission"], "item": keys.str[0], "scope": keys.str[1], "level": numbers}
    )
    wide = long.pivot(index=["submission", "item"], columns="scope", values="level").reindex(columns=list(SCOPES))
    return wide.add_suffix("_declared").reset_index()


def _shape_details(rows: pd.DataFrame) -> pd.DataFrame:
    """The columns of DETAILS: with counted levels, numbers as nullable integers, texts missing where not given."""
    rows = rows.reindex(columns=list(dict.fromkeys([*rows.columns, *DETAILS, *EVIDENCE])))
    texts = rows[list(EVIDENCE)].astype(object).where(rows[list(EVIDENCE)].notna(), None)
    covered = [
        evidence_scopes({name: row[name] for name in EVIDENCE_ASKED.get(form, EVIDENCE)})
        for row, form in zip(texts.to_dict("records"), rows["form"], strict=True)
    ]
    for scope in SCOPES:
        declared = rows[f"{scope}_declared"].astype("Int64")
        rows[f"{scope}_counted"] = counted_levels(declared, [scope in scopes for scopes in covered])
    for name in NUMBERS:
        rows[name] = pd.to_numeric(rows[name], errors="coerce").astype("Int64")
    for name in ("institution", "item", *TEXTS):
        rows[name] = rows[name].astype("str")
    ordered = rows.assign(is_centre=rows["form"] == CENTRE).sort_values(["item", "institution"], kind="stable")
    types = {"year": int, "wanted": bool, "is_centre": bool}
    return ordered[[*DETAILS, "is_centre"]].astype(types).reset_index(drop=True)


@dataclass(frozen=True)
class ItemAnswers:
    """What an institution said last on the page about being named for an item: when (UTC), and in which write."""

    given: bool
    at: datetime
    revision: int


def say_consent(store: Store, institution: str, item: str, *, given: bool, by: str, at: datetime) -> None:
    """Keeps that an institution agrees, or no longer agrees, to be named for an item.

    Raises StoreError when it cannot be kept, or for an institution that has not handed in; ValueError for a time
    without a zone.
    """
    if at.tzinfo is None:
        raise ValueError("at needs a time zone")
    table = tables.consents
    mine = (table.c.institution == institution, table.c.item == item)
    with write_transaction(store.engine) as connection:
        last = connection.scalar(select(func.max(table.c.sequence)).where(*mine)) or 0
        row = {"institution": institution, "item": item, "sequence": last + 1, "given": given}
        row |= {"revision": revision_of(connection)}
        connection.execute(insert(table), {**row, "by": storable(by), "at": at})
        act: Act = "consent" if given else "end_consent"
        record(connection, Actor.from_signature(by), act, item, institution=institution)


def said_on_page(store: Store) -> dict[tuple[str, str], ItemAnswers]:
    """The last word of each institution on each item that it gave on the page, read at this moment."""
    table = tables.consents
    query = select(*(table.c[name] for name in ("institution", "item", "given", "at", "revision")))
    with store.engine.connect() as connection:
        rows = connection.execute(query.order_by(table.c.institution, table.c.item, table.c.sequence))
        return {(row.institution, row.item): ItemAnswers(bool(row.given), row.at, row.revision) for row in rows}


def standing_consents(store: Store) -> frozenset[tuple[str, str]]:
    """The pairs of institution and item for which an institution may be named, read at this moment.

    What was withdrawn on the page stays withdrawn until it is given there again: a form filled in advance does not
    give it back. What was given on the page ends with a "no" in a form that became current later.
    """
    on_page = said_on_page(store)
    given = {pair: said.revision for pair, said in on_page.items() if said.given}
    refused = _last_refusals(store, sorted({institution for institution, _ in given}))
    agreed = {pair for pair, revision in given.items() if refused.get(pair, 0) < revision}
    withdrawn = {pair for pair, said in on_page.items() if not said.given}
    return (consents(store) | agreed) - withdrawn


def _last_refusals(store: Store, institutions: list[str]) -> dict[tuple[str, str], int]:
    """The write in which each of some institutions last said no to an item in a form that is current."""
    answers, owner = tables.answers, tables.submissions
    query = select(owner.c.institution, answers.c.row_key, func.max(owner.c.current_since))
    query = query.join(owner, owner.c.id == answers.c.submission).where(
        owner.c.institution.in_(institutions),
        owner.c.state == CURRENT,
        answers.c.field == MAY_NAME,
        answers.c.normalised == "no",
    )
    with store.engine.connect() as connection:
        found = connection.execute(query.group_by(owner.c.institution, answers.c.row_key))
        return {(code, item): int(revision) for code, item, revision in found}
