"""Flows of researchers as arrows on a world map with the Pacific in the middle.

Arrows are computed in the map's own pixels, so that the two directions of a pair bend apart and end before
the country's point. Land has no borders: the map expresses no position on territory.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd

from app.charts.chart_elements import colour_where, finish_chart, layered, title_params
from app.charts.theme import GRID, GROUND, LINE, OWN, QUIET_TEXT
from indicators.published.shipped import JAPAN

LAND = Path(__file__).parent.parent / "static" / "land-110m.json"
WIDTH, HEIGHT = 810, 370
CENTRE = 150.0
# Equal Earth (Šavrič, Patterson and Jenny 2018): the polynomial of the projection.
A1, A2, A3, A4 = 1.340264, -0.081106, 0.000893, 0.003796
SCALE = 150.0
TOP = 208.0  # where the equator stands
STEPS = 16
BEND, TRIM = 0.14, 6.0
THINNEST, THICKEST = 0.8, 6.0
LETTER, LETTER_JA, LINE_HEIGHT = 6.8, 12.5, 15

Point = tuple[float, float]


def project(longitude: float, latitude: float) -> Point:
    """Pixels of a place on the map: x to the right, y downwards."""
    turned = (longitude - CENTRE + 180) % 360 - 180
    theta = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(latitude)))
    slope = 9 * A4 * theta**8 + 7 * A3 * theta**6 + 3 * A2 * theta**2 + A1
    x = 2 * math.sqrt(3) * math.radians(turned) * math.cos(theta) / (3 * slope)
    y = A4 * theta**9 + A3 * theta**7 + A2 * theta**3 + A1 * theta
    return WIDTH / 2 + SCALE * x, TOP - SCALE * y


def bend_arrow(start: Point, end: Point) -> list[Point]:
    """Points of an arrow from ``start`` to ``end``, bent to its left and cut short at both ends."""
    (x0, y0), (x1, y1) = start, end
    length = math.hypot(x1 - x0, y1 - y0)
    push = BEND + 4 / length
    control = ((x0 + x1) / 2 + (y1 - y0) * push, (y0 + y1) / 2 - (x1 - x0) * push)
    cut = min(TRIM / length, 0.2)
    shares = [cut + (1 - 2 * cut) * step / STEPS for step in range(STEPS + 1)]
    return [
        (
            (1 - t) ** 2 * x0 + 2 * (1 - t) * t * control[0] + t**2 * x1,
            (1 - t) ** 2 * y0 + 2 * (1 - t) * t * control[1] + t**2 * y1,
        )
        for t in shares
    ]


def arrows(pairs: pd.DataFrame, points: Mapping[str, Point]) -> pd.DataFrame:
    """Every direction of ``pairs`` as points: arrow, step, x, y, size, width, has_japan, angle (clockwise from up)."""
    most = pairs[["there", "back"]].max().max() if len(pairs) else 1
    rows: list[dict[str, Any]] = []
    for pair in pairs.to_dict("records"):
        for origin, target, size in (
            (pair["first"], pair["second"], pair["there"]),
            (pair["second"], pair["first"], pair["back"]),
        ):
            path = bend_arrow(points[origin], points[target])
            (x0, y0), (x1, y1) = path[-2:]
            width = THINNEST + (THICKEST - THINNEST) * size / most
            angle = math.degrees(math.atan2(x1 - x0, y0 - y1))
            shared = {
                "arrow": f"{origin}-{target}",
                "size": size,
                "width": width,
                "head": 40 + 18 * width,
                "angle": angle,
                "has_japan": pair["has_japan"],
            }
            rows.extend({**shared, "step": step, "x": x, "y": y} for step, (x, y) in enumerate(path))
    columns = ["arrow", "size", "width", "head", "angle", "has_japan", "step", "x", "y"]
    return pd.DataFrame(rows, columns=columns)


def labels(order: Sequence[str], points: Mapping[str, Point], names: Mapping[str, str]) -> pd.DataFrame:
    """Names that fit without overlapping, the first of ``order`` before the others: code, name, x, y."""
    taken: list[tuple[float, float, float, float]] = []
    rows = []
    for code in order:
        x, y = points[code]
        wide = sum(LETTER if ord(letter) < 256 else LETTER_JA for letter in names[code])
        for left, top in ((x + 7, y - 7), (x - 7 - wide, y - 7), (x - wide / 2, y - 21), (x - wide / 2, y + 7)):
            box = (left, top, left + wide, top + LINE_HEIGHT)
            is_inside = box[0] >= 0 and box[2] <= WIDTH and box[1] >= 0 and box[3] <= HEIGHT
            if is_inside and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                rows.append({"code": code, "name": names[code], "x": left, "y": top + LINE_HEIGHT / 2})
                break
    return pd.DataFrame(rows, columns=["code", "name", "x", "y"])


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@cache
def _land() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(LAND.read_text(encoding="utf-8"))
    return found


def flow_map(
    pairs: pd.DataFrame, places: pd.DataFrame, names: Mapping[str, str], *, title: str, subtitle: str, sentence: str
) -> alt.LayerChart:
    """The arrows of ``pairs`` (``flow_pairs``) on the map; Japan's are blue and on top.

    ``places``: longitude and latitude by country; ``names``: what to call it; ``sentence``: the text alternative.
    """
    points = {str(code): project(row["longitude"], row["latitude"]) for code, row in places.to_dict("index").items()}
    ends = pd.concat([pairs[["first", "total"]].set_axis(["code", "total"], axis=1), _second(pairs)])
    order = ends.groupby("code")["total"].sum().sort_values(ascending=False).index.tolist()
    order = [JAPAN, *(code for code in order if code != JAPAN)]
    drawn = arrows(pairs, points)
    layers = [land_layer()]
    for has_japan, colour, opacity in ((False, QUIET_TEXT, 0.45), (True, OWN, 0.95)):
        layers.extend(_arrow_layers(drawn[drawn["has_japan"] == has_japan], colour, opacity))
    nodes = pd.DataFrame([{"x": points[code][0], "y": points[code][1], "is_own": code == JAPAN} for code in order])
    layers.append(
        alt.Chart(nodes)
        .mark_circle(size=34, opacity=1, aria=False)
        .encode(**position(), color=colour_where("datum.is_own", OWN, LINE))
    )
    text = alt.Chart(labels(order, points, names)).encode(**position(), text=alt.Text("name:N"))
    layers.append(text.mark_text(align="left", stroke=GROUND, strokeWidth=4, aria=False))
    bold = colour_where(f"datum.code == '{JAPAN}'", OWN, LINE)
    layers.append(text.mark_text(align="left").encode(color=bold))
    chart = layered(*layers, width=WIDTH, height=HEIGHT)
    return finish_chart(chart, title_params(title, [subtitle]), sentence)


def _second(pairs: pd.DataFrame) -> pd.DataFrame:
    return pairs[["second", "total"]].set_axis(["code", "total"], axis=1)


def land_layer() -> alt.Chart:
    """The land of the world, without borders."""
    data = alt.InlineData(values=_land(), format=alt.TopoDataFormat(type="topojson", feature="land"))
    land: alt.Chart = (
        alt.Chart(data)
        .mark_geoshape(fill=GRID, stroke=None, clip=True, aria=False)
        .project(type="equalEarth", rotate=[-CENTRE, 0, 0], scale=SCALE, translate=[WIDTH / 2, TOP])
    )
    return land


def position() -> dict[str, Any]:
    """Encodings of the map's own pixels."""
    return {
        "x": alt.X("x:Q", scale=alt.Scale(domain=[0, WIDTH], nice=False), axis=None),
        "y": alt.Y("y:Q", scale=alt.Scale(domain=[HEIGHT, 0], nice=False), axis=None),
    }


def _arrow_layers(drawn: pd.DataFrame, colour: str, opacity: float) -> list[alt.Chart]:
    # Width is the channel "size": the house look sets a stroke width for lines, which would win over one encoded.
    lines = alt.Chart(drawn[["arrow", "step", "x", "y", "width"]]).mark_line(
        color=colour, opacity=opacity, point=False, strokeCap="butt", aria=False
    )
    heads = alt.Chart(drawn[drawn["step"] == STEPS][["x", "y", "angle", "head"]]).mark_point(
        shape="triangle", filled=True, color=colour, opacity=min(1.0, opacity + 0.25), aria=False
    )
    return [
        lines.encode(
            **position(),
            detail=alt.Detail("arrow:N"),
            order=alt.Order("step:Q"),
            size=alt.Size("width:Q", scale=None, legend=None),
        ),
        heads.encode(
            **position(), angle=alt.Angle("angle:Q", scale=None), size=alt.Size("head:Q", scale=None, legend=None)
        ),
    ]
