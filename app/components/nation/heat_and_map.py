"""The nation at a glance: a heat map of institutions and indicators, a map of prefectures, and a funnel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app.charts.chart_rows import line_shown, value_text
from app.charts.nation.funnel_chart import funnel_chart
from app.charts.nation.heat_map import MOST_NAMED, QUARTERS, heat_map
from app.charts.nation.tile_map import tile_map
from app.components import page_elements
from app.components.chart_section import Twin, chart
from app.components.handing_in.round_place import of_population
from app.components.nation.landscape import DRAWN_UNITS, lines_in_force, prefecture_word
from app.components.quantile_text import range_text
from app.components.session import Page
from app.results.institutions_standing_out import StandingOut
from app.results.national_quantiles import MEDIAN, quantile_ranges
from indicators.comparison.peer_quartiles import LEAST_PEERS
from schemas.register import PREFECTURES

COUNT = "count"
PERCENT = 100.0


def show_heat_map(page: Page, values: pd.DataFrame, chosen: Sequence[str]) -> None:
    """Where every institution lies in each chosen indicator: in which quarter of all values that may be shown."""
    name = "name_en" if page.language == "en" else "name_ja"
    units = {one: page.catalogue.indicators[one].unit for one in chosen}
    labels = {one: page.catalogue.indicators[one].label[page.language] for one in chosen}
    rows = values[values["indicator"].isin(list(chosen))]
    is_shown = ~rows["hidden"].astype(bool) & rows["value"].notna()
    rank = rows["value"].astype(float).where(is_shown).groupby(rows["indicator"]).rank(pct=True)
    quarter = np.ceil(rank * QUARTERS).clip(1, QUARTERS)
    drawn = pd.DataFrame(
        {
            "institution": rows["institution"],
            "name": rows[name].fillna(rows["name_ja"]),
            "indicator": rows["indicator"].map(labels),
            "quarter": quarter,
            "shown": [
                value_text(value, units[one], page.language) if is_told else ""
                for value, one, is_told in zip(rows["value"], rows["indicator"], is_shown, strict=True)
            ],
        }
    )
    whole = drawn.groupby("institution")["quarter"].agg(["min", "max", "count"])
    whole = whole[whole["count"] == len(chosen)]
    ends = {"low": int((whole["max"] == 1).sum()), "high": int((whole["min"] == QUARTERS).sum())}
    sentence = page.say(
        "landscape.heat", of=of_population(page), n=drawn["institution"].nunique(), k=len(chosen), **ends
    )
    chart(heat_map(drawn.drop(columns="institution"), list(labels.values()), page.language, sentence), sentence)
    if drawn["institution"].nunique() > MOST_NAMED:
        st.caption(page.say("landscape.heat_many"))


def show_map(page: Page, values: pd.DataFrame, chosen: Sequence[str]) -> None:
    """Japan by prefecture: how many institutions came, or the median of an indicator where five or more have it."""
    drawn = [one for one in chosen if page.catalogue.indicators[one].unit in DRAWN_UNITS]
    labels = {COUNT: page.say("landscape.map_count")}
    labels |= {one: page.catalogue.indicators[one].label[page.language] for one in drawn}
    what = st.selectbox(page.say("landscape.map_what"), list(labels), format_func=labels.__getitem__, key="map_what")
    here = values[["institution", "prefecture"]].drop_duplicates()
    counts = here["prefecture"].value_counts()
    rows: list[dict[str, Any]] = []
    for number, prefecture in enumerate(PREFECTURES, 1):
        count = int(counts.get(prefecture, 0))
        row = {"number": number, "name": prefecture_word(page, prefecture), "value": None, "shown": ""}
        if what == COUNT:
            row |= {"value": float(count), "shown": str(count)}
        elif count >= LEAST_PEERS:
            row |= _median(page, values[values["prefecture"] == prefecture], what)
        rows.append(row)
    frame = pd.DataFrame(rows)
    if what == COUNT:
        first, second = sorted(rows, key=lambda row: row["value"], reverse=True)[:2]
        told = {"of": of_population(page), "n": len(here), "k": int((frame["value"] > 0).sum())}
        sentence = page.say("landscape.map_counts", **told)
        if first["value"] > second["value"]:
            sentence = page.say("landscape.map_most", sentence=sentence, most=first["name"], m=first["shown"])
    else:
        sentence = page.say("landscape.map", k=int(frame["value"].notna().sum()))
    title = page.say("landscape.map_title", label=labels[what])
    twin = Twin(f"map_{what}", rows, {"name": page.say("ministry.prefecture"), "shown": labels[what]}, ("shown",))
    chart(tile_map(frame, title, page.language, sentence), sentence, twin)


def _median(page: Page, rows: pd.DataFrame, name: str) -> dict[str, Any]:
    indicator = page.catalogue.indicators[name]
    found = quantile_ranges(rows[rows["indicator"] == name], indicator, MEDIAN)
    if found is None:
        return {}
    ends = found.ranges[0]
    middle = (ends.low + ends.high) / 2
    told = middle if 0 <= middle <= PERCENT else None
    return {"value": told, "shown": "" if told is None else range_text(page, ends, indicator.unit)}


def show_funnel(page: Page, values: pd.DataFrame, flags: Mapping[str, StandingOut]) -> None:
    """The first chosen share beside how many people it counts, with the limits of ordinary scatter."""
    if not flags:
        return
    name, found = next(iter(flags.items()))
    indicator = page.catalogue.indicators[name]
    rows = values[(values["indicator"] == name) & ~values["hidden"].astype(bool) & values["value"].notna()]
    part, whole = (pd.to_numeric(rows[column], errors="coerce") for column in ("numerator", "denominator"))
    rows, whole = rows[part.notna() & whole.notna()], whole[part.notna() & whole.notna()]
    column = "name_en" if page.language == "en" else "name_ja"
    told = pd.DataFrame(
        {
            "name": rows[column].fillna(rows["name_ja"]).to_numpy(),
            "value": rows["value"].to_numpy(float),
            "whole": whole.to_numpy(float),
            "lower": PERCENT * found.funnel.lower,
            "upper": PERCENT * found.funnel.upper,
            "side": [found.side.get(str(code), 0) for code in rows["institution"]],
        }
    )
    told["shown"] = [value_text(value, indicator.unit, page.language) for value in told["value"]]
    told = told[told["lower"].notna() & (told["whole"] > 0)]
    outside = int((found.funnel.outside != 0).sum())
    chance = page_elements.number(found.funnel.by_chance, 0)
    label = indicator.label[page.language]
    counts = {"n": found.funnel.looked_at, "outside": outside, "chance": chance}
    sentence = page.say("landscape.funnel", of=of_population(page), label=label, **counts)
    line = lines_in_force(page, [indicator]).get(name)
    words = None if line is None else (line[0], f"{line[1]} {line_shown(line[0], indicator.unit, page.language)}")
    limits = [
        page_elements.span_words(page, page_elements.number(low), page_elements.number(high))
        for low, high in zip(told["lower"], told["upper"], strict=True)
    ]
    columns = {"name": page.say("ministry.column_name"), "shown": label, "people": page.say("landscape.whole")}
    columns["limits"] = page.say("landscape.limits")
    twin_rows = told.assign(people=told["whole"].astype(int), limits=limits)
    twin = Twin(f"funnel_{name}", twin_rows, columns, ("shown", "people", "limits"))
    chart(funnel_chart(told, indicator, words, page.language, sentence), sentence, twin)
