"""Lines of countries over years, of one database each."""

from __future__ import annotations

import altair as alt
import pandas as pd

from app.charts.chart_elements import colour_where, finish_chart, layered, title_params
from app.charts.theme import OTHERS, OWN

WIDTH, HEIGHT = 620, 260


def national_lines(rows: pd.DataFrame, title: str, subtitle: str, sentence: str) -> alt.LayerChart:
    """One line a country, Japan's in blue, each named at its end. ``rows``: name, country, year, value."""
    data = rows[["name", "country", "year", "value"]].assign(is_own=rows["country"] == "JP")
    x = alt.X("year:Q", axis=alt.Axis(format="d", tickMinStep=1), scale=alt.Scale(nice=False))
    y = alt.Y("value:Q", scale=alt.Scale(zero=True))
    colour = colour_where("datum.is_own", OWN, OTHERS)
    base = alt.Chart(data).encode(x=x, y=y, detail=alt.Detail("name:N"))
    lines = base.mark_line().encode(color=colour)
    ends = alt.Chart(data[data["year"] == data["year"].max()]).encode(x=x, y=y, text=alt.Text("name:N"), color=colour)
    chart = layered(lines, ends.mark_text(align="left", dx=4), width=WIDTH, height=HEIGHT)
    return finish_chart(chart, title_params(title, [subtitle]), sentence)
