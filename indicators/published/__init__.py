"""Published figures of real institutions and countries: a source of their own, never mixed with declared values."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from indicators.published.compare import COMPARABLE as COMPARABLE
from indicators.published.compare import comparison as comparison
from indicators.published.leiden import load_leiden_open_edition as load_leiden_open_edition
from indicators.published.tidy import load_tidy as load_tidy
from indicators.published.values import PUBLISHED_COLUMNS as PUBLISHED_COLUMNS
from indicators.published.values import PublishedError as PublishedError


def load_published(path: Path) -> pd.DataFrame:
    """The figures of ``path`` as the table ``published_values``: a tidy CSV, or files of the Leiden Open Edition.

    Raises PublishedError with every fault, naming row and column.
    """
    if path.is_file() and path.suffix.lower() == ".csv":
        with path.open("rb") as stream:
            heading = stream.readline().decode("utf-8-sig", "replace")
        if "university_id" not in heading:
            return load_tidy(path)
    return load_leiden_open_edition(path)
