"""Declared papers beside those computed from public data, by year, on the pages of the university and the ministry."""

from __future__ import annotations

import streamlit as st

from app.charts.captions import join_sentences
from app.components import page_elements, session
from app.components.session import Page
from app.storage.database.imported_papers import imported_papers
from indicators.publications.declared_papers import declared_papers, paper_number
from indicators.publications.papers_beside_computed import COLUMNS, compare_papers, papers_to_compare
from schemas.dictionary.dictionary import CENTRE


def show_papers_beside(page: Page, institution: str, submission: str, form: str) -> None:
    """The comparison of a submission by year; nothing for a centre's form, and where nothing was imported.

    Only pages that whoever looks may open for this institution call it: small numbers are shown as they are.
    """
    if form == CENTRE:
        return
    store = session.store()
    compared = papers_to_compare(imported_papers(store.engine, institution))
    declared, counting = declared_papers(store.answers(submission))
    if counting not in compared:
        return
    rows = compare_papers(declared, compared[counting])
    if rows.empty:
        return
    st.subheader(page.say("papers.beside"))
    said = [page.say("papers.beside_lead", label=compared[counting].computed.label[page.language])]
    known = rows[rows["difference"].notna()]
    if len(known):
        most = max(known.to_dict("records"), key=lambda row: abs(float(row["difference"])))
        far = paper_number("difference", most["difference"])
        said.append(page.say("papers.beside_most", year=int(most["year"]), difference=far))
    st.text(join_sentences(said, page.language))
    headings = {name: page.say(f"papers.head_{name}") for name in COLUMNS}
    shown = [{name: paper_number(name, row[name]) for name in COLUMNS} for row in rows.to_dict("records")]
    name = f"papers_beside_{submission}"
    page_elements.table(page, shown, name=name, columns=headings, numbers=COLUMNS[1:], legend=False)
    st.caption(page.say("papers.beside_note"))
