"""The nearest institutions of the chosen one: the same ones on every page that speaks of them (docs/methods.md 8)."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.components import session
from app.components.session import Page
from app.results.institution_results import context_of_year
from indicators.comparison.peers import PeerGroup, find_peers
from indicators.errors import InvalidInput


@st.cache_data(show_spinner=False, max_entries=8)
def cached_context(location: str, mark: str, year: int) -> pd.DataFrame:
    """Context variables of the institutions of a year, by code."""
    return context_of_year(session.open_store(location), year)


@st.cache_data(show_spinner=False, max_entries=8)
def cached_limit(location: str, mark: str, year: int) -> float | None:
    """The cut-off that the answers of a year give; None where there are fewer than two to compare."""
    frame = cached_context(location, mark, year)
    try:
        return find_peers(frame, runs=0).cut_off if len(frame) > 1 else None
    except InvalidInput:
        return None


@st.cache_data(show_spinner=False, max_entries=64)
def cached_near(location: str, mark: str, year: int, institution: str) -> PeerGroup:
    """The nearest of an institution in a year within the last edition's cut-off, with their stability."""
    limit = cached_limit(location, session.digest(year - 1, location), year - 1)
    context = cached_context(location, session.digest(year, location), year)
    return find_peers(context, cut_off=limit, seed=year, stability_of=institution).of(institution)


def context_frame(page: Page) -> pd.DataFrame:
    """Context variables of the institutions of the chosen year, by code."""
    return cached_context(session.location(), session.digest(page.year), int(page.year or 0))


def nearest(page: Page) -> PeerGroup:
    """The nearest of the chosen institution. Raises InvalidInput where its context is not known."""
    own = str(page.institution)
    marks = f"{session.digest((page.year or 0) - 1)} {session.digest(page.year)}"
    return cached_near(session.location(), marks, int(page.year or 0), own)


def nearest_codes(page: Page) -> tuple[str, ...]:
    """The codes of the nearest, nearest first; none where the institution cannot be compared."""
    if page.institution not in context_frame(page).index:
        return ()
    try:
        return tuple(peer.code for peer in nearest(page).peers)
    except InvalidInput:
        return ()


def limit_and_year(page: Page) -> tuple[float | None, int]:
    """The limit of distance and the round it is from: the last one, or the chosen one where that gives none."""
    location, year = session.location(), int(page.year or 0)
    before = cached_limit(location, session.digest(year - 1), year - 1)
    return (cached_limit(location, session.digest(year), year), year) if before is None else (before, year - 1)
