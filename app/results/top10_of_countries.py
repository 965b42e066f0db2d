"""Top-10 % papers of countries as counted here from OpenAlex and loaded into the store."""

from __future__ import annotations

import pandas as pd

from app.storage.published import published_values
from app.storage.store import Store
from indicators.published.values import GROUP

PARTS = {"top10_papers_domestic": "domestic", "top10_papers_international": "international"}
OWNER = GROUP + "country:"
COLUMNS = ["country", "year", "part", "counting", "value", "source"]


def top10_of_countries(store: Store) -> pd.DataFrame:
    """One row a country, year, part (``domestic``, ``international``) and counting; the newest source for each.

    Empty where no such table was loaded. ``source`` says by whom and of which day it was counted.
    """
    found = pd.concat([published_values(store, indicator=name) for name in PARTS], ignore_index=True)
    rows = found[found["institution"].str.startswith(OWNER)]
    frame = pd.DataFrame(
        {
            "country": rows["institution"].str.removeprefix(OWNER),
            "year": rows["as_of"].astype(int),
            "part": rows["indicator"].map(PARTS),
            "counting": rows["counting"],
            "value": rows["value"].astype(float),
            "source": rows["source"],
        }
    )
    newest = frame.sort_values("source").drop_duplicates(["country", "year", "part", "counting"], keep="last")
    return newest.sort_values(COLUMNS[:4], ignore_index=True)
