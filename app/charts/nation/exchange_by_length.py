"""Researchers received, or sent, over the years: long and short stays in a panel each, breaks left open."""

from __future__ import annotations

import altair as alt
import pandas as pd

from app.charts.chart_elements import finish_chart, layered, title_params
from app.charts.theme import LINE, OWN
from app.texts import say
from indicators.published.shipped import breaks, exchange_series
from schemas.dictionary.format_number import format_number

WIDTH, HEIGHT = 860, 130
LENGTHS = ("long", "short")


def exchange_by_length(way: str, language: str, sentence: str) -> alt.VConcatChart:
    """``way``: ``inbound`` or ``outbound``. Only neighbouring years without a break between them are joined."""
    series = {length: exchange_series(f"{way}_{length}") for length in LENGTHS}
    first = min(int(rows["year"].min()) for rows in series.values()) - 1
    last = max(int(rows["year"].max()) for rows in series.values()) + 1
    x = alt.X(
        "year:Q",
        scale=alt.Scale(domain=[first, last], nice=False),
        axis=alt.Axis(format="d", grid=False, tickMinStep=1, title=None),
    )
    marks = pd.DataFrame({"year": [found.year - 0.5 for found in breaks() if first < found.year < last]})
    panels = []
    for length, rows in series.items():
        base = alt.Chart(rows[["year", "value", "stretch"]]).encode(
            x=x, y=alt.Y("value:Q", scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=4, title=None))
        )
        drawn = layered(
            alt.Chart(marks).mark_rule(color=LINE, strokeDash=[5, 3]).encode(x=x),
            base.mark_line(color=OWN, point=False).encode(detail=alt.Detail("stretch:N")),
            base.mark_point(filled=True, size=60, opacity=1, color=OWN),
        )
        name = say(f"context.series_{way}_{length}", language)
        panels.append(drawn.properties(width=WIDTH, height=HEIGHT, title=alt.TitleParams(name, fontSize=13)))
    title = title_params(say(f"pillars.exchange_{way}", language), [say("pillars.exchange_subtitle", language)])
    return finish_chart(alt.vconcat(*panels), title, sentence)


def exchange_sentence(way: str, language: str) -> str:
    """The newest figure found of long and of short stays, each with its year."""
    newest = {length: exchange_series(f"{way}_{length}").iloc[-1] for length in LENGTHS}
    said = {
        f"{length}_{part}": row["year"] if part == "year" else format_number(row["value"], 0)
        for length, row in newest.items()
        for part in ("year", "value")
    }
    return say(f"pillars.sentence_{way}", language, **said)
