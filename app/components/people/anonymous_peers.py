"""The spread of other institutions in a round in which they are not shown by name: quartiles of five or more."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.charts.chart_rows import value_text
from app.components import page_elements
from app.components.quantile_text import range_text
from app.components.session import Page
from app.results.national_quantiles import quantile_ranges
from indicators.catalogue.declarations import Indicator
from indicators.comparison.peer_quartiles import LEAST_PEERS

QUARTILES = ("quarter", "median", "three_quarters")


def show_spread(page: Page, values: pd.DataFrame, indicator: Indicator) -> None:
    """The own value and the quartiles of the others; ``values``: a row an institution, of one level and definition."""
    st.info(page.say("anonymous.note"), icon=":material/visibility_off:")
    own, others = (values[is_one] for is_one in (values["institution"] == page.institution, _others(page, values)))
    found = quantile_ranges(others, indicator)
    rows = []
    for row in own[own["value"].notna()].to_dict("records")[:1]:
        text = "x" if row["hidden"] else value_text(float(row["value"]), indicator.unit, page.language)
        rows.append({"what": page.say("anonymous.own"), "value": text})
    if found is None:
        st.text(page.say("anonymous.few", n=LEAST_PEERS))
    else:
        st.text(page.say("anonymous.of", n=found.count))
        for name, one in zip(QUARTILES, found.ranges, strict=True):
            rows.append({"what": page.say(f"anonymous.{name}"), "value": range_text(page, one, indicator.unit)})
        if found.hidden:
            st.caption(page.say("quantile.note"))
    if rows:
        columns = {"what": page.say("anonymous.column_what"), "value": page.say("indicator.value")}
        page_elements.table(page, rows, name=f"spread_{indicator.id}", numbers=("value",), columns=columns)


def _others(page: Page, values: pd.DataFrame) -> pd.Series:
    return values["institution"] != page.institution
