"""The one script of a page; its hash stands in the policy of a proxy (docs/deploy.md 3)."""

from __future__ import annotations

import json

from app.charts.theme import ADDRESS_SCRIPT, HISTORY_SCRIPT, SORT_SCRIPT, WORDS_SCRIPT
from app.texts import say, texts
from schemas.dictionary.declaration import Text


def page_script(language: str) -> str:
    """What each page runs: language, sorting of tables, the framework's words, an unknown address, a short history."""
    told = json.dumps([say("unknown.page_title", language), say("unknown.page", language)])
    start = f"document.documentElement.lang='{language}';window.addressWords={told};"
    words = f"window.frameworkWords={json.dumps(framework_words(language))};"
    return f"{start}{words}{SORT_SCRIPT}{ADDRESS_SCRIPT}{WORDS_SCRIPT}{HISTORY_SCRIPT}"


def framework_words(language: str) -> dict[str, str]:
    """The framework's own words as they stand in another language -> those of the page's language."""
    return {
        text[other]: text[language]
        for key, text in texts().items()
        if key.startswith("framework.")
        for other in Text.model_fields
        if other != language
    }
