"""The organisations that an institution writes most papers with, on a ring around it, joined where they write too."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import altair as alt
import pandas as pd

from app.charts.chart_elements import finish_chart, layered, title_params
from app.charts.theme import GROUND, LINE, OTHERS, OWN, QUIET_TEXT

WIDTH, HEIGHT, RADIUS = 810, 560, 205.0
SMALLEST, LARGEST = 60.0, 1500.0  # areas of circles
THINNEST, THICKEST = 0.6, 8.0
LABEL = 12.0  # between a circle and its name
Align = Literal["left", "right", "center"]
ALIGNS: tuple[Align, ...] = ("left", "right", "center")


def network_chart(
    organisations: pd.DataFrame,
    links: pd.DataFrame,
    own: str,
    *,
    home: str,
    title: str,
    subtitle: str,
    sentence: str,
    legend: tuple[str, str],
) -> alt.LayerChart:
    """``organisations`` (organisation, country, papers) around ``own``, most first and clockwise from the top.

    Lines to the middle are joint papers with the institution, grey lines (``links``: first, second, papers) papers of
    two of them together. Filled circles are in the country ``home``, open ones abroad; ``legend`` names both.
    """
    nodes = node_rows(organisations, home, legend)
    at = {row["organisation"]: (row["x"], row["y"]) for row in nodes.to_dict("records")}
    most = max(1, organisations["papers"].max()) if len(organisations) else 1
    spokes = [(0.0, 0.0, *at[row["organisation"]], _width(row["papers"], most)) for row in nodes.to_dict("records")]
    between = [
        (*at[row["first"]], *at[row["second"]], _width(row["papers"], most))
        for row in links.to_dict("records")
        if row["first"] in at and row["second"] in at
    ]
    colour = alt.Color(
        "where:N",
        scale=alt.Scale(domain=list(legend), range=[OWN, GROUND]),
        legend=alt.Legend(title=None, orient="bottom", symbolStrokeColor=OWN, symbolStrokeWidth=2),
    )
    circles = alt.Chart(nodes).mark_circle(opacity=1, stroke=OWN, strokeWidth=2, aria=False)
    middle = pd.DataFrame([{"x": 0.0, "y": 0.0, "name": own}])
    layers = [
        _lines(between, OTHERS, 0.5),
        _lines(spokes, OWN, 0.35),
        circles.encode(**_xy(), size=alt.Size("area:Q", scale=None, legend=None), color=colour),
        alt.Chart(middle).mark_circle(size=LARGEST, opacity=1, color=LINE, aria=False).encode(**_xy()),
        alt.Chart(middle)
        .mark_text(dy=32, fontWeight="bold", stroke=GROUND, strokeWidth=4)
        .encode(**_xy(), text=alt.Text("name:N")),
        alt.Chart(middle).mark_text(dy=32, fontWeight="bold", color=LINE).encode(**_xy(), text=alt.Text("name:N")),
        *(_names(nodes[nodes["align"] == align], align) for align in ALIGNS),
    ]
    chart = layered(*layers, width=WIDTH, height=HEIGHT)
    return finish_chart(chart, title_params(title, [subtitle]), sentence)


def node_rows(organisations: pd.DataFrame, home: str, legend: tuple[str, str]) -> pd.DataFrame:
    """Each organisation with its position on the ring, the area of its circle, and where its name stands."""
    count, most = len(organisations), max(1, organisations["papers"].max()) if len(organisations) else 1
    rows = []
    for n, row in enumerate(organisations.to_dict("records")):
        turn = 2 * math.pi * n / max(count, 1)
        x, y = RADIUS * math.sin(turn), RADIUS * math.cos(turn)
        align = "center" if abs(math.sin(turn)) < 0.2 else "left" if x > 0 else "right"
        area = SMALLEST + (LARGEST - SMALLEST) * row["papers"] / most
        reach = math.sqrt(area / math.pi) + LABEL
        away = (RADIUS + reach) / RADIUS
        rows.append(
            {
                "organisation": row["organisation"],
                "papers": row["papers"],
                "label": f"{row['organisation']}  {row['papers']:,}",
                "where": legend[0] if row["country"] == home else legend[1],
                "x": x,
                "y": y,
                "label_x": x * away,
                "label_y": y * away,
                "area": area,
                "align": align,
            }
        )
    columns = ["organisation", "papers", "label", "where", "x", "y", "label_x", "label_y", "area", "align"]
    return pd.DataFrame(rows, columns=columns)


def _width(papers: float, most: float) -> float:
    return THINNEST + (THICKEST - THINNEST) * papers / most


def _xy(x: str = "x", y: str = "y") -> dict[str, Any]:
    return {
        "x": alt.X(f"{x}:Q", scale=alt.Scale(domain=[-WIDTH / 2, WIDTH / 2], nice=False), axis=None),
        "y": alt.Y(f"{y}:Q", scale=alt.Scale(domain=[-HEIGHT / 2, HEIGHT / 2], nice=False), axis=None),
    }


def _lines(lines: Sequence[tuple[float, ...]], colour: str, opacity: float) -> alt.Chart:
    frame = pd.DataFrame(
        [
            {"line": n, "end": end, "x": x, "y": y, "width": width}
            for n, (x0, y0, x1, y1, width) in enumerate(lines)
            for end, (x, y) in enumerate(((x0, y0), (x1, y1)))
        ],
        columns=["line", "end", "x", "y", "width"],
    )
    line = alt.Chart(frame).mark_line(color=colour, opacity=opacity, point=False, aria=False)
    size = alt.Size("width:Q", scale=None, legend=None)
    drawn: alt.Chart = line.encode(**_xy(), detail=alt.Detail("line:N"), order=alt.Order("end:Q"), size=size)
    return drawn


def _names(nodes: pd.DataFrame, align: Align) -> alt.LayerChart:
    text = alt.Chart(nodes).encode(**_xy("label_x", "label_y"), text=alt.Text("label:N"))
    return layered(
        text.mark_text(align=align, stroke=GROUND, strokeWidth=4, aria=False),
        text.mark_text(align=align, color=QUIET_TEXT),
    )
