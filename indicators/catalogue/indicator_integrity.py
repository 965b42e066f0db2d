"""What can be wrong with a declared indicator once each file by itself is well formed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from indicators.catalogue.declarations import Benchmark, Example, Goalpost, Indicator
from indicators.catalogue.measure_integrity import measure_faults
from indicators.catalogue.references import KnownNames, Path, blank_texts, sentences
from schemas.dictionary.declaration import Document, Fault

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
                *sentences.fault("id_in_two_files", name=name, other=first.name),
            )


def indicator_faults(document: Document, indicator: Indicator, known: KnownNames) -> Iterator[Fault]:
    """Every fault of one indicator against what else is declared."""
    if indicator.id != document.path.stem:
        yield document.fault(
            ("id",),
            *sentences.fault("id_not_file_name", id=indicator.id, stem=document.path.stem),
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
            found = sentences.fault("definition_twice", key=variant.definition_key)
            yield document.fault(("variants", i, "definition_key"), *found)
        seen.add(variant.definition_key)


def _shape_faults(document: Document, indicator: Indicator) -> Iterator[Fault]:
    """Numbers and lists that no indicator can have."""
    if indicator.version < 1:
        yield document.fault(("version",), *sentences.fault("bad_version"))
    if indicator.minimum < 0:
        yield document.fault(("minimum",), *sentences.fault("negative_minimum"))
    if not indicator.levels or len(set(indicator.levels)) < len(indicator.levels):
        yield document.fault(("levels",), *sentences.fault("bad_levels"))
    if indicator.window is not None and indicator.window[0] > indicator.window[1]:
        yield document.fault(("window",), *sentences.fault("window_reversed"))
    for path, examples in _example_lists(indicator):
        if len(examples) < FEWEST_EXAMPLES:
            yield document.fault(path, *sentences.fault("few_examples"))


def _example_lists(indicator: Indicator) -> list[tuple[Path, list[Example]]]:
    variants = [(("variants", i, "examples"), variant.examples) for i, variant in enumerate(indicator.variants)]
    return [(("examples",), indicator.examples), *variants]


# weights and goalposts


def _weight_faults(document: Document, indicator: Indicator) -> Iterator[Fault]:
    if not indicator.scored and (indicator.weight is not None or indicator.goalposts):
        yield document.fault(("scored",), *sentences.fault("unscored_with_goalposts"))
    if indicator.scored and (indicator.weight is None or not indicator.goalposts):
        yield document.fault(("source",), *sentences.fault("scored_without_goalposts"))
    if indicator.goalposts and indicator.better in UNJUDGED:
        yield document.fault(("better",), *sentences.fault("unjudged_with_goalposts", better=indicator.better))
    if indicator.weight is not None and indicator.weight <= 0:
        yield document.fault(("weight",), *sentences.fault("weight_not_positive"))
    if indicator.weight is not None and indicator.weight_why is None:
        yield document.fault(("weight",), *sentences.fault("weight_without_reason"))


def _goalpost_faults(
    document: Document, indicator: Indicator, level: str, goalpost: Goalpost, known: KnownNames
) -> Iterator[Fault]:
    path = ("goalposts", level)
    target = goalpost.target
    if level not in indicator.levels:
        yield document.undeclared_fault(path, level, indicator.levels)
    if (target.benchmark is None) == (target.scale_end is None):
        yield document.fault((*path, "target"), *sentences.fault("target_of_two_kinds"))
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
    remedy = sentences("other_benchmark")
    if benchmark.kind not in ALLOWED_KINDS[goalpost.kind]:
        what = sentences("no_target_of_kind", kind=benchmark.kind, goalpost=goalpost.kind)
        yield document.fault((*path, "kind"), what, remedy)
    elif goalpost.kind == "score" and benchmark.level != level:
        what = sentences("no_target_of_level", benchmark=benchmark.level, level=level)
        yield document.fault((*path, "kind"), what, remedy)
    if any(entry.line(benchmark.comparison) == goalpost.floor for entry in benchmark.entries):
        yield _equal(document, path)


def _equal(document: Document, path: Path) -> Fault:
    return document.fault(path, *sentences.fault("floor_is_target"))
