"""Country figures that ship with the toolkit: flows, rates, budgets, each with its source and licence."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

from schemas.dictionary.declaration import Text, read_document, validate_document
from schemas.dictionary.field import Declared

HERE = Path(__file__).parent
JAPAN = "JPN"
PERIODS = ("2000-2005", "2006-2016", "2017-2022")
MINISTRY_PERIOD, MINISTRY_THRESHOLD = "2006-2016", 4000
LOWEST_THRESHOLD = 1000
COUNTRY_COLUMNS = ["source", "country", "indicator", "as_of", "counting", "value", "unit", "seen", "grade"]
PAIR_COLUMNS = ["first", "second", "there", "back", "total", "has_japan"]


class Licence(Declared):
    """What one shipped file is: sources, terms, the credit that stands beside it, and what to know about it."""

    file: str
    sources: list[str]
    licence: Text
    credit: Text
    note: Text


class Break(Declared):
    """A year from which a series must not be chained to the years before."""

    year: int
    what: Text
    source: str


@cache
def licences() -> dict[str, Licence]:
    """Licence and credit of every file that ships, by file name."""
    document = read_document(HERE / "licences.yaml")
    found = [validate_document(document, Licence, item, (position,)) for position, item in enumerate(document.data)]
    return {licence.file: licence for licence in found}


@cache
def breaks() -> tuple[Break, ...]:
    """Breaks of the series of researcher exchange, in order."""
    document = read_document(HERE / "breaks.yaml")
    return tuple(validate_document(document, Break, item, (position,)) for position, item in enumerate(document.data))


def country_figures(indicator: str | None = None) -> pd.DataFrame:
    """Country figures (COUNTRY_COLUMNS; ``country`` ISO alpha-2, ``value`` a number), of one indicator or all."""
    text = dict.fromkeys(COUNTRY_COLUMNS, str) | {"value": float}
    frame = pd.read_csv(HERE / "countries.csv", dtype=text, keep_default_na=False)
    return frame if indicator is None else frame[frame["indicator"] == indicator].reset_index(drop=True)


def national_series(series: str, counting: str | None = None) -> pd.DataFrame:
    """A series of the national context: country, year, value, source and seen; of one database and edition only.

    ``counting`` is whole or fractional where the series has both. The newest edition stands where two overlap.
    """
    frame = pd.read_csv(HERE / "national_context.csv", dtype=str, keep_default_na=False)
    frame = frame[frame["series"] == series]
    frame = frame if counting is None else frame[frame["counting"] == counting]
    frame = frame[frame["source_title"] == max(frame["source_title"])] if len(frame) else frame
    dated = frame.assign(
        year=frame["period"].str.removeprefix("FY").str[:4].astype(int), value=frame["value"].astype(float)
    )
    return dated.sort_values(["country", "year"], ignore_index=True)


def national_rows(series: str) -> pd.DataFrame:
    """Every figure of a series of the national context as it is printed, in the order of the file."""
    frame = pd.read_csv(HERE / "national_context.csv", dtype=str, keep_default_na=False)
    return frame[frame["series"] == series].reset_index(drop=True)


def national_targets() -> pd.DataFrame:
    """Official targets, proposals and past ones, one a row, by id, with issuer, status and source."""
    frame = pd.read_csv(HERE / "targets.csv", dtype=str, keep_default_na=False)
    return frame.set_index("id")


def researcher_flows() -> pd.DataFrame:
    """Directed flows in long form: origin, destination (ISO alpha-3), period, researchers."""
    wide = pd.read_csv(HERE / "researcher_flows.csv")
    columns = {f"researchers_{period.replace('-', '_')}": period for period in PERIODS}
    return wide.rename(columns=columns).melt(
        ["origin", "destination"], list(PERIODS), var_name="period", value_name="researchers"
    )


def flow_pairs(period: str, threshold: int) -> pd.DataFrame:
    """Pairs of countries whose two directions together reach ``threshold`` in ``period``, largest first.

    Columns: first, second, there (first to second), back, total, has_japan; Japan stands first in its pairs.
    """
    flows = researcher_flows()
    flows = flows[flows["period"] == period]
    counts = {
        (o, d): int(n) for o, d, n in zip(flows["origin"], flows["destination"], flows["researchers"], strict=True)
    }
    rows = []
    for first, second in {tuple(sorted(pair, key=lambda code: (code != JAPAN, code))) for pair in counts}:
        there, back = counts.get((first, second), 0), counts.get((second, first), 0)
        if there + back >= threshold:
            rows.append((first, second, there, back, there + back, first == JAPAN))
    frame = pd.DataFrame(rows, columns=PAIR_COLUMNS)
    return frame.sort_values(["total", "first", "second"], ascending=[False, True, True], ignore_index=True)


def places() -> pd.DataFrame:
    """Approximate points of the countries in the flows: alpha3 (index), alpha2, longitude, latitude."""
    return pd.read_csv(HERE / "places.csv", keep_default_na=False).set_index("alpha3")


def joint_degree_majors() -> pd.DataFrame:
    """Graduate majors whose name contains 国際連携 (MEXT's list, FY2022), one a row."""
    return pd.read_csv(HERE / "jp_joint_degree_majors.csv", dtype=str, keep_default_na=False)


def exchange_series(indicator: str) -> pd.DataFrame:
    """A series of researcher exchange: year, value, grade, source, seen, and ``stretch``.

    Only neighbouring years without a break between them share a stretch: a line may join those alone.
    """
    frame = country_figures(indicator)
    frame = frame.assign(year=frame["as_of"].str.removeprefix("FY").astype(int)).sort_values("year", ignore_index=True)
    is_new = frame["year"].diff().ne(1) | frame["year"].isin([b.year for b in breaks()])
    return frame.assign(stretch=is_new.cumsum())[["year", "value", "grade", "source", "seen", "stretch"]]
