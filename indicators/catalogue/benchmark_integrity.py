"""What can be wrong with the benchmarks of one file once the file by itself is well formed."""

from __future__ import annotations

from collections.abc import Iterator

from indicators.catalogue.declarations import Benchmark, BenchmarkEntry
from indicators.catalogue.references import KnownNames, Path, blank_texts, sentences
from schemas.dictionary.declaration import Document, Fault


def benchmark_faults(document: Document, rows: list[Benchmark], known: KnownNames) -> Iterator[Fault]:
    """Every fault of the benchmarks of one file, which is named after its indicator."""
    name = document.path.stem
    if name not in known.indicators and not known.has_lost("definitions", name):
        yield document.undeclared_fault((), name, known.indicators)
    yield from blank_texts(document)
    ids: set[str] = set()
    for i, row in enumerate(rows):
        if row.id in ids:
            yield document.fault((i, "id"), *sentences.fault("id_twice", id=row.id))
        ids.add(row.id)
        if not row.entries:
            yield document.fault((i, "entries"), *sentences.fault("no_entries"))
        for j, entry in enumerate(row.entries):
            path = (i, "entries", j)
            yield from _entry_faults(document, path, entry, known)
            if row.kind == "observed" and entry.centre is None:
                yield document.fault(path, *sentences.fault("observed_without_centre"))


def _entry_faults(document: Document, path: Path, entry: BenchmarkEntry, known: KnownNames) -> Iterator[Fault]:
    if entry.source not in known.sources and known.sources:
        yield document.undeclared_fault((*path, "source"), entry.source, known.sources)
    elif known.sources.get(entry.source) == "unseen":
        yield document.fault((*path, "source"), *sentences.fault("source_unseen"))
    elif entry.source in known.sources and known.sources[entry.source] != entry.seen:
        seen = known.sources[entry.source]
        yield document.fault((*path, "seen"), *sentences.fault("seen_differs", seen=seen))
    if (entry.low is None) != (entry.high is None) or (
        entry.value is None and entry.words is None and entry.low is None
    ):
        yield document.fault((*path, "value"), *sentences.fault("entry_without_value"))
    if entry.until is not None and entry.until < entry.from_:
        yield document.fault((*path, "until"), *sentences.fault("until_before_from"))
    if entry.last_confirmed < entry.from_:
        yield document.fault((*path, "last_confirmed"), *sentences.fault("confirmed_before_from"))
    if entry.low is not None and entry.high is not None and entry.low >= entry.high:
        yield document.fault((*path, "low"), *sentences.fault("low_above_high"))
