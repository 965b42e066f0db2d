"""Japan as a grid of tiles, one a prefecture: every prefecture is as large as any other, whatever its area."""

from __future__ import annotations

import altair as alt
import pandas as pd

from app.charts.chart_elements import finish_chart, layered, title_params, tooltips
from app.charts.theme import GROUND, HEADING, OTHERS, SEQUENTIAL
from app.texts import say

TILE = 44
# Column and row of the prefectures 01 to 47; drawn up for this software, after no other map.
PLACES = (
    (13, 0), (12, 2), (13, 3), (13, 4), (12, 3), (12, 4), (12, 5), (13, 6), (12, 6), (11, 6), (11, 7), (13, 7),
    (12, 7), (12, 8), (11, 5), (10, 5), (9, 5), (8, 5), (10, 7), (10, 6), (9, 6), (11, 8), (10, 8), (9, 8),
    (8, 6), (7, 6), (7, 7), (6, 6), (8, 7), (8, 8), (5, 6), (4, 6), (5, 7), (4, 7), (3, 6), (6, 9), (5, 9), (4, 9),
    (5, 10), (1, 7), (0, 7), (0, 8), (1, 8), (2, 7), (2, 8), (1, 9), (0, 11),
)  # fmt: skip


def tile_map(rows: pd.DataFrame, title: str, language: str, sentence: str) -> alt.LayerChart:
    """A tile a prefecture, darker for a higher number; a pale one where nothing may be told.

    ``rows``: number (1 to 47), name, value (missing where it may not be told), shown (in words).
    """
    data = rows.assign(
        column=[PLACES[number - 1][0] for number in rows["number"]],
        row=[PLACES[number - 1][1] for number in rows["number"]],
    )
    highest = data["value"].astype(float).max()
    data["ink"] = [GROUND if pd.notna(v) and v > 0.55 * highest else HEADING for v in data["value"].astype(float)]
    base = alt.Chart(data[["column", "row", "name", "value", "shown", "ink"]]).encode(
        x=alt.X("column:O", axis=None), y=alt.Y("row:O", axis=None), tooltip=tooltips("name:N", "shown:N")
    )
    top = float(highest) if pd.notna(highest) and highest > 0 else 1.0
    colour = alt.Fill("value:Q", scale=alt.Scale(domain=[0, top], range=[GROUND, *SEQUENTIAL]), legend=None)
    tiles = base.mark_rect(stroke=OTHERS, strokeWidth=0.6).encode(fill=colour)
    ink = alt.Color("ink:N", scale=None)
    names = base.mark_text(fontSize=10, dy=-7).encode(text=alt.Text("name:N"), color=ink)
    figures = base.mark_text(fontSize=10, dy=8).encode(text=alt.Text("shown:N"), color=ink)
    chart = layered(tiles, names, figures, width={"step": TILE + 14}, height={"step": TILE})
    return finish_chart(chart, title_params(title, [say("landscape.map_key", language)]), sentence)
