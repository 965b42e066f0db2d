"""Uploads and downloads over HTTP only for whoever has a session that goes on; the framework itself asks for none."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value

from app.storage.database.people import has_open_session
from app.storage.problems import StoreError
from app.storage.store import Store
from app.storage.store_location import STORE_VARIABLE, files_given
from app.texts import texts

SIGN_IN_COOKIE = "_streamlit_user"
FILES = re.compile(r"/(?:media|_stcore/upload_file)/")


class SessionFiles:
    """ASGI middleware: 403 for the addresses of uploads and downloads without the cookie of a session that goes on.

    A link that was passed on, the cookie of somebody who signed out, and one of a disabled user open nothing; 503 while
    the database cannot be asked.
    """

    def __init__(self, app: ASGIApp, is_open: Callable[[Mapping[str, str]], bool] | None = None) -> None:
        self._app = app
        self._is_open = is_open or has_session_that_goes_on

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, or answers it with the reason."""
        if scope["type"] != "http" or not is_file_address(scope["path"]):
            await self._app(scope, receive, send)
            return
        try:
            is_open = await run_in_threadpool(self._is_open, dict(HTTPConnection(scope).cookies))
        except StoreError as problem:
            await PlainTextResponse(f"{problem.text.ja}\n{problem.text.en}\n", 503)(scope, receive, send)
            return
        if is_open:
            await self._app(scope, receive, send)
            return
        told = texts()["people.no_session_for_file"]
        await PlainTextResponse(f"{told.ja}\n{told.en}\n", 403)(scope, receive, send)


def is_file_address(path: str) -> bool:
    """Whether a path is that of an upload or a download, below the base path of the server."""
    base = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return FILES.match(path.removeprefix(f"/{base}") if base else path) is not None


def claims_in(cookies: Mapping[str, str]) -> dict[str, Any]:
    """The claims in the signed cookie of a sign-in; empty without one, and for one that was not signed here."""
    secret = get_cookie_secret()

    def read(name: str) -> bytes | None:
        value = cookies.get(name)
        return None if value is None else decode_signed_value(secret, name, value.encode("latin-1"))

    signed = get_cookie_with_chunks(read, SIGN_IN_COOKIE)
    try:
        found = json.loads(signed) if signed else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) and found.get("is_logged_in") else {}


def has_session_that_goes_on(cookies: Mapping[str, str]) -> bool:
    """Whether the cookies are those of a session that the store knows and that has not ended. Raises StoreError."""
    claims = claims_in(cookies)
    return bool(claims) and has_open_session(_store().engine, claims, datetime.now(UTC))


@cache
def _store() -> Store:
    return Store.open(os.environ[STORE_VARIABLE], files=files_given())
