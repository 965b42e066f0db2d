"""The chapter of the screens: each with the question it answers and its picture from the demo."""

from __future__ import annotations

from pathlib import Path

from app.documents.handbook.chapter import Chapter, Section, chapter_of
from app.texts import say, texts

PICTURES = Path(__file__).parents[3] / "docs" / "pictures" / "pages"
PREFIX = "screen."


def screen_chapter(language: str) -> Chapter:
    """One section a screen, in the order of the menu: title, question, picture in that language."""
    names = [key.removeprefix(PREFIX) for key in texts() if key.startswith(PREFIX)]
    return chapter_of("screens", language, (_screen(name, language) for name in names))


def _screen(name: str, language: str) -> Section:
    question = say(f"{PREFIX}{name}", language)
    return Section(name, say(f"nav.{name}", language), (question,), picture=picture_name(name, language))


def picture_name(name: str, language: str) -> str:
    """The file of the picture of a screen, in ``PICTURES``."""
    return f"{name}_{language}.webp"
