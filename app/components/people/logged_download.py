"""Downloads: one way for every file of every page, logged before the browser has its first byte."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from app.access import Action, Actor, demand
from app.components import session
from app.components.session import Page
from app.storage.audit import note

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP = "application/zip"
Made = Callable[[], bytes]


def logged_download(
    page: Page,
    label: str,
    made: bytes | Made,
    file_name: str,
    *,
    key: str,
    action: Action | None = None,
    institution: str | None = None,
    submission: str | None = None,
    column: Any = st,
    **more: Any,
) -> None:
    """A download button for what a store holds: the click adds a row to the log, and only then is the file made.

    ``action``: what has to be allowed, the action of the page until told otherwise. ``institution``: whose file it is
    and who is shown the row; on pages about one institution that one. The page does not run anew. Raises Forbidden.
    """
    needed = action or page.action
    own = institution or (page.institution if needed in session.OF_INSTITUTION else None)
    if needed is not None:
        demand(page.actor, needed, own)
    what = {"institution": own, "submission": submission, "what": key}
    _button(column, label, partial(log_and_make, page.actor, what, made), file_name, key, more)


def open_download(label: str, made: bytes | Made, file_name: str, *, key: str, column: Any = st, **more: Any) -> None:
    """A download button for what holds nothing of a store, open to everybody; not logged."""
    _button(column, label, made if callable(made) else lambda: made, file_name, key, more)


def log_and_make(actor: Actor, what: dict[str, Any], made: bytes | Made) -> bytes:
    """The bytes of a file, once the log says who took it; what names no submission is logged by its kind.

    Raises StoreError where the log cannot be written; then there is no file.
    """
    note(session.store().engine, actor, "download", what["submission"] or what["what"], **what)
    return made() if callable(made) else made


def _button(column: Any, label: str, made: Made, file_name: str, key: str, more: dict[str, Any]) -> None:
    # Given a function, the framework calls it at the click, before the browser learns where the file is.
    column.download_button(label, made, file_name=file_name, key=key, on_click="ignore", **more)
