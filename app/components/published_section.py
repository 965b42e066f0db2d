"""A declared value beside what is published about the same institution; shown, never judged by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app.charts.chart_rows import line_shown
from app.components import page_elements, session
from app.components.session import Page
from app.storage.published import published_values
from indicators.published import COMPARABLE, comparison
from schemas.dictionary.format_number import format_number

NUMBERS = ("declared", "published", "points", "papers", "people")
FIELDS = ("source", "as_of", "unit", *NUMBERS, "flags")


def beside_published(page: Page, indicator: str) -> None:
    """Section with the difference to each comparable published figure; nothing in a demo store or for others."""
    store = session.store()
    if store.kind == "demo" or indicator not in {one.indicator for one in COMPARABLE} or page.institution is None:
        return
    declared = store.values(institution=page.institution, year=page.year, indicator=indicator, level="institution")
    rows = comparison(declared, published_values(store, institution=page.institution), page.catalogue)
    st.subheader(page.say("beside.heading"))
    if rows.empty:
        st.text(page.say("beside.none"))
        return
    for row in rows.to_dict("records"):
        st.text(sentence_beside(page, row))
    shown = [row_beside(page, row) for row in rows.to_dict("records")]
    headings = {name: page.say(f"beside.column_{name}") for name in FIELDS}
    page_elements.table(page, shown, name=f"published_{indicator}", columns=headings, legend=False, numbers=NUMBERS)
    st.caption(page.say("beside.note"))


def sentence_beside(page: Page, row: Mapping[Any, Any]) -> str:
    """What a published figure says beside the declared one: of papers, of people, or of numbers alone."""
    of = "papers" if pd.notna(row["difference_papers"]) else "people"
    numbers = {name: line_shown(row[name], "percent", page.language) for name in ("declared", "published")}
    if row["unit"] == "people":
        numbers = {name: format_number(row[name], 0) for name in ("declared", "published")}
    told = {
        "source": row["source"],
        "as_of": row["as_of"].replace("-", "–"),
        "points": "" if pd.isna(row["difference_points"]) else format_number(row["difference_points"]),
        of: format_number(row[f"difference_{of}"], 0),
        **numbers,
    }
    sentence = {"papers": "sentence", "people": "sentence_people"}[of] if row["unit"] == "percent" else "sentence_count"
    return page.say(f"beside.{sentence}", **told)


def row_beside(page: Page, row: Mapping[Any, Any]) -> dict[str, str]:
    """A row of the table; what a comparison does not have stays blank."""
    numbers = {
        **{name: row[name] for name in ("declared", "published")},
        **{name: row[f"difference_{name}"] for name in ("points", "papers", "people")},
    }
    digits = {"papers": 0, "people": 0} | ({"declared": 0, "published": 0} if row["unit"] == "people" else {})
    flags = page.say("chart.list_comma").join(page.say(f"beside.{flag}") for flag in row["flags"])
    return {
        "source": row["source"],
        "as_of": row["as_of"].replace("-", "–"),
        "unit": page.say(f"book_unit.{row['unit']}"),
        **{name: "" if pd.isna(n) else format_number(n, digits.get(name, 1)) for name, n in numbers.items()},
        "flags": flags,
    }
