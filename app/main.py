"""Streamlit entry: session, language, role, navigation; nothing else."""

import gc
import logging

import streamlit as st

from app.components import page_elements, session
from app.components.navigation import FILE_OF, MENU, NAMES, PAGES, pages_of
from app.components.people import sign_in
from app.components.people.role_chooser import show_role
from app.storage.problems import StoreError
from app.texts import say

FIRST = "first"  # what the framework reserves for the page at the root


@st.cache_resource(show_spinner=False)
def freeze_gc() -> bool:
    """Takes the loaded program out of the garbage collector's rounds; returns whether that was done."""
    gc.collect()
    gc.freeze()
    return True


session.restore()
language = st.session_state["lang"]
st.set_page_config(page_title=say("app.title", language), layout="wide")
if not sign_in.is_served_safely():
    st.error(say("cli.refused_address", language))
    st.stop()
freeze_gc()
page_elements.frame(language)
try:
    session.store().stamp()
except StoreError as problem:
    st.error(problem.text[language])
    st.stop()
if sign_in.is_set_up():
    sign_in.ask_to_sign_in(session.store().engine, language)
actor = session.actor_now()
allowed = pages_of(actor) or list(NAMES)  # whoever may nothing is told so by each page
menu = MENU.get(actor.role, ())
pages = {
    name: st.Page(
        FILE_OF[name],
        title=say(f"nav.{name}", language),
        default=name == allowed[0],
        url_path=FIRST if name == allowed[0] else name,
        visibility="visible" if name in menu or not menu else "hidden",
    )
    for name in allowed
}
# The framework answers for its first page at the root alone; its name as an address leads there too.
by_name = st.Page(
    lambda: st.switch_page(pages[allowed[0]]), title=pages[allowed[0]].title, url_path=allowed[0], visibility="hidden"
)
sections = {section: [pages[name] for name in names if name in pages] for section, names in PAGES.items()}
next(found for found in sections.values() if found).append(by_name)
chosen = st.navigation({say(section, language): found for section, found in sections.items() if found}, expanded=True)
if st.session_state.pop("goes_home", False):
    st.switch_page(pages[allowed[0]])
if chosen.url_path:
    st.set_page_config(page_title=f"{chosen.title} | {say('app.title', language)}")
session.follow_upload()
page_elements.choices()
show_role(language)
with st.sidebar.expander(say("nav.more", language)):
    for name in allowed:
        if name not in menu:
            st.page_link(pages[name])
session.remember()
page_elements.demo_mark(session.page_now())
if chosen == pages[allowed[0]]:
    st.text(say(f"what.{actor.role}" if actor.role in MENU else "what.local", language))
try:
    chosen.run()
except Exception:
    # The framework's own box is in English and offers to send the error elsewhere; the record is in the server's log.
    st.error(say("app.failed", st.session_state["lang"]))
    logging.getLogger("junkan").exception("page %s failed", chosen.url_path)
    raise
