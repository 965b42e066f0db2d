"""The handbook: everything declared, as chapters of finished texts in one language. Pure functions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from app.documents.handbook.catalogue_chapters import benchmark_chapter, indicator_chapter
from app.documents.handbook.chapter import (
    Chapter,
    ChapterTable,
    Section,
    chapter_of,
    dense,
    join_words,
    pairs,
    sheet_name,
    table_of,
)
from app.documents.handbook.form_chapters import checklist_chapter, code_list_chapter, dictionary_chapter, rule_chapter
from app.documents.handbook.screen_chapter import screen_chapter
from app.documents.handbook.source_chapter import source_chapter
from app.results.answer_influence import FORMS, by_field, cells_by_field, cells_by_sheet, indicators_of
from app.texts import say, texts
from indicators.catalogue.load_catalogue import Catalogue
from schemas.dictionary.field import Form
from schemas.dictionary.format_number import format_number
from schemas.rules.rule import Rule

SLASH = " / "
CHECKED_METHOD = "chance"  # the method whose rates are checked
CALIBRATION = Path(__file__).parent / "calibration.json"
CHAPTERS = (
    "indicators", "benchmarks", "rules", "dictionary", "codelists", "checklist", "burden", "methods", "glossary",
    "sources", "screens",
)  # fmt: skip


def handbook(
    catalogue: Catalogue, rules: Mapping[str, Rule], language: str, year: int, effects: pd.DataFrame | None = None
) -> tuple[Chapter, ...]:
    """All chapters in the order of ``CHAPTERS``, with the forms of round ``year``.

    ``effects``: of ``answer_influence.effects``; without them none is told.
    """
    return (
        indicator_chapter(catalogue, language),
        benchmark_chapter(catalogue, language),
        rule_chapter(rules, language),
        dictionary_chapter(catalogue.dictionary, language),
        code_list_chapter(catalogue, language),
        checklist_chapter(catalogue, language),
        burden_chapter(catalogue, language, year, effects),
        method_chapter(language),
        glossary_chapter(language),
        source_chapter(catalogue, language),
        screen_chapter(language),
    )


# cells and indicators


def burden_chapter(catalogue: Catalogue, language: str, year: int, effects: pd.DataFrame | None) -> Chapter:
    """Cells of each form, then for each sheet the indicators that its questions feed and how much a cell matters."""
    cells = Section(
        "forms", say("book_label.cells", language, year=year), (), tuple(_form_tables(catalogue, language, year))
    )
    sensitive = None if effects is None else by_field(effects)
    counts = {form: cells_by_field(catalogue.dictionary, form, year) for form in FORMS}
    feeds = indicators_of(catalogue)
    sections = []
    for sheet in catalogue.dictionary.sheets:
        names = [f.id for block in sheet.blocks for f in block.fields]
        told = say("book_text.feeding", language, n=len(names), k=sum(bool(feeds[name]) for name in names))
        table = _feeds(catalogue, names, feeds, counts, sensitive, language)
        sections.append(Section(sheet.id, sheet.title[language], (told,), (table,), say("book_label.feeds", language)))
    return chapter_of("burden", language, [cells, *sections], [say("book_text.effect_note", language)])


def _form_tables(catalogue: Catalogue, language: str, year: int) -> Iterator[ChapterTable]:
    for form in FORMS:
        sheets = cells_by_sheet(catalogue.dictionary, form, year)
        names = {sheet.name: sheet_name(sheet, language) for sheet in catalogue.dictionary.sheets}
        rows = [(names[name], *(f"{kinds[kind]:,}" for kind in kinds)) for name, kinds in sheets.items()]
        title = say(f"book_form.{form}", language)
        yield table_of(title, ("sheet", "always", "follow_up", "optional"), rows, language)


def _feeds(
    catalogue: Catalogue,
    fields: list[str],
    feeds: Mapping[str, list[str]],
    counts: Mapping[Form, Mapping[str, int]],
    sensitive: Mapping[str, Mapping[str, Any]] | None,
    language: str,
) -> ChapterTable:
    rows = []
    for name in fields:
        cells = SLASH.join(f"{counts[form].get(name, 0):,}" for form in FORMS)
        effect = [] if sensitive is None else _effect(catalogue, name, feeds[name], sensitive, language)
        labels = join_words((catalogue.indicators[i].label[language] for i in feeds[name]), language)
        rows.append((name, catalogue.dictionary.fields[name].label[language], cells, labels, *effect))
    keys = ("effect", "touched", "effect_scores", "effect_shift") if sensitive is not None else ()
    head = (
        say("book_label.id", language),
        say("book_label.field", language),
        say("book_label.cell_count", language, forms=SLASH.join(FORMS)),
        say("book_chapter.indicators", language),
        *(say(f"book_label.{key}", language) for key in keys),
    )
    return dense(ChapterTable(say("book_label.feeds", language), head, tuple(rows)))


def _effect(
    catalogue: Catalogue, name: str, feeds: list[str], sensitive: Mapping[str, Mapping[str, Any]], language: str
) -> list[str]:
    """The cells on the effect of a question: on how many bands, which, how many scores, and how far they move."""
    if name not in sensitive:
        banded = any(catalogue.indicators[i].goalposts for i in feeds)
        return [say("book_text.effect_unknown", language) if banded else "0", "", "", ""]
    found = sensitive[name]
    counts = {"n": found["institutions"], "lost": found["lost"], "moved": found["rescored"]}
    scores = [say("book_text.effect_scores", language, **counts), format_number(float(found["shift"]))]
    if not found["changed"]:
        return [say("book_text.effect_zero", language, n=found["institutions"]), "", *scores]
    labels = {
        **{i.id: i.label for i in catalogue.indicators.values()},
        **{p.id: p.label for p in catalogue.pillars.values()},
    }
    cell = found["cell"] or name
    text = say("book_text.effect", language, n=found["institutions"], k=found["changed"], cell=cell)
    return [text, join_words((labels[element][language] for element in found["elements"].split()), language), *scores]


# methods and words


def method_chapter(language: str) -> Chapter:
    """One section a method: in words, its formula, its source."""
    names = [key.removeprefix("method.").removesuffix("_title") for key in texts() if _is_title(key)]
    return chapter_of("methods", language, (_method(name, language) for name in names))


def _is_title(key: str) -> bool:
    return key.startswith("method.") and key.endswith("_title")


def _method(name: str, language: str) -> Section:
    facts = [(key, say(f"method.{name}_{key}", language)) for key in ("formula", "source")]
    text = say(f"method.{name}_text", language)
    tables = (_calibration(language),) if name == CHECKED_METHOD else ()
    return Section(name, say(f"method.{name}_title", language), (text,), tables, facts=pairs(facts, language))


def _calibration(language: str) -> ChapterTable:
    """How often every interval and mark holds in the invented nation, by size class; made by bench.calibration."""
    found = json.loads(CALIBRATION.read_text(encoding="utf-8"))
    sizes = [say("calibration.size", language, low=f"{a:,}", high=f"{b:,}") for a, b in found["sizes"].values()]
    head = (say("calibration.what", language), say("calibration.stated", language), *sizes)
    rows = []
    for rate in found["rates"]:
        shares = [rate["found"].get(name, rate["found"].get("all")) for name in found["sizes"]]
        cells = ["" if share is None else f"{format_number(100 * share)} %" for share in shares]
        words = say(f"calibrated.{rate['quantity']}", language), say(f"calibration_stated.{rate['stated']}", language)
        rows.append((*words, *cells, say(f"calibration.{'yes' if rate['holds'] else 'no'}", language)))
    return ChapterTable(say("calibration.title", language), (*head, say("calibration.holds", language)), tuple(rows))


def glossary_chapter(language: str) -> Chapter:
    """One section a term: its counterpart in the other language, a note, and where the term was read."""
    names = [key.removeprefix("term.") for key in texts() if key.startswith("term.")]
    return chapter_of("glossary", language, (_term(name, language) for name in names))


def _term(name: str, language: str) -> Section:
    other = "ja" if language == "en" else "en"
    note = say(f"term_note.{name}", language) if f"term_note.{name}" in texts() else ""
    facts = [("english", say(f"term.{name}", other)), ("source", say(f"term_source.{name}", language))]
    return Section(name, say(f"term.{name}", language), (note,) if note else (), facts=pairs(facts, language))
