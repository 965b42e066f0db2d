"""The checklist of all institutions and years, kept by year, as the practice exchange reads it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from app.results.nation.kept_results import rows_of_nation
from app.storage.practice import EVIDENCE, SAID, details_of_record, institutions_with_whole
from app.storage.store import Store
from indicators.comparison.practice_diffusion import DETAILS, IN_PLACE, SCOPES, diffusion

KIND, SPREAD = "checklist", "spread"
BEYOND_EVIDENCE = tuple(name for name in SAID if name in DETAILS and name not in EVIDENCE)


def details_of_years(
    store: Store, *, item: str | None = None, year: int | None = None, institution: str | None = None
) -> pd.DataFrame:
    """A row per institution, year and item of current submissions, with the columns of ``practice.DETAILS``.

    ``item``, ``year`` and ``institution`` narrow what is read. The form of the centre alone is read only where
    there is none for the whole institution; of several forms of a year the one that became current last.
    """
    if institution and not item:  # of one institution its own answers are read sooner than those of all by year
        rows = _of_whole(store, details_of_record(store, year, institution))
    else:
        rows = _rows(store, [year] if year else store.years(institution), item=item, institution=institution)
    ordered = rows.sort_values(["institution", "year", "item"], kind="stable", ignore_index=True)
    return ordered[list(DETAILS)]


def standing_levels(store: Store, years: Sequence[int], institution: str) -> pd.DataFrame:
    """The latest round of each institution among ``years``, as far as others can learn from it; columns of DETAILS.

    Of ``institution`` every item; of the others the items they declare at level 2 or more in a scope, and those they
    want help with. What was said about an item beyond its evidence is left out (missing).
    """
    known = [year for year in years if year in store.years()]
    rows = _rows(store, known)
    rows = rows[rows["year"] == rows.groupby("institution")["year"].transform("max")]
    declared = rows[[f"{scope}_declared" for scope in SCOPES]].max(axis=1).fillna(-1)
    rows = rows[(declared >= IN_PLACE) | rows["wanted"] | (rows["institution"] == institution)]
    blank = {name: pd.Series(pd.NA, rows.index, rows[name].dtype) for name in BEYOND_EVIDENCE}
    return rows.assign(**blank)[list(DETAILS)].reset_index(drop=True)


def spread_of_year(store: Store, year: int) -> pd.DataFrame:
    """How far each item has spread in a round: the rows of ``diffusion``, as kept."""

    def work_out(_: str | None) -> pd.DataFrame:
        return diffusion(details_of_years(store, year=year))

    return rows_of_nation(store, SPREAD, year, work_out, ()).frame()


def _rows(
    store: Store, years: Sequence[int], *, item: str | None = None, institution: str | None = None
) -> pd.DataFrame:
    wanted = {name: value for name, value in (("item", item), ("institution", institution)) if value}
    found = [_of_year(store, year, **wanted) for year in years]
    rows = pd.concat(found, ignore_index=True) if found else details_of_record(store, -1)
    return _of_whole(store, rows)


def _of_whole(store: Store, rows: pd.DataFrame) -> pd.DataFrame:
    """``rows`` without those of a centre's form where there is one of its whole institution."""
    found: pd.DataFrame = rows[~rows["is_centre"] | ~rows["institution"].isin(institutions_with_whole(store))]
    return found


def _of_year(store: Store, year: int, **wanted: str) -> pd.DataFrame:
    kept = rows_of_nation(
        store, KIND, year, lambda institution: details_of_record(store, year, institution), ("item", "institution")
    )
    return kept.frame(**wanted)
