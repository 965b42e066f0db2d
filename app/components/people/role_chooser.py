"""The role in which one works, said on every page; on this machine alone it can be chosen."""

from __future__ import annotations

import streamlit as st

from app.access import ROLES, UNIVERSITY_ROLES, Actor
from app.components import session
from app.components.people import sign_in
from app.texts import listed, say

CHOICES = ("local", *ROLES)


def role_line(actor: Actor, language: str) -> str:
    """The role in words, and for whom it is held."""
    role = say(f"role.{actor.role}", language) if actor.role in CHOICES else actor.role
    if not actor.institutions:
        return role
    names = session.names(language)
    held = listed(names.get(code, code) for code in sorted(actor.institutions))
    return say("people.role_of", language, role=role, names=held)


def show_role(language: str) -> None:
    """Who is at work, in the sidebar of every page, with the way out or the choice of another role."""
    with st.sidebar:
        if sign_in.is_set_up():
            st.caption(role_line(session.actor_now(), language))
            sign_in.offer_sign_out(session.store().engine, language)
            return
        st.selectbox(
            say("people.choose_role", language),
            CHOICES,
            index=CHOICES.index(st.session_state.get("role") or "local"),
            format_func=lambda role: say(f"role.{role}", language),
            key="role_choice",
            on_change=lambda: take_role(str(st.session_state["role_choice"])),
        )
        st.caption(say("people.local_mode", language, role=role_line(session.actor_now(), language)))


def take_role(role: str) -> None:
    """Goes on in another role, for the chosen institution where it is one of a university; its home comes first."""
    st.session_state["role"] = role if role in ROLES else None
    st.session_state["acting_for"] = st.session_state.get("institution") if role in UNIVERSITY_ROLES else None
    st.session_state["goes_home"] = True


def offer_roles(language: str) -> None:
    """The roles as buttons on the first page of the demo, until one is chosen."""
    if sign_in.is_set_up() or st.session_state.get("role") in ROLES or session.store().kind != "demo":
        return
    with st.container(border=True):
        st.markdown(f"**{say('people.try_role', language)}**")
        for slot, role in zip(st.columns(len(ROLES)), ROLES, strict=True):
            label = say(f"role.{role}", language)
            slot.button(label, key=f"take_{role}", on_click=take_role, args=(role,), width="stretch")
