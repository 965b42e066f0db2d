"""What all institutions declared, added up by kind, of the counts that could be told one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from indicators.catalogue.load_catalogue import Catalogue
from indicators.catalogue.measure_kinds import Term
from indicators.comparison.peer_quartiles import LEAST_PEERS
from indicators.comparison.small_counts import bounds, is_few, protect_counts

Hidden = frozenset[tuple[str, str]]  # institution and kind
COLUMNS = ["institution", "kind", "amount"]


@dataclass(frozen=True)
class DeclaredSum:
    """The sum of one kind over ``institutions``; None where it may not be told.

    ``left_out`` institutions declared a count of this kind that is in no sum, since it could not be told by itself.
    """

    kind: str
    total: int | None
    institutions: int
    left_out: int


def rows_by_kind(answers: pd.DataFrame, table: str, kind: str, amount: str | None) -> pd.DataFrame:
    """The rows of a list: institution, kind and amount (1 a row where ``amount`` is None).

    ``answers``: institution, field, row_key and normalised of lists. Rows without kind or amount are left out.
    """
    mine = answers[answers["field"].str.startswith(f"{table}.")]
    wide = mine.assign(column=mine["field"].str.split(".").str[1]).pivot_table(
        index=["institution", "row_key"], columns="column", values="normalised", aggfunc="first"
    )
    if kind not in wide or (amount is not None and amount not in wide):
        return _no_rows()
    amounts = pd.Series(1.0, index=wide.index) if amount is None else pd.to_numeric(wide[amount], errors="coerce")
    rows = wide.assign(kind=wide[kind], amount=amounts).reset_index()
    rows = rows[rows["kind"].fillna("").astype(str).ne("") & rows["amount"].notna()]
    return rows[COLUMNS]


def rows_by_field(answers: pd.DataFrame, table: str, names: Sequence[str]) -> pd.DataFrame:
    """Single answers as rows: institution, kind (the name of the field) and amount; blanks are left out."""
    kept = answers[answers["field"].isin([f"{table}.{name}" for name in names])]
    rows = kept.assign(
        kind=kept["field"].str.split(".").str[1], amount=pd.to_numeric(kept["normalised"], errors="coerce")
    )
    return rows[rows["amount"].notna()][COLUMNS] if len(rows) else _no_rows()


def declared_sums(rows: pd.DataFrame, kinds: Sequence[str], hidden: Hidden = frozenset()) -> list[DeclaredSum]:
    """The sum of each kind over the institutions of which nothing of this kind is ``hidden``, from five of them on."""
    summed = rows.groupby(["institution", "kind"], as_index=False)["amount"].sum()
    summed = summed[summed["amount"] > 0]
    pairs = zip(summed["institution"], summed["kind"], strict=True)
    is_hidden = np.array([pair in hidden for pair in pairs], dtype=bool)
    told, away = summed[~is_hidden], summed[is_hidden]
    totals, counts = told.groupby("kind")["amount"].sum(), told["kind"].value_counts()
    left_out = away["kind"].value_counts()
    found = []
    for kind in kinds:
        n, without = int(counts.get(kind, 0)), int(left_out.get(kind, 0))
        is_withheld = n + without > 0 and n < LEAST_PEERS
        found.append(DeclaredSum(kind, None if is_withheld else int(totals.get(kind, 0)), n, without))
    return found


def hidden_kinds(rows: pd.DataFrame) -> Hidden:
    """Institutions and kinds whose counts may not be told one by one beside the institution's own total.

    A count of 1 to 4 is hidden, and with it the smallest others until it has three possible values
    (`indicators.comparison.small_counts.protect_counts`).
    """
    found: set[tuple[str, str]] = set()
    for institution, own in rows.groupby("institution"):
        counts = own.groupby("kind")["amount"].sum().astype(int)
        told = protect_counts(counts.tolist(), bounds(int(counts.sum())))
        found |= {(str(institution), str(k)) for k, (low, high) in zip(counts.index, told, strict=True) if low != high}
    return frozenset(found)


def hidden_nested(rows: pd.DataFrame, kinds: Sequence[str]) -> Hidden:
    """All kinds of the institutions in which one of nested counts, or the step from one to the next, is 1 to 4."""
    found: set[tuple[str, str]] = set()
    for institution, own in rows.groupby("institution"):
        counts = sorted(own.groupby("kind")["amount"].sum().astype(int), reverse=True)
        steps = [larger - smaller for larger, smaller in pairwise(counts)]
        if any(is_few(count) for count in [*counts, *steps]):
            found |= {(str(institution), kind) for kind in kinds}
    return frozenset(found)


def hidden_in_panel(panel: pd.DataFrame, catalogue: Catalogue, table: str, column: str) -> Hidden:
    """Institutions and kinds whose very count stands hidden among the values that others may see.

    ``panel``: the values of a year after suppression. What is hidden there is in no sum either, so that a sum minus
    what stands beside it gives nothing away.
    """
    if panel.empty:
        return frozenset()
    kinds = dict(_counted_kinds(catalogue, table, column))
    rows = panel[panel["hidden"].astype(bool) & panel["indicator"].isin(list(kinds))]
    return frozenset(
        (str(one), kind)
        for one, name in zip(rows["institution"], rows["indicator"], strict=True)
        for kind in kinds[str(name)]
    )


def _counted_kinds(catalogue: Catalogue, table: str, column: str) -> Iterator[tuple[str, list[str]]]:
    """Indicators that use rows of a list by kind, each with the kinds."""
    for indicator in catalogue.indicators.values():
        pair = indicator.measure.pair
        terms = [indicator.measure.number] if pair is None else [pair.part, pair.whole]
        named = [kind for term in terms if term is not None for kind in _kinds_of(term, catalogue, table, column)]
        if named:
            yield indicator.id, named


def _kinds_of(term: Term, catalogue: Catalogue, table: str, column: str) -> list[str]:
    if term.table != table or column not in term.where:
        return []
    return list(catalogue.rows_where(term).get(column, []))


def _no_rows() -> pd.DataFrame:
    return pd.DataFrame({"institution": [], "kind": [], "amount": []}).astype({"amount": "float64"})
