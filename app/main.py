"""Streamlit entry: session, language, role, navigation; nothing else."""

import gc

import streamlit as st

from app.access import is_loopback
from app.components import page_elements, session
from app.components.navigation import PAGES
from app.storage.problems import StoreError
from app.texts import say


@st.cache_resource(show_spinner=False)
def freeze_gc() -> bool:
    """Takes the loaded program out of the garbage collector's rounds; returns whether that was done."""
    gc.collect()
    gc.freeze()
    return True


session.restore()
language = st.session_state["lang"]
st.set_page_config(page_title=say("app.title", language), layout="wide")
if not is_loopback(str(st.get_option("server.address") or "")):
    st.error(say("cli.refused_address", language))
    st.stop()
freeze_gc()
page_elements.frame(language)
try:
    session.store().stamp()
except StoreError as problem:
    st.error(problem.text[language])
    st.stop()
chosen = st.navigation(
    {
        say(section, language): [
            st.Page(f"views/{name}.py", title=say(f"nav.{name}", language), default=name == "home", url_path=name)
            for name in names
        ]
        for section, names in PAGES.items()
    },
    expanded=True,
)
if chosen.url_path:
    st.set_page_config(page_title=f"{chosen.title} | {say('app.title', language)}")
session.follow_upload()
page_elements.choices()
session.remember()
page_elements.demo_mark(session.page_now())
try:
    chosen.run()
except Exception:
    # The framework's own box is in English and offers to send the error elsewhere; the record is in the server's log.
    st.error(say("app.failed", st.session_state["lang"]))
    raise
