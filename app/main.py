"""Streamlit entry: session, language, role, navigation; nothing else."""

import gc

import streamlit as st

from app import session
from app.navigation import PAGES
from app.serving import is_loopback
from app.texts import say
from app.views import parts


@st.cache_resource(show_spinner=False)
def settle() -> bool:
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
settle()
parts.frame(language)
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
parts.sidebar()
session.remember()
parts.demo_mark(session.page_now())
chosen.run()
