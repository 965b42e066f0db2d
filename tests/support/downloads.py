"""What a page offers for download, as a browser would get it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
import streamlit as st

from app.components.people import logged_download

PICTURES = (".svg", ".png")


class Offered(NamedTuple):
    """A file that a page hands to the browser, and whether the log would say who took it."""

    name: str
    data: bytes
    is_logged: bool


def offered_files(monkeypatch: pytest.MonkeyPatch) -> list[Offered]:
    """The files that pages run from now on hand to the browser; filled while they run.

    They are looked at, not taken: the log of the store stays as it is. Pictures of charts are not drawn.
    """
    found: list[Offered] = []
    lines: list[str] = []
    offer: Callable[..., Any] = st.download_button

    def noted(label: str, made: Callable[[], bytes], file_name: str, **settings: Any) -> Any:
        if not file_name.endswith(PICTURES):
            lines.clear()
            data = b"" if settings.get("disabled") else made()
            found.append(Offered(file_name, data, is_logged=bool(lines)))
        return offer(label, made, file_name=file_name, **settings)

    monkeypatch.setattr(st, "download_button", noted)
    monkeypatch.setattr(logged_download, "note", lambda *taken, **facts: lines.append(facts["what"]))
    return found
