"""A chart on a page: the sentence it shows, the chart over the whole width, and its picture to take away."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st
import vl_convert

from app.charts.chart_elements import chart_svg, printed_spec, set_properties
from app.components import page_elements, session
from app.components.people.logged_download import logged_download
from app.components.session import Page

WIDTH = 940  # of the content on a screen 1366 pixels wide
PICTURE_SCALE = 2


@dataclass(frozen=True)
class Twin:
    """The rows of a chart as a table: its name in files, its rows, field -> heading, and the fields with figures."""

    name: str
    rows: pd.DataFrame | Sequence[Mapping[str, Any]]
    columns: Mapping[str, str]
    numbers: Sequence[str] = ()


def chart(drawing: alt.Chart | alt.LayerChart | Any, sentence: str, twin: Twin | None = None) -> None:
    """A chart after the sentence that says what it shows, with its picture as SVG and PNG.

    ``twin``: its rows as a table below, where the page shows them nowhere else.
    """
    page = session.page_now()
    st.text(sentence)
    wide = over_the_width(drawing)
    written: Any = _Written(wide)
    st.altair_chart(written, width="content", theme=None)
    # Two charts without a value say the same; their titles differ.
    name = hashlib.sha256(f"{drawing.title}{drawing.description}{sentence}".encode()).hexdigest()[:12]
    with st.popover(page.say("picture.take"), icon=":material/image:", type="tertiary"):
        for kind, mime in (("svg", "image/svg+xml"), ("png", "image/png")):
            logged_download(
                page,
                page.say(f"picture.{kind}"),
                partial(picture, page, wide, kind),
                f"chart_{page.year or ''}{'_demo' if session.store().kind == 'demo' else ''}.{kind}",
                mime=mime,
                key=f"picture_{kind}_{name}",
            )
    if twin is not None:
        with st.expander(page.say("app.table")):
            page_elements.table(
                page, twin.rows, name=twin.name, columns=twin.columns, numbers=twin.numbers, legend=False
            )


@dataclass(frozen=True)
class _Written:
    """A chart as a page writes it: without validating it once more, which takes a third of the time of a chart."""

    drawing: Any

    def to_dict(self) -> dict[str, Any]:
        """The specification of the chart."""
        found: dict[str, Any] = self.drawing.to_dict(validate=False)
        return found


def over_the_width(drawing: Any) -> Any:
    """The chart as wide as the page, its row names included; panels and charts of fixed steps keep their width."""
    width = getattr(drawing, "width", alt.Undefined)
    if not isinstance(width, int):
        return drawing
    return set_properties(
        drawing.copy(deep=False), width=WIDTH, autosize=alt.AutoSizeParams(type="fit-x", contains="padding")
    )


def picture(page: Page, drawing: Any, kind: str) -> bytes:
    """The chart as the bytes of an SVG or PNG, with where its numbers come from and the day it was taken."""
    source = page.say("picture.source", date=datetime.date.today().isoformat())
    if session.store().kind == "demo":
        source = f"{source}　{page.say('demo.line')}"
    taken = drawing.copy(deep=["title"])
    lines = taken.title.subtitle if isinstance(taken.title.subtitle, list) else []
    taken.title.subtitle = [*lines, source]
    if kind == "svg":
        return chart_svg(taken).encode()
    return vl_convert.vegalite_to_png(printed_spec(taken), scale=PICTURE_SCALE, allowed_base_urls=[])
