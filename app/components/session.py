"""What every page shares: language, store, the chosen institution, year and indicator, kept in the address."""

from __future__ import annotations

import ast
import logging
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pandas as pd
import streamlit as st

from app.access import (
    EDITOR,
    HOLDS_COUNTS,
    LOCAL,
    ROLES,
    UNIVERSITY_ROLES,
    Action,
    Actor,
    Forbidden,
    demand,
    sees_small_counts,
)
from app.components.navigation import FILE_OF, may_open
from app.components.people import sign_in
from app.edition import catalogue
from app.results.institution_results import (
    Board,
    Panel,
    board_of,
    links,
    own_values,
    panel_of,
    values_of_rounds,
    with_own_values,
)
from app.results.nation.kept_results import digest_of
from app.results.nation.national_values import national_values
from app.results.nation.renewal import renew_in_background
from app.rounds.round_record import hides_peers
from app.storage.database.kept_frames import state_of_institution, states_of_years
from app.storage.problems import StoreError
from app.storage.store import Store
from app.storage.store_location import DEMO_STORE, ROOT, STORE_VARIABLE, files_given
from app.submission.receive_upload import finish_open_work
from app.texts import say
from indicators.catalogue.load_catalogue import Catalogue
from schemas.register import load_register

log = logging.getLogger("junkan")
KEYS = (
    *(
        "lang",
        "institution",
        "year",
        "indicator",
        "definition",
        "item",
        "section",
        "id",
        "group",
        "members",
        "group_name",
    ),
    *("group_name", "receipt"),
)
LANGUAGES = ("ja", "en")
OTHER_NAMES = 2
LONGEST_NAME = 80  # of what an address asks for
ASKED = ("institution", "year", "indicator")  # of an address: said to be unknown rather than replaced by another
OF_INSTITUTION = frozenset({"view_own", "view_comparison", "give_consent", "download_scorecard", "upload", "view_log"})


@st.cache_resource(show_spinner=False)
def open_store(location: str) -> Store:
    """The store of this server; what it had left to do is done beside."""
    opened = Store.open(location, files=files_given())
    finish_open_work(opened, LOCAL)
    renew_in_background(opened)
    return opened


def store() -> Store:
    """The store this server was started with (the demo, unless told otherwise)."""
    return open_store(os.environ.get(STORE_VARIABLE, str(DEMO_STORE)))


def load_pages() -> None:
    """Imports what the scripts of the pages import, so that no first visitor of a server waits for it."""
    for file in FILE_OF.values():
        for statement in ast.parse((ROOT / "app" / file).read_text("utf-8")).body:
            if isinstance(statement, ast.ImportFrom) and statement.module:
                origin = import_module(statement.module)
                for name in (each.name for each in statement.names if not hasattr(origin, each.name)):
                    import_module(f"{statement.module}.{name}")


def load_panels() -> None:
    """Loads the panels of the two latest rounds, so that no first visitor of a server waits for them."""
    try:
        for year in store().years()[:-3:-1]:
            cached_panel(location(), digest(year), year, EDITOR)
    except StoreError as problem:  # every page will say so
        log.warning("nothing is loaded ahead of the pages: %s", problem)


def stamp() -> str:
    """Changes whenever a submission is kept, so that cached frames are read anew."""
    return store().stamp()


@st.cache_data(show_spinner=False, max_entries=256)
def cached_board(location: str, mark: str, institution: str, year: int) -> Board | None:
    """The results of one institution and year; ``mark`` is what its results rest on (``own_mark``)."""
    return board_of(open_store(location), institution, year)


@st.cache_data(show_spinner=False, max_entries=64)
def _values_of_rounds(location: str, mark: str, institution: str) -> list[dict[str, Any]]:
    return values_of_rounds(open_store(location), institution)


@st.cache_data(show_spinner=False, max_entries=256)
def _state(location: str, mark: str, institution: str) -> str:
    return state_of_institution(open_store(location).engine, institution)


def own_mark(institution: str) -> str:
    """Changes with the results of an institution, so that they are read anew; what others hand in does not matter."""
    return _state(location(), stamp(), institution)


@st.cache_data(show_spinner=False, max_entries=4)
def _digests(location: str, mark: str) -> dict[int, str]:
    """By year what changes with the results of any institution of that year, and with nothing else."""
    states = states_of_years(open_store(location).engine)
    return {year: digest_of(of_year) for year, of_year in states.items()}


def digest(year: int | None, store_location: str | None = None) -> str:
    """Changes when the results of an institution of a year do, so that what all of them give is read anew.

    ``store_location``: where the store lies, this server's until told otherwise.
    """
    where = store_location or location()
    return _digests(where, open_store(where).stamp()).get(int(year or 0), "")


def digests_until(year: int | None) -> str:
    """Changes when the results of an institution of a year or an earlier one do."""
    of_years = _digests(location(), stamp())
    return " ".join(f"{one}:{mark}" for one, mark in sorted(of_years.items()) if one <= (year or 0))


# What is shared by all sessions is never changed by one: every page selects from it and assigns to copies.
@st.cache_resource(show_spinner=False, max_entries=24)
def cached_values(location: str, mark: str, year: int) -> pd.DataFrame:
    """The ``national_values`` of a year; ``mark`` is its ``digest``."""
    return national_values(open_store(location), year, links())


@st.cache_resource(show_spinner=False, max_entries=16)
def cached_panel(location: str, mark: str, year: int, role: str) -> Panel:
    """Values of all institutions in a year as a role sees them on no institution's page."""
    return Panel.of(panel_of(open_store(location), cached_values(location, mark, year), Actor(role)))


@st.cache_resource(show_spinner=False, max_entries=64)
def cached_own_values(location: str, mark: str, year: int, institution: str, sees: bool, _actor: Actor) -> pd.DataFrame:
    """The rows of a panel about an institution on its page; ``sees``: to somebody who holds its small counts."""
    return own_values(open_store(location), _actor, year, institution)


@dataclass(frozen=True)
class Page:
    """The context of one page run."""

    language: str
    actor: Actor
    institution: str | None
    year: int | None
    action: Action | None = None  # what the page was opened for

    def say(self, key: str, **params: object) -> str:
        """An interface text in the page's language."""
        return say(key, self.language, **params)

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue in force."""
        return catalogue()

    def board(self, year: int | None = None) -> Board | None:
        """The results of the chosen institution for the chosen (or another) year."""
        if self.institution is None or (year or self.year) is None:
            return None
        return cached_board(location(), own_mark(self.institution), self.institution, int(year or self.year or 0))

    def rounds_so_far(self) -> list[dict[str, Any]]:
        """The values of the chosen institution in every round until the chosen year (``values_of_rounds``)."""
        code = self.institution
        if code is None:
            return []
        return [row for row in _values_of_rounds(location(), own_mark(code), code) if row["year"] <= (self.year or 0)]

    @property
    def hides_peers(self) -> bool:
        """Whether the others of the chosen year are shown as quantiles only, not by name."""
        return self.year is not None and hides_peers(store().engine, self.actor, self.year)

    def panel(
        self,
        own: bool = False,
        *,
        indicators: Collection[str] | None = None,
        institutions: Collection[str] | None = None,
    ) -> pd.DataFrame:
        """Values in the chosen year, of all institutions and indicators or of some.

        ``own``: small counts of the chosen institution are shown as they are on its page.
        """
        if self.year is None:
            return pd.DataFrame()
        every = self._panel(self.year)
        rows, code = every.narrowed(indicators, institutions), self.institution
        if not own or code is None or every.rows.empty or (institutions is not None and code not in institutions):
            return rows
        sees = sees_small_counts(self.actor, code, code)
        mine = cached_own_values(location(), own_mark(code), self.year, code, sees, self.actor)
        mine = mine if indicators is None else mine[mine["indicator"].isin(list(indicators))]
        return with_own_values(rows, mine, code)

    def panel_of_year(self, year: int, indicators: Collection[str] | None = None) -> pd.DataFrame:
        """Values of all institutions in a year, as they stand on no institution's page; empty for an unknown year."""
        return self._panel(year).narrowed(indicators, None)

    def _panel(self, year: int) -> Panel:
        is_open = self.actor.role in HOLDS_COUNTS and self.actor.institutions is None
        return cached_panel(location(), digest(year), year, self.actor.role if is_open else EDITOR)


def location() -> str:
    """Where the store lies."""
    return os.environ.get(STORE_VARIABLE, str(DEMO_STORE))


def restore() -> None:
    """Takes what the address says into the session on its first run; later brings back what a change of page drops."""
    if "restored" in st.session_state:
        for key, value in st.session_state.get("place", {}).items():
            st.session_state.setdefault(key, value)
        return
    st.session_state["restored"] = True
    for key in KEYS:
        if st.query_params.get(key):
            st.session_state[key] = st.query_params[key]
    st.session_state["asked"] = {key: st.query_params[key] for key in ASKED if st.query_params.get(key)}
    if st.session_state.get("lang") not in LANGUAGES:
        asked = str(st.context.locale or "ja")
        st.session_state["lang"] = "en" if asked.lower().startswith("en") else "ja"


def refuse_unknown(key: str, known: Collection[str]) -> bool:
    """Whether what the address asks for under ``key`` is unknown, until something else is chosen.

    Then nothing is chosen. What is unknown without having been asked for by an address is left to the caller.
    """
    asked = st.session_state.get("asked", {})
    chosen = st.session_state.get(key)
    if key in asked and (asked[key] in known or chosen in known):
        del asked[key]
    is_unknown = key in asked and chosen in (None, asked[key])
    if is_unknown:
        st.session_state[key] = None
    return is_unknown


def show_unknown(page: Page, key: str) -> None:
    """Says that the address asks for an unknown institution, year or indicator, in its own words as plain text."""
    name = st.session_state.get("asked", {}).get(key)
    if name is not None:
        st.container(border=True).text(page.say(f"unknown.{key}", name=name[:LONGEST_NAME]))


def switch_language(language: str) -> None:
    """Changes the language and keeps every choice.

    A browser holds what is chosen as the words it shows; choices set anew are sent to it in the other language.
    """
    st.session_state["lang"] = language
    for key, value in st.session_state.to_dict().items():
        if isinstance(value, str | list) and key not in ("lang", "lang_choice"):
            st.session_state[key] = value


def follow_upload() -> None:
    """After an upload the page shows the institution and year that were uploaded."""
    pending = st.session_state.pop("pending", None)
    if pending is not None:
        st.session_state["institution"], st.session_state["year"] = pending[0], str(pending[1])


def remember() -> None:
    """Writes institution, year, indicator, definition and language to the address (navigation clears them)."""
    wanted = {key: str(st.session_state[key]) for key in KEYS if st.session_state.get(key) not in (None, "")}
    st.session_state["place"] = wanted
    if dict(st.query_params) != wanted:
        st.query_params.from_dict(wanted)


def begin(action: Action) -> Page:
    """Starts a page: asks the policy, then gives the context. Stops the page where it is not allowed."""
    st.session_state["action"] = action
    page = page_now()
    try:
        demand(page.actor, action, page.institution if action in OF_INSTITUTION else None)
    except Forbidden as forbidden:
        st.error(forbidden.text[page.language])
        st.stop()
    unknown = next((key for key in ("institution", "year") if key in st.session_state.get("asked", {})), None)
    if unknown is None:
        return page
    # Of an unknown institution no round can be known, so that is said alone.
    if action in OF_INSTITUTION:
        st.title(page.say("unknown.choose"))
    show_unknown(page, unknown)
    if action in OF_INSTITUTION:
        st.stop()
    return page


def actor_now() -> Actor:
    """Who uses this page: whoever signed in, asked of the store at each run; on this machine alone the role chosen.

    Raises NotSignedIn where sign-in is set up and whoever comes may not go on.
    """
    if sign_in.is_set_up():
        return sign_in.signed_in_actor(store().engine)
    role = st.session_state.get("role")
    if role not in ROLES:
        return LOCAL
    scope = st.session_state.get("acting_for") if role in UNIVERSITY_ROLES else None
    return Actor(role, scope or (() if role in UNIVERSITY_ROLES else None))


def page_now() -> Page:
    """The context as chosen above the page."""
    year = st.session_state.get("year")
    return Page(
        st.session_state.get("lang", "ja"),
        actor_now(),
        st.session_state.get("institution") or None,
        int(year) if year else None,
        st.session_state.get("action"),
    )


def names(language: str) -> Mapping[str, str]:
    """Code -> name of every institution in the store."""
    return _names(location(), stamp(), language)


@st.cache_data(show_spinner=False, max_entries=4)
def _names(location: str, mark: str, language: str) -> dict[str, str]:
    known = open_store(location).institutions()
    column = "name_en" if language == "en" else "name_ja"
    return {
        str(code): str(name or name_ja)
        for code, name, name_ja in zip(known["code"], known[column], known["name_ja"], strict=True)
    }


@st.cache_data(show_spinner=False, max_entries=2)
def search_words(location: str, mark: str) -> Mapping[str, tuple[str, ...]]:
    """Code -> what an institution is also looked for by: its code and its shortest other names."""
    aliases = load_register().aliases
    codes = (str(code) for code in open_store(location).institutions()["code"])
    return {code: (code, *sorted(aliases.get(code, ()), key=len)[:OTHER_NAMES]) for code in codes}


def offer_page(page: Page, name: str) -> None:
    """A link to another page, for those who may open it."""
    if may_open(page.actor, name):
        st.page_link(FILE_OF[name], label=page.say(f"nav.{name}"))


def require_results(page: Page, board: Board | None) -> Board:
    """The results; where there are none yet the page ends in an empty state that says what to do."""
    if board is None:
        st.info(page.say("empty.no_results"))
        for name in ("upload", "form"):
            offer_page(page, name)
        st.stop()
    return board
