"""What all institutions declared, added up by kind, as far as it may be told."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from indicators.comparison.peer_quartiles import LEAST_PEERS
from indicators.comparison.small_counts import SMALLEST_SHOWN


@dataclass(frozen=True)
class DeclaredSum:
    """The sum of one kind over ``institutions``; None where it may not be told."""

    kind: str
    total: int | None
    institutions: int


def rows_by_kind(answers: pd.DataFrame, table: str, kind: str, amount: str | None) -> pd.DataFrame:
    """The rows of a list: institution, kind and amount (1 a row where ``amount`` is None).

    ``answers``: institution, field, row_key and normalised of lists. Rows without kind or amount are left out.
    """
    mine = answers[answers["field"].str.startswith(f"{table}.")]
    wide = mine.assign(column=mine["field"].str.split(".").str[1]).pivot_table(
        index=["institution", "row_key"], columns="column", values="normalised", aggfunc="first"
    )
    if kind not in wide or (amount is not None and amount not in wide):
        return pd.DataFrame({"institution": [], "kind": [], "amount": []}).astype({"amount": "float64"})
    amounts = pd.Series(1.0, index=wide.index) if amount is None else pd.to_numeric(wide[amount], errors="coerce")
    rows = wide.assign(kind=wide[kind], amount=amounts).reset_index()
    rows = rows[rows["kind"].fillna("").astype(str).ne("") & rows["amount"].notna()]
    return rows[["institution", "kind", "amount"]]


def declared_sums(rows: pd.DataFrame, kinds: list[str]) -> list[DeclaredSum]:
    """The sum of each kind, told from five institutions and five people (or projects) on.

    Where a single kind would be hidden, the smallest of the others is hidden with it, so that no total gives it away.
    """
    sums = rows.groupby("kind")["amount"].sum()
    counts = rows.groupby("kind")["institution"].nunique()
    found = {kind: (int(sums.get(kind, 0)), int(counts.get(kind, 0))) for kind in kinds}
    hidden = {kind for kind, (total, n) in found.items() if total and (n < LEAST_PEERS or total < SMALLEST_SHOWN)}
    told = sorted((kind for kind in kinds if kind not in hidden and found[kind][0]), key=lambda kind: found[kind][0])
    if len(hidden) == 1 and told:
        hidden.add(told[0])
    return [DeclaredSum(kind, None if kind in hidden else found[kind][0], found[kind][1]) for kind in kinds]
