"""Top-10 % papers by country over time, domestic and international: the chart that the strategy begins with."""

from __future__ import annotations

from typing import Any, Literal

import altair as alt
import pandas as pd

from app.charts.chart_elements import colour_where, finish_chart, join_parts, layered, span, title_params
from app.charts.theme import LINE, OTHERS, OWN
from app.texts import say

WIDTH, HEIGHT = 300, 260
PARTS = ("domestic", "international")
OWN_COUNTRY = "JP"
SHOWN = 8  # countries with the most papers of the last year, Japan always among them


def shown_countries(rows: pd.DataFrame, most: int = SHOWN) -> list[str]:
    """The countries with the most top-10 % papers in the last year, largest first, with Japan."""
    last = rows[rows["year"] == rows["year"].max()]
    ordered = list(last.groupby("country")["value"].sum().sort_values(ascending=False, kind="stable").index)
    first = ordered[:most]
    return first if OWN_COUNTRY in first or OWN_COUNTRY not in ordered else [*first[:-1], OWN_COUNTRY]


def top10_sentence(rows: pd.DataFrame, names: dict[str, str], language: str) -> str:
    """Japan's domestic and international papers in the first and last year, and which countries are largest."""
    years = sorted(rows["year"].unique())
    own = rows[rows["country"] == OWN_COUNTRY].pivot_table("value", "year", "part", "sum")

    def number(year: int, part: str) -> str:
        papers: Any = own.loc[year, part] if year in own.index and part in own.columns else None
        return f"{round(float(papers)):,}" if pd.notna(papers) else say("context.own_top10_none", language)

    return say(
        "context.own_top10_sentence",
        language,
        first_year=years[0],
        last_year=years[-1],
        largest=join_parts([names.get(code, code) for code in shown_countries(rows)[:3]], language),
        **{
            f"{part}_{at}": number(year, part)
            for part in PARTS
            for at, year in (("first", years[0]), ("last", years[-1]))
        },
    )


def top10_lines(rows: pd.DataFrame, names: dict[str, str], language: str, sentence: str) -> alt.FacetChart:
    """Top-10 % papers of one counting: ``rows`` has country, year, part and value."""
    years = span(sorted(rows["year"].unique()))
    words = (say("context.own_top10_title", language), say("context.own_top10_subtitle", language, years=years))
    return lines_by_part(rows, names, words, language, sentence)


def lines_by_part(
    rows: pd.DataFrame,
    names: dict[str, str],
    words: tuple[str, str],
    language: str,
    sentence: str,
    y_axes: Literal["shared", "independent"] = "shared",
) -> alt.FacetChart:
    """Two panels, domestic and international papers; a line a country, Japan's in blue, named at its end.

    ``rows`` has country, year, part and value of one database and counting; ``words`` are title and subtitle.
    """
    chosen = rows[rows["country"].isin(shown_countries(rows))]
    data = pd.DataFrame(
        {
            "year": chosen["year"].astype(int),
            "value": chosen["value"].astype(float),
            "name": [names.get(code, code) for code in chosen["country"]],
            "part": [say(f"context.own_top10_{part}", language) for part in chosen["part"]],
            "is_own": chosen["country"] == OWN_COUNTRY,
            "is_last": chosen["year"] == chosen["year"].max(),
        }
    )
    years = sorted(data["year"].unique())
    colour = colour_where("datum.is_own", OWN, OTHERS)
    base = alt.Chart(data).encode(
        x=alt.X(
            "year:Q",
            scale=alt.Scale(domain=[int(years[0]), int(years[-1]) + max(1, len(years) // 3)], nice=False),
            axis=alt.Axis(format="d", grid=False, tickMinStep=1),
        ),
        y=alt.Y("value:Q", scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=5)),
        color=colour,
        detail=alt.Detail("name:N"),
    )
    ink = colour_where("datum.is_own", OWN, LINE)
    ends = base.transform_filter("datum.is_last")
    text = ends.mark_text(align="left", dx=6, fontSize=11).encode(text=alt.Text("name:N"), color=ink)
    layers = layered(base.mark_line(strokeWidth=2), ends.mark_point(filled=True, size=40, opacity=1), text)
    order = [say(f"context.own_top10_{part}", language) for part in PARTS]
    panels: alt.FacetChart = layers.properties(width=WIDTH, height=HEIGHT).facet(
        facet=alt.Facet("part:N", sort=order, header=alt.Header(title=None)), columns=2
    )
    panels = panels.resolve_scale(y=y_axes)
    return finish_chart(panels, title_params(words[0], [words[1]]), sentence)
