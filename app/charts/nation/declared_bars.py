"""The sums of what was declared, one bar a kind."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from app.charts.chart_elements import colour_where, finish_chart, layered, row_axis, title_params
from app.charts.theme import OTHERS, OWN
from app.results.declared_sums import DeclaredSum
from app.texts import say
from schemas.dictionary.format_number import format_number

WIDTH, STEP = 460, 26


def declared_bars(
    sums: Sequence[DeclaredSum], labels: dict[str, str], stressed: Sequence[str], language: str, sentence: str
) -> alt.LayerChart:
    """One bar a kind with its sum; kinds that are ``stressed`` in blue; withheld ones say x and have no bar."""
    data = pd.DataFrame(
        {
            "name": [labels[one.kind] for one in sums],
            "value": [float(one.total or 0) for one in sums],
            "shown": ["x" if one.total is None else format_number(one.total, 0) for one in sums],
            "is_stressed": [one.kind in stressed for one in sums],
        }
    )
    base = alt.Chart(data).encode(
        y=alt.Y("name:N", sort=None, axis=row_axis()),
        x=alt.X("value:Q", scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=5)),
    )
    colour = colour_where("datum.is_stressed", OWN, OTHERS)
    texts = base.mark_text(align="left", dx=6).encode(text=alt.Text("shown:N"))
    chart = layered(base.mark_bar(height=16).encode(color=colour), texts)
    title = title_params(say("pillars.bars_title", language), [say("pillars.bars_subtitle", language)])
    return finish_chart(chart.properties(width=WIDTH, height=STEP * len(data)), title, sentence)
