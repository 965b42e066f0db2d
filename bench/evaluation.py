"""The whole evaluation of a panel beside what pandas needs to group and sum the same tables."""

from __future__ import annotations

from bench.panel import panel
from bench.row import Comparison
from indicators.catalogue import load_catalogue
from indicators.engine import evaluate

YEARS = 10
GROUPS = {
    "researchers": ["submission", "unit"],
    "checklist": ["submission", "scope"],
    "publications": ["submission"],
}


def evaluation(institutions: int, years: int = YEARS) -> Comparison:
    """Values, gaps, scores and Wilson intervals of ``institutions`` × ``years``, without lineage."""
    catalogue = load_catalogue()
    tables, rounds = panel(institutions, years, catalogue.dictionary)

    def ours() -> None:
        evaluate(tables, catalogue, rounds, lineage=False)

    def reference() -> None:
        for name, keys in GROUPS.items():
            tables[name].groupby(keys).sum(numeric_only=True)

    what = f"values, gaps and scores of {institutions} institutions x {years} years"
    return Comparison(what, ours, "pandas groups and sums the same tables", reference, target=10.0)
