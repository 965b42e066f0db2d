"""Partner countries counted from a publication list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

import pandas as pd

from schemas.dictionary.country_names import read_countries
from schemas.reading.records import MANY_AUTHORS

LEAST_PAPERS = 3  # joint papers that make a country a partner
FEW_UNKNOWN = 5  # per cent of international papers that may lack their countries
OWN = "JP"


def partners_of(frame: pd.DataFrame, years: Collection[int], codes: Mapping[str, str]) -> pd.DataFrame | None:
    """Papers by partner country over ``years``: the columns country and papers, most papers first.

    ``frame`` is a publication list as read; ``codes`` gives the code of each country by ``country_key`` of its
    names. A paper counts once for each country but the own one; papers with more than 100 authors and countries
    with fewer than three papers are left out. The index is the code of the country. None where the list reaches
    none of the years, or where the countries of too many international papers are not known.
    """
    within = frame["year"].isin(list(years)).fillna(False).astype(bool)
    if not within.any():
        return None
    chosen = within & (frame["international"] == "yes").fillna(False).astype(bool)
    chosen &= ~(pd.to_numeric(frame["authors"]) > MANY_AUTHORS).fillna(False).astype(bool)
    papers: Counter[str] = Counter()
    known = 0
    for text, times in frame.loc[chosen, "countries"].dropna().value_counts().items():
        named = read_countries(str(text), codes)
        partners = {*named.codes} - {OWN} if not named.unread else set()
        known += times if partners else 0
        papers.update(dict.fromkeys(partners, times))
    if (int(chosen.sum()) - known) * 100 > FEW_UNKNOWN * int(chosen.sum()):
        return None
    kept = sorted(((-count, code) for code, count in papers.items() if count >= LEAST_PAPERS))
    index = pd.Index([code for _, code in kept], name="row_key", dtype=object)
    counts = pd.Series([-count for count, _ in kept], index=index, dtype="Int64")
    return pd.DataFrame({"country": pd.Series(list(index), index=index, dtype=object), "papers": counts})
