"""How much institutions moved between two rounds, each with the interval of its change."""

from __future__ import annotations

import altair as alt
import pandas as pd

from app.charts.chart_elements import finish_chart, layered, row_axis, title_params, tooltips
from app.charts.theme import LINE, OTHERS, OWN
from app.texts import say

WIDTH, ROW = 560, 22


def change_intervals(rows: pd.DataFrame, language: str, sentence: str) -> alt.LayerChart:
    """A row an institution: its change as a mark, up or down, on the interval of the change; zero is the line.

    ``rows``: name, change, low, high (points), side (``above`` or ``below``), shown.
    """
    order = list(rows["name"])
    y = alt.Y("name:N", sort=order, axis=row_axis())
    axis = alt.Axis(title=say("movers.axis", language), grid=True)
    base = alt.Chart(rows[["name", "change", "low", "high", "side", "shown"]]).encode(
        y=y, tooltip=tooltips("name:N", "shown:N")
    )
    spans = base.mark_rule(color=OTHERS, strokeWidth=2).encode(x=alt.X("low:Q", axis=axis), x2=alt.X2("high:Q"))
    shape = alt.Scale(domain=["above", "below"], range=["triangle-up", "triangle-down"])
    points = base.mark_point(filled=True, size=90, color=OWN, opacity=1).encode(
        x=alt.X("change:Q"), shape=alt.Shape("side:N", scale=shape, legend=None)
    )
    zero = alt.Chart(pd.DataFrame({"at": [0.0]})).mark_rule(color=LINE).encode(x=alt.X("at:Q"))
    title = title_params(say("movers.chart_title", language), [say("movers.chart_key", language)])
    return finish_chart(layered(spans, zero, points, width=WIDTH, height={"step": ROW}), title, sentence)
