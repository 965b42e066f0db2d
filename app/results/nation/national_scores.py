"""The scores of all institutions of a year, as kept."""

from __future__ import annotations

import pandas as pd

from app.results.nation.kept_results import rows_of_nation
from app.storage.store import Store

KIND = "scores"
COLUMNS = ["institution", "level", "element", "score", "kind", "band"]


def national_scores(store: Store, year: int) -> pd.DataFrame:
    """Scores of whole institutions in a year: institution, level, element (indicator or pillar), score, kind, band."""

    def work_out(institution: str | None) -> pd.DataFrame:
        return store.scores(year=year, institution=institution, level="institution")[COLUMNS]

    return rows_of_nation(store, KIND, year, work_out).frame()
