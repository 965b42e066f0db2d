"""What can be wrong with a declared indicator once each file by itself is well formed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from indicators.catalogue.declarations import Benchmark, Example, Goalpost, Indicator
from indicators.catalogue.measure_integrity import measure_faults
from indicators.catalogue.references import KnownNames, Path, blank_texts
from schemas.dictionary.declaration import Document, Fault, Text

FEWEST_EXAMPLES = 2
UNJUDGED = ("none", "range")
ALLOWED_KINDS = {
    "score": ("requirement", "target"),
    "direction": ("requirement", "target"),
    "reference": ("observed",),
}


def repeated_ids(found: Sequence[tuple[Document, Indicator]]) -> Iterator[Fault]:
    """A fault for each further file with the id of another."""
    ordered = sorted(found, key=lambda pair: pair[1].id)
    for name, group in groupby(ordered, key=lambda pair: pair[1].id):
        first, *others = [document for document, _ in group]
        for document in others:
            yield document.fault(
                ("id",),
                Text(
                    ja=f"id「{name}」は {first.name} にもあります。", en=f"The id '{name}' also stands in {first.name}."
                ),
                Text(ja="どちらかの id を変えてください。", en="Change one of them."),
            )


def indicator_faults(document: Document, indicator: Indicator, known: KnownNames) -> Iterator[Fault]:
    """Every fault of one indicator against what else is declared."""
    if indicator.id != document.path.stem:
        yield document.fault(
            ("id",),
            Text(
                ja=f"id「{indicator.id}」がファイル名と違います。",
                en=f"The id '{indicator.id}' is not the file's name.",
            ),
            Text(ja=f"「{document.path.stem}」にしてください。", en=f"Make it '{document.path.stem}'."),
        )
    if indicator.pillar not in known.pillars and known.pillars:
        yield document.undeclared_fault(("id",), indicator.pillar, known.pillars)
    if indicator.source not in known.sources and known.sources:
        yield document.undeclared_fault(("source",), indicator.source, known.sources)
    yield from measure_faults(document, ("measure",), indicator, indicator.measure, known)
    for i, variant in enumerate(indicator.variants):
        yield from measure_faults(document, ("variants", i, "measure"), indicator, variant.measure, known)
    yield from _variant_faults(document, indicator)
    yield from _shape_faults(document, indicator)
    yield from blank_texts(document)
    yield from _weight_faults(document, indicator)
    for level, goalpost in indicator.goalposts.items():
        yield from _goalpost_faults(document, indicator, level, goalpost, known)


def _variant_faults(document: Document, indicator: Indicator) -> Iterator[Fault]:
    seen = {indicator.definition_key}
    for i, variant in enumerate(indicator.variants):
        if variant.definition_key in seen:
            what = Text(
                ja=f"定義「{variant.definition_key}」が二度あります。",
                en=f"The definition '{variant.definition_key}' stands twice.",
            )
            remedy = Text(ja="一方を削除してください。", en="Remove one of them.")
            yield document.fault(("variants", i, "definition_key"), what, remedy)
        seen.add(variant.definition_key)


def _shape_faults(document: Document, indicator: Indicator) -> Iterator[Fault]:
    """Numbers and lists that no indicator can have."""
    if indicator.version < 1:
        what = Text(ja="版は1以上の整数です。", en="A version is a whole number from 1 on.")
        yield document.fault(("version",), what, Text(ja="1にしてください。", en="Make it 1."))
    if indicator.minimum < 0:
        what = Text(ja="最小の分母が負の数です。", en="The minimum denominator is negative.")
        yield document.fault(("minimum",), what, Text(ja="0以上にしてください。", en="Make it 0 or more."))
    if not indicator.levels or len(set(indicator.levels)) < len(indicator.levels):
        what = Text(ja="レベルがないか、二度書かれています。", en="There is no level, or one stands twice.")
        remedy = Text(ja="測るレベルを一度ずつ書いてください。", en="List each level that is measured once.")
        yield document.fault(("levels",), what, remedy)
    if indicator.window is not None and indicator.window[0] > indicator.window[1]:
        what = Text(ja="期間の初めが終わりより後です。", en="The window begins after its end.")
        remedy = Text(ja="例：[-3, -1]のように直してください。", en="Write it as in [-3, -1].")
        yield document.fault(("window",), what, remedy)
    for path, examples in _example_lists(indicator):
        if len(examples) < FEWEST_EXAMPLES:
            what = Text(ja="計算例が2つ未満です。", en="There are fewer than two worked examples.")
            remedy = Text(
                ja="0、a、mの例を含めて2つ以上書いてください。", en="Write two or more, with zero, a and m among them."
            )
            yield document.fault(path, what, remedy)


def _example_lists(indicator: Indicator) -> list[tuple[Path, list[Example]]]:
    variants = [(("variants", i, "examples"), variant.examples) for i, variant in enumerate(indicator.variants)]
    return [(("examples",), indicator.examples), *variants]


# weights and goalposts


def _weight_faults(document: Document, indicator: Indicator) -> Iterator[Fault]:
    if not indicator.scored and (indicator.weight is not None or indicator.goalposts):
        what = Text(
            ja="scored: false の指標に重み又は評価基準があります。",
            en="An indicator with scored: false has a weight or goalposts.",
        )
        yield document.fault(("scored",), what, Text(ja="どちらかを削除してください。", en="Remove one of them."))
    if indicator.scored and (indicator.weight is None or not indicator.goalposts):
        what = Text(ja="重み又は評価基準がありません。", en="There is no weight, or no goalpost.")
        remedy = Text(
            ja="goalposts と weight を書くか、scored: false としてください。",
            en="Write goalposts and a weight, or scored: false.",
        )
        yield document.fault(("source",), what, remedy)
    if indicator.goalposts and indicator.better in UNJUDGED:
        what = Text(
            ja=f"better: {indicator.better} の指標に評価基準があります。",
            en=f"An indicator with better: {indicator.better} has goalposts.",
        )
        remedy = Text(
            ja="higher 又は lower とするか、評価基準を削除してください。", en="Choose higher or lower, or remove them."
        )
        yield document.fault(("better",), what, remedy)
    if indicator.weight is not None and indicator.weight <= 0:
        what = Text(ja="重みは正の整数です。", en="A weight is a positive whole number.")
        yield document.fault(("weight",), what, Text(ja="1以上にしてください。", en="Make it 1 or more."))
    if indicator.weight is not None and indicator.weight_why is None:
        what = Text(ja="重みには理由が必要です。", en="A weight needs its reason.")
        yield document.fault(("weight",), what, Text(ja="weight_why を書いてください。", en="Write weight_why."))


def _goalpost_faults(
    document: Document, indicator: Indicator, level: str, goalpost: Goalpost, known: KnownNames
) -> Iterator[Fault]:
    path = ("goalposts", level)
    target = goalpost.target
    if level not in indicator.levels:
        yield document.undeclared_fault(path, level, indicator.levels)
    if (target.benchmark is None) == (target.scale_end is None):
        what = Text(ja="target は benchmark か scale_end の一方です。", en="A target is a benchmark or a scale_end.")
        remedy = Text(ja="一方だけを書いてください。", en="Give one of them.")
        yield document.fault((*path, "target"), what, remedy)
        return
    if target.scale_end is not None:
        if target.scale_end == goalpost.floor:
            yield _equal(document, path)
        return
    own = {benchmark.id: benchmark for benchmark in known.benchmarks.get(indicator.id, [])}
    benchmark = own.get(target.benchmark or "")
    if benchmark is None:
        if not known.has_lost("benchmark_values", indicator.id):
            yield document.undeclared_fault((*path, "target"), target.benchmark or "", own)
        return
    yield from _target_faults(document, path, level, goalpost, benchmark)


def _target_faults(
    document: Document, path: Path, level: str, goalpost: Goalpost, benchmark: Benchmark
) -> Iterator[Fault]:
    other = Text(ja="kind を直すか、別の基準値にしてください。", en="Mend kind or choose another.")
    if benchmark.kind not in ALLOWED_KINDS[goalpost.kind]:
        what = Text(
            ja=f"種類 {benchmark.kind} の基準値は {goalpost.kind} の目標にできません。",
            en=f"A benchmark of kind {benchmark.kind} may not be the target of a {goalpost.kind}.",
        )
        yield document.fault((*path, "kind"), what, other)
    elif goalpost.kind == "score" and benchmark.level != level:
        what = Text(
            ja=f"{benchmark.level} の基準値は {level} の score の目標にできません（direction になります）。",
            en=f"A benchmark for the level {benchmark.level} may not be the target of a score at the level {level}.",
        )
        yield document.fault((*path, "kind"), what, other)
    if any(entry.line(benchmark.comparison) == goalpost.floor for entry in benchmark.entries):
        yield _equal(document, path)


def _equal(document: Document, path: Path) -> Fault:
    what = Text(ja="floor と target が同じ値です。", en="Floor and target are equal.")
    return document.fault(path, what, Text(ja="どちらかを直してください。", en="Mend one of them."))
