"""The centres of an institution on its pages: a row for each, and which of them stands best."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.charts.centre_rows import COLUMNS, best_sentences, centre_rows
from app.components import page_elements, session
from app.components.session import Page

WIDTHS = {"name": 190, "call": 190, "hosts": 130, "form": 120, "values": 190, "distance": 240, "judgement": 260}


def show_centres(page: Page, board: Mapping[str, Any]) -> None:
    """Every centre of a scoreboard with its call, its values and its verdicts; nothing where there is none."""
    if not board["centres"]:
        return
    st.subheader(page.say("centres.title"))
    st.caption(page.say("centres.intro"))
    rows = [
        _on_lines(page, row, centre)
        for row, centre in zip(centre_rows(board, page.catalogue, page.language), board["centres"], strict=True)
    ]
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


def _on_lines(page: Page, row: Mapping[str, str], centre: Mapping[str, Any]) -> dict[str, str]:
    """A row with each value and each verdict on a line of its own, and hosts by their names."""
    comma, names = page.say("chart.list_comma"), session.names(page.language)
    stop = "。" if page.language == "ja" else ". "
    split = {name: row[name].replace(comma, comma.strip() + "\n") for name in ("values", "distance")}
    # Where a round hides the others from each other, a host is named by the code that the form itself gives.
    hosts = comma.join(code if page.hides_peers else names.get(code, code) for code in centre["hosts"])
    return {**row, **split, "hosts": hosts, "judgement": row["judgement"].replace(stop, stop.strip() + "\n").strip()}
