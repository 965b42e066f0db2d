"""What can be wrong with the benchmarks of one file once the file by itself is well formed."""

from __future__ import annotations

from collections.abc import Iterator

from indicators.catalogue.declarations import Benchmark, BenchmarkEntry
from indicators.catalogue.references import KnownNames, Path, blank_texts
from schemas.dictionary.declaration import Document, Fault, Text


def benchmark_faults(document: Document, rows: list[Benchmark], known: KnownNames) -> Iterator[Fault]:
    """Every fault of the benchmarks of one file, which is named after its indicator."""
    name = document.path.stem
    if name not in known.indicators and not known.has_lost("definitions", name):
        yield document.undeclared_fault((), name, known.indicators)
    yield from blank_texts(document)
    ids: set[str] = set()
    for i, row in enumerate(rows):
        if row.id in ids:
            what = Text(ja=f"id「{row.id}」が二度あります。", en=f"The id '{row.id}' stands twice.")
            yield document.fault((i, "id"), what, Text(ja="一方の id を変えてください。", en="Change one of them."))
        ids.add(row.id)
        if not row.entries:
            what = Text(ja="基準値が一つもありません。", en="There is no entry.")
            remedy = Text(ja="日付と出典のある値を書いてください。", en="Write a value with date and source.")
            yield document.fault((i, "entries"), what, remedy)
        for j, entry in enumerate(row.entries):
            path = (i, "entries", j)
            yield from _entry_faults(document, path, entry, known)
            if row.kind == "observed" and entry.centre is None:
                what = Text(ja="実績には拠点の名前が必要です。", en="An observed value needs the name of its centre.")
                yield document.fault(path, what, Text(ja="centre を書いてください。", en="Write 'centre'."))


def _entry_faults(document: Document, path: Path, entry: BenchmarkEntry, known: KnownNames) -> Iterator[Fault]:
    if entry.source not in known.sources and known.sources:
        yield document.undeclared_fault((*path, "source"), entry.source, known.sources)
    elif known.sources.get(entry.source) == "unseen":
        what = Text(ja="未確認の出典は基準値の根拠にできません。", en="An unseen source cannot back a benchmark.")
        remedy = Text(ja="確認した出典にしてください。", en="Give one that was read.")
        yield document.fault((*path, "source"), what, remedy)
    elif entry.source in known.sources and known.sources[entry.source] != entry.seen:
        seen = known.sources[entry.source]
        what = Text(ja="seen が出典の一覧と違います。", en="'seen' is not that of the list of sources.")
        yield document.fault((*path, "seen"), what, Text(ja=f"「{seen}」にしてください。", en=f"Make it '{seen}'."))
    if (entry.low is None) != (entry.high is None) or (
        entry.value is None and entry.words is None and entry.low is None
    ):
        what = Text(ja="値、範囲、文言のどれもありません。", en="There is no value, range or wording.")
        remedy = Text(
            ja="value、low と high、words のどれかを書いてください。", en="Write value, low and high, or words."
        )
        yield document.fault((*path, "value"), what, remedy)
    if entry.until is not None and entry.until < entry.from_:
        what = Text(ja="until が from より前です。", en="'until' lies before 'from'.")
        yield document.fault((*path, "until"), what, Text(ja="日付を直してください。", en="Mend the dates."))
    if entry.last_confirmed < entry.from_:
        what = Text(ja="last_confirmed が from より前です。", en="'last_confirmed' lies before 'from'.")
        yield document.fault((*path, "last_confirmed"), what, Text(ja="日付を直してください。", en="Mend the dates."))
    if entry.low is not None and entry.high is not None and entry.low >= entry.high:
        what = Text(ja="範囲の low が high 以上です。", en="'low' is not below 'high'.")
        yield document.fault((*path, "low"), what, Text(ja="範囲を直してください。", en="Mend the range."))
