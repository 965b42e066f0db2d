"""The catalogue: every indicator, benchmark and source, loaded and cross-checked; bad ones are refused at once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any

from indicators.catalogue.benchmark_integrity import benchmark_faults
from indicators.catalogue.declarations import Benchmark, BenchmarkEntry, Indicator, Source
from indicators.catalogue.indicator_integrity import indicator_faults, repeated_ids
from indicators.catalogue.measure_kinds import RowChoice, Term
from indicators.catalogue.references import KnownNames, sentences
from schemas.dictionary.codelist import CodeList
from schemas.dictionary.declaration import (
    DeclarationError,
    Document,
    Fault,
    Text,
    read_document,
    short_name,
    validate_document,
)
from schemas.dictionary.dictionary import DataDictionary, load_dictionary
from schemas.dictionary.field import Declared

HERE = Path(__file__).parent.parent  # definitions, benchmark values and catalogue/pillars.yaml
SOURCES_FILE = HERE.parent / "schemas" / "dictionary" / "sources.yaml"


class Pillar(Declared):
    """One pillar of the strategy: its id, texts and position."""

    id: str
    label: Text
    strategy: Text


@dataclass(frozen=True)
class Catalogue:
    """Indicators by id in pillar order, benchmarks by indicator, sources by key; ``hash`` names the edition.

    ``folder`` is where it was declared.
    """

    indicators: dict[str, Indicator]
    benchmarks: dict[str, list[Benchmark]]
    sources: dict[str, Source]
    pillars: dict[str, Pillar]
    dictionary: DataDictionary
    hash: str
    folder: Path = HERE

    def benchmark(self, indicator: str, benchmark: str) -> Benchmark:
        """A benchmark of an indicator. Raises KeyError."""
        found = [b for b in self.benchmarks.get(indicator, []) if b.id == benchmark]
        if not found:
            raise KeyError(f"{indicator}: {benchmark}")
        return found[0]

    @cached_property
    def worked_out(self) -> dict[tuple[str, ...], Any]:
        """What others have worked out from these declarations alone, so that it is done once; by whose it is."""
        return {}

    @cached_property
    def scored(self) -> list[Indicator]:
        """Indicators with a weight, in catalogue order."""
        return [indicator for indicator in self.indicators.values() if indicator.weight]

    def headline(self, pillar: str) -> Indicator:
        """The indicator that stands for a pillar: the one of greatest weight, the first where none has more.

        Raises KeyError for a pillar without indicators.
        """
        own = [indicator for indicator in self.indicators.values() if indicator.pillar == pillar]
        if not own:
            raise KeyError(pillar)
        return max(own, key=lambda indicator: indicator.weight or 0)

    @cached_property
    def measured(self) -> dict[str, Indicator]:
        """Every indicator by each of its definitions, by key: the headline first, then its variants."""
        return {one.key: one for indicator in self.indicators.values() for one in indicator.by_definition}

    def stale(self, on: date) -> list[tuple[Benchmark, BenchmarkEntry]]:
        """The entries in force on a date that were last confirmed more than five years before it."""
        return [
            (benchmark, entry)
            for benchmarks in self.benchmarks.values()
            for benchmark in benchmarks
            for entry in benchmark.in_force(on)
            if entry.is_stale(on)
        ]

    def rows_where(self, term: Term) -> dict[str, list[str]]:
        """The ``where`` of a term with groups and negations resolved to lists of codes.

        Rows with a blank in a column have ``blank`` in the column ``x__blank`` (preparation adds it).
        """
        return dict(self._codes(term.table, column, choice) for column, choice in term.where.items())

    def _codes(self, table: str, column: str, choice: list[str] | RowChoice) -> tuple[str, list[str]]:
        if isinstance(choice, list):
            return column, choice
        if choice.blank:
            return f"{column}__blank", ["blank"]
        items = self.code_list(table, column).items
        if choice.group is not None:
            items = [item for item in items if item.group == choice.group]
        return column, [item.code for item in items if item.code not in choice.not_]

    def code_list(self, table: str, column: str) -> CodeList:
        """The code list of a column, answered or fixed as a row of a grid. Raises KeyError."""
        return self.dictionary.code_lists[self.dictionary.code_list_names[table][column]]


@dataclass
class _Loading:
    """What has been read so far: contents for the hash, documents for line numbers, and faults."""

    digest: Any
    faults: list[Fault]
    broken: set[Path]

    def read(self, path: Path, build: Callable[[Document], Any]) -> tuple[Document, Any] | None:
        """The document at ``path`` with what ``build`` makes of it; None, with its faults kept, when it is broken."""
        problem = _unreadable(path)
        if problem is not None:
            self.faults.append(problem)
            self.broken.add(path)
            return None
        try:
            self.digest.update(path.name.encode() + path.read_bytes())
            document = read_document(path)
            return document, build(document)
        except DeclarationError as error:
            self.faults.extend(error.faults)
            self.broken.add(path)
            return None


def load_catalogue(
    folder: Path = HERE,
    dictionary: DataDictionary | None = None,
    sources: Path = SOURCES_FILE,
) -> Catalogue:
    """The catalogue in ``folder``; the one that ships is read once a process.

    Raises DeclarationError with every fault: file, line, what, how to mend.
    """
    if (folder, dictionary, sources) == (HERE, None, SOURCES_FILE):
        return _shipped_catalogue()
    return _read_catalogue(folder, dictionary or load_dictionary(), sources)


@cache
def _shipped_catalogue() -> Catalogue:
    return _read_catalogue(HERE, load_dictionary(), SOURCES_FILE)


def _read_catalogue(folder: Path, dictionary: DataDictionary, sources: Path) -> Catalogue:
    loading = _Loading(hashlib.sha256(dictionary.hash.encode()), [], set())
    pillars = _content(loading.read(folder / "catalogue" / "pillars.yaml", partial(_each, model=Pillar)))
    source_list = _content(loading.read(sources, partial(_each, model=Source)))
    order = [pillar.id for pillar in pillars]
    found = _indicators(loading, folder / "definitions", order)
    benchmarks = {}
    for path in sorted((folder / "benchmark_values").glob("*.yaml")):
        read = loading.read(path, partial(_benchmarks, indicator=path.stem))
        if read is not None:
            benchmarks[path.stem] = read
    misnamed = {document.path for document, indicator in found if indicator.id != document.path.stem}
    known = KnownNames(
        pillars=order,
        sources={source.key: source.seen for source in source_list},
        indicators={indicator.id: indicator for _, indicator in found},
        benchmarks={name: rows for name, (_, rows) in benchmarks.items()},
        dictionary=dictionary,
        broken=frozenset(
            (path.relative_to(folder).parts[0], path.stem) for path in loading.broken | misnamed if path != sources
        ),
    )
    faults = [*loading.faults, *repeated_ids(found)]
    for document, indicator in found:
        faults.extend(indicator_faults(document, indicator, known))
    for document, rows in benchmarks.values():
        faults.extend(benchmark_faults(document, rows, known))
    if faults:
        raise DeclarationError(sorted(faults, key=lambda fault: (fault.file, fault.line)))
    return Catalogue(
        known.indicators,
        known.benchmarks,
        {source.key: source for source in source_list},
        {pillar.id: pillar for pillar in pillars},
        dictionary,
        loading.digest.hexdigest()[:16],
        folder,
    )


def _unreadable(path: Path) -> Fault | None:
    """The fault of a file that is not there or is no text in UTF-8."""
    if not path.is_file():
        return _absent(path)
    try:
        path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as problem:
        line = problem.object[: problem.start].count(b"\n") + 1
        return Fault(short_name(path), line, *sentences.fault("not_utf8"))
    return None


def _absent(path: Path) -> Fault:
    return Fault(short_name(path), 1, *sentences.fault("no_file"))


def _content(read: tuple[Document, Any] | None) -> list[Any]:
    return [] if read is None else list(read[1])


def _indicators(loading: _Loading, folder: Path, order: list[str]) -> list[tuple[Document, Indicator]]:
    """The indicators in the order of pillars, heaviest first, then by id."""

    def position(pillar: str) -> int:
        return order.index(pillar) if pillar in order else len(order)

    paths = sorted(folder.glob("*/*.yaml"), key=lambda path: (position(path.parent.name), path.name))
    if not paths:
        loading.faults.append(_absent(folder / "*.yaml"))
    read = [loading.read(path, partial(_indicator, pillar=path.parent.name)) for path in paths]
    found = [pair for pair in read if pair is not None]
    return sorted(found, key=lambda pair: (position(pair[1].pillar), -(pair[1].weight or 0), pair[1].id))


def _each(document: Document, model: Any) -> list[Any]:
    if not isinstance(document.data, list):
        raise DeclarationError([document.fault((), *sentences.fault("no_list"))])
    built, faults = [], []
    for index, entry in enumerate(document.data):
        try:
            built.append(validate_document(document, model, entry, (index,)))
        except DeclarationError as error:
            faults.extend(error.faults)
    if faults:
        raise DeclarationError(faults)
    return built


def _indicator(document: Document, pillar: str) -> Indicator:
    indicator: Indicator = validate_document(document, Indicator)
    return indicator.model_copy(update={"pillar": pillar})


def _benchmarks(document: Document, indicator: str) -> list[Benchmark]:
    rows: list[Benchmark] = _each(document, Benchmark)
    return [
        row.model_copy(
            update={
                "indicator": indicator,
                "entries": [
                    entry.model_copy(update={"text": _as_written(given)})
                    for entry, given in zip(row.entries, raw["entries"], strict=True)
                ],
            }
        )
        for row, raw in zip(rows, document.data, strict=True)
    ]


def _as_written(entry: dict[str, Any]) -> str:
    if entry.get("low") is not None and entry.get("high") is not None:
        return f"{entry['low']}–{entry['high']}"
    return "" if entry.get("value") is None else str(entry["value"])
