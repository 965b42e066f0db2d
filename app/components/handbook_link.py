"""The way from a number on a page to what the handbook says about it."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from app.components.navigation import FILE_OF
from app.components.session import Page

BOOK = ":material/menu_book:"


def handbook_link(page: Page, chapter: str, entry: str, label: str | None = None) -> None:
    """A small button that opens an entry of the handbook (``chapter`` is one of its chapters)."""
    words = label or page.say("book.open_handbook")
    if st.button(words, key=f"book_{chapter}_{entry}", icon=BOOK, type="tertiary"):
        _open(chapter, entry)


def chance_link(page: Page) -> None:
    """The button to what chance may do, and to how often each interval and mark was found right."""
    handbook_link(page, "methods", "chance", page.say("chance.link"))


def handbook_choice(page: Page, indicators: Iterable[str]) -> None:
    """Under a table of several indicators: choosing one opens what the handbook says about it."""
    chosen = st.selectbox(
        page.say("book.open_for"),
        list(dict.fromkeys(indicators)),
        index=None,
        format_func=lambda name: page.catalogue.indicators[name].label[page.language],
        placeholder=page.say("indicator.choose"),
        key="book_choice",
    )
    if chosen:
        _open("indicators", chosen)


def _open(chapter: str, entry: str) -> None:
    st.session_state["section"], st.session_state["id"] = chapter, entry
    st.session_state["handbook_search"] = ""
    st.switch_page(FILE_OF["handbook"])
