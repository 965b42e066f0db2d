"""Charts of country figures: bars by country, and series whose breaks stay gaps."""

from __future__ import annotations

import altair as alt
import pandas as pd

from app.charts.chart_elements import colour_where, finish_chart, layered, title_params
from app.charts.chart_rows import line_shown
from app.charts.theme import CATEGORICAL, LINE, OTHERS, OWN
from app.texts import say
from indicators.published.shipped import breaks, exchange_series

WIDTH, SERIES_WIDTH, SERIES_HEIGHT = 440, 620, 210
DIRECTIONS = ("inbound", "outbound")
SHAPES = ("circle", "square")


def coauthorship_bars(rows: pd.DataFrame, language: str, sentence: str) -> alt.LayerChart:
    """Bars by country, largest first, Japan's in blue. ``rows``: country, name, value (percent), as_of."""
    ordered = rows.sort_values("value", ascending=False)
    data = pd.DataFrame(
        {
            "name": ordered["name"],
            "value": ordered["value"].astype(float),
            "shown": [line_shown(value, "percent", language) for value in ordered["value"]],
            "is_own": ordered["country"] == "JP",
        }
    )
    base = alt.Chart(data).encode(
        y=alt.Y("name:N", sort=list(data["name"]), axis=alt.Axis(grid=False)),
        x=alt.X("value:Q", scale=alt.Scale(domain=[0, 100]), axis=alt.Axis(tickCount=6)),
    )
    colour = colour_where("datum.is_own", OWN, OTHERS)
    bars = base.mark_bar(size=18).encode(color=colour)
    ink = colour_where("datum.is_own", OWN, LINE)
    text = base.mark_text(align="left", dx=5).encode(text=alt.Text("shown:N"), color=ink)
    year = str(rows["as_of"].iloc[0])
    title = title_params(
        say("context.coauthor_title", language, year=year), [say("context.coauthor_subtitle", language, n=len(rows))]
    )
    chart = layered(bars, text, width=WIDTH, height={"step": 28})
    return finish_chart(chart, title, sentence)


def exchange_chart(length: str, language: str, sentence: str) -> alt.LayerChart:
    """Researchers received and sent over the years; only neighbouring years without a break are joined.

    ``length``: ``long`` (over 30 days) or ``short``.
    """
    names = {way: say(f"context.series_{way}_{length}", language) for way in DIRECTIONS}
    data = pd.concat(
        [exchange_series(f"{way}_{length}").assign(series=names[way], line=way) for way in DIRECTIONS],
        ignore_index=True,
    )
    data = data.assign(line=data["line"] + data["stretch"].astype(str))[["year", "value", "series", "line"]]
    years = [int(data["year"].min()), int(data["year"].max())]
    x = alt.X(
        "year:Q",
        scale=alt.Scale(domain=[years[0] - 1, years[1] + 1], nice=False),
        axis=alt.Axis(format="d", grid=False, tickMinStep=1),
    )
    y = alt.Y("value:Q", scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=5))
    order = list(names.values())
    base = alt.Chart(data).encode(
        x=x,
        y=y,
        color=alt.Color("series:N", sort=order, scale=alt.Scale(domain=order, range=list(CATEGORICAL[:2]))),
    )
    points = base.mark_point(filled=True, size=80, opacity=1).encode(
        shape=alt.Shape("series:N", sort=order, scale=alt.Scale(domain=order, range=list(SHAPES)))
    )
    marks = pd.DataFrame({"year": [found.year - 0.5 for found in breaks()]})
    rules = alt.Chart(marks).mark_rule(color=LINE, strokeDash=[5, 3]).encode(x=x)
    title = title_params(
        say(f"context.exchange_{length}_title", language), [say("context.exchange_subtitle", language)]
    )
    chart = layered(rules, base.mark_line(point=False).encode(detail=alt.Detail("line:N")), points)
    return finish_chart(chart.properties(width=SERIES_WIDTH, height=SERIES_HEIGHT), title, sentence)
