"""Declared papers beside those computed from public data, by year, on the pages of the university and the ministry."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.charts.captions import join_sentences
from app.components import page_elements, session
from app.components.session import Page
from app.storage.database.imported_papers import imported_papers
from indicators.publications.declared_papers import declared_papers, paper_number
from indicators.publications.papers_beside_computed import COLUMNS, compare_papers, papers_to_compare
from schemas.dictionary.declaration import Text
from schemas.dictionary.dictionary import CENTRE


def show_papers_beside(page: Page, institution: str, submission: str, form: str) -> None:
    """The comparison of a submission by year; nothing for a centre's form, and where nothing was imported.

    Only pages that whoever looks may open for this institution call it: small numbers are shown as they are.
    """
    found = None if form == CENTRE else compared_papers(institution, submission)
    if found is not None:
        show_compared(page, submission, *found, farthest_year(page, found[0]))


def show_compared(page: Page, submission: str, rows: pd.DataFrame, label: Text, farthest: str = "") -> None:
    """``compared_papers`` as a table; ``farthest`` is left out where the page has said it already."""
    st.subheader(page.say("papers.beside"))
    said = [page.say("papers.beside_lead", label=label[page.language]), farthest]
    st.text(join_sentences([text for text in said if text], page.language))
    headings = {name: page.say(f"papers.head_{name}") for name in COLUMNS}
    shown = [{name: paper_number(name, row[name]) for name in COLUMNS} for row in rows.to_dict("records")]
    name = f"papers_beside_{submission}"
    page_elements.table(page, shown, name=name, columns=headings, numbers=COLUMNS[1:], legend=False)
    st.caption(page.say("papers.beside_note"))


def compared_papers(institution: str, submission: str) -> tuple[pd.DataFrame, Text] | None:
    """Declared and computed papers by year (``compare_papers``) and what the computed ones are called, if any."""
    store = session.store()
    compared = papers_to_compare(imported_papers(store.engine, institution))
    declared, counting = declared_papers(store.answers(submission))
    if counting not in compared:
        return None
    rows = compare_papers(declared, compared[counting])
    return None if rows.empty else (rows, compared[counting].computed.label)


def farthest_year(page: Page, rows: pd.DataFrame) -> str:
    """The year in which declared and computed papers differ most; empty where neither is known."""
    known = rows[rows["difference"].notna()]
    if known.empty:
        return ""
    most = max(known.to_dict("records"), key=lambda row: abs(float(row["difference"])))
    far = paper_number("difference", most["difference"])
    return page.say("papers.beside_most", year=int(most["year"]), difference=far)
