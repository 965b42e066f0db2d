"""Declared papers beside those computed from public data, by year: differences, and the interval of the share."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import numpy as np
import pandas as pd

from indicators.publications.imported_papers import ImportedPapers, computed_papers
from indicators.values.wilson_interval import wilson
from schemas.form.computed_papers import TABLE, ComputedPapers, PapersToCompare

COUNTINGS = ("full", "fractional")
COLUMNS = (
    "year",
    "declared_papers",
    "computed_papers",
    "difference",
    "declared_international",
    "computed_international",
    "difference_international",
    "declared_share",
    "computed_share",
    "low",
    "high",
)
Declared = Mapping[tuple[str, str], int | Decimal | float | None]


def papers_to_compare(imported: ImportedPapers | None) -> dict[str, PapersToCompare]:
    """Computed papers by counting, each with the limits of its international share by year; empty without any.

    The limits are Wilson's (1927) 95 % interval (docs/methods.md 2); of fractional counts, on the sum of fractions.
    """
    found = {}
    for counting in COUNTINGS if imported else ():
        computed = computed_papers(imported, counting) if imported else None
        if computed is not None:
            found[counting] = PapersToCompare(computed, share_limits(computed))
    return found


def share_limits(computed: ComputedPapers) -> dict[str, tuple[float, float]]:
    """The ends of the interval of the computed international share in per cent, by year with papers."""
    years = [year for field, year in computed.values if field == f"{TABLE}.papers" and computed.values[field, year] > 0]
    papers, international = (
        np.array([float(computed.values[f"{TABLE}.{name}", year]) for year in years])
        for name in ("papers", "international")
    )
    low, high = wilson(international, papers)
    ends = zip(years, 100 * low, 100 * high, strict=True)
    return {year: (float(first), float(last)) for year, first, last in ends}


def compare_papers(declared: Declared, compared: PapersToCompare) -> pd.DataFrame:
    """A row for each year that both have: COLUMNS; papers as numbers, shares and limits in per cent, NaN not known."""
    rows = []
    years = sorted(year for field, year in compared.computed.values if field == f"{TABLE}.papers")
    for year in years:
        own, other = (
            [_number(values.get((f"{TABLE}.{name}", year))) for name in ("papers", "international")]
            for values in (declared, compared.computed.values)
        )
        if np.isnan(own[0]) and np.isnan(own[1]):
            continue
        low, high = compared.share_limits.get(year, (np.nan, np.nan))
        papers = (own[0], other[0], own[0] - other[0])
        international = (own[1], other[1], own[1] - other[1])
        rows.append((year, *papers, *international, _share(own), _share(other), low, high))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _number(value: int | Decimal | float | None) -> float:
    return float("nan") if value is None else float(value)


def _share(counts: list[float]) -> float:
    return 100 * counts[1] / counts[0] if counts[0] else float("nan")
