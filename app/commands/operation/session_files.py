"""Uploads and downloads over HTTP only for whoever has a session that goes on; the framework itself asks for none."""

from __future__ import annotations

import json
import os
import re
import threading
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
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value

from app.storage.database.people import has_open_session, session_id
from app.storage.problems import StoreError
from app.storage.store import Store
from app.storage.store_location import STORE_VARIABLE, files_given
from app.texts import texts

SIGN_IN_COOKIE = "_streamlit_user"
FILES = re.compile(r"/(?P<kind>media|_stcore/upload_file)/")
OFFERING = ("add", "add_deferred", "execute_deferred")
NOTED_AT_LEAST = 1_000  # files, before those that the framework has dropped are forgotten


class OfferedFiles:
    """For which sign-ins a page has offered each file of this process; a file is known by the last part of its link."""

    def __init__(self) -> None:
        self._sign_ins: dict[str, set[str]] = {}
        self._many = NOTED_AT_LEAST
        self._lock = threading.Lock()
        self._made = threading.local()

    def is_for(self, path: str, sign_in: str) -> bool:
        """Whether the file at a path was offered to this sign-in."""
        with self._lock:
            return sign_in in self._sign_ins.get(_file_at(path), ())

    def watch(self, manager: type[MediaFileManager]) -> None:
        """Notes every file that is offered from now on. Raises RuntimeError where the framework offers otherwise."""
        if not all(callable(getattr(manager, name, None)) for name in OFFERING):
            raise RuntimeError("the framework offers files elsewhere than expected")
        add, add_deferred, execute_deferred = (getattr(manager, name) for name in OFFERING)

        def add_and_note(files: MediaFileManager, *given: Any, **named: Any) -> str:
            link = str(add(files, *given, **named))
            self._note(files, link, current_sign_in())
            return link

        def add_deferred_and_remember(files: MediaFileManager, data_callable: Any, *given: Any, **named: Any) -> str:
            sign_in = current_sign_in()

            def make() -> Any:
                self._made.sign_in = sign_in
                return data_callable()

            return str(add_deferred(files, make, *given, **named))

        def execute_and_note(files: MediaFileManager, file_id: str) -> str:
            link = str(execute_deferred(files, file_id))
            self._note(files, link, self._made.sign_in)
            return link

        noting: tuple[Callable[..., str], ...] = (add_and_note, add_deferred_and_remember, execute_and_note)
        for name, own in zip(OFFERING, noting, strict=True):
            setattr(manager, name, own)

    def _note(self, files: MediaFileManager, link: str, sign_in: str | None) -> None:
        if sign_in is None:
            return
        with self._lock:
            self._sign_ins.setdefault(_file_at(link), set()).add(sign_in)
            if len(self._sign_ins) > self._many:
                there = {name: who for name, who in self._sign_ins.items() if files.read_file(name) is not None}
                self._sign_ins, self._many = there, max(NOTED_AT_LEAST, 2 * len(there))


def current_sign_in() -> str | None:
    """What the sign-in is known by for which a page runs now; None where nobody signed in."""
    context = get_script_run_ctx()
    claims: Mapping[str, Any] = {} if context is None else dict(context.user_info)
    return session_id(claims) if claims.get("is_logged_in") else None


def _file_at(path: str) -> str:
    return path.rpartition("/")[2]


OFFERED = OfferedFiles()


class SessionFiles:
    """ASGI middleware: 403 for the addresses of uploads and downloads without the cookie of a session that goes on.

    The cookie of somebody who signed out, and one of a disabled user open nothing; 503 while the database cannot be
    asked. A link that was passed on is 404 for everybody to whom no page of their own has offered the file.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, or answers it with the reason."""
        if scope["type"] != "http" or kind_of_file_address(scope["path"]) is None:
            await self._app(scope, receive, send)
            return
        try:
            cookies = dict(HTTPConnection(scope).cookies)
            is_open = await run_in_threadpool(has_session_that_goes_on, cookies)
        except StoreError as problem:
            await PlainTextResponse(f"{problem.text.ja}\n{problem.text.en}\n", 503)(scope, receive, send)
            return
        is_own = is_open and (
            kind_of_file_address(scope["path"]) != "media"
            or OFFERED.is_for(scope["path"], session_id(claims_in(cookies)))
        )
        if is_own:
            await self._app(scope, receive, send)
            return
        told = texts()["people.file_of_others" if is_open else "people.no_session_for_file"]
        await PlainTextResponse(f"{told.ja}\n{told.en}\n", 404 if is_open else 403)(scope, receive, send)


def kind_of_file_address(path: str) -> str | None:
    """``media`` for the address of a download, another word for an upload, below the base path of the server."""
    base = str(config.get_option("server.baseUrlPath") or "").strip("/")
    found = FILES.match(path.removeprefix(f"/{base}") if base else path)
    return None if found is None else found["kind"]


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
