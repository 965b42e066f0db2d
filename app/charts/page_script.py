"""The one script of a page; its hash stands in the policy of a proxy (docs/deploy.md 3)."""

from __future__ import annotations

import json

from app.charts.theme import ADDRESS_SCRIPT, HISTORY_SCRIPT, SORT_SCRIPT
from app.texts import say


def page_script(language: str) -> str:
    """What each page runs: it sets the language, sorts tables, words an unknown address, keeps history short."""
    told = json.dumps([say("unknown.page_title", language), say("unknown.page", language)])
    start = f"document.documentElement.lang='{language}';window.addressWords={told};"
    return f"{start}{SORT_SCRIPT}{ADDRESS_SCRIPT}{HISTORY_SCRIPT}"
