"""Sign-in through the OpenID Connect provider that the secrets name; without one, this machine alone is served."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from sqlalchemy import Engine
from streamlit.errors import StreamlitSecretNotFoundError

from app.access import Actor, has_sign_in, is_local_request, is_loopback
from app.storage.database.people import NotSignedIn, accept_invitation, actor_of, end_session, granted_by
from app.texts import say
from schemas.dictionary.declaration import read_yaml

CLAIMS_VARIABLE = "JUNKAN_CLAIMS"  # the file that says which claims give which role


def is_set_up() -> bool:
    """Whether the secrets of this server name a provider."""
    try:
        return has_sign_in(st.secrets)
    except (StreamlitSecretNotFoundError, FileNotFoundError):
        return False


def is_served_safely() -> bool:
    """Whether this page may be shown: behind sign-in, or to this machine alone."""
    if is_set_up():
        return True
    address = str(st.get_option("server.address") or "")
    return is_loopback(address) and is_local_request(dict(st.context.headers or {}))


@cache
def mapping_of(path: str) -> Mapping[str, Any]:
    """The mapping of claims to roles and institutions from a YAML file; empty without one."""
    found: Mapping[str, Any] = read_yaml(Path(path)) if path else {}
    return found


def claims_now() -> dict[str, Any]:
    """The claims of whoever signed in; empty for nobody."""
    return dict(st.user.to_dict()) if st.user.get("is_logged_in") else {}


def signed_in_actor(engine: Engine) -> Actor:
    """Who signed in, with the role held now. Raises NotSignedIn."""
    claims = claims_now()
    granted = granted_by(claims, mapping_of(os.environ.get(CLAIMS_VARIABLE, "")))
    return actor_of(engine, claims, granted, datetime.now(UTC))


def ask_to_sign_in(engine: Engine, language: str) -> None:
    """Stops with what to do unless whoever comes may go on."""
    if not st.user.get("is_logged_in"):
        st.title(say("people.sign_in_title", language))
        st.write(say("people.sign_in_text", language))
        if st.button(say("people.sign_in", language), type="primary", key="sign_in"):
            st.login()
        st.stop()
    try:
        signed_in_actor(engine)
    except NotSignedIn as problem:
        st.error(problem.text[language])
        if problem.is_unknown:
            offer_invitation(engine, language)
        if st.button(say("people.sign_out", language), key="leave"):
            st.logout()
        st.stop()


def offer_invitation(engine: Engine, language: str) -> None:
    """Takes an invitation from whoever signed in and is not known yet."""
    code = st.text_input(say("people.invitation", language), key="invitation")
    if st.button(say("people.accept", language), key="accept") and code:
        try:
            accept_invitation(engine, code, claims_now(), datetime.now(UTC))
        except NotSignedIn as problem:
            st.error(problem.text[language])
            return
        st.rerun()


def offer_sign_out(engine: Engine, language: str) -> None:
    """Ends the session here before the cookie is dropped, so that no copy of it opens anything."""
    if st.button(say("people.sign_out", language), key="sign_out"):
        end_session(engine, claims_now(), datetime.now(UTC))
        st.logout()
