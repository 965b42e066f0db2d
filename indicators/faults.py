"""What can be wrong with a declared indicator or benchmark once each file by itself is well formed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from indicators.indicator import (
    Benchmark,
    BenchmarkEntry,
    Choice,
    Concentration,
    Difference,
    EffectiveNumber,
    Goalpost,
    Indicator,
    Measure,
    Term,
)
from schemas.declaration import Document, Fault, Text, nearest
from schemas.dictionary import DataDictionary
from schemas.field import NUMERIC

Path = tuple[str | int, ...]
TOP_LEVEL = 3  # of the checklist
ALLOWED_KINDS = {
    "score": ("requirement", "target"),
    "direction": ("requirement", "target"),
    "reference": ("observed",),
}


@dataclass(frozen=True)
class Known:
    """Everything that declarations may refer to. ``sources`` says how each was seen.

    ``broken`` are the files that could not be loaded, as folder and name: what refers to them is not at fault.
    """

    pillars: Sequence[str]
    sources: Mapping[str, str]
    indicators: dict[str, Indicator]
    benchmarks: dict[str, list[Benchmark]]
    dictionary: DataDictionary
    broken: frozenset[tuple[str, str]] = frozenset()

    def has_lost(self, folder: str, name: str) -> bool:
        """Whether ``name`` is not known only because its file could not be loaded."""
        return (folder, name) in self.broken


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


def indicator_faults(document: Document, indicator: Indicator, known: Known) -> Iterator[Fault]:
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
        yield _unknown(document, ("id",), indicator.pillar, known.pillars)
    if indicator.source not in known.sources and known.sources:
        yield _unknown(document, ("source",), indicator.source, known.sources)
    yield from _measure_faults(document, ("measure",), indicator, indicator.measure, known)
    for i, variant in enumerate(indicator.variants):
        yield from _measure_faults(document, ("variants", i, "measure"), indicator, variant.measure, known)
    yield from _variant_faults(document, indicator)
    yield from _weight_faults(document, indicator)
    for level, goalpost in indicator.goalposts.items():
        yield from _goalpost_faults(document, indicator, level, goalpost, known)


# measures


def _measure_faults(
    document: Document, at: Path, indicator: Indicator, measure: Measure, known: Known
) -> Iterator[Fault]:
    if not measure.kind:
        what = Text(ja="measure に書けるのは一種類だけです。", en="A measure is of exactly one kind.")
        yield document.fault(at, what, Text(ja="一種類だけを残してください。", en="Leave one kind."))
        return
    for path, first in _terms(at, measure):
        for term in first.parts:
            yield from _term_faults(document, path, term, known.dictionary)
    if measure.mixed is not None:
        yield from _mixed_faults(document, (*at, measure.kind), measure.mixed, known.dictionary)
    if measure.weighted_level is not None:
        groups = [group.code for group in known.dictionary.checklist.groups]
        for group in measure.weighted_level.groups:
            if group not in groups:
                yield _unknown(document, (*at, "weighted_level", "groups"), group, groups)
    if measure.levels_reached is not None and not 1 <= measure.levels_reached.threshold <= TOP_LEVEL:
        path = (*at, "levels_reached", "threshold")
        what = Text(ja=f"threshold は1～{TOP_LEVEL}の段階です。", en=f"A threshold is a level from 1 to {TOP_LEVEL}.")
        yield document.fault(path, what, Text(ja="段階を直してください。", en="Mend the level."))
    if measure.difference is not None:
        yield from _difference_faults(document, (*at, "difference"), indicator, measure.difference, known)


def _terms(at: Path, measure: Measure) -> list[tuple[Path, Term]]:
    if measure.pair is not None:
        pair = measure.pair
        return [((*at, measure.kind, "part"), pair.part), ((*at, measure.kind, "whole"), pair.whole)]
    return [((*at, measure.kind), measure.plain)] if measure.plain is not None else []


def _term_faults(document: Document, path: Path, term: Term, dictionary: DataDictionary) -> Iterator[Fault]:
    if not term.way:
        what = Text(
            ja="sum、count、distinct のどれか一つが必要です。", en="A term takes one of sum, count and distinct."
        )
        yield document.fault(path, what, Text(ja="一つだけを書いてください。", en="Give one of them."))
        return
    wanted = [name for name, f in dictionary.fields.items() if (f.type in NUMERIC) == (term.way == "sum")]
    for name in term.fields:
        if name not in wanted:
            yield _unknown(document, (*path, term.way), name, wanted)
            return
    if len({name.split(".")[0] for name in term.fields}) > 1:
        what = Text(ja="sum に書けるのは一つの表の項目だけです。", en="A sum takes fields of one table only.")
        yield document.fault((*path, term.way), what, Text(ja="項目を直してください。", en="Mend the fields."))
    lists = code_list_names(dictionary, term.table)
    for column, choice in term.where.items():
        yield from _where_faults(document, (*path, "where", column), column, choice, lists, dictionary, term)


def _where_faults(
    document: Document,
    path: Path,
    column: str,
    choice: list[str] | Choice,
    lists: Mapping[str, str],
    dictionary: DataDictionary,
    term: Term,
) -> Iterator[Fault]:
    if isinstance(choice, Choice) and choice.blank:
        columns = [f.column for f in dictionary.fields.values() if f.table == term.table]
        if column not in columns:
            yield _unknown(document, path, column, columns)
        return
    if column not in lists:
        yield _unknown(document, path, column, lists)
        return
    code_list = dictionary.code_lists[lists[column]]
    groups = sorted({item.group for item in code_list.items if item.group})
    for code in choice.not_ if isinstance(choice, Choice) else choice:
        if code not in code_list.codes():
            yield _unknown(document, path, code, code_list.codes())
    if isinstance(choice, Choice) and choice.group is not None and choice.group not in groups:
        yield _unknown(document, path, choice.group, groups)


def code_list_names(dictionary: DataDictionary, table: str) -> dict[str, str]:
    """By column of a table the name of its code list: of its choices, and of the fixed rows of its grids."""
    own = [f for f in dictionary.fields.values() if f.table == table]
    blocks = [dictionary.places[f.id][1] for f in own]
    found = {rows.key: rows.code_list for block in blocks for rows in block.rows if rows.code_list}
    found |= {f.column: f.code_list or "yes_no" for f in own if f.code_list or f.type == "yes_no"}
    return {column: name for column, name in found.items() if name in dictionary.code_lists}


def _mixed_faults(
    document: Document, path: Path, mixed: EffectiveNumber | Concentration, dictionary: DataDictionary
) -> Iterator[Fault]:
    numeric = [name for name, f in dictionary.fields.items() if f.type in NUMERIC]
    if mixed.of not in numeric:
        yield _unknown(document, (*path, "of"), mixed.of, numeric)
        return
    lists = code_list_names(dictionary, mixed.of.split(".")[0])
    if mixed.by not in lists:
        yield _unknown(document, (*path, "by"), mixed.by, lists)
    yield from _term_faults(document, path, mixed.term, dictionary)


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


def _difference_faults(
    document: Document, at: Path, indicator: Indicator, difference: Difference, known: Known
) -> Iterator[Fault]:
    is_of_levels = difference.first is not None and difference.second is not None
    if is_of_levels == (difference.minus is not None) or (difference.first is None) != (difference.second is None):
        what = Text(
            ja="difference は first と second、又は minus のどちらかです。",
            en="A difference takes first and second, or minus.",
        )
        yield document.fault(at, what, Text(ja="一方だけを書いてください。", en="Give one of them."))
        return
    for key, name in zip(("of", "minus"), difference.names, strict=False):
        yield from _compared_faults(document, (*at, key), name, indicator, difference, known)


def _compared_faults(
    document: Document, path: Path, name: str, indicator: Indicator, difference: Difference, known: Known
) -> Iterator[Fault]:
    base = known.indicators.get(name)
    if base is None:
        if not known.has_lost("definitions", name):
            yield _unknown(document, path, name, [other for other in known.indicators if other != indicator.id])
    elif base.measure.difference is not None:
        is_circle = indicator.id in _chain(base, known)
        circle = Text(ja="差の参照が一巡しています。", en="The differences refer to each other in a circle.")
        nested = Text(ja=f"「{base.id}」自体が差です。", en=f"'{base.id}' is a difference itself.")
        remedy = Text(ja="差でない指標を指定してください。", en="Name an indicator that is not a difference.")
        yield document.fault(path, circle if is_circle else nested, remedy)
    elif base.measure.mixed is not None:
        what = Text(ja=f"「{base.id}」は比ではありません。", en=f"'{base.id}' is no ratio.")
        yield document.fault(path, what, Text(ja="別の指標にしてください。", en="Choose another indicator."))
    elif not {difference.first or "institution", "institution"} <= set(base.levels):
        what = Text(
            ja=f"「{base.id}」は両方のレベルでは測りません。", en=f"'{base.id}' is not measured at both levels."
        )
        yield document.fault(path, what, Text(ja="別の指標にしてください。", en="Choose another indicator."))


def _chain(start: Indicator, known: Known) -> list[str]:
    """The ids that ``start`` refers to, itself first, until one refers to none or comes twice."""
    chain = [start.id]
    following: Indicator | None = start
    while following is not None and following.measure.difference is not None:
        name = following.measure.difference.of
        if name in chain:
            break
        chain.append(name)
        following = known.indicators.get(name)
    return chain


# weights and goalposts


def _weight_faults(document: Document, indicator: Indicator) -> Iterator[Fault]:
    if not indicator.scored and (indicator.weight is not None or indicator.goalposts):
        what = Text(
            ja="scored: false の指標に重み又は評価基準があります。",
            en="An indicator with scored: false has a weight or goalposts.",
        )
        yield document.fault(("scored",), what, Text(ja="どちらかを削除してください。", en="Remove one of them."))
    if indicator.weight is not None and indicator.weight <= 0:
        what = Text(ja="重みは正の整数です。", en="A weight is a positive whole number.")
        yield document.fault(("weight",), what, Text(ja="1以上にしてください。", en="Make it 1 or more."))
    if indicator.weight is not None and indicator.weight_why is None:
        what = Text(ja="重みには理由が必要です。", en="A weight needs its reason.")
        yield document.fault(("weight",), what, Text(ja="weight_why を書いてください。", en="Write weight_why."))


def _goalpost_faults(
    document: Document, indicator: Indicator, level: str, goalpost: Goalpost, known: Known
) -> Iterator[Fault]:
    path = ("goalposts", level)
    target = goalpost.target
    if level not in indicator.levels:
        yield _unknown(document, path, level, indicator.levels)
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
            yield _unknown(document, (*path, "target"), target.benchmark or "", own)
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


# benchmarks


def benchmark_faults(document: Document, rows: list[Benchmark], known: Known) -> Iterator[Fault]:
    """Every fault of the benchmarks of one file."""
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
            yield from _entry_faults(document, (i, "entries", j), entry, known)


def _entry_faults(document: Document, path: Path, entry: BenchmarkEntry, known: Known) -> Iterator[Fault]:
    if entry.source not in known.sources and known.sources:
        yield _unknown(document, (*path, "source"), entry.source, known.sources)
    elif known.sources.get(entry.source) == "unseen":
        what = Text(ja="未確認の出典は基準値の根拠にできません。", en="An unseen source cannot back a benchmark.")
        remedy = Text(ja="確認した出典にしてください。", en="Give one that was read.")
        yield document.fault((*path, "source"), what, remedy)
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


def _unknown(document: Document, path: Path, word: str, known: Iterable[str]) -> Fault:
    near = nearest(word, known)
    what = Text(ja=f"「{word}」は定義されていません。", en=f"'{word}' is not declared.")
    remedy = Text(
        ja=f"「{near}」ではありませんか。" if near else "定義を追加するか、綴りを直してください。",
        en=f"Did you mean '{near}'?" if near else "Declare it or mend its spelling.",
    )
    return document.fault(path, what, remedy)
