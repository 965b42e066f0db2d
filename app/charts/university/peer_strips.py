"""One strip an indicator: the own value among those of a group, the middle half of the group, the requirement."""

from __future__ import annotations

import altair as alt
import pandas as pd

from app.charts.chart_elements import FULL, WIDTH, finish_chart, layered, row_axis, title_params
from app.charts.theme import BAND, GROUND, LINE, OTHERS, OWN
from app.texts import say

STRIP = 40  # pixels of a strip
ROOM = 13  # from the middle of a strip to the words above and below it


def peer_strips(
    dots: pd.DataFrame, bands: pd.DataFrame, lines: pd.DataFrame, language: str, label: str, sentence: str
) -> alt.LayerChart:
    """Strips on one axis of 0 to 100, the own value a labelled diamond, others circles; hidden values are not drawn.

    ``dots``: name (of the indicator), institution, value, shown, is_own. ``bands``: name, low, high of the middle half.
    ``lines``: name, line, line_text. ``label``: how the group is called.
    """
    order = list(dict.fromkeys(dots["name"]))
    y = alt.Y("name:N", sort=order, axis=row_axis())
    x = alt.X("value:Q", scale=alt.Scale(domain=[0, FULL]), axis=alt.Axis(grid=True, tickCount=6))
    others, own = dots[~dots["is_own"]], dots[dots["is_own"]]
    tips = [alt.Tooltip("institution:N", title=say("peer_strips.institution", language)),
            alt.Tooltip("shown:N", title=say("indicator.value", language))]  # fmt: skip
    half = (
        alt.Chart(bands)
        .mark_bar(color=BAND, height=STRIP // 2, aria=False)
        .encode(x=alt.X("low:Q"), x2=alt.X2("high:Q"), y=y)
    )
    circles = alt.Chart(others).mark_point(
        shape="circle", size=46, stroke=OTHERS, fill=GROUND, strokeWidth=1.5, opacity=0.9
    )  # fmt: skip
    rules = alt.Chart(lines).mark_tick(color=LINE, thickness=2, size=STRIP // 2 + 6).encode(x=alt.X("line:Q"), y=y)
    named = alt.Chart(lines).mark_text(color=LINE, fontSize=11, dy=ROOM + 3, align="left", dx=4)
    mine = alt.Chart(own).encode(x=x, y=y)
    ground = mine.mark_text(dy=-ROOM, fontWeight="bold", stroke=GROUND, strokeWidth=4, aria=False)
    words = mine.mark_text(dy=-ROOM, fontWeight="bold", color=OWN).encode(text=alt.Text("shown:N"))
    layers = [
        half,
        rules,
        circles.encode(x=x, y=y, tooltip=tips),
        mine.mark_point(shape="diamond", filled=True, size=140, color=OWN, opacity=1).encode(tooltip=tips),
        ground.encode(text=alt.Text("shown:N")),
        words,
        named.encode(x=alt.X("line:Q"), y=y, text=alt.Text("line_text:N")),
    ]
    chart = layered(*layers, width=WIDTH, height=STRIP * max(1, len(order)))
    title = title_params(say("peer_strips.title", language, label=label), [say("peer_strips.key", language)])
    return finish_chart(chart, title, sentence)
