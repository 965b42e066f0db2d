"""A share of many institutions beside how many people it counts, with the limits of ordinary scatter."""

from __future__ import annotations

import altair as alt
import pandas as pd

from app.charts.chart_elements import colour_where, finish_chart, layered, title_params, tooltips
from app.charts.theme import LINE, OTHERS, OWN, QUIET_TEXT
from app.texts import say
from indicators.catalogue.declarations import Indicator

WIDTH, HEIGHT = 560, 300


def funnel_chart(
    rows: pd.DataFrame, indicator: Indicator, line: tuple[float, str] | None, language: str, sentence: str
) -> alt.LayerChart:
    """A point an institution, the limits that narrow with size, the benchmark, and those that stand out.

    ``rows``: name, value and lower, upper (limits, in %), whole (people counted), side (1 high, -1 low, else 0), shown.
    """
    y_axis = alt.Axis(title=indicator.label[language], grid=True)
    x = alt.X("whole:Q", scale=alt.Scale(type="log"), axis=alt.Axis(title=say("landscape.whole", language), grid=False))
    data = rows.sort_values("whole")
    base = alt.Chart(data).encode(x=x)
    limits = [
        base.mark_line(color=QUIET_TEXT, strokeDash=[4, 3], strokeWidth=1, point=False).encode(
            y=alt.Y(f"{end}:Q", axis=y_axis)
        )
        for end in ("lower", "upper")
    ]
    points = base.mark_point(filled=True, size=45, opacity=0.8).encode(
        y=alt.Y("value:Q"),
        color=colour_where("datum.side != 0", OWN, OTHERS),
        shape=alt.Shape(
            "side:O",
            scale=alt.Scale(domain=[-1, 0, 1], range=["triangle-down", "circle", "triangle-up"]),
            legend=None,
        ),
        tooltip=tooltips("name:N", "shown:N"),
    )
    layers = [*limits, points]
    if line is not None:
        drawn = alt.Chart(pd.DataFrame([{"at": line[0], "text": line[1]}])).encode(y=alt.Y("at:Q"))
        layers.append(drawn.mark_rule(color=LINE, strokeWidth=1.5))
        layers.append(
            drawn.mark_text(align="left", dx=4, dy=-7, color=LINE).encode(x=alt.value(0), text=alt.Text("text:N"))
        )
    title = title_params(say("landscape.funnel_title", language), [say("landscape.funnel_key", language)])
    return finish_chart(layered(*layers, width=WIDTH, height=HEIGHT), title, sentence)
