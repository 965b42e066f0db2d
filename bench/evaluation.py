"""The whole evaluation of a panel beside what pandas needs to group and sum the same tables."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pandas as pd

from bench.panel import panel
from bench.row import Comparison
from indicators.catalogue.load_catalogue import load_catalogue
from indicators.comparison.context_variables import context_by_year
from indicators.comparison.peers import NEAREST, Peers, find_peers
from indicators.engine.evaluate import evaluate

YEARS = 10
# Sums of different units, scopes and ways of counting papers must not be mixed.
GROUPS = {
    "researchers": ["submission", "unit"],
    "checklist": ["submission", "scope"],
    "publications": ["submission", "counting"],
    "staff": ["submission"],
    "profile": ["submission"],
}


def evaluation(institutions: int, years: int = YEARS, *, with_peers: bool = True) -> Comparison:
    """All values, gaps, scores, Wilson intervals and nearest 15 of ``institutions`` × ``years``, without lineage.

    Without ``with_peers`` the engine alone: what a scoreboard holds, and not the nearest institutions of each.
    """
    catalogue = load_catalogue()
    tables, rounds = panel(institutions, years, catalogue.dictionary)

    def ours() -> None:
        evaluate(tables, catalogue, rounds, lineage=False)
        if with_peers:
            peers_by_year(tables, rounds)

    last = f"scores and nearest {NEAREST}" if with_peers else "and scores"
    what = (
        f"values, intervals, gaps, {last} of {institutions} institutions x {years} years "
        f"({sum(map(len, tables.values()))} rows)"
    )
    return Comparison(
        what,
        ours,
        "pandas groups and sums the same tables",
        lambda: plain_sums(tables),
        target=5.0,
        runs=21,  # a quarter of a second each, and a neighbour on the machine takes a tenth of that now and then
        clock=time.process_time,
    )


def peers_by_year(tables: Mapping[str, pd.DataFrame], rounds: pd.DataFrame) -> dict[int, Peers]:
    """The nearest institutions of each by its context, in every round by itself, without stability draws."""
    return {year: find_peers(context, runs=0) for year, context in context_by_year(tables, rounds).items()}


def plain_sums(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The sums of every number by submission and what must not be mixed, as anybody would write it in pandas."""
    return {name: tables[name].groupby(keys).sum(numeric_only=True) for name, keys in GROUPS.items()}
