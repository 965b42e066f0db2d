"""What a page offers for download, as a browser would get it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import streamlit as st

from app.components.people import logged_download

PICTURES = (".svg", ".png")


def offered_files(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bytes]]:
    """The files that pages run from now on hand to the browser, with their names; filled while they run.

    They are looked at, not taken: the log of the store stays as it is. Pictures of charts are not drawn.
    """
    found: list[tuple[str, bytes]] = []
    offer: Callable[..., Any] = st.download_button

    def noted(label: str, made: Callable[[], bytes], file_name: str, **settings: Any) -> Any:
        if not file_name.endswith(PICTURES):
            found.append((file_name, b"" if settings.get("disabled") else made()))
        return offer(label, made, file_name=file_name, **settings)

    monkeypatch.setattr(st, "download_button", noted)
    monkeypatch.setattr(logged_download, "note", lambda *taken, **facts: None)
    return found
