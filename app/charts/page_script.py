"""The one script of a page; its hash stands in the policy of a proxy (docs/deploy.md 3)."""

from __future__ import annotations

import json

from app.charts.theme import ADDRESS_SCRIPT, SORT_SCRIPT
from app.texts import say


def page_script(language: str) -> str:
    """What each page runs: it sets the language of the page, sorts its tables and words an unknown address."""
    told = json.dumps([say("unknown.page_title", language), say("unknown.page", language)])
    return f"document.documentElement.lang='{language}';window.addressWords={told};{SORT_SCRIPT}{ADDRESS_SCRIPT}"
