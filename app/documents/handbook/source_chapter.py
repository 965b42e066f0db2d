"""The handbook's chapter on sources: what each is, and what rests on it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from app.documents.handbook.chapter import Chapter, Section, chapter_of, join_words, pairs, section_id
from app.texts import say
from indicators.catalogue.declarations import Source
from indicators.catalogue.load_catalogue import Catalogue
from indicators.published.shipped import licences
from schemas.dictionary.country_names import ALIASES_FILE, ALIASES_SOURCES
from schemas.dictionary.declaration import Text
from schemas.register.centres import load_centres
from schemas.register.register import REGISTER_SOURCES


def source_line(source: Source, language: str) -> str:
    """Producer, title and date of a source in one line."""
    date = say("book.published", language, date=source.published) if source.published else ""
    return say(
        "book.quoted", language, producer=source.producer[language], title=source.title[language], published=date
    )


def note_key(catalogue: Catalogue, number: str) -> str | None:
    """Key of the source that the checklist calls by its number (``S07``); None when it is not listed."""
    pattern = re.compile(rf"wpi\.md [^;]*\b{re.escape(number)}\b")
    return next((source.key for source in catalogue.sources.values() if pattern.search(source.ref)), None)


def uses_of(catalogue: Catalogue) -> dict[str, list[str]]:
    """For each source what rests on it: indicators, benchmarks, code lists, checklist items, files of data."""
    uses: dict[str, list[str]] = {key: [] for key in catalogue.sources}
    for indicator in catalogue.indicators.values():
        uses[indicator.source].append(indicator.id)
    for rows in catalogue.benchmarks.values():
        for benchmark in rows:
            for key in dict.fromkeys(entry.source for entry in benchmark.entries):
                uses[key].append(section_id(benchmark))
    for name, code_list in catalogue.dictionary.code_lists.items():
        if code_list.source in uses:
            uses[code_list.source].append(name)
        for key in dict.fromkeys(key for item in code_list.items for key in item.sources):
            uses[key].append(name)
    for proposal in catalogue.dictionary.checklist.proposals:
        for key in proposal.sources:
            uses[key].append(proposal.code)
    for item in catalogue.dictionary.checklist.items:
        for listed_key in {note_key(catalogue, number) for number in item.sources}:
            if listed_key is not None:
                uses[listed_key].append(item.code)
    for file, keys in _shipped_files():
        for key in keys:
            uses[key].append(file)
    return uses


def _shipped_files() -> Iterator[tuple[str, Iterable[str]]]:
    """Files of data that ship, each with the keys of its sources."""
    yield from ((file, licence.sources) for file, licence in licences().items())
    yield "universities.csv", REGISTER_SOURCES
    yield ALIASES_FILE.name, ALIASES_SOURCES
    yield "wpi_calls.csv", dict.fromkeys(call.source for call in load_centres().calls)


def source_chapter(catalogue: Catalogue, language: str) -> Chapter:
    """One section a source that something rests on."""
    uses = uses_of(catalogue)
    sections = [
        Section(
            source.key,
            source.title[language],
            facts=pairs(
                [
                    ("producer", source.producer[language]),
                    ("published", str(source.published or "")),
                    ("accessed", source.accessed or ""),
                    ("seen", say(f"book_seen.{source.seen}", language)),
                    ("licence", licence_of(source, language) or ""),
                    ("address", source.url or ""),
                    ("used_by", join_words(uses[source.key], language)),
                ],
                language,
            ),
        )
        for source in catalogue.sources.values()
        if uses[source.key]
    ]
    return chapter_of("sources", language, sections)


def licence_of(source: Source, language: str) -> str | None:
    """The licence of a source by its name or in words; None where it is not known."""
    return source.licence[language] if isinstance(source.licence, Text) else source.licence
