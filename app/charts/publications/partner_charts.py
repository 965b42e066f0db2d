"""Partner countries of an institution: bars over the years, and lines on a world map."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd

from app.charts.chart_elements import finish_chart, layered, title_params
from app.charts.flow_map import HEIGHT, WIDTH, bend_arrow, labels, land_layer, position, project
from app.charts.theme import GROUND, LINE, OWN
from indicators.published.shipped import JAPAN

PANEL, PANEL_HEIGHT, PANELS = 218, 96, 4  # width and height of a panel, panels a row
THINNEST, THICKEST = 1.0, 9.0


def partner_bars(rows: pd.DataFrame, *, title: str, subtitle: str, sentence: str) -> alt.FacetChart:
    """Joint papers by year, a panel for each country in the order of ``rows``: country, name, year, papers."""
    order = list(dict.fromkeys(rows["name"]))
    base = alt.Chart(rows[["name", "year", "papers"]]).encode(
        x=alt.X("year:O", axis=alt.Axis(title=None, labelAngle=0)),
        y=alt.Y("papers:Q", axis=alt.Axis(title=None, tickCount=3), scale=alt.Scale(zero=True)),
    )
    bars = base.mark_bar(color=OWN)
    numbers = base.mark_text(dy=-6, fontSize=11, color=LINE).encode(text=alt.Text("papers:Q", format=","))
    panel = layered(bars, numbers, width=PANEL, height=PANEL_HEIGHT)
    header = alt.Header(title=None, labelFontSize=13, labelAnchor="start")
    chart: alt.FacetChart = panel.facet(facet=alt.Facet("name:N", sort=order, header=header), columns=PANELS)
    return finish_chart(chart, title_params(title, [subtitle]), sentence)


def partner_map(
    rows: pd.DataFrame, places: pd.DataFrame, names: Mapping[str, str], *, title: str, subtitle: str, sentence: str
) -> alt.LayerChart:
    """Lines from Japan to partner countries, as thick as there are joint papers.

    ``rows``: country (ISO alpha-3) and papers; ``places``: longitude and latitude by alpha-3; ``names`` by alpha-3.
    """
    points = {str(code): project(row["longitude"], row["latitude"]) for code, row in places.to_dict("index").items()}
    drawn = rows.sort_values("papers", ascending=False)
    most = max(1, drawn["papers"].max()) if len(drawn) else 1
    lines = pd.DataFrame(
        [
            {"country": row["country"], "step": step, "x": x, "y": y, "width": _width(row["papers"], most)}
            for row in drawn.to_dict("records")
            for step, (x, y) in enumerate(bend_arrow(points[JAPAN], points[row["country"]]))
        ],
        columns=["country", "step", "x", "y", "width"],
    )
    ends = pd.DataFrame([{"x": points[code][0], "y": points[code][1]} for code in [JAPAN, *drawn["country"]]])
    text = alt.Chart(labels([JAPAN, *drawn["country"]], points, names)).encode(**position(), text=alt.Text("name:N"))
    layers = [
        land_layer(),
        alt.Chart(lines)
        .mark_line(color=OWN, opacity=0.75, point=False, aria=False)
        .encode(
            **position(),
            detail=alt.Detail("country:N"),
            order=alt.Order("step:Q"),
            size=alt.Size("width:Q", scale=None, legend=None),
        ),
        alt.Chart(ends).mark_circle(size=34, opacity=1, color=LINE, aria=False).encode(**position()),
        text.mark_text(align="left", stroke=GROUND, strokeWidth=4, aria=False),
        text.mark_text(align="left", color=LINE),
    ]
    chart = layered(*layers, width=WIDTH, height=HEIGHT)
    return finish_chart(chart, title_params(title, [subtitle]), sentence)


def _width(papers: float, most: float) -> float:
    return THINNEST + (THICKEST - THINNEST) * papers / most
