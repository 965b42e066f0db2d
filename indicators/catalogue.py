"""The catalogue: every indicator, benchmark and source, loaded and cross-checked; bad ones are refused at once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from indicators.indicator import Benchmark, Choice, Indicator, Source, Term, Where
from schemas.declaration import DeclarationError, Document, Fault, Text, declared, nearest, read_document
from schemas.dictionary import DataDictionary, load_dictionary
from schemas.field import Declared

HERE = Path(__file__).parent
SCHEMAS = HERE.parent / "schemas"


class Pillar(Declared):
    """One pillar of the strategy: its id, texts and place."""

    id: str
    label: Text
    strategy: Text


@dataclass(frozen=True)
class Catalogue:
    """Indicators by id in pillar order, benchmarks by indicator, sources by key; ``hash`` names the edition."""

    indicators: dict[str, Indicator]
    benchmarks: dict[str, list[Benchmark]]
    sources: dict[str, Source]
    pillars: dict[str, Pillar]
    dictionary: DataDictionary
    hash: str

    def benchmark(self, indicator: str, benchmark: str) -> Benchmark:
        """A benchmark of an indicator. Raises KeyError."""
        found = [b for b in self.benchmarks.get(indicator, []) if b.id == benchmark]
        if not found:
            raise KeyError(f"{indicator}: {benchmark}")
        return found[0]

    @cached_property
    def scored(self) -> list[Indicator]:
        """Indicators with a weight, in catalogue order."""
        return [indicator for indicator in self.indicators.values() if indicator.weight]

    def rows_where(self, where: Where) -> dict[str, list[str]]:
        """``where`` with groups and negations resolved to lists of codes."""
        return {column: self._codes(column, choice) for column, choice in where.items()}

    def _codes(self, column: str, choice: list[str] | Choice) -> list[str]:
        if isinstance(choice, list):
            return choice
        items = self.dictionary.code_lists[f"{column}s"].items
        if choice.group is not None:
            return [item.code for item in items if item.group == choice.group]
        return [item.code for item in items if item.code not in choice.not_]


def load_catalogue(
    folder: Path = HERE, dictionary: DataDictionary | None = None, sources: Path = SCHEMAS / "sources.yaml"
) -> Catalogue:
    """The catalogue in ``folder``. Raises DeclarationError with every fault: file, line, what, how to mend."""
    dictionary = dictionary or load_dictionary()
    faults: list[Fault] = []
    digest = hashlib.sha256(dictionary.hash.encode())
    documents: dict[str, Document] = {}

    def gather(path: Path, build: Callable[[Document], Any]) -> Any:
        digest.update(path.name.encode() + path.read_bytes())
        try:
            document = read_document(path)
            documents[path.stem] = document
            return build(document)
        except DeclarationError as error:
            faults.extend(error.faults)
            return None

    pillar_list = gather(folder / "pillars.yaml", partial(_each, model=Pillar)) or []
    source_list = gather(sources, partial(_each, model=Source)) or []
    found: list[tuple[Document, Indicator]] = []
    order = [pillar.id for pillar in pillar_list]
    paths = sorted((folder / "definitions").glob("*/*.yaml"), key=lambda p: (_place(order, p.parent.name), p.name))
    for path in paths:
        pillar = path.parent.name
        indicator = gather(path, partial(_indicator, pillar=pillar))
        if indicator is not None:
            found.append((documents[path.stem], indicator))
    found.sort(key=lambda pair: (_place(order, pair[1].pillar), -(pair[1].weight or 0), pair[1].id))
    benchmarks: dict[str, list[Benchmark]] = {}
    benchmark_documents: dict[str, Document] = {}
    for path in sorted((folder / "benchmark_values").glob("*.yaml")):
        rows = gather(path, partial(_benchmarks, indicator=path.stem))
        if rows is not None:
            benchmarks[path.stem] = rows
            benchmark_documents[path.stem] = documents[path.stem]
    keys = [source.key for source in source_list]
    names = [indicator.id for _, indicator in found]
    for document, indicator in found:
        faults.extend(_indicator_faults(document, indicator, keys, names, benchmarks, dictionary, order))
    seen = {source.key: source.seen for source in source_list}
    for name, rows in benchmarks.items():
        faults.extend(_benchmark_faults(benchmark_documents[name], rows, seen))
    if faults:
        raise DeclarationError(sorted(faults, key=lambda fault: (fault.file, fault.line)))
    return Catalogue(
        {indicator.id: indicator for _, indicator in found},
        benchmarks,
        {source.key: source for source in source_list},
        {pillar.id: pillar for pillar in pillar_list},
        dictionary,
        digest.hexdigest()[:16],
    )


def _place(order: list[str], pillar: str) -> int:
    return order.index(pillar) if pillar in order else len(order)


def _each(document: Document, model: Any) -> list[Any]:
    built, faults = [], []
    for index, entry in enumerate(document.data or []):
        try:
            built.append(declared(document, model, entry, (index,)))
        except DeclarationError as error:
            faults.extend(error.faults)
    if faults:
        raise DeclarationError(faults)
    return built


def _indicator(document: Document, pillar: str) -> Indicator:
    indicator: Indicator = declared(document, Indicator)
    return indicator.model_copy(update={"pillar": pillar})


def _benchmarks(document: Document, indicator: str) -> list[Benchmark]:
    rows: list[Benchmark] = _each(document, Benchmark)
    texts = [[str(entry.get("value") or "") for entry in row["entries"]] for row in document.data]
    return [
        row.model_copy(
            update={
                "indicator": indicator,
                "entries": [
                    entry.model_copy(update={"text": text}) for entry, text in zip(row.entries, values, strict=True)
                ],
            }
        )
        for row, values in zip(rows, texts, strict=True)
    ]


def _indicator_faults(
    document: Document,
    indicator: Indicator,
    sources: list[str],
    names: list[str],
    benchmarks: dict[str, list[Benchmark]],
    dictionary: DataDictionary,
    pillars: list[str],
) -> Iterator[Fault]:
    if indicator.id != document.path.stem:
        yield _fault(document, ("id",), f"id {indicator.id}", f"file {document.path.stem}", "differ")
    if indicator.pillar not in pillars:
        yield _unknown(document, ("id",), indicator.pillar, pillars)
    if indicator.source not in sources:
        yield _unknown(document, ("source",), indicator.source, sources)
    if not indicator.measure.kind:
        what = Text(ja="measure は一種類だけ書いてください。", en="Exactly one kind of measure is wanted.")
        yield document.fault(("measure",), what, Text(ja="他の種類を削除してください。", en="Remove the others."))
    for term in terms_of(indicator):
        for name in term.fields:
            if name not in dictionary.fields and name != "checklist.counted":
                yield _unknown(document, ("measure",), name, list(dictionary.fields))
    difference = indicator.measure.difference
    if difference is not None:
        if difference.of not in names:
            yield _unknown(document, ("measure", "difference", "of"), difference.of, names)
        if difference.of == indicator.id:
            yield _fault(document, ("measure", "difference", "of"), indicator.id, difference.of, "circular")
    yield from _weight_faults(document, indicator)
    for level, goalpost in indicator.goalposts.items():
        yield from _goalpost_faults(document, indicator, level, goalpost, benchmarks)


def _weight_faults(document: Document, indicator: Indicator) -> Iterator[Fault]:
    if not indicator.scored and (indicator.weight is not None or indicator.goalposts):
        what = Text(
            ja="scored: false の指標に重み又は評価基準があります。",
            en="An indicator with scored: false has a weight or goalposts.",
        )
        remedy = Text(ja="どちらかを削除してください。", en="Remove one of them.")
        yield document.fault(("scored",), what, remedy)
    if indicator.weight is not None and indicator.weight <= 0:
        what = Text(ja="重みは正の整数です。", en="A weight is a positive integer.")
        yield document.fault(("weight",), what, Text(ja="1以上にしてください。", en="Make it 1 or more."))
    if indicator.weight is not None and indicator.weight_why is None:
        what = Text(ja="重みには理由が必要です。", en="A weight needs its reason.")
        yield document.fault(("weight",), what, Text(ja="weight_why を書いてください。", en="Write weight_why."))


ALLOWED_KINDS = {
    "score": ("requirement", "target"),
    "direction": ("requirement", "target"),
    "reference": ("observed",),
}


def _goalpost_faults(
    document: Document,
    indicator: Indicator,
    level: str,
    goalpost: Any,
    benchmarks: dict[str, list[Benchmark]],
) -> Iterator[Fault]:
    path = ("goalposts", level)
    if level not in indicator.levels:
        yield _unknown(document, path, level, list(indicator.levels))
    target = goalpost.target
    if (target.benchmark is None) == (target.scale_end is None):
        what = Text(
            ja="target は benchmark か scale_end のどちらか一つです。",
            en="A target is a benchmark or a scale_end.",
        )
        yield document.fault(path, what, Text(ja="一方だけにしてください。", en="Give one of them."))
        return
    if target.scale_end is not None:
        if target.scale_end == goalpost.floor:
            yield _equal(document, path)
        return
    known = {benchmark.id: benchmark for benchmark in benchmarks.get(indicator.id, [])}
    if target.benchmark not in known:
        yield _unknown(document, (*path, "target"), target.benchmark, list(known))
        return
    benchmark = known[target.benchmark]
    if benchmark.kind not in ALLOWED_KINDS[goalpost.kind]:
        what = Text(
            ja=f"種類 {benchmark.kind} の基準値は {goalpost.kind} の目標にできません。",
            en=f"A benchmark of kind {benchmark.kind} may not be the target of a {goalpost.kind}.",
        )
        yield document.fault(
            path,
            what,
            Text(ja="kind を直すか、別の基準値にしてください。", en="Mend kind or choose another."),
        )
    if any(entry.value == goalpost.floor for entry in benchmark.entries):
        yield _equal(document, path)


def _equal(document: Document, path: tuple[str | int, ...]) -> Fault:
    what = Text(ja="floor と target が同じ値です。", en="Floor and target are equal.")
    return document.fault(path, what, Text(ja="どちらかを直してください。", en="Mend one of them."))


def _benchmark_faults(document: Document, rows: list[Benchmark], seen: dict[str, str]) -> Iterator[Fault]:
    ids: set[str] = set()
    for i, row in enumerate(rows):
        if row.id in ids:
            yield _fault(document, (i, "id"), row.id, row.id, "twice")
        ids.add(row.id)
        for j, entry in enumerate(row.entries):
            path = (i, "entries", j)
            if entry.source not in seen:
                yield _unknown(document, (*path, "source"), entry.source, list(seen))
            elif seen[entry.source] == "unseen":
                what = Text(
                    ja="未確認の出典は基準値の根拠にできません。",
                    en="An unseen source cannot back a benchmark.",
                )
                yield document.fault(
                    (*path, "source"),
                    what,
                    Text(ja="確認した出典にしてください。", en="Give one that was read."),
                )
            if entry.value is None and entry.words is None and entry.low is None:
                what = Text(ja="値も文言もありません。", en="There is neither a value nor words.")
                yield document.fault(
                    path, what, Text(ja="value か words を書いてください。", en="Write value or words.")
                )


def terms_of(indicator: Indicator) -> list[Term]:
    """The terms of an indicator's own measure (none for checklist measures and differences)."""
    measure = indicator.measure
    pair = measure.share or measure.rate
    if pair is not None:
        return [pair.part, pair.whole]
    return [measure.number] if measure.number is not None else []


def _unknown(document: Document, path: tuple[str | int, ...], word: str, known: list[str]) -> Fault:
    near = nearest(word, known)
    what = Text(ja=f"「{word}」は定義されていません。", en=f"'{word}' is not declared.")
    remedy = Text(
        ja=f"「{near}」ではありませんか。" if near else "定義を追加してください。",
        en=f"Did you mean '{near}'?" if near else "Declare it.",
    )
    return document.fault(path, what, remedy)


def _fault(document: Document, path: tuple[str | int, ...], a: str, b: str, how: str) -> Fault:
    what = Text(ja=f"「{a}」と「{b}」（{how}）", en=f"'{a}' and '{b}': {how}.")
    return document.fault(path, what, Text(ja="どちらかを直してください。", en="Mend one of them."))
