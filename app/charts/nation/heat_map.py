"""Institutions × indicators as a heat map: in which quarter of all values each lies."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from app.charts.chart_elements import colour_where, column_axis, finish_chart, layered, row_axis, title_params, tooltips
from app.charts.theme import GROUND, HEADING, OTHERS, SEQUENTIAL
from app.texts import say

WIDTH = 560
CELL, THIN = 22, 3
MOST_NAMED = 60  # rows that can bear their names; of more the name stands in the tooltip
QUARTERS = 4
COLOURS = (SEQUENTIAL[0], SEQUENTIAL[2], SEQUENTIAL[4], SEQUENTIAL[8])  # a blank cell stays white


def heat_map(rows: pd.DataFrame, columns: Sequence[str], language: str, sentence: str) -> alt.LayerChart | alt.Chart:
    """A row an institution in the order given, a column an indicator in the order of ``columns``, darker higher up.

    ``rows``: name, indicator, quarter (1 lowest to 4 highest; missing where there is no value that may be shown),
    shown (the value in words).
    """
    order = list(dict.fromkeys(rows["name"]))
    is_named = len(order) <= MOST_NAMED
    axis = row_axis() if is_named else None
    x = alt.X(
        "indicator:N",
        sort=list(columns),
        axis=column_axis(columns),
    )
    base = alt.Chart(rows[["name", "indicator", "quarter", "shown"]]).encode(
        y=alt.Y("name:N", sort=order, axis=axis), x=x, tooltip=tooltips("name:N", "indicator:N", "shown:N")
    )
    scale = alt.Scale(domain=[1, 2, 3, 4], range=[*COLOURS])
    legend = alt.Legend(title=say("landscape.quarter", language), orient="bottom", values=[1, 2, 3, 4])
    cells = base.mark_rect(stroke=OTHERS, strokeWidth=0.4 if is_named else 0).encode(
        fill=alt.Fill("quarter:O", scale=scale, legend=legend)
    )
    title = title_params(say("landscape.heat_title", language), [say("landscape.heat_key", language)])
    step = CELL if is_named else THIN
    layers = [cells]
    if is_named:
        ink = colour_where("datum.quarter > 2", GROUND, HEADING)
        layers.append(base.mark_text(fontSize=11).encode(text=alt.Text("shown:N"), color=ink))
    chart = layered(*layers, width=WIDTH, height=step * max(1, len(order)))
    return finish_chart(chart, title, sentence)
