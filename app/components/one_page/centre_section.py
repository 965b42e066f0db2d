"""The centres of an institution on its pages: a row for each, and which of them stands best."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.charts.centre_rows import COLUMNS, best_sentences, centre_rows
from app.components import page_elements
from app.components.session import Page

WIDTHS = {"name": 190, "call": 190, "hosts": 130, "form": 120, "values": 190, "distance": 240, "judgement": 260}


def show_centres(page: Page, board: Mapping[str, Any]) -> None:
    """Every centre of a scoreboard with its call, its values and its verdicts; nothing where there is none."""
    if not board["centres"]:
        return
    st.subheader(page.say("centres.title"))
    st.caption(page.say("centres.intro"))
    rows = centre_rows(board, page.catalogue, page.language)
    shown = [name for name in COLUMNS if any(row[name] for row in rows)]
    page_elements.table(
        page,
        rows,
        name="centres",
        columns={name: page.say(f"centres.column_{name}") for name in shown},
        lines=3,
        widths={name: WIDTHS[name] for name in shown},
    )
    for sentence in best_sentences(board, page.catalogue, page.language):
        st.text(sentence)
