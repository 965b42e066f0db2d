"""The checklist of all institutions and years from the store, and who agrees to be named for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy import select

from app.storage import tables
from app.storage.store import Store
from indicators.practice import DETAILS, NUMBERS, SCOPES, TEXTS
from schemas.tables import LEVEL_WITHOUT_EVIDENCE, evidence_scopes

LEVEL = "checklist.declared"
PREFIX = "checklist_details."
WANTED = ["help_wanted.first", "help_wanted.second", "help_wanted.third"]
MAY_NAME = f"{PREFIX}may_name"
EVIDENCE = ("evidence_kind", "evidence", "evidence_scope")


def details_of_years(
    store: Store, *, item: str | None = None, year: int | None = None, institution: str | None = None
) -> pd.DataFrame:
    """A row per institution, year and item of current submissions, with the columns of ``practice.DETAILS``.

    ``item``, ``year`` and ``institution`` narrow what is read. Of several forms of one institution and year the
    one received last is taken.
    """
    submissions = _latest_received(store.submissions(institution, year), ["institution", "year"])
    ids = list(submissions["id"])
    rows = _levels(_answers(store, ids, [LEVEL], [f"{item}/{scope}" for scope in SCOPES] if item else []))
    rows = rows.merge(submissions[["id", "institution", "year"]], left_on="submission", right_on="id")
    rows = rows.merge(_details(store, ids, [item] if item else []), "left", on=["submission", "item"])
    wanted = _answers(store, ids, WANTED)
    asked = pd.MultiIndex.from_frame(wanted[["submission", "normalised"]])
    return _shaped(rows.assign(wanted=pd.MultiIndex.from_frame(rows[["submission", "item"]]).isin(asked)))


def consents(store: Store) -> frozenset[tuple[str, str]]:
    """The pairs of institution and item for which an institution agrees to be named, read at this moment.

    Its current submission of the latest round speaks; a consent given in an earlier round and not given again
    has ended.
    """
    submissions = _latest_received(store.submissions(), ["institution"])
    said = _answers(store, list(submissions["id"]), [MAY_NAME])
    agreed = said[said["normalised"] == "yes"]
    owners = dict(zip(submissions["id"], submissions["institution"], strict=True))
    return frozenset((owners[s], item) for s, item in zip(agreed["submission"], agreed["row_key"], strict=True))


def _latest_received(submissions: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """One submission for each ``by``: of the latest round the one received last."""
    return submissions.sort_values(["year", "received_at", "id"], kind="stable").drop_duplicates(by, keep="last")


def _details(store: Store, ids: list[str], items: list[str]) -> pd.DataFrame:
    """submission, item and what was said about it, a column a field."""
    wanted = [name for name in (*NUMBERS, *TEXTS, *EVIDENCE) if not name.endswith(("_declared", "_counted"))]
    fields = [f"{PREFIX}{name}" for name in dict.fromkeys(wanted)]
    given = _answers(store, ids, fields, items)
    wide = given[given["normalised"].fillna("") != ""].pivot(
        index=["submission", "row_key"], columns="field", values="normalised"
    )
    columns = {field: field.removeprefix(PREFIX) for field in fields}
    return wide.rename(columns=columns).rename_axis(index=["submission", "item"]).reset_index()


def _answers(store: Store, ids: list[str], fields: list[str], row_keys: Sequence[str] = ()) -> pd.DataFrame:
    """Answers of these submissions to these fields (in these rows): submission, field, row_key, normalised."""
    table = tables.answers
    columns = (table.c.submission, table.c.field, table.c.row_key, table.c.normalised)
    # Named submissions and fields are found by the key; joined with submissions, SQLite reads every answer.
    query = select(*columns).where(table.c.submission.in_(ids), table.c.field.in_(fields))
    query = query.where(table.c.row_key.in_(row_keys)) if row_keys else query
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


def _shaped(rows: pd.DataFrame) -> pd.DataFrame:
    """The columns of DETAILS: with counted levels, numbers as nullable integers, texts missing where not given."""
    rows = rows.reindex(columns=list(dict.fromkeys([*rows.columns, *DETAILS, *EVIDENCE])))
    texts = rows[list(EVIDENCE)].astype(object).where(rows[list(EVIDENCE)].notna(), None)
    covered = [evidence_scopes(dict(zip(EVIDENCE, row, strict=True))) for row in texts.itertuples(index=False)]
    for scope in SCOPES:
        declared = rows[f"{scope}_declared"].astype("Int64")
        has = pd.Series([scope in scopes for scopes in covered], index=rows.index, dtype=bool)
        rows[f"{scope}_counted"] = declared.where(has, declared.clip(upper=LEVEL_WITHOUT_EVIDENCE))
    for name in NUMBERS:
        rows[name] = pd.to_numeric(rows[name], errors="coerce").astype("Int64")
    for name in ("institution", "item", *TEXTS):
        rows[name] = rows[name].astype("str")
    ordered = rows.sort_values(["institution", "year", "item"], kind="stable")
    return ordered[list(DETAILS)].astype({"year": int, "wanted": bool}).reset_index(drop=True)
