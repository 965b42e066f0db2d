"""All institutions at once: where each stands on several indicators, medians by group, and a few side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from app.charts.chart_elements import SHAPES, column_axis, finish_chart, layered, row_axis, title_params, tooltips
from app.charts.chart_rows import line_shown, value_text
from app.charts.theme import GROUND, HEADING, LINE, OTHERS, OWN, SEQUENTIAL
from app.texts import say
from indicators.catalogue.declarations import Indicator

WIDTH, STRIP, CELL = 560, 58, 26
FULL = 100.0
PALE = 0.55  # of the scale: darker cells bear white figures
LATIN, FULL_WIDTH, SYMBOL = 6.5, 12.5, 30  # pixels of a letter of a legend, and of its sign with the room beside
SIDES = {1: "triangle-up", -1: "triangle-down"}


def distributions(
    values: pd.DataFrame,
    indicators: Sequence[Indicator],
    lines: Mapping[str, tuple[float, str]],
    sides: Mapping[str, Mapping[str, int]],
    language: str,
    sentence: str,
) -> alt.LayerChart:
    """A strip an indicator: a stroke an institution, its median, its benchmark, and those beyond the funnel.

    ``values``: rows that may be shown (institution, name, indicator, value), all on 0 to 100; ``lines``: value and
    name of the benchmark by indicator; ``sides``: by indicator the institutions that stand out, 1 high, -1 low.
    """
    label = {indicator.id: indicator.label[language] for indicator in indicators}
    data = values[values["indicator"].isin(label)].assign(
        strip=lambda rows: rows["indicator"].map(label),
        side=lambda rows: [
            sides.get(name, {}).get(code, 0) for name, code in zip(rows["indicator"], rows["institution"], strict=True)
        ],
        value=lambda rows: rows["value"].astype(float),
    )
    units = {indicator.id: indicator.unit for indicator in indicators}
    data["shown"] = [value_text(v, units[i], language) for v, i in zip(data["value"], data["indicator"], strict=True)]
    order = [label[indicator.id] for indicator in indicators]
    y = alt.Y("strip:N", sort=order, axis=row_axis(), scale=alt.Scale(paddingInner=0.35, paddingOuter=0.2))
    x = alt.X("value:Q", scale=alt.Scale(domain=[0, FULL]), axis=alt.Axis(grid=True, tickCount=6))
    columns = ["strip", "value", "name", "shown", "side"]
    base = alt.Chart(data[columns]).encode(x=x, y=y, tooltip=tooltips("name:N", "shown:N"))
    strokes = base.mark_tick(color=OTHERS, thickness=1.5, bandSize=STRIP * 0.5, opacity=0.75)
    marked = base.transform_filter("datum.side != 0").mark_point(filled=True, size=90, color=OWN, opacity=1)
    flags = marked.encode(
        shape=alt.Shape("side:N", scale=alt.Scale(domain=list(SIDES), range=list(SIDES.values())), legend=None)
    )
    benchmark = pd.DataFrame(
        [
            {"strip": label[name], "value": value, "text": f"{text} {line_shown(value, units[name], language)}"}
            for name, (value, text) in lines.items()
            if name in label
        ],
        columns=["strip", "value", "text"],
    )
    drawn = alt.Chart(benchmark).encode(x=x, y=y)
    rules = drawn.mark_tick(color=LINE, thickness=2.5, bandSize=STRIP * 0.8)
    names = drawn.mark_text(align="left", dx=6, dy=-STRIP * 0.32, color=LINE, fontSize=11).encode(
        text=alt.Text("text:N")
    )
    title = title_params(say("nation.distribution_title", language), [say("nation.distribution_key", language)])
    layers = [strokes, rules, names, *([flags] if (data["side"] != 0).any() else [])]
    chart = layered(*layers, width=WIDTH, height=STRIP * len(order))
    return finish_chart(chart, title, sentence)


def group_medians(rows: pd.DataFrame, language: str, group: str, sentence: str) -> alt.LayerChart:
    """Groups × indicators: the median of each group, darker where higher; a sign where it may not be told.

    ``rows``: group, indicator, median (0 to 100 or missing), shown, n; ``group``: the word for what groups them.
    """
    data = rows.assign(
        ink=[GROUND if pd.notna(v) and v > PALE * FULL else HEADING for v in rows["median"]],
        text=rows["shown"],
    )
    order = list(dict.fromkeys(rows["group"]))
    base = alt.Chart(data[["group", "indicator", "median", "ink", "text", "n"]]).encode(
        y=alt.Y("group:N", sort=order, axis=row_axis()),
        x=alt.X(
            "indicator:N",
            sort=list(dict.fromkeys(rows["indicator"])),
            axis=column_axis(rows["indicator"].unique()),
        ),
        tooltip=tooltips("group:N", "indicator:N", "text:N", "n:Q"),
    )
    colour = alt.Color("median:Q", scale=alt.Scale(domain=[0, FULL], range=[GROUND, *SEQUENTIAL]), legend=None)
    cells = base.mark_rect(stroke=OTHERS, strokeWidth=0.5).encode(fill=colour)
    figures = base.mark_text().encode(text=alt.Text("text:N"), color=alt.Color("ink:N", scale=None))
    title = title_params(say("nation.groups_title", language, group=group), [say("nation.groups_key", language)])
    chart: alt.LayerChart = layered(cells, figures).resolve_scale(color="independent")
    return finish_chart(chart.properties(width=WIDTH, height={"step": CELL}), title, sentence)


def columns_of_legend(names: Sequence[str]) -> int:
    """How many names of a legend stand in a line under a chart without being cut: three at most."""
    letters = max(sum(LATIN if character.isascii() else FULL_WIDTH for character in name) for name in names)
    return max(1, min(3, int(WIDTH // (letters + SYMBOL))))


def side_by_side(rows: pd.DataFrame, language: str, sentence: str) -> Any:
    """A few institutions on every indicator drawn: one dot each, told apart by shape and colour.

    ``rows``: label, name, value (0 to 100), shown.
    """
    names = list(dict.fromkeys(rows["name"]))
    shapes = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"]
    base = alt.Chart(rows[["label", "name", "value", "shown"]]).encode(
        y=alt.Y("label:N", sort=list(dict.fromkeys(rows["label"])), axis=row_axis()),
        x=alt.X("value:Q", scale=alt.Scale(domain=[0, FULL]), axis=alt.Axis(grid=True, tickCount=6)),
        tooltip=tooltips("name:N", "label:N", "shown:N"),
    )
    span = (
        alt.Chart(rows)
        .mark_rule(color=OTHERS)
        .encode(y=alt.Y("label:N"), x=alt.X("min(value):Q"), x2=alt.X2("max(value):Q"))
    )
    points = base.mark_point(size=130, strokeWidth=2, filled=False).encode(
        color=alt.Color("name:N", sort=names, legend=alt.Legend(columns=columns_of_legend(names))),
        shape=alt.Shape(
            "name:N", sort=names, scale=alt.Scale(domain=names, range=[shapes[i % 6] for i in range(len(names))])
        ),
    )
    chart = layered(span, points, width=WIDTH, height={"step": 34})
    return finish_chart(
        chart, title_params(say("nation.side_title", language), [say("nation.side_key", language)]), sentence
    )


def dumbbells(rows: pd.DataFrame, language: str, sentence: str) -> alt.LayerChart:
    """Two marks a row joined by a line: centres and whole institutions.

    ``rows``: label, level and its word ``scope``, value (0 to 100), shown.
    """
    order = list(dict.fromkeys(rows["label"]))
    y = alt.Y("label:N", sort=order, axis=row_axis())
    scopes = dict(zip(rows["scope"], rows["level"], strict=True))
    shapes = alt.Scale(domain=list(scopes), range=[SHAPES[level] for level in scopes.values()])
    base = alt.Chart(rows[["label", "scope", "value", "shown"]])
    joined = base.mark_rule(color=OTHERS).encode(y=y, x=alt.X("min(value):Q"), x2=alt.X2("max(value):Q"))
    points = base.mark_point(size=90, strokeWidth=2, filled=True, color=OWN, opacity=1).encode(
        y=y,
        x=alt.X("value:Q", scale=alt.Scale(domain=[0, FULL]), axis=alt.Axis(grid=True, tickCount=6)),
        shape=alt.Shape("scope:N", scale=shapes),
        tooltip=tooltips("label:N", "scope:N", "shown:N"),
    )
    title = title_params(say("nation.rollout_title", language), [say("nation.rollout_key", language)])
    return finish_chart(layered(joined, points, width=WIDTH, height={"step": 20}), title, sentence)
