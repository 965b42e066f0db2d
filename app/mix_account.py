"""How much of an institution's distance to the nation comes from its mix of positions, and how much from practice."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from app.storage.store import Store
from app.submission import catalogue
from indicators.mix import MixAndPractice, decompose
from indicators.position import LEAST_PEERS
from schemas.dictionary import WHOLE

INDICATOR = "foreign_researcher_share"
TABLE, PART, ALL = "researchers", "foreign", "total"


@dataclass(frozen=True)
class MixAccount:
    """The decomposition, the positions of its rows, the year of the reference, and its institutions."""

    result: MixAndPractice
    positions: tuple[str, ...]
    reference_year: int
    institutions: int


def positions() -> tuple[str, ...]:
    """Codes of the positions, in their order."""
    return tuple(catalogue().dictionary.code_lists["positions"].codes())


def mix_account(store: Store, institution: str, year: int) -> MixAccount | None:
    """The account of one institution against all of the round before, whose figures are settled (METHODS 4).

    None where its own table is not complete, or where fewer than five others were complete in that round: a nation
    of so few would tell what each of them is. Foreign researchers by position of whole institutions.
    """
    own, reference = _by_position(store, year), _by_position(store, year - 1)
    others = [code for code in reference if code != institution]
    if institution not in own or len(others) < LEAST_PEERS:
        return None
    nation = sum(reference[code] for code in sorted(reference))
    mine = own[institution]
    if not mine[ALL].sum() or not nation[ALL].sum():
        return None
    before = reference.get(institution)
    result = decompose(
        mine[[PART]].to_numpy(),
        mine[[ALL]].to_numpy(),
        nation[[PART]].to_numpy(),
        nation[[ALL]].to_numpy(),
        own_in_reference=None if before is None else before[[ALL]].to_numpy(),
    )
    return MixAccount(result, positions(), year - 1, len(reference))


def _by_position(store: Store, year: int) -> dict[str, pd.DataFrame]:
    """Institution to positions × (foreign, total), for institutions that answered every position soundly."""
    answers = store.answers_of_year(year, TABLE)
    place = answers["row_key"].str.split("/", n=1, expand=True).reindex(columns=[0, 1])
    wanted = [f"{TABLE}.{PART}", f"{TABLE}.{ALL}"]
    rows = answers.assign(unit=place[0], position=place[1], column=answers["field"].str.removeprefix(f"{TABLE}."))
    rows = rows[(rows["unit"] == WHOLE) & rows["field"].isin(wanted)]
    numbers = pd.to_numeric(rows["normalised"], errors="coerce")
    rows = rows.assign(count=numbers.mask(rows["code"] == "a", 0.0))
    found = {}
    for code, given in rows.groupby("institution"):
        table = given.pivot_table(index="position", columns="column", values="count", aggfunc="first")
        table = table.reindex(index=list(positions()), columns=[PART, ALL])
        if table.notna().all(axis=None) and (table[PART] <= table[ALL]).all():
            found[str(code)] = table.astype("int64")
    return found
