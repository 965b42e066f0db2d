"""How the scored indicators moved since the first round."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app.charts.chart_rows import SHOWN_LEVELS, change_text, value_text
from app.components import page_elements
from app.components.chart_section import Twin
from app.components.session import Page
from schemas.dictionary.format_number import difference_shown


def show_movement(page: Page) -> None:
    """A row an indicator and level, a column a year, and the change since the first year with a value."""
    st.subheader(page.say("one_page.movement"))
    known = page.rounds_so_far()
    years = sorted({row["year"] for row in known})
    if len(years) < 2:
        st.info(page.say("empty.no_previous"))
        return
    found = {(row["year"], row["id"], row["level"]): row for row in known if row["value"] is not None}
    rows = []
    for indicator in page.catalogue.scored:
        for level in SHOWN_LEVELS:
            values = {year: found[year, indicator.id, level] for year in years if (year, indicator.id, level) in found}
            if not values:
                continue
            first, last = min(values), max(values)
            ends = values[first]["value"], values[last]["value"]
            rows.append(
                {
                    "indicator": indicator.label[page.language],
                    "level": page.say(f"level.{level}"),
                    **{str(year): _value(page, values.get(year)) for year in years},
                    "change": ""
                    if first == last
                    else change_text(difference_shown(*ends), indicator.unit, page.language),
                }
            )
    columns = {"indicator": page.say("indicator.choose"), "level": page.say("comparison.level")}
    columns |= {str(year): page.say("one_page.column_year", year=year) for year in years} | {
        "change": page.say("one_page.column_change")
    }
    figures = (*(str(year) for year in years), "change")
    page_elements.table(page, rows, name="movement", columns=columns, numbers=figures)


def trend_twin(page: Page, history: pd.DataFrame, unit: str) -> Twin:
    """The values of a trend as a table, a row a year: level, value and reference interval."""
    rows = [
        {
            "year": str(int(row["year"])),
            "level": page.say(f"level.{row['level']}"),
            "value": value_text(float(row["value"]), unit, page.language),
            "interval": page_elements.span_words(page, *map(page_elements.number, row["interval"] or ())),
        }
        for row in history[history["value"].notna()].to_dict("records")
    ]
    columns = {"year": page.say("context.column_year"), "level": page.say("comparison.level")}
    columns |= {"value": page.say("indicator.value"), "interval": page.say("value_axis.interval")}
    return Twin("trend", rows, columns, ("value", "interval"))


def _value(page: Page, row: Mapping[str, Any] | None) -> str:
    return "" if row is None else page_elements.value_text(page, row)
