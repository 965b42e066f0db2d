"""What a handbook is made of: chapters, sections, tables; finished texts in one language."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlencode

from app.texts import say
from indicators.catalogue.declarations import Benchmark
from schemas.dictionary.field import Sheet


@dataclass(frozen=True)
class ChapterTable:
    """A table of finished texts: every row has as many cells as ``head``."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    """One entry: what an id stands for. ``id`` is unique in its chapter; ``group`` is a heading above it.

    ``facts`` are short lines, ``label: value``; ``picture`` is a file of docs/pictures/pages.
    """

    id: str
    title: str
    paragraphs: tuple[str, ...] = ()
    tables: tuple[ChapterTable, ...] = ()
    group: str = ""
    facts: tuple[str, ...] = ()
    picture: str = ""

    @cached_property
    def searched(self) -> str:
        """Everything it says, in the form in which searches compare texts."""
        cells = [cell for table in self.tables for row in (table.head, *table.rows) for cell in row]
        return comparable(" ".join([self.id, self.title, *self.paragraphs, *self.facts, *cells]))


@dataclass(frozen=True)
class Chapter:
    """A chapter with its sections in order."""

    id: str
    title: str
    intro: tuple[str, ...]
    sections: tuple[Section, ...] = field(default=())

    def section(self, name: str) -> Section | None:
        """The section of this id; None when there is none."""
        return next((section for section in self.sections if section.id == name), None)


def comparable(text: str) -> str:
    """A text with width and case of letters evened out."""
    return unicodedata.normalize("NFKC", text).casefold()


def search_sections(chapters: Iterable[Chapter], text: str) -> list[tuple[Chapter, Section]]:
    """The sections that contain every word of ``text``, best first.

    First those called exactly so (title or id), then those whose title or id begins so, holds every word, holds one.
    """
    words = comparable(text).split()
    hits = [(c, s) for c in chapters for s in c.sections if words and all(word in s.searched for word in words)]
    return sorted(hits, key=lambda hit: _distance(hit[1], " ".join(words)))


def _distance(section: Section, asked: str) -> int:
    """How far the name of a section is from what was asked for: 0 for the same, 4 for no word in it."""
    names = [comparable(section.title), comparable(section.id)]
    together, words = " ".join(names), asked.split()
    nearness = (
        asked in names,
        any(name.startswith(asked) for name in names),
        all(word in together for word in words),
        any(word in together for word in words),
    )
    return nearness.index(True) if True in nearness else len(nearness)


def link(chapter: str, section: str, language: str) -> str:
    """The address of a section's page in the app, relative to the app."""
    return "handbook?" + urlencode({"lang": language, "section": chapter, "id": section})


def chapter_of(name: str, language: str, sections: Iterable[Section], more: Sequence[str] = ()) -> Chapter:
    """A chapter with its declared title and introduction."""
    intro = (say(f"book_intro.{name}", language), *more)
    return Chapter(name, say(f"book_chapter.{name}", language), intro, tuple(sections))


def table_of(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], language: str) -> ChapterTable:
    """A table whose columns are named by keys of ``book_label``; columns without any content are left out."""
    head = [say(f"book_label.{column}", language) for column in columns]
    return dense(ChapterTable(title, tuple(head), tuple(tuple(row) for row in rows)))


def dense(table: ChapterTable) -> ChapterTable:
    """The table without the columns in which every cell is empty."""
    kept = [index for index in range(len(table.head)) if any(row[index] for row in table.rows)]
    rows = tuple(tuple(row[index] for index in kept) for row in table.rows)
    return ChapterTable(table.title, tuple(table.head[index] for index in kept), rows)


def pairs(values: Iterable[tuple[str, str]], language: str) -> tuple[str, ...]:
    """``label: value`` lines for keys of ``book_label``; empty values are left out."""
    return tuple(
        say("book.colon", language, name=say(f"book_label.{key}", language), value=value)
        for key, value in values
        if value
    )


def sheet_name(sheet: Sheet, language: str) -> str:
    """The name of a sheet as it stands in the workbook, in English with what it means."""
    return sheet.name if language == "ja" else f"{sheet.name} ({sheet.title[language]})"


def join_words(words: Iterable[str], language: str) -> str:
    """Words in one line."""
    return say("chart.list_comma", language).join(words)


def section_id(benchmark: Benchmark) -> str:
    """How the handbook names a benchmark."""
    return f"{benchmark.indicator}.{benchmark.id}"
