"""A declared value beside what is published about the same institution; shown, never judged by."""

from __future__ import annotations

import streamlit as st

from app import session
from app.chart_rows import line_shown, rounded
from app.session import Page
from app.storage.published import published_values
from app.views import parts
from indicators.published import COMPARABLE, comparison

FIELDS = ("source", "as_of", "declared", "published", "points", "papers", "flags")


def beside_published(page: Page, indicator: str) -> None:
    """Section with the difference to each comparable published figure; nothing in a demo store or for others."""
    store = session.store()
    if store.kind == "demo" or indicator not in COMPARABLE.values() or page.institution is None:
        return
    declared = store.values(institution=page.institution, year=page.year, indicator=indicator, level="institution")
    rows = comparison(declared, published_values(store, institution=page.institution), page.catalogue)
    st.subheader(page.say("beside.heading"))
    if rows.empty:
        st.text(page.say("beside.none"))
        return
    shown = []
    for row in rows.to_dict("records"):
        points, papers = rounded(row["difference_points"]), rounded(row["difference_papers"], 0)
        numbers = {name: line_shown(row[name], "percent", page.language) for name in ("declared", "published")}
        as_of = row["as_of"].replace("-", "–")
        st.text(page.say("beside.sentence", source=row["source"], as_of=as_of, points=points, papers=papers, **numbers))
        flags = page.say("chart.list_comma").join(page.say(f"beside.{flag}") for flag in row["flags"])
        shown.append(
            {
                "source": row["source"],
                "as_of": as_of,
                **{name: rounded(row[name]) for name in ("declared", "published")},
                "points": points,
                "papers": papers,
                "flags": flags,
            }
        )
    headings = {name: page.say(f"beside.column_{name}") for name in FIELDS}
    parts.table(page, shown, name=f"published_{indicator}", columns=headings, legend=False, numbers=FIELDS[2:6])
    st.caption(page.say("beside.note"))
