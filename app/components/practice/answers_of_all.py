"""What all institutions answered about the checklist, and what follows from it, read once for all sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from app.components import session
from app.components.session import Page
from app.results.nation.national_practice import details_of_years, standing_levels
from app.storage.practice import standing_consents
from indicators.comparison import practice_diffusion
from indicators.comparison.next_steps import movement_by_item
from indicators.comparison.small_counts import Bounds


@dataclass(frozen=True)
class ItemAnswers:
    """What all institutions up to a year answered about one item, and what is counted over them."""

    rows: pd.DataFrame
    spread: pd.DataFrame
    plans: pd.DataFrame
    before: pd.DataFrame


@dataclass(frozen=True)
class LatestAnswers:
    """The latest round of every institution up to a year; by item who has it in place; how many came to it."""

    rows: pd.DataFrame
    practising: Mapping[str, Sequence[str]]
    came: Mapping[str, Bounds]


def agreed_to_be_named(page: Page) -> frozenset[tuple[str, str]]:
    """The pairs of institution and item that may be named, as of the last write of the store."""
    return _agreed(session.location(), session.stamp())


@st.cache_resource(show_spinner=False, max_entries=2)
def _agreed(location: str, mark: str) -> frozenset[tuple[str, str]]:
    return standing_consents(session.open_store(location))


def answers_about(page: Page, item: str) -> ItemAnswers:
    """Answers about an item up to the chosen year. Shared by all sessions: never changed."""
    return _answers_about(session.location(), session.digests_until(page.year), int(page.year or 0), item)


@st.cache_resource(show_spinner=False, max_entries=64)
def _answers_about(location: str, mark: str, year: int, item: str) -> ItemAnswers:
    rows = _until(details_of_years(session.open_store(location), item=item), year)
    plans = practice_diffusion.plan_tally(practice_diffusion.plans_against_outcome(rows))
    return ItemAnswers(rows, practice_diffusion.diffusion(rows), plans, practice_diffusion.what_came_before(rows))


def latest_answers(page: Page) -> LatestAnswers:
    """The latest answers up to the chosen year. Shared by all sessions: never changed."""
    return _latest_answers(session.location(), session.digests_until(page.year), int(page.year or 0))


@st.cache_resource(show_spinner=False, max_entries=4)
def _latest_answers(location: str, mark: str, year: int) -> LatestAnswers:
    every = _until(details_of_years(session.open_store(location)), year)
    rows = practice_diffusion.latest(every)
    return LatestAnswers(rows, practice_diffusion.practising(rows), movement_by_item(every, year))


def own_answers(page: Page) -> pd.DataFrame:
    """Every answer of the chosen institution up to the chosen year."""
    code = str(page.institution)
    return _own_answers(session.location(), session.own_mark(code), code, int(page.year or 0))


@st.cache_data(show_spinner=False, max_entries=64)
def _own_answers(location: str, mark: str, institution: str, year: int) -> pd.DataFrame:
    return _until(details_of_years(session.open_store(location), institution=institution), year)


def levels_of_others(page: Page) -> pd.DataFrame:
    """What the chosen institution can learn from the latest answers of all others, of this round and the one before.

    Whoever has not handed in yet still stands with last year's answers.
    """
    code = str(page.institution)
    mark = f"{session.digest((page.year or 0) - 1)} {session.digest(page.year)}"
    return _levels_of_others(session.location(), mark, int(page.year or 0), code)


@st.cache_resource(show_spinner=False, max_entries=16)
def _levels_of_others(location: str, mark: str, year: int, institution: str) -> pd.DataFrame:
    return standing_levels(session.open_store(location), (year - 1, year), institution)


def _until(rows: pd.DataFrame, year: int) -> pd.DataFrame:
    found: pd.DataFrame = rows[rows["year"] <= year]
    return found


def consent_among(agreed: frozenset[tuple[str, str]]) -> practice_diffusion.Consent:
    """Whether an institution agrees to be named for an item, as a function."""

    def may_be_named(institution: str, item: str) -> bool:
        return (institution, item) in agreed

    return may_be_named
