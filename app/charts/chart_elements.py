"""Pieces that charts share: axes, marks, titles, and a chart as a picture for documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

import altair as alt
import pandas as pd
import vl_convert
from altair.utils import schemapi

from app.charts.chart_rows import SHOWN_LEVELS, count_text, level_word, line_shown, value_text
from app.charts.theme import BAND, GRID, GROUND, LINE, OWN, PRINT_FONT, chart_config, print_fonts
from app.texts import say
from indicators.scoring.requirement_gaps import REQUIRED

SHAPES = {"institution": "diamond", "centre": "circle"}
LANES = ["line", *SHOWN_LEVELS]
WIDTH = 440
LANE = 17
MARK, LETTER = 14, 6.5  # pixels from an end of an interval to its value, and of one letter of it
FULL = 100.0
LINE_HEIGHT = 14  # pixels from one line of a label to the next
# A chart is validated whole when it is written; to validate each part as it is made, too, takes far longer.
schemapi.disable_debug_mode()


Drawing = TypeVar("Drawing", alt.Chart, alt.LayerChart, alt.FacetChart, alt.HConcatChart, alt.VConcatChart)


def finish_chart(chart: Drawing, title: alt.TitleParams, description: str) -> Drawing:
    """The chart with its title, its text alternative on the outermost level, and the house look."""
    return set_properties(
        chart, title=title, description=description, autosize="pad", config=alt.Config(**chart_config())
    )


def set_properties(chart: Drawing, **given: Any) -> Drawing:
    """A chart that was just made, given properties of its outermost level.

    The library's own way makes a new chart and copies every part of every layer at each step, which took half of the
    time of a page.
    """
    for name, value in given.items():
        chart[name] = value
    return chart


def layered(*charts: alt.Chart | alt.LayerChart, **given: Any) -> alt.LayerChart:
    """Charts drawn over each other, none of them in panels; ``given``: properties of the whole, such as its size."""
    layers = [one for chart in charts for one in _flat(chart)]
    shared = layers[0].data
    if all(layer.data is shared for layer in layers):
        for layer in layers:
            layer.data = alt.Undefined
    else:
        shared = alt.Undefined
    return Layers(shared, layers, **given)


class Layers(alt.LayerChart):
    """Charts drawn over each other, none of which has parameters or a size of its own.

    The library's own class looks for these in every layer, and copies each three times over whenever the chart is
    made, changed or written.
    """

    def __init__(self, data: Any = alt.Undefined, layer: Sequence[Any] = (), **given: Any) -> None:
        super(alt.LayerChart, self).__init__(data=data, layer=list(layer), **given)


def _flat(chart: alt.Chart | alt.LayerChart) -> list[Any]:
    """The layers of a chart, as charts of their own with the data that they share."""
    if not isinstance(chart, alt.LayerChart):
        return [chart.copy(deep=False)]
    layers = [layer.copy(deep=False) for layer in chart.layer]
    for layer in layers:
        layer.data = chart.data if layer.data is alt.Undefined else layer.data
    return layers


def tooltips(*fields: str) -> list[alt.Tooltip]:
    """Fields as they are told where the pointer rests.

    Of bare names the library hashes its whole schema for each; so charts give every channel as an object.
    """
    return [alt.Tooltip(field) for field in fields]


def colour_where(test: str, then: str, otherwise: str) -> alt.ColorValue:
    """One colour where the test holds for a row, else the other."""
    return alt.ColorValue(otherwise, condition={"test": test, "value": then})


def title_params(text: str, lines: Sequence[str]) -> alt.TitleParams:
    """Title and subtitle lines."""
    return alt.TitleParams(text=text, subtitle=list(lines))


def join_parts(parts: Sequence[str], language: str) -> str:
    """Parts in one line."""
    return say("chart.list_comma", language).join(parts)


def span(years: Sequence[int]) -> str:
    """A year, or the first and the last one."""
    return "" if not years else str(years[0]) if len(years) == 1 else f"{years[0]}–{years[-1]}"


def subtitle_of(rows: pd.DataFrame, units: Sequence[str], language: str) -> str:
    """Unit, year and n: n of each level where all rows share one denominator, else a hint to the table."""
    usable = rows.dropna(subset=["value"])
    sizes = []
    for level in SHOWN_LEVELS:
        ns = {str(n) for n in usable.loc[usable["level"] == level, "denominator"]}
        if len(ns) == 1:
            sizes.append(say("chart.size", language, level=level_word(level, language), n=count_text(ns.pop())))
        elif ns:
            sizes = [say("chart.sizes_per_row", language)]
            break
    unit = say("chart.or", language).join(units)
    return say("chart.subtitle", language, unit=unit, year=int(rows["year"].max()), sizes=join_parts(sizes, language))


def row_axis() -> alt.Axis:
    """Names of rows, written in full to the left."""
    return alt.Axis(grid=False, labelLimit=330, labelPadding=10)


def column_axis(names: Iterable[str]) -> alt.Axis:
    """Names of columns above them, broken before a bracket, so that none is cut; the second line has its own room."""
    is_broken = any("（" in name or " (" in name for name in names)
    lines = "split(replace(replace(datum.label, '（', '\\n（'), ' (', '\\n('), '\\n')"
    return alt.Axis(
        orient="top", labelAngle=0, labelLimit=230, labelPadding=6 + is_broken * LINE_HEIGHT, labelExpr=lines
    )


def share_scale(data: pd.DataFrame) -> alt.Scale:
    """From zero to what the data and their intervals need: steps of ten, at least thirty."""
    highest = data[[c for c in ("value", "upper", "line") if c in data]].astype(float).max().max()
    top = 30.0 if pd.isna(highest) else min(FULL, max(30.0, -(-float(highest) // 10) * 10))
    return alt.Scale(domain=[min(0.0, float(data["value"].min()) if len(data) else 0.0), top], nice=False)


def share_axis(data: pd.DataFrame) -> alt.X:
    """The horizontal axis for a share."""
    return alt.X("value:Q", scale=share_scale(data), axis=alt.Axis(grid=True, tickCount=6))


def whiskers(base: alt.Chart) -> alt.Chart:
    """Thin lines for reference intervals."""
    drawn: alt.Chart = base.mark_rule(color=OWN, strokeWidth=1.5).encode(x=alt.X("lower:Q"), x2=alt.X2("upper:Q"))
    return drawn


BEYOND = "max(datum.value, isValid(datum.upper) ? datum.upper : 0)"
BEFORE = "isValid(datum.lower) ? min(datum.value, datum.lower) : datum.value"


def value_labels(base: alt.Chart, beyond: str = BEYOND, is_left: str = "false") -> alt.LayerChart:
    """Each value beside its mark, beyond the interval, on a white ground where it crosses a line.

    Expressions of Vega: ``beyond`` where on the right it begins, ``is_left`` whether it stands on the left instead.
    """
    right = base.transform_filter(f"!({is_left})").transform_calculate(edge=beyond)
    left = base.transform_filter(is_left).transform_calculate(edge=BEFORE)
    layers: list[alt.Chart] = []
    sides: list[tuple[alt.Chart, dict[str, Any]]] = [(right, {"align": "left", "dx": 9})]
    sides += [] if is_left == "false" else [(left, {"align": "right", "dx": -9})]
    for placed, side in sides:
        drawn = placed.encode(x=alt.X("edge:Q"), text=alt.Text("shown:N"))
        layers += [drawn.mark_text(stroke=GROUND, strokeWidth=4, aria=False, **side), drawn.mark_text(**side)]
    return layered(*layers)


def level_words(language: str) -> list[str]:
    """The levels' names in order."""
    return [level_word(level, language) for level in SHOWN_LEVELS]


def level_shape(language: str, levels: Sequence[str]) -> alt.Shape:
    """Diamond for the institution, circle for the centre, with a legend of those of ``levels`` (words)."""
    scale = alt.Scale(domain=level_words(language), range=[SHAPES[level] for level in SHOWN_LEVELS])
    return alt.Shape(
        "level:N",
        scale=scale,
        legend=alt.Legend(
            values=[word for word in level_words(language) if word in set(levels)],
            symbolFillColor=OWN,
            symbolStrokeColor=OWN,
        ),
    )


def line_text(row: Mapping[Any, Any], language: str) -> str:
    """Name and value of the line a row is compared with; empty without one."""
    if pd.isna(row["line"]):
        return ""
    return f"{row[f'line_{language}']} {line_shown(row['line'], row['unit'], language)}"


def is_judged(row: Mapping[Any, Any]) -> bool:
    """Whether a value is judged at its own level: it has a verdict on a requirement, or a score of its own."""
    return (isinstance(row["verdict"], str) and row["line_kind"] in REQUIRED) or (
        row["score_kind"] == "score" and not pd.isna(row["score"])
    )


def dots(rows: pd.DataFrame, language: str, width: int = WIDTH, bands: pd.DataFrame | None = None) -> alt.LayerChart:
    """One band per ``name``: a lane for the line's label, one for the institution, one for the centre.

    ``bands``: name, low and high of a range drawn behind the institution's mark.
    """
    usable = rows.dropna(subset=["value"])
    data = pd.DataFrame(
        {
            "name": usable["name"],
            "level": [level_word(level, language) for level in usable["level"]],
            "lane": usable["level"],
            **{column: usable[column].astype(float) for column in ("value", "lower", "upper")},
            "shown": [value_text(v, u, language) for v, u in zip(usable["value"], usable["unit"], strict=True)],
            **label_places(usable, width, language),
            "fill": [OWN if is_judged(row) else GROUND for row in usable.to_dict("records")],
        }
    )
    order = list(dict.fromkeys(usable["name"]))
    y = alt.Y("name:N", sort=order, axis=row_axis(), scale=alt.Scale(paddingInner=0, paddingOuter=0.05))
    lanes = alt.YOffset("lane:N", scale=alt.Scale(domain=LANES))
    base = alt.Chart(data).encode(y=y, yOffset=lanes)
    points = base.mark_point(size=110, strokeWidth=2, stroke=OWN, opacity=1).encode(
        x=alt.X("value:Q", scale=alt.Scale(domain=[0, FULL]), axis=alt.Axis(grid=True, tickCount=6)),
        shape=level_shape(language, list(data["level"])),
        fill=alt.Fill("fill:N", scale=None),
    )
    lined = usable.dropna(subset=["line"]).drop_duplicates("name")
    lines = alt.Chart(lined[["name", "line", "line_text"]].astype({"line": float}).assign(lane="line"))
    rules = lines.mark_rule(color=LINE, strokeDash=[5, 3], strokeWidth=1.5).encode(
        x=alt.X("line:Q"), y=alt.Y("name:N", sort=order, bandPosition=0.08), y2=alt.Y2("name", bandPosition=1)
    )
    labels = lines.mark_text(align="left", dx=5, color=LINE, fontSize=11).encode(
        x=alt.X("line:Q"), y=y, yOffset=lanes, text=alt.Text("line_text:N")
    )
    edges = (
        alt.Chart(pd.DataFrame({"name": order}))
        .mark_rule(color=GRID)
        .encode(y=alt.Y("name:N", sort=order, bandPosition=1))
    )
    behind = [] if bands is None else [_draw_bands_behind(bands, y, lanes)]
    layers = [
        *behind,
        edges,
        rules,
        whiskers(base),
        points,
        value_labels(base, "datum.beyond", "datum.is_left"),
        labels,
    ]
    return layered(*layers, width=width, height=LANE * len(LANES) * max(1, len(order)))


def label_places(rows: pd.DataFrame, width: int, language: str) -> dict[str, list[Any]]:
    """Where the value of each row is written so that it touches no line: ``is_left``, and ``beyond`` on the right.

    Where it would touch the line of its row or leave the axis it stands on the left of the interval, and where there is
    no room for it, beyond the line. ``width``: of an axis from 0 to 100, in pixels.
    """
    places: dict[str, list[Any]] = {"is_left": [], "beyond": []}
    for row in rows.to_dict("records"):
        ends = [float(row[name]) for name in ("value", "lower", "upper") if pd.notna(row[name])]
        needed = (MARK + LETTER * len(value_text(row["value"], row["unit"], language))) * FULL / width
        line = float(row["line"]) if pd.notna(row["line"]) else max(ends)
        touches, leaves = max(ends) < line < max(ends) + needed, max(ends) + needed > FULL
        places["is_left"].append((touches or leaves) and min(ends) > needed)
        places["beyond"].append(line if touches else max(ends))
    return places


def _draw_bands_behind(bands: pd.DataFrame, y: alt.Y, lanes: alt.YOffset) -> alt.Chart:
    placed = alt.Chart(bands[["name", "low", "high"]].assign(lane=SHOWN_LEVELS[0]))
    ends = {"x": alt.X("low:Q"), "x2": alt.X2("high:Q"), "y": y, "yOffset": lanes}
    drawn: alt.Chart = placed.mark_bar(color=BAND, height=LANE - 3).encode(**ends)
    return drawn


def chart_svg(chart: alt.LayerChart) -> str:
    """The chart as SVG for documents, in the fonts that documents embed; equal charts give equal text."""
    return str(vl_convert.vegalite_to_svg(printed_spec(chart), allowed_base_urls=[]))


def printed_spec(chart: alt.LayerChart) -> dict[str, Any]:
    """The chart as Vega-Lite's JSON in the fonts of documents."""
    _register_fonts()
    spec: dict[str, Any] = chart.to_dict()
    spec["config"] |= chart_config(PRINT_FONT)
    return spec


@cache
def _register_fonts() -> None:
    for folder in print_fonts():
        vl_convert.register_font_directory(str(folder))
