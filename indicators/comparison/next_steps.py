"""What an institution could take up next: open items in a suggested order, for institutions without a centre too.

An item comes earlier the more of the similar institutions have it in place, never before the items that it rests on,
and among equals the one that is decided closest to the office that does the work. Who decides and what rests on what
are declared in ``item_decisions.yaml``; they are this tool's proposal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import pandas as pd

from indicators.comparison.practice_diffusion import IN_PLACE, latest
from indicators.comparison.small_counts import Bounds, bounds_of_part
from schemas.dictionary.declaration import read_document, validate_document
from schemas.dictionary.field import Declared

DECISIONS_FILE = Path(__file__).parent / "item_decisions.yaml"
DECIDERS = ("office", "executive", "budget", "council")  # from the least to the most that has to be moved
Scope = Literal["institution", "centre"]


class ItemDecision(Declared):
    """Who must decide before an item can move, and the items that it rests on."""

    item: str
    decided_by: Literal["office", "executive", "budget", "council"]
    needs: list[str]


@dataclass(frozen=True)
class NextStep:
    """One open item in the suggested order.

    ``level``: the counted level now, None where it has no answer. ``solved``: (low, high) of ``similar`` institutions
    that have it in place, as far as may be told. ``after``: the items it rests on that are open too.
    """

    item: str
    level: int | None
    solved: Bounds
    similar: int
    after: tuple[str, ...]
    decided_by: str


@cache
def item_decisions() -> Mapping[str, ItemDecision]:
    """The declared decisions by item. Raises DeclarationError."""
    document = read_document(DECISIONS_FILE)
    found = [
        validate_document(document, ItemDecision, entry, (position,)) for position, entry in enumerate(document.data)
    ]
    return {decision.item: decision for decision in found}


def next_steps(details: pd.DataFrame, institution: str, similar: Sequence[str], items: Sequence[str]) -> list[NextStep]:
    """The items that an institution does not have in place, in the order in which it could take them up.

    ``details``: rows of ``practice_diffusion.DETAILS``; the latest round of each institution counts. ``similar``:
    codes of the institutions to learn from, the nearest ones; where fewer than five of them answered an item, all
    institutions serve. ``items``: the items asked of it, in the order of the checklist.
    """
    rows = latest(details)
    level = "institution_counted"
    own = rows[rows["institution"] == institution].set_index("item")[level]
    others = rows[(rows["institution"] != institution) & rows[level].notna()]
    open_items = [item for item in items if item not in own or pd.isna(own[item]) or own[item] < IN_PLACE]
    by_item, none = dict(list(others.groupby("item"))), others.iloc[:0]
    shares = {item: _count_in_place(by_item.get(item, none), similar, level) for item in open_items}

    def rank(item: str) -> tuple[float, int, int]:
        (low, _), count = shares[item]
        decider = DECIDERS.index(item_decisions()[item].decided_by)
        return -(low / count if count else 0.0), decider, items.index(item)

    ordered: list[str] = []
    waiting = sorted(open_items, key=rank)
    while waiting:
        ready = [item for item in waiting if not set(item_decisions()[item].needs) & set(waiting)]
        ordered.append((ready or waiting)[0])
        waiting.remove(ordered[-1])
    return [_step(item, own, shares[item], open_items) for item in ordered]


def _count_in_place(answered: pd.DataFrame, similar: Sequence[str], level: str) -> tuple[Bounds, int]:
    near = answered[answered["institution"].isin(list(similar))]
    chosen = near if len(near) >= LEAST_SIMILAR else answered
    return bounds_of_part(int((chosen[level] >= IN_PLACE).sum()), len(chosen)), len(chosen)


LEAST_SIMILAR = 5


def _step(item: str, own: pd.Series, solved: tuple[Bounds, int], open_items: Sequence[str]) -> NextStep:
    level = None if item not in own or pd.isna(own[item]) else int(own[item])
    decision = item_decisions()[item]
    after = tuple(needed for needed in decision.needs if needed in open_items)
    return NextStep(item, level, solved[0], solved[1], after, decision.decided_by)


def movement(details: pd.DataFrame, institution: str, year: int) -> list[tuple[str, int, int]]:
    """The items whose counted level changed since the institution's round before ``year``: item, before, now."""
    mine = details[details["institution"] == institution]
    earlier = mine[mine["year"] < year]
    if earlier.empty:
        return []
    before = earlier[earlier["year"] == earlier["year"].max()].set_index("item")["institution_counted"].dropna()
    now = mine[mine["year"] == year].set_index("item")["institution_counted"].dropna()
    both = [item for item in now.index if item in before.index and now[item] != before[item]]
    return [(str(item), int(before[item]), int(now[item])) for item in both]


def movement_by_item(details: pd.DataFrame, year: int) -> dict[str, Bounds]:
    """By item how many institutions came to level 2 since their round before ``year``, as far as may be told."""
    now = details[(details["year"] == year) & details["institution_counted"].notna()]
    before = details[(details["year"] == year - 1) & details["institution_counted"].notna()]
    both = now.merge(before, on=["institution", "item"], suffixes=("", "_before"))
    came = (both["institution_counted"] >= IN_PLACE) & (both["institution_counted_before"] < IN_PLACE)
    counts = both.assign(came=came).groupby("item")["came"].agg(["sum", "size"])
    return {str(item): bounds_of_part(int(row["sum"]), int(row["size"])) for item, row in counts.iterrows()}
