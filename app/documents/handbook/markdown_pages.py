"""The handbook as Markdown pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path

import pandas as pd

from app.documents.export.safe_csv import csv_bytes
from app.documents.handbook.build_handbook import handbook
from app.documents.handbook.chapter import Chapter, ChapterTable, Section
from app.results.answer_influence import EFFECT_COLUMNS
from app.texts import say
from indicators.catalogue.load_catalogue import Catalogue
from schemas.rules.rule import Rule

FOLDER = Path(__file__).parents[3] / "docs" / "reference"
EFFECTS_FILE = "burden.csv"
LANGUAGES = ("ja", "en")
OTHER = {"ja": "en", "en": "ja"}
ADDRESS = re.compile(r"(https?://[^\s、。（）]+)")
MARKS = re.compile(r"[\\*_`<~\[$|]")


def kept_effects(folder: Path = FOLDER) -> pd.DataFrame | None:
    """The committed effects; None where the folder has none, or those of another edition of this program."""
    path = folder / EFFECTS_FILE
    if not path.is_file():
        return None
    found = pd.read_csv(path, encoding="utf-8-sig", keep_default_na=False)
    return found[EFFECT_COLUMNS] if set(EFFECT_COLUMNS) <= set(found) else None


def pages(catalogue: Catalogue, rules: Mapping[str, Rule], year: int, found: pd.DataFrame) -> dict[str, bytes]:
    """Path in the folder -> bytes of every page, and the table of effects."""
    files = {EFFECTS_FILE: csv_bytes(found)}
    for language in LANGUAGES:
        chapters = handbook(catalogue, rules, language, year, found)
        texts = {f"{language}/{chapter.id}.md": chapter_page(chapter, language) for chapter in chapters}
        texts[f"{language}/README.md"] = contents_page(chapters, language)
        files |= {name: text.encode("utf-8") for name, text in texts.items()}
    return files


def contents_page(chapters: tuple[Chapter, ...], language: str) -> str:
    """The list of chapters."""
    lines = [f"# {say('book.title', language)}", say("book.intro", language), say("book.generated", language)]
    lines.append(_other(f"../{OTHER[language]}/README.md", language))
    lines.append("\n".join(f"- [{chapter.title}]({chapter.id}.md)" for chapter in chapters))
    return "\n\n".join(lines) + "\n"


def chapter_page(chapter: Chapter, language: str) -> str:
    """One chapter in Markdown, with an anchor before every section."""
    links = (
        f"[{say('book.contents', language)}](README.md) · {_other(f'../{OTHER[language]}/{chapter.id}.md', language)}"
    )
    lines = [f"# {chapter.title}", links, *map(markup, chapter.intro)]
    for group, sections in groupby(chapter.sections, key=lambda section: section.group):
        if group:
            lines.append(f"## {markup(group)}")
        for section in sections:
            lines.extend(_section(section, "###" if group else "##"))
    return "\n\n".join(lines) + "\n"


def _other(path: str, language: str) -> str:
    return f"[{say('book.other_language', language)}]({path})"


def _section(section: Section, marks: str) -> Iterator[str]:
    yield f'<a id="{section.id}"></a>'
    yield f"{marks} {markup(section.title)}"
    yield from map(markup, section.paragraphs)
    if section.picture:
        yield f"![{markup(section.title)}](../../pictures/pages/{section.picture})"
    if section.facts:
        yield facts_text(section)
    for table in section.tables:
        if table.title != section.title:
            yield f"**{markup(table.title)}**"
        yield table_text(table)


def facts_text(section: Section) -> str:
    """The facts of a section as a list in Markdown."""
    return "\n".join(f"- {markup(fact)}" for fact in section.facts)


def table_text(table: ChapterTable) -> str:
    """A table in Markdown."""
    rows = [table.head, tuple("---" for _ in table.head), *table.rows]
    return "\n".join("| " + " | ".join(map(markup, row)) + " |" for row in rows)


def markup(text: str) -> str:
    """A text as one line of Markdown, on a page and in the app: addresses are links, nothing else is markup."""
    parts = ADDRESS.split(" ".join(text.split()))
    return "".join(f"<{part}>" if number % 2 else MARKS.sub(r"\\\g<0>", part) for number, part in enumerate(parts))
