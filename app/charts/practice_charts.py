"""The spread of a practice as chart and sentence, and counts over institutions as they may be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import altair as alt
import pandas as pd

from app.charts.chart_elements import finish_chart, layered, row_axis, span, title_params
from app.charts.chart_rows import SHOWN_LEVELS
from app.charts.theme import GRID, LEVELS, OWN
from app.texts import say
from indicators.comparison.small_counts import FEW, SMALLEST_SHOWN

WIDTH = 520
BAR = 22


def bounds_text(low: int, high: int, language: str, sign: bool = True) -> str:
    """A count as it may be told: itself, ``<5`` (with ``sign``), or from–to."""
    if low == high:
        return f"{low:,}"
    is_few = (low, high) == (1, SMALLEST_SHOWN - 1)
    return FEW if sign and is_few else say("practices.from_to", language, low=low, high=high)


def host_of(evidence: object) -> str:
    """The host that an address really leads to, in ASCII; empty for what is no web address."""
    if not isinstance(evidence, str) or not evidence.lower().startswith(("http://", "https://")):
        return ""
    try:
        return (urlsplit(evidence.strip()).hostname or "").encode("idna").decode("ascii")
    except ValueError:
        return ""


def spread_rows(diffusion: pd.DataFrame, by: Sequence[str] = ("scope", "year")) -> pd.DataFrame:
    """A row an item, scope and year: ``by``, answered_low, answered_high, reached_low, reached_high.

    ``diffusion``: rows of ``indicators.comparison.practice_diffusion.diffusion``; of several items with ``item`` in
    ``by``.
    """
    keys = list(by)
    parts = {part: diffusion[diffusion["part"] == part].set_index(keys) for part in ("answered", "reached")}
    columns = {f"{part}_{end}": rows[end] for part, rows in parts.items() for end in ("low", "high")}
    rows = pd.DataFrame(columns).astype(int).reset_index()
    order = {scope: position for position, scope in enumerate(SHOWN_LEVELS)}
    return rows.sort_values(keys, key=lambda c: c.map(order) if c.name == "scope" else c).reset_index(drop=True)


def spread_chart(rows: pd.DataFrame, label: str, language: str) -> alt.LayerChart:
    """Institutions at level 2 or more of those whose level is known, a bar per scope and year.

    ``rows``: ``spread_rows``. A count that may not be told is a pale range.
    """
    data = pd.DataFrame([_bar(row, language) for row in rows.to_dict("records")])
    order = list(data["name"])
    base = alt.Chart(data).encode(y=alt.Y("name:N", sort=order, axis=row_axis()))
    top = int(data["answered"].max())
    x = alt.X("answered:Q", scale=alt.Scale(domain=[0, top], nice=False), axis=alt.Axis(tickMinStep=1, grid=True))
    known = base.mark_bar(color=GRID, size=BAR - 6).encode(x=x)
    sure = base.mark_bar(color=OWN, size=BAR - 6).encode(x=alt.X("low:Q"))
    ranges = alt.Chart(data[data["low"] < data["high"]]).encode(y=alt.Y("name:N", sort=order))
    maybe = ranges.mark_bar(color=LEVELS[1], size=BAR - 6, stroke=OWN, strokeDash=[3, 2]).encode(
        x=alt.X("low:Q"), x2=alt.X2("high:Q")
    )
    text = base.mark_text(align="left", dx=6).encode(x=alt.X("answered:Q"), text=alt.Text("shown:N"))
    lines = [say("practices.spread_subtitle", language, years=span(sorted(set(rows["year"]))))]
    if (rows["reached_low"] < rows["reached_high"]).any():
        lines.append(say("practices.spread_key", language))
    chart = layered(known, sure, maybe, text, width=WIDTH, height=BAR * len(data))
    title = title_params(say("practices.spread_title", language, item=label), lines)
    return finish_chart(chart, title, sentence_for_spread(rows, language))


def _bar(row: Mapping[Any, Any], language: str) -> dict[str, Any]:
    answered = bounds_text(row["answered_low"], row["answered_high"], language)
    reached = bounds_text(row["reached_low"], row["reached_high"], language)
    return {
        "name": say("practices.spread_bar", language, level=say(f"level.{row['scope']}", language), year=row["year"]),
        "answered": row["answered_high"],
        "low": row["reached_low"],
        "high": row["reached_high"],
        "shown": say("practices.spread_label", language, answered=answered, reached=reached),
    }


def sentence_for_spread(rows: pd.DataFrame, language: str) -> str:
    """How many institutions have the item at level 2 or more in the latest year, beside the year before."""
    if rows.empty:
        return say("practices.spread_none", language)
    year = int(rows["year"].max())
    parts = [
        _part_words(rows[rows["scope"] == scope].to_dict("records"), language)
        for scope in SHOWN_LEVELS
        if ((rows["scope"] == scope) & (rows["year"] == year)).any()
    ]
    joined = say("chart.list_comma" if language == "ja" else "practices.semicolon", language).join(parts)
    return say("practices.spread_lead", language, year=year, parts=joined)


def _part_words(years: list[dict[Any, Any]], language: str) -> str:
    now = years[-1]
    words = say(
        "practices.spread_part",
        language,
        level=say(f"level.{now['scope']}", language),
        answered=bounds_text(now["answered_low"], now["answered_high"], language, sign=False),
        reached=bounds_text(now["reached_low"], now["reached_high"], language, sign=False),
    )
    if len(years) == 1:
        return words
    before = years[-2]
    reached = bounds_text(before["reached_low"], before["reached_high"], language, sign=False)
    return words + say("practices.spread_before", language, year=before["year"], reached=reached)
