"""Who can learn from whom: open items with those that have them in place, and who asked this institution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from app.charts.practice_charts import bounds_text
from app.components import page_elements
from app.components.practice.wording import column_headings, item_name, join_names, level_text
from app.components.session import Page
from indicators.comparison import practice_diffusion


def show_learning(
    page: Page,
    everyone: pd.DataFrame,
    peers: Sequence[str],
    consent: practice_diffusion.Consent,
    names: Mapping[str, str],
) -> None:
    """This institution's open items, with the nearest peers that have them in place."""
    st.subheader(page.say("practices.learn"), anchor=False)
    found = practice_diffusion.solved_by_peers(everyone, str(page.institution), peers, consent)
    if found.empty:
        st.info(page.say("practices.learn_none"))
        return
    is_named = (found["peers"].map(len) + found["others"].map(len)) > 0
    st.text(page.say("practices.learn_lead", n=len(found), k=int(is_named.sum())))
    if not st.toggle(page.say("practices.learn_all"), key="learn_all"):
        found = found[is_named | found["wanted"]]
    rows = [
        {
            "item": item_name(page, row["item"]),
            "own": level_text(page, row["declared"], row["level"]),
            "wanted": page.say("practices.wanted") if row["wanted"] else "",
            "peers": join_names(page, row["peers"], names),
            "others": join_names(page, row["others"], names),
        }
        for row in found.to_dict("records")
    ]
    columns = column_headings(page, ("item", "own", "wanted", "peers", "others"))
    if rows:
        page_elements.table(page, rows, name="open_items", columns=columns, lines=2)
    st.caption(page.say("practices.learn_note"))


def show_asked(
    page: Page, everyone: pd.DataFrame, consent: practice_diffusion.Consent, names: Mapping[str, str]
) -> None:
    """Who would like to learn what this institution has in place."""
    st.subheader(page.say("practices.asked"), anchor=False)
    found = practice_diffusion.asked_of(everyone, str(page.institution), consent)
    if found.empty:
        st.info(page.say("practices.asked_none"))
        return
    st.text(page.say("practices.asked_lead", n=len(found)))
    rows = [
        {
            "item": item_name(page, row["item"]),
            **{s: level_text(page, row[f"{s}_counted"], row[f"{s}_counted"]) for s in practice_diffusion.SCOPES},
            "unnamed": bounds_text(row["low"], row["high"], page.language),
            "named": join_names(page, row["named"], names),
        }
        for row in found.to_dict("records")
    ]
    columns = column_headings(page, list(rows[0]))
    page_elements.table(page, rows, name="asked", columns=columns, numbers=("unnamed",))
