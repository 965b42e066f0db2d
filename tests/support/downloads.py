"""What a page offers for download, as a browser would get it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import streamlit as st


def offered_files(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bytes]]:
    """The files that pages run from now on hand to the browser, with their names; filled while they run."""
    found: list[tuple[str, bytes]] = []
    offer: Callable[..., Any] = st.download_button

    def noted(label: str, data: bytes, file_name: str, *arguments: Any, **settings: Any) -> Any:
        found.append((file_name, data))
        return offer(label, data, file_name, *arguments, **settings)

    monkeypatch.setattr(st, "download_button", noted)
    return found
