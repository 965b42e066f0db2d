"""Downloads of what is withheld from others: each is logged with who took it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.access import Action, demand
from app.components import session
from app.components.session import Page
from app.storage.audit import note

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP = "application/zip"


def logged_download(
    page: Page,
    label: str,
    data: bytes,
    file_name: str,
    *,
    key: str,
    action: Action,
    institution: str | None = None,
    submission: str | None = None,
    column: Any = st,
    **more: Any,
) -> None:
    """A download button; pressing it adds a row to the log. Raises Forbidden."""
    demand(page.actor, action, institution)
    what = {"institution": institution, "submission": submission, "what": key}
    column.download_button(label, data, file_name=file_name, key=key, on_click=log_download, args=(page, what), **more)


def log_download(page: Page, what: dict[str, Any]) -> None:
    """Adds the row; what names no submission is logged by the kind of what was taken."""
    note(session.store().engine, page.actor, "download", what["submission"] or what["what"], **what)
