"""The handbook's chapters on indicators and benchmarks, from the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from app.documents.handbook.chapter import (
    Chapter,
    ChapterTable,
    Section,
    chapter_of,
    join_words,
    pairs,
    section_id,
    sheet_name,
    table_of,
)
from app.documents.handbook.source_chapter import source_line
from app.results.answer_influence import fields_of
from app.texts import say, texts
from indicators.catalogue.declarations import Benchmark, BenchmarkEntry, Example, Goalpost, Indicator, Source
from indicators.catalogue.load_catalogue import Catalogue
from indicators.engine.worked_examples import CENTRE_UNIT, WORDS
from schemas.dictionary.declaration import Text
from schemas.dictionary.dictionary import WHOLE, DataDictionary
from schemas.dictionary.format_number import format_number

FACTS = {"unit": "book_unit", "better": "book_better", "definition_key": "book_definition", "counting": "book_counting"}


def indicator_chapter(catalogue: Catalogue, language: str) -> Chapter:
    """One section an indicator, in catalogue order, grouped by pillar."""
    sections = (_indicator(indicator, catalogue, language) for indicator in catalogue.indicators.values())
    return chapter_of("indicators", language, sections)


def _indicator(indicator: Indicator, catalogue: Catalogue, language: str) -> Section:
    tables = [
        _goalposts(indicator, catalogue, language),
        _examples(indicator, catalogue.dictionary, language),
        _fields(indicator, catalogue, language),
        _benchmark_list(indicator, catalogue, language),
    ]
    return Section(
        indicator.id,
        indicator.label[language],
        (indicator.definition[language], *pairs(_notes(indicator, language), language)),
        tuple(table for table in tables if table.rows),
        catalogue.pillars[indicator.pillar].label[language],
        pairs(_facts(indicator, catalogue, language), language),
    )


def _notes(indicator: Indicator, language: str) -> Iterator[tuple[str, str]]:
    yield "official", indicator.official[language] if indicator.official else ""
    yield "pitfalls", indicator.pitfalls[language]


def _facts(indicator: Indicator, catalogue: Catalogue, language: str) -> Iterator[tuple[str, str]]:
    yield "id", indicator.id
    yield "version", str(indicator.version)
    yield "levels", join_words((say(f"book_level.{level}", language) for level in indicator.levels), language)
    yield "measure", say(f"book_measure.{indicator.measure.kind}", language)
    for key, group in FACTS.items():
        value = str(getattr(indicator, key))
        yield key, "" if value == "-" else say(f"{group}.{value}", language)
    if indicator.window is not None:
        first, last = (-offset for offset in indicator.window)
        yield "window", say("book_text.window", language, first=first, last=last)
    yield "minimum", str(indicator.minimum or "")
    yield "weight", _weight(indicator, language)
    yield "source", source_line(catalogue.sources[indicator.source], language)


def _weight(indicator: Indicator, language: str) -> str:
    if not indicator.weight:
        return say("book_text.not_scored", language)
    why = indicator.weight_why[language] if indicator.weight_why else ""
    return say("book_text.weight", language, weight=indicator.weight, why=why)


def _goalposts(indicator: Indicator, catalogue: Catalogue, language: str) -> ChapterTable:
    rows = [
        (
            say(f"book_level.{level}", language),
            number(goalpost.floor),
            _target(indicator, goalpost, catalogue, language),
            say(f"book_kind.{goalpost.kind}", language),
            goalpost.why[language],
        )
        for level, goalpost in indicator.goalposts.items()
    ]
    title = say("book_label.goalposts", language)
    return table_of(title, ("level", "floor", "target", "kind", "why"), rows, language)


def _target(indicator: Indicator, goalpost: Goalpost, catalogue: Catalogue, language: str) -> str:
    if goalpost.target.scale_end is not None:
        return say("book_text.scale_end", language, value=number(goalpost.target.scale_end))
    benchmark = catalogue.benchmark(indicator.id, str(goalpost.target.benchmark))
    newest = max(benchmark.entries, key=lambda entry: entry.from_)
    value = value_of(newest, benchmark, language)
    return say("book_text.at_benchmark", language, label=benchmark.label[language], value=value)


def _examples(indicator: Indicator, dictionary: DataDictionary, language: str) -> ChapterTable:
    rows = [
        (
            given_text(example, dictionary, language),
            say(f"book_level.{example.level}", language),
            expected_text(indicator, example, language),
            example.note[language] if example.note else "",
        )
        for example in indicator.examples
    ]
    title = say("book_label.examples", language)
    return table_of(title, ("given", "level", "expected", "note"), rows, language)


def given_text(example: Example, dictionary: DataDictionary, language: str) -> str:
    """The rows of an example with the questions' labels."""
    rows = [
        join_words((_given_cell(table, *cell, dictionary, language) for cell in row.items()), language)
        for table, given in example.given.items()
        for row in given
    ]
    return "; ".join(rows)


def _given_cell(table: str, column: str, value: Any, dictionary: DataDictionary, language: str) -> str:
    field, key = dictionary.fields.get(f"{table}.{column}"), f"book_key.{column}"
    label = field.label if field else texts().get(key, Text(ja=column, en=column))
    return f"{label[language]} {_given_word(column, value, dictionary, language)}"


def _given_word(column: str, value: Any, dictionary: DataDictionary, language: str) -> str:
    """A given answer: the label of a code, the word for a key, else the answer itself."""
    own = {
        "unit": {WHOLE: "book_scope.institution", CENTRE_UNIT: "book_scope.centre"},
        "evidence": {"True": "book.yes"},
    }
    named = own.get(column, {}).get(str(value), f"book_{column}.{value}")
    if named in texts():
        return say(named, language)
    for name in ("answer_codes", f"{column}s"):
        items = dictionary.code_lists[name].items if name in dictionary.code_lists else []
        label = next((item.label[language] for item in items if item.code == str(value)), None)
        if label is not None:
            return label
    return str(value)


def expected_text(indicator: Indicator, example: Example, language: str) -> str:
    """What an example gives: a value with its unit, or the words of a status."""
    expect = str(example.expect)
    if expect in WORDS:
        return say(f"status.{expect}", language)
    return say(f"chart.value_{indicator.unit}", language, value=number(Fraction(expect)))


def _fields(indicator: Indicator, catalogue: Catalogue, language: str) -> ChapterTable:
    positions = catalogue.dictionary.block_of
    fields = [catalogue.dictionary.fields[name] for name in fields_of(indicator, catalogue)]
    rows = [(f.id, f.label[language], sheet_name(positions[f.id][0], language)) for f in fields]
    return table_of(say("book_label.fields", language), ("id", "field", "sheet"), rows, language)


def _benchmark_list(indicator: Indicator, catalogue: Catalogue, language: str) -> ChapterTable:
    rows = [
        (section_id(benchmark), benchmark.label[language], say(f"book_kind.{benchmark.kind}", language))
        for benchmark in catalogue.benchmarks.get(indicator.id, [])
    ]
    return table_of(say("book_chapter.benchmarks", language), ("id", "label", "kind"), rows, language)


def benchmark_chapter(catalogue: Catalogue, language: str) -> Chapter:
    """One section a benchmark, in the order of the indicators; those of no adopted indicator come last."""
    order = [*catalogue.indicators, *(name for name in catalogue.benchmarks if name not in catalogue.indicators)]
    sections = (_benchmark(b, catalogue, language) for name in order for b in catalogue.benchmarks.get(name, []))
    return chapter_of("benchmarks", language, sections)


def _benchmark(benchmark: Benchmark, catalogue: Catalogue, language: str) -> Section:
    indicator = catalogue.indicators.get(benchmark.indicator)
    label = indicator.label[language] if indicator else benchmark.indicator
    facts = [
        ("indicator", label),
        ("kind", say(f"book_kind.{benchmark.kind}", language)),
        ("level", say(f"book_level.{benchmark.level}", language)),
        ("population", benchmark.population[language]),
        (
            "definition_key",
            "" if benchmark.definition == "-" else say(f"book_definition.{benchmark.definition}", language),
        ),
        ("counting", "" if benchmark.counting == "-" else say(f"book_counting.{benchmark.counting}", language)),
        ("unit", say(f"book_unit.{benchmark.unit}", language)),
        ("authority", say(f"book_authority.{benchmark.authority}", language)),
        ("scope", benchmark.scope[language] if benchmark.scope else ""),
    ]
    columns = ("value", "centre", "from", "until", "confirmed", "source", "seen", "why")
    rows = [_entry(entry, benchmark, catalogue.sources, language) for entry in benchmark.entries]
    table = table_of(say("book_label.entries", language), columns, rows, language)
    return Section(section_id(benchmark), benchmark.label[language], (), (table,), label, pairs(facts, language))


def _entry(
    entry: BenchmarkEntry, benchmark: Benchmark, sources: Mapping[str, Source], language: str
) -> tuple[str, ...]:
    centre = entry.centre[language] if entry.centre else ""
    if entry.mean_of:
        centre = centre or say("book_text.mean_of", language, n=entry.mean_of)
    return (
        value_of(entry, benchmark, language),
        centre,
        entry.from_.isoformat(),
        entry.until.isoformat() if entry.until else "",
        entry.last_confirmed.isoformat(),
        source_line(sources[entry.source], language),
        say(f"book_seen.{entry.seen}", language),
        entry.why[language],
    )


def value_of(entry: BenchmarkEntry, benchmark: Benchmark, language: str) -> str:
    """The value, range or words of an entry, with comparison sign and unit where it is a line."""
    if entry.words is not None and entry.value is None and entry.low is None and entry.high is None:
        return entry.words[language]
    if entry.value is not None:
        text = number(entry.value)
    else:
        ends = {"low": entry.low, "high": entry.high}
        text = say("book.range", language, **{key: "" if end is None else number(end) for key, end in ends.items()})
    sign = {">=": "≧ ", "<=": "≦ "}[benchmark.comparison] if benchmark.kind in ("requirement", "target") else ""
    space = "" if language == "ja" else " "
    return f"{sign}{text}{space}{say(f'book_unit.{benchmark.unit}', language)}"


def number(value: Fraction) -> str:
    """An exact number as people read it, with at most two decimals."""
    if value.denominator == 1:
        return format_number(value, 0)
    return format_number(value, 1 if (value * 10).denominator == 1 else 2)
