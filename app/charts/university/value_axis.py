"""A value and its place on one axis: the institution, its centres, similar institutions, the nation, the lines."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from app.charts.chart_elements import (
    WIDTH,
    finish_chart,
    layered,
    row_axis,
    share_axis,
    title_params,
    value_labels,
    whiskers,
)
from app.charts.theme import BAND, GROUND, LINE, OTHERS, OWN
from app.texts import say

LANE = 44  # pixels
OWN_KINDS = {"institution": "diamond", "centre": "circle"}


def value_axis(
    points: pd.DataFrame,
    lines: pd.DataFrame,
    half: tuple[float, float] | None,
    language: str,
    label: str,
    sentence: str,
) -> alt.LayerChart:
    """A lane each for the institution, its centres, its nearest and all institutions; lines run through all of them.

    ``points``: lane, kind (institution, centre, peer, nation), value, lower, upper, shown, institution. ``lines``:
    line, line_text; their words stand in the first lane. ``half``: the middle half of the nearest.
    """
    words = say("value_axis.lane_lines", language)
    near = say("value_axis.lane_peers", language)
    lanes = [*([words] if len(lines) else []), *dict.fromkeys(points["lane"])]
    if half is not None and near not in lanes:
        lanes.append(near)
    y = alt.Y("lane:N", sort=lanes, axis=row_axis(), scale=alt.Scale(domain=lanes))
    x = share_axis(pd.concat([points, lines]) if len(lines) else points)
    tips = [
        alt.Tooltip("institution:N", title=say("peer_strips.institution", language)),
        alt.Tooltip("shown:N", title=say("indicator.value", language)),
    ]
    layers: list[alt.Chart | alt.LayerChart] = []
    if half is not None:
        band = alt.Chart(pd.DataFrame([{"lane": near, "low": half[0], "high": half[1]}]))
        layers.append(
            band.mark_bar(color=BAND, height=LANE // 2, aria=False).encode(x=alt.X("low:Q"), x2=alt.X2("high:Q"), y=y)
        )
    if len(lines):
        drawn = alt.Chart(lines)
        layers.append(drawn.mark_rule(color=LINE, strokeDash=[5, 3], strokeWidth=1.5).encode(x=alt.X("line:Q")))
        layers += _line_names(_staggered(lines, words), y, pd.concat([points["value"], points["upper"], lines["line"]]))
    others = points[points["kind"].isin(["peer", "nation"])]
    marks = alt.Chart(others).encode(x=x, y=y, tooltip=tips)
    layers.append(
        marks.transform_filter("datum.kind === 'nation'").mark_tick(color=OTHERS, thickness=1.5, size=LANE // 2)
    )
    circles = marks.transform_filter("datum.kind === 'peer'")
    layers.append(circles.mark_point(shape="circle", size=46, stroke=OTHERS, fill=GROUND, strokeWidth=1.5, opacity=0.9))
    for kind, shape in OWN_KINDS.items():
        mine = points[points["kind"] == kind]
        if len(mine):
            base = alt.Chart(mine).encode(y=y)
            point = base.mark_point(shape=shape, filled=True, size=150, color=OWN, opacity=1).encode(x=x, tooltip=tips)
            layers += [whiskers(base), point, value_labels(base)]
    chart = layered(*layers, width=WIDTH, height=LANE * len(lanes))
    return finish_chart(
        chart,
        title_params(say("value_axis.title", language, label=label), say("value_axis.key", language).split("\n")),
        sentence,
    )


def _line_names(lines: pd.DataFrame, y: alt.Y, values: pd.Series) -> list[alt.Chart | alt.LayerChart]:
    """The words beside each line, on the side where the axis has more room, with a ground of their own."""
    is_left = lines["line"] <= values.max() / 2
    layers: list[alt.Chart | alt.LayerChart] = []
    for part, align, distance in ((lines[is_left], "left", 5), (lines[~is_left], "right", -5)):
        if len(part):
            x, step = alt.X("line:Q"), alt.YOffset("step:O", scale=alt.Scale(domain=lines["step"].tolist()))
            base = alt.Chart(part).encode(x=x, y=y, yOffset=step, text=alt.Text("line_text:N"))
            look: dict[str, Any] = {"color": LINE, "fontSize": 11, "align": align, "dx": distance}
            layers += [base.mark_text(**look, stroke=GROUND, strokeWidth=3, aria=False), base.mark_text(**look)]
    return layers


def _staggered(lines: pd.DataFrame, lane: str) -> pd.DataFrame:
    """The words of the lines one under the other, from the left, so that none covers another."""
    ordered = lines.sort_values("line", kind="stable").reset_index(drop=True)
    return ordered.assign(lane=lane, step=ordered.index)
