"""What all institutions declared of each pillar, by kind, kept with what of it may not be told one by one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from app.results.declared_sums import (
    COLUMNS,
    Hidden,
    hidden_kinds,
    hidden_nested,
    rows_by_field,
    rows_by_kind,
)
from app.results.nation.kept_results import rows_of_nation
from app.storage.store import Store

SUPPORT = ("enrolled", "supported_any", "supported_180", "supported_240")
HIDDEN, MONEY = "is_hidden", "money"


@dataclass(frozen=True)
class DeclaredList:
    """A list of the form: its table, the column of the kind, what is added up (None: the rows), and money beside it."""

    table: str
    kind: str
    amount: str | None = None
    money: str | None = None


LISTS = {
    "outbound": DeclaredList("outbound", "mode", "persons"),
    "inbound": DeclaredList("inbound", "mode", "persons"),
    "joint_research": DeclaredList("projects", "programme", money="amount"),
    "joint_degrees": DeclaredList("degrees", "kind"),
}
DOCTORAL = "doctoral_support"
PILLARS = (*LISTS, DOCTORAL)
KIND = "declared_{pillar}"


def national_declarations(store: Store, year: int, pillar: str) -> pd.DataFrame:
    """A row an institution and kind of a pillar: institution, kind, amount, money (float, missing: none), is_hidden.

    ``is_hidden``: the amount may not be told to others, by itself or beside the institution's own total.
    """

    def work_out(institution: str | None) -> pd.DataFrame:
        table = "doctoral" if pillar == DOCTORAL else LISTS[pillar].table
        answers = store.answers_of_year(year, table, institution)
        return _of_support(answers) if pillar == DOCTORAL else _of_list(answers, LISTS[pillar])

    return rows_of_nation(store, KIND.format(pillar=pillar), year, work_out).frame()


def hidden_from(rows: pd.DataFrame, seen: Collection[str]) -> Hidden:
    """What of ``national_declarations`` may not be told to whoever holds the counts of the institutions ``seen``."""
    away = rows[rows[HIDDEN] & ~rows["institution"].isin(list(seen))]
    return frozenset(zip(away["institution"], away["kind"], strict=True))


def money_of(rows: pd.DataFrame) -> pd.DataFrame:
    """The money beside what was declared, as rows of institution, kind and amount."""
    known = rows[rows[MONEY].notna()]
    return known.assign(amount=known[MONEY])[COLUMNS]


def _of_list(answers: pd.DataFrame, listed: DeclaredList) -> pd.DataFrame:
    rows = rows_by_kind(answers, listed.table, listed.kind, listed.amount)
    money = None if listed.money is None else rows_by_kind(answers, listed.table, listed.kind, listed.money)
    return _with_hidden(rows, hidden_kinds(rows), money)


def _of_support(answers: pd.DataFrame) -> pd.DataFrame:
    rows = rows_by_field(answers, "doctoral", SUPPORT)
    return _with_hidden(rows, hidden_nested(rows, SUPPORT))


def _with_hidden(rows: pd.DataFrame, hidden: Hidden, money: pd.DataFrame | None = None) -> pd.DataFrame:
    keys = COLUMNS[:2]
    summed = rows.groupby(keys)["amount"].sum().reset_index()
    if money is None:
        summed = summed.assign(**{MONEY: float("nan")})
    else:
        beside = money.groupby(keys)["amount"].sum().rename(MONEY).reset_index()
        summed = summed.merge(beside, "left", on=keys)
    pairs = zip(summed["institution"], summed["kind"], strict=True)
    shape = {"institution": "str", "kind": "str", "amount": "float64", MONEY: "float64"}
    return summed.astype(shape).assign(**{HIDDEN: pd.Series([pair in hidden for pair in pairs], dtype="bool")})
