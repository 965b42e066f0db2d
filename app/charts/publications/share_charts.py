"""International shares of papers: by field beside the top 10 %, and with and without papers of very many authors."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from app.charts.chart_elements import finish_chart, layered, row_axis, title_params
from app.charts.theme import GROUND, LINE, OTHERS, OWN

PANEL, STEP = 350, 34
WIDTH, HEIGHT = 820, 260
TOP10 = 10.0  # the share that the world has by definition


def field_shares(
    rows: pd.DataFrame, *, title: str, subtitle: str, sentence: str, heads: tuple[str, str]
) -> alt.HConcatChart:
    """Two panels with a row a field: international share, and share of papers in the top 10 %, each with its interval.

    ``rows``: name, papers, then for ``international`` and ``top10`` the share in per cent and its ends ``_low`` and
    ``_high`` (NaN not known). ``heads`` are the headings. A line stands at the world's 10 %.
    """
    order = rows["name"].tolist()
    left = _panel(rows, "international", order, heads[0], has_names=True)
    right = _panel(rows, "top10", order, heads[1], has_names=False, line=TOP10)
    return finish_chart(alt.hconcat(left, right, spacing=24), title_params(title, [subtitle]), sentence)


def _panel(
    rows: pd.DataFrame, name: str, order: Sequence[str], head: str, *, has_names: bool, line: float | None = None
) -> alt.LayerChart:
    data = rows[["name"]].assign(value=rows[name], lower=rows[f"{name}_low"], upper=rows[f"{name}_high"])
    data = data.assign(shown=[("" if pd.isna(v) else f"{v:.1f}%") for v in data["value"]])
    highest = float(data["upper"].max()) if data["upper"].notna().any() else 0.0
    top = min(100.0, max(20.0, -(-highest // 10) * 10 + 10))
    x = alt.X(
        "value:Q", scale=alt.Scale(domain=[0, top], nice=False), axis=alt.Axis(title=head, grid=True, tickCount=5)
    )
    y = alt.Y("name:N", sort=order, axis=row_axis() if has_names else None, title=None)
    base = alt.Chart(data).encode(y=y)
    layers = [
        base.mark_rule(color=OWN, strokeWidth=1.5).encode(x=alt.X("lower:Q"), x2=alt.X2("upper:Q")),
        base.mark_point(shape="diamond", filled=True, size=90, color=OWN, opacity=1).encode(x=x),
        base.mark_text(dy=-12, stroke=GROUND, strokeWidth=4, aria=False).encode(x=x, text=alt.Text("shown:N")),
        base.mark_text(dy=-12).encode(x=x, text=alt.Text("shown:N")),
    ]
    if line is not None:
        rule = alt.Chart(pd.DataFrame([{"value": line}])).mark_rule(color=LINE, strokeDash=[4, 3]).encode(x=x)
        layers.insert(0, rule)
    return layered(*layers, width=PANEL, height=alt.Step(STEP))


def cut_off_lines(
    rows: pd.DataFrame, *, title: str, subtitle: str, sentence: str, names: tuple[str, str], axis: str
) -> alt.LayerChart:
    """International share by year of all papers and of those with 100 authors or fewer.

    ``rows``: year, every, few (shares in per cent); ``names`` call the two lines.
    """
    data = pd.concat(
        [
            pd.DataFrame({"year": rows["year"], "value": rows[column], "name": name})
            for column, name in zip(("every", "few"), names, strict=True)
        ]
    ).dropna(subset=["value"])
    data = data.assign(shown=[f"{value:.1f}" for value in data["value"]])
    colour = alt.Color(
        "name:N", scale=alt.Scale(domain=list(names), range=[OWN, OTHERS]), legend=alt.Legend(title=None, orient="top")
    )
    x = alt.X("year:O", axis=alt.Axis(title=None, labelAngle=0))
    lowest, highest = (float(data["value"].min()), float(data["value"].max())) if len(data) else (0.0, 100.0)
    scale = alt.Scale(domain=[max(0.0, lowest // 10 * 10 - 10), min(100.0, -(-highest // 10) * 10 + 10)], nice=False)
    y = alt.Y("value:Q", scale=scale, axis=alt.Axis(title=axis))
    base = alt.Chart(data).encode(x=x, y=y, color=colour)
    texts = [
        alt.Chart(data[data["name"] == name]).encode(x=x, y=y, text=alt.Text("shown:N")).mark_text(dy=dy, color=LINE)
        for name, dy in zip(names, (-13, 15), strict=True)
    ]
    chart = layered(base.mark_line(), base.mark_point(filled=True, size=70, opacity=1), *texts)
    return finish_chart(chart.properties(width=WIDTH, height=HEIGHT), title_params(title, [subtitle]), sentence)
