"""The one script of a page; its hash stands in the policy of a proxy (docs/deploy.md 3)."""

from __future__ import annotations

import json

from app.charts.theme import STATIC
from app.texts import say, texts
from schemas.dictionary.declaration import Text

FILES = (
    # Sorts a short table by the column whose heading is pressed: numbers by size, words by the language of the page.
    "sort_table.js",
    # Streamlit says in English only that an address leads nowhere; the dialog is given the words of the page.
    # The box may stand before the script runs, so it is looked for once at the start.
    "unknown_address.js",
    # What Streamlit words in English only, mostly for screen readers: names of its buttons, fields, lists of choices.
    # Only what it draws itself is looked at, never a text of a page or of a user.
    "framework_words.js",
    # Streamlit adds a step to the browser's history for each choice that the address keeps; one press goes back a page.
    "short_history.js",
)
SCRIPTS = "\n".join(["", *((STATIC / name).read_text("utf-8") for name in FILES)])


def page_script(language: str) -> str:
    """What each page runs: language, sorting of tables, the framework's words, an unknown address, a short history."""
    told = json.dumps([say("unknown.page_title", language), say("unknown.page", language)])
    start = f"document.documentElement.lang='{language}';window.addressWords={told};"
    words = f"window.frameworkWords={json.dumps(framework_words(language))};"
    return f"{start}{words}{SCRIPTS}"


def framework_words(language: str) -> dict[str, str]:
    """The framework's own words as they stand in another language -> those of the page's language."""
    return {
        text[other]: text[language]
        for key, text in texts().items()
        if key.startswith("framework.")
        for other in Text.model_fields
        if other != language
    }
