"""Who moved, and which practices they had taken up before, beside those that did not move."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from indicators.comparison.peer_quartiles import LEAST_PEERS
from indicators.comparison.practice_diffusion import IN_PLACE

BY_CHANCE = 0.025  # of institutions that do not change: so many lie beyond each end of a 95 % interval


def taken_up_before(details: pd.DataFrame, first: int, last: int, movers: Collection[str]) -> pd.DataFrame:
    """Items that whole institutions took up from round ``first`` to the one before ``last``: movers beside all others.

    ``details``: rows with institution, year, item, institution_counted. Taken up: below level 2 in ``first`` and at
    2 or more in a later round before ``last`` (with two neighbouring rounds: by ``last``). Only institutions whose
    level in ``first`` is known and below 2 could take an item up. Columns: item, movers, of_movers, others, of_others;
    those of fewer than five institutions are left out. A description, not an effect.
    """
    until = max(first + 1, last - 1)
    rows = details[details["institution_counted"].notna()]
    start = rows[rows["year"] == first].set_index(["institution", "item"])["institution_counted"]
    later = rows[(rows["year"] > first) & (rows["year"] <= until)]
    reached = later.groupby(["institution", "item"])["institution_counted"].max() >= IN_PLACE
    could = start[start < IN_PLACE].index
    frame = pd.DataFrame({"took": reached.reindex(could).fillna(False).astype(bool)}).reset_index()
    frame["is_mover"] = frame["institution"].isin(list(movers))
    found = []
    for item, group in frame.groupby("item", sort=True):
        of, others = group[group["is_mover"]], group[~group["is_mover"]]
        if min(len(of), len(others)) >= LEAST_PEERS:
            told = {"movers": int(of["took"].sum()), "of_movers": len(of)}
            found.append({"item": item, **told, "others": int(others["took"].sum()), "of_others": len(others)})
    columns = ["item", "movers", "of_movers", "others", "of_others"]
    result = pd.DataFrame(found, columns=columns)
    lead = result["movers"] / result["of_movers"] - result["others"] / result["of_others"]
    return result.assign(_lead=lead).sort_values("_lead", ascending=False, kind="stable").drop(columns="_lead")
